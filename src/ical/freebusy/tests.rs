//! When an object makes its owner busy.

use super::*;
use chrono_tz::Europe::Berlin;

fn at(text: &str) -> Instant {
    chrono::NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap().and_utc().into()
}

fn day() -> Window {
    Window::new(at("20261201T000000"), at("20261202T000000"))
}

/// `kind hour-hour` of each busy time on 1 December 2026.
fn busy(body: &str) -> Vec<String> {
    let text = format!("BEGIN:VCALENDAR\nVERSION:2.0\n{body}\nEND:VCALENDAR\n");
    let tree = Tree::parse(text.as_bytes()).unwrap();
    let times = busy_of(&tree, day(), Berlin, &mut Budget::default()).unwrap();
    let hour = |at: Instant| at.utc().format("%H").to_string();
    times.iter().map(|t| format!("{} {}-{}", t.kind.name(), hour(t.window.start), hour(t.window.end))).collect()
}

fn event(lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:1\nDTSTART:20261101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\n{lines}\nEND:VEVENT")
}

#[test]
fn events_are_busy_by_status_and_not_when_transparent_or_cancelled() {
    assert_eq!(busy(&event("STATUS:CONFIRMED")), ["BUSY 09-10"]);
    assert_eq!(busy(&event("STATUS:TENTATIVE")), ["BUSY-TENTATIVE 09-10"]);
    assert_eq!(busy(&event("X-MICROSOFT-CDO-BUSYSTATUS:OOF")), ["BUSY-UNAVAILABLE 09-10"]);
    assert!(busy(&event("TRANSP:TRANSPARENT")).is_empty() && busy(&event("STATUS:CANCELLED")).is_empty());
    assert!(busy("BEGIN:VTODO\nUID:1\nDTSTART:20261201T090000Z\nDURATION:PT1H\nEND:VTODO").is_empty());
}

#[test]
fn a_cancelled_override_frees_its_instance() {
    let cancelled =
        "BEGIN:VEVENT\nUID:1\nRECURRENCE-ID:20261201T090000Z\nDTSTART:20261201T090000Z\nSTATUS:CANCELLED\nEND:VEVENT";
    assert!(busy(&format!("{}\n{cancelled}", event("SUMMARY:x"))).is_empty());
}

#[test]
fn stored_free_busy_counts_by_its_type_and_is_cut_to_the_window() {
    let lines = "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261130T220000Z/PT3H\nFREEBUSY:20261201T050000Z/20261201T060000Z\n\
        FREEBUSY;FBTYPE=FREE:20261201T100000Z/PT1H";
    assert_eq!(
        busy(&format!("BEGIN:VFREEBUSY\nUID:1\n{lines}\nEND:VFREEBUSY")),
        ["BUSY-TENTATIVE 00-01", "BUSY 05-06"]
    );
}

#[test]
fn times_of_a_kind_are_joined_and_kinds_are_kept_apart() {
    let time = |from: i64, to: i64, kind| BusyTime {
        window: Window::new(Instant::from_millis(from), Instant::from_millis(to)),
        kind,
    };
    let times =
        vec![time(5, 9, Busy::Busy), time(0, 10, Busy::Tentative), time(9, 9, Busy::Busy), time(9, 12, Busy::Busy)];
    assert_eq!(merge(times), [time(0, 10, Busy::Tentative), time(5, 12, Busy::Busy)]);
}

#[test]
fn availability_is_busy_outside_of_its_recurring_available_parts() {
    let available = "BEGIN:AVAILABLE\nUID:a\nDTSTART;TZID=Europe/Berlin:20261005T090000\n\
        DTEND;TZID=Europe/Berlin:20261005T170000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU\nEND:AVAILABLE";
    let body = format!("BEGIN:VAVAILABILITY\nUID:1\n{available}\nEND:VAVAILABILITY");
    assert_eq!(busy(&body), ["BUSY-UNAVAILABLE 00-08", "BUSY-UNAVAILABLE 16-00"]);
    let bounded = "DTSTART:20261201T060000Z\nDTEND:20261201T200000Z\nBUSYTYPE:BUSY-TENTATIVE";
    let body = format!("BEGIN:VAVAILABILITY\nUID:1\n{bounded}\n{available}\nEND:VAVAILABILITY");
    assert_eq!(busy(&body), ["BUSY-TENTATIVE 06-08", "BUSY-TENTATIVE 16-20"]);
}

#[test]
fn the_higher_priority_covers_the_lower() {
    let part = |priority: &str, from: &str, to: &str, inner: &str| {
        format!(
            "BEGIN:VAVAILABILITY\nUID:{from}\nPRIORITY:{priority}\nDTSTART:20261201T{from}0000Z\nDTEND:20261201T{to}0000Z\n{inner}END:VAVAILABILITY"
        )
    };
    let free = "BEGIN:AVAILABLE\nUID:a\nDTSTART:20261201T080000Z\nDTEND:20261201T100000Z\nEND:AVAILABLE\n";
    let text = format!("{}\n{}", part("1", "08", "12", free), part("0", "06", "20", ""));
    assert_eq!(busy(&text), ["BUSY-UNAVAILABLE 06-08", "BUSY-UNAVAILABLE 10-20"]);
    let calendar = format!("BEGIN:VCALENDAR\n{text}\nEND:VCALENDAR\n");
    let tree = Tree::parse(calendar.as_bytes()).unwrap();
    let blocks = availability_blocks(&tree, day(), Berlin, &mut Budget::default()).unwrap();
    let free: Vec<Window> = blocks.iter().filter(|b| b.busy.is_none()).map(|b| b.window).collect();
    assert_eq!(free, [Window::new(at("20261201T080000"), at("20261201T100000"))]);
}

#[test]
fn the_answer_is_a_calendar_that_can_be_read_again() {
    let times = [BusyTime { window: Window::new(at("20261201T090000"), at("20261201T100000")), kind: Busy::Tentative }];
    let text = vfreebusy(
        day(),
        &times,
        at("20261101T000000"),
        &[("METHOD", "REPLY"), ("ATTENDEE", "mailto:a@example.net\r\nX:1")],
    );
    let tree = Tree::parse(text.as_bytes()).unwrap();
    assert_eq!(tree.calendar().property("METHOD").unwrap().value(), "REPLY");
    assert!(text.contains("\r\nATTENDEE:mailto:a@example.netX:1\r\n"));
    assert_eq!(busy_of(&tree, day(), Berlin, &mut Budget::default()).unwrap(), times);
}
