//! Calendars as such: made, refused, given another name, deleted.

use super::{App, CALENDAR, HOME, NAMES};
use crate::support::Server;

fn mkcalendar(properties: &str) -> String {
    format!("<C:mkcalendar {NAMES}><set><prop>{properties}</prop></set></C:mkcalendar>")
}

fn mkcol(types: &str, properties: &str) -> String {
    format!("<mkcol {NAMES}><set><prop><resourcetype>{types}</resourcetype>{properties}</prop></set></mkcol>")
}

#[test]
fn a_calendar_is_made_with_or_without_a_body() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let (bare, dressed, extended) = (format!("{HOME}bare/"), format!("{HOME}dressed"), format!("{HOME}extended/"));
    ada.send("MKCALENDAR", &bare, &[], "").expect(201);
    let properties = "<displayname>Büro &amp; mehr</displayname><C:calendar-description>d</C:calendar-description>\
                      <A:calendar-color>#ff0000ff</A:calendar-color><A:calendar-order>3</A:calendar-order>\
                      <C:supported-calendar-component-set><C:comp name=\"VTODO\"/></C:supported-calendar-component-set>";
    ada.send("MKCALENDAR", &dressed, &[], &mkcalendar(properties)).expect(201);
    ada.send("MKCOL", &extended, &[], &mkcol("<collection/><C:calendar/>", "<displayname>E</displayname>")).expect(201);
    let asked =
        "<resourcetype/><displayname/><A:calendar-color/><A:calendar-order/><C:supported-calendar-component-set/>";
    let made = ada.properties(&dressed, asked).expect(207).text();
    for part in [
        "<D:displayname>Büro &amp; mehr</D:displayname>",
        "<A:calendar-color>#ff0000ff</A:calendar-color>",
        "<A:calendar-order>3</A:calendar-order>",
        "<C:supported-calendar-component-set><C:comp name=\"VTODO\"/></C:supported-calendar-component-set>",
    ] {
        assert!(made.contains(part), "{part}: {made}");
    }
    for path in [&bare, &extended] {
        let kind = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>";
        assert!(ada.properties(path, asked).expect(207).text().contains(kind), "{path}");
    }
    let refused = ada.put(&format!("{HOME}dressed/x.ics"), &super::event("x", "")).expect(403).text();
    assert!(refused.contains("<C:supported-calendar-component/>"), "{refused}");
}

#[test]
fn a_name_that_is_taken_or_kept_is_refused() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for name in ["calendar", "availability", "shifts", "inbox", "outbox", "team-payments-roster"] {
        let path = format!("{HOME}{name}/");
        let refused = ada.send("MKCALENDAR", &path, &[], "").expect(403).text();
        assert!(refused.contains("<D:resource-must-be-null/>"), "{name}: {refused}");
        ada.send("MKCOL", &path, &[], &mkcol("<collection/><C:calendar/>", "")).expect(405);
    }
    let kept = ada.send("MKCALENDAR", &format!("{HOME}team-other-roster/"), &[], "").expect(403).text();
    assert!(kept.contains("<D:need-privileges>") && kept.contains("<D:bind/>"), "{kept}");
}

#[test]
fn calendars_are_made_in_ones_own_home_and_nowhere_else() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for path in ["/dav/x/", "/", HOME, "/dav/principals/users/x/", "/dav/calendars/ada/calendar/x/", "/dav/a/b/c/d/e/"]
    {
        let refused = ada.send("MKCALENDAR", path, &[], "").expect(403).text();
        assert!(refused.contains("<C:calendar-collection-location-ok/>"), "{path}: {refused}");
    }
    for path in ["/dav/calendars/ben/x/", "/dav/calendars/nobody/x/"] {
        let refused = ada.send("MKCALENDAR", path, &[], "").expect(403).text();
        assert!(refused.contains("<D:need-privileges>") && refused.contains("<D:bind/>"), "{path}: {refused}");
    }
}

