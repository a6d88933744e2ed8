//! Fills a draft: pins, then what is published and still valid, then a greedy over turns with repair of gaps and local
//! improvement. Costs are integers; the same planning, seed and work give the same roster.

mod problem;
mod search;
mod state;
#[cfg(test)]
mod tests;

use crate::roster::plan::{Assignment, Planning};
use problem::Problem;
use state::State;

/// Attempts at improvement that suit a draft of a month while somebody waits.
pub const USUAL_WORK: u32 = 20_000;

/// An assignment that breaks no hard rule beyond what pins themselves break. `work` is the number of attempts at
/// improvement. What is published stays where it is still valid, so that solving again changes nothing.
#[must_use]
pub fn solve(planning: &Planning, seed: u64, work: u32) -> Assignment {
    let whole = run(&Problem::new(planning, &planning.published, false), seed, work);
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
