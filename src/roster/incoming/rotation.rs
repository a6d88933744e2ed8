//! People who take turns, by the wall clock of a zone: which spans each of them has.

use super::layers::Span;
use crate::time::{Civil, Instant, Window, Zone, resolve};
use chrono::{Datelike, TimeDelta, Weekday};

/// Hours of duty within a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hours {
    /// Every day from `at` seconds after midnight for `length` seconds, as far as the turn reaches.
    Daily {
        /// Seconds after midnight.
        at: i64,
        /// Seconds.
        length: i64,
    },
    /// The same on one weekday.
    Weekly {
        /// The day it begins.
        day: Weekday,
        /// Seconds after midnight.
        at: i64,
        /// Seconds.
        length: i64,
    },
    /// Once in each turn, from `after` seconds after its beginning, whatever its end.
    Once {
        /// Seconds after the turn's beginning.
        after: i64,
        /// Seconds.
        length: i64,
    },
}

impl Hours {
    const fn length(self) -> i64 {
        match self {
            Self::Daily { length, .. } | Self::Weekly { length, .. } | Self::Once { length, .. } => length,
        }
    }
}

/// People who take turns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// As the tool shows it.
    pub name: String,
    /// Line of the file, from 1.
    pub line: usize,
    /// Only spans of one group take each other's place.
    pub group: usize,
    /// The higher one stands where two of a group overlap.
    pub level: i64,
    /// The zone by whose wall clock turns begin.
    pub zone: Zone,
    /// When the turn of the first set begins, in that zone.
    pub anchor: Civil,
    /// How long a turn is on the wall clock.
    pub turn: TimeDelta,
    /// Who stands, turn after turn: each a set of places in the people, empty for nobody.
    pub sets: Vec<Vec<usize>>,
    /// Hours of duty; all of the turn where empty.
    pub hours: Vec<Hours>,
    /// Before and after this nobody stands.
    pub bounds: Window,
}

/// A span of a turn on the wall clock.
pub(super) type Piece = (Civil, Civil);

impl Rotation {
    /// The spans that touch a window, by start; nothing where they are more than `most`.
    #[must_use]
    pub fn spans(&self, window: Window, most: usize) -> Option<Vec<Span>> {
        let mut spans = Vec::new();
        for (number, start) in self.turns(window) {
            let sets = i64::try_from(self.sets.len()).unwrap_or(1).max(1);
            let set = usize::try_from(number.rem_euclid(sets)).ok().and_then(|at| self.sets.get(at));
            for (from, to) in self.pieces(start) {
                let whole = Window::new(resolve(from, self.zone), resolve(to, self.zone));
                let Some(cut) = whole.intersect(self.bounds).filter(|cut| cut.overlaps(window)) else { continue };
                spans.extend(set.into_iter().flatten().map(|who| Span {
                    group: self.group,
                    level: self.level,
                    window: cut,
                    who: *who,
                    zone: self.zone,
                    line: self.line,
                }));
            }
            if spans.len() > most {
                return None;
            }
        }
        spans.sort_by_key(|span| (span.window, span.who));
        Some(spans)
    }

    /// The turns that may have a span in a window: number and beginning.
    pub(super) fn turns(&self, window: Window) -> impl Iterator<Item = (i64, Civil)> {
        let turn = self.turn.num_seconds().max(1);
        let longest = self.hours.iter().map(|hours| hours.length()).max().unwrap_or(0);
        let within = window.intersect(self.bounds).unwrap_or(Window::new(window.start, window.start));
        let (start, end) = (within.start.civil(self.zone), within.end.civil(self.zone));
        let first = ((start - self.anchor).num_seconds() - longest).div_euclid(turn) - 1;
        let anchor = self.anchor;
        (first..)
            .map_while(move |number| {
                Some((number, anchor.checked_add_signed(TimeDelta::seconds(number.checked_mul(turn)?))?))
            })
            .take_while(move |(_, begins)| *begins < end)
    }

