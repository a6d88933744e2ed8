//! Carrying out what the state machine decided: offers, the swap's conditional update, the shift, ledger, audit,
//! messages and calendars, all in the caller's transaction.

use super::found::shift_of_swap;
use super::suitable::Question;
use super::tell;
use crate::ids::{OfferId, PersonId};
use crate::roster::model::{Answer, Shift};
use crate::roster::swap::{Effect, Offer, OfferState, Part, Segment, Swap, SwapState, split_for};
use crate::service::audit::{Deed, record};
use crate::service::render::{render, touched_by};
use crate::service::{Actor, Ctx, ServiceError, webhooks};
use crate::store::ledger::{self, LedgerEntry, LedgerKind};
use crate::store::{Connection, shifts, swaps};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// A manager's own decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Because {
    /// Why, in their words.
    pub(super) reason: Option<String>,
    /// The hard rules that it overrides, in sentences.
    pub(super) rules: Vec<String>,
}

/// What comes along with an event.
#[derive(Clone, Copy, Default)]
pub(super) struct Along<'a> {
    /// An object of the subject's calendar to be written anew in any case.
    pub(super) rewrite: Option<&'a str>,
    /// A manager decided it rather than whoever takes the shift.
    pub(super) because: Option<&'a Because>,
}

/// Who changes swaps, and for whom.
pub(super) struct Change<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) actor: &'a Actor,
    /// For whom the actor acts.
    pub(super) subject: &'a PersonId,
    /// An object of that person's calendar to be written anew in any case.
    pub(super) rewrite: Option<(&'a PersonId, &'a str)>,
    /// A manager decided it rather than whoever takes the shift.
    pub(super) because: Option<&'a Because>,
}

impl Change<'_> {
    /// Carries the effects on each part out and brings all calendars in line. [`ServiceError::Conflict`] where somebody
    /// was faster.
    pub(super) fn carry_out(
        &self,
        tx: &mut dyn Connection,
        parts: &[Part],
        effects: &[Vec<Effect>],
    ) -> Result<(), ServiceError> {
        let mut touched: Vec<PersonId> = self.rewrite.iter().map(|(person, _)| (*person).clone()).collect();
        let mut teams = Vec::new();
        for ((swap, _), effects) in parts.iter().zip(effects) {
            let shift = shift_of_swap(tx, swap)?;
            touched.extend(One { by: self, swap, shift: &shift }.write(tx, effects)?);
            teams.push(swap.team.clone());
        }
        // Shifts of one turn go with one proposal, whose moves are made once.
        let makes = |effect: &Effect| if let Effect::Make(proposal) = effect { Some(proposal.clone()) } else { None };
        for proposal in effects.iter().flatten().filter_map(makes).collect::<BTreeSet<_>>() {
            touched.extend(self.make(tx, &proposal)?);
            self.tell_the_others(tx, parts, effects, &proposal)?;
        }
        render(tx, self.ctx, &touched, &teams, self.rewrite)
    }
}

/// One of the swaps, with its shift as it was before.
struct One<'a> {
    by: &'a Change<'a>,
    swap: &'a Swap,
    shift: &'a Shift,
}

