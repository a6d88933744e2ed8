//! The exact finish: lists every column that may be part of a better roster and branches on who holds what until none is
//! left in question. Where the lists would become too long it says so, and the bound stands as it was.

use super::columns::{Column, Search};
use super::pool::{DUST, Lists, Pool, Raised, raise};
use super::rows::Rows;
use super::walk::GRAIN;
use super::{Bounder, oracle};
use crate::roster::solve::evaluate::evaluate;
use crate::roster::solve::instance::Instance;

/// More columns than this of one worker are not listed.
const COLUMNS: u64 = 1_000_000;
/// Nor more than this part of the work.
const PART: u64 = 10;
/// Surveys of the first lists.
const FIRST: u32 = 12;
/// Surveys of each further node.
const FURTHER: u32 = 3;

/// Who holds each unit.
pub type Holders = Vec<Option<u32>>;

/// How the exact finish ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing costs less. The roster is none where nothing is better than the cost that was known.
    Optimal(i64, Option<Holders>),
    /// No roster without gaps costs less than this, and here is a better one than was known if one was found.
    Bound(i64, Option<(i64, Holders)>),
    /// Too much is in question; a tighter bound or a better known cost would help.
    TooMany,
}

/// Looks for the cheapest roster without gaps that costs less than `upper`: at first among those that cost little more
/// than the bound, then among more. `go_on` is told the bound after each node and what the best roster costs, and says
/// whether to go on; so does `work`, in columns looked at.
pub fn finish(
    bounder: &mut Bounder,
    upper: i64,
    work: u64,
    go_on: &mut dyn FnMut(i64, i64, Option<&Holders>) -> bool,
) -> Outcome {
    let upper = upper.min(bounder.limit);
    if bounder.looks == 0 {
        bounder.round(upper);
    }
    let mut reach = (bounder.proved.abs() / 200).max(4);
    let mut done = 0;
    while bounder.proved < upper {
        let until = (bounder.proved + reach).min(upper);
        let outcome = within(bounder, until, work, &mut done, &mut |bound, cost, found| {
            go_on(bound, if found.is_some() { cost } else { upper }, found)
        });
        match outcome {
            // nothing costs less than `until`
            Outcome::Optimal(_, None) => bounder.proved = until,
            Outcome::TooMany => return if done == 0 { outcome } else { Outcome::Bound(bounder.proved, None) },
            Outcome::Bound(bound, found) => {
                bounder.proved = bounder.proved.max(bound);
                return Outcome::Bound(bounder.proved, found);
            }
            Outcome::Optimal(cost, Some(_)) => {
                bounder.proved = cost;
                return outcome;
            }
        }
        reach *= 2;
    }
    Outcome::Optimal(upper, None)
}

/// The cheapest roster that costs less than `upper`, if there is one: all columns listed, all branches taken.
fn within(
    bounder: &mut Bounder,
    upper: i64,
    work: u64,
    done: &mut u64,
    go_on: &mut dyn FnMut(i64, i64, Option<&Holders>) -> bool,
) -> Outcome {
    let limit = usize::try_from(COLUMNS.min(work / PART)).unwrap_or(usize::MAX);
    let Some(columns) = list(bounder, upper, limit) else { return Outcome::TooMany };
    let mut rows = bounder.rows.clone();
    rows.rows.truncate(bounder.base);
    let (pool, lists) = Pool::new(&rows, &bounder.nets, &columns);
    let mut prices = bounder.best_prices();
    prices.truncate(bounder.base);
    let mut tree = Tree { instance: &bounder.instance, rows: &rows, pool: &pool, upper, best: None, work: *done };
    let floor = bounder.proved;
    let mut open = vec![Node { lists, prices, bound: f64::NEG_INFINITY, surveys: FIRST }];
    while let Some(node) = open.pop() {
        tree.branch(node, &mut open);
        *done = tree.work;
        let lowest = open.iter().map(|node| node.bound).fold(f64::INFINITY, f64::min);
        let bound = tree.whole(lowest).max(floor);
        if !open.is_empty() && (tree.work > work || !go_on(bound, tree.upper, tree.best.as_ref())) {
            let found = tree.best.map(|holders| (tree.upper, holders));
            return Outcome::Bound(bound, found);
        }
    }
    Outcome::Optimal(tree.upper, tree.best)
}

