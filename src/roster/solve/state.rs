//! A roster in the making: who holds what, and what a change would do to cost and rules, told without making it.
#![allow(clippy::indexing_slicing)] // every index comes from the model, whose tables are as long as it says

mod partners;

use super::bits::{Bits, after, before};
use super::caps::Counted;
use super::instance::{Hold, Level};
use super::model::{GAP, Model, NONE, Tally};

/// Two workers, of whom the first hands `gives` to the second and takes `takes` for it; either unit may be [`NONE`], and
/// so may either worker: units go from and to nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exchange {
    pub from: u32,
    pub to: u32,
    pub gives: u32,
    pub takes: u32,
}

/// Who holds what.
#[derive(Clone)]
pub(super) struct State<'m> {
    pub model: &'m Model<'m>,
    /// Holder of each unit, or [`NONE`].
    pub holders: Vec<u32>,
    /// Bit set of the units of each worker.
    held: Vec<u64>,
    /// Free units of each worker, in no order, and where each unit stands in its holder's list.
    pub lists: Vec<Vec<u32>>,
    places: Vec<u32>,
    /// Load of each worker less what is aimed at.
    pub off: Vec<i64>,
    /// The same of each balance kept apart.
    apart: Vec<Vec<i64>>,
    /// By how much spacing would cost less without each unit that is held.
    relief: Vec<i64>,
    /// Whether each watch costs for its company.
    paired: Vec<bool>,
    /// How often each two workers stand together, where that costs.
    met: Vec<i32>,
    /// All cost, gaps and all.
    pub cost: i64,
}

impl<'m> State<'m> {
    /// With only what is fixed in place.
    pub fn new(model: &'m Model<'m>) -> Self {
        let instance = model.instance;
        let mut state = Self {
            model,
            holders: vec![NONE; model.units.len()],
            held: vec![0; model.words * model.workers],
            lists: vec![Vec::new(); model.workers],
            places: vec![0; model.units.len()],
            off: instance.workers.iter().map(|worker| worker.offset).collect(),
            apart: instance.apart.iter().map(|apart| apart.offsets.clone()).collect(),
            relief: vec![0; model.units.len()],
            paired: vec![false; instance.watches],
            met: Vec::new(),
            cost: 0,
        };
        for (index, unit) in (0..).zip(&instance.units) {
            if let Hold::Fixed(worker) = unit.hold {
                let worker = worker.unwrap_or(NONE);
                state.holders[index as usize] = worker;
                state.mark(worker, index);
            }
        }
        state.refresh();
        state
    }

    /// A roster that is known to keep every rule.
    pub fn holding(model: &'m Model<'m>, holders: &[u32]) -> Self {
        let mut state = Self::new(model);
        for (unit, worker) in (0..).zip(holders) {
            if model.units[unit as usize].free && *worker != NONE {
                state.holders[unit as usize] = *worker;
                state.mark(*worker, unit);
            }
        }
        state.refresh();
        state
    }

    /// Counts cost and relief from nothing.
    fn refresh(&mut self) {
        self.cost = self.count();
        for unit in (0..).take(self.holders.len()) {
            self.relieve(unit);
        }
    }

    /// The cost of what stands, from nothing; also brings company up to date.
    fn count(&mut self) -> i64 {
        let model = self.model;
        let free = model.units.iter().zip(&self.holders).filter(|(unit, holder)| unit.free && **holder == NONE);
        let mut cost: i64 = free.map(|(unit, _)| unit.empty).sum();
        cost += self.off.iter().map(|off| model.instance.fair * off * off).sum::<i64>();
        for (tally, off) in model.apart.iter().zip(&self.apart) {
            cost += off.iter().map(|off| tally.fair * off * off).sum::<i64>();
        }
        for worker in (0..).take(model.workers) {
            let mut before = NONE;
            for unit in Bits::of(self.held(worker)) {
                let brief = &model.units[unit as usize];
                cost += model.between(before, unit) + if brief.free { model.cell(unit, worker).cost() } else { 0 };
                before = unit;
            }
        }
        for watch in 0..self.paired.len() {
            self.paired[watch] = self.stand(watch, [(NONE, NONE); 2]).unwrap_or(false);
            cost += if self.paired[watch] { model.instance.pair } else { 0 };
        }
        cost + self.count_meetings()
    }

