//! Calendars that their owner opens to others by the ACL method: who then sees and may do what, from the owner's address and
//! in the homes of those with whom they are shared.

use super::{App, CALENDAR, NAMES, event, xml};
use crate::support::{Reply, Server};
use serde_json::Value;

const BEN: &str = "/dav/principals/users/ben/";

impl App<'_> {
    /// Sets to whom a calendar is open.
    fn open(&self, calendar: &str, aces: &str) -> Reply {
        self.send("ACL", calendar, &[], &format!("<acl {NAMES}>{aces}</acl>"))
    }

    fn granted(&self, path: &str) -> String {
        let told = self.properties(path, "<current-user-privilege-set/>").expect(207).text();
        let mut privileges = xml::privileges(&told);
        privileges.retain(|one| one != "read-current-user-privilege-set");
        privileges.join(" ")
    }
}

fn ace(principal: &str, privileges: &str) -> String {
    let privileges: String = privileges.split(' ').map(|name| format!("<privilege><{name}/></privilege>")).collect();
    format!("<ace><principal>{principal}</principal><grant>{privileges}</grant></ace>")
}

fn href(principal: &str) -> String {
    format!("<href>{principal}</href>")
}

/// Where the only calendar is that somebody else shares with a person, in that person's home.
fn shared_with(app: &App<'_>, person: &str) -> String {
    let shown = shares_of(app, person);
    assert_eq!(shown.len(), 1, "{shown:?}");
    shown[0].clone()
}

fn shares_of(app: &App<'_>, person: &str) -> Vec<String> {
    let home = format!("/dav/calendars/{person}/");
    let listed = app.propfind(&home, "1", "<resourcetype/>").expect(207).text();
    let hrefs = listed.split("<D:response><D:href>").skip(1).map(|row| row.split('<').next().unwrap().to_owned());
    hrefs.filter(|href| href.contains("/shared-")).collect()
}

#[test]
fn a_colleague_reads_what_is_opened_to_them_and_nobody_else_does() {
    let server = Server::with_demo("");
    let (ada, ben, ella) = (App::of(&server, "ada"), App::of(&server, "ben"), App::of(&server, "ella"));
    let path = &format!("{CALENDAR}x.ics");
    ada.put(path, &event("x", "SUMMARY:Dentist\r\n")).expect(201);
    ben.get(path).expect(403);
    ada.open(CALENDAR, &ace(&href(BEN), "read")).expect(200);
    assert!(ben.get(path).expect(200).text().contains("Dentist"));
    assert_eq!(ben.granted(CALENDAR), "read read-free-busy");
    ella.get(path).expect(403);
    // It is in his home too, where his app looks, under a name and in a colour of his own.
    let mount = &shared_with(&ben, "ben");
    assert!(ben.get(&format!("{mount}x.ics")).expect(200).text().contains("Dentist"));
    assert_eq!(ben.granted(mount), "read read-free-busy");
    let told = ben.properties(mount, "<displayname/><owner/><C:schedule-calendar-transp/>").expect(207).text();
    assert!(told.contains("<D:displayname>Calendar</D:displayname>"), "{told}");
    assert!(told.contains("<D:owner><D:href>/dav/principals/users/ada/</D:href>"), "{told}");
    assert!(told.contains("<C:transparent/>"), "{told}");
    assert!(ben.set(mount, "<displayname>Ada</displayname>").expect(207).text().contains("200 OK"));
    assert!(ben.properties(mount, "<displayname/>").expect(207).text().contains(">Ada<"));
    assert!(ada.properties(CALENDAR, "<displayname/>").expect(207).text().contains(">Calendar<"));
    for refused in [
        ben.put(&format!("{mount}y.ics"), &event("y", "")),
        ben.put(&format!("{mount}x.ics"), &event("x", "")),
        ben.delete(path),
        ben.open(CALENDAR, &ace(&href(BEN), "all")),
        ben.set(CALENDAR, "<displayname>Mine</displayname>"),
    ] {
        assert!(refused.expect(403).text().contains("<D:need-privileges>"));
    }
    assert!(shares_of(&ella, "ella").is_empty());
}

