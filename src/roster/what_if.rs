//! What a change to an assignment would do, without making it: rules broken, cost by name, and balances of those touched.
//!
//! Costs are the solver's: 10 000 is what one mean turn above the fair share costs.

use crate::ids::{PersonId, SlotId};
use crate::roster::availability::Kind;
use crate::roster::balance::Balance;
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Member, Planning};
use crate::roster::recommend::Board;
use crate::roster::rules::{Broken, broken_beside};
use crate::roster::solve::price;
use crate::roster::standing::Standing;
use serde::Serialize;
use std::collections::BTreeSet;

/// One slot given to somebody, or emptied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The slot.
    pub slot: SlotId,
    /// Who is to hold it.
    pub person: Option<PersonId>,
}

/// What cost is made of; lower is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Loads away from the fair share, those of balances kept apart among them.
    pub fairness: i64,
    /// What people asked to avoid, less what they offered to stand.
    pub wishes: i64,
    /// Duty in months that are full already.
    pub utilisation: i64,
    /// Turns closer together than is wished for.
    pub spacing: i64,
    /// Novices without an expert, and the same two together again.
    pub company: i64,
    /// Held by somebody else than published; the nearer, the more.
    pub change: i64,
    /// Optional slots left empty.
    pub empty: i64,
}

impl Cost {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.terms().iter().map(|(_, cost)| cost).sum()
    }

    /// Each term with its name.
    #[must_use]
    pub fn terms(&self) -> [(&'static str, i64); 7] {
        [
            ("fairness", self.fairness),
            ("wishes", self.wishes),
            ("utilisation", self.utilisation),
            ("spacing", self.spacing),
            ("company", self.company),
            ("change", self.change),
            ("empty", self.empty),
        ]
    }
}

/// A rule that the change would break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The slot in which it is broken: a changed one, or another of its watch.
    pub slot: SlotId,
    /// Who would break it.
    pub person: PersonId,
    /// The rule.
    pub rule: Broken,
}

/// What a change would do to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Load and share as they are.
    pub before: Balance,
    /// As they would be.
    pub after: Balance,
}

/// What a change would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The rules that it would break and that are kept now.
    pub breaches: Vec<Breach>,
    /// What the people and slots it touches cost as they are; company is the whole plan's.
    pub before: Cost,
    /// What they would cost.
    pub after: Cost,
    /// Those who would hold more or less, in the order of the members.
    pub people: Vec<Touched>,
    /// Required slots that it would leave empty.
    pub gaps: Vec<SlotId>,
}

/// What a set of changes would do, made together. Slots that the planning does not have are passed over.
#[must_use]
pub fn what_if(planning: &Planning, assignment: &Assignment, changes: &[Change]) -> Effect {
    Board::new(planning).what_if(assignment, changes)
}

impl Board<'_> {
    /// As [`what_if`].
    #[must_use]
    pub fn what_if(&self, assignment: &Assignment, changes: &[Change]) -> Effect {
        let planning = self.planning;
        let mut then = assignment.clone();
        for change in changes.iter().filter(|change| planning.slot(&change.slot).is_some()) {
            then.set(&change.slot, change.person.as_ref());
        }
        // a slot that is named twice and comes back to its holder has not changed
        let named: BTreeSet<&SlotId> = changes.iter().map(|change| &change.slot).collect();
        let differs = |slot: &SlotId| assignment.holder(slot) != then.holder(slot);
        let slots: Vec<&Slot> =
            named.into_iter().filter(|slot| differs(slot)).filter_map(|slot| planning.slot(slot)).collect();
        let holders = slots.iter().flat_map(|slot| [assignment.holder(&slot.id), then.holder(&slot.id)]);
        let people: BTreeSet<&PersonId> = holders.flatten().collect();
        let (now, later) = (Standing::new(planning, assignment), Standing::new(planning, &then));
        let (balances, changed) = (self.balances(&now), self.balances(&later));
        let members = planning.members.iter().zip(balances.into_iter().zip(changed));
        let (mut before, mut after, mut touched) = (Cost::default(), Cost::default(), Vec::new());
        let members = members.enumerate().filter(|(_, (member, _))| people.contains(&member.person.id));
        for (index, (member, (old, new))) in members {
            self.add(&mut before, (index, member), &now, old.over());
            self.add(&mut after, (index, member), &later, new.over());
            touched.push(Touched { before: old, after: new });
        }
        for slot in &slots {
            before.empty += price::skipped(slot, assignment);
            before.change += price::changed(planning, slot, assignment);
            after.empty += price::skipped(slot, &then);
            after.change += price::changed(planning, slot, &then);
        }
        before.company = price::company(planning, &now);
        after.company = price::company(planning, &later);
        let gap =
            |slot: &&&Slot| !slot.optional && assignment.holder(&slot.id).is_some() && then.holder(&slot.id).is_none();
        let gaps = slots.iter().filter(gap).map(|slot| slot.id.clone()).collect();
        Effect { breaches: breaches(planning, &now, &later, &slots), before, after, people: touched, gaps }
    }

    /// Adds what one person costs by what they stand.
    fn add(&self, cost: &mut Cost, (index, member): (usize, &Member), standing: &Standing<'_>, over: i64) {
        let held = standing.of(&member.person.id);
        let off = over.saturating_mul(100) / self.turn;
        cost.fairness += off.saturating_mul(off);
        for apart in &self.apart {
            let points = held.iter().map(|slot| apart.points(self.planning, member, slot)).sum::<i64>();
            let over = apart.over.get(index).copied().unwrap_or_default() + points;
            let off = apart.off(over, self.turn);
            cost.fairness += off.saturating_mul(off);
        }
        for slot in held {
            let kind = member.availability.over(slot.window, &self.planning.team.settings).kind;
            cost.wishes += match kind {
                Kind::Avoid => price::AVOID,
                Kind::Prefer => -price::PREFER,
                Kind::Unavailable | Kind::Neutral => 0,
            };
            cost.utilisation += price::utilised(member, slot);
        }
        cost.spacing += price::spacing(self.planning, member, held);
    }
}

/// What the holders of the changed slots, and of others on their watches, would break and don't now.
fn breaches(planning: &Planning, now: &Standing<'_>, then: &Standing<'_>, slots: &[&Slot]) -> Vec<Breach> {
    let mut asked: BTreeSet<(&SlotId, &PersonId)> = BTreeSet::new();
    let mut found = Vec::new();
    for (slot, person) in slots.iter().flat_map(|slot| then.with(slot)) {
        if !asked.insert((&slot.id, person)) {
            continue;
        }
        let held = now.of(person).iter().any(|own| own.id == slot.id);
        let known = if held { broken_beside(planning, now, person, &[slot]) } else { Vec::new() };
        let rules = broken_beside(planning, then, person, &[slot]).into_iter();
        found.extend(rules.filter(|rule| !rule.is_among(&known)).map(|rule| Breach {
            slot: slot.id.clone(),
            person: (*person).clone(),
            rule,
        }));
    }
    found
}

#[cfg(test)]
mod tests;
