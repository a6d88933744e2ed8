//! Which objects a calendar-query finds.

use super::*;
use chrono_tz::Europe::Berlin;

const EVENT: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nDTSTART;TZID=Europe/Berlin:20261201T090000\n\
    DURATION:PT1H\nRRULE:FREQ=WEEKLY\nSUMMARY:On call\\, payments\nCATEGORIES:primary\n\
    ATTENDEE;PARTSTAT=ACCEPTED;CN=Ada:mailto:ada@example.net\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bo@example.net\n\
    BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-P2D\nREPEAT:1\nDURATION:PT6H\nEND:VALARM\nEND:VEVENT\n\
    BEGIN:VEVENT\nUID:1\nRECURRENCE-ID;TZID=Europe/Berlin:20261208T090000\nDTSTART:20261208T200000Z\nDURATION:PT1H\n\
    SUMMARY:Moved\nEND:VEVENT\nEND:VCALENDAR\n";

fn holds(comps: Vec<CompFilter>) -> bool {
    let tree = Tree::parse(EVENT.as_bytes()).unwrap();
    let filter = CompFilter { name: "VCALENDAR".into(), comps, ..CompFilter::default() };
    matches(&tree, &filter, Berlin, &mut Budget::default()).unwrap()
}

fn comp(name: &str) -> CompFilter {
    CompFilter { name: name.into(), ..CompFilter::default() }
}

fn prop(name: &str) -> PropFilter {
    PropFilter { name: name.into(), ..PropFilter::default() }
}

#[expect(clippy::unnecessary_wraps, reason = "reads as the field it fills")]
fn text(text: &str) -> Option<TextMatch> {
    Some(TextMatch { text: text.into(), ..TextMatch::default() })
}

fn event(props: Vec<PropFilter>) -> Vec<CompFilter> {
    vec![CompFilter { props, ..comp("VEVENT") }]
}

fn at(text: &str) -> Instant {
    chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap().and_utc().into()
}

#[expect(clippy::unnecessary_wraps, reason = "reads as the field it fills")]
fn range(from: &str, to: &str) -> Option<Window> {
    Some(Window::new(at(from), at(to)))
}

#[test]
fn components_are_defined_or_not() {
    assert!(holds(vec![comp("VEVENT")]) && !holds(vec![comp("VTODO")]));
    assert!(holds(vec![CompFilter { is_not_defined: true, ..comp("VTODO") }]));
    assert!(!holds(vec![CompFilter { is_not_defined: true, ..comp("VEVENT") }]));
    assert!(holds(vec![]));
    assert!(!holds(vec![comp("VEVENT"), comp("VTODO")]));
}

#[test]
fn properties_match_by_presence_and_text() {
    assert!(holds(event(vec![prop("CATEGORIES")])) && !holds(event(vec![prop("LOCATION")])));
    assert!(holds(event(vec![PropFilter { is_not_defined: true, ..prop("LOCATION") }])));
    assert!(holds(event(vec![PropFilter { text: text("CALL, PAY"), ..prop("SUMMARY") }])));
    assert!(!holds(event(vec![PropFilter { text: text("holiday"), ..prop("SUMMARY") }])));
}

#[test]
fn conditions_must_meet_in_one_component() {
    let moved = PropFilter { text: text("Moved"), ..prop("SUMMARY") };
    assert!(!holds(event(vec![moved.clone(), prop("CATEGORIES")])));
    let ranged =
        |from, to| vec![CompFilter { time_range: range(from, to), props: vec![moved.clone()], ..comp("VEVENT") }];
    assert!(holds(ranged("20261208T200000", "20261208T210000")));
    assert!(!holds(ranged("20261215T000000", "20261216T000000")));
}

#[test]
fn parameters_match_on_the_same_property_as_the_text() {
    let attendee = |address: &str, partstat: &str| {
        let params = vec![ParamFilter { name: "PARTSTAT".into(), text: text(partstat), ..ParamFilter::default() }];
        event(vec![PropFilter { text: text(address), params, ..prop("ATTENDEE") }])
    };
    assert!(holds(attendee("mailto:ada", "accepted")) && !holds(attendee("mailto:bo@", "accepted")));
    let without_cn = ParamFilter { name: "CN".into(), is_not_defined: true, text: None };
    assert!(holds(event(vec![PropFilter { params: vec![without_cn], ..prop("ATTENDEE") }])));
}

#[test]
fn time_ranges_see_recurrences_without_end() {
    let ranged = |time_range| vec![CompFilter { time_range, ..comp("VEVENT") }];
    assert!(holds(ranged(range("20310107T000000", "20310108T000000"))));
    assert!(!holds(ranged(range("20310108T000000", "20310109T000000"))));
    assert!(!holds(ranged(range("20261208T070000", "20261208T093000"))));
    assert!(holds(ranged(Some(Window::new(at("20400101T000000"), Instant::FAR_FUTURE)))));
}

#[test]
fn alarms_are_found_when_they_go_off_and_when_they_repeat() {
    let alarm = |from, to| {
        let inner = CompFilter { time_range: range(from, to), ..comp("VALARM") };
        vec![CompFilter { comps: vec![inner], ..comp("VEVENT") }]
    };
    assert!(holds(alarm("20261213T080000", "20261213T080001")));
    assert!(holds(alarm("20261213T140000", "20261213T140001")));
    assert!(!holds(alarm("20261213T080001", "20261213T140000")));
}

#[test]
fn properties_may_lie_in_a_time_range() {
    let starts = |from, to| event(vec![PropFilter { time_range: range(from, to), ..prop("DTSTART") }]);
    assert!(holds(starts("20261201T080000", "20261201T080001")));
    assert!(!holds(starts("20261201T080001", "20261201T090000")));
}

#[test]
fn bounds_are_those_of_components_and_not_of_alarms() {
    let calendar = |comps| CompFilter { comps, ..comp("VCALENDAR") };
    let week = range("20261201T000000", "20261208T000000");
    let ranged = CompFilter { time_range: week, ..comp("VEVENT") };
    assert_eq!(calendar(vec![ranged.clone()]).bounds(), week);
    let alarmed = CompFilter { comps: vec![CompFilter { time_range: week, ..comp("VALARM") }], ..comp("VEVENT") };
    assert_eq!(calendar(vec![alarmed]).bounds(), None);
}
