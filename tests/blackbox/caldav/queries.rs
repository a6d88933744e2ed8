//! calendar-query and calendar-multiget: which objects match, and which part of them comes back.

use super::{App, NAMES, event, event_at, object, xml};
use crate::support::Server;

const OWN: &str = "/dav/calendars/ada/own/";

/// A calendar with one object of each kind that a filter may be about.
fn filled(server: &Server) -> App<'_> {
    let ada = App::of(server, "ada");
    ada.make(OWN);
    let day = "DTSTART;VALUE=DATE:20261210\r\n";
    let moved = "BEGIN:VEVENT\r\nUID:weekly\r\nDTSTAMP:20261101T000000Z\r\nRECURRENCE-ID:20261208T090000Z\r\n\
                 DTSTART:20261220T090000Z\r\nDTEND:20261220T100000Z\r\nSUMMARY:Moved\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let alarm = "SUMMARY:Party\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-P2D\r\nEND:VALARM\r\n";
    let todo = "DTSTAMP:20261101T000000Z\r\nDUE:20261215T120000Z\r\n";
    for (name, text) in [
        ("day", event_at("day", day, "SUMMARY:Day\r\n")),
        ("birthday", event_at("birthday", "DTSTART;VALUE=DATE:19800315\r\n", "RRULE:FREQ=YEARLY\r\n")),
        ("endless", event_at("endless", "DTSTART:20260601T080000Z\r\nDURATION:PT30M\r\n", "RRULE:FREQ=DAILY\r\n")),
        ("moment", event_at("moment", "DTSTART:20261212T090000Z\r\n", "SUMMARY:Moment\r\n")),
        ("floating", event_at("floating", "DTSTART:20261211T000000\r\nDURATION:PT1H\r\n", "SUMMARY:Floating\r\n")),
        ("weekly", event("weekly", "RRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY:Weekly\r\n").replace("END:VCALENDAR", moved)),
        ("alarm", event_at("alarm", "DTSTART:20261225T090000Z\r\nDURATION:PT1H\r\n", alarm)),
        (
            "guests",
            event(
                "guests",
                "SUMMARY:Ärger & <Co>\r\nATTENDEE;PARTSTAT=NEEDS-ACTION;CN=\"B, C\":mailto:b@example.org\r\n",
            ),
        ),
        ("open", object("VTODO", &format!("UID:open\r\n{todo}STATUS:NEEDS-ACTION\r\n"))),
        ("done", object("VTODO", &format!("UID:done\r\n{todo}STATUS:COMPLETED\r\nCOMPLETED:20261214T120000Z\r\n"))),
        ("journal", object("VJOURNAL", "UID:journal\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261216\r\n")),
        ("busy", object("VFREEBUSY", "UID:busy\r\nDTSTAMP:20261101T000000Z\r\nFREEBUSY:20261217T100000Z/PT1H\r\n")),
    ] {
        ada.put(&format!("{OWN}{name}"), &text).expect(201);
    }
    ada
}

