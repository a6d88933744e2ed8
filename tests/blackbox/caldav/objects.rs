//! Calendar objects: kept byte for byte, changed only under their conditions, moved whole.

use super::{AVAILABILITY, App, CALENDAR, HOME, ROSTER, SHIFTS, event, event_at, object};
use crate::support::{Server, times};

fn at(name: &str) -> String {
    format!("{CALENDAR}{name}")
}

#[test]
fn what_was_stored_comes_back_byte_for_byte_and_only_conditions_give_412() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let text = event("one", "SUMMARY:Zahnarzt\\, früh\r\nX-OWN;X-P=\"a:b\":kept\r\n");
    let made = ada.put_if(&at("a%40b.ics"), &[("If-None-Match", "*")], &text).expect(201);
    let etag = made.header("etag").unwrap().to_owned();
    let stored = ada.get(&at("a@b.ics")).expect(200);
    assert_eq!(stored.text(), text);
    assert_eq!(stored.header("etag"), Some(etag.as_str()));
    assert!(stored.header("content-type").unwrap().starts_with("text/calendar"));
    assert!(ada.send("HEAD", &at("a@b.ics"), &[], "").expect(200).body.is_empty());
    ada.send("GET", &at("a@b.ics"), &[("If-None-Match", &etag)], "").expect(304);
    ada.put_if(&at("a@b.ics"), &[("If-None-Match", "*")], &text).expect(412);
    ada.put_if(&at("a@b.ics"), &[("If-Match", "\"other\"")], &text).expect(412);
    ada.put_if(&at("new.ics"), &[("If-Match", "*")], &event("new", "")).expect(412);
    ada.put_if(&at("a@b.ics"), &[("If-Match", &etag)], &event("one", "")).expect(204);
    ada.send("DELETE", &at("a@b.ics"), &[("If-Match", &etag)], "").expect(412);
    ada.delete(&at("a@b.ics")).expect(204);
    ada.delete(&at("a@b.ics")).expect(404);
}

#[test]
fn dates_are_conditions_where_no_tag_is() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.put(&at("d.ics"), &event("d", "")).expect(201);
    let stored = ada.get(&at("d.ics")).expect(200);
    let (modified, etag) = (stored.header("last-modified").unwrap(), stored.header("etag").unwrap());
    let long_ago = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (name, date, status) in [
        ("If-Modified-Since", modified, 304),
        ("If-Modified-Since", long_ago, 200),
        ("If-Modified-Since", "yesterday", 200),
        ("If-Unmodified-Since", modified, 200),
        ("If-Unmodified-Since", long_ago, 412),
    ] {
        ada.send("GET", &at("d.ics"), &[(name, date)], "").expect(status);
    }
    ada.send("GET", &at("d.ics"), &[("If-Modified-Since", modified), ("If-None-Match", "\"other\"")], "").expect(200);
    let later = event("d", "SUMMARY:x\r\n");
    ada.put_if(&at("d.ics"), &[("If-Unmodified-Since", long_ago)], &later).expect(412);
    ada.send("DELETE", &at("d.ics"), &[("If-Unmodified-Since", long_ago)], "").expect(412);
    ada.put_if(&at("d.ics"), &[("If-Unmodified-Since", long_ago), ("If-Match", etag)], &later).expect(204);
    ada.put_if(&at("new.ics"), &[("If-Unmodified-Since", long_ago)], &event("new", "")).expect(201);
}

#[test]
fn checklist_28_of_sixteen_writers_with_one_if_match_one_wins() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.put(&at("race.ics"), &event("race", "")).expect(201);
    for round in 0..times(2, 60) {
        let etag = ada.get(&at("race.ics")).expect(200).header("etag").unwrap().to_owned();
        let results: Vec<u16> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..16)
                .map(|n| {
                    let (ada, etag) = (&ada, &etag);
                    let text = event("race", &format!("SUMMARY:{round} {n}\r\n"));
                    scope.spawn(move || ada.put_if(&at("race.ics"), &[("If-Match", etag)], &text).status)
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        assert_eq!(results.iter().filter(|status| **status == 204).count(), 1, "{results:?}");
        assert!(results.iter().all(|status| [204, 412].contains(status)), "{results:?}");
    }
}

