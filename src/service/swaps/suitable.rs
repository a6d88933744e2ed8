//! Who may take a shift, by all the hard rules as they stand in the transaction, and who should be asked first.

use crate::ids::PersonId;
use crate::roster::burden::WorkWeek;
use crate::roster::model::{Membership, Shift, Slot, Team};
use crate::roster::plan::{Assignment, Duty, Member, Planning, Worked};
use crate::roster::recommend::{Level, candidates};
use crate::roster::rules::broken;
use crate::service::{ServiceError, availability};
use crate::store::{Connection, ledger, people, qualifications, shifts, slots, teams};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};

/// Days around a shift in which other shifts bear on rest and caps.
const AROUND_DAYS: i64 = 62;

/// One shift, or what is left of it, with everybody who might take it.
pub(super) struct Question {
    planning: Planning,
    assignment: Assignment,
    slot: Slot,
}

impl Question {
    /// Loads what the rules look at. What has begun is asked from `now` on.
    pub(super) fn load(tx: &mut dyn Connection, shift: &Shift, now: Instant) -> Result<Self, ServiceError> {
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
        let around = Window::new(window.start.plus_days(-AROUND_DAYS), window.end.plus_days(AROUND_DAYS));
        let beside = beside(tx, &slot, shift)?;
        let assignment = beside.iter().filter_map(|(slot, who)| Some((slot.id.clone(), who.clone()?))).collect();
        let mut planned: Vec<Slot> = beside.into_iter().map(|(slot, _)| slot).collect();
        planned.push(slot.clone());
        let memberships = teams::memberships_of_team(tx, &team.id)?;
        let who = involved(&memberships, &assignment, only);
        let mut members = Vec::with_capacity(who.len());
        for person in &who {
            if let Some(found) = member(tx, &team, person, &memberships, (&planned, around))? {
                members.push(found);
            }
        }
        let balance = Window::new(window.start.plus_days(-7 * i64::from(team.settings.balance_weeks)), window.start);
        let ledger = ledger::of_team(tx, &team.id, balance)?;
        let planning = Planning {
            window,
            qualifications: qualifications::of_team(tx, &team.id)?,
            members,
            slots: planned,
            pins: BTreeMap::new(),
            published: BTreeMap::new(),
            frozen: BTreeSet::new(),
            ledger: ledger
                .into_iter()
                .map(|row| Worked { person: row.person, role: row.role, window: row.window, points: row.points })
                .collect(),
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
        candidates(&self.planning, &self.assignment, &self.slot.id)
            .into_iter()
            .filter(|candidate| candidate.level != Level::Excluded && candidate.person != *holder)
            .map(|candidate| candidate.person)
            .collect()
    }

    /// Points that the shift, or what is left of it, counts for this person, in hundredths.
    pub(super) fn points(&self, person: &PersonId) -> i64 {
        self.planning.member(person).map_or(0, |member| self.planning.points(member, &self.slot))
    }
}

/// The other roles of the same watch, with who holds them while the shift runs.
fn beside(tx: &mut dyn Connection, slot: &Slot, shift: &Shift) -> Result<Vec<(Slot, Option<PersonId>)>, ServiceError> {
    let running = shifts::of_team(tx, &shift.team, slot.window)?;
    let mut found = Vec::new();
    for other in slots::touching(tx, &shift.team, slot.window)? {
        if other.id == slot.id || (&other.pattern, &other.occurrence) != (&slot.pattern, &slot.occurrence) {
            continue;
        }
        let holder = running.iter().find(|shift| shift.slot == other.id).and_then(|shift| shift.person.clone());
        found.push((other, holder));
    }
    Ok(found)
}

/// Everybody of the team, or the one person asked about, and whoever stands beside them.
fn involved(memberships: &[Membership], assignment: &Assignment, only: Option<&PersonId>) -> BTreeSet<PersonId> {
    let asked = memberships.iter().map(|m| &m.person).filter(|person| only.is_none_or(|only| only == *person));
    asked.chain(assignment.iter().map(|(_, holder)| holder)).cloned().collect()
}

fn member(
    tx: &mut dyn Connection,
    team: &Team,
    person: &PersonId,
    memberships: &[Membership],
    (planned, around): (&[Slot], Window),
) -> Result<Option<Member>, ServiceError> {
    let Some(person) = people::find(tx, person)? else { return Ok(None) };
    let window = planned.last().map_or(around, |slot| slot.window);
    let availability = availability::of_person(tx, &person, &team.settings.words, window)?;
    let mut duties = Vec::new();
    for shift in shifts::of_person(tx, &person.id, around)? {
        if planned.iter().any(|slot| slot.id == shift.slot) {
            continue;
        }
        let turn = slots::find(tx, &shift.slot)?.and_then(|slot| slot.turn);
        duties.push(Duty { team: shift.team, role: shift.role, window: shift.window, turn });
    }
    Ok(Some(Member {
        memberships: memberships.iter().filter(|m| m.person == person.id).cloned().collect(),
        grants: qualifications::grants_of_person(tx, &person.id)?,
        availability,
        duties,
        holidays: BTreeSet::new(),
        week: WorkWeek::default(),
        utilisation: BTreeMap::new(),
        person,
    }))
}
