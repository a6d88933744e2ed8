//! Drafts: made on top of what is published, filled by the solver, looked at, thrown away.

use super::load::{Plan, load};
use super::solving::{Recommendation, Watch, store_solution};
use super::{CheckView, RosterHead, RosterView, SlotView, demand};
use crate::ids::{RosterId, SlotId, TeamId};
use crate::roster::check::check;
use crate::roster::model::{Slot, Team};
use crate::roster::recommend::{self, Candidate};
use crate::roster::report::report;
use crate::service::audit::{Deed, record};
use crate::service::swaps::Question;
use crate::service::{Actor, Ctx, Service, ServiceError, Who, rights};
use crate::store::rosters::{self, Roster, RosterSlot, RosterState};
use crate::store::{Connection, shifts, slots, teams};
use crate::time::{Day, Window};
use serde_json::json;
use std::collections::BTreeMap;

/// Days that one roster may span.
pub(super) const MOST_DAYS: i64 = 400;

/// A roster with what stands in it, as its rows say.
pub(super) struct Sheet {
    pub roster: Roster,
    pub team: Team,
    pub slots: Vec<Slot>,
    pub rows: BTreeMap<SlotId, RosterSlot>,
}

impl Service {
    /// A new draft for the slots that start in `[from, to)`, days of the team's zone, filled by the solver on top of
    /// what is published. [`ServiceError::Conflict`] where another draft overlaps.
    pub async fn create_roster(
        &self,
        actor: &Actor,
        team: &TeamId,
        from: Day,
        to: Day,
    ) -> Result<RosterView, ServiceError> {
        Ok(self.recommend_roster(actor, team, (from, to), &Watch::default()).await?.0)
    }

    /// As [`Service::create_roster`], with what the solver says of the roster, and somebody who follows it.
    pub async fn recommend_roster(
        &self,
        actor: &Actor,
        team: &TeamId,
        (from, to): (Day, Day),
        watch: &Watch,
    ) -> Result<(RosterView, Recommendation), ServiceError> {
        check_days(from, to)?;
        let (ctx, who, id) = (self.ctx(), actor.clone(), team.clone());
        let prepare = move |tx: &mut dyn Connection| {
            let team = plannable(tx, &ctx, &who, &id, (from, to))?;
            let slots = demand::settle(tx, &ctx, &team, Window::of_days(from, to, team.zone))?;
            Ok::<_, ServiceError>(load(tx, &ctx, &team.id, slots)?.planning)
        };
        // Solved before it is stored: whatever ends the work, no unsolved draft stands in the way of the next.
        let solution = self.solved(self.store.write(prepare).await?, watch).await?;
        let (ctx, who, id) = (self.ctx(), actor.clone(), team.clone());
        let write = move |tx: &mut dyn Connection| {
            let team = plannable(tx, &ctx, &who, &id, (from, to))?;
            let roster = insert_draft(tx, &ctx, &who, &team, (from, to))?;
            store_solution(tx, &roster.id, &solution)?;
            let what = json!({ "team": team.id, "from": from.to_string(), "to": to.to_string() });
            record(tx, &ctx, &who, Deed::new("roster.created", object(&roster.id)).after(what))?;
            let sheet = open(tx, &roster.id)?;
            Ok((view(tx, &sheet)?, solution.said.clone()))
        };
        self.store.write(write).await
    }

    /// Fills a draft anew: slots follow the patterns, pins and what is published stay, the rest is solved. `expected` is
    /// the counter that the roster must still have.
    pub async fn solve_roster(
        &self,
        actor: &Actor,
        id: &RosterId,
        expected: Option<i64>,
    ) -> Result<RosterView, ServiceError> {
        Ok(self.recommend_again(actor, id, expected, &Watch::default()).await?.0)
    }