    /// Required units that are empty.
    pub fn gaps(&self) -> i64 {
        (self.cost + GAP / 2).div_euclid(GAP)
    }

    pub fn held(&self, worker: u32) -> &[u64] {
        &self.held[worker as usize * self.model.words..][..self.model.words]
    }

    /// How the cost changes, or nothing where it rises by more than `most` or a rule would break.
    pub fn weigh(&self, change: Exchange, most: i64, scratch: &mut Vec<Counted>) -> Option<i64> {
        let Exchange { from, to, gives, takes } = change;
        let company = self.most_of_company(gives) + self.most_of_company(takes);
        let mut delta = self.alone(to, takes, gives)? + self.alone(from, gives, takes)?;
        if delta - company > most {
            return None;
        }
        // what comes can only add to spacing
        delta += self.squeeze(to, takes, gives)?;
        delta += self.squeeze(from, gives, takes)?;
        if delta - company > most {
            return None;
        }
        delta += self.company(&change)? + self.partners(&change);
        if delta > most {
            return None;
        }
        let kept = self.keeps_caps(to, takes, gives, scratch) && self.keeps_caps(from, gives, takes, scratch);
        kept.then_some(delta)
    }

    fn most_of_company(&self, unit: u32) -> i64 {
        if unit == NONE {
            return 0;
        }
        let mates = i64::try_from(self.model.mates[unit as usize].len()).unwrap_or(i64::MAX);
        self.model.instance.pair * self.model.units[unit as usize].watches + self.model.instance.again * mates
    }

    /// What one worker's loss and gain change beside the spacing of what is gained. Nothing where they may not hold it.
    fn alone(&self, worker: u32, loses: u32, gains: u32) -> Option<i64> {
        let model = self.model;
        if worker == NONE {
            let empty = |unit: u32| if unit == NONE { 0 } else { model.units[unit as usize].empty };
            return Some(empty(gains) - empty(loses));
        }
        let (mut load, mut delta) = (0, 0);
        if gains != NONE {
            let cell = model.cell(gains, worker);
            if !cell.is_able() {
                return None;
            }
            load += cell.load();
            delta += cell.cost();
        }
        if loses != NONE {
            let cell = model.cell(loses, worker);
            load -= cell.load();
            delta -= cell.cost() + self.relief[loses as usize];
        }
        if !model.apart.is_empty() {
            delta += self.uneven(worker, loses, gains);
        }
        Some(delta + model.instance.fair * load * (2 * self.off[worker as usize] + load))
    }

    /// What a loss and a gain change in the balances kept apart.
    fn uneven(&self, worker: u32, loses: u32, gains: u32) -> i64 {
        let of_one = |(tally, off): (&Tally, &Vec<i64>)| {
            let load = |unit: u32| if unit == NONE { 0 } else { tally.load(unit, worker) };
            let change = load(gains) - load(loses);
            tally.fair * change * (2 * off[worker as usize] + change)
        };
        self.model.apart.iter().zip(&self.apart).map(of_one).sum()
    }

    /// Adds a unit's part of the balances kept apart to a worker's, so many times.
    fn tally(&mut self, worker: u32, unit: u32, times: i64) {
        for (tally, off) in self.model.apart.iter().zip(&mut self.apart) {
            off[worker as usize] += times * tally.load(unit, worker);
        }
    }

    /// What a gain costs by its spacing. Nothing where it clashes with what the worker holds.
    fn squeeze(&self, worker: u32, loses: u32, gains: u32) -> Option<i64> {
        if worker == NONE || gains == NONE {
            return Some(0);
        }
        let (model, held) = (self.model, self.held(worker));
        let (count, one) = model.clashing(gains, held);
        if count > 1 || (count == 1 && one != loses) {
            return None;
        }
        let (before, after) = (before(held, gains, loses), after(held, gains, loses));
        Some(model.between(before, gains) + model.between(gains, after) - model.between(before, after))
    }

    /// Counts anew how much spacing would cost less without a unit.
    fn relieve(&mut self, unit: u32) {
        let worker = self.holders[unit as usize];
        if worker == NONE {
            return;
        }
        let (model, held) = (self.model, self.held(worker));
        let (before, after) = (before(held, unit, NONE), after(held, unit, NONE));
        self.relief[unit as usize] =
            model.between(before, unit) + model.between(unit, after) - model.between(before, after);
    }

