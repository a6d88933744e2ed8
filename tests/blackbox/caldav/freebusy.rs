//! free-busy-query: what makes somebody busy, and what does not.

use super::{AVAILABILITY, App, CALENDAR, HOME, NAMES, event_at, object};
use crate::support::{Reply, Server};

const OWN: &str = "/dav/calendars/ada/own/";

fn ask(app: &App<'_>, path: &str, from: &str, to: &str) -> Reply {
    let range = format!(r#"<C:time-range start="{from}" end="{to}"/>"#);
    app.report(path, &format!("<C:free-busy-query {NAMES}>{range}</C:free-busy-query>"))
}

/// The busy times of the first week of February 2027, as `TYPE start/end` with hours of UTC.
fn busy(app: &App<'_>, path: &str) -> Vec<String> {
    let text = ask(app, path, "20270201T000000Z", "20270208T000000Z").expect(200).text();
    let lines = text.lines().filter_map(|line| line.strip_prefix("FREEBUSY;FBTYPE="));
    lines.map(|line| line.replace("202702", "").replace("0000Z", "").replace(':', " ")).collect()
}

fn hours(day: u32, from: u32, to: u32) -> String {
    format!("DTSTART:202702{day:02}T{from:02}0000Z\r\nDTEND:202702{day:02}T{to:02}0000Z\r\n")
}

#[test]
fn recurrence_transparency_and_status_decide() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    for (name, times, lines) in [
        ("meeting", hours(1, 9, 10), ""),
        ("free", hours(1, 14, 15), "TRANSP:TRANSPARENT\r\n"),
        ("maybe", hours(1, 9, 12), "STATUS:TENTATIVE\r\n"),
        ("off", hours(2, 9, 10), "STATUS:CANCELLED\r\n"),
        ("daily", hours(3, 9, 10), "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20270204T090000Z\r\n"),
        ("out", hours(6, 9, 10), "X-MICROSOFT-CDO-BUSYSTATUS:OOF\r\n"),
        ("day", "DTSTART;VALUE=DATE:20270207\r\n".to_owned(), ""),
        ("long ago", "DTSTART:20200101T100000Z\r\nDTEND:20200101T110000Z\r\n".to_owned(), ""),
    ] {
        ada.put(&format!("{OWN}{}", name.replace(' ', "-")), &event_at(name, &times, lines)).expect(201);
    }
    let given = "UID:given\r\nDTSTAMP:20261101T000000Z\r\nFREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20270205T090000Z/PT2H\r\n\
                 FREEBUSY;FBTYPE=FREE:20270205T120000Z/PT2H\r\n";
    ada.put(&format!("{OWN}given"), &object("VFREEBUSY", given)).expect(201);
    // In order; of each kind nothing is said twice, and none hides another.
    let wanted = [
        "BUSY 01T09/01T10",
        "BUSY-TENTATIVE 01T09/01T12",
        "BUSY 03T09/03T10",
        "BUSY-UNAVAILABLE 05T09/05T11",
        "BUSY 05T09/05T10",
        "BUSY-UNAVAILABLE 06T09/06T10",
        "BUSY 07T00/08T00",
    ];
    assert_eq!(busy(&ada, OWN), wanted);
    for depth in ["0", "1", "infinity"] {
        let body = format!(
            r#"<C:free-busy-query {NAMES}><C:time-range start="20270201T000000Z" end="20270202T000000Z"/></C:free-busy-query>"#
        );
        let reply = ada.send("REPORT", OWN, &[("Depth", depth)], &body).expect(200);
        assert!(reply.header("content-type").unwrap().starts_with("text/calendar"));
        assert_eq!(reply.text().matches("FREEBUSY;").count(), 2, "{depth}: {}", reply.text());
    }
    assert!(busy(&ada, CALENDAR).is_empty());
}

#[test]
fn days_and_floating_times_are_meant_in_the_zone_of_the_calendar() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    ada.set(OWN, "<C:calendar-timezone-id>Asia/Tokyo</C:calendar-timezone-id>").expect(207);
    let floating = "DTSTART:20270201T120000\r\nDTEND:20270201T130000\r\n";
    ada.put(&format!("{OWN}floating"), &event_at("floating", floating, "")).expect(201);
    ada.put(&format!("{OWN}day"), &event_at("day", "DTSTART;VALUE=DATE:20270203\r\n", "")).expect(201);
    let wanted = ["BUSY 01T03/01T04", "BUSY 02T15/03T15"];
    assert_eq!(busy(&ada, OWN), wanted);
    assert!(wanted.iter().all(|time| busy(&ada, HOME).contains(&(*time).to_owned())), "{:?}", busy(&ada, HOME));
}

