//! Scheduling messages in somebody's inbox (RFC 6638 4.1): the last one of an organizer, and the last answer of each
//! attendee. Clients show them and remove them; what was answered by another way goes by itself (M15).

use super::super::draft::{etag, short_hash};
use crate::ical::index::Index;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::schedule::{Message, Method};
use crate::service::Ctx;
use crate::store::collections::{self, Collection, Owner};
use crate::store::objects::{self, NewObject};
use crate::store::{Connection, StoreError};

/// Messages of an organizer, in place of earlier ones about the same meeting.
pub(super) fn deliver<'m>(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    uid: &str,
    messages: impl IntoIterator<Item = &'m Message>,
) -> Result<(), StoreError> {
    settle(tx, ctx, person, uid, &[Method::Request, Method::Cancel])?;
    let Some(inbox) = of(tx, person)? else { return Ok(()) };
    messages.into_iter().try_for_each(|message| put(tx, ctx, &inbox, &name(uid, message.method, None), message))
}

/// A message that changes nothing, in place of an earlier one from the same person.
pub(super) fn note(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    (uid, from): (&str, &str),
    message: &Message,
) -> Result<(), StoreError> {
    let Some(inbox) = of(tx, person)? else { return Ok(()) };
    put(tx, ctx, &inbox, &name(uid, message.method, Some(from)), message)
}

/// Takes away what was answered by now, or says nothing any more.
pub(super) fn settle(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    uid: &str,
    methods: &[Method],
) -> Result<(), StoreError> {
    let Some(inbox) = of(tx, person)? else { return Ok(()) };
    for method in methods {
        objects::delete(tx, &inbox.id, &name(uid, *method, None), ctx.now)?;
    }
    Ok(())
}

fn of(tx: &mut dyn Connection, person: &PersonId) -> Result<Option<Collection>, StoreError> {
    collections::by_name(tx, &Owner::Person(person.clone()), "inbox")
}

fn name(uid: &str, method: Method, from: Option<&str>) -> String {
    let hash = short_hash(&[uid.as_bytes(), from.unwrap_or_default().as_bytes()]);
    // Behind the `shift-…` of the roster, which looks its own through by name.
    format!("told-{hash}-{}.ics", method.name().to_ascii_lowercase())
}

fn put(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    inbox: &Collection,
    name: &str,
    message: &Message,
) -> Result<(), StoreError> {
    // What is written here can be read; should it not, the copy tells the person all the same.
    let Some(index) = Tree::parse(&message.text).ok().as_ref().and_then(Index::of) else { return Ok(()) };
    let object = NewObject {
        name: name.to_owned(),
        // Of one meeting there may be several messages, so that in an inbox the name does a UID's duty.
        uid: name.to_owned(),
        component: index.component,
        etag: etag(&message.text),
        schedule_tag: None,
        extent: index.extent,
        recurring: index.recurring,
        organizer: index.organizer,
        sequence: index.sequence,
        digest: None,
        instances: None,
        body: message.text.clone(),
    };
    objects::put(tx, &inbox.id, object, ctx.now)?;
    Ok(())
}
