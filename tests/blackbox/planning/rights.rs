//! Who may plan: managers of the team and administrators, as far as their token reaches; others see what concerns them.

use super::{assign, drafted, get, list, moment, own_token, publish, send, text};
use crate::support::Server;
use serde_json::{Value, json};

#[test]
fn a_manager_plans_their_own_team_and_finds_no_other() {
    let server = Server::with_demo("");
    let ada = own_token(&server, "ada", "roster");
    let day = |ahead: u64| (super::today() + chrono::Days::new(ahead)).to_string();
    let days = json!({ "from": day(60), "to": day(67) });
    let draft = send(&server, &ada, "POST", "/teams/payments/rosters", &days).expect(201).json();
    let path = format!("/rosters/{}", text(&draft["id"]));
    let slot = format!("{path}/slots/{}", text(&draft["slots"][0]["id"]));
    let give = json!({ "person": draft["slots"][0]["person"], "pin": true });
    for (who, status) in [("priya", 404), ("ben", 403)] {
        let other = own_token(&server, who, "admin");
        send(&server, &other, "POST", "/teams/payments/rosters", &days).expect(status);
        send(&server, &other, "GET", &path, &Value::Null).expect(404);
        for (method, path, body) in [
            ("GET", format!("{slot}/candidates"), &Value::Null),
            ("PUT", slot.clone(), &give),
            ("POST", format!("{path}/solve"), &Value::Null),
            ("GET", format!("{path}/check"), &Value::Null),
            ("POST", format!("{path}/publish"), &json!({})),
            ("DELETE", path.clone(), &Value::Null),
        ] {
            let reply = send(&server, &other, method, &path, body);
            assert_eq!(reply.status, 404, "a draft is nobody's business: {who} {method} {path} {}", reply.text());
        }
    }
    send(&server, &ada, "PUT", &slot, &give).expect(200);
    send(&server, &ada, "POST", &format!("{path}/publish"), &json!({})).expect(200);
    let row = super::audited(&server, "roster.published").last().unwrap().clone();
    assert!(text(&row["actor"]).ends_with(" for person:ada"), "{row}");

    // What is published, the team may see; its plan stays the managers'.
    let ben = own_token(&server, "ben", "roster");
    send(&server, &ben, "GET", &path, &Value::Null).expect(200);
    send(&server, &ben, "GET", &format!("{slot}/candidates"), &Value::Null).expect(403);
    send(&server, &ben, "POST", &format!("{path}/publish"), &json!({})).expect(403);
    let priya = own_token(&server, "priya", "roster");
    send(&server, &priya, "GET", &path, &Value::Null).expect(404);
}

#[test]
fn a_token_reaches_as_far_as_its_scope() {
    let server = Server::with_demo("");
    let token = |scope: &str| {
        let made = server.command(&["token", "add", "--label", "program", "--scope", scope, "--json"]);
        let made: Value = serde_json::from_str(&made).unwrap();
        format!("Bearer {}", text(&made["token"]))
    };
    let (reader, planner, admin) = (token("read"), token("roster"), token("admin"));
    let day = |ahead: u64| (super::today() + chrono::Days::new(ahead)).to_string();
    let days = json!({ "from": day(60), "to": day(67) });
    send(&server, &reader, "POST", "/teams/payments/rosters", &days).expect(403);
    let draft = send(&server, &planner, "POST", "/teams/payments/rosters", &days).expect(201).json();
    let path = format!("/rosters/{}", text(&draft["id"]));
    send(&server, &reader, "POST", &format!("{path}/publish"), &json!({})).expect(403);
    send(&server, &planner, "POST", &format!("{path}/publish"), &json!({})).expect(200);
    for path in ["/teams/payments/on-call", "/teams/payments/swaps", "/teams/payments/rosters", &path] {
        send(&server, &reader, "GET", path, &Value::Null).expect(200);
    }
    // To answer for others, and to look at the trail, takes an administrator's token.
    let watch = list(&get(&server, "/teams/payments/on-call")["next"])[0].clone();
    let cover = format!("/slots/{}/cover", text(&watch["slot"]));
    send(&server, &reader, "POST", &cover, &json!({})).expect(403);
    send(&server, &planner, "POST", &cover, &json!({})).expect(403);
    send(&server, &planner, "GET", "/audit", &Value::Null).expect(403);
    send(&server, &admin, "POST", &cover, &json!({})).expect(200);
    send(&server, &admin, "GET", "/audit", &Value::Null).expect(200);
}

