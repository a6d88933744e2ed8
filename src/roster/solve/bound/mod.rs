//! A lower bound on the cost of any roster, by prices: each worker alone answers with the cheapest roster of their own,
//! exactly; what the answers miss together moves the prices. See docs/solver-bound.md.

// Indices are positions that these files have counted out themselves; a wrong one is a bug, not an input.
#![allow(clippy::indexing_slicing)]

mod ascent;
mod caps;
mod columns;
mod dive;
pub mod exact;
mod marginal;
mod net;
mod oracle;
mod pool;
mod rows;
mod sweep;
#[cfg(test)]
mod tests;
mod walk;
pub mod window;

use crate::roster::solve::instance::Instance;
use ascent::Ascent;
use caps::Caps;
use dive::Dive;
use net::Net;
use oracle::Lane;
use rows::Rows;
use sweep::{Plan, Sweeps};
use walk::GRAIN;

/// Teams smaller than this go without sweeps.
const SWEPT: usize = 40;
/// Sweeps before the climb.
const SWEEPS: u32 = 300;
/// Length of the first sweeps' steps and of the last, in parts of what a unit costs on average.
const LENGTHS: (f64, f64) = (0.75, 0.0025);
/// Sweeps of a round.
const ROUND_SWEEPS: u32 = 10;
/// Looks of a round.
const ROUND_LOOKS: u32 = 50;

/// The bound of one instance, as far as it has come.
#[derive(Clone, Debug)]
pub struct Bounder {
    instance: Instance,
    nets: Vec<Net>,
    rows: Rows,
    caps: Caps,
    lanes: Vec<Lane>,
    sweeps: Sweeps,
    ascent: Option<Ascent>,
    threads: usize,
    /// Cost below which the nets leave nothing out; no bound may claim more.
    limit: i64,
    /// What a unit costs on average.
    scale: f64,
    proved: i64,
    proved_at: f64,
    /// Rows that there were before any cap's.
    base: usize,
    looks: u64,
}

/// What a round has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// No roster without gaps costs less.
    pub bound: i64,
    /// How often every worker was asked so far.
    pub looks: u64,
    /// Further rounds will bring next to nothing.
    pub settled: bool,
}

/// What the prices say about the team: for people who ask why.
#[derive(Clone, Debug, Default)]
pub struct Prices {
    /// By unit: what it costs the team to cover it.
    pub units: Vec<f64>,
    /// By worker and choice of the instance: by how much the bound rises if the worker is to hold the unit; infinite where
    /// they cannot.
    pub rises: Vec<Vec<f64>>,
}

impl Bounder {
    /// For an instance of which a roster of cost `upper` is known (or any cost that surely can be reached).
    #[must_use]
    pub fn new(instance: &Instance, upper: i64, threads: usize) -> Self {
        let gains: i64 = (0..instance.units.len()).map(|unit| best_gain(instance, unit)).sum();
        let workers = (0..).take(instance.workers.len());
        let nets: Vec<Net> = workers.map(|worker| Net::new(instance, worker, upper - gains)).collect();
        let rows = Rows::new(instance, &nets, gap(upper));
        let sweeps = Sweeps::new(&rows, &nets);
        let lanes = vec![Lane::default(); nets.len()];
        let ascent = (nets.len() < SWEPT).then(|| Ascent::new(vec![0.0; rows.rows.len()], 1.0));
        let (proved, proved_at) = (i64::MIN, f64::NEG_INFINITY);
        let (instance, caps, base) = (instance.clone(), Caps::default(), rows.rows.len());
        let scale = scale(&instance, upper);
        Self {
            base,
            scale,
            instance,
            nets,
            rows,
            caps,
            lanes,
            sweeps,
            ascent,
            threads,
            limit: upper,
            proved,
            proved_at,
            looks: 0,
        }
    }

    /// One round of work; `upper` is the best cost known by now.
    pub fn round(&mut self, upper: i64) -> Progress {
        match &self.ascent {
            None => self.sweep(),
            Some(_) => self.climb(upper),
        }
        let settled = self.ascent.as_ref().is_some_and(Ascent::settled);
        Progress { bound: self.proved.min(self.limit), looks: self.looks, settled }
    }

