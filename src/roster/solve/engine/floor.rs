//! The bound beside the search: given as much work as the search has had, by count and not by clock, and followed by the
//! exact finish as soon as that has a chance.

use super::{Hunt, Task, Told, named};
use crate::roster::solve::bound::Bounder;
use crate::roster::solve::bound::exact::{Outcome, finish};
use crate::roster::solve::bound::window::Windows;
use crate::roster::solve::dice::Dice;
use crate::roster::solve::instance::Instance;
use crate::roster::solve::model::GAP;

/// Choices of all workers up to which the exact finish is tried whatever the gap.
const SMALL: u64 = 1_000;
/// How many times the work of the search the bound of such a small team may take: it leads to the finish.
const SMALL_SHARE: u64 = 4;
/// After how many looks of the bound it suggests a roster, in how many parts.
const DIVES: [(u64, usize); 3] = [(100, 25), (400, 100), (1_500, 300)];
/// Choices of all workers up to which windows are worth their time.
const MEDIUM: u64 = 10_000;
/// Moves with which the search of a larger team begins alone: at first better rosters are worth more than a bound.
const HEAD: u64 = 10_000_000;
/// Days of the windows in which everything is given anew.
const WINDOWS: [i64; 3] = [4, 6, 8];
/// Columns that may be looked at in one window.
const WINDOW: u64 = 3_000_000;
/// Looks that one part of a suggestion takes.
const PART: u64 = 9;
/// What a look at one choice of one worker takes, in moves of the search.
const LOOK: u64 = 2;
/// Columns that the exact finish may look at when it is tried first; twice as many each time after that.
const FIRST_FINISH: u64 = 50_000_000;

pub(super) struct Floor {
    bounder: Option<Bounder>,
    task: Task,
    /// Choices of all workers: what one look of the bound goes through.
    choices: u64,
    /// Work of the search, and of the bound, in moves.
    searched: u64,
    bounded: u64,
    /// What the last round took.
    last: u64,
    settled: bool,
    /// Looks of the bound so far.
    looks: u64,
    /// Suggestions so far, and their work.
    dives: usize,
    dived: u64,
    /// Which length of windows is next, and the cost from which there is nothing in any of them.
    windows: usize,
    polished: i64,
    /// Columns that the exact finish may look at next time.
    columns: u64,
}

impl Floor {
    pub fn new(instance: &Instance, task: Task) -> Self {
        let choices = instance.workers.iter().map(|worker| worker.choices.len() as u64).sum();
        Self {
            bounder: None,
            task,
            choices,
            searched: 0,
            bounded: 0,
            last: 0,
            settled: false,
            looks: 0,
            dives: 0,
            dived: 0,
            windows: 0,
            polished: i64::MAX,
            columns: FIRST_FINISH,
        }
    }

    /// Goes on after the search has done so many moves more. True where the best roster is proved to be the best.
    pub fn raise(&mut self, hunt: &mut Hunt<'_>, dice: &mut [Dice], moves: u64) -> bool {
        self.searched = self.searched.saturating_add(moves.saturating_mul(dice.len() as u64));
        // a roster with gaps costs so much that no bound says anything
        if hunt.least >= GAP / 2 {
            return false;
        }
        if self.choices >= MEDIUM && self.task.work == u64::MAX && self.searched < HEAD {
            return false;
        }
        // a look of a small team's bound takes less than a thread's start
        let threads = if self.is_small() { 1 } else { self.task.threads.max(1) };
        let (instance, least) = (hunt.model.instance, hunt.least);
        let mut bounder = self.bounder.take().unwrap_or_else(|| Bounder::new(instance, least, threads));
        let reached = if self.settled {
            false
        } else if self.is_small() {
            let told = &hunt.told;
            let (reached, found) = aside(hunt, dice, self.task, || self.lift(&mut bounder, least, told));
            hunt.take_all(found);
            reached.unwrap_or(false)
        } else {
            self.lift(&mut bounder, least, &hunt.told)
        };
        self.bounder = Some(bounder);
        if reached {
            return true;
        }
        self.dive(hunt, dice);
        self.polish(hunt, dice);
        self.settled && self.close(hunt, dice)
    }

    fn is_small(&self) -> bool {
        self.choices < SMALL
    }

    /// Raises the bound by as much work as it may have; whether it reaches a cost that is known.
    fn lift(&mut self, bounder: &mut Bounder, least: i64, told: &Told<'_>) -> bool {
        let share = if self.is_small() { SMALL_SHARE } else { 1 };
        let most = self.searched.saturating_mul(share);
        // it leads to a small team's proof, and does not hold the search up
        let free = self.is_small() && self.task.work == u64::MAX;
        while !self.settled && (free || self.bounded + self.last <= most) && !told.stop() {
            let before = self.bounded;
            let progress = bounder.round(least);
            self.looks = progress.looks;
            self.bounded = progress.looks.saturating_mul(self.choices * LOOK);
            self.last = self.bounded.saturating_sub(before);
            self.settled = progress.settled;
            told.bound(progress.bound);
            if progress.bound >= least {
                return true;
            }
        }
        false
    }

