//! The words of the domain as plain data: people, teams, roles, qualifications, slots and shifts.
//!
//! Everything here is what a decision may look at; nothing here decides.

use crate::ids::{PersonId, QualificationId, RosterId, SlotId, TeamId, TurnId};
use crate::time::{Day, Instant, Window, Zone};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Somebody with a calendar home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Immutable slug.
    pub id: PersonId,
    /// As it is shown.
    pub name: String,
    /// Address in lower case, unique; also a user name for CalDAV.
    pub email: String,
    /// E.164 text, such as `+447700900123`.
    pub phone: Option<String>,
    /// The zone in which their all-day events and their nights are meant.
    pub zone: Zone,
    /// May administer everything.
    pub admin: bool,
    /// Disabled people can't sign in and their future shifts are reported gaps.
    pub disabled: bool,
}

/// A team with what its roster needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    /// Immutable slug.
    pub id: TeamId,
    /// As it is shown.
    pub name: String,
    /// The roster's own address: the organizer of its shifts.
    pub email: String,
    /// The zone in which the team counts days.
    pub zone: Zone,
    /// The team's switches.
    pub settings: Settings,
    /// How hours count.
    pub weights: Weights,
    /// The roles of the team, first the most important.
    pub roles: Vec<Role>,
    /// Whom to escalate to, in order.
    pub contacts: Vec<Contact>,
    /// Pairs who must not stand the same shift.
    pub forbidden_pairs: Vec<(PersonId, PersonId)>,
}

/// The team's switches, stored as JSON; what is absent takes its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct Settings {
    /// Who has said nothing is unavailable (true) or neutral (false).
    pub opt_in: bool,
    /// An all-day absence that overlaps only the last hours of a slot counts as avoid; in hours.
    pub day_edge_hours: u32,
    /// Shifts are written `TRANSP:TRANSPARENT`.
    pub transparent_shifts: bool,
    /// Minimum rest between two turns, in minutes.
    pub min_rest_minutes: u32,
    /// Caps on shifts and hours in any window of so many days.
    pub caps: Vec<Cap>,
    /// Wish for at least so many days between two turns of a person.
    pub spacing_days: u32,
    /// Leave lowers a person's fair share (true) or is made up for later (false).
    pub leave_credited: bool,
    /// A manager approves each swap.
    pub approval: bool,
    /// Who is asked for cover, and when the next one is.
    pub reach: Reach,
    /// Hours before the start at which an open swap alarms the managers.
    pub swap_deadline_hours: u32,
    /// Length of the window over which loads are balanced, in weeks.
    pub balance_weeks: u32,
    /// Length in minutes of the event that both find where one hands over to the other; none where it is nothing.
    pub handover_minutes: u32,
    /// Minutes before the start of a shift at which on-call phones ring first; they ring at the start as well.
    pub alarm_minutes: u32,
    /// Who is of which site, for patterns that are bound to one; a person may be of several.
    pub sites: BTreeMap<String, BTreeSet<PersonId>>,
    /// The words that mark an availability event.
    pub words: Words,
    /// Who holds this qualification is an expert: a novice rather stands with one of them. Without it nobody is.
    pub expert: Option<QualificationId>,
    /// Whoever doesn't sign in may read who is on call, on the team's page: roles, names and times.
    pub public_page: bool,
    /// Addresses and telephone numbers stand in the snapshot of who is on call that is kept for when the server is down;
    /// what of it strangers may see has them never.
    pub contacts_in_snapshot: bool,
    /// Rule packs that were applied, each as `name@version`: for the record, the rules stand above.
    pub packs: Vec<String>,
}

impl Settings {
    /// Whether a person may stand what is bound to a site.
    #[must_use]
    pub fn at_site(&self, site: &str, person: &PersonId) -> bool {
        self.sites.iter().any(|(name, people)| name.eq_ignore_ascii_case(site) && people.contains(person))
    }