#[test]
fn what_real_programs_write_is_taken_as_it_is() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let london = "DTSTART;TZID=Europe/London:20261201T090000\r\nDTEND;TZID=Europe/London:20261201T100000\r\n";
    let day = "DTSTART;VALUE=DATE:20261201\r\n";
    let mut all = vec![
        ("no-vtimezone", event_at("no-vtimezone", london, "")),
        ("date-until", event_at("date-until", london, "RRULE:FREQ=DAILY;UNTIL=20261205\r\n")),
        ("exdate-date", event_at("exdate-date", london, "RRULE:FREQ=DAILY\r\nEXDATE;VALUE=DATE:20261202\r\n")),
        ("exdate-time", event_at("exdate-time", day, "RRULE:FREQ=DAILY\r\nEXDATE:20261202T000000Z\r\n")),
        ("end-and-duration", event_at("end-and-duration", london, "DURATION:PT0S\r\n")),
        ("control", event_at("control", london, "SUMMARY:a\u{1}b\u{b}c\u{1f}\r\n")),
        ("space", event_at("space", "DTSTART;TZID=Europe/London :20261201T090000\r\n", "")),
        ("unknown-zone", event_at("unknown-zone", "DTSTART;TZID=Mars/Olympus:20261201T090000\r\n", "")),
        ("no-attendee", event_at("no-attendee", london, "ATTENDEE:\r\n")),
        ("no-dtstamp", object("VEVENT", &format!("UID:no-dtstamp\r\n{london}"))),
        ("to-do", object("VTODO", "UID:to-do\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:x\r\n")),
        ("journal", object("VJOURNAL", "UID:journal\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261201\r\n")),
        ("busy", object("VFREEBUSY", "UID:busy\r\nDTSTAMP:20261101T000000Z\r\nFREEBUSY:20261201T100000Z/PT1H\r\n")),
    ];
    let first = "BEGIN:VEVENT\r\nUID:override\r\nRECURRENCE-ID:20261202T090000Z\r\nDTSTART:20261202T110000Z\r\n\
                 END:VEVENT\r\nBEGIN:VEVENT";
    let overridden = event("override", "RRULE:FREQ=DAILY;COUNT=3\r\n").replacen("BEGIN:VEVENT", first, 1);
    all.extend([("override", overridden), ("bare-lf", event("bare-lf", "").replace("\r\n", "\n"))]);
    for (name, text) in all {
        let stored = ada.put(&at(name), &text);
        assert_eq!(stored.status, 201, "{name}: {}", stored.text());
        let read = ada.get(&at(name)).expect(200);
        assert_eq!(read.text(), text, "{name}");
        assert_eq!(stored.header("etag"), read.header("etag"), "{name}");
    }
}

#[test]
fn headers_that_some_clients_send_are_no_reason_to_refuse() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let text = event("h", "");
    let accept = ("Accept", "text/xml");
    ada.put_if(&at("h.ics"), &[accept], &text).expect(201);
    ada.put_if(&at("h.ics"), &[("If-Schedule-Tag-Match", "")], &text).expect(204);
    for method in ["HEAD", "GET"] {
        ada.send(method, &at("h.ics"), &[accept], "").expect(200);
    }
    ada.send("PUT", &at("untyped.ics"), &[], &event("untyped", "")).expect(201);
    ada.send("DELETE", &at("h.ics"), &[accept], "").expect(204);
    ada.put_if(&at("part.ics"), &[("Content-Range", "bytes 0-9/20")], &text).expect(400);
}

#[test]
fn a_body_may_come_in_pieces() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let text = event("pieces", "SUMMARY:Hello\r\n");
    let chunks: String = text.as_bytes().chunks(50).fold(String::new(), |sent, piece| {
        sent + &format!("{:x}\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece))
    });
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        at("pieces.ics"),
        server.basic("ada")
    );
    crate::support::exchange(server.address, format!("{head}{chunks}0\r\n\r\n").as_bytes()).expect(201);
    assert_eq!(ada.get(&at("pieces.ics")).expect(200).text(), text);
}

