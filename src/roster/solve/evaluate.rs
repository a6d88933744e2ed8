//! What a roster breaks and costs, counted from nothing: the slow and plain judge of what the engine keeps up to date
//! change by change.

use super::instance::{Cap, Choice, Hold, Instance, Item, Level, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// A rule of the problem that a roster breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// The worker may not hold the unit at all.
    Unable {
        /// The unit.
        unit: u32,
        /// Who holds it.
        worker: u32,
    },
    /// Two units of a worker overlap or leave too little rest.
    Clash {
        /// The worker.
        worker: u32,
        /// The two units.
        units: (u32, u32),
    },
    /// Too much in a window of days.
    Cap {
        /// The worker.
        worker: u32,
        /// The cap.
        cap: usize,
        /// First day of the window.
        day: i64,
    },
    /// Only novices on the required units of a watch.
    Novices {
        /// The watch.
        watch: u32,
    },
    /// A forbidden pair on one watch.
    Pair {
        /// The watch.
        watch: u32,
        /// The two.
        workers: (u32, u32),
    },
}

/// The cost of a roster, term by term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Squared deviations of load.
    pub fair: i64,
    /// Those of the balances kept apart.
    pub apart: i64,
    /// What each worker's units cost by themselves.
    pub choices: i64,
    /// Turns too close together.
    pub spacing: i64,
    /// Novices without an expert.
    pub pair: i64,
    /// The same two together again.
    pub again: i64,
    /// Units left empty.
    pub empty: i64,
}

impl Terms {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> i64 {
        self.fair + self.apart + self.choices + self.spacing + self.pair + self.again + self.empty
    }
}

/// All that there is to say about a roster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Required units that nobody holds.
    pub gaps: usize,
    /// What it breaks, as far as free units have part in it.
    pub breaches: Vec<Breach>,
    /// What it costs.
    pub terms: Terms,
}

/// Judges a roster: the holder of each free unit; fixed units are held as the instance says.
#[must_use]
pub fn evaluate(instance: &Instance, holders: &[Option<u32>]) -> Verdict {
    let holder = |index: usize, unit: &Unit| match unit.hold {
        Hold::Free => holders.get(index).copied().flatten(),
        Hold::Fixed(worker) => worker,
    };
    let held: Vec<Option<u32>> = instance.units.iter().enumerate().map(|(index, unit)| holder(index, unit)).collect();
    let mut verdict = Verdict::default();
    for (unit, _) in instance.units.iter().zip(&held).filter(|(unit, worker)| unit.is_free() && worker.is_none()) {
        verdict.gaps += usize::from(unit.required);
        verdict.terms.empty += unit.empty;
    }
    for worker in (0..).take(instance.workers.len()) {
        judge_worker(instance, &held, worker, &mut verdict);
    }
    for watch in (0..).take(instance.watches) {
        judge_watch(instance, &held, watch, &mut verdict);
    }
    verdict.terms.again = instance.again * met_again(instance, &held);
    verdict
}

/// The choice by which a worker may hold a unit.
#[must_use]
pub fn choice(instance: &Instance, worker: u32, unit: u32) -> Option<&Choice> {
    let choices = &instance.workers.get(worker as usize)?.choices;
    choices.binary_search_by_key(&unit, |choice| choice.unit).ok().and_then(|place| choices.get(place))
}

type Held<'a> = (u32, &'a Unit);

fn judge_worker(instance: &Instance, held: &[Option<u32>], worker: u32, verdict: &mut Verdict) {
    let all = (0..).zip(&instance.units).zip(held);
    let mine: Vec<Held<'_>> = all.filter(|(_, who)| **who == Some(worker)).map(|(unit, _)| unit).collect();
    let mut load = instance.workers.get(worker as usize).map_or(0, |worker| worker.offset);
    for (index, _) in mine.iter().filter(|(_, unit)| unit.is_free()) {
        match choice(instance, worker, *index) {
            Some(choice) => {
                load += choice.load;
                verdict.terms.choices += choice.cost;
            }
            None => verdict.breaches.push(Breach::Unable { unit: *index, worker }),
        }
    }
    verdict.terms.fair += instance.fair * load * load;
    let choices = instance.workers.get(worker as usize).map_or(&[][..], |worker| worker.choices.as_slice());
    for apart in &instance.apart {
        let free = mine.iter().filter(|(_, unit)| unit.is_free());
        let places = free.filter_map(|(index, _)| choices.binary_search_by_key(index, |choice| choice.unit).ok());
        verdict.terms.apart += apart.cost(worker as usize, places);
    }
    for ((a, earlier), (b, later)) in pairs(&mine) {
        if (earlier.is_free() || later.is_free()) && earlier.clashes(later, instance.rest) {
            verdict.breaches.push(Breach::Clash { worker, units: (a, b) });
        }
    }
    for ((_, earlier), (_, later)) in mine.iter().zip(mine.iter().skip(1)).filter(|(a, b)| a.1.turn != b.1.turn) {
        verdict.terms.spacing += instance.spacing.between(earlier.last_day(), later.first_day());
    }
    for (index, cap) in instance.caps.iter().enumerate() {
        let days = over(cap, &mine);
        verdict.breaches.extend(days.into_iter().map(|day| Breach::Cap { worker, cap: index, day }));
    }
}

