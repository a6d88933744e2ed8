//! The bound and the exact finish against every roster there is, on instances small enough to try them all.

use super::exact::{Outcome, finish};
use super::window::Windows;
use super::{Bounder, Progress};
use crate::roster::solve::evaluate::{Breach, evaluate};
use crate::roster::solve::instance::{Apart, Cap, Choice, Hold, Instance, Item, Level, Spacing, Unit, Worker};
use proptest::prelude::*;

const DAY: i64 = 1440;

/// Third of a day, thirds of length, whether a second stretch follows a day later, turn of its own, required, hold.
type UnitSketch = (i64, i64, bool, bool, bool, u8);

fn unit(index: usize, (third, length, again, alone, required, hold): UnitSketch) -> Unit {
    let item = |shift: i64| {
        let start = third * 480 + shift;
        Item { start, end: start + length * 480, day: start.div_euclid(DAY), minutes: length * 480, kind: 0 }
    };
    Unit {
        items: if again { vec![item(0), item(DAY)] } else { vec![item(0)] },
        turn: if alone { 100 + u32::try_from(index).unwrap() } else { u32::try_from(third / 6).unwrap() },
        watches: vec![u32::try_from(third / 2).unwrap()],
        required,
        empty: i64::from(!required) * 4,
        hold: match hold {
            0 => Hold::Fixed(Some(0)),
            1 => Hold::Fixed(None),
            _ => Hold::Free,
        },
    }
}

/// Load, cost, whether there is such a choice at all.
type ChoiceSketch = (i64, i64, u8);

fn worker(offset: i64, level: u8, sketches: &[ChoiceSketch], units: usize) -> Worker {
    let level = [Level::Novice, Level::Regular, Level::Expert][usize::from(level)];
    let all = (0..).zip(sketches).take(units);
    let choices = all
        .filter(|(_, (_, _, able))| *able > 0)
        .map(|(unit, (load, cost, _))| Choice { unit, load: *load, cost: *cost, level })
        .collect();
    Worker { offset, choices }
}

/// A balance of its own, to which a unit adds the same whoever holds it.
fn kept_apart(fair: i64, offsets: &[i64], loads: &[i64], workers: &[Worker]) -> Apart {
    let load = |choice: &Choice| loads[choice.unit as usize];
    let loads = workers.iter().map(|worker| worker.choices.iter().map(load).collect()).collect();
    Apart { fair, offsets: offsets[..workers.len()].to_vec(), loads }
}

prop_compose! {
    fn instance_over(thirds: i64)(
        units in proptest::collection::vec((0..thirds, 1_i64..3, prop::bool::weighted(0.2), prop::bool::weighted(0.8),
            prop::bool::weighted(0.8), 0_u8..14), 1..6),
        workers in proptest::collection::vec((-6_i64..3, 0_u8..3,
            proptest::collection::vec((0_i64..4, -3_i64..12, 0_u8..5), 6)), 1..4),
        rest in 0_i64..1500, days in 1_i64..5, weight in 0_i64..6,
        turns in proptest::option::of(1_i64..3), minutes in proptest::option::of(400_i64..2000), window in 1_i64..5,
        fair in 0_i64..3, (pair, again) in (0_i64..9, 0_i64..4), pairs in any::<bool>(), apart in proptest::collection::vec(
            (0_i64..3, proptest::collection::vec(-3_i64..2, 3), proptest::collection::vec(0_i64..3, 6)), 0..3),
    ) -> Instance {
        let mut units: Vec<Unit> = units.into_iter().enumerate().map(|(index, sketch)| unit(index, sketch)).collect();
        units.sort_by_key(Unit::start);
        let workers: Vec<Worker> =
            workers.iter().map(|(offset, level, sketches)| worker(*offset, *level, sketches, units.len())).collect();
        let forbidden = if pairs && workers.len() > 1 { vec![(0, 1)] } else { vec![] };
        let caps = vec![Cap { days: window, turns, minutes, counts: vec![true] }];
        let spacing = Spacing { days, weight, first: 0, last: 6 - days };
        let apart = apart.iter().map(|(fair, offsets, loads)| kept_apart(*fair, offsets, loads, &workers)).collect();
        let instance = Instance { units, workers, watches: 9, forbidden, rest, spacing, caps, fair, pair, again, apart };
        assert!(instance.is_sound());
        instance
    }
}

