//! What a TZID means: an IANA name, exactly or at the end of a path (`/freeassociation.sourceforge.net/Europe/Berlin`), a
//! Windows name, or else the object's own VTIMEZONE. A name that nobody knows is read as floating time.

mod own;
mod reference;
mod windows;

pub use own::Offsets;
pub use reference::Definitions;

use super::property::Property;
use super::tree::Tree;
use super::value::DateOrTime;
use crate::time::{self, Civil, Instant, Zone};
use std::sync::Arc;

/// The zones that the times of one object may name: IANA and Windows names, and what its own VTIMEZONEs say of others.
#[derive(Clone, Debug, Default)]
pub struct Zones {
    own: Vec<(String, TzRef)>,
}

/// What a TZID stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TzRef {
    /// An IANA zone.
    Iana(Zone),
    /// The object's own VTIMEZONE.
    Custom(Arc<Offsets>),
    /// Nobody knows: the reader's zone, as for floating times.
    Unknown,
}

impl TzRef {
    /// The moment at which the wall clock shows `civil`: in a fold the first, in a gap with the offset before it.
    #[must_use]
    pub fn resolve(&self, civil: Civil, floating: Zone) -> Instant {
        match self {
            Self::Iana(zone) => time::resolve(civil, *zone),
            Self::Custom(offsets) => offsets.resolve(civil),
            Self::Unknown => time::resolve(civil, floating),
        }
    }

    /// The wall clock at a moment.
    #[must_use]
    pub fn civil(&self, at: Instant, floating: Zone) -> Civil {
        match self {
            Self::Iana(zone) => at.civil(*zone),
            Self::Custom(offsets) => offsets.civil(at),
            Self::Unknown => at.civil(floating),
        }
    }
}

impl Zones {
    /// The zones of an object.
    #[must_use]
    pub fn of(tree: &Tree<'_>) -> Self {
        let mut own = Vec::new();
        for timezone in tree.calendar().children_named("VTIMEZONE") {
            let Some(name) = timezone.property("TZID").map(|p| p.value().trim()) else { continue };
            if known_zone(name).is_some() || own.iter().any(|(known, _)| known == name) {
                continue;
            }
            let located = timezone.property("X-LIC-LOCATION").and_then(|p| known_zone(p.value()));
            let zone = located.map(TzRef::Iana).or_else(|| Offsets::read(timezone).map(|o| TzRef::Custom(Arc::new(o))));
            own.extend(zone.map(|zone| (name.to_owned(), zone)));
            if own.len() == MAX_OWN {
                break;
            }
        }
        Self { own }
    }

    /// Without an object: IANA, Windows and path names only.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The moment of a date or time; floating times, and the midnight of dates, are read in `floating`.
    #[must_use]
    pub fn resolve(&self, when: &DateOrTime, floating: Zone) -> Instant {
        match when {
            DateOrTime::Utc(at) => *at,
            other => self.zone_of(other, floating).resolve(other.civil(), floating),
        }
    }

    /// What a TZID stands for.
    #[must_use]
    pub fn zone(&self, tzid: &str) -> TzRef {
        let name = tzid.trim();
        if let Some(zone) = known_zone(name) {
            return TzRef::Iana(zone);
        }
        self.own.iter().find(|(known, _)| known == name).map_or(TzRef::Unknown, |(_, zone)| zone.clone())
    }

    /// The zone whose wall clock a date or time shows.
    #[must_use]
    pub fn zone_of(&self, when: &DateOrTime, floating: Zone) -> TzRef {
        match when {
            DateOrTime::Date(_) | DateOrTime::Floating(_) => TzRef::Iana(floating),
            DateOrTime::Utc(_) => TzRef::Iana(Zone::UTC),
            DateOrTime::Zoned(_, tzid) => self.zone(tzid),
        }
    }
}

/// VTIMEZONEs of unknown names that are read from one object.
const MAX_OWN: usize = 20;

/// The TZID of a text that is a calendar with a time zone, as `calendar-timezone` is (RFC 4791 5.2.2).
#[must_use]
pub fn tzid_of(text: &str) -> Option<String> {
    let tree = Tree::parse(text.trim().as_bytes()).ok()?;
    let zone = tree.calendar().children_named("VTIMEZONE").next()?;
    zone.property("TZID").map(Property::text)
}

/// The IANA zone of a TZID: an IANA name, the end of a path, or a Windows name, in whatever case, with spaces or quotes
/// around it.
#[must_use]
pub fn known_zone(tzid: &str) -> Option<Zone> {
    let name = tzid.trim_matches(|c: char| c.is_whitespace() || c == '"');
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    let mut rest = name;
    while let Some((_, tail)) = rest.split_once('/') {
        rest = tail;
        if let Ok(zone) = rest.parse() {
            return Some(zone);
        }
    }
    // "tzone://Microsoft/Utc" ends in a Windows name.
    windows::by_windows_name(rest).or_else(|| windows::by_windows_name(name)).or_else(|| in_any_case(name))
}

/// Also with spaces, as in `America/Los Angeles`.
fn in_any_case(name: &str) -> Option<Zone> {
    let name = name.replace(' ', "_");
    chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(&name)).copied()
}

#[cfg(test)]
mod tests;
