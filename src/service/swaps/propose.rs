//! Proposing an exchange, a cycle or parts: everybody who takes something is asked, and all moves are made when the last of
//! them agrees. Until then every holder stays responsible.

use super::ask;
use super::found::{may_answer, together, view};
use super::proposals::against;
use super::tell;
use super::views::SwapView;
use crate::ids::{OfferId, PersonId, ProposalId, SlotId};
use crate::roster::model::Shift;
use crate::roster::swap::{Offer, OfferState, Part, ProposedMove, SwapState};
use crate::service::audit::{Deed, record};
use crate::service::render::{render, touched_by};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::{Connection, counters, proposals, shifts, swaps};
use crate::time::Window;
use serde_json::json;
use std::collections::BTreeSet;

/// Moves that one proposal may have; a turn of a month for another one is within it.
const MOST_MOVES: usize = 100;

/// A shift that is to change hands, as wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMove {
    /// The slot.
    pub slot: SlotId,
    /// Only this part of it.
    pub window: Option<Window>,
    /// Who is thought to hold it.
    pub from: Option<PersonId>,
    /// Who is to take it from whoever holds it.
    pub to: PersonId,
}

/// What somebody proposes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewProposal {
    /// What changes hands.
    pub moves: Vec<NewMove>,
    /// Why, in the words of whoever proposes it.
    pub reason: Option<String>,
}

impl Service {
    /// Proposes that shifts change hands, on behalf of whoever holds `slot`: they themselves, a delegate, a manager or an
    /// admin token may. Everybody else who takes one is asked. A broken hard rule is a [`ServiceError::Unprocessable`]
    /// with the rules as sentences. Where cover of the shift is asked for already, the proposal stands beside that.
    pub async fn propose_swap(
        &self,
        actor: &Actor,
        slot: &SlotId,
        proposal: NewProposal,
    ) -> Result<SwapView, ServiceError> {
        let (actor, slot, ctx) = (actor.clone(), slot.clone(), self.ctx());
        let propose = move |tx: &mut dyn Connection| propose_in(tx, &ctx, &actor, &slot, &proposal);
        self.store.write(propose).await
    }
}

/// The same inside the caller's transaction.
pub(in crate::service) fn propose_in(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    slot: &SlotId,
    proposal: &NewProposal,
) -> Result<SwapView, ServiceError> {
    let (shift, moves) = (whole_shift(tx, slot)?, resolved(tx, &proposal.moves)?);
    let requester = holder_of(&shift)?;
    may_answer(tx, ctx, actor, (&requester, &shift.team))?;
    let people: Vec<PersonId> = moves.iter().flat_map(|one| [one.from.clone(), one.to.clone()]).collect();
    counters::bump_people_and_teams(tx, &people, std::slice::from_ref(&shift.team))?;
    // Only what is read behind the counters is what others can't change meanwhile.
    if resolved(tx, &proposal.moves)? != moves || whole_shift(tx, slot)? != shift {
        return Err(ServiceError::conflict("changed", "a shift has changed meanwhile; look again"));
    }
    let given = sound(tx, &shift, &requester, &moves)?;
    let rules = against(tx, ctx, &moves)?;
    if !rules.is_empty() {
        let message = format!("this can't be: {}", rules.join("; "));
        return Err(ServiceError::Unprocessable { message, rules });
    }
    let parts = swaps_for(tx, ctx, &given, (&requester, proposal.reason.clone()))?;
    let id = ProposalId::new(ctx.fresh());
    proposals::insert(tx, &id, &moves)?;
    put(tx, ctx, (&parts, &given), (&id, &moves), &requester)?;
    let asked = parts.iter().find(|(swap, _)| swap.slot == *slot).map(|(swap, _)| swap.id.clone());
    let asked = asked.ok_or_else(|| ServiceError::NotFound(format!("shift {slot}")))?;
    let moved = |one: &ProposedMove| {
        json!({ "slot": one.slot, "start": one.window.start.millis(), "end": one.window.end.millis(),
            "from": one.from, "to": one.to })
    };
    let what = json!({ "proposal": id, "moves": moves.iter().map(moved).collect::<Vec<_>>() });
    let deed = Deed::new("swap.proposed", format!("swap:{asked}")).subject(&requester).after(what);
    record(tx, ctx, actor, deed.reason(proposal.reason.clone()))?;
    let mut touched = people;
    for shift in &given {
        touched.extend(touched_by(tx, shift)?);
    }
    render(tx, ctx, &touched, std::slice::from_ref(&shift.team), None)?;
    view(tx, &asked)
}

/// The shift of a slot that was not split.
fn whole_shift(tx: &mut dyn Connection, slot: &SlotId) -> Result<Shift, ServiceError> {
    let mut parts = shifts::of_slot(tx, slot)?;
    match (parts.pop(), parts.is_empty()) {
        (Some(shift), true) => Ok(shift),
        (None, _) => Err(ServiceError::NotFound(format!("shift {slot}"))),
        (Some(_), false) => {
            let message = format!("shift {slot} is stood in parts already; ask for cover of a part");
            Err(ServiceError::conflict("split", message))
        }
    }
}

fn holder_of(shift: &Shift) -> Result<PersonId, ServiceError> {
    shift.person.clone().ok_or_else(|| ServiceError::conflict("gap", format!("nobody holds shift {}", shift.slot)))
}

