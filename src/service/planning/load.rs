//! The one value that planning looks at, loaded in a transaction: a team, its slots, its people and what is around.

use super::people::{Around, member};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::{Slot, Team};
use crate::roster::plan::{Assignment, Planning, Worked};
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, ledger, people, qualifications, shifts, slots, teams};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};

/// A planning with the assignment that stands.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is looked at.
    pub planning: Planning,
    /// Who holds what.
    pub assignment: Assignment,
}

/// Loads the planning of these slots of a team, with what is published for them; slots in several segments are left
/// out, and their segments count as duties. The assignment is what is published, whoever holds it.
pub fn load(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId, slots: Vec<Slot>) -> Result<Plan, ServiceError> {
    let team = teams::find(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
    let window = hull(&slots, ctx.now);
    let around = widened(window, &team);
    let published = shifts::of_team(tx, &team.id, around)?;
    let split: BTreeSet<SlotId> = published.iter().filter(|shift| shift.segment > 0).map(|s| s.slot.clone()).collect();
    let slots: Vec<Slot> = slots.into_iter().filter(|slot| !split.contains(&slot.id)).collect();
    let planned: BTreeSet<SlotId> = slots.iter().map(|slot| slot.id.clone()).collect();
    let mut holders = BTreeMap::new();
    let mut frozen = BTreeSet::new();
    for shift in published.iter().filter(|shift| planned.contains(&shift.slot)) {
        if let Some(person) = &shift.person {
            holders.insert(shift.slot.clone(), person.clone());
        }
        if shift.window.start <= ctx.now {
            frozen.insert(shift.slot.clone());
        }
    }
    let wanted: BTreeSet<SlotId> = slots::starting_in(tx, &team.id, around)?.into_iter().map(|slot| slot.id).collect();
    let leaving = published.iter().filter(|shift| shift.window.start > ctx.now && !wanted.contains(&shift.slot));
    let leaving: BTreeSet<SlotId> = leaving.map(|shift| shift.slot.clone()).collect();
    let heard = remembered(window, &team);
    let looked_at = Around { ctx, window: heard, margin: around, planned: &planned, leaving: &leaving };
    let members = members(tx, &team, &looked_at)?;
    let assignment = holders.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
    let planning = Planning {
        window,
        qualifications: qualifications::of_team(tx, &team.id)?,
        members,
        slots,
        pins: BTreeMap::new(),
        published: holders,
        frozen,
        now: ctx.now,
        ledger: worked(tx, &team, window, &planned)?,
        team,
    };
    Ok(Plan { planning, assignment })
}

/// From the first start to the last end.
fn hull(slots: &[Slot], now: Instant) -> Window {
    let start = slots.iter().map(|slot| slot.window.start).min().unwrap_or(now);
    Window::new(start, slots.iter().map(|slot| slot.window.end).max().unwrap_or(start))
}

/// With as much around as rest, caps, spacing and handover look at.
pub(in crate::service) fn widened(window: Window, team: &Team) -> Window {
    let caps = team.settings.caps.iter().map(|cap| cap.days).max().unwrap_or(0);
    let days = i64::from(caps.max(team.settings.spacing_days).max(MARGIN_DAYS)) + 1;
    Window::new(window.start.plus_days(-days), window.end.plus_days(days))
}

/// With the weeks over which loads are balanced before it, where leave is credited: whoever was away then has no share of
/// what was stood.
pub(in crate::service) fn remembered(window: Window, team: &Team) -> Window {
    let back = if team.settings.leave_credited { i64::from(team.settings.balance_weeks) * 7 } else { 0 };
    Window::new(window.start.plus_days(-back), window.end)
}

/// Days around a plan that are always looked at.
const MARGIN_DAYS: u32 = 14;

fn members(
    tx: &mut dyn Connection,
    team: &Team,
    around: &Around<'_>,
) -> Result<Vec<crate::roster::plan::Member>, ServiceError> {
    let mut memberships: BTreeMap<PersonId, Vec<_>> = BTreeMap::new();
    for membership in teams::memberships_of_team(tx, &team.id)? {
        memberships.entry(membership.person.clone()).or_default().push(membership);
    }
    let holidays = super::people::holidays(tx, team, around.margin)?;
    let mut members = Vec::new();
    for (id, memberships) in memberships {
        let Some(person) = people::find(tx, &id)? else { continue };
        members.push(member(tx, team, around, person, memberships, &holidays)?);
    }
    Ok(members)
}

/// The team's ledger over the balance window up to the plan, without the plan's own slots.
fn worked(
    tx: &mut dyn Connection,
    team: &Team,
    window: Window,
    planned: &BTreeSet<SlotId>,
) -> Result<Vec<Worked>, ServiceError> {
    let back = i64::from(team.settings.balance_weeks) * 7;
    let entries = ledger::of_team(tx, &team.id, Window::new(window.start.plus_days(-back), window.end))?;
    let beside = entries.into_iter().filter(|entry| !planned.contains(&entry.slot));
    Ok(beside
        .map(|entry| Worked { person: entry.person, role: entry.role, window: entry.window, points: entry.points })
        .collect())
}
