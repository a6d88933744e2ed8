//! What taking shifts does to somebody's load, in the words in which they are asked.

use crate::ids::PersonId;
use crate::roster::balance::balance;
use crate::roster::model::Slot;
use crate::roster::phrase::{points, signed};
use crate::roster::plan::{Assignment, Planning};

/// The sentence for one person; nothing where they are not of the team. `assignment` is without what they take, and with
/// what they give for it.
#[must_use]
pub fn weighed(
    planning: &Planning,
    assignment: &Assignment,
    person: &PersonId,
    (taken, given): (&[Slot], &[Slot]),
) -> Option<String> {
    let member = planning.member(person)?;
    let before = balance(planning, assignment).into_iter().find(|balance| balance.person == *person)?;
    let count = |slots: &[Slot]| slots.iter().map(|slot| planning.points(member, slot)).sum::<i64>();
    let more = count(taken) - count(given);
    let counts = if given.is_empty() {
        format!("It counts {} points", points(more))
    } else {
        format!("It counts {} points, and what you give for it {}", points(count(taken)), points(count(given)))
    };
    Some(format!(
        "{counts}: you carry {} now and {} with it. Your fair share is {}, so your balance goes from {} to {}.",
        points(before.load),
        points(before.load + more),
        points(before.share),
        signed(before.over()),
        signed(before.over() + more)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::plan::Worked;
    use crate::roster::sample::{daily, member, planning, span, team};

    #[test]
    fn the_load_is_told_as_it_is_as_it_would_be_and_against_the_fair_share() {
        let mut planning = planning(["ada", "ben"].map(member).to_vec(), daily(1, 1, &team().roles[..1]));
        let window = span("2026-11-24T09:00:00", "2026-11-25T09:00:00");
        planning.ledger = vec![Worked { person: "ada".into(), role: "primary".into(), window, points: 3_000 }];
        let slot = planning.slots[0].clone();
        let counts = planning.points(&planning.members[0], &slot);
        assert_eq!(points(counts), "24.5");
        let none = Assignment::default();
        let told = |person: &str| weighed(&planning, &none, &person.into(), (std::slice::from_ref(&slot), &[]));
        assert_eq!(
            told("ben").unwrap(),
            "It counts 24.5 points: you carry 0.0 now and 24.5 with it. Your fair share is 27.3, so your balance goes \
             from -27.3 to -2.8."
        );
        assert!(told("ada").unwrap().contains("you carry 30.0 now and 54.5 with it"));
        assert_eq!(told("nobody"), None);
        let held = [(slot.id.clone(), "ada".into())].into_iter().collect();
        let half = Slot { window: span("2026-12-01T09:00:00", "2026-12-01T17:00:00"), ..slot.clone() };
        let traded = weighed(&planning, &held, &"ada".into(), (&[half], std::slice::from_ref(&slot))).unwrap();
        let start = "It counts 4.0 points, and what you give for it 24.5: you carry 54.5 now and 34.0 with it.";
        assert!(traded.starts_with(start), "{traded}");
    }
}
