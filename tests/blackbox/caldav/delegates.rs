//! A colleague who answers for somebody: named as Apple's clients do, by the API or the command line; what they then may do
//! in the other's home, and what not.

use super::{App, NAMES, coming_shift, event, xml};
use crate::support::Server;
use serde_json::{Value, json};

fn proxy(person: &str, kind: &str) -> String {
    format!("/dav/principals/users/{person}/calendar-proxy-{kind}/")
}

impl App<'_> {
    /// Names these the delegates of a kind, as a calendar app does.
    fn names_delegates(&self, person: &str, kind: &str, delegates: &[&str]) -> String {
        let hrefs: String = delegates.iter().map(|id| format!("<href>/dav/principals/users/{id}/</href>")).collect();
        let set = format!("<group-member-set>{hrefs}</group-member-set>");
        self.set(&proxy(person, kind), &set).expect(207).text()
    }
}

/// Who did something, and for whom, by the trail.
fn told(server: &Server, action: &str) -> (String, String) {
    let trail = server.api("GET", "/audit", &Value::Null).expect(200).json();
    let row = trail.as_array().unwrap().iter().rev().find(|row| row["action"] == action).expect("a row of the trail");
    let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
    (text("actor"), text("subject"))
}

/// Who has a coming shift, and somebody else.
fn people(server: &Server) -> (String, String, String) {
    let (holder, shift) = coming_shift(server);
    let other = if holder == "ben" { "ella" } else { "ben" };
    (holder, other.to_owned(), shift)
}

#[test]
fn delegates_are_named_by_the_members_of_a_group_and_find_whose_they_are() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    assert!(ada.names_delegates("ada", "write", &["ben"]).contains("200 OK"));
    let told =
        ada.properties(&proxy("ada", "write"), "<group-member-set/><resourcetype/><displayname/>").expect(207).text();
    assert!(told.contains("<D:href>/dav/principals/users/ben/</D:href>"), "{told}");
    assert!(told.contains("<D:principal/><CS:calendar-proxy-write/>"), "{told}");
    // As macOS asks at its start.
    let body = format!(
        "<expand-property {NAMES}><property name=\"calendar-proxy-write-for\" namespace=\"http://calendarserver.org/ns/\">\
         <property name=\"displayname\"/><property name=\"calendar-home-set\" namespace=\"urn:ietf:params:xml:ns:caldav\">\
         <property name=\"owner\"/></property></property><property name=\"calendar-proxy-read-for\" namespace=\"http://calendarserver.org/ns/\"/>\
         <property name=\"group-membership\"/></expand-property>"
    );
    let told = ben.report("/dav/principals/users/ben/", &body).expect(207).text();
    assert!(told.contains("<D:displayname>Ada Okafor</D:displayname>"), "{told}");
    assert!(told.contains("<D:owner><D:href>/dav/principals/users/ada/</D:href></D:owner>"), "two levels: {told}");
    assert!(told.contains("<CS:calendar-proxy-read-for></CS:calendar-proxy-read-for>"), "{told}");
    assert!(told.contains(&format!("<D:href>{}</D:href>", proxy("ada", "write"))), "{told}");
    // Named to look alone, he writes no more.
    ada.names_delegates("ada", "read", &["ben"]);
    let told = ada.properties(&proxy("ada", "write"), "<group-member-set/>").expect(207).text();
    assert!(!told.contains("users/ben/"), "{told}");
    ada.names_delegates("ada", "read", &[]);
    let told = ben.properties("/dav/principals/users/ben/", "<CS:calendar-proxy-read-for/>").expect(207).text();
    assert!(!told.contains("users/ada/"), "{told}");
    let below = ada.propfind("/dav/principals/users/ada/", "1", "<resourcetype/>").expect(207).text();
    assert!(below.contains(&proxy("ada", "read")) && below.contains(&proxy("ada", "write")), "{below}");
}

#[test]
fn nobody_names_delegates_for_somebody_else_nor_oneself_nor_nobody() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    let set = "<group-member-set><href>/dav/principals/users/ben/</href></group-member-set>";
    assert!(ben.set(&proxy("ada", "write"), set).expect(403).text().contains("<D:need-privileges>"));
    for who in ["ada", "nobody"] {
        assert!(ada.names_delegates("ada", "write", &[who]).contains("409 Conflict"), "{who}");
    }
    let team = set.replace("users/ben", "teams/payments");
    assert!(ada.set(&proxy("ada", "write"), &team).expect(207).text().contains("409 Conflict"));
    assert!(
        ada.set(&proxy("ada", "write"), "<displayname>x</displayname>").expect(207).text().contains("403 Forbidden")
    );
    // A delegate names no further ones.
    ada.names_delegates("ada", "write", &["ben"]);
    let set = set.replace("users/ben", "users/ella");
    ben.set(&proxy("ada", "write"), &set).expect(403);
    ben.send("PROPFIND", "/dav/calendars/ella/", &[("Depth", "1")], "").expect(403);
}

