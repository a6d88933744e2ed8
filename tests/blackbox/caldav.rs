//! CalDAV as clients speak it: discovery, writes with their conditions, reports, refusals, and real-world files.

use super::support::{Reply, Server};
use headers::Authorization;
use headers::authorization::Credentials;

const NAMES: &str = r#"xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav""#;
const CALENDAR: &str = "/dav/calendars/ada/calendar/";

/// The demo as Ada's calendar app sees it.
struct Ada {
    server: Server,
    login: String,
}

impl Ada {
    fn signs_in() -> Self {
        let server = Server::with_demo("");
        let facts = server.demo_facts();
        let people = facts["people"].as_array().unwrap();
        let ada = people.iter().find(|person| person["id"] == "ada").unwrap();
        let text = |field: &str| ada[field].as_str().unwrap().to_owned();
        let login = Authorization::basic(&text("email"), &text("app_password")).0.encode();
        Self { login: login.to_str().unwrap().to_owned(), server }
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![("Authorization", self.login.as_str())];
        all.extend_from_slice(headers);
        self.server.send(method, path, &all, body)
    }

    fn put(&self, name: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![("Content-Type", "text/calendar; charset=utf-8")];
        all.extend_from_slice(headers);
        self.send("PUT", &format!("{CALENDAR}{name}"), &all, body)
    }

    fn report(&self, body: &str) -> Reply {
        self.send("REPORT", CALENDAR, &[], body)
    }

    fn query(&self, data: &str, filter: &str) -> Reply {
        let filter = format!(
            r#"<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{filter}</C:comp-filter></C:comp-filter>"#
        );
        self.report(&format!(
            "<C:calendar-query {NAMES}><prop><getetag/><C:calendar-data>{data}</C:calendar-data></prop><C:filter>{filter}</C:filter></C:calendar-query>"
        ))
    }
}

