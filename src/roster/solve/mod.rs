//! Fills a draft: pins, then what is published and still valid, then a greedy over turns with local improvement.

use crate::roster::plan::{Assignment, Planning};

/// An assignment that breaks no hard rule, the same for the same planning, seed and amount of work.
#[must_use]
pub fn solve(planning: &Planning, seed: u64, work: u32) -> Assignment {
    let _ = (planning, seed, work);
    unimplemented!()
}
