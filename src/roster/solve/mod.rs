//! Fills a draft: pins, then what is published and still valid, then whatever costs least. A planning is translated into
//! integers ([`instance`]), which [`engine`] solves; the same planning, seed and work give the same roster.

mod anneal;
pub mod bench;
mod bits;
pub mod bound;
mod caps;
pub mod changes;
mod construct;
mod dice;
pub mod engine;
pub mod evaluate;
pub mod instance;
mod mend;
mod model;
pub mod price;
#[cfg(test)]
mod properties;
mod state;
#[cfg(test)]
mod tests;
mod translate;

use crate::ids::{PersonId, SlotId};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Planning};
use engine::{Control, Progress, Task};
use std::collections::BTreeMap;
use translate::Translation;

/// Threads that search; what comes out depends on it, so it is not the machine's number.
const THREADS: usize = 2;
/// Only what needs no luck: filling, and handing on what stands in the way.
const NO_LUCK: Task = Task { seed: 0, work: 0, threads: 1, bound: false };

/// Moves that suit a draft of so many slots while somebody waits: well below a second up to a quarter of a year.
#[must_use]
pub fn usual_work(planning: &Planning) -> u32 {
    u32::try_from(planning.slots.len()).unwrap_or(u32::MAX).saturating_mul(2_000).clamp(20_000, 4_000_000)
}

/// What came of solving.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// Who is to hold what.
    pub assignment: Assignment,
    /// What the last search said of it: 10 000 is what one mean turn above the fair share costs. None where what is published
    /// stands as it is.
    pub progress: Option<Progress>,
}

/// An assignment that breaks no hard rule beyond what pins themselves break. `work` is the number of moves that each thread
/// tries. What is published stays where it is still valid and nothing else needs it moved, so that solving again changes
/// nothing, whatever the seed.
#[must_use]
pub fn solve(planning: &Planning, seed: u64, work: u32) -> Assignment {
    let task = Task { seed, work: u64::from(work), threads: THREADS, bound: false };
    solve_with(planning, task, &Control::NONE).assignment
}

/// As [`solve`], with somebody who hears of progress and may call it off.
#[must_use]
pub fn solve_with(planning: &Planning, task: Task, control: &Control<'_>) -> Solved {
    if !planning.published.is_empty() {
        let kept = still_valid(planning);
        let valid = |slot: &Slot| kept.holder(&slot.id) == planning.published.get(&slot.id);
        if planning.slots.iter().all(valid) && settle(planning, kept.clone()) == kept {
            return Solved { assignment: kept, progress: None };
        }
    }
    let solved = fill(planning, &planning.published, task, control);
    Solved { assignment: settle(planning, solved.assignment), ..solved }
}

/// What is published, pins and all, without what has come to break a rule.
fn still_valid(planning: &Planning) -> Assignment {
    let translation = Translation::new(planning, &planning.published, false);
    translation.assignment(&engine::kept(&translation.instance, &translation.kept))
}

/// Fills further as long as that leaves fewer slots empty: by what is held already, other parts of turns move together.
/// Nothing here depends on luck, so that what comes out comes out of itself again.
fn settle(planning: &Planning, mut assignment: Assignment) -> Assignment {
    let empty = |assignment: &Assignment| {
        let count = |optional: bool| {
            let slots = planning.slots.iter().filter(|slot| slot.optional == optional);
            slots.filter(|slot| assignment.holder(&slot.id).is_none()).count()
        };
        (count(false), count(true))
    };
    while empty(&assignment) > (0, 0) {
        let next = fill(planning, &held(&assignment), NO_LUCK, &Control::NONE).assignment;
        if empty(&next) >= empty(&assignment) {
            break;
        }
        assignment = next;
    }
    assignment
}

fn held(assignment: &Assignment) -> BTreeMap<SlotId, PersonId> {
    assignment.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect()
}

/// One search, with turns as wholes, and in parts where a turn could not be given as a whole.
fn fill(planning: &Planning, kept: &BTreeMap<SlotId, PersonId>, task: Task, control: &Control<'_>) -> Solved {
    let run = |kept: &BTreeMap<SlotId, PersonId>, split: bool, task: Task| {
        let translation = Translation::new(planning, kept, split);
        let outcome = engine::run(&translation.instance, &translation.kept, task, control);
        Solved { assignment: translation.assignment(&outcome.holders), progress: Some(outcome.progress) }
    };
    let whole = run(kept, false, task);
    // a turn that nobody can hold as a whole is better held in parts than not at all
    let empty = |slot: &&Slot| !slot.optional && whole.assignment.holder(&slot.id).is_none();
    let part_empty = planning.slots.iter().filter(empty).any(|slot| slot.turn.is_some());
    if part_empty { run(&held(&whole.assignment), true, NO_LUCK) } else { whole }
}
