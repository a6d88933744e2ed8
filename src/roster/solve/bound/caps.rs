//! The window caps as rows: at most so many turns, or minutes, of one worker in some days. A row joins once an answer
//! breaks it; there are far more windows than ever matter.

use super::net::{Bid, Net};
use super::rows::{Row, Rows};
use crate::roster::solve::instance::{Cap, Hold, Instance, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Measure {
    Turns,
    Minutes,
}

/// A window of a worker: cap, measure, first day.
type Window = (u32, u32, Measure, i64);

/// The windows that have a row.
#[derive(Clone, Debug, Default)]
pub struct Caps {
    known: BTreeSet<Window>,
    shared: Option<BTreeMap<u32, u32>>,
}

impl Caps {
    /// Adds rows for what a worker's answer breaks; how many.
    pub fn learn(&mut self, instance: &Instance, rows: &mut Rows, worker: usize, net: &Net, path: &[u32]) -> usize {
        let before = self.known.len();
        let held: Vec<&Bid> = path.iter().map(|bid| &net.bids[*bid as usize]).collect();
        for (index, cap) in (0..).zip(&instance.caps) {
            for (measure, limit) in [(Measure::Turns, cap.turns), (Measure::Minutes, cap.minutes)] {
                let Some(limit) = limit else { continue };
                for day in self.broken(instance, (cap, measure, limit), worker, &held) {
                    let window = (u32::try_from(worker).unwrap_or(u32::MAX), index, measure, day);
                    if self.known.insert(window) {
                        self.add(instance, rows, (cap, measure, limit), (worker, net, day));
                    }
                }
            }
        }
        self.known.len() - before
    }

    /// First days of broken windows: of each run of them the middle one.
    fn broken(
        &mut self,
        instance: &Instance,
        (cap, measure, limit): (&Cap, Measure, i64),
        worker: usize,
        held: &[&Bid],
    ) -> Vec<i64> {
        let mut counted: Vec<(i64, i64)> = Vec::new();
        for bid in held.iter().filter(|bid| !bid.fixed) {
            counted.extend(self.amounts(instance, &instance.units[bid.unit as usize], cap, measure));
        }
        let Some(first) = counted.iter().map(|(day, _)| *day).min() else { return Vec::new() };
        let last = counted.iter().map(|(day, _)| *day).max().unwrap_or(first);
        let sum = |day: i64| -> i64 {
            let inside = counted.iter().filter(|(at, _)| (day..day + cap.days).contains(at));
            inside.map(|(_, amount)| *amount).sum::<i64>()
        };
        let mut bad = Vec::new();
        for day in first - cap.days + 1..=last {
            let left = limit - self.fixed(instance, cap, measure, worker, day);
            if sum(day) > left.max(0) {
                bad.push(day);
            }
        }
        let mut middle = Vec::new();
        let mut start = 0;
        for at in 1..=bad.len() {
            if at == bad.len() || bad[at] != bad[at - 1] + 1 {
                middle.push(bad[usize::midpoint(start, at - 1)]);
                start = at;
            }
        }
        middle
    }

    /// What a unit counts, by day.
    fn amounts(&mut self, instance: &Instance, unit: &Unit, cap: &Cap, measure: Measure) -> Vec<(i64, i64)> {
        let mut seen = unit.items.iter().filter(|item| cap.sees(item));
        match measure {
            Measure::Minutes => seen.map(|item| (item.day, item.minutes)).collect(),
            Measure::Turns => {
                // units of one turn count once, which a sum cannot say: they are left out
                let shared = self.shared.get_or_insert_with(|| shared_turns(instance));
                let alone = !shared.contains_key(&unit.turn);
                seen.next().filter(|_| alone).map(|item| (item.day, 1)).into_iter().collect()
            }
        }
    }

    /// What fixed units of the worker already take of a window.
    fn fixed(&mut self, instance: &Instance, cap: &Cap, measure: Measure, worker: usize, day: i64) -> i64 {
        let held = instance.units.iter().filter(|unit| unit.hold == Hold::Fixed(u32::try_from(worker).ok()));
        let amounts = held.flat_map(|unit| self.amounts(instance, unit, cap, measure));
        amounts.filter(|(at, _)| (day..day + cap.days).contains(at)).map(|(_, amount)| amount).sum()
    }

    fn add(
        &mut self,
        instance: &Instance,
        rows: &mut Rows,
        (cap, measure, limit): (&Cap, Measure, i64),
        (worker, net, day): (usize, &Net, i64),
    ) {
        let limit = (limit - self.fixed(instance, cap, measure, worker, day)).max(0);
        let amount = |caps: &mut Self, bid: &Bid| -> i64 {
            if bid.fixed {
                return 0;
            }
            let all = caps.amounts(instance, &instance.units[bid.unit as usize], cap, measure);
            all.iter().filter(|(at, _)| (day..day + cap.days).contains(at)).map(|(_, amount)| *amount).sum()
        };
        let amounts: Vec<i64> = net.bids.iter().map(|bid| amount(self, bid)).collect();
        // rounding down both sides in whole parts keeps the row true and its numbers small
        let divisor = amounts.iter().copied().fold(0, gcd).max(1);
        let part = if limit / divisor <= 64 { divisor } else { amounts.iter().copied().max().unwrap_or(1).max(1) };
        let row = u32::try_from(rows.rows.len()).unwrap_or(u32::MAX);
        rows.rows.push(Row { least: -whole(limit / part), exact: false, most: rows.gap });
        rows.terms[worker].add(row, |bid| -whole(amounts[bid as usize] / part));
    }
}

fn shared_turns(instance: &Instance) -> BTreeMap<u32, u32> {
    let mut count = BTreeMap::new();
    for unit in &instance.units {
        *count.entry(unit.turn).or_insert(0) += 1;
    }
    count.retain(|_, units| *units > 1);
    count
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[allow(clippy::cast_precision_loss)]
fn whole(amount: i64) -> f64 {
    amount as f64
}
