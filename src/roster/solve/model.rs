//! An instance laid out for speed: who may hold what as a table, clashes as bit sets, watches with their units.
#![allow(clippy::indexing_slicing)] // every index comes from a sound instance, whose tables are as long as it says

use super::instance::{Apart, Choice, Hold, Instance, Level, Unit};

/// Nobody, or no unit.
pub(super) const NONE: u32 = u32::MAX;
/// What a gap costs: more than everything else together, as far as [`Instance::is_sound`] lets it grow.
pub(super) const GAP: i64 = 1 << 44;
/// Cost in a [`Cell`] of a unit that the worker may not hold.
const NEVER: i32 = i32::MAX;

/// Moves of the longest round for each unit that may be moved: from there on another try is worth more than a longer one.
const ROUND: u64 = 100_000;

/// What a unit means to a worker.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// Cost by itself, or [`NEVER`].
    cost: i32,
    load: i32,
}

impl Cell {
    pub fn is_able(self) -> bool {
        self.cost != NEVER
    }

    pub fn cost(self) -> i64 {
        i64::from(self.cost)
    }

    pub fn load(self) -> i64 {
        i64::from(self.load)
    }
}

/// What is looked at of a unit again and again.
#[derive(Clone, Copy)]
pub(super) struct Brief {
    pub first_day: i64,
    pub last_day: i64,
    pub turn: u32,
    /// Whether another unit is of the same turn, so that caps must look at the whole of what a worker holds.
    pub shares: bool,
    pub free: bool,
    pub required: bool,
    /// Cost of leaving it empty, gap and all.
    pub empty: i64,
    /// How many watches it stands on.
    pub watches: i64,
    /// First and last unit that may share a cap's window with it.
    pub near: (u32, u32),
}

/// The units that one worker can't hold beside a unit, as words of a bit set from `first` on.
struct Clashes {
    first: usize,
    words: Vec<u64>,
}

/// How much worse a change may be at the beginning of a round, and at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heat {
    pub hot: f64,
    pub cold: f64,
}

impl Heat {
    /// In proportion to what one unit too many, or in a bad place, costs. A small roster is melted anew in each round; a large one is only
    /// warmed, as what is good in it would take too long to find again.
    #[allow(clippy::cast_precision_loss)] // only a measure
    fn of(model: &Model<'_>) -> Self {
        let loads = model
            .movable
            .iter()
            .filter_map(|unit| Some(model.cell(*unit, *model.able[*unit as usize].first()?).load()));
        let squares: Vec<f64> = loads.filter(|load| *load != 0).map(|load| (load * load) as f64).collect();
        let mean = squares.iter().sum::<f64>() / squares.len().max(1) as f64;
        let soft = model.instance.spacing.weight + model.instance.pair + model.instance.again;
        let one = (0.6 * mean * model.instance.fair as f64 + soft as f64).max(1.0);
        let hot = one / (squares.len() as f64 / 75.0).clamp(1.0, 10.0);
        Self { hot, cold: one / 80.0 + hot / 60.0 }
    }
}

/// A balance kept apart, with what each unit adds to it by unit and worker.
pub(super) struct Tally {
    pub fair: i64,
    loads: Vec<i32>,
    workers: usize,
}

impl Tally {
    fn new(model: &Model<'_>, apart: &Apart) -> Self {
        let mut loads = vec![0; model.cells.len()];
        for (worker, (person, own)) in model.instance.workers.iter().zip(&apart.loads).enumerate() {
            for (choice, load) in person.choices.iter().zip(own) {
                if model.units[choice.unit as usize].free {
                    loads[choice.unit as usize * model.workers + worker] = narrow(*load);
                }
            }
        }
        Self { fair: apart.fair, loads, workers: model.workers }
    }

    pub fn load(&self, unit: u32, worker: u32) -> i64 {
        i64::from(self.loads[unit as usize * self.workers + worker as usize])
    }
}

