//! A planning as the engine's integers, and the engine's roster as an assignment again. Load is counted in hundredths of a
//! mean turn, so that one turn above the fair share costs 10 000; every other cost is set against that.

use super::instance::{Apart, Cap, Choice, Hold, Instance, Item, Level, Spacing, Unit, Worker};
use super::price;
use crate::ids::{PersonId, SlotId, TurnId};
use crate::roster::apart;
use crate::roster::availability::Kind;
use crate::roster::balance::{shares, worked_by_all};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Duty, Member, Planning};
use crate::roster::recommend::mean_turn;
use crate::roster::rules;
use crate::time::{MINUTE, Window};
use chrono::Datelike;
use std::collections::BTreeMap;

/// Days from the first of the windows of spacing to the last: all there are.
const EVER: i64 = i64::MAX / 4;
/// Kind of an item that is another team's: only caps that name no roles see it.
const ELSEWHERE: u32 = 0;

/// An instance with what its units and workers stand for.
pub(super) struct Translation<'a> {
    pub planning: &'a Planning,
    pub instance: Instance,
    /// The slots of each unit; none where it is a duty beside the plan.
    pub slots: Vec<Vec<&'a Slot>>,
    /// Who holds each free unit already.
    pub kept: Vec<Option<u32>>,
}

/// Slots with the same key move together.
type Key<'a> = (Option<&'a str>, &'a str, bool, Option<u32>);

/// A unit with what else is known of it.
struct Draft<'a> {
    unit: Unit,
    slots: Vec<&'a Slot>,
    kept: Option<u32>,
}

impl<'a> Translation<'a> {
    /// With `kept` holders to stay where they still may; `split` takes turns that nobody holds apart.
    pub fn new(planning: &'a Planning, kept: &BTreeMap<SlotId, PersonId>, split: bool) -> Self {
        let mut names = Names::new(planning);
        let mut drafts: Vec<Draft<'a>> = Vec::new();
        for (member, index) in planning.members.iter().zip(0..) {
            drafts.extend(member.duties.iter().map(|duty| names.duty(planning, duty, index)));
        }
        for (key, slots) in groups(planning, kept, split) {
            drafts.push(names.draft(planning, key, slots));
        }
        drafts.sort_by_key(|draft| draft.unit.start());
        let scale = mean_turn(planning);
        let carried = worked_by_all(planning).into_iter().zip(shares(planning)).map(|(worked, share)| worked - share);
        let workers = planning.members.iter().zip(carried).zip(0..);
        let workers: Vec<Worker> =
            workers.map(|((member, over), index)| worker(planning, member, (index, over, scale), &drafts)).collect();
        let (days, weight) = price::spread(planning);
        let instance = Instance {
            watches: names.watches.len(),
            forbidden: forbidden(planning),
            rest: i64::from(planning.team.settings.min_rest_minutes) * MINUTE,
            spacing: Spacing { days, weight, first: -EVER, last: EVER },
            caps: names.caps(planning),
            fair: 1,
            pair: price::novice_alone(planning),
            again: price::again(planning),
            apart: apart(planning, scale, &drafts, &workers),
            workers,
            units: drafts.iter().map(|draft| draft.unit.clone()).collect(),
        };
        let (slots, kept) = drafts.into_iter().map(|draft| (draft.slots, draft.kept)).unzip();
        Self { planning, instance, slots, kept }
    }

    /// The assignment that the holders of the units make; pins and started slots stand whoever they name.
    pub fn assignment(&self, holders: &[Option<u32>]) -> Assignment {
        let mut assignment = Assignment::default();
        for (slots, holder) in self.slots.iter().zip(holders) {
            let person = holder.and_then(|index| self.planning.members.get(index as usize));
            for slot in slots {
                assignment.set(&slot.id, person.map(|member| &member.person.id));
            }
        }
        for slot in &self.planning.slots {
            if let Fixed::To(holder) = fixed_holder(self.planning, slot) {
                assignment.set(&slot.id, holder);
            }
        }
        assignment
    }
}

/// Whether the solver may touch a slot.
#[derive(Clone, Copy)]
enum Fixed<'a> {
    No,
    To(Option<&'a PersonId>),
}

/// Whom a slot is fixed to, if it is fixed: by a pin, or as published once it has started.
fn fixed_holder<'a>(planning: &'a Planning, slot: &Slot) -> Fixed<'a> {
    if planning.frozen.contains(&slot.id) {
        return Fixed::To(planning.published.get(&slot.id));
    }
    planning.pins.get(&slot.id).map_or(Fixed::No, |person| Fixed::To(Some(person)))
}

