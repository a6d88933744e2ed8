//! Each format as its public page describes it, read into duties.

use super::*;
use crate::time::resolve;
use chrono_tz::Europe::London;

/// As of Tuesday 1 December 2026, from October to the end of a day.
fn until(end: Option<&str>) -> Reading {
    let at = |text: &str| resolve(text.parse().unwrap(), London);
    let window = Window::new(at("2026-10-01T00:00:00"), at(end.unwrap_or("2027-10-01T00:00:00")));
    Reading { zone: London, now: at("2026-12-01T10:00:00"), window, ends: end.is_some() }
}

fn told(format: Format, text: &str, reading: &Reading) -> Vec<String> {
    let incoming = read(format, text, reading).unwrap();
    let civil = |at: Instant| at.civil(London).format("%a %-d %b %H:%M").to_string();
    incoming
        .duties
        .iter()
        .map(|duty| {
            format!("{} to {}: {}", civil(duty.window.start), civil(duty.window.end), incoming.people[duty.who])
        })
        .collect()
}

fn refused(format: Format, text: &str) -> String {
    read(format, text, &until(Some("2026-12-14T00:00:00"))).unwrap_err().to_string()
}

const RENDERED: &str = include_str!("../../../fixtures/imports/pagerduty-rendered.json");
const LAYERS: &str = include_str!("../../../fixtures/imports/pagerduty-layers.json");
const TIMELINE: &str = include_str!("../../../fixtures/imports/opsgenie-timeline.json");
const ROTATIONS: &str = include_str!("../../../fixtures/imports/opsgenie-rotations.json");
const FINAL: &str = include_str!("../../../fixtures/imports/oncall-final-shifts.json");
const RULES: &str = include_str!("../../../fixtures/imports/oncall-shifts.json");

#[test]
fn the_final_schedule_of_pagerduty_is_taken_as_it_is() {
    let wanted = [
        "Mon 23 Nov 09:00 to Mon 30 Nov 09:00: Ada Okafor",
        "Mon 30 Nov 09:00 to Mon 7 Dec 09:00: Ben Hale",
        "Mon 7 Dec 09:00 to Wed 9 Dec 10:00: Cleo Marsh",
        "Wed 9 Dec 10:00 to Wed 9 Dec 14:00: Ada Okafor",
        "Wed 9 Dec 14:00 to Mon 14 Dec 09:00: Cleo Marsh",
    ];
    assert_eq!(told(Format::PagerDuty, RENDERED, &until(None)), wanted);
    let incoming = read(Format::PagerDuty, RENDERED, &until(None)).unwrap();
    assert_eq!((incoming.rotations.len(), incoming.rotations[0].sets.len()), (1, 3));
    assert_eq!(incoming.people[0].line, 20, "the line in which Ada is first named");
}

#[test]
fn layers_of_pagerduty_are_counted_out_with_restrictions_and_overrides_and_addresses_of_the_users() {
    let wanted = [
        // Ben stands in for Ada in the night from Tuesday
        "Tue 1 Dec 18:00 to Wed 2 Dec 09:00: Ben Hale (ben@example.org)",
        "Wed 2 Dec 18:00 to Thu 3 Dec 09:00: Ada Okafor (ada@example.org)",
        "Thu 3 Dec 18:00 to Fri 4 Dec 09:00: Ada Okafor (ada@example.org)",
        // the layer that is listed first stands above
        "Fri 4 Dec 18:00 to Mon 7 Dec 08:00: Cleo Marsh (cleo@example.org)",
        "Mon 7 Dec 08:00 to Mon 7 Dec 09:00: Ada Okafor (ada@example.org)",
        "Mon 7 Dec 18:00 to Tue 8 Dec 09:00: Ben Hale (ben@example.org)",
    ];
    assert_eq!(told(Format::PagerDuty, LAYERS, &until(Some("2026-12-08T00:00:00"))), wanted);
    let said = read(Format::PagerDuty, LAYERS, &until(None)).unwrap_err().to_string();
    assert!(said.contains("--to"), "{said}");
}

