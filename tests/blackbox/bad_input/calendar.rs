//! Objects that can't be stored: the precondition of RFC 4791 5.3.2.1, and a sentence with the line to look at.

use super::super::caldav::{event_at, object};
use super::{App, CALENDAR, Scene, Server, assert_told, event};

#[test]
fn each_fault_of_an_object_has_its_precondition_and_its_line() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let twice = |second: &str| event("x", "").replace("END:VCALENDAR", &format!("{second}END:VCALENDAR"));
    let attendees: String = (0..101).map(|n| format!("ATTENDEE:mailto:{n}@example.org\r\n")).collect();
    for (body, element, place) in [
        ("nothing like a calendar".to_owned(), "valid-calendar-data", "line 1"),
        (String::new(), "valid-calendar-data", "line 1"),
        (event("x", "SUMMARY\r\n"), "valid-calendar-data", "line 9"),
        (event("x", "SUMMARY:a\u{0}b\r\n"), "valid-calendar-data", "line 9"),
        (event("x", "RRULE:FREQ=NEVER\r\n"), "valid-calendar-data", "line 9"),
        (event_at("x", "DTSTART:tomorrow\r\n", ""), "valid-calendar-data", "line 7"),
        (event_at("x", "", ""), "valid-calendar-data", "line 4"),
        ("BEGIN:VCALENDAR\r\n".to_owned() + &"BEGIN:VEVENT\r\n".repeat(10_000), "valid-calendar-data", "line 9"),
        (event("x", "").replace("UID:x\r\n", ""), "valid-calendar-object-resource", "line 4"),
        (twice("BEGIN:VTODO\r\nUID:x\r\nEND:VTODO\r\n"), "valid-calendar-object-resource", "line 10"),
        (twice("BEGIN:VEVENT\r\nUID:y\r\nEND:VEVENT\r\n"), "valid-calendar-object-resource", "line 11"),
        (twice("BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n"), "valid-calendar-object-resource", "line 10"),
        (event("x", "").replace("PRODID", "METHOD:REQUEST\r\nPRODID"), "valid-calendar-object-resource", "line 3"),
        (event("x", "").replace("2.0", "1.0"), "supported-calendar-data", "line 2"),
        (object("VPOLL", "UID:x\r\n"), "supported-calendar-component", "line 4"),
        (
            twice("BEGIN:VEVENT\r\nUID:x\r\nRECURRENCE-ID:20261201T090000Z\r\nDTSTART:20261201T090000Z\r\nORGANIZER:mailto:b\r\nEND:VEVENT\r\n")
                .replacen("END:VEVENT", "ORGANIZER:mailto:a\r\nEND:VEVENT", 1),
            "same-organizer-in-all-components",
            "line 15",
        ),
        (event("x", &format!("DESCRIPTION:{}\r\n", "a".repeat(300_000))), "max-resource-size", "262144"),
        (event("x", "RRULE:FREQ=SECONDLY\r\n"), "max-instances", "line 9"),
        (event("x", "RRULE:FREQ=DAILY;COUNT=1000000000\r\n"), "max-instances", "line 9"),
        (event("x", "RRULE:FREQ=YEARLY;RSCALE=HEBREW\r\n"), "supported-rscale", "line 9"),
        (event("x", &attendees), "max-attendees-per-instance", "line 109"),
        (event_at("x", "DTSTART:15000101T000000Z\r\n", ""), "min-date-time", "line 7"),
        (event_at("x", "DTSTART:23000101T000000Z\r\n", ""), "max-date-time", "line 7"),
    ] {
        let refused = ada.put(&format!("{CALENDAR}bad.ics"), &body).expect(403).text();
        let shown = &body[..body.len().min(200)];
        assert!(refused.contains(&format!("<C:{element}/>")), "{element}: {refused} {shown}");
        assert!(refused.contains(place), "{place}: {refused} {shown}");
    }
    for kind in ["text/plain", "application/calendar+json"] {
        let path = format!("{CALENDAR}bad.ics");
        let refused = ada.send("PUT", &path, &[("Content-Type", kind)], &event("x", "")).expect(403).text();
        assert!(refused.contains("<C:supported-calendar-data/>"), "{kind}: {refused}");
    }
    assert!(ada.names(CALENDAR).is_empty());
}

