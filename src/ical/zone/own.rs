//! An object's own VTIMEZONE as a table of offsets, for zones that nobody else knows. Bounded: a table ends after so
//! many observances, transitions and steps, whatever the VTIMEZONE says.

use crate::ical::recur::{Budget, Frequency, Rule, Series};
use crate::ical::tree::Component;
use crate::ical::value;
use crate::time::{Civil, Instant};
use chrono::{NaiveDate, TimeDelta};
use std::ops::{ControlFlow, Range};

/// Observances of one VTIMEZONE that are read.
const MAX_OBSERVANCES: usize = 100;
/// Transitions kept.
const MAX_TRANSITIONS: usize = 2_000;

/// The offsets of one VTIMEZONE (RFC 5545 3.6.5), in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offsets {
    /// Before the first transition, in seconds east of Greenwich.
    first: i32,
    transitions: Vec<Transition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Transition {
    /// The wall clock, still with the old offset.
    at: Civil,
    from: i32,
    to: i32,
}

impl Transition {
    fn utc(self) -> Civil {
        self.at - TimeDelta::seconds(i64::from(self.from))
    }
}

impl Offsets {
    /// Reads a VTIMEZONE; nothing if it has no observance that can be read.
    pub(super) fn read(timezone: Component<'_>) -> Option<Self> {
        let mut transitions = Vec::new();
        let mut budget = Budget { steps: 20_000, results: 0 };
        let observances = timezone.children().filter(|c| c.is("STANDARD") || c.is("DAYLIGHT"));
        for observance in observances.take(MAX_OBSERVANCES) {
            read_observance(observance, &mut transitions, &mut budget);
        }
        transitions.sort_unstable_by_key(|t| t.utc());
        transitions.dedup_by_key(|t| t.utc());
        Some(Self { first: transitions.first()?.from, transitions })
    }

    /// The moment at which the wall clock shows `civil`: in a fold the first, in a gap with the offset before it
    /// (RFC 5545 3.3.5).
    #[must_use]
    pub fn resolve(&self, civil: Civil) -> Instant {
        let passed = self.transitions.partition_point(|t| t.at <= civil);
        let last = passed.checked_sub(1).and_then(|i| self.transitions.get(i));
        let offset = last.map_or(self.first, |t| {
            let gap_end = t.at + TimeDelta::seconds(i64::from(t.to) - i64::from(t.from));
            if civil < gap_end { t.from } else { t.to }
        });
        (civil - TimeDelta::seconds(i64::from(offset))).and_utc().into()
    }

    /// The wall clock at a moment.
    #[must_use]
    pub fn civil(&self, at: Instant) -> Civil {
        let utc = at.utc().naive_utc();
        let passed = self.transitions.partition_point(|t| t.utc() <= utc);
        let offset = passed.checked_sub(1).and_then(|i| self.transitions.get(i)).map_or(self.first, |t| t.to);
        utc + TimeDelta::seconds(i64::from(offset))
    }
}

/// Adds the onsets of a STANDARD or DAYLIGHT; what cannot be read of it is left out.
fn read_observance(observance: Component<'_>, transitions: &mut Vec<Transition>, budget: &mut Budget) {
    let offset = |name: &str| observance.property(name).and_then(|p| value::offset(p.value()).ok());
    let start = observance.property("DTSTART").and_then(|p| value::date_or_time(p).ok());
    let (Some(from), Some(to), Some(start)) = (offset("TZOFFSETFROM"), offset("TZOFFSETTO"), start) else { return };
    let start = start.civil();
    let room = MAX_TRANSITIONS.saturating_sub(transitions.len());
    let dates = observance.all("RDATE").filter_map(|p| value::dates(p).ok()).flatten().map(|date| date.civil());
    transitions.extend(std::iter::once(start).chain(dates).map(|at| Transition { at, from, to }).take(room));
    let rule = observance.property("RRULE").and_then(|p| Rule::parse(p.value()).ok());
    // Zones change by the year; any other frequency is a burden and no zone.
    let Some(mut rule) = rule.filter(|rule| rule.frequency() == Frequency::Yearly) else { return };
    rule.bind_until(|utc| utc + TimeDelta::seconds(i64::from(from)));
    let series = Series { rule: &rule, start, all_day: false };
    // Outlook lets zones begin in 1601; nobody asks for those years.
    let Some(window) = years_that_matter() else { return };
    let walked = series.walk(window, budget, |at| {
        if transitions.len() >= MAX_TRANSITIONS {
            return ControlFlow::Break(());
        }
        transitions.push(Transition { at, from, to });
        ControlFlow::Continue(())
    });
    // Out of steps: the transitions found so far stand.
    let _ = walked;
}

fn years_that_matter() -> Option<Range<Civil>> {
    let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).and_then(|day| day.and_hms_opt(0, 0, 0));
    Some(year(1900)?..year(2201)?)
}