    /// What the best prices so far say.
    #[must_use]
    pub fn prices(&mut self) -> Prices {
        let instance = &self.instance;
        let prices = self.best_prices();
        let by_bid = oracle::rises(&self.nets, &self.rows, &mut self.lanes, &prices, self.threads);
        let mut rises: Vec<Vec<f64>> =
            instance.workers.iter().map(|worker| vec![f64::INFINITY; worker.choices.len()]).collect();
        for ((rises, worker), (net, by_bid)) in
            rises.iter_mut().zip(&instance.workers).zip(self.nets.iter().zip(&by_bid))
        {
            for (bid, rise) in net.bids.iter().zip(by_bid) {
                if let Ok(place) = worker.choices.binary_search_by_key(&bid.unit, |choice| choice.unit)
                    && !bid.fixed
                {
                    rises[place] = *rise;
                }
            }
        }
        Prices { units: prices[..instance.units.len()].to_vec(), rises }
    }

    /// A roster in the spirit of the best prices so far, a start for a search: it may leave units empty and break rules of
    /// watches. It is settled in so many `parts`: 25 are quick, 100 careful. None if told to stop before the end.
    #[must_use]
    pub fn suggest(&mut self, parts: usize, stop: &dyn Fn() -> bool) -> Option<Vec<Option<u32>>> {
        self.looks += Dive::sweeps(parts);
        Dive::new(&self.instance, &self.nets, &self.rows, self.best_prices(), self.scale).run(parts, self.threads, stop)
    }

    fn best_prices(&self) -> Vec<f64> {
        self.ascent.as_ref().map_or(&self.sweeps.mean, |ascent| &ascent.best).clone()
    }

    fn sweep(&mut self) {
        let plan = Plan { first: LENGTHS.0 * self.scale, last: LENGTHS.1 * self.scale, sweeps: SWEEPS };
        for _ in 0..ROUND_SWEEPS {
            self.sweeps.sweep(&self.nets, &self.rows, &mut self.lanes, plan, self.threads);
        }
        let prices = self.sweeps.mean.clone();
        let look = oracle::look(&self.nets, &self.rows, &mut self.lanes, &prices, self.threads);
        self.looks += u64::from(ROUND_SWEEPS) + 1;
        self.prove(&prices, look.value);
        if self.sweeps.done >= SWEEPS {
            self.ascent = Some(Ascent::new(prices, 0.03));
        }
    }

    fn climb(&mut self, upper: i64) {
        let Some(mut ascent) = self.ascent.take() else { return };
        for _ in 0..ROUND_LOOKS {
            let look = oracle::look(&self.nets, &self.rows, &mut self.lanes, &ascent.prices, self.threads);
            #[allow(clippy::cast_precision_loss)]
            ascent.step(&self.rows, look.value, &look.missed, upper as f64);
        }
        self.looks += u64::from(ROUND_LOOKS);
        let (best, value) = (ascent.best.clone(), ascent.value);
        self.prove(&best, value);
        let mut learnt = 0;
        for (worker, (net, lane)) in self.nets.iter().zip(&self.lanes).enumerate() {
            learnt += self.caps.learn(&self.instance, &mut self.rows, worker, net, &lane.path);
        }
        ascent.learn(learnt);
        self.ascent = Some(ascent);
    }

    /// Proves the bound anew where that promises more than is proved already.
    fn prove(&mut self, prices: &[f64], value: f64) {
        if value > self.proved_at {
            self.proved_at = value;
            let grains = oracle::prove(&self.nets, &self.rows, &mut self.lanes, prices, self.threads);
            self.proved = self.proved.max(grains.div_euclid(GRAIN) + i64::from(grains.rem_euclid(GRAIN) > 0));
        }
    }
}

/// The most that giving a unit to somebody may gain, as a cost below nothing.
fn best_gain(instance: &Instance, unit: usize) -> i64 {
    let costs = instance.workers.iter().filter_map(|worker| {
        let place = worker.choices.binary_search_by_key(&unit, |choice| choice.unit as usize).ok()?;
        worker.choices.get(place).map(|choice| choice.cost)
    });
    costs.min().unwrap_or(0).min(0)
}

/// What a unit costs on average in a roster of that cost.
#[allow(clippy::cast_precision_loss)]
fn scale(instance: &Instance, upper: i64) -> f64 {
    (upper.abs() as f64 / instance.units.len().max(1) as f64).max(0.1)
}

/// A cost that stands for a gap: more than any roster without gaps is worth looking at.
#[allow(clippy::cast_precision_loss)]
fn gap(upper: i64) -> f64 {
    upper.abs().max(10_000) as f64 * 4.0
}
