//! Addresses that climb, lie, or lead elsewhere. Names are names: nothing is a file, and nothing is decoded twice.

use super::super::caldav::HOME;
use super::{App, CALENDAR, Scene, Server, assert_told, event};

const CLIMBING: [&str; 16] = [
    "..%2f..%2fadmin.ics",
    "..%5c..%5cadmin.ics%00",
    "..",
    "../admin.ics",
    "%2e%2e",
    "%2e%2e/x.ics",
    ".",
    "a%00b.ics",
    "%252e%252e",
    "a%252fb.ics",
    "%c0%ae%c0%ae",
    "a%0d%0aX-Header:%20b",
    "a%ff",
    "a%2",
    "a%zz",
    "a%7f",
];

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
}

#[test]
fn checklist_26_no_spelling_climbs_out_of_its_place_with_any_method() {
    // 26
    let scene = Scene::new();
    let ada = scene.ada();
    let long = "x".repeat(256);
    for name in CLIMBING.into_iter().chain([long.as_str()]) {
        let path = format!("{CALENDAR}{name}");
        assert_told(&ada.put(&path, &event("x", "")), 400, "", "the path is malformed");
        for (method, headers) in [
            ("GET", vec![]),
            ("DELETE", vec![]),
            ("PROPFIND", vec![("Depth", "0")]),
            ("PROPPATCH", vec![]),
            ("REPORT", vec![]),
            ("MOVE", vec![("Destination", "/dav/calendars/ada/calendar/moved.ics")]),
            ("COPY", vec![("Destination", "/dav/calendars/ada/calendar/moved.ics")]),
            ("POST", vec![]),
        ] {
            let reply = ada.send(method, &path, &headers, "");
            assert_told(&reply, 400, "", "the path is malformed");
        }
        for made in [format!("/dav/calendars/ada/{name}/"), format!("/dav/calendars/{name}/calendar/")] {
            for method in ["MKCALENDAR", "MKCOL", "PROPFIND"] {
                let reply = ada.send(method, &made, &[("Depth", "0")], "");
                assert!(matches!(reply.status, 400 | 403 | 404), "{method} {made}: {} {}", reply.status, reply.text());
            }
        }
    }
    scene.is_unharmed();
}

#[test]
fn names_that_only_look_alike_are_two() {
    // 26
    let scene = Scene::new();
    let ada = scene.ada();
    let twins =
        ["Case.ics", "case.ics", "caf%C3%A9.ics", "cafe%CC%81.ics", "a;b=c.ics", "a%3Fb.ics", "a%23b.ics", "~.ics"];
    for (number, name) in twins.iter().enumerate() {
        ada.put(&format!("{CALENDAR}{name}"), &event(&format!("twin-{number}"), "")).expect(201);
    }
    for (number, name) in twins.iter().enumerate() {
        let text = ada.get(&format!("{CALENDAR}{name}")).expect(200).text();
        assert!(text.contains(&format!("UID:twin-{number}\r")), "{name}: {text}");
    }
    assert_eq!(ada.names(CALENDAR).len(), twins.len() + 1);
    for name in twins {
        ada.delete(&format!("{CALENDAR}{name}")).expect(204);
    }
    scene.is_unharmed();
}

#[test]
fn an_address_may_be_so_long_and_no_longer() {
    // 26
    let scene = Scene::new();
    scene.ada().get(&format!("/dav/{}", "a/".repeat(4_000))).expect(414);
    scene.ada().get(&format!("{CALENDAR}{}", "x".repeat(255))).expect(404);
    scene.is_unharmed();
}

#[test]
fn checklist_27_nothing_is_moved_to_where_it_may_not_go() {
    // 27
    let scene = Scene::new();
    let ada = scene.ada();
    let kept = format!("{CALENDAR}kept.ics");
    let here = format!("http://{}", scene.server.address);
    let long = format!("/{}", "x".repeat(3_000));
    for (destination, status, words) in [
        ("http://elsewhere.example/dav/calendars/ada/calendar/moved.ics", 502, "on another server"),
        ("//elsewhere.example/dav/calendars/ada/calendar/moved.ics", 400, ""),
        ("http://ada@elsewhere.example/dav/calendars/ada/calendar/moved.ics", 502, "on another server"),
        ("/dav/calendars/ben/calendar/moved.ics", 403, ""),
        (&format!("{here}/dav/calendars/ben/calendar/moved.ics"), 403, ""),
        ("/dav/calendars/ada/team-payments-roster/moved.ics", 403, ""),
        ("/dav/calendars/ada/inbox/moved.ics", 403, ""),
        ("/dav/calendars/ada/nothing/moved.ics", 409, "there is no calendar nothing"),
        ("/dav/calendars/ada/", 403, "to the name of an object"),
        ("/dav/principals/users/ada/", 403, "to the name of an object"),
        ("/etc/passwd", 404, "nothing is there"),
        ("/dav/calendars/ada/calendar/..%2fmoved.ics", 400, "malformed"),
        ("/dav/calendars/ada/calendar/%00", 400, "malformed"),
        ("/dav/calendars/ada/calendar/../../ben/calendar/moved.ics", 400, "malformed"),
        ("dav/calendars/ada/calendar/moved.ics", 400, "no address"),
        ("file:///dav/calendars/ada/calendar/moved.ics", 400, ""),
        ("::::", 400, "no address"),
        ("", 400, "no address"),
        (&long, 400, "malformed"),
    ] {
        let reply = ada.move_to(&kept, destination, &[]);
        assert_eq!(reply.status, status, "{destination}: {}", reply.text());
        assert!(reply.text().contains(words), "{destination}: {}", reply.text());
    }
    assert_told(&ada.send("MOVE", &kept, &[], ""), 400, "", "needs a Destination");
    let ben = App::of(&scene.server, "ben");
    let stolen = ben.move_to(&kept, "/dav/calendars/ben/calendar/stolen.ics", &[]);
    assert!(matches!(stolen.status, 403 | 404), "{}", stolen.text());
    assert!(ben.names("/dav/calendars/ben/calendar/").is_empty());
    scene.is_unharmed();
}
