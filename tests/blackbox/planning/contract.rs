//! The JSON that programs outside rely on, member by member and status by status.

use super::{candidates, drafted, get, list, moment, publish, text};
use crate::support::{Reply, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Each member named is there and of its kind; a question mark allows null.
fn has(document: &Value, members: &[(&str, &str)]) {
    for (name, kind) in members {
        let value = document.get(name).unwrap_or_else(|| panic!("{name} in {document}"));
        let (kind, nullable) = kind.strip_suffix('?').map_or((*kind, false), |kind| (kind, true));
        let fits = match kind {
            "text" => value.is_string(),
            "time" => value.is_string() && moment(value).timestamp() > 0,
            "bool" => value.is_boolean(),
            "whole" => value.is_i64(),
            "list" => value.is_array(),
            _ => panic!("no such kind: {kind}"),
        };
        assert!(fits || (nullable && value.is_null()), "{name} is no {kind}: {document}");
    }
}

fn is_problem(reply: Reply, status: u16) -> Value {
    let reply = reply.expect(status);
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{}", reply.text());
    let document = reply.json();
    has(&document, &[("type", "text"), ("title", "text"), ("status", "whole"), ("detail", "text")]);
    document
}

const SLOT: &[(&str, &str)] = &[
    ("id", "text"),
    ("role", "text"),
    ("start", "time"),
    ("end", "time"),
    ("turn", "text?"),
    ("person", "text?"),
    ("pinned", "bool"),
];

#[test]
fn rosters_and_candidates_have_every_member_in_its_kind() {
    let server = Server::with_demo("");
    let from = super::today().to_string();
    let days = json!({ "from": from, "to": (super::today() + chrono::Days::new(60)).to_string() });
    let made = server.api("POST", "/teams/payments/rosters", &days).expect(201);
    let etag = made.header("etag").expect("an entity tag").to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "strong: {etag}");
    let mut roster = made.json();
    let said = roster.as_object_mut().and_then(|fields| fields.remove("recommendation")).expect("how good it is");
    has(&said, &[("cost", "whole?"), ("bound", "whole?"), ("proved_best", "bool"), ("gaps", "whole?")]);
    has(&said, &[("stopped_early", "bool"), ("text", "text"), ("changes", "list")]);
    has(&roster, &[("id", "text"), ("team", "text"), ("state", "text"), ("version", "whole"), ("slots", "list")]);
    assert_eq!((&roster["state"], &roster["team"]), (&json!("draft"), &json!("payments")));
    let slots = list(&roster["slots"]);
    slots.iter().for_each(|slot| has(slot, SLOT));
    assert!(slots.iter().all(|slot| slot["pinned"] == false));
    assert!(slots.iter().any(|slot| slot["turn"].is_string()), "weeks are turns");
    assert!(slots.windows(2).all(|pair| moment(&pair[0]["start"]) <= moment(&pair[1]["start"])), "by start");
    assert!(slots.iter().all(|slot| text(&slot["start"]).get(..10) >= Some(&from)), "that start in the days asked for");
    let read = server.api("GET", &format!("/rosters/{}", text(&roster["id"])), &Value::Null).expect(200);
    assert_eq!((read.header("etag"), &read.json()), (Some(etag.as_str()), &roster));

    let levels = ["recommended", "possible", "reluctant", "excluded"];
    let mut seen = BTreeSet::new();
    for slot in slots {
        let all = candidates(&server, &roster, slot);
        assert_eq!(all.len(), 7, "every member is told about");
        let ranks = all.iter().map(|one| levels.iter().position(|level| one["level"] == *level).expect("a level"));
        assert!(ranks.collect::<Vec<_>>().is_sorted(), "best first");
        for one in &all {
            has(one, &[("person", "text"), ("level", "text"), ("reasons", "list")]);
            seen.insert(text(&one["level"]).to_owned());
            let reasons: Vec<&str> = list(&one["reasons"]).iter().map(text).collect();
            assert!(reasons.iter().all(|reason| reason.contains(' ')), "sentences: {reasons:?}");
            if one["level"] == "excluded" {
                assert!(reasons.iter().all(|reason| reason.starts_with("excluded: ")), "{reasons:?}");
            } else {
                let told = |part: &str| reasons.iter().any(|reason| reason.contains(part));
                assert!(told("of the last 12 weeks, the team's mean is") && told("fair share"), "{reasons:?}");
                assert!(told("% utilised in "), "{reasons:?}");
            }
        }
    }
    assert_eq!(seen, levels.map(str::to_owned).into(), "every level can be had");
}

