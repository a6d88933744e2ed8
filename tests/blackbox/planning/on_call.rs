//! Who is on call: one entry for each required role, gaps included, at any moment and from any offset.

use super::{assign, drafted, get, list, moment, publish, text};
use crate::support::Server;
use serde_json::{Value, json};

fn at(server: &Server, team: &str, when: &str) -> Value {
    get(server, &format!("/teams/{team}/on-call?at={}", when.replace('+', "%2B")))
}

#[test]
fn each_required_role_has_an_entry_and_a_gap_is_nobody() {
    let server = Server::with_demo("");
    let roster = drafted(&server, "payments", 60, 67);
    let slot = list(&roster["slots"]).iter().find(|slot| slot["role"] == "secondary").unwrap();
    assign(&server, &roster, slot, &json!({ "person": null, "pin": false })).expect(200);
    let shadow = list(&roster["slots"]).iter().find(|s| s["role"] == "shadow" && s["start"] == slot["start"]);
    if let Some(shadow) = shadow {
        let rookie = json!({ "person": "ella", "pin": true, "reason": "to learn" });
        assign(&server, &roster, shadow, &rookie).expect(200);
    }
    let done = publish(&server, &roster, &json!({})).expect(200).json();
    let gap = list(&done["findings"]).iter().find(|finding| finding["kind"] == "gap").expect("the gap is reported");
    assert_eq!((&gap["slot"], &gap["person"]), (&slot["id"], &Value::Null));
    let middle = moment(&slot["start"]) + chrono::TimeDelta::hours(2);
    let found = at(&server, "payments", &middle.to_rfc3339());
    let roles: Vec<&str> = list(&found["on_call"]).iter().map(|watch| text(&watch["role"])).collect();
    assert_eq!(roles.get(..2), Some(["primary", "secondary"].as_slice()), "the most important first");
    let empty = &found["on_call"][1];
    assert_eq!((&empty["person"], &empty["slot"], &empty["cover_asked"]), (&Value::Null, &slot["id"], &json!(false)));
    assert_eq!((&empty["start"], &empty["end"]), (&slot["start"], &slot["end"]));
    let primary = &found["on_call"][0];
    for field in ["id", "name", "email", "phone"] {
        assert!(primary["person"][field].is_string(), "{field} in {primary}");
    }
    assert!(text(&primary["person"]["phone"]).starts_with('+'));
    assert_eq!(primary["page"], true);
    if shadow.is_some() {
        assert_eq!((&found["on_call"][2]["role"], &found["on_call"][2]["page"]), (&json!("shadow"), &json!(false)));
    }
    let escalation = list(&found["escalation"]);
    assert_eq!(escalation[0]["name"], "Ada Okafor");
    assert!(escalation.iter().all(|contact| text(&contact["phone"]).starts_with('+')));
}

#[test]
fn a_moment_is_the_same_from_every_offset_and_in_the_past_too() {
    let server = Server::with_demo("");
    let rosters = get(&server, "/teams/payments/rosters");
    let published = list(&rosters).iter().find(|roster| roster["state"] == "published").unwrap();
    let roster = get(&server, &format!("/rosters/{}", text(&published["id"])));
    let first = &roster["slots"][0];
    assert!(moment(&first["start"]) < chrono::Utc::now(), "the demo has a past");
    let start = moment(&first["start"]).to_utc();
    let zulu = at(&server, "payments", &start.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    let elsewhere = start.with_timezone(&chrono::FixedOffset::east_opt(8 * 3600).unwrap());
    assert_eq!(at(&server, "payments", &elsewhere.to_rfc3339()), zulu);
    assert!(list(&zulu["on_call"]).iter().any(|watch| watch["slot"] == first["id"]));
    assert_eq!(moment(&zulu["at"]), start, "in the team's own offset");

    // Half open: at its end a shift is over, and the next has begun.
    let end = moment(&first["end"]).to_rfc3339();
    let handed = at(&server, "payments", &end);
    assert!(list(&handed["on_call"]).iter().all(|watch| watch["slot"] != first["id"]));
    let then = list(&handed["on_call"]).iter().find(|watch| watch["role"] == first["role"]).unwrap();
    let next = list(&zulu["next"]).iter().find(|watch| watch["role"] == first["role"]).unwrap();
    assert_eq!((&next["slot"], &next["start"]), (&then["slot"], &first["end"]));
    let nothing = at(&server, "payments", "2001-01-01T00:00:00Z");
    assert_eq!(nothing["on_call"], json!([]));
}

#[test]
fn asking_for_cover_shows_and_whoever_asked_stays() {
    let server = Server::with_demo("");
    let now = get(&server, "/teams/platform/on-call");
    let watch = list(&now["on_call"]).iter().find(|watch| !watch["person"].is_null()).expect("somebody").clone();
    assert_eq!(watch["cover_asked"], false);
    server.api("POST", &format!("/slots/{}/cover", text(&watch["slot"])), &json!({})).expect(200);
    let now = get(&server, "/teams/platform/on-call");
    let asked = list(&now["on_call"]).iter().find(|other| other["slot"] == watch["slot"]).unwrap();
    assert_eq!((&asked["person"], &asked["cover_asked"]), (&watch["person"], &json!(true)));
}

#[test]
fn what_a_pattern_asks_for_and_nobody_published_is_a_gap_in_each_required_role() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 100, 114);
    let slot = list(&draft["slots"]).iter().find(|slot| slot["role"] == "primary").unwrap();
    let middle = (moment(&slot["start"]) + chrono::TimeDelta::hours(2)).to_utc().format("%Y-%m-%dT%H:%M:%SZ");
    let then = get(&server, &format!("/teams/payments/on-call?at={middle}"));
    let roles: Vec<&str> = list(&then["on_call"]).iter().map(|watch| text(&watch["role"])).collect();
    assert_eq!(roles, ["primary", "secondary"], "a shadow is not required: {then}");
    for watch in list(&then["on_call"]) {
        assert_eq!(
            (&watch["person"], &watch["slot"], &watch["cover_asked"]),
            (&Value::Null, &Value::Null, &json!(false))
        );
    }
    assert_eq!((&then["on_call"][0]["start"], &then["on_call"][0]["end"]), (&slot["start"], &slot["end"]));
    let said = server.command(&["whois", "payments", "--at", &middle.to_string()]);
    assert!(said.contains("NOBODY"), "{said}");
    // Once it is published, the same moment has its slots.
    publish(&server, &draft, &json!({ "reason": "open" })).expect(200);
    let then = get(&server, &format!("/teams/payments/on-call?at={middle}"));
    let required = list(&then["on_call"]).iter().filter(|watch| watch["role"] != "shadow");
    assert!(required.clone().count() == 2 && required.into_iter().all(|watch| watch["slot"].is_string()), "{then}");
}
