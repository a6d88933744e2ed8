//! One person of a plan or a swap: when they can, how their hours count, and what else they stand.

use crate::ical::occur::occurrences;
use crate::ical::recur::Budget;
use crate::ical::tree::Tree;
use crate::ids::{SlotId, TurnId};
use crate::roster::availability::Availability;
use crate::roster::model::{CountsAs, Membership, Person, Shift, Team};
use crate::roster::plan::{Duty, Member};
use crate::roster::utilisation;
use crate::service::Ctx;
use crate::service::{ServiceError, availability, months};
use crate::store::collections::{Collection, CollectionKind};
use crate::store::{Connection, StoreError, call_outs, collections, counts, objects, qualifications, shifts, slots};
use crate::time::{Day, Window, Zone};
use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

/// Where a plan lies.
#[derive(Clone, Copy)]
pub(in crate::service) struct Around<'a> {
    /// The moment and the instance.
    pub ctx: &'a Ctx,
    /// From the first start to the last end, and as far back as leave is credited.
    pub window: Window,
    /// With the margin that rest and caps look at.
    pub margin: Window,
    /// The plan's own slots, which are no duties.
    pub planned: &'a BTreeSet<SlotId>,
    /// Shifts of the team that no pattern asks for any more and that the next publication takes away.
    pub leaving: &'a BTreeSet<SlotId>,
}

/// A person with everything that the rules and the burden look at.
pub(in crate::service) fn member(
    tx: &mut dyn Connection,
    team: &Team,
    around: &Around<'_>,
    person: Person,
    memberships: Vec<Membership>,
    holidays: &BTreeSet<Day>,
) -> Result<Member, ServiceError> {
    let grants = qualifications::grants_of_person(tx, &person.id)?;
    let (duties, called) = (duties(tx, &person, around)?, called(tx, &person, around.margin)?);
    let months = whole_months(around.window, person.zone);
    let (said, week) = availability::heard(tx, around.ctx, &person, &team.settings.words, months)?;
    let week = week.unwrap_or_default();
    let holidays = &own_holidays(tx, &person, around.margin)?.union(holidays).copied().collect::<BTreeSet<_>>();
    Ok(Member {
        utilisation: utilisation::by_month(&said.diary, around.window, &week, person.zone, holidays),
        availability: Availability::new(said.intervals, said.heard)
            .confirming(months::of_person(tx, &person.id, team.zone)?),
        holidays: holidays.clone(),
        person,
        memberships,
        grants,
        duties,
        called,
        week,
    })
}

/// A person as reports over a window look at them: how their hours are classed, what they have, and, where leave is
/// credited, when they were away. What else they stand is not looked at.
pub(in crate::service) fn reported(
    (tx, ctx): (&mut dyn Connection, &Ctx),
    team: &Team,
    window: Window,
    person: Person,
    memberships: Vec<Membership>,
    holidays: &BTreeSet<Day>,
) -> Result<Member, ServiceError> {
    let heard = if team.settings.leave_credited { window } else { Window::new(window.start, window.start) };
    let (said, week) = availability::heard(tx, ctx, &person, &team.settings.words, heard)?;
    Ok(Member {
        utilisation: BTreeMap::new(),
        availability: Availability::new(said.intervals, said.heard),
        holidays: own_holidays(tx, &person, window)?.union(holidays).copied().collect(),
        grants: qualifications::grants_of_person(tx, &person.id)?,
        person,
        memberships,
        duties: Vec::new(),
        called: Vec::new(),
        week: week.unwrap_or_default(),
    })
}

/// The window with room for the whole of the months it touches, in which utilisation is counted.
fn whole_months(window: Window, zone: Zone) -> Window {
    let (first, last) = (window.start.civil(zone).date(), window.end.civil(zone).date());
    let month = TimeDelta::days(31);
    let days = Window::of_days(first - month, last + month, zone);
    Window::new(days.start.min(window.start), days.end.max(window.end))
}

/// Everything the person stands around the plan, in any team, beside the plan's own slots.
fn duties(tx: &mut dyn Connection, person: &Person, around: &Around<'_>) -> Result<Vec<Duty>, StoreError> {
    let mut duties = Vec::new();
    for shift in shifts::of_person(tx, &person.id, around.margin)? {
        if !around.planned.contains(&shift.slot) && !around.leaving.contains(&shift.slot) {
            let turn = turn_of(tx, &shift)?;
            duties.push(Duty { team: shift.team, role: shift.role, window: shift.window, turn });
        }
    }
    Ok(duties)
}

/// When the person was called out around the plan, in any team.
fn called(tx: &mut dyn Connection, person: &Person, margin: Window) -> Result<Vec<Duty>, StoreError> {
    let mut called = Vec::new();
    for call in call_outs::of_person(tx, &person.id, margin)? {
        let turn = slots::find(tx, &call.slot)?.and_then(|slot| slot.turn);
        called.push(Duty { team: call.team, role: call.role, window: call.window, turn });
    }
    Ok(called)
}

fn turn_of(tx: &mut dyn Connection, shift: &Shift) -> Result<Option<TurnId>, StoreError> {
    Ok(slots::find(tx, &shift.slot)?.and_then(|slot| slot.turn))
}

/// The days of the team's holiday calendar.
pub(in crate::service) fn holidays(
    tx: &mut dyn Connection,
    team: &Team,
    window: Window,
) -> Result<BTreeSet<Day>, StoreError> {
    let calendars = collections::of_team(tx, &team.id)?.into_iter().filter(|c| c.kind == CollectionKind::Holidays);
    whole_days(tx, calendars.collect(), window, team.zone)
}

/// The days of those calendars of a person that count as their holidays, in their own zone.
fn own_holidays(tx: &mut dyn Connection, person: &Person, window: Window) -> Result<BTreeSet<Day>, StoreError> {
    let mut calendars = Vec::new();
    for calendar in collections::of_person(tx, &person.id)? {
        let ordinary = matches!(calendar.kind, CollectionKind::Calendar | CollectionKind::Outside);
        if ordinary && counts::of_calendar(tx, &calendar.id)? == CountsAs::Holidays {
            calendars.push(calendar);
        }
    }
    whole_days(tx, calendars, window, person.zone)
}

/// Every day that an all-day event covers, in the months that the window touches: utilisation is counted by the month.
fn whole_days(
    tx: &mut dyn Connection,
    calendars: Vec<Collection>,
    window: Window,
    zone: Zone,
) -> Result<BTreeSet<Day>, StoreError> {
    let window = whole_months(window, zone);
    let mut days = BTreeSet::new();
    for calendar in calendars {
        for object in objects::page(tx, &calendar.id, None, MOST_OBJECTS, Some(window))? {
            let Ok(tree) = Tree::parse(&object.body) else { continue };
            let found = occurrences(&tree, window, zone, &mut Budget::default()).unwrap_or_default();
            for day in found.iter().filter(|occurrence| occurrence.all_day) {
                let (first, end) = (day.window.start.civil(zone).date(), day.window.end.civil(zone).date());
                days.extend(first.iter_days().take_while(|day| *day < end));
            }
        }
    }
    Ok(days)
}

/// Objects of a team's calendar that are looked at.
pub(super) const MOST_OBJECTS: u32 = 2_000;
