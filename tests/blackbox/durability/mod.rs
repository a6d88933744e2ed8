//! Nothing that was acknowledged is lost, doubled or misattributed.

mod backup;
mod check;
mod disk;
mod kill;
mod page_cache;
mod postgres;
mod scribe;

use crate::support::Server;

/// No limit on how often one asks: these tests ask often.
const CONFIG: &str = "[limits]\nrequests_per_minute = 0\n";

/// Everybody in the demo.
fn people(server: &Server) -> Vec<String> {
    let facts = server.demo_facts();
    let people = facts["people"].as_array().expect("people");
    people.iter().filter_map(|one| one["id"].as_str().map(str::to_owned)).collect()
}

/// An event that is longer by about so many bytes than it need be.
fn event(uid: &str, bytes: usize) -> String {
    let filler: String = (0..bytes / 900).map(|line| format!("\r\n {line:06}{}", "x".repeat(891))).collect();
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20270301T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{uid}\r\nDESCRIPTION:x{filler}\r\nEND:VEVENT\r\n\
         END:VCALENDAR\r\n"
    )
}
