//! What holding one unit more would cost a worker: the cheapest path through each bid, against the cheapest of all.

use super::net::Net;
use super::walk::{Walk, Weight, lower};

/// Least costs of going on from a spot to the end, by load.
#[derive(Clone, Debug, Default)]
pub struct Tail<T> {
    /// From a spot on, behind it, by load after it; fairness included.
    behind: Vec<T>,
    /// From before a spot on, through it, by load before it.
    through: Vec<T>,
    width: usize,
}

impl<T: Weight> Tail<T> {
    /// Of all spots of a net, at given costs of its bids.
    #[must_use]
    pub fn new(net: &Net, bids: &[T]) -> Self {
        let (width, spots) = (net.fair.len(), net.spots.len());
        let nodes = spots + net.groups.len();
        let mut tail = Self { behind: vec![T::NONE; nodes * width], through: vec![T::NONE; spots * width], width };
        // what may follow free of charge on everything before spot number `far`
        let mut free: Vec<Vec<usize>> = vec![Vec::new(); spots + 1];
        for (at, spot) in net.spots.iter().enumerate() {
            free[spot.far as usize].push(at);
        }
        let fair: Vec<T> = net.fair.iter().map(|fair| T::whole(*fair)).collect();
        let last_forced = net.spots.iter().rposition(|spot| spot.forced).unwrap_or(0);
        let (mut far, mut gate) = (vec![T::NONE; width], spots);
        for at in (0..spots).rev() {
            for (group, _) in net.groups.iter().enumerate().filter(|(_, (_, last))| *last as usize == at + 1) {
                tail.spread(net, group);
            }
            if net.spots.get(at + 1).is_some_and(|next| next.forced) {
                // nothing behind a fixed unit can be reached but through it
                far.fill(T::NONE);
                gate = at + 1;
            }
            for next in free[at + 1].iter().filter(|next| **next <= gate) {
                lower(&mut far, &tail.through[next * width..(next + 1) * width], T::ZERO);
            }
            let own = at * width..(at + 1) * width;
            lower(&mut tail.behind[own.clone()], &far, T::ZERO);
            if at >= last_forced {
                lower(&mut tail.behind[own.clone()], &fair, T::ZERO);
            }
            let spot = &net.spots[at];
            for place in spot.bids.0..spot.bids.1 {
                let cells = net.bids[place as usize].cells as usize;
                if cells < width {
                    let (behind, cost) = (&tail.behind[own.clone()], bids[place as usize]);
                    lower(&mut tail.through[own.start..own.end - cells], &behind[cells..], cost);
                }
            }
            for (node, cost) in &spot.near {
                let from = *node as usize * width;
                lower(&mut tail.behind[from..from + width], &tail.through[own.clone()], T::whole(*cost));
            }
        }
        tail
    }

    /// What may follow a whole group may follow each of it.
    fn spread(&mut self, net: &Net, group: usize) {
        let width = self.width;
        let (spots, groups) = self.behind.split_at_mut(net.spots.len() * width);
        let (first, last) = net.groups[group];
        for member in first as usize..last as usize {
            let own = &mut spots[member * width..(member + 1) * width];
            lower(own, &groups[group * width..(group + 1) * width], T::ZERO);
        }
    }

    /// Least cost of what may come behind a spot, once the load is that.
    #[must_use]
    pub fn behind(&self, spot: usize, load: usize) -> T {
        self.behind[spot * self.width + load]
    }

    /// Least cost of a spot and what may come behind it, with the load before it.
    #[must_use]
    pub fn through(&self, spot: usize, load: usize) -> T {
        self.through[spot * self.width + load]
    }
}

/// By bid: the cost of the cheapest path through it. `walk` has just weighed the net at these costs.
#[must_use]
pub fn cheapest_through<T: Weight>(net: &Net, bids: &[T], walk: &Walk<T>) -> Vec<T> {
    let tail = Tail::new(net, bids);
    let width = net.fair.len();
    let mut cheapest = vec![T::NONE; bids.len()];
    let mut into = vec![T::NONE; width];
    for (at, spot) in net.spots.iter().enumerate() {
        walk.before(net, at, &mut into);
        for place in spot.bids.0..spot.bids.1 {
            let cells = net.bids[place as usize].cells as usize;
            for (load, cost) in into.iter().enumerate().take(width.saturating_sub(cells)) {
                let sum = *cost + bids[place as usize] + tail.behind(at, load + cells);
                if sum < cheapest[place as usize] {
                    cheapest[place as usize] = sum;
                }
            }
        }
    }
    cheapest
}
