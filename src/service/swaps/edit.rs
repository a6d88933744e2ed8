//! What a calendar app stores in somebody's `shifts`: read as an answer, carried out, and written anew.

use super::act::{Outcome, answer, happen};
use super::ask::{Wish, ask};
use super::carry::Along;
use super::proposals::taken_with;
use super::views::Reply;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::roster::model::{Answer, Channel, Shift};
use crate::roster::shift_event::{handover_note, handover_uid, shift_uid};
use crate::roster::swap::{Event, Offer, OfferState, Swap};
use crate::schedule::{Happened, Personal, User, compare, graft};
use crate::service::addresses::user_of;
use crate::service::audit::{Deed, record};
use crate::service::render::{find, object_name, render};
use crate::service::{Actor, Ctx, ServiceError, handover};
use crate::store::collections::{CollectionKind, Owner};
use crate::store::objects::{self, NewObject};
use crate::store::{Connection, people, shifts, swaps};
use crate::time::Window;

/// A person stored or removed an object of their `shifts`.
#[derive(Clone, Copy, Debug)]
pub struct ShiftEdit<'a> {
    /// Whose calendar it is.
    pub person: &'a PersonId,
    /// The object's name in the calendar, without folder.
    pub name: &'a str,
    /// What was stored there.
    pub old: Option<&'a [u8]>,
    /// What they stored instead; nothing where they removed it.
    pub new: Option<&'a [u8]>,
    /// False for `Schedule-Reply: F`: a removal is no answer (RFC 6638 8.1).
    pub reply: bool,
}

/// What a PUT or DELETE in somebody's `shifts` leads to, inside the caller's transaction; conditions and rights are the
/// caller's. Never refuses an answer (M16): what comes too late or is impossible leads to the object written anew, so
/// that the client reloads it. The caller writes no row of the object itself and answers without ETag.
pub fn shift_object_changed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    edit: &ShiftEdit<'_>,
) -> Result<(), ServiceError> {
    // An orphan: its offer was withdrawn while the phone was offline (M14).
    let Some(old) = edit.old else { return Ok(()) };
    let Some(person) = people::find(tx, edit.person)? else { return Ok(()) };
    let actor = channelled(actor, edit);
    let happened = happened(old, edit, &user_of(ctx, &person));
    keep_personal(tx, ctx, edit)?;
    if let Some(shift) = held(tx, ctx, edit)? {
        return on_shift(tx, ctx, &actor, (edit, &shift), happened);
    }
    if let Some(shift) = handed_over(tx, ctx, edit)? {
        note(tx, ctx, &actor, (edit, &shift))?;
        return rewrite(tx, ctx, edit);
    }
    match offered(tx, ctx, edit)? {
        Some((swap, offer)) if swap.state.is_live() => on_offer(tx, ctx, &actor, (edit, &offer), happened),
        // A cancelled offer that is removed stays away.
        Some((_, offer)) if edit.new.is_none() => {
            swaps::answer_offer(tx, &offer.id, offer.state, Channel::Deletion, ctx.now)?;
            rewrite(tx, ctx, edit)
        }
        _ => rewrite(tx, ctx, edit),
    }
}

fn channelled(actor: &Actor, edit: &ShiftEdit<'_>) -> Actor {
    let channel = match actor.channel {
        Channel::Mail => Channel::Mail,
        _ if edit.new.is_none() => Channel::Deletion,
        _ => Channel::Calendar,
    };
    Actor { channel, ..actor.clone() }
}

fn happened(old: &[u8], edit: &ShiftEdit<'_>, person: &User) -> Happened {
    let Ok(before) = Tree::parse(old) else { return Happened::Nothing };
    match edit.new.map(Tree::parse) {
        None if edit.reply => Happened::Declined,
        None | Some(Err(_)) => Happened::Nothing,
        Some(Ok(after)) => compare(&before, Some(&after), person).happened,
    }
}

/// Stores the person's alarms, categories and the like in their copy, before it is rendered anew around them.
fn keep_personal(tx: &mut dyn Connection, ctx: &Ctx, edit: &ShiftEdit<'_>) -> Result<(), ServiceError> {
    let Some(new) = edit.new else { return Ok(()) };
    let Some(calendar) = find(tx, &Owner::Person(edit.person.clone()), CollectionKind::Shifts)? else {
        return Ok(());
    };
    let Some(stored) = objects::by_name(tx, &calendar, edit.name)? else { return Ok(()) };
    let Ok(body) = graft(&stored.body, new, Personal { transp: true, stamp: true }) else { return Ok(()) };
    let head = stored.head;
    let object = NewObject {
        name: head.name,
        uid: head.uid,
        component: head.component,
        etag: head.etag,
        schedule_tag: head.schedule_tag,
        extent: head.extent,
        recurring: head.recurring,
        organizer: head.organizer,
        sequence: head.sequence,
        digest: head.digest,
        instances: None,
        body,
    };
    objects::put(tx, &calendar, object, ctx.now)?;
    Ok(())
}

/// The person's shift of that name.
fn held(tx: &mut dyn Connection, ctx: &Ctx, edit: &ShiftEdit<'_>) -> Result<Option<Shift>, ServiceError> {
    let all = shifts::of_person(tx, edit.person, Window::ALWAYS)?;
    let named =
        |shift: &Shift| object_name(&shift_uid(&shift.slot, shift.segment, edit.person, &ctx.host.host)) == edit.name;
    Ok(all.into_iter().find(named))
}

