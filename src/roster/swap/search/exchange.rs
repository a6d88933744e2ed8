//! Exchanges in twos and cycles of three: what is asked for something that lies ahead of a colleague.
//!
//! Pairs that can't be for reasons of their own (not qualified, away) are left out first; what is left is tried in the
//! order of what it does to the balances, so that a search that ends early has seen the best.

use super::{Asked, Found, MOST_WAYS, Move, Sight, Toll, handed, soonest};
use crate::ids::PersonId;
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Member, Planning};
use crate::roster::rules::{Broken, alone, broken};
use crate::time::Instant;
use std::collections::BTreeMap;

/// Ways whose outcome is looked at in full before the search ends.
const MOST_TRIED: usize = 1_500;

/// Two-way exchanges: a colleague takes what is asked, its holder one of the colleague's slots that start after `now`; of
/// a turn, all that is left of it.
#[must_use]
pub fn exchanges(planning: &Planning, assignment: &Assignment, asked: &Asked, now: Instant) -> Found {
    let Some(trade) = Trade::new(planning, assignment, asked, now) else { return Found::default() };
    let taken = (0..trade.lots.len()).filter(|lot| trade.takes(*lot)).map(|lot| vec![lot]).collect();
    trade.best(taken)
}

/// Three-way cycles: a colleague takes what is asked and gives a slot to a second, who gives one to the holder.
#[must_use]
pub fn cycles(planning: &Planning, assignment: &Assignment, asked: &Asked, now: Instant) -> Found {
    let Some(trade) = Trade::new(planning, assignment, asked, now) else { return Found::default() };
    let lots = 0..trade.lots.len();
    let firsts: Vec<usize> = lots.clone().filter(|lot| trade.passes_on(*lot)).collect();
    let seconds: Vec<usize> = lots.filter(|lot| trade.comes_back(*lot)).collect();
    let mut fits: BTreeMap<(usize, usize), bool> = BTreeMap::new();
    let mut pairs = Vec::new();
    for first in firsts {
        for second in seconds.iter().copied() {
            let (Some(given), Some(back)) = (trade.lots.get(first), trade.lots.get(second)) else { continue };
            if given.member == back.member {
                continue;
            }
            let fit = fits.entry((first, back.member)).or_insert_with(|| trade.may(back.member, &given.slots));
            if *fit {
                pairs.push(vec![first, second]);
            }
        }
    }
    trade.best(pairs)
}

/// What a colleague could give: a slot, or what lies ahead of a turn.
struct Lot<'a> {
    /// Place of its holder among the members.
    member: usize,
    slots: Vec<&'a Slot>,
}

struct Trade<'a> {
    sight: Sight<'a>,
    lots: Vec<Lot<'a>>,
    /// By member: whether they could take what is asked, as far as they alone are concerned.
    willing: Vec<bool>,
    /// By lot: whether the holder could take it.
    returnable: Vec<bool>,
}

impl<'a> Trade<'a> {
    fn new(planning: &'a Planning, assignment: &'a Assignment, asked: &Asked, now: Instant) -> Option<Self> {
        let sight = Sight::new(planning, assignment, &Asked { part: None, ..asked.clone() })?;
        let lots = lots(&sight, now, asked.slots.len() > 1);
        let mut trade = Self { sight, lots, willing: Vec::new(), returnable: Vec::new() };
        let asked: Vec<&Slot> = trade.sight.asked.iter().collect();
        let willing = (0..planning.members.len()).map(|member| trade.may(member, &asked)).collect();
        let holder = planning.members.iter().position(|member| member.person.id == trade.sight.holder)?;
        let returnable = trade.lots.iter().map(|lot| trade.may(holder, &lot.slots)).collect();
        (trade.willing, trade.returnable) = (willing, returnable);
        Some(trade)
    }

