//! Which instances an object has in a window.

use super::*;
use crate::time::DAY;
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;

fn object(body: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{}\nEND:VCALENDAR\n", body.trim())
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1\n{}\nEND:VEVENT", lines.trim())
}

fn at(text: &str) -> Instant {
    chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap().and_utc().into()
}

fn window(from: &str, to: &str) -> Window {
    Window::new(at(from), at(to))
}

/// `start/end` of each instance in UTC.
fn instances(body: &str, asked: Window) -> Vec<String> {
    let text = object(body);
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let all = occurrences(&tree, asked, Berlin, &mut Budget::default()).unwrap();
    let short = |at: Instant| at.utc().format("%Y%m%dT%H%M").to_string();
    all.iter().map(|o| format!("{}/{}", short(o.window.start), short(o.window.end))).collect()
}

fn touches(body: &str, from: &str, to: &str) -> bool {
    !instances(body, window(from, to)).is_empty()
}

const DECEMBER: (&str, &str) = ("20261201T000000", "20270101T000000");

fn december(body: &str) -> Vec<String> {
    instances(body, window(DECEMBER.0, DECEMBER.1))
}

#[test]
fn an_event_touches_what_overlaps_it_half_open() {
    let e = event("DTSTART:20261201T090000Z\nDTEND:20261201T100000Z");
    assert!(touches(&e, "20261201T095959", "20261201T120000"));
    assert!(!touches(&e, "20261201T100000", "20261201T120000"));
    assert!(touches(&e, "20261201T080000", "20261201T090001"));
    assert!(!touches(&e, "20261201T080000", "20261201T090000"));
}

#[test]
fn an_event_without_length_lies_where_it_starts() {
    for e in [
        event("DTSTART:20261201T090000Z"),
        event("DTSTART:20261201T090000Z\nDTEND:20261201T090000Z"),
        event("DTSTART:20261201T090000Z\nDURATION:PT0S"),
    ] {
        assert!(touches(&e, "20261201T090000", "20261201T100000"));
        assert!(!touches(&e, "20261201T080000", "20261201T090000"));
    }
}

#[test]
fn an_all_day_event_lasts_the_day_of_the_reader() {
    for e in [event("DTSTART;VALUE=DATE:20261201"), event("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261201")] {
        assert_eq!(instances(&e, Window::ALWAYS), ["20261130T2300/20261201T2300"]);
    }
    let two = event("DTSTART;VALUE=DATE:20260328\nDTEND;VALUE=DATE:20260330");
    assert_eq!(instances(&two, Window::ALWAYS), ["20260327T2300/20260329T2200"]);
}

#[test]
fn to_dos_follow_their_own_table() {
    let todo = |lines: &str| format!("BEGIN:VTODO\nUID:1\n{lines}\nEND:VTODO");
    let (morning, nine, ten) = ("20261201T080000", "20261201T090000", "20261201T100000");
    let due = todo("DUE:20261201T090000Z");
    assert!(touches(&due, morning, nine) && !touches(&due, nine, ten));
    let lasting = todo("DTSTART:20261201T080000Z\nDURATION:PT1H");
    assert!(touches(&lasting, nine, ten));
    let spanning = todo("DTSTART:20261201T080000Z\nDUE:20261201T090000Z");
    assert!(!touches(&spanning, nine, ten) && touches(&spanning, "20261201T070000", "20261201T080001"));
    let started = todo("DTSTART:20261201T090000Z");
    assert!(touches(&started, nine, ten) && !touches(&started, morning, nine));
    let done = todo("CREATED:20261101T090000Z\nCOMPLETED:20261201T090000Z");
    assert!(touches(&done, nine, ten) && !touches(&done, ten, "20261202T000000"));
    assert!(touches(&todo("CREATED:20261101T090000Z"), nine, ten));
    assert!(touches(&todo("SUMMARY:Some day"), nine, ten));
}

#[test]
fn journals_are_where_they_start_and_never_without_a_start() {
    let journal = |lines: &str| format!("BEGIN:VJOURNAL\nUID:1\n{lines}\nEND:VJOURNAL");
    assert!(touches(&journal("DTSTART;VALUE=DATE:20261201"), "20261201T220000", "20261202T000000"));
    assert!(!touches(&journal("SUMMARY:x"), "20261201T000000", "20261202T000000"));
}

#[test]
fn a_weekly_event_keeps_its_wall_clock_through_the_change() {
    let e = event(
        "DTSTART;TZID=Europe/Berlin:20261018T020000\nDTEND;TZID=Europe/Berlin:20261018T033000\nRRULE:FREQ=WEEKLY;COUNT=3",
    );
    assert_eq!(
        instances(&e, Window::ALWAYS),
        ["20261018T0000/20261018T0130", "20261025T0000/20261025T0130", "20261101T0100/20261101T0230"]
    );
}

