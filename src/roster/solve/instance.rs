//! The problem that the engine solves, in integers alone: units to give to workers, what must not be, and what it costs.
//! Plannings and benchmark files are both translated into it.

/// What is to be given to whom. Indices are positions: of `units`, of `workers`, of `caps`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instance {
    /// By first start, then as the translation lists them.
    pub units: Vec<Unit>,
    /// The people.
    pub workers: Vec<Worker>,
    /// How many watches there are; whoever shares one stands together.
    pub watches: usize,
    /// Pairs of workers that must not share a watch.
    pub forbidden: Vec<(u32, u32)>,
    /// Minutes wanted between two turns of a worker.
    pub rest: i64,
    /// How far apart turns of a worker are wished to be.
    pub spacing: Spacing,
    /// At most so much in any window of so many days.
    pub caps: Vec<Cap>,
    /// Cost of the squared deviation of each worker's load.
    pub fair: i64,
    /// Cost of a watch with a novice and without an expert on it.
    pub pair: i64,
    /// Cost of each further time that the same two stand together: of two units that share watches, whose holders met before.
    pub again: i64,
    /// Balances that are kept apart from the whole load.
    pub apart: Vec<Apart>,
}

/// A balance of its own, such as that of nights, to which only some units add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Cost of the squared deviation of each worker; not negative.
    pub fair: i64,
    /// By worker, as [`Worker::offset`].
    pub offsets: Vec<i64>,
    /// By worker and choice: what the unit adds, as [`Choice::load`].
    pub loads: Vec<Vec<i64>>,
}

impl Apart {
    /// What it costs that a worker holds these choices, by position.
    #[must_use]
    pub fn cost(&self, worker: usize, places: impl Iterator<Item = usize>) -> i64 {
        let loads = self.loads.get(worker).map_or(&[][..], Vec::as_slice);
        let held: i64 = places.filter_map(|place| loads.get(place)).sum();
        let off = self.offsets.get(worker).copied().unwrap_or_default() + held;
        self.fair * off * off
    }
}

/// What one worker holds as a whole: a slot, or those slots of a turn that move together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its stretches of duty by start; never empty.
    pub items: Vec<Item>,
    /// Between units of one turn no rest is wanted and no spacing counts, and a cap counts them as one turn.
    pub turn: u32,
    /// The watches it stands on, ascending.
    pub watches: Vec<u32>,
    /// Leaving it empty is a gap; gaps come before all cost.
    pub required: bool,
    /// Cost of leaving it empty, beside the gap.
    pub empty: i64,
    /// Whether it may be moved at all.
    pub hold: Hold,
}

/// Whether the engine may give a unit to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// To whoever has a [`Choice`] for it.
    Free,
    /// It stays with that worker, whatever rules that breaks: a pin, what has started, or a duty beside the plan. Its load
    /// and costs are part of [`Worker::offset`]; a choice for it, where there is one, tells its holder's level. A fixed unit that
    /// nobody holds stays empty and is no gap.
    Fixed(Option<u32>),
}

/// One stretch of duty, as rest and caps see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// First minute, of any origin that all items share.
    pub start: i64,
    /// First minute no longer.
    pub end: i64,
    /// The day on which it counts.
    pub day: i64,
    /// How much it counts against caps, in minutes.
    pub minutes: i64,
    /// Which caps see it: a position in [`Cap::counts`].
    pub kind: u32,
}

/// One person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worker {
    /// Load already carried less the load aimed at; the fairness cost is of this plus the load of the free units held.
    pub offset: i64,
    /// What they may hold as far as the rest of the plan and the rest from fixed units are not concerned, by unit.
    pub choices: Vec<Choice>,
}

/// A unit that a worker may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The unit.
    pub unit: u32,
    /// What it adds to the worker's load.
    pub load: i64,
    /// What it costs whatever else they hold: wishes, utilisation, change of what is published; negative is a gain.
    pub cost: i64,
    /// How far the worker is by then.
    pub level: Level,
}

