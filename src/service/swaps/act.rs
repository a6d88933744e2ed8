//! The use cases inside a transaction: read under the counters, decide, carry out.

use super::carry::{Along, Because, Change};
use super::suitable::Question;
use super::views::{Reply, SwapView};
use crate::ids::{OfferId, PersonId, RosterId, SlotId, SwapId, TeamId};
use crate::roster::model::{Answer, Reach, Settings, Shift};
use crate::roster::swap::{Agreement, Effect, Event, Offer, OfferState, Refusal, Swap, SwapState, decide};
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, Scope, ServiceError, Who, rights};
use crate::store::{Connection, counters, people, shifts, slots, swaps, teams};
use serde_json::json;

/// Whether the actor may answer for a person of a team: themselves, a manager, an administrator or their token.
pub(super) fn may_answer(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, team): (&PersonId, &TeamId),
) -> Result<(), ServiceError> {
    let allowed = match &actor.who {
        Who::Operator | Who::System => true,
        Who::Person(own) => own == person || rights::manages(tx, own, team, ctx.now)?,
        Who::Token { scope, person: Some(own), .. } => {
            *scope >= Scope::Roster && (own == person || rights::manages(tx, own, team, ctx.now)?)
        }
        Who::Token { scope, person: None, .. } => *scope >= Scope::Admin,
    };
    if allowed {
        return Ok(());
    }
    Err(ServiceError::Forbidden(format!("only {person}, a manager of {team} or an administrator may answer this")))
}

/// The shift, whoever holds it.
pub(super) fn shift_of(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<Shift, ServiceError> {
    shifts::find(tx, slot, segment)?.ok_or_else(|| ServiceError::NotFound(format!("shift {slot}")))
}

/// Asks for cover on the holder's behalf; where it is asked for already, that request stands. An optional shift is
/// emptied instead, and nobody is asked: no swap then.
pub(super) fn ask(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    shift: &Shift,
    (reason, rewrite): (Option<String>, Option<(&PersonId, &str)>),
) -> Result<Option<SwapId>, ServiceError> {
    let Some(holder) = shift.person.clone() else {
        return Err(ServiceError::conflict("gap", "nobody holds this shift"));
    };
    counters::bump_people_and_teams(tx, std::slice::from_ref(&holder), std::slice::from_ref(&shift.team))?;
    if ctx.now >= shift.window.end {
        return Err(ServiceError::Gone);
    }
    if let Some(live) = swaps::live_of_shift(tx, &shift.slot, shift.segment)? {
        return Ok(Some(live.id));
    }
    let question = Question::load(tx, shift, ctx.now)?;
    let role = question.team().roles.iter().find(|role| role.name == shift.role);
    if role.is_some_and(|role| role.optional) {
        return empty(tx, ctx, actor, shift, reason).map(|()| None);
    }
    let swap = Swap {
        id: SwapId::new(ctx.fresh()),
        team: shift.team.clone(),
        slot: shift.slot.clone(),
        segment: shift.segment,
        requester: holder.clone(),
        reason: reason.clone(),
        state: SwapState::Open,
        version: 0,
        window: shift.window,
        opened: ctx.now,
        closed: None,
        taker: None,
    };
    swaps::insert(tx, &swap)?;
    shifts::set_answer(tx, &shift.slot, shift.segment, Answer::Tentative)?;
    let deed = Deed::new("swap.asked", format!("swap:{}", swap.id))
        .subject(&holder)
        .after(json!({ "slot": shift.slot, "segment": shift.segment, "person": holder }))
        .reason(reason);
    record(tx, ctx, actor, deed)?;
    let ranked = question.ranked(&holder);
    let first = reach(&question.team().settings, ctx, shift, ranked.len());
    let event = Event::Ask(ranked.into_iter().take(first).collect());
    let effects = decide(&swap, &[], &event, ctx.now).map_err(|refusal| refused(tx, &refusal))?;
    Change { ctx, actor, swap: &swap, shift, subject: &holder, rewrite, because: None }.carry_out(tx, &effects)?;
    Ok(Some(swap.id))
}

/// How many are asked at once; a shift that runs already is everybody's.
fn reach(settings: &Settings, ctx: &Ctx, shift: &Shift, all: usize) -> usize {
    match settings.reach {
        Reach::Ranked { first, .. } if ctx.now < shift.window.start => first as usize,
        _ => all,
    }
}

fn empty(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    shift: &Shift,
    reason: Option<String>,
) -> Result<(), ServiceError> {
    let touched = crate::service::render::touched_by(tx, shift)?;
    let emptied = Shift { person: None, sequence: shift.sequence + 1, answer: Answer::NeedsAction, ..shift.clone() };
    shifts::put(tx, &emptied)?;
    crate::store::ledger::remove_of_shift(tx, &shift.slot, shift.segment)?;
    let deed = Deed::new("shift.emptied", format!("shift:{}.{}", shift.slot, shift.segment))
        .before(json!({ "person": shift.person }))
        .reason(reason);
    record(tx, ctx, actor, deed)?;
    crate::service::render::render_people(tx, ctx, &touched, std::slice::from_ref(&shift.team))
}

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
    let offers = swaps::offers_of(tx, &swap.id)?;
    let rewrite = rewrite.map(|name| (&asked.person, name));
    let event = match reply {
        Reply::Disagree => Event::Disagree(asked.person.clone()),
        Reply::Agree => Event::Agree(agreement(tx, ctx, &swap, &offers, &asked.person)?),
    };
    let effects = match decide(&swap, &offers, &event, ctx.now) {
        Ok(effects) => effects,
        Err(refusal) => {
            if matches!(refusal, Refusal::Impossible(_)) {
                lapse(tx, ctx, actor, &swap, offer)?;
            }
            crate::service::render::render(tx, ctx, std::slice::from_ref(&asked.person), &[], rewrite)?;
            return Ok(Outcome::Refused(refusal));
        }
    };
    if effects.is_empty() {
        crate::service::render::render(tx, ctx, std::slice::from_ref(&asked.person), &[], rewrite)?;
        return Ok(Outcome::Done(swap.id));
    }
    let shift = shift_of(tx, &swap.slot, swap.segment)?;
    let change = Change { ctx, actor, swap: &swap, shift: &shift, subject: &asked.person, rewrite, because: None };
    change.carry_out(tx, &effects)?;
    Ok(Outcome::Done(swap.id))
}