impl One<'_> {
    /// Writes the rows, and answers whose calendars may read differently then.
    fn write(&self, tx: &mut dyn Connection, effects: &[Effect]) -> Result<Vec<PersonId>, ServiceError> {
        let mut touched = touched_by(tx, self.shift)?;
        touched.push(self.swap.requester.clone());
        for effect in effects {
            self.apply(tx, effect)?;
        }
        touched.extend(swaps::offers_of(tx, &self.swap.id)?.into_iter().map(|offer| offer.person));
        if effects.iter().any(|effect| matches!(effect, Effect::Assign(_))) {
            touched.extend(touched_by(tx, self.shift)?);
        }
        Ok(touched)
    }

    fn apply(&self, tx: &mut dyn Connection, effect: &Effect) -> Result<(), ServiceError> {
        match effect {
            Effect::Move { to, taker } => self.advance(tx, *to, taker.as_ref()),
            Effect::Offer { offer, to, answered } => self.offer(tx, offer, *to, *answered),
            Effect::Ask { person, rank } => self.ask(tx, person, *rank),
            Effect::Assign(taker) => self.assign(tx, taker),
            // Made when the rows of all swaps that go together are written.
            Effect::Make(_) => Ok(()),
            Effect::AlertManagers => {
                webhooks::swap_uncovered(tx, self.by.ctx, self.swap, self.shift)?;
                tell::managers(tx, self.by.ctx, self.swap, self.shift, "swap.uncovered")
            }
        }
    }

    /// The one statement that decides every race.
    fn advance(&self, tx: &mut dyn Connection, to: SwapState, taker: Option<&PersonId>) -> Result<(), ServiceError> {
        if !swaps::advance(tx, self.swap, to, taker, self.by.ctx.now)? {
            return Err(ServiceError::conflict("changed", "the request has changed meanwhile; look again"));
        }
        if !to.is_live() && to != SwapState::Taken {
            // Whoever takes the request back has said that they stand it.
            self.answer(tx, if to == SwapState::Withdrawn { Answer::Accepted } else { Answer::NeedsAction })?;
        }
        let action = match to {
            SwapState::Open => "swap.reopened",
            SwapState::AwaitingApproval => "swap.promised",
            SwapState::Taken => "swap.taken",
            SwapState::Withdrawn => "swap.withdrawn",
            SwapState::Expired => "swap.expired",
            SwapState::Void => "swap.void",
        };
        let mut after = json!({ "state": to, "person": taker, "slot": self.swap.slot, "segment": self.swap.segment });
        if let (Some(because), Json::Object(fields)) = (self.by.because, &mut after) {
            fields.insert("assigned".to_owned(), true.into());
            fields.insert("rules".to_owned(), json!(because.rules));
        }
        let deed = Deed::new(action, format!("swap:{}", self.swap.id))
            .subject(self.by.subject)
            .before(json!({ "state": self.swap.state, "person": self.swap.requester }))
            .after(after)
            .reason(self.by.because.and_then(|because| because.reason.clone()));
        record(tx, self.by.ctx, self.by.actor, deed)?;
        tell::moved(tx, self.by.ctx, self.swap, self.shift, (to, taker))
    }

    fn answer(&self, tx: &mut dyn Connection, answer: Answer) -> Result<(), ServiceError> {
        if self.shift.answer == Answer::Tentative {
            shifts::set_answer(tx, &self.shift.slot, self.shift.segment, answer)?;
        }
        Ok(())
    }

    fn offer(
        &self,
        tx: &mut dyn Connection,
        offer: &OfferId,
        to: OfferState,
        answered: bool,
    ) -> Result<(), ServiceError> {
        if !answered {
            return Ok(swaps::set_offer_state(tx, offer, to)?);
        }
        swaps::answer_offer(tx, offer, to, self.by.actor.channel, self.by.ctx.now)?;
        if to == OfferState::Agreed && swaps::find_offer(tx, offer)?.is_some_and(|offer| offer.proposal.is_some()) {
            // Of several who have to agree, each one's yes is a deed of its own.
            let deed = Deed::new("offer.agreed", format!("offer:{offer}")).subject(self.by.subject);
            record(tx, self.by.ctx, self.by.actor, deed)?;
        }
        if to == OfferState::Disagreed {
            let deed = Deed::new("offer.disagreed", format!("offer:{offer}")).subject(self.by.subject);
            record(tx, self.by.ctx, self.by.actor, deed)?;
        }
        Ok(())
    }

    fn ask(&self, tx: &mut dyn Connection, person: &PersonId, rank: u32) -> Result<(), ServiceError> {
        let offer = Offer {
            id: OfferId::new(self.by.ctx.fresh()),
            swap: self.swap.id.clone(),
            person: person.clone(),
            state: OfferState::Offered,
            rank,
            sent: self.by.ctx.now,
            answered: None,
            channel: None,
            proposal: None,
        };
        swaps::insert_offer(tx, &offer)?;
        tell::asked(tx, self.by.ctx, self.swap, self.shift, &offer)
    }

    /// The shift changes hands, from this minute on if it has begun; the ledger follows.
    fn assign(&self, tx: &mut dyn Connection, taker: &PersonId) -> Result<(), ServiceError> {
        let parts = shifts::of_slot(tx, &self.shift.slot)?;
        let fresh = parts.iter().map(|part| part.segment).max().unwrap_or(0) + 1;
        let shift = self.shift;
        let agreed = match self.by.because {
            None => true,
            Some(_) => swaps::offer_to(tx, &self.swap.id, taker)?.is_some_and(|o| o.state == OfferState::Agreed),
        };
        let held = Segment { number: shift.segment, window: shift.window, person: shift.person.clone() };
        // Asked whole, so that each part is counted by its own hours.
        let mut points = Vec::new();
        for part in split_for(&held, taker, self.by.ctx.now, fresh) {
            let handed_on = part.number == shift.segment;
            let standing = Shift {
                segment: part.number,
                window: part.window,
                person: part.person.clone(),
                sequence: if handed_on { shift.sequence + 1 } else { 0 },
                answer: if agreed || !handed_on { Answer::Accepted } else { Answer::NeedsAction },
                hidden: false,
                note: if handed_on && part.window != shift.window { None } else { shift.note.clone() },
                ..shift.clone()
            };
            shifts::put(tx, &standing)?;
            points.push(standing);
        }
        ledger::remove_of_shift(tx, &shift.slot, shift.segment)?;
        for part in points {
            book(tx, self.by.ctx, &part, part.segment == shift.segment)?;
        }
        Ok(())
    }
}

/// Enters a part in the ledger as whoever holds it will have stood it.
pub(super) fn book(tx: &mut dyn Connection, ctx: &Ctx, part: &Shift, swapped: bool) -> Result<(), ServiceError> {
    let Some(person) = part.person.clone() else { return Ok(()) };
    let question = Question::of((tx, ctx), std::slice::from_ref(part), part.window.start, &person)?;
    let entry = LedgerEntry {
        id: ctx.fresh(),
        team: part.team.clone(),
        slot: part.slot.clone(),
        segment: part.segment,
        points: question.points(&person),
        person,
        role: part.role.clone(),
        window: part.window,
        weights_version: question.team().weights.version,
        kind: if swapped { LedgerKind::Swap } else { LedgerKind::Shift },
    };
    Ok(ledger::insert(tx, &entry)?)
}