fn any_instance() -> impl Strategy<Value = Instance> {
    instance_over(18)
}

/// All on two or three watches, where novices, experts and forbidden pairs meet.
fn crowded() -> impl Strategy<Value = Instance> {
    instance_over(5)
}

/// Least cost of a roster without gaps that breaks nothing, by trying all.
fn cheapest(instance: &Instance) -> Option<i64> {
    sound(instance).into_iter().map(|(cost, _)| cost).min()
}

/// All rosters without gaps that break nothing, with their costs.
fn sound(instance: &Instance) -> Vec<(i64, Vec<Option<u32>>)> {
    let able = |unit: usize| -> Vec<Option<u32>> {
        let has = |worker: &Worker| worker.choices.iter().any(|choice| choice.unit as usize == unit);
        let able = (0..).zip(&instance.workers).filter(|(_, worker)| has(worker)).map(|(index, _)| Some(index));
        if instance.units[unit].is_free() { std::iter::once(None).chain(able).collect() } else { vec![None] }
    };
    let choices: Vec<Vec<Option<u32>>> = (0..instance.units.len()).map(able).collect();
    let mut at = vec![0; choices.len()];
    let mut found = Vec::new();
    loop {
        let holders: Vec<Option<u32>> = choices.iter().zip(&at).map(|(choices, at)| choices[*at]).collect();
        let verdict = evaluate(instance, &holders);
        if verdict.gaps == 0 && verdict.breaches.is_empty() {
            found.push((verdict.terms.total(), holders));
        }
        let Some(turn) = (0..at.len()).find(|unit| at[*unit] + 1 < choices[*unit].len()) else { return found };
        at[turn] += 1;
        at[..turn].fill(0);
    }
}

fn settle(bounder: &mut Bounder, upper: i64) -> Progress {
    let mut progress = bounder.round(upper);
    for _ in 0..30 {
        if progress.settled {
            break;
        }
        progress = bounder.round(upper);
    }
    progress
}

