//! Subscriptions as calendar apps make, read and change them.

use super::all;
use crate::caldav::{App, CALENDAR, HOME, NAMES};
use crate::support::Server;
use serde_json::{Value, json};

/// What Apple's calendar sends to subscribe in an account.
fn apples(source: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><A:mkcol xmlns:A=\"DAV:\"><A:set><A:prop>\
         <D:calendar-color xmlns:D=\"http://apple.com/ns/ical/\" symbolic-color=\"orange\">#FF9500FF</D:calendar-color>\
         <A:resourcetype><A:collection/><C:subscribed xmlns:C=\"http://calendarserver.org/ns/\"/></A:resourcetype>\
         <A:displayname>Fixtures</A:displayname>\
         <C:source xmlns:C=\"http://calendarserver.org/ns/\"><A:href>{source}</A:href></C:source>\
         <D:calendar-order xmlns:D=\"http://apple.com/ns/ical/\">7</D:calendar-order>\
         <D:refreshrate xmlns:D=\"http://apple.com/ns/ical/\">PT6H</D:refreshrate>\
         <C:subscribed-strip-alarms xmlns:C=\"http://calendarserver.org/ns/\"/>\
         <C:subscribed-strip-attachments xmlns:C=\"http://calendarserver.org/ns/\"/>\
         </A:prop></A:set></A:mkcol>"
    )
}

const PATH: &str = "/dav/calendars/ada/5A1E6F0C-8F1B-4D8C-9B0B-3C6A2F6E1D11/";
const ASKED: &str = "<resourcetype/><displayname/><CS:source/><A:refreshrate/><A:calendar-color/><A:calendar-order/>\
                     <CS:subscribed-strip-alarms/><CS:subscribed-strip-attachments/><CS:subscribed-strip-todos/>\
                     <C:schedule-calendar-transp/><current-user-privilege-set/><CS:getctag/><sync-token/>";

#[test]
fn apples_subscription_is_made_listed_changed_and_removed() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.send("MKCOL", PATH, &[], &apples("webcal://fixtures.example.com/team.ics?a=1&amp;b=2")).expect(201);
    let listed = ada.propfind(HOME, "1", ASKED).expect(207).text();
    let row = listed.split("<D:response>").find(|row| row.contains(PATH)).expect("it is listed");
    for part in [
        "<D:resourcetype><D:collection/><CS:subscribed/></D:resourcetype>",
        "<D:displayname>Fixtures</D:displayname>",
        "<CS:source><D:href>https://fixtures.example.com/team.ics?a=1&amp;b=2</D:href></CS:source>",
        ">PT6H<",
        "#FF9500FF",
        "<A:calendar-order>7</A:calendar-order>",
        "subscribed-strip-alarms",
        "subscribed-strip-attachments",
        "<C:schedule-calendar-transp><C:opaque/></C:schedule-calendar-transp>",
        "<D:write-properties/>",
    ] {
        assert!(row.contains(part), "{part}: {row}");
    }
    let (there, missing) = row.split_once("404 Not Found").map_or((row, ""), |(there, _)| {
        let cut = there.rfind("<D:propstat>").unwrap();
        there.split_at(cut)
    });
    assert!(missing.contains("subscribed-strip-todos") && !there.contains("subscribed-strip-todos"), "{row}");
    for wrong in ["<C:calendar/>", "<D:bind/>", "<D:write-content/>", "<D:write/>"] {
        assert!(!row.contains(wrong), "{wrong}: {row}");
    }
    let same = all(&server, "ada");
    assert_eq!((same.len(), &same[0]["counts_as"], &same[0]["every_minutes"]), (1, &json!("utilisation"), &json!(360)));
    assert_eq!(same[0]["url"], "https://fixtures.example.com/…", "for whom it is not");

    let set = "<displayname>Football</displayname><A:refreshrate>PT1M</A:refreshrate>\
               <CS:source><href>https://fixtures.example.com/other.ics</href></CS:source>";
    assert!(ada.set(PATH, set).expect(207).text().contains("200 OK"));
    let now = ada.properties(PATH, ASKED).expect(207).text();
    assert!(now.contains("other.ics") && now.contains("Football") && now.contains(">PT1M<"), "{now}");
    assert_eq!(all(&server, "ada")[0]["every_minutes"], 15, "no more often than that");

    let refused = ada.put(&format!("{PATH}x.ics"), &crate::caldav::event("x", "")).expect(403).text();
    assert!(refused.contains("<D:need-privileges>") && refused.contains("<D:bind/>"), "{refused}");
    ada.put(&format!("{CALENDAR}moved.ics"), &crate::caldav::event("moved", "")).expect(201);
    ada.move_to(&format!("{CALENDAR}moved.ics"), &format!("{PATH}moved.ics"), &[]).expect(403);
    assert_eq!(ada.names(PATH), Vec::<String>::new());
    let moved = format!("{HOME}fixtures/");
    ada.move_to(PATH, &moved, &[]).expect(201);
    assert!(ada.properties(&moved, ASKED).expect(207).text().contains(">PT1M<"));
    ada.delete(&moved).expect(204);
    ada.delete(&moved).expect(404);
    assert!(all(&server, "ada").is_empty());
}

