//! How clients find their calendars, and by what they recognise the server.

use super::{App, CALENDAR, HOME, NAMES};
use crate::support::Server;

#[test]
fn a_client_finds_its_calendars_from_the_bare_address() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let body = format!("<propfind {NAMES}><prop><current-user-principal/></prop></propfind>");
    for path in ["/", "/.well-known/caldav", "/dav/", "/principals/", "/dav/principals/"] {
        let refused = server.send("PROPFIND", path, &[("Depth", "0")], &body).expect(401);
        assert!(refused.header("www-authenticate").unwrap().starts_with("Basic "), "{path}");
        let found = ada.properties(path, "<current-user-principal/>").expect(207).text();
        assert!(found.contains("<D:href>/dav/principals/users/ada/</D:href>"), "{path}: {found}");
    }
    let home = ada.propfind(HOME, "1", "<resourcetype/>").expect(207).text();
    for name in ["calendar", "availability", "shifts", "inbox", "outbox", "team-payments-roster"] {
        assert!(home.contains(&format!("<D:href>{HOME}{name}/</D:href>")), "{name}");
    }
    assert_eq!(home.matches("<D:resourcetype>").count(), home.matches("<D:response>").count());
}

#[test]
fn the_principal_says_everything_that_scheduling_clients_look_for() {
    let server = Server::with_demo("");
    let principal = App::of(&server, "ada")
        .properties(
            "/dav/principals/users/ada/",
            "<C:calendar-home-set/><C:calendar-user-address-set/><C:schedule-inbox-URL/><C:schedule-outbox-URL/>\
             <C:calendar-user-type/><principal-URL/><CS:email-address-set/><C:schedule-default-calendar-URL/>",
        )
        .expect(207)
        .text();
    for (element, content) in [
        ("C:calendar-home-set", "<D:href>/dav/calendars/ada/</D:href>"),
        ("C:schedule-inbox-URL", "<D:href>/dav/calendars/ada/inbox/</D:href>"),
        ("C:schedule-outbox-URL", "<D:href>/dav/calendars/ada/outbox/</D:href>"),
        ("C:schedule-default-calendar-URL", "<D:href>/dav/calendars/ada/calendar/</D:href>"),
        ("C:calendar-user-type", "INDIVIDUAL"),
        ("D:principal-URL", "<D:href>/dav/principals/users/ada/</D:href>"),
        ("CS:email-address-set", "<CS:email-address>ada@example.org</CS:email-address>"),
    ] {
        assert!(principal.contains(&format!("<{element}>{content}</{element}>")), "{element}: {principal}");
    }
    // One client takes the first address, another the last, a third the preferred one.
    let addresses = principal.split("calendar-user-address-set>").nth(1).unwrap();
    let mail = r#"<D:href preferred="1">mailto:ada@example.org</D:href>"#;
    assert!(addresses.starts_with(mail) && addresses.contains(&format!("{mail}</C:")), "{addresses}");
}

#[test]
fn options_say_the_same_in_one_line_everywhere() {
    let server = Server::with_demo("");
    let classes = "1, 3, access-control, extended-mkcol, calendar-access, calendar-auto-schedule, \
                   calendar-availability, inbox-availability, calendar-no-timezone, calendarserver-subscribed";
    for path in [
        "/",
        "/.well-known/caldav",
        "/dav/",
        "/dav/principals/users/ada/",
        HOME,
        "/dav/calendars/ada/inbox/",
        "/dav/calendars/ada/outbox/",
        CALENDAR,
        "/dav/calendars/ada/calendar/nothing.ics",
        "/dav/calendars/nobody/",
        "/dav/what/is/this",
    ] {
        let reply = server.send("OPTIONS", path, &[], "").expect(200);
        let lines: Vec<_> = reply.headers.iter().filter(|(name, _)| name == "dav").collect();
        // What can be subscribed to says so besides (WebDAV-Push).
        let pushes =
            path.starts_with("/dav/principals/users/") || path.starts_with("/dav/calendars/") && path.ends_with('/');
        let wanted = if pushes { format!("{classes}, webdav-push") } else { classes.to_owned() };
        assert!(lines.len() == 1 && lines[0].1 == wanted, "{path}: {lines:?}");
        assert!(reply.header("allow").unwrap().contains("PROPFIND"), "{path}");
    }
    let found = App::of(&server, "ada").properties(CALENDAR, "<getetag/>");
    assert_eq!(found.header("dav"), Some(format!("{classes}, webdav-push").as_str()));
}

#[test]
fn the_well_known_address_leads_on_without_naming_a_host() {
    let server = Server::start();
    for method in ["GET", "HEAD", "POST", "REPORT"] {
        let reply = server.send(method, "/.well-known/caldav", &[], "").expect(301);
        assert_eq!(reply.header("location"), Some("/dav/"), "{method}");
    }
}

#[test]
fn the_folder_of_well_known_addresses_can_be_looked_at() {
    let server = Server::with_demo("");
    assert!(server.send("GET", "/.well-known/", &[], "").expect(200).text().contains("CalDAV"));
    server.send("PROPFIND", "/.well-known/", &[("Depth", "0")], "").expect(401);
    let found = App::of(&server, "ada").properties("/.well-known/", "<current-user-principal/>").expect(207).text();
    assert!(found.contains("<D:href>/dav/principals/users/ada/</D:href>"), "{found}");
}

#[test]
fn without_depth_members_are_listed_and_infinity_is_refused() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let body = format!("<propfind {NAMES}><prop><resourcetype/></prop></propfind>");
    let listed = ada.send("PROPFIND", HOME, &[], &body).expect(207).text();
    assert!(listed.contains("<D:href>/dav/calendars/ada/calendar/</D:href>"));
    for path in ["/", HOME, CALENDAR] {
        let refused = ada.propfind(path, "infinity", "<resourcetype/>").expect(403).text();
        assert!(refused.contains("<D:propfind-finite-depth/>"), "{path}: {refused}");
    }
    ada.propfind(HOME, "2", "<resourcetype/>").expect(400);
}
