//! What happens to a swap, and to those that go together with it, inside a transaction: read under the counters, decide,
//! carry out.

use super::carry::{Along, Because, Change};
use super::found::{refused, shifts_of, together};
use super::suitable::Question;
use super::views::Reply;
use crate::ids::{OfferId, PersonId, SwapId};
use crate::roster::swap::{Agreement, Event, OfferState, Part, Refusal, Swap, SwapState, decide_together};
use crate::service::audit::{Deed, record};
use crate::service::render::render;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::{Connection, counters, people, swaps};
use serde_json::json;

/// What an answer came to.
pub(super) enum Outcome {
    /// It counts, or was given before.
    Done(SwapId),
    /// It comes too late or is impossible; what follows from that was written.
    Refused(Refusal),
}

/// Answers an offer; rights are the caller's.
pub(super) fn answer(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (offer, reply): (&OfferId, Reply),
    rewrite: Option<&str>,
) -> Result<Outcome, ServiceError> {
    let not_found = || ServiceError::NotFound(format!("offer {offer}"));
    let asked = swaps::find_offer(tx, offer)?.ok_or_else(not_found)?;
    let first = swaps::find(tx, &asked.swap)?.ok_or_else(not_found)?;
    let people = [asked.person.clone(), first.requester.clone()];
    counters::bump_people_and_teams(tx, &people, std::slice::from_ref(&first.team))?;
    // Only what is read behind the counters is what others can't change meanwhile.
    let swap = swaps::find(tx, &first.id)?.ok_or_else(not_found)?;
    let parts = together(tx, &swap)?;
    let rewrite = rewrite.map(|name| (&asked.person, name));
    let event = match reply {
        Reply::Disagree => Event::Disagree(asked.person.clone()),
        Reply::Agree => Event::Agree(agreement(tx, ctx, &parts, &asked.person)?),
    };
    let effects = match decide_together(&parts, &event, ctx.now) {
        Ok(effects) => effects,
        Err(refusal) => {
            if matches!(refusal, Refusal::Impossible(_)) {
                lapse(tx, ctx, actor, &parts, &asked.person)?;
            }
            render(tx, ctx, std::slice::from_ref(&asked.person), &[], rewrite)?;
            return Ok(Outcome::Refused(refusal));
        }
    };
    if effects.iter().all(Vec::is_empty) {
        render(tx, ctx, std::slice::from_ref(&asked.person), &[], rewrite)?;
        return Ok(Outcome::Done(swap.id));
    }
    Change { ctx, actor, subject: &asked.person, rewrite, because: None }.carry_out(tx, &parts, &effects)?;
    Ok(Outcome::Done(swap.id))
}

/// The yes with what the rules say of it; the rules are read only where it could still count.
fn agreement(tx: &mut dyn Connection, ctx: &Ctx, parts: &[Part], person: &PersonId) -> Result<Agreement, ServiceError> {
    let blank = Agreement { person: person.clone(), approval: false, obstacles: Vec::new() };
    let effects = decide_together(parts, &Event::Agree(blank.clone()), ctx.now);
    if effects.is_ok_and(|effects| effects.iter().any(|effects| !effects.is_empty())) {
        return judged(tx, ctx, parts, blank);
    }
    Ok(blank)
}

fn judged(tx: &mut dyn Connection, ctx: &Ctx, parts: &[Part], agreement: Agreement) -> Result<Agreement, ServiceError> {
    let shifts = shifts_of(tx, parts)?;
    let question = Question::of((tx, ctx), &shifts, ctx.now, &agreement.person)?;
    let obstacles = question.obstacles(&agreement.person);
    Ok(Agreement { approval: question.team().settings.approval, obstacles, ..agreement })
}

