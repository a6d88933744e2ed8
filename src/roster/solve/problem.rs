//! The planning as index-based integers: units (turns, or the part of a turn that moves together), workers, watches.

use crate::ids::{PersonId, SlotId, TurnId};
use crate::roster::availability::Kind;
use crate::roster::balance::{shares, worked};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Duty, Member, Planning};
use crate::roster::recommend::mean_turn;
use crate::roster::rules;
use crate::time::{MINUTE, Window};
use chrono::Datelike;
use std::collections::{BTreeMap, BTreeSet};

/// Cost of a unit that its holder asked to avoid; one turn above the fair share costs 1000.
const AVOID: i64 = 800;
/// Worth of a unit that its holder offered to stand.
const PREFER: i64 = 300;
/// Cost of each percent of utilisation above [`BUSY`].
const UTILISED: i64 = 3;
/// Utilisation above which a person counts as busy, in percent.
const BUSY: i64 = 50;
/// Cost of taking a unit from whom it is published for.
const CHANGE: i64 = 500;
/// Worth of going on with a turn that one already stands.
const GOES_ON: i64 = 600;

/// One stretch of duty as rest and caps see it.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    pub window: Window,
    /// Interned turn; items of one turn need no rest between them and count once.
    pub turn: usize,
    pub day: i64,
    pub minutes: i64,
    pub role: &'a str,
    /// Whether it is this team's, so that caps on roles apply.
    pub own: bool,
}

/// What is given to one person as a whole.
#[derive(Clone, Debug)]
pub(super) struct Unit<'a> {
    pub slots: Vec<&'a Slot>,
    pub items: Vec<Item<'a>>,
    pub required: bool,
    pub watches: Vec<usize>,
    /// Pinned or started: never moved; the holder is in `kept`.
    pub fixed: bool,
    /// Who holds it already.
    pub kept: Option<usize>,
    /// Who may hold it as far as the rest of the plan is not concerned.
    pub able: Vec<usize>,
    pub load: Vec<i64>,
    pub taste: Vec<i64>,
    pub novice: Vec<bool>,
}

/// One person.
#[derive(Clone, Debug)]
pub(super) struct Worker<'a> {
    pub duties: Vec<Item<'a>>,
    pub base: i64,
    pub target: i64,
}

/// The whole problem.
pub(super) struct Problem<'a> {
    pub planning: &'a Planning,
    pub units: Vec<Unit<'a>>,
    pub workers: Vec<Worker<'a>>,
    /// Units of each watch.
    pub watches: Vec<Vec<usize>>,
    pub forbidden: BTreeSet<(usize, usize)>,
    /// Hundredths of points of a mean turn.
    pub scale: i64,
}

/// Slots with the same key move together.
type Key<'a> = (Option<&'a str>, &'a str, bool, Option<usize>);

impl<'a> Problem<'a> {
    /// With `kept` holders to stay where they still may; `split` takes turns that nobody holds apart.
    pub fn new(planning: &'a Planning, kept: &BTreeMap<SlotId, PersonId>, split: bool) -> Self {
        let mut turns = Turns::default();
        let shares = shares(planning);
        let workers = planning
            .members
            .iter()
            .zip(shares)
            .map(|(member, target)| Worker {
                duties: member.duties.iter().map(|duty| turns.item(planning, duty_ref(planning, duty))).collect(),
                base: worked(planning, member),
                target,
            })
            .collect();
        let mut problem = Self {
            planning,
            units: Vec::new(),
            workers,
            watches: Vec::new(),
            forbidden: forbidden(planning),
            scale: mean_turn(planning),
        };
        for (key, slots) in groups(planning, kept, split) {
            let unit = problem.unit(&mut turns, key, slots);
            problem.units.push(unit);
        }
        problem.units.sort_by_key(|unit| unit.items.first().map(|item| item.window));
        problem.watches = watches(&mut problem.units);
        problem
    }