#[test]
fn statuses_are_those_of_the_contract() {
    let server = Server::with_demo("");
    let roster = drafted(&server, "payments", 60, 74);
    let id = text(&roster["id"]);
    let path = format!("/rosters/{id}");
    let slot = format!("{path}/slots/{}", text(&roster["slots"][0]["id"]));
    let days = |from: &str, to: &str| json!({ "from": from, "to": to });
    let send = |method: &str, path: &str, body: &Value| server.api(method, path, body);

    let clash = is_problem(send("POST", "/teams/payments/rosters", &days(&day(70), &day(80))), 409);
    assert_eq!(&clash["roster"], &roster["id"], "which draft is in the way");
    is_problem(send("POST", "/teams/payments/rosters", &days("2027-02-30", "2027-03-02")), 422);
    is_problem(send("POST", "/teams/payments/rosters", &days("2027-03-02", "2027-03-01")), 422);
    is_problem(send("POST", "/teams/payments/rosters", &days("2027-03-02", "2029-03-02")), 422);
    is_problem(send("POST", "/teams/payments/rosters", &json!({ "from": "2027-03-02" })), 422);
    is_problem(send("POST", "/teams/payments/rosters", &json!([])), 422);
    is_problem(send("POST", "/teams/nobody/rosters", &days(&day(80), &day(81))), 404);
    is_problem(send("GET", "/rosters/none", &Value::Null), 404);
    is_problem(send("GET", &format!("{path}/slots/none/candidates"), &Value::Null), 404);
    is_problem(send("PUT", &format!("{path}/slots/none"), &json!({ "person": "ada", "pin": false })), 404);
    is_problem(send("PUT", &slot, &json!({ "person": "zed", "pin": false })), 422);
    is_problem(send("PUT", &slot, &json!({ "pin": true })), 422);
    is_problem(send("POST", &format!("{path}/publish"), &json!({ "reasons": "typo" })), 422);
    is_problem(server.send("GET", &format!("/api/v1{path}"), &[], ""), 401);
    is_problem(server.send("GET", &format!("/api/v1{path}"), &[("Authorization", "Bearer dwt_x_y")], ""), 401);

    let roomy = |tag: &str| server.api_if("POST", &format!("{path}/solve"), &Value::Null, &[("If-Match", tag)]);
    is_problem(roomy("\"99\""), 412);
    is_problem(roomy("\"nonsense\""), 412);
    let tag = roomy("*").expect(200).header("etag").unwrap().to_owned();
    let tag = roomy(&format!("\"other\", {tag}")).expect(200).header("etag").unwrap().to_owned();
    let publish_if = |tag: &str| {
        server.api_if("POST", &format!("{path}/publish"), &json!({ "reason": "open" }), &[("If-Match", tag)])
    };
    is_problem(publish_if("\"1\""), 412);
    let done = publish_if(&tag).expect(200);
    assert_eq!(done.json()["state"], "published");
    assert!(done.json()["version"].as_i64().unwrap() > 0);
    // What is published is no draft.
    is_problem(send("PUT", &slot, &json!({ "person": null, "pin": false })), 409);
    is_problem(send("POST", &format!("{path}/solve"), &Value::Null), 409);
    is_problem(send("DELETE", &path, &Value::Null), 409);
    publish_if(done.header("etag").unwrap()).expect(200);
}

fn day(ahead: u64) -> String {
    (super::today() + chrono::Days::new(ahead)).to_string()
}

#[test]
fn swaps_offers_and_answers_have_every_member_in_its_kind() {
    let server = Server::with_demo("");
    let found = get(&server, "/teams/payments/on-call");
    let watch = list(&found["next"]).iter().find(|watch| watch["role"] == "secondary").unwrap().clone();
    let slot = text(&watch["slot"]);
    server.api("POST", &format!("/slots/{slot}/cover"), &json!({ "reason": "dentist" })).expect(200);
    let open = get(&server, "/teams/payments/swaps?state=open");
    let swap = &open[0];
    let members = [("id", "text"), ("slot", "text"), ("requester", "text"), ("state", "text"), ("offers", "list")];
    has(swap, &members);
    assert_eq!((&swap["slot"], &swap["requester"]), (&watch["slot"], &watch["person"]["id"]));
    for offer in list(&swap["offers"]) {
        has(offer, &[("id", "text"), ("person", "text"), ("state", "text")]);
    }
    let offers = list(&swap["offers"]);
    let answer = |at: usize, word: &Value| {
        server.api("POST", &format!("/offers/{}/answer", text(&offers[at]["id"])), &json!({ "answer": word }))
    };
    is_problem(answer(0, &json!("yes")), 422);
    is_problem(answer(0, &Value::Null), 422);
    is_problem(server.api("POST", "/offers/none/answer", &json!({ "answer": "agree" })), 404);
    answer(0, &json!("disagree")).expect(200);
    answer(0, &json!("agree")).expect(200);
    let late = is_problem(answer(1, &json!("agree")), 409);
    assert_eq!(late["taker"], offers[0]["person"], "who has it");
    assert!(list(&get(&server, "/teams/payments/swaps?state=open")).is_empty());
    assert_eq!(get(&server, "/teams/payments/swaps?state=taken")[0]["id"], swap["id"]);
}

