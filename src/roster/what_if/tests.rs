//! What is said of a change before it is made, against what is true after it.

use super::*;
use crate::roster::balance::balance;
use crate::roster::check::check;
use crate::roster::model::Cap;
use crate::roster::sample::{daily, member, planning, says, span, team};
use crate::roster::solve::solve;
use proptest::prelude::*;

fn change(slot: &str, person: Option<&str>) -> Change {
    Change { slot: slot.into(), person: person.map(PersonId::from) }
}

fn scene() -> (Planning, Assignment) {
    let mut members = ["ada", "ben", "cho", "dee"].map(member).to_vec();
    members[1].availability = says(Kind::Avoid, &[span("2026-12-05T09:00:00", "2026-12-06T09:00:00")]);
    members[2].memberships[0].novice = true;
    let mut planning = planning(members, daily(14, 1, &team().roles));
    planning.team.settings.caps = vec![Cap { days: 7, max_turns: Some(6), max_minutes: None, roles: vec![] }];
    let assignment = solve(&planning, 1, 2_000);
    planning.published = assignment.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
    (planning, assignment)
}

#[test]
fn a_slot_given_to_who_avoids_it_costs_what_that_costs() {
    let (planning, mut assignment) = scene();
    for slot in ["primary-03", "primary-04", "primary-05", "secondary-04", "shadow-04", "secondary-03", "shadow-03"] {
        assignment.set(&slot.into(), None);
    }
    let effect = what_if(&planning, &assignment, &[change("primary-04", Some("ben"))]);
    assert_eq!(effect.after.wishes - effect.before.wishes, price::AVOID);
    assert_eq!(effect.people.len(), 1);
    assert!(effect.people[0].after.load > effect.people[0].before.load);
    assert_eq!(effect.people[0].after.share, effect.people[0].before.share);
}

#[test]
fn a_near_change_of_what_is_published_costs_more_than_a_far_one() {
    let (planning, assignment) = scene();
    let cost = |slot: &str| {
        let holder = assignment.holder(&slot.into()).unwrap();
        let other = ["ada", "ben", "dee"].into_iter().find(|other| holder.as_str() != *other);
        what_if(&planning, &assignment, &[change(slot, other)]).after.change
    };
    assert!(cost("primary-02") > cost("primary-12"), "{} {}", cost("primary-02"), cost("primary-12"));
    assert_eq!(what_if(&planning, &assignment, &[]).after, Cost::default());
}

#[test]
fn an_emptied_slot_is_a_gap_only_where_it_is_required() {
    let (planning, assignment) = scene();
    let effect = what_if(&planning, &assignment, &[change("primary-01", None), change("shadow-01", None)]);
    assert_eq!(effect.gaps, [SlotId::from("primary-01")]);
}

#[test]
fn two_at_once_and_novices_alone_are_told() {
    let (planning, mut assignment) = scene();
    for slot in ["primary-06", "secondary-06", "shadow-06", "primary-05", "secondary-05", "primary-07", "secondary-07"]
    {
        assignment.set(&slot.into(), None);
    }
    let both = [change("primary-06", Some("ada")), change("secondary-06", Some("ada"))];
    let rules = |effect: Effect| effect.breaches.into_iter().map(|breach| breach.rule).collect::<Vec<_>>();
    assert!(matches!(rules(what_if(&planning, &assignment, &both))[..], [Broken::TwoAtOnce(_), ..]));
    let novice = what_if(&planning, &assignment, &[change("primary-06", Some("cho"))]);
    assert!(rules(novice).contains(&Broken::NovicesOnly));
}

proptest! {
    #![proptest_config(crate::cases(32))]

    #[test]
    fn what_is_foretold_is_what_is_found(slot in 0_usize..42, other in 0_usize..42, who in 0_usize..4) {
        let (planning, assignment) = scene();
        let id = |at: usize| planning.slots[at].id.clone();
        let person = planning.members[who].person.id.clone();
        let changes = [
            Change { slot: id(slot), person: Some(person) },
            Change { slot: id(other), person: assignment.holder(&id(slot)).cloned() },
        ];
        let effect = what_if(&planning, &assignment, &changes);
        let mut then = assignment.clone();
        changes.iter().for_each(|change| then.set(&change.slot, change.person.as_ref()));
        // rules
        let (was, is) = (check(&planning, &assignment).len(), check(&planning, &then).len());
        let told = effect.breaches.len() + effect.gaps.len();
        prop_assert_eq!(was, 0);
        prop_assert!((told > 0) == (is > 0), "{:?} {:?}", effect, check(&planning, &then));
        // balances
        for (old, new) in balance(&planning, &assignment).iter().zip(&balance(&planning, &then)) {
            let touched = effect.people.iter().find(|touched| touched.after.person == new.person);
            let foretold = touched.map_or((old, old), |touched| (&touched.before, &touched.after));
            prop_assert_eq!(foretold, (old, new));
        }
        // taken back, everything is as it was
        let back: Vec<Change> =
            changes.iter().map(|c| Change { slot: c.slot.clone(), person: assignment.holder(&c.slot).cloned() }).collect();
        let undone = what_if(&planning, &then, &back);
        prop_assert_eq!((undone.before.total(), undone.after.total()), (effect.after.total(), effect.before.total()));
    }
}
