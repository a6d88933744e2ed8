//! PROPPATCH and what PROPFIND shows of it.

use super::{App, CALENDAR, HOME, NAMES, ROSTER, xml};
use crate::support::Server;

const OWN: &str = "/dav/calendars/ada/own/";

#[test]
fn a_calendar_keeps_its_look_and_what_it_counts_for() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let zone = "BEGIN:VCALENDAR&#13;\nVERSION:2.0&#13;\nPRODID:x&#13;\nBEGIN:VTIMEZONE&#13;\nTZID:Europe/Berlin&#13;\n\
                BEGIN:STANDARD&#13;\nDTSTART:19700101T000000&#13;\nTZOFFSETFROM:+0100&#13;\nTZOFFSETTO:+0100&#13;\n\
                END:STANDARD&#13;\nEND:VTIMEZONE&#13;\nEND:VCALENDAR&#13;\n";
    let values = [
        "<D:displayname>Arbeit</D:displayname>".to_owned(),
        "<A:calendar-color>#0E61B9FF</A:calendar-color>".to_owned(),
        "<A:calendar-order>7</A:calendar-order>".to_owned(),
        "<C:calendar-description>Was &lt;so&gt; anliegt</C:calendar-description>".to_owned(),
        "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>".to_owned(),
        format!("<C:calendar-timezone>{zone}</C:calendar-timezone>"),
    ];
    let body = values.concat().replace("D:displayname", "displayname");
    let set = ada.set(OWN, &body).expect(207).text();
    assert_eq!(set.matches("<D:propstat>").count(), 1, "{set}");
    assert!(xml::part(&set, "200").contains("<A:calendar-color/>"), "{set}");
    let asked = "<displayname/><A:calendar-color/><A:calendar-order/><C:calendar-description/>\
                 <C:schedule-calendar-transp/><C:calendar-timezone/><C:calendar-timezone-id/>";
    let shown = ada.properties(OWN, asked).expect(207).text();
    for value in &values {
        assert!(shown.contains(value), "{value}: {shown}");
    }
    assert!(shown.contains("<C:calendar-timezone-id>Europe/Berlin</C:calendar-timezone-id>"), "{shown}");
    ada.patch(OWN, "<remove><prop><A:calendar-color/><displayname/><nothing xmlns='urn:x'/></prop></remove>")
        .expect(207);
    let shown = ada.properties(OWN, asked).expect(207).text();
    assert!(xml::part(&shown, "404").contains("<A:calendar-color/>"), "{shown}");
    assert!(shown.contains("<D:displayname>own</D:displayname>"), "{shown}");
}

#[test]
fn a_zone_can_be_set_by_its_name_alone() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let set =
        |id: &str| ada.set(OWN, &format!("<C:calendar-timezone-id>{id}</C:calendar-timezone-id>")).expect(207).text();
    assert!(set("Asia/Tokyo").contains("200 OK"));
    let refused = set("Mars/Olympus");
    assert!(refused.contains("<C:valid-timezone/>"), "{refused}");
    let shown = ada.properties(OWN, "<C:calendar-timezone/><C:calendar-timezone-id/>").expect(207).text();
    assert!(shown.contains("<C:calendar-timezone-id>Asia/Tokyo</C:calendar-timezone-id>"), "{shown}");
    assert!(shown.contains("TZID:Asia/Tokyo") && shown.contains("TZOFFSETTO:+0900"), "{shown}");
    // The day in Tokyo begins at 15:00 UTC of the day before.
    ada.put(&format!("{OWN}day.ics"), &super::event_at("day", "DTSTART;VALUE=DATE:20261210\r\n", "")).expect(201);
    let range = r#"<C:time-range start="20261209T150000Z" end="20261209T160000Z"/>"#;
    let query = format!(
        "<C:calendar-query {NAMES}><prop><getetag/></prop><C:filter><C:comp-filter name=\"VCALENDAR\">\
         <C:comp-filter name=\"VEVENT\">{range}</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    );
    assert_eq!(xml::names(&ada.report(OWN, &query).expect(207).text()), ["day.ics"]);
}

