//! CalDAV as clients speak it, one file for each topic. Whatever the server answers as XML is read strictly here, so that
//! no test passes on an answer that a client could not read.

mod access_reports;
mod alarms;
mod collections;
mod delegates;
mod discovery;
mod freebusy;
mod instances;
mod model;
mod objects;
mod principals;
mod privileges;
mod properties;
mod queries;
mod sharing;
mod shifts;
mod states;
mod sync;
mod team_availability;
pub mod xml;

use super::support::{Reply, Server};

pub const NAMES: &str = r#"xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="http://apple.com/ns/ical/" xmlns:CS="http://calendarserver.org/ns/""#;
pub const HOME: &str = "/dav/calendars/ada/";
pub const CALENDAR: &str = "/dav/calendars/ada/calendar/";
const SHIFTS: &str = "/dav/calendars/ada/shifts/";
const AVAILABILITY: &str = "/dav/calendars/ada/availability/";
const ROSTER: &str = "/dav/calendars/ada/team-payments-roster/";
/// What Ada's team sees of its members, in her home.
const TEAM: &str = "/dav/calendars/ada/team-payments-availability/";

/// Somebody's calendar app.
pub struct App<'s> {
    server: &'s Server,
    login: String,
}

impl<'s> App<'s> {
    pub fn of(server: &'s Server, person: &str) -> Self {
        Self { server, login: server.basic(person) }
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send_bytes(method, path, headers, body.as_bytes())
    }

    pub fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut all = vec![("Authorization", self.login.as_str())];
        all.extend_from_slice(headers);
        let reply = self.server.send_bytes(method, path, &all, body);
        if method != "HEAD" {
            xml::assert_well_formed(&reply);
        }
        reply
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], "")
    }

    /// Stores an object, whatever is there.
    pub fn put(&self, path: &str, body: &str) -> Reply {
        self.put_if(path, &[], body)
    }

    pub fn put_if(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut all = vec![("Content-Type", "text/calendar; charset=utf-8")];
        all.extend_from_slice(headers);
        self.send("PUT", path, &all, body)
    }

    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[], "")
    }

    pub fn move_to(&self, from: &str, to: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("Destination", to)];
        all.extend_from_slice(headers);
        self.send("MOVE", from, &all, "")
    }

    /// PROPFIND of the resource alone for these properties.
    pub fn properties(&self, path: &str, properties: &str) -> Reply {
        self.propfind(path, "0", properties)
    }

    pub fn propfind(&self, path: &str, depth: &str, properties: &str) -> Reply {
        let body = format!("<propfind {NAMES}><prop>{properties}</prop></propfind>");
        self.send("PROPFIND", path, &[("Depth", depth)], &body)
    }

    /// PROPPATCH with these instructions.
    pub fn patch(&self, path: &str, instructions: &str) -> Reply {
        self.send("PROPPATCH", path, &[], &format!("<propertyupdate {NAMES}>{instructions}</propertyupdate>"))
    }

    pub fn set(&self, path: &str, properties: &str) -> Reply {
        self.patch(path, &format!("<set><prop>{properties}</prop></set>"))
    }

    pub fn make(&self, path: &str) {
        self.send("MKCALENDAR", path, &[], "").expect(201);
    }

    pub fn report(&self, path: &str, body: &str) -> Reply {
        self.send("REPORT", path, &[], body)
    }

    /// The names of a calendar's objects, in order.
    pub fn names(&self, calendar: &str) -> Vec<String> {
        let listed = self.propfind(calendar, "1", "<getetag/>").expect(207).text();
        let mut names = xml::names(&listed);
        names.retain(|name| !name.is_empty());
        names.sort();
        names
    }
}

/// A coming shift of the payments team: who stands it, and where it is in their `shifts`.
fn coming_shift(server: &Server) -> (String, String) {
    let found = server.api("GET", "/teams/payments/on-call", &serde_json::Value::Null).expect(200).json();
    let next = found["next"].as_array().unwrap();
    let watch = next.iter().find(|watch| !watch["person"].is_null() && watch["role"] != "shadow").expect("a shift");
    let (slot, person) = (watch["slot"].as_str().unwrap(), watch["person"]["id"].as_str().unwrap());
    let folder = format!("/dav/calendars/{person}/shifts/");
    let names = App::of(server, person).names(&folder);
    let name = names.iter().find(|name| name.starts_with(&format!("shift-{slot}"))).expect("its event");
    (person.to_owned(), format!("{folder}{name}"))
}

/// An hour in December with these further lines.
pub fn event(uid: &str, lines: &str) -> String {
    event_at(uid, "DTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\n", lines)
}

/// An event with these times and further lines.
pub fn event_at(uid: &str, times: &str, lines: &str) -> String {
    object("VEVENT", &format!("UID:{uid}\r\nDTSTAMP:20261101T000000Z\r\n{times}{lines}"))
}

/// A calendar object with one component.
pub fn object(component: &str, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\nBEGIN:{component}\r\n{lines}END:{component}\r\n\
         END:VCALENDAR\r\n"
    )
}
