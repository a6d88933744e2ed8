//! Moments, wall-clock times and windows. `Instant` is UTC, `Civil` a wall clock without a zone, `Zone` an IANA zone;
//! windows are half open. Nothing here reads a clock.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A wall-clock time without a zone.
pub type Civil = NaiveDateTime;
/// A calendar day.
pub type Day = NaiveDate;
/// A named IANA zone.
pub type Zone = chrono_tz::Tz;

/// A moment in UTC, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// Before everything a calendar can name (1600-01-01).
    pub const FAR_PAST: Self = Self(-11_676_096_000_000);
    /// After everything a calendar can name (2201-01-01): the end of what never ends.
    pub const FAR_FUTURE: Self = Self(7_289_654_400_000);

    /// From UTC milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// UTC milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whether it lies in a later second than `other`, which is all that dates of HTTP can tell.
    #[must_use]
    pub const fn is_in_a_second_after(self, other: Self) -> bool {
        self.0.div_euclid(1_000) > other.0.div_euclid(1_000)
    }

    /// As a date and time in UTC; what lies beyond chrono's range is cut to [`Instant::FAR_PAST`] or
    /// [`Instant::FAR_FUTURE`].
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        let cut = self.0.clamp(Self::FAR_PAST.0, Self::FAR_FUTURE.0);
        DateTime::from_timestamp_millis(cut).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The wall clock in a zone at this moment.
    #[must_use]
    pub fn civil(self, zone: Zone) -> Civil {
        self.utc().with_timezone(&zone).naive_local()
    }

    /// With the zone's offset, as RFC 3339 wants it.
    #[must_use]
    pub fn zoned(self, zone: Zone) -> DateTime<Zone> {
        self.utc().with_timezone(&zone)
    }

    /// `2026-12-01T09:00:00+00:00` with the offset of the zone.
    #[must_use]
    pub fn rfc3339(self, zone: Zone) -> String {
        self.zoned(zone).to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
    }

    /// This moment moved by a number of milliseconds.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This moment moved by a number of hours.
    #[must_use]
    pub const fn plus_hours(self, hours: i64) -> Self {
        self.plus_millis(hours.saturating_mul(HOUR))
    }

    /// This moment moved by a number of exact days of 24 hours.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_millis(days.saturating_mul(DAY))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
    }
}

/// A second in milliseconds.
pub const SECOND: i64 = 1_000;
/// A minute in milliseconds.
pub const MINUTE: i64 = 60_000;
/// An hour in milliseconds.
pub const HOUR: i64 = 3_600_000;
/// A day of 24 hours in milliseconds.
pub const DAY: i64 = 86_400_000;

/// The moment at which a zone's wall clock shows `civil` (RFC 5545 3.3.5): in a fold the first of the two, in a gap the
/// time read with the offset that was in force before the gap.
#[must_use]
pub fn resolve(civil: Civil, zone: Zone) -> Instant {
    match zone.from_local_datetime(&civil) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.with_timezone(&Utc).into(),
        LocalResult::None => {
            let before = zone.offset_from_utc_datetime(&(civil - TimeDelta::days(1))).fix().local_minus_utc();
            let utc = civil - TimeDelta::seconds(i64::from(before));
            utc.and_utc().into()
        }
    }
}

/// The moment a day begins in a zone.
#[must_use]
pub fn start_of_day(day: Day, zone: Zone) -> Instant {
    resolve(day.and_time(NaiveTime::MIN), zone)
}

/// The Monday of the day's ISO week.
#[must_use]
pub fn monday_of(day: Day) -> Day {
    day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))
}

/// A half-open span of time: `start` belongs to it, `end` does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First moment inside.
    pub start: Instant,
    /// First moment after.
    pub end: Instant,
}

impl Window {
    /// From `start` up to `end`.
    #[must_use]
    pub const fn new(start: Instant, end: Instant) -> Self {
        Self { start, end }
    }

    /// Every moment a calendar can name.
    pub const ALWAYS: Self = Self { start: Instant::FAR_PAST, end: Instant::FAR_FUTURE };

    /// The days `[from, to)` of a zone.
    #[must_use]
    pub fn of_days(from: Day, to: Day, zone: Zone) -> Self {
        Self::new(start_of_day(from, zone), start_of_day(to, zone))
    }

    /// Whether the two share a moment.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether the moment lies inside.
    #[must_use]
    pub fn contains(self, at: Instant) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether all of `other` lies inside.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// What the two share, if anything.
    #[must_use]
    pub fn intersect(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// Length in milliseconds, never negative.
    #[must_use]
    pub fn millis(self) -> i64 {
        (self.end.0 - self.start.0).max(0)
    }
}

/// Joins windows that overlap or touch; the result is sorted and disjoint.
#[must_use]
pub fn union(mut windows: Vec<Window>) -> Vec<Window> {
    windows.retain(|w| w.start < w.end);
    windows.sort_unstable();
    let mut joined: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match joined.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => joined.push(window),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;

    fn civil(text: &str) -> Civil {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_in_the_gap_is_read_with_the_offset_before_it() {
        assert_eq!(resolve(civil("2026-03-29T01:30:00"), London).to_string(), "2026-03-29T01:30:00Z");
    }

    #[test]
    fn a_time_in_the_fold_is_the_first_of_the_two() {
        assert_eq!(resolve(civil("2026-10-25T01:30:00"), London).to_string(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn the_bounds_of_time_are_the_days_they_say() {
        assert_eq!(Instant::FAR_PAST.to_string(), "1600-01-01T00:00:00Z");
        assert_eq!(Instant::FAR_FUTURE.to_string(), "2201-01-01T00:00:00Z");
    }

    #[test]
    fn windows_that_touch_are_joined() {
        let w = |a, b| Window::new(Instant::from_millis(a), Instant::from_millis(b));
        assert_eq!(union(vec![w(5, 9), w(1, 3), w(3, 4), w(7, 7)]), vec![w(1, 4), w(5, 9)]);
    }
}
