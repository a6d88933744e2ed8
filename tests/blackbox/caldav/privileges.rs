//! What current-user-privilege-set says is what PUT, DELETE, PROPPATCH and the rest then do: for each calendar of a home
//! and for the objects in it. One exception: that a calendar which takes no events can be named and coloured is not told.

use super::{App, NAMES, coming_shift, event, xml};
use crate::support::{Reply, Server};
use serde_json::Value;

fn granted(app: &App<'_>, path: &str) -> Vec<String> {
    xml::privileges(&app.properties(path, "<current-user-privilege-set/>").expect(207).text())
}

/// Whether it was done; a refusal must name the missing privilege.
fn done(reply: &Reply, what: &str) -> bool {
    if reply.status == 403 {
        assert!(reply.text().contains("<D:need-privileges>"), "{what}: {}", reply.text());
    } else {
        assert!([200, 201, 204, 207].contains(&reply.status), "{what}: {} {}", reply.status, reply.text());
    }
    reply.status != 403
}

/// Tries on the calendar whatever a privilege stands for; what stands in brackets is granted and not told.
fn assert_calendar_is_truthful(app: &App<'_>, calendar: &str, expected: &str) {
    let untold = expected.contains("(write-properties) ");
    let expected = expected.replace("(write-properties) ", "");
    let says = granted(app, calendar);
    let shown: Vec<&str> =
        says.iter().map(String::as_str).filter(|p| *p != "read-current-user-privilege-set").collect();
    assert_eq!(shown.join(" "), expected, "{calendar}");
    let says = |privilege: &str| says.iter().any(|one| one == privilege);
    let new = format!("{calendar}truth.ics");
    let added = app.put(&new, &event("truth", ""));
    assert_eq!(done(&added, calendar), says("bind"), "bind on {calendar}");
    if added.status == 201 {
        assert_eq!(
            done(&app.put(&new, &event("truth", "SUMMARY:x\r\n")), calendar),
            says("write-content"),
            "{calendar}"
        );
        assert_eq!(done(&app.delete(&new), calendar), says("unbind"), "{calendar}");
    }
    let mood = app.set(calendar, "<mood xmlns='urn:x'>good</mood>");
    assert_eq!(done(&mood, calendar), says("write-properties") || untold, "write-properties on {calendar}");
    let body = format!(
        r#"<C:free-busy-query {NAMES}><C:time-range start="20270201T000000Z" end="20270202T000000Z"/></C:free-busy-query>"#
    );
    assert_eq!(done(&app.report(calendar, &body), calendar), says("read-free-busy"), "free/busy of {calendar}");
}

/// Changes the object to its own text, sets a property of it and, in the end, removes it.
fn assert_object_is_truthful(app: &App<'_>, object: &str, expected: &str) {
    let says = granted(app, object);
    let shown: Vec<&str> =
        says.iter().map(String::as_str).filter(|p| *p != "read-current-user-privilege-set").collect();
    assert_eq!(shown.join(" "), expected, "{object}");
    let says = |privilege: &str| says.iter().any(|one| one == privilege);
    let text = app.get(object).expect(200).text();
    assert_eq!(done(&app.put(object, &text), object), says("write-content"), "write-content on {object}");
    let patched = app.set(object, "<mood xmlns='urn:x'>good</mood>");
    let set = done(&patched, object) && patched.text().contains("200 OK");
    assert_eq!(set, says("write-properties"), "{object}: {}", patched.text());
    assert_eq!(done(&app.delete(object), object), says("unbind"), "unbind on {object}");
}

#[test]
fn every_calendar_of_a_home_grants_what_it_says() {
    let server = Server::with_demo("");
    let all = "write read write-properties write-content bind unbind read-free-busy";
    let own = &format!("{all} read-acl write-acl");
    let deliver = "schedule-deliver schedule-deliver-invite schedule-deliver-reply schedule-query-freebusy";
    let send = "schedule-send schedule-send-invite schedule-send-reply schedule-send-freebusy";
    let table = [
        ("calendar", own.as_str()),
        ("availability", own),
        ("shifts", "read write-properties write-content unbind read-free-busy read-acl write-acl"),
        ("inbox", &format!("read write-properties unbind {deliver} read-acl")),
        ("outbox", &format!("read {send} read-acl")),
        ("team-payments-roster", "read (write-properties) read-free-busy"),
        ("team-payments-availability", all),
    ];
    for person in ["ada", "ben"] {
        let app = App::of(&server, person);
        for (name, expected) in table {
            assert_calendar_is_truthful(&app, &format!("/dav/calendars/{person}/{name}/"), expected);
        }
    }
    // Ada manages the team; Ben's home shows no pattern at all.
    let pattern = |person: &str| format!("/dav/calendars/{person}/team-payments-pattern/");
    assert_calendar_is_truthful(&App::of(&server, "ada"), &pattern("ada"), all);
    App::of(&server, "ben").properties(&pattern("ben"), "<current-user-privilege-set/>").expect(404);
}

