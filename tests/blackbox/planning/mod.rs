//! Planning from outside: the shapes that programs rely on, what publishing touches, and what happens meanwhile.

mod absence;
mod calendars;
mod contract;
mod explain;
mod meanwhile;
mod months;
mod on_call;
mod republish;
mod rights;

use crate::support::{Reply, Server};
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

type Moment = DateTime<FixedOffset>;

fn moment(value: &Value) -> Moment {
    DateTime::parse_from_rfc3339(value.as_str().unwrap_or_default()).expect("an RFC 3339 time with offset")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn today() -> NaiveDate {
    Utc::now().date_naive()
}

fn get(server: &Server, path: &str) -> Value {
    server.api("GET", path, &Value::Null).expect(200).json()
}

/// A draft over weeks that are published just so: it changes nothing of them.
fn settled(server: &Server) -> Value {
    for (from, to) in [(1, 40), (2, 39)] {
        publish(server, &drafted(server, "payments", from, to), &json!({ "reason": "the plan" })).expect(200);
    }
    drafted(server, "payments", 2, 39)
}

/// A draft for days counted from today.
fn drafted(server: &Server, team: &str, from: i64, to: i64) -> Value {
    let day = |days: i64| (today() + TimeDelta::days(days)).to_string();
    let days = json!({ "from": day(from), "to": day(to) });
    server.api("POST", &format!("/teams/{team}/rosters"), &days).expect(201).json()
}

fn publish(server: &Server, roster: &Value, body: &Value) -> Reply {
    server.api("POST", &format!("/rosters/{}/publish", text(&roster["id"])), body)
}

fn assign(server: &Server, roster: &Value, slot: &Value, body: &Value) -> Reply {
    server.api("PUT", &format!("/rosters/{}/slots/{}", text(&roster["id"]), text(&slot["id"])), body)
}

fn candidates(server: &Server, roster: &Value, slot: &Value) -> Vec<Value> {
    let path = format!("/rosters/{}/slots/{}/candidates", text(&roster["id"]), text(&slot["id"]));
    list(&get(server, &path)).to_vec()
}

/// The best candidate whom nothing forbids and who is not `except`.
fn somebody_else(server: &Server, roster: &Value, slot: &Value) -> Option<String> {
    let all = candidates(server, roster, slot);
    let other = all.iter().find(|one| one["level"] != "excluded" && one["person"] != slot["person"])?;
    Some(text(&other["person"]).to_owned())
}

/// The slot of the same id in another document of a roster.
fn same<'a>(roster: &'a Value, slot: &Value) -> Option<&'a Value> {
    list(&roster["slots"]).iter().find(|other| other["id"] == slot["id"])
}

/// Entity tags of everything that stands in a calendar, by address.
fn tags(server: &Server, person: &str, calendar: &str) -> BTreeMap<String, String> {
    let basic = server.basic(person);
    let ask = [("Authorization", basic.as_str()), ("Depth", "1"), ("Content-Type", "application/xml")];
    let query = "<propfind xmlns=\"DAV:\"><prop><getetag/><sync-token/></prop></propfind>";
    let path = format!("/dav/calendars/{person}/{calendar}/");
    let listed = server.send("PROPFIND", &path, &ask, query).expect(207).text();
    let between = |text: &str, start: &str, end: &str| {
        let rest = text.split(start).nth(1)?;
        Some(rest.split(end).next()?.to_owned())
    };
    let parts = listed.split("href>").skip(1).step_by(2);
    let rest = listed.split("href>").skip(2).step_by(2);
    parts
        .zip(rest)
        .map(|(href, rest)| {
            let href = href.split('<').next().unwrap_or_default().to_owned();
            let tag = between(rest, "getetag>", "<").unwrap_or_default();
            (href, tag + &between(rest, "sync-token>", "<").unwrap_or_default())
        })
        .collect()
}

/// What stands in everybody's shifts, and in the roster calendar of every team: by person or team.
fn calendars(server: &Server) -> BTreeMap<String, BTreeMap<String, String>> {
    let facts = server.demo_facts();
    let mut all = BTreeMap::new();
    for person in list(&facts["people"]) {
        let id = text(&person["id"]);
        all.insert(id.to_owned(), tags(server, id, "shifts"));
    }
    for team in list(&facts["teams"]) {
        let (id, member) = (text(&team["id"]), text(&team["members"][0]));
        all.insert(format!("team {id}"), tags(server, member, &format!("team-{id}-roster")));
    }
    all
}

/// Whose calendars differ.
fn touched(
    before: &BTreeMap<String, BTreeMap<String, String>>,
    after: &BTreeMap<String, BTreeMap<String, String>>,
) -> Vec<String> {
    before.keys().filter(|whose| before.get(*whose) != after.get(*whose)).cloned().collect()
}

/// Messages that wait to leave the house: kind, recipient, payload; oldest first. Time reminds people of what it likes.
fn outbox(server: &Server) -> Vec<(String, String, Value)> {
    let sql = "SELECT kind, recipient, payload FROM outbox WHERE kind <> 'mail.reminder' ORDER BY at_ms, id";
    let rows = crate::support::rows(&server.data(), server.database().as_deref(), sql);
    rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), serde_json::from_str(&row[2]).unwrap())).collect()
}

/// Rows of the audit trail of one action.
fn audited(server: &Server, action: &str) -> Vec<Value> {
    list(&get(server, "/audit")).iter().filter(|row| row["action"] == action).cloned().collect()
}

/// Stores an event in somebody's calendar, as a calendar app does.
fn put(server: &Server, person: &str, calendar: &str, name: &str, lines: &str) -> Reply {
    let lines = lines.replace('\n', "\r\n");
    let body = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{name}\r\n\
         DTSTAMP:20260801T080000Z\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let basic = server.basic(person);
    let headers = [("Authorization", basic.as_str()), ("Content-Type", "text/calendar")];
    server.send("PUT", &format!("/dav/calendars/{person}/{calendar}/{name}.ics"), &headers, &body)
}

/// Removes it.
fn remove(server: &Server, person: &str, calendar: &str, name: &str) -> Reply {
    let basic = server.basic(person);
    let headers = [("Authorization", basic.as_str())];
    server.send("DELETE", &format!("/dav/calendars/{person}/{calendar}/{name}.ics"), &headers, "")
}

/// Somebody's own API token: an Authorization header.
fn own_token(server: &Server, person: &str, scope: &str) -> String {
    let made = ["token", "add", "--label", "own", "--scope", scope, "--person", person, "--json"];
    let made: Value = serde_json::from_str(&server.command(&made)).unwrap();
    format!("Bearer {}", text(&made["token"]))
}

fn send(server: &Server, bearer: &str, method: &str, path: &str, body: &Value) -> Reply {
    let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.send(method, &format!("/api/v1{path}"), &headers, &body)
}
