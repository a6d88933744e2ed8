//! Drives search and bound in turns: a first roster, then rounds of annealing on every thread, each twice as long as the
//! one before and from the best roster so far; between them the bound, and in the end the exact finish. What comes out
//! depends on the instance and the task alone.

mod floor;

use super::anneal::{Annealer, Run};
use super::construct;
use super::dice::Dice;
use super::instance::Instance;
use super::mend::mend;
use super::model::{GAP, Model, NONE};
use super::state::State;
use floor::Floor;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Moves of the first round of each thread.
const FIRST_ROUND: u64 = 44 << 10;
/// By how much rounds after a suggestion are cooler.
const CALM: f64 = 3.0;

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The luck of the search.
    pub seed: u64,
    /// Moves to look at on each thread; `u64::MAX` for as many as there are until it is called off.
    pub work: u64,
    /// Threads that search, at least one.
    pub threads: usize,
    /// Whether to bound the cost from below as well, with as much work again, and to prove the best roster best where the
    /// size permits.
    pub bound: bool,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Required units that stay empty.
    pub gaps: usize,
    /// What the best roster costs.
    pub cost: i64,
    /// What every roster without gaps costs at least, where that is known; the roster is the best there is where this is
    /// its cost.
    pub bound: Option<i64>,
}

/// Who is told, and who may call it off. Both are asked often, from any thread.
pub struct Control<'a> {
    /// Hears of every improvement.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Whether to stop and come out with what there is.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

impl Control<'static> {
    /// Nobody listens, nobody calls it off.
    pub const NONE: Self = Self { progress: &|_| {}, stop: &|| false };
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The holder of each unit.
    pub holders: Vec<Option<u32>>,
    /// What it leaves empty and costs, and the bound.
    pub progress: Progress,
}

/// Searches from `kept` holders, as far as they still may hold what they have.
#[must_use]
pub fn run(instance: &Instance, kept: &[Option<u32>], task: Task, control: &Control<'_>) -> Outcome {
    let model = Model::new(instance);
    let mut state = State::new(&model);
    construct::keep(&mut state, kept);
    complete(&mut state);
    let mut hunt = Hunt::new(&model, &state, control);
    hunt.search(task);
    let mut state = State::holding(&model, &hunt.best);
    complete(&mut state);
    hunt.take(state.cost, state.holders);
    Outcome { holders: named(&hunt.best), progress: hunt.told.progress() }
}

/// What of `kept` holders may stay, and nothing else.
#[must_use]
pub fn kept(instance: &Instance, kept: &[Option<u32>]) -> Vec<Option<u32>> {
    let model = Model::new(instance);
    let mut state = State::new(&model);
    construct::keep(&mut state, kept);
    named(&state.holders)
}

/// Fills what can be filled, handing on where that is needed.
fn complete(state: &mut State<'_>) {
    let order = construct::by_time(state);
    loop {
        construct::fill(state, &order);
        if state.gaps() == 0 || !mend(state) {
            return;
        }
    }
}

fn named(holders: &[u32]) -> Vec<Option<u32>> {
    holders.iter().map(|worker| (*worker != NONE).then_some(*worker)).collect()
}

/// The best roster so far, over all threads and rounds.
struct Hunt<'a> {
    model: &'a Model<'a>,
    best: Vec<u32>,
    least: i64,
    /// By how much rounds are cooler than at first: what the prices suggest must not melt away.
    calm: f64,
    told: Told<'a>,
}

/// What has been told of, so that nothing is told twice.
struct Told<'a> {
    least: AtomicI64,
    bound: AtomicI64,
    control: &'a Control<'a>,
    stopped: AtomicBool,
}

impl Told<'_> {
    fn better(&self, cost: i64) {
        if self.least.fetch_min(cost, Ordering::Relaxed) > cost {
            (self.control.progress)(self.progress());
        }
    }

    fn bound(&self, bound: i64) {
        if self.bound.fetch_max(bound, Ordering::Relaxed) < bound {
            (self.control.progress)(self.progress());
        }
    }

    fn stop(&self) -> bool {
        if !self.stopped.load(Ordering::Relaxed) && (self.control.stop)() {
            self.stopped.store(true, Ordering::Relaxed);
        }
        self.stopped.load(Ordering::Relaxed)
    }

    fn progress(&self) -> Progress {
        let (cost, bound) = (self.least.load(Ordering::Relaxed), self.bound.load(Ordering::Relaxed));
        let gaps = (cost + GAP / 2).div_euclid(GAP);
        let bound = (bound != i64::MIN).then_some(bound);
        Progress { gaps: usize::try_from(gaps).unwrap_or_default(), cost: cost - gaps * GAP, bound }
    }
}

