//! The first roster: what is already held where it still may be, then unit by unit whoever costs least.
#![allow(clippy::indexing_slicing)] // every index comes from the model, whose tables are as long as it says

use super::caps::Counted;
use super::model::NONE;
use super::state::{Exchange, State};

/// Gives units to `kept` holders as far as no rule stands against it; partners of novices come in a later round.
pub(super) fn keep(state: &mut State<'_>, kept: &[Option<u32>]) {
    let mut scratch = Vec::new();
    loop {
        let mut progress = false;
        for (unit, worker) in (0..).zip(kept) {
            let free = state.model.units[unit as usize].free && state.holders[unit as usize] == NONE;
            if let Some(worker) = worker.filter(|_| free) {
                progress |= give(state, unit, worker, &mut scratch);
            }
        }
        if !progress {
            return;
        }
    }
}

fn give(state: &mut State<'_>, unit: u32, worker: u32, scratch: &mut Vec<Counted>) -> bool {
    let change = Exchange { from: NONE, to: worker, gives: unit, takes: NONE };
    let delta = state.weigh(change, i64::MAX, scratch);
    if let Some(delta) = delta {
        state.make(change, delta);
    }
    delta.is_some()
}

/// Fills what is empty in the order given, each with whom it costs least, as long as that costs less than leaving it.
pub(super) fn fill(state: &mut State<'_>, order: &[u32]) {
    let mut scratch = Vec::new();
    loop {
        let mut progress = false;
        for unit in order.iter().copied() {
            if state.holders[unit as usize] == NONE
                && let Some((delta, worker)) = cheapest(state, unit, &mut scratch).filter(|(delta, _)| *delta < 0)
            {
                state.make(Exchange { from: NONE, to: worker, gives: unit, takes: NONE }, delta);
                progress = true;
            }
        }
        if !progress {
            return;
        }
    }
}

fn cheapest(state: &State<'_>, unit: u32, scratch: &mut Vec<Counted>) -> Option<(i64, u32)> {
    let mut best: Option<(i64, u32)> = None;
    for worker in &state.model.able[unit as usize] {
        let most = best.map_or(i64::MAX, |(least, _)| least - 1);
        let change = Exchange { from: NONE, to: *worker, gives: unit, takes: NONE };
        if let Some(delta) = state.weigh(change, most, scratch) {
            best = Some((delta, *worker));
        }
    }
    best
}

/// Movable units, required ones first, in the order of time.
pub(super) fn by_time(state: &State<'_>) -> Vec<u32> {
    let mut order = state.model.movable.clone();
    order.sort_by_key(|unit| !state.model.units[*unit as usize].required);
    order
}
