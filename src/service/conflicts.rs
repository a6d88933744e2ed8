//! Availability that changes after publication: where it now says no to a published shift, the person and the team's
//! managers are told, with the way to ask for cover.

use super::render::{no_at, render_people};
use super::swaps::managers_of;
use crate::ids::PersonId;
use crate::roster::link::Link;
use crate::roster::model::{Person, Shift};
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, ServiceError, availability, outbox};
use crate::store::{Connection, people, shifts, swaps, teams};
use crate::time::{Instant, Window};
use serde_json::json;

/// Availability of these people changed within the window; called by whoever stored or removed an object of kind
/// `availability`, `calendar` or `team-availability`, after writing it, in the same transaction.
pub fn availability_changed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    people: &[PersonId],
    window: Window,
) -> Result<(), ServiceError> {
    let ahead = Window::new(window.start.max(ctx.now), window.end.min(Instant::FAR_FUTURE));
    if ahead.start >= ahead.end {
        return Ok(());
    }
    for person in people {
        let touched = shifts::of_person(tx, person, ahead)?;
        if touched.is_empty() {
            continue;
        }
        let Some(person) = people::find(tx, person)? else { continue };
        for shift in &touched {
            collide(tx, ctx, actor, &person, shift)?;
        }
        render_people(tx, ctx, std::slice::from_ref(&person.id), &[])?;
    }
    Ok(())
}

/// Tells of a collision, once for each shift and span; where cover is asked for, everybody knows already.
fn collide(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &Person,
    shift: &Shift,
) -> Result<(), ServiceError> {
    let Some(team) = teams::find(tx, &shift.team)? else { return Ok(()) };
    let said = availability::of_person(tx, ctx, person, &team.settings.words, shift.window)?;
    let spans = no_at(&said, shift.window, &team.settings);
    let Some(first) = spans.first() else { return Ok(()) };
    if swaps::live_of_shift(tx, &shift.slot, shift.segment)?.is_some() {
        return Ok(());
    }
    let epoch = people::link_epoch(tx, &person.id)?;
    let link = Link::Cover { slot: shift.slot.clone(), segment: shift.segment, person: person.id.clone() };
    let link = format!("{}{}", ctx.host.public_url, link.path(&ctx.host.link_key, epoch));
    let facts = json!({
        "person": person.id, "team": shift.team, "role": shift.role, "slot": shift.slot, "segment": shift.segment,
        "start": shift.window.start.rfc3339(shift.zone), "end": shift.window.end.rfc3339(shift.zone),
        "unavailable_from": first.start.rfc3339(shift.zone), "unavailable_until": first.end.rfc3339(shift.zone),
    });
    let mut own = facts.clone();
    if let Some(fields) = own.as_object_mut() {
        fields.insert("ask_for_cover".to_owned(), link.into());
    }
    let matter = format!("{}.{}/{}/{}-{}", shift.slot, shift.segment, person.id, first.start, first.end);
    if !outbox::send(tx, ctx, ("mail.collision", &person.email), &own, &matter)? {
        return Ok(());
    }
    for manager in managers_of(tx, ctx, &shift.team)?.into_iter().filter(|manager| *manager != person.id) {
        if let Some(manager) = people::find(tx, &manager)? {
            outbox::send(tx, ctx, ("mail.collision", &manager.email), &facts, &matter)?;
        }
    }
    let deed = Deed::new("shift.collision", format!("shift:{}.{}", shift.slot, shift.segment));
    record(tx, ctx, actor, deed.subject(&person.id).after(facts))?;
    Ok(())
}
