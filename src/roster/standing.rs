//! Who stands what, by person and by watch: found once in an assignment, for who asks often.

use crate::ids::{PersonId, SlotId};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Planning};
use std::collections::BTreeMap;

/// A slot's pattern and occurrence: who shares both stands together.
type Watch<'a> = (&'a str, &'a str);

/// A person's slots, and where they stand in the planning.
type Held<'a> = (Vec<&'a Slot>, Vec<usize>);

/// An assignment from the people's side.
#[derive(Clone, Debug, Default)]
pub struct Standing<'a> {
    people: BTreeMap<&'a PersonId, Held<'a>>,
    watches: BTreeMap<Watch<'a>, Vec<(&'a Slot, &'a PersonId)>>,
}

impl<'a> Standing<'a> {
    /// Of the planning's slots, as assigned.
    #[must_use]
    pub fn new(planning: &'a Planning, assignment: &'a Assignment) -> Self {
        Self::without(planning, assignment, None)
    }

    /// As if nobody held one of the slots.
    #[must_use]
    pub fn without(planning: &'a Planning, assignment: &'a Assignment, but: Option<&SlotId>) -> Self {
        let mut standing = Self::default();
        for (place, slot) in planning.slots.iter().enumerate().filter(|(_, slot)| Some(&slot.id) != but) {
            if let Some(person) = assignment.holder(&slot.id) {
                let (slots, places) = standing.people.entry(person).or_default();
                slots.push(slot);
                places.push(place);
                standing.watches.entry(watch(slot)).or_default().push((slot, person));
            }
        }
        standing
    }

    /// What a person stands, in the order of the planning.
    #[must_use]
    pub fn of(&self, person: &PersonId) -> &[&'a Slot] {
        self.people.get(person).map(|(slots, _)| slots.as_slice()).unwrap_or_default()
    }

    /// As [`Standing::of`], with the position of each slot in the planning.
    pub fn placed(&self, person: &PersonId) -> impl Iterator<Item = (usize, &'a Slot)> {
        let held = self.people.get(person);
        held.into_iter().flat_map(|(slots, places)| places.iter().copied().zip(slots.iter().copied()))
    }

    /// Who stands what on each watch that anybody stands.
    pub fn watches(&self) -> impl Iterator<Item = &[(&'a Slot, &'a PersonId)]> {
        self.watches.values().map(Vec::as_slice)
    }

    /// Everything that is held on the watch of a slot, the slot itself among it.
    #[must_use]
    pub fn with<'s>(&'s self, slot: &'s Slot) -> &'s [(&'s Slot, &'s PersonId)] {
        self.watches.get(&watch(slot)).map(Vec::as_slice).unwrap_or_default()
    }
}

fn watch(slot: &Slot) -> Watch<'_> {
    (&slot.pattern, &slot.occurrence)
}
