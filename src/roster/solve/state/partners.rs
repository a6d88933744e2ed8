//! Who stands with whom how often: what costs where a team wants people to meet, and is not looked at elsewhere.
#![allow(clippy::indexing_slicing)] // the table has a place for any two workers

use super::{Exchange, State};
use crate::roster::solve::model::NONE;

impl State<'_> {
    /// Counts all meetings from nothing; what those beyond the first of each two cost.
    pub(super) fn count_meetings(&mut self) -> i64 {
        let again = self.model.instance.again;
        if again <= 0 {
            return 0;
        }
        self.met = vec![0; self.model.workers * self.model.workers];
        for (unit, mates) in (0..).zip(&self.model.mates) {
            for mate in mates.iter().filter(|mate| **mate > unit) {
                if let Some(place) = self.place(self.holders[unit as usize], self.holders[*mate as usize]) {
                    self.met[place] += 1;
                }
            }
        }
        again * self.met.iter().map(|times| beyond(*times)).sum::<i64>()
    }

    /// What a change would cost by who stands together again.
    pub(super) fn partners(&self, change: &Exchange) -> i64 {
        let again = self.model.instance.again;
        if again <= 0 {
            return 0;
        }
        let differs = |(place, by): &(usize, i32)| beyond(self.met[*place] + by) - beyond(self.met[*place]);
        again * self.meetings(change).iter().map(differs).sum::<i64>()
    }

    /// Counts the meetings of a change that is about to be made.
    pub(super) fn meet(&mut self, change: &Exchange) {
        if self.model.instance.again > 0 {
            for (place, by) in self.meetings(change) {
                self.met[place] += by;
            }
        }
    }

    /// By how much each two would stand together more often, or less.
    fn meetings(&self, change: &Exchange) -> Vec<(usize, i32)> {
        let moved = [(change.gives, change.from, change.to), (change.takes, change.to, change.from)];
        let then = |unit: u32| {
            moved.iter().find(|(one, ..)| *one == unit).map_or(self.holders[unit as usize], |(_, _, holder)| *holder)
        };
        let mut found: Vec<(usize, i32)> = Vec::new();
        let mut count = |place: Option<usize>, by: i32| {
            let Some(place) = place else { return };
            match found.iter_mut().find(|(known, _)| *known == place) {
                Some((_, sum)) => *sum += by,
                None => found.push((place, by)),
            }
        };
        for (unit, old, new) in moved.into_iter().filter(|(unit, ..)| *unit != NONE) {
            for mate in &self.model.mates[unit as usize] {
                // two that are moved at once meet once
                if unit == change.takes && *mate == change.gives {
                    continue;
                }
                count(self.place(old, self.holders[*mate as usize]), -1);
                count(self.place(new, then(*mate)), 1);
            }
        }
        found
    }

    /// Where two workers stand in the table; nobody and one alone meet nobody.
    fn place(&self, one: u32, other: u32) -> Option<usize> {
        let (low, high) = (one.min(other), one.max(other));
        (low != high && high != NONE).then(|| low as usize * self.model.workers + high as usize)
    }
}

/// How many of so many meetings are not the first.
fn beyond(times: i32) -> i64 {
    i64::from((times - 1).max(0))
}
