//! A scheduling object as a master and its overrides, each by the instance that it stands for, however a client writes
//! the RECURRENCE-ID: in UTC, in local time, in another zone, or as a date.

use crate::ical::edit::fold;
use crate::ical::occur::occurrences;
use crate::ical::property::Property;
use crate::ical::recur::Budget;
use crate::ical::tree::{Component, Tree};
use crate::ical::value::{DateOrTime, date_or_time, dates};
use crate::ical::zone::Zones;
use crate::time::{Day, Instant, Window, Zone};
use std::collections::BTreeSet;

/// Components with attendees.
const SUBJECTS: [&str; 3] = ["VEVENT", "VTODO", "VJOURNAL"];

/// The name of one instance of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Of a series of days.
    Day(Day),
    /// The moment at which it would start; floating times are read in UTC.
    At(Instant),
}

/// A master, or an override by its instance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'t> {
    /// Nothing for the master.
    pub(super) key: Option<Key>,
    pub(super) component: Component<'t>,
}

/// A scheduling object.
pub(super) struct Object<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) zones: Zones,
    pub(super) parts: Vec<Part<'t>>,
    start: Option<DateOrTime>,
}

impl<'t> Object<'t> {
    pub(super) fn of(tree: &'t Tree<'t>) -> Self {
        let zones = Zones::of(tree);
        let subjects: Vec<Component<'t>> =
            tree.calendar().children().filter(|c| SUBJECTS.iter().any(|name| c.is(name))).collect();
        let master = subjects.iter().find(|c| c.property("RECURRENCE-ID").is_none());
        let start = master.and_then(|master| date_or_time(master.property("DTSTART")?).ok());
        let mut object = Self { tree, zones, parts: Vec::with_capacity(subjects.len()), start };
        for component in subjects {
            let id = component.property("RECURRENCE-ID").map(|id| date_or_time(id).ok());
            let key = match id {
                None => None,
                Some(Some(id)) => Some(object.key(&id)),
                // Nobody can say which instance is meant.
                Some(None) => continue,
            };
            object.parts.push(Part { key, component });
        }
        object
    }

    /// The instance that a date or time names in this series.
    pub(super) fn key(&self, named: &DateOrTime) -> Key {
        match (&self.start, named) {
            (Some(DateOrTime::Date(_)), named) | (None, named @ DateOrTime::Date(_)) => Key::Day(named.civil().date()),
            (Some(start), DateOrTime::Date(day)) => {
                let zone = self.zones.zone_of(start, Zone::UTC);
                Key::At(zone.resolve(day.and_time(start.civil().time()), Zone::UTC))
            }
            (Some(start), DateOrTime::Floating(civil)) => {
                Key::At(self.zones.zone_of(start, Zone::UTC).resolve(*civil, Zone::UTC))
            }
            (_, named) => Key::At(self.zones.resolve(named, Zone::UTC)),
        }
    }