    /// Whether two people share a site; whoever is of none shares with everybody.
    #[must_use]
    pub fn share_a_site(&self, one: &PersonId, other: &PersonId) -> bool {
        let placed = |person: &PersonId| self.sites.values().any(|people| people.contains(person));
        let both = self.sites.values().any(|people| people.contains(one) && people.contains(other));
        both || !placed(one) || !placed(other)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            opt_in: false,
            day_edge_hours: 0,
            transparent_shifts: true,
            min_rest_minutes: 660,
            caps: Vec::new(),
            spacing_days: 7,
            leave_credited: false,
            approval: false,
            reach: Reach::default(),
            swap_deadline_hours: 48,
            balance_weeks: 26,
            handover_minutes: 0,
            alarm_minutes: 30,
            sites: BTreeMap::new(),
            words: Words::default(),
            expert: None,
            public_page: true,
            contacts_in_snapshot: true,
            packs: Vec::new(),
        }
    }
}

/// At most so much within any window of `days` consecutive days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Length of the rolling window in days.
    pub days: u32,
    /// Turns that may start in it.
    pub max_turns: Option<u32>,
    /// Minutes of duty, each slot counted on the day it starts.
    pub max_minutes: Option<u32>,
    /// Only these roles count; empty means all.
    #[serde(default)]
    pub roles: Vec<String>,
}

/// How colleagues are asked for cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reach {
    /// The best `first` at once, one more each `every_minutes`.
    Ranked {
        /// How many are asked at once.
        first: u32,
        /// Minutes until the next is asked.
        every_minutes: u32,
    },
    /// Everybody suitable at once.
    All,
}

impl Default for Reach {
    fn default() -> Self {
        Self::Ranked { first: 3, every_minutes: 120 }
    }
}

/// Titles that mark an availability event; compared without case, whole or up to a colon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Words {
    /// Rather not.
    pub avoid: Vec<String>,
    /// Gladly.
    pub prefer: Vec<String>,
    /// Means nothing to the roster.
    pub ignore: Vec<String>,
}

impl Default for Words {
    fn default() -> Self {
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
        Self {
            avoid: list(&["avoid", "prefer not", "?"]),
            prefer: list(&["prefer", "available", "+"]),
            ignore: list(&["free"]),
        }
    }
}

/// Points an hour of duty counts, in hundredths, by the class of the hour in the person's zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Weights {
    /// Which edition of the team's weights this is; written on each ledger row.
    pub version: i64,
    /// A working hour.
    pub work: i64,
    /// An evening hour of a working day.
    pub evening: i64,
    /// A night hour.
    pub night: i64,
    /// An hour of a weekend.
    pub weekend: i64,
    /// An hour of a holiday.
    pub holiday: i64,
    /// How much an uneven share of night points counts by itself, beside that of all points together, in percent of what
    /// the latter counts; 0 keeps no such balance.
    pub nights_apart: i64,
    /// The same of weekend points.
    pub weekends_apart: i64,
    /// The same of holiday points.
    pub holidays_apart: i64,
    /// What a watch costs on which a novice stands without an expert, in percent of one mean turn above the fair share.
    pub novice_without_expert: i64,
    /// What it costs that the same two stand together once more in a plan, likewise; 0 doesn't mind.
    pub same_partner: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            version: 1,
            work: 50,
            evening: 100,
            night: 150,
            weekend: 150,
            holiday: 200,
            nights_apart: 0,
            weekends_apart: 0,
            holidays_apart: 0,
            novice_without_expert: 40,
            same_partner: 0,
        }
    }
}

/// Something a person stands as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `primary`, `secondary`, `shadow`, or the team's own.
    pub name: String,
    /// Factor of the burden, in hundredths.
    pub weight: i64,
    /// Whether whoever stands it should be paged.
    pub paged: bool,
    /// An optional role may stay empty without being a gap.
    pub optional: bool,
    /// What a person needs for the whole of the slot.
    pub requires: Vec<QualificationId>,
}

