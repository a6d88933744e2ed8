//! A roster in the spirit of the prices: what the answers agree on most is settled, the prices follow, and so on until
//! every unit has a holder. A start for a search, nothing proved.

use super::columns::within_caps;
use super::net::Net;
use super::oracle::Lane;
use super::rows::Rows;
use super::sweep::Sweeps;
use crate::roster::solve::instance::{Hold, Instance, Unit};

/// Sweeps between two times that something is settled.
const SWEEPS: usize = 10;
/// Length of their steps, at first and at last, in parts of what a unit costs on average.
const LENGTHS: (f64, f64) = (0.15, 0.4);
/// What keeps a worker from a bid, likewise.
const NEVER: f64 = 1e7;
/// What holds a worker to a bid, likewise.
const ALWAYS: f64 = -200.0;

/// The dive.
pub struct Dive<'a> {
    instance: &'a Instance,
    nets: &'a [Net],
    rows: &'a Rows,
    lanes: Vec<Lane>,
    sweeps: Sweeps,
    holders: Vec<Option<u32>>,
    /// Units of each worker that are settled, and fixed ones.
    held: Vec<Vec<u32>>,
    open: Vec<bool>,
    /// What a unit costs on average.
    scale: f64,
}

impl<'a> Dive<'a> {
    /// From these prices.
    #[must_use]
    pub fn new(instance: &'a Instance, nets: &'a [Net], rows: &'a Rows, prices: Vec<f64>, scale: f64) -> Self {
        let lanes = nets.iter().map(|net| Lane::biased(vec![0.0; net.bids.len()])).collect();
        let fixed = |worker: u32| {
            let units = (0..).zip(&instance.units);
            units.filter(move |(_, unit)| unit.hold == Hold::Fixed(Some(worker))).map(|(index, _)| index).collect()
        };
        Self {
            instance,
            nets,
            rows,
            lanes,
            sweeps: Sweeps::from(rows, nets, prices),
            holders: vec![None; instance.units.len()],
            held: (0..).take(nets.len()).map(fixed).collect(),
            open: instance.units.iter().map(Unit::is_free).collect(),
            scale,
        }
    }

    /// Who holds what in the end; each time one part in so many is settled. None if told to stop before.
    #[must_use]
    pub fn run(mut self, parts: usize, threads: usize, stop: &dyn Fn() -> bool) -> Option<Vec<Option<u32>>> {
        for part in 0..parts {
            #[allow(clippy::cast_precision_loss)]
            let length = self.scale * LENGTHS.0 * (LENGTHS.1 / LENGTHS.0).powf(part as f64 / parts as f64);
            for _ in 0..SWEEPS {
                if stop() {
                    return None;
                }
                self.sweeps.sweep_by(self.nets, self.rows, &mut self.lanes, length, threads);
            }
            let open = self.open.iter().filter(|open| **open).count();
            self.settle(open.div_ceil(parts - part));
        }
        Some(self.holders)
    }

    /// Sweeps that a run takes.
    #[must_use]
    pub fn sweeps(parts: usize) -> u64 {
        (parts * SWEEPS) as u64
    }

    /// Settles so many units, those that the answers agree on most.
    fn settle(&mut self, mut count: usize) {
        let mut wishes: Vec<(f64, u32, u32)> = Vec::new();
        for (worker, (net, lane)) in (0..).zip(self.nets.iter().zip(&self.lanes)) {
            let bids = (0..).zip(&net.bids).filter(|(_, bid)| !bid.fixed && self.open[bid.unit as usize]);
            wishes.extend(bids.map(|(bid, _)| (lane.part(bid), worker, bid)).filter(|(part, ..)| *part > 0.02));
        }
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        for (_, worker, bid) in wishes {
            let unit = self.nets[worker as usize].bids[bid as usize].unit;
            if count > 0 && self.open[unit as usize] && self.fits(worker, unit) {
                self.give(worker, unit);
                count -= 1;
            }
        }
    }

    fn fits(&self, worker: u32, unit: u32) -> bool {
        let one = &self.instance.units[unit as usize];
        let mut held: Vec<&Unit> =
            self.held[worker as usize].iter().map(|held| &self.instance.units[*held as usize]).collect();
        if held.iter().any(|other| one.clashes(other, self.instance.rest)) {
            return false;
        }
        held.push(one);
        held.sort_by_key(|unit| unit.start());
        within_caps(self.instance, &held)
    }

    fn give(&mut self, worker: u32, unit: u32) {
        self.holders[unit as usize] = Some(worker);
        self.open[unit as usize] = false;
        self.held[worker as usize].push(unit);
        let one = &self.instance.units[unit as usize];
        #[allow(clippy::cast_possible_truncation)]
        let (always, never) = ((ALWAYS * self.scale) as f32, (NEVER * self.scale) as f32);
        for ((who, net), lane) in (0..).zip(self.nets).zip(&mut self.lanes) {
            for (bid, bias) in net.bids.iter().zip(&mut lane.bias).filter(|(bid, _)| !bid.fixed) {
                let clash = || who == worker && self.instance.units[bid.unit as usize].clashes(one, self.instance.rest);
                if bid.unit == unit {
                    *bias = if who == worker { always } else { never };
                } else if clash() {
                    *bias = never;
                }
            }
        }
    }
}
