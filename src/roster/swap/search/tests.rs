//! Small teams in which the ways out can be told by hand, and random ones in which no way may break a rule.

use super::*;
use crate::roster::availability::Kind;
use crate::roster::check::check;
use crate::roster::model::Cap;
use crate::roster::sample::{daily, member, planning, says, span, team};
use crate::time::HOUR;
use proptest::prelude::*;
use std::collections::BTreeSet;

const LONG_AGO: Instant = Instant::FAR_PAST;

fn asked(slots: &[&str]) -> Asked {
    Asked { slots: slots.iter().map(|slot| SlotId::from(*slot)).collect(), part: None }
}

fn held(pairs: &[(&str, &str)]) -> Assignment {
    pairs.iter().map(|(slot, person)| (SlotId::from(*slot), PersonId::from(*person))).collect()
}

/// Ada, Ben and Cho with nine days of primary, of which each has one.
fn three() -> (Planning, Assignment) {
    let plan = planning(["ada", "ben", "cho"].map(member).to_vec(), daily(9, 1, &team().roles[..1]));
    (plan, held(&[("primary-00", "ada"), ("primary-03", "ben"), ("primary-06", "cho")]))
}

/// Away for a while on the day of that number.
fn away(plan: &mut Planning, person: usize, days: &[u32]) {
    let noon = |day: &u32| {
        let day = day + 1;
        span(&format!("2026-12-{day:02}T12:00:00"), &format!("2026-12-{day:02}T13:00:00"))
    };
    plan.members[person].availability = says(Kind::Unavailable, &days.iter().map(noon).collect::<Vec<_>>());
}

/// `slot: giver > taker`, by moves.
fn shown(way: &Way) -> Vec<String> {
    way.moves.iter().map(|one| format!("{}: {} > {}", one.slot, one.from, one.to)).collect()
}

fn all_shown(found: &Found) -> Vec<Vec<String>> {
    found.ways.iter().map(shown).collect()
}

#[test]
fn a_colleague_takes_the_shift_for_one_of_their_own() {
    let (mut plan, assignment) = three();
    let found = exchanges(&plan, &assignment, &asked(&["primary-00"]), LONG_AGO);
    let (ben, cho) =
        (["primary-00: ada > ben", "primary-03: ben > ada"], ["primary-00: ada > cho", "primary-06: cho > ada"]);
    assert_eq!(all_shown(&found), [cho, ben], "Ben's day reaches into the weekend");
    assert!(!found.more);
    away(&mut plan, 1, &[0]);
    let found = exchanges(&plan, &assignment, &asked(&["primary-00"]), LONG_AGO);
    assert_eq!(all_shown(&found), [["primary-00: ada > cho", "primary-06: cho > ada"]]);
}

#[test]
fn what_is_given_in_return_no_longer_stands_in_the_way() {
    let (plan, _) = three();
    let assignment = held(&[("primary-01", "ada"), ("primary-02", "ben")]);
    let covered = covers(&plan, &assignment, &asked(&["primary-01"]));
    assert_eq!(all_shown(&covered), [["primary-01: ada > cho"]], "Ben has no rest to the day after");
    let found = exchanges(&plan, &assignment, &asked(&["primary-01"]), LONG_AGO);
    assert_eq!(all_shown(&found), [["primary-01: ada > ben", "primary-02: ben > ada"]]);
}

#[test]
fn three_go_round_where_no_two_can_exchange() {
    let (mut plan, assignment) = three();
    away(&mut plan, 0, &[0, 3]);
    away(&mut plan, 2, &[0]);
    let asked = asked(&["primary-00"]);
    assert_eq!(exchanges(&plan, &assignment, &asked, LONG_AGO).ways, []);
    let found = cycles(&plan, &assignment, &asked, LONG_AGO);
    assert_eq!(all_shown(&found), [["primary-00: ada > ben", "primary-03: ben > cho", "primary-06: cho > ada"]]);
}