fn pairs<'a>(mine: &'a [Held<'a>]) -> impl Iterator<Item = (Held<'a>, Held<'a>)> {
    mine.iter().enumerate().flat_map(move |(at, a)| mine.iter().skip(at + 1).map(move |b| (*a, *b)))
}

/// First days of windows that hold something free and more than the cap allows.
fn over(cap: &Cap, mine: &[Held<'_>]) -> Vec<i64> {
    let stretches = mine.iter().flat_map(|(_, unit)| unit.items.iter().map(move |item| (*unit, item)));
    let mut seen: Vec<(&Unit, &Item)> = stretches.filter(|(_, item)| cap.sees(item)).collect();
    seen.sort_by_key(|(_, item)| item.start);
    let mut turns = BTreeSet::new();
    let counted: Vec<(i64, i64, i64, bool)> = seen
        .iter()
        .map(|(unit, item)| (item.day, item.minutes, i64::from(turns.insert(unit.turn)), unit.is_free()))
        .collect();
    let is_over = |first: i64| {
        let inside = || counted.iter().filter(move |(day, ..)| (first..first + cap.days).contains(day));
        let (turns, minutes): (i64, i64) =
            inside().fold((0, 0), |(t, m), (_, minutes, turn, _)| (t + turn, m + minutes));
        let free = inside().any(|(.., free)| *free);
        free && (cap.turns.is_some_and(|most| turns > most) || cap.minutes.is_some_and(|most| minutes > most))
    };
    let days: BTreeSet<i64> = counted.iter().map(|(day, ..)| *day).collect();
    days.into_iter().filter(|day| is_over(*day)).collect()
}

/// How often two stand together beyond their first time: any two units that share watches are one meeting of their holders.
fn met_again(instance: &Instance, held: &[Option<u32>]) -> i64 {
    let mut met: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    for (at, (unit, a)) in instance.units.iter().zip(held).enumerate() {
        for (other, b) in instance.units.iter().zip(held).skip(at + 1) {
            let together = unit.watches.iter().any(|watch| other.watches.contains(watch));
            if let (true, Some(a), Some(b)) = (together && a != b, a, b) {
                *met.entry((*a.min(b), *a.max(b))).or_default() += 1;
            }
        }
    }
    met.values().map(|times| times - 1).sum()
}

fn judge_watch(instance: &Instance, held: &[Option<u32>], watch: u32, verdict: &mut Verdict) {
    let all = (0..).zip(&instance.units).zip(held);
    let on: Vec<(u32, &Unit, u32)> = all
        .filter(|((_, unit), _)| unit.watches.binary_search(&watch).is_ok())
        .filter_map(|((index, unit), who)| Some((index, unit, (*who)?)))
        .collect();
    let level = |unit: u32, worker: u32| choice(instance, worker, unit).map_or(Level::Regular, |choice| choice.level);
    for (at, (_, unit, a)) in on.iter().enumerate() {
        for (_, _, b) in on.iter().skip(at + 1).filter(|(_, other, _)| unit.is_free() || other.is_free()) {
            if instance.forbidden.iter().any(|(x, y)| (x, y) == (a, b) || (y, x) == (a, b)) {
                verdict.breaches.push(Breach::Pair { watch, workers: (*a, *b) });
            }
        }
    }
    let required = || on.iter().filter(|(_, unit, _)| unit.required);
    let free = required().any(|(_, unit, _)| unit.is_free());
    if free && required().all(|(unit, _, worker)| level(*unit, *worker) == Level::Novice) {
        verdict.breaches.push(Breach::Novices { watch });
    }
    let has = |wanted: Level| on.iter().any(|(unit, _, worker)| level(*unit, *worker) == wanted);
    if has(Level::Novice) && !has(Level::Expert) {
        verdict.terms.pair += instance.pair;
    }
}