#[test]
fn whoever_may_write_writes_into_the_one_calendar_that_both_see() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    ada.open(CALENDAR, &ace(&href(BEN), "read write")).expect(200);
    let mount = &shared_with(&ben, "ben");
    assert_eq!(ben.granted(mount), "write read write-properties write-content bind unbind read-free-busy");
    let sync = |app: &App<'_>, path: &str, token: &str| {
        let body = format!(
            "<sync-collection {NAMES}><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"
        );
        let told = app.report(path, &body).expect(207).text();
        let token = told.split("<D:sync-token>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        (xml::names(&told), token)
    };
    let (_, before) = sync(&ada, CALENDAR, "");
    let (_, there) = sync(&ben, mount, "");
    assert_eq!(before, there, "one calendar, one token");
    ben.put(&format!("{mount}y.ics"), &event("y", "SUMMARY:By Ben\r\n")).expect(201);
    assert_eq!(sync(&ada, CALENDAR, &before).0, ["y.ics"]);
    assert_eq!(sync(&ben, mount, &before).0, ["y.ics"]);
    assert!(ada.get(&format!("{CALENDAR}y.ics")).expect(200).text().contains("By Ben"));
    let etag = ada.put(&format!("{CALENDAR}y.ics"), &event("y", "SUMMARY:By Ada\r\n")).expect(204);
    let etag = etag.header("etag").unwrap().to_owned();
    ben.put_if(&format!("{mount}y.ics"), &[("If-Match", "\"old\"")], &event("y", "")).expect(412);
    ben.put_if(&format!("{mount}y.ics"), &[("If-Match", &etag)], &event("y", "")).expect(204);
    ben.move_to(&format!("{mount}y.ics"), &format!("{CALENDAR}y.ics"), &[]).expect(403);
    ben.move_to(&format!("{mount}y.ics"), "/dav/calendars/ben/calendar/y.ics", &[]).expect(201);
    ada.get(&format!("{CALENDAR}y.ics")).expect(404);
    // The trail knows whose calendar it was and who wrote.
    let trail = server.api("GET", "/audit", &Value::Null).expect(200).text();
    for action in ["calendar.shared", "calendar.object-stored", "calendar.object-removed"] {
        assert!(trail.contains(action), "{action}");
    }
}

#[test]
fn what_is_shared_never_counts_as_busy_for_those_with_whom_it_is_shared() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    ada.open(CALENDAR, &ace(&href(BEN), "read write")).expect(200);
    let times = "DTSTART:20270201T090000Z\r\nDTEND:20270201T100000Z\r\n";
    ada.put(&format!("{CALENDAR}x.ics"), &super::event_at("x", times, "")).expect(201);
    let busy = |app: &App<'_>, path: &str| {
        let body = format!(
            r#"<C:free-busy-query {NAMES}><C:time-range start="20270201T000000Z" end="20270202T000000Z"/></C:free-busy-query>"#
        );
        app.report(path, &body).expect(200).text().contains("20270201T090000Z")
    };
    assert!(busy(&ada, "/dav/calendars/ada/"));
    assert!(!busy(&ben, "/dav/calendars/ben/"));
    assert!(busy(&ben, &shared_with(&ben, "ben")), "the calendar itself says when it is busy");
}

#[test]
fn to_see_when_somebody_is_busy_is_not_to_see_why() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let caldav =
        "<ace><principal><authenticated/></principal><grant><privilege><C:read-free-busy/></privilege></grant></ace>";
    ada.open(CALENDAR, caldav).expect(200);
    ada.put(&format!("{CALENDAR}x.ics"), &event("x", "SUMMARY:Dentist\r\n")).expect(201);
    let body = format!(
        r#"<C:free-busy-query {NAMES}><C:time-range start="20261201T000000Z" end="20261202T000000Z"/></C:free-busy-query>"#
    );
    let told = ben.report(CALENDAR, &body).expect(200).text();
    assert!(told.contains(":20261201T090000Z/20261201T100000Z"), "{told}");
    for method in ["GET", "PROPFIND"] {
        ben.send(method, CALENDAR, &[("Depth", "1")], "").expect(403);
    }
    ben.get(&format!("{CALENDAR}x.ics")).expect(403);
    let query = format!(
        "<C:calendar-query {NAMES}><prop><C:calendar-data/></prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
    );
    ben.report(CALENDAR, &query).expect(403);
    assert!(shares_of(&ben, "ben").is_empty());
}

