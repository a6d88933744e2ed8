//! A person's shifts as invitations by mail, for whoever answers in no calendar app here: a row of the outbox for each
//! event that is new, was moved or has gone, and what is in the mail of it.

use super::facts::Facts;
use super::{Edition, Invitation, is_invited_by_mail};
use crate::ical::edit::Edit;
use crate::ical::tree::{Component, Tree};
use crate::ids::CollectionId;
use crate::roster::model::Person;
use crate::roster::shift_event::shift_uid;
use crate::schedule::User;
use crate::service::render::{find, object_name};
use crate::service::swaps::taken_with;
use crate::service::{Ctx, ServiceError, outbox};
use crate::store::collections::{CollectionKind, Owner};
use crate::store::objects::{self, StoredObject};
use crate::store::{Connection, StoreError, mailed, swaps};
use crate::time::{Instant, Window};
use serde_json::json;

/// Events to come that are compared; more nobody holds.
const MOST: u32 = 1_000;

/// What stood in a person's `shifts` before it was rendered, where they are to be told by mail.
pub(in crate::service) struct Before(Option<Vec<StoredObject>>);

impl Before {
    pub(in crate::service) fn of(
        tx: &mut dyn Connection,
        ctx: &Ctx,
        person: &Person,
        calendar: &CollectionId,
    ) -> Result<Self, StoreError> {
        let told = !person.disabled && is_invited_by_mail(tx, ctx, &person.id)?;
        Ok(Self(told.then(|| ahead(tx, ctx, calendar)).transpose()?))
    }
}

fn ahead(tx: &mut dyn Connection, ctx: &Ctx, calendar: &CollectionId) -> Result<Vec<StoredObject>, StoreError> {
    let found = objects::page(tx, calendar, None, MOST, Some(Window::new(ctx.now, Instant::FAR_FUTURE)))?;
    Ok(found.into_iter().filter(|object| object.head.organizer.is_some()).collect())
}

/// Leaves an invitation for each event that is new or was moved, and calls off what has gone. An offer comes with the
/// mail that asks.
pub(in crate::service) fn invite(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, calendar): (&Person, &CollectionId),
    before: &Before,
) -> Result<(), ServiceError> {
    let Some(before) = &before.0 else { return Ok(()) };
    let after = ahead(tx, ctx, calendar)?;
    for object in &after {
        let known = before.iter().find(|old| old.head.name == object.head.name);
        if known.is_some_and(|old| old.head.sequence == object.head.sequence) {
            continue;
        }
        match status(object).as_str() {
            "TENTATIVE" => {}
            "CANCELLED" => leave(tx, ctx, person, (object, "CANCEL", object.head.sequence), true)?,
            _ => leave(tx, ctx, person, (object, "REQUEST", object.head.sequence), false)?,
        }
    }
    for gone in before.iter().filter(|old| !after.iter().any(|object| object.head.name == old.head.name)) {
        let status = status(gone);
        if status != "CANCELLED" && gone.head.extent.end > ctx.now && !is_declined(person, gone) {
            leave(tx, ctx, person, (gone, "CANCEL", gone.head.sequence + 1), status == "TENTATIVE")?;
        }
    }
    Ok(())
}

/// Leaves an invitation to a shift that is still theirs though they declined it.
pub(in crate::service) fn invite_again(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    uid: &str,
) -> Result<(), ServiceError> {
    let Some(object) = object(tx, person, uid)?.filter(|object| status(object) == "CONFIRMED") else { return Ok(()) };
    if !is_invited_by_mail(tx, ctx, &person.id)? {
        return Ok(());
    }
    leave(tx, ctx, person, (&object, "REQUEST", object.head.sequence), false)
}

/// The row. `asked` where the person was only asked about it.
fn leave(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    (object, method, sequence): (&StoredObject, &str, i64),
    asked: bool,
) -> Result<(), ServiceError> {
    let Some(calendar) = message(&object.body, method, sequence) else { return Ok(()) };
    let (title, team) = Tree::parse(&object.body).ok().map(|tree| titles(&tree)).unwrap_or_default();
    let (uid, extent) = (&object.head.uid, object.head.extent);
    let payload = json!({
        "person": person.id, "uid": uid, "title": title, "name": team, "method": method, "sequence": sequence,
        "asked": asked, "start": extent.start.to_string(), "end": extent.end.to_string(), "calendar": calendar,
    });
    let matter = format!("{uid}/{sequence}/{method}/{}", ctx.now.millis());
    outbox::send(tx, ctx, ("mail.invitation", &person.email), &payload, &matter)?;
    Ok(())
}

/// What the row comes to at the moment of sending.
pub(super) fn of_row(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    facts: &Facts,
) -> Result<Option<Invitation>, ServiceError> {
    let sent = mailed::find(tx, (&person.id, &facts.uid))?;
    let stands = if facts.method == "CANCEL" {
        // What they never had needs no calling off; nor does what is theirs again.
        sent.is_some() && object(tx, person, &facts.uid)?.is_none_or(|object| status(&object) == "CANCELLED")
    } else {
        object(tx, person, &facts.uid)?.is_some_and(|object| object.head.sequence == facts.sequence)
    };
    let Some(window) = facts.window().filter(|window| stands && ctx.now < window.end) else { return Ok(None) };
    if !is_invited_by_mail(tx, ctx, &person.id)? {
        return Ok(None);
    }
    let of = Edition { person: person.id.clone(), uid: facts.uid.clone(), sequence: facts.sequence, window };
    addressed(tx, ctx, (&facts.method, &facts.calendar), of)
}

