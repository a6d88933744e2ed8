//! Who can when: intervals of a person with their kind and source, and what they mean for one slot. Titles of private
//! events never come this far.

use crate::roster::model::Settings;
use crate::time::{HOUR, Window, union};
use serde::Serialize;

/// What a person said about a span of time; the first of these that overlaps wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Can't.
    Unavailable,
    /// Rather not.
    Avoid,
    /// Said nothing.
    Neutral,
    /// Gladly.
    Prefer,
}

/// Where an interval came from, as a manager may see it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An event in the person's `Availability`.
    Availability,
    /// A VAVAILABILITY (RFC 7953) in the person's `Availability`.
    Hours,
    /// The team's `Availability` calendar.
    Team,
    /// An out-of-office event in another calendar of theirs.
    OutOfOffice,
    /// An all-day event that shows as busy in another calendar of theirs.
    AllDay,
    /// A calendar of theirs that is switched to block.
    Calendar,
    /// Nothing was said, and the team counts silence as no.
    Silence,
    /// An entry with more instances than can be read: what it keeps free is not known.
    Unread,
}

impl Source {
    /// As it reads in a reason.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self {
            Self::Availability => "Availability",
            Self::Hours => "available hours",
            Self::Team => "the team's Availability",
            Self::OutOfOffice => "out of office",
            Self::AllDay => "an all-day event",
            Self::Calendar => "a calendar that blocks",
            Self::Silence => "has not said when they can",
            Self::Unread => "an entry in their calendar could not be read",
        }
    }
}

/// One span with what it means and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Interval {
    /// When.
    pub window: Window,
    /// What it means.
    pub kind: Kind,
    /// Where it came from.
    pub source: Source,
    /// A whole-day absence, to which the team's `day_edge_hours` applies.
    pub all_day: bool,
}

/// All that is known of one person's availability in a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    intervals: Vec<Interval>,
    heard: Vec<Window>,
    confirmed: Vec<Window>,
}

/// What a person's availability means for one slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The strongest of what overlaps.
    pub kind: Kind,
    /// The intervals of that kind; empty where nothing was said.
    pub because: Vec<Interval>,
    /// An all-day absence was lowered to avoid because it touches only the slot's last hours.
    pub edge: bool,
}

impl Availability {
    /// From intervals in any order, and the windows about which the person has said all there is to say (a
    /// VAVAILABILITY's span).
    #[must_use]
    pub fn new(mut intervals: Vec<Interval>, heard: Vec<Window>) -> Self {
        intervals.sort();
        intervals.dedup();
        Self { intervals, heard: union(heard), confirmed: Vec::new() }
    }

    /// With the months that the person has confirmed as a whole, as the team counts days.
    #[must_use]
    pub fn confirming(self, months: Vec<Window>) -> Self {
        Self { confirmed: months, ..self }
    }

    /// The intervals, by start.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.intervals
    }

    /// The spans for which the person has confirmed what they said.
    #[must_use]
    pub fn heard(&self) -> &[Window] {
        &self.heard
    }

    /// What it means for a slot: unavailable before avoid before prefer.
    #[must_use]
    pub fn over(&self, slot: Window, settings: &Settings) -> Verdict {
        let mut verdict = Verdict { kind: Kind::Neutral, because: Vec::new(), edge: false };
        for interval in self.intervals.iter().take_while(|i| i.window.start < slot.end) {
            if !interval.window.overlaps(slot) {
                continue;
            }
            let edge = interval.kind == Kind::Unavailable && at_edge(interval, slot, settings.day_edge_hours);
            let kind = if edge { Kind::Avoid } else { interval.kind };
            if kind == Kind::Neutral || (verdict.kind != Kind::Neutral && kind > verdict.kind) {
                continue;
            }
            if kind != verdict.kind {
                verdict = Verdict { kind, because: Vec::new(), edge: false };
            }
            verdict.edge |= edge;
            verdict.because.push(interval.clone());
        }
        if settings.opt_in && verdict.kind != Kind::Unavailable && !self.heard_about(slot) {
            let silence = Interval { window: slot, kind: Kind::Unavailable, source: Source::Silence, all_day: false };
            return Verdict { kind: Kind::Unavailable, because: vec![silence], edge: false };
        }
        verdict
    }

    /// Whether the person said anything that a team counting silence as no lets pass for all of the slot. A slot belongs
    /// to the month in which it starts, as it does to the roster: the last night of a month is confirmed with it.
    fn heard_about(&self, slot: Window) -> bool {
        if self.confirmed.iter().any(|month| month.contains(slot.start)) {
            return true;
        }
        let gladly = self.intervals.iter().filter(|i| i.kind == Kind::Prefer).map(|i| i.window);
        let said = union(gladly.chain(self.heard.iter().copied()).collect());
        said.iter().any(|window| window.covers(slot))
    }
}