fn query(app: &App<'_>, data: &str, filter: &str, more: &str) -> String {
    let filter = format!(r#"<C:filter><C:comp-filter name="VCALENDAR">{filter}</C:comp-filter></C:filter>"#);
    let body = format!("<C:calendar-query {NAMES}><prop><getetag/>{data}</prop>{filter}{more}</C:calendar-query>");
    app.report(OWN, &body).expect(207).text()
}

/// The objects with a component that fulfils the conditions.
fn hits(app: &App<'_>, component: &str, conditions: &str) -> Vec<String> {
    let filter = format!(r#"<C:comp-filter name="{component}">{conditions}</C:comp-filter>"#);
    sorted(&query(app, "", &filter, ""))
}

fn sorted(multistatus: &str) -> Vec<String> {
    let mut names = xml::names(multistatus);
    names.sort();
    names
}

fn range(from: &str, to: &str) -> String {
    let end = |name: &str, at: &str| if at.is_empty() { String::new() } else { format!(" {name}=\"{at}Z\"") };
    format!("<C:time-range{}{}/>", end("start", from), end("end", to))
}

fn text(property: &str, attributes: &str, text: &str) -> String {
    format!(r#"<C:prop-filter name="{property}"><C:text-match {attributes}>{text}</C:text-match></C:prop-filter>"#)
}

#[test]
fn time_ranges_see_days_recurrences_overrides_and_alarms() {
    let server = Server::with_demo("");
    let ada = filled(&server);
    let events = |from: &str, to: &str| hits(&ada, "VEVENT", &range(from, to));
    assert_eq!(events("20261201T090000", "20261201T100000"), ["guests", "weekly"]);
    assert_eq!(events("20261208T090000", "20261208T100000"), Vec::<String>::new(), "moved away");
    assert_eq!(events("20261220T090000", "20261220T100000"), ["weekly"], "moved here");
    assert_eq!(events("20261210T230000", "20261211T003000"), ["day", "floating"], "in London's day");
    assert_eq!(events("20261209T230000", "20261210T000000"), Vec::<String>::new());
    assert_eq!(events("20261212T090000", "20261212T090001"), ["moment"]);
    assert_eq!(events("20261212T083000", "20261212T090000"), Vec::<String>::new());
    assert_eq!(events("20990315T000000", "20990315T010000"), ["birthday"]);
    assert_eq!(events("20991201T000000", ""), ["birthday", "endless"]);
    assert_eq!(events("", "19800316T000000"), ["birthday"]);
    let berlin = "<C:timezone-id>Europe/Berlin</C:timezone-id>";
    let filter =
        format!(r#"<C:comp-filter name="VEVENT">{}</C:comp-filter>"#, range("20261209T230000", "20261210T000000"));
    assert_eq!(xml::names(&query(&ada, "", &filter, berlin)), ["day"], "in Berlin it has begun");
    let alarm = |from: &str, to: &str| format!(r#"<C:comp-filter name="VALARM">{}</C:comp-filter>"#, range(from, to));
    assert_eq!(hits(&ada, "VEVENT", &alarm("20261223T000000", "20261224T000000")), ["alarm"]);
    assert!(hits(&ada, "VEVENT", &alarm("20261225T000000", "20261226T000000")).is_empty());
    assert_eq!(hits(&ada, "VTODO", &range("20261215T000000", "20261216T000000")), ["done", "open"]);
    assert_eq!(hits(&ada, "VJOURNAL", &range("20261216T000000", "20261217T000000")), ["journal"]);
    assert_eq!(hits(&ada, "VFREEBUSY", &range("20261217T000000", "20261218T000000")), ["busy"]);
}

#[test]
fn conditions_on_properties_and_parameters_hold_of_one_and_the_same_component() {
    let server = Server::with_demo("");
    let ada = filled(&server);
    let events = |conditions: &str| hits(&ada, "VEVENT", conditions);
    assert_eq!(events(&text("SUMMARY", "", "WEEK")), ["weekly"]);
    assert_eq!(events(&text("summary", r#"collation="i;octet""#, "WEEK")), Vec::<String>::new());
    assert_eq!(events(&text("SUMMARY", r#"collation="i;unicode-casemap""#, "äRGER")), ["guests"]);
    assert_eq!(events(&text("SUMMARY", r#"collation="i;ascii-casemap""#, "äRGER")), Vec::<String>::new());
    assert_eq!(events(&text("SUMMARY", "", "&amp; &lt;co&gt;")), ["guests"]);
    let not = r#"negate-condition="yes""#;
    assert_eq!(events(&text("SUMMARY", not, "o")), ["alarm", "day", "weekly"], "no title does not match either");
    let december = range("20261220T000000", "20261221T000000");
    assert_eq!(events(&format!("{december}{}", text("SUMMARY", "", "moved"))), ["weekly"]);
    assert!(events(&format!("{december}{}", text("SUMMARY", "", "weekly"))).is_empty(), "that is the other component");
    let missing = |name: &str| format!(r#"<C:prop-filter name="{name}"><C:is-not-defined/></C:prop-filter>"#);
    assert_eq!(events(&missing("SUMMARY")), ["birthday", "endless"]);
    assert_eq!(hits(&ada, "VTODO", &missing("COMPLETED")), ["open"]);
    let guest = |inner: &str| format!(r#"<C:prop-filter name="ATTENDEE">{inner}</C:prop-filter>"#);
    let answer = |inner: &str| guest(&format!(r#"<C:param-filter name="PARTSTAT">{inner}</C:param-filter>"#));
    assert_eq!(events(&answer("<C:text-match>needs-action</C:text-match>")), ["guests"]);
    assert!(events(&answer("<C:text-match>accepted</C:text-match>")).is_empty());
    assert!(events(&answer("<C:is-not-defined/>")).is_empty());
    assert_eq!(events(&guest(r#"<C:param-filter name="ROLE"><C:is-not-defined/></C:param-filter>"#)), ["guests"]);
    let starts = format!(r#"<C:prop-filter name="DTSTART">{}</C:prop-filter>"#, range("20261225T000000", ""));
    assert_eq!(events(&starts), ["alarm"]);
    let none = r#"<C:comp-filter name="VALARM"><C:is-not-defined/></C:comp-filter>"#;
    assert!(!events(none).contains(&"alarm".to_owned()));
    let no_event =
        xml::names(&query(&ada, "", r#"<C:comp-filter name="VEVENT"><C:is-not-defined/></C:comp-filter>"#, ""));
    assert_eq!(no_event, ["busy", "done", "journal", "open"]);
    assert_eq!(xml::names(&query(&ada, "", "", "")).len(), 12);
}

#[test]
fn depth_means_the_members_whatever_it_says() {
    let server = Server::with_demo("");
    let ada = filled(&server);
    let body = format!(
        r#"<C:calendar-query {NAMES}><prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>"#
    );
    for depth in ["0", "1", "infinity"] {
        let found = ada.send("REPORT", OWN, &[("Depth", depth)], &body).expect(207).text();
        assert_eq!(xml::names(&found).len(), 12, "{depth}");
    }
    assert_eq!(xml::names(&ada.report(OWN, &body).expect(207).text()).len(), 12);
    assert_eq!(xml::names(&ada.report(&format!("{OWN}day"), &body).expect(207).text()), ["day"]);
}

#[test]
fn an_expansion_gives_instances_in_utc_and_is_bounded() {
    let server = Server::with_demo("");
    let ada = filled(&server);
    let expand = |from: &str, to: &str| {
        format!(r#"<C:calendar-data><C:expand start="{from}T000000Z" end="{to}T000000Z"/></C:calendar-data>"#)
    };
    let of = |uid: &str, data: &str| {
        let filter = text("UID", r#"collation="i;octet""#, uid);
        query(&ada, data, &format!(r#"<C:comp-filter name="VEVENT">{filter}</C:comp-filter>"#), "").replace("&#13;", "")
    };
    let weekly = of("weekly", &expand("20261201", "20270101"));
    assert_eq!(weekly.matches("BEGIN:VEVENT").count(), 3);
    assert!(
        !weekly.contains("RRULE") && weekly.contains("RECURRENCE-ID:20261208T090000Z\nDTEND:20261220T100000Z"),
        "{weekly}"
    );
    assert!(of("day", &expand("20261201", "20270101")).contains("DTSTART;VALUE=DATE:20261210"));
    let filter = format!(r#"<C:comp-filter name="VEVENT">{}</C:comp-filter>"#, text("UID", "", "endless"));
    let body = format!(
        r#"<C:calendar-query {NAMES}><prop>{}</prop><C:filter><C:comp-filter name="VCALENDAR">{filter}</C:comp-filter></C:filter></C:calendar-query>"#,
        expand("19000101", "21000101")
    );
    let refused = ada.report(OWN, &body).expect(403).text();
    assert!(refused.contains("<D:number-of-matches-within-limits/>"), "{refused}");
    let limit = r#"<C:calendar-data><C:limit-recurrence-set start="20261201T000000Z" end="20261202T000000Z"/></C:calendar-data>"#;
    let limited = of("weekly", limit);
    assert!(limited.contains("RRULE") && !limited.contains("Moved"), "{limited}");
}

#[test]
fn parts_of_an_object_can_be_asked_for() {
    let server = Server::with_demo("");
    let ada = filled(&server);
    let data = r#"<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT">
        <C:prop name="SUMMARY"/><C:prop name="UID" novalue="yes"/></C:comp></C:comp></C:calendar-data>"#;
    let filter = format!(r#"<C:comp-filter name="VEVENT">{}</C:comp-filter>"#, text("UID", "", "guests"));
    let found = query(&ada, data, &filter, "").replace("&#13;", "");
    let wanted =
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:\nSUMMARY:Ärger &amp; &lt;Co&gt;\nEND:VEVENT\nEND:VCALENDAR\n";
    assert!(found.contains(wanted), "{found}");
}

#[test]
fn characters_that_xml_cannot_hold_are_left_out_of_it_and_kept_elsewhere() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let controls: String = (1..32_u8).map(char::from).filter(|c| !"\r\n\t".contains(*c)).collect();
    let body = event("c", &format!("SUMMARY:a{controls}b\u{fffe}c\u{7f}d]]>\r\n"));
    ada.put(&format!("{OWN}c.ics"), &body).expect(201);
    assert_eq!(ada.get(&format!("{OWN}c.ics")).expect(200).text(), body);
    let data = "<C:calendar-data/>";
    let expanded = r#"<C:calendar-data><C:expand start="20261201T000000Z" end="20270101T000000Z"/></C:calendar-data>"#;
    for data in [data, expanded] {
        let found = query(&ada, data, r#"<C:comp-filter name="VEVENT"/>"#, "");
        assert!(found.contains("SUMMARY:abc\u{7f}d]]&gt;"), "{found}");
    }
    let multiget =
        format!("<C:calendar-multiget {NAMES}><prop>{data}</prop><href>{OWN}c.ics</href></C:calendar-multiget>");
    assert!(ada.report(OWN, &multiget).expect(207).text().contains("SUMMARY:abc"));
    let sync = format!("<sync-collection {NAMES}><sync-token/><prop>{data}</prop></sync-collection>");
    assert!(ada.report(OWN, &sync).expect(207).text().contains("SUMMARY:abc"));
}

#[test]
fn each_address_of_a_multiget_has_its_row_spelled_as_it_was() {
    let server = Server::with_demo("");
    let ada = filled(&server);
    ada.put(&format!("{OWN}x%40y.ics"), &event("x", "")).expect(201);
    let here = format!("http://{}{OWN}day", server.address);
    let found = [format!("{OWN}day"), format!("{OWN}x@y.ics"), format!("{OWN}x%40y.ics"), format!("{OWN}%64ay"), here];
    let missing = [
        format!("{OWN}nothing"),
        "/dav/calendars/ada/calendar/day".to_owned(),
        "http://elsewhere.example/".to_owned() + OWN + "day",
        "day".to_owned(),
        String::new(),
    ];
    let hrefs: String = found.iter().chain(&missing).map(|href| format!("<href>{href}</href>")).collect();
    let body = format!("<C:calendar-multiget {NAMES}><prop><getetag/></prop>{hrefs}</C:calendar-multiget>");
    let answer = ada.send("REPORT", OWN, &[("Depth", "1")], &body).expect(207).text();
    for (hrefs, status) in [(&found, "200 OK"), (&missing, "404 Not Found")] {
        for href in hrefs {
            let row = answer.split(&format!("<D:href>{href}</D:href>")).nth(1).unwrap();
            let row = row.split("</D:response>").next().unwrap();
            assert!(row.contains(status), "{href}: {row}");
        }
    }
    let minimal = ada.send("REPORT", OWN, &[("Prefer", "return=minimal")], &body).expect(207);
    assert_eq!(minimal.text().matches("404 Not Found").count(), missing.len(), "rows of what is gone stay");
}

#[test]
fn careless_times_mean_what_their_writers_meant() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let london = "DTSTART;TZID=Europe/London:20260601T090000\r\nDTEND;TZID=Europe/London:20260601T100000\r\n";
    let day = "DTSTART;VALUE=DATE:20260601\r\n";
    let nine = |days: &[u32]| days.iter().map(|day| format!("DTSTART:202606{day:02}T080000Z")).collect::<Vec<_>>();
    let dates = |days: &[u32]| days.iter().map(|day| format!("DTSTART;VALUE=DATE:202606{day:02}")).collect::<Vec<_>>();
    for (name, times, lines, wanted) in [
        ("no-vtimezone", london, "", nine(&[1])),
        ("date-until", london, "RRULE:FREQ=DAILY;UNTIL=20260603\r\n", nine(&[1, 2, 3])),
        ("local-until", london, "RRULE:FREQ=DAILY;UNTIL=20260603T090000\r\n", nine(&[1, 2, 3])),
        ("exdate-date", london, "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE;VALUE=DATE:20260602\r\n", nine(&[1, 3])),
        ("exdate-time", day, "RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20260602T000000Z\r\n", dates(&[1, 3])),
        ("end-and-duration", london, "DURATION:PT0S\r\n", nine(&[1])),
        ("space", "DTSTART;TZID=Europe/London :20260601T090000\r\n", "", nine(&[1])),
        ("windows", "DTSTART;TZID=GMT Standard Time:20260601T090000\r\n", "", nine(&[1])),
        ("path", "DTSTART;TZID=/freeassociation.sourceforge.net/Europe/London:20260601T090000\r\n", "", nine(&[1])),
    ] {
        ada.put(&format!("{OWN}{name}"), &event_at(name, times, lines)).expect(201);
        let data = r#"<C:calendar-data><C:expand start="20260501T000000Z" end="20260701T000000Z"/></C:calendar-data>"#;
        let filter = text("UID", r#"collation="i;octet""#, name);
        let found = query(&ada, data, &format!(r#"<C:comp-filter name="VEVENT">{filter}</C:comp-filter>"#), "");
        let found = found.replace("&#13;", "");
        let starts: Vec<&str> = found.lines().filter(|line| line.starts_with("DTSTART")).collect();
        assert_eq!(starts, wanted, "{name}");
    }
}
