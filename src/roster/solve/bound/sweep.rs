//! The first climb, where workers are many: prices move after each few answers rather than after all of them, so that
//! those asked later already see what those before them took. Quick, but what it shows is no bound.

use super::net::Net;
use super::oracle::{Lane, each};
use super::rows::Rows;

/// Of so many workers one is asked at the same prices as another.
const APART: usize = 25;
/// So many are asked at the same prices at least, and at most.
const BATCH: (usize, usize) = (2, 8);
/// Smaller batches are not worth a thread.
const THREADED: usize = 4;

/// What it takes to sweep: each row's `least`, shared out among the workers whose bids it has.
#[derive(Clone, Debug, Default)]
pub struct Sweeps {
    shares: Vec<Vec<(u32, f64)>>,
    order: Vec<u32>,
    seed: u64,
    /// Sweeps done.
    pub done: u32,
    /// Prices of the last sweeps, averaged.
    pub mean: Vec<f64>,
    prices: Vec<f64>,
}

/// Length of the first steps and of the last, and how many sweeps lie between.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// In units of cost for each unit that nobody takes.
    pub first: f64,
    /// The same, at the end.
    pub last: f64,
    /// Sweeps in all.
    pub sweeps: u32,
}

impl Sweeps {
    /// Before the first.
    #[must_use]
    pub fn new(rows: &Rows, nets: &[Net]) -> Self {
        let mut count = vec![0.0_f64; rows.rows.len()];
        let mut shares: Vec<Vec<(u32, f64)>> = Vec::new();
        for (net, terms) in nets.iter().zip(&rows.terms) {
            let bids = (0..).zip(&net.bids);
            let mut mine: Vec<u32> = bids.flat_map(|(bid, _)| terms.of(bid).iter().map(|(row, _)| *row)).collect();
            mine.sort_unstable();
            mine.dedup();
            mine.iter().for_each(|row| count[*row as usize] += 1.0);
            shares.push(mine.into_iter().map(|row| (row, 0.0)).collect());
        }
        for (row, share) in shares.iter_mut().flatten() {
            *share = rows.rows[*row as usize].least / count[*row as usize];
        }
        let zero = vec![0.0; rows.rows.len()];
        let order = (0..).take(nets.len()).collect();
        Self { shares, order, seed: 1, done: 0, mean: zero.clone(), prices: zero }
    }

    /// From given prices.
    #[must_use]
    pub fn from(rows: &Rows, nets: &[Net], prices: Vec<f64>) -> Self {
        Self { mean: prices.clone(), prices, ..Self::new(rows, nets) }
    }

    /// Asks everybody once, with steps as planned.
    pub fn sweep(&mut self, nets: &[Net], rows: &Rows, lanes: &mut [Lane], plan: Plan, threads: usize) {
        let part = f64::from(self.done.min(plan.sweeps)) / f64::from(plan.sweeps.max(1));
        self.sweep_by(nets, rows, lanes, plan.first * (plan.last / plan.first).powf(part), threads);
    }

    /// Asks everybody once, with steps of one length.
    pub fn sweep_by(&mut self, nets: &[Net], rows: &Rows, lanes: &mut [Lane], length: f64, threads: usize) {
        self.shuffle();
        let order = std::mem::take(&mut self.order);
        let size = (nets.len() / APART).clamp(BATCH.0, BATCH.1);
        let threads = if size < THREADED { 1 } else { threads };
        for batch in order.chunks(size) {
            let prices = &self.prices;
            each(nets, lanes, batch, threads, |worker, net, lane| lane.answer(net, rows, worker, prices));
            for worker in batch {
                self.settle(rows, *worker as usize, &lanes[*worker as usize].path, length);
            }
        }
        self.order = order;
        for slack in &rows.slacks {
            let gain: f64 = slack.terms.iter().map(|(row, by)| by * self.prices[*row as usize]).sum();
            if slack.cost < gain {
                slack.terms.iter().for_each(|(row, by)| self.prices[*row as usize] -= length * by);
            }
        }
        self.done += 1;
        self.mean.iter_mut().zip(&self.prices).for_each(|(mean, price)| *mean += 0.1 * (price - *mean));
    }

    /// Moves the prices after one worker's answer.
    fn settle(&mut self, rows: &Rows, worker: usize, path: &[u32], length: f64) {
        for (row, share) in &self.shares[worker] {
            self.prices[*row as usize] += length * share;
        }
        for (row, by) in path.iter().flat_map(|bid| rows.terms[worker].of(*bid)) {
            self.prices[*row as usize] -= length * by;
        }
        for (row, _) in &self.shares[worker] {
            let row = *row as usize;
            self.prices[row] = rows.allowed(row, self.prices[row]);
        }
    }

    /// Another order, always the same for the same sweep.
    fn shuffle(&mut self) {
        for at in (1..self.order.len()).rev() {
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let other = usize::try_from(self.seed >> 33).unwrap_or(0) % (at + 1);
            self.order.swap(at, other);
        }
    }
}