/// How experienced a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Must not be alone with novices on the required units of a watch.
    Novice,
    /// May be.
    Regular,
    /// Makes company for a novice.
    Expert,
}

/// The wish for at most one turn of a worker in any `days` consecutive days. What more than one costs in every such
/// window adds up to a cost for each two consecutive turns: of the number of windows that hold both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spacing {
    /// Length of a window.
    pub days: i64,
    /// Cost of each turn beyond the first in each window.
    pub weight: i64,
    /// Day on which the first window begins.
    pub first: i64,
    /// Day on which the last window begins.
    pub last: i64,
}

impl Spacing {
    /// Cost of two consecutive turns: the last day of the earlier one, the first day of the later one.
    #[must_use]
    pub fn between(&self, earlier: i64, later: i64) -> i64 {
        let from = (later - self.days + 1).max(self.first);
        let to = earlier.min(later).min(self.last);
        (to - from + 1).max(0) * self.weight
    }
}

/// At most so much in any window of `days` consecutive days; windows hold a turn on the day of its first counted item.
/// A window with nothing in it but fixed units is not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Length of a window.
    pub days: i64,
    /// Turns that may begin in it.
    pub turns: Option<i64>,
    /// Minutes of duty on its days.
    pub minutes: Option<i64>,
    /// By [`Item::kind`], whether it counts.
    pub counts: Vec<bool>,
}

impl Cap {
    /// Whether the cap sees an item.
    #[must_use]
    pub fn sees(&self, item: &Item) -> bool {
        self.counts.get(item.kind as usize).copied().unwrap_or(false)
    }
}

impl Unit {
    /// First minute.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.items.first().map_or(0, |item| item.start)
    }

    /// Day of the first item, from which spacing to the turn before is counted.
    #[must_use]
    pub fn first_day(&self) -> i64 {
        self.items.first().map_or(0, |item| item.day)
    }

    /// Day of the last item, from which spacing to the next turn is counted.
    #[must_use]
    pub fn last_day(&self) -> i64 {
        self.items.last().map_or(0, |item| item.day)
    }

    /// Whether the engine decides who holds it.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.hold == Hold::Free
    }

    /// Whether nobody can hold both: they overlap, or leave too little rest between two turns.
    #[must_use]
    pub fn clashes(&self, other: &Self, rest: i64) -> bool {
        let rest = if self.turn == other.turn { 0 } else { rest.max(0) };
        let near = |a: &Item, b: &Item| a.start < b.end + rest && b.start < a.end + rest;
        self.items.iter().any(|a| other.items.iter().any(|b| near(a, b)))
    }
}

impl Instance {
    /// Whether every index points at something, units stand by start and choices by unit. The engine relies on it.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let (units, workers) = (self.units.len(), self.workers.len());
        let in_range = |index: u32, length: usize| (index as usize) < length;
        let unit_is_sound = |unit: &Unit| {
            !unit.items.is_empty()
                && unit.items.is_sorted_by_key(|item| item.start)
                && unit.watches.is_sorted_by(|a, b| a < b)
                && unit.watches.iter().all(|watch| in_range(*watch, self.watches))
                && !matches!(unit.hold, Hold::Fixed(Some(worker)) if !in_range(worker, workers))
        };
        let worker_is_sound = |worker: &Worker| {
            worker.choices.is_sorted_by(|a, b| a.unit < b.unit)
                && worker.choices.iter().all(|choice| in_range(choice.unit, units))
        };
        let apart_is_sound = |apart: &Apart| {
            apart.fair >= 0
                && apart.offsets.len() == workers
                && apart.loads.len() == workers
                && apart.loads.iter().zip(&self.workers).all(|(loads, worker)| loads.len() == worker.choices.len())
        };
        self.units.is_sorted_by_key(Unit::start)
            && self.apart.iter().all(apart_is_sound)
            && self.units.iter().all(unit_is_sound)
            && self.workers.iter().all(worker_is_sound)
            && self.forbidden.iter().all(|(a, b)| a != b && in_range(*a, workers) && in_range(*b, workers))
    }
}
