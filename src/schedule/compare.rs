//! Two versions of one person's copy: what did they answer, and did they change anything that isn't theirs?

use super::event;
use super::who::User;
use crate::ical::tree::{Component, Tree};

/// What an attendee did by storing or removing their copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Said yes.
    Accepted,
    /// Said no: PARTSTAT, an EXDATE added, or the object removed (RFC 6638 3.2.2.1, 3.2.2.4).
    Declined,
    /// Said perhaps.
    Tentative,
    /// Took an answer back.
    Unanswered,
    /// Said nothing new.
    Nothing,
}

/// The outcome of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What the person did.
    pub happened: Happened,
    /// They also changed what belongs to the organizer; it is to be restored.
    pub other_changes: bool,
}

/// What belongs to the organizer of an event, or says who attends.
const ORGANIZERS: [&str; 16] = [
    "UID",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "STATUS",
    "ORGANIZER",
    "SEQUENCE",
    "URL",
    "CLASS",
];

/// Compares the stored object with what the person stores instead, or with nothing where they removed it, from the
/// point of view of `person`.
#[must_use]
pub fn compare(old: &Tree<'_>, new: Option<&Tree<'_>>, person: &User) -> Comparison {
    let Some(new) = new else {
        return Comparison { happened: Happened::Declined, other_changes: false };
    };
    let (Some(before), Some(after)) = (event(old), event(new)) else {
        return Comparison { happened: Happened::Nothing, other_changes: true };
    };
    let happened = if after.all("EXDATE").count() > before.all("EXDATE").count() {
        Happened::Declined
    } else {
        answer(before, after, person)
    };
    let changed = |name: &&str| values(before, name) != values(after, name);
    let other_changes =
        ORGANIZERS.iter().any(changed) || attendees(before) != attendees(after) || events(old) != events(new);
    Comparison { happened, other_changes }
}

fn answer(before: Component<'_>, after: Component<'_>, person: &User) -> Happened {
    let (old, new) = (partstat(before, person), partstat(after, person));
    match new.as_deref() {
        None => Happened::Nothing,
        _ if old == new => Happened::Nothing,
        Some("ACCEPTED") => Happened::Accepted,
        Some("DECLINED") => Happened::Declined,
        Some("TENTATIVE") => Happened::Tentative,
        Some("NEEDS-ACTION") => Happened::Unanswered,
        // DELEGATED and the rest: a roster shift can't be delegated past the roster.
        Some(_) => Happened::Nothing,
    }
}

fn partstat(event: Component<'_>, person: &User) -> Option<String> {
    let attendee = person.line_in(event)?;
    Some(attendee.param("PARTSTAT").map_or_else(|| "NEEDS-ACTION".to_owned(), |word| word.trim().to_uppercase()))
}

fn values(event: Component<'_>, name: &str) -> Vec<String> {
    event.all(name).map(|property| property.value().trim().to_owned()).collect()
}

fn attendees(event: Component<'_>) -> Vec<String> {
    let mut all: Vec<_> = event.all("ATTENDEE").map(|p| super::normal_address(p.value())).collect();
    all.sort_unstable();
    all
}

fn events(tree: &Tree<'_>) -> usize {
    tree.calendar().children_named("VEVENT").count()
}