    /// The spans of duty of the turn that begins at `start`, by start, those that touch as one.
    pub(super) fn pieces(&self, start: Civil) -> Vec<Piece> {
        let end = start + self.turn;
        if self.hours.is_empty() {
            return vec![(start, end)];
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for hours in &self.hours {
            match *hours {
                Hours::Once { after, length } => {
                    let from = start + TimeDelta::seconds(after);
                    pieces.push((from, from + TimeDelta::seconds(length)));
                }
                Hours::Daily { at, length } => pieces.extend(repeated(None, at, length, (start, end))),
                Hours::Weekly { day, at, length } => pieces.extend(repeated(Some(day), at, length, (start, end))),
            }
        }
        pieces.sort_unstable();
        let mut joined: Vec<Piece> = Vec::new();
        let once = |hours: &Hours| matches!(hours, Hours::Once { .. });
        for piece in pieces {
            match joined.last_mut() {
                // What is listed as an event of its own stays one.
                Some(last) if piece.0 <= last.1 && !self.hours.iter().any(once) => last.1 = last.1.max(piece.1),
                _ => joined.push(piece),
            }
        }
        joined
    }

    /// The first turn that begins at or after a moment.
    pub(super) fn turn_after(&self, at: Instant) -> Civil {
        let turn = self.turn.num_seconds().max(1);
        let since = (at.max(self.bounds.start).civil(self.zone) - self.anchor).num_seconds();
        let number = since.div_euclid(turn) + i64::from(since.rem_euclid(turn) > 0);
        self.anchor.checked_add_signed(TimeDelta::seconds(number.saturating_mul(turn))).unwrap_or(self.anchor)
    }
}

/// Spans of hours that come back, cut to a turn.
fn repeated(day: Option<Weekday>, at: i64, length: i64, (start, end): Piece) -> Vec<Piece> {
    let first = (start - TimeDelta::seconds(length)).date();
    let days = first.iter_days().take_while(|day| day.and_time(chrono::NaiveTime::MIN) < end);
    let days = days.filter(|date| day.is_none_or(|day| date.weekday() == day));
    days.filter_map(|date| {
        let from = date.and_time(chrono::NaiveTime::MIN) + TimeDelta::seconds(at);
        let to = from + TimeDelta::seconds(length);
        let cut = (from.max(start), to.min(end));
        (cut.0 < cut.1).then_some(cut)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;

    fn weekly(hours: Vec<Hours>) -> Rotation {
        Rotation {
            name: "Layer 1".to_owned(),
            line: 1,
            group: 0,
            level: 0,
            zone: London,
            anchor: "2026-03-02T09:00:00".parse().unwrap(),
            turn: TimeDelta::days(7),
            sets: vec![vec![0], vec![1], vec![2]],
            hours,
            bounds: Window::ALWAYS,
        }
    }

    fn told(rotation: &Rotation, from: &str, to: &str) -> Vec<(usize, String, String)> {
        let at = |text: &str| resolve(text.parse().unwrap(), London);
        let spans = rotation.spans(Window::new(at(from), at(to)), 100).unwrap();
        let civil = |at: Instant| at.civil(London).format("%a %-d %b %H:%M").to_string();
        spans.iter().map(|span| (span.who, civil(span.window.start), civil(span.window.end))).collect()
    }

    #[test]
    fn turns_hand_over_by_the_wall_clock_across_the_change_to_summer_time() {
        let spans = told(&weekly(Vec::new()), "2026-03-20T00:00:00", "2026-04-01T00:00:00");
        let text = |a: &str| a.to_owned();
        assert_eq!(
            spans,
            [
                (2, text("Mon 16 Mar 09:00"), text("Mon 23 Mar 09:00")),
                (0, text("Mon 23 Mar 09:00"), text("Mon 30 Mar 09:00")),
                (1, text("Mon 30 Mar 09:00"), text("Mon 6 Apr 09:00")),
            ]
        );
    }

    #[test]
    fn turns_before_the_anchor_count_backwards() {
        assert_eq!(told(&weekly(Vec::new()), "2026-02-24T00:00:00", "2026-02-25T00:00:00")[0].0, 2);
    }

    #[test]
    fn hours_of_the_day_are_cut_where_the_turn_ends_and_joined_where_they_touch() {
        let nights = vec![Hours::Daily { at: 17 * 3_600, length: 16 * 3_600 }];
        let spans = told(&weekly(nights), "2026-03-09T00:00:00", "2026-03-10T12:00:00");
        assert_eq!(spans.iter().map(|span| span.0).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(spans[1].1, "Mon 9 Mar 17:00");
        let all = vec![Hours::Daily { at: 0, length: 86_400 }];
        assert_eq!(told(&weekly(all), "2026-03-10T00:00:00", "2026-03-11T00:00:00").len(), 1);
        let late = vec![Hours::Daily { at: 20 * 3_600, length: 14 * 3_600 }];
        let handover = told(&weekly(late), "2026-03-09T08:00:00", "2026-03-09T10:00:00");
        assert_eq!(handover.len(), 2, "the night of the handover is in two parts: {handover:?}");
    }

    #[test]
    fn a_weekend_restriction_may_be_longer_than_a_day() {
        let weekend = vec![Hours::Weekly { day: Weekday::Fri, at: 18 * 3_600, length: 62 * 3_600 }];
        let spans = told(&weekly(weekend), "2026-03-02T10:00:00", "2026-03-09T09:00:00");
        assert_eq!(spans, [(0, "Fri 6 Mar 18:00".to_owned(), "Mon 9 Mar 08:00".to_owned())]);
    }

    #[test]
    fn bounds_cut_and_too_many_are_refused() {
        let mut rotation = weekly(Vec::new());
        rotation.bounds.end = resolve("2026-03-12T00:00:00".parse().unwrap(), London);
        let spans = told(&rotation, "2026-03-10T00:00:00", "2026-05-01T00:00:00");
        assert_eq!(spans, [(1, "Mon 9 Mar 09:00".to_owned(), "Thu 12 Mar 00:00".to_owned())]);
        rotation.bounds = Window::ALWAYS;
        assert_eq!(rotation.spans(Window::ALWAYS, 100), None);
    }
}