#[test]
fn what_has_begun_is_pinned_or_frozen_is_given_by_nobody() {
    let (mut plan, assignment) = three();
    let asked = asked(&["primary-00"]);
    let after_ben = plan.slot(&"primary-03".into()).unwrap().window.start;
    let found = exchanges(&plan, &assignment, &asked, after_ben);
    assert_eq!(all_shown(&found), [["primary-00: ada > cho", "primary-06: cho > ada"]]);
    plan.pins.insert("primary-06".into(), "cho".into());
    plan.frozen.insert("primary-03".into());
    assert_eq!(exchanges(&plan, &assignment, &asked, LONG_AGO).ways, []);
}

#[test]
fn a_turn_is_exchanged_for_a_turn() {
    let plan = planning(["ada", "ben", "cho"].map(member).to_vec(), daily(9, 3, &team().roles[..1]));
    let names = |turn: usize| (turn * 3..turn * 3 + 3).map(|day| format!("primary-{day:02}")).collect::<Vec<_>>();
    let holders = ["ada", "ben", "cho"].into_iter().zip(0..);
    let assignment: Assignment = holders
        .flat_map(|(who, turn)| names(turn).into_iter().map(move |slot| (SlotId::new(slot), PersonId::from(who))))
        .collect();
    let asked = asked(&["primary-00", "primary-01", "primary-02"]);
    let found = exchanges(&plan, &assignment, &asked, LONG_AGO);
    let first = found.ways.iter().map(shown).find(|moves| moves[0].ends_with("ben")).unwrap();
    assert_eq!(first[..3], ["primary-00: ada > ben", "primary-01: ada > ben", "primary-02: ada > ben"]);
    assert_eq!(first[3..], ["primary-03: ben > ada", "primary-04: ben > ada", "primary-05: ben > ada"]);
    assert_eq!(found.ways.len(), 2);
    let begun = plan.slot(&"primary-03".into()).unwrap().window.start;
    assert_eq!(exchanges(&plan, &assignment, &asked, begun).ways.len(), 1, "a turn that runs is given by nobody");
}

#[test]
fn what_makes_the_balances_most_even_comes_first() {
    let (mut plan, assignment) = three();
    // Ben gives a working day for the day of a holiday, Cho does so for one.
    plan.members.iter_mut().for_each(|member| member.holidays = BTreeSet::from(["2026-12-07".parse().unwrap()]));
    plan.ledger = vec![crate::roster::plan::Worked {
        person: "cho".into(),
        role: "primary".into(),
        window: span("2026-11-01T09:00:00", "2026-11-02T09:00:00"),
        points: 9_000,
    }];
    let found = exchanges(&plan, &assignment, &asked(&["primary-00"]), LONG_AGO);
    assert_eq!(shown(&found.ways[0]), ["primary-00: ada > cho", "primary-06: cho > ada"], "the holiday goes to Ada");
    assert!(found.ways[0].change < 0 && found.ways[1].change > 0, "{found:?}");
    let told = told(&plan, &found.ways[0], |person| person.as_str() == "ada");
    assert_eq!(told[1].1, "Cho takes primary 1 Dec 09:00-09:00 and gives primary 7 Dec 09:00-09:00");
    let start = "Ada takes primary 7 Dec 09:00-09:00 and gives primary 1 Dec 09:00-09:00: +";
    assert!(told[0].1.starts_with(start) && told[0].1.contains("; balance "), "{}", told[0].1);
}

#[test]
fn two_who_are_each_away_for_a_while_stand_it_one_after_the_other() {
    let (mut plan, assignment) = three();
    let on = |from: &str, to: &str| span(&format!("2026-12-{from}"), &format!("2026-12-{to}"));
    plan.members[1].availability = says(Kind::Unavailable, &[on("01T18:20:00", "02T09:00:00")]);
    plan.members[2].availability = says(Kind::Unavailable, &[on("01T09:00:00", "01T14:10:00")]);
    let asked = asked(&["primary-00"]);
    assert_eq!(covers(&plan, &assignment, &asked).ways, []);
    let found = parts(&plan, &assignment, &asked);
    let spans = |way: &Way| way.moves.iter().map(|one| (one.window, one.to.clone())).collect::<Vec<_>>();
    let seams: Vec<Instant> = found.ways.iter().map(|way| spans(way)[0].0.end).collect();
    assert!(found.ways.iter().all(|way| shown(way) == ["primary-00: ada > ben", "primary-00: ada > cho"]));
    let hour = |text: &str| on(&format!("01T{text}"), "02T09:00:00").start;
    assert!(seams.contains(&hour("15:00:00")) && seams.contains(&hour("18:00:00")), "{found:?}");
    assert!(seams.iter().all(|seam| hour("14:10:00") <= *seam && *seam <= hour("18:20:00")));
}

