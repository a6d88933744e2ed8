//! A person's availability out of their calendars and the team's, as far as it touches a window.

use super::ServiceError;
use crate::ical::tree::Tree;
use crate::ids::{CollectionId, PersonId};
use crate::roster::availability::Availability;
use crate::roster::model::{Person, Words};
use crate::roster::reading::{Reader, Said};
use crate::store::collections::{self, Collection, CollectionKind};
use crate::store::{Connection, concerns, objects};
use crate::time::Window;

/// Objects read in one go.
const PAGE: u32 = 500;

/// What a person said about a window, by the team's words: their `Availability`, what a team's availability calendar
/// says of them, and the whole days that their other calendars block.
pub fn of_person(
    tx: &mut dyn Connection,
    person: &Person,
    words: &Words,
    window: Window,
) -> Result<Availability, ServiceError> {
    let said = said(tx, person, words, window)?;
    Ok(Availability::new(said.intervals, said.heard))
}

/// As [`of_person`], with what utilisation is made of.
pub fn said(tx: &mut dyn Connection, person: &Person, words: &Words, window: Window) -> Result<Said, ServiceError> {
    let reader = Reader { person, words, window };
    let mut said = Said::default();
    for calendar in collections::of_person(tx, &person.id)? {
        if matches!(calendar.kind, CollectionKind::Availability | CollectionKind::Calendar) {
            read_calendar(tx, &reader, &calendar, &mut said)?;
        }
    }
    read_team_calendars(tx, &reader, &person.id, &mut said)?;
    Ok(said)
}

fn read_calendar(
    tx: &mut dyn Connection,
    reader: &Reader<'_>,
    calendar: &Collection,
    said: &mut Said,
) -> Result<(), ServiceError> {
    let mut after: Option<String> = None;
    loop {
        let page = objects::page(tx, &calendar.id, after.as_deref(), PAGE, Some(reader.window))?;
        for object in &page {
            // What was stored was checked; should it not parse or have too many instances, it says nothing.
            let Ok(tree) = Tree::parse(&object.body) else { continue };
            let read = match calendar.kind {
                CollectionKind::Availability => reader.own(&tree, said),
                _ => reader.elsewhere(&tree, false, said),
            };
            if read.is_err() {
                tracing::warn!(collection = %calendar.id, "an object has too many instances to be read");
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE as usize => after = Some(last.head.name.clone()),
            _ => return Ok(()),
        }
    }
}

fn read_team_calendars(
    tx: &mut dyn Connection,
    reader: &Reader<'_>,
    person: &PersonId,
    said: &mut Said,
) -> Result<(), ServiceError> {
    let named: Vec<(CollectionId, String)> = concerns::of_person(tx, person)?;
    for (collection, name) in named {
        let Some(object) = objects::by_name(tx, &collection, &name)? else { continue };
        if let Ok(tree) = Tree::parse(&object.body)
            && reader.team(&tree, said).is_err()
        {
            tracing::warn!(%collection, "an object has too many instances to be read");
        }
    }
    Ok(())
}
