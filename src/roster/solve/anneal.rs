//! Simulated annealing over exchanges of two people: one hands a unit on and may take one for it.
#![allow(clippy::indexing_slicing)] // every index comes from the model, whose tables are as long as it says

use super::caps::Counted;
use super::dice::Dice;
use super::model::NONE;
use super::state::{Exchange, State};

/// Moves between two looks at whether to stop, and between two temperatures.
const STRIDE: u64 = 1_024;
/// How many times in a thousand a unit is handed on for nothing, an empty one filled for nothing, an optional one left empty.
const SINGLE: usize = 200;
const FILL: usize = 700;
const VACATE: usize = 30;
/// How often another unit of the same load is looked for.
const TRIES: usize = 2;
/// Entries of the table of thresholds.
const TABLE: usize = 4_096;

/// One run: from which heat to which, over how many moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub hot: f64,
    pub cold: f64,
    pub moves: u64,
}

/// What a run works with beside the roster.
pub(super) struct Annealer {
    pub dice: Dice,
    /// `-ln(u)` for `u` spread evenly over (0, 1]: how many times the heat a rise may be.
    thresholds: Vec<f64>,
    scratch: Vec<Counted>,
    /// The best roster seen and its cost.
    pub best: Vec<u32>,
    pub least: i64,
}

impl Annealer {
    pub fn new(dice: Dice, state: &State<'_>) -> Self {
        #[allow(clippy::cast_precision_loss)] // small
        let threshold = |at: usize| -((at as f64 + 0.5) / TABLE as f64).ln();
        Self {
            dice,
            thresholds: (0..TABLE).map(threshold).collect(),
            scratch: Vec::new(),
            best: state.holders.clone(),
            least: state.cost,
        }
    }

    /// Runs; `better` hears of each new best cost, `stop` may end it early. Leaves the best roster in
    /// `best`.
    pub fn run(&mut self, state: &mut State<'_>, run: Run, better: impl Fn(i64), stop: impl Fn() -> bool) {
        if state.model.movable.is_empty() {
            return;
        }
        let strides = run.moves.div_ceil(STRIDE).max(1);
        let (mut pending, mut told) = (false, self.least);
        for stride in 0..strides {
            if stop() {
                break;
            }
            #[allow(clippy::cast_precision_loss)] // a share of the way
            let way = stride as f64 / strides as f64;
            let heat = run.hot * (run.cold / run.hot).powf(way);
            for _ in 0..STRIDE {
                let Some(change) = self.propose(state) else { continue };
                let most = self.most(heat);
                let Some(delta) = state.weigh(change, most, &mut self.scratch) else { continue };
                if pending && delta > 0 {
                    self.best.copy_from_slice(&state.holders);
                    pending = false;
                }
                state.make(change, delta);
                if state.cost < self.least {
                    self.least = state.cost;
                    pending = true;
                }
            }
            if self.least < told {
                told = self.least;
                better(told);
            }
        }
        if pending {
            self.best.copy_from_slice(&state.holders);
        }
    }

    /// By how much the cost may rise this time.
    fn most(&mut self, heat: f64) -> i64 {
        let at = self.dice.below(TABLE);
        #[allow(clippy::cast_possible_truncation)] // far below 2^63
        let most = (heat * self.thresholds[at]) as i64;
        most
    }

    fn propose(&mut self, state: &State<'_>) -> Option<Exchange> {
        let model = state.model;
        let gives = model.movable[self.dice.below(model.movable.len())];
        let from = state.holders[gives as usize];
        let able = &model.able[gives as usize];
        if from != NONE && !model.units[gives as usize].required && self.dice.chance(VACATE) {
            return Some(Exchange { from, to: NONE, gives, takes: NONE });
        }
        let to = able[self.dice.below(able.len())];
        if to == from {
            return None;
        }
        let (count, one) = model.clashing(gives, state.held(to));
        let takes = match count {
            // an empty unit needs nothing in return, unless its new holder can't hold both
            0 if self.dice.chance(if from == NONE { FILL } else { SINGLE }) => NONE,
            0 => self.like(state, to, gives),
            1 if model.units[one as usize].free => one,
            _ => return None,
        };
        Some(Exchange { from, to, gives, takes })
    }

    /// One of the units of a worker, rather one of the same load as another.
    fn like(&mut self, state: &State<'_>, worker: u32, other: u32) -> u32 {
        let list = &state.lists[worker as usize];
        if list.is_empty() {
            return NONE;
        }
        let load = state.model.cell(other, worker).load();
        let mut found = list[self.dice.below(list.len())];
        for _ in 0..TRIES {
            if state.model.cell(found, worker).load() == load {
                break;
            }
            found = list[self.dice.below(list.len())];
        }
        found
    }
}
