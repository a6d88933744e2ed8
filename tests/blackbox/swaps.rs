//! Cover by API: asked for, offered, taken by the first, and told to the others.

use crate::support::Server;
use serde_json::{Value, json};

/// A coming shift of the payments team whose holder can be covered: its slot and its holder.
fn coming(server: &Server) -> (String, String) {
    let watch = server.coverable_watch();
    (watch["slot"].as_str().unwrap().to_owned(), watch["person"]["id"].as_str().unwrap().to_owned())
}

#[test]
fn the_first_to_agree_has_the_shift_and_the_next_is_told_who() {
    let server = Server::with_demo("");
    let (slot, holder) = coming(&server);
    let ask = json!({ "reason": "dentist" });
    let asked = server.api("POST", &format!("/slots/{slot}/cover"), &ask).expect(200).json();
    assert_eq!((&asked["requester"], &asked["state"]), (&json!(holder), &json!("open")));
    let again = server.api("POST", &format!("/slots/{slot}/cover"), &ask).expect(200).json();
    assert_eq!(asked["id"], again["id"], "asked once");

    let open = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    let swap = open.as_array().unwrap().iter().find(|swap| swap["id"] == asked["id"]).unwrap().clone();
    let offers = swap["offers"].as_array().unwrap().clone();
    assert!(offers.len() >= 2, "{swap}");
    assert!(offers.iter().all(|offer| offer["id"].is_string() && offer["state"] == "offered"));

    let answer = |offer: &Value, word: &str| {
        let path = format!("/offers/{}/answer", offer["id"].as_str().unwrap());
        server.api("POST", &path, &json!({ "answer": word }))
    };
    answer(&offers[0], "maybe").expect(422);
    let taken = answer(&offers[0], "agree").expect(200).json();
    assert_eq!((&taken["state"], &taken["taker"]), (&json!("taken"), &offers[0]["person"]));
    answer(&offers[0], "agree").expect(200);
    let late = answer(&offers[1], "agree").expect(409);
    assert_eq!(late.header("content-type"), Some("application/problem+json"));
    let taker = &offers[0]["person"];
    assert!(late.json().to_string().contains(taker.as_str().unwrap()), "{}", late.text());

    let start = swap["start"].as_str().unwrap().replace('+', "%2B");
    let found = server.api("GET", &format!("/teams/payments/on-call?at={start}"), &Value::Null).expect(200).json();
    let watch = found["on_call"].as_array().unwrap().iter().find(|watch| watch["slot"] == *slot).unwrap().clone();
    assert_eq!(&watch["person"]["id"], taker);
    let audit = server.api("GET", "/audit", &Value::Null).expect(200).json();
    let rows = audit.as_array().unwrap().iter().filter(|row| row["action"] == "swap.taken");
    let rows: Vec<_> = rows.filter(|row| row.to_string().contains(swap["id"].as_str().unwrap())).collect();
    assert_eq!(rows.len(), 1, "one taking, one row");
    assert!(rows[0]["actor"].as_str().unwrap().starts_with("token:"), "the audit says that it was the token");
}

#[test]
fn a_reading_token_changes_nothing() {
    let server = Server::with_demo("");
    let (slot, _) = coming(&server);
    let made = server.command(&["token", "add", "--label", "reader", "--scope", "read", "--json"]);
    let made: Value = serde_json::from_str(&made).unwrap();
    let reader = format!("Bearer {}", made["token"].as_str().unwrap());
    let send = |method: &str, path: &str| server.send(method, path, &[("Authorization", &reader)], "");
    send("GET", "/api/v1/teams/payments/on-call").expect(200);
    send("POST", &format!("/api/v1/slots/{slot}/cover")).expect(403);
}