#[test]
fn the_trail_is_read_from_a_moment_or_a_place_on_and_says_for_whom() {
    let server = Server::with_demo("");
    let found = get(&server, "/teams/payments/on-call");
    let watch = list(&found["next"]).iter().find(|watch| watch["role"] == "secondary").unwrap().clone();
    let before = list(&get(&server, "/audit")).last().unwrap().clone();
    let asked = server.api("POST", &format!("/slots/{}/cover", text(&watch["slot"])), &json!({})).expect(200).json();
    let offer = &asked["offers"][0];
    server.api("POST", &format!("/offers/{}/answer", text(&offer["id"])), &json!({ "answer": "agree" })).expect(200);
    let rows = get(&server, &format!("/audit?since={}", before["seq"]));
    let row = |action: &str| list(&rows).iter().find(|row| row["action"] == action).expect("a row").clone();
    for (action, person) in [("swap.asked", &watch["person"]["id"]), ("swap.taken", &offer["person"])] {
        let row = row(action);
        has(&row, &[("seq", "whole"), ("at", "time"), ("actor", "text"), ("subject", "text"), ("channel", "text")]);
        assert!(text(&row["actor"]).starts_with("token:"), "{row}");
        assert_eq!(row["subject"], format!("person:{}", text(person)), "answered for somebody else");
        assert_eq!(row["channel"], "api");
    }
    let since = text(&row("swap.asked")["at"]).replace('+', "%2B");
    let later = get(&server, &format!("/audit?since={since}"));
    assert!(list(&later).iter().any(|row| row["action"] == "swap.taken"));
    assert!(list(&later).iter().all(|row| row["seq"].as_i64() > before["seq"].as_i64()));
    is_problem(server.api("GET", "/audit?since=yesterday", &Value::Null), 422);
    is_problem(server.api("GET", "/audit?limit=0", &Value::Null), 422);

    // Somebody's own token answers in their own name.
    let next = list(&found["next"]).iter().find(|watch| watch["role"] == "primary").unwrap().clone();
    let holder = text(&next["person"]["id"]);
    let own = super::own_token(&server, holder, "roster");
    super::send(&server, &own, "POST", &format!("/slots/{}/cover", text(&next["slot"])), &json!({})).expect(200);
    let last = super::audited(&server, "swap.asked").last().unwrap().clone();
    assert!(text(&last["actor"]).ends_with(&format!(" for person:{holder}")), "{last}");
    assert!(last["subject"].is_null(), "for nobody else: {last}");
}

#[test]
fn a_published_roster_shows_who_holds_its_slots_now() {
    let server = Server::with_demo("");
    let roster = drafted(&server, "payments", 60, 74);
    let done = publish(&server, &roster, &json!({})).expect(200).json();
    let slot = list(&done["slots"]).iter().find(|slot| slot["role"] == "secondary").unwrap();
    let path = format!("/rosters/{}", text(&roster["id"]));
    let before = server.api("GET", &path, &Value::Null).expect(200);
    let asked = server.api("POST", &format!("/slots/{}/cover", text(&slot["id"])), &json!({})).expect(200).json();
    let offer = &asked["offers"][0];
    server.api("POST", &format!("/offers/{}/answer", text(&offer["id"])), &json!({ "answer": "agree" })).expect(200);
    let known = before.header("etag").unwrap();
    let after = server.api_if("GET", &path, &Value::Null, &[("If-None-Match", known)]).expect(200);
    assert_eq!(super::same(&after.json(), slot).unwrap()["person"], offer["person"]);
    let known = format!("\"x\", {}", after.header("etag").unwrap());
    server.api_if("GET", &path, &Value::Null, &[("If-None-Match", &known)]).expect(304);
}