    pub(super) fn master(&self) -> Option<Component<'t>> {
        self.part(None)
    }

    /// The component that stands for an instance in so many words; the master for none.
    pub(super) fn part(&self, key: Option<Key>) -> Option<Component<'t>> {
        self.parts.iter().find(|part| part.key == key).map(|part| part.component)
    }

    /// The overrides.
    pub(super) fn overrides(&self) -> impl Iterator<Item = (Key, Component<'t>)> {
        self.parts.iter().filter_map(|part| Some((part.key?, part.component)))
    }

    /// What the object says of an instance: its override, or else the master where it has that instance.
    pub(super) fn says(&self, key: Key) -> Option<Component<'t>> {
        self.part(Some(key)).or_else(|| self.master().filter(|_| self.has_instance(key)))
    }

    /// The instances that the master excludes.
    pub(super) fn excluded(&self) -> BTreeSet<Key> {
        self.listed("EXDATE")
    }

    pub(super) fn listed(&self, name: &str) -> BTreeSet<Key> {
        let lines = self.master().into_iter().flat_map(|master| master.all(name));
        lines.filter_map(|line| dates(line).ok()).flatten().map(|date| self.key(&date)).collect()
    }

    /// Whether the master has an instance of this name that no EXDATE takes away.
    pub(super) fn has_instance(&self, key: Key) -> bool {
        let recurs = self.master().is_some_and(|m| m.property("RRULE").is_some() || m.property("RDATE").is_some());
        if !recurs || self.excluded().contains(&key) {
            return false;
        }
        if self.part(Some(key)).is_some() {
            return true;
        }
        let start = match key {
            Key::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc().into(),
            Key::At(at) => at,
        };
        let window = Window::new(start, start.plus_millis(1));
        let found = occurrences(self.tree, window, Zone::UTC, &mut Budget::default()).unwrap_or_default();
        found.iter().any(|occurrence| occurrence.recurrence_id == Some(start))
    }

    /// A date or time as the master writes its own start.
    fn written(&self, key: Key) -> Option<DateOrTime> {
        Some(match (self.start.as_ref()?, key) {
            (DateOrTime::Date(_), Key::Day(day)) => DateOrTime::Date(day),
            (DateOrTime::Utc(_), Key::At(at)) => DateOrTime::Utc(at),
            (DateOrTime::Floating(_), Key::At(at)) => DateOrTime::Floating(at.civil(Zone::UTC)),
            (DateOrTime::Zoned(_, tzid), Key::At(at)) => {
                DateOrTime::Zoned(self.zones.zone(tzid).civil(at, Zone::UTC), tzid.clone())
            }
            _ => return None,
        })
    }

    /// A line such as `EXDATE;TZID=…:…` that names an instance in the way of the master's DTSTART.
    pub(super) fn naming(&self, name: &str, key: Key) -> Option<String> {
        let start = self.master()?.property("DTSTART")?;
        Some(fold(&line_like(name, start, &self.written(key)?)))
    }

    /// An override that says of one instance what the master says of it; the caller makes it differ.
    pub(super) fn derive(&self, key: Key) -> Option<Vec<u8>> {
        let master = self.master()?;
        let (old, new) = (self.start.as_ref()?, self.written(key)?);
        let moved = new.civil() - old.civil();
        let exact = self.zones.resolve(&new, Zone::UTC).millis() - self.zones.resolve(old, Zone::UTC).millis();
        let mut text = master.begin_line().to_vec();
        for property in master.properties() {
            let is = |names: &[&str]| names.iter().any(|name| property.is(name));
            if is(&["RRULE", "RDATE", "EXDATE", "EXRULE"]) {
                continue;
            }
            if is(&["DTSTART"]) {
                text.extend_from_slice(fold(&line_like("DTSTART", property, &new)).as_bytes());
                text.extend_from_slice(fold(&line_like("RECURRENCE-ID", property, &new)).as_bytes());
            } else if is(&["DTEND", "DUE"]) {
                let end = match date_or_time(property).ok()? {
                    DateOrTime::Date(day) => DateOrTime::Date(day + moved),
                    DateOrTime::Floating(civil) => DateOrTime::Floating(civil + moved),
                    DateOrTime::Zoned(civil, tzid) => DateOrTime::Zoned(civil + moved, tzid),
                    DateOrTime::Utc(at) => DateOrTime::Utc(at.plus_millis(exact)),
                };
                text.extend_from_slice(fold(&line_like(property.name(), property, &end)).as_bytes());
            } else {
                super::merge::push_line(&mut text, master.line_of(property));
            }
        }
        for child in master.children() {
            super::merge::push_line(&mut text, child.bytes());
        }
        super::merge::push_line(&mut text, master.end_line());
        Some(text)
    }

    /// The ORGANIZER line, of the master or of whatever names one.
    pub(super) fn organizer(&self) -> Option<Property<'t>> {
        self.parts.iter().find_map(|part| part.component.property("ORGANIZER"))
    }
}

/// Another property with the parameters of `like`, which say how its value is to be read.
fn line_like(name: &str, like: Property<'_>, value: &DateOrTime) -> String {
    let mut line = name.to_owned();
    for (name, raw) in like.parameters() {
        line.extend([";", name, "=", raw]);
    }
    format!("{line}:{value}")
}

/// A component as a calendar of its own, to be read again.
pub(super) fn alone(component: &[u8]) -> Vec<u8> {
    [b"BEGIN:VCALENDAR\r\n", component, b"END:VCALENDAR\r\n"].concat()
}
