//! What is refused, by which precondition, at which line; and what must not be.

use super::*;

const RULES: Rules<'static> =
    Rules { components: &["VEVENT", "VTODO", "VFREEBUSY", "VAVAILABILITY"], max_size: MAX_SIZE };

fn refused(body: &str) -> (String, String) {
    let refusal = check(body.as_bytes(), &RULES).unwrap_err();
    (refusal.element().to_owned(), refusal.to_string())
}

/// An event that begins in line 2 of the text, DTSTART in line 4, and the given lines from 5.
fn event(lines: &str) -> String {
    let lines = lines.replace('\n', "\r\n");
    format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T090000Z\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn is(element: &str, message: &str) -> (String, String) {
    (element.to_owned(), message.to_owned())
}

fn accepted(body: &str) {
    check(body.as_bytes(), &RULES).unwrap();
}

#[test]
fn a_body_larger_than_the_limit_is_not_even_read() {
    assert_eq!(
        refused(&"x".repeat(MAX_SIZE + 1)),
        is("max-resource-size", "262145 bytes are too many: an object may have 262144")
    );
}

#[test]
fn a_quarter_megabyte_of_folds_or_of_begins_is_refused_at_once() {
    let folds = format!("BEGIN:VCALENDAR\r\nX:{}", "\n ".repeat(130_000));
    assert_eq!(refused(&folds), is("valid-calendar-data", "line 2: folded into more than 8192 pieces"));
    let begins = format!("BEGIN:VCALENDAR\r\n{}", "BEGIN:VEVENT\r\n".repeat(10_000));
    assert_eq!(refused(&begins), is("valid-calendar-data", "line 9: components nest deeper than 8"));
}

#[test]
fn a_message_is_no_calendar_object() {
    let body = event("").replacen("BEGIN:VEVENT", "METHOD:REQUEST\r\nBEGIN:VEVENT", 1);
    let (element, message) = refused(&body);
    assert_eq!(element, "valid-calendar-object-resource");
    assert!(message.starts_with("line 2: METHOD"), "{message}");
}

#[test]
fn an_object_has_one_uid_one_kind_and_one_master() {
    let second = |lines: &str| {
        event("").replacen("END:VCALENDAR", &format!("{lines}\r\nEND:VCALENDAR"), 1).replace("\r\n\r\n", "\r\n")
    };
    let element = "valid-calendar-object-resource";
    assert_eq!(refused(&event("").replace("UID:1", "UID:")), is(element, "line 2: this VEVENT has no UID"));
    let long = format!("UID:{}", "u".repeat(256));
    assert_eq!(refused(&event("").replace("UID:1", &long)), is(element, "line 3: the UID is longer than 255 bytes"));
    assert_eq!(
        refused(&second("BEGIN:VEVENT\r\nUID:2\r\nRECURRENCE-ID:20261201\r\nDTSTART:20261201\r\nEND:VEVENT")),
        is(element, "line 7: another UID than in line 3: one object has one UID")
    );
    assert_eq!(
        refused(&second("BEGIN:VTODO\r\nUID:1\r\nEND:VTODO")),
        is(element, "line 6: VTODO beside VEVENT: an object is of one kind")
    );
    assert_eq!(
        refused(&second("BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201\r\nEND:VEVENT")),
        is(element, "line 6: a second VEVENT of this UID without RECURRENCE-ID; the first begins in line 2")
    );
    assert_eq!(
        refused("BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"),
        is(element, "line 1: the calendar holds no event, nor anything else that could be stored")
    );
    accepted(&second("BEGIN:X-NOTE\r\nX-A:1\r\nEND:X-NOTE"));
}

#[test]
fn a_component_the_collection_does_not_take_is_named() {
    assert_eq!(
        refused(&event("").replace("VEVENT", "VJOURNAL")),
        is(
            "supported-calendar-component",
            "line 2: this calendar takes VEVENT, VTODO, VFREEBUSY, VAVAILABILITY, not VJOURNAL"
        )
    );
}

#[test]
fn rules_that_cannot_be_expanded_cheaply_are_refused() {
    let element = "max-instances";
    assert_eq!(refused(&event("RRULE:FREQ=SECONDLY")), is(element, "line 5: repeats more often than every hour"));
    assert_eq!(refused(&event("RRULE:FREQ=DAILY;COUNT=1000000000")), is(element, "line 5: a COUNT of more than 10000"));
    assert_eq!(refused(&event("EXRULE:FREQ=DAILY")).0, element);
    let all: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    let bomb = format!("RRULE:FREQ=YEARLY;COUNT=1;BYMINUTE={0};BYSECOND={0}", all.join(","));
    assert_eq!(refused(&event(&bomb)).1, "line 5: repeats 3600 times a day; 288 are allowed");
    assert_eq!(refused(&event("RRULE:FREQ=HOURLY;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12")).0, element);
    let long = format!("RRULE:FREQ=DAILY;BYMONTHDAY={}", vec!["1"; 400].join(","));
    assert_eq!(refused(&event(&long)).1, "line 5: BYMONTHDAY lists more than 366 entries");
    let zone = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nRRULE:FREQ=MINUTELY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT";
    assert_eq!(refused(&event("").replacen("BEGIN:VEVENT", zone, 1)).0, element);
    accepted(&event("RRULE:FREQ=HOURLY;BYMINUTE=0,15,30,45"));
}

#[test]
fn rules_that_are_none_name_their_line() {
    let (element, message) = refused(&event("SUMMARY:a\nRRULE:FREQ=FORTNIGHTLY"));
    assert_eq!(element, "valid-calendar-data");
    assert!(message.starts_with("line 6: "), "{message}");
    assert_eq!(refused(&event("RRULE:RSCALE=CHINESE;FREQ=YEARLY")).0, "supported-rscale");
}

#[test]
fn dates_outside_six_centuries_are_refused_but_birthdays_are_not() {
    let dated = |day: &str| event("").replace("20261201T090000Z", day);
    assert_eq!(refused(&dated("15000101")), is("min-date-time", "line 4: DTSTART lies before the year 1601"));
    assert_eq!(refused(&dated("99991231T235959Z")), is("max-date-time", "line 4: DTSTART lies after the year 2200"));
    accepted(&dated("16040229"));
}

#[test]
fn times_that_are_none_are_refused_and_an_end_before_the_start() {
    assert_eq!(
        refused(&event("DTEND:2026-12-01")),
        is("valid-calendar-data", "line 5: ‘2026-12-01’ is not a date or a time")
    );
    assert_eq!(
        refused(&event("DTEND:20261201T080000Z")),
        is("valid-calendar-data", "line 5: DTEND lies before DTSTART of line 4")
    );
    assert_eq!(refused(&event("").replace("DTSTART:20261201T090000Z", "X:1")).1, "line 2: this VEVENT has no DTSTART");
}

#[test]
fn a_hundred_attendees_are_enough() {
    let many: Vec<String> = (0..101).map(|n| format!("ATTENDEE:mailto:p{n}@example.net")).collect();
    accepted(&event(&many[..100].join("\n")));
    assert_eq!(
        refused(&event(&many.join("\n"))),
        is("max-attendees-per-instance", "line 105: more than 100 attendees")
    );
}

#[test]
fn what_real_programs_write_is_taken() {
    for lines in [
        "DTEND:20261201T090000Z\nDURATION:PT0S",
        "RRULE:FREQ=DAILY;UNTIL=20261231\nEXDATE;VALUE=DATE:20261203",
        "SUMMARY:a\u{b}b\u{1}",
        "DTEND;TZID=Europe/London :20261201T100000",
        "RDATE:\nEXDATE:",
        "BEGIN:VALARM\nTRIGGER:nonsense\nEND:VALARM",
    ] {
        accepted(&event(lines));
    }
    accepted(
        "\u{feff}BEGIN:VCALENDAR\n\nBEGIN:VFREEBUSY\nUID:1\nFREEBUSY:19970101/19970102\nEND:VFREEBUSY\nEND:VCALENDAR",
    );
}

#[test]
fn a_nul_is_refused() {
    assert_eq!(refused(&event("SUMMARY:a\0b")), is("valid-calendar-data", "line 5: a NUL character"));
}

#[test]
fn all_components_name_one_organizer_or_none() {
    let instance = |organizer: &str| {
        event("RRULE:FREQ=DAILY\nORGANIZER:mailto:ada@example.net").replacen(
            "END:VCALENDAR",
            &format!("BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:20261202T090000Z\r\nDTSTART:20261202T100000Z\r\n{organizer}END:VEVENT\r\nEND:VCALENDAR"),
            1,
        )
    };
    accepted(&instance(""));
    accepted(&instance("ORGANIZER;CN=A:MAILTO:Ada@example.net\r\n"));
    assert_eq!(
        refused(&instance("ORGANIZER:mailto:bob@example.net\r\n")),
        is("same-organizer-in-all-components", "line 12: another ORGANIZER than in line 6")
    );
}