/// The laid-out instance.
pub(super) struct Model<'a> {
    pub instance: &'a Instance,
    pub units: Vec<Brief>,
    pub workers: usize,
    /// Words of a bit set of units.
    pub words: usize,
    cells: Vec<Cell>,
    levels: Vec<Level>,
    /// Who may hold each unit.
    pub able: Vec<Vec<u32>>,
    /// Balances kept apart.
    pub apart: Vec<Tally>,
    /// Units of each watch.
    pub watches: Vec<Vec<u32>>,
    /// Units that share a watch with each unit; nothing where nobody minds who stands with whom.
    pub mates: Vec<Vec<u32>>,
    clashes: Vec<Clashes>,
    forbidden: Vec<bool>,
    /// Free units that somebody may hold.
    pub movable: Vec<u32>,
    /// In what costs of this instance amount to.
    pub heat: Heat,
    /// Moves of the longest round.
    pub longest: u64,
    /// Whether items come by day when units do, so that caps need not sort.
    pub plain: bool,
}

impl<'a> Model<'a> {
    /// Lays out a sound instance.
    pub fn new(instance: &'a Instance) -> Self {
        let (units, workers) = (instance.units.len(), instance.workers.len());
        let mut model = Self {
            instance,
            units: briefs(instance),
            workers,
            words: units.div_ceil(64),
            cells: vec![Cell { cost: NEVER, load: 0 }; units * workers],
            levels: vec![Level::Regular; units * workers],
            able: vec![Vec::new(); units],
            apart: Vec::new(),
            watches: vec![Vec::new(); instance.watches],
            mates: vec![Vec::new(); units],
            clashes: clashes(instance),
            forbidden: vec![false; workers * workers],
            movable: Vec::new(),
            longest: 1 << 16,
            heat: Heat { hot: 1.0, cold: 1.0 },
            plain: instance.units.iter().all(|unit| unit.items.len() == 1),
        };
        for (worker, person) in instance.workers.iter().enumerate() {
            for choice in &person.choices {
                model.enter(worker, choice);
            }
        }
        for (index, unit) in (0..).zip(&instance.units) {
            for watch in &unit.watches {
                model.watches[*watch as usize].push(index);
            }
        }
        model.mates = model.mates_by_watch();
        for (a, b) in &instance.forbidden {
            model.forbidden[*a as usize * workers + *b as usize] = true;
            model.forbidden[*b as usize * workers + *a as usize] = true;
        }
        model.apart = instance.apart.iter().map(|apart| Tally::new(&model, apart)).collect();
        model.shut_out();
        let free = (0..).zip(&model.units).filter(|(_, unit)| unit.free).map(|(index, _)| index);
        model.movable = free.filter(|index: &u32| !model.able[*index as usize].is_empty()).collect();
        model.heat = Heat::of(&model);
        model.longest = (model.movable.len() as u64).saturating_mul(ROUND).max(1 << 16);
        model
    }

    fn mates_by_watch(&self) -> Vec<Vec<u32>> {
        let of = |(index, unit): (u32, &Unit)| {
            let near = unit.watches.iter().flat_map(|watch| &self.watches[*watch as usize]).copied();
            let mut mates: Vec<u32> = near.filter(|other| *other != index && self.instance.again > 0).collect();
            mates.sort_unstable();
            mates.dedup();
            mates
        };
        (0..).zip(&self.instance.units).map(of).collect()
    }

    fn enter(&mut self, worker: usize, choice: &Choice) {
        let at = choice.unit as usize * self.workers + worker;
        self.levels[at] = choice.level;
        if self.units[choice.unit as usize].free {
            self.cells[at] = Cell { cost: narrow(choice.cost), load: narrow(choice.load) };
        }
    }

    /// Takes from everybody what clashes with what they hold for good, and lists who is left for each unit.
    fn shut_out(&mut self) {
        for (index, unit) in self.instance.units.iter().enumerate() {
            if let Hold::Fixed(Some(worker)) = unit.hold {
                for other in 0..self.units.len() {
                    if self.clash(index, other) {
                        self.cells[other * self.workers + worker as usize].cost = NEVER;
                    }
                }
            }
        }
        for index in 0..self.units.len() {
            let row = &self.cells[index * self.workers..][..self.workers];
            self.able[index] = (0..).zip(row).filter(|(_, cell)| cell.is_able()).map(|(worker, _)| worker).collect();
        }
    }

    pub fn cell(&self, unit: u32, worker: u32) -> Cell {
        self.cells[unit as usize * self.workers + worker as usize]
    }

    pub fn level(&self, unit: u32, worker: u32) -> Level {
        self.levels[unit as usize * self.workers + worker as usize]
    }