fn event(uid: &str, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n\
         DTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn a_client_finds_its_calendars_from_the_bare_address() {
    let ada = Ada::signs_in();
    for path in ["/", "/.well-known/caldav"] {
        let body = format!("<propfind {NAMES}><prop><current-user-principal/></prop></propfind>");
        ada.server.send("PROPFIND", path, &[("Depth", "0")], &body).expect(401);
        let found = ada.send("PROPFIND", path, &[("Depth", "0")], &body).expect(207);
        assert!(found.text().contains("/dav/principals/users/ada/"), "{path}: {}", found.text());
    }
    assert_eq!(ada.server.get("/.well-known/caldav").expect(301).header("location"), Some("/dav/"));
    let body =
        format!("<propfind {NAMES}><prop><C:calendar-home-set/><C:calendar-user-address-set/></prop></propfind>");
    let principal = ada.send("PROPFIND", "/dav/principals/users/ada/", &[("Depth", "0")], &body).expect(207).text();
    assert!(principal.contains("<D:href>/dav/calendars/ada/</D:href>"));
    assert_eq!(principal.matches(r#"<D:href preferred="1">mailto:ada@example.org"#).count(), 2);
    let home = ada.send("PROPFIND", "/dav/calendars/ada/", &[("Depth", "1")], "").expect(207).text();
    for name in ["calendar", "availability", "shifts", "inbox", "outbox", "team-payments-roster"] {
        assert!(home.contains(&format!("<D:href>/dav/calendars/ada/{name}/</D:href>")), "{name}");
    }
}

#[test]
fn options_say_the_same_in_one_line_everywhere() {
    let ada = Ada::signs_in();
    for path in
        ["/", "/dav/", "/dav/principals/users/ada/", "/dav/calendars/ada/", "/dav/calendars/ada/inbox/", CALENDAR]
    {
        let reply = ada.server.send("OPTIONS", path, &[], "").expect(200);
        let lines: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "dav").collect();
        assert!(lines.len() == 1 && lines[0].1.contains("calendar-auto-schedule"), "{path}: {lines:?}");
    }
}

#[test]
fn what_was_stored_comes_back_byte_for_byte_and_only_conditions_give_412() {
    let ada = Ada::signs_in();
    let text = event("one", "SUMMARY:Zahnarzt\\, früh\r\nX-OWN;X-P=\"a:b\":kept\r\n");
    let etag = ada.put("a%40b.ics", &[("If-None-Match", "*")], &text).expect(201).header("etag").unwrap().to_owned();
    let stored = ada.send("GET", &format!("{CALENDAR}a@b.ics"), &[], "").expect(200);
    assert_eq!(stored.text(), text);
    assert_eq!(stored.header("etag"), Some(etag.as_str()));
    ada.send("GET", &format!("{CALENDAR}a@b.ics"), &[("If-None-Match", &etag)], "").expect(304);
    ada.put("a@b.ics", &[("If-None-Match", "*")], &text).expect(412);
    ada.put("a@b.ics", &[("If-Match", "\"other\"")], &text).expect(412);
    assert!(ada.put("c.ics", &[], &text).expect(403).text().contains("<C:no-uid-conflict><D:href>"));
    ada.put("a@b.ics", &[("If-Match", &etag)], &event("one", "")).expect(204);
    ada.send("DELETE", &format!("{CALENDAR}a@b.ics"), &[("If-Match", &etag)], "").expect(412);
    ada.send("DELETE", &format!("{CALENDAR}a@b.ics"), &[], "").expect(204);
}

#[test]
fn of_sixteen_writers_with_one_if_match_one_wins() {
    let ada = Ada::signs_in();
    let etag = ada.put("race.ics", &[], &event("race", "")).expect(201).header("etag").unwrap().to_owned();
    let results: Vec<u16> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..16)
            .map(|n| {
                let (ada, etag) = (&ada, &etag);
                scope.spawn(move || {
                    ada.put("race.ics", &[("If-Match", etag)], &event("race", &format!("SUMMARY:{n}\r\n"))).status
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|status| **status == 204).count(), 1, "{results:?}");
    assert!(results.iter().all(|status| [204, 412].contains(status)), "{results:?}");
}

#[test]
fn queries_see_recurrences_and_expand_them() {
    let ada = Ada::signs_in();
    ada.put("daily.ics", &[], &event("daily", "RRULE:FREQ=DAILY;COUNT=3\r\nSUMMARY:Stand-up\r\n")).expect(201);
    let range = |from: &str, to: &str| format!(r#"<C:time-range start="{from}T000000Z" end="{to}T000000Z"/>"#);
    assert!(ada.query("", &range("20261203", "20261204")).expect(207).text().contains("daily.ics"));
    assert!(!ada.query("", &range("20261204", "20261205")).expect(207).text().contains("daily.ics"));
    let expand = r#"<C:expand start="20261202T000000Z" end="20261204T000000Z"/>"#;
    let expanded = ada.query(expand, &range("20261202", "20261204")).expect(207).text();
    assert_eq!(expanded.matches("RECURRENCE-ID").count(), 2, "{expanded}");
    let text = r#"<C:prop-filter name="SUMMARY"><C:text-match>STAND</C:text-match></C:prop-filter>"#;
    assert!(ada.query("", text).expect(207).text().contains("daily.ics"));
    let refused = ada.query("", r#"<C:time-range start="yesterday"/>"#).expect(403).text();
    assert!(refused.contains("<C:valid-filter/>"), "{refused}");
}

#[test]
fn sync_goes_on_from_its_token_and_refuses_a_foreign_one() {
    let ada = Ada::signs_in();
    let sync = |token: &str, limit: &str| {
        ada.report(&format!(
            "<sync-collection {NAMES}><sync-token>{token}</sync-token>{limit}<prop><getetag/></prop></sync-collection>"
        ))
    };
    let token_of = |text: &str| text.split("<D:sync-token>").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let before = token_of(&sync("", "").expect(207).text());
    for name in ["s1", "s2"] {
        ada.put(&format!("{name}.ics"), &[], &event(name, "")).expect(201);
    }
    let part = sync(&before, "<limit><nresults>1</nresults></limit>").expect(207).text();
    assert!(part.contains("507") && part.contains("number-of-matches-within-limits"), "{part}");
    let rest = sync(&token_of(&part), "").expect(207).text();
    assert_eq!(part.matches("<D:getetag>").count() + rest.matches("<D:getetag>").count(), 2);
    ada.send("DELETE", &format!("{CALENDAR}s1.ics"), &[], "").expect(204);
    assert!(sync(&token_of(&rest), "").expect(207).text().contains("404 Not Found"));
    assert!(sync("urn:dogwatch:sync:other:1", "").expect(403).text().contains("<D:valid-sync-token/>"));
}

#[test]
fn bad_input_is_refused_with_its_reason_and_the_server_goes_on() {
    let ada = Ada::signs_in();
    let doctype = r#"<!DOCTYPE l [<!ENTITY a "x">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>"#;
    ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], doctype).expect(400);
    ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], &"<a>".repeat(300_000)).expect(400);
    let infinite = ada.send("PROPFIND", CALENDAR, &[("Depth", "infinity")], "").expect(403).text();
    assert!(infinite.contains("<D:propfind-finite-depth/>"));
    let hrefs = "<href>/x</href>".repeat(2_000);
    ada.report(&format!("<C:calendar-multiget {NAMES}><prop/>{hrefs}</C:calendar-multiget>")).expect(403);
    assert!(ada.report("<x xmlns=\"DAV:\"/>").expect(403).text().contains("<D:supported-report/>"));
    for (body, element) in [
        (event("x", "RRULE:FREQ=SECONDLY\r\n"), "max-instances"),
        (event("x", "RRULE:FREQ=DAILY;COUNT=1000000000\r\n"), "max-instances"),
        (event("x", "SUMMARY:a\u{0}b\r\n"), "valid-calendar-data"),
        ("BEGIN:VEVENT\r\n".repeat(10_000), "valid-calendar-data"),
        ("nothing like a calendar".to_owned(), "valid-calendar-data"),
    ] {
        let reply = ada.put("bad.ics", &[], &body).expect(403).text();
        assert!(reply.contains(&format!("<C:{element}/>")), "{element}: {reply}");
    }
    for name in ["..%2f..%2fadmin.ics", "a%00b.ics", "%252e%252e"] {
        ada.put(name, &[], &event("x", "")).expect(400);
    }
    ada.put("ok.ics", &[], &event("ok", "")).expect(201);
    let away = [("Destination", "http://elsewhere.example/dav/calendars/ada/calendar/x.ics")];
    ada.send("MOVE", &format!("{CALENDAR}ok.ics"), &away, "").expect(502);
    ada.send("DELETE", "/dav/calendars/ada/shifts/", &[], "").expect(403);
}

#[test]
fn every_real_file_is_kept_byte_for_byte_or_refused_by_line() {
    let Ok(data) = std::env::var("DOGWATCH_CORPORA") else {
        println!("DOGWATCH_CORPORA is not set: no real files are tried");
        return;
    };
    let ada = Ada::signs_in();
    let made = ada.send("MKCALENDAR", "/dav/calendars/ada/corpus/", &[], "");
    made.expect(201);
    let (mut kept, mut refused) = (0, 0);
    for (n, file) in std::fs::read_dir(std::path::Path::new(&data).join("ics")).unwrap().enumerate() {
        let (file, path) = (file.unwrap().path(), format!("/dav/calendars/ada/corpus/{n}.ics"));
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let reply = ada.send("PUT", &path, &[("Content-Type", "text/calendar")], &text);
        match reply.status {
            201 => {
                assert_eq!(ada.send("GET", &path, &[], "").expect(200).text(), text, "{}", file.display());
                kept += 1;
            }
            403 => {
                let said = reply.text();
                let by_line = said.contains("line ") || said.contains("no-uid-conflict");
                assert!(said.contains("<C:") && by_line, "{}: {said}", file.display());
                refused += 1;
            }
            status => panic!("{}: {status} {}", file.display(), reply.text()),
        }
    }
    println!("{kept} kept, {refused} refused");
    assert!(kept > 0 && refused > 0);
}