    /// All units of a few days at a time given anew and exactly, over the whole of the horizon; then of more days.
    fn polish(&mut self, hunt: &mut Hunt<'_>, dice: &mut [Dice]) {
        let ready = self.settled && self.dives > 1 && self.choices < MEDIUM;
        if !ready || hunt.least >= self.polished || hunt.told.stop() {
            return;
        }
        let Some(days) = WINDOWS.get(self.windows) else { return };
        let (instance, told) = (hunt.model.instance, &hunt.told);
        let pass = || {
            let mut windows = Windows::new(instance, *days);
            let mut holders = named(&hunt.best);
            while !windows.settled() && !windows.too_long() && !told.stop() {
                if let Some(better) = windows.round(instance, &holders, WINDOW, &|| told.stop()) {
                    holders = better;
                }
            }
            holders
        };
        let (polished, found) = aside(hunt, dice, self.task, pass);
        hunt.take_all(found);
        if let Some(holders) = polished {
            hunt.adopt(&holders);
        }
        self.windows += 1;
        if self.windows == WINDOWS.len() {
            (self.windows, self.polished) = (0, hunt.least);
        }
    }

    /// A roster in the spirit of the prices, as soon as they are worth it, for the search to go on from.
    fn dive(&mut self, hunt: &mut Hunt<'_>, dice: &mut [Dice]) {
        let small = self.is_small();
        let Some(bounder) = &mut self.bounder else { return };
        let Some((looks, parts)) = DIVES.get(self.dives).copied().filter(|_| !small) else { return };
        let work = (parts as u64).saturating_mul(PART * self.choices * LOOK);
        let early = !self.settled && self.looks < looks;
        if early || self.bounded + self.dived + work > self.searched.saturating_mul(2) || hunt.told.stop() {
            return;
        }
        self.dives += 1;
        self.dived += work;
        let told = &hunt.told;
        let (suggested, found) = aside(hunt, dice, self.task, || bounder.suggest(parts, &|| told.stop()));
        hunt.take_all(found);
        if let Some(holders) = suggested.flatten() {
            hunt.follow(&holders, dice);
        }
    }

    /// The exact finish, where the gap is small enough to promise an end.
    fn close(&mut self, hunt: &mut Hunt<'_>, dice: &mut [Dice]) -> bool {
        let small = self.is_small();
        let Some(bounder) = &mut self.bounder else { return false };
        let bound = hunt.told.progress().bound.unwrap_or(i64::MIN);
        let promising = small || hunt.least - bound <= hunt.least.abs() / 100;
        if !promising || hunt.told.stop() {
            return false;
        }
        let (upper, columns) = (hunt.least, self.columns);
        self.columns = columns.saturating_mul(2);
        let told = &hunt.told;
        let mut go_on = |bound: i64, cost: i64, found: Option<&Vec<Option<u32>>>| {
            told.bound(bound);
            // it comes back with it whatever ends it
            if found.is_some() {
                told.better(cost);
            }
            !told.stop()
        };
        let (outcome, found) = aside(hunt, dice, self.task, || finish(bounder, upper, columns, &mut go_on));
        hunt.take_all(found);
        let (bound, better) = match outcome {
            Some(Outcome::Optimal(cost, better)) => (cost, better),
            Some(Outcome::Bound(bound, better)) => (bound, better.map(|(_, holders)| holders)),
            Some(Outcome::TooMany) | None => return false,
        };
        if let Some(holders) = better {
            hunt.adopt(&holders);
        }
        hunt.told.bound(bound);
        bound >= hunt.least
    }
}

/// What a search on the side has found: costs and rosters.
type Found = Vec<(i64, Vec<u32>)>;

/// Does a job on one thread while the others search. Where work is given by count they do one round, and what comes out
/// depends on nothing else; where it is given by time, until the job is done. No result of a job that panicked.
fn aside<T: Send>(
    hunt: &Hunt<'_>,
    dice: &mut [Dice],
    task: Task,
    job: impl FnOnce() -> T + Send,
) -> (Option<T>, Found) {
    let others = dice.get_mut(1..).unwrap_or_default();
    std::thread::scope(|scope| {
        let job = scope.spawn(job);
        let mut found: Found = Vec::new();
        let timed = task.work == u64::MAX;
        let stop = || hunt.told.stop() || (timed && job.is_finished());
        while !others.is_empty() && !stop() {
            let best = found.iter().min_by_key(|(cost, _)| *cost).filter(|(cost, _)| *cost < hunt.least);
            let best = best.map_or(hunt.best.clone(), |(_, best)| best.clone());
            found.extend(hunt.round(&best, others, hunt.model.longest / 8, &stop));
            if !timed {
                break;
            }
        }
        (job.join().ok(), found)
    })
}
