//! Which instances of a series EXDATE and RECURRENCE-ID name. Tolerant where clients are careless: a date names every
//! instance of that day, a floating time is read in the series' own zone.

use super::timing::Timing;
use crate::ical::value::DateOrTime;
use crate::ical::zone::Zones;
use crate::time::{Civil, Day, Instant, Zone};

/// The name of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Day(Day),
    At(Instant),
}

impl Mark {
    /// What `name` means in a series with this timing.
    pub(super) fn of(name: &DateOrTime, series: &Timing, zones: &Zones, floating: Zone) -> Self {
        match name {
            DateOrTime::Date(day) => Self::Day(*day),
            DateOrTime::Utc(at) if series.all_day => Self::Day(at.civil(floating).date()),
            other if series.all_day => Self::Day(other.civil().date()),
            DateOrTime::Floating(civil) => Self::At(series.zone.resolve(*civil, floating)),
            other => Self::At(zones.resolve(other, floating)),
        }
    }
}

/// A set of marks, quick to ask.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    days: Vec<Day>,
    moments: Vec<Instant>,
}

impl FromIterator<Mark> for Marks {
    fn from_iter<I: IntoIterator<Item = Mark>>(marks: I) -> Self {
        let mut all = Self::default();
        for mark in marks {
            match mark {
                Mark::Day(day) => all.days.push(day),
                Mark::At(at) => all.moments.push(at),
            }
        }
        all.days.sort_unstable();
        all.moments.sort_unstable();
        all
    }
}

impl Marks {
    /// Whether the instance that starts at `civil` on the series' clock, which is `start`, is among them.
    pub(super) fn name(&self, civil: Civil, start: Instant) -> bool {
        self.days.binary_search(&civil.date()).is_ok() || self.moments.binary_search(&start).is_ok()
    }
}