#[test]
fn checklist_18_a_uid_stands_once_in_a_calendar_and_stays_with_its_object() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.put(&format!("{CALENDAR}a.ics"), &event("a", "")).expect(201);
    let href = "<C:no-uid-conflict><D:href>/dav/calendars/ada/calendar/a.ics</D:href></C:no-uid-conflict>";
    for (name, uid) in [("b.ics", "a"), ("a.ics", "b")] {
        let refused = ada.put(&format!("{CALENDAR}{name}"), &event(uid, "")).expect(403).text();
        assert!(refused.contains(href), "{name}: {refused}");
    }
    ada.make("/dav/calendars/ada/other/");
    ada.put("/dav/calendars/ada/other/a.ics", &event("a", "")).expect(201);
}

#[test]
fn a_meeting_stands_once_among_somebodys_calendars() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make("/dav/calendars/ada/other/");
    let meeting = event("m", "ORGANIZER:mailto:boss@example.com\r\nATTENDEE:mailto:ada@example.org\r\n");
    let (first, second) = (format!("{CALENDAR}m.ics"), "/dav/calendars/ada/other/m.ics");
    ada.put(&first, &meeting).expect(201);
    let href = "<C:unique-scheduling-object-resource><D:href>/dav/calendars/ada/calendar/m.ics</D:href>";
    assert!(ada.put(second, &meeting).expect(403).text().contains(href));
    ada.put(second, &event("m", "")).expect(201);
    assert!(ada.put(second, &meeting).expect(403).text().contains(href), "nor can it become one");
    ada.delete(second).expect(204);
    ada.move_to(&first, second, &[]).expect(201);
    ada.put(second, &meeting).expect(204);
    App::of(&server, "ben").put("/dav/calendars/ben/calendar/m.ics", &meeting).expect(201);
}

#[test]
fn checklist_14_an_object_that_is_too_large_is_refused_before_or_after_it_is_read() {
    // 14
    let scene = Scene::new();
    let path = format!("{CALENDAR}large.ics");
    let of = |bytes: usize| event("large", &format!("DESCRIPTION:{}\r\n", "a".repeat(bytes)));
    let refused = scene.ada().put(&path, &of(1_100_000));
    assert_eq!(refused.status, 413, "more than any object, so that it isn't read");
    assert!(refused.text().contains("At most 1048576 bytes"), "{}", refused.text());
    assert_told(&scene.ada().put(&path, &of(300_000)), 403, "C:max-resource-size", "262144");
    scene.is_unharmed();
}

#[test]
fn checklist_15_16_nesting_and_folding_without_end_are_refused() {
    // 15, 16
    let scene = Scene::new();
    let ada = scene.ada();
    let path = format!("{CALENDAR}deep.ics");
    for name in ["VEVENT", "VALARM", "X-BOX"] {
        let deep = format!("BEGIN:VCALENDAR\r\n{}", format!("BEGIN:{name}\r\n").repeat(10_000));
        assert_told(&ada.put(&path, &deep), 403, "C:valid-calendar-data", "components nest deeper than 8");
    }
    for piece in ["\r\n x", "\r\n ", "\n\t"] {
        let folded = event("deep", &format!("SUMMARY:{}\r\n", piece.repeat(60_000)));
        assert_told(&ada.put(&path, &folded), 403, "C:valid-calendar-data", "line 9: folded into more than 8192");
    }
    // As many as there is room for are too much in one request, not for the server.
    let larger = event("deep", &format!("SUMMARY:{}\r\n", "\r\n x".repeat(250_000)));
    let refused = ada.put(&path, &larger);
    assert_eq!(refused.status, 403, "{}", refused.text());
    let closed = "END:VEVENT\r\n".repeat(10_000);
    assert_told(&ada.put(&path, &closed), 403, "C:valid-calendar-data", "line 1");
    scene.is_unharmed();
}

#[test]
fn checklist_17_a_nul_is_refused_and_other_controls_are_kept_as_they_came() {
    // 17
    let scene = Scene::new();
    let ada = scene.ada();
    let path = format!("{CALENDAR}controls.ics");
    assert_told(&ada.put(&path, &event("controls", "SUMMARY:a\u{0}b\r\n")), 403, "C:valid-calendar-data", "a NUL");
    for bytes in [&b"SUMMARY:\xff\r\n"[..], b"SUMMARY:\xc0\x80\r\n", b"SUMMARY:\xed\xa0\x80\r\n"] {
        let mut body = event("controls", "").into_bytes();
        let at = body.windows(10).position(|w| w == b"END:VEVENT").unwrap();
        body.splice(at..at, bytes.iter().copied());
        let refused = ada.send_bytes("PUT", &path, &[("Content-Type", "text/calendar")], &body);
        assert_told(&refused, 403, "C:valid-calendar-data", "UTF-8");
    }
    let bell = event("controls", "SUMMARY:a\u{7}b\r\n");
    ada.put(&path, &bell).expect(201);
    assert_eq!(ada.get(&path).text(), bell);
    scene.is_unharmed_but_for(&["controls.ics"]);
}

