//! A person's availability out of their calendars and the team's, as far as it touches a window.

use super::ServiceError;
use super::calendars::availability_objects;
use crate::ical::tree::Tree;
use crate::roster::availability::Availability;
use crate::roster::marks::Place;
use crate::roster::model::{Person, Words};
use crate::roster::reading::{Reader, Said};
use crate::store::Connection;
use crate::time::Window;

/// What a person said about a window, by the team's words: their `Availability`, what a team's availability calendar
/// says of them, and the whole days that their other calendars block.
pub fn of_person(
    tx: &mut dyn Connection,
    person: &Person,
    words: &Words,
    window: Window,
) -> Result<Availability, ServiceError> {
    let reader = Reader { person, words, window };
    let mut said = Said::default();
    for (place, body) in availability_objects(tx, &person.id, window)? {
        // What was stored was checked; should it not parse, it says nothing.
        let Ok(tree) = Tree::parse(&body) else { continue };
        let read = match place {
            Place::Availability => reader.own(&tree, &mut said),
            Place::Team => reader.team(&tree, &mut said),
            Place::Calendar => reader.elsewhere(&tree, false, &mut said),
            Place::WorkingHours => Ok(()),
        };
        if read.is_err() {
            tracing::warn!(person = %person.id, "an object of a calendar has too many instances to be read");
        }
    }
    Ok(Availability::new(said.intervals, said.heard))
}
