//! A way out in words: who takes what, and what it does to their load and balance.

use super::Way;
use crate::ids::PersonId;
use crate::roster::phrase::{list, points, signed, span};
use crate::roster::plan::Planning;

/// A sentence for each person whom the way concerns. Loads and balances are told of those whom `open` names; others may
/// know what is published, which is what somebody stands.
#[must_use]
pub fn told(planning: &Planning, way: &Way, open: impl Fn(&PersonId) -> bool) -> Vec<(PersonId, String)> {
    let told = |toll: &super::Toll| {
        let person = &toll.person;
        let named = |mine: &dyn Fn(&super::Move) -> bool| {
            let of = |one: &super::Move| {
                let slot = planning.slot(&one.slot)?;
                Some(format!("{} {}", slot.role, span(one.window, slot.zone)))
            };
            list(&way.moves.iter().filter(|one| mine(one)).filter_map(of).collect::<Vec<_>>())
        };
        let (taken, given) = (named(&|one| one.to == *person), named(&|one| one.from == *person));
        let does = match (taken.is_empty(), given.is_empty()) {
            (false, false) => format!("takes {taken} and gives {given}"),
            (false, true) => format!("takes {taken}"),
            _ => format!("gives {given}"),
        };
        let mut text = format!("{} {does}", planning.name(person));
        if open(person) {
            text.push_str(&format!(
                ": {} points, carrying {} instead of {}; balance {} instead of {}",
                signed(toll.more),
                points(toll.load + toll.more),
                points(toll.load),
                signed(toll.after()),
                signed(toll.before())
            ));
        }
        (person.clone(), text)
    };
    way.tolls.iter().map(told).collect()
}
