//! The team's availability calendar reflects what its members say elsewhere: one object per event of theirs, or several
//! for hours, written anew in the transaction that changes the original, and only where they differ.

use super::COMPONENTS;
use super::MAX_OBJECT_BYTES;
use super::authorize::{current_memberships, has_ended};
use super::draft::{etag, short_hash};
use super::member_event::member_event;
use super::member_hours::member_hours;
use crate::ical::check::{Rules, check};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::roster::marks::Place;
use crate::roster::model::{CountsAs, Person, Team};
use crate::service::Ctx;
use crate::service::addresses::user_of;
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::objects::{self, NewObject};
use crate::store::{Connection, StoreError, concerns, counts, people, properties, teams};
use crate::time::{Instant, Window, Zone};
use chrono::{Datelike, Months};
use std::collections::BTreeMap;

/// What the name of a reflected object begins with; behind it comes a hash.
const REFLECTED: &str = "busy-";
/// Digits of that hash.
const HASHED: usize = 32;
/// Objects read at a time.
const PAGE: u32 = 500;
/// Names read at a time where hardly more can be.
const FEW: u32 = 16;
/// Months for which hours are shown, before the present one and from it on.
const SHOWN_BEFORE: Months = Months::new(2);
const SHOWN_AFTER: Months = Months::new(13);
/// How far back a full reflection goes, in days: what was before is of no use to a plan.
const PAST_DAYS: i64 = 62;

/// One object in which a person said something, or from which they removed it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// Where it is.
    pub collection: &'a Collection,
    /// Its name there.
    pub name: &'a str,
    /// What stands there now.
    pub body: Option<&'a [u8]>,
}

/// What of a person's objects may say something about when they can, that ends in the window or later or begins in it:
/// their availability, what counts for them in their teams', their other calendars that count as busy, and their working
/// hours. [`crate::roster::marks::mark`] reads the events.
pub fn availability_objects(
    tx: &mut dyn Connection,
    person: &PersonId,
    window: Window,
) -> Result<Vec<(Place, Vec<u8>)>, StoreError> {
    let mut found: Vec<(Place, Vec<u8>)> = Vec::new();
    for said in everything_said(tx, person, window)? {
        found.push((said.place, said.body));
    }
    if let Some(hours) = working_hours_of(tx, person)? {
        found.push((Place::WorkingHours, hours.into_bytes()));
    }
    Ok(found)
}

/// The property in which a person's calendar apps keep their working hours, as XML.
pub fn working_hours_of(tx: &mut dyn Connection, person: &PersonId) -> Result<Option<String>, StoreError> {
    let inbox = super::CollectionPath::new(person.clone(), "inbox");
    properties::find(tx, &inbox.href(), super::names::AVAILABILITY)
}

/// Brings all that a team sees of its members up to date: after somebody joined or left, was renamed, or the team's
/// words changed.
pub fn refresh_team_availability(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<(), StoreError> {
    let Some(team) = teams::find(tx, team)? else { return Ok(()) };
    let Some(target) = team_collection(tx, &team.id)? else { return Ok(()) };
    let window = Window::new(ctx.now.plus_days(-PAST_DAYS), Instant::FAR_FUTURE);
    let mut wanted = BTreeMap::new();
    for membership in teams::memberships_of_team(tx, &team.id)? {
        if !membership.member || has_ended(tx, ctx, &membership)? {
            continue;
        }
        let Some(person) = people::find(tx, &membership.person)? else { continue };
        for said in everything_said(tx, &person.id, window)? {
            if said.collection == target.id {
                continue;
            }
            let stem = reflected_stem(&person.id, &said.collection, &said.name);
            let shown = Shown { ctx, team: &team, person: &person, stem: &stem };
            wanted.extend(shown.of(&said.body, said.place).into_iter().map(|(name, text)| (name, Some(text))));
        }
    }
    let known = names_from(tx, &target.id, REFLECTED, PAGE)?;
    for name in known.into_iter().filter(|name| is_reflected(name)) {
        wanted.entry(name).or_insert(None);
    }
    wanted.into_iter().try_for_each(|(name, text)| write_difference(tx, ctx, &target.id, &name, text))
}

/// Whether a name in a team's availability is one of those that only reflections have. People's own may begin alike.
pub(super) fn is_reflected(name: &str) -> bool {
    let Some((hash, end)) = name.strip_prefix(REFLECTED).and_then(|rest| rest.split_at_checked(HASHED)) else {
        return false;
    };
    hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) && (end == ".ics" || end.starts_with('-'))
}