#[test]
fn checklist_24_a_zone_that_nobody_knows_harms_nothing_and_one_without_end_is_refused() {
    // 24
    let scene = Scene::new();
    let ada = scene.ada();
    let in_zone = |uid: &str, zone: &str| event_at(uid, &format!("DTSTART;TZID={zone}:20261201T090000\r\n"), "");
    ada.put(&format!("{CALENDAR}mars.ics"), &in_zone("mars", "Mars/Olympus")).expect(201);
    let part = "BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0000\r\n\
                RRULE:FREQ=YEARLY\r\nEND:STANDARD\r\n";
    let zone = |parts: &str| {
        let zone = format!("BEGIN:VTIMEZONE\r\nTZID:Z\r\n{parts}END:VTIMEZONE\r\nBEGIN:VEVENT");
        in_zone("zone", "Z").replacen("BEGIN:VEVENT", &zone, 1)
    };
    let path = format!("{CALENDAR}zone.ics");
    assert_told(&ada.put(&path, &zone(&part.repeat(1_500))), 403, "C:valid-calendar-data", "more than 1000 parts");
    let rules = "RRULE:FREQ=YEARLY;BYMONTH=3\r\n".repeat(8_000);
    let many = zone(&part.replace("RRULE:FREQ=YEARLY\r\n", &rules));
    let reply = ada.put(&path, &many);
    assert!(matches!(reply.status, 201 | 403), "{}", reply.text());
    ada.delete(&path);
    let daily = zone(&part.replace("YEARLY", "DAILY"));
    assert_told(&ada.put(&path, &daily), 403, "C:max-instances", "every day or more often");
    let month = super::recurrence::matching(&ada, "20261201T000000Z", "20270101T000000Z");
    assert!(month.contains(&"mars.ics".to_owned()), "read in the calendar's own zone: {month:?}");
    scene.is_unharmed_but_for(&["mars.ics"]);
}

#[test]
fn checklist_25_overrides_outside_of_their_series_are_kept_and_count_where_they_lie() {
    // 25
    let scene = Scene::new();
    let ada = scene.ada();
    let instead = |id: &str, at: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:outside\r\nDTSTAMP:20261101T000000Z\r\nRECURRENCE-ID:{id}\r\nDTSTART:{at}\r\n\
             DURATION:PT1H\r\nEND:VEVENT\r\n"
        )
    };
    let series = event("outside", "RRULE:FREQ=DAILY;COUNT=3\r\n");
    let others = instead("20301201T090000Z", "20310301T110000Z") + &instead("19991201T090000Z", "20000301T110000Z");
    let text = series.replace("END:VCALENDAR", &format!("{others}END:VCALENDAR"));
    ada.put(&format!("{CALENDAR}outside.ics"), &text).expect(201);
    assert_eq!(ada.get(&format!("{CALENDAR}outside.ics")).text(), text);
    let found = |from: &str, to: &str| super::recurrence::matching(&ada, from, to).contains(&"outside.ics".to_owned());
    assert!(found("20261202T000000Z", "20261203T000000Z") && found("20310301T000000Z", "20310302T000000Z"));
    assert!(!found("20301201T000000Z", "20301202T000000Z") && !found("20270101T000000Z", "20280101T000000Z"));
    scene.is_unharmed_but_for(&["outside.ics"]);
}

#[test]
fn an_error_holds_its_condition_and_nothing_else_that_could_be_one() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let refused = ada.put(&format!("{CALENDAR}x.ics"), "no -- calendar -->").expect(403);
    let text = refused.text();
    assert!(refused.header("content-type").unwrap().contains("xml"));
    let inner = text.split("><").collect::<Vec<_>>();
    assert!(inner.len() == 3 && inner[1].starts_with("C:valid-calendar-data/") || text.contains("<!--"), "{text}");
    assert!(!text.contains("responsedescription"), "RFC 4918 14.5: {text}");
    let nothing = ada.get(&format!("{CALENDAR}nothing.ics")).expect(404);
    assert!(nothing.header("content-type").unwrap().starts_with("text/plain"), "{:?}", nothing.headers);
    assert!(nothing.text().contains("nothing.ics"));
}
