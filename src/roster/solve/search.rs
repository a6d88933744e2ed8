//! The steps of the search: keep what is published, fill greedily, repair gaps by chains, improve by moves and swaps.

use super::state::{Change, State};

/// Length of the memory of late acceptance: how far back a cost may be to still be worth matching.
const MEMORY: usize = 200;

/// Gives units back to those who hold them already; partners of novices come in a later round.
pub(super) fn keep(state: &mut State<'_>) {
    loop {
        let mut progress = false;
        for (index, unit) in state.problem.units.iter().enumerate().filter(|(_, unit)| !unit.fixed) {
            if unit.kept.is_some() && state.holder(index).is_none() {
                progress |= state.attempt(&[(index, unit.kept)]).is_some();
            }
        }
        if !progress {
            return;
        }
    }
}

/// Fills what is empty, the hardest first, each with whom it costs least; optional units only where that is worth it.
pub(super) fn fill(state: &mut State<'_>, seed: u64) {
    let units = &state.problem.units;
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|index| {
        units.get(*index).map(|unit| (!unit.required, unit.able.len(), unit.items.first().map(|i| i.window)))
    });
    loop {
        let mut progress = false;
        for index in &order {
            let Some(unit) = state.problem.units.get(*index) else { continue };
            if unit.fixed || state.holder(*index).is_some() {
                continue;
            }
            let best = cheapest(state, *index, seed);
            if let Some((delta, worker)) = best.filter(|(delta, _)| unit.required || *delta < 0) {
                progress |= state.attempt(&[(*index, Some(worker))]) == Some(delta);
            }
        }
        if !progress {
            return;
        }
    }
}

/// Whom an empty unit costs least, and how much; equals are told apart by the seed.
fn cheapest(state: &mut State<'_>, unit: usize, seed: u64) -> Option<(i64, usize)> {
    let able = state.problem.units.get(unit)?.able.clone();
    let mut best: Option<(i64, u64, usize)> = None;
    for worker in able {
        let Some(delta) = state.attempt(&[(unit, Some(worker))]) else { continue };
        state.take_back(&[(unit, None)]);
        let tie = mix(seed ^ ((unit as u64) << 32) ^ worker as u64);
        if best.is_none_or(|(least, least_tie, _)| (delta, tie) < (least, least_tie)) {
            best = Some((delta, tie, worker));
        }
    }
    best.map(|(delta, _, worker)| (delta, worker))
}

/// Fills required gaps by moving one other unit out of the way; true where at least one gap was filled.
pub(super) fn repair(state: &mut State<'_>) -> bool {
    let mut repaired = false;
    for index in 0..state.problem.units.len() {
        let Some(unit) = state.problem.units.get(index) else { continue };
        if unit.required && !unit.fixed && state.holder(index).is_none() {
            repaired |= chain(state, index);
        }
    }
    repaired
}

/// Tries to give the gap to a worker who first hands one unit on (or lets an optional one go).
fn chain(state: &mut State<'_>, gap: usize) -> bool {
    let Some(unit) = state.problem.units.get(gap) else { return false };
    for worker in unit.able.clone() {
        let mut best: Option<(i64, Vec<Change>)> = None;
        for handed in state.held.get(worker).cloned().unwrap_or_default() {
            let Some(other) = state.problem.units.get(handed).filter(|unit| !unit.fixed) else { continue };
            let Some(first) = state.attempt(&[(handed, None), (gap, Some(worker))]) else { continue };
            let mut ways: Vec<(i64, Option<usize>)> = Vec::new();
            if !other.required {
                ways.push((first, None));
            }
            for heir in other.able.iter().filter(|heir| **heir != worker) {
                if let Some(then) = state.attempt(&[(handed, Some(*heir))]) {
                    state.take_back(&[(handed, None)]);
                    ways.push((first + then, Some(*heir)));
                }
            }
            state.take_back(&[(handed, Some(worker)), (gap, None)]);
            let Some((cost, heir)) = ways.into_iter().min_by_key(|(cost, heir)| (*cost, *heir)) else { continue };
            if best.as_ref().is_none_or(|(least, _)| cost < *least) {
                best = Some((cost, vec![(handed, heir), (gap, Some(worker))]));
            }
        }
        if let Some((_, changes)) = best {
            return state.attempt(&changes).is_some();
        }
    }
    false
}

/// Late-acceptance hill climbing over units that are not published: moves one, or exchanges two. Ends on the best found.
pub(super) fn improve(state: &mut State<'_>, seed: u64, work: u32) {
    let units = &state.problem.units;
    let free = |index: &usize| {
        state.holder(*index).is_some() && units.get(*index).is_some_and(|unit| !unit.fixed && unit.kept.is_none())
    };
    let movable: Vec<usize> = (0..units.len()).filter(free).collect();
    if movable.is_empty() {
        return;
    }
    let mut dice = Dice(seed);
    let (mut now, mut least, mut best) = (0_i64, 0_i64, state.holders.clone());
    let mut memory = vec![0_i64; MEMORY];
    for _ in 0..work {
        let Some(changes) = propose(state, &movable, &mut dice) else { continue };
        let undo: Vec<Change> = changes.iter().map(|(unit, _)| (*unit, state.holder(*unit))).collect();
        let Some(delta) = state.attempt(&changes) else { continue };
        let place = dice.below(MEMORY);
        let late = memory.get(place).copied().unwrap_or_default();
        if delta > 0 && now + delta > late {
            state.take_back(&undo);
        } else {
            now += delta;
        }
        if let Some(remembered) = memory.get_mut(place).filter(|late| now < **late) {
            *remembered = now;
        }
        if now < least {
            (least, best) = (now, state.holders.clone());
        }
    }
    restore(state, &best);
}

/// Brings back earlier holders; they kept every rule, so all at once is allowed.
fn restore(state: &mut State<'_>, best: &[Option<usize>]) {
    let now = state.holders.iter().zip(best).enumerate();
    let changes: Vec<Change> = now.filter(|(_, (a, b))| a != b).map(|(unit, (_, worker))| (unit, *worker)).collect();
    state.take_back(&changes);
}

fn propose(state: &State<'_>, movable: &[usize], dice: &mut Dice) -> Option<Vec<Change>> {
    let unit = *movable.get(dice.below(movable.len()))?;
    let holder = state.holder(unit);
    if dice.below(2) == 0 {
        let able = &state.problem.units.get(unit)?.able;
        let worker = *able.get(dice.below(able.len()))?;
        return (Some(worker) != holder).then(|| vec![(unit, Some(worker))]);
    }
    let other = *movable.get(dice.below(movable.len()))?;
    let partner = state.holder(other);
    (partner != holder).then(|| vec![(unit, partner), (other, holder)])
}

/// Numbers that look random and depend on the seed alone (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        usize::try_from(mix(self.0) % (bound.max(1) as u64)).unwrap_or(0)
    }
}

fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