#[test]
fn a_client_may_ask_to_see_what_was_stored() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let wish = ("Prefer", "return=representation");
    let (first, second) = (event("r", ""), event("r", "SUMMARY:x\r\n"));
    let made = ada.put_if(&at("r.ics"), &[wish], &first).expect(201);
    assert_eq!((made.text(), made.header("preference-applied")), (first.clone(), Some("return=representation")));
    let etag = made.header("etag").unwrap().to_owned();
    let changed = ada.put_if(&at("r.ics"), &[wish, ("If-Match", &etag)], &second).expect(200);
    assert_eq!((changed.text(), changed.header("content-location")), (second.clone(), Some(at("r.ics").as_str())));
    // RFC 8144 3.2: whoever comes too late sees what stands there.
    let late = ada.put_if(&at("r.ics"), &[wish, ("If-Match", &etag)], &first).expect(412);
    assert_eq!((late.text(), late.header("etag")), (second, changed.header("etag")));
    assert!(late.header("content-type").unwrap().starts_with("text/calendar"));
    ada.put_if(&at("gone.ics"), &[wish, ("If-Match", "*")], &event("gone", "")).expect(412);
}

#[test]
fn an_object_moves_within_its_home() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let other = format!("{HOME}other/");
    ada.make(&other);
    let (a, b) = (event("a", ""), event("b", ""));
    ada.put(&at("a.ics"), &a).expect(201);
    ada.put(&at("b.ics"), &b).expect(201);
    let moved = ada.move_to(&at("a.ics"), &at("c%20d.ics"), &[]).expect(201);
    assert_eq!(moved.header("location"), Some(at("c%20d.ics").as_str()));
    ada.get(&at("a.ics")).expect(404);
    ada.move_to(&at("c%20d.ics"), &at("b.ics"), &[("Overwrite", "F")]).expect(412);
    assert_eq!(ada.get(&at("b.ics")).expect(200).text(), b);
    ada.move_to(&at("c%20d.ics"), &at("b.ics"), &[("If-Match", "\"other\"")]).expect(412);
    let refused = ada.move_to(&at("c%20d.ics"), &at("b.ics"), &[("Overwrite", "T")]).expect(403).text();
    assert!(refused.contains("<C:no-uid-conflict><D:href>/dav/calendars/ada/calendar/b.ics<"), "{refused}");
    ada.delete(&at("b.ics")).expect(204);
    ada.move_to(&at("c%20d.ics"), &at("b.ics"), &[("Overwrite", "T")]).expect(201);
    assert_eq!(ada.get(&at("b.ics")).expect(200).text(), a);
    let address = format!("http://{}{other}b.ics", server.address);
    ada.move_to(&at("b.ics"), &address, &[]).expect(201);
    assert_eq!(ada.names(&other), ["b.ics"]);
    ada.put(&at("same.ics"), &a).expect(201);
    let conflict = ada.move_to(&at("same.ics"), &format!("{other}x.ics"), &[]).expect(403).text();
    assert!(conflict.contains("<C:no-uid-conflict><D:href>/dav/calendars/ada/other/b.ics<"), "{conflict}");
    ada.move_to(&at("same.ics"), &format!("{other}b.ics"), &[]).expect(204);
}

#[test]
fn an_object_moves_nowhere_that_does_not_take_it() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.put(&at("a.ics"), &event("a", "")).expect(201);
    ada.put(&at("t.ics"), &object("VTODO", "UID:t\r\nDTSTAMP:20261101T000000Z\r\n")).expect(201);
    let refused = |from: &str, to: &str, status: u16| ada.move_to(from, to, &[]).expect(status).text();
    for to in [SHIFTS, ROSTER, "/dav/calendars/ada/inbox/", "/dav/calendars/ben/calendar/"] {
        let answer = refused(&at("a.ics"), &format!("{to}x.ics"), 403);
        assert!(answer.contains("<D:need-privileges>"), "{to}: {answer}");
    }
    let answer = refused(&at("t.ics"), &format!("{AVAILABILITY}t.ics"), 403);
    assert!(answer.contains("<C:supported-calendar-component/>"), "{answer}");
    refused(&at("a.ics"), "/dav/calendars/ada/nothing/x.ics", 409);
    refused(&at("nothing.ics"), &at("x.ics"), 404);
    refused(&at("a.ics"), CALENDAR, 403);
    refused(&at("a.ics"), &at("a.ics"), 403);
    refused(&at("a.ics"), "http://elsewhere.example/dav/calendars/ada/calendar/x.ics", 502);
    ada.send("MOVE", &at("a.ics"), &[], "").expect(400);
    assert_eq!(ada.names(CALENDAR), ["a.ics", "t.ics"]);
}

