//! Reads oncall-bench/1, a format in which solvers are compared, and writes its solutions: slots become units of one item,
//! shifts become watches, minutes and days count from the file's origin.

use super::instance::{Cap, Choice, Hold, Instance, Item, Level, Spacing, Unit, Worker};
use serde::{Deserialize, Serialize};

/// Minutes of a day and of a week.
const DAY: i64 = 1_440;
const WEEK: i64 = 7 * DAY;

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Not JSON, or not of this shape.
    #[error("not an oncall-bench/1 instance: {0}")]
    Shape(#[from] serde_json::Error),
    /// Of the shape, and yet no problem.
    #[error("not an oncall-bench/1 instance: {0}")]
    Unsound(&'static str),
}

/// A file as read.
#[derive(Clone, Debug)]
pub struct Bench {
    /// As solutions refer to it.
    pub name: String,
    /// The problem; units are the slots by id.
    pub instance: Instance,
    /// The roster to change as little as possible, where there is one.
    pub published: Option<Vec<Option<u32>>>,
}

/// A solution as the format has it: the person of each slot, -1 for nobody.
#[derive(Debug, Serialize)]
pub struct Solution<'a> {
    instance: &'a str,
    assign: Vec<i64>,
}

#[derive(Deserialize)]
struct File {
    format: String,
    name: String,
    horizon_days: i64,
    min_rest: i64,
    spacing_days: i64,
    windows: Vec<Limit>,
    weights: Weights,
    forbidden_pairs: Vec<(u32, u32)>,
    shifts: Vec<Shift>,
    people: Vec<Person>,
    published: Option<Vec<i64>>,
    #[serde(default)]
    change_cost: Vec<i64>,
}

#[derive(Deserialize)]
struct Limit {
    days: i64,
    max_shifts: i64,
    max_minutes: i64,
}

#[derive(Deserialize)]
struct Weights {
    fair: i64,
    space: i64,
    util: i64,
    pair: i64,
    skip: i64,
}

#[derive(Deserialize)]
struct Shift {
    start: i64,
    end: i64,
    slots: Vec<Slot>,
}

#[derive(Deserialize)]
struct Slot {
    id: u32,
    qual: u32,
    load: i64,
    optional: bool,
}

#[derive(Deserialize)]
struct Person {
    level: u8,
    history: i64,
    target: i64,
    prev_end: i64,
    quals: Vec<Grant>,
    busy: Vec<(i64, i64)>,
    prefer_not: Vec<(i64, i64, i64)>,
    util: Vec<i64>,
}

#[derive(Deserialize)]
struct Grant {
    qual: u32,
    valid_from: i64,
    valid_until: i64,
}

/// Reads an instance.
pub fn read(text: &str) -> Result<Bench, BenchError> {
    let file: File = serde_json::from_str(text)?;
    if file.format != "oncall-bench/1" {
        return Err(BenchError::Unsound("another format"));
    }
    let slots: Vec<(u32, &Shift, &Slot)> = file
        .shifts
        .iter()
        .zip(0..)
        .flat_map(|(shift, watch)| shift.slots.iter().map(move |s| (watch, shift, s)))
        .collect();
    if !slots.iter().zip(0..).all(|((_, _, slot), id)| slot.id == id) {
        return Err(BenchError::Unsound("slots are not numbered in the order of their shifts"));
    }
    let published = file.published.as_ref().map(|assign| assign.iter().map(|who| u32::try_from(*who).ok()).collect());
    let instance = Instance {
        units: slots.iter().map(|(watch, shift, slot)| unit(&file, *watch, shift, slot)).collect(),
        workers: file.people.iter().zip(0..).map(|(person, id)| worker(&file, &slots, person, id)).collect(),
        watches: file.shifts.len(),
        forbidden: file.forbidden_pairs.clone(),
        rest: file.min_rest,
        spacing: Spacing {
            days: file.spacing_days,
            weight: file.weights.space,
            first: 0,
            last: (file.horizon_days - file.spacing_days).max(0),
        },
        caps: file.windows.iter().map(cap).collect(),
        fair: file.weights.fair,
        pair: file.weights.pair,
        again: 0,
        apart: Vec::new(),
    };
    if !instance.is_sound() {
        return Err(BenchError::Unsound(
            "shifts are not in the order of their starts, or name people that are not there",
        ));
    }
    Ok(Bench { name: file.name, instance, published })
}

fn cap(limit: &Limit) -> Cap {
    Cap { days: limit.days, turns: Some(limit.max_shifts), minutes: Some(limit.max_minutes), counts: vec![true] }
}

fn unit(file: &File, watch: u32, shift: &Shift, slot: &Slot) -> Unit {
    let minutes = shift.end - shift.start;
    let held = holder(file, slot.id).is_some();
    Unit {
        items: vec![Item { start: shift.start, end: shift.end, day: shift.start.div_euclid(DAY), minutes, kind: 0 }],
        turn: slot.id,
        watches: vec![watch],
        required: !slot.optional,
        empty: if slot.optional { file.weights.skip } else { 0 } + if held { change(file, slot.id) } else { 0 },
        hold: Hold::Free,
    }
}

/// Who is published for a slot.
fn holder(file: &File, slot: u32) -> Option<u32> {
    file.published.as_ref()?.get(slot as usize).and_then(|who| u32::try_from(*who).ok())
}

fn change(file: &File, slot: u32) -> i64 {
    file.change_cost.get(slot as usize).copied().unwrap_or_default()
}

fn worker(file: &File, slots: &[(u32, &Shift, &Slot)], person: &Person, id: u32) -> Worker {
    let level = match person.level {
        0 => Level::Novice,
        1 => Level::Regular,
        _ => Level::Expert,
    };
    let may = |shift: &Shift, slot: &Slot| {
        let valid = |grant: &Grant| {
            grant.qual == slot.qual && grant.valid_from <= shift.start && shift.end <= grant.valid_until
        };
        shift.start - person.prev_end >= file.min_rest
            && person.quals.iter().any(valid)
            && !person.busy.iter().any(|(from, to)| *from < shift.end && shift.start < *to)
    };
    let cost = |shift: &Shift, slot: &Slot| {
        let unwished = person.prefer_not.iter().filter(|(from, to, _)| *from < shift.end && shift.start < *to);
        let wishes: i64 = unwished.map(|(_, _, penalty)| penalty).sum();
        let week = usize::try_from(shift.start.div_euclid(WEEK)).ok();
        let busy = week.and_then(|week| person.util.get(week)).copied().unwrap_or_default();
        let changed = file.published.is_some() && holder(file, slot.id) != Some(id);
        wishes
            + if slot.optional { 0 } else { file.weights.util * busy }
            + if changed { change(file, slot.id) } else { 0 }
    };
    let choices = slots.iter().filter(|(_, shift, slot)| may(shift, slot)).map(|(_, shift, slot)| Choice {
        unit: slot.id,
        load: slot.load,
        cost: cost(shift, slot),
        level,
    });
    Worker { offset: person.history - person.target, choices: choices.collect() }
}

impl Bench {
    /// A roster in the format's own form.
    #[must_use]
    pub fn solution(&self, holders: &[Option<u32>]) -> Solution<'_> {
        Solution { instance: &self.name, assign: holders.iter().map(|who| who.map_or(-1, i64::from)).collect() }
    }
}
