//! Somebody's copy of a meeting: found by its UID in whichever calendar they keep it, written by the server.

use super::super::draft::{Draft, short_hash};
use super::super::listing::default_calendar;
use super::super::reflection::{self, Source};
use super::super::{hooks, writing};
use crate::ids::PersonId;
use crate::roster::model::Person;
use crate::schedule::with_uid;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::objects::{self, StoredObject};
use crate::store::{Connection, StoreError};
use crate::time::Window;

/// A copy and where it is.
#[derive(Debug)]
pub(super) struct Copy {
    pub(super) calendar: Collection,
    pub(super) object: StoredObject,
}

/// Somebody's copy, in whichever of their calendars it is; one with an organizer before one without.
pub(super) fn find(tx: &mut dyn Connection, person: &PersonId, uid: &str) -> Result<Option<Copy>, StoreError> {
    let mut heads = objects::everywhere_by_uid(tx, uid)?;
    if heads.is_empty() {
        return Ok(None);
    }
    heads.sort_by_key(|head| head.organizer.is_none());
    let calendars = collections::of_person(tx, person)?;
    for head in heads {
        let Some(calendar) = calendars.iter().find(|c| c.id == head.collection) else { continue };
        if calendar.kind != CollectionKind::Calendar {
            continue;
        }
        let object = objects::by_name(tx, &calendar.id, &head.name)?;
        return Ok(object.map(|object| Copy { calendar: calendar.clone(), object }));
    }
    Ok(None)
}

/// Writes somebody's copy anew, or the first time into their default calendar, with what follows from it for their
/// teams. False where no calendar of theirs can take it.
pub(super) fn write(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    by: &Actor,
    (person, copy): (&Person, Option<&Copy>),
    (text, renewed): (&[u8], bool),
) -> Result<bool, ServiceError> {
    let draft = match Draft::of(text) {
        Ok(draft) => draft,
        Err(refusal) => {
            tracing::warn!(person = %person.id, %refusal, "a copy of a meeting can't be stored");
            return Ok(false);
        }
    };
    let (calendar, name) = if let Some(copy) = copy {
        (copy.calendar.clone(), copy.object.head.name.clone())
    } else {
        let Some(calendar) = receiving(tx, person, &draft.index.component)? else { return Ok(false) };
        if let Some(own) = objects::by_uid(tx, &calendar.id, &draft.index.uid)? {
            make_room(tx, ctx, by, (person, &calendar), &own)?;
        }
        let Some(name) = free_name(tx, &calendar, &draft.index.uid)? else { return Ok(false) };
        (calendar, name)
    };
    let old = copy.map(|copy| &copy.object.head);
    let kept = old.and_then(|old| old.schedule_tag.clone()).filter(|_| !renewed);
    let schedule_tag = Some(kept.unwrap_or_else(|| draft.etag.clone()));
    writing::store(tx, ctx, (&calendar.id, &name), (&draft, schedule_tag), old)?;
    let touched = writing::span(old.map(|old| old.extent), Some(draft.index.extent));
    changed(tx, ctx, by, (person, &calendar), (&name, Some(&draft.body), copy.is_none()), touched)?;
    Ok(true)
}

/// What follows for their teams.
fn changed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    by: &Actor,
    (person, calendar): (&Person, &Collection),
    (name, body, new): (&str, Option<&[u8]>, bool),
    touched: Window,
) -> Result<(), ServiceError> {
    let Some(reading) = reflection::place_of(tx, calendar)? else { return Ok(()) };
    if new && !body.is_some_and(|body| writing::says_something(body, reading)) {
        return Ok(());
    }
    reflection::reflect(tx, ctx, &person.id, &Source { collection: calendar, name, body })?;
    hooks::availability_changed(tx, ctx, by, std::slice::from_ref(&person.id), touched)
}

/// Where invitations go: the default calendar if it takes such objects, else another one.
fn receiving(tx: &mut dyn Connection, person: &Person, component: &str) -> Result<Option<Collection>, StoreError> {
    let default = default_calendar(tx, &person.id)?;
    let chosen = collections::by_name(tx, &Owner::Person(person.id.clone()), &default.name)?;
    let others = collections::of_person(tx, &person.id)?;
    let takes = |calendar: &Collection| {
        calendar.kind == CollectionKind::Calendar
            && calendar.components.iter().any(|c| c.eq_ignore_ascii_case(component))
    };
    Ok(chosen.into_iter().chain(others).find(takes))
}

/// Clients that add what they got by mail name it after its UID, and then find it there. Some encode an href that they
/// were given once more, so that a name that needs encoding is made anew.
fn free_name(tx: &mut dyn Connection, calendar: &Collection, uid: &str) -> Result<Option<String>, StoreError> {
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let plain = uid.len() <= 200 && !uid.is_empty() && uid.chars().all(usual) && !uid.starts_with('.');
    let hash = short_hash(&[calendar.id.as_str().as_bytes(), uid.as_bytes()]);
    let names = plain.then(|| format!("{uid}.ics")).into_iter().chain([format!("{hash}.ics")]);
    for name in names {
        if objects::head_by_name(tx, &calendar.id, &name)?.is_none() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// An event that nobody organises goes on under a new UID and name, where an invitation comes with the UID it had: a
/// client that has stripped the ORGANIZER of a mail must not keep its user from being invited.
fn make_room(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    by: &Actor,
    (person, calendar): (&Person, &Collection),
    own: &StoredObject,
) -> Result<(), ServiceError> {
    let (name, moment) = (own.head.name.as_str(), ctx.now.millis().to_string());
    let uid = short_hash(&[calendar.id.as_str().as_bytes(), own.head.uid.as_bytes(), moment.as_bytes()]);
    let text = super::read(with_uid(&own.body, &uid))?;
    let draft = Draft::of(&text)?;
    let touched = writing::span(Some(own.head.extent), None);
    objects::delete(tx, &calendar.id, name, ctx.now)?;
    changed(tx, ctx, by, (person, calendar), (name, None, false), touched)?;
    let name = format!("{uid}.ics");
    writing::store(tx, ctx, (&calendar.id, &name), (&draft, None), None)?;
    changed(tx, ctx, by, (person, calendar), (&name, Some(&draft.body), true), touched)
}