/// The wished moves with who gives what and when.
fn resolved(tx: &mut dyn Connection, moves: &[NewMove]) -> Result<Vec<ProposedMove>, ServiceError> {
    if moves.is_empty() || moves.len() > MOST_MOVES {
        return Err(ServiceError::invalid("moves", format!("name between 1 and {MOST_MOVES}")));
    }
    let mut found = Vec::with_capacity(moves.len());
    for wish in moves {
        let shift = whole_shift(tx, &wish.slot)?;
        let window = wish.window.unwrap_or(shift.window);
        if window.start >= window.end || !shift.window.covers(window) {
            return Err(ServiceError::invalid("moves", format!("a part of {} must lie within it", wish.slot)));
        }
        let from = holder_of(&shift)?;
        if wish.from.as_ref().is_some_and(|thought| *thought != from) {
            return Err(ServiceError::conflict("changed", format!("{from} holds shift {} by now", wish.slot)));
        }
        found.push(ProposedMove { slot: shift.slot, segment: shift.segment, window, from, to: wish.to.clone() });
    }
    Ok(found)
}

/// What the requester gives, if the moves make sense together: nobody gives without taking but the requester, parts are
/// given without return and don't overlap, and all of it is of one team.
fn sound(
    tx: &mut dyn Connection,
    asked: &Shift,
    requester: &PersonId,
    moves: &[ProposedMove],
) -> Result<Vec<Shift>, ServiceError> {
    let refuse = |message: &str| Err(ServiceError::invalid("moves", message));
    let mut given: Vec<Shift> = Vec::new();
    let mut parted = false;
    for (place, one) in moves.iter().enumerate() {
        let shift = whole_shift(tx, &one.slot)?;
        if shift.team != asked.team {
            return refuse("all shifts must be of one team");
        }
        if one.from == one.to {
            return refuse("nobody can take what they hold already");
        }
        let again = |other: &&ProposedMove| other.slot == one.slot && other.window.overlaps(one.window);
        if moves.iter().skip(place + 1).any(|other| again(&other)) {
            return refuse("a shift can go to one person only; parts of it must not overlap");
        }
        let theirs = one.from == *requester;
        parted |= one.window != shift.window;
        if one.window != shift.window && !theirs {
            return refuse("only the shift that is asked for can be given in parts");
        }
        if !theirs && !moves.iter().any(|other| other.to == one.from) {
            return refuse("whoever gives a shift in return must take one");
        }
        if !theirs && swaps::live_of_shift(tx, &shift.slot, shift.segment)?.is_some() {
            let message = format!("cover of shift {} is asked for already, or a swap of it proposed", shift.slot);
            return Err(ServiceError::conflict("asked", message));
        }
        if theirs && given.iter().all(|known| known.slot != shift.slot) {
            given.push(shift);
        }
    }
    if given.iter().all(|shift| shift.slot != asked.slot) {
        return refuse("the shift that is asked for must change hands");
    }
    if parted && moves.iter().any(|one| one.to == *requester) {
        return refuse("parts are given without a shift in return");
    }
    given.sort_by(|a, b| (a.window, &a.slot).cmp(&(b.window, &b.slot)));
    Ok(given)
}

/// The swaps of what is given: those that are alive, or new ones in which only those whom a proposal names are asked.
fn swaps_for(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    given: &[Shift],
    (requester, reason): (&PersonId, Option<String>),
) -> Result<Vec<Part>, ServiceError> {
    let mut live = None;
    for shift in given {
        live = live.or(swaps::live_of_shift(tx, &shift.slot, shift.segment)?);
    }
    let Some(live) = live else { return ask::open(tx, ctx, given, (requester, reason), true) };
    let parts = together(tx, &live)?;
    let names = |slots: &mut dyn Iterator<Item = &SlotId>| slots.cloned().collect::<BTreeSet<SlotId>>();
    if names(&mut parts.iter().map(|(swap, _)| &swap.slot)) != names(&mut given.iter().map(|shift| &shift.slot)) {
        let message = "cover of other shifts is asked for together with this one, or of some of these alone; take that \
                       request back first";
        return Err(ServiceError::conflict("asked", message));
    }
    if parts.iter().any(|(swap, _)| swap.state == SwapState::AwaitingApproval) {
        return Err(ServiceError::conflict("promised", "somebody agreed already; a manager has to approve"));
    }
    Ok(parts)
}

/// Puts the proposal to everybody who takes something: first those who take what is given.
fn put(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (parts, given): (&[Part], &[Shift]),
    (proposal, moves): (&ProposalId, &[ProposedMove]),
    requester: &PersonId,
) -> Result<(), ServiceError> {
    let mut takers: Vec<&PersonId> = Vec::new();
    let direct = moves.iter().filter(|one| one.from == *requester);
    for one in direct.chain(moves.iter().filter(|one| one.from != *requester)) {
        if one.to != *requester && !takers.contains(&&one.to) {
            takers.push(&one.to);
        }
    }
    for (swap, offers) in parts {
        let Some(shift) = given.iter().find(|shift| shift.slot == swap.slot) else { continue };
        let first = offers.iter().map(|offer| offer.rank + 1).max().unwrap_or(0);
        for (person, rank) in takers.iter().zip(first..) {
            let before = offers.iter().find(|offer| offer.person == **person);
            if before.is_some_and(|offer| {
                offer.proposal.is_some() && matches!(offer.state, OfferState::Offered | OfferState::Agreed)
            }) {
                let message = format!("{person} has another proposal for this shift to answer; withdraw that first");
                return Err(ServiceError::conflict("asked", message));
            }
            let offer = Offer {
                id: before.map_or_else(|| OfferId::new(ctx.fresh()), |offer| offer.id.clone()),
                swap: swap.id.clone(),
                person: (*person).clone(),
                state: OfferState::Offered,
                rank,
                sent: ctx.now,
                answered: None,
                channel: None,
                proposal: Some(proposal.clone()),
            };
            match before {
                Some(_) => swaps::ask_again(tx, &offer)?,
                None => swaps::insert_offer(tx, &offer)?,
            }
            tell::asked(tx, ctx, swap, shift, &offer)?;
        }
    }
    Ok(())
}
