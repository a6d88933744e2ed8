//! Who may take a shift, by all the hard rules as they stand in the transaction, and who should be asked first.

use crate::ids::{PersonId, SlotId};
use crate::roster::model::{Membership, Shift, Slot, Team};
use crate::roster::plan::{Assignment, Planning, Worked};
use crate::roster::recommend::{Candidate, Level, candidates};
use crate::roster::rules::{broken, same_watch};
use crate::roster::swap::search::{Move, obstacles};
use crate::roster::swap::{ProposedMove, weighed};
use crate::service::planning::people::{Around, holidays, member};
use crate::service::planning::{remembered, widened};
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, StoreError, ledger, people, qualifications, shifts, slots, teams};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};

/// Shifts that one person is to take over, or what is left of them, with everybody who might.
pub(in crate::service) struct Question {
    planning: Planning,
    assignment: Assignment,
    asked: Vec<Slot>,
}

impl Question {
    /// Loads what the rules look at. What has begun is asked from `now` on.
    pub(in crate::service) fn load(
        (tx, ctx): (&mut dyn Connection, &Ctx),
        shifts: &[Shift],
        now: Instant,
    ) -> Result<Self, ServiceError> {
        Self::among((tx, ctx), shifts, now, None)
    }

    /// The same for one person alone, which is all that an answer needs.
    pub(in crate::service) fn of(
        (tx, ctx): (&mut dyn Connection, &Ctx),
        shifts: &[Shift],
        now: Instant,
        person: &PersonId,
    ) -> Result<Self, ServiceError> {
        Self::among((tx, ctx), shifts, now, Some(std::slice::from_ref(person)))
    }

    /// The same for all who take something with a proposal.
    pub(super) fn of_all(
        (tx, ctx): (&mut dyn Connection, &Ctx),
        shifts: &[Shift],
        moves: &[ProposedMove],
    ) -> Result<Self, ServiceError> {
        let takers: Vec<PersonId> = moves.iter().map(|one| one.to.clone()).collect();
        let mut question = Self::among((tx, ctx), shifts, ctx.now, Some(&takers))?;
        for one in moves {
            question.assignment.set(&one.slot, Some(&one.from));
        }
        Ok(question)
    }

    /// The hard rules that stand against what comes of all moves at once, in sentences that name who would break them.
    pub(super) fn obstacles_to(&self, moves: &[ProposedMove]) -> Vec<String> {
        let as_move = |one: &ProposedMove| Move {
            slot: one.slot.clone(),
            window: one.window,
            from: one.from.clone(),
            to: one.to.clone(),
        };
        let moves: Vec<Move> = moves.iter().map(as_move).collect();
        let zone = self.asked.first().map_or(self.planning.team.zone, |slot| slot.zone);
        let found = obstacles(&self.planning, &self.assignment, &moves);
        found.iter().map(|(who, rule)| format!("{}: {}", self.planning.name(who), rule.sentence(zone))).collect()
    }