#[test]
fn all_of_a_change_is_made_or_nothing() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let color = "<A:calendar-color>#111111</A:calendar-color>";
    for (bad, status, reason) in [
        ("<getetag>x</getetag>", "403", "<D:cannot-modify-protected-property/>"),
        ("<resourcetype><collection/></resourcetype>", "403", "<D:cannot-modify-protected-property/>"),
        ("<C:supported-calendar-component-set/>", "403", "<D:cannot-modify-protected-property/>"),
        ("<CS:getctag>x</CS:getctag>", "403", "<D:cannot-modify-protected-property/>"),
        ("<C:calendar-availability>x</C:calendar-availability>", "403", "<D:cannot-modify-protected-property/>"),
        ("<CS:calendar-availability>x</CS:calendar-availability>", "403", "<D:cannot-modify-protected-property/>"),
        ("<C:calendar-free-busy-set/>", "403", "<D:cannot-modify-protected-property/>"),
        ("<CS:email-address-set/>", "403", "<D:cannot-modify-protected-property/>"),
        ("<A:calendar-order>first</A:calendar-order>", "409", "not a whole number"),
        ("<C:calendar-timezone>Berlin</C:calendar-timezone>", "403", "<C:valid-calendar-data/>"),
        ("<C:schedule-calendar-transp/>", "409", "transparent"),
    ] {
        let refused = ada.set(OWN, &format!("{color}{bad}")).expect(207).text();
        assert!(xml::part(&refused, status).contains(reason), "{bad}: {refused}");
        assert!(xml::part(&refused, "424").contains("<A:calendar-color/>"), "{bad}: {refused}");
        let shown = ada.properties(OWN, "<A:calendar-color/>").expect(207).text();
        assert!(shown.contains("404 Not Found"), "{bad}: {shown}");
    }
}