#[test]
fn the_timeline_of_opsgenie_holds_people_only_where_somebody_stands() {
    let wanted = [
        "Mon 30 Nov 08:00 to Mon 7 Dec 08:00: 0f6d6b2e-0000-4000-8000-0000000000c1 (ada@example.org)",
        "Wed 2 Dec 08:00 to Wed 2 Dec 16:00: 0f6d6b2e-0000-4000-8000-0000000000c3 (cleo@example.org)",
        "Mon 7 Dec 08:00 to Mon 14 Dec 08:00: 0f6d6b2e-0000-4000-8000-0000000000c2 (ben@example.org)",
    ];
    assert_eq!(told(Format::Opsgenie, TIMELINE, &until(None)), wanted);
}

#[test]
fn rotations_of_opsgenie_stand_beside_each_other_and_an_override_in_those_that_it_names() {
    let lines = told(Format::Opsgenie, ROTATIONS, &until(Some("2026-12-04T00:00:00")));
    let short: Vec<_> = lines.iter().map(|line| line.replace("0f6d6b2e-0000-4000-8000-0000000000", "")).collect();
    let wanted = [
        "Sun 29 Nov 23:00 to Wed 2 Dec 08:00: c3 (cleo@example.org)",
        // nobody on Tuesday, which the empty place in the rotation has
        "Wed 2 Dec 08:00 to Wed 2 Dec 10:00: c2 (ben@example.org)",
        "Wed 2 Dec 08:00 to Wed 2 Dec 16:30: c2 (ben@example.org)",
        "Wed 2 Dec 10:00 to Wed 2 Dec 11:00: c3 (cleo@example.org)",
        "Thu 3 Dec 08:00 to Thu 3 Dec 16:30: c1 (ada@example.org)",
    ];
    assert_eq!(short, wanted);
}

#[test]
fn final_shifts_of_oncall_are_taken_as_they_are() {
    let wanted = [
        "Mon 30 Nov 09:00 to Mon 30 Nov 17:00: ada (ada@example.org)",
        "Wed 2 Dec 09:00 to Wed 2 Dec 17:00: ben (ben@example.org)",
        "Fri 4 Dec 09:00 to Fri 4 Dec 17:00: ada (ada@example.org)",
    ];
    assert_eq!(told(Format::GrafanaOncall, FINAL, &until(None)), wanted);
}

#[test]
fn rolling_users_of_oncall_take_turns_and_stand_together() {
    let lines = told(Format::GrafanaOncall, RULES, &until(Some("2026-12-08T00:00:00")));
    let of = |day: &str| lines.iter().filter(|line| line.starts_with(day)).cloned().collect::<Vec<_>>();
    assert_eq!(
        of("Wed 2 Dec"),
        [
            "Wed 2 Dec 09:00 to Wed 2 Dec 17:00: cleo (cleo@example.org)",
            "Wed 2 Dec 09:00 to Wed 2 Dec 17:00: ben (ben@example.org)"
        ]
    );
    assert_eq!(
        of("Thu 3 Dec"),
        [
            "Thu 3 Dec 09:00 to Thu 3 Dec 12:00: cleo (cleo@example.org)",
            "Thu 3 Dec 09:00 to Thu 3 Dec 12:00: ben (ben@example.org)",
            "Thu 3 Dec 12:00 to Thu 3 Dec 17:00: ada (ada@example.org)",
        ]
    );
    assert_eq!(of("Sat 5 Dec"), ["Sat 5 Dec 20:00 to Sat 5 Dec 23:00: ada (ada@example.org)"]);
    assert_eq!(of("Mon 7 Dec").len(), 2);
    assert!(of("Mon 7 Dec")[0].contains("ada"), "{lines:?}");
}