    fn among(
        (tx, ctx): (&mut dyn Connection, &Ctx),
        shifts: &[Shift],
        now: Instant,
        only: Option<&[PersonId]>,
    ) -> Result<Self, ServiceError> {
        let not_found = || ServiceError::NotFound("the shift".to_owned());
        let team = shifts.first().map(|shift| &shift.team).ok_or_else(not_found)?;
        let team = teams::find(tx, team)?.ok_or_else(not_found)?;
        let asked = asked(tx, shifts, now)?;
        let window = hull(&asked).ok_or_else(not_found)?;
        let margin = widened(window, &team);
        let beside = beside(tx, &team, &asked)?;
        let assignment = beside.iter().filter_map(|(slot, who)| Some((slot.id.clone(), who.clone()?))).collect();
        let slots: Vec<Slot> = beside.into_iter().map(|(slot, _)| slot).chain(asked.iter().cloned()).collect();
        let planned: BTreeSet<SlotId> = slots.iter().map(|slot| slot.id.clone()).collect();
        // Whatever the next publication may take away is to be stood until then.
        let heard = remembered(window, &team);
        let around = Around { ctx, window: heard, margin, planned: &planned, leaving: &BTreeSet::new() };
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
            now: ctx.now,
            ledger: worked(tx, &team, (window, margin), &planned)?,
            team,
        };
        Ok(Self { planning, assignment, asked })
    }

    /// The team as it was loaded.
    pub(super) fn team(&self) -> &Team {
        &self.planning.team
    }

    /// The hard rules that stand against this person, in sentences.
    pub(super) fn obstacles(&self, person: &PersonId) -> Vec<String> {
        let slots: Vec<&Slot> = self.asked.iter().collect();
        let found = broken(&self.planning, &self.assignment, person, &slots);
        let zone = self.asked.first().map_or(self.planning.team.zone, |slot| slot.zone);
        found.iter().map(|rule| rule.sentence(zone)).collect()
    }

    /// Everybody whom no hard rule excludes, best first, without the holder. Of several shifts the least welcome counts.
    pub(super) fn ranked(&self, holder: &PersonId) -> Vec<PersonId> {
        let mut standing: BTreeMap<PersonId, (Level, i64)> = BTreeMap::new();
        for slot in &self.asked {
            for candidate in candidates(&self.planning, &self.assignment, &slot.id) {
                let (level, score) = standing.entry(candidate.person).or_insert((Level::Recommended, 0));
                *level = candidate.level.max(*level);
                *score = score.saturating_add(candidate.score);
            }
        }
        let mut ranked: Vec<_> = standing.into_iter().filter(|(person, _)| person != holder).collect();
        ranked.retain(|(person, (level, _))| {
            *level != Level::Excluded && (self.asked.len() == 1 || self.obstacles(person).is_empty())
        });
        ranked.sort_by(|(a, before), (b, after)| (before, a).cmp(&(after, b)));
        ranked.into_iter().map(|(person, _)| person).collect()
    }

    /// Everybody with level and reasons for the first of the shifts, best first.
    pub(in crate::service) fn candidates(&self) -> Vec<Candidate> {
        self.asked.first().map(|slot| candidates(&self.planning, &self.assignment, &slot.id)).unwrap_or_default()
    }

    /// Points that the shifts, or what is left of them, count for this person, in hundredths.
    pub(super) fn points(&self, person: &PersonId) -> i64 {
        let Some(member) = self.planning.member(person) else { return 0 };
        self.asked.iter().map(|slot| self.planning.points(member, slot)).sum()
    }

    /// What taking them does to this person's load, in sentences.
    pub(in crate::service) fn weighed(&self, person: &PersonId) -> Vec<String> {
        Vec::from_iter(weighed(&self.planning, &self.assignment, person, (&self.asked, &[])))
    }

    /// The same of taking these parts and giving those, in a sentence.
    pub(in crate::service) fn traded(&self, person: &PersonId, (taken, given): (&[Shift], &[Shift])) -> Vec<String> {
        let slot = |shift: &Shift| {
            let known = self.asked.iter().find(|slot| slot.id == shift.slot)?;
            Some(Slot { window: shift.window, ..known.clone() })
        };
        let slots = |shifts: &[Shift]| shifts.iter().filter_map(slot).collect::<Vec<Slot>>();
        let mut held = self.assignment.clone();
        given.iter().for_each(|shift| held.set(&shift.slot, Some(person)));
        // What was loaded as asked stands in no ledger row: whoever gives it carries it until then.
        Vec::from_iter(weighed(&self.planning, &held, person, (&slots(taken), &slots(given))))
    }
}

/// The slots of the shifts, from `now` on where they have begun.
fn asked(tx: &mut dyn Connection, shifts: &[Shift], now: Instant) -> Result<Vec<Slot>, ServiceError> {
    let mut asked = Vec::with_capacity(shifts.len());
    for shift in shifts {
        let slot = slots::find(tx, &shift.slot)?;
        let slot = slot.ok_or_else(|| ServiceError::NotFound(format!("shift {}", shift.slot)))?;
        let window = Window::new(shift.window.start.max(now.min(shift.window.end)), shift.window.end);
        asked.push(Slot { window, ..slot });
    }
    Ok(asked)
}

/// From the first start to the last end.
fn hull(slots: &[Slot]) -> Option<Window> {
    let start = slots.iter().map(|slot| slot.window.start).min()?;
    Some(Window::new(start, slots.iter().map(|slot| slot.window.end).max()?))
}

/// The other roles of the same watches, with who holds them while the shifts run.
fn beside(tx: &mut dyn Connection, team: &Team, asked: &[Slot]) -> Result<Vec<(Slot, Option<PersonId>)>, StoreError> {
    let mut found: Vec<(Slot, Option<PersonId>)> = Vec::new();
    for slot in asked {
        let running = shifts::of_team(tx, &team.id, slot.window)?;
        for other in slots::touching(tx, &team.id, slot.window)? {
            let known = asked.iter().chain(found.iter().map(|(slot, _)| slot)).any(|known| known.id == other.id);
            if !known && same_watch(&other, slot) {
                let holder = running.iter().find(|shift| shift.slot == other.id);
                found.push((other, holder.and_then(|shift| shift.person.clone())));
            }
        }
    }
    Ok(found)
}

/// Everybody of the team, or the one person asked about, and whoever stands beside them.
fn involved(memberships: &[Membership], assignment: &Assignment, only: Option<&[PersonId]>) -> BTreeSet<PersonId> {
    let everybody = memberships.iter().map(|membership| &membership.person).filter(|_| only.is_none());
    everybody.chain(only.unwrap_or_default()).chain(assignment.iter().map(|(_, holder)| holder)).cloned().collect()
}

/// The team's ledger over the balance window, and as far ahead as is published around the shifts; without their watches.
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