#[test]
fn for_somebody_of_another_team_there_is_no_such_team() {
    let server = Server::with_demo("");
    let facts = server.demo_facts();
    let of = |team: &str| facts["teams"].as_array().unwrap().iter().find(|one| one["id"] == team).unwrap().clone();
    let (payments, platform) = (of("payments"), of("platform"));
    let inside = |team: &Value, person: &Value| {
        ["members", "managers"].iter().any(|list| team[list].as_array().unwrap().contains(person))
    };
    let outsider = platform["members"].as_array().unwrap().iter().find(|one| !inside(&payments, one)).unwrap();
    let outsider = outsider.as_str().unwrap();
    let (slot, holder) = coming(&server);
    let asked = server.api("POST", &format!("/slots/{slot}/cover"), &Value::Null).expect(200).json();
    let (swap, offer) = (asked["id"].as_str().unwrap(), asked["offers"][0]["id"].as_str().unwrap());
    let rosters = server.api("GET", "/teams/payments/rosters", &Value::Null).expect(200).json();
    let roster = rosters[0]["id"].as_str().unwrap();

    let token = |person: &str| {
        let made = ["token", "add", "--label", "own", "--scope", "admin", "--person", person, "--json"];
        let made: Value = serde_json::from_str(&server.command(&made)).unwrap();
        format!("Bearer {}", made["token"].as_str().unwrap())
    };
    let (own, insider) = (token(outsider), token(&holder));
    let send = |bearer: &str, method: &str, path: &str, body: &str| {
        let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
        server.send(method, &format!("/api/v1{path}"), &headers, body)
    };
    let teams = send(&own, "GET", "/teams", "").expect(200).json();
    assert!(teams.as_array().unwrap().iter().all(|team| team["id"] != "payments"), "{teams}");
    for (method, path, body) in [
        ("GET", "/teams/payments".to_owned(), ""),
        ("GET", "/teams/payments/members".to_owned(), ""),
        ("GET", "/teams/payments/swaps".to_owned(), ""),
        ("GET", "/teams/payments/feeds".to_owned(), ""),
        ("GET", "/teams/payments/rosters".to_owned(), ""),
        ("POST", "/teams/payments/rosters".to_owned(), "{\"from\":\"2027-01-04\",\"to\":\"2027-02-01\"}"),
        ("PATCH", "/teams/payments".to_owned(), "{\"settings\":{}}"),
        ("GET", format!("/swaps/{swap}"), ""),
        ("POST", format!("/swaps/{swap}/withdraw"), ""),
        ("POST", format!("/slots/{slot}/cover"), ""),
        ("POST", format!("/offers/{offer}/answer"), "{\"answer\":\"agree\"}"),
        ("GET", format!("/rosters/{roster}"), ""),
        ("POST", format!("/rosters/{roster}/solve"), ""),
        ("GET", format!("/rosters/{roster}/slots/{slot}/candidates"), ""),
    ] {
        let reply = send(&own, method, &path, body);
        assert_eq!(reply.status, 404, "{method} {path}: {}", reply.text());
    }
    send(&own, "GET", "/people", "").expect(403);
    send(&own, "GET", "/audit", "").expect(403);
    send(&insider, "GET", &format!("/swaps/{swap}"), "").expect(200);
    send(&insider, "GET", "/people", "").expect(403);
}

/// The address and text of somebody's copy of a slot.
fn copy(server: &Server, person: &str, slot: &str) -> Option<(String, String)> {
    let basic = server.basic(person);
    let folder = format!("/dav/calendars/{person}/shifts/");
    let headers = [("Authorization", basic.as_str()), ("Depth", "1")];
    let listed = server.send("PROPFIND", &folder, &headers, "").expect(207).text();
    let href = listed.split(['<', '>']).find(|part| part.starts_with(&folder) && part.contains(slot))?.to_owned();
    let text = server.send("GET", &href, &[("Authorization", &basic)], "").expect(200).text().replace("\r\n ", "");
    Some((href, text))
}

