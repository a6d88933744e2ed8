//! sync-collection: a token, a limit, and everything is reached in the end.

use super::{App, CALENDAR, NAMES, event, xml};
use crate::support::{Reply, Server};
use std::collections::BTreeMap;

const OWN: &str = "/dav/calendars/ada/own/";

fn sync(app: &App<'_>, token: &str, limit: Option<u32>) -> Reply {
    let limit = limit.map(|limit| format!("<limit><nresults>{limit}</nresults></limit>")).unwrap_or_default();
    let level = "<sync-level>1</sync-level>";
    app.report(
        OWN,
        &format!(
            "<sync-collection {NAMES}><sync-token>{token}</sync-token>{level}{limit}<prop><getetag/></prop></sync-collection>"
        ),
    )
}

fn token_of(reply: &Reply) -> String {
    reply.text().split("<D:sync-token>").nth(1).expect("a token").split('<').next().unwrap().to_owned()
}

/// Goes on from a token in steps of `limit` until nothing is left: what each object has become, and the last token.
fn follow(app: &App<'_>, token: &str, limit: u32) -> (BTreeMap<String, &'static str>, String) {
    let (mut token, mut seen) = (token.to_owned(), BTreeMap::new());
    loop {
        let reply = sync(app, &token, Some(limit)).expect(207);
        let text = reply.text();
        let mut rows = 0;
        for name in xml::names(&text).into_iter().filter(|name| !name.is_empty()) {
            let gone = xml::row(&text, &format!("/{name}")).contains("404 Not Found");
            seen.insert(name, if gone { "gone" } else { "there" });
            rows += 1;
        }
        assert!(rows <= limit, "{text}");
        token = token_of(&reply);
        if !text.contains("507 Insufficient Storage") {
            return (seen, token);
        }
        let cut = xml::row(&text, "/own/");
        assert!(cut.contains("<D:number-of-matches-within-limits/>"), "{cut}");
    }
}

#[test]
fn a_limit_cuts_the_answer_and_its_token_reaches_the_rest() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    for n in 0..12 {
        ada.put(&format!("{OWN}{n}.ics"), &event(&n.to_string(), "")).expect(201);
    }
    let (all, token) = follow(&ada, "", 5);
    assert_eq!(all.len(), 12);
    assert!(follow(&ada, &token, 5).0.is_empty());
    for n in 0..3 {
        ada.delete(&format!("{OWN}{n}.ics")).expect(204);
    }
    ada.put(&format!("{OWN}5.ics"), &event("5", "SUMMARY:x\r\n")).expect(204);
    ada.put(&format!("{OWN}new.ics"), &event("new", "")).expect(201);
    ada.put(&format!("{OWN}brief.ics"), &event("brief", "")).expect(201);
    ada.delete(&format!("{OWN}brief.ics")).expect(204);
    ada.delete(&format!("{OWN}6.ics")).expect(204);
    ada.put(&format!("{OWN}6.ics"), &event("6", "")).expect(201);
    let wanted = [
        ("0.ics", "gone"),
        ("1.ics", "gone"),
        ("2.ics", "gone"),
        ("5.ics", "there"),
        ("6.ics", "there"),
        ("brief.ics", "gone"),
        ("new.ics", "there"),
    ];
    let wanted: BTreeMap<String, &str> = wanted.iter().map(|(name, fate)| ((*name).to_owned(), *fate)).collect();
    for limit in [1, 2, 100] {
        assert_eq!(follow(&ada, &token, limit).0, wanted, "{limit} at a time");
    }
    let whole = sync(&ada, &token, None).expect(207).text();
    assert_eq!(xml::names(&whole).len(), wanted.len());
}

#[test]
fn checklist_29_a_token_that_says_nothing_true_is_refused() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    ada.put(&format!("{OWN}a.ics"), &event("a", "")).expect(201);
    let token = token_of(&sync(&ada, "", None).expect(207));
    assert!(token.contains(':'), "clients look for something like an address: {token}");
    let calendar = ada.properties(CALENDAR, "<sync-token/>").expect(207);
    let refuse = |token: &str| {
        let refused = sync(&ada, token, None).expect(403).text();
        assert!(refused.contains("<D:valid-sync-token/>"), "{token}: {refused}");
    };
    for wrong in ["garbage", "data:,other:1", "http://example.org/1", &format!("{token}9"), &token_of(&calendar)] {
        refuse(wrong);
    }
    ada.delete(OWN).expect(204);
    ada.make(OWN);
    refuse(&token);
    for limit in ["0", "-1", "many"] {
        let body = format!(
            "<sync-collection {NAMES}><sync-token/><limit><nresults>{limit}</nresults></limit><prop/></sync-collection>"
        );
        ada.report(OWN, &body).expect(400);
    }
}

