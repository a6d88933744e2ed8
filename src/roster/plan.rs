//! Everything a plan may look at, as one value: the team, its slots, its people with what is fixed around the window; and
//! the assignment that is being made.

use crate::ids::{PersonId, QualificationId, SlotId, TeamId, TurnId};
use crate::roster::availability::Availability;
use crate::roster::burden::{Hours, WorkWeek};
use crate::roster::model::{Grant, Membership, Person, Qualification, Role, Slot, Team};
use crate::time::{Day, Instant, Window, Zone, start_of_day};
use chrono::Datelike;
use std::collections::{BTreeMap, BTreeSet};

/// The input of every planning decision for one team and one window.
#[derive(Clone, Debug)]
pub struct Planning {
    /// The team with its roles, weights and switches.
    pub team: Team,
    /// The planned window: slots start in it.
    pub window: Window,
    /// What roles may require, for names and ways to obtain them.
    pub qualifications: Vec<Qualification>,
    /// The team's people; those with no membership that stands shifts are ignored.
    pub members: Vec<Member>,
    /// The slots to fill, by start.
    pub slots: Vec<Slot>,
    /// Assignments that a manager has fixed.
    pub pins: BTreeMap<SlotId, PersonId>,
    /// Who holds the slots as published, to be kept where still valid.
    pub published: BTreeMap<SlotId, PersonId>,
    /// Slots that have started: they stay as published, held or not.
    pub frozen: BTreeSet<SlotId>,
    /// When this is planned: the nearer a published shift, the dearer its change.
    pub now: Instant,
    /// Duties as worked in the balance window before the plan, of this team.
    pub ledger: Vec<Worked>,
}

/// One person of the team with all that bears on their slots.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person.
    pub person: Person,
    /// Their memberships of this team; several where they left and came back.
    pub memberships: Vec<Membership>,
    /// Their qualifications.
    pub grants: Vec<Grant>,
    /// What they said.
    pub availability: Availability,
    /// Shifts around and beside the plan, in this team and in others; never those of the plan's own slots.
    pub duties: Vec<Duty>,
    /// When they were called out on a shift, in this team and in others: rest begins anew after each.
    pub called: Vec<Duty>,
    /// Their own and the team's holidays.
    pub holidays: BTreeSet<Day>,
    /// Their working hours.
    pub week: WorkWeek,
    /// Percent of working hours that are busy, by year and month.
    pub utilisation: BTreeMap<(i32, u32), u32>,
}

/// A shift that is not the plan's to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// Whose shift it is.
    pub team: TeamId,
    /// The role in it.
    pub role: String,
    /// When.
    pub window: Window,
    /// The turn it is part of.
    pub turn: Option<TurnId>,
}

/// A duty as worked, with its points at the weights of that time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    /// Who.
    pub person: PersonId,
    /// The role.
    pub role: String,
    /// When.
    pub window: Window,
    /// Hundredths of points.
    pub points: i64,
}

/// Who holds which slot; a slot that is absent is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment(BTreeMap<SlotId, PersonId>);

impl Assignment {
    /// Who holds the slot.
    #[must_use]
    pub fn holder(&self, slot: &SlotId) -> Option<&PersonId> {
        self.0.get(slot)
    }

    /// Gives the slot to a person, or empties it.
    pub fn set(&mut self, slot: &SlotId, person: Option<&PersonId>) {
        match person {
            Some(person) => self.0.insert(slot.clone(), person.clone()),
            None => self.0.remove(slot),
        };
    }

    /// The held slots with their holders, by slot id.
    pub fn iter(&self) -> impl Iterator<Item = (&SlotId, &PersonId)> {
        self.0.iter()
    }
}

impl FromIterator<(SlotId, PersonId)> for Assignment {
    fn from_iter<I: IntoIterator<Item = (SlotId, PersonId)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Planning {
    /// The member of that id.
    #[must_use]
    pub fn member(&self, person: &PersonId) -> Option<&Member> {
        self.members.iter().find(|member| member.person.id == *person)
    }

    /// The slot of that id.
    #[must_use]
    pub fn slot(&self, slot: &SlotId) -> Option<&Slot> {
        self.slots.iter().find(|candidate| candidate.id == *slot)
    }

    /// The team's role of that name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.team.roles.iter().find(|role| role.name == name)
    }

    /// As shown to people; the id where the person is not of this team.
    #[must_use]
    pub fn name(&self, person: &PersonId) -> String {
        self.member(person).map_or_else(|| person.to_string(), |member| member.person.name.clone())
    }

    /// Points of a slot in hundredths if this member stands it.
    #[must_use]
    pub fn points(&self, member: &Member, slot: &Slot) -> i64 {
        let weight = self.role(&slot.role).map_or(100, |role| role.weight);
        member.hours().points(slot.window, weight, &self.team.weights)
    }

    /// Whether the member may stand the role in that window as far as membership and qualifications go.
    #[must_use]
    pub fn eligible(&self, member: &Member, role: &str, window: Window) -> bool {
        !member.person.disabled
            && member.membership(window, self.team.zone).is_some()
            && self.role(role).is_none_or(|role| role.requires.iter().all(|id| member.holds(id, window).is_ok()))
    }

    /// The slots of one turn, by start; the slot alone where it belongs to none.
    #[must_use]
    pub fn turn_of<'a>(&'a self, slot: &'a Slot) -> Vec<&'a Slot> {
        match &slot.turn {
            Some(turn) => self.slots.iter().filter(|other| other.turn.as_ref() == Some(turn)).collect(),
            None => vec![slot],
        }
    }
}

impl Member {
    /// How this person's hours are classed.
    #[must_use]
    pub fn hours(&self) -> Hours<'_> {
        Hours { zone: self.person.zone, holidays: &self.holidays, week: &self.week }
    }

    /// The membership that makes them stand shifts for the whole of a window.
    #[must_use]
    pub fn membership(&self, window: Window, zone: Zone) -> Option<&Membership> {
        self.memberships.iter().find(|m| {
            m.member
                && m.from.is_none_or(|day| start_of_day(day, zone) <= window.start)
                && m.until.is_none_or(|day| window.end <= start_of_day(day, zone))
        })
    }

    /// Whether a qualification is held for the whole of a window; else the grant that comes closest, if there is any.
    pub fn holds(&self, qualification: &QualificationId, window: Window) -> Result<(), Option<&Grant>> {
        let mut grants = self.grants.iter().filter(|grant| grant.qualification == *qualification);
        let closest = grants.clone().max_by_key(|grant| grant.until.map_or(i64::MAX, Instant::millis));
        let valid = |grant: &Grant| {
            grant.from.is_none_or(|from| from <= window.start) && grant.until.is_none_or(|until| window.end <= until)
        };
        if grants.any(valid) { Ok(()) } else { Err(closest) }
    }

    /// Percent of working hours that are busy in the month in which a window starts.
    #[must_use]
    pub fn utilisation_at(&self, window: Window) -> Option<u32> {
        let start = window.start.civil(self.person.zone);
        self.utilisation.get(&(start.year(), start.month())).copied()
    }
}
