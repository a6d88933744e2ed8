//! Invented teams for the tests of this room.

use crate::ids::{PersonId, SlotId, TurnId};
use crate::roster::availability::{Availability, Interval, Kind, Source};
use crate::roster::burden::WorkWeek;
use crate::roster::model::{Membership, Person, Role, Settings, Slot, Team, Weights};
use crate::roster::plan::{Member, Planning};
use crate::time::{Window, Zone, resolve};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const LONDON: Zone = chrono_tz::Europe::London;

/// A wall-clock span in London, such as `("2026-12-24T18:00:00", "2026-12-25T09:00:00")`.
pub(crate) fn span(from: &str, to: &str) -> Window {
    Window::new(resolve(from.parse().unwrap(), LONDON), resolve(to.parse().unwrap(), LONDON))
}

pub(crate) fn role(name: &str, weight: i64, optional: bool) -> Role {
    Role { name: name.into(), weight, paged: !optional, optional, requires: Vec::new() }
}

pub(crate) fn team() -> Team {
    Team {
        id: "payments".into(),
        name: "Payments".into(),
        email: "payments@example.org".into(),
        zone: LONDON,
        settings: Settings::default(),
        weights: Weights::default(),
        roles: vec![role("primary", 100, false), role("secondary", 80, false), role("shadow", 0, true)],
        contacts: Vec::new(),
        forbidden_pairs: Vec::new(),
    }
}

pub(crate) fn member(id: &str) -> Member {
    let person = PersonId::from(id);
    Member {
        person: Person {
            id: person.clone(),
            name: format!("{}{}", id[..1].to_uppercase(), &id[1..]),
            email: format!("{id}@example.org"),
            phone: None,
            zone: LONDON,
            admin: false,
            disabled: false,
        },
        memberships: vec![Membership {
            team: "payments".into(),
            person,
            manager: false,
            member: true,
            from: None,
            until: None,
            fte: 100,
            novice: false,
        }],
        grants: Vec::new(),
        availability: Availability::default(),
        duties: Vec::new(),
        called: Vec::new(),
        holidays: BTreeSet::new(),
        week: WorkWeek::default(),
        utilisation: BTreeMap::new(),
    }
}

/// What somebody said in their own Availability.
pub(crate) fn says(kind: Kind, windows: &[Window]) -> Availability {
    let interval = |window: &Window| Interval { window: *window, kind, source: Source::Availability, all_day: false };
    Availability::new(windows.iter().map(interval).collect(), Vec::new())
}

/// Slots from 09:00 to 09:00 for so many days from Tuesday 1 December 2026; `turn` days make a turn.
pub(crate) fn daily(days: u32, turn: u32, roles: &[Role]) -> Vec<Slot> {
    let mut slots = Vec::new();
    for day in 0..days {
        let start = "2026-12-01T09:00:00".parse::<crate::time::Civil>().unwrap() + TimeDelta::days(i64::from(day));
        for role in roles {
            slots.push(Slot {
                id: SlotId::new(format!("{}-{day:02}", role.name)),
                team: "payments".into(),
                pattern: "round-the-clock".into(),
                occurrence: start.format("%Y%m%dT%H%M%S").to_string(),
                role: role.name.clone(),
                ordinal: 0,
                turn: (turn > 1).then(|| TurnId::new(format!("{}-{}", role.name, day / turn))),
                window: Window::new(resolve(start, LONDON), resolve(start + TimeDelta::days(1), LONDON)),
                zone: LONDON,
                optional: role.optional,
                at_work: false,
                site: None,
            });
        }
    }
    slots
}

pub(crate) fn planning(members: Vec<Member>, slots: Vec<Slot>) -> Planning {
    Planning {
        team: team(),
        window: span("2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        qualifications: Vec::new(),
        members,
        slots,
        pins: BTreeMap::new(),
        published: BTreeMap::new(),
        frozen: BTreeSet::new(),
        now: span("2026-12-01T00:00:00", "2027-01-01T00:00:00").start,
        ledger: Vec::new(),
    }
}