#[test]
fn a_delegate_opens_the_home_and_writes_there_and_the_rest_stays_the_persons() {
    let server = Server::with_demo("");
    let (ada, ben) = (App::of(&server, "ada"), App::of(&server, "ben"));
    ada.put("/dav/calendars/ada/calendar/x.ics", &event("x", "")).expect(201);
    ben.propfind("/dav/calendars/ada/", "1", "<displayname/>").expect(403);
    ada.names_delegates("ada", "read", &["ben"]);
    let listed = ben.propfind("/dav/calendars/ada/", "1", "<displayname/>").expect(207).text();
    for name in ["calendar", "availability", "shifts", "inbox", "outbox"] {
        assert!(listed.contains(&format!("<D:href>/dav/calendars/ada/{name}/</D:href>")), "{name}: {listed}");
    }
    assert!(!listed.contains("/team-"), "what teams show her is not his to see: {listed}");
    ben.get("/dav/calendars/ada/calendar/x.ics").expect(200);
    ben.put("/dav/calendars/ada/calendar/y.ics", &event("y", "")).expect(403);
    ada.names_delegates("ada", "write", &["ben"]);
    ben.put("/dav/calendars/ada/calendar/y.ics", &event("y", "")).expect(201);
    ben.put("/dav/calendars/ada/availability/away.ics", &event("away", "SUMMARY:Away\r\n")).expect(201);
    let acl = format!(
        "<acl {NAMES}><ace><principal><authenticated/></principal><grant><privilege><read/></privilege></grant></ace></acl>"
    );
    for (method, path, body) in [
        ("ACL", "/dav/calendars/ada/calendar/", acl.as_str()),
        ("MKCALENDAR", "/dav/calendars/ada/more/", ""),
        ("PROPFIND", "/dav/calendars/ada/team-payments-roster/", ""),
        ("PROPFIND", "/dav/calendars/ada/team-payments-pattern/", ""),
    ] {
        let refused = ben.send(method, path, &[], body);
        assert!([403, 404].contains(&refused.status), "{method} {path}: {}", refused.status);
    }
    ada.make("/dav/calendars/ada/own/");
    ben.delete("/dav/calendars/ada/own/").expect(403);
    // A delegate asks from the other's outbox in the other's name.
    let ask = |organizer: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:f\r\n\
             DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T000000Z\r\nDTEND:20261202T000000Z\r\nORGANIZER:mailto:{organizer}@example.org\r\n\
             ATTENDEE:mailto:ella@example.org\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
        )
    };
    let post =
        |who: &str| ben.send("POST", "/dav/calendars/ada/outbox/", &[("Content-Type", "text/calendar")], &ask(who));
    post("ada").expect(200);
    post("ben").expect(403);
    ada.names_delegates("ada", "write", &[]);
    ben.get("/dav/calendars/ada/calendar/x.ics").expect(403);
}