/// What a calendar app does on a press of Accept or Decline, and what it reads then.
fn press(server: &Server, person: &str, slot: &str, partstat: &str) -> String {
    let (href, text) = copy(server, person, slot).expect("a copy to answer");
    let answered = ["NEEDS-ACTION", "TENTATIVE", "ACCEPTED", "DECLINED"]
        .iter()
        .fold(text, |text, old| text.replace(&format!("PARTSTAT={old}"), &format!("PARTSTAT={partstat}")));
    let headers = [("Authorization", server.basic(person)), ("Content-Type", "text/calendar".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let put = server.send("PUT", &href, &headers, &answered).expect(204);
    assert_eq!(put.header("etag"), None, "the client is to read it again");
    copy(server, person, slot).expect("a copy").1
}

/// How many questions wait in somebody's inbox: what Calendar.app shows as a number.
fn badge(server: &Server, person: &str, slot: &str) -> usize {
    let headers = [("Authorization", server.basic(person)), ("Depth", "1".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let listed = server.send("PROPFIND", &format!("/dav/calendars/{person}/inbox/"), &headers, "").expect(207).text();
    listed.split(['<', '>']).filter(|part| part.starts_with("/dav/") && part.contains(slot)).count()
}

#[test]
fn a_no_in_the_calendar_stays_a_no_until_it_becomes_a_yes_and_badges_go_with_the_questions() {
    let server = Server::with_demo("");
    let (slot, holder) = coming(&server);
    assert!(press(&server, &holder, &slot, "DECLINED").contains("SUMMARY:On call (cover asked for)"));
    let open = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    let swap = open.as_array().unwrap().iter().find(|swap| swap["slot"] == *slot).unwrap().clone();
    let asked: Vec<&str> =
        swap["offers"].as_array().unwrap().iter().map(|offer| offer["person"].as_str().unwrap()).collect();
    let (first, second) = (asked[0], asked[1]);
    assert!(asked.iter().all(|person| badge(&server, person, &slot) == 1));

    let no = press(&server, first, &slot, "DECLINED");
    assert!(no.contains("SUMMARY:Cover? ") && no.contains("PARTSTAT=DECLINED"), "{no}");
    assert_eq!((badge(&server, first, &slot), badge(&server, second, &slot)), (0, 1));
    let yes = press(&server, first, &slot, "ACCEPTED");
    assert!(yes.contains("SUMMARY:On call: ") && yes.contains("PARTSTAT=ACCEPTED"), "{yes}");
    // Withdrawn questions leave the inbox too. No CANCEL comes instead: the copy says what became of it, and an item
    // more would be a number on the app's icon that each of the others has to press away.
    for person in &asked[1..] {
        let over = copy(&server, person, &slot).unwrap().1;
        assert!(over.contains("STATUS:CANCELLED") && over.contains(" has it."), "{over}");
        assert_eq!(badge(&server, person, &slot), 0);
    }
}

#[test]
fn a_manager_assigns_somebody_and_overrides_a_rule_only_in_writing() {
    let server = Server::with_demo("");
    let (slot, holder) = coming(&server);
    let asked = server.api("POST", &format!("/slots/{slot}/cover"), &Value::Null).expect(200).json();
    let path = format!("/swaps/{}/assign", asked["id"].as_str().unwrap());
    let at = asked["start"].as_str().unwrap().replace('+', "%2B");
    let watch = server.api("GET", &format!("/teams/payments/on-call?at={at}"), &Value::Null).expect(200).json();
    let others = watch["on_call"].as_array().unwrap().iter().filter(|one| !one["person"].is_null());
    let partner = others.map(|one| &one["person"]["id"]).find(|person| **person != *holder).expect("a partner");
    let assign = |body: &Value| server.api("POST", &path, body);

    assert_eq!(assign(&json!({ "person": "nobody-at-all" })).expect(422).json()["rules"], Value::Null);
    let refused = assign(&json!({ "person": partner })).expect(422).json();
    assert!(refused["rules"][0].as_str().unwrap().starts_with("stands "), "{refused}");
    let done = assign(&json!({ "person": partner, "reason": "nobody else is left" })).expect(200).json();
    assert_eq!((&done["state"], &done["taker"]), (&json!("taken"), partner));
    let audit = server.api("GET", "/audit", &Value::Null).expect(200).json();
    let row = audit.as_array().unwrap().iter().find(|row| row["action"] == "swap.taken").unwrap().clone();
    assert_eq!(row["reason"], "nobody else is left");
    assert!(row["actor"].as_str().unwrap().starts_with("token:"), "{row}");
    assert_eq!(row["subject"], json!(format!("person:{}", partner.as_str().unwrap())));
    assign(&json!({ "person": holder })).expect(409);
}

#[test]
fn cover_for_a_whole_turn_is_asked_by_one_request_and_withdrawn_by_one() {
    let server = Server::with_demo("");
    let (slot, holder) = coming(&server);
    let asked = server.api("POST", &format!("/slots/{slot}/cover"), &json!({ "whole_turn": true })).expect(200).json();
    assert_eq!((&asked["slot"], &asked["requester"]), (&json!(slot), &json!(holder)));
    let open = || server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    let all = open();
    let together = |swap: &&Value| swap["together"] == asked["together"];
    assert_eq!(all.as_array().unwrap().iter().filter(together).count(), all.as_array().unwrap().len());
    let withdraw = format!("/swaps/{}/withdraw", asked["id"].as_str().unwrap());
    assert_eq!(server.api("POST", &withdraw, &Value::Null).expect(200).json()["state"], "withdrawn");
    assert_eq!(open(), json!([]));
}
