//! Asking for cover: of one shift, or of all that is left of its turn.

use super::carry::Change;
use super::found::{refused, shift_of, shifts_of, together};
use super::suitable::Question;
use crate::ids::{PersonId, SwapId};
use crate::roster::model::{Answer, Reach, Settings, Shift};
use crate::roster::swap::{Event, Part, Swap, SwapState, decide_together};
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, ServiceError, webhooks};
use crate::store::{Connection, StoreError, counters, shifts, slots, swaps, teams};
use serde_json::json;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish<'a> {
    /// Why, in the holder's words.
    pub(super) reason: Option<String>,
    /// Not only this shift but all that the holder has still to stand of its turn, by one and the same colleague.
    pub(super) whole_turn: bool,
    /// An object of the holder's calendar to be written anew in any case.
    pub(super) rewrite: Option<(&'a PersonId, &'a str)>,
}

/// Asks for cover on the holder's behalf; where it is asked for already, that request stands. Optional shifts are emptied
/// instead, and nobody is asked: no swap then.
pub(super) fn ask(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    shift: &Shift,
    wish: Wish<'_>,
) -> Result<Option<SwapId>, ServiceError> {
    let Some(holder) = shift.person.clone() else {
        return Err(ServiceError::conflict("gap", "nobody holds this shift"));
    };
    counters::bump_people_and_teams(tx, std::slice::from_ref(&holder), std::slice::from_ref(&shift.team))?;
    let shift = shift_of(tx, &shift.slot, shift.segment)?;
    if shift.person.as_ref() != Some(&holder) {
        return Err(ServiceError::conflict("not-yours", "somebody else holds this shift now"));
    }
    if ctx.now >= shift.window.end {
        return Err(ServiceError::Gone);
    }
    if let Some(live) = swaps::live_of_shift(tx, &shift.slot, shift.segment)? {
        if live.named_only {
            ask_all(tx, ctx, actor, (&live, &holder), wish)?;
        }
        return Ok(Some(live.id));
    }
    let shifts = if wish.whole_turn { rest_of_turn(tx, ctx, &shift)? } else { vec![shift.clone()] };
    let team = teams::find(tx, &shift.team)?.ok_or_else(|| ServiceError::NotFound(format!("team {}", shift.team)))?;
    if team.roles.iter().any(|role| role.name == shift.role && role.optional) {
        for shift in &shifts {
            empty(tx, ctx, actor, shift, wish.reason.clone())?;
        }
        return Ok(None);
    }
    let parts = open(tx, ctx, &shifts, (&holder, wish.reason.clone()), false)?;
    for (swap, _) in &parts {
        record(tx, ctx, actor, asked_for(swap))?;
    }
    let asked = parts.iter().find(|(swap, _)| (&swap.slot, swap.segment) == (&shift.slot, shift.segment));
    let asked = asked.map(|(swap, _)| swap.id.clone());
    ask_first(tx, ctx, actor, (&parts, &shifts), (&holder, wish.rewrite))?;
    Ok(asked)
}

/// The first of the suitable colleagues are asked.
fn ask_first(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (parts, shifts): (&[Part], &[Shift]),
    (holder, rewrite): (&PersonId, Option<(&PersonId, &str)>),
) -> Result<(), ServiceError> {
    let question = Question::load((tx, ctx), shifts, ctx.now)?;
    let ranked = question.ranked(holder);
    let first = reach(&question.team().settings, ctx, shifts, ranked.len());
    let event = Event::Ask(ranked.into_iter().take(first).collect());
    let effects = decide_together(parts, &event, ctx.now).map_err(|refusal| refused(tx, &refusal))?;
    Change { ctx, actor, subject: holder, rewrite, because: None }.carry_out(tx, parts, &effects)
}

/// What was proposed to some is asked of everybody suitable; what was proposed still stands.
fn ask_all(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (live, holder): (&Swap, &PersonId),
    wish: Wish<'_>,
) -> Result<(), ServiceError> {
    let parts = together(tx, live)?;
    for (swap, _) in &parts {
        swaps::open_to_all(tx, &swap.id)?;
        record(tx, ctx, actor, asked_for(swap).reason(wish.reason.clone()))?;
    }
    let shifts = shifts_of(tx, &parts)?;
    ask_first(tx, ctx, actor, (&parts, &shifts), (holder, wish.rewrite))
}

/// That cover is asked for, for the audit trail.
fn asked_for(swap: &Swap) -> Deed {
    Deed::new("swap.asked", format!("swap:{}", swap.id))
        .subject(&swap.requester)
        .after(
            json!({ "slot": swap.slot, "segment": swap.segment, "person": swap.requester, "together": swap.together }),
        )
        .reason(swap.reason.clone())
}

/// What the holder of a shift has still to stand of its turn and has not asked cover for, this shift included; by start.
pub(in crate::service) fn rest_of_turn(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    shift: &Shift,
) -> Result<Vec<Shift>, StoreError> {
    let Some(turn) = slots::find(tx, &shift.slot)?.and_then(|slot| slot.turn) else { return Ok(vec![shift.clone()]) };
    let mut rest = Vec::new();
    for slot in slots::of_turn(tx, &turn)? {
        for part in shifts::of_slot(tx, &slot.id)? {
            let to_stand = part.person == shift.person && part.team == shift.team && ctx.now < part.window.end;
            if to_stand && swaps::live_of_shift(tx, &part.slot, part.segment)?.is_none() {
                rest.push(part);
            }
        }
    }
    if rest.iter().all(|part| (&part.slot, part.segment) != (&shift.slot, shift.segment)) {
        rest.push(shift.clone());
    }
    rest.sort_by(|a, b| (a.window, &a.slot, a.segment).cmp(&(b.window, &b.slot, b.segment)));
    Ok(rest)
}

/// Writes one swap for each shift; several go together.
pub(super) fn open(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    shifts: &[Shift],
    (holder, reason): (&PersonId, Option<String>),
    named_only: bool,
) -> Result<Vec<Part>, ServiceError> {
    let together = (shifts.len() > 1).then(|| SwapId::new(ctx.fresh()));
    let mut parts = Vec::with_capacity(shifts.len());
    for shift in shifts {
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
            together: together.clone(),
            named_only,
        };
        swaps::insert(tx, &swap)?;
        shifts::set_answer(tx, &shift.slot, shift.segment, Answer::Tentative)?;
        webhooks::swap_opened(tx, ctx, &swap, shift)?;
        parts.push((swap, Vec::new()));
    }
    Ok(parts)
}

/// How many are asked at once; a shift that runs already is everybody's.
fn reach(settings: &Settings, ctx: &Ctx, shifts: &[Shift], all: usize) -> usize {
    match settings.reach {
        Reach::Ranked { first, .. } if shifts.iter().all(|shift| ctx.now < shift.window.start) => first as usize,
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
    if let Some(holder) = &shift.person {
        crate::service::people::empty(tx, holder, shift.clone(), ctx.now)?;
    }
    let deed = Deed::new("shift.emptied", format!("shift:{}.{}", shift.slot, shift.segment))
        .before(json!({ "person": shift.person }))
        .reason(reason);
    record(tx, ctx, actor, deed)?;
    crate::service::render::render_people(tx, ctx, &touched, std::slice::from_ref(&shift.team))
}
