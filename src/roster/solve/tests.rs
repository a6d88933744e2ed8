//! What every solved roster keeps to.

use super::changes::{Why, changes};
use super::*;
use crate::roster::availability::{Availability, Kind};
use crate::roster::check::{FindingKind, check};
use crate::roster::model::{Cap, Grant};
use crate::roster::plan::Duty;
use crate::roster::report::report;
use crate::roster::rules::Broken;
use crate::roster::sample::{daily, member, planning, says, span, team};
use crate::time::Window;
use proptest::prelude::*;

const NAMES: [&str; 7] = ["ada", "ben", "cho", "dee", "eli", "fay", "gus"];

fn published(mut planning: Planning, assignment: &Assignment) -> Planning {
    planning.published = assignment.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
    planning
}

#[test]
fn a_month_of_days_is_filled_and_comes_out_even() {
    let planning = planning(NAMES.map(member).to_vec(), daily(28, 1, &team().roles[..2]));
    let assignment = solve(&planning, 1, usual_work(&planning));
    assert_eq!(check(&planning, &assignment), vec![]);
    let report = report(&planning, &assignment);
    assert!(report.max - report.min < 2 * 2_450, "spread {} to {}", report.min, report.max);
}

#[test]
fn nights_are_shared_evenly_where_the_team_keeps_them_apart() {
    let mut planning = planning(NAMES[..4].iter().map(|name| member(name)).collect(), daily(12, 1, &team().roles[..2]));
    planning.team.roles[1].weight = 100;
    let mut nights = Vec::new();
    for slot in &mut planning.slots {
        let start = slot.window.start;
        slot.window = if slot.role == "primary" {
            Window::new(start, start.plus_hours(12))
        } else {
            Window::new(start.plus_hours(13), start.plus_hours(22))
        };
        nights.extend((slot.role == "secondary").then_some(slot.window));
    }
    planning.members[0].availability = says(Kind::Avoid, &nights);
    let of_ada = |planning: &Planning| {
        let assignment = solve(planning, 1, usual_work(planning));
        assert_eq!(check(planning, &assignment), vec![]);
        let held =
            assignment.iter().filter(|(slot, who)| slot.as_str().starts_with("secondary") && who.as_str() == "ada");
        held.count()
    };
    assert_eq!(of_ada(&planning), 0, "she asked to avoid nights, and there are days enough");
    planning.team.weights.nights_apart = 1_000;
    assert!(of_ada(&planning) >= 2, "three of twelve are hers to stand");
}

#[test]
fn a_turn_stays_with_one_person() {
    let planning = planning(NAMES.map(member).to_vec(), daily(28, 7, &team().roles[..2]));
    let assignment = solve(&planning, 1, usual_work(&planning));
    assert_eq!(check(&planning, &assignment), vec![]);
    for slot in &planning.slots {
        let first = planning.turn_of(slot)[0];
        assert_eq!(assignment.holder(&slot.id), assignment.holder(&first.id));
    }
}

#[test]
fn a_turn_that_nobody_can_hold_whole_is_held_in_parts() {
    let mut members = ["ada", "ben"].map(member).to_vec();
    members[0].availability = says(Kind::Unavailable, &[span("2026-12-02T12:00:00", "2026-12-02T13:00:00")]);
    members[1].availability = says(Kind::Unavailable, &[span("2026-12-06T12:00:00", "2026-12-06T13:00:00")]);
    let planning = planning(members, daily(7, 7, &team().roles[..1]));
    let assignment = solve(&planning, 1, usual_work(&planning));
    let gaps = check(&planning, &assignment);
    assert!(gaps.len() <= 2, "{gaps:?}");
    assert!(gaps.iter().all(|finding| finding.kind == FindingKind::Gap));
}

#[test]
fn a_gap_is_filled_by_handing_something_else_on() {
    // ada alone can stand the second day, and has been given the first, which ben could take
    let mut members = ["ada", "ben"].map(member).to_vec();
    members[1].availability = says(Kind::Unavailable, &[span("2026-12-02T12:00:00", "2026-12-02T13:00:00")]);
    let mut planning = planning(members, daily(2, 1, &team().roles[..1]));
    planning.published.insert("primary-00".into(), "ada".into());
    let assignment = solve(&planning, 1, 0);
    assert_eq!(assignment.holder(&"primary-00".into()), Some(&"ben".into()));
    assert_eq!(assignment.holder(&"primary-01".into()), Some(&"ada".into()));
}