#[test]
fn one_who_stands_an_afternoon_is_a_part_and_one_who_stands_all_is_none() {
    let (mut plan, assignment) = three();
    away(&mut plan, 1, &[0]);
    let whole = parts(&plan, &assignment, &asked(&["primary-00"]));
    assert!(whole.ways.iter().all(|way| way.moves.len() > 1));
    let afternoon = span("2026-12-01T14:00:00", "2026-12-01T16:00:00");
    let found = parts(&plan, &assignment, &Asked { part: Some(afternoon), ..asked(&["primary-00"]) });
    let takers: BTreeSet<&str> = found.ways.iter().map(|way| way.moves[0].to.as_str()).collect();
    assert_eq!(takers, BTreeSet::from(["ben", "cho"]));
    assert!(found.ways.iter().all(|way| way.moves.len() == 1 && way.moves[0].window == afternoon));
}

#[test]
fn a_part_needs_the_rest_around_it_and_an_expert_beside_it() {
    let (mut plan, _) = three();
    plan.slots = daily(2, 1, &team().roles[..2]);
    plan.members[1].memberships[0].novice = true;
    plan.members[2].memberships[0].novice = true;
    let assignment = held(&[("primary-00", "ada"), ("secondary-00", "cho"), ("primary-01", "ada")]);
    let morning = span("2026-12-01T09:00:00", "2026-12-01T12:00:00");
    let ask = Asked { part: Some(morning), ..asked(&["primary-00"]) };
    assert_eq!(parts(&plan, &assignment, &ask).ways, [], "two novices would be alone");
    plan.members[1].memberships[0].novice = false;
    assert_eq!(parts(&plan, &assignment, &ask).ways.len(), 1);
    let assignment = held(&[("primary-00", "ada"), ("primary-01", "ben")]);
    assert_eq!(parts(&plan, &assignment, &ask).ways.len(), 1, "only Ben, who rests until the day after");
    let evening = Some(span("2026-12-01T20:00:00", "2026-12-02T09:00:00"));
    assert_eq!(parts(&plan, &assignment, &Asked { part: evening, ..ask }).ways, []);
}

#[test]
fn nobody_searches_for_what_nobody_holds() {
    let (plan, assignment) = three();
    for slots in [&["primary-01"][..], &["nothing"], &["primary-00", "primary-03"], &[]] {
        let ask = asked(slots);
        assert_eq!(covers(&plan, &assignment, &ask), Found::default());
        assert_eq!(exchanges(&plan, &assignment, &ask, LONG_AGO), Found::default());
        assert_eq!(cycles(&plan, &assignment, &ask, LONG_AGO), Found::default());
        assert_eq!(parts(&plan, &assignment, &ask), Found::default());
    }
}

/// A team of six with 21 days of two roles, held as far as rules allow, with absences, caps and a forbidden pair.
fn any_plan() -> impl Strategy<Value = (Planning, Assignment)> {
    let absences = proptest::collection::vec((0usize..6, 0i64..21 * 24, 1i64..40), 0..10);
    let picks = proptest::collection::vec(0usize..6, 42);
    (absences, picks, prop::bool::ANY, prop::bool::ANY).prop_map(|(absences, picks, capped, novice)| {
        let ids = ["ada", "ben", "cho", "dee", "eli", "fay"];
        let mut plan = planning(ids.map(member).to_vec(), daily(21, 1, &team().roles[..2]));
        let start = plan.slots[0].window.start;
        for (person, from, hours) in absences {
            let window = Window::new(start.plus_hours(from), start.plus_hours(from + hours));
            let mut said: Vec<Window> =
                plan.members[person].availability.intervals().iter().map(|said| said.window).collect();
            said.push(window);
            plan.members[person].availability = says(Kind::Unavailable, &said);
        }
        plan.team.forbidden_pairs = vec![("ada".into(), "ben".into())];
        plan.members[5].memberships[0].novice = novice;
        if capped {
            let cap = Cap { days: 14, max_turns: Some(3), max_minutes: Some(4 * 1440), roles: Vec::new() };
            plan.team.settings.caps = vec![cap];
        }
        let mut assignment = Assignment::default();
        for (slot, pick) in plan.slots.iter().zip(picks) {
            let able = (0..6).map(|n| PersonId::from(ids[(pick + n) % 6]));
            let mut able = able.filter(|p| crate::roster::rules::broken(&plan, &assignment, p, &[slot]).is_empty());
            let holder = able.next();
            assignment.set(&slot.id, holder.as_ref());
        }
        (plan, assignment)
    })
}

