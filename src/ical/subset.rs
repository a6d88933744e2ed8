//! (being laid)
use super::recur::{Budget, TooMany};
use super::tree::Tree;
use crate::time::{Window, Zone};

/// CALDAV:calendar-data in a request (RFC 4791 9.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarData {
    /// Which components and properties; None for all.
    pub comp: Option<CompSelection>,
    /// CALDAV:expand.
    pub expand: Option<Window>,
    /// CALDAV:limit-recurrence-set.
    pub limit_recurrence: Option<Window>,
    /// CALDAV:limit-freebusy-set.
    pub limit_freebusy: Option<Window>,
}

/// CALDAV:comp (RFC 4791 9.6.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompSelection {
    /// Component name, in upper case.
    pub name: String,
    /// Which properties.
    pub props: Props,
    /// Which components inside.
    pub comps: Comps,
}

/// Which properties of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Props {
    /// CALDAV:allprop.
    #[default]
    All,
    /// CALDAV:prop, as often as given; maybe none.
    Named(Vec<PropSelection>),
}

/// CALDAV:prop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropSelection {
    /// Property name, in upper case.
    pub name: String,
    /// Without its value.
    pub novalue: bool,
}

/// Which components inside a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Comps {
    /// CALDAV:allcomp.
    #[default]
    All,
    /// CALDAV:comp, as often as given; maybe none.
    Named(Vec<CompSelection>),
}

/// The text that was asked for.
///
/// # Errors
/// [`TooMany`]
pub fn render(_tree: &Tree, _data: &CalendarData, _floating: Zone, _budget: &mut Budget) -> Result<Vec<u8>, TooMany> {
    unimplemented!()
}
