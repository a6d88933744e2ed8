//! What one worker may do as a net: spots in time, the steps between them that rest and spacing allow, and the cost of
//! each load at the end. Every roster of the worker is a path through it.

use crate::roster::solve::instance::{Choice, Hold, Instance, Level, Unit};
use std::collections::BTreeMap;

/// More cells of load than this are made coarser; the bound then stays valid and becomes weaker.
const CELLS: i64 = 2048;

/// The net of one worker.
#[derive(Clone, Debug)]
pub struct Net {
    /// By start; units of the same times share one.
    pub spots: Vec<Spot>,
    /// What may be held, by spot.
    pub bids: Vec<Bid>,
    /// Runs of spots that later spots may use as one node. Node numbers go on behind those of the spots.
    pub groups: Vec<(u32, u32)>,
    /// Fairness cost by cell of load; as many cells as a roster better than the known one may use.
    pub fair: Vec<i64>,
}

/// A place in time where the worker may stand.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Its bids, as a range.
    pub bids: (u32, u32),
    /// So many leading spots, and the start, may come directly before it free of charge.
    pub far: u32,
    /// Nodes that may come directly before it at a cost of spacing.
    pub near: Vec<(u32, i64)>,
    /// A fixed unit of the worker: every path leads through it.
    pub forced: bool,
    /// A unit that stands here.
    pub unit: u32,
}

/// One choice of the worker.
#[derive(Clone, Copy, Debug)]
pub struct Bid {
    /// The unit.
    pub unit: u32,
    /// Cells of load that it adds.
    pub cells: u32,
    /// What it costs by itself.
    pub cost: i64,
    /// The worker's level there.
    pub level: Level,
    /// A fixed unit, which is nobody's to choose.
    pub fixed: bool,
}

impl Net {
    /// The net of a worker, for rosters of which the fairness cost of this worker is at most `budget`.
    #[must_use]
    pub fn new(instance: &Instance, worker: u32, budget: i64) -> Self {
        let mut found = gather(instance, worker);
        found.sort_by_key(|(unit, _)| *unit);
        let step = step_of(&found, instance, worker, budget);
        let mut net = Self { spots: Vec::new(), bids: Vec::new(), groups: Vec::new(), fair: Vec::new() };
        net.place(instance, &found, &instance.workers[worker as usize].choices, step);
        net.link(instance);
        net.fair = fairness(instance, worker, budget, step, net.spots.len());
        net
    }

    /// Spots and bids; `found` is by unit, hence by start.
    fn place(&mut self, instance: &Instance, found: &[(u32, Option<usize>)], choices: &[Choice], step: i64) {
        let shared = shared_turns(instance);
        let mut at: BTreeMap<Vec<i64>, Vec<(u32, Option<usize>)>> = BTreeMap::new();
        for entry in found {
            let unit = &instance.units[entry.0 as usize];
            at.entry(times(unit, entry.1.is_none(), &shared)).or_default().push(*entry);
        }
        let mut groups: Vec<_> = at.into_values().collect();
        groups.sort_by_key(|group| group.first().map(|(unit, _)| *unit));
        for group in groups {
            let first = self.bids.len();
            let Some((unit, head)) = group.first().copied() else { continue };
            for (unit, place) in &group {
                self.bids.push(match place {
                    None => Bid { unit: *unit, cells: 0, cost: 0, level: Level::Regular, fixed: true },
                    Some(place) => {
                        let choice = choices[*place];
                        let cells = u32::try_from(choice.load.max(0) / step).unwrap_or(u32::MAX);
                        Bid { unit: *unit, cells, cost: choice.cost, level: choice.level, fixed: false }
                    }
                });
            }
            self.spots.push(Spot {
                bids: (index(first), index(self.bids.len())),
                far: 0,
                near: Vec::new(),
                forced: head.is_none(),
                unit,
            });
        }
    }

    /// Which steps there are between spots.
    fn link(&mut self, instance: &Instance) {
        let unit = |spot: &Spot| &instance.units[spot.unit as usize];
        self.groups = days(&self.spots, instance);
        let mut forced = 0;
        let (mut far, mut reach) = (0_usize, Vec::with_capacity(self.spots.len()));
        let (mut end, mut day) = (i64::MIN, i64::MIN);
        for spot in &self.spots {
            let unit = unit(spot);
            end = end.max(unit.items.iter().map(|item| item.end).max().unwrap_or(i64::MIN));
            day = day.max(unit.last_day());
            reach.push((end, day));
        }
        for at in 0..self.spots.len() {
            let here = unit(&self.spots[at]);
            let free = |(end, day): (i64, i64)| {
                end + instance.rest.max(0) <= here.start() && instance.spacing.between(day, here.first_day()) == 0
            };
            while far < at && free(reach[far]) {
                far += 1;
            }
            let steps: Vec<Option<i64>> = (far.max(forced)..at)
                .map(|before| step(instance, unit(&self.spots[before]), here, &self.spots[before], &self.spots[at]))
                .collect();
            self.spots[at].near = bundle(&steps, far.max(forced), &self.groups, self.spots.len());
            self.spots[at].far = index(far);
            if self.spots[at].forced {
                forced = at;
            }
        }
    }
}

fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Units that the worker may hold, each with the place of the choice, or none for a fixed one.
fn gather(instance: &Instance, worker: u32) -> Vec<(u32, Option<usize>)> {
    let units = || (0..).zip(&instance.units);
    let fixed: Vec<(u32, &Unit)> = units().filter(|(_, unit)| unit.hold == Hold::Fixed(Some(worker))).collect();
    let choices = &instance.workers[worker as usize].choices;
    let mut found: Vec<(u32, Option<usize>)> = fixed.iter().map(|(unit, _)| (*unit, None)).collect();
    for (place, choice) in choices.iter().enumerate() {
        let unit = &instance.units[choice.unit as usize];
        if unit.is_free() && !fixed.iter().any(|(_, other)| unit.clashes(other, instance.rest)) {
            found.push((choice.unit, Some(place)));
        }
    }
    found
}

/// Turns that more than one unit belongs to.
fn shared_turns(instance: &Instance) -> BTreeMap<u32, u32> {
    let mut count = BTreeMap::new();
    for unit in &instance.units {
        *count.entry(unit.turn).or_insert(0) += 1;
    }
    count.retain(|_, units| *units > 1);
    count
}

/// Units of equal keys stand at one spot.
fn times(unit: &Unit, fixed: bool, shared: &BTreeMap<u32, u32>) -> Vec<i64> {
    let own = if fixed || shared.contains_key(&unit.turn) { i64::from(unit.turn) } else { -1 };
    let mut key = vec![unit.start(), i64::from(fixed), own];
    key.extend(unit.items.iter().flat_map(|item| [item.start, item.end, item.day]));
    key
}

/// Cost of going from one spot straight to the next, if that may be.
fn step(instance: &Instance, before: &Unit, after: &Unit, from: &Spot, to: &Spot) -> Option<i64> {
    let both_fixed = from.forced && to.forced;
    if !both_fixed && before.clashes(after, instance.rest) {
        return None;
    }
    let same = before.turn == after.turn;
    Some(if same { 0 } else { instance.spacing.between(before.last_day(), after.first_day()) })
}

/// Runs of at least two spots of one last day.
fn days(spots: &[Spot], instance: &Instance) -> Vec<(u32, u32)> {
    let day = |spot: &Spot| instance.units[spot.unit as usize].last_day();
    let mut groups = Vec::new();
    let mut first = 0;
    for at in 1..=spots.len() {
        if at == spots.len() || day(&spots[at]) != day(&spots[first]) {
            if at - first > 1 {
                groups.push((index(first), index(at)));
            }
            first = at;
        }
    }
    groups
}

/// Steps from single spots, those of a whole group of equal cost taken together.
fn bundle(steps: &[Option<i64>], base: usize, groups: &[(u32, u32)], spots: usize) -> Vec<(u32, i64)> {
    let mut near = Vec::new();
    let mut at = 0;
    while at < steps.len() {
        let start = index(base + at);
        let group = groups.binary_search_by_key(&start, |group| group.0).ok();
        let whole = group.and_then(|place| {
            let length = (groups[place].1 - groups[place].0) as usize;
            let run = steps.get(at..at + length)?;
            let cost = run[0]?;
            run.iter().all(|step| *step == Some(cost)).then_some((place, length, cost))
        });
        if let Some((place, length, cost)) = whole {
            near.push((index(spots + place), cost));
            at += length;
        } else {
            near.extend(steps[at].map(|cost| (start, cost)));
            at += 1;
        }
    }
    near
}

/// Load of one cell: the greatest that divides all loads, or coarser where that would make too many cells.
fn step_of(found: &[(u32, Option<usize>)], instance: &Instance, worker: u32, budget: i64) -> i64 {
    let choices = &instance.workers[worker as usize].choices;
    let loads = found.iter().filter_map(|(_, place)| place.map(|place| choices[place].load.max(0)));
    let step = loads.fold(0, gcd).max(1);
    let most = highest(instance, worker, budget).max(0);
    if most / step < CELLS { step } else { step * (most / step / CELLS + 1) }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The most load, beside what is carried already, that fits into the budget.
fn highest(instance: &Instance, worker: u32, budget: i64) -> i64 {
    let worker = &instance.workers[worker as usize];
    let all: i64 = worker.choices.iter().map(|choice| choice.load.max(0)).sum();
    if instance.fair <= 0 {
        return all;
    }
    all.min(((budget / instance.fair).max(0)).isqrt() - worker.offset).max(0)
}

/// Fairness cost of each cell; where cells are coarse, the least that the loads within may cost.
fn fairness(instance: &Instance, worker: u32, budget: i64, step: i64, spots: usize) -> Vec<i64> {
    let offset = instance.workers[worker as usize].offset;
    let choices = &instance.workers[worker as usize].choices;
    let coarse = choices.iter().any(|choice| choice.load.max(0) % step != 0);
    let slack = if coarse { (step - 1) * i64::try_from(spots).unwrap_or(i64::MAX) } else { 0 };
    let cells = highest(instance, worker, budget) / step + 1;
    (0..cells)
        .map(|cell| {
            let low = offset + cell * step;
            let nearest = 0.clamp(low, low + slack);
            instance.fair * nearest * nearest
        })
        .collect()
}
