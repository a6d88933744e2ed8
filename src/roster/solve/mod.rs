//! Fills a draft: pins, then what is published and still valid, then a greedy over turns with repair of gaps and local
//! improvement. Costs are integers; the same planning, seed and work give the same roster.

pub mod bench;
pub mod bound;
pub mod evaluate;
pub mod instance;
mod problem;
mod search;
mod state;
#[cfg(test)]
mod tests;

use crate::ids::{PersonId, SlotId};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Planning};
use problem::Problem;
use state::State;
use std::collections::BTreeMap;

/// Attempts at improvement that suit a draft of a month while somebody waits.
pub const USUAL_WORK: u32 = 20_000;

/// An assignment that breaks no hard rule beyond what pins themselves break. `work` is the number of attempts at
/// improvement. What is published stays where it is still valid, so that solving again changes nothing, whatever the
/// seed.
#[must_use]
pub fn solve(planning: &Planning, seed: u64, work: u32) -> Assignment {
    if !planning.published.is_empty() {
        let kept = still_valid(planning);
        let valid = |slot: &Slot| kept.holder(&slot.id) == planning.published.get(&slot.id);
        if planning.slots.iter().all(valid) && settle(planning, kept.clone()) == kept {
            return kept;
        }
    }
    settle(planning, fill(planning, &planning.published, (seed, work)))
}

/// What is published, pins and all, without what has come to break a rule.
fn still_valid(planning: &Planning) -> Assignment {
    let problem = Problem::new(planning, &planning.published, false);
    let mut state = State::new(&problem);
    search::keep(&mut state);
    problem.assignment(&state.holders)
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
        let kept = assignment.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
        let next = fill(planning, &kept, (0, 0));
        if empty(&next) >= empty(&assignment) {
            break;
        }
        assignment = next;
    }
    assignment
}

/// One search, with turns as wholes, and in parts where a turn could not be given as a whole.
fn fill(planning: &Planning, kept: &BTreeMap<SlotId, PersonId>, (seed, work): (u64, u32)) -> Assignment {
    let whole = run(&Problem::new(planning, kept, false), seed, work);
    // a turn that nobody can hold as a whole is better held in parts than not at all
    let part_empty =
        planning.slots.iter().any(|slot| !slot.optional && slot.turn.is_some() && whole.holder(&slot.id).is_none());
    if !part_empty {
        return whole;
    }
    let kept = whole.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
    run(&Problem::new(planning, &kept, true), seed, 0)
}

fn run(problem: &Problem<'_>, seed: u64, work: u32) -> Assignment {
    let mut state = State::new(problem);
    search::keep(&mut state);
    search::fill(&mut state, seed);
    while search::repair(&mut state) {}
    search::improve(&mut state, seed, work);
    loop {
        search::fill(&mut state, seed);
        if !search::repair(&mut state) {
            break;
        }
    }
    problem.assignment(&state.holders)
}
