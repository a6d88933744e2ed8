//! The events that Dogwatch itself writes: from a draft to text, through the `icalendar` crate. The same draft always
//! gives the same text: no clock, no random UID; every value is cleaned before the crate sees it.

mod vtimezone;

#[cfg(test)]
mod tests;

use super::edit::{escape_text, fold, param_value};
use super::line::lines;
use super::property::is_token;
use crate::time::{Civil, Day, Instant, Zone, resolve};
use chrono::{Datelike, TimeDelta};
use icalendar::{Calendar, Component, Event, EventLike, Property, ValueType};
use std::collections::BTreeMap;

pub use vtimezone::vtimezone;

const PRODID: &str = "-//Dogwatch//Dogwatch//EN";
/// What colour a feed has where nobody chose another (RFC 7986 5.9): a name of CSS3.
const COLOR: &str = "firebrick";

/// When an event begins or ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At the beginning of a day, in whatever zone the reader is in.
    Day(Day),
    /// At a wall-clock time of a zone; must not lie in the repeated hour, see [`When::at`].
    Zoned(Civil, Zone),
    /// At a moment, written in UTC.
    Utc(Instant),
}

impl When {
    /// A moment as the zone's wall clock shows it; in UTC where that clock would be read as another moment (the second
    /// pass through the hour that summer time repeats), or has no zone to speak of.
    pub fn at(moment: Instant, zone: Zone) -> Self {
        let civil = moment.civil(zone);
        let faithful = zone != Zone::UTC && resolve(civil, zone) == moment;
        if faithful { Self::Zoned(civil, zone) } else { Self::Utc(moment) }
    }

    fn property(&self, name: &str) -> Property {
        match self {
            Self::Day(day) => {
                Property::new(name, day.format("%Y%m%d").to_string()).add_parameter("VALUE", "DATE").done()
            }
            Self::Zoned(civil, zone) => {
                Property::new(name, civil.format("%Y%m%dT%H%M%S").to_string()).add_parameter("TZID", zone.name()).done()
            }
            Self::Utc(at) => Property::new(name, utc(*at)),
        }
    }

    fn zone(&self) -> Option<(Zone, i32)> {
        match self {
            Self::Zoned(civil, zone) => Some((*zone, civil.year())),
            _ => None,
        }
    }
}

/// A name and an address without `mailto:`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// CN; may be empty.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// ATTENDEE of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Who.
    pub address: Address,
    /// PARTSTAT, such as `NEEDS-ACTION`.
    pub partstat: &'static str,
    /// Whether an answer is asked for.
    pub rsvp: bool,
}

/// A VALARM that displays the event's summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Milliseconds from the event's start; negative is before it.
    pub from_start: i64,
}

/// An event to be written. Texts are plain: escaping, quoting and folding happen here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDraft {
    /// UID.
    pub uid: String,
    /// SUMMARY.
    pub summary: String,
    /// DESCRIPTION; none where empty.
    pub description: String,
    /// LOCATION; none where empty.
    pub location: String,
    /// URL.
    pub url: Option<String>,
    /// DTSTART.
    pub start: When,
    /// DTEND, of the same kind as `start`.
    pub end: When,
    /// RRULE, as a value.
    pub rule: Option<String>,
    /// STATUS: `CONFIRMED`, `TENTATIVE` or `CANCELLED`.
    pub status: &'static str,
    /// TRANSP:TRANSPARENT rather than OPAQUE.
    pub transparent: bool,
    /// ORGANIZER.
    pub organizer: Option<Address>,
    /// ATTENDEE, in this order.
    pub attendees: Vec<Attendee>,
    /// CATEGORIES.
    pub categories: Vec<String>,
    /// SEQUENCE.
    pub sequence: i64,
    /// DTSTAMP.
    pub stamp: Instant,
    /// LAST-MODIFIED.
    pub last_modified: Instant,
    /// METHOD of the calendar, for messages; nothing that is stored in a calendar has one.
    pub method: Option<&'static str>,
    /// VALARM.
    pub alarms: Vec<Alarm>,
    /// Further properties by name, their values TEXT (`COMMENT`, `X-…`).
    pub extra: Vec<(String, String)>,
}

impl EventDraft {
    /// A confirmed, opaque event without anything but its times, stamped `stamp`.
    pub fn new(uid: impl Into<String>, start: When, end: When, stamp: Instant) -> Self {
        Self {
            uid: uid.into(),
            summary: String::new(),
            description: String::new(),
            location: String::new(),
            url: None,
            start,
            end,
            rule: None,
            status: "CONFIRMED",
            transparent: false,
            organizer: None,
            attendees: Vec::new(),
            categories: Vec::new(),
            sequence: 0,
            stamp,
            last_modified: stamp,
            method: None,
            alarms: Vec::new(),
            extra: Vec::new(),
        }
    }
}

/// One event as a whole iCalendar object, with the VTIMEZONE it needs.
pub fn event(draft: &EventDraft) -> String {
    let head = draft.method.map(|method| Property::new("METHOD", method));
    object(head.into_iter().collect(), std::slice::from_ref(draft))
}

/// Many events as a feed to subscribe to, read again every `refresh` (exact, in whole minutes).
pub fn feed(name: &str, zone: Zone, events: &[EventDraft], refresh: TimeDelta) -> String {
    let every = format!("PT{}M", refresh.num_minutes().max(1));
    let head = vec![
        Property::new("METHOD", "PUBLISH"),
        text_property("NAME", name),
        text_property("X-WR-CALNAME", name),
        text_property("COLOR", COLOR),
        Property::new("X-WR-TIMEZONE", zone.name()),
        Property::new("REFRESH-INTERVAL", every.as_str()).add_parameter("VALUE", "DURATION").done(),
        Property::new("X-PUBLISHED-TTL", every),
    ];
    object(head, events)
}

