//! What a solved draft changes against what is published, and why: because a rule forced it, because room had to be made
//! for such a change, or because it came out better.

use crate::ids::{PersonId, SlotId};
use crate::roster::plan::{Assignment, Planning};
use crate::roster::rules::{Broken, broken_beside};
use crate::roster::standing::Standing;

/// Why somebody no longer holds what they are published for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// They would break these rules if nothing else had changed.
    Forced(Vec<Broken>),
    /// They would break these now, with what they hold instead, or with who stands beside them.
    MadeRoom(Vec<Broken>),
    /// They still could: it costs less so.
    Chosen,
}

/// One slot that changes hands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The slot.
    pub slot: SlotId,
    /// Who is published for it.
    pub from: PersonId,
    /// Who is to hold it; nobody where it stays empty.
    pub to: Option<PersonId>,
    /// Why.
    pub why: Why,
}

/// Every published slot that the assignment gives to somebody else, in the order of the planning.
#[must_use]
pub fn changes(planning: &Planning, assignment: &Assignment) -> Vec<Moved> {
    let published: Assignment =
        planning.published.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
    let (was, is) = (Standing::new(planning, &published), Standing::new(planning, assignment));
    let mut moved = Vec::new();
    for slot in &planning.slots {
        let Some(from) = published.holder(&slot.id) else { continue };
        let to = assignment.holder(&slot.id);
        if to == Some(from) {
            continue;
        }
        let forced = broken_beside(planning, &was, from, &[slot]);
        let why = if forced.is_empty() {
            match broken_beside(planning, &is, from, &[slot]) {
                rules if rules.is_empty() => Why::Chosen,
                rules => Why::MadeRoom(rules),
            }
        } else {
            Why::Forced(forced)
        };
        moved.push(Moved { slot: slot.id.clone(), from: from.clone(), to: to.cloned(), why });
    }
    moved
}
