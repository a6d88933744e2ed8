//! Who holds which unit while the search goes on: every change is tried, judged by the hard rules and costed, and
//! taken back if it breaks one.

use super::problem::{Item, Problem};
use crate::roster::model::Cap;
use crate::time::{DAY, MINUTE};

/// Cost of an empty optional unit.
const SKIP: i64 = 300;
/// Cost of two turns of a person end to end, falling to nothing over the spacing that is wished for.
const CLOSE: i64 = 600;

/// A change: the unit and its new holder.
pub(super) type Change = (usize, Option<usize>);

/// The plan in the making.
pub(super) struct State<'a> {
    pub problem: &'a Problem<'a>,
    /// Holder of each unit.
    pub holders: Vec<Option<usize>>,
    /// Units of each worker.
    pub held: Vec<Vec<usize>>,
    costs: Vec<i64>,
}

impl<'a> State<'a> {
    /// With only what is fixed in place.
    pub fn new(problem: &'a Problem<'a>) -> Self {
        let workers = problem.workers.len();
        let mut state = Self {
            problem,
            holders: vec![None; problem.units.len()],
            held: vec![Vec::new(); workers],
            costs: vec![0; workers],
        };
        for (index, unit) in problem.units.iter().enumerate().filter(|(_, unit)| unit.fixed) {
            state.put(index, unit.kept);
        }
        for worker in 0..workers {
            state.cost_again(worker);
        }
        state
    }

    /// Makes the changes if no hard rule breaks, and says by how much the cost rises; else leaves all as it was.
    pub fn attempt(&mut self, changes: &[Change]) -> Option<i64> {
        let undo: Vec<Change> = changes.iter().map(|(unit, _)| (*unit, self.holder(*unit))).collect();
        let mut touched: Vec<usize> = undo.iter().chain(changes).filter_map(|(_, worker)| *worker).collect();
        touched.sort_unstable();
        touched.dedup();
        let before = self.total(&touched) + self.skipped(changes);
        for (unit, worker) in changes {
            self.put(*unit, *worker);
        }
        if !self.allowed(changes, &touched) {
            self.revert(&undo);
            return None;
        }
        for worker in &touched {
            self.cost_again(*worker);
        }
        Some(self.total(&touched) + self.skipped(changes) - before)
    }

    /// Takes changes back that were just made; `undo` names the holders before.
    pub fn take_back(&mut self, undo: &[Change]) {
        let mut touched: Vec<usize> = undo.iter().filter_map(|(unit, _)| self.holder(*unit)).collect();
        touched.extend(undo.iter().filter_map(|(_, worker)| *worker));
        self.revert(undo);
        for worker in touched {
            self.cost_again(worker);
        }
    }

    /// Who holds a unit.
    pub fn holder(&self, unit: usize) -> Option<usize> {
        self.holders.get(unit).copied().flatten()
    }

    fn revert(&mut self, undo: &[Change]) {
        for (unit, worker) in undo {
            self.put(*unit, *worker);
        }
    }

    fn put(&mut self, unit: usize, worker: Option<usize>) {
        if let Some(held) = self.holder(unit).and_then(|before| self.held.get_mut(before)) {
            held.retain(|other| *other != unit);
        }
        if let Some(held) = worker.and_then(|worker| self.held.get_mut(worker)) {
            held.push(unit);
        }
        if let Some(holder) = self.holders.get_mut(unit) {
            *holder = worker;
        }
    }

    fn total(&self, workers: &[usize]) -> i64 {
        workers.iter().filter_map(|worker| self.costs.get(*worker)).sum()
    }

    fn skipped(&self, changes: &[Change]) -> i64 {
        let empty = |unit: usize| {
            self.holder(unit).is_none() && self.problem.units.get(unit).is_some_and(|unit| !unit.required)
        };
        changes.iter().filter(|(unit, _)| empty(*unit)).map(|_| SKIP).sum()
    }

    fn allowed(&self, changes: &[Change], touched: &[usize]) -> bool {
        changes.iter().all(|(unit, worker)| self.able(*unit, *worker) && self.watches_hold(*unit))
            && touched.iter().all(|worker| self.rests(*worker))
    }

    fn able(&self, unit: usize, worker: Option<usize>) -> bool {
        let Some(unit) = self.problem.units.get(unit) else { return false };
        worker.is_none_or(|worker| unit.able.binary_search(&worker).is_ok())
    }

    /// No forbidden pair and not only novices on any watch the unit belongs to. What pins alone break is not judged.
    fn watches_hold(&self, unit: usize) -> bool {
        let Some(unit) = self.problem.units.get(unit) else { return false };
        unit.watches.iter().filter_map(|watch| self.problem.watches.get(*watch)).all(|watch| self.watch_holds(watch))
    }

