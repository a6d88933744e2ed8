//! Teams that count silence as no: who confirms a month may be planned in it.

use super::{audited, candidates, get, list, own_token, send, text};
use crate::support::Server;
use chrono::{Datelike as _, Months, NaiveDate};
use serde_json::{Value, json};

/// The first day of the month after next.
fn coming() -> NaiveDate {
    let first = super::today().with_day(1).unwrap();
    first + Months::new(2)
}

fn name(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

fn silent(server: &Server, roster: &Value, slot: &Value, person: &str) -> bool {
    let one = candidates(server, roster, slot).into_iter().find(|one| one["person"] == person).unwrap();
    one["reasons"].to_string().contains("has not said that they can")
}

#[test]
fn whoever_confirms_a_month_may_be_planned_in_it_up_to_its_last_night() {
    let server = Server::with_demo("");
    server.api("PATCH", "/teams/payments", &json!({ "settings": { "opt_in": true } })).expect(200);
    let (first, next) = (coming(), coming() + Months::new(1));
    let days = json!({ "from": first.to_string(), "to": (next + chrono::Days::new(7)).to_string() });
    let roster = server.api("POST", "/teams/payments/rosters", &days).expect(201).json();
    let slots: Vec<&Value> = list(&roster["slots"]).iter().filter(|slot| slot["role"] != "shadow").collect();
    assert!(slots.iter().all(|slot| slot["person"].is_null()), "nobody has said anything");
    let inside = |slot: &&&Value| text(&slot["start"]) < next.to_string().as_str();
    let last = slots.iter().rfind(inside).unwrap();
    let after = slots.iter().find(|slot| !inside(slot)).unwrap();
    assert!(silent(&server, &roster, last, "chloe"));

    let path = format!("/people/chloe/months/{}", name(first));
    let done = server.api("PUT", &path, &Value::Null).expect(200).json();
    assert_eq!(done["month"], name(first));
    let again = server.api("PUT", &path, &Value::Null).expect(200).json();
    assert_eq!(again, done, "once is enough");
    assert_eq!(get(&server, "/people/chloe/months"), json!([done]));
    assert!(!silent(&server, &roster, slots[0], "chloe"));
    assert!(!silent(&server, &roster, last, "chloe"), "the last shift of the month starts in it");
    assert!(silent(&server, &roster, after, "chloe") && silent(&server, &roster, last, "finn"));
    let solve = format!("/rosters/{}/solve", text(&roster["id"]));
    let solved = server.api("POST", &solve, &Value::Null).expect(200).json();
    let held: Vec<&Value> = list(&solved["slots"]).iter().filter(|slot| !slot["person"].is_null()).collect();
    assert!(!held.is_empty() && held.iter().all(|slot| slot["person"] == "chloe"), "{held:?}");

    let board = get(&server, &format!("/teams/payments/months/{}", name(first)));
    assert_eq!(list(&board).len(), 7);
    for one in list(&board) {
        assert_eq!(one["confirmed"].is_string(), one["person"] == "chloe", "{one}");
    }
    server.api("DELETE", &path, &Value::Null).expect(204);
    server.api("DELETE", &path, &Value::Null).expect(204);
    assert!(silent(&server, &roster, last, "chloe"));
    assert_eq!((audited(&server, "month.confirmed").len(), audited(&server, "month.reopened").len()), (1, 1));
}

#[test]
fn a_month_is_confirmed_by_the_person_or_a_manager_and_by_nobody_else() {
    let server = Server::with_demo("");
    let path = format!("/people/chloe/months/{}", name(coming()));
    let put = |who: &str, scope: &str| send(&server, &own_token(&server, who, scope), "PUT", &path, &Value::Null);
    put("ben", "admin").expect(404);
    put("priya", "admin").expect(404);
    put("chloe", "read").expect(403);
    put("ada", "roster").expect(200);
    let row = audited(&server, "month.confirmed").last().unwrap().clone();
    assert!(text(&row["actor"]).ends_with("for person:ada") && row["subject"] == "person:chloe", "{row}");
    server.api("DELETE", &path, &Value::Null).expect(204);
    put("chloe", "roster").expect(200);
    let row = audited(&server, "month.confirmed").last().unwrap().clone();
    assert!(row["subject"].is_null(), "in her own name: {row}");
    let board = format!("/teams/payments/months/{}", name(coming()));
    send(&server, &own_token(&server, "chloe", "roster"), "GET", &board, &Value::Null).expect(403);
    send(&server, &own_token(&server, "priya", "roster"), "GET", &board, &Value::Null).expect(404);
    server.api("PUT", "/people/chloe/months/2026-13", &Value::Null).expect(422);
    server.api("PUT", "/people/nobody/months/2026-12", &Value::Null).expect(404);
}