#[test]
fn an_object_is_copied_where_a_put_could_have_stored_it() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let other = format!("{HOME}other/");
    ada.make(&other);
    let (a, changed) = (event("a", ""), event("a", "SUMMARY:x\r\n"));
    ada.put(&at("a.ics"), &a).expect(201);
    ada.put(&at("b.ics"), &event("b", "")).expect(201);
    let copy = |from: &str, to: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("Destination", to)];
        all.extend_from_slice(headers);
        ada.send("COPY", from, &all, "")
    };
    let there = format!("{other}c d.ics");
    let copied = copy(&at("a.ics"), &there, &[]).expect(201);
    assert_eq!(copied.header("location"), Some("/dav/calendars/ada/other/c%20d.ics"), "a forgotten encoding is added");
    assert_eq!(ada.get("/dav/calendars/ada/other/c%20d.ics").expect(200).text(), a);
    ada.put(&at("a.ics"), &changed).expect(204);
    copy(&at("a.ics"), &there, &[("Overwrite", "F")]).expect(412);
    copy(&at("a.ics"), &there, &[("If-Match", "\"other\"")]).expect(412);
    copy(&at("a.ics"), &there, &[]).expect(204);
    assert_eq!(ada.get("/dav/calendars/ada/other/c%20d.ics").expect(200).text(), changed);
    for (from, to) in [("a.ics", at("twice.ics")), ("a.ics", at("b.ics")), ("b.ics", there.clone())] {
        let refused = copy(&at(from), &to, &[]).expect(403).text();
        assert!(refused.contains("<C:no-uid-conflict>"), "{from} {to}: {refused}");
    }
    let meeting = event("m", "ORGANIZER:mailto:boss@example.com\r\nATTENDEE:mailto:ada@example.org\r\n");
    ada.put(&at("m.ics"), &meeting).expect(201);
    let refused = copy(&at("m.ics"), &format!("{other}m.ics"), &[]).expect(403).text();
    assert!(refused.contains("<C:unique-scheduling-object-resource>"), "{refused}");
    for to in [SHIFTS, ROSTER, "/dav/calendars/ben/calendar/"] {
        let refused = copy(&at("a.ics"), &format!("{to}x.ics"), &[]).expect(403).text();
        assert!(refused.contains("<D:need-privileges>"), "{to}: {refused}");
    }
    copy(&at("a.ics"), "/dav/calendars/ada/nothing/x.ics", &[]).expect(409);
    copy(&at("nothing.ics"), &at("x.ics"), &[]).expect(404);
    copy(&at("a.ics"), &at("a.ics"), &[]).expect(403);
    copy(&at("a.ics"), "http://elsewhere.example/dav/calendars/ada/calendar/x.ics", &[]).expect(502);
    assert_eq!(ada.names(&other), ["c%20d.ics"]);
}

#[test]
fn shifts_are_answered_where_they_stand_and_never_copied() {
    let server = Server::with_demo("");
    let (person, shift) = super::coming_shift(&server);
    let there = format!("/dav/calendars/{person}/calendar/copy.ics");
    App::of(&server, &person).send("COPY", &shift, &[("Destination", &there)], "").expect(403);
    App::of(&server, &person).get(&there).expect(404);
}

#[test]
fn new_objects_may_be_posted_and_get_a_name() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let found = ada.properties(CALENDAR, "<add-member/>").expect(207).text();
    let address = found.split("<D:add-member><D:href>").nth(1).expect("an address").split('<').next().unwrap();
    let text = event("posted", "");
    let kind = ("Content-Type", "text/calendar");
    let made = ada.send("POST", address, &[kind], &text).expect(201);
    let location = made.header("location").expect("where it is");
    assert!(location.starts_with(CALENDAR) && made.body.is_empty());
    let stored = ada.get(location).expect(200);
    assert_eq!((stored.text(), stored.header("etag")), (text, made.header("etag")));
    assert!(ada.send("POST", address, &[kind], &event("posted", "")).expect(403).text().contains("no-uid-conflict"));
    let shown = ada.send("POST", address, &[kind, ("Prefer", "return=representation")], &event("q", "")).expect(201);
    assert_eq!((shown.text(), shown.header("content-location")), (event("q", ""), shown.header("location")));
    ada.put(address, &event("r", "")).expect(405);
    for closed in [SHIFTS, ROSTER, "/dav/calendars/ada/inbox/"] {
        assert!(ada.properties(closed, "<add-member/>").expect(207).text().contains("404 Not Found"), "{closed}");
        ada.send("POST", &format!("{closed};add-member"), &[kind], &event("s", "")).expect(403);
    }
}

