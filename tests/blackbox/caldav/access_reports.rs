//! The reports of access control (RFC 3744 9): of whom a list speaks, what has to do with whoever asks, and searches with
//! everything that narrows them.

use super::{App, CALENDAR, HOME, NAMES, event, xml};
use crate::support::{Reply, Server};

const USERS: &str = "/dav/principals/users/";

/// The addresses of the rows, in their order.
fn rows(reply: &Reply) -> Vec<String> {
    let text = reply.text();
    text.split("<D:response><D:href>").skip(1).map(|row| row.split('<').next().unwrap().to_owned()).collect()
}

fn listed(what: &str) -> String {
    format!("<acl-principal-prop-set {NAMES}>{what}</acl-principal-prop-set>")
}

#[test]
fn those_of_whom_a_list_speaks_are_told_with_their_properties() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let acl = format!(
        "<acl {NAMES}><ace><principal><href>{USERS}ben/</href></principal><grant><privilege><read/></privilege></grant></ace>\
         <ace><principal><authenticated/></principal><grant><privilege><C:read-free-busy/></privilege></grant></ace></acl>"
    );
    ada.send("ACL", CALENDAR, &[], &acl).expect(200);
    let told = ada.report(CALENDAR, &listed("<prop><displayname/></prop>")).expect(207);
    let expected = ["ada/", "ada/calendar-proxy-write/", "ada/calendar-proxy-read/", "ben/"];
    assert_eq!(rows(&told), expected.map(|end| format!("{USERS}{end}")));
    assert!(told.text().contains("<D:displayname>Ben Whitlock</D:displayname>"), "{}", told.text());
    ada.put(&format!("{CALENDAR}x.ics"), &event("x", "")).expect(201);
    let object = ada.report(&format!("{CALENDAR}x.ics"), &listed("<prop><displayname/></prop>")).expect(207);
    assert_eq!(rows(&object), rows(&told), "an object is open to whom its calendar is");
    assert_eq!(rows(&ada.report(HOME, &listed("<prop><displayname/></prop>")).expect(207)).len(), 3);
    // Ben reads, and isn't told who else does.
    let refused = ben.report(CALENDAR, &listed("<prop><displayname/></prop>")).expect(403).text();
    assert!(refused.contains("<D:read-acl/>"), "{refused}");
    ben.report(HOME, &listed("<prop/>")).expect(403);
    for what in ["", "<all/>", "<prop/><prop/>"] {
        ada.report(CALENDAR, &listed(what)).expect(400);
    }
    ada.send("REPORT", CALENDAR, &[("Depth", "1")], &listed("<prop/>")).expect(400);
}

#[test]
fn whoever_asks_is_found_among_principals_with_their_teams() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let body = format!("<principal-match {NAMES}><self/><prop><displayname/></prop></principal-match>");
    let own = format!("{USERS}ada/");
    let team = "/dav/principals/teams/payments/".to_owned();
    for (path, expected) in [
        ("/dav/principals/", vec![own.clone(), team.clone()]),
        (USERS, vec![own.clone()]),
        ("/dav/principals/teams/", vec![team]),
        (&own, vec![own.clone()]),
        ("/dav/principals/users/ben/", Vec::new()),
        (HOME, Vec::new()),
    ] {
        assert_eq!(rows(&ada.report(path, &body).expect(207)), expected, "{path}");
    }
    for what in
        ["", "<self/><self/>", "<self/><principal-property><owner/></principal-property>", "<principal-property/>"]
    {
        ada.report(USERS, &format!("<principal-match {NAMES}>{what}</principal-match>")).expect(400);
    }
}

#[test]
fn what_names_whoever_asks_in_a_property_is_found_below_a_home_and_a_calendar() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let body = |property: &str| {
        format!(
            "<principal-match {NAMES}><principal-property>{property}</principal-property><prop><getetag/></prop></principal-match>"
        )
    };
    let found = rows(&ada.report(HOME, &body("<owner/>")).expect(207));
    assert!(found.contains(&CALENDAR.to_owned()) && found.len() == 5, "{found:?}");
    ada.put(&format!("{CALENDAR}x.ics"), &event("x", "")).expect(201);
    assert_eq!(rows(&ada.report(CALENDAR, &body("<owner/>")).expect(207)), [format!("{CALENDAR}x.ics")]);
    assert!(rows(&ada.report(HOME, &body("<displayname/>")).expect(207)).is_empty());
    for path in [HOME, CALENDAR] {
        ben.report(path, &body("<owner/>")).expect(403);
    }
}

