//! What an organizer stores or removes: groups become their members, answers are kept, and each attendee is told
//! (RFC 6638 3.2.1). What became of each message stands on the attendee's line as SCHEDULE-STATUS.

use super::super::authorize::has_ended;
use super::super::draft::{Draft, short_hash};
use super::copies::{self, Copy};
use super::{Edit, Party, Settled, inbox, read};
use crate::ical::build::normal_address;
use crate::ical::tree::Tree;
use crate::ids::TeamId;
use crate::roster::model::Person;
use crate::schedule::{Copy as Copies, Known, Message, Told, expand_groups, follow, organize, with_status};
use crate::service::addresses::{self, Addressee, user_of};
use crate::service::{Ctx, ServiceError, outbox};
use crate::store::objects::StoredObject;
use crate::store::{Connection, people, teams};
use crate::time::Window;
use serde_json::json;
use std::collections::BTreeMap;

/// Waits to be sent.
const PENDING: &str = "1.0";
/// Stands in the receiver's calendar.
pub(super) const DELIVERED: &str = "1.2";
/// Nobody has this address.
const NOBODY: &str = "3.7";
/// Another meeting of theirs has this UID, or no calendar of theirs can take it.
const REFUSED: &str = "5.3";

pub(super) fn stored(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    edit: &Edit<'_>,
    sent: &Draft,
) -> Result<Settled, ServiceError> {
    let old = edit.old.map(|old| old.body.as_slice());
    let mut addresses = BTreeMap::new();
    for text in old.into_iter().chain([sent.body.as_slice()]) {
        look_up(tx, ctx, party, text, &mut addresses)?;
    }
    let expanded = read(expand_groups(old, &sent.body, &addresses))?;
    look_up(tx, ctx, party, &expanded, &mut addresses)?;
    let mut organized = read(organize(&party.user, old, Some(&expanded), &addresses, ctx.now))?;
    if edit.old.is_some_and(|old| is_over(ctx, old.head.extent)) && is_over(ctx, sent.index.extent) {
        hush(&mut organized.told);
    }
    let status = tell(tx, ctx, party, &organized.told)?;
    let text = read(with_status(&organized.text, &status))?;
    let draft = if text == sent.body { sent.clone() } else { Draft::of(&text)? };
    let schedule_tag = draft.index.organizer.as_ref().map(|_| draft.etag.clone());
    Ok(Settled { draft, schedule_tag })
}

pub(super) fn removed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    old: &StoredObject,
) -> Result<(), ServiceError> {
    // Tidying up the past calls nothing off.
    if is_over(ctx, old.head.extent) {
        return Ok(());
    }
    let mut addresses = BTreeMap::new();
    look_up(tx, ctx, party, &old.body, &mut addresses)?;
    let organized = read(organize(&party.user, Some(&old.body), None, &addresses, ctx.now))?;
    tell(tx, ctx, party, &organized.told).map(drop)
}

/// Whether all of it lies in the past.
pub(super) fn is_over(ctx: &Ctx, extent: Window) -> bool {
    extent.end <= ctx.now
}

/// Leaves what was to be said out: copies follow in silence, and what took place isn't marked as called off.
fn hush(told: &mut Vec<Told>) {
    told.retain(|told| matches!(told.copy, Copies::Says(_)));
    for told in told {
        told.messages.clear();
        told.beside.clear();
    }
}

/// Who is behind the attendees of a text, and behind the groups they came by.
fn look_up(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    text: &[u8],
    known: &mut BTreeMap<String, Known>,
) -> Result<(), ServiceError> {
    let tree = read(Tree::parse(text))?;
    let lines = tree.calendar().children().flat_map(|component| component.all("ATTENDEE").collect::<Vec<_>>());
    for line in lines {
        let group = line.param("MEMBER").map(|group| normal_address(&group));
        for address in group.into_iter().chain([normal_address(line.value())]) {
            if known.contains_key(&address) {
                continue;
            }
            let found = match addresses::find(tx, ctx, &address)? {
                Addressee::Person(_) => Known::Local,
                Addressee::Team(team) => Known::Group(members(tx, ctx, party, &team)?),
                Addressee::Elsewhere | Addressee::Nobody => Known::Elsewhere,
            };
            known.insert(address, found);
        }
    }
    Ok(())
}