#[test]
fn an_instance_in_the_gap_moves_and_neither_vanishes_nor_doubles() {
    let daily = event("DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        instances(&daily, Window::ALWAYS),
        ["20260328T0130/20260328T0200", "20260329T0130/20260329T0200", "20260330T0030/20260330T0100"]
    );
    let hourly = event("DTSTART;TZID=Europe/Berlin:20260329T013000\nDURATION:PT30M\nRRULE:FREQ=HOURLY;COUNT=4");
    assert_eq!(
        instances(&hourly, Window::ALWAYS),
        ["20260329T0030/20260329T0100", "20260329T0130/20260329T0200", "20260329T0230/20260329T0300"]
    );
}

#[test]
fn days_of_a_duration_follow_the_clock_and_a_dtend_is_exact() {
    let nominal = event("DTSTART;TZID=Europe/Berlin:20260328T090000\nDURATION:P1D");
    assert_eq!(instances(&nominal, Window::ALWAYS), ["20260328T0800/20260329T0700"]);
    let exact = event(
        "DTSTART;TZID=Europe/Berlin:20260327T090000\nDTEND;TZID=Europe/Berlin:20260328T090000\nRRULE:FREQ=DAILY;COUNT=2",
    );
    assert_eq!(instances(&exact, Window::ALWAYS), ["20260327T0800/20260328T0800", "20260328T0800/20260329T0800"]);
}

#[test]
fn exdates_exclude_whether_written_as_date_floating_or_utc() {
    for exdate in [
        "EXDATE;TZID=Europe/Berlin:20261202T090000",
        "EXDATE:20261202T080000Z",
        "EXDATE:20261202T090000",
        "EXDATE;VALUE=DATE:20261202",
        "EXDATE;TZID=America/New_York:20261202T030000,20251202T030000",
    ] {
        let e = event(&format!(
            "DTSTART;TZID=Europe/Berlin:20261201T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n{exdate}"
        ));
        assert_eq!(december(&e), ["20261201T0800/20261201T0900", "20261203T0800/20261203T0900"], "{exdate}");
    }
    for exdate in ["EXDATE;VALUE=DATE:20261202", "EXDATE:20261202T000000", "EXDATE:20261201T230000Z"] {
        let e = event(&format!("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2\n{exdate}"));
        assert_eq!(december(&e), ["20261130T2300/20261201T2300"], "{exdate}");
    }
}

#[test]
fn rdates_add_instances_periods_with_their_own_length_and_none_twice() {
    let e = event(
        "DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n\
         RDATE:20261202T090000Z,20261210T090000Z\nRDATE;VALUE=PERIOD:20261220T120000Z/PT2H,20261221T120000Z/20261221T123000Z",
    );
    assert_eq!(
        december(&e),
        [
            "20261201T0900/20261201T1000",
            "20261202T0900/20261202T1000",
            "20261210T0900/20261210T1000",
            "20261220T1200/20261220T1400",
            "20261221T1200/20261221T1230"
        ]
    );
}

#[test]
fn overrides_replace_their_instance_wherever_they_stand_and_whether_or_not_the_rule_knows_it() {
    let master = event("DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2");
    let moved = event("RECURRENCE-ID:20261202T090000Z\nDTSTART:20261215T120000Z\nDURATION:PT1H");
    let outside = event("RECURRENCE-ID:20261224T090000Z\nDTSTART:20261224T120000Z\nDURATION:PT1H");
    let wanted = ["20261201T0900/20261201T1000", "20261215T1200/20261215T1300", "20261224T1200/20261224T1300"];
    assert_eq!(december(&format!("{moved}\n{outside}\n{master}")), wanted);
    assert_eq!(december(&format!("{master}\n{moved}\n{outside}")), wanted);
}

#[test]
fn an_override_without_master_is_an_instance() {
    let text =
        object(&event("RECURRENCE-ID;TZID=Europe/Berlin:20261202T090000\nDTSTART:20261215T120000Z\nDURATION:PT1H"));
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let all = occurrences(&tree, Window::ALWAYS, Berlin, &mut Budget::default()).unwrap();
    assert_eq!(all[0].window.start, at("20261215T120000"));
    assert_eq!(all[0].recurrence_id, Some(at("20261202T080000")));
}