fn groups<'a>(
    planning: &'a Planning,
    kept: &BTreeMap<SlotId, PersonId>,
    split: bool,
) -> BTreeMap<Key<'a>, Vec<&'a Slot>> {
    let positions: BTreeMap<&PersonId, u32> =
        planning.members.iter().map(|member| &member.person.id).zip(0..).collect();
    let index = |person: &PersonId| positions.get(person).copied();
    let still = |person: &u32, slot: &Slot| {
        planning.members.get(*person as usize).is_some_and(|member| fits(planning, member, slot))
    };
    let mut groups: BTreeMap<Key<'a>, Vec<&'a Slot>> = BTreeMap::new();
    for slot in &planning.slots {
        let fixed = fixed_holder(planning, slot);
        let holder = match fixed {
            Fixed::To(holder) => holder.and_then(index),
            Fixed::No => kept.get(&slot.id).and_then(index).filter(|person| still(person, slot)),
        };
        let apart = split && holder.is_none() && !slot.optional;
        let turn = slot.turn.as_ref().filter(|_| !apart).map(TurnId::as_str);
        let own = if turn.is_some() { slot.role.as_str() } else { slot.id.as_str() };
        groups.entry((turn, own, matches!(fixed, Fixed::To(_)), holder)).or_default().push(slot);
    }
    groups
}

/// Whether a member may stand a slot as far as it and their fixed duties go.
fn fits(planning: &Planning, member: &Member, slot: &Slot) -> bool {
    let wanted = i64::from(planning.team.settings.min_rest_minutes);
    rules::alone(planning, member, slot).is_empty()
        && member.duties.iter().all(|other| rules::apart(slot, other, wanted).is_none())
}