    pub fn is_forbidden(&self, a: u32, b: u32) -> bool {
        self.forbidden[a as usize * self.workers + b as usize]
    }

    fn clash(&self, a: usize, b: usize) -> bool {
        let row = &self.clashes[a];
        (b / 64)
            .checked_sub(row.first)
            .and_then(|word| row.words.get(word))
            .is_some_and(|word| word >> (b % 64) & 1 == 1)
    }

    /// How many units of a bit set clash with a unit, and one of them.
    pub fn clashing(&self, unit: u32, held: &[u64]) -> (u32, u32) {
        let row = &self.clashes[unit as usize];
        let (mut count, mut one) = (0, NONE);
        for (at, (word, held)) in row.words.iter().zip(&held[row.first..]).enumerate() {
            let both = word & held;
            if both != 0 {
                count += both.count_ones();
                one = u32::try_from((row.first + at) * 64).unwrap_or(NONE) + both.trailing_zeros();
            }
        }
        (count, one)
    }

    /// Cost of two consecutive units of a worker.
    pub fn between(&self, earlier: u32, later: u32) -> i64 {
        if earlier == NONE || later == NONE {
            return 0;
        }
        let (a, b) = (&self.units[earlier as usize], &self.units[later as usize]);
        if a.turn == b.turn { 0 } else { self.instance.spacing.between(a.last_day, b.first_day) }
    }
}

fn narrow(wide: i64) -> i32 {
    i32::try_from(wide).unwrap_or(if wide < 0 { i32::MIN } else { i32::MAX - 1 })
}

fn briefs(instance: &Instance) -> Vec<Brief> {
    let reach = instance.caps.iter().map(|cap| cap.days).max().unwrap_or(0);
    let mut turns: Vec<u32> = instance.units.iter().map(|unit| unit.turn).collect();
    turns.sort_unstable();
    let shared =
        |turn: u32| turns.partition_point(|other| *other <= turn) - turns.partition_point(|other| *other < turn) > 1;
    let longest = instance.units.iter().map(|unit| unit.last_day() - unit.first_day()).max().unwrap_or(0);
    let first_days: Vec<i64> = instance.units.iter().map(Unit::first_day).collect();
    let sorted = first_days.is_sorted();
    let last = u32::try_from(instance.units.len()).unwrap_or(NONE).saturating_sub(1);
    let near = |unit: &Unit| {
        if !sorted || shared(unit.turn) {
            return (0, last);
        }
        let from = first_days.partition_point(|day| *day <= unit.first_day() - reach - longest);
        let to = first_days.partition_point(|day| *day < unit.last_day() + reach);
        (u32::try_from(from).unwrap_or(0), u32::try_from(to).unwrap_or(NONE).saturating_sub(1))
    };
    let brief = |unit: &Unit| Brief {
        first_day: unit.first_day(),
        last_day: unit.last_day(),
        turn: unit.turn,
        shares: shared(unit.turn),
        free: unit.is_free(),
        required: unit.required,
        empty: unit.empty + if unit.required { GAP } else { 0 },
        watches: i64::try_from(unit.watches.len()).unwrap_or(i64::MAX),
        near: near(unit),
    };
    instance.units.iter().map(brief).collect()
}

/// Every unit's clashes. Units stand by start, so that those long after or before need not be looked at.
fn clashes(instance: &Instance) -> Vec<Clashes> {
    let ends: Vec<i64> =
        instance.units.iter().map(|unit| unit.items.iter().map(|item| item.end).max().unwrap_or(0)).collect();
    let rest = instance.rest.max(0);
    let longest = instance.units.iter().zip(&ends).map(|(unit, end)| end - unit.start()).max().unwrap_or(0);
    let of_unit = |(index, unit): (usize, &Unit)| {
        let from = instance.units.partition_point(|other| other.start() + longest + rest <= unit.start());
        let to = instance.units.partition_point(|other| other.start() < ends[index] + rest);
        let first = from / 64;
        let mut words = vec![0_u64; to.div_ceil(64).saturating_sub(first)];
        for (other, candidate) in instance.units.iter().enumerate().take(to).skip(from) {
            if other != index && unit.clashes(candidate, rest) {
                words[other / 64 - first] |= 1 << (other % 64);
            }
        }
        Clashes { first, words }
    };
    instance.units.iter().enumerate().map(of_unit).collect()
}