    /// As [`Service::solve_roster`], with what the solver says of the roster, and somebody who follows it.
    pub async fn recommend_again(
        &self,
        actor: &Actor,
        id: &RosterId,
        expected: Option<i64>,
        watch: &Watch,
    ) -> Result<(RosterView, Recommendation), ServiceError> {
        let (ctx, who, roster) = (self.ctx(), actor.clone(), id.clone());
        let prepare = move |tx: &mut dyn Connection| {
            let sheet = open_draft(tx, &ctx, &who, &roster, expected)?;
            fill_rows(tx, &ctx, &sheet.roster, &sheet.team)?;
            let sheet = open(tx, &roster)?;
            let plan = plan_of(tx, &ctx, &sheet)?;
            Ok::<_, ServiceError>((sheet.roster.counter, plan.planning))
        };
        let (counter, planning) = self.store.write(prepare).await?;
        let solution = self.solved(planning, watch).await?;
        let (ctx, who, roster) = (self.ctx(), actor.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            touch(tx, &roster, counter, expected.is_some())?;
            store_solution(tx, &roster, &solution)?;
            record(tx, &ctx, &who, Deed::new("roster.solved", object(&roster)))?;
            let sheet = open(tx, &roster)?;
            Ok((view(tx, &sheet)?, solution.said.clone()))
        };
        self.store.write(write).await
    }

    /// A roster. Drafts are for managers; what was published is for the team.
    pub async fn roster(&self, actor: &Actor, id: &RosterId) -> Result<RosterView, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let read = move |tx: &mut dyn Connection| {
            let sheet = open(tx, &id)?;
            if may_look(tx, &ctx, &who, &sheet.roster)? {
                return view(tx, &sheet);
            }
            Err(ServiceError::NotFound(format!("roster {id}")))
        };
        self.store.read(read).await
    }

    /// A team's rosters that the actor may look at, by first day, then the newest first.
    pub async fn rosters(&self, actor: &Actor, team: &TeamId) -> Result<Vec<RosterHead>, ServiceError> {
        let (ctx, who, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            find_team(tx, &team)?;
            let mut heads = Vec::new();
            for roster in rosters::of_team(tx, &team)? {
                if may_look(tx, &ctx, &who, &roster)? {
                    heads.push(RosterHead::from(&roster));
                }
            }
            Ok(heads)
        };
        self.store.read(read).await
    }

    /// Everybody as a candidate for one slot, best first; for managers.
    pub async fn candidates(
        &self,
        actor: &Actor,
        id: &RosterId,
        slot: &SlotId,
    ) -> Result<Vec<Candidate>, ServiceError> {
        let (ctx, who, id, slot) = (self.ctx(), actor.clone(), id.clone(), slot.clone());
        let read = move |tx: &mut dyn Connection| {
            let sheet = open(tx, &id)?;
            rights::manage(tx, &who, &sheet.team.id, ctx.now)?;
            let mut plan = plan_of(tx, &ctx, &sheet)?;
            if !sheet.rows.contains_key(&slot) {
                return Err(ServiceError::NotFound(format!("slot {slot}")));
            }
            if plan.planning.slot(&slot).is_none()
                && let Some(last) = shifts::of_slot(tx, &slot)?.last()
            {
                // in several parts: what is left of it
                return Ok(Question::load((tx, &ctx), std::slice::from_ref(last), ctx.now)?.candidates());
            }
            // a pin is what a manager may change here, so it excludes nobody
            plan.planning.pins.remove(&slot);
            Ok(recommend::candidates(&plan.planning, &plan.assignment, &slot))
        };
        self.store.read(read).await
    }

    /// Gaps, broken rules and the spread of load; for managers.
    pub async fn check_roster(&self, actor: &Actor, id: &RosterId) -> Result<CheckView, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let read = move |tx: &mut dyn Connection| {
            let sheet = open(tx, &id)?;
            rights::manage(tx, &who, &sheet.team.id, ctx.now)?;
            let Plan { planning, assignment } = plan_of(tx, &ctx, &sheet)?;
            Ok(CheckView { findings: check(&planning, &assignment), report: report(&planning, &assignment) })
        };
        self.store.read(read).await
    }

    /// Throws a draft away.
    pub async fn discard_roster(&self, actor: &Actor, id: &RosterId) -> Result<(), ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            open_draft(tx, &ctx, &who, &id, None)?;
            rosters::discard(tx, &id)?;
            record(tx, &ctx, &who, Deed::new("roster.discarded", object(&id)))?;
            Ok(())
        };
        self.store.write(write).await
    }
}

