//! When an object makes its owner busy: VEVENT by TRANSP and STATUS, VFREEBUSY by FBTYPE, VAVAILABILITY (RFC 7953) by
//! BUSYTYPE outside of its AVAILABLE parts. And the VFREEBUSY that answers a free-busy-query (RFC 4791 7.10).

mod availability;
#[cfg(test)]
mod tests;

pub use availability::{AvailabilityBlock, availability_blocks};

use super::attendee::{User, partstat};
use super::edit::fold;
use super::occur::{Occurrence, occurrences};
use super::recur::{Budget, TooMany};
use super::tree::{Component, Tree};
use super::value::{self, PeriodEnd};
use super::zone::Zones;
use crate::time::{Instant, Window, Zone};

/// How busy, from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Busy {
    /// BUSY-TENTATIVE.
    Tentative,
    /// BUSY.
    Busy,
    /// BUSY-UNAVAILABLE.
    Unavailable,
}

impl Busy {
    /// As FBTYPE and BUSYTYPE name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tentative => "BUSY-TENTATIVE",
            Self::Busy => "BUSY",
            Self::Unavailable => "BUSY-UNAVAILABLE",
        }
    }
}

/// A time when somebody is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusyTime {
    /// When.
    pub window: Window,
    /// How.
    pub kind: Busy,
}

/// The busy times of an object, cut to a window, in order and each kind disjoint. Dates and floating times are read in `floating`.
///
/// # Errors
/// [`TooMany`] when the object has more instances in the window than the budget allows.
pub fn busy_of(tree: &Tree<'_>, window: Window, floating: Zone, budget: &mut Budget) -> Result<Vec<BusyTime>, TooMany> {
    busy_for(tree, window, floating, (&User::default(), budget))
}

/// The same of an object to which somebody may be invited: what they have declined makes them not busy, and what they
/// haven't said yes to, only perhaps.
///
/// # Errors
/// [`TooMany`] when the object has more instances in the window than the budget allows.
pub fn busy_for(
    tree: &Tree<'_>,
    window: Window,
    floating: Zone,
    (person, budget): (&User, &mut Budget),
) -> Result<Vec<BusyTime>, TooMany> {
    let mut times = Vec::new();
    let calendar = tree.calendar();
    if calendar.children_named("VEVENT").next().is_some() {
        for occurrence in occurrences(tree, window, floating, budget)? {
            let kind = kind_of_event(&occurrence).and_then(|kind| attended(kind, occurrence.component, person));
            times.extend(kind.map(|kind| BusyTime { window: occurrence.window, kind }));
        }
    }
    let zones = Zones::of(tree);
    for component in calendar.children_named("VFREEBUSY") {
        times.extend(periods_of(component, &zones, floating));
    }
    for block in availability_blocks(tree, window, floating, budget)? {
        times.extend(block.busy.map(|kind| BusyTime { window: block.window, kind }));
    }
    let cut = |time: BusyTime| Some(BusyTime { window: time.window.intersect(window)?, ..time });
    Ok(merge(times.into_iter().filter_map(cut).collect()))
}

/// How busy an instance of an event makes its owner, if at all.
pub(super) fn kind_of_event(occurrence: &Occurrence<'_>) -> Option<Busy> {
    let component = occurrence.component;
    let is = |name: &str, value: &str| {
        component.property(name).is_some_and(|p| p.value().trim().eq_ignore_ascii_case(value))
    };
    if !component.is("VEVENT") || is("TRANSP", "TRANSPARENT") || is("STATUS", "CANCELLED") {
        return None;
    }
    // Outlook's "out of office" has no other place in iCalendar.
    if is("X-MICROSOFT-CDO-BUSYSTATUS", "OOF") {
        return Some(Busy::Unavailable);
    }
    Some(if is("STATUS", "TENTATIVE") { Busy::Tentative } else { Busy::Busy })
}