proptest! {
    #![proptest_config(crate::cases(96))]

    #[test]
    fn no_bound_exceeds_what_the_best_of_all_rosters_costs(instance in any_instance(), above in 0_i64..40) {
        if let Some(least) = cheapest(&instance) {
            let upper = least + above;
            let bound = settle(&mut Bounder::new(&instance, upper, 1), upper).bound;
            prop_assert!(bound <= least, "{bound} for {least}");
        }
    }

    #[test]
    fn no_bound_exceeds_it_on_crowded_watches_either(instance in crowded(), above in 0_i64..40) {
        if let Some(least) = cheapest(&instance) {
            let upper = least + above;
            let bound = settle(&mut Bounder::new(&instance, upper, 1), upper).bound;
            prop_assert!(bound <= least, "{bound} for {least}");
        }
    }

    #[test]
    fn the_exact_finish_finds_what_trying_all_rosters_finds(instance in prop_oneof![any_instance(), crowded()], above in 1_i64..40) {
        let least = cheapest(&instance);
        let upper = least.map_or(500, |least| least + above);
        let mut bounder = Bounder::new(&instance, upper, 1);
        settle(&mut bounder, upper);
        match finish(&mut bounder, upper, u64::MAX, &mut |_, _, _| true) {
            Outcome::Optimal(cost, Some(holders)) => {
                let verdict = evaluate(&instance, &holders);
                prop_assert_eq!((Some(cost), verdict.gaps, verdict.terms.total()), (least, 0, cost));
                prop_assert!(verdict.breaches.is_empty());
            }
            Outcome::Optimal(cost, None) => prop_assert_eq!((cost, least), (upper, None)),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn the_exact_finish_says_that_nothing_is_better_than_the_best(instance in any_instance()) {
        if let Some(least) = cheapest(&instance) {
            let mut bounder = Bounder::new(&instance, least, 1);
            settle(&mut bounder, least);
            let outcome = finish(&mut bounder, least, u64::MAX, &mut |_, _, _| true);
            prop_assert_eq!(outcome, Outcome::Optimal(least, None));
        }
    }

    #[test]
    fn what_a_price_list_rules_out_is_in_no_better_roster(instance in any_instance()) {
        if let Some(least) = cheapest(&instance) {
            let mut bounder = Bounder::new(&instance, least + 1, 1);
            let bound = settle(&mut bounder, least + 1).bound;
            let prices = bounder.prices();
            for (worker, rises) in instance.workers.iter().zip(&prices.rises) {
                prop_assert_eq!(worker.choices.len(), rises.len());
            }
            // somebody holds every required unit in the best roster, at no more than what lies between
            for (unit, at) in instance.units.iter().zip(0_u32..).filter(|(unit, _)| unit.required && unit.is_free()) {
                let open = instance.workers.iter().zip(&prices.rises).any(|(worker, rises)| {
                    let place = worker.choices.iter().position(|choice| choice.unit == at);
                    place.is_some_and(|place| rises[place] <= f64::from(i32::try_from(least - bound + 1).unwrap()) + 0.1)
                });
                prop_assert!(open, "nobody for unit {at} of {:?}", unit.items);
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_nothing(instance in any_instance()) {
        let run = |threads| {
            let mut bounder = Bounder::new(&instance, 400, threads);
            let rounds = (bounder.round(400), bounder.round(400));
            (rounds, bounder.prices().units, bounder.suggest(5, &|| false))
        };
        prop_assert_eq!(run(1), run(2));
    }

    #[test]
    fn a_window_over_all_days_makes_any_roster_the_best(instance in any_instance(), which in any::<prop::sample::Index>()) {
        let all = sound(&instance);
        if !all.is_empty() {
            let (cost, start) = &all[which.index(all.len())];
            let found = Windows::new(&instance, 50).round(&instance, start, u64::MAX, &|| false);
            let best = found.map_or(*cost, |found| evaluate(&instance, &found).terms.total());
            prop_assert_eq!(Some(best), cheapest(&instance));
        }
    }

    #[test]
    fn windows_change_only_their_days_and_only_for_the_better(
        instance in any_instance(), which in any::<prop::sample::Index>(), days in 1_i64..4,
    ) {
        let all = sound(&instance);
        if all.is_empty() {
            return Ok(());
        }
        let (mut cost, mut holders) = all[which.index(all.len())].clone();
        let mut windows = Windows::new(&instance, days);
        for _ in 0..12 {
            let Some(found) = windows.round(&instance, &holders, u64::MAX, &|| false) else { continue };
            let changed = instance.units.iter().zip(found.iter().zip(&holders)).filter(|(_, (new, old))| new != old);
            let days_changed: Vec<i64> = changed.map(|(unit, _)| unit.first_day()).collect();
            prop_assert!(days_changed.iter().max().unwrap() - days_changed.iter().min().unwrap() < days);
            let verdict = evaluate(&instance, &found);
            prop_assert!(verdict.breaches.is_empty() && verdict.gaps == 0 && verdict.terms.total() < cost);
            (cost, holders) = (verdict.terms.total(), found);
        }
    }

    #[test]
    fn a_suggestion_keeps_the_rules_that_one_worker_can_break(instance in any_instance()) {
        let mut bounder = Bounder::new(&instance, 400, 1);
        bounder.round(400);
        let holders = bounder.suggest(5, &|| false).unwrap_or_default();
        for breach in evaluate(&instance, &holders).breaches {
            prop_assert!(matches!(breach, Breach::Novices { .. } | Breach::Pair { .. }), "{:?}", breach);
        }
    }

    #[test]
    fn a_suggestion_ends_when_it_is_told_to(instance in any_instance()) {
        prop_assert_eq!(Bounder::new(&instance, 400, 1).suggest(5, &|| true), None);
    }
}
