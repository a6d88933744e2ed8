//! Calendars shared and delegates named by the API and the command line.

use crate::support::Server;
use serde_json::{Value, json};

#[test]
fn a_calendar_is_shared_and_unshared_and_what_cannot_be_is_told() {
    let server = Server::with_demo("");
    let shares = "/people/ada/calendars/calendar/shares";
    assert_eq!(server.api("GET", shares, &Value::Null).expect(200).json(), json!([]));
    let put = |with: &str, access: &str| server.api("PUT", &format!("{shares}/{with}"), &json!({ "access": access }));
    let made = put("person:ben", "write").expect(200).json();
    assert_eq!((&made["with"], &made["access"]), (&json!("person:ben"), &json!("write")));
    put("team:payments", "read").expect(200);
    put("everybody", "free-busy").expect(200);
    let listed = server.api("GET", shares, &Value::Null).expect(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    for (with, access, status) in [
        ("person:nobody", "read", 404),
        ("team:nothing", "read", 404),
        ("person:ada", "read", 422),
        ("ben", "read", 422),
        ("person:ben", "custom", 422),
        ("person:ben", "everything", 422),
    ] {
        put(with, access).expect(status);
    }
    let shifts = "/people/ada/calendars/shifts/shares/person:ben";
    server.api("PUT", shifts, &json!({ "access": "write" })).expect(422);
    server.api("PUT", shifts, &json!({ "access": "read" })).expect(200);
    server.api("PUT", "/people/ada/calendars/inbox/shares/person:ben", &json!({ "access": "read" })).expect(404);
    let seen = server.api("GET", "/people/ben/shared-calendars", &Value::Null).expect(200).json();
    let seen = seen.as_array().unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    let calendar = seen.iter().find(|one| one["display_name"] == "Calendar").unwrap();
    assert_eq!(calendar["owner"], "ada");
    let leave = format!("/people/ben/shared-calendars/{}", calendar["name"].as_str().unwrap());
    server.api("DELETE", &leave, &Value::Null).expect(204);
    server.api("DELETE", &leave, &Value::Null).expect(404);
    server.api("DELETE", &format!("{shares}/everybody"), &Value::Null).expect(204);
    server.api("DELETE", &format!("{shares}/everybody"), &Value::Null).expect(404);
    let listed = server.api("GET", shares, &Value::Null).expect(200).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
}

#[test]
fn only_the_person_and_administrators_share_and_name_delegates() {
    let server = Server::with_demo("");
    let made = server.command(&["token", "add", "--label", "x", "--scope", "roster", "--person", "ben", "--json"]);
    let token: Value = serde_json::from_str(&made).unwrap();
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let send = |method: &str, path: &str, body: &str| server.send(method, &format!("/api/v1{path}"), &headers, body);
    send("PUT", "/people/ben/calendars/calendar/shares/person:ada", r#"{"access":"read"}"#).expect(200);
    send("PUT", "/people/ben/delegates/ada", r#"{"access":"write"}"#).expect(200);
    send("PUT", "/people/ada/delegates/ben", r#"{"access":"write"}"#).expect(404);
    send("PUT", "/people/ada/calendars/calendar/shares/person:ben", r#"{"access":"read"}"#).expect(404);
    for path in ["/people/ada/delegates", "/people/ada/delegators", "/people/ada/shared-calendars"] {
        send("GET", path, "").expect(404);
    }
    // Whoever doesn't want to be somebody's delegate steps down.
    server.api("PUT", "/people/ada/delegates/ben", &json!({ "access": "write" })).expect(200);
    assert_eq!(send("GET", "/people/ben/delegators", "").expect(200).json()[0]["person"], "ada");
    send("DELETE", "/people/ada/delegates/ben", "").expect(204);
    assert_eq!(send("GET", "/people/ben/delegators", "").expect(200).json(), json!([]));
}

#[test]
fn the_command_line_shares_and_names_as_well() {
    let server = Server::with_demo("");
    server.command(&["user", "share", "add", "ada", "calendar", "person:ben", "--access", "write"]);
    assert!(server.command(&["user", "share", "list", "ada", "calendar"]).contains("person:ben"));
    server.command(&["user", "share", "remove", "ada", "calendar", "person:ben"]);
    assert!(server.command(&["user", "share", "list", "ada", "calendar"]).contains("nobody else"));
    assert!(server.command(&["user", "delegate", "add", "ada", "ben"]).contains("writes and answers"));
    let listed = server.command(&["user", "delegate", "list", "ada", "--json"]);
    assert!(listed.contains("\"access\":\"write\"") || listed.contains("\"access\": \"write\""), "{listed}");
    server.command(&["user", "delegate", "remove", "ada", "ben"]);
    assert!(server.command(&["user", "delegate", "list", "ada"]).contains("nobody answers for ada"));
}
