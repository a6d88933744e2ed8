//! When somebody can, as they say it on a page: whole days that they paint, and weekdays that repeat. Both become events of
//! their `Availability`, as a calendar app would store them; runs of equal days are one event.

use super::delete::Delete;
use super::draft::Draft;
use super::put::Put;
use super::reflection::{Said, everything_said};
use super::requests::Conditions;
use super::targets::{CollectionPath, ObjectPath};
use crate::ical::build::{EventDraft, When, event};
use crate::ical::tree::Tree;
use crate::ids::PersonId;
use crate::roster::availability::Kind;
use crate::roster::marks::Place;
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::store::{Connection, people};
use crate::time::{Civil, Day, Window, Zone, resolve};
use chrono::{Datelike, Days, NaiveTime, Weekday};
use std::collections::BTreeMap;

pub use month::{DayOf, Entry, MonthOf};

mod month;
#[cfg(test)]
mod tests;

/// The calendar that all of it is about.
const CALENDAR: &str = "availability";
/// How objects of painted days are called.
const PAINTED: &str = "painted-";
/// Days that may be painted at once.
const MOST_DAYS: usize = 366;
/// Longest note, in characters.
const LONGEST: usize = 200;

/// Weekdays that repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weekly {
    /// Which.
    pub days: Vec<Weekday>,
    /// What they are.
    pub kind: Kind,
    /// From when to when on the person's clock, over midnight where it ends earlier than it begins; else the whole day.
    pub hours: Option<(NaiveTime, NaiveTime)>,
    /// From this day on.
    pub from: Day,
    /// The last day; for good where it is not given.
    pub until: Option<Day>,
    /// A word to it, for the person's own calendar.
    pub note: String,
}

/// A run of painted days that is one event.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Run {
    first: Day,
    /// The first day no longer.
    end: Day,
    kind: Kind,
}

impl Service {
    /// Paints days of a person, or clears what was painted on them where no kind is given. What other events say of them
    /// stays. For the person and administrators.
    pub async fn paint_days(
        &self,
        actor: &Actor,
        person: &PersonId,
        days: Vec<Day>,
        kind: Option<Kind>,
    ) -> Result<(), ServiceError> {
        let known = days.iter().all(|day| (1970..=2200).contains(&day.year()));
        if days.is_empty() || days.len() > MOST_DAYS || !known {
            return Err(ServiceError::invalid("days", format!("choose 1 to {MOST_DAYS} days")));
        }
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let paint = move |tx: &mut dyn Connection| {
            let zone = zone_of(tx, &who, &person)?;
            painted(tx, (&ctx, &who, &person, zone), &days, kind)
        };
        self.store.write(paint).await
    }

    /// Adds weekdays that repeat; for the person and administrators.
    pub async fn paint_weekly(&self, actor: &Actor, person: &PersonId, new: Weekly) -> Result<(), ServiceError> {
        check(&new)?;
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let paint = move |tx: &mut dyn Connection| {
            let zone = zone_of(tx, &who, &person)?;
            let uid = ctx.fresh();
            let draft = repeated(&ctx, &new, (&format!("weekly-{uid}"), zone))?;
            store(tx, &ctx, &who, &path(&person, &format!("weekly-{uid}.ics")), &draft)
        };
        self.store.write(paint).await
    }

    /// Removes an event of a person's `Availability`; for the person and administrators.
    pub async fn erase_availability(&self, actor: &Actor, person: &PersonId, name: &str) -> Result<(), ServiceError> {
        let (who, path) = (actor.clone(), path(person, name));
        self.delete_object(&who, &path, &Conditions::default(), true).await
    }
}

fn path(person: &PersonId, name: &str) -> ObjectPath {
    CollectionPath::new(person.clone(), CALENDAR).object(name)
}

fn zone_of(tx: &mut dyn Connection, actor: &Actor, person: &PersonId) -> Result<Zone, ServiceError> {
    rights::own(tx, actor, person, Scope::Roster)?;
    let found = people::find(tx, person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
    Ok(found.zone)
}

fn check(new: &Weekly) -> Result<(), ServiceError> {
    if new.days.is_empty() {
        return Err(ServiceError::invalid("days", "choose at least one weekday"));
    }
    if new.kind == Kind::Neutral {
        return Err(ServiceError::invalid("kind", "is none that can be stored"));
    }
    if new.until.is_some_and(|until| until < new.from) || !(1970..=2200).contains(&new.from.year()) {
        return Err(ServiceError::invalid("until", "must not come before the first day"));
    }
    if new.hours.is_some_and(|(from, to)| from == to) {
        return Err(ServiceError::invalid("hours", "must not begin and end at the same time"));
    }
    if new.note.chars().count() > LONGEST || new.note.chars().any(char::is_control) {
        return Err(ServiceError::invalid("note", format!("must be one line of at most {LONGEST} characters")));
    }
    Ok(())
}

/// Its title, which says what it is to whoever reads the calendar; the roster goes by the category.
fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::Avoid => "Avoid",
        Kind::Prefer => "Prefer",
        Kind::Unavailable | Kind::Neutral => "Unavailable",
    }
}

fn draft(ctx: &Ctx, uid: &str, kind: Kind, (start, end): (When, When)) -> EventDraft {
    let mut draft = EventDraft::new(uid, start, end, ctx.now);
    title(kind).clone_into(&mut draft.summary);
    draft.transparent = kind == Kind::Prefer;
    match kind {
        Kind::Avoid => draft.categories.push("AVOID".to_owned()),
        Kind::Prefer => draft.categories.push("PREFER".to_owned()),
        Kind::Unavailable | Kind::Neutral => {}
    }
    draft
}

