//! The instances of an object's events in a few bytes beside it, so that what happens in a period, and whether it makes
//! busy, is told without reading the object. Only of events whose times depend on nobody's zone, and up to a moment.

use super::freebusy::{Busy, BusyTime, kind_of_event, merge};
use super::occur::{extent, occurrences, touches_event};
use super::property::Property;
use super::recur::Budget;
use super::tree::{Component, Tree};
use super::zone::{TzRef, Zones};
use crate::time::{Instant, Window, Zone};

/// Instances that are kept of one object.
const MOST: u32 = 500;
/// Candidates looked at to find them.
const STEPS: u32 = 20_000;
/// How far a series is followed whose instances are too many, in days from its start.
const REACHES: [i64; 2] = [2_500, 400];

/// All instances that start before a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instances {
    /// What starts later is not listed; [`Instant::FAR_FUTURE`] where nothing does.
    pub until: Instant,
    /// In order of time.
    pub list: Vec<Instance>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    /// When.
    pub window: Window,
    /// How busy it makes its owner, if at all.
    pub busy: Option<Busy>,
}

impl Instances {
    /// The instances of an object of events; nothing where there is anything else in it, where a date or floating time
    /// means another moment to each reader, or where they are too many even in the shortest reach.
    #[must_use]
    pub fn of(tree: &Tree<'_>) -> Option<Self> {
        let zones = Zones::of(tree);
        let known = |c: Component<'_>| c.is("VTIMEZONE") || c.is("VEVENT") && is_fixed(c, &zones);
        if !tree.calendar().children().all(known) {
            return None;
        }
        let first = extent(tree, Zone::UTC).start;
        let reaches = REACHES.iter().map(|days| first.plus_days(*days));
        std::iter::once(Instant::FAR_FUTURE).chain(reaches).find_map(|until| {
            let mut budget = Budget { steps: STEPS, results: MOST };
            let window = Window::new(Instant::FAR_PAST, until);
            let found = occurrences(tree, window, Zone::UTC, &mut budget).ok()?;
            let list = found.iter().map(|o| Instance { window: o.window, busy: kind_of_event(o) }).collect();
            Some(Self { until, list })
        })
    }

    /// Whether an instance touches the window (RFC 4791 9.9), if the list reaches so far.
    #[must_use]
    pub fn touch(&self, window: Window) -> Option<bool> {
        let there = || self.list.iter().any(|instance| touches_event(instance.window, window));
        (window.end <= self.until).then(there)
    }

    /// The busy times in the window, in order and each kind disjoint, if the list reaches so far.
    #[must_use]
    pub fn busy(&self, window: Window) -> Option<Vec<BusyTime>> {
        let busy =
            |instance: &Instance| Some(BusyTime { window: instance.window.intersect(window)?, kind: instance.busy? });
        (window.end <= self.until).then(|| merge(self.list.iter().filter_map(busy).collect()))
    }

    /// Seconds from one start to the next, length and kind, each as short as it can be written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(4 + self.list.len() * 5);
        let mut before = 0;
        for Instance { window, busy } in &self.list {
            let start = window.start.millis().div_euclid(1_000);
            write(&mut bytes, zigzag(start - before));
            let length = u64::try_from(window.millis() / 1_000).unwrap_or(0);
            write(&mut bytes, length << 2 | busy.map_or(0, |kind| kind as u64 + 1));
            before = start;
        }
        bytes
    }

    /// Reads what [`Instances::to_bytes`] wrote; nothing from anything else.
    #[must_use]
    pub fn from_bytes(mut bytes: &[u8], until: Instant) -> Option<Self> {
        let mut list = Vec::new();
        let mut start = 0_i64;
        while !bytes.is_empty() {
            start = start.checked_add(unzigzag(read(&mut bytes)?))?;
            let packed = read(&mut bytes)?;
            let busy = match packed & 3 {
                0 => None,
                1 => Some(Busy::Tentative),
                2 => Some(Busy::Busy),
                _ => Some(Busy::Unavailable),
            };
            let at = Instant::from_millis(start.checked_mul(1_000)?);
            let length = i64::try_from(packed >> 2).ok()?.checked_mul(1_000)?;
            list.push(Instance { window: Window::new(at, at.plus_millis(length)), busy });
        }
        Some(Self { until, list })
    }
}

/// Whether an event happens at the same moments for every reader.
fn is_fixed(event: Component<'_>, zones: &Zones) -> bool {
    let fixed = |name: &str| event.all(name).all(|property| names_moments(property, zones));
    // In a series of a known zone, EXDATE without one, or a day, is read on its clock.
    let excluded = || event.all("EXDATE").all(|property| zone_is_known(property, zones));
    ["DTSTART", "DTEND", "RDATE", "RECURRENCE-ID"].iter().all(|name| fixed(name)) && excluded()
}

fn names_moments(property: Property<'_>, zones: &Zones) -> bool {
    if property.param("VALUE").is_some_and(|value| value.trim().eq_ignore_ascii_case("DATE")) {
        return false;
    }
    let in_utc = |value: &str| value.split('/').next().is_some_and(|start| start.trim().ends_with(['Z', 'z']));
    match property.param("TZID") {
        Some(_) => zone_is_known(property, zones) && property.value().contains(['T', 't']),
        None => property.value().split(',').all(in_utc),
    }
}