#[test]
fn unknown_properties_are_kept_as_they_came() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let mood = r#"<x:mood xmlns:x="urn:x" x:tone="&lt;&quot;">good &amp; <x:b/> better</x:mood>"#;
    ada.set(CALENDAR, mood).expect(207);
    for shown in [
        ada.properties(CALENDAR, r#"<mood xmlns="urn:x"/>"#).expect(207).text(),
        ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], "").expect(207).text(),
    ] {
        assert!(shown.contains("good &amp; ") && shown.contains("tone=\"&lt;&quot;\""), "{shown}");
    }
    let names = ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], &format!("<propfind {NAMES}><propname/></propfind>"));
    assert!(names.expect(207).text().contains(r#"mood xmlns:x="urn:x"/>"#));
    ada.patch(CALENDAR, r#"<remove><prop><mood xmlns="urn:x"/></prop></remove>"#).expect(207);
    let gone = ada.properties(CALENDAR, r#"<mood xmlns="urn:x"/>"#).expect(207).text();
    assert!(gone.contains("404 Not Found"), "{gone}");
}

#[test]
fn what_could_not_be_written_back_as_xml_is_not_read() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for name in ["a&amp;b", "1a", "-a", "a,b", "a(b"] {
        ada.properties(CALENDAR, &format!(r#"<{name} xmlns="urn:x"/>"#)).expect(400);
        ada.set(CALENDAR, &format!(r#"<{name} xmlns="urn:x">v</{name}>"#)).expect(400);
        ada.set(CALENDAR, &format!(r#"<m xmlns="urn:x" {name}="v"/>"#)).expect(400);
    }
    ada.send("PROPFIND", CALENDAR, &[("Depth", "0")], "").expect(207);
}

#[test]
fn working_hours_are_the_inbox_and_show_there_alone() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let inbox = "/dav/calendars/ada/inbox/";
    let hours = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:a &amp; b\nBEGIN:VAVAILABILITY\nUID:h\nDTSTAMP:20261101T000000Z\n\
                 END:VAVAILABILITY\nEND:VCALENDAR\n";
    let set = ada.set(inbox, &format!("<CS:calendar-availability>{hours}</CS:calendar-availability>")).expect(207);
    assert!(set.text().contains("200 OK"));
    for name in ["C:calendar-availability", "CS:calendar-availability"] {
        let shown = ada.properties(inbox, &format!("<{name}/>")).expect(207).text();
        assert!(shown.contains("PRODID:a &amp; b"), "{name}: {shown}");
    }
    let all = ada.send("PROPFIND", inbox, &[("Depth", "0")], "").expect(207).text();
    assert!(!all.contains("VAVAILABILITY"), "allprop leaves it out: {all}");
    let refused = ada.set(inbox, "<C:calendar-availability>mornings</C:calendar-availability>").expect(207).text();
    assert!(refused.contains("<C:valid-calendar-data/>"), "{refused}");
}

#[test]
fn what_is_not_there_has_no_properties_to_change() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let name = "<displayname>x</displayname>";
    for path in [
        "/dav/calendars/ada/nothing/",
        "/dav/calendars/ada/calendar/nothing.ics",
        "/dav/calendars/ada/nothing/nothing.ics",
        "/dav/principals/users/nobody/",
        "/dav/principals/teams/nothing/",
    ] {
        ada.set(path, name).expect(404);
    }
    for path in ["/dav/calendars/ben/", "/dav/calendars/nobody/", "/dav/calendars/ben/calendar/x.ics"] {
        assert!(ada.set(path, name).expect(403).text().contains("<D:need-privileges>"), "{path}");
    }
    ada.put(&format!("{CALENDAR}a.ics"), &super::event("a", "")).expect(201);
    for path in ["/", "/dav/", HOME, "/dav/principals/users/ada/", "/dav/calendars/ada/calendar/a.ics"] {
        let refused = ada.set(path, name).expect(207).text();
        assert!(xml::part(&refused, "403").contains("<D:displayname/>"), "{path}: {refused}");
    }
    ada.send("PROPPATCH", CALENDAR, &[], "").expect(400);
    ada.send("PROPPATCH", CALENDAR, &[], &format!("<propertyupdate {NAMES}/>")).expect(400);
}

#[test]
fn how_somebody_sees_a_team_calendar_is_theirs_alone() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let look = "<displayname>Dienst</displayname><A:calendar-color>#123456</A:calendar-color>";
    assert!(ada.set(ROSTER, look).expect(207).text().contains("200 OK"));
    let hers = ada.properties(ROSTER, "<displayname/><A:calendar-color/>").expect(207).text();
    assert!(hers.contains("Dienst") && hers.contains("#123456"), "{hers}");
    let his = ben.properties(&ROSTER.replace("ada", "ben"), "<displayname/>").expect(207).text();
    assert!(his.contains("Payments roster"), "{his}");
}

#[test]
fn a_client_may_ask_for_short_answers() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let body = format!("<propfind {NAMES}><prop><displayname/><getetag/></prop></propfind>");
    for wish in [("Prefer", "return=minimal"), ("Brief", "t")] {
        let found = ada.send("PROPFIND", OWN, &[("Depth", "0"), wish], &body).expect(207);
        assert!(found.text().contains("displayname") && !found.text().contains("404"), "{wish:?}: {}", found.text());
        assert_eq!(found.header("preference-applied"), Some("return=minimal"), "{wish:?}");
    }
    let nothing = format!("<propfind {NAMES}><prop><getetag/></prop></propfind>");
    let minimal = [("Depth", "0"), ("Prefer", "return=minimal")];
    let found = ada.send("PROPFIND", OWN, &minimal, &nothing).expect(207).text();
    assert!(found.contains("200 OK"), "a row has a part at least: {found}");
    let patch = |property: &str| {
        let body = format!("<propertyupdate {NAMES}><set><prop>{property}</prop></set></propertyupdate>");
        ada.send("PROPPATCH", OWN, &[("Prefer", "return=minimal")], &body)
    };
    assert!(patch("<displayname>x</displayname>").expect(200).body.is_empty());
    assert!(patch("<getetag>x</getetag>").expect(207).text().contains("403"));
    let listed = [("Depth", "1"), ("Prefer", "depth-noroot")];
    let home = ada.send("PROPFIND", HOME, &listed, &body).expect(207).text();
    assert!(!home.contains("<D:href>/dav/calendars/ada/</D:href>") && home.contains("ada/own/"), "{home}");
}

#[test]
fn whatever_a_change_is_said_to_have_done_can_be_seen() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    ada.put(&format!("{OWN}a.ics"), &super::event("a", "ORGANIZER:mailto:b@example.com\r\n")).expect(201);
    let mut known: Vec<String> = Vec::new();
    for path in [OWN, "/dav/calendars/ada/inbox/", HOME, "/dav/principals/users/ada/", "/dav/calendars/ada/own/a.ics"] {
        let body = format!("<propfind {NAMES}><propname/></propfind>");
        let names = ada.send("PROPFIND", path, &[("Depth", "0")], &body).expect(207).text();
        let names = names.split("<D:prop>").nth(1).unwrap().split("</D:prop>").next().unwrap().to_owned();
        known.extend(names.split('<').filter_map(|tag| tag.split("/>").next()).map(|tag| tag.replace("D:", "")));
    }
    known.sort();
    known.dedup();
    known.retain(|name| !name.is_empty());
    assert!(known.len() > 40, "{known:?}");
    for name in known {
        let end = name.split(' ').next().unwrap();
        let told = ada.set(OWN, &format!("<{name}>#123456</{end}>")).expect(207).text();
        let shown = ada.properties(OWN, &format!("<{name}/>")).expect(207).text();
        assert_eq!(told.contains("200 OK"), shown.contains("#123456"), "{name}: {told} {shown}");
    }
}