/// What has become impossible lapses, for every part of it.
fn lapse(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    parts: &[Part],
    person: &PersonId,
) -> Result<(), ServiceError> {
    for (swap, offers) in parts {
        for offer in offers.iter().filter(|offer| offer.person == *person) {
            swaps::answer_offer(tx, &offer.id, OfferState::Lapsed, actor.channel, ctx.now)?;
            let deed = Deed::new("offer.lapsed", format!("offer:{}", offer.id)).after(json!({ "swap": swap.id }));
            record(tx, ctx, actor, deed)?;
        }
    }
    Ok(())
}

/// A manager gives the shift to somebody, asked or not. A broken hard rule needs a written reason; without one it is
/// [`ServiceError::Unprocessable`] with the rules as sentences. Rights are the caller's.
pub(super) fn assign(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (swap, person): (&SwapId, &PersonId),
    reason: Option<String>,
) -> Result<(), ServiceError> {
    let not_found = || ServiceError::NotFound(format!("swap {swap}"));
    let taker = people::find(tx, person)?
        .filter(|person| !person.disabled)
        .ok_or_else(|| ServiceError::invalid("person", format!("nobody who could stand a shift is called {person}")))?;
    let first = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let people = [taker.id.clone(), first.requester.clone()];
    counters::bump_people_and_teams(tx, &people, std::slice::from_ref(&first.team))?;
    let known = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let event = Event::Assign(taker.id.clone());
    let parts = together(tx, &known)?;
    let effects = decide_together(&parts, &event, ctx.now).map_err(|refusal| refused(tx, &refusal))?;
    if effects.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let rules = if taker.id == known.requester {
        Vec::new()
    } else {
        let shifts = shifts_of(tx, &parts)?;
        Question::of((tx, ctx), &shifts, ctx.now, &taker.id)?.obstacles(&taker.id)
    };
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if !rules.is_empty() && reason.is_none() {
        let message = format!("{} can't take this shift; a written reason overrides that", taker.name);
        return Err(ServiceError::Unprocessable { message, rules });
    }
    let because = Because { reason, rules };
    let along = Along { rewrite: None, because: Some(&because) };
    happen(tx, ctx, actor, (swap, &event), along)
}

/// Something else happens to a swap: withdrawn, assigned, approved, refused, republished, time passes.
pub(super) fn happen(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (swap, event): (&SwapId, &Event),
    along: Along<'_>,
) -> Result<(), ServiceError> {
    let not_found = || ServiceError::NotFound(format!("swap {swap}"));
    let first = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let people: Vec<PersonId> = [Some(first.requester.clone()), first.taker.clone()].into_iter().flatten().collect();
    counters::bump_people_and_teams(tx, &people, std::slice::from_ref(&first.team))?;
    let swap = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let parts = if event.is_shared() { together(tx, &swap)? } else { vec![alone(tx, &swap)?] };
    if matches!(event, Event::Approve)
        && let Some(taker) = &swap.taker
        && swap.state == SwapState::AwaitingApproval
    {
        let shifts = shifts_of(tx, &parts)?;
        let obstacles = Question::of((tx, ctx), &shifts, ctx.now, taker)?.obstacles(taker);
        if !obstacles.is_empty() {
            let message = Refusal::Impossible(obstacles.clone()).to_string();
            return Err(ServiceError::Unprocessable { message, rules: obstacles });
        }
    }
    let effects = decide_together(&parts, event, ctx.now).map_err(|refusal| refused(tx, &refusal))?;
    if effects.iter().all(Vec::is_empty) && along.rewrite.is_none() {
        return Ok(());
    }
    let rewrite = along.rewrite.map(|name| (&swap.requester, name));
    let subject = match event {
        Event::Assign(taker) => taker,
        Event::Approve => swap.taker.as_ref().unwrap_or(&swap.requester),
        _ => &swap.requester,
    };
    Change { ctx, actor, subject, rewrite, because: along.because }.carry_out(tx, &parts, &effects)
}

/// A swap without those that go together with it.
fn alone(tx: &mut dyn Connection, swap: &Swap) -> Result<Part, ServiceError> {
    Ok((swap.clone(), swaps::offers_of(tx, &swap.id)?))
}