#[test]
fn nothing_is_made_unless_all_of_it_can_be() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let path = format!("{HOME}half/");
    let properties = "<displayname>x</displayname><getetag>x</getetag>";
    // RFC 4791 5.3.1 and RFC 5689 3 differ.
    for (method, body, status, root) in [
        ("MKCALENDAR", mkcalendar(properties), 207, "<D:multistatus"),
        ("MKCOL", mkcol("<collection/><C:calendar/>", properties), 403, "<D:mkcol-response"),
    ] {
        let refused = ada.send(method, &path, &[], &body).expect(status).text();
        assert!(refused.contains(root) && refused.contains("424") && refused.contains("403 Forbidden"), "{refused}");
        ada.properties(&path, "<displayname/>").expect(404);
    }
    for body in [String::new(), mkcol("<collection/>", ""), mkcol("<collection/><x xmlns='urn:x'/>", "")] {
        let refused = ada.send("MKCOL", &path, &[], &body).expect(403).text();
        assert!(refused.contains("<D:valid-resourcetype/>"), "{refused}");
    }
    let components =
        "<C:supported-calendar-component-set><C:comp name=\"VPOLL\"/></C:supported-calendar-component-set>";
    let refused = ada.send("MKCALENDAR", &path, &[], &mkcalendar(components)).expect(403).text();
    assert!(refused.contains("<C:supported-calendar-component/>"), "{refused}");
    ada.send("MKCALENDAR", &path, &[], "<x xmlns='DAV:'/>").expect(400);
    ada.properties(&path, "<displayname/>").expect(404);
}

#[test]
fn only_calendars_that_somebody_made_can_be_deleted() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let own = format!("{HOME}own/");
    ada.make(&own);
    ada.put(&format!("{own}a.ics"), &super::event("a", "")).expect(201);
    ada.delete(&own).expect(204);
    ada.get(&format!("{own}a.ics")).expect(404);
    ada.delete(&own).expect(404);
    assert!(ada.delete(CALENDAR).expect(403).text().contains("<C:default-calendar-needed/>"));
    let kept =
        ["availability/", "shifts/", "inbox/", "outbox/", "team-payments-roster/", "team-payments-availability/", ""];
    for name in kept {
        let refused = ada.delete(&format!("{HOME}{name}")).expect(403).text();
        assert!(refused.contains("<D:need-privileges>"), "{name}: {refused}");
    }
    ada.delete("/dav/principals/users/ada/").expect(403);
    assert!(ada.delete("/dav/calendars/ben/calendar/").expect(403).text().contains("<D:need-privileges>"));
}

#[test]
fn where_invitations_go_can_be_chosen_and_then_not_deleted() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let (other, inbox) = (format!("{HOME}other/"), "/dav/calendars/ada/inbox/");
    ada.make(&other);
    let choose = |href: &str| {
        let value = format!("<C:schedule-default-calendar-URL><href>{href}</href></C:schedule-default-calendar-URL>");
        ada.set(inbox, &value).expect(207).text()
    };
    for href in ["/dav/calendars/ada/shifts/", "/dav/calendars/ada/availability/", "/dav/calendars/ben/calendar/", "x"]
    {
        assert!(choose(href).contains("<C:valid-schedule-default-calendar-URL/>"), "{href}");
    }
    assert!(choose(&other).contains("200 OK"));
    let chosen = ada.properties(inbox, "<C:schedule-default-calendar-URL/>").expect(207).text();
    assert!(chosen.contains("<D:href>/dav/calendars/ada/other/</D:href>"), "{chosen}");
    assert!(ada.delete(&other).expect(403).text().contains("<C:default-calendar-needed/>"));
    let kept = ada.delete(CALENDAR).expect(403).text();
    assert!(kept.contains("<D:need-privileges>"), "every home has it: {kept}");
}

#[test]
fn a_calendar_gets_another_name_and_stays_the_same() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let (old, new, inbox) = (format!("{HOME}old/"), format!("{HOME}new name/"), format!("{HOME}inbox/"));
    ada.make(&old);
    ada.put(&format!("{old}a.ics"), &super::event("a", "")).expect(201);
    ada.set(&old, "<displayname>Choir</displayname><x:mood xmlns:x='urn:x'>good</x:mood>").expect(207);
    let href = format!("<C:schedule-default-calendar-URL><href>{old}</href></C:schedule-default-calendar-URL>");
    ada.set(&inbox, &href).expect(207);
    let asked = "<sync-token/><displayname/><x:mood xmlns:x='urn:x'/>";
    let before = ada.properties(&old, asked).expect(207).text();
    let moved = ada.move_to(&old, &new, &[]).expect(201);
    assert_eq!(moved.header("location"), Some("/dav/calendars/ada/new%20name/"));
    ada.properties(&old, asked).expect(404);
    let after = ada.properties("/dav/calendars/ada/new%20name/", asked).expect(207).text();
    assert_eq!(after.replace("/new%20name/", "/old/"), before, "tokens stay good, too");
    assert_eq!(ada.get("/dav/calendars/ada/new%20name/a.ics").expect(200).text(), super::event("a", ""));
    let chosen = ada.properties(&inbox, "<C:schedule-default-calendar-URL/>").expect(207).text();
    assert!(chosen.contains("/ada/new%20name/"), "invitations still go there: {chosen}");
    ada.make(&old);
    ada.move_to(&old, &new, &[("Overwrite", "F")]).expect(412);
    let taken = ada.move_to(&old, &new, &[]).expect(403).text();
    assert!(taken.contains("<D:resource-must-be-null/>"), "{taken}");
    for (to, status) in [
        ("/dav/calendars/ada/team-x-roster/", 403),
        ("/dav/calendars/ben/old/", 403),
        ("/dav/calendars/ada/calendar/old/", 403),
        ("/dav/old/", 404),
        ("http://elsewhere.example/dav/calendars/ada/x/", 502),
    ] {
        assert_eq!(ada.move_to(&old, to, &[]).status, status, "{to}");
    }
    let within = ada.move_to(&old, "/dav/calendars/ada/calendar/old/", &[]).text();
    assert!(within.contains("<C:calendar-collection-location-ok/>"), "{within}");
    ada.properties(&old, asked).expect(207);
}

