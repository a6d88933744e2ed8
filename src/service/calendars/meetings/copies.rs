//! Somebody's copy of a meeting: found by its UID in whichever calendar they keep it, written by the server.

use super::super::draft::{Draft, short_hash};
use super::super::listing::default_calendar;
use super::super::reflection::{self, Source};
use super::super::{hooks, writing};
use super::Party;
use crate::ids::PersonId;
use crate::roster::model::Person;
use crate::service::{Ctx, ServiceError};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::objects::{self, StoredObject};
use crate::store::{Connection, StoreError};

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
    by: &Party<'_>,
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
    let (calendar, name) = match copy {
        Some(copy) => (copy.calendar.clone(), copy.object.head.name.clone()),
        None => match place(tx, person, &draft)? {
            Some(place) => place,
            None => return Ok(false),
        },
    };
    let old = copy.map(|copy| &copy.object.head);
    let kept = old.and_then(|old| old.schedule_tag.clone()).filter(|_| !renewed);
    let schedule_tag = Some(kept.unwrap_or_else(|| draft.etag.clone()));
    writing::store(tx, ctx, (&calendar.id, &name), (&draft, schedule_tag), old)?;
    let Some(reading) = reflection::place_of(tx, &calendar)? else { return Ok(true) };
    if copy.is_none() && !writing::says_something(&draft.body, reading) {
        return Ok(true);
    }
    let source = Source { collection: &calendar, name: &name, body: Some(&draft.body) };
    reflection::reflect(tx, ctx, &person.id, &source)?;
    let touched = writing::span(old.map(|old| old.extent), Some(draft.index.extent));
    hooks::availability_changed(tx, ctx, by.actor, std::slice::from_ref(&person.id), touched)?;
    Ok(true)
}

/// Where a new copy goes: the default calendar if it takes such objects, else another one; and under which name.
fn place(tx: &mut dyn Connection, person: &Person, draft: &Draft) -> Result<Option<(Collection, String)>, StoreError> {
    let default = default_calendar(tx, &person.id)?;
    let chosen = collections::by_name(tx, &Owner::Person(person.id.clone()), &default.name)?;
    let others = collections::of_person(tx, &person.id)?;
    let takes = |calendar: &Collection| {
        calendar.kind == CollectionKind::Calendar
            && calendar.components.iter().any(|c| c.eq_ignore_ascii_case(&draft.index.component))
    };
    let Some(calendar) = chosen.into_iter().chain(others).find(takes) else { return Ok(None) };
    // Clients that add what they got by mail name it so, and then find it there.
    let uid = &draft.index.uid;
    let usual = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '+');
    let plain = uid.len() <= 200 && !uid.is_empty() && uid.chars().all(usual) && !uid.starts_with('.');
    let hash = short_hash(&[calendar.id.as_str().as_bytes(), uid.as_bytes()]);
    let names = plain.then(|| format!("{uid}.ics")).into_iter().chain([format!("{hash}.ics")]);
    for name in names {
        if objects::head_by_name(tx, &calendar.id, &name)?.is_none() {
            return Ok(Some((calendar, name)));
        }
    }
    Ok(None)
}