/// The event of an offer, beside the mail that asks; of several that go together the first stands for all.
pub(super) fn of_offer(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    facts: &Facts,
) -> Result<Option<Invitation>, ServiceError> {
    if !is_invited_by_mail(tx, ctx, &person.id)? {
        return Ok(None);
    }
    let Some(offer) = facts.offer.as_ref().map(|id| swaps::find_offer(tx, id)).transpose()?.flatten() else {
        return Ok(None);
    };
    let Some(swap) = swaps::find(tx, &offer.swap)? else { return Ok(None) };
    let Some(shift) = taken_with(tx, &swap, &offer)?.into_iter().next() else { return Ok(None) };
    let uid = shift_uid(&shift.slot, shift.segment, &person.id, &ctx.host.host);
    let Some(object) = object(tx, person, &uid)? else { return Ok(None) };
    let sequence = object.head.sequence;
    let Some(calendar) = message(&object.body, "REQUEST", sequence) else { return Ok(None) };
    let of = Edition { person: person.id.clone(), uid, sequence, window: object.head.extent };
    addressed(tx, ctx, ("REQUEST", &calendar), of)
}

/// An event of the person's `shifts`.
fn object(tx: &mut dyn Connection, person: &Person, uid: &str) -> Result<Option<StoredObject>, ServiceError> {
    let calendar = find(tx, &Owner::Person(person.id.clone()), CollectionKind::Shifts)?;
    let found = calendar.map(|calendar| objects::by_name(tx, &calendar, &object_name(uid))).transpose()?;
    Ok(found.flatten())
}

/// The event as a message: with METHOD, and without the alarms of its owner.
fn message(body: &[u8], method: &str, sequence: i64) -> Option<String> {
    let tree = Tree::parse(body).ok()?;
    let mut edit = Edit::new(body);
    edit.set_property(tree.calendar(), &format!("METHOD:{method}"));
    for event in tree.calendar().children_named("VEVENT") {
        for alarm in event.children_named("VALARM") {
            edit.remove(alarm.span());
        }
        if method == "CANCEL" {
            edit.set_property(event, "STATUS:CANCELLED").set_property(event, &format!("SEQUENCE:{sequence}"));
        }
    }
    String::from_utf8(edit.apply()).ok()
}

/// With the reader's own reply address as ORGANIZER: mail programs answer there and nowhere else.
fn addressed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (method, calendar): (&str, &str),
    of: Edition,
) -> Result<Option<Invitation>, ServiceError> {
    let Some(replies) = ctx.host.mail.as_ref().and_then(|mail| mail.replies.as_ref()) else { return Ok(None) };
    let address = replies.of_person(tx, ctx, &of.person)?;
    let Some(calendar) = organized_by(calendar, &address) else { return Ok(None) };
    Ok(Some(Invitation { method: method.to_owned(), calendar, of: Some(of) }))
}

/// The same object with another ORGANIZER address, and everything else of that line as it was.
pub(super) fn organized_by(calendar: &str, address: &str) -> Option<String> {
    let tree = Tree::parse(calendar.as_bytes()).ok()?;
    let mut edit = Edit::new(calendar.as_bytes());
    for organizer in tree.calendar().children().filter_map(|component| component.property("ORGANIZER")) {
        edit.set_value(organizer, &format!("mailto:{address}"));
    }
    String::from_utf8(edit.apply()).ok()
}

fn first<'t>(tree: &'t Tree<'_>) -> Option<Component<'t>> {
    tree.calendar().children_named("VEVENT").next()
}

/// SUMMARY, and the name of the ORGANIZER.
fn titles(tree: &Tree<'_>) -> (String, String) {
    let Some(event) = first(tree) else { return (String::new(), String::new()) };
    let title = event.property("SUMMARY").map(|summary| summary.text()).unwrap_or_default();
    let team = event.property("ORGANIZER").and_then(|organizer| organizer.param("CN").map(|name| name.into_owned()));
    (title, team.unwrap_or_default())
}

fn status(object: &StoredObject) -> String {
    let Ok(tree) = Tree::parse(&object.body) else { return String::new() };
    let status = first(&tree).and_then(|event| event.property("STATUS"));
    status.map(|status| status.value().trim().to_ascii_uppercase()).unwrap_or_default()
}

fn is_declined(person: &Person, object: &StoredObject) -> bool {
    let Ok(tree) = Tree::parse(&object.body) else { return false };
    let user = User::new([person.email.clone()]);
    let line = first(&tree).and_then(|event| user.line_in(event));
    line.is_some_and(|line| crate::ical::attendee::partstat(line) == "DECLINED")
}
