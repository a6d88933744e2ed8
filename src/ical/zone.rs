//! (being laid)
use super::tree::Tree;
use super::value::DateOrTime;
use crate::time::{Civil, Instant, Zone};

/// The zones that the times of one object may name: its own VTIMEZONEs, IANA names, and the names other programs use.
#[derive(Clone, Debug, Default)]
pub struct Zones;

/// What a TZID stands for.
#[derive(Clone, Debug)]
pub enum TzRef {
    /// An IANA zone.
    Iana(Zone),
    /// Nothing known: read as floating.
    Unknown,
}

impl Zones {
    /// The zones of an object.
    #[must_use]
    pub fn of(_tree: &Tree) -> Self {
        unimplemented!()
    }
    /// No VTIMEZONE: IANA, Windows and path names only.
    #[must_use]
    pub fn none() -> Self {
        Self
    }
    /// The moment of a date or time; floating times and dates are read in `floating`.
    #[must_use]
    pub fn resolve(&self, _when: &DateOrTime, _floating: Zone) -> Instant {
        unimplemented!()
    }
    /// What a TZID stands for.
    #[must_use]
    pub fn zone(&self, _tzid: &str) -> TzRef {
        unimplemented!()
    }
    /// The wall clock at a moment in the zone that `like` is written in.
    #[must_use]
    pub fn civil(&self, _at: Instant, _like: &DateOrTime, _floating: Zone) -> Civil {
        unimplemented!()
    }
}

/// The IANA zone of a TZID: exact, by path suffix, by Windows name; trimmed.
#[must_use]
pub fn known_zone(_tzid: &str) -> Option<Zone> {
    unimplemented!()
}
