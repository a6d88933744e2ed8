//! What happens to a swap, and to those that go together with it, inside a transaction: read under the counters, decide,
//! carry out.

use super::carry::{Along, Because, Change};
use super::found::{refused, shifts_of, together};
use super::proposals::{against, people_of};
use super::suitable::Question;
use super::views::Reply;
use crate::ids::{OfferId, PersonId, ProposalId, SwapId};
use crate::roster::swap::{Agreement, Event, Offer, OfferState, Part, Refusal, Swap, SwapState, decide_together};
use crate::service::audit::{Deed, record};
use crate::service::render::render;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::{Connection, counters, people, proposals, swaps, teams};
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
    let mut people = people_of(tx, asked.proposal.as_ref())?;
    people.extend([asked.person.clone(), first.requester.clone()]);
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
            people.push(asked.person.clone());
            render(tx, ctx, &people, &[], rewrite)?;
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
    let theirs = parts.iter().flat_map(|(_, offers)| offers).find(|offer| offer.person == agreement.person);
    if let Some(proposal) = theirs.and_then(|offer| offer.proposal.as_ref()) {
        let moves = proposals::moves(tx, proposal)?;
        let team = parts.first().map(|(swap, _)| swap.team.clone());
        let team = team.map(|team| teams::find(tx, &team)).transpose()?.flatten();
        let approval = team.is_some_and(|team| team.settings.approval);
        return Ok(Agreement { approval, obstacles: against(tx, ctx, &moves)?, ..agreement });
    }
    let shifts = shifts_of(tx, parts)?;
    let question = Question::of((tx, ctx), &shifts, ctx.now, &agreement.person)?;
    let obstacles = question.obstacles(&agreement.person);
    Ok(Agreement { approval: question.team().settings.approval, obstacles, ..agreement })
}

/// What has become impossible lapses, for every part of it and for everybody who would have to agree to it. Where only
/// those were asked, its requester keeps what they hold.
fn lapse(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    parts: &[Part],
    person: &PersonId,
) -> Result<(), ServiceError> {
    for (swap, offers) in parts {
        let theirs = offers.iter().find(|offer| offer.person == *person);
        let proposal = theirs.and_then(|offer| offer.proposal.as_ref());
        let of_it = |offer: &&Offer| proposal.is_some() && offer.proposal.as_ref() == proposal && is_asked(offer);
        for offer in offers.iter().filter(|offer| offer.person == *person || of_it(offer)) {
            swaps::answer_offer(tx, &offer.id, OfferState::Lapsed, actor.channel, ctx.now)?;
            let deed = Deed::new("offer.lapsed", format!("offer:{}", offer.id)).after(json!({ "swap": swap.id }));
            record(tx, ctx, actor, deed)?;
        }
    }
    match parts.first() {
        Some((swap, _)) => end_unasked(tx, ctx, actor, &swap.id),
        None => Ok(()),
    }
}

fn is_asked(offer: &Offer) -> bool {
    matches!(offer.state, OfferState::Offered | OfferState::Agreed)
}

/// One of those who would have to agree to a proposal no longer can: it lapses for all of them, promised or not. Answers
/// who they are.
pub(in crate::service) fn break_off(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (swap, proposal): (&Swap, &ProposalId),
) -> Result<Vec<PersonId>, ServiceError> {
    if swap.state == SwapState::AwaitingApproval && promised(tx, swap)?.as_ref() == Some(proposal) {
        swaps::advance(tx, swap, SwapState::Open, None, ctx.now)?;
    }
    let mut told = vec![swap.requester.clone()];
    for offer in swaps::offers_of(tx, &swap.id)? {
        if offer.proposal.as_ref() == Some(proposal) && is_asked(&offer) {
            swaps::answer_offer(tx, &offer.id, OfferState::Lapsed, Actor::system().channel, ctx.now)?;
            told.push(offer.person);
        }
    }
    end_unasked(tx, ctx, actor, &swap.id)?;
    Ok(told)
}

/// A swap only for those whom proposals name is over when none of them is asked any more.
pub(super) fn end_unasked(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    swap: &SwapId,
) -> Result<(), ServiceError> {
    let Some(swap) = swaps::find(tx, swap)?.filter(|swap| swap.named_only && swap.state.is_live()) else {
        return Ok(());
    };
    if swaps::offers_of(tx, &swap.id)?.iter().any(is_asked) {
        return Ok(());
    }
    happen(tx, ctx, actor, (&swap.id, &Event::Withdraw), Along::default())
}

/// Proposals of which a shift has begun lapse, and everybody who was asked hears of it.
pub(super) fn lapse_begun(tx: &mut dyn Connection, ctx: &Ctx, swap: &Swap) -> Result<(), ServiceError> {
    let offers = swaps::offers_of(tx, &swap.id)?;
    let mut told = Vec::new();
    for offer in offers.iter().filter(|offer| is_asked(offer)) {
        let Some(proposal) = &offer.proposal else { continue };
        let begun = proposals::moves(tx, proposal)?.iter().any(|one| one.window.start <= ctx.now);
        if begun && swap.state == SwapState::Open {
            swaps::answer_offer(tx, &offer.id, OfferState::Lapsed, Actor::system().channel, ctx.now)?;
            told.push(offer.person.clone());
        }
    }
    if told.is_empty() {
        return Ok(());
    }
    let deed = Deed::new("proposal.lapsed", format!("swap:{}", swap.id)).after(json!({ "people": told }));
    record(tx, ctx, &Actor::system(), deed)?;
    render(tx, ctx, &told, &[], None)?;
    end_unasked(tx, ctx, &Actor::system(), &swap.id)
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
    let mut people: Vec<PersonId> =
        [Some(first.requester.clone()), first.taker.clone()].into_iter().flatten().collect();
    let proposal = promised(tx, &first)?;
    people.extend(people_of(tx, proposal.as_ref())?);
    counters::bump_people_and_teams(tx, &people, std::slice::from_ref(&first.team))?;
    let swap = swaps::find(tx, swap)?.ok_or_else(not_found)?;
    let parts = if event.is_shared() { together(tx, &swap)? } else { vec![alone(tx, &swap)?] };
    if matches!(event, Event::Approve)
        && let Some(taker) = &swap.taker
        && swap.state == SwapState::AwaitingApproval
    {
        let obstacles = if let Some(proposal) = promised(tx, &swap)? {
            let moves = proposals::moves(tx, &proposal)?;
            against(tx, ctx, &moves)?
        } else {
            let shifts = shifts_of(tx, &parts)?;
            Question::of((tx, ctx), &shifts, ctx.now, taker)?.obstacles(taker)
        };
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

/// The proposal that awaits approval, where it is one.
fn promised(tx: &mut dyn Connection, swap: &Swap) -> Result<Option<ProposalId>, ServiceError> {
    let Some(taker) = &swap.taker else { return Ok(None) };
    Ok(swaps::offer_to(tx, &swap.id, taker)?.and_then(|offer| offer.proposal))
}

/// A swap without those that go together with it.
fn alone(tx: &mut dyn Connection, swap: &Swap) -> Result<Part, ServiceError> {
    Ok((swap.clone(), swaps::offers_of(tx, &swap.id)?))
}