fn zone_is_known(property: Property<'_>, zones: &Zones) -> bool {
    property.param("TZID").is_none_or(|tzid| zones.zone(&tzid) != TzRef::Unknown)
}

const fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// Seven bits a byte, the lowest first; the eighth says that there are more.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::freebusy::busy_of;
    use crate::ical::occur::any_occurrence;
    use proptest::prelude::*;

    fn calendar(body: &str) -> String {
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n{body}END:VEVENT\r\nEND:VCALENDAR\r\n")
    }

    fn instances(body: &str) -> Option<Instances> {
        Instances::of(&Tree::parse(calendar(body).as_bytes()).unwrap())
    }

    #[test]
    fn a_series_is_listed_with_what_was_moved_and_what_was_dropped() {
        let found = instances(
            "DTSTART;TZID=Europe/Berlin:20261020T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\n\
             EXDATE;TZID=Europe/Berlin:20261027T090000\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\n\
             RECURRENCE-ID;TZID=Europe/Berlin:20261103T090000\r\nDTSTART:20261104T100000Z\r\nDTEND:20261104T110000Z\r\n",
        )
        .unwrap();
        let told: Vec<_> = found.list.iter().map(|i| (i.window.start.to_string(), i.busy)).collect();
        assert_eq!(
            told,
            [("2026-10-20T07:00:00Z".to_owned(), None), ("2026-11-04T10:00:00Z".to_owned(), Some(Busy::Busy))]
        );
        assert_eq!(found.until, Instant::FAR_FUTURE);
        assert_eq!(Instances::from_bytes(&found.to_bytes(), found.until), Some(found));
    }

    #[test]
    fn what_depends_on_the_reader_is_not_listed() {
        for body in [
            "DTSTART;VALUE=DATE:20261201\r\n",
            "DTSTART:20261201T090000\r\n",
            "DTSTART;TZID=Nowhere:20261201T090000\r\n",
            "DTSTART:20261201T090000Z\r\nDTEND:20261201T100000\r\n",
            "DTSTART:20261201T090000Z\r\nRDATE;VALUE=DATE:20261203\r\n",
            "DTSTART:20261201T090000Z\r\nRDATE:20261203T090000Z,20261204T090000\r\n",
        ] {
            assert_eq!(instances(body), None, "{body}");
        }
        let todo = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:a\r\nDUE:20261201T090000Z\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
        assert_eq!(Instances::of(&Tree::parse(todo.as_bytes()).unwrap()), None);
    }

    #[test]
    fn what_never_ends_is_listed_up_to_a_moment_and_unknown_after_it() {
        let found = instances("DTSTART:20260101T090000Z\r\nRRULE:FREQ=DAILY\r\n").unwrap();
        assert_eq!(found.list.len(), 400);
        let ahead = Window::new(found.until, found.until.plus_days(1));
        assert_eq!((found.touch(ahead), found.busy(ahead)), (None, None));
        let day = Window::new(found.until.plus_days(-1), found.until);
        assert_eq!(found.touch(day), Some(true));
    }

    #[test]
    fn damaged_bytes_are_nothing() {
        assert_eq!(Instances::from_bytes(&[0x80], Instant::FAR_FUTURE), None);
        assert_eq!(Instances::from_bytes(&[0xff; 11], Instant::FAR_FUTURE), None);
        assert_eq!(Instances::from_bytes(&[2], Instant::FAR_FUTURE), None);
    }

    proptest! {
        #![proptest_config(crate::cases(64))]

        #[test]
        fn the_list_answers_as_the_object_does(
            day in 0_i64..400, hour in 0_u32..24, length in 0_u32..30, every in 1_u32..4, count in 1_u32..60,
            rule in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY"]), from in 0_i64..800, days in 1_i64..40,
            status in prop::sample::select(vec!["CONFIRMED", "TENTATIVE", "CANCELLED"]),
            start in prop::sample::select(vec!["DTSTART:", "DTSTART;TZID=Europe/Berlin:", "DTSTART;TZID=Australia/Lord_Howe:"]),
        ) {
            let date = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::TimeDelta::days(day);
            let utc = if start == "DTSTART:" { "Z" } else { "" };
            let text = calendar(&format!(
                "{start}{}T{hour:02}0000{utc}\r\nDURATION:PT{length}H\r\nRRULE:FREQ={rule};INTERVAL={every};COUNT={count}\r\nSTATUS:{status}\r\n",
                date.format("%Y%m%d"),
            ));
            let tree = Tree::parse(text.as_bytes()).unwrap();
            let found = Instances::of(&tree).unwrap();
            let found = Instances::from_bytes(&found.to_bytes(), found.until).unwrap();
            let begin = Instant::from_millis(1_767_225_600_000).plus_days(from);
            let window = Window::new(begin, begin.plus_days(days));
            let touches = any_occurrence(&tree, window, Zone::UTC, &mut Budget::default(), |_| true).unwrap();
            prop_assert_eq!(found.touch(window), Some(touches));
            let busy = busy_of(&tree, window, Zone::UTC, &mut Budget::default()).unwrap();
            prop_assert_eq!(found.busy(window), Some(busy));
        }
    }
}
