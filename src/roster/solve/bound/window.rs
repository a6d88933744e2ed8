//! A roster made better days at a time: all units of a few consecutive days are given anew, the rest stays, and the exact
//! finish says what is best. Local search ends where single changes no longer help; this sees all changes in a window.

use super::Bounder;
use super::exact::{Holders, Outcome, finish};
use crate::roster::solve::evaluate::evaluate;
use crate::roster::solve::instance::{Choice, Hold, Instance, Unit};

/// Rounds of the bound before a window is finished.
const ROUNDS: usize = 6;

/// Windows of one length, one after the other.
#[derive(Clone, Debug)]
pub struct Windows {
    days: i64,
    next: i64,
    first: i64,
    last: i64,
    /// Windows since one was made better.
    idle: i64,
    open: bool,
}

impl Windows {
    /// Of so many days each.
    #[must_use]
    pub fn new(instance: &Instance, days: i64) -> Self {
        let days = days.max(1);
        let first = instance.units.iter().map(Unit::first_day).min().unwrap_or(0);
        let last = instance.units.iter().map(Unit::first_day).max().unwrap_or(0);
        Self { days, next: first, first, last: last.max(first), idle: 0, open: false }
    }

    /// Tries the next window of a roster that has no gaps and breaks nothing; a better roster if there is one. `work` is the
    /// most to spend on it, in columns looked at.
    pub fn round(
        &mut self,
        instance: &Instance,
        holders: &[Option<u32>],
        work: u64,
        stop: &dyn Fn() -> bool,
    ) -> Option<Holders> {
        let from = self.next;
        self.next = if from + self.days > self.last { self.first } else { from + self.step() };
        self.idle += 1;
        let before = evaluate(instance, holders);
        if before.gaps > 0 || !before.breaches.is_empty() {
            return None;
        }
        let part = part(instance, holders, from..from + self.days);
        let cost = evaluate(&part, holders).terms.total();
        let mut bounder = Bounder::new(&part, cost, 1);
        for _ in 0..ROUNDS {
            if stop() || bounder.round(cost).settled {
                break;
            }
        }
        let found = match finish(&mut bounder, cost, work, &mut |_, _, _| !stop()) {
            Outcome::Optimal(_, found) => found,
            Outcome::Bound(_, found) => {
                self.open = true;
                found.map(|(_, found)| found)
            }
            Outcome::TooMany => {
                self.open = true;
                None
            }
        }?;
        let free = found.iter().zip(&part.units).zip(holders);
        let after: Holders = free.map(|((new, unit), old)| if unit.is_free() { *new } else { *old }).collect();
        let verdict = evaluate(instance, &after);
        let better = verdict.gaps == 0 && verdict.breaches.is_empty() && verdict.terms.total() < before.terms.total();
        if better {
            self.idle = 0;
        }
        better.then_some(after)
    }

    /// Whether all windows were tried since one was made better.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.idle > (self.last - self.first) / self.step() + 1
    }

    /// Whether the work did not suffice for some window, so that longer ones make no sense.
    #[must_use]
    pub fn too_long(&self) -> bool {
        self.open
    }

    /// Windows overlap by half.
    fn step(&self) -> i64 {
        (self.days / 2).max(1)
    }
}

/// The instance with everything fixed that does not begin on one of the days.
fn part(instance: &Instance, holders: &[Option<u32>], days: std::ops::Range<i64>) -> Instance {
    let mut part = instance.clone();
    let within = |unit: &Unit| unit.is_free() && days.contains(&unit.first_day());
    for ((unit, own), holder) in part.units.iter_mut().zip(&instance.units).zip(holders) {
        if own.is_free() && !within(own) {
            unit.hold = Hold::Fixed(*holder);
        }
    }
    for (index, worker) in (0_u32..).zip(&mut part.workers) {
        let own = |unit: u32| &instance.units[unit as usize];
        let holds = |unit: u32| holders[unit as usize] == Some(index);
        let settled = |choice: &Choice| own(choice.unit).is_free() && !within(own(choice.unit)) && holds(choice.unit);
        // a choice for what stays tells its holder's level
        let stays = |choice: &Choice| within(own(choice.unit)) || !own(choice.unit).is_free() || holds(choice.unit);
        worker.offset += worker.choices.iter().filter(|choice| settled(choice)).map(|choice| choice.load).sum::<i64>();
        for apart in &mut part.apart {
            let loads = &mut apart.loads[index as usize];
            let with = || worker.choices.iter().zip(loads.iter());
            let held: i64 = with().filter(|(choice, _)| settled(choice)).map(|(_, load)| load).sum();
            apart.offsets[index as usize] += held;
            *loads = with().filter(|(choice, _)| stays(choice)).map(|(_, load)| *load).collect();
        }
        worker.choices.retain(stays);
    }
    part
}