#[test]
fn a_gap_is_filled_by_giving_its_partner_slot_to_somebody_else() {
    // ben alone may stand secondary, never with ada, who has been given primary
    let mut planning = planning(["ada", "ben", "cho"].map(member).to_vec(), daily(1, 1, &team().roles[..2]));
    planning.team.roles[1].requires = vec!["on-site".into()];
    planning.members[1].grants = vec![Grant {
        person: "ben".into(),
        qualification: "on-site".into(),
        from: None,
        until: None,
        evidence: String::new(),
    }];
    planning.team.forbidden_pairs = vec![("ada".into(), "ben".into())];
    planning.published.insert("primary-00".into(), "ada".into());
    let assignment = solve(&planning, 1, 0);
    assert_eq!(assignment.holder(&"primary-00".into()), Some(&"cho".into()));
    assert_eq!(assignment.holder(&"secondary-00".into()), Some(&"ben".into()));
}

#[test]
fn pins_and_started_slots_stay_whatever_they_cost() {
    let mut planning = planning(NAMES.map(member).to_vec(), daily(10, 1, &team().roles[..1]));
    planning.pins.insert("primary-03".into(), "gus".into());
    planning.pins.insert("primary-04".into(), "gus".into());
    planning.published.insert("primary-00".into(), "fay".into());
    planning.frozen.extend(["primary-00".into(), "primary-01".into()]);
    let assignment = solve(&planning, 1, usual_work(&planning));
    assert_eq!(assignment.holder(&"primary-03".into()), Some(&"gus".into()));
    assert_eq!(assignment.holder(&"primary-04".into()), Some(&"gus".into()));
    assert_eq!(assignment.holder(&"primary-00".into()), Some(&"fay".into()));
    assert_eq!(assignment.holder(&"primary-01".into()), None);
}

#[test]
fn gaps_that_a_second_look_would_fill_are_filled_at_the_first() {
    // a turn that was filled in parts leaves a gap which only the parts together can fill
    let mut members = ["ada", "ben", "cho"].map(member).to_vec();
    let day = |n: i64| {
        let first = span("2026-12-01T09:00:00", "2026-12-02T09:00:00");
        Window::new(first.start.plus_days(n), first.end.plus_days(n))
    };
    let duty = |n: i64| Duty { team: "search".into(), role: "primary".into(), window: day(n), turn: None };
    members[0].availability = says(Kind::Unavailable, &[day(10), day(20)]);
    members[0].duties.push(duty(3));
    members[1].duties.push(duty(11));
    members.iter_mut().zip([50, 71, 50]).for_each(|(member, fte)| member.memberships[0].fte = fte);
    let mut planning = planning(members, daily(28, 5, &team().roles[..2]));
    planning.team.settings.caps = vec![Cap { days: 14, max_turns: Some(2), max_minutes: None, roles: vec![] }];
    planning.team.forbidden_pairs = vec![("cho".into(), "ben".into())];
    for seed in 0..4 {
        let first = solve(&planning, seed, 500);
        let again = published(planning.clone(), &first);
        assert_eq!(solve(&again, seed + 1, 500), first, "seed {seed}");
    }
}

#[test]
fn leave_moves_only_what_it_must_and_the_rule_is_told() {
    let planning = planning(NAMES.map(member).to_vec(), daily(28, 1, &team().roles[..2]));
    let first = solve(&planning, 1, 20_000);
    let mut again = published(planning, &first);
    let leave = span("2026-12-08T00:00:00", "2026-12-15T00:00:00");
    again.members[3].availability = says(Kind::Unavailable, &[leave]);
    let second = solve(&again, 2, 20_000);
    assert_eq!(check(&again, &second), vec![]);
    let moved = changes(&again, &second);
    let hit = |slot: &&Slot| slot.window.overlaps(leave) && first.holder(&slot.id) == Some(&"dee".into());
    let forced: Vec<_> = again.slots.iter().filter(hit).map(|slot| slot.id.clone()).collect();
    assert!(!forced.is_empty());
    assert_eq!(moved.iter().map(|moved| moved.slot.clone()).collect::<Vec<_>>(), forced);
    for moved in &moved {
        assert!(
            matches!(&moved.why, Why::Forced(rules) if matches!(rules[..], [Broken::Unavailable { .. }])),
            "{moved:?}"
        );
    }
}