#[test]
fn a_delegate_answers_a_shift_and_an_offer_and_the_trail_says_for_whom() {
    let server = Server::with_demo("");
    let (holder, other, shift) = people(&server);
    let (owner, delegate) = (App::of(&server, &holder), App::of(&server, &other));
    delegate.delete(&shift).expect(403);
    owner.names_delegates(&holder, "read", &[&other]);
    delegate.delete(&shift).expect(403);
    owner.names_delegates(&holder, "write", &[&other]);
    let text = delegate.get(&shift).expect(200).text();
    let declined =
        text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=DECLINED").replace("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED");
    delegate.put(&shift, &declined).expect(204);
    let swaps = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    assert_eq!(swaps[0]["requester"], json!(holder), "{swaps}");
    assert_eq!(told(&server, "swap.asked"), (format!("person:{other}"), format!("person:{holder}")));
    // Somebody was asked; they name a delegate, who agrees for them in their calendar.
    let offer = &swaps[0]["offers"][0];
    let asked = offer["person"].as_str().unwrap().to_owned();
    let helper = ["ada", "ben", "ella"].into_iter().find(|one| *one != asked && *one != holder).unwrap();
    App::of(&server, &asked).names_delegates(&asked, "write", &[helper]);
    let folder = format!("/dav/calendars/{asked}/shifts/");
    let app = App::of(&server, helper);
    let name = app.names(&folder).into_iter().find(|name| name.contains(swaps[0]["slot"].as_str().unwrap())).unwrap();
    let path = format!("{folder}{name}");
    let text = app.get(&path).expect(200).text();
    app.put(&path, &text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")).expect(204);
    let swap =
        server.api("GET", &format!("/swaps/{}", swaps[0]["id"].as_str().unwrap()), &Value::Null).expect(200).json();
    assert_eq!(swap["taker"], json!(asked), "who was asked has it, not who answered: {swap}");
}

#[test]
fn a_delegate_answers_by_the_api_as_well_and_nobody_else_does() {
    let server = Server::with_demo("");
    let (holder, _, shift) = people(&server);
    App::of(&server, &holder).delete(&shift).expect(204);
    let swaps = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    let (offer, asked) =
        (swaps[0]["offers"][0]["id"].as_str().unwrap(), swaps[0]["offers"][0]["person"].as_str().unwrap());
    // Somebody of the other team.
    let stranger = "rosa";
    let token = |scope: &str| {
        let made = server.command(&["token", "add", "--label", "x", "--scope", scope, "--person", stranger, "--json"]);
        serde_json::from_str::<Value>(&made).unwrap()["token"].as_str().unwrap().to_owned()
    };
    let answer = |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        server.send("POST", &format!("/api/v1/offers/{offer}/answer"), &headers, r#"{"answer":"agree"}"#)
    };
    let key = token("roster");
    assert!([403, 404].contains(&answer(&key).status));
    let path = format!("/people/{asked}/delegates/{stranger}");
    server.api("PUT", &path, &json!({ "access": "read" })).expect(200);
    assert!([403, 404].contains(&answer(&key).status), "who only looks answers nothing");
    let named = server.api("PUT", &path, &json!({ "access": "write" })).expect(200).json();
    assert_eq!(named["access"], "write");
    answer(&token("read")).expect(403);
    answer(&key).expect(200);
    assert!(told(&server, "swap.taken").0.ends_with(&format!("for person:{stranger}")));
    server.api("DELETE", &path, &Value::Null).expect(204);
    server.api("DELETE", &path, &Value::Null).expect(404);
}

#[test]
fn a_delegate_answers_an_invitation_with_the_address_of_whom_they_stand_for() {
    let server = Server::with_demo("");
    let (ada, ben, ella) = (App::of(&server, "ada"), App::of(&server, "ben"), App::of(&server, "ella"));
    ada.names_delegates("ada", "write", &["ben"]);
    let invited = "ORGANIZER:mailto:ella@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ella@example.org\r\n\
                   ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ada@example.org\r\n";
    ella.put("/dav/calendars/ella/calendar/talk.ics", &event("talk", invited)).expect(201);
    let path = "/dav/calendars/ada/calendar/talk.ics";
    let text = ben.get(path).expect(200).text();
    ben.put(path, &text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")).expect(204);
    let theirs = ella.get("/dav/calendars/ella/calendar/talk.ics").expect(200).text().replace("\r\n ", "");
    assert!(theirs.lines().any(|line| line.contains("ada@") && line.contains("PARTSTAT=ACCEPTED")), "{theirs}");
    assert!(!theirs.contains("ben@"), "{theirs}");
    assert_eq!(ben.names("/dav/calendars/ben/calendar/").iter().filter(|name| *name == "talk.ics").count(), 0);
    let inbox = ben.names("/dav/calendars/ada/inbox/");
    assert!(inbox.iter().all(|name| !name.contains("request")), "what was answered is gone: {inbox:?}");
    assert_eq!(told(&server, "calendar.object-stored"), ("person:ben".to_owned(), "person:ada".to_owned()));
    server.command(&["user", "disable", "ada"]);
    ben.get(path).expect(403);
    assert!(!xml::names(&ben.propfind("/dav/principals/users/", "1", "<displayname/>").expect(207).text()).is_empty());
    let told = ben.properties("/dav/principals/users/ben/", "<CS:calendar-proxy-write-for/>").expect(207).text();
    assert!(!told.contains("users/ada/"), "{told}");
}
