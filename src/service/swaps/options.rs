//! The ways out of a published shift: `roster::swap::search` over what is published ahead.

use super::ask::rest_of_turn;
use super::found::may_answer;
use super::views::MoveView;
use crate::ids::{PersonId, SlotId};
use crate::roster::model::{Shift, Slot};
use crate::roster::recommend::Level;
use crate::roster::swap::search::{self, Asked, Found, Move, Way};
use crate::service::planning::{self, Plan};
use crate::service::{Actor, Ctx, Service, ServiceError, rights};
use crate::store::rosters::{self, RosterState};
use crate::store::{Connection, shifts, slots, swaps};
use crate::time::{Instant, Window, Zone};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// How far ahead colleagues' shifts are looked at for something to give in return, in weeks.
const WEEKS_AHEAD: i64 = 26;

/// Which sort of way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionKind {
    /// One colleague takes it.
    Cover,
    /// One takes it and gives a shift of theirs.
    Exchange,
    /// A second gives the shift in return, and takes one of the first.
    Cycle,
    /// Several stand it one after another.
    Part,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanting {
    /// Which sort.
    pub kind: OptionKind,
    /// Only of this part of the shift; for covers and parts.
    pub part: (Option<Instant>, Option<Instant>),
    /// Of all that its holder has still to stand of its turn.
    pub whole_turn: bool,
}

/// What was found, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The pattern's zone.
    pub zone: Zone,
    /// The ways out.
    pub options: Vec<OptionView>,
    /// What those are called who are in them.
    pub names: BTreeMap<PersonId, String>,
    /// The search ended before it had seen everything.
    pub more: bool,
}

/// One way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionView {
    /// What changes hands.
    pub moves: Vec<MoveView>,
    /// By how much the sum of squared balances changes, in points squared times ten thousand; for managers.
    pub change: Option<i64>,
    /// What it does to whom, in words.
    pub people: Vec<(PersonId, String)>,
    /// How warmly whoever covers it is recommended.
    pub level: Option<Level>,
    /// Why; for managers.
    pub reasons: Vec<String>,
}

impl Service {
    /// Ways out of a shift under all the hard rules, ranked by what they do to everybody's balance. The holder, a delegate
    /// of theirs, a manager or an admin token may ask; balances of others are told to managers.
    pub async fn swap_options(&self, actor: &Actor, slot: &SlotId, wanting: Wanting) -> Result<Options, ServiceError> {
        let (actor, slot, ctx) = (actor.clone(), slot.clone(), self.ctx());
        let search = move |tx: &mut dyn Connection| options_in(tx, &ctx, &actor, &slot, &wanting);
        self.store.read(search).await
    }
}

/// The same inside the caller's transaction.
pub(in crate::service) fn options_in(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    slot: &SlotId,
    wanting: &Wanting,
) -> Result<Options, ServiceError> {
    let shift = shifts::of_slot(tx, slot)?.into_iter().next();
    let shift = shift.ok_or_else(|| ServiceError::NotFound(format!("shift {slot}")))?;
    let Some(holder) = shift.person.clone() else {
        return Err(ServiceError::conflict("gap", "nobody holds this shift"));
    };
    may_answer(tx, ctx, actor, (&holder, &shift.team))?;
    let manages = rights::manage(tx, actor, &shift.team, ctx.now).is_ok();
    let (plan, asked) = loaded(tx, ctx, &shift, wanting)?;
    let found = found(&plan, &asked, wanting, ctx.now);
    let open = |person: &PersonId| manages || *person == holder;
    let options: Vec<_> = found.ways.into_iter().map(|way| view(&plan, way, &open, manages)).collect();
    let moves = options.iter().flat_map(|option| &option.moves);
    let named = |person: &PersonId| (person.clone(), plan.planning.name(person).clone());
    let names = moves.flat_map(|one| [named(&one.from), named(&one.to)]).collect();
    Ok(Options { zone: shift.zone, options, names, more: found.more })
}

fn found(Plan { planning, assignment }: &Plan, asked: &Asked, wanting: &Wanting, now: Instant) -> Found {
    match wanting.kind {
        OptionKind::Cover => search::covers(planning, assignment, asked),
        OptionKind::Exchange => search::exchanges(planning, assignment, asked, now),
        OptionKind::Cycle => search::cycles(planning, assignment, asked, now),
        OptionKind::Part => search::parts(planning, assignment, asked),
    }
}