#[test]
fn where_room_must_be_made_the_far_shift_moves_rather_than_the_near_one() {
    // dee falls ill on the 20th; who could stand in stands the day before or the day after, and rest keeps them apart
    let mut members = ["ada", "ben", "dee"].map(member).to_vec();
    members[2].availability = says(Kind::Unavailable, &[span("2026-12-20T12:00:00", "2026-12-20T13:00:00")]);
    let mut planning = planning(members, daily(28, 1, &team().roles[..1]));
    planning.slots.retain(|slot| ["primary-18", "primary-19", "primary-20"].contains(&slot.id.as_str()));
    for (slot, person) in [("primary-18", "ada"), ("primary-19", "dee"), ("primary-20", "ben")] {
        planning.published.insert(slot.into(), person.into());
    }
    planning.now = planning.slots[0].window.start.plus_days(-13);
    let moved = changes(&planning, &solve(&planning, 1, 5_000));
    let why = |slot: &str| moved.iter().find(|moved| moved.slot.as_str() == slot).map(|moved| moved.why.clone());
    assert!(matches!(why("primary-19"), Some(Why::Forced(_))), "{moved:?}");
    assert_eq!(why("primary-18"), None);
    assert!(matches!(why("primary-20"), Some(Why::MadeRoom(_))), "{moved:?}");
}

