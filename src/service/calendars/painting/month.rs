//! A month of somebody's availability as they see it themselves: each day with what was said of it, and where that stands.

use super::CALENDAR;
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::roster::availability::{Interval, Kind, Source};
use crate::roster::marks::Place;
use crate::roster::model::{Person, Shift, Words};
use crate::roster::reading::{Reader, Said as Read};
use crate::service::addresses::user_of;
use crate::service::calendars::reflection::{Said, everything_said};
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::store::{Connection, collections, months, people, shifts, teams};
use crate::time::{Day, Instant, Window, Zone};
use chrono::Months;

/// A month of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthOf {
    /// Its first day.
    pub first: Day,
    /// The person's zone, in which days are meant.
    pub zone: Zone,
    /// Its days in order.
    pub days: Vec<DayOf>,
    /// What was said of it, by start.
    pub entries: Vec<Entry>,
    /// The person's shifts that touch it.
    pub shifts: Vec<Shift>,
    /// When they confirmed it.
    pub confirmed: Option<Instant>,
    /// The words that mark events for their team.
    pub words: Words,
}

/// A day with the strongest of what was said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOf {
    /// The day.
    pub day: Day,
    /// The strongest.
    pub kind: Kind,
    /// Places in the month's entries, of all that touch it.
    pub entries: Vec<usize>,
}

/// An event that says something about when the person can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its title; the person's own eyes only.
    pub title: String,
    /// The calendar in which it stands, as that is shown.
    pub calendar: String,
    /// What it means.
    pub kind: Kind,
    /// Why it may say so.
    pub source: Source,
    /// When, within the month.
    pub windows: Vec<Window>,
    /// It is of whole days.
    pub all_day: bool,
    /// It repeats.
    pub repeats: bool,
    /// Its name in `Availability`, where it can be removed from there.
    pub name: Option<String>,
}

impl Service {
    /// A month of a person's availability, by its first day; for the person and administrators.
    pub async fn availability_month(
        &self,
        actor: &Actor,
        person: &PersonId,
        first: Day,
    ) -> Result<MonthOf, ServiceError> {
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Read)?;
            let person =
                people::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            month(tx, &ctx, &person, first)
        };
        self.store.read(read).await
    }
}

fn month(tx: &mut dyn Connection, ctx: &Ctx, person: &Person, first: Day) -> Result<MonthOf, ServiceError> {
    let end = first + Months::new(1);
    let window = Window::of_days(first, end, person.zone);
    let words = words_of(tx, person)?;
    let mut entries = Vec::new();
    for said in everything_said(tx, &person.id, window)? {
        entries.extend(entry(tx, (ctx, person, &words), window, &said)?);
    }
    entries.sort_by(|a: &Entry, b| (&a.windows, &a.title).cmp(&(&b.windows, &b.title)));
    let days = first.iter_days().take_while(|day| *day < end).map(|day| {
        let span = Window::of_days(day, day + chrono::Days::new(1), person.zone);
        let touches = |entry: &(usize, &Entry)| entry.1.windows.iter().any(|window| window.overlaps(span));
        let touching: Vec<(usize, &Entry)> = entries.iter().enumerate().filter(touches).collect();
        DayOf {
            day,
            kind: touching
                .iter()
                .map(|(_, entry)| entry.kind)
                .filter(|kind| *kind != Kind::Neutral)
                .min()
                .unwrap_or(Kind::Neutral),
            entries: touching.into_iter().map(|(place, _)| place).collect(),
        }
    });
    let confirmed = months::of_person(tx, &person.id)?.into_iter().find(|(month, _)| *month == first);
    Ok(MonthOf {
        first,
        zone: person.zone,
        days: days.collect(),
        shifts: shifts::of_person(tx, &person.id, window)?,
        confirmed: confirmed.map(|(_, at)| at),
        words,
        entries,
    })
}

/// The words of the first of their teams.
fn words_of(tx: &mut dyn Connection, person: &Person) -> Result<Words, ServiceError> {
    for membership in teams::memberships_of_person(tx, &person.id)?.into_iter().filter(|one| one.member) {
        if let Some(team) = teams::find(tx, &membership.team)? {
            return Ok(team.settings.words);
        }
    }
    Ok(Words::default())
}

fn entry(
    tx: &mut dyn Connection,
    (ctx, person, words): (&Ctx, &Person, &Words),
    window: Window,
    said: &Said,
) -> Result<Option<Entry>, ServiceError> {
    let Ok(tree) = Tree::parse(&said.body) else { return Ok(None) };
    let user = user_of(ctx, person);
    let reader = Reader { person, user: &user, words, window };
    let mut read = Read::default();
    let done = match said.place {
        Place::Availability => reader.own(&tree, &mut read),
        Place::Team => reader.team(&tree, &mut read),
        place => reader.elsewhere(&tree, place, &mut read),
    };
    if done.is_err() {
        reader.unread(&tree, said.place, &mut read);
    }
    let Some(strongest) = read.intervals.iter().min_by_key(|interval| interval.kind) else { return Ok(None) };
    let event = tree.calendar().children().find(|part| !part.is("VTIMEZONE"));
    let title = event.and_then(|event| event.property("SUMMARY")).map(|title| title.text());
    let calendar = collections::find(tx, &said.collection)?;
    let own = calendar.as_ref().is_some_and(|row| row.name == CALENDAR) && said.place == Place::Availability;
    let mut windows: Vec<Window> =
        read.intervals.iter().filter_map(|interval: &Interval| interval.window.intersect(window)).collect();
    windows.sort();
    Ok(Some(Entry {
        title: title.unwrap_or_default(),
        calendar: calendar.map(|row| row.display_name).unwrap_or_default(),
        kind: strongest.kind,
        source: strongest.source.clone(),
        all_day: strongest.all_day,
        repeats: event.is_some_and(|event| event.property("RRULE").is_some()),
        windows,
        name: own.then(|| said.name.clone()),
    }))
}
