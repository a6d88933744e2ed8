//! The shapes of the planning API, on which programs outside rely.

use crate::support::{Reply, Server};
use serde_json::{Value, json};

/// The day on which what is published of a team ends, and one four weeks later.
fn open_days(server: &Server, team: &str) -> (String, String) {
    let rosters = server.api("GET", &format!("/teams/{team}/rosters"), &Value::Null).expect(200).json();
    let published = rosters.as_array().unwrap().iter().filter(|roster| roster["state"] == "published");
    let last = published.map(|roster| roster["to"].as_str().unwrap()).max().unwrap();
    let from: chrono::NaiveDate = last.parse().unwrap();
    (from.to_string(), (from + chrono::Days::new(14)).to_string())
}

fn drafted(server: &Server) -> Reply {
    let (from, to) = open_days(server, "payments");
    server.api("POST", "/teams/payments/rosters", &json!({ "from": from, "to": to }))
}

fn is_time_with_offset(value: &Value) -> bool {
    chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap_or_default()).is_ok()
}

#[test]
fn a_draft_is_made_changed_under_conditions_published_and_published_again() {
    let server = Server::with_demo("");
    let made = drafted(&server).expect(201);
    let roster = made.json();
    let (id, tag) = (roster["id"].as_str().unwrap().to_owned(), made.header("etag").unwrap().to_owned());
    assert_eq!((&roster["state"], &roster["team"]), (&json!("draft"), &json!("payments")));
    assert_eq!(made.header("location"), Some(format!("/api/v1/rosters/{id}").as_str()));
    let slot = roster["slots"][0].clone();
    for field in ["id", "role", "start", "end", "turn", "person", "pinned"] {
        assert!(slot.get(field).is_some(), "{field} in {slot}");
    }
    assert!(is_time_with_offset(&slot["start"]) && is_time_with_offset(&slot["end"]));

    // A second draft would overlap.
    drafted(&server).expect(409);

    let path = format!("/rosters/{id}");
    let read = server.api("GET", &path, &Value::Null).expect(200);
    let mut known = roster.clone();
    known.as_object_mut().and_then(|fields| fields.remove("recommendation")).expect("how good it is");
    assert_eq!(read.json(), known);
    server.api_if("GET", &path, &Value::Null, &[("If-None-Match", &tag)]).expect(304);

    let slot_path = format!("{path}/slots/{}", slot["id"].as_str().unwrap());
    let candidates = server.api("GET", &format!("{slot_path}/candidates"), &Value::Null).expect(200).json();
    let candidates = candidates.as_array().unwrap().clone();
    let level = |one: &Value| {
        let levels = ["recommended", "possible", "reluctant", "excluded"];
        levels.iter().position(|level| one["level"] == *level).expect("a level")
    };
    assert!(candidates.windows(2).all(|pair| level(&pair[0]) <= level(&pair[1])), "best first");
    assert!(candidates.iter().all(|one| one["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty())));

    let excluded = candidates.iter().find(|one| one["level"] == "excluded").expect("somebody is excluded");
    let give = |person: &Value, reason: Value| json!({ "person": person, "pin": true, "reason": reason });
    let refused = server.api("PUT", &slot_path, &give(&excluded["person"], Value::Null)).expect(422);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert!(!refused.json()["rules"].as_array().unwrap().is_empty());

    let best = &candidates[0]["person"];
    let given = server.api_if("PUT", &slot_path, &give(best, Value::Null), &[("If-Match", &tag)]).expect(200);
    assert_eq!((&given.json()["person"], &given.json()["pinned"]), (best, &json!(true)));
    server.api_if("PUT", &slot_path, &give(best, Value::Null), &[("If-Match", &tag)]).expect(412);

    let solved = server.api("POST", &format!("{path}/solve"), &Value::Null).expect(200).json();
    let kept = solved["slots"].as_array().unwrap().iter().find(|one| one["id"] == slot["id"]).unwrap().clone();
    assert_eq!(&kept["person"], best, "pins stay");
    server.api("GET", &format!("{path}/check"), &Value::Null).expect(200);

    let published = server.api("POST", &format!("{path}/publish"), &json!({ "reason": "next month" })).expect(200);
    let published = published.json();
    assert_eq!(published["state"], "published");
    assert!(!published["changes"].as_array().unwrap().is_empty());
    let again = server.api("POST", &format!("{path}/publish"), &json!({ "reason": "again" })).expect(200).json();
    assert_eq!((&again["version"], &again["changes"]), (&published["version"], &json!([])));
    server.api("PUT", &slot_path, &give(best, Value::Null)).expect(409);

    let at = kept["start"].as_str().unwrap().replace('+', "%2B");
    let on_call = server.api("GET", &format!("/teams/payments/on-call?at={at}"), &Value::Null).expect(200).json();
    let watches = on_call["on_call"].as_array().unwrap();
    assert!(watches.iter().any(|watch| watch["slot"] == kept["id"] && &watch["person"]["id"] == best), "{on_call}");
}

#[test]
fn who_is_on_call_has_the_shape_that_was_promised() {
    let server = Server::with_demo("");
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    assert!(is_time_with_offset(&found["at"]));
    let watch = &found["on_call"][0];
    for field in ["role", "start", "end", "slot", "cover_asked", "page"] {
        assert!(!watch[field].is_null(), "{field} in {watch}");
    }
    for field in ["id", "name", "email", "phone"] {
        assert!(watch["person"].get(field).is_some(), "{field} in {watch}");
    }
    assert!(watch["person"]["phone"].as_str().is_none_or(|phone| phone.starts_with('+')));
    assert!(found["next"].is_array() && found["escalation"].is_array());
    let told = server.command(&["whois", "payments", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["on_call"], found["on_call"], "the command line says the same beside the server");
    // An unescaped plus is a blank by the time it arrives.
    server.api("GET", "/teams/payments/on-call?at=2026-12-01T09:00:00+00:00", &Value::Null).expect(200);
}

#[test]
fn what_is_not_understood_is_refused_as_a_problem_document() {
    let server = Server::with_demo("");
    let problem = |reply: Reply, status: u16| {
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.text());
        let document = reply.clone().expect(status).json();
        assert_eq!(document["status"], status);
        for field in ["type", "title", "detail", "instance"] {
            assert!(document[field].is_string(), "{field} in {document}");
        }
        assert!(document["instance"].as_str().unwrap().ends_with(reply.header("x-request-id").unwrap()));
    };
    let rosters = "/teams/payments/rosters";
    problem(server.api("GET", "/teams/nobody/on-call", &Value::Null), 404);
    problem(server.api("GET", "/nowhere", &Value::Null), 404);
    problem(server.api("PUT", "/people", &Value::Null), 405);
    problem(server.api("GET", "/rosters/unknown", &Value::Null), 404);
    problem(server.api("GET", "/teams/payments/on-call?at=noon", &Value::Null), 422);
    problem(server.api("GET", "/teams/payments/on-call?att=x", &Value::Null), 400);
    problem(server.api("GET", "/teams/payments/swaps?state=odd", &Value::Null), 422);
    problem(server.api("POST", rosters, &json!({ "from": "2027-01-04", "to": "2027-01-04" })), 422);
    problem(server.api("POST", rosters, &json!({ "from": "2027-01-04", "to": "2027-02-01", "team": "x" })), 422);
    problem(server.api("PATCH", "/teams/payments", &json!({ "settings": { "aproval": true } })), 422);
    let token = format!("Bearer {}", server.demo_facts()["admin_token"].as_str().unwrap());
    let send = |kind: &str, body: &str| {
        let headers = [("Authorization", token.as_str()), ("Content-Type", kind)];
        server.send("POST", "/api/v1/teams/payments/rosters", &headers, body)
    };
    problem(send("application/json", "{\"from\":"), 400);
    problem(send("application/x-www-form-urlencoded", "from=2027-01-04"), 415);
    problem(send("application/json", &format!("\"{}\"", "a".repeat(300 << 10))), 413);
    let basic = server.basic("ada");
    problem(server.send("GET", "/api/v1/teams", &[("Authorization", &basic)], ""), 401);
}

#[test]
fn the_description_names_every_answer_and_needs_no_token() {
    let server = Server::start();
    let api = server.get("/api/v1/openapi.json").expect(200).json();
    assert!(api["openapi"].as_str().unwrap().starts_with("3."));
    let described = &api["paths"]["/api/v1/teams/{team}/on-call"]["get"]["responses"];
    assert!(described.get("200").is_some() && described.get("default").is_some());
}

#[test]
fn a_team_is_changed_in_part() {
    let server = Server::with_demo("");
    let before = server.api("GET", "/teams/payments", &Value::Null).expect(200).json();
    let patch = json!({ "settings": { "swap_deadline_hours": 24 } });
    let after = server.api("PATCH", "/teams/payments", &patch).expect(200).json();
    assert_eq!(after["settings"]["swap_deadline_hours"], 24);
    assert_eq!(after["settings"]["min_rest_minutes"], before["settings"]["min_rest_minutes"]);
    assert_eq!(after["contacts"], before["contacts"]);
}

#[test]
fn a_team_s_load_is_reported_by_person() {
    let server = Server::with_demo("");
    let lines = server.api("GET", "/teams/payments/balance", &Value::Null).expect(200).json();
    let lines = lines.as_array().unwrap();
    let balance = |line: &Value| line["balance"].as_f64().unwrap();
    assert!(lines.len() >= 5 && lines.windows(2).all(|pair| balance(&pair[0]) <= balance(&pair[1])));
    assert!(lines.iter().any(|line| line["load"].as_f64().unwrap() > 0.0));
}

#[test]
fn a_rule_pack_is_answered_with_its_effect_and_taken_over_when_asked_to() {
    let server = Server::with_demo("");
    let asked = server.api("POST", "/teams/payments/rules", &json!({ "pack": "eu-rest" })).expect(200).json();
    assert_eq!((&asked["pack"], &asked["applied"]), (&json!("eu-rest@1"), &json!(false)));
    assert!(!asked["not_enforced"].as_array().unwrap().is_empty() && asked["broken"].is_array());
    let settings =
        |server: &Server| server.api("GET", "/teams/payments", &Value::Null).expect(200).json()["settings"].clone();
    assert_eq!(settings(&server)["packs"], json!([]));
    let apply = json!({ "own": { "name": "own", "version": 1, "min_rest_minutes": 700 }, "apply": true });
    assert_eq!(server.api("POST", "/teams/payments/rules", &apply).expect(200).json()["applied"], true);
    assert_eq!(settings(&server)["min_rest_minutes"], 700);
    for wrong in [json!({}), json!({ "pack": "us" }), json!({ "own": { "name": "own" } }), json!({ "packs": "sre" })] {
        server.api("POST", "/teams/payments/rules", &wrong).expect(422);
    }
    server.api("POST", "/teams/nowhere/rules", &json!({ "pack": "sre" })).expect(404);
}