/// Brings what the person's teams see of them up to date, where more than one object may have changed.
pub(super) fn refresh_person(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<(), StoreError> {
    for membership in current_memberships(tx, ctx, person)? {
        refresh_team_availability(tx, ctx, &membership.team)?;
    }
    Ok(())
}

/// Shows one changed object of a person to all their teams but the one whose calendar it stands in.
pub(super) fn reflect(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    source: &Source<'_>,
) -> Result<(), StoreError> {
    let Some(place) = place_of(tx, source.collection)? else { return Ok(()) };
    let Some(person) = people::find(tx, person)? else { return Ok(()) };
    for membership in current_memberships(tx, ctx, &person.id)?.into_iter().filter(|m| m.member) {
        if source.collection.owner == Owner::Team(membership.team.clone()) {
            continue;
        }
        let Some(team) = teams::find(tx, &membership.team)? else { continue };
        reflect_into(tx, ctx, &team, &person, place, source)?;
    }
    Ok(())
}

fn reflect_into(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    person: &Person,
    place: Place,
    source: &Source<'_>,
) -> Result<(), StoreError> {
    let Some(target) = team_collection(tx, &team.id)? else { return Ok(()) };
    let stem = reflected_stem(&person.id, &source.collection.id, source.name);
    let shown = Shown { ctx, team, person, stem: &stem };
    let texts = source.body.map(|body| shown.of(body, place)).unwrap_or_default();
    let mut wanted: BTreeMap<String, Option<String>> =
        texts.into_iter().map(|(name, text)| (name, Some(text))).collect();
    for name in names_from(tx, &target.id, &stem, FEW)? {
        wanted.entry(name).or_insert(None);
    }
    wanted.into_iter().try_for_each(|(name, text)| write_difference(tx, ctx, &target.id, &name, text))
}

/// How one object of a member is shown to a team.
struct Shown<'a> {
    ctx: &'a Ctx,
    team: &'a Team,
    person: &'a Person,
    /// What the names of everything that it is shown as begin with.
    stem: &'a str,
}

impl Shown<'_> {
    /// Name and text of each object that it is shown as: one for an event, several for hours.
    fn of(&self, body: &[u8], place: Place) -> Vec<(String, String)> {
        let uid = |name: &str| format!("{}@{}", name.trim_end_matches(".ics"), self.ctx.host.host);
        let name = format!("{}.ics", self.stem);
        let user = user_of(self.ctx, self.person);
        if let Some(text) = member_event(body, place, (self.person, &user), &self.team.settings.words, &uid(&name)) {
            return vec![(name, text)];
        }
        if place != Place::Availability {
            return Vec::new();
        }
        let named = |mark: &str| format!("{}-{mark}.ics", self.stem);
        let Ok(hours) = member_hours(body, self.person, horizon(self.ctx.now), |mark| uid(&named(mark))) else {
            tracing::warn!(person = %self.person.id, "hours have too many instances to be shown to a team");
            return Vec::new();
        };
        hours.into_iter().map(|(mark, text)| (named(&mark), text)).collect()
    }
}

/// The months for which hours are shown; what is shown of them changes with the month alone.
fn horizon(now: Instant) -> Window {
    let today = now.utc().date_naive();
    let month = today.with_day(1).unwrap_or(today);
    let start = month.checked_sub_months(SHOWN_BEFORE).unwrap_or(month);
    let end = month.checked_add_months(SHOWN_AFTER).unwrap_or(month);
    Window::of_days(start, end, Zone::UTC)
}

