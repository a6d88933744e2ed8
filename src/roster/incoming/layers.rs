//! Spans above one another: the higher one stands, the lower ones keep what is left of them.

use crate::time::{Window, Zone, union};
use std::collections::BTreeMap;

/// A span of one person on a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Only spans of one group take each other's place.
    pub group: usize,
    /// The higher one stands.
    pub level: i64,
    /// When.
    pub window: Window,
    /// Place in the people.
    pub who: usize,
    /// The zone in which it is meant.
    pub zone: Zone,
    /// Line of the file, from 1.
    pub line: usize,
}

/// What stands of each span, by start. Spans of one group and level don't touch each other; who would stand twice at the
/// same time in several groups stands once.
#[must_use]
pub fn flattened(spans: Vec<Span>) -> Vec<Span> {
    let mut levels: BTreeMap<(usize, std::cmp::Reverse<i64>), Vec<Span>> = BTreeMap::new();
    for span in spans {
        levels.entry((span.group, std::cmp::Reverse(span.level))).or_default().push(span);
    }
    let mut standing: Vec<Span> = Vec::new();
    let (mut group, mut covered) = (None, Vec::new());
    for ((of, _), spans) in levels {
        if group != Some(of) {
            (group, covered) = (Some(of), Vec::new());
        }
        for span in &spans {
            standing.extend(without(span.window, &covered).into_iter().map(|window| Span { window, ..*span }));
        }
        covered.extend(spans.iter().map(|span| span.window));
        covered = union(covered);
    }
    standing.sort_by_key(|span| (span.window, span.who, span.group));
    standing.dedup_by(|b, a| (a.window, a.who) == (b.window, b.who));
    standing
}

/// What is left of a window without others, which are sorted and disjoint.
fn without(window: Window, covered: &[Window]) -> Vec<Window> {
    let mut left = Vec::new();
    let mut start = window.start;
    let first = covered.partition_point(|other| other.end <= window.start);
    for other in covered.iter().skip(first).take_while(|other| other.start < window.end) {
        if start < other.start {
            left.push(Window::new(start, other.start));
        }
        start = start.max(other.end);
    }
    if start < window.end {
        left.push(Window::new(start, window.end));
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;

    fn span(level: i64, from: i64, to: i64, who: usize) -> Span {
        let at = |hour: i64| Instant::from_millis(0).plus_hours(hour);
        Span { group: 0, level, window: Window::new(at(from), at(to)), who, zone: chrono_tz::UTC, line: 1 }
    }

    fn told(spans: Vec<Span>) -> Vec<(i64, i64, usize)> {
        let hour = |at: Instant| at.millis() / crate::time::HOUR;
        flattened(spans).iter().map(|s| (hour(s.window.start), hour(s.window.end), s.who)).collect()
    }

    #[test]
    fn an_override_cuts_a_shift_in_two() {
        assert_eq!(told(vec![span(0, 0, 24, 0), span(9, 10, 14, 1)]), [(0, 10, 0), (10, 14, 1), (14, 24, 0)]);
    }

    #[test]
    fn several_levels_are_looked_through_from_above() {
        let spans = vec![span(0, 0, 10, 0), span(1, 2, 8, 1), span(2, 4, 5, 2)];
        assert_eq!(told(spans), [(0, 2, 0), (2, 4, 1), (4, 5, 2), (5, 8, 1), (8, 10, 0)]);
    }

    #[test]
    fn two_on_one_level_stand_together_and_other_groups_are_left_alone() {
        let mut other = span(5, 0, 4, 3);
        other.group = 1;
        assert_eq!(told(vec![span(0, 0, 8, 0), span(0, 0, 8, 1), other]), [(0, 4, 3), (0, 8, 0), (0, 8, 1)]);
    }
}