/// Whole slots change hands.
fn made(assignment: &Assignment, moves: &[Move]) -> Assignment {
    let mut made = assignment.clone();
    moves.iter().for_each(|one| made.set(&one.slot, Some(&one.to)));
    made
}

fn inverse(moves: &[Move]) -> Vec<Move> {
    moves.iter().map(|one| Move { from: one.to.clone(), to: one.from.clone(), ..one.clone() }).collect()
}

proptest! {
    #![proptest_config(crate::cases(12))]

    #[test]
    fn no_way_breaks_a_rule_and_the_way_back_restores_everything((plan, assignment) in any_plan(), pick in 0usize..42) {
        let Some(slot) = plan.slots.iter().cycle().skip(pick).take(42).find(|s| assignment.holder(&s.id).is_some()) else {
            return Ok(());
        };
        let ask = Asked { slots: vec![slot.id.clone()], part: None };
        let broken = |assignment: &Assignment| {
            let broken = check(&plan, assignment).into_iter().filter(|f| f.kind == crate::roster::check::FindingKind::Broken);
            broken.map(|finding| finding.text).collect::<BTreeSet<_>>()
        };
        let before = broken(&assignment);
        let whole = [covers(&plan, &assignment, &ask), exchanges(&plan, &assignment, &ask, LONG_AGO),
            cycles(&plan, &assignment, &ask, LONG_AGO)];
        for found in &whole {
            prop_assert!(found.ways.windows(2).all(|pair| pair[0].advice.is_some() || pair[0].change <= pair[1].change));
            for way in &found.ways {
                let after = made(&assignment, &way.moves);
                prop_assert!(broken(&after).is_subset(&before), "{:?} breaks {:?}", shown(way), broken(&after));
                prop_assert_eq!(made(&after, &inverse(&way.moves)), assignment.clone());
                let stands = balance(&plan, &after);
                for toll in &way.tolls {
                    let stands = stands.iter().find(|one| one.person == toll.person).unwrap();
                    prop_assert_eq!(stands.over(), toll.after());
                }
            }
        }
        prop_assert_eq!(&whole[1], &exchanges(&plan, &assignment, &ask, LONG_AGO));
    }

    #[test]
    fn parts_fill_the_shift_to_the_minute_and_break_nothing((plan, assignment) in any_plan(), pick in 0usize..42) {
        let Some(slot) = plan.slots.iter().cycle().skip(pick).take(42).find(|s| assignment.holder(&s.id).is_some()) else {
            return Ok(());
        };
        let found = parts(&plan, &assignment, &Asked { slots: vec![slot.id.clone()], part: None });
        for way in &found.ways {
            let mut at = slot.window.start;
            for one in &way.moves {
                prop_assert_eq!(one.window.start, at);
                prop_assert!(one.window.millis() >= 3 * HOUR);
                at = one.window.end;
                let mut without = assignment.clone();
                without.set(&slot.id, None);
                let part = Slot { window: one.window, ..slot.clone() };
                prop_assert!(crate::roster::rules::broken(&plan, &without, &one.to, &[&part]).is_empty());
            }
            prop_assert_eq!(at, slot.window.end);
            let people: BTreeSet<_> = way.moves.iter().map(|one| &one.to).collect();
            prop_assert_eq!(people.len(), way.moves.len());
        }
        prop_assert!(found.ways.windows(2).all(|pair| pair[0].moves.len() <= pair[1].moves.len()));
    }
}
