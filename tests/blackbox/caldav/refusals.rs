//! Bad input: the precondition of the RFC and a sentence that says where, and the server goes on.

use super::{App, CALENDAR, HOME, NAMES, event, event_at, object};
use crate::support::Server;

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
fn a_uid_stands_once_in_a_calendar_and_stays_with_its_object() {
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
fn objects_go_where_there_is_a_calendar() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.put("/dav/calendars/ada/nothing/x.ics", &event("x", "")).expect(409);
    ada.put("/dav/calendars/ada/calendar/", &event("x", "")).expect(405);
    ada.put("/dav/calendars/ada/x.ics", &event("x", "")).expect(405);
    for path in [HOME, "/dav/", "/dav/principals/users/ada/"] {
        let refused = ada.put(path, &event("x", "")).expect(403).text();
        assert!(refused.contains("<D:need-privileges>"), "{path}: {refused}");
    }
    for name in ["..%2f..%2fadmin.ics", "a%00b.ics", "%252e%252e"] {
        ada.put(&format!("{CALENDAR}{name}"), &event("x", "")).expect(400);
    }
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

#[test]
fn bodies_that_are_no_xml_are_refused_at_once() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let doctype = r#"<!DOCTYPE l [<!ENTITY a "x">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>"#;
    for body in [doctype.to_owned(), "<a>".repeat(300_000), "<a></b>".to_owned(), "text".to_owned()] {
        ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], &body).expect(400);
        ada.send("REPORT", CALENDAR, &[("Depth", "1")], &body).expect(400);
    }
    for body in [
        "<x xmlns='DAV:'/>",
        "<propfind xmlns='DAV:'><x/></propfind>",
        "<propfind xmlns='DAV:'><allprop/><propname/></propfind>",
    ] {
        ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], body).expect(400);
    }
    ada.report(CALENDAR, "").expect(400);
}

#[test]
fn each_fault_of_a_report_has_its_precondition() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let query = |data: &str, rest: &str| {
        format!("<C:calendar-query {NAMES}><prop><C:calendar-data {data}/></prop>{rest}</C:calendar-query>")
    };
    let filter = |inner: &str| {
        format!(
            r#"<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{inner}</C:comp-filter></C:comp-filter></C:filter>"#
        )
    };
    let text = |collation: &str| {
        filter(&format!(
            r#"<C:prop-filter name="SUMMARY"><C:text-match collation="{collation}">x</C:text-match></C:prop-filter>"#
        ))
    };
    let hrefs = "<href>/x</href>".repeat(2_000);
    for (body, element) in [
        (query("", ""), "C:valid-filter"),
        (query("", r#"<C:filter><C:comp-filter name="VEVENT"/></C:filter>"#), "C:valid-filter"),
        (query("", &filter(r#"<C:time-range start="yesterday"/>"#)), "C:valid-filter"),
        (query("", &filter(r#"<C:time-range start="20261202T000000Z" end="20261201T000000Z"/>"#)), "C:valid-filter"),
        (query("", &filter("<C:sounds-like/>")), "C:supported-filter"),
        (query("", &text("i;klingon")), "C:supported-collation"),
        (query(r#"content-type="application/calendar+json""#, &filter("")), "C:supported-calendar-data"),
        (query("", &format!("{}<C:timezone-id>Mars/Olympus</C:timezone-id>", filter(""))), "C:valid-timezone"),
        (query("", &format!("{}<C:timezone>Berlin</C:timezone>", filter(""))), "C:valid-calendar-data"),
        (query("", &format!("{}<C:timezone>{}</C:timezone>", filter(""), event("x", ""))), "C:valid-calendar-data"),
        (
            format!("<C:calendar-multiget {NAMES}><prop/>{hrefs}</C:calendar-multiget>"),
            "D:number-of-matches-within-limits",
        ),
        (format!("<x {NAMES}/>"), "D:supported-report"),
    ] {
        let refused = ada.report(CALENDAR, &body).expect(403).text();
        assert!(refused.contains(&format!("<{element}/>")), "{element}: {refused}");
    }
    let sync = format!("<sync-collection {NAMES}><sync-token/><prop/></sync-collection>");
    let refused = ada.report("/dav/calendars/ada/", &sync).expect(403).text();
    assert!(refused.contains("<D:supported-report/>"), "{refused}");
}