/// Refuses days that no roster may span.
pub(super) fn check_days(from: Day, to: Day) -> Result<(), ServiceError> {
    if to > from && (to - from).num_days() <= MOST_DAYS {
        return Ok(());
    }
    Err(ServiceError::invalid("to", format!("must be 1 to {MOST_DAYS} days after from")))
}

/// How the audit trail names a roster.
pub(super) fn object(id: &RosterId) -> String {
    format!("roster:{id}")
}

fn find_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Team, ServiceError> {
    teams::find(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))
}

/// The team, if the actor may plan these days and no draft has them already.
pub(super) fn plannable(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &TeamId,
    (from, to): (Day, Day),
) -> Result<Team, ServiceError> {
    let found = find_team(tx, team)?;
    rights::manage(tx, actor, team, ctx.now)?;
    refuse_second_draft(tx, &found, from, to)?;
    Ok(found)
}

/// A new draft on top of what is published, with an empty row for each slot that the patterns ask for.
pub(super) fn insert_draft(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &Team,
    (from, to): (Day, Day),
) -> Result<Roster, ServiceError> {
    let roster = insert_empty(tx, ctx, actor, team, (from, to))?;
    fill_rows(tx, ctx, &roster, team)?;
    Ok(roster)
}

/// A new draft on top of what is published, without rows.
pub(super) fn insert_empty(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &Team,
    (from, to): (Day, Day),
) -> Result<Roster, ServiceError> {
    let base = rosters::overlapping(tx, &team.id, RosterState::Published, from, to)?;
    let based_on = base.iter().map(|roster| roster.version).max();
    let roster = Roster {
        id: RosterId::new(ctx.fresh()),
        team: team.id.clone(),
        from,
        to,
        state: RosterState::Draft,
        version: based_on.unwrap_or(0),
        based_on,
        counter: 1,
        created_by: actor.audit_name(),
        created: ctx.now,
        published: None,
        reason: None,
    };
    rosters::insert(tx, &roster)?;
    Ok(roster)
}

pub(super) fn refuse_second_draft(
    tx: &mut dyn Connection,
    team: &Team,
    from: Day,
    to: Day,
) -> Result<(), ServiceError> {
    let Some(other) = rosters::overlapping(tx, &team.id, RosterState::Draft, from, to)?.into_iter().next() else {
        return Ok(());
    };
    Err(ServiceError::Conflict {
        code: "draft-overlaps",
        message: format!("a draft for {} to {} exists already", other.from, other.to),
        detail: json!({ "roster": other.id, "from": other.from.to_string(), "to": other.to.to_string() }),
    })
}

fn may_look(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, roster: &Roster) -> Result<bool, ServiceError> {
    match rights::manage(tx, actor, &roster.team, ctx.now) {
        Ok(()) => return Ok(true),
        Err(ServiceError::Forbidden(_)) => {}
        Err(other) => return Err(other),
    }
    if roster.state == RosterState::Draft {
        return Ok(false);
    }
    match (actor.person_id(), &actor.who) {
        (Some(person), _) => Ok(rights::belongs(tx, person, &roster.team, ctx.now, |_| true)?),
        (None, who) => Ok(matches!(who, Who::Token { .. })),
    }
}

/// The roster with its rows and their slots, by start.
pub(super) fn open(tx: &mut dyn Connection, id: &RosterId) -> Result<Sheet, ServiceError> {
    let roster = rosters::find(tx, id)?.ok_or_else(|| ServiceError::NotFound(format!("roster {id}")))?;
    let team = find_team(tx, &roster.team)?;
    let rows: BTreeMap<SlotId, RosterSlot> =
        rosters::slots(tx, id)?.into_iter().map(|row| (row.slot.clone(), row)).collect();
    let mut found = Vec::new();
    for id in rows.keys() {
        found.extend(slots::find(tx, id)?);
    }
    found.sort_by(|a, b| (a.window, &a.role, a.ordinal, &a.id).cmp(&(b.window, &b.role, b.ordinal, &b.id)));
    Ok(Sheet { roster, team, slots: found, rows })
}