#[test]
fn calendars_are_not_copied_and_what_every_home_has_stays() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(&format!("{HOME}own/"));
    ada.put(&format!("{HOME}own/a.ics"), &super::event("a", "")).expect(201);
    let there = [("Destination", "/dav/calendars/ada/there/")];
    for path in ["/", HOME, "/dav/calendars/ada/own/", "/dav/principals/users/ada/"] {
        let refused = ada.send("COPY", path, &there, "").expect(403);
        assert!(refused.text().contains("only objects"), "{path}: {}", refused.text());
    }
    for path in [HOME, "/dav/calendars/ada/own/", "/dav/calendars/ada/own/a.ics", "/dav/principals/users/ada/"] {
        for method in ["LOCK", "UNLOCK", "ACL", "PATCH"] {
            if method == "ACL" && path.ends_with("/own/") {
                continue;
            }
            let refused = ada.send(method, path, &there, "").expect(405);
            assert!(refused.header("allow").unwrap().split(", ").all(|allowed| allowed != method), "{method} {path}");
            assert!(refused.text().contains(method), "it says what is not possible: {}", refused.text());
        }
    }
    for name in ["calendar/", "shifts/", "availability/", "inbox/", "team-payments-roster/"] {
        let refused = ada.send("MOVE", &format!("{HOME}{name}"), &there, "").expect(403);
        assert!(refused.text().contains("<D:need-privileges>"), "{name}: {}", refused.text());
    }
    ada.send("MOVE", &format!("{HOME}nothing/"), &there, "").expect(404);
}

#[test]
fn a_person_has_so_many_calendars_and_no_more() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let made: Vec<u16> = (0..60).map(|n| ada.send("MKCALENDAR", &format!("{HOME}c{n}/"), &[], "").status).collect();
    let first = made.iter().position(|status| *status != 201).expect("an end");
    assert!(made[first..].iter().all(|status| *status == 507), "{made:?}");
    let refused = ada.send("MKCALENDAR", &format!("{HOME}more/"), &[], "").expect(507).text();
    assert!(refused.contains("<D:quota-not-exceeded/>") && refused.contains("50"), "{refused}");
    ada.delete(&format!("{HOME}c0/")).expect(204);
    ada.make(&format!("{HOME}more/"));
}

#[test]
fn a_calendar_may_have_any_name_however_it_is_spelled() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let (sent, shown) = ("/dav/calendars/ada/B%c3%bcro%20@%20home/", "/dav/calendars/ada/B%C3%BCro%20%40%20home/");
    ada.make(sent);
    let home = ada.propfind(HOME, "1", "<displayname/>").expect(207).text();
    assert!(home.contains(&format!("<D:href>{shown}</D:href>")) && home.contains("Büro @ home"), "{home}");
    ada.put(&format!("{sent}a;b=c,d.ics"), &super::event("a", "")).expect(201);
    let name = format!("{shown}a%3Bb%3Dc%2Cd.ics");
    assert!(ada.propfind(sent, "1", "<getetag/>").expect(207).text().contains(&format!("<D:href>{name}</D:href>")));
    ada.get(&name).expect(200);
    ada.send("MKCALENDAR", shown, &[], "").expect(403);
    ada.delete(shown.trim_end_matches('/')).expect(204);
}