    fn unit(&self, turns: &mut Turns<'a>, key: Key<'a>, slots: Vec<&'a Slot>) -> Unit<'a> {
        let planning = self.planning;
        let (_, _, fixed, kept) = key;
        let members = || planning.members.iter();
        let items = slots.iter().map(|slot| turns.item(planning, slot_ref(slot))).collect();
        let fits = |member: &&Member| slots.iter().all(|slot| fits(planning, member, slot));
        Unit {
            items,
            required: slots.iter().any(|slot| !slot.optional),
            watches: Vec::new(),
            fixed,
            kept,
            able: members().enumerate().filter(|(_, member)| fits(member)).map(|(index, _)| index).collect(),
            load: members().map(|m| slots.iter().map(|slot| planning.points(m, slot)).sum()).collect(),
            taste: members().enumerate().map(|(i, m)| taste(planning, m, &slots, kept == Some(i))).collect(),
            novice: members().map(|m| slots.iter().any(|slot| rules::is_novice(planning, m, slot))).collect(),
            slots,
        }
    }

    /// The assignment that the holders of the units make; pins and started slots stand whoever they name.
    pub fn assignment(&self, holders: &[Option<usize>]) -> Assignment {
        let mut assignment = Assignment::default();
        for (unit, holder) in self.units.iter().zip(holders) {
            let person = holder.and_then(|index| self.planning.members.get(index)).map(|member| &member.person.id);
            for slot in &unit.slots {
                assignment.set(&slot.id, person);
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

/// Whom a slot is fixed to, if it is fixed: by a pin, or as published once it has started.
fn fixed_holder<'a>(planning: &'a Planning, slot: &Slot) -> Fixed<'a> {
    if planning.frozen.contains(&slot.id) {
        return Fixed::To(planning.published.get(&slot.id));
    }
    planning.pins.get(&slot.id).map_or(Fixed::No, |person| Fixed::To(Some(person)))
}

/// Whether the solver may touch a slot.
#[derive(Clone, Copy)]
enum Fixed<'a> {
    No,
    To(Option<&'a PersonId>),
}

fn groups<'a>(
    planning: &'a Planning,
    kept: &BTreeMap<SlotId, PersonId>,
    split: bool,
) -> BTreeMap<Key<'a>, Vec<&'a Slot>> {
    let index = |person: &PersonId| planning.members.iter().position(|member| member.person.id == *person);
    let mut groups: BTreeMap<Key<'a>, Vec<&'a Slot>> = BTreeMap::new();
    for slot in &planning.slots {
        let fixed = fixed_holder(planning, slot);
        let holder = match fixed {
            Fixed::To(holder) => holder.and_then(index),
            Fixed::No => kept
                .get(&slot.id)
                .and_then(index)
                .filter(|person| planning.members.get(*person).is_some_and(|member| fits(planning, member, slot))),
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

fn taste(planning: &Planning, member: &Member, slots: &[&Slot], kept: bool) -> i64 {
    let kinds = || slots.iter().map(|slot| member.availability.over(slot.window, &planning.team.settings).kind);
    let mut taste = 0;
    if kinds().any(|kind| kind == Kind::Avoid) {
        taste += AVOID;
    } else if kinds().any(|kind| kind == Kind::Prefer) {
        taste -= PREFER;
    }
    if let Some(percent) = slots.first().and_then(|slot| member.utilisation_at(slot.window)) {
        taste += UTILISED * (i64::from(percent) - BUSY).max(0);
    }
    if kept {
        taste -= CHANGE;
    }
    if slots.iter().any(|slot| slot.turn.is_some() && member.duties.iter().any(|duty| duty.turn == slot.turn)) {
        taste -= GOES_ON;
    }
    taste
}

fn forbidden(planning: &Planning) -> BTreeSet<(usize, usize)> {
    let index = |person: &PersonId| planning.members.iter().position(|member| member.person.id == *person);
    let pairs = planning.team.forbidden_pairs.iter().filter_map(|(a, b)| Some((index(a)?, index(b)?)));
    pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect()
}

/// Numbers the watches, tells each unit its own, and lists the units of each.
fn watches(units: &mut [Unit<'_>]) -> Vec<Vec<usize>> {
    let mut numbers: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut watches: Vec<Vec<usize>> = Vec::new();
    for (index, unit) in units.iter_mut().enumerate() {
        for slot in &unit.slots {
            let next = numbers.len();
            let number = *numbers.entry((&slot.pattern, &slot.occurrence)).or_insert(next);
            if number == watches.len() {
                watches.push(Vec::new());
            }
            if let Some(watch) = watches.get_mut(number).filter(|watch| watch.last() != Some(&index)) {
                watch.push(index);
            }
            unit.watches.push(number);
        }
        unit.watches.sort_unstable();
        unit.watches.dedup();
    }
    watches
}

/// Numbers turns; a shift without one is a turn of its own.
#[derive(Default)]
struct Turns<'a> {
    known: BTreeMap<&'a str, usize>,
    next: usize,
}

/// What an item is made of.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    window: Window,
    turn: Option<&'a str>,
    role: &'a str,
    own: bool,
}

fn duty_ref<'a>(planning: &Planning, duty: &'a Duty) -> Stretch<'a> {
    let turn = duty.turn.as_ref().map(TurnId::as_str);
    Stretch { window: duty.window, turn, role: &duty.role, own: duty.team == planning.team.id }
}

fn slot_ref(slot: &Slot) -> Stretch<'_> {
    Stretch { window: slot.window, turn: slot.turn.as_ref().map(TurnId::as_str), role: &slot.role, own: true }
}

impl<'a> Turns<'a> {
    fn item(&mut self, planning: &Planning, stretch: Stretch<'a>) -> Item<'a> {
        let fresh = self.next;
        let turn = match stretch.turn {
            Some(name) => *self.known.entry(name).or_insert(fresh),
            None => fresh,
        };
        self.next += usize::from(turn == fresh);
        Item {
            window: stretch.window,
            turn,
            day: i64::from(stretch.window.start.civil(planning.team.zone).date().num_days_from_ce()),
            minutes: stretch.window.millis() / MINUTE,
            role: stretch.role,
            own: stretch.own,
        }
    }
}
