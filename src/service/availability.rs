//! What a person's calendars say of when they can: the one reading, by which plans, swaps and collisions all go.

use super::Ctx;
use super::addresses::user_of;
use super::calendars::availability_objects;
use crate::ical::tree::Tree;
use crate::roster::availability::Availability;
use crate::roster::burden::WorkWeek;
use crate::roster::marks::Place;
use crate::roster::model::{Person, Words};
use crate::roster::reading::{Reader, Said, working_week};
use crate::store::{Connection, StoreError};
use crate::time::{Window, monday_of};
use chrono::TimeDelta;

/// What a person said about a window, by the team's words: their `Availability`, what a team's availability calendar
/// says of them, and the whole days that their other calendars block.
pub fn of_person(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    words: &Words,
    window: Window,
) -> Result<Availability, StoreError> {
    let (said, _) = heard(tx, ctx, person, words, window)?;
    Ok(Availability::new(said.intervals, said.heard))
}

/// The same with what their calendars are full of, and their working hours where they gave them. An object that can't be
/// read was refused when it was stored; one that says too much to be read in full counts for as long as it lasts.
pub fn heard(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &Person,
    words: &Words,
    window: Window,
) -> Result<(Said, Option<WorkWeek>), StoreError> {
    let user = user_of(ctx, person);
    let reader = Reader { person, user: &user, words, window };
    let (mut said, mut week) = (Said::default(), None);
    for (place, body) in availability_objects(tx, &person.id, window)? {
        let body = if place == Place::WorkingHours { calendar_in(&body) } else { body };
        let Ok(tree) = Tree::parse(&body) else { continue };
        let read = match place {
            Place::Availability => reader.own(&tree, &mut said),
            Place::Team => reader.team(&tree, &mut said),
            Place::Calendar | Place::Blocking => reader.elsewhere(&tree, place, &mut said),
            Place::WorkingHours => {
                let monday = monday_of(window.start.civil(person.zone).date() + TimeDelta::days(7));
                working_week(&tree, monday, person.zone).map(|hours| week = hours)
            }
        };
        // Somebody may be away then: who is asked in vain costs less than a shift that nobody stands.
        if read.is_err() {
            tracing::warn!(person = %person.id, "an object of a calendar has too many instances to be read");
            reader.unread(&tree, place, &mut said);
        }
    }
    Ok((said, week))
}

/// The calendar text within the XML of a property.
fn calendar_in(xml: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(xml);
    let start = text.find("BEGIN:VCALENDAR").unwrap_or(0);
    let end = text.rfind("END:VCALENDAR").map_or(text.len(), |at| at + "END:VCALENDAR".len());
    let inner = text.get(start..end).unwrap_or_default().replace("&#13;", "\r").replace("&#xD;", "\r");
    inner.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&").into_bytes()
}