/// One line of the escalation contacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Only for this role; for all where absent.
    pub role: Option<String>,
    /// The person behind it, if they have an account.
    pub person: Option<PersonId>,
    /// As it is shown.
    pub name: String,
    /// E.164 text.
    pub phone: String,
}

/// A person's place in a team, for a span of days of the team's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The team.
    pub team: TeamId,
    /// The person.
    pub person: PersonId,
    /// May plan, publish and answer for members.
    pub manager: bool,
    /// Stands shifts.
    pub member: bool,
    /// First day, or since ever.
    pub from: Option<Day>,
    /// First day no longer, or open-ended.
    pub until: Option<Day>,
    /// Share of full load in percent.
    pub fte: u32,
    /// Still learning: needs a partner who is not.
    pub novice: bool,
}

/// Something a role requires, and how to obtain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualification {
    /// Identifier.
    pub id: QualificationId,
    /// The team it belongs to; all teams where absent.
    pub team: Option<TeamId>,
    /// As it is shown, such as `PROD-ACCESS`.
    pub name: String,
    /// How to obtain or renew it, in words.
    pub how: String,
    /// Where to obtain it.
    pub url: Option<String>,
}

/// A person's qualification with its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Who has it.
    pub person: PersonId,
    /// What they have.
    pub qualification: QualificationId,
    /// First moment of validity.
    pub from: Option<Instant>,
    /// First moment no longer valid.
    pub until: Option<Instant>,
    /// How it was shown.
    pub evidence: String,
}

/// One role of one occurrence of a pattern: an interval that needs a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Stable through re-expansion.
    pub id: SlotId,
    /// Whose demand it is.
    pub team: TeamId,
    /// UID of the pattern's event.
    pub pattern: String,
    /// Wall-clock start by which the pattern names the occurrence, `20261201T090000`.
    pub occurrence: String,
    /// The role.
    pub role: String,
    /// Tells two slots of one role apart, from 0.
    pub ordinal: u32,
    /// The turn it is part of; without one it is a turn of its own.
    pub turn: Option<TurnId>,
    /// When.
    pub window: Window,
    /// The pattern's zone, in which its times are meant.
    pub zone: Zone,
    /// May stay empty.
    pub optional: bool,
    /// Only for people within whose working hours all of it lies.
    pub at_work: bool,
    /// Only for people of this site of the team.
    pub site: Option<String>,
}

/// Part of a slot as published, with its person: what `who is on call` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The slot.
    pub slot: SlotId,
    /// Which part of it, from 0; 0 is all of it until it is split.
    pub segment: u32,
    /// Whose shift it is.
    pub team: TeamId,
    /// The role.
    pub role: String,
    /// When.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// Who is responsible; nobody is a gap.
    pub person: Option<PersonId>,
    /// The roster that published it.
    pub roster: RosterId,
    /// iCalendar SEQUENCE of its event.
    pub sequence: i64,
    /// What the person answered.
    pub answer: Answer,
    /// The person removed the ended shift from their calendar.
    pub hidden: bool,
    /// The handover note.
    pub note: Option<String>,
}

/// A person's answer to a published shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Not yet seen.
    NeedsAction,
    /// Acknowledged.
    Accepted,
    /// Cover is asked for; still responsible.
    Tentative,
}

/// How one of a person's own calendars counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountsAs {
    /// Its events fill working hours; only absences and whole days that show as busy exclude from a shift.
    #[default]
    Utilisation,
    /// Everything in it that shows as busy excludes from a shift.
    Blocks,
    /// Its whole days are the person's holidays.
    Holidays,
}

/// By which way an answer or a change came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A calendar app stored an object.
    Calendar,
    /// A calendar app deleted an object.
    Deletion,
    /// A button on a page.
    Button,
    /// A signed link.
    Link,
    /// A mail reply.
    Mail,
    /// The JSON API.
    Api,
    /// The command line.
    Cli,
    /// Nobody: time passed.
    System,
}