/// The yes with what the rules say of it; the rules are read only where it could still count.
fn agreement(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    offers: &[Offer],
    person: &PersonId,
) -> Result<Agreement, ServiceError> {
    let blank = Agreement { person: person.clone(), approval: false, obstacles: Vec::new() };
    let moves = decide(swap, offers, &Event::Agree(blank.clone()), ctx.now).is_ok_and(|effects| !effects.is_empty());
    if !moves {
        return Ok(blank);
    }
    let shift = shift_of(tx, &swap.slot, swap.segment)?;
    let question = Question::of(tx, &shift, ctx.now, person)?;
    Ok(Agreement { approval: question.team().settings.approval, obstacles: question.obstacles(person), ..blank })
}

fn lapse(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, swap: &Swap, offer: &OfferId) -> Result<(), ServiceError> {
    swaps::answer_offer(tx, offer, OfferState::Lapsed, actor.channel, ctx.now)?;
    let deed = Deed::new("offer.lapsed", format!("offer:{offer}")).after(json!({ "swap": swap.id }));
    record(tx, ctx, actor, deed)?;
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
    let offers = swaps::offers_of(tx, swap)?;
    if decide(&known, &offers, &event, ctx.now).map_err(|refusal| refused(tx, &refusal))?.is_empty() {
        return Ok(());
    }
    let rules = if taker.id == known.requester {
        Vec::new()
    } else {
        let shift = shift_of(tx, &known.slot, known.segment)?;
        Question::of(tx, &shift, ctx.now, &taker.id)?.obstacles(&taker.id)
    };
    let reason = reason.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if !rules.is_empty() && reason.is_none() {
        let message = format!("{} can't take this shift; a written reason overrides that", taker.name);
        return Err(ServiceError::Unprocessable { message, rules });
    }
    let because = Because { reason, rules };
    let along = Along { rewrite: None, because: Some(&because) };
    happen(tx, ctx, actor, (swap, &event), along).map(|_| ())
}

