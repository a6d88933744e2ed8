//! What one event says about when its person can: by marks in the person's availability calendar and the team's, by its
//! nature in their other calendars. Both the plan and what a team sees of its members read events by this.

use super::availability::{Kind, Source};
use super::model::Words;
use crate::ical::attendee::{User, partstat};
use crate::ical::tree::{Component, Property};

/// The calendar an event stands in, which decides how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The person's `Availability`: each event without a mark means unavailable.
    Availability,
    /// The availability calendar of a team, where the event counts for the person.
    Team,
    /// Another calendar of theirs: only out-of-office events and opaque all-day events block.
    Calendar,
    /// One that is switched to block: all that shows as busy does.
    Blocking,
    /// The inbox property `calendar-availability`: working hours, which exclude nobody.
    WorkingHours,
}

/// What the event (a VEVENT, master or override) says, and why it may say so; nothing where it means nothing to the
/// roster. Events that `owner` has declined don't count.
#[must_use]
pub fn mark(event: Component<'_>, place: Place, words: &Words, owner: &User) -> Option<(Kind, Source)> {
    if has(event, "STATUS", "CANCELLED") || declined(event, owner) {
        return None;
    }
    match place {
        Place::Availability => said(event, words).map(|kind| (kind, Source::Availability)),
        Place::Team => said(event, words).map(|kind| (kind, Source::Team)),
        Place::Calendar => blocks(event).map(|source| (Kind::Unavailable, source)),
        Place::Blocking => match blocks(event) {
            Some(source) => Some((Kind::Unavailable, source)),
            None if is_free(event) => None,
            None if has(event, "STATUS", "TENTATIVE") => Some((Kind::Avoid, Source::Calendar)),
            None => Some((Kind::Unavailable, Source::Calendar)),
        },
        Place::WorkingHours => None,
    }
}

/// Marks only: clients write all-day events as free by default, so TRANSP says nothing here.
fn said(event: Component<'_>, words: &Words) -> Option<Kind> {
    let categories: Vec<String> = event.all("CATEGORIES").flat_map(Property::texts).collect();
    let category = |name: &str| categories.iter().any(|c| c.eq_ignore_ascii_case(name));
    let title = event.property("SUMMARY").map(Property::text).unwrap_or_default();
    let titled = |list: &[String]| list.iter().any(|word| is_titled(&title, word));
    if titled(&words.ignore) {
        None
    } else if category("AVOID") || has(event, "STATUS", "TENTATIVE") || titled(&words.avoid) {
        Some(Kind::Avoid)
    } else if category("PREFER") || titled(&words.prefer) {
        Some(Kind::Prefer)
    } else {
        Some(Kind::Unavailable)
    }
}

/// Whether the whole title, or the title up to its first colon, is the word; without regard to case.
fn is_titled(title: &str, word: &str) -> bool {
    let head = title.split(':').next().unwrap_or_default();
    let same = |text: &str| text.trim().to_lowercase() == word.trim().to_lowercase();
    same(title) || same(head)
}

/// One meeting must not exclude a person from a week on call; leave must.
fn blocks(event: Component<'_>) -> Option<Source> {
    if has(event, BUSY_STATUS, "OOF") {
        return Some(Source::OutOfOffice);
    }
    (is_all_day(event) && !is_free(event)).then_some(Source::AllDay)
}

/// Whether it shows as free.
fn is_free(event: Component<'_>) -> bool {
    has(event, "TRANSP", "TRANSPARENT") || has(event, BUSY_STATUS, "FREE")
}

/// How Outlook says whether an event shows as busy.
const BUSY_STATUS: &str = "X-MICROSOFT-CDO-BUSYSTATUS";

/// Whether it starts on a day rather than at a time.
fn is_all_day(event: Component<'_>) -> bool {
    event.property("DTSTART").is_some_and(|start| {
        start.param("VALUE").is_some_and(|v| v.eq_ignore_ascii_case("DATE")) || !start.value().contains(['T', 't'])
    })
}

fn declined(event: Component<'_>, owner: &User) -> bool {
    owner.line_in(event).is_some_and(|line| partstat(line) == "DECLINED")
}

fn has(event: Component<'_>, property: &str, value: &str) -> bool {
    event.property(property).is_some_and(|p| p.value().trim().eq_ignore_ascii_case(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::tree::Tree;

    fn read(lines: &str, place: Place) -> Option<(Kind, Source)> {
        let text = format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let event = tree.calendar().children().next().unwrap();
        let ada = User::new(["ada@example.org", "/dav/principals/users/ada/"]);
        mark(event, place, &Words::default(), &ada)
    }

    fn kind(lines: &str) -> Option<Kind> {
        read(lines, Place::Availability).map(|(kind, _)| kind)
    }

    #[test]
    fn an_event_without_a_mark_is_unavailable_even_if_it_is_free() {
        assert_eq!(kind("SUMMARY:Dentist"), Some(Kind::Unavailable));
        assert_eq!(kind("TRANSP:TRANSPARENT"), Some(Kind::Unavailable));
    }

    #[test]
    fn marks_are_categories_a_tentative_status_or_the_title_up_to_a_colon() {
        assert_eq!(kind("CATEGORIES:Home,avoid"), Some(Kind::Avoid));
        assert_eq!(kind("STATUS:TENTATIVE"), Some(Kind::Avoid));
        assert_eq!(kind("SUMMARY:Prefer not: school run"), Some(Kind::Avoid));
        assert_eq!(kind("SUMMARY:?"), Some(Kind::Avoid));
        assert_eq!(kind("CATEGORIES:PREFER"), Some(Kind::Prefer));
        assert_eq!(kind("SUMMARY: available : gladly"), Some(Kind::Prefer));
        assert_eq!(kind("SUMMARY:FREE"), None);
        assert_eq!(kind("SUMMARY:Preferred table at six"), Some(Kind::Unavailable));
    }

    #[test]
    fn what_was_cancelled_or_declined_does_not_count() {
        assert_eq!(kind("STATUS:CANCELLED"), None);
        assert_eq!(kind("ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@Example.org"), None);
        assert_eq!(kind("ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.org"), Some(Kind::Unavailable));
    }

    #[test]
    fn in_other_calendars_only_leave_blocks() {
        let source = |lines| read(lines, Place::Calendar).map(|(_, source)| source);
        assert_eq!(source("DTSTART:20261201T090000Z"), None);
        assert_eq!(source("DTSTART;VALUE=DATE:20261201"), Some(Source::AllDay));
        assert_eq!(source("DTSTART;VALUE=DATE:20261201\r\nTRANSP:TRANSPARENT"), None);
        assert_eq!(source("DTSTART:20261201T090000Z\r\nX-MICROSOFT-CDO-BUSYSTATUS:OOF"), Some(Source::OutOfOffice));
    }

    #[test]
    fn in_a_calendar_that_blocks_all_that_shows_as_busy_does() {
        let said = |lines: &str| read(&format!("DTSTART:20261201T090000Z\r\n{lines}"), Place::Blocking);
        assert_eq!(said("SUMMARY:Review"), Some((Kind::Unavailable, Source::Calendar)));
        assert_eq!(said("STATUS:TENTATIVE"), Some((Kind::Avoid, Source::Calendar)));
        assert_eq!(said("TRANSP:TRANSPARENT"), None);
        assert_eq!(said("X-MICROSOFT-CDO-BUSYSTATUS:FREE"), None);
        assert_eq!(said("X-MICROSOFT-CDO-BUSYSTATUS:OOF"), Some((Kind::Unavailable, Source::OutOfOffice)));
        assert_eq!(said("ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ada@Example.org"), None);
    }
}