#[test]
fn a_client_says_whether_it_wants_time_zones_spelled_out() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let bare = event_at("z", "DTSTART;TZID=Europe/London:20261201T090000\r\n", "");
    ada.put(&at("z.ics"), &bare).expect(201);
    let wish = |value: &'static str| [("CalDAV-Timezones", value)];
    assert_eq!(ada.get(&at("z.ics")).expect(200).text(), bare);
    let whole = ada.send("GET", &at("z.ics"), &wish("T"), "").expect(200);
    assert!(whole.text().contains("BEGIN:VTIMEZONE\r\nTZID:Europe/London\r\n"), "{}", whole.text());
    assert_eq!(whole.header("vary"), Some("CalDAV-Timezones"));
    ada.put(&at("z.ics"), &whole.text()).expect(204);
    assert_eq!(ada.send("GET", &at("z.ics"), &wish("F"), "").expect(200).text(), bare);
    let query = format!(
        "<C:calendar-multiget {}><prop><C:calendar-data/></prop><href>{}</href></C:calendar-multiget>",
        super::NAMES,
        at("z.ics")
    );
    for (value, zones) in [("T", 1), ("F", 0)] {
        let found = ada.send("REPORT", CALENDAR, &wish(value), &query).expect(207).text();
        assert_eq!(found.matches("BEGIN:VTIMEZONE").count(), zones, "{value}: {found}");
    }
    let home = ada.properties(HOME, "<C:timezone-service-set/>").expect(207).text();
    assert!(home.contains("<C:timezone-service-set/>") && !home.contains("404"), "{home}");
}

#[test]
fn a_percent_sign_in_a_name_is_a_character_like_any_other() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.put(&at("3%2520a.ics"), &event("a", "")).expect(201);
    assert_eq!(ada.names(CALENDAR), ["3%2520a.ics"]);
    ada.get(&at("3%20a.ics")).expect(404);
    ada.get(&at("3%2520a.ics")).expect(200);
}

#[test]
fn a_calendar_comes_as_one_file() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for name in ["a", "b"] {
        ada.put(&at(name), &event(name, "")).expect(201);
    }
    let file = ada.get(CALENDAR).expect(200).text();
    assert_eq!((file.matches("BEGIN:VCALENDAR").count(), file.matches("BEGIN:VEVENT").count()), (1, 2));
}

#[test]
fn every_real_file_is_kept_byte_for_byte_or_refused_by_line() {
    let Ok(data) = std::env::var("DOGWATCH_CORPORA") else {
        println!("DOGWATCH_CORPORA is not set: no real files are tried");
        return;
    };
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make("/dav/calendars/ada/corpus/");
    let query = format!(
        "<C:calendar-query {}><prop><C:calendar-data/></prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>",
        super::NAMES
    );
    let (mut kept, mut refused) = (0, 0);
    for (n, file) in std::fs::read_dir(std::path::Path::new(&data).join("ics")).unwrap().enumerate() {
        let (file, path) = (file.unwrap().path(), format!("/dav/calendars/ada/corpus/{n}.ics"));
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let reply = ada.put_if(&path, &[], &text);
        match reply.status {
            201 => {
                assert_eq!(ada.get(&path).expect(200).text(), text, "{}", file.display());
                // What is kept can be read by every client, in XML too. Then it makes room: many share a UID.
                ada.report("/dav/calendars/ada/corpus/", &query).expect(207);
                ada.delete(&path).expect(204);
                kept += 1;
            }
            403 => {
                let said = reply.text();
                assert!(said.contains("<C:") && said.contains("line "), "{}: {said}", file.display());
                refused += 1;
            }
            status => panic!("{}: {status} {}", file.display(), reply.text()),
        }
    }
    println!("{kept} kept, {refused} refused");
    assert!(kept > 0 && refused > 0);
}
