//! What comes of several moves at once, and which hard rules it would break.

use super::Move;
use crate::ids::PersonId;
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Planning};
use crate::roster::rules::{Broken, broken};
use std::collections::BTreeSet;

/// The slot of a move, cut to the part that moves.
#[must_use]
pub fn piece(planning: &Planning, one: &Move) -> Option<Slot> {
    planning.slot(&one.slot).map(|slot| Slot { window: one.window, ..slot.clone() })
}

/// Who would hold what. A slot of which only parts move counts as nobody's: its rest stays with whoever stands it now and
/// breaks nothing that all of it did not.
fn after(planning: &Planning, assignment: &Assignment, moves: &[Move]) -> Assignment {
    let mut after = assignment.clone();
    for one in moves {
        let whole = planning.slot(&one.slot).is_some_and(|slot| slot.window == one.window);
        after.set(&one.slot, whole.then_some(&one.to));
    }
    after
}

/// The hard rules that those who take something would break once all moves are made, by person; none means it is
/// possible.
#[must_use]
pub fn obstacles(planning: &Planning, assignment: &Assignment, moves: &[Move]) -> Vec<(PersonId, Broken)> {
    let after = after(planning, assignment, moves);
    let takers: BTreeSet<&PersonId> = moves.iter().map(|one| &one.to).collect();
    let mut found = Vec::new();
    for taker in takers {
        let taken: Vec<Slot> =
            moves.iter().filter(|one| one.to == *taker).filter_map(|one| piece(planning, one)).collect();
        let rules = broken(planning, &after, taker, &taken.iter().collect::<Vec<_>>());
        found.extend(rules.into_iter().map(|rule| (taker.clone(), rule)));
    }
    found
}
