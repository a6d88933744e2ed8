//! What PUT, DELETE and MOVE share: testing conditions, writing rows, and what follows from it.

use super::authorize::Access;
use super::conditions::{self, Standing};
use super::draft::Draft;
use super::hooks;
use super::reflection::{self, Source};
use super::requests::Conditions;
use super::team_availability::Concerned;
use super::views::sync_token;
use crate::ical::attendee::User;
use crate::ical::tree::Tree;
use crate::ids::CollectionId;
use crate::roster::marks::{Place, mark};
use crate::roster::model::Words;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::collections::{Collection, CollectionKind};
use crate::store::objects::{self, NewObject, Object};
use crate::store::{Connection, StoreError};
use crate::time::Window;

/// The tags of what was stored.
pub(super) struct Stored {
    /// Entity tag.
    pub etag: String,
    /// Schedule-Tag, on scheduling objects.
    pub schedule_tag: Option<String>,
}

/// One change of one object, for those who must hear of it.
pub(super) struct Change<'a> {
    /// Who did it.
    pub actor: &'a Actor,
    /// The calendar.
    pub access: &'a Access,
    /// The object's name.
    pub name: &'a str,
    /// The text that stands there now; nothing where it was removed.
    pub body: Option<&'a [u8]>,
    /// Nothing stood there before.
    pub new: bool,
    /// From the first to the last moment that either the old or the new text speaks of.
    pub touched: Window,
}

/// Tests the conditions against what stands.
pub(super) fn test_conditions(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    calendar: &Collection,
    wanted: &Conditions,
    old: Option<&Object>,
) -> Result<(), ServiceError> {
    let token = sync_token(&ctx.host.epoch, &calendar.id, calendar.change);
    let Some(row) = old else { return conditions::test(wanted, None, &token) };
    let former = match (&wanted.if_match, &row.schedule_tag) {
        (Some(_), Some(_)) => objects::former_etags(tx, &row.collection, &row.name)?,
        _ => Vec::new(),
    };
    let (schedule_tag, modified) = (row.schedule_tag.as_deref(), row.modified);
    let standing = Standing { etag: &row.etag, schedule_tag, former: &former, modified };
    conditions::test(wanted, Some(standing), &token)
}

/// Writes the row, unless the very same bytes stand there already.
pub(super) fn store(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (collection, name): (&CollectionId, &str),
    (draft, schedule_tag): (&Draft, Option<String>),
    old: Option<&Object>,
) -> Result<Stored, StoreError> {
    if let Some(old) = old.filter(|old| old.etag == draft.etag) {
        return Ok(Stored { etag: old.etag.clone(), schedule_tag: old.schedule_tag.clone() });
    }
    let row = NewObject {
        name: name.to_owned(),
        uid: draft.index.uid.clone(),
        component: draft.index.component.clone(),
        etag: draft.etag.clone(),
        schedule_tag: schedule_tag.clone(),
        extent: draft.index.extent,
        recurring: draft.index.recurring,
        organizer: draft.index.organizer.clone(),
        sequence: draft.index.sequence,
        digest: None,
        instances: draft.index.instances.clone(),
        body: draft.body.clone(),
    };
    objects::put(tx, collection, row, ctx.now)?;
    if let Some(old) = old.filter(|old| old.schedule_tag.is_some()) {
        if old.schedule_tag == schedule_tag {
            objects::add_former_etag(tx, collection, name, &old.etag)?;
        } else {
            objects::clear_former_etags(tx, collection, name)?;
        }
    }
    Ok(Stored { etag: draft.etag.clone(), schedule_tag })
}

/// What follows from a change of what these people said: their teams see it, and published shifts that it collides with
/// are noticed. Other calendars change without consequences.
pub(super) fn consequences(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    change: &Change<'_>,
    concerned: &Concerned,
) -> Result<(), ServiceError> {
    let row = &change.access.row;
    let Some(place) = reflection::place_of(tx, row)? else { return Ok(()) };
    // By far the most objects are new meetings, which say nothing to any roster.
    let ordinary = change.new && row.kind == CollectionKind::Calendar;
    let idle = ordinary && !change.body.is_some_and(|body| says_something(body, place));
    if idle || concerned.all.is_empty() {
        return Ok(());
    }
    for person in &concerned.all {
        let body = change.body.filter(|_| concerned.now.contains(person));
        reflection::reflect(tx, ctx, person, &Source { collection: row, name: change.name, body })?;
    }
    hooks::availability_changed(tx, ctx, change.actor, &concerned.all, change.touched)
}

/// Whether anything in an object of an ordinary calendar may keep its owner from standing a shift.
pub(super) fn says_something(body: &[u8], place: Place) -> bool {
    let words = Words::default();
    Tree::parse(body).is_ok_and(|tree| {
        tree.calendar().children_named("VEVENT").any(|event| mark(event, place, &words, &User::default()).is_some())
    })
}

/// From the first to the last moment of both.
pub(super) fn span(a: Option<Window>, b: Option<Window>) -> Window {
    match (a, b) {
        (Some(a), Some(b)) => Window::new(a.start.min(b.start), a.end.max(b.end)),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => Window::ALWAYS,
    }
}

/// Whether a UID is one of those that the roster gives to shifts and offers of this instance.
pub(super) fn is_rosters(uid: &str, ctx: &Ctx) -> bool {
    uid.starts_with("shift-") && uid.strip_suffix(ctx.host.host.as_str()).is_some_and(|rest| rest.ends_with('@'))
}
