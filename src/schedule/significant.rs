//! Whether two versions of a component say the same: in time, whatever way it is written, and in content.

use super::object::{Key, Object};
use super::who::partstat;
use super::{Agent, normal_address};
use crate::ical::tree::Component;
use crate::ical::value::{DateOrTime, date_or_time, duration};
use crate::time::{DAY, Instant, Zone};
use std::collections::BTreeSet;

/// When a component is, such that equal values are equal times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timing {
    /// All-day components and others are never at the same time.
    all_day: bool,
    start: Option<Instant>,
    /// Of a series: the starts a quarter of a year later and so on, by which zones differ that agree today.
    later: Vec<Instant>,
    /// From start to end, in milliseconds; from the epoch where there is no start.
    length: i64,
    rules: BTreeSet<Vec<(String, String)>>,
    dates: BTreeSet<Key>,
}

impl Timing {
    pub(super) fn of(object: &Object<'_>, component: Component<'_>) -> Self {
        let time = |name: &str| component.property(name).and_then(|property| date_or_time(property).ok());
        let at = |time: &DateOrTime| object.zones.resolve(time, Zone::UTC);
        let (start, end) = (time("DTSTART"), time("DTEND").or_else(|| time("DUE")));
        let all_day = start.as_ref().is_some_and(DateOrTime::is_date);
        let from = start.as_ref().map(at);
        let lasts = component.property("DURATION").and_then(|lasts| duration(lasts.value()).ok());
        let length = match (&end, lasts) {
            (Some(end), _) => at(end).millis() - from.map_or(0, Instant::millis),
            (None, Some(lasts)) => lasts.days * DAY + lasts.seconds * 1_000,
            (None, None) => i64::from(all_day && component.is("VEVENT")) * DAY,
        };
        let series = ["RRULE", "RDATE"].iter().any(|name| component.property(name).is_some());
        let later = match &start {
            Some(start) if series && !all_day => {
                let zone = object.zones.zone_of(start, Zone::UTC);
                let shifted = (1..4).map(|quarter| start.civil() + chrono::TimeDelta::days(91 * quarter));
                shifted.map(|civil| zone.resolve(civil, Zone::UTC)).collect()
            }
            _ => Vec::new(),
        };
        let rules = component.all("RRULE").map(|rule| normal_rule(rule.value())).collect();
        let dates =
            if component.property("RECURRENCE-ID").is_none() { object.listed("RDATE") } else { BTreeSet::new() };
        Self { all_day, start: from, later, length, rules, dates }
    }

    /// When an instance of this name, or the override itself, is over.
    pub(super) fn end_of(&self, key: Key) -> Instant {
        let named = match key {
            Key::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc().into(),
            Key::At(at) => at,
        };
        // Of a series the master's start is that of its first instance.
        self.start.filter(|_| self.rules.is_empty()).map_or(named, |start| start.max(named)).plus_millis(self.length)
    }

    /// Whether the other is this with the end of its rules brought forward: nothing that stays has moved.
    pub(super) fn is_shortened_to(&self, new: &Self) -> bool {
        let open = |timing: &Self| {
            let bare = |rule: &Vec<(String, String)>| {
                rule.iter().filter(|(name, _)| name != "UNTIL" && name != "COUNT").cloned().collect::<Vec<_>>()
            };
            let rules = timing.rules.iter().map(bare).collect();
            Self { rules, dates: BTreeSet::new(), ..timing.clone() }
        };
        open(self) == open(new) && new.dates.is_subset(&self.dates) && ends_no_later(self, new)
    }
}

/// Whether the rules of `new` end where, or before, those of `old` do; told by the text, since both count from one start.
fn ends_no_later(old: &Timing, new: &Timing) -> bool {
    let end = |timing: &Timing, name: &str| {
        timing.rules.iter().flatten().find(|(part, _)| part == name).map(|(_, value)| value.clone())
    };
    let counted = |timing: &Timing| end(timing, "COUNT").and_then(|count| count.parse::<u32>().ok());
    match (counted(old), counted(new), end(old, "UNTIL"), end(new, "UNTIL")) {
        (Some(old), Some(new), None, None) => new <= old,
        (None, None, Some(old), Some(new)) => new.get(..8) <= old.get(..8),
        (None, _, None, _) => true,
        _ => false,
    }
}

/// The parts of a rule in one order, without those that say nothing.
fn normal_rule(rule: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = rule
        .to_ascii_uppercase()
        .split(';')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| {
            let mut list: Vec<&str> = value.split(',').map(str::trim).collect();
            list.sort_unstable();
            (name.trim().to_owned(), list.join(","))
        })
        .filter(|(name, value)| !matches!((name.as_str(), value.as_str()), ("INTERVAL", "1") | ("WKST", "MO")))
        .collect();
    parts.sort();
    parts
}

/// What no message is sent for: stamps, what [`Timing`] compares, who attends, and what is the organizer's alone.
const BESIDE: [&str; 21] = [
    "DTSTAMP",
    "CREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "RECURRENCE-ID",
    "ATTENDEE",
    "ORGANIZER",
    "TRANSP",
    "COMPLETED",
    "PERCENT-COMPLETE",
    "REQUEST-STATUS",
    "PRODID",
    "CATEGORIES",
    "UID",
];

/// What a component says beside its times, in one order.
pub(super) fn content(component: Component<'_>) -> Vec<(String, String)> {
    let mut said: Vec<(String, String)> = component
        .properties()
        .map(|property| (property.name().to_ascii_uppercase(), property.text().trim().to_owned()))
        .filter(|(name, value)| {
            let empty = value.is_empty() || (name == "STATUS" && value.eq_ignore_ascii_case("CONFIRMED"));
            !empty && !name.starts_with("X-") && !BESIDE.contains(&name.as_str())
        })
        .collect();
    said.sort();
    said
}

/// The addresses of all who attend.
pub(super) fn attending(component: Component<'_>) -> BTreeSet<String> {
    component.all("ATTENDEE").map(|attendee| normal_address(attendee.value())).collect()
}

/// The same of those to whom the server sends.
pub(super) fn served(component: Component<'_>) -> BTreeSet<String> {
    let served = component.all("ATTENDEE").filter(|attendee| Agent::of(*attendee) == Agent::Server);
    served.map(|attendee| normal_address(attendee.value())).collect()
}

/// What an attendee answers: PARTSTAT, to whom it is delegated, and how far a task is.
pub(super) fn answer(component: Component<'_>, attendee: crate::ical::property::Property<'_>) -> Vec<String> {
    let mut said = vec![partstat(attendee)];
    said.extend(attendee.param("DELEGATED-TO").map(|to| normal_address(&to)));
    if component.is("VTODO") {
        let text = |name: &str| component.property(name).map(|property| property.value().trim().to_owned());
        said.extend([text("PERCENT-COMPLETE").unwrap_or_default(), text("COMPLETED").unwrap_or_default()]);
    }
    said
}