fn worker(planning: &Planning, member: &Member, (index, over, scale): (u32, i64, i64), drafts: &[Draft<'_>]) -> Worker {
    let points = |slots: &[&Slot]| slots.iter().map(|slot| planning.points(member, slot)).sum::<i64>();
    let mut offset = over;
    let mut choices = Vec::new();
    for (draft, unit) in drafts.iter().zip(0..) {
        let slots = &draft.slots;
        let mine = draft.unit.hold == Hold::Fixed(Some(index));
        let free = draft.unit.is_free() && slots.iter().all(|slot| fits(planning, member, slot));
        if slots.is_empty() || !(mine || free) {
            continue;
        }
        let level = level(planning, member, slots);
        let (mut load, mut cost) = (0, 0);
        if mine {
            offset += points(slots);
        } else {
            load = points(slots).saturating_mul(100) / scale;
            cost = wishes(planning, member, slots) + moved(planning, draft, index);
        }
        choices.push(Choice { unit, load, cost, level });
    }
    Worker { offset: offset.saturating_mul(100) / scale, choices }
}

/// How far a member is in a unit: a novice where they are one for any of its slots, an expert where for all.
fn level(planning: &Planning, member: &Member, slots: &[&Slot]) -> Level {
    if slots.iter().any(|slot| rules::is_novice(planning, member, slot)) {
        Level::Novice
    } else if slots.iter().all(|slot| rules::is_expert(planning, member, slot)) {
        Level::Expert
    } else {
        Level::Regular
    }
}

/// The balances that the team keeps apart, of the choices that workers have.
fn apart(planning: &Planning, scale: i64, drafts: &[Draft<'_>], workers: &[Worker]) -> Vec<Apart> {
    let of_one = |kept: apart::Apart| {
        let (mut offsets, mut loads) = (Vec::new(), Vec::new());
        for ((member, worker), over) in planning.members.iter().zip(workers).zip(&kept.over) {
            let (mut off, mut own) = (*over, Vec::new());
            for draft in worker.choices.iter().filter_map(|choice| drafts.get(choice.unit as usize)) {
                let points: i64 = draft.slots.iter().map(|slot| kept.points(planning, member, slot)).sum();
                let free = draft.unit.is_free();
                own.push(if free { kept.off(points, scale) } else { 0 });
                off += if free { 0 } else { points };
            }
            offsets.push(kept.off(off, scale));
            loads.push(own);
        }
        Apart { fair: 1, offsets, loads }
    };
    apart::kept_apart(planning).into_iter().map(of_one).collect()
}

/// What a unit costs a member by what they said and how busy they are.
fn wishes(planning: &Planning, member: &Member, slots: &[&Slot]) -> i64 {
    let kinds = || slots.iter().map(|slot| member.availability.over(slot.window, &planning.team.settings).kind);
    let mut cost = 0;
    if kinds().any(|kind| kind == Kind::Avoid) {
        cost += price::AVOID;
    } else if kinds().any(|kind| kind == Kind::Prefer) {
        cost -= price::PREFER;
    }
    cost += slots.first().map_or(0, |slot| price::utilised(member, slot));
    if slots.iter().any(|slot| slot.turn.is_some() && member.duties.iter().any(|duty| duty.turn == slot.turn)) {
        cost -= price::GOES_ON;
    }
    cost
}

/// What it costs that somebody else than the holder so far holds a unit.
fn moved(planning: &Planning, draft: &Draft<'_>, index: u32) -> i64 {
    if draft.kept.is_some_and(|kept| kept != index) { change(planning, &draft.slots) } else { 0 }
}

/// Cost of a change: the nearer, the more.
fn change(planning: &Planning, slots: &[&Slot]) -> i64 {
    let start = slots.iter().map(|slot| slot.window.start).min().unwrap_or(planning.window.start);
    price::change(planning, start)
}

fn forbidden(planning: &Planning) -> Vec<(u32, u32)> {
    let index =
        |person: &PersonId| planning.members.iter().zip(0..).find(|(m, _)| m.person.id == *person).map(|(_, i)| i);
    let pairs = planning.team.forbidden_pairs.iter().filter_map(|(a, b)| Some((index(a)?, index(b)?)));
    pairs.filter(|(a, b)| a != b).collect()
}

/// Numbers for turns, watches and roles.
struct Names<'a> {
    turns: BTreeMap<&'a str, u32>,
    next_turn: u32,
    watches: BTreeMap<(&'a str, &'a str), u32>,
    kinds: BTreeMap<&'a str, u32>,
}

impl<'a> Names<'a> {
    fn new(planning: &'a Planning) -> Self {
        let roles = planning.team.settings.caps.iter().flat_map(|cap| cap.roles.iter().map(String::as_str));
        let mut kinds = BTreeMap::new();
        for role in roles {
            let next = u32::try_from(kinds.len()).unwrap_or(u32::MAX).saturating_add(OTHER + 1);
            kinds.entry(role).or_insert(next);
        }
        Self { turns: BTreeMap::new(), next_turn: 0, watches: BTreeMap::new(), kinds }
    }

    /// A shift without a turn is a turn of its own.
    fn turn(&mut self, turn: Option<&'a TurnId>) -> u32 {
        let fresh = self.next_turn;
        let turn = turn.map_or(fresh, |turn| *self.turns.entry(turn.as_str()).or_insert(fresh));
        self.next_turn += u32::from(turn == fresh);
        turn
    }

    fn item(&self, planning: &Planning, window: Window, role: Option<&str>) -> Item {
        Item {
            start: window.start.millis(),
            end: window.end.millis(),
            day: i64::from(window.start.civil(planning.team.zone).date().num_days_from_ce()),
            minutes: window.millis() / MINUTE,
            kind: role.map_or(ELSEWHERE, |role| self.kinds.get(role).copied().unwrap_or(OTHER)),
        }
    }

    fn duty(&mut self, planning: &Planning, duty: &'a Duty, worker: u32) -> Draft<'a> {
        let role = (duty.team == planning.team.id).then_some(duty.role.as_str());
        let unit = Unit {
            items: vec![self.item(planning, duty.window, role)],
            turn: self.turn(duty.turn.as_ref()),
            watches: Vec::new(),
            required: false,
            empty: 0,
            hold: Hold::Fixed(Some(worker)),
        };
        Draft { unit, slots: Vec::new(), kept: None }
    }

    fn draft(&mut self, planning: &Planning, (_, _, fixed, holder): Key<'a>, slots: Vec<&'a Slot>) -> Draft<'a> {
        let mut watches: Vec<u32> = slots.iter().map(|slot| self.watch(slot)).collect();
        watches.sort_unstable();
        watches.dedup();
        let required = slots.iter().any(|slot| !slot.optional);
        let kept = holder.filter(|_| !fixed);
        let moved = kept.map_or(0, |_| change(planning, &slots));
        let unit = Unit {
            items: slots.iter().map(|slot| self.item(planning, slot.window, Some(&slot.role))).collect(),
            turn: self.turn(slots.first().and_then(|slot| slot.turn.as_ref())),
            watches,
            required,
            empty: moved + if required { 0 } else { price::SKIP },
            hold: if fixed { Hold::Fixed(holder) } else { Hold::Free },
        };
        Draft { unit, slots, kept }
    }

    fn watch(&mut self, slot: &'a Slot) -> u32 {
        let next = u32::try_from(self.watches.len()).unwrap_or(u32::MAX);
        *self.watches.entry((&slot.pattern, &slot.occurrence)).or_insert(next)
    }

    /// A cap on named roles is the team's own; a cap on everything protects the person whatever the team.
    fn caps(&self, planning: &Planning) -> Vec<Cap> {
        let kinds = self.kinds.len() + OTHER as usize + 1;
        let caps = planning.team.settings.caps.iter().map(|cap| {
            let mut counts = vec![cap.roles.is_empty(); kinds];
            for kind in cap.roles.iter().filter_map(|role| self.kinds.get(role.as_str())) {
                counts.iter_mut().skip(*kind as usize).take(1).for_each(|seen| *seen = true);
            }
            Cap {
                days: i64::from(cap.days),
                turns: cap.max_turns.map(i64::from),
                minutes: cap.max_minutes.map(i64::from),
                counts,
            }
        });
        caps.collect()
    }
}

/// Kind of an item in a role of the team's that no cap names.
const OTHER: u32 = 1;
