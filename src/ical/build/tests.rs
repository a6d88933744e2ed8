//! What Dogwatch writes is read back by its own reader and by an independent one.

use super::*;
use crate::ical::tree::Tree;
use chrono::{Offset, TimeZone};
use chrono_tz::{America::New_York, Asia::Kolkata, Europe::London};
use proptest::prelude::*;

fn civil(text: &str) -> Civil {
    text.parse().unwrap()
}

fn stamp() -> Instant {
    Instant::from(civil("2026-11-24T12:00:00").and_utc())
}

fn draft() -> EventDraft {
    let start = When::Zoned(civil("2026-12-01T09:00:00"), London);
    let end = When::Zoned(civil("2026-12-02T09:00:00"), London);
    EventDraft {
        summary: "On call: Payments, primary".to_owned(),
        description: "With: Zoë \"Zed\" Ångström; see notes\r\nCan't make it? \\o/".to_owned(),
        url: Some("https://dogwatch.example/shifts/1".to_owned()),
        organizer: Some(Address { name: "Payments on-call".to_owned(), email: "payments@dogwatch.example".to_owned() }),
        attendees: vec![Attendee {
            address: Address { name: "Ada \"A\" Byron, Countess".to_owned(), email: "ada@example.net".to_owned() },
            partstat: "NEEDS-ACTION",
            rsvp: true,
        }],
        categories: vec!["ON-CALL".to_owned(), "PRIMARY, first".to_owned()],
        alarms: vec![Alarm { from_start: -900_000 }],
        extra: vec![("X-DOGWATCH-SLOT".to_owned(), "a,b".to_owned()), ("COMMENT".to_owned(), "c;d".to_owned())],
        ..EventDraft::new("shift-1-ada@dogwatch.example", start, end, stamp())
    }
}

#[test]
fn what_is_written_reads_back_and_is_always_the_same() {
    let text = event(&draft());
    assert_eq!(text, event(&draft()));
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let event = tree.calendar().children_named("VEVENT").next().unwrap();
    let read = |name: &str| event.property(name).unwrap().text();
    assert_eq!(read("SUMMARY"), "On call: Payments, primary");
    assert_eq!(read("DESCRIPTION"), "With: Zoë \"Zed\" Ångström; see notes\nCan't make it? \\o/");
    assert_eq!(read("X-DOGWATCH-SLOT"), "a,b");
    assert_eq!(read("COMMENT"), "c;d");
    assert_eq!(event.property("CATEGORIES").unwrap().texts(), ["ON-CALL", "PRIMARY, first"]);
    let attendee = event.property("ATTENDEE").unwrap();
    assert_eq!(attendee.param("CN").unwrap(), "Ada \"A\" Byron, Countess");
    assert_eq!(normal_address(attendee.value()), "ada@example.net");
    let alarm = event.children().next().unwrap();
    assert_eq!(alarm.property("TRIGGER").unwrap().value(), "-PT900S");
    assert!(alarm.property("DTSTAMP").is_none());
    assert!(tree.calendar().children().next().unwrap().is("VTIMEZONE"));
}

#[test]
fn no_field_can_smuggle_in_a_property() {
    let evil = "x\r\nATTENDEE:mailto:eve@example.net\nEND:VEVENT";
    let text = event(&EventDraft {
        uid: evil.to_owned(),
        summary: evil.to_owned(),
        url: Some(evil.to_owned()),
        rule: Some(evil.to_owned()),
        organizer: Some(Address { name: evil.to_owned(), email: evil.to_owned() }),
        categories: vec![evil.to_owned()],
        extra: vec![("X-A\r\nATTENDEE".to_owned(), evil.to_owned()), ("X-B".to_owned(), evil.to_owned())],
        ..draft()
    });
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let event = tree.calendar().children_named("VEVENT").next().unwrap();
    assert_eq!(event.all("ATTENDEE").count(), 1);
    assert_eq!(tree.calendar().children_named("VEVENT").count(), 1);
}

