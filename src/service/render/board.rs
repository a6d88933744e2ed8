//! A team's published shifts around now, and what the text of one of them takes from the others.

use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::{Person, Shift, Team};
use crate::roster::shift_event::{Cover, HeldShift, Note, Partner};
use crate::roster::swap::{Swap, SwapState};
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, people, shifts, swaps, teams};
use crate::time::{Instant, Window};
use std::collections::BTreeMap;

/// Shifts that ended longer ago, in days, keep whatever their events say.
const KEPT_DAYS: i64 = 14;

/// From when on calendars are kept up to date.
pub(in crate::service) fn horizon(now: Instant) -> Window {
    Window::new(now.plus_days(-KEPT_DAYS), Instant::FAR_FUTURE)
}

/// A team with its shifts, its live swaps and everybody they name.
pub(in crate::service) struct Board {
    pub(in crate::service) team: Team,
    pub(super) shifts: Vec<Shift>,
    swaps: Vec<Swap>,
    people: BTreeMap<PersonId, Person>,
}

impl Board {
    /// What stands in the transaction.
    pub(in crate::service) fn load(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Self, ServiceError> {
        let found = teams::find(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
        let shifts = shifts::of_team(tx, team, horizon(ctx.now))?;
        let swaps = swaps::live_of_team(tx, team)?;
        let mut board = Self { team: found, shifts, swaps, people: BTreeMap::new() };
        let holders: Vec<PersonId> = board.shifts.iter().filter_map(|shift| shift.person.clone()).collect();
        let promised = board.swaps.iter().filter_map(|swap| swap.taker.clone());
        for person in holders.into_iter().chain(promised.collect::<Vec<_>>()) {
            board.learn(tx, &person)?;
        }
        Ok(board)
    }

    /// Makes a person known, whether they hold a shift or not.
    pub(in crate::service) fn learn(&mut self, tx: &mut dyn Connection, person: &PersonId) -> Result<(), ServiceError> {
        if !self.people.contains_key(person)
            && let Some(found) = people::find(tx, person)?
        {
            self.people.insert(person.clone(), found);
        }
        Ok(())
    }

    pub(super) fn person(&self, person: &PersonId) -> Option<&Person> {
        self.people.get(person)
    }

    pub(in crate::service) fn name(&self, person: &PersonId) -> String {
        self.person(person).map_or_else(|| person.to_string(), |person| person.name.clone())
    }

    /// Whether nobody holding this shift is a gap; an optional role may stay empty.
    pub(super) fn is_required(&self, shift: &Shift) -> bool {
        self.team.roles.iter().find(|role| role.name == shift.role).is_none_or(|role| !role.optional)
    }

    /// The shift with all that its events say, apart from the link and what only its holder knows.
    pub(in crate::service) fn held<'a>(&'a self, shift: &'a Shift, ctx: &Ctx) -> Option<HeldShift<'a>> {
        let person = self.person(shift.person.as_ref()?)?;
        let before = self.neighbour(shift, |other| other.window.end == shift.window.start);
        let after = self.neighbour(shift, |other| other.window.start == shift.window.end);
        let handed = before.and_then(|(name, other)| Some(Note { from: name.clone(), text: other.note.clone()? }));
        Some(HeldShift {
            team: &self.team,
            shift,
            person,
            partners: self.partners(shift),
            takes_over_from: before.map(|(name, _)| name.clone()),
            hands_over_to: after.map(|(name, _)| name.clone()),
            handed,
            cover: self.cover(shift),
            collisions: Vec::new(),
            page: page(ctx, &shift.slot),
            link: None,
        })
    }

    /// Who stands at the same time, in the order of the team's roles.
    fn partners(&self, shift: &Shift) -> Vec<Partner> {
        let beside = |other: &&Shift| {
            other.slot != shift.slot && other.window.overlaps(shift.window) && other.person != shift.person
        };
        let mut found: Vec<(usize, Partner)> = Vec::new();
        for other in self.shifts.iter().filter(beside) {
            let Some(person) = other.person.as_ref().and_then(|person| self.person(person)) else { continue };
            let partner = Partner { name: person.name.clone(), role: other.role.clone(), phone: person.phone.clone() };
            if !found.iter().any(|(_, known)| *known == partner) {
                found.push((self.role_rank(&other.role), partner));
            }
        }
        found.sort_by_key(|(rank, _)| *rank);
        found.into_iter().map(|(_, partner)| partner).collect()
    }

    fn role_rank(&self, role: &str) -> usize {
        self.team.roles.iter().position(|known| known.name == role).unwrap_or(usize::MAX)
    }

    /// Another person's shift of the same role at the seam.
    fn neighbour<'a>(&'a self, shift: &Shift, at: impl Fn(&Shift) -> bool) -> Option<(&'a String, &'a Shift)> {
        let other = self.shifts.iter().find(|other| other.role == shift.role && at(other))?;
        let person = other.person.as_ref().filter(|person| Some(*person) != shift.person.as_ref())?;
        Some((&self.person(person)?.name, other))
    }

    /// The seams at which a shift begins and ends, each as the shift that ends and the one that begins there, where
    /// somebody else holds the other.
    pub(super) fn seams<'a>(&'a self, shift: &'a Shift) -> impl Iterator<Item = (&'a Shift, &'a Shift)> {
        let before = self.neighbour(shift, |other| other.window.end == shift.window.start);
        let after = self.neighbour(shift, |other| other.window.start == shift.window.end);
        let before = before.map(|(_, other)| (other, shift));
        before.into_iter().chain(after.map(|(_, other)| (shift, other)))
    }

    fn cover(&self, shift: &Shift) -> Option<Cover> {
        let swap = self.swaps.iter().find(|swap| swap.slot == shift.slot && swap.segment == shift.segment)?;
        let promised = swap.taker.as_ref().filter(|_| swap.state == SwapState::AwaitingApproval);
        Some(Cover {
            reason: swap.reason.clone(),
            whole_turn: swap.together.is_some(),
            proposed: swap.named_only,
            promised: promised.map(|taker| self.name(taker)),
        })
    }
}

/// The shift's page.
pub(super) fn page(ctx: &Ctx, slot: &SlotId) -> String {
    format!("{}/shifts/{slot}", ctx.host.public_url)
}
