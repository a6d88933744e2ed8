//! People and teams: found by name and address, and expanded as macOS asks for them.

use super::{App, CALENDAR, NAMES, xml};
use crate::support::Server;

const ADA: &str = "/dav/principals/users/ada/";

fn search(property: &str, text: &str) -> String {
    format!(
        "<principal-property-search {NAMES}><property-search><prop>{property}</prop><match>{text}</match></property-search>\
         <prop><displayname/><C:calendar-user-address-set/></prop></principal-property-search>"
    )
}

#[test]
fn people_and_teams_are_found_by_what_is_known_of_them() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    for (property, text, wanted) in [
        ("<displayname/>", "sorensen", "/dav/principals/users/ella/"),
        ("<C:calendar-user-address-set/>", "mailto:ELLA@example", "/dav/principals/users/ella/"),
        ("<CS:email-address-set/>", "ella@", "/dav/principals/users/ella/"),
        ("<displayname/>", "payments", "/dav/principals/teams/payments/"),
    ] {
        for path in ["/", "/dav/principals/", ADA] {
            let found = ada.report(path, &search(property, text)).expect(207).text();
            assert_eq!(found.matches("<D:response>").count(), 1, "{text} on {path}: {found}");
            assert!(found.contains(&format!("<D:href>{wanted}</D:href>")), "{text} on {path}: {found}");
        }
    }
    assert!(!ada.report("/", &search("<displayname/>", "nobody at all")).expect(207).text().contains("<D:response>"));
    let both = search("<displayname/>", "e").replace(
        "<prop><displayname/><C:",
        "<property-search><prop><CS:email-address-set/></prop><match>ella</match></property-search><prop><displayname/><C:",
    );
    let found = ada.report("/", &both).expect(207).text();
    assert_eq!(found.matches("<D:response>").count(), 1, "all conditions: {found}");
    let any = both.replace("<principal-property-search ", "<principal-property-search test=\"anyof\" ");
    assert!(ada.report("/", &any).expect(207).text().matches("<D:response>").count() > 5);
    // As python-caldav writes it: for nobody in particular, the properties beside an empty prop.
    let everybody = format!(
        "<principal-property-search {NAMES}><prop/><C:calendar-home-set/><displayname/></principal-property-search>"
    );
    let found = ada.report("/", &everybody).expect(207).text();
    assert!(xml::row(&found, "/users/ella/").contains("<D:displayname>Ella Sorensen</D:displayname>"), "{found}");
    assert!(xml::row(&found, "/users/ben/").contains("<D:href>/dav/calendars/ben/</D:href>"), "{found}");
    let tokens = |tokens: &[&str]| {
        let tokens: String = tokens.iter().map(|token| format!("<CS:search-token>{token}</CS:search-token>")).collect();
        let body = format!(
            "<CS:calendarserver-principal-search {NAMES} context=\"attendee\">{tokens}<prop><displayname/></prop></CS:calendarserver-principal-search>"
        );
        ada.report("/dav/principals/", &body).expect(207).text().matches("<D:response>").count()
    };
    assert_eq!((tokens(&["ella", "sor"]), tokens(&["ella", "okafor"]), tokens(&[])), (1, 0, 0));
}

#[test]
fn searches_are_announced_where_they_can_be_made_and_refused_elsewhere() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let set = format!("<principal-search-property-set {NAMES}/>");
    let told = ada.report("/dav/principals/", &set).expect(200).text();
    assert!(told.contains("<D:displayname/>") && told.contains("<D:description xml:lang=\"en\">Name<"), "{told}");
    ada.report(CALENDAR, &search("<displayname/>", "e")).expect(403);
    for (path, reports) in [
        (ADA, &["principal-property-search", "expand-property", "calendarserver-principal-search"][..]),
        ("/dav/calendars/ada/", &["principal-property-search", "free-busy-query"]),
        (CALENDAR, &["calendar-query", "calendar-multiget", "sync-collection", "free-busy-query"]),
        ("/dav/calendars/ada/inbox/", &["calendar-query", "calendar-multiget", "sync-collection"]),
    ] {
        let told = ada.properties(path, "<supported-report-set/>").expect(207).text();
        for report in reports {
            assert!(told.contains(&format!(":{report}/>")), "{report} on {path}: {told}");
        }
        assert_eq!(told.contains("sync-collection"), path.starts_with(CALENDAR) || path.ends_with("inbox/"), "{path}");
    }
}

#[test]
fn properties_of_what_a_property_names_come_with_it() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let body = format!(
        "<expand-property {NAMES}><property name=\"group-membership\"><property name=\"displayname\"/>\
         <property name=\"group-member-set\"/></property><property name=\"displayname\"/>\
         <property name=\"calendar-proxy-write-for\" namespace=\"http://calendarserver.org/ns/\"><property name=\"displayname\"/></property>\
         <property name=\"getetag\"/></expand-property>"
    );
    let told = ada.report(ADA, &body).expect(207).text();
    let groups = told.split("<D:group-membership>").nth(1).unwrap();
    assert!(groups.starts_with("<D:response><D:href>/dav/principals/teams/payments/</D:href>"), "{told}");
    assert!(groups.contains("<D:displayname>Payments</D:displayname>"), "{told}");
    assert!(groups.contains("<D:href>/dav/principals/users/ben/</D:href>"), "{told}");
    assert!(told.contains("<D:displayname>Ada Okafor</D:displayname>"), "{told}");
    assert!(told.contains("<CS:calendar-proxy-write-for></CS:calendar-proxy-write-for>"), "{told}");
    assert!(xml::part(&told, "404").contains("<D:getetag/>"), "{told}");
}

#[test]
fn only_from_ones_own_outbox_and_as_oneself() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let request = |organizer: &str, lines: &str| {
        super::object(
            "VFREEBUSY",
            &format!(
                "UID:ask\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:20270201T000000Z\r\nDTEND:20270202T000000Z\r\n\
                 ORGANIZER:{organizer}\r\n{lines}"
            ),
        )
        .replace("PRODID", "METHOD:REQUEST\r\nPRODID")
    };
    let ben = "ATTENDEE:mailto:ben@example.org\r\n";
    let post = |path: &str, body: &str| {
        ada.send("POST", path, &[("Content-Type", "text/calendar"), ("Originator", "mailto:ada@example.org")], body)
    };
    let (outbox, own) = ("/dav/calendars/ada/outbox/", "mailto:ada@example.org");
    assert!(post(outbox, &request(own, ben)).expect(200).text().contains("BEGIN:VFREEBUSY"));
    let refused = post(outbox, &request("mailto:ben@example.org", ben)).expect(403).text();
    assert!(refused.contains("<C:organizer-allowed/>"), "{refused}");
    for body in [request(own, ""), request(own, ben).replace("METHOD:REQUEST", "METHOD:REPLY"), super::event("x", "")] {
        let refused = post(outbox, &body).expect(403).text();
        assert!(refused.contains("<C:valid-scheduling-message/>"), "{refused}");
    }
    assert!(post(outbox, "nothing").expect(403).text().contains("<C:valid-calendar-data/>"));
    assert!(post("/dav/calendars/ben/outbox/", &request(own, ben)).expect(403).text().contains("<D:need-privileges>"));
    post(CALENDAR, &request(own, ben)).expect(405);
}