/// The shift of a swap as it stands; where it is published no more, as it was when cover was asked for.
pub(in crate::service) fn shift_of_swap(tx: &mut dyn Connection, swap: &Swap) -> Result<Shift, ServiceError> {
    if let Some(shift) = shifts::find(tx, &swap.slot, swap.segment)? {
        return Ok(shift);
    }
    let slot = slots::find(tx, &swap.slot)?.ok_or_else(|| ServiceError::NotFound(format!("slot {}", swap.slot)))?;
    Ok(Shift {
        slot: slot.id,
        segment: swap.segment,
        team: slot.team,
        role: slot.role,
        window: swap.window,
        zone: slot.zone,
        person: None,
        roster: RosterId::new(String::new()),
        sequence: 0,
        answer: Answer::NeedsAction,
        hidden: false,
        note: None,
    })
}

/// Something else happens to a swap: withdrawn, assigned, approved, refused, republished, time passes.
pub(super) fn happen(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (swap, event): (&SwapId, &Event),
    along: Along<'_>,
) -> Result<Vec<Effect>, ServiceError> {
    let not_found = || ServiceError::NotFound(format!("swap {swap}"));
    let first = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let people: Vec<PersonId> = [Some(first.requester.clone()), first.taker.clone()].into_iter().flatten().collect();
    counters::bump_people_and_teams(tx, &people, std::slice::from_ref(&first.team))?;
    let swap = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let offers = swaps::offers_of(tx, &swap.id)?;
    let shift = shift_of_swap(tx, &swap)?;
    if matches!(event, Event::Approve)
        && let Some(taker) = &swap.taker
        && swap.state == SwapState::AwaitingApproval
    {
        let obstacles = Question::of(tx, &shift, ctx.now, taker)?.obstacles(taker);
        if !obstacles.is_empty() {
            let message = Refusal::Impossible(obstacles.clone()).to_string();
            return Err(ServiceError::Unprocessable { message, rules: obstacles });
        }
    }
    let effects = decide(&swap, &offers, event, ctx.now).map_err(|refusal| refused(tx, &refusal))?;
    if effects.is_empty() && along.rewrite.is_none() {
        return Ok(effects);
    }
    let rewrite = along.rewrite.map(|name| (&swap.requester, name));
    let subject = match event {
        Event::Assign(taker) => taker,
        Event::Approve => swap.taker.as_ref().unwrap_or(&swap.requester),
        _ => &swap.requester,
    };
    Change { ctx, actor, swap: &swap, shift: &shift, subject, rewrite, because: along.because }
        .carry_out(tx, &effects)?;
    Ok(effects)
}

/// A refusal in the words of the interface; whoever was first is named.
pub(super) fn refused(tx: &mut dyn Connection, refusal: &Refusal) -> ServiceError {
    let name = |tx: &mut dyn Connection, person: &PersonId| match people::find(tx, person) {
        Ok(Some(found)) => found.name,
        _ => person.to_string(),
    };
    match refusal {
        Refusal::TakenBy(taker) => {
            let shown = name(tx, taker);
            let detail = json!({ "taker": taker, "name": shown });
            ServiceError::Conflict { code: "taken", message: format!("{shown} has it"), detail }
        }
        Refusal::Promised(taker) => {
            let shown = name(tx, taker);
            let detail = json!({ "taker": taker, "name": shown });
            let message = format!("{shown} agreed before; a manager has to approve");
            ServiceError::Conflict { code: "promised", message, detail }
        }
        Refusal::Impossible(rules) => ServiceError::Conflict {
            code: "impossible",
            message: refusal.to_string(),
            detail: json!({ "rules": rules }),
        },
        Refusal::NotAsked(_) => ServiceError::Forbidden(refusal.to_string()),
        Refusal::Over(_) | Refusal::Ended => ServiceError::conflict("over", refusal.to_string()),
        Refusal::NothingToApprove => ServiceError::conflict("nothing-to-approve", refusal.to_string()),
    }
}

/// A swap as it is shown.
pub(super) fn view(tx: &mut dyn Connection, swap: &SwapId) -> Result<SwapView, ServiceError> {
    let not_found = || ServiceError::NotFound(format!("swap {swap}"));
    let swap = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let offers = swaps::offers_of(tx, &swap.id)?;
    let shift = shifts::find(tx, &swap.slot, swap.segment)?;
    let zone = match &shift {
        Some(shift) => shift.zone,
        None => teams::zone(tx, &swap.team)?.unwrap_or(crate::time::Zone::UTC),
    };
    Ok(SwapView::new(swap, offers, shift.map(|shift| shift.role).unwrap_or_default(), zone))
}