#[test]
fn old_clients_leave_out_the_level_and_send_any_depth() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    ada.put(&format!("{OWN}a.ics"), &event("a", "SUMMARY:Grüße\r\n")).expect(201);
    let body =
        format!("<sync-collection {NAMES}><sync-token/><prop><getetag/><C:calendar-data/></prop></sync-collection>");
    for depth in ["0", "1", "infinity"] {
        let found = ada.send("REPORT", OWN, &[("Depth", depth)], &body).expect(207).text();
        assert!(xml::row(&found, "/a.ics").contains("SUMMARY:Grüße"), "{depth}: {found}");
    }
}

#[test]
fn the_tag_of_a_calendar_changes_with_its_objects_and_only_then() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let tags = || {
        let found = ada.properties(OWN, "<CS:getctag/><sync-token/>").expect(207).text();
        xml::part(&found, "200").to_owned()
    };
    let empty = tags();
    assert!(empty.contains("<CS:getctag>") && empty.contains("<D:sync-token>"));
    ada.put(&format!("{OWN}a.ics"), &event("a", "")).expect(201);
    let one = tags();
    assert_ne!(one, empty);
    ada.put(&format!("{OWN}b.ics"), "nothing").expect(403);
    ada.get(&format!("{OWN}a.ics")).expect(200);
    assert_eq!(tags(), one);
    ada.delete(&format!("{OWN}a.ics")).expect(204);
    assert_ne!(tags(), one);
}

#[test]
fn whoever_stores_the_same_bytes_again_sees_it_in_the_changes() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let first = ada.put(&format!("{OWN}a.ics"), &event("a", "")).expect(201);
    ada.put(&format!("{OWN}b.ics"), &event("b", "")).expect(201);
    let token = token_of(&sync(&ada, "", None).expect(207));
    let again = ada.put(&format!("{OWN}a.ics"), &event("a", "")).expect(204);
    assert_eq!(again.header("etag"), first.header("etag"), "the same bytes have the same tag");
    assert_eq!(xml::names(&sync(&ada, &token, None).expect(207).text()), ["a.ics"]);
}

#[test]
fn a_level_is_one_or_infinite() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    let ask = |level: &str| {
        format!("<sync-collection {NAMES}><sync-token/><sync-level>{level}</sync-level><prop/></sync-collection>")
    };
    for level in ["1", "infinite"] {
        ada.report(CALENDAR, &ask(level)).expect(207);
    }
    for level in ["2", "", "bogus"] {
        ada.report(CALENDAR, &ask(level)).expect(400);
    }
}

#[test]
fn large_calendars_are_listed_whole_and_each_object_once() {
    let server = Server::with_demo("");
    let ada = App::of(&server, "ada");
    ada.make(OWN);
    let (workers, each) = (8, 80);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let ada = &ada;
            scope.spawn(move || {
                for n in 0..each {
                    let name = format!("{worker}-{n}");
                    ada.put(&format!("{OWN}{name}.ics"), &event(&name, "")).expect(201);
                }
            });
        }
    });
    let query = format!(
        "<C:calendar-query {NAMES}><prop><getetag/></prop><C:filter><C:comp-filter name=\"VCALENDAR\"/></C:filter></C:calendar-query>"
    );
    let range = r#"<C:comp-filter name="VEVENT"><C:time-range start="20261201T000000Z" end="20261202T000000Z"/></C:comp-filter>"#;
    let ranged = query.replace("name=\"VCALENDAR\"/>", &format!("name=\"VCALENDAR\">{range}</C:comp-filter>"));
    for (asked, listed) in [
        ("PROPFIND", ada.propfind(OWN, "1", "<getetag/>").expect(207).text()),
        ("sync-collection", sync(&ada, "", None).expect(207).text()),
        ("calendar-query", ada.report(OWN, &query).expect(207).text()),
        ("a time range", ada.report(OWN, &ranged).expect(207).text()),
    ] {
        let mut names = xml::names(&listed);
        names.retain(|name| !name.is_empty());
        assert_eq!(names.len(), workers * each, "{asked}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), workers * each, "{asked}");
    }
    assert_eq!(follow(&ada, "", 100).0.len(), workers * each);
    assert_eq!(ada.get(OWN).expect(200).text().matches("BEGIN:VEVENT").count(), workers * each);
}
