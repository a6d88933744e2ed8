//! Cover by API: asked for, offered, taken by the first, and told to the others.

use crate::support::Server;
use serde_json::{Value, json};

/// A coming shift of the payments team whose holder can be covered: its slot and its holder.
fn coming(server: &Server) -> (String, String) {
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let next = found["next"].as_array().unwrap();
    let watch = next.iter().find(|watch| !watch["person"].is_null() && watch["role"] != "shadow").unwrap();
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

    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let watch = found["next"].as_array().unwrap().iter().find(|watch| watch["slot"] == *slot).unwrap().clone();
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