#[test]
fn a_zone_with_summer_time_is_two_rules() {
    let text = vtimezone(London, 2026, 2026);
    assert!(text.contains("DTSTART:20250330T010000\r\nTZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nTZNAME:BST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\n"), "{text}");
    assert!(text.contains("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), "{text}");
    let text = vtimezone(New_York, 2026, 2027);
    assert!(text.contains("BYMONTH=3;BYDAY=2SU") && text.contains("BYMONTH=11;BYDAY=1SU"), "{text}");
}

#[test]
fn a_zone_without_is_one_part_and_an_irregular_one_lists_its_days() {
    let text = vtimezone(Kolkata, 2026, 2030);
    assert!(text.contains("DTSTART:19700101T000000\r\nTZOFFSETFROM:+0530\r\nTZOFFSETTO:+0530\r\n"), "{text}");
    let text = vtimezone(chrono_tz::Africa::Casablanca, 2026, 2027);
    assert!(text.contains("RDATE:") && text.matches("BEGIN:").count() == 4, "{text}");
}

#[test]
fn the_second_pass_through_the_repeated_hour_is_written_in_utc() {
    let first = Instant::from(civil("2026-10-25T00:30:00").and_utc());
    assert_eq!(When::at(first, London), When::Zoned(civil("2026-10-25T01:30:00"), London));
    assert_eq!(When::at(first.plus_hours(1), London), When::Utc(first.plus_hours(1)));
}

#[test]
fn a_feed_names_itself_and_each_zone_once() {
    let other = EventDraft { start: When::Zoned(civil("2027-01-01T09:00:00"), New_York), ..draft() };
    let text = feed("Payments, on call", London, &[draft(), other, draft()], TimeDelta::hours(4));
    for line in ["NAME:Payments\\, on call", "X-WR-CALNAME:Payments\\, on call", "X-PUBLISHED-TTL:PT240M"] {
        assert!(text.contains(&format!("\r\n{line}\r\n")), "{text}");
    }
    assert_eq!(text.matches("BEGIN:VTIMEZONE").count(), 2);
    assert_eq!(text.matches("BEGIN:VALARM").count(), 3);
    Tree::parse(text.as_bytes()).unwrap();
}

#[test]
fn addresses_compare_without_scheme_and_case() {
    assert_eq!(normal_address(" MAILTO:Ada@Example.net "), "ada@example.net");
    assert_eq!(normal_address("/principals/ada/"), "/principals/ada/");
}

/// The first event of a text, as the `icalendar` crate reads it.
fn by_another_reader(text: &str) -> Event {
    let calendar: Calendar = text.parse().unwrap();
    calendar.events().next().unwrap().clone()
}

#[test]
fn an_independent_reader_reads_the_same() {
    let read = by_another_reader(&event(&draft()));
    assert_eq!(read.get_uid(), Some("shift-1-ada@dogwatch.example"));
    assert_eq!(read.get_summary(), Some("On call: Payments, primary"));
    assert_eq!(read.get_description(), Some("With: Zoë \"Zed\" Ångström; see notes\nCan't make it? \\o/"));
    assert_eq!(read.get_categories().unwrap(), ["ON-CALL", "PRIMARY, first"]);
    assert_eq!(read.get_start(), Some(icalendar::DatePerhapsTime::from((civil("2026-12-01T09:00:00"), London))));
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn any_text_survives_both_readers(summary in "[a-zé老\u{1F600}\\\\;,:\"^ \n]{1,200}", name in "[a-zé老;,:\"^ ]{1,60}") {
        let mut written = draft();
        written.summary.clone_from(&summary);
        written.attendees[0].address.name.clone_from(&name);
        let text = event(&written);
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75));
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let own = tree.calendar().children_named("VEVENT").next().unwrap();
        prop_assert_eq!(own.property("SUMMARY").unwrap().text(), summary.as_str());
        prop_assert_eq!(own.property("ATTENDEE").unwrap().param("CN").unwrap(), name.as_str());
        let read = by_another_reader(&text);
        prop_assert_eq!(read.get_summary(), Some(summary.as_str()));
    }

    /// The offsets that the text gives for a moment are those of the zone, whatever way they are written.
    #[test]
    fn the_written_zone_says_what_the_zone_says(pick in any::<prop::sample::Index>(), day in 0..1_460_i64, hour in 0..24_i64) {
        let zone = chrono_tz::TZ_VARIANTS[pick.index(chrono_tz::TZ_VARIANTS.len())];
        let at = civil("2025-01-01T00:30:00") + TimeDelta::days(day) + TimeDelta::hours(hour);
        let text = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", vtimezone(zone, 2025, 2028));
        let tree = Tree::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(written_offset(&tree, at), zone.offset_from_utc_datetime(&at).fix().local_minus_utc(), "{} {} {}", zone, at, text);
    }
}

/// The offset at a moment of UTC by the observances of the only VTIMEZONE: the one with the latest onset before it.
fn written_offset(tree: &Tree<'_>, at: Civil) -> i32 {
    let mut latest: Option<(Civil, i32)> = None;
    for observance in tree.calendar().children().next().unwrap().children() {
        let value = |name: &str| observance.property(name).unwrap();
        let seconds = |name: &str| i64::from(crate::ical::value::offset(value(name).value()).unwrap());
        let mut onsets = vec![crate::ical::value::date_or_time(value("DTSTART")).unwrap().civil()];
        for more in observance.all("RDATE") {
            onsets.extend(crate::ical::value::dates(more).unwrap().iter().map(crate::ical::value::DateOrTime::civil));
        }
        if let Some(rule) = observance.property("RRULE") {
            let rule = crate::ical::recur::Rule::parse(rule.value()).unwrap();
            let years = civil("2024-01-01T00:00:00")..civil("2030-01-01T00:00:00");
            let mut budget = crate::ical::recur::Budget::default();
            onsets.extend(crate::ical::recur::civil_starts(&rule, onsets[0], years, &mut budget).unwrap());
        }
        for onset in onsets {
            let utc = onset - TimeDelta::seconds(seconds("TZOFFSETFROM"));
            if utc <= at && latest.is_none_or(|(known, _)| known <= utc) {
                latest = Some((utc, i32::try_from(seconds("TZOFFSETTO")).unwrap()));
            }
        }
    }
    latest.unwrap().1
}
