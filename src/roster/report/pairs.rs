//! Who stood with whom: how often and how long two people of a team were on duty at the same time.

use super::stood::Stood;
use crate::ids::{PersonId, SlotId};
use crate::roster::burden::whole_minutes;
use crate::time::{Window, union};
use std::collections::{BTreeMap, BTreeSet};

/// Two people who stood together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one whose id comes first.
    pub a: PersonId,
    /// The other.
    pub b: PersonId,
    /// In how many shifts.
    pub times: usize,
    /// Minutes that both were on duty.
    pub minutes: i64,
}

/// What two people have shared so far.
#[derive(Default)]
struct Shared<'a> {
    slots: BTreeSet<(&'a SlotId, &'a SlotId)>,
    windows: Vec<Window>,
}

/// Everybody who stood with somebody, those first who did longest.
#[must_use]
pub fn pairs(stood: &[Stood]) -> Vec<Pair> {
    let mut by_start: Vec<&Stood> = stood.iter().collect();
    by_start.sort_by_key(|duty| (duty.window, &duty.slot));
    let mut shared: BTreeMap<(&PersonId, &PersonId), Shared<'_>> = BTreeMap::new();
    for (at, one) in by_start.iter().enumerate() {
        let later = by_start.iter().skip(at + 1).take_while(|other| other.window.start < one.window.end);
        for other in later.filter(|other| other.person != one.person) {
            let Some(window) = one.window.intersect(other.window) else { continue };
            let (a, b) = if one.person < other.person { (one, other) } else { (other, one) };
            let pair = shared.entry((&a.person, &b.person)).or_default();
            pair.slots.insert((&a.slot, &b.slot));
            pair.windows.push(window);
        }
    }
    let mut found: Vec<Pair> = shared
        .into_iter()
        .map(|((a, b), shared)| Pair {
            a: a.clone(),
            b: b.clone(),
            times: shared.slots.len(),
            minutes: union(shared.windows).into_iter().map(whole_minutes).sum(),
        })
        .collect();
    found.sort_by(|x, y| (y.minutes, y.times, &x.a, &x.b).cmp(&(x.minutes, x.times, &y.a, &y.b)));
    found
}

#[cfg(test)]
mod tests {
    use super::super::stood::tests::stood;
    use super::*;

    fn told(duties: &[Stood]) -> Vec<(String, String, usize, i64)> {
        pairs(duties).into_iter().map(|p| (p.a.to_string(), p.b.to_string(), p.times, p.minutes)).collect()
    }

    #[test]
    fn two_stand_together_as_long_as_both_are_on_duty() {
        let day = ("2026-12-01T09:00:00", "2026-12-02T09:00:00");
        let next = ("2026-12-02T09:00:00", "2026-12-03T09:00:00");
        let duties = [
            stood("ben", "primary", "p1", day),
            stood("ada", "secondary", "s1", day),
            stood("ben", "primary", "p2", next),
            stood("ada", "secondary", "s2", ("2026-12-02T09:00:00", "2026-12-02T15:00:00")),
            // who takes the rest over makes another pair
            stood("cho", "secondary", "s2", ("2026-12-02T15:00:00", "2026-12-03T09:00:00")),
        ];
        let pair = |a: &str, b: &str, times, hours: i64| (a.to_owned(), b.to_owned(), times, hours * 60);
        assert_eq!(told(&duties), [pair("ada", "ben", 2, 30), pair("ben", "cho", 1, 18)]);
    }

    #[test]
    fn parts_of_one_shift_are_one_time_and_a_handover_is_none() {
        let duties = [
            stood("ada", "primary", "p", ("2026-12-01T09:00:00", "2026-12-01T21:00:00")),
            stood("ben", "secondary", "s", ("2026-12-01T09:00:00", "2026-12-01T12:00:00")),
            stood("ben", "secondary", "s", ("2026-12-01T18:00:00", "2026-12-01T21:00:00")),
            stood("cho", "primary", "q", ("2026-12-01T21:00:00", "2026-12-02T09:00:00")),
        ];
        assert_eq!(told(&duties), [("ada".to_owned(), "ben".to_owned(), 1, 6 * 60)]);
    }
}
