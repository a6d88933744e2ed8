//! Outside calendars: subscribed to by calendar apps and handed in by API and command line, fetched from a server on
//! loopback, and what they do to plans, free/busy and published shifts.

mod counting;
mod fetching;
mod subscribing;

use crate::support::Server;
use crate::support::ics_server::IcsServer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A calendar as another server publishes it.
fn published(events: &[String]) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:Work\r\n{}\
         END:VCALENDAR\r\n",
        events.concat()
    )
}

/// An event in it, `\n` between its lines.
fn event(uid: &str, lines: &str) -> String {
    let lines = format!("UID:{uid}\nDTSTAMP:20261101T000000Z\nSUMMARY:Merger talks\n{lines}").replace('\n', "\r\n");
    format!("BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n")
}

fn all(server: &Server, person: &str) -> Vec<Value> {
    let path = format!("/people/{person}/outside-calendars");
    server.api("GET", &path, &Value::Null).expect(200).json().as_array().unwrap().clone()
}

/// Hands in what `elsewhere` keeps; the calendar's name.
fn add(server: &Server, person: &str, elsewhere: &IcsServer, counts_as: &str) -> String {
    let request = json!({ "url": format!("{}/cal.ics?key=secret", elsewhere.origin), "counts_as": counts_as });
    let made = server.api("POST", &format!("/people/{person}/outside-calendars"), &request).expect(201).json();
    made["name"].as_str().unwrap().to_owned()
}

/// The person's outside calendar of this name, once it is as it should be.
fn once(server: &Server, person: &str, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let found = all(server, person).into_iter().find(|one| one["name"] == name).expect("such a calendar");
        if is_so(&found) {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(40), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Asks for it again, and waits for what comes of it.
fn refreshed(server: &Server, person: &str, name: &str) -> Value {
    let before = once(server, person, name, |_| true)["last_attempt"].clone();
    server.command(&["user", "outside", "refresh", person, name]);
    once(server, person, name, |now| now["last_attempt"] != before)
}

fn had(now: &Value) -> bool {
    !now["last_success"].is_null()
}
