//! The cheapest path through a worker's net at given prices: exact over rest, spacing and load, by last spot and load.

use super::net::Net;
use std::ops::Add;

/// A number that paths are weighed in: quick ones to search by, whole ones to prove by.
pub trait Weight: Copy + PartialOrd + Add<Output = Self> {
    /// No path leads here.
    const NONE: Self;
    /// Nothing.
    const ZERO: Self;
    /// A whole cost.
    fn whole(cost: i64) -> Self;
}

impl Weight for f32 {
    const NONE: Self = 1e30;
    const ZERO: Self = 0.0;
    #[allow(clippy::cast_precision_loss)]
    fn whole(cost: i64) -> Self {
        cost as f32
    }
}

/// Parts of a unit of cost in which bounds are proved.
pub const GRAIN: i64 = 1 << 12;

impl Weight for i64 {
    const NONE: Self = i64::MAX / 4;
    const ZERO: Self = 0;
    fn whole(cost: i64) -> Self {
        cost * GRAIN
    }
}

/// Room for the search, kept from one call to the next.
#[derive(Clone, Debug, Default)]
pub struct Walk<T> {
    /// Least cost of a path that ends at a node, by load.
    out: Vec<T>,
    /// Least cost before a spot, by load.
    into: Vec<T>,
    /// Least cost of the spots that are far enough behind.
    far: Vec<T>,
    width: usize,
}

/// Lowers each of a row of costs to those of another row, `cost` added, where that is less.
#[inline]
pub fn lower<T: Weight>(into: &mut [T], from: &[T], cost: T) {
    for (a, b) in into.iter_mut().zip(from) {
        let sum = *b + cost;
        *a = if sum < *a { sum } else { *a };
    }
}

impl<T: Weight> Walk<T> {
    /// Weighs all paths; `bids` are the costs of the net's bids at the prices of the day. The least of them all.
    pub fn weigh(&mut self, net: &Net, bids: &[T]) -> T {
        let (width, spots) = (net.fair.len(), net.spots.len());
        self.width = width;
        self.out.clear();
        self.out.resize((spots + net.groups.len()) * width, T::NONE);
        self.into.resize(width, T::NONE);
        self.far.clear();
        self.far.resize(width, T::NONE);
        self.far[0] = T::ZERO;
        let (mut behind, mut group) = (0, 0);
        for (at, spot) in net.spots.iter().enumerate() {
            while behind < spot.far as usize {
                lower(&mut self.far, &self.out[behind * width..(behind + 1) * width], T::ZERO);
                behind += 1;
            }
            self.into[..width].copy_from_slice(&self.far);
            for (node, cost) in &spot.near {
                let from = *node as usize * width;
                lower(&mut self.into[..width], &self.out[from..from + width], T::whole(*cost));
            }
            let out = &mut self.out[at * width..(at + 1) * width];
            for place in spot.bids.0..spot.bids.1 {
                let cells = net.bids[place as usize].cells as usize;
                if cells < width {
                    lower(&mut out[cells..], &self.into[..width - cells], bids[place as usize]);
                }
            }
            if spot.forced {
                self.far.fill(T::NONE);
                behind = at;
            }
            if let Some((first, last)) = net.groups.get(group).filter(|(_, last)| *last as usize == at + 1) {
                let (before, after) = self.out.split_at_mut((spots + group) * width);
                for member in *first as usize..*last as usize {
                    lower(&mut after[..width], &before[member * width..(member + 1) * width], T::ZERO);
                }
                group += 1;
            }
        }
        for at in behind..spots {
            lower(&mut self.far, &self.out[at * width..(at + 1) * width], T::ZERO);
        }
        let ends = self.far.iter().zip(&net.fair).map(|(cost, fair)| *cost + T::whole(*fair));
        ends.fold(T::NONE, |a, b| if b < a { b } else { a })
    }

    /// Least costs before a spot, by load, as the last call of [`Self::weigh`] found them.
    pub fn before(&self, net: &Net, at: usize, into: &mut [T]) {
        let width = self.width;
        let row = |node: usize| &self.out[node * width..(node + 1) * width];
        into.fill(T::NONE);
        let floor = net.spots[..at].iter().rposition(|spot| spot.forced);
        if floor.is_none() {
            into[0] = T::ZERO;
        }
        for node in floor.unwrap_or(0)..net.spots[at].far as usize {
            lower(into, row(node), T::ZERO);
        }
        for (node, cost) in &net.spots[at].near {
            lower(into, row(*node as usize), T::whole(*cost));
        }
    }

    /// The cheapest path of the last call of [`Self::weigh`], as bids by time.
    pub fn path(&self, net: &Net, bids: &[T], into: &mut Vec<u32>) {
        into.clear();
        let width = self.width;
        let ends = self.far.iter().zip(&net.fair).map(|(cost, fair)| *cost + T::whole(*fair));
        let Some((mut load, _)) = ends.enumerate().reduce(|best, end| if end.1 < best.1 { end } else { best }) else {
            return;
        };
        let floor = net.spots.iter().rposition(|spot| spot.forced).unwrap_or(0);
        let cost = |node: usize, load: usize| self.out[node * width + load];
        let free = net.spots.iter().all(|spot| !spot.forced);
        if free && load == 0 && self.far[0] == T::ZERO {
            return;
        }
        let mut spot = (floor..net.spots.len()).find(|node| cost(*node, load) == self.far[load]);
        while let Some(at) = spot {
            let here = &net.spots[at];
            let floor = net.spots[..at].iter().rposition(|spot| spot.forced);
            let step = self.back(net, bids, (at, load), floor);
            let Some((bid, before, left)) = step else { break };
            into.push(bid);
            load = left;
            spot = before;
            debug_assert!(here.bids.0 <= bid && bid < here.bids.1);
        }
        into.reverse();
    }

    /// How the least cost at a spot came about: the bid, the spot before, and the load before.
    fn back(
        &self,
        net: &Net,
        bids: &[T],
        (at, load): (usize, usize),
        floor: Option<usize>,
    ) -> Option<(u32, Option<usize>, usize)> {
        let width = self.width;
        let here = &net.spots[at];
        let want = self.out[at * width + load];
        for bid in here.bids.0..here.bids.1 {
            let Some(left) = load.checked_sub(net.bids[bid as usize].cells as usize) else { continue };
            let cost = |node: usize| self.out[node * width + left];
            for (node, step) in &here.near {
                let node = *node as usize;
                if cost(node) + T::whole(*step) + bids[bid as usize] == want {
                    let before = match node.checked_sub(net.spots.len()) {
                        None => Some(node),
                        Some(group) => {
                            let (first, last) = net.groups[group];
                            (first as usize..last as usize).find(|member| cost(*member) == cost(node))
                        }
                    };
                    return Some((bid, before, left));
                }
            }
            let far = floor.unwrap_or(0)..here.far as usize;
            if floor.is_none() && left == 0 && T::ZERO + bids[bid as usize] == want {
                return Some((bid, None, 0));
            }
            if let Some(node) = far.into_iter().find(|node| cost(*node) + bids[bid as usize] == want) {
                return Some((bid, Some(node), left));
            }
        }
        None
    }
}