/// Every column of every worker that may be part of a better roster.
fn list(bounder: &mut Bounder, upper: i64, limit: usize) -> Option<Vec<Vec<Column>>> {
    let prices = bounder.best_prices();
    let proved = oracle::prove(&bounder.nets, &bounder.rows, &mut bounder.lanes, &prices, bounder.threads);
    let gap = (upper - 1) * GRAIN - proved;
    let each = (0..).zip(bounder.nets.iter().zip(&bounder.lanes));
    each.map(|(worker, (net, lane))| {
        Search::new(&bounder.instance, worker, net, &lane.whole, lane.proof + gap, limit).run()
    })
    .collect()
}

/// What is still in question somewhere in the tree.
struct Node {
    lists: Lists,
    prices: Vec<f64>,
    bound: f64,
    surveys: u32,
}

struct Tree<'a> {
    instance: &'a Instance,
    rows: &'a Rows,
    pool: &'a Pool,
    upper: i64,
    best: Option<Holders>,
    work: u64,
}

impl Tree<'_> {
    /// The most that a better roster may cost.
    #[allow(clippy::cast_precision_loss)]
    fn most(&self) -> f64 {
        (self.upper - 1) as f64
    }

    #[allow(clippy::cast_possible_truncation)]
    fn whole(&self, bound: f64) -> i64 {
        if bound >= self.most() { self.upper } else { (bound - DUST).ceil() as i64 }
    }

    /// Raises the bound of a node, and opens two below it if it stays in question.
    fn branch(&mut self, mut node: Node, open: &mut Vec<Node>) {
        if node.bound > self.most() + DUST || node.lists.iter().any(Vec::is_empty) {
            return;
        }
        let raised = raise(self.pool, self.rows, &mut node.lists, node.prices, self.most(), node.surveys);
        self.work += raised.work;
        for fit in &raised.fits {
            self.try_roster(fit);
        }
        if raised.dead || raised.bound > self.most() + DUST {
            return;
        }
        let Some((worker, unit, part)) = self.question(&node.lists, &raised) else {
            let only: Vec<u32> = node.lists.iter().filter_map(|list| list.first().copied()).collect();
            self.try_roster(&only);
            return;
        };
        let bound = raised.bound.max(node.bound);
        let child = |lists: Lists| Node { lists, prices: raised.prices.clone(), bound, surveys: FURTHER };
        let holds = |column: &u32| self.pool.holds(*column, unit);
        let (mut with, mut without) = (node.lists.clone(), node.lists);
        for (of, list) in with.iter_mut().enumerate() {
            list.retain(|column| holds(column) == (of == worker));
        }
        without[worker].retain(|column| !holds(column));
        let (with, without) = (child(with), child(without));
        // the likelier one comes last, so that it is looked at first
        open.extend(if part < 0.5 { [with, without] } else { [without, with] });
    }

    /// The worker and unit of which the answers were least sure.
    fn question(&self, lists: &Lists, raised: &Raised) -> Option<(usize, u32, f64)> {
        let mut best: Option<(usize, u32, f64)> = None;
        for (worker, list) in lists.iter().enumerate().filter(|(_, list)| list.len() > 1) {
            let (mut held, mut often) =
                (vec![0_usize; self.instance.units.len()], vec![0.0; self.instance.units.len()]);
            for unit in list.iter().flat_map(|column| self.pool.units(*column)) {
                held[unit as usize] += 1;
            }
            for (column, part) in &raised.often[worker] {
                self.pool.units(*column).for_each(|unit| often[unit as usize] += part);
            }
            for (unit, (held, often)) in (0..).zip(held.into_iter().zip(often)) {
                let sure = |part: f64| (part - 0.5).abs();
                if held > 0 && held < list.len() && best.is_none_or(|(.., part)| sure(often) < sure(part)) {
                    best = Some((worker, unit, often));
                }
            }
        }
        best
    }

    /// Takes a roster of columns if it is sound and better than the best.
    fn try_roster(&mut self, columns: &[u32]) {
        let mut holders: Holders = vec![None; self.instance.units.len()];
        for column in columns {
            for unit in self.pool.units(*column) {
                holders[unit as usize] = Some(self.pool.columns[*column as usize].worker);
            }
        }
        let verdict = evaluate(self.instance, &holders);
        let cost = verdict.terms.total();
        if verdict.gaps == 0 && verdict.breaches.is_empty() && cost < self.upper {
            self.upper = cost;
            self.best = Some(holders);
        }
    }
}
