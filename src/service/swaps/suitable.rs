//! Who may take a shift, by all the hard rules as they stand in the transaction, and who should be asked first.

use crate::ids::{PersonId, SlotId};
use crate::roster::model::{Membership, Shift, Slot, Team};
use crate::roster::plan::{Assignment, Planning, Worked};
use crate::roster::recommend::{Candidate, Level, candidates};
use crate::roster::rules::{broken, same_watch};
use crate::roster::swap::weighed;
use crate::service::ServiceError;
use crate::service::planning::people::{Around, holidays, member};
use crate::service::planning::widened;
use crate::store::{Connection, StoreError, ledger, people, qualifications, shifts, slots, teams};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};

/// One shift, or what is left of it, with everybody who might take it.
pub(in crate::service) struct Question {
    planning: Planning,
    assignment: Assignment,
    slot: Slot,
}

impl Question {
    /// Loads what the rules look at. What has begun is asked from `now` on.
    pub(in crate::service) fn load(tx: &mut dyn Connection, shift: &Shift, now: Instant) -> Result<Self, ServiceError> {
        Self::among(tx, shift, now, None)
    }

    /// The same for one person alone, which is all that an answer needs.
    pub(super) fn of(
        tx: &mut dyn Connection,
        shift: &Shift,
        now: Instant,
        person: &PersonId,
    ) -> Result<Self, ServiceError> {
        Self::among(tx, shift, now, Some(person))
    }

    fn among(
        tx: &mut dyn Connection,
        shift: &Shift,
        now: Instant,
        only: Option<&PersonId>,
    ) -> Result<Self, ServiceError> {
        let not_found = || ServiceError::NotFound(format!("shift {}", shift.slot));
        let team = teams::find(tx, &shift.team)?.ok_or_else(not_found)?;
        let slot = slots::find(tx, &shift.slot)?.ok_or_else(not_found)?;
        let window = Window::new(shift.window.start.max(now.min(shift.window.end)), shift.window.end);
        let slot = Slot { window, ..slot };
        let margin = widened(window, &team);
        let beside = beside(tx, &slot, shift)?;
        let assignment = beside.iter().filter_map(|(slot, who)| Some((slot.id.clone(), who.clone()?))).collect();
        let slots: Vec<Slot> = beside.into_iter().map(|(slot, _)| slot).chain([slot.clone()]).collect();
        let planned: BTreeSet<SlotId> = slots.iter().map(|slot| slot.id.clone()).collect();
        // Whatever the next publication may take away is to be stood until then.
        let around = Around { window, margin, planned: &planned, leaving: &BTreeSet::new() };
        let holidays = holidays(tx, &team, margin)?;
        let memberships = teams::memberships_of_team(tx, &team.id)?;
        let mut members = Vec::new();
        for id in involved(&memberships, &assignment, only) {
            let Some(person) = people::find(tx, &id)? else { continue };
            let theirs = memberships.iter().filter(|membership| membership.person == id).cloned().collect();
            members.push(member(tx, &team, &around, person, theirs, &holidays)?);
        }
        let planning = Planning {
            window,
            qualifications: qualifications::of_team(tx, &team.id)?,
            members,
            slots,
            pins: BTreeMap::new(),
            published: BTreeMap::new(),
            frozen: BTreeSet::new(),
            ledger: worked(tx, &team, (window, margin), &planned)?,
            team,
        };
        Ok(Self { planning, assignment, slot })
    }

    /// The team as it was loaded.
    pub(super) fn team(&self) -> &Team {
        &self.planning.team
    }

    /// The hard rules that stand against this person, in sentences.
    pub(super) fn obstacles(&self, person: &PersonId) -> Vec<String> {
        let found = broken(&self.planning, &self.assignment, person, &[&self.slot]);
        found.iter().map(|rule| rule.sentence(self.slot.zone)).collect()
    }

    /// Everybody whom no hard rule excludes, best first, without the holder.
    pub(super) fn ranked(&self, holder: &PersonId) -> Vec<PersonId> {
        self.candidates()
            .into_iter()
            .filter(|candidate| candidate.level != Level::Excluded && candidate.person != *holder)
            .map(|candidate| candidate.person)
            .collect()
    }

    /// Everybody with level and reasons, best first.
    pub(in crate::service) fn candidates(&self) -> Vec<Candidate> {
        candidates(&self.planning, &self.assignment, &self.slot.id)
    }

    /// Points that the shift, or what is left of it, counts for this person, in hundredths.
    pub(super) fn points(&self, person: &PersonId) -> i64 {
        self.planning.member(person).map_or(0, |member| self.planning.points(member, &self.slot))
    }

    /// What taking it does to this person's load, in sentences.
    pub(in crate::service) fn weighed(&self, person: &PersonId) -> Vec<String> {
        Vec::from_iter(weighed(&self.planning, &self.assignment, person, &self.slot))
    }
}

/// The other roles of the same watch, with who holds them while the shift runs.
fn beside(tx: &mut dyn Connection, slot: &Slot, shift: &Shift) -> Result<Vec<(Slot, Option<PersonId>)>, StoreError> {
    let running = shifts::of_team(tx, &shift.team, slot.window)?;
    let mut found = Vec::new();
    for other in slots::touching(tx, &shift.team, slot.window)? {
        if other.id != slot.id && same_watch(&other, slot) {
            let holder = running.iter().find(|shift| shift.slot == other.id).and_then(|shift| shift.person.clone());
            found.push((other, holder));
        }
    }
    Ok(found)
}

/// Everybody of the team, or the one person asked about, and whoever stands beside them.
fn involved(memberships: &[Membership], assignment: &Assignment, only: Option<&PersonId>) -> BTreeSet<PersonId> {
    let everybody = memberships.iter().map(|membership| &membership.person).filter(|_| only.is_none());
    everybody.chain(only).chain(assignment.iter().map(|(_, holder)| holder)).cloned().collect()
}

/// The team's ledger over the balance window, and as far ahead as is published around the shift; without its own watch.
fn worked(
    tx: &mut dyn Connection,
    team: &Team,
    (window, margin): (Window, Window),
    planned: &BTreeSet<SlotId>,
) -> Result<Vec<Worked>, StoreError> {
    let back = i64::from(team.settings.balance_weeks) * 7;
    let looked_at = Window::new(window.start.plus_days(-back), margin.end);
    let rows = ledger::of_team(tx, &team.id, looked_at)?.into_iter().filter(|row| !planned.contains(&row.slot));
    Ok(rows.map(|row| Worked { person: row.person, role: row.role, window: row.window, points: row.points }).collect())
}