/// An all-day absence that begins within the slot's last `hours`.
fn at_edge(interval: &Interval, slot: Window, hours: u32) -> bool {
    interval.all_day && interval.window.start >= slot.end.plus_millis(-i64::from(hours) * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn hours(from: i64, to: i64) -> Window {
        Window::new(Instant::from_millis(from * HOUR), Instant::from_millis(to * HOUR))
    }

    fn interval(from: i64, to: i64, kind: Kind) -> Interval {
        Interval { window: hours(from, to), kind, source: Source::Availability, all_day: false }
    }

    #[test]
    fn unavailable_comes_before_avoid_before_prefer() {
        let said = Availability::new(
            vec![interval(0, 9, Kind::Prefer), interval(2, 3, Kind::Unavailable), interval(1, 5, Kind::Avoid)],
            vec![],
        );
        let kind = |from, to| said.over(hours(from, to), &Settings::default()).kind;
        assert_eq!(kind(0, 9), Kind::Unavailable);
        assert_eq!(kind(3, 9), Kind::Avoid);
        assert_eq!(kind(5, 9), Kind::Prefer);
        assert_eq!(kind(9, 12), Kind::Neutral);
    }

    #[test]
    fn an_all_day_absence_at_the_slots_edge_is_only_avoided_where_the_team_says_so() {
        let leave = Interval { all_day: true, ..interval(24, 48, Kind::Unavailable) };
        let said = Availability::new(vec![leave], vec![]);
        let slot = hours(9, 33);
        assert_eq!(said.over(slot, &Settings::default()).kind, Kind::Unavailable);
        let settings = Settings { day_edge_hours: 9, ..Settings::default() };
        let verdict = said.over(slot, &settings);
        assert_eq!((verdict.kind, verdict.edge), (Kind::Avoid, true));
        assert_eq!(said.over(hours(9, 34), &settings).kind, Kind::Unavailable);
    }

    #[test]
    fn silence_is_no_where_the_team_is_opt_in() {
        let settings = Settings { opt_in: true, ..Settings::default() };
        let said = Availability::new(vec![interval(0, 5, Kind::Prefer)], vec![hours(5, 12)]);
        assert_eq!(said.over(hours(0, 4), &settings).kind, Kind::Prefer);
        assert_eq!(said.over(hours(6, 12), &settings).kind, Kind::Neutral);
        assert_eq!(said.over(hours(4, 13), &settings).because[0].source, Source::Silence);
    }

    #[test]
    fn a_confirmed_month_speaks_for_the_slots_that_start_in_it() {
        let settings = Settings { opt_in: true, ..Settings::default() };
        let said = Availability::new(vec![interval(30, 31, Kind::Unavailable)], vec![]);
        let said = said.confirming(vec![hours(10, 20), hours(20, 40)]);
        assert_eq!(said.over(hours(9, 12), &settings).because[0].source, Source::Silence);
        assert_eq!(said.over(hours(10, 12), &settings).kind, Kind::Neutral);
        assert_eq!(said.over(hours(39, 50), &settings).kind, Kind::Neutral);
        assert_eq!(said.over(hours(40, 50), &settings).because[0].source, Source::Silence);
        assert_eq!(said.over(hours(29, 33), &settings).because[0].source, Source::Availability);
    }
}