    fn member(&self, place: usize) -> Option<&'a Member> {
        self.sight.planning.members.get(place)
    }

    /// Whether a member could stand these slots, whatever else they hold.
    fn may(&self, member: usize, slots: &[&Slot]) -> bool {
        let member = self.member(member);
        member.is_some_and(|member| slots.iter().all(|slot| alone(self.sight.planning, member, slot).is_empty()))
    }

    /// Whether the lot's holder could take what is asked, and give the lot for it to whom it was asked by.
    fn takes(&self, lot: usize) -> bool {
        self.gives(lot) && self.returnable.get(lot) == Some(&true)
    }

    fn gives(&self, lot: usize) -> bool {
        self.lots.get(lot).is_some_and(|lot| self.willing.get(lot.member) == Some(&true))
    }

    /// The first of a cycle: its holder stands what is asked, once rid of the lot.
    fn passes_on(&self, lot: usize) -> bool {
        let Some(lot) = self.lots.get(lot).filter(|_| self.gives(lot)) else { return false };
        let Some(member) = self.member(lot.member) else { return false };
        let asked: Vec<&Slot> = self.sight.asked.iter().collect();
        self.stands(&member.person.id, &asked, &lot.slots)
    }

    /// The second of a cycle: who asks stands it, once rid of what is asked.
    fn comes_back(&self, lot: usize) -> bool {
        let Some(lot) = self.lots.get(lot).filter(|_| self.returnable.get(lot) == Some(&true)) else { return false };
        let asked: Vec<&Slot> = self.sight.asked.iter().collect();
        self.stands(&self.sight.holder, &lot.slots, &asked)
    }

    /// Whether somebody could stand `taken` without `given`. Company is looked at when all moves are known.
    fn stands(&self, person: &PersonId, taken: &[&Slot], given: &[&Slot]) -> bool {
        let mut without = self.sight.assignment.clone();
        taken.iter().chain(given).for_each(|slot| without.set(&slot.id, None));
        let rules = broken(self.sight.planning, &without, person, taken);
        rules.iter().all(|rule| matches!(rule, Broken::ForbiddenPair { .. } | Broken::NovicesOnly))
    }

    /// The moves in which what is asked goes to the first lot's holder, each lot to the next, and the last one back.
    fn moves(&self, ring: &[usize]) -> Vec<Move> {
        let holders = ring.iter().filter_map(|lot| self.member(self.lots.get(*lot)?.member));
        let holders: Vec<&PersonId> = holders.map(|member| &member.person.id).collect();
        let Some(first) = holders.first() else { return Vec::new() };
        let mut moves = handed(&self.sight.asked, &self.sight.holder, first);
        let takers = holders.iter().skip(1).copied().chain([&self.sight.holder]);
        for ((lot, from), to) in ring.iter().zip(&holders).zip(takers) {
            let slots = self.lots.get(*lot).map(|lot| lot.slots.as_slice()).unwrap_or_default();
            moves.extend(handed(slots.iter().copied(), from, to));
        }
        moves
    }

    /// The best of the rings by what they do to the balances, the soonest return first where they are even.
    fn best(&self, rings: Vec<Vec<usize>>) -> Found {
        let mut points = BTreeMap::new();
        let mut ranked: Vec<(i64, Instant, Vec<usize>)> =
            rings.into_iter().map(|ring| (self.change(&ring, &mut points), self.start(&ring), ring)).collect();
        ranked.sort_unstable();
        let mut found = Found::default();
        for (tried, (_, _, ring)) in ranked.into_iter().enumerate() {
            if tried == MOST_TRIED || found.ways.len() == MOST_WAYS {
                found.more = true;
                break;
            }
            let moves = self.moves(&ring);
            if self.sight.holds(&moves) {
                found.ways.push(self.sight.way(moves));
            }
        }
        found.ways.sort_by_key(|way| (way.change, soonest(&way.moves, &self.sight.holder)));
        found
    }

    fn start(&self, ring: &[usize]) -> Instant {
        let starts = ring.iter().filter_map(|lot| self.lots.get(*lot)?.slots.first());
        starts.map(|slot| slot.window.start).min().unwrap_or(Instant::FAR_FUTURE)
    }

    /// What a ring does to the sum of squared balances; points are worked out once for each member and lot.
    fn change(&self, ring: &[usize], known: &mut BTreeMap<(usize, Option<usize>), i64>) -> i64 {
        let Some(holder) = self.sight.planning.members.iter().position(|m| m.person.id == self.sight.holder) else {
            return i64::MAX;
        };
        let members: Vec<usize> = ring.iter().filter_map(|lot| Some(self.lots.get(*lot)?.member)).collect();
        // Around the ring: who gives which lot; what is asked has no place among them.
        let givers = std::iter::once(holder).chain(members.iter().copied());
        let takers = members.iter().copied().chain([holder]);
        let lots = std::iter::once(None).chain(ring.iter().copied().map(Some));
        let mut more: BTreeMap<usize, i64> = BTreeMap::new();
        for ((giver, taker), lot) in givers.zip(takers).zip(lots) {
            *more.entry(giver).or_default() -= self.points(giver, lot, known);
            *more.entry(taker).or_default() += self.points(taker, lot, known);
        }
        let change = |(member, more): (usize, i64)| {
            self.member(member).map_or(0, |member| Toll::change(&self.sight.toll(&member.person.id, more)))
        };
        more.into_iter().map(change).sum()
    }

    fn points(&self, member: usize, lot: Option<usize>, known: &mut BTreeMap<(usize, Option<usize>), i64>) -> i64 {
        *known.entry((member, lot)).or_insert_with(|| {
            let Some(member) = self.member(member) else { return 0 };
            let count = |slot: &Slot| self.sight.planning.points(member, slot);
            match lot {
                None => self.sight.asked.iter().map(count).sum(),
                Some(lot) => self.lots.get(lot).map_or(0, |lot| lot.slots.iter().map(|slot| count(slot)).sum()),
            }
        })
    }
}