#[test]
fn a_team_and_whoever_signs_in_can_be_named_and_only_a_teams_people_see_it_at_home() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let own = "/dav/calendars/ada/plans/";
    ada.make(own);
    ada.open(own, &ace(&href("/dav/principals/teams/payments/"), "read")).expect(200);
    let mount = shared_with(&ben, "ben");
    ben.properties(&mount, "<displayname/>").expect(207);
    assert!(shares_of(&ada, "ada").is_empty(), "the owner has it once");
    ada.open(own, &ace("<authenticated/>", "read")).expect(200);
    assert!(shares_of(&ben, "ben").is_empty());
    ben.properties(&mount, "<displayname/>").expect(404);
    ben.properties(own, "<displayname/>").expect(207);
}

#[test]
fn leaving_takes_it_out_of_ones_home_and_leaves_it_to_its_owner() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    ada.put(&format!("{CALENDAR}x.ics"), &event("x", "")).expect(201);
    let payments = ace(&href("/dav/principals/teams/payments/"), "read");
    for aces in [ace(&href(BEN), "read write"), payments] {
        ada.open(CALENDAR, "").expect(200);
        ada.open(CALENDAR, &aces).expect(200);
        let Some(mount) = shares_of(&ben, "ben").pop() else { continue };
        ben.delete(&mount).expect(204);
        ben.properties(&mount, "<displayname/>").expect(404);
        assert!(shares_of(&ben, "ben").is_empty());
        ada.get(&format!("{CALENDAR}x.ics")).expect(200);
    }
    // Named anew, he is asked back.
    ada.open(CALENDAR, &ace(&href(BEN), "read")).expect(200);
    shared_with(&ben, "ben");
}

#[test]
fn what_is_taken_back_is_gone_from_both_addresses_at_once() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let own = "/dav/calendars/ada/plans/";
    ada.make(own);
    ada.open(own, &ace(&href(BEN), "read write")).expect(200);
    let mount = shared_with(&ben, "ben");
    ada.open(own, "").expect(200);
    ben.put(&format!("{mount}x.ics"), &event("x", "")).expect(409);
    ben.properties(&mount, "<displayname/>").expect(404);
    ben.properties(own, "<displayname/>").expect(403);
    ada.open(own, &ace(&href(BEN), "read")).expect(200);
    assert_eq!(shared_with(&ben, "ben"), mount, "the same address as before");
    ada.delete(own).expect(204);
    assert!(shares_of(&ben, "ben").is_empty());
    ada.open(CALENDAR, &ace(&href(BEN), "read")).expect(200);
    let mount = shared_with(&ben, "ben");
    server.command(&["user", "disable", "ada"]);
    assert!(shares_of(&ben, "ben").is_empty());
    ben.properties(&mount, "<displayname/>").expect(404);
    ben.properties(CALENDAR, "<displayname/>").expect(403);
}

