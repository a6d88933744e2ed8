//! Which stored slot each demand is: by the occurrence's own name, else by largest overlap, so that a moved handover
//! keeps its slot, its holder and its swaps.

use super::Demand;
use crate::ids::{SlotId, TeamId};
use crate::roster::model::Slot;
use std::collections::{BTreeMap, BTreeSet};

/// What the stored slots of a window become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// All slots of the window, by start; kept ones with their id.
    pub slots: Vec<Slot>,
    /// Stored slots that no pattern asks for any more.
    pub gone: Vec<SlotId>,
}

/// Matches demands to the stored slots of the same window: first by pattern, RECURRENCE-ID, role and ordinal, then what
/// is left by largest overlap within role and ordinal, of the same pattern rather than of another. `fresh` names new
/// slots.
pub fn settle(team: &TeamId, stored: &[Slot], demands: Vec<Demand>, mut fresh: impl FnMut() -> SlotId) -> Settled {
    let mut left: BTreeSet<usize> = (0..stored.len()).collect();
    let mut found: Vec<Option<SlotId>> = vec![None; demands.len()];
    let by_name: BTreeMap<_, usize> = stored.iter().zip(0..).map(|(slot, at)| (slot_name(slot), at)).collect();
    for (demand, place) in demands.iter().zip(&mut found) {
        if let Some(at) = by_name.get(&demand_name(demand)).filter(|at| left.remove(at)) {
            *place = stored.get(*at).map(|slot| slot.id.clone());
        }
    }
    for (_, demand, at) in overlaps(stored, &demands, &found, &left) {
        let Some(place) = found.get_mut(demand).filter(|place| place.is_none()) else { continue };
        if left.remove(&at) {
            *place = stored.get(at).map(|slot| slot.id.clone());
        }
    }
    let slots = demands.into_iter().zip(found).map(|(demand, id)| slot(team, demand, id.unwrap_or_else(&mut fresh)));
    Settled {
        slots: slots.collect(),
        gone: left.into_iter().filter_map(|at| stored.get(at)).map(|slot| slot.id.clone()).collect(),
    }
}

type Name<'a> = (&'a str, &'a str, &'a str, u32);

fn slot_name(slot: &Slot) -> Name<'_> {
    (&slot.pattern, &slot.occurrence, &slot.role, slot.ordinal)
}

fn demand_name(demand: &Demand) -> Name<'_> {
    (&demand.pattern, &demand.occurrence, &demand.role, demand.ordinal)
}

/// Possible pairs of an unmatched demand and a leftover slot, the best first.
fn overlaps(
    stored: &[Slot],
    demands: &[Demand],
    found: &[Option<SlotId>],
    left: &BTreeSet<usize>,
) -> Vec<((bool, i64), usize, usize)> {
    let mut pairs = Vec::new();
    for (index, demand) in demands.iter().enumerate().filter(|(index, _)| found.get(*index) == Some(&None)) {
        for (at, slot) in left.iter().filter_map(|at| Some((*at, stored.get(*at)?))) {
            let same = slot.role == demand.role && slot.ordinal == demand.ordinal;
            let shared = slot.window.intersect(demand.window).filter(|_| same);
            pairs.extend(shared.map(|shared| ((slot.pattern != demand.pattern, -shared.millis()), index, at)));
        }
    }
    pairs.sort_unstable();
    pairs
}

fn slot(team: &TeamId, demand: Demand, id: SlotId) -> Slot {
    Slot {
        id,
        team: team.clone(),
        pattern: demand.pattern,
        occurrence: demand.occurrence,
        role: demand.role,
        ordinal: demand.ordinal,
        turn: demand.turn,
        window: demand.window,
        zone: demand.zone,
        optional: demand.optional,
        at_work: demand.at_work,
        site: demand.site,
    }
}
