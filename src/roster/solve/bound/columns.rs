//! All rosters of one worker that may be part of a better roster of the team: those whose cost at the prices exceeds the
//! cheapest by no more than what lies between the bound and the known cost.

use super::marginal::Tail;
use super::net::Net;
use super::walk::Weight;
use crate::roster::solve::instance::{Hold, Instance, Unit};

/// One roster of one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Bids of the net, by time.
    pub bids: Vec<u32>,
    /// What it costs the team by itself: choices, spacing, fairness.
    pub cost: i64,
}

/// The search for columns of one worker.
pub struct Search<'a> {
    instance: &'a Instance,
    worker: u32,
    net: &'a Net,
    costs: &'a [i64],
    tail: Tail<i64>,
    /// By spot: what may come next, and at what cost.
    next: Vec<Vec<(usize, i64)>>,
    /// Most that a column may cost at the prices.
    most: i64,
    limit: usize,
    /// Fixed units of the worker.
    fixed: Vec<&'a Unit>,
    path: Vec<u32>,
    found: Vec<Column>,
}

impl<'a> Search<'a> {
    /// At `costs` of the net's bids, with at most `most` in all; gives up when there are more than `limit`.
    #[must_use]
    pub fn new(instance: &'a Instance, worker: u32, net: &'a Net, costs: &'a [i64], most: i64, limit: usize) -> Self {
        let tail = Tail::new(net, costs);
        let next = followers(net);
        let held = |unit: &&Unit| unit.hold == Hold::Fixed(Some(worker));
        let fixed = instance.units.iter().filter(held).collect();
        Self { instance, worker, net, costs, tail, next, most, limit, fixed, path: Vec::new(), found: Vec::new() }
    }

    /// The columns, unless there are too many.
    #[must_use]
    pub fn run(mut self) -> Option<Vec<Column>> {
        let forced = self.net.spots.iter().position(|spot| spot.forced);
        if forced.is_none() && i64::whole(self.net.fair[0]) <= self.most {
            self.keep();
        }
        let first = forced.map_or(self.net.spots.len(), |at| at + 1);
        for spot in 0..first {
            if !self.extend(spot, 0, 0) {
                return None;
            }
        }
        Some(self.found)
    }

    /// Goes on with a spot; false once there are too many.
    fn extend(&mut self, at: usize, load: usize, cost: i64) -> bool {
        if cost + self.tail.through(at, load) > self.most {
            return true;
        }
        let net = self.net;
        let spot = &net.spots[at];
        for bid in spot.bids.0..spot.bids.1 {
            let after = load + net.bids[bid as usize].cells as usize;
            let cost = cost + self.costs[bid as usize];
            if after >= net.fair.len() || cost + self.tail.behind(at, after) > self.most {
                continue;
            }
            self.path.push(bid);
            let fine = !self.allowed() || self.go_on(at, after, cost);
            self.path.pop();
            if !fine {
                return false;
            }
        }
        true
    }

    fn go_on(&mut self, at: usize, load: usize, cost: i64) -> bool {
        let ends = !self.net.spots[at + 1..].iter().any(|spot| spot.forced);
        if ends && cost + i64::whole(self.net.fair[load]) <= self.most {
            self.keep();
            if self.found.len() > self.limit {
                return false;
            }
        }
        for place in 0..self.next[at].len() {
            let (next, step) = self.next[at][place];
            if !self.extend(next, load, cost + i64::whole(step)) {
                return false;
            }
        }
        true
    }

    fn units(&self) -> impl DoubleEndedIterator<Item = &'a Unit> {
        let (net, instance) = (self.net, self.instance);
        self.path.iter().map(move |bid| &instance.units[net.bids[*bid as usize].unit as usize])
    }

    /// Whether the last unit goes with those before it, as far as the net does not see to that: clashes of units that are
    /// not neighbours, and caps.
    fn allowed(&self) -> bool {
        let Some(last) = self.units().next_back() else { return true };
        let clash = |unit: &Unit| (unit.is_free() || last.is_free()) && unit.clashes(last, self.instance.rest);
        if self.units().rev().skip(2).any(clash) {
            return false;
        }
        let missing = self.fixed.iter().filter(|unit| !self.units().any(|held| std::ptr::eq(held, **unit))).copied();
        let held: Vec<&Unit> = self.units().chain(missing).collect();
        within_caps(self.instance, &held)
    }

    fn keep(&mut self) {
        let worker = &self.instance.workers[self.worker as usize];
        let (mut load, mut cost) = (worker.offset, 0);
        for bid in self.path.iter().map(|bid| &self.net.bids[*bid as usize]).filter(|bid| !bid.fixed) {
            cost += bid.cost;
            let place = worker.choices.binary_search_by_key(&bid.unit, |choice| choice.unit);
            load += place.map_or(0, |place| worker.choices[place].load);
        }
        for (before, after) in self.units().zip(self.units().skip(1)).filter(|(a, b)| a.turn != b.turn) {
            cost += self.instance.spacing.between(before.last_day(), after.first_day());
        }
        cost += self.instance.fair * load * load;
        for apart in &self.instance.apart {
            let bids = self.path.iter().map(|bid| &self.net.bids[*bid as usize]).filter(|bid| !bid.fixed);
            let places = bids.filter_map(|bid| worker.choices.binary_search_by_key(&bid.unit, |c| c.unit).ok());
            cost += apart.cost(self.worker as usize, places);
        }
        self.found.push(Column { bids: self.path.clone(), cost });
    }
}

/// By spot: the spots that may come next, and what the step costs.
fn followers(net: &Net) -> Vec<Vec<(usize, i64)>> {
    let spots = net.spots.len();
    let mut next = vec![Vec::new(); spots];
    let mut forced = 0;
    for (at, spot) in net.spots.iter().enumerate() {
        for next in next.iter_mut().take(spot.far as usize).skip(forced) {
            next.push((at, 0));
        }
        for (node, cost) in &spot.near {
            match (*node as usize).checked_sub(spots) {
                None => next[*node as usize].push((at, *cost)),
                Some(group) => {
                    let (first, last) = net.groups[group];
                    (first..last).for_each(|before| next[before as usize].push((at, *cost)));
                }
            }
        }
        if spot.forced {
            forced = at;
        }
    }
    next
}

/// Whether no cap is broken by these units of one worker in a window with something free in it.
pub fn within_caps(instance: &Instance, held: &[&Unit]) -> bool {
    instance.caps.iter().all(|cap| {
        let stretches = held.iter().flat_map(|unit| unit.items.iter().map(move |item| (*unit, item)));
        let mut seen: Vec<_> = stretches.filter(|(_, item)| cap.sees(item)).collect();
        seen.sort_by_key(|(_, item)| item.start);
        let first = |at: usize| i64::from(!seen[..at].iter().any(|(unit, _)| unit.turn == seen[at].0.turn));
        let counted: Vec<(i64, i64, i64, bool)> = seen
            .iter()
            .enumerate()
            .map(|(at, (unit, item))| (item.day, item.minutes, first(at), unit.is_free()))
            .collect();
        counted.iter().all(|(day, ..)| {
            let inside = || counted.iter().filter(|(at, ..)| (*day..*day + cap.days).contains(at));
            let (turns, minutes) = inside().fold((0, 0), |(t, m), (_, minutes, turn, _)| (t + turn, m + minutes));
            let over = cap.turns.is_some_and(|most| turns > most) || cap.minutes.is_some_and(|most| minutes > most);
            !(over && inside().any(|(.., free)| *free))
        })
    })
}
