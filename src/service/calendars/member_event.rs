//! What a team sees of a member's event: who, what kind and when. No title, no place, no guests.

use crate::ical::attendee::User;
use crate::ical::edit::{escape_text, fold};
use crate::ical::property::Property;
use crate::ical::tree::{Component, Tree};
use crate::roster::availability::Kind;
use crate::roster::marks::{Place, mark};
use crate::roster::model::{Person, Words};
use std::fmt::Write;

/// Properties that say when; everything else stays with the member.
const TIMES: [&str; 7] = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"];

/// The object as the team sees it, recurrence and zones as they are; nothing where it says nothing to the roster.
pub(super) fn member_event(
    body: &[u8],
    place: Place,
    (person, user): (&Person, &User),
    words: &Words,
    uid: &str,
) -> Option<String> {
    let tree = Tree::parse(body).ok()?;
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n");
    for zone in tree.calendar().children_named("VTIMEZONE") {
        let lines = String::from_utf8_lossy(zone.bytes());
        let _ = lines.lines().try_for_each(|line| write!(text, "{line}\r\n"));
    }
    let mut said = false;
    for event in tree.calendar().children_named("VEVENT") {
        let kind = mark(event, place, words, user).map(|(kind, _)| kind);
        // An instance that says nothing must still be cut out of a series that says something.
        if kind.is_some() || event.property("RECURRENCE-ID").is_some() {
            write_event(&mut text, event, kind, person, uid);
        }
        said |= kind.is_some();
    }
    text.push_str("END:VCALENDAR\r\n");
    said.then_some(text)
}

fn write_event(text: &mut String, event: Component<'_>, kind: Option<Kind>, person: &Person, uid: &str) {
    let mut lines = opening(kind, person, uid, event.property("DTSTAMP"));
    let times = event.properties().filter(|p| TIMES.iter().any(|name| p.is(name)));
    lines.extend(times.map(|p| time(p, person)));
    lines.push(free_line().to_owned());
    lines.push("END:VEVENT".to_owned());
    for line in &lines {
        text.push_str(&fold(line));
    }
}

/// What is mounted from the team never makes the one who looks at it busy.
pub(super) const fn free_line() -> &'static str {
    "TRANSP:TRANSPARENT"
}

/// The lines of an event that come before its times: who and what kind; without a kind it does not take place.
pub(super) fn opening(kind: Option<Kind>, person: &Person, uid: &str, stamp: Option<Property<'_>>) -> Vec<String> {
    let (word, category) = match kind {
        Some(Kind::Avoid) => ("rather not", Some("AVOID")),
        Some(Kind::Prefer) => ("gladly", Some("PREFER")),
        Some(Kind::Unavailable) => ("unavailable", None),
        Some(Kind::Neutral) | None => ("free", None),
    };
    let stamp = stamp.map(|stamp| stamp.value().trim()).filter(|value| is_stamp(value));
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid}"),
        format!("DTSTAMP:{}", stamp.unwrap_or("19700101T000000Z")),
        format!("SUMMARY:{}", escape_text(&format!("{}: {word}", person.name))),
    ];
    lines.extend(category.map(|category| format!("CATEGORIES:{category}")));
    lines.push(format!("STATUS:{}", if kind.is_some() { "CONFIRMED" } else { "CANCELLED" }));
    lines
}

/// The property with nothing but its zone and type; a floating time is meant in the person's zone.
fn time(property: Property<'_>, person: &Person) -> String {
    let name = property.name().to_ascii_uppercase();
    let value = property.value().trim();
    let mut line = name.clone();
    for param in ["VALUE", "TZID", "RANGE"] {
        if let Some(given) = property.param(param).filter(|given| !given.contains(['"', '\r', '\n'])) {
            let quoted = if given.contains([':', ';', ',']) { format!("\"{given}\"") } else { given.into_owned() };
            let _ = write!(line, ";{param}={quoted}");
        }
    }
    let timed = !matches!(name.as_str(), "RRULE" | "DURATION") && value.contains('T');
    if timed && property.param("TZID").is_none() && !value.ends_with('Z') {
        let _ = write!(line, ";TZID={}", person.zone.name());
    }
    format!("{line}:{value}")
}

fn is_stamp(value: &str) -> bool {
    value.len() == 16 && value.ends_with('Z') && value.bytes().all(|b| b.is_ascii_digit() || b == b'T' || b == b'Z')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;

    fn ada() -> Person {
        Person {
            id: PersonId::from("ada"),
            name: "Ada, Countess".to_owned(),
            email: "ada@example.org".to_owned(),
            phone: None,
            zone: chrono_tz::Europe::London,
            admin: false,
            disabled: false,
        }
    }

    fn seen(events: &str, place: Place) -> Option<String> {
        let body = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n");
        member_event(
            body.as_bytes(),
            place,
            (&ada(), &User::new(["ada@example.org"])),
            &Words::default(),
            "busy-1@example.org",
        )
    }

    #[test]
    fn a_team_sees_who_and_when_but_no_title() {
        let text = seen(
            "BEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Clinic\r\nLOCATION:Ward 3\r\n\
             DTSTART:20261201T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\n",
            Place::Availability,
        )
        .unwrap();
        assert!(text.contains("SUMMARY:Ada\\, Countess: unavailable\r\n"), "{text}");
        assert!(text.contains("DTSTART;TZID=Europe/London:20261201T090000\r\n"), "{text}");
        assert!(text.contains("RRULE:FREQ=WEEKLY\r\n"));
        assert!(!text.contains("Clinic") && !text.contains("Ward"));
        assert!(Tree::parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn an_instance_that_was_called_off_is_cut_out_of_the_series() {
        let text = seen(
            "BEGIN:VEVENT\r\nUID:x\r\nDTSTART:20261201T090000Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nUID:x\r\nRECURRENCE-ID:20261202T090000Z\r\nDTSTART:20261202T090000Z\r\n\
             STATUS:CANCELLED\r\nEND:VEVENT\r\n",
            Place::Availability,
        )
        .unwrap();
        assert_eq!(text.matches("STATUS:CANCELLED").count(), 1);
        assert_eq!(text.matches("BEGIN:VEVENT").count(), 2);
    }

    #[test]
    fn a_meeting_in_another_calendar_is_nobodys_business() {
        assert!(seen("BEGIN:VEVENT\r\nDTSTART:20261201T090000Z\r\nEND:VEVENT\r\n", Place::Calendar).is_none());
        assert!(seen("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261201\r\nEND:VEVENT\r\n", Place::Calendar).is_some());
    }
}
