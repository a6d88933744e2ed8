//! What changes would do and why a roster is as it is, asked over the API.

use super::*;

#[test]
fn a_manager_asks_what_a_change_would_do_and_why_not_others() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 67);
    let slot = list(&draft["slots"]).iter().find(|slot| slot["role"] == "primary").unwrap().clone();
    let path = format!("/rosters/{}", text(&draft["id"]));
    let explained = get(&server, &format!("{path}/slots/{}/explain", text(&slot["id"])));
    assert_eq!((&explained["slot"], &explained["gap"]), (&slot, &Value::Null));
    // Ella lacks the drill that a primary needs.
    let ella = list(&explained["candidates"]).iter().find(|one| one["person"] == "ella").unwrap().clone();
    assert_eq!(ella["level"], "excluded");
    let ask = |body: &Value| server.api("POST", &format!("{path}/what-if"), body);
    let change = json!({ "changes": [{ "slot": slot["id"], "person": "ella" }] });
    let told = ask(&change).expect(200).json();
    assert_eq!(told, ella["effect"]);
    assert!(list(&told["findings"]).iter().any(|one| text(&one["text"]).contains("PAYMENTS-DRILL")), "{told}");
    let cost = &told["cost"];
    let total = |side: &str| cost[side]["total"].as_i64().unwrap();
    assert_eq!(cost["more"].as_i64().unwrap(), total("after") - total("before"));
    assert_eq!(list(&told["people"]).len(), 2, "who gives and who takes");
    assert_eq!(get(&server, &path), draft, "nothing is stored");

    ask(&json!({ "changes": [{ "slot": slot["id"] }] })).expect(422);
    ask(&json!({ "changes": [{ "slot": "elsewhere", "person": null }] })).expect(404);
    send(&server, &own_token(&server, "ben", "roster"), "POST", &format!("{path}/what-if"), &change).expect(404);
    let whole = get(&server, &format!("{path}/explain"));
    assert!(whole["gaps"].is_array() && whole["before"]["median"].is_number(), "{whole}");
}