impl<'a> Hunt<'a> {
    fn new(model: &'a Model<'a>, state: &State<'_>, control: &'a Control<'a>) -> Self {
        let told = Told {
            least: AtomicI64::new(i64::MAX),
            bound: AtomicI64::new(i64::MIN),
            control,
            stopped: AtomicBool::new(false),
        };
        told.better(state.cost);
        Self { model, best: state.holders.clone(), least: state.cost, calm: 1.0, told }
    }

    /// Rounds until the work is done or nothing better is possible. Each thread has a luck of its own; after each round the
    /// best roster of all goes on, of equals the first thread's.
    fn search(&mut self, task: Task) {
        let lanes = task.threads.max(1);
        let mut dice: Vec<Dice> = (0..).take(lanes).map(|lane| Dice::new(task.seed, lane)).collect();
        let mut floor = task.bound.then(|| Floor::new(self.model.instance, task));
        let (mut left, mut length) = (task.work, FIRST_ROUND);
        while left > 0 && !self.told.stop() {
            // what would be left after a last full round is better spent on that round
            let moves = if left < length * 2 { left } else { length };
            let found = self.round(&self.best, &mut dice, moves, &|| self.told.stop());
            self.take_all(found);
            left = if task.work == u64::MAX { left } else { left - moves };
            length = (length * 2).min(self.model.longest);
            if let Some(floor) = &mut floor
                && floor.raise(self, &mut dice, moves)
            {
                return;
            }
        }
    }

    /// One run from `best` on each of the streams of luck, each on a thread of its own, cut short by `stop`.
    fn round(
        &self,
        best: &[u32],
        dice: &mut [Dice],
        moves: u64,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Vec<(i64, Vec<u32>)> {
        let run = Run { hot: self.model.heat.hot / self.calm, cold: self.model.heat.cold, moves };
        let lane = |dice: &mut Dice| {
            let mut state = State::holding(self.model, best);
            let mut annealer = Annealer::new(dice.clone(), &state);
            annealer.run(&mut state, run, |cost| self.told.better(cost), stop);
            *dice = annealer.dice;
            (annealer.least, annealer.best)
        };
        if let [only] = dice {
            return vec![lane(only)];
        }
        std::thread::scope(|scope| {
            let lanes: Vec<_> = dice.iter_mut().map(|dice| scope.spawn(|| lane(dice))).collect();
            // a lane that panicked found nothing
            lanes.into_iter().filter_map(|lane| lane.join().ok()).collect()
        })
    }

    fn take(&mut self, cost: i64, holders: Vec<u32>) {
        if cost < self.least {
            (self.least, self.best) = (cost, holders);
            self.told.better(cost);
        }
    }

    fn take_all(&mut self, found: Vec<(i64, Vec<u32>)>) {
        for (cost, holders) in found {
            self.take(cost, holders);
        }
    }

    /// A round from a roster that was suggested, as far as its holders may hold what it says; and calmer rounds from then
    /// on where that was better than all before.
    fn follow(&mut self, holders: &[Option<u32>], dice: &mut [Dice]) {
        let mut state = State::new(self.model);
        construct::keep(&mut state, holders);
        complete(&mut state);
        let (before, calm) = (self.least, self.calm);
        self.calm = CALM;
        let found = self.round(&state.holders, dice, self.model.longest / 8, &|| self.told.stop());
        self.take_all(found);
        if self.least == before {
            self.calm = calm;
        }
    }

    /// A roster from elsewhere, of the cost that it turns out to have.
    fn adopt(&mut self, holders: &[Option<u32>]) {
        let holders: Vec<u32> = holders.iter().map(|worker| worker.unwrap_or(NONE)).collect();
        let state = State::holding(self.model, &holders);
        self.take(state.cost, state.holders);
    }
}
