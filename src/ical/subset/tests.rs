//! What is left of an object when a part is asked for.

use super::*;
use crate::time::Instant;
use chrono_tz::Europe::Berlin;

const SERIES: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nEND:VTIMEZONE\r\n\
    BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:20261201T090000\r\nDURATION:PT1H\r\n\
    RRULE:FREQ=DAILY;COUNT=4\r\nEXDATE;TZID=Europe/Berlin:20261202T090000\r\nSUMMARY:A\r\n\
    BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
    BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261203T090000\r\n\
    DTSTART;TZID=Europe/Berlin:20261210T120000\r\nDTEND;TZID=Europe/Berlin:20261210T130000\r\nSUMMARY:B\r\nEND:VEVENT\r\n\
    END:VCALENDAR";

fn at(text: &str) -> Instant {
    chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap().and_utc().into()
}

#[expect(clippy::unnecessary_wraps, reason = "reads as the field it fills")]
fn window(from: &str, to: &str) -> Option<Window> {
    Some(Window::new(at(from), at(to)))
}

fn rendered(text: &str, data: &CalendarData) -> String {
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let text = String::from_utf8(render(&tree, data, Berlin, &mut Budget::default()).unwrap()).unwrap();
    assert!(Tree::parse(text.as_bytes()).is_ok(), "{text}");
    text
}

#[test]
fn without_wishes_the_stored_bytes_come_back() {
    assert_eq!(rendered(SERIES, &CalendarData::default()), SERIES);
}

#[test]
fn an_expansion_lists_instances_in_utc_without_rules_or_zones() {
    let data = CalendarData { expand: window("20261201T000000", "20261220T000000"), ..CalendarData::default() };
    let text = rendered(SERIES, &data);
    assert_eq!(
        text,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n\
         BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T080000Z\r\nDURATION:PT1H\r\nSUMMARY:A\r\n\
         BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261204T080000Z\r\nRECURRENCE-ID:20261204T080000Z\r\nDURATION:PT1H\r\nSUMMARY:A\r\n\
         BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n\
         BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261210T110000Z\r\nRECURRENCE-ID:20261203T080000Z\r\nDTEND:20261210T120000Z\r\n\
         SUMMARY:B\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
}

#[test]
fn expanded_days_stay_days_and_days_of_duration_become_exact() {
    let data = CalendarData { expand: window("20261001T000000", "20261220T000000"), ..CalendarData::default() };
    let event =
        |lines: &str| format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n");
    let days = event("DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261203\r\nRRULE:FREQ=WEEKLY;COUNT=1\r\n");
    assert!(rendered(&days, &data).contains("DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261203\r\n"));
    let change = event("DTSTART;TZID=Europe/Berlin:20261024T090000\r\nDURATION:P1D\r\n");
    assert!(rendered(&change, &data).contains("DTSTART:20261024T070000Z\r\nDURATION:PT90000S\r\n"));
}

#[test]
fn an_expansion_of_an_endless_series_over_centuries_is_too_many() {
    let endless = SERIES.replace(";COUNT=4", "");
    let tree = Tree::parse(endless.as_bytes()).unwrap();
    let data = CalendarData { expand: Some(Window::ALWAYS), ..CalendarData::default() };
    assert_eq!(render(&tree, &data, Berlin, &mut Budget::default()), Err(TooMany));
}

#[test]
fn a_limited_recurrence_set_keeps_the_master_and_the_overrides_that_matter() {
    let limited = |from, to| {
        let data = CalendarData { limit_recurrence: window(from, to), ..CalendarData::default() };
        rendered(SERIES, &data)
    };
    assert!(limited("20261210T000000", "20261211T000000").contains("SUMMARY:B"));
    assert!(limited("20261203T000000", "20261204T000000").contains("SUMMARY:B"));
    let without = limited("20261201T000000", "20261202T000000");
    assert!(
        !without.contains("SUMMARY:B") && without.contains("RRULE:FREQ=DAILY;COUNT=4") && without.contains("VTIMEZONE")
    );
}

#[test]
fn limited_free_busy_keeps_the_periods_of_the_window() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nUID:1\r\n\
        FREEBUSY;FBTYPE=BUSY:20261201T090000Z/PT1H,20261202T090000Z/PT1H\r\nFREEBUSY:20261203T090000Z/PT1H\r\n\
        END:VFREEBUSY\r\nEND:VCALENDAR\r\n";
    let data = CalendarData { limit_freebusy: window("20261202T000000", "20261203T000000"), ..CalendarData::default() };
    let limited = rendered(text, &data);
    assert!(limited.contains("UID:1\r\nFREEBUSY;FBTYPE=BUSY:20261202T090000Z/PT1H\r\nEND:VFREEBUSY"), "{limited}");
}

#[test]
fn only_the_selected_components_and_properties_are_shown_and_some_without_value() {
    let prop = |name: &str, novalue| PropSelection { name: name.into(), novalue };
    let event = CompSelection {
        name: "VEVENT".into(),
        props: Props::Named(vec![prop("UID", false), prop("SUMMARY", true)]),
        comps: Comps::Named(vec![]),
    };
    let calendar = CompSelection {
        name: "VCALENDAR".into(),
        props: Props::Named(vec![prop("VERSION", false)]),
        comps: Comps::Named(vec![event]),
    };
    let data = CalendarData { comp: Some(calendar), ..CalendarData::default() };
    let one = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:\r\nEND:VEVENT\r\n";
    assert_eq!(rendered(SERIES, &data), format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{one}{one}END:VCALENDAR\r\n"));
}