#[test]
fn nobody_answers_for_a_colleague_and_a_manager_does_so_by_name() {
    let server = Server::with_demo("");
    let next = get(&server, "/teams/payments/on-call")["next"].clone();
    let watch = list(&next).iter().find(|watch| watch["role"] == "secondary").unwrap().clone();
    let holder = text(&watch["person"]["id"]).to_owned();
    let colleague = ["ben", "chloe", "finn"].into_iter().find(|id| *id != holder).unwrap();
    let cover = format!("/slots/{}/cover", text(&watch["slot"]));
    send(&server, &own_token(&server, colleague, "admin"), "POST", &cover, &json!({})).expect(403);
    send(&server, &own_token(&server, "priya", "admin"), "POST", &cover, &json!({})).expect(404);
    let asked = send(&server, &own_token(&server, "ada", "roster"), "POST", &cover, &json!({})).expect(200).json();
    let row = super::audited(&server, "swap.asked").last().unwrap().clone();
    assert!(text(&row["actor"]).ends_with(" for person:ada"));
    if holder != "ada" {
        assert_eq!(row["subject"], format!("person:{holder}"), "the manager asked on their behalf");
    }
    let offer = &asked["offers"][0];
    let answer = format!("/offers/{}/answer", text(&offer["id"]));
    let agree = json!({ "answer": "agree" });
    let stranger = ["ben", "chloe", "finn"].into_iter().find(|id| offer["person"] != *id).unwrap();
    send(&server, &own_token(&server, stranger, "admin"), "POST", &answer, &agree).expect(403);
    let own = own_token(&server, text(&offer["person"]), "roster");
    send(&server, &own, "POST", &answer, &agree).expect(200);
    let row = super::audited(&server, "swap.taken").last().unwrap().clone();
    assert!(row["subject"].is_null(), "in their own name: {row}");
}

#[test]
fn a_reason_of_a_manager_overrides_a_rule_and_stands_in_the_trail() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 67);
    let slots = list(&draft["slots"]);
    // Ella is new: where she stands anyway, or rests from standing, more than one rule would break.
    let day = |slot: &Value| moment(&slot["start"]).timestamp() / 86_400;
    let near = |slot: &Value| slots.iter().any(|s| s["person"] == "ella" && (day(s) - day(slot)).abs() <= 1);
    let slot = slots.iter().find(|slot| slot["role"] == "primary" && !near(slot)).expect("a day without Ella");
    // Ella lacks the drill that a primary needs.
    let refused = assign(&server, &draft, slot, &json!({ "person": "ella", "pin": true })).expect(422).json();
    let drill = list(&refused["rules"]).iter().any(|rule| {
        text(rule).starts_with("PAYMENTS-DRILL is missing, obtain at https://wiki.example.org/payments/drill")
    });
    assert!(drill, "{refused}");
    let blank = json!({ "person": "ella", "pin": true, "reason": "  " });
    assign(&server, &draft, slot, &blank).expect(422);
    let why = json!({ "person": "ella", "pin": true, "reason": "Ada sits beside her" });
    assign(&server, &draft, slot, &why).expect(200);
    let row = super::audited(&server, "roster.assigned").last().unwrap().clone();
    assert_eq!(row["reason"], "Ada sits beside her");
    assert!(!list(&row["after"]["rules"]).is_empty());
    let done = publish(&server, &draft, &json!({})).expect(200).json();
    assert_eq!(super::same(&done, slot).unwrap()["person"], "ella");
}
