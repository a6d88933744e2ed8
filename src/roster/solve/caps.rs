//! Whether a worker keeps the caps: a window slid over what they hold.
#![allow(clippy::indexing_slicing)] // every index comes from the model, whose tables are as long as it says

use super::bits::Bits;
use super::model::NONE;
use super::state::State;

/// An item as caps count it.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    start: i64,
    day: i64,
    minutes: i64,
    kind: u32,
    unit: u32,
    turn: u32,
    free: bool,
}

impl State<'_> {
    /// Whether a worker still keeps every cap after losing and gaining; what they hold for good alone is not judged.
    pub(super) fn keeps_caps(&self, worker: u32, loses: u32, gains: u32, counted: &mut Vec<Counted>) -> bool {
        let model = self.model;
        if worker == NONE || model.instance.caps.is_empty() {
            return true;
        }
        let shares = |unit: u32| unit != NONE && model.units[unit as usize].shares;
        if gains == NONE && !shares(loses) {
            return true;
        }
        let (first, last) = if gains == NONE || shares(loses) { (0, NONE) } else { model.units[gains as usize].near };
        counted.clear();
        let mut gained = gains;
        for unit in Bits::from(self.held(worker), first).take_while(|unit| *unit <= last) {
            if gained < unit {
                self.counted(gained, counted);
                gained = NONE;
            }
            if unit != loses {
                self.counted(unit, counted);
            }
        }
        if gained != NONE {
            self.counted(gained, counted);
        }
        if !model.plain {
            counted.sort_unstable_by_key(|item| (item.start, item.unit));
        }
        (0..model.instance.caps.len()).all(|cap| self.keeps_cap(cap, counted))
    }

    fn counted(&self, unit: u32, counted: &mut Vec<Counted>) {
        let brief = &self.model.units[unit as usize];
        counted.extend(self.model.instance.units[unit as usize].items.iter().map(|item| Counted {
            start: item.start,
            day: item.day,
            minutes: item.minutes,
            kind: item.kind,
            unit,
            turn: brief.turn,
            free: brief.free,
        }));
    }

    /// Slides a window over the items; each ends on one of them.
    fn keeps_cap(&self, cap: usize, items: &[Counted]) -> bool {
        let cap = &self.model.instance.caps[cap];
        let sees = |item: &Counted| cap.counts.get(item.kind as usize).copied().unwrap_or(false);
        // a turn counts where its first item is
        let begins = |at: usize| {
            let own = |other: &&Counted| other.turn == items[at].turn && sees(other);
            self.model.plain && !self.model.units[items[at].unit as usize].shares
                || !items[..at].iter().any(|o| own(&o))
        };
        let (mut turns, mut minutes, mut free, mut left) = (0, 0, 0, 0);
        for (at, item) in items.iter().enumerate().filter(|(_, item)| sees(item)) {
            turns += i64::from(begins(at));
            minutes += item.minutes;
            free += i64::from(item.free);
            while items[left].day <= item.day - cap.days {
                if sees(&items[left]) {
                    turns -= i64::from(begins(left));
                    minutes -= items[left].minutes;
                    free -= i64::from(items[left].free);
                }
                left += 1;
            }
            let over = cap.turns.is_some_and(|most| turns > most) || cap.minutes.is_some_and(|most| minutes > most);
            if over && free > 0 {
                return false;
            }
        }
        true
    }
}