#[test]
fn homes_and_principals_grant_what_they_say() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let home = granted(&ada, "/dav/calendars/ada/");
    assert_eq!(home, ["read", "bind", "unbind", "read-acl", "read-current-user-privilege-set"]);
    ada.make("/dav/calendars/ada/own/");
    ada.delete("/dav/calendars/ada/own/").expect(204);
    for path in ["/dav/principals/users/ada/", "/dav/principals/users/ben/", "/dav/principals/teams/payments/", "/dav/"]
    {
        assert_eq!(granted(&ada, path), ["read", "read-current-user-privilege-set"], "{path}");
        assert!(!ada.set(path, "<displayname>x</displayname>").expect(207).text().contains("200 OK"), "{path}");
    }
    for path in [
        "/dav/calendars/ben/",
        "/dav/calendars/ben/calendar/",
        "/dav/calendars/ben/calendar/x.ics",
        "/dav/calendars/nobody/",
    ] {
        for method in ["PROPFIND", "GET", "DELETE"] {
            if method == "GET" && path.matches('/').count() == 4 {
                continue;
            }
            let refused = ada.send(method, path, &[("Depth", "0")], "").expect(403).text();
            assert!(refused.contains("<D:need-privileges>"), "{method} {path}: {refused}");
        }
    }
}

#[test]
fn objects_of_ones_own_calendars_grant_what_they_say() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for name in ["calendar", "availability", "team-payments-availability"] {
        let path = format!("/dav/calendars/ada/{name}/x.ics");
        ada.put(&path, &event("x", "")).expect(201);
        assert_object_is_truthful(&ada, &path, "read write-content unbind");
    }
    let roster = "/dav/calendars/ada/team-payments-roster/";
    let shown = ada.names(roster).remove(0);
    assert_object_is_truthful(&ada, &format!("{roster}{shown}"), "read");
}

#[test]
fn a_password_that_only_reads_grants_no_more() {
    let server = Server::with_demo("");
    let made = server.command(&["user", "app-password", "add", "ada", "--label", "Wall", "--read-only", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let login = crate::support::basic("ada", made["password"].as_str().unwrap());
    let (wall, ada) = (App { server: &server, login }, App::of(&server, "ada"));
    for (name, expected) in
        [("calendar", "read read-free-busy read-acl"), ("team-payments-roster", "read read-free-busy")]
    {
        assert_calendar_is_truthful(&wall, &format!("/dav/calendars/ada/{name}/"), expected);
    }
    let path = "/dav/calendars/ada/calendar/x.ics";
    ada.put(path, &event("x", "")).expect(201);
    assert_object_is_truthful(&wall, path, "read");
    assert_eq!(granted(&wall, "/dav/calendars/ada/"), ["read", "read-acl", "read-current-user-privilege-set"]);
    wall.send("MKCALENDAR", "/dav/calendars/ada/more/", &[], "").expect(403);
}

#[test]
fn a_shift_can_be_answered_and_an_inbox_item_removed() {
    let server = Server::with_demo("");
    let (person, shift) = coming_shift(&server);
    assert_object_is_truthful(&App::of(&server, &person), &shift, "read write-content unbind");
    // Its removal asked for cover: whoever was asked has an item in the inbox.
    let swaps = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    let asked = swaps[0]["offers"][0]["person"].as_str().unwrap().to_owned();
    let app = App::of(&server, &asked);
    let inbox = format!("/dav/calendars/{asked}/inbox/");
    let item = format!("{inbox}{}", app.names(&inbox).remove(0));
    assert_object_is_truthful(&app, &item, "read unbind");
}

#[test]
fn in_a_teams_availability_each_touches_what_is_theirs() {
    let server = Server::with_demo("");
    let (ada, ben, ella) = (App::of(&server, "ada"), App::of(&server, "ben"), App::of(&server, "ella"));
    let of = |person: &str, name: &str| format!("/dav/calendars/{person}/team-payments-availability/{name}");
    ben.put(&of("ben", "bens.ics"), &event("bens", "")).expect(201);
    ada.put(&of("ada", "adas.ics"), &event("adas", "")).expect(201);
    let named = event("named", "ATTENDEE:mailto:ben@example.org\r\n");
    ada.put(&of("ada", "named.ics"), &named).expect(201);
    ella.put("/dav/calendars/ella/availability/e.ics", &event("e", "SUMMARY:Clinic\r\n")).expect(201);
    let shown = ada.names(&of("ada", ""));
    let reflected = shown.iter().find(|name| name.starts_with("busy-")).unwrap();
    for person in ["ada", "ben", "ella"] {
        assert_object_is_truthful(&App::of(&server, person), &of(person, reflected), "read");
    }
    assert_object_is_truthful(&ella, &of("ella", "bens.ics"), "read");
    assert_object_is_truthful(&ada, &of("ada", "bens.ics"), "read");
    assert_object_is_truthful(&ben, &of("ben", "adas.ics"), "read");
    assert_object_is_truthful(&ben, &of("ben", "named.ics"), "read");
    // All at once says the same as one by one.
    let listed = ben.propfind(&of("ben", ""), "1", "<current-user-privilege-set/>").expect(207).text();
    for (name, write) in [(reflected.as_str(), false), ("adas.ics", false), ("bens.ics", true)] {
        let row = xml::row(&listed, &format!("/{name}"));
        assert_eq!(row.contains("<D:write-content/>"), write, "{name}: {row}");
    }
    assert_object_is_truthful(&ben, &of("ben", "bens.ics"), "read write-content unbind");
    assert_object_is_truthful(&ada, &of("ada", "named.ics"), "read write-content unbind");
}