#[test]
fn an_access_control_list_is_shown_to_whoever_may_see_it() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    ada.open(CALENDAR, &ace(&href(BEN), "read")).expect(200);
    let asked =
        "<acl/><acl-restrictions/><inherited-acl-set/><group/><supported-privilege-set/><principal-collection-set/>";
    let told = ada.properties(CALENDAR, asked).expect(207).text();
    let aces: Vec<&str> = told.split("<D:ace>").skip(1).collect();
    assert_eq!(aces.len(), 4, "{told}");
    assert!(aces[0].contains("<D:property><D:owner/></D:property>") && aces[0].contains("<D:all/>"), "{told}");
    assert!(aces[1].contains("/ada/calendar-proxy-write/") && aces[1].contains("<D:write/>"), "{told}");
    assert!(aces[2].contains("/ada/calendar-proxy-read/") && !aces[2].contains("<D:write/>"), "{told}");
    assert!(aces[..3].iter().all(|ace| ace.contains("<D:protected/>")), "{told}");
    assert!(aces[3].contains(BEN) && aces[3].contains("<D:read/>") && !aces[3].contains("protected"), "{told}");
    assert!(told.contains("<D:acl-restrictions><D:grant-only/><D:no-invert/></D:acl-restrictions>"), "{told}");
    assert!(told.contains("<D:inherited-acl-set/>") && told.contains("<D:group/>"), "{told}");
    assert!(told.contains("<D:principal-collection-set><D:href>/dav/principals/<"), "{told}");
    // Reading includes to see when it is busy (RFC 4791 6.1.1).
    let supported = told.split("<D:supported-privilege-set>").nth(1).unwrap();
    let read =
        supported.split("<D:privilege><D:read/>").nth(1).unwrap().split("<D:privilege><D:write/>").next().unwrap();
    assert!(read.contains("<C:read-free-busy/>"), "{supported}");
    // Ben reads the calendar, and isn't told who else does.
    let told = ben.properties(CALENDAR, "<acl/><displayname/>").expect(207).text();
    assert!(xml::part(&told, "403").contains("<D:acl/>") && told.contains("<D:displayname>"), "{told}");
    ada.put(&format!("{CALENDAR}x.ics"), &event("x", "")).expect(201);
    let told = ada.properties(&format!("{CALENDAR}x.ics"), "<acl/><owner/>").expect(207).text();
    assert!(told.contains(&format!("<D:inherited><D:href>{CALENDAR}</D:href></D:inherited>")), "{told}");
    for (path, privilege) in [("outbox", "schedule-send"), ("inbox", "schedule-deliver")] {
        let asked = "<acl/><supported-privilege-set/>";
        let told = ada.properties(&format!("/dav/calendars/ada/{path}/"), asked).expect(207).text();
        let [acl, supported] = ["<D:acl>", "<D:supported-privilege-set>"].map(|tag| told.split(tag).nth(1).unwrap());
        for part in [acl, supported] {
            assert!(part.contains(&format!("<C:{privilege}/>")), "{path}: {told}");
        }
        assert_eq!(told.contains("schedule-send"), path == "outbox", "{told}");
    }
}

#[test]
fn a_list_that_cannot_be_is_refused_with_the_rule_it_breaks_and_changes_nothing() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.open(CALENDAR, &ace(&href(BEN), "read")).expect(200);
    let deny = |principal: &str| ace(principal, "read").replace("grant>", "deny>");
    let ben = &href(BEN);
    for (rule, aces) in [
        ("grant-only", deny(ben)),
        ("no-protected-ace-conflict", deny("<property><owner/></property>")),
        ("no-protected-ace-conflict", deny(&href("/dav/principals/users/ada/"))),
        ("no-ace-conflict", format!("{}{}", ace(ben, "read"), deny(ben))),
        (
            "no-invert",
            format!(
                "<ace><invert><principal>{ben}</principal></invert><grant><privilege><read/></privilege></grant></ace>"
            ),
        ),
        ("recognized-principal", ace(&href("/dav/principals/users/nobody/"), "read")),
        ("recognized-principal", ace(&href("https://elsewhere.example/ben"), "read")),
        ("allowed-principal", ace("<all/>", "read")),
        ("allowed-principal", ace("<unauthenticated/>", "read")),
        ("allowed-principal", ace("<self/>", "read")),
        ("allowed-principal", ace(&href("/dav/principals/users/ada/calendar-proxy-read/"), "read")),
        ("not-supported-privilege", ace(ben, "unlock")),
        ("not-supported-privilege", ace(ben, "C:schedule-send")),
        ("limited-number-of-aces", ace(ben, "read").repeat(101)),
    ] {
        let refused = ada.open(CALENDAR, &aces).expect(403).text();
        assert!(refused.contains(&format!("<D:{rule}/>")), "{rule}: {refused}");
    }
    let shifts = ada.open("/dav/calendars/ada/shifts/", &ace(ben, "write")).expect(403).text();
    assert!(shifts.contains("<D:no-abstract/>"), "{shifts}");
    ada.open("/dav/calendars/ada/shifts/", &ace(ben, "read")).expect(200);
    for path in ["inbox", "outbox", "team-payments-roster", "team-payments-availability"] {
        let refused = ada.open(&format!("/dav/calendars/ada/{path}/"), &ace(ben, "read")).expect(403).text();
        assert!(refused.contains("<D:need-privileges>"), "{path}: {refused}");
    }
    ada.send("ACL", "/dav/calendars/ada/", &[], &format!("<acl {NAMES}/>")).expect(405);
    ada.open("/dav/calendars/ada/nothing/", &ace(ben, "read")).expect(404);
    ada.send("ACL", CALENDAR, &[], "").expect(400);
    let told = ada.properties(CALENDAR, "<acl/>").expect(207).text();
    assert!(told.contains(BEN), "{told}");
}