/// What is published ahead, and what is asked of it.
fn loaded(tx: &mut dyn Connection, ctx: &Ctx, shift: &Shift, wanting: &Wanting) -> Result<(Plan, Asked), ServiceError> {
    let ahead = Window::new(ctx.now, shift.window.end.max(ctx.now.plus_days(7 * WEEKS_AHEAD)));
    let published: BTreeSet<SlotId> =
        shifts::of_team(tx, &shift.team, ahead)?.into_iter().map(|one| one.slot).collect();
    let mut planned: Vec<Slot> = slots::starting_in(tx, &shift.team, ahead)?;
    planned.retain(|slot| published.contains(&slot.id));
    let mut plan = planning::load(tx, ctx, &shift.team, planned)?;
    if shift.window.start <= ctx.now {
        let message = "this shift has begun; ask for cover of what is left of it";
        return Err(ServiceError::conflict("begun", message));
    }
    if plan.planning.slot(&shift.slot).is_none() {
        let message = "this shift is stood in parts already, or no pattern asks for it; ask for cover of it";
        return Err(ServiceError::conflict("split", message));
    }
    plan.planning.frozen.extend(swaps::live_of_team(tx, &shift.team)?.into_iter().map(|swap| swap.slot));
    pin(tx, ctx, &mut plan)?;
    let mut asked = vec![shift.slot.clone()];
    if wanting.whole_turn {
        let rest = rest_of_turn(tx, ctx, shift)?.into_iter().filter(|part| part.window.start > ctx.now);
        asked = rest.map(|part| part.slot).collect();
    }
    if wanting.kind == OptionKind::Part && asked.len() > 1 {
        return Err(ServiceError::invalid("whole_turn", "parts are of one shift"));
    }
    // Whoever holds it may give it away, whoever wished them to have it.
    asked.iter().for_each(|slot| drop(plan.planning.pins.remove(slot)));
    let part = match wanting.part {
        (None, None) => None,
        (from, until) => {
            let window = Window::new(from.unwrap_or(shift.window.start), until.unwrap_or(shift.window.end));
            if window.start >= window.end || !shift.window.covers(window) || asked.len() > 1 {
                return Err(ServiceError::invalid("from", "a part must lie within the one shift"));
            }
            if matches!(wanting.kind, OptionKind::Exchange | OptionKind::Cycle) {
                return Err(ServiceError::invalid("from", "only covers and parts may be of a part of the shift"));
            }
            Some(window)
        }
    };
    Ok((plan, Asked { slots: asked, part }))
}

/// What managers fixed in the editions that are in force.
fn pin(tx: &mut dyn Connection, ctx: &Ctx, plan: &mut Plan) -> Result<(), ServiceError> {
    let (zone, planning) = (plan.planning.team.zone, &mut plan.planning);
    let day = |at: Instant| at.civil(zone).date();
    let (from, to) = (day(ctx.now), day(planning.window.end) + TimeDelta::days(1));
    for roster in rosters::overlapping(tx, &planning.team.id, RosterState::Published, from, to)? {
        for row in rosters::slots(tx, &roster.id)?.into_iter().filter(|row| row.pinned) {
            if let Some(person) = row.person.filter(|person| plan.assignment.holder(&row.slot) == Some(person)) {
                planning.pins.insert(row.slot, person);
            }
        }
    }
    Ok(())
}

fn view(plan: &Plan, way: Way, open: &dyn Fn(&PersonId) -> bool, manages: bool) -> OptionView {
    let people = search::told(&plan.planning, &way, open);
    let moved = |one: Move| {
        let slot = plan.planning.slot(&one.slot)?;
        let (role, zone) = (slot.role.clone(), slot.zone);
        Some(MoveView { slot: one.slot, role, window: one.window, zone, from: one.from, to: one.to })
    };
    let (level, reasons) = way.advice.map_or((None, Vec::new()), |(level, reasons)| (Some(level), reasons));
    OptionView {
        moves: way.moves.into_iter().filter_map(moved).collect(),
        change: manages.then_some(way.change),
        people,
        level,
        reasons: if manages { reasons } else { Vec::new() },
    }
}