/// What colleagues hold that starts after `now`, by start: slot by slot, or by turn. What is frozen, pinned by a manager,
/// or of a turn that has begun, is no lot.
fn lots<'a>(sight: &Sight<'a>, now: Instant, by_turn: bool) -> Vec<Lot<'a>> {
    let planning = sight.planning;
    let mut lots: Vec<Lot<'a>> = Vec::new();
    let mut turns: BTreeMap<(&str, usize), Option<usize>> = BTreeMap::new();
    for slot in &planning.slots {
        let Some(person) = sight.assignment.holder(&slot.id).filter(|person| **person != sight.holder) else {
            continue;
        };
        let Some(member) = planning.members.iter().position(|member| member.person.id == *person) else { continue };
        let free = slot.window.start > now
            && !planning.frozen.contains(&slot.id)
            && !planning.pins.contains_key(&slot.id)
            && !slot.optional;
        match slot.turn.as_ref().filter(|_| by_turn) {
            None if free => lots.push(Lot { member, slots: vec![slot] }),
            None => {}
            Some(turn) => match turns.get(&(turn.as_str(), member)).copied() {
                // Of a turn that can't be given whole nothing is given.
                Some(None) => {}
                Some(Some(place)) if free => {
                    if let Some(lot) = lots.get_mut(place) {
                        lot.slots.push(slot);
                    }
                }
                Some(Some(place)) => {
                    if let Some(lot) = lots.get_mut(place) {
                        lot.slots.clear();
                    }
                    turns.insert((turn.as_str(), member), None);
                }
                None => {
                    turns.insert((turn.as_str(), member), free.then_some(lots.len()));
                    if free {
                        lots.push(Lot { member, slots: vec![slot] });
                    }
                }
            },
        }
    }
    lots.retain(|lot| !lot.slots.is_empty());
    lots
}
