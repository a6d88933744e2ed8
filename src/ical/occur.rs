//! (being laid)
use super::recur::{Budget, TooMany};
use super::tree::{Component, Tree};
use crate::time::Instant;
use crate::time::{Civil, Window, Zone};

/// One instance of a component.
#[derive(Clone, Copy, Debug)]
pub struct Occurrence<'t> {
    /// When; empty for an instance without length.
    pub window: Window,
    /// Its start is a DATE.
    pub all_day: bool,
    /// The moment by which the instance is named (RECURRENCE-ID), where the object recurs.
    pub recurrence_id: Option<Instant>,
    /// The same as the wall clock of the master's zone.
    pub recurrence_civil: Option<Civil>,
    /// The master, or the override of this instance.
    pub component: Component<'t>,
}

/// The instances that touch a window, in order (RFC 4791 9.9).
///
/// # Errors
/// [`TooMany`]
pub fn occurrences<'t>(
    _tree: &'t Tree<'t>,
    _window: Window,
    _floating: Zone,
    _budget: &mut Budget,
) -> Result<Vec<Occurrence<'t>>, TooMany> {
    unimplemented!()
}

/// First to last moment of an object.
#[must_use]
pub fn extent(_tree: &Tree, _floating: Zone) -> Window {
    unimplemented!()
}
