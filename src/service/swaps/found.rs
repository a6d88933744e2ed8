//! What the use cases look up: who may answer, shifts, swaps that go together, refusals and views.

use super::views::{MoveView, SwapView};
use crate::ids::{PersonId, RosterId, SlotId, SwapId, TeamId};
use crate::roster::model::{Answer, Shift};
use crate::roster::swap::{Part, ProposedMove, Refusal, Swap};
use crate::service::{Actor, Ctx, Scope, ServiceError, Who, rights};
use crate::store::{Connection, people, proposals, shifts, slots, swaps, teams};
use serde_json::json;

/// Whether the actor may answer for a person of a team: themselves, a delegate whom they named, a manager, an
/// administrator or their token.
pub(in crate::service) fn may_answer(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, team): (&PersonId, &TeamId),
) -> Result<(), ServiceError> {
    let may = |tx: &mut dyn Connection, own: &PersonId| -> Result<bool, ServiceError> {
        let allowed = own == person || rights::manages(tx, own, team, ctx.now)?;
        Ok(allowed || rights::answers_for(tx, own, person)?)
    };
    let allowed = match &actor.who {
        Who::Operator | Who::System => true,
        Who::Person(own) => may(tx, own)?,
        Who::Token { scope, person: Some(own), .. } => *scope >= Scope::Roster && may(tx, own)?,
        Who::Token { scope, person: None, .. } => *scope >= Scope::Admin,
    };
    if allowed {
        return Ok(());
    }
    Err(ServiceError::Forbidden(format!(
        "only {person}, a delegate of theirs, a manager of {team} or an administrator may do this"
    )))
}

/// The shift, whoever holds it.
pub(super) fn shift_of(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<Shift, ServiceError> {
    shifts::find(tx, slot, segment)?.ok_or_else(|| ServiceError::NotFound(format!("shift {slot}")))
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

/// The swaps that are decided together with one, by start, with their offers: those of its turn that are still alive, or
/// it alone.
pub(in crate::service) fn together(tx: &mut dyn Connection, swap: &Swap) -> Result<Vec<Part>, ServiceError> {
    let mut swaps = vec![swap.clone()];
    if let Some(name) = swap.together.as_ref().filter(|_| swap.state.is_live()) {
        swaps = swaps::live_together(tx, name)?;
    }
    let mut parts = Vec::with_capacity(swaps.len());
    for swap in swaps {
        let offers = swaps::offers_of(tx, &swap.id)?;
        parts.push((swap, offers));
    }
    Ok(parts)
}

/// The shifts of swaps that are decided together.
pub(in crate::service) fn shifts_of(tx: &mut dyn Connection, parts: &[Part]) -> Result<Vec<Shift>, ServiceError> {
    parts.iter().map(|(swap, _)| shift_of_swap(tx, swap)).collect()
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
    let mut view = SwapView::new(swap, offers, shift.map(|shift| shift.role).unwrap_or_default(), zone);
    for offer in &mut view.offers {
        let Some(proposal) = &offer.proposal else { continue };
        for one in proposals::moves(tx, proposal)? {
            let Some(slot) = slots::find(tx, &one.slot)? else { continue };
            let ProposedMove { slot: id, window, from, to, .. } = one;
            offer.moves.push(MoveView { slot: id, role: slot.role, window, zone: slot.zone, from, to });
        }
    }
    Ok(view)
}