/// A draft that the actor may change, and that is still as they know it.
pub(super) fn open_draft(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    id: &RosterId,
    expected: Option<i64>,
) -> Result<Sheet, ServiceError> {
    let sheet = open(tx, id)?;
    rights::manage(tx, actor, &sheet.team.id, ctx.now)?;
    if expected.is_some_and(|counter| counter != sheet.roster.counter) {
        return Err(ServiceError::PreconditionFailed);
    }
    if sheet.roster.state != RosterState::Draft {
        return Err(ServiceError::conflict("not-a-draft", "this roster is published; make a new draft on top of it"));
    }
    Ok(sheet)
}

/// Raises the counter of a draft that nobody else has changed since it was read.
pub(super) fn touch(
    tx: &mut dyn Connection,
    id: &RosterId,
    counter: i64,
    conditional: bool,
) -> Result<(), ServiceError> {
    match rosters::touch(tx, id, counter)? {
        Some(_) => Ok(()),
        None if conditional => Err(ServiceError::PreconditionFailed),
        None => Err(ServiceError::conflict("changed-meanwhile", "somebody else has changed this draft; read it again")),
    }
}

/// The planning of a roster: pins and holders as its rows say, what has started and is published as it is.
pub(super) fn plan_of(tx: &mut dyn Connection, ctx: &Ctx, sheet: &Sheet) -> Result<Plan, ServiceError> {
    let mut plan = load(tx, ctx, &sheet.team.id, sheet.slots.clone())?;
    if sheet.roster.state == RosterState::Published {
        return Ok(plan);
    }
    for slot in &plan.planning.slots {
        let Some(row) = sheet.rows.get(&slot.id) else { continue };
        if plan.planning.frozen.contains(&slot.id) {
            continue;
        }
        if let Some(person) = row.person.as_ref().filter(|_| row.pinned) {
            plan.planning.pins.insert(slot.id.clone(), person.clone());
        }
        plan.assignment.set(&slot.id, row.person.as_ref());
    }
    Ok(plan)
}

/// Rows for exactly the slots that the patterns ask for; new ones begin empty.
fn fill_rows(tx: &mut dyn Connection, ctx: &Ctx, roster: &Roster, team: &Team) -> Result<(), ServiceError> {
    let window = Window::of_days(roster.from, roster.to, team.zone);
    let wanted = demand::settle(tx, ctx, team, window)?;
    let mut rows: BTreeMap<SlotId, RosterSlot> =
        rosters::slots(tx, &roster.id)?.into_iter().map(|row| (row.slot.clone(), row)).collect();
    for slot in wanted {
        if rows.remove(&slot.id).is_none() {
            let row = RosterSlot { slot: slot.id, person: None, base: None, pinned: false, reason: None };
            rosters::put_slot(tx, &roster.id, &row)?;
        }
    }
    for gone in rows.keys() {
        rosters::remove_slot(tx, &roster.id, gone)?;
    }
    Ok(())
}

/// What a roster shows: a draft its rows; a published one who holds the shifts now, and when; a historic one who held
/// them. What is split shows who holds its first part.
pub(super) fn view(tx: &mut dyn Connection, sheet: &Sheet) -> Result<RosterView, ServiceError> {
    let in_force = sheet.roster.state == RosterState::Published;
    let mut views = Vec::new();
    for slot in &sheet.slots {
        let Some(row) = sheet.rows.get(&slot.id) else { continue };
        let standing = shifts::of_slot(tx, &slot.id)?;
        let shown = standing.first().filter(|_| in_force || standing.len() > 1);
        let ends = standing.last().filter(|_| in_force);
        let person = shown.map_or(&row.person, |shift| &shift.person).clone();
        // A draft on top of it may have moved the slot already; its shift has not moved yet.
        let window = shown.zip(ends).map_or(slot.window, |(a, b)| Window::new(a.window.start, b.window.end));
        views.push(SlotView {
            id: slot.id.clone(),
            role: slot.role.clone(),
            window,
            zone: slot.zone,
            turn: slot.turn.clone(),
            optional: slot.optional,
            person,
            pinned: row.pinned,
            reason: row.reason.clone(),
        });
    }
    Ok(RosterView { head: RosterHead::from(&sheet.roster), zone: sheet.team.zone, slots: views })
}