/// What an answer makes of it (RFC 5545 3.2.12).
fn attended(kind: Busy, event: Component<'_>, person: &User) -> Option<Busy> {
    match person.line_in(event).map(partstat).as_deref() {
        Some("DECLINED" | "DELEGATED") => None,
        Some("NEEDS-ACTION" | "TENTATIVE") => Some(Busy::Tentative),
        _ => Some(kind),
    }
}

/// Joins what touches, each kind for itself: nothing is said twice, and a meeting hides no doubt around it (RFC 4791
/// 7.10). In the order of their starts.
#[must_use]
pub fn merge(mut times: Vec<BusyTime>) -> Vec<BusyTime> {
    times.retain(|time| time.window.start < time.window.end);
    times.sort_unstable_by_key(|time| (time.kind, time.window.start));
    let mut merged: Vec<BusyTime> = Vec::new();
    for time in times {
        match merged.last_mut() {
            Some(last) if last.kind == time.kind && time.window.start <= last.window.end => {
                last.window.end = last.window.end.max(time.window.end);
            }
            _ => merged.push(time),
        }
    }
    merged.sort_unstable_by_key(|time| (time.window.start, std::cmp::Reverse(time.kind)));
    merged
}

/// FREEBUSY of a VFREEBUSY; periods marked FREE are left out.
pub(super) fn periods_of(component: Component<'_>, zones: &Zones, floating: Zone) -> Vec<BusyTime> {
    let mut times = Vec::new();
    for property in component.all("FREEBUSY") {
        let kind = match property.param("FBTYPE").map(|t| t.trim().to_ascii_uppercase()).as_deref() {
            Some("FREE") => continue,
            Some("BUSY-TENTATIVE") => Busy::Tentative,
            Some("BUSY-UNAVAILABLE") => Busy::Unavailable,
            // RFC 5545 3.2.9: what is not known is BUSY.
            _ => Busy::Busy,
        };
        for period in value::periods(property).unwrap_or_default() {
            let start = zones.resolve(&period.start, floating);
            let end = match &period.end {
                PeriodEnd::At(end) => zones.resolve(end, floating),
                PeriodEnd::For(length) => start.plus_days(length.days).plus_millis(length.seconds * 1_000),
            };
            times.extend((start < end).then_some(BusyTime { window: Window::new(start, end), kind }));
        }
    }
    times
}

/// A whole VCALENDAR with one VFREEBUSY for the window. `extra` are properties, name (with parameters) and value as they
/// stand in a line; METHOD goes to the calendar. UID is made from the window where it is not given.
#[must_use]
pub fn vfreebusy(window: Window, busy: &[BusyTime], stamp: Instant, extra: &[(&str, &str)]) -> String {
    let utc = |at: Instant| at.utc().format("%Y%m%dT%H%M%SZ").to_string();
    let is_method = |name: &str| name.eq_ignore_ascii_case("METHOD");
    let mut lines = vec!["BEGIN:VCALENDAR".to_owned(), "VERSION:2.0".to_owned(), format!("PRODID:{PRODID}")];
    lines.extend(extra.iter().filter(|(name, _)| is_method(name)).map(|(name, value)| format!("{name}:{value}")));
    lines.push("BEGIN:VFREEBUSY".to_owned());
    if !extra.iter().any(|(name, _)| name.eq_ignore_ascii_case("UID")) {
        lines.push(format!("UID:freebusy-{}-{}", utc(window.start), utc(window.end)));
    }
    lines.push(format!("DTSTAMP:{}", utc(stamp)));
    lines.push(format!("DTSTART:{}", utc(window.start)));
    lines.push(format!("DTEND:{}", utc(window.end)));
    lines.extend(extra.iter().filter(|(name, _)| !is_method(name)).map(|(name, value)| format!("{name}:{value}")));
    for BusyTime { window, kind } in busy {
        lines.push(format!("FREEBUSY;FBTYPE={}:{}/{}", kind.name(), utc(window.start), utc(window.end)));
    }
    lines.extend(["END:VFREEBUSY".to_owned(), "END:VCALENDAR".to_owned()]);
    lines.iter().map(|line| fold(line)).collect()
}

const PRODID: &str = "-//Dogwatch//Dogwatch//EN";