    fn watch_holds(&self, watch: &[usize]) -> bool {
        let standing: Vec<_> =
            watch.iter().filter_map(|index| Some((self.problem.units.get(*index)?, self.holder(*index)?))).collect();
        for (at, (unit, worker)) in standing.iter().enumerate() {
            for (other, partner) in standing.iter().skip(at + 1) {
                let judged = !(unit.fixed && other.fixed);
                if judged && self.problem.forbidden.contains(&(*worker, *partner)) {
                    return false;
                }
            }
        }
        let novice = |(unit, worker): &(&super::problem::Unit<'_>, usize)| unit.novice.get(*worker) == Some(&true);
        let mut required = standing.iter().filter(|(unit, _)| unit.required).peekable();
        let free = standing.iter().any(|(unit, _)| unit.required && !unit.fixed);
        !free || required.peek().is_none() || required.any(|pair| !novice(pair))
    }

    /// Rest and caps of one worker; what lies between fixed duties alone is not judged.
    fn rests(&self, worker: usize) -> bool {
        let items = self.items(worker);
        let rest = i64::from(self.problem.planning.team.settings.min_rest_minutes) * MINUTE;
        for (at, (item, free)) in items.iter().enumerate() {
            for (next, next_free) in items.iter().skip(at + 1) {
                let gap = next.window.start.millis() - item.window.end.millis();
                if gap >= rest.max(0) {
                    break;
                }
                let same = gap >= 0 && next.turn == item.turn;
                if (*free || *next_free) && !same {
                    return false;
                }
            }
        }
        self.problem.planning.team.settings.caps.iter().all(|cap| keeps(cap, &items))
    }

    /// Everything a worker stands, by start; true for what the search may move.
    fn items(&self, worker: usize) -> Vec<(&Item<'a>, bool)> {
        let mut items: Vec<(&Item<'a>, bool)> = Vec::new();
        if let Some(worker) = self.problem.workers.get(worker) {
            items.extend(worker.duties.iter().map(|item| (item, false)));
        }
        for unit in self.held.get(worker).into_iter().flatten().filter_map(|unit| self.problem.units.get(*unit)) {
            items.extend(unit.items.iter().map(|item| (item, !unit.fixed)));
        }
        items.sort_by_key(|(item, _)| item.window);
        items
    }

    fn cost_again(&mut self, worker: usize) {
        let cost = self.cost(worker);
        if let Some(place) = self.costs.get_mut(worker) {
            *place = cost;
        }
    }

    /// Fairness, wishes and spacing of one worker; a load one mean turn off the fair share costs 1000.
    fn cost(&self, worker: usize) -> i64 {
        let Some(person) = self.problem.workers.get(worker) else { return 0 };
        let (mut load, mut taste) = (person.base, 0);
        for unit in self.held.get(worker).into_iter().flatten().filter_map(|unit| self.problem.units.get(*unit)) {
            load += unit.load.get(worker).copied().unwrap_or_default();
            taste += unit.taste.get(worker).copied().unwrap_or_default();
        }
        // in thousandths of a mean turn; the clamp keeps the square within 64 bits
        let off = ((load - person.target) * 1_000 / self.problem.scale).clamp(-100_000_000, 100_000_000);
        off * off / 1_000 + taste + self.spacing(worker)
    }

    fn spacing(&self, worker: usize) -> i64 {
        let wanted = i64::from(self.problem.planning.team.settings.spacing_days) * DAY;
        let items = self.items(worker);
        let pairs = items.iter().zip(items.iter().skip(1));
        pairs
            .filter(|((item, free), (next, next_free))| item.turn != next.turn && (*free || *next_free))
            .map(|((item, _), (next, _))| (next.window.start.millis() - item.window.end.millis()).max(0))
            .filter(|gap| *gap < wanted)
            .map(|gap| CLOSE * (wanted - gap) / wanted)
            .sum()
    }
}

/// Whether no rolling window with something movable in it is over the cap.
fn keeps(cap: &Cap, items: &[(&Item<'_>, bool)]) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let counted: Vec<(i64, i64, bool, bool)> = items
        .iter()
        .filter(|(item, _)| cap.roles.is_empty() || (item.own && cap.roles.iter().any(|role| role == item.role)))
        .map(|(item, free)| (item.day, item.minutes, seen.insert(item.turn), *free))
        .collect();
    counted.iter().all(|(first, ..)| {
        let inside = || counted.iter().filter(|(day, ..)| (*first..first + i64::from(cap.days)).contains(day));
        if !inside().any(|(.., free)| *free) {
            return true;
        }
        let turns = inside().filter(|(_, _, first, _)| *first).count();
        let minutes: i64 = inside().map(|(_, minutes, ..)| minutes).sum();
        cap.max_turns.is_none_or(|max| turns <= max as usize)
            && cap.max_minutes.is_none_or(|max| minutes <= i64::from(max))
    })
}