fn repeated(ctx: &Ctx, new: &Weekly, (uid, zone): (&str, Zone)) -> Result<EventDraft, ServiceError> {
    let far = || ServiceError::invalid("from", "is too far away");
    let mut first = new.from;
    while !new.days.contains(&first.weekday()) {
        first = first.succ_opt().ok_or_else(far)?;
    }
    let after = first.succ_opt().ok_or_else(far)?;
    let when = match new.hours {
        None => (When::Day(first), When::Day(after)),
        Some((from, to)) => {
            let last = if to > from { first } else { after };
            (When::Zoned(Civil::new(first, from), zone), When::Zoned(Civil::new(last, to), zone))
        }
    };
    let mut draft = draft(ctx, uid, new.kind, when);
    if !new.note.trim().is_empty() {
        draft.summary = format!("{}: {}", title(new.kind), new.note.trim());
    }
    let mut days = new.days.clone();
    days.sort_by_key(Weekday::num_days_from_monday);
    days.dedup();
    let names: Vec<&str> = days.into_iter().map(short).collect();
    let mut rule = format!("FREQ=WEEKLY;BYDAY={}", names.join(","));
    if let Some(until) = new.until {
        // RFC 5545 3.3.10: UNTIL is a day where DTSTART is one, and else UTC.
        let text = match new.hours {
            None => until.format("%Y%m%d").to_string(),
            Some((from, _)) => resolve(Civil::new(until, from), zone).utc().format("%Y%m%dT%H%M%SZ").to_string(),
        };
        rule.push_str(&format!(";UNTIL={text}"));
    }
    draft.rule = Some(rule);
    Ok(draft)
}

const fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

fn store(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &ObjectPath,
    draft: &EventDraft,
) -> Result<(), ServiceError> {
    Put::of_copy(actor, path, Draft::of(event(draft).as_bytes())).run(tx, ctx).map(|_| ())
}

fn painted(
    tx: &mut dyn Connection,
    (ctx, actor, person, zone): (&Ctx, &Actor, &PersonId, Zone),
    days: &[Day],
    kind: Option<Kind>,
) -> Result<(), ServiceError> {
    let (Some(first), Some(last)) = (days.iter().min(), days.iter().max()) else { return Ok(()) };
    // What touches them belongs to it: a run grows, or falls apart.
    let around = Window::of_days(*first - Days::new(1), *last + Days::new(2), zone);
    let mut old: Vec<(Run, String)> = Vec::new();
    for said in everything_said(tx, person, around)?.into_iter().filter(is_own) {
        old.extend(run_of(&said.body).map(|run| (run, said.name)));
    }
    let mut map: BTreeMap<Day, Kind> = BTreeMap::new();
    for (run, _) in &old {
        map.extend(run.first.iter_days().take_while(|day| *day < run.end).map(|day| (day, run.kind)));
    }
    for day in days {
        match kind {
            Some(kind) => map.insert(*day, kind),
            None => map.remove(day),
        };
    }
    let mut wanted = runs(&map);
    wanted.retain(|run| match old.iter().position(|(known, _)| known == run) {
        Some(stands) => {
            old.remove(stands);
            false
        }
        None => true,
    });
    for run in wanted {
        let again =
            old.iter().position(|(known, _)| known.kind == run.kind && known.first < run.end && run.first < known.end);
        let name = match again {
            Some(place) => old.remove(place).1,
            None => format!("{PAINTED}{}.ics", ctx.fresh()),
        };
        let uid = name.trim_end_matches(".ics").to_owned();
        let whole = draft(ctx, &uid, run.kind, (When::Day(run.first), When::Day(run.end)));
        store(tx, ctx, actor, &path(person, &name), &whole)?;
    }
    for (_, name) in old {
        Delete::plain(actor, &path(person, &name)).run(tx, ctx)?;
    }
    Ok(())
}

fn is_own(said: &Said) -> bool {
    said.place == Place::Availability && said.name.starts_with(PAINTED)
}

/// The days of a painted object, as long as it is what was painted: whoever has given it another title, hours or a rule in
/// their calendar app has made it theirs.
fn run_of(body: &[u8]) -> Option<Run> {
    let tree = Tree::parse(body).ok()?;
    let mut events = tree.calendar().children_named("VEVENT");
    let (event, None) = (events.next()?, events.next()) else { return None };
    if event.property("RRULE").or(event.property("RDATE")).is_some() {
        return None;
    }
    let summary = event.property("SUMMARY").map(|summary| summary.text())?;
    let kind = [Kind::Unavailable, Kind::Avoid, Kind::Prefer].into_iter().find(|kind| title(*kind) == summary)?;
    let day = |name: &str| Day::parse_from_str(event.property(name)?.value().trim(), "%Y%m%d").ok();
    let (first, end) = (day("DTSTART")?, day("DTEND")?);
    (first < end && (end - first).num_days() <= 366).then_some(Run { first, end, kind })
}

/// Equal days in a row are one run.
fn runs(map: &BTreeMap<Day, Kind>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (day, kind) in map {
        let end = *day + Days::new(1);
        match runs.last_mut().filter(|run| run.end == *day && run.kind == *kind) {
            Some(run) => run.end = end,
            None => runs.push(Run { first: *day, end, kind: *kind }),
        }
    }
    runs
}