/// Renders, refolds (the crate counts a fold's space as nothing, so its lines grow to 76 octets), and puts in what the
/// crate cannot write: VTIMEZONE, and VALARM without a random UID and the time of day.
fn object(head: Vec<Property>, drafts: &[EventDraft]) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", PRODID));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.properties.extend(head);
    calendar.extend(drafts.iter().map(component));
    let rendered = calendar.to_string();

    let mut text = String::with_capacity(rendered.len() + 1_024);
    let mut zones = Some(zones(drafts));
    let mut waiting = drafts.iter();
    // What the crate writes from cleaned values is one property a line; a line that could not be read would not be kept.
    for line in lines(rendered.as_bytes()).flatten() {
        match line.text.as_ref() {
            "BEGIN:VEVENT" | "END:VCALENDAR" => text.push_str(&zones.take().unwrap_or_default()),
            "END:VEVENT" => waiting.next().into_iter().for_each(|draft| text.push_str(&alarms(draft))),
            _ => {}
        }
        text.push_str(&fold(&line.text));
    }
    text
}

fn zones(drafts: &[EventDraft]) -> String {
    let mut years: BTreeMap<&str, (Zone, i32, i32)> = BTreeMap::new();
    for draft in drafts {
        for (zone, year) in [draft.start.zone(), draft.end.zone()].into_iter().flatten() {
            // A rule may go on for long; ten years are as far as anybody plans.
            let last = if draft.rule.is_some() { year + 10 } else { year };
            let span = years.entry(zone.name()).or_insert((zone, year, last));
            (span.1, span.2) = (span.1.min(year), span.2.max(last));
        }
    }
    years.values().map(|(zone, first, last)| vtimezone(*zone, *first, *last)).collect()
}

fn component(draft: &EventDraft) -> Event {
    let mut event = Event::new();
    event.add_property("UID", clean(&draft.uid));
    event.add_property("DTSTAMP", utc(draft.stamp));
    event.add_property("LAST-MODIFIED", utc(draft.last_modified));
    event.add_property("SEQUENCE", draft.sequence.to_string());
    event.append_property(draft.start.property("DTSTART"));
    event.append_property(draft.end.property("DTEND"));
    event.add_property("SUMMARY", clean(&draft.summary));
    event.add_property("STATUS", draft.status);
    event.add_property("TRANSP", if draft.transparent { "TRANSPARENT" } else { "OPAQUE" });
    for (name, text) in [("DESCRIPTION", &draft.description), ("LOCATION", &draft.location)] {
        if !text.is_empty() {
            event.add_property(name, clean(text));
        }
    }
    if let Some(url) = &draft.url {
        event.add_property("URL", one_line(url));
    }
    if let Some(rule) = &draft.rule {
        event.add_property("RRULE", one_line(rule));
    }
    if !draft.categories.is_empty() {
        event.categories(draft.categories.iter().map(|category| clean(category)));
    }
    if let Some(organizer) = &draft.organizer {
        event.append_property(person("ORGANIZER", organizer));
    }
    for attendee in &draft.attendees {
        let mut property = person("ATTENDEE", &attendee.address);
        property.add_parameter("CUTYPE", "INDIVIDUAL").add_parameter("ROLE", "REQ-PARTICIPANT");
        property.add_parameter("PARTSTAT", attendee.partstat);
        if attendee.rsvp {
            property.add_parameter("RSVP", "TRUE");
        }
        event.append_multi_property(property);
    }
    for (name, text) in draft.extra.iter().filter(|(name, _)| is_token(name)) {
        event.append_multi_property(text_property(name, text));
    }
    event
}

/// A property whose value is TEXT. The crate escapes those it knows, and writes others as they are.
fn text_property(name: &str, text: &str) -> Property {
    let property = Property::new(name, clean(text));
    match property.value_type() {
        Some(ValueType::Text) => property,
        Some(_) => Property::new(name, one_line(text)),
        None => Property::new(name, escape_text(text)),
    }
}

fn person(name: &str, address: &Address) -> Property {
    let mut property = Property::new(name, format!("mailto:{}", one_line(address.email.trim())));
    if !address.name.is_empty() {
        property.add_parameter("CN", &param_value(&address.name));
    }
    property
}

fn alarms(draft: &EventDraft) -> String {
    let mut text = String::new();
    for (ordinal, alarm) in draft.alarms.iter().enumerate() {
        let seconds = alarm.from_start / 1_000;
        let sign = if seconds < 0 { "-" } else { "" };
        for line in [
            "BEGIN:VALARM".to_owned(),
            format!("UID:{}-alarm-{ordinal}", escape_text(&draft.uid)),
            "ACTION:DISPLAY".to_owned(),
            format!("TRIGGER:{sign}PT{}S", seconds.unsigned_abs()),
            format!("DESCRIPTION:{}", escape_text(&draft.summary)),
            "END:VALARM".to_owned(),
        ] {
            text.push_str(&fold(&line));
        }
    }
    text
}

fn utc(at: Instant) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// TEXT for the crate to escape: newlines alike, no other control characters.
fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A value that the crate writes as it is.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// An address for comparison: `MAILTO:Ada%40Example.net` is `ada@example.net`.
pub fn normal_address(text: &str) -> String {
    let text = text.trim();
    let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let Some(bare) = scheme.and_then(|_| text.get(7..)) else { return text.to_lowercase() };
    // A mailto is a URI (RFC 6068), so that some clients encode the at-sign.
    percent_encoding::percent_decode_str(bare.trim()).decode_utf8_lossy().to_lowercase()
}