    /// How the cost of company changes on the watches of a change; nothing where a rule would break there.
    fn company(&self, change: &Exchange) -> Option<i64> {
        let with = [(change.gives, change.to), (change.takes, change.from)];
        let mut delta = 0;
        let mut look = |watch: u32| {
            let pays = self.stand(watch as usize, with)?;
            delta += i64::from(pays) - i64::from(self.paired[watch as usize]);
            Some(())
        };
        let watches = |unit: u32| match unit {
            NONE => [].as_slice(),
            unit => self.model.instance.units[unit as usize].watches.as_slice(),
        };
        for watch in watches(change.gives) {
            look(*watch)?;
        }
        for watch in watches(change.takes).iter().filter(|watch| !watches(change.gives).contains(watch)) {
            look(*watch)?;
        }
        Some(delta * self.model.instance.pair)
    }

    /// Whether a watch costs for its company, were `with` so; nothing where it breaks a rule that is judged.
    fn stand(&self, watch: usize, with: [(u32, u32); 2]) -> Option<bool> {
        let model = self.model;
        let units = &model.watches[watch];
        let holder = |unit: u32| {
            with.iter().find(|(changed, _)| *changed == unit).map_or(self.holders[unit as usize], |(_, to)| *to)
        };
        let (mut novice, mut expert, mut required, mut past, mut free) = (false, false, false, false, false);
        for (at, unit) in units.iter().enumerate() {
            let worker = holder(*unit);
            if worker == NONE {
                continue;
            }
            let brief = &model.units[*unit as usize];
            let level = model.level(*unit, worker);
            novice |= level == Level::Novice;
            expert |= level == Level::Expert;
            if brief.required {
                required = true;
                free |= brief.free;
                past |= level != Level::Novice;
            }
            for other in &units[..at] {
                let partner = holder(*other);
                let judged = brief.free || model.units[*other as usize].free;
                if partner != NONE && judged && model.is_forbidden(worker, partner) {
                    return None;
                }
            }
        }
        (past || !required || !free).then_some(novice && !expert)
    }

    /// Makes a change that has been weighed.
    pub fn make(&mut self, change: Exchange, delta: i64) {
        let Exchange { from, to, gives, takes } = change;
        self.meet(&change);
        for (unit, old, new) in [(gives, from, to), (takes, to, from)] {
            if unit == NONE {
                continue;
            }
            self.unmark(old, unit);
            self.mark(new, unit);
            self.holders[unit as usize] = new;
        }
        for unit in [gives, takes].into_iter().filter(|unit| *unit != NONE) {
            self.relieve(unit);
            for worker in [from, to].into_iter().filter(|worker| *worker != NONE) {
                let held = self.held(worker);
                for near in [before(held, unit, NONE), after(held, unit, NONE)] {
                    if near != NONE {
                        self.relieve(near);
                    }
                }
            }
        }
        let model = self.model;
        for unit in [gives, takes].into_iter().filter(|unit| *unit != NONE) {
            for watch in &model.instance.units[unit as usize].watches {
                let pays = self.stand(*watch as usize, [(NONE, NONE); 2]);
                self.paired[*watch as usize] = pays.unwrap_or(false);
            }
        }
        self.cost += delta;
    }

    fn mark(&mut self, worker: u32, unit: u32) {
        if worker == NONE {
            return;
        }
        self.held[worker as usize * self.model.words + unit as usize / 64] |= 1 << (unit % 64);
        if self.model.units[unit as usize].free {
            self.off[worker as usize] += self.model.cell(unit, worker).load();
            self.tally(worker, unit, 1);
            let list = &mut self.lists[worker as usize];
            self.places[unit as usize] = u32::try_from(list.len()).unwrap_or(NONE);
            list.push(unit);
        }
    }

    fn unmark(&mut self, worker: u32, unit: u32) {
        if worker == NONE {
            return;
        }
        self.held[worker as usize * self.model.words + unit as usize / 64] &= !(1 << (unit % 64));
        self.off[worker as usize] -= self.model.cell(unit, worker).load();
        self.tally(worker, unit, -1);
        let list = &mut self.lists[worker as usize];
        let place = self.places[unit as usize];
        list.swap_remove(place as usize);
        if let Some(moved) = list.get(place as usize) {
            self.places[*moved as usize] = place;
        }
    }
}