#[test]
fn this_and_future_moves_what_follows_until_the_next_override() {
    let master = event("DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=5");
    let later = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T090000Z\nDTSTART:20261203T110000Z\nDURATION:PT2H");
    let single = event("RECURRENCE-ID:20261205T090000Z\nDTSTART:20261205T080000Z\nDURATION:PT1H");
    assert_eq!(
        december(&format!("{master}\n{later}\n{single}")),
        [
            "20261201T0900/20261201T1000",
            "20261202T0900/20261202T1000",
            "20261203T1100/20261203T1300",
            "20261204T1100/20261204T1300",
            "20261205T0800/20261205T0900"
        ]
    );
}

#[test]
fn instances_carry_their_recurrence_id_and_single_events_none() {
    let text = object(&event("DTSTART;TZID=Europe/Berlin:20261201T090000\nRRULE:FREQ=DAILY;COUNT=2"));
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let all = occurrences(&tree, Window::ALWAYS, Berlin, &mut Budget::default()).unwrap();
    assert_eq!(all[1].recurrence_id, Some(at("20261202T080000")));
    assert_eq!(all[1].recurrence_civil, Some("2026-12-02T09:00:00".parse().unwrap()));
    let text = object(&event("DTSTART:20261201T090000Z"));
    let tree = Tree::parse(text.as_bytes()).unwrap();
    assert_eq!(occurrences(&tree, Window::ALWAYS, Berlin, &mut Budget::default()).unwrap()[0].recurrence_id, None);
}

#[test]
fn an_endless_series_has_an_instance_in_an_endless_window_but_no_list() {
    let text = object(&event("DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY"));
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let open = Window::new(at("20300101T000000"), Instant::FAR_FUTURE);
    assert_eq!(any_occurrence(&tree, open, Berlin, &mut Budget::default(), |_| true), Ok(true));
    assert!(occurrences(&tree, open, Berlin, &mut Budget::default()).is_err());
}

#[test]
fn a_rule_of_minutes_is_too_many_at_once() {
    let text = object(&event("DTSTART:19700101T000000Z\nRRULE:FREQ=MINUTELY"));
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let mut budget = Budget::default();
    assert!(occurrences(&tree, window("20261101T000000", "20261102T000000"), Berlin, &mut budget).is_err());
    assert_eq!(budget, Budget::default());
}

#[test]
fn the_extent_holds_every_instance_and_ends_where_the_series_does() {
    let extent_of = |body: &str| {
        let text = object(body);
        extent(&Tree::parse(text.as_bytes()).unwrap(), Berlin)
    };
    let series = "DTSTART:20261201T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY";
    assert_eq!(extent_of(&event(series)).end, Instant::FAR_FUTURE);
    assert_eq!(extent_of(&event(&format!("{series};COUNT=3"))), window("20261201T090000", "20261203T100000"));
    assert_eq!(
        extent_of(&event(&format!("{series};UNTIL=20261203T090000Z"))),
        window("20261201T090000", "20261203T100000")
    );
    assert_eq!(extent_of("BEGIN:VTODO\nUID:1\nEND:VTODO"), Window::ALWAYS);
    assert!(extent_of(&event("DTSTART;VALUE=DATE:20261201")).covers(window("20261130T100000", "20261202T120000")));
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn the_instances_of_a_window_are_all_instances_that_touch_it(
        rule in prop::sample::select(vec!["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,SU", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=HOURLY;INTERVAL=7"]),
        length in prop::sample::select(vec!["PT0S", "PT90M", "P1D", "P3DT5H"]),
        zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
        moved in 0i64..40, from in 0i64..60, days in 0i64..20, ranged in any::<bool>(),
    ) {
        let range = if ranged { ";RANGE=THISANDFUTURE" } else { "" };
        let to = at("20260320T053000").plus_days(moved).utc().format("%Y%m%dT%H%M%SZ").to_string();
        let text = object(&format!("{}\n{}",
            event(&format!("DTSTART;TZID={zone}:20260310T023000\nDURATION:{length}\nRRULE:{rule};UNTIL=20260501T000000Z\nEXDATE;VALUE=DATE:20260322")),
            event(&format!("RECURRENCE-ID{range};TZID={zone}:20260329T023000\nDTSTART:{to}\nDURATION:PT2H"))));
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let start = at("20260305T000000").plus_days(from);
        let asked = Window::new(start, start.plus_millis(days * DAY + 1));
        let list = |asked| occurrences(&tree, asked, Berlin, &mut Budget::default()).unwrap();
        let ids = |all: Vec<Occurrence>| all.iter().map(|o| (o.window, o.recurrence_id)).collect::<Vec<_>>();
        let cut: Vec<_> = list(Window::ALWAYS).into_iter().filter(|o| Touch::Span.touches(o.window, asked)).collect();
        prop_assert_eq!(ids(list(asked)), ids(cut));
        let extent = extent(&tree, Berlin);
        prop_assert!(list(Window::ALWAYS).iter().all(|o| extent.covers(o.window)));
    }
}