#[test]
fn a_writer_invites_and_answers_with_the_owners_address_and_nothing_comes_twice() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    ada.open(CALENDAR, &ace(&href(BEN), "read write")).expect(200);
    let mount = &shared_with(&ben, "ben");
    let people = "ORGANIZER:mailto:ada@example.org\r\nATTENDEE:mailto:ada@example.org\r\n\
                  ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ben@example.org\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ella@example.org\r\n";
    ben.put(&format!("{mount}meet.ics"), &event("meet", people)).expect(201);
    // Ella has it from Ada; Ben has one copy of his own, and the shared one is Ada's.
    let ella = App::of(&server, "ella");
    let copy = ella.get("/dav/calendars/ella/calendar/meet.ics").expect(200).text();
    assert!(copy.contains("ORGANIZER:mailto:ada@example.org"), "{copy}");
    let copy = ben.get("/dav/calendars/ben/calendar/meet.ics").expect(200).text();
    assert!(copy.contains("mailto:ben@example.org"), "{copy}");
    assert_eq!(ben.names(mount), ["meet.ics"]);
    // Nobody invites in his own name from somebody else's calendar.
    let own = event("own", "ORGANIZER:mailto:ben@example.org\r\nATTENDEE:mailto:ella@example.org\r\n");
    ben.put(&format!("{mount}own.ics"), &own).expect(201);
    ella.get("/dav/calendars/ella/calendar/own.ics").expect(404);
    // Ella invites Ada; Ben answers in Ada's calendar, and Ella reads Ada's answer.
    let invited = "ORGANIZER:mailto:ella@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ella@example.org\r\n\
                   ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ada@example.org\r\n";
    ella.put("/dav/calendars/ella/calendar/talk.ics", &event("talk", invited)).expect(201);
    let text = ben.get(&format!("{mount}talk.ics")).expect(200).text();
    let answered = text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    ben.put(&format!("{mount}talk.ics"), &answered).expect(204);
    let theirs = ella.get("/dav/calendars/ella/calendar/talk.ics").expect(200).text().replace("\r\n ", "");
    let line = theirs.lines().find(|line| line.contains("ada@example.org")).unwrap();
    assert!(line.contains("PARTSTAT=ACCEPTED"), "{theirs}");
}

#[test]
fn to_write_into_somebodys_calendar_is_no_leave_to_answer_their_shifts() {
    let server = Server::with_demo("");
    let (holder, shift) = super::coming_shift(&server);
    let other = if holder == "ben" { "ella" } else { "ben" };
    let (owner, writer) = (App::of(&server, &holder), App::of(&server, other));
    let calendar = format!("/dav/calendars/{holder}/calendar/");
    owner.open(&calendar, &ace(&href(&format!("/dav/principals/users/{other}/")), "read write")).expect(200);
    owner
        .open(
            &format!("/dav/calendars/{holder}/shifts/"),
            &ace(&href(&format!("/dav/principals/users/{other}/")), "read"),
        )
        .expect(200);
    let text = writer.get(&shift).expect(200).text();
    let declined =
        text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=DECLINED").replace("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED");
    assert_ne!(text, declined);
    writer.put(&shift, &declined).expect(403);
    writer.delete(&shift).expect(403);
    writer.put(&format!("{calendar}s.ics"), &declined).expect(201);
    assert!(owner.names(&calendar).iter().all(|name| name != "s.ics"));
    let open = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    assert_eq!(open.as_array().map(Vec::len), Some(0), "{open}");
}
