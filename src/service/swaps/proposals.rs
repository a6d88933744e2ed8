//! What proposals come to: who takes what with an offer, whether a proposal is still possible, and making its moves.

use super::carry::{Change, book};
use super::found::{shift_of, shift_of_swap};
use super::suitable::Question;
use super::tell;
use crate::ids::{PersonId, ProposalId, SlotId};
use crate::roster::model::{Answer, Shift};
use crate::roster::swap::{Effect, Offer, Part, ProposedMove, Segment, Swap, split_into};
use crate::service::render::touched_by;
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, StoreError, ledger, proposals, shifts};
use std::collections::{BTreeMap, BTreeSet};

/// The shifts that somebody takes by agreeing to an offer: what cover is asked for, or what a proposal gives them, cut to
/// the part that moves.
pub(in crate::service) fn taken_with(
    tx: &mut dyn Connection,
    swap: &Swap,
    offer: &Offer,
) -> Result<Vec<Shift>, ServiceError> {
    let Some(proposal) = &offer.proposal else { return Ok(vec![shift_of_swap(tx, swap)?]) };
    let moves = proposals::moves(tx, proposal)?;
    let theirs: Vec<_> = moves.into_iter().filter(|one| one.to == offer.person).collect();
    cut_out(tx, &theirs)
}

/// The shifts of moves, each cut to its part; what is published no more is left out.
pub(in crate::service) fn cut_out(tx: &mut dyn Connection, moves: &[ProposedMove]) -> Result<Vec<Shift>, ServiceError> {
    let mut found = Vec::with_capacity(moves.len());
    for one in moves {
        if let Some(shift) = shifts::find(tx, &one.slot, one.segment)? {
            found.push(Shift { window: one.window, ..shift });
        }
    }
    Ok(found)
}

/// Everybody who gives or takes something with a proposal.
pub(super) fn people_of(tx: &mut dyn Connection, proposal: Option<&ProposalId>) -> Result<Vec<PersonId>, StoreError> {
    let Some(proposal) = proposal else { return Ok(Vec::new()) };
    Ok(proposals::moves(tx, proposal)?.into_iter().flat_map(|one| [one.from, one.to]).collect())
}

/// What stands against moves by now, in sentences: shifts that have begun, that somebody else holds or that are at other
/// times, and hard rules.
pub(super) fn against(tx: &mut dyn Connection, ctx: &Ctx, moves: &[ProposedMove]) -> Result<Vec<String>, ServiceError> {
    let mut against = Vec::new();
    let mut standing: Vec<Shift> = Vec::new();
    for one in moves {
        let shift = shifts::find(tx, &one.slot, one.segment)?;
        let Some(shift) = shift.filter(|shift| shift.window.covers(one.window)) else {
            against.push("a shift that it moves is published no more, or at other times".to_owned());
            continue;
        };
        if shift.person.as_ref() != Some(&one.from) {
            against.push(format!("{} does not hold a shift any more that it takes from them", one.from));
        }
        if shift.window.start <= ctx.now {
            against.push("a shift that it moves has begun".to_owned());
        }
        if !standing.iter().any(|known| (&known.slot, known.segment) == (&shift.slot, shift.segment)) {
            standing.push(shift);
        }
    }
    if against.is_empty() {
        against = Question::of_all((tx, ctx), &standing, moves)?.obstacles_to(moves);
    }
    against.dedup();
    Ok(against)
}

impl Change<'_> {
    /// Makes the moves of a proposal: rows of shifts and ledger; requests for cover of what changes hands are void.
    /// Answers whose calendars may read differently then.
    pub(super) fn make(&self, tx: &mut dyn Connection, proposal: &ProposalId) -> Result<Vec<PersonId>, ServiceError> {
        let moves = proposals::moves(tx, proposal)?;
        let mut by_shift: BTreeMap<(&SlotId, u32), Vec<&ProposedMove>> = BTreeMap::new();
        for one in &moves {
            by_shift.entry((&one.slot, one.segment)).or_default().push(one);
        }
        let mut touched: Vec<PersonId> = moves.iter().flat_map(|one| [one.from.clone(), one.to.clone()]).collect();
        for ((slot, segment), moves) in &by_shift {
            let shift = shift_of(tx, slot, *segment)?;
            touched.extend(touched_by(tx, &shift)?);
            self.hand_over(tx, &shift, moves)?;
            touched.extend(touched_by(tx, &shift)?);
        }
        for (slot, segment) in by_shift.into_keys() {
            super::void(tx, self.ctx, self.actor, (slot, segment))?;
        }
        Ok(touched)
    }

    /// Whoever a settled proposal moves something for, and who is neither its requester nor its taker, hears of it as well.
    pub(super) fn tell_the_others(
        &self,
        tx: &mut dyn Connection,
        parts: &[Part],
        effects: &[Vec<Effect>],
        proposal: &ProposalId,
    ) -> Result<(), ServiceError> {
        let Some((swap, _)) = parts.first() else { return Ok(()) };
        let mut told = BTreeSet::from([swap.requester.clone()]);
        for effect in effects.iter().flatten() {
            if let Effect::Move { taker: Some(taker), .. } = effect {
                told.insert(taker.clone());
            }
        }
        let moves = proposals::moves(tx, proposal)?;
        let concerned: BTreeSet<PersonId> = moves.iter().flat_map(|one| [one.from.clone(), one.to.clone()]).collect();
        for person in concerned.difference(&told) {
            let own = moves.iter().find(|one| one.to == *person).or(moves.iter().find(|one| one.from == *person));
            let Some(own) = own else { continue };
            let shift = Shift { window: own.window, ..shift_of(tx, &own.slot, own.segment)? };
            tell::settled(tx, self.ctx, (swap, &shift), (proposal, &own.to), person)?;
        }
        Ok(())
    }

    fn hand_over(&self, tx: &mut dyn Connection, shift: &Shift, moves: &[&ProposedMove]) -> Result<(), ServiceError> {
        let known = shifts::of_slot(tx, &shift.slot)?;
        let fresh = known.iter().map(|part| part.segment).max().unwrap_or(0) + 1;
        let held = Segment { number: shift.segment, window: shift.window, person: shift.person.clone() };
        let pieces: Vec<_> = moves.iter().map(|one| (one.window, one.to.clone())).collect();
        let mut standing = Vec::new();
        for part in split_into(&held, &pieces, fresh) {
            let part = Shift {
                segment: part.number,
                window: part.window,
                sequence: if part.number == shift.segment { shift.sequence + 1 } else { 0 },
                // Everybody has said yes, and whoever proposed it keeps what is left.
                answer: Answer::Accepted,
                hidden: false,
                note: shift.note.clone().filter(|_| part.person == shift.person || part.window == shift.window),
                person: part.person,
                ..shift.clone()
            };
            shifts::put(tx, &part)?;
            standing.push(part);
        }
        ledger::remove_of_shift(tx, &shift.slot, shift.segment)?;
        for part in standing {
            book(tx, self.ctx, &part, part.person != shift.person)?;
        }
        Ok(())
    }
}