#[test]
fn a_search_is_narrowed_by_kind_way_of_matching_and_number() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let search = |attributes: &str, how: &str, text: &str, more: &str| {
        let body = format!(
            "<principal-property-search {NAMES} {attributes}><property-search><prop><displayname/></prop><match {how}>{text}</match>\
             </property-search><prop><displayname/></prop>{more}</principal-property-search>"
        );
        ada.report("/dav/principals/", &body)
    };
    let count = |attributes: &str, how: &str, text: &str, more: &str| {
        rows(&search(attributes, how, text, more).expect(207)).len()
    };
    assert_eq!(count("", "", "ella", ""), 1);
    assert_eq!(count("", "match-type=\"starts-with\"", "sor", ""), 0);
    assert_eq!(count("", "match-type=\"starts-with\"", "ella", ""), 1);
    assert_eq!(count("", "match-type=\"equals\" caseless=\"yes\"", "ella sorensen", ""), 1);
    assert_eq!(count("", "match-type=\"equals\"", "ella", ""), 0);
    assert_eq!((count("type=\"GROUP\"", "", "pay", ""), count("type=\"INDIVIDUAL\"", "", "pay", "")), (1, 0));
    assert_eq!(count("type=\"ROOM\"", "", "e", ""), 0);
    assert_eq!(count("test=\"anyof\"", "", "e", "<CS:limit><CS:nresults>2</CS:nresults></CS:limit>"), 2);
    for (attributes, how, more) in [
        ("test=\"some\"", "", ""),
        ("type=\"ANIMAL\"", "", ""),
        ("", "match-type=\"sounds-like\"", ""),
        ("", "caseless=\"maybe\"", ""),
        ("", "", "<CS:limit><CS:nresults>many</CS:nresults></CS:limit>"),
        ("", "", "<CS:limit><CS:nresults>0</CS:nresults></CS:limit>"),
    ] {
        search(attributes, how, "e", more).expect(400);
    }
    // Below the people are no teams, but wherever principals are is looked everywhere if that is asked.
    let body = |more: &str| {
        format!(
            "<principal-property-search {NAMES}>{more}<property-search><prop><displayname/></prop><match>payments</match>\
                 </property-search><prop><displayname/></prop></principal-property-search>"
        )
    };
    assert!(rows(&ada.report(USERS, &body("")).expect(207)).is_empty());
    for path in [USERS, CALENDAR] {
        let found = rows(&ada.report(path, &body("<apply-to-principal-collection-set/>")).expect(207));
        assert_eq!(found, ["/dav/principals/teams/payments/"], "{path}");
    }
    // By the address of a principal, too.
    let address = format!(
        "<principal-property-search {NAMES}><property-search><prop><C:calendar-user-address-set/></prop><match>{USERS}ella/</match>\
         </property-search><prop><displayname/></prop></principal-property-search>"
    );
    assert_eq!(rows(&ada.report("/dav/principals/", &address).expect(207)), [format!("{USERS}ella/")]);
    let tokens = |context: &str, token: &str| {
        let body = format!(
            "<CS:calendarserver-principal-search {NAMES} context=\"{context}\"><CS:search-token>{token}</CS:search-token>\
                            <prop><displayname/></prop></CS:calendarserver-principal-search>"
        );
        rows(&ada.report("/dav/principals/", &body).expect(207)).len()
    };
    assert_eq!((tokens("attendee", "payments"), tokens("user", "payments"), tokens("group", "payments")), (1, 0, 1));
    assert_eq!(tokens("location", "e"), 0);
    let told = ada.properties(CALENDAR, "<supported-report-set/>").expect(207).text();
    for report in ["acl-principal-prop-set", "principal-match", "expand-property"] {
        assert!(xml::part(&told, "200").contains(&format!("<D:{report}/>")), "{report}: {told}");
    }
}