/// A team with everything that makes planning hard, from a handful of small numbers.
fn any_planning() -> impl Strategy<Value = Planning> {
    let person = (
        proptest::collection::vec((0_i64..28, 1_i64..4, 0_u8..3), 0..4),
        any::<bool>(),
        proptest::option::of(0_i64..28),
        50_u32..=100,
    );
    let people = proptest::collection::vec(person, 3..=NAMES.len());
    (people, 1_u32..=7, any::<bool>(), proptest::option::of(2_u32..5), proptest::option::of((0_usize..3, 0_usize..3)))
        .prop_map(|(people, turn, shadow, cap, pair)| {
            let members = people.into_iter().zip(NAMES).map(|((said, novice, duty, fte), name)| {
                let mut member = member(name);
                let start = span("2026-12-01T09:00:00", "2026-12-02T09:00:00").start;
                let window = |from: i64, days: i64| Window::new(start.plus_days(from), start.plus_days(from + days));
                let kinds = [Kind::Unavailable, Kind::Avoid, Kind::Prefer];
                let intervals = said
                    .into_iter()
                    .map(|(from, days, kind)| says(kinds[kind as usize], &[window(from, days)]).intervals()[0].clone());
                member.availability = Availability::new(intervals.collect(), vec![]);
                member.memberships[0].novice = novice;
                member.memberships[0].fte = fte;
                member.duties.extend(duty.map(|day| Duty {
                    team: "search".into(),
                    role: "primary".into(),
                    window: window(day, 1),
                    turn: None,
                }));
                member
            });
            let roles = team().roles;
            let mut planning = planning(members.collect(), daily(28, turn, &roles[..if shadow { 3 } else { 2 }]));
            planning.team.settings.caps = cap
                .map(|max| Cap { days: 14, max_turns: Some(max), max_minutes: None, roles: vec![] })
                .into_iter()
                .collect();
            planning.team.forbidden_pairs =
                pair.filter(|(a, b)| a != b).map(|(a, b)| (NAMES[a].into(), NAMES[b].into())).into_iter().collect();
            planning
        })
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn no_hard_rule_is_ever_broken_and_every_gap_is_explained(planning in any_planning(), seed in any::<u64>()) {
        let assignment = solve(&planning, seed, 500);
        for finding in check(&planning, &assignment) {
            prop_assert_eq!(finding.kind, FindingKind::Gap, "{}", finding.text);
            let by_each = finding.text.starts_with("nobody qualified is free on ");
            prop_assert!(by_each || finding.text.contains("; unavoidable: "), "{}", finding.text);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_roster(planning in any_planning(), seed in any::<u64>()) {
        prop_assert_eq!(solve(&planning, seed, 500), solve(&planning, seed, 500));
    }

    #[test]
    fn solving_again_with_nothing_changed_changes_nothing(planning in any_planning(), seed in any::<u64>()) {
        let first = solve(&planning, seed, 500);
        let again = published(planning, &first);
        prop_assert_eq!(solve(&again, seed.wrapping_add(1), 500), first);
    }

    #[test]
fn who_joins_moves_nothing_but_what_fills_a_gap(planning in any_planning(), seed in any::<u64>()) {
        let mut before = planning.clone();
        before.members.pop();
        let first = solve(&before, seed, 500);
        let second = solve(&published(planning.clone(), &first), seed, 500);
        let gaps = |assignment: &Assignment| {
            planning.slots.iter().filter(|slot| !slot.optional && assignment.holder(&slot.id).is_none()).count()
        };
        prop_assert!(gaps(&second) <= gaps(&first));
        if gaps(&second) == gaps(&first) {
            for (slot, person) in first.iter() {
                prop_assert_eq!(second.holder(slot), Some(person), "{}", slot);
            }
        }
    }

    #[test]
    fn who_falls_ill_is_replaced_and_the_others_keep_their_slots(planning in any_planning(), day in 0_i64..28) {
        let first = solve(&planning, 1, 500);
        let mut again = published(planning, &first);
        let start = span("2026-12-01T09:00:00", "2026-12-02T09:00:00").start.plus_days(day);
        let ill = Window::new(start, start.plus_days(1));
        let mut intervals = again.members[0].availability.intervals().to_vec();
        intervals.extend_from_slice(says(Kind::Unavailable, &[ill]).intervals());
        again.members[0].availability = Availability::new(intervals, vec![]);
        for finding in check(&again, &solve(&again, 1, 500)) {
            prop_assert_eq!(finding.kind, FindingKind::Gap, "{}", finding.text);
        }
    }
}

/// Two shifts a day, so that it matters only who stands with whom.
fn pairs_of(days: u32) -> Planning {
    let mut planning =
        planning(NAMES[..4].iter().map(|name| member(name)).collect(), daily(days, 1, &team().roles[..2]));
    planning.team.roles[1].weight = 100;
    planning.team.settings.spacing_days = 0;
    planning.team.settings.min_rest_minutes = 0;
    planning
}

fn partners(planning: &Planning, assignment: &Assignment) -> Vec<(String, String)> {
    let holder = |slot: String| assignment.holder(&slot.as_str().into()).unwrap().to_string();
    let days = 0..planning.slots.len() / 2;
    let both = days.map(|day| (holder(format!("primary-{day:02}")), holder(format!("secondary-{day:02}"))));
    both.map(|(a, b)| if a < b { (a, b) } else { (b, a) }).collect()
}

#[test]
fn a_novice_stands_with_an_expert_where_the_team_has_any() {
    let mut planning = pairs_of(8);
    planning.members[0].memberships[0].novice = true;
    planning.members[3].grants = vec![Grant {
        person: "dee".into(),
        qualification: "lead".into(),
        from: None,
        until: None,
        evidence: String::new(),
    }];
    planning.team.settings.expert = Some("lead".into());
    let assignment = solve(&planning, 1, usual_work(&planning));
    assert_eq!(check(&planning, &assignment), vec![]);
    let of_ada: Vec<_> = partners(&planning, &assignment).into_iter().filter(|(a, _)| a == "ada").collect();
    assert!(of_ada.len() >= 3, "she stands her part");
    assert!(of_ada.iter().all(|(_, partner)| partner == "dee"), "{of_ada:?}");
}

#[test]
fn people_meet_where_the_team_wants_it() {
    let mut planning = pairs_of(12);
    let even: Vec<Window> = planning.slots.iter().step_by(4).map(|slot| slot.window).collect();
    let odd: Vec<Window> = planning.slots.iter().skip(2).step_by(4).map(|slot| slot.window).collect();
    for (index, member) in planning.members.iter_mut().enumerate() {
        member.availability = says(Kind::Prefer, if index < 2 { &even } else { &odd });
    }
    let met = |planning: &Planning| {
        let assignment = solve(planning, 1, usual_work(planning));
        assert_eq!(check(planning, &assignment), vec![]);
        let translation = Translation::new(planning, &BTreeMap::new(), false);
        let holder = |slots: &Vec<&Slot>| {
            let person = assignment.holder(&slots.first()?.id)?;
            (0..).zip(&planning.members).find(|(_, member)| member.person.id == *person).map(|(index, _)| index)
        };
        let holders: Vec<Option<u32>> = translation.slots.iter().map(holder).collect();
        let terms = evaluate::evaluate(&translation.instance, &holders).terms;
        let standing = crate::roster::standing::Standing::new(planning, &assignment);
        assert_eq!(price::company(planning, &standing), terms.pair + terms.again, "both count alike");
        partners(planning, &assignment).into_iter().collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(met(&planning), 2, "each stands on the days they like");
    planning.team.weights.same_partner = 200;
    assert_eq!(met(&planning), 6, "everybody with everybody");
}