/// The person's shift that ends at the seam whose event that is; what they write there is its note.
fn handed_over(tx: &mut dyn Connection, ctx: &Ctx, edit: &ShiftEdit<'_>) -> Result<Option<Shift>, ServiceError> {
    if !edit.name.starts_with("handover-") {
        return Ok(None);
    }
    for shift in shifts::of_person(tx, edit.person, Window::ALWAYS)? {
        let seam = Window::new(shift.window.end, shift.window.end.plus_millis(1));
        for next in shifts::of_team(tx, &shift.team, seam)? {
            let uid = handover_uid(&next.slot, next.segment, edit.person, &ctx.host.host);
            if next.window.start == shift.window.end && next.role == shift.role && object_name(&uid) == edit.name {
                return Ok(Some(shift));
            }
        }
    }
    Ok(None)
}

/// The person's latest offer of that name.
fn offered(tx: &mut dyn Connection, ctx: &Ctx, edit: &ShiftEdit<'_>) -> Result<Option<(Swap, Offer)>, ServiceError> {
    let all = swaps::offers_of_person(tx, edit.person, crate::time::Instant::FAR_PAST)?;
    let mut named = Vec::new();
    for (swap, offer) in all {
        let taken = taken_with(tx, &swap, &offer)?;
        let uid = |shift: &Shift| shift_uid(&shift.slot, shift.segment, edit.person, &ctx.host.host);
        if taken.iter().any(|shift| object_name(&uid(shift)) == edit.name) {
            named.push((swap, offer));
        }
    }
    Ok(named.into_iter().max_by_key(|(swap, offer)| (swap.opened, offer.sent)))
}

fn rewrite(tx: &mut dyn Connection, ctx: &Ctx, edit: &ShiftEdit<'_>) -> Result<(), ServiceError> {
    render(tx, ctx, std::slice::from_ref(edit.person), &[], Some((edit.person, edit.name)))
}

fn on_shift(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (edit, shift): (&ShiftEdit<'_>, &Shift),
    happened: Happened,
) -> Result<(), ServiceError> {
    note(tx, ctx, actor, (edit, shift))?;
    let shift = &shifts::find(tx, &shift.slot, shift.segment)?.unwrap_or_else(|| shift.clone());
    let ended = ctx.now >= shift.window.end;
    let live = swaps::live_of_shift(tx, &shift.slot, shift.segment)?;
    match (happened, live) {
        (Happened::Declined, _) if ended && edit.new.is_none() => {
            shifts::set_hidden(tx, &shift.slot, shift.segment, true)?;
        }
        (Happened::Declined, live) if !ended && live.as_ref().is_none_or(|swap| swap.named_only) => {
            let wish = Wish { rewrite: Some((edit.person, edit.name)), ..Wish::default() };
            ask(tx, ctx, actor, shift, wish)?;
            return Ok(());
        }
        (Happened::Accepted, Some(swap)) => {
            let along = Along { rewrite: Some(edit.name), because: None };
            happen(tx, ctx, actor, (&swap.id, &Event::Withdraw), along)?;
            return Ok(());
        }
        (Happened::Accepted, None) if shift.answer != Answer::Accepted => {
            shifts::set_answer(tx, &shift.slot, shift.segment, Answer::Accepted)?;
            let deed = Deed::new("shift.acknowledged", format!("shift:{}.{}", shift.slot, shift.segment));
            record(tx, ctx, actor, deed.subject(edit.person))?;
        }
        _ => {}
    }
    rewrite(tx, ctx, edit)
}

/// What stands behind the heading in the description is the handover note.
fn note(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (edit, shift): (&ShiftEdit<'_>, &Shift),
) -> Result<(), ServiceError> {
    let Some(Ok(tree)) = edit.new.map(Tree::parse) else { return Ok(()) };
    let mut events = tree.calendar().children_named("VEVENT");
    let Some(text) = events.next().and_then(|event| event.property("DESCRIPTION")).map(|p| p.text()) else {
        return Ok(());
    };
    // Without the heading the client has dropped or replaced the whole text: the note stays.
    let note = handover_note(&text);
    if note.is_none() && !text.contains("Handover note:") {
        return Ok(());
    }
    handover::leave(tx, ctx, actor, (edit.person, shift), note.as_deref())
}

fn on_offer(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (edit, offer): (&ShiftEdit<'_>, &Offer),
    happened: Happened,
) -> Result<(), ServiceError> {
    let reply = match happened {
        Happened::Accepted => Reply::Agree,
        Happened::Declined => Reply::Disagree,
        _ => return rewrite(tx, ctx, edit),
    };
    match answer(tx, ctx, actor, (&offer.id, reply), Some(edit.name))? {
        // Removed after an earlier no: it goes now.
        Outcome::Done(_) if edit.new.is_none() && offer.state == OfferState::Disagreed => {
            swaps::answer_offer(tx, &offer.id, offer.state, Channel::Deletion, ctx.now)?;
            rewrite(tx, ctx, edit)
        }
        Outcome::Done(_) | Outcome::Refused(_) => Ok(()),
    }
}