#[test]
fn a_person_is_busy_by_their_calendars_that_count_and_by_what_they_said() {
    let server = Server::with_demo("");
    // Ella's availability is empty in the demo.
    let (ella, home) = (App::of(&server, "ella"), "/dav/calendars/ella/");
    let at = |calendar: &str, name: &str| format!("{home}{calendar}/{name}.ics");
    let put = |calendar: &str, name: &str, times: String, lines: &str| {
        ella.put(&at(calendar, name), &event_at(name, &times, lines)).expect(201);
    };
    ella.make(&format!("{home}hobby/"));
    put("calendar", "meeting", hours(1, 9, 10), "");
    put("hobby", "choir", hours(1, 10, 11), "");
    put("availability", "dentist", hours(2, 9, 10), "SUMMARY:Dentist\r\nTRANSP:TRANSPARENT\r\n");
    put("availability", "avoid", hours(2, 11, 12), "SUMMARY:avoid: school\r\n");
    put("availability", "prefer", hours(2, 13, 14), "SUMMARY:prefer\r\n");
    put("availability", "free", hours(2, 15, 16), "SUMMARY:free\r\n");
    put("team-payments-availability", "team", hours(3, 9, 10), "SUMMARY:Away\r\n");
    let wanted = ["BUSY 01T09/01T11", "BUSY-UNAVAILABLE 02T09/02T10", "BUSY-TENTATIVE 02T11/02T12"];
    assert_eq!(busy(&ella, home), wanted, "nothing of what the team mounts");
    let transparent = "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>";
    ella.set(&format!("{home}hobby/"), transparent).expect(207);
    assert_eq!(busy(&ella, home)[0], "BUSY 01T09/01T10");
    assert_eq!(busy(&ella, &format!("{home}hobby/")), ["BUSY 01T10/01T11"], "asked itself it says what is in it");
    let said = "BEGIN:VAVAILABILITY\r\nUID:v\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20270204T000000Z\r\n\
                DTEND:20270205T000000Z\r\nBUSYTYPE:BUSY\r\nBEGIN:AVAILABLE\r\nUID:w\r\nDTSTAMP:20261101T000000Z\r\n\
                DTSTART:20270204T090000Z\r\nDTEND:20270204T170000Z\r\nEND:AVAILABLE\r\nEND:VAVAILABILITY\r\n";
    let said = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{said}END:VCALENDAR\r\n");
    ella.put(&at("availability", "hours"), &said).expect(201);
    assert_eq!(busy(&ella, home)[3..], ["BUSY 04T00/04T09", "BUSY 04T17/05T00"]);
}

#[test]
fn the_words_of_ones_team_mark_availability_here_too() {
    let server = Server::with_demo("");
    let words = serde_json::json!({ "settings": { "words": { "avoid": ["lieber nicht"], "prefer": ["gern"], "ignore": ["egal"] } } });
    server.api("PATCH", "/teams/payments", &words).expect(200);
    let ella = App::of(&server, "ella");
    for (n, title) in [(1, "lieber nicht: Schule"), (2, "gern"), (3, "egal"), (4, "avoid"), (5, "Urlaub")] {
        let path = format!("/dav/calendars/ella/availability/{n}.ics");
        ella.put(&path, &event_at(title, &hours(n, 9, 10), &format!("SUMMARY:{title}\r\n"))).expect(201);
    }
    let wanted = ["BUSY-TENTATIVE 01T09/01T10", "BUSY-UNAVAILABLE 04T09/04T10", "BUSY-UNAVAILABLE 05T09/05T10"];
    for path in ["/dav/calendars/ella/", "/dav/calendars/ella/availability/"] {
        assert_eq!(busy(&ella, path), wanted, "{path}");
    }
    // The outbox says the same to a colleague.
    let ask = object(
        "VFREEBUSY",
        "UID:ask\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20270201T000000Z\r\nDTEND:20270208T000000Z\r\n\
         ORGANIZER:MAILTO:Ada@Example.org\r\nATTENDEE:MAILTO:Ella@example.org\r\nATTENDEE:mailto:nobody@example.org\r\n",
    );
    let ask = ask.replace("PRODID", "METHOD:REQUEST\r\nPRODID");
    let ada = App::of(&server, "ada");
    let told = ada.send("POST", "/dav/calendars/ada/outbox/", &[("Content-Type", "text/calendar")], &ask);
    let told = told.expect(200).text();
    assert!(told.contains("BUSY-TENTATIVE:20270201T090000Z/20270201T100000Z"), "{told}");
    assert!(!told.contains("20270202T09") && told.contains("2.0;Success") && told.contains("3.7;"), "{told}");
}

#[test]
fn who_may_not_ask_is_told_and_nonsense_is_refused() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let (from, to) = ("20270201T000000Z", "20270208T000000Z");
    for path in ["/dav/calendars/ben/", "/dav/calendars/ben/calendar/", "/dav/calendars/ada/inbox/"] {
        let refused = ask(&ada, path, from, to).expect(403).text();
        assert!(refused.contains("<D:need-privileges>"), "{path}: {refused}");
    }
    ask(&ada, "/dav/calendars/ada/nothing/", from, to).expect(404);
    ada.put(&format!("{AVAILABILITY}a.ics"), &event_at("a", &hours(1, 9, 10), "")).expect(201);
    for path in ["/dav/calendars/ada/availability/a.ics", "/dav/principals/users/ada/"] {
        assert!(ask(&ada, path, from, to).expect(403).text().contains("<D:supported-report/>"), "{path}");
    }
    ask(&ada, HOME, to, from).expect(400);
    ada.report(HOME, &format!("<C:free-busy-query {NAMES}/>")).expect(400);
}
