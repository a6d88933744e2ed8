//! One look at the prices: every worker's best answer, what they are worth together, and by how much they miss the rows.

use super::marginal::cheapest_through;
use super::net::Net;
use super::rows::Rows;
use super::walk::{GRAIN, Walk};

/// By how much an answer counts for more than the one before it.
const RECENT: f64 = 1.02;

/// A worker's room for answering.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    quick: Walk<f32>,
    costs: Vec<f32>,
    /// What to add to the cost of each bid, if anything: no part of any proof.
    pub bias: Vec<f32>,
    sure: Walk<i64>,
    /// Costs of the bids at the prices of the last proof.
    pub whole: Vec<i64>,
    /// The last answer, as bids of the net.
    pub path: Vec<u32>,
    value: f64,
    /// How often each bid was in the answers of late, in parts of `weight`.
    often: Vec<f64>,
    weight: f64,
    /// The worker's part of it.
    pub proof: i64,
    rise: Vec<f64>,
}

/// What the team is worth at some prices.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The bound, as precise as quick numbers are.
    pub value: f64,
    /// By how much each row is missed: positive where more is needed.
    pub missed: Vec<f64>,
}

impl Lane {
    /// One whose bids cost so much more.
    #[must_use]
    pub fn biased(bias: Vec<f32>) -> Self {
        Self { bias, ..Self::default() }
    }

    /// The worker's best answer at the prices.
    pub fn answer(&mut self, net: &Net, rows: &Rows, worker: usize, prices: &[f64]) {
        self.costs.clear();
        let terms = &rows.terms[worker];
        for (place, bid) in (0..).zip(&net.bids) {
            let gain: f64 = terms.of(place).iter().map(|(row, by)| prices[*row as usize] * by).sum();
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            self.costs.push((bid.cost as f64 - gain) as f32);
        }
        self.costs.iter_mut().zip(&self.bias).for_each(|(cost, bias)| *cost += bias);
        self.value = f64::from(self.quick.weigh(net, &self.costs));
        self.quick.path(net, &self.costs, &mut self.path);
        self.remember(net.bids.len());
    }

    /// Later answers count for more: each a little more than the one before.
    fn remember(&mut self, bids: usize) {
        self.often.resize(bids, 0.0);
        self.weight = if self.weight > 0.0 { self.weight * RECENT } else { 1.0 };
        self.path.iter().for_each(|bid| self.often[*bid as usize] += self.weight);
        if self.weight > 1e9 {
            self.often.iter_mut().for_each(|often| *often /= self.weight);
            self.weight = 1.0;
        }
    }

    /// In what part of the answers of late a bid was.
    pub fn part(&self, bid: u32) -> f64 {
        self.often.get(bid as usize).map_or(0.0, |often| often / self.weight * (1.0 - 1.0 / RECENT))
    }

    /// By bid of the net: by how much the worker's cost rises if they are to take it.
    fn rises(&mut self, net: &Net, rows: &Rows, worker: usize, prices: &[f64]) -> Vec<f64> {
        self.answer(net, rows, worker, prices);
        let through = cheapest_through(net, &self.costs, &self.quick);
        through.into_iter().map(|cost| (f64::from(cost) - self.value).max(0.0)).collect()
    }

    /// The worth of the best answer in whole numbers, which cannot err.
    fn prove(&mut self, net: &Net, rows: &Rows, worker: usize, prices: &[i64]) {
        self.whole.clear();
        let terms = &rows.terms[worker];
        for (place, bid) in (0..).zip(&net.bids) {
            let gain: i64 = terms.of(place).iter().map(|(row, by)| prices[*row as usize] * whole(*by)).sum();
            self.whole.push(bid.cost * GRAIN - gain);
        }
        self.proof = self.sure.weigh(net, &self.whole);
    }
}

#[allow(clippy::cast_possible_truncation)]
fn whole(by: f64) -> i64 {
    by as i64
}

/// Asks every worker.
pub fn look(nets: &[Net], rows: &Rows, lanes: &mut [Lane], prices: &[f64], threads: usize) -> Look {
    let all: Vec<u32> = (0..).take(nets.len()).collect();
    each(nets, lanes, &all, threads, |worker, net, lane| lane.answer(net, rows, worker, prices));
    let (mut value, mut missed) = rows.idle(prices);
    for (worker, lane) in lanes.iter().enumerate() {
        value += lane.value;
        for bid in &lane.path {
            rows.terms[worker].of(*bid).iter().for_each(|(row, by)| missed[*row as usize] -= by);
        }
    }
    Look { value, missed }
}

/// By worker and bid: by how much the bound rises if that is to be taken.
pub fn rises(nets: &[Net], rows: &Rows, lanes: &mut [Lane], prices: &[f64], threads: usize) -> Vec<Vec<f64>> {
    let all: Vec<u32> = (0..).take(nets.len()).collect();
    each(nets, lanes, &all, threads, |worker, net, lane| lane.rise = lane.rises(net, rows, worker, prices));
    lanes.iter_mut().map(|lane| std::mem::take(&mut lane.rise)).collect()
}

/// The bound at these prices, proved in whole numbers, in parts of a unit of cost.
pub fn prove(nets: &[Net], rows: &Rows, lanes: &mut [Lane], prices: &[f64], threads: usize) -> i64 {
    let prices: Vec<i64> = prices.iter().map(|price| grains(*price)).collect();
    let all: Vec<u32> = (0..).take(nets.len()).collect();
    each(nets, lanes, &all, threads, |worker, net, lane| lane.prove(net, rows, worker, &prices));
    let mut total: i64 = rows.rows.iter().zip(&prices).map(|(row, price)| whole(row.least) * price).sum();
    for slack in &rows.slacks {
        let gain: i64 = slack.terms.iter().map(|(row, by)| whole(*by) * prices[*row as usize]).sum();
        total += (grains(slack.cost) - gain).min(0);
    }
    total + lanes.iter().map(|lane| lane.proof).sum::<i64>()
}

/// Prices in parts of a unit of cost.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
pub fn grains(price: f64) -> i64 {
    (price * GRAIN as f64).round() as i64
}

/// Lets those workers work, in as many threads.
pub fn each(
    nets: &[Net],
    lanes: &mut [Lane],
    who: &[u32],
    threads: usize,
    work: impl Fn(usize, &Net, &mut Lane) + Sync,
) {
    if threads < 2 {
        who.iter().map(|worker| *worker as usize).for_each(|worker| work(worker, &nets[worker], &mut lanes[worker]));
        return;
    }
    let mut chosen: Vec<(usize, &mut Lane)> =
        lanes.iter_mut().enumerate().filter(|(worker, _)| who.iter().any(|one| *one as usize == *worker)).collect();
    let part = chosen.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        for part in chosen.chunks_mut(part) {
            let work = &work;
            scope.spawn(move || part.iter_mut().for_each(|(worker, lane)| work(*worker, &nets[*worker], lane)));
        }
    });
}