/// Name and address of everybody who is in a team now, but the organizer.
fn members(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    team: &TeamId,
) -> Result<Vec<(String, String)>, ServiceError> {
    let mut members = BTreeMap::new();
    for membership in teams::memberships_of_team(tx, team)? {
        if !membership.member || has_ended(tx, ctx, &membership)? || membership.person == party.person.id {
            continue;
        }
        if let Some(person) = people::find(tx, &membership.person)?.filter(|person| !person.disabled) {
            members.insert(person.email, person.name);
        }
    }
    Ok(members.into_iter().map(|(email, name)| (name, email)).collect())
}

/// Tells each of them, and gives what became of it by address.
pub(super) fn tell(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    organizer: &Party<'_>,
    told: &[Told],
) -> Result<BTreeMap<String, &'static str>, ServiceError> {
    let mut status = BTreeMap::new();
    for told in told {
        let outcome = match addresses::find(tx, ctx, &told.address)? {
            Addressee::Person(person) => deliver(tx, ctx, organizer, &person, told)?,
            Addressee::Elsewhere => {
                for message in &told.messages {
                    mail(tx, ctx, organizer, &told.address, message)?;
                }
                PENDING
            }
            Addressee::Nobody => NOBODY,
            // Its members are told, each by a line of their own.
            Addressee::Team(_) => DELIVERED,
        };
        if !told.messages.is_empty() {
            status.insert(told.address.clone(), outcome);
        }
    }
    Ok(status)
}

fn deliver(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    organizer: &Party<'_>,
    person: &Person,
    told: &Told,
) -> Result<&'static str, ServiceError> {
    let found = copies::find(tx, &person.id, organizer.uid)?;
    // A UID is no secret: whoever knows that of somebody's meeting gets no hold on it. An event of their own makes room.
    let copy = found.filter(|copy| copy.object.head.organizer.is_some());
    let foreign = |copy: &Copy| !copy.object.head.organizer.as_deref().is_some_and(|known| organizer.user.is(known));
    if copy.as_ref().is_some_and(foreign) {
        return Ok(REFUSED);
    }
    let theirs = user_of(ctx, person);
    let text = read(follow(&theirs, copy.as_ref().map(|copy| copy.object.body.as_slice()), told))?;
    let stands = copy.is_some() || text.is_some();
    if let Some(text) = text {
        // Answers of others alone don't make an invitation a new one (M6).
        let renewed = !told.messages.is_empty();
        if !copies::write(tx, ctx, organizer.actor, (person, copy.as_ref()), (&text, renewed))? {
            return Ok(REFUSED);
        }
    }
    if stands && !told.messages.is_empty() {
        let messages = told.messages.iter().chain(&told.beside);
        inbox::deliver(tx, ctx, &person.id, organizer.uid, messages)?;
    }
    Ok(DELIVERED)
}

/// Leaves a message for somebody whom only mail reaches (RFC 6047).
pub(super) fn mail(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    from: &Party<'_>,
    to: &str,
    message: &Message,
) -> Result<(), ServiceError> {
    let text = String::from_utf8_lossy(&message.text);
    let method = message.method.name();
    let payload = json!({
        "uid": from.uid, "method": method, "from": from.person.email, "name": from.person.name, "calendar": text,
    });
    // The moment is part of it: who is taken off and invited again hears of it again.
    let dedupe = short_hash(&[from.uid.as_bytes(), &message.text, ctx.now.millis().to_string().as_bytes()]);
    outbox::send(tx, ctx, ("mail.meeting", to), &payload, &dedupe)?;
    Ok(())
}