/// Writes or removes one reflected object, unless it is as it should be.
fn write_difference(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    collection: &CollectionId,
    name: &str,
    text: Option<String>,
) -> Result<(), StoreError> {
    let old = objects::head_by_name(tx, collection, name)?;
    let Some(text) = text else {
        if old.is_some() {
            objects::delete(tx, collection, name, ctx.now)?;
        }
        return Ok(());
    };
    let etag = etag(text.as_bytes());
    if old.is_some_and(|old| old.etag == etag) {
        return Ok(());
    }
    let rules = Rules { components: &COMPONENTS, max_size: MAX_OBJECT_BYTES };
    // An original that was accepted gives a text that is; should it not, the team is better off without it.
    let Ok(checked) = check(text.as_bytes(), &rules) else { return Ok(()) };
    let index = checked.index;
    let object = NewObject {
        name: name.to_owned(),
        uid: index.uid,
        component: index.component,
        etag,
        schedule_tag: None,
        extent: index.extent,
        recurring: index.recurring,
        organizer: None,
        sequence: 0,
        digest: None,
        instances: index.instances,
        body: text.into_bytes(),
    };
    objects::put(tx, collection, object, ctx.now)?;
    Ok(())
}

/// One object that may count for a person.
pub(super) struct Said {
    pub(super) place: Place,
    pub(super) collection: CollectionId,
    pub(super) name: String,
    pub(super) body: Vec<u8>,
}

/// What may count for a person and touches a window, with where it stands.
pub(super) fn everything_said(
    tx: &mut dyn Connection,
    person: &PersonId,
    window: Window,
) -> Result<Vec<Said>, StoreError> {
    let mut said = Vec::new();
    for collection in collections::of_person(tx, person)? {
        if let Some(place) = place_of(tx, &collection)? {
            add_page(tx, &collection.id, place, window, &mut said)?;
        }
    }
    for (collection, name) in concerns::of_person(tx, person)? {
        if let Some(object) = objects::by_name(tx, &collection, &name)?.filter(|o| o.head.extent.end >= window.start) {
            said.push(Said { place: Place::Team, collection, name, body: object.body });
        }
    }
    Ok(said)
}

fn add_page(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    place: Place,
    window: Window,
    said: &mut Vec<Said>,
) -> Result<(), StoreError> {
    let mut after: Option<String> = None;
    loop {
        let rows = objects::page(tx, collection, after.as_deref(), PAGE, Some(window))?;
        after = rows.last().map(|row| row.head.name.clone());
        let full = rows.len() >= usize::try_from(PAGE).unwrap_or(usize::MAX);
        said.extend(rows.into_iter().map(|row| Said {
            place,
            collection: collection.clone(),
            name: row.head.name,
            body: row.body,
        }));
        if !full {
            return Ok(());
        }
    }
}

/// How the objects of a calendar are read; a calendar that counts as free, or as holidays, says nothing.
pub(super) fn place_of(tx: &mut dyn Connection, collection: &Collection) -> Result<Option<Place>, StoreError> {
    Ok(match collection.kind {
        CollectionKind::Availability => Some(Place::Availability),
        CollectionKind::TeamAvailability => Some(Place::Team),
        CollectionKind::Calendar | CollectionKind::Outside if !collection.transparent => {
            match counts::of_calendar(tx, &collection.id)? {
                CountsAs::Utilisation => Some(Place::Calendar),
                CountsAs::Blocks => Some(Place::Blocking),
                CountsAs::Holidays => None,
            }
        }
        _ => None,
    })
}

fn team_collection(tx: &mut dyn Connection, team: &TeamId) -> Result<Option<Collection>, StoreError> {
    let rows = collections::of_team(tx, team)?;
    Ok(rows.into_iter().find(|row| row.kind == CollectionKind::TeamAvailability))
}

/// The names that begin so; names are in order, so they stand together behind that beginning.
fn names_from(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    beginning: &str,
    page: u32,
) -> Result<Vec<String>, StoreError> {
    let mut names = Vec::new();
    let mut after = beginning.to_owned();
    loop {
        let rows = objects::heads_page(tx, collection, Some(&after), page)?;
        let Some(last) = rows.last() else { return Ok(names) };
        after.clone_from(&last.name);
        let before = names.len();
        let read = rows.len();
        names.extend(rows.into_iter().map(|row| row.name).filter(|name| name.starts_with(beginning)));
        if names.len() - before < read {
            return Ok(names);
        }
    }
}

/// What the names of everything that an original is shown as begin with: always the same, and it tells nothing about it.
fn reflected_stem(person: &PersonId, collection: &CollectionId, name: &str) -> String {
    let hash = short_hash(&[person.as_str().as_bytes(), collection.as_str().as_bytes(), name.as_bytes()]);
    format!("{REFLECTED}{hash}")
}