#[test]
fn a_subscription_may_come_by_mkcalendar_too() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let source = "<CS:source><href>https://a.example.com/x.ics</href></CS:source>";
    let types = "<resourcetype><collection/><C:calendar/><CS:subscribed/></resourcetype>";
    for (name, properties) in [("typed", format!("{types}{source}")), ("plain", source.to_owned())] {
        let path = format!("{HOME}{name}/");
        let body = format!("<C:mkcalendar {NAMES}><set><prop>{properties}</prop></set></C:mkcalendar>");
        ada.send("MKCALENDAR", &path, &[], &body).expect(201);
        let made = ada.properties(&path, ASKED).expect(207).text();
        assert!(made.contains("<D:collection/><CS:subscribed/></D:resourcetype>"), "{made}");
    }
}

#[test]
fn checklist_34_what_is_no_address_of_a_public_calendar_is_refused_in_words_and_makes_nothing() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for (source, why) in [
        ("http://a.example.com/x.ics", "https://"),
        ("https://ada:secret@a.example.com/x.ics", "user name"),
        ("webcal://127.0.0.1/x.ics", "not public"),
        ("https://[::ffff:10.0.0.1]/x.ics", "not public"),
        ("https://169.254.169.254/latest/", "not public"),
        ("https://0x7f000001/x", "not public"),
        ("https://a.example.com:8080/x.ics", "port"),
        ("file:///etc/passwd", "no URL"),
        ("", "no URL"),
    ] {
        let refused = ada.send("MKCOL", PATH, &[], &apples(source)).expect(409).text();
        assert!(refused.contains("<D:mkcol-response") && refused.contains(why), "{source}: {refused}");
        assert!(refused.contains("424"), "nothing of the rest either: {refused}");
        ada.properties(PATH, "<displayname/>").expect(404);
        let request = json!({ "url": source });
        let said = server.api("POST", "/people/ada/outside-calendars", &request).expect(422).text();
        assert!(said.contains(why), "{source}: {said}");
    }
    let bare = format!(
        "<mkcol {NAMES}><set><prop><resourcetype><collection/><CS:subscribed/></resourcetype><displayname>x\
         </displayname></prop></set></mkcol>"
    );
    let refused = ada.send("MKCOL", PATH, &[], &bare).expect(409).text();
    assert!(refused.contains("needs the address"), "{refused}");

    ada.send("MKCOL", PATH, &[], &apples("https://a.example.com/x.ics")).expect(201);
    for change in [
        "<set><prop><CS:source><href>https://localhost/</href></CS:source></prop></set>",
        "<remove><prop><CS:source/></prop></remove>",
    ] {
        let refused = ada.patch(PATH, change).expect(207).text();
        assert!(refused.contains("409 Conflict"), "{refused}");
    }
    assert!(ada.properties(PATH, ASKED).expect(207).text().contains("https://a.example.com/x.ics"));
    assert!(!server.log().contains("a.example.com"), "addresses are secrets: {}", server.log());
}

#[test]
fn five_are_enough_and_nobody_else_sees_them() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    for n in 0..5 {
        let path = format!("{HOME}sub-{n}/");
        ada.send("MKCOL", &path, &[], &apples(&format!("https://a.example.com/{n}.ics"))).expect(201);
    }
    let full = ada.send("MKCOL", PATH, &[], &apples("https://a.example.com/6.ics")).expect(507).text();
    assert!(full.contains("<D:quota-not-exceeded/>"), "{full}");
    let request = json!({ "url": "https://a.example.com/6.ics" });
    server.api("POST", "/people/ada/outside-calendars", &request).expect(409);
    server.command(&["user", "delegate", "add", "ada", "ben"]);
    let listed = ben.propfind(HOME, "1", ASKED).expect(207).text();
    assert!(!listed.contains("a.example.com") && !listed.contains("sub-1"), "{listed}");
    ben.properties(&format!("{HOME}sub-1/"), "<CS:source/>").expect(404);
    server.api("GET", "/people/nobody/outside-calendars", &Value::Null).expect(404);
    let acl = format!(
        "<acl {NAMES}><ace><principal><authenticated/></principal><grant><privilege><read/></privilege></grant></ace></acl>"
    );
    ada.send("ACL", &format!("{HOME}sub-1/"), &[], &acl).expect(403);
}
