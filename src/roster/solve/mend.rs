//! Fills gaps that nobody can fill without handing something else on.
#![allow(clippy::indexing_slicing)] // every index comes from the model, whose tables are as long as it says

use super::caps::Counted;
use super::model::NONE;
use super::state::{Exchange, State};

/// Fills required units by chains: a worker takes the gap and hands one unit on, to somebody who may hand one on in turn.
/// True where at least one gap was filled.
pub(super) fn mend(state: &mut State<'_>) -> bool {
    let mut mended = false;
    for unit in state.model.movable.iter().copied() {
        if state.holders[unit as usize] == NONE && state.model.units[unit as usize].required {
            mended |= chain(state, unit);
        }
    }
    mended
}

/// Links that are looked at for one gap before the search for a chain is given up.
const MOST_LINKS: u32 = 20_000;

/// The search for a chain that fills one gap.
#[derive(Default)]
struct Chain {
    scratch: Vec<Counted>,
    made: Vec<(Exchange, i64)>,
    best: Option<(i64, Vec<(Exchange, i64)>)>,
    looked: u32,
}

/// Tries everybody as the first link: of the shortest chains that fill the gap, the one that costs least.
fn chain(state: &mut State<'_>, gap: u32) -> bool {
    let before = state.cost;
    let mut chain = Chain::default();
    for depth in 1..=2 {
        chain.links(state, gap, depth);
        if chain.best.is_some() {
            break;
        }
    }
    if chain.best.is_none() {
        chain.regroup(state, gap);
    }
    let Some((_, made)) = chain.best.filter(|(cost, _)| *cost < before) else { return false };
    for (change, delta) in made {
        state.make(change, delta);
    }
    true
}

impl Chain {
    /// Gives `gap` to everybody in turn who could take it by letting one unit go, and has that filled: by somebody who is
    /// free, by staying empty where it may, or by a further link.
    fn links(&mut self, state: &mut State<'_>, gap: u32, depth: u32) {
        let model = state.model;
        for worker in &model.able[gap as usize] {
            for handed in state.lists[*worker as usize].clone() {
                self.looked += 1;
                if self.looked > MOST_LINKS {
                    return;
                }
                let change = Exchange { from: NONE, to: *worker, gives: gap, takes: handed };
                let Some(delta) = state.weigh(change, i64::MAX, &mut self.scratch) else { continue };
                self.step(state, change, delta);
                if !model.units[handed as usize].required {
                    self.found(state);
                }
                if let Some((delta, heir)) = self.heir(state, handed, *worker) {
                    self.step(state, Exchange { from: NONE, to: heir, gives: handed, takes: NONE }, delta);
                    self.found(state);
                    self.back(state);
                } else if depth > 1 {
                    self.links(state, handed, depth - 1);
                }
                self.back(state);
            }
        }
    }

    /// Clears another unit of the gap's watches and fills both anew, in either order: for where the company is in the way.
    fn regroup(&mut self, state: &mut State<'_>, gap: u32) {
        let model = state.model;
        let watches = &model.instance.units[gap as usize].watches;
        let with = watches.iter().flat_map(|watch| &model.watches[*watch as usize]).copied();
        for unit in with.filter(|unit| *unit != gap && model.units[*unit as usize].free) {
            let holder = state.holders[unit as usize];
            let change = Exchange { from: holder, to: NONE, gives: unit, takes: NONE };
            if holder == NONE {
                continue;
            }
            let Some(delta) = state.weigh(change, i64::MAX, &mut self.scratch) else { continue };
            self.step(state, change, delta);
            for (first, second) in [(gap, unit), (unit, gap)] {
                self.both(state, first, second);
            }
            self.back(state);
        }
    }

    fn both(&mut self, state: &mut State<'_>, first: u32, second: u32) {
        for worker in &state.model.able[first as usize] {
            let change = Exchange { from: NONE, to: *worker, gives: first, takes: NONE };
            let Some(delta) = state.weigh(change, i64::MAX, &mut self.scratch) else { continue };
            self.step(state, change, delta);
            if let Some((delta, heir)) = self.heir(state, second, NONE) {
                self.step(state, Exchange { from: NONE, to: heir, gives: second, takes: NONE }, delta);
                self.found(state);
                self.back(state);
            }
            self.back(state);
        }
    }

    fn heir(&mut self, state: &State<'_>, unit: u32, but: u32) -> Option<(i64, u32)> {
        let mut best: Option<(i64, u32)> = None;
        for worker in state.model.able[unit as usize].iter().filter(|worker| **worker != but) {
            let most = best.map_or(i64::MAX, |(least, _)| least - 1);
            let change = Exchange { from: NONE, to: *worker, gives: unit, takes: NONE };
            if let Some(delta) = state.weigh(change, most, &mut self.scratch) {
                best = Some((delta, *worker));
            }
        }
        best
    }

    fn step(&mut self, state: &mut State<'_>, change: Exchange, delta: i64) {
        state.make(change, delta);
        self.made.push((change, delta));
    }

    fn back(&mut self, state: &mut State<'_>) {
        if let Some((Exchange { from, to, gives, takes }, delta)) = self.made.pop() {
            state.make(Exchange { from: to, to: from, gives, takes }, -delta);
        }
    }

    fn found(&mut self, state: &State<'_>) {
        if self.best.as_ref().is_none_or(|(least, _)| state.cost < *least) {
            self.best = Some((state.cost, self.made.clone()));
        }
    }
}