#[test]
fn feeds_name_people_by_attendee_or_by_a_part_of_the_title() {
    let feed = include_str!("../../../fixtures/imports/pagerduty-feed.ics");
    let incoming = read(Format::PagerDuty, feed, &until(None)).unwrap();
    assert_eq!(incoming.people[0].emails, ["ada@example.org"]);
    assert!(incoming.people[1].names.contains(&"Ben Hale".to_owned()), "{incoming:?}");
    assert_eq!(incoming.duties[1].line, 13);
    let feed = include_str!("../../../fixtures/imports/oncall-feed.ics");
    let incoming = read(Format::Ics, feed, &until(None)).unwrap();
    assert_eq!(incoming.duties.len(), 2, "what was cancelled is none");
    assert_eq!(
        (incoming.people[0].names[0].as_str(), incoming.people[1].emails[0].as_str()),
        ("ada", "ben@example.org")
    );
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (format, text, wanted) in [
        (Format::PagerDuty, "{\n\"schedule\": {", "line 2: is not JSON"),
        (Format::PagerDuty, "{}", "the file: holds no schedule"),
        (Format::Opsgenie, "[]", "the file: holds no schedule"),
        (Format::GrafanaOncall, "{\"results\": []}", "the file: holds no shifts"),
        (
            Format::PagerDuty,
            &RENDERED.replace("2026-12-09T14:00:00Z", "soon"),
            "rendered_schedule_entries[3]: end \"soon\"",
        ),
        (
            Format::PagerDuty,
            &RENDERED.replace("604800", "60"),
            "schedule_layers[0].rotation_turn_length_seconds: must be",
        ),
        (
            Format::PagerDuty,
            &LAYERS.replace("daily_restriction", "monthly"),
            "restrictions[0]: type \"monthly\" is unknown",
        ),
        (
            Format::Opsgenie,
            &ROTATIONS.replace("\"none\"", "\"team\""),
            "participants[1]: is a team; export the timeline",
        ),
        (Format::Opsgenie, &ROTATIONS.replace("Europe/Berlin", "Berlin"), "timezone \"Berlin\" is not a time zone"),
        (
            Format::GrafanaOncall,
            &RULES.replace("\"weekly\"", "\"monthly\""),
            "frequency \"monthly\" with by_day is not read",
        ),
        (
            Format::GrafanaOncall,
            &FINAL.replace("2026-12-02T17:00:00Z", "9999-12-31T00:00:00Z"),
            "is not a time such as",
        ),
        (Format::Ics, "BEGIN:VCALENDAR\nEND:VEVENT\n", "line 2:"),
        (Format::Ics, "", "line 1:"),
        (
            Format::GrafanaOncall,
            &FINAL.replace("2026-12-04T17:00:00Z", "2027-02-04T17:00:00Z"),
            "a shift of more than 32",
        ),
    ] {
        let said = refused(format, text);
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
}

#[test]
fn more_shifts_than_a_file_may_hold_are_refused() {
    let hourly = RULES.replace("\"weekly\"", "\"hourly\"").replace("[\"MO\", \"TU\", \"WE\", \"TH\", \"FR\"]", "null");
    let long = until(Some("2029-12-14T00:00:00"));
    let said = read(Format::GrafanaOncall, &hourly, &long).unwrap_err().to_string();
    assert!(said.contains("more than 10000 shifts"), "{said}");
}

#[test]
fn no_text_of_a_file_ends_the_reader() {
    // every prefix, and every number put to an extreme
    for (format, text) in [(Format::PagerDuty, LAYERS), (Format::Opsgenie, ROTATIONS), (Format::GrafanaOncall, RULES)] {
        let reading = until(Some("2026-12-14T00:00:00"));
        for cut in (0..text.len()).step_by(37) {
            assert!(read(format, text.get(..cut).unwrap_or_default(), &reading).is_err());
        }
        for extreme in ["-1", "0", "9223372036854775807", "1e300", "null", "\"x\"", "[]"] {
            for number in ["604800", "54000", "223200", ": 5,", ": 1,", ": 1.0,", "28800", ": 9,", ": 17,"] {
                let with = if number.starts_with(':') { format!(": {extreme},") } else { extreme.to_owned() };
                let _ = read(format, &text.replace(number, &with), &reading);
            }
        }
    }
}
