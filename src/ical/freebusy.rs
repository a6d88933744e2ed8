//! (being laid)
use super::recur::{Budget, TooMany};
use super::tree::{Component, Tree};
use super::value::{self, PeriodEnd};
use super::zone::Zones;
use crate::time::{Instant, Window, Zone};

/// How busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Busy {
    /// BUSY-TENTATIVE.
    Tentative,
    /// BUSY.
    Busy,
    /// BUSY-UNAVAILABLE.
    Unavailable,
}

/// A time when somebody is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusyTime {
    /// When.
    pub window: Window,
    /// How.
    pub kind: Busy,
}

/// The busy times of an object.
///
/// # Errors
/// [`TooMany`]
pub fn busy_of(_tree: &Tree, _window: Window, _floating: Zone, _budget: &mut Budget) -> Result<Vec<BusyTime>, TooMany> {
    unimplemented!()
}

/// A stretch of what a VAVAILABILITY describes: `busy` None is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailabilityBlock {
    /// When.
    pub window: Window,
    /// BUSYTYPE outside AVAILABLE, None inside.
    pub busy: Option<Busy>,
}

/// What the VAVAILABILITYs of an object say about a window (RFC 7953): sorted, disjoint; gaps where they say nothing.
///
/// # Errors
/// [`TooMany`]
pub fn availability_blocks(
    _tree: &Tree,
    _window: Window,
    _floating: Zone,
    _budget: &mut Budget,
) -> Result<Vec<AvailabilityBlock>, TooMany> {
    unimplemented!()
}

/// A whole VCALENDAR with one VFREEBUSY.
#[must_use]
pub fn vfreebusy(_window: Window, _busy: &[BusyTime], _stamp: Instant, _extra: &[(&str, &str)]) -> String {
    unimplemented!()
}

/// FREEBUSY of a VFREEBUSY, free periods included as none.
pub(super) fn periods_of(component: Component<'_>, zones: &Zones, floating: Zone) -> Vec<BusyTime> {
    let mut times = Vec::new();
    for property in component.all("FREEBUSY") {
        let kind = match property.param("FBTYPE").map(|t| t.to_ascii_uppercase()).as_deref() {
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
