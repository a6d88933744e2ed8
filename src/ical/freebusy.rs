//! (being laid)
use super::recur::{Budget, TooMany};
use super::tree::Tree;
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
