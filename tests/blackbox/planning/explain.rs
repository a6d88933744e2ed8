//! What changes would do and why a roster is as it is, asked over the API.

use super::*;

#[test]
fn a_manager_asks_what_a_change_would_do_and_why_not_others() {
    let server = Server::with_demo("");
    let mut draft = drafted(&server, "payments", 60, 67);
    draft.as_object_mut().unwrap().remove("recommendation");
    let of_turn = |slot: &Value| list(&draft["slots"]).iter().filter(|one| one["turn"] == slot["turn"]).count();
    let primary = |slot: &&Value| slot["role"] == "primary" && of_turn(slot) > 1;
    let slot = list(&draft["slots"]).iter().find(primary).expect("a turn of several slots").clone();
    let path = format!("/rosters/{}", text(&draft["id"]));
    let explained = get(&server, &format!("{path}/slots/{}/explain", text(&slot["id"])));
    assert_eq!((&explained["slot"], &explained["gap"]), (&slot, &Value::Null));
    // Ella lacks the drill that a primary needs.
    let ella = list(&explained["candidates"]).iter().find(|one| one["person"] == "ella").unwrap().clone();
    assert_eq!(ella["level"], "excluded");
    let ask = |body: &Value| server.api("POST", &format!("{path}/what-if"), body);
    let change = json!({ "changes": [{ "slot": slot["id"], "person": "ella" }] });
    let told = ask(&change).expect(200).json();
    assert_eq!(told["slots"], json!([{ "slot": slot["id"], "person": "ella" }]));
    for member in ["findings", "cost", "people"] {
        assert_eq!(told[member], ella["effect"][member]);
    }
    assert!(list(&told["findings"]).iter().any(|one| text(&one["text"]).contains("PAYMENTS-DRILL")), "{told}");
    let cost = &told["cost"];
    let total = |side: &str| cost[side]["total"].as_i64().unwrap();
    assert_eq!(cost["more"].as_i64().unwrap(), total("after") - total("before"));
    assert_eq!(list(&told["people"]).len(), 2, "who gives and who takes");
    assert_eq!(get(&server, &path), draft, "nothing is stored");

    // the whole turn, pinned; then done as it was told
    let other = somebody_else(&server, &draft, &slot).unwrap();
    let turn: Vec<&Value> = list(&draft["slots"]).iter().filter(|one| one["turn"] == slot["turn"]).collect();
    let whole = json!({ "slot": slot["id"], "person": other, "whole_turn": true, "pin": true });
    let told = ask(&json!({ "changes": [whole.clone()] })).expect(200).json();
    assert_eq!((list(&told["slots"]).len(), list(&told["pinned"]).len()), (turn.len(), turn.len()));
    let mut wish = json!({ "changes": [whole], "reason": "they know the migration" });
    let done = server.api("POST", &format!("{path}/changes"), &wish).expect(200).json();
    for one in turn {
        let now = same(&done, one).unwrap();
        assert_eq!((&now["person"], &now["pinned"]), (&json!(other), &json!(true)));
    }
    let ben = own_token(&server, "ben", "roster");
    send(&server, &ben, "POST", &format!("{path}/changes"), &wish).expect(404);
    wish["changes"][0]["person"] = json!("nobody-of-that-name");
    server.api("POST", &format!("{path}/changes"), &wish).expect(422);

    ask(&json!({ "changes": [{ "slot": slot["id"] }] })).expect(422);
    ask(&json!({ "changes": [{ "slot": "elsewhere", "person": null }] })).expect(404);
    send(&server, &own_token(&server, "ben", "roster"), "POST", &format!("{path}/what-if"), &change).expect(404);
    let whole = get(&server, &format!("{path}/explain"));
    assert!(whole["gaps"].is_array() && whole["before"]["median"].is_number(), "{whole}");
}

#[test]
fn an_edition_is_compared_and_restored() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 67);
    let first = publish(&server, &draft, &json!({})).expect(200).json();
    let next = drafted(&server, "payments", 60, 67);
    let path = format!("/rosters/{}", text(&next["id"]));
    assert_eq!(get(&server, &format!("{path}/diff")), json!([]));
    let slot = list(&next["slots"]).iter().find(|slot| somebody_else(&server, &next, slot).is_some()).unwrap().clone();
    let other = somebody_else(&server, &next, &slot).unwrap();
    assign(&server, &next, &slot, &json!({ "person": other })).expect(200);
    let diff = get(&server, &format!("{path}/diff"));
    let changes = list(&diff);
    assert_eq!((changes.len(), &changes[0]["change"], &changes[0]["slot"]), (1, &json!("moved"), &slot["id"]));
    assert_eq!((&changes[0]["before"]["person"], &changes[0]["after"]["person"]), (&slot["person"], &json!(other)));
    let done = publish(&server, &next, &json!({})).expect(200).json();
    assert_eq!(done["changes"], diff, "what was told is what was done");

    let restore = format!("/rosters/{}/restore", text(&draft["id"]));
    send(&server, &own_token(&server, "ben", "roster"), "POST", &restore, &Value::Null).expect(403);
    let restored = server.api("POST", &restore, &Value::Null).expect(201);
    let place = format!("/api/v1/rosters/{}", text(&restored.json()["id"]));
    assert_eq!(restored.header("location"), Some(place.as_str()));
    assert_eq!(same(&restored.json(), &slot).unwrap()["person"], slot["person"]);
    let back = publish(&server, &restored.json(), &json!({})).expect(200).json();
    assert_eq!(same(&back, &slot), same(&first, &slot));
}
