//! What couples the workers: every unit held once, somebody experienced on a watch, company for a novice, forbidden
//! pairs. Each is a row with a price; what may stay empty or go without company is a slack with a cost.

use super::net::Net;
use crate::roster::solve::evaluate::choice;
use crate::roster::solve::instance::{Hold, Instance, Level, Unit};

/// A coupling rule: the sum of its coefficients is at least (or exactly) `least`.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Right hand side.
    pub least: f64,
    /// Whether the sum may not be more either.
    pub exact: bool,
    /// The price never helps beyond this.
    pub most: f64,
}

/// Something that may be done at a cost, once, to satisfy rows.
#[derive(Clone, Debug)]
pub struct Slack {
    /// What it costs.
    pub cost: f64,
    /// Rows and coefficients.
    pub terms: Vec<(u32, f64)>,
}

/// Coefficients of a worker's bids, by bid.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    first: Vec<u32>,
    all: Vec<(u32, f64)>,
}

impl Terms {
    /// Those of one bid.
    pub fn of(&self, bid: u32) -> &[(u32, f64)] {
        &self.all[self.first[bid as usize] as usize..self.first[bid as usize + 1] as usize]
    }

    fn new(bids: Vec<Vec<(u32, f64)>>) -> Self {
        let mut terms = Self { first: vec![0], all: Vec::new() };
        for bid in bids {
            terms.all.extend(bid);
            terms.first.push(u32::try_from(terms.all.len()).unwrap_or(u32::MAX));
        }
        terms
    }

    /// Adds a coefficient to some bids.
    pub fn add(&mut self, row: u32, coefficient: impl Fn(u32) -> f64) {
        let bids = 0..u32::try_from(self.first.len() - 1).unwrap_or(0);
        let with = |bid: u32| {
            let more = Some((row, coefficient(bid))).filter(|(_, by)| *by != 0.0);
            self.of(bid).iter().copied().chain(more).collect()
        };
        *self = Self::new(bids.map(with).collect());
    }
}

/// All rows, slacks, and the coefficients of every worker's bids.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Rows; those of the units come first, one for each unit of the instance.
    pub rows: Vec<Row>,
    /// Slacks.
    pub slacks: Vec<Slack>,
    /// By worker.
    pub terms: Vec<Terms>,
    /// Cost that stands for a gap; no price goes above it.
    pub gap: f64,
}

/// Who might stand where on a watch: worker, bid, unit, level.
type Stand = (usize, usize, u32, Level);

struct Build<'a> {
    instance: &'a Instance,
    rows: Rows,
    bids: Vec<Vec<Vec<(u32, f64)>>>,
    /// Slack of each unit, if it may stay empty.
    empty: Vec<Option<usize>>,
}

impl Rows {
    /// What the prices are worth before any worker answers, and by how much each row is missed then; slacks that pay are
    /// taken.
    #[must_use]
    pub fn idle(&self, prices: &[f64]) -> (f64, Vec<f64>) {
        let mut missed: Vec<f64> = self.rows.iter().map(|row| row.least).collect();
        let mut value: f64 = self.rows.iter().zip(prices).map(|(row, price)| row.least * price).sum();
        for slack in &self.slacks {
            let reduced = slack.cost - slack.terms.iter().map(|(row, by)| by * prices[*row as usize]).sum::<f64>();
            if reduced < 0.0 {
                value += reduced;
                slack.terms.iter().for_each(|(row, by)| missed[*row as usize] -= by);
            }
        }
        (value, missed)
    }

    /// The price nearest to the one given that makes sense for the row.
    #[must_use]
    pub fn allowed(&self, row: usize, price: f64) -> f64 {
        let row = &self.rows[row];
        let price = price.min(row.most);
        if row.exact { price } else { price.max(0.0) }
    }

    /// The rows of an instance, with the cost that stands for a gap.
    #[must_use]
    pub fn new(instance: &Instance, nets: &[Net], gap: f64) -> Self {
        let bids = nets.iter().map(|net| vec![Vec::new(); net.bids.len()]).collect();
        let mut build = Build { instance, rows: Self { gap, ..Self::default() }, bids, empty: Vec::new() };
        build.cover(nets);
        let mut watches: Vec<Vec<Stand>> = vec![Vec::new(); instance.watches];
        for (worker, net) in nets.iter().enumerate() {
            for (place, bid) in net.bids.iter().enumerate().filter(|(_, bid)| !bid.fixed) {
                for watch in &instance.units[bid.unit as usize].watches {
                    watches[*watch as usize].push((worker, place, bid.unit, bid.level));
                }
            }
        }
        let mut units: Vec<Vec<u32>> = vec![Vec::new(); instance.watches];
        for (index, unit) in (0..).zip(&instance.units) {
            for watch in &unit.watches {
                units[*watch as usize].push(index);
            }
        }
        for (stands, units) in watches.iter().zip(&units) {
            build.experience(stands, units);
            build.company(stands, units);
            build.apart(stands, units);
        }
        build.rows.terms = build.bids.into_iter().map(Terms::new).collect();
        build.rows
    }
}

impl Build<'_> {
    fn row(&mut self, least: f64, exact: bool, most: f64) -> u32 {
        self.rows.rows.push(Row { least, exact, most });
        u32::try_from(self.rows.rows.len() - 1).unwrap_or(u32::MAX)
    }

    fn unit(&self, unit: u32) -> &Unit {
        &self.instance.units[unit as usize]
    }

    /// Every free unit is held once or left empty.
    fn cover(&mut self, nets: &[Net]) {
        for unit in &self.instance.units {
            let free = unit.is_free();
            #[allow(clippy::cast_precision_loss)]
            let cost = unit.empty as f64 + if unit.required { self.rows.gap } else { 0.0 };
            let row = self.rows.rows.len();
            self.rows.rows.push(Row { least: f64::from(u8::from(free)), exact: true, most: cost });
            self.empty.push(free.then_some(self.rows.slacks.len()));
            if free {
                self.rows.slacks.push(Slack { cost, terms: vec![(u32::try_from(row).unwrap_or(u32::MAX), 1.0)] });
            }
        }
        for (bids, net) in self.bids.iter_mut().zip(nets) {
            for (terms, bid) in bids.iter_mut().zip(&net.bids).filter(|(_, bid)| !bid.fixed) {
                terms.push((bid.unit, 1.0));
            }
        }
    }

    /// Who stands on fixed units of a watch, and whether the unit is a required one.
    fn fixed(&self, units: &[u32]) -> Vec<(u32, Level, bool)> {
        let holder = |unit: &u32| match self.unit(*unit).hold {
            Hold::Fixed(Some(worker)) => {
                let level = choice(self.instance, worker, *unit).map_or(Level::Regular, |choice| choice.level);
                Some((worker, level, self.unit(*unit).required))
            }
            _ => None,
        };
        units.iter().filter_map(holder).collect()
    }

    /// On the required units of a watch somebody is no novice, unless one of them is empty.
    fn experience(&mut self, stands: &[Stand], units: &[u32]) {
        let required = |unit: &u32| self.unit(*unit).required;
        let novice = stands.iter().any(|(_, _, unit, level)| required(unit) && *level == Level::Novice);
        let settled = self.fixed(units).iter().any(|(_, level, required)| *required && *level != Level::Novice);
        if !novice || settled {
            return;
        }
        let row = self.row(1.0, false, self.rows.gap);
        for unit in units.iter().filter(|unit| self.instance.units[**unit as usize].required) {
            if let Some(slack) = self.empty[*unit as usize] {
                self.rows.slacks[slack].terms.push((row, 1.0));
            }
        }
        for (worker, bid, unit, level) in stands {
            if self.unit(*unit).required && *level != Level::Novice {
                self.bids[*worker][*bid].push((row, 1.0));
            }
        }
    }

    /// A novice on a unit of the watch wants an expert on any, or costs.
    fn company(&mut self, stands: &[Stand], units: &[u32]) {
        let fixed = self.fixed(units);
        if self.instance.pair <= 0 || fixed.iter().any(|(_, level, _)| *level == Level::Expert) {
            return;
        }
        #[allow(clippy::cast_precision_loss)]
        let cost = self.instance.pair as f64;
        // rows that any novice without an expert leaves short, and those of the required units
        let (mut common, mut own) = (Vec::new(), Vec::new());
        if fixed.iter().any(|(_, level, _)| *level == Level::Novice) {
            let row = self.row(1.0, false, cost);
            common.push((row, 1.0));
            for stand in stands.iter().filter(|stand| stand.3 == Level::Expert) {
                self.bids[stand.0][stand.1].push((row, 1.0));
            }
        }
        for unit in units {
            let novice = |stand: &&Stand| stand.2 == *unit && stand.3 == Level::Novice;
            if !stands.iter().any(|stand| novice(&stand)) {
                continue;
            }
            let row = self.row(0.0, false, cost);
            if self.unit(*unit).required { &mut own } else { &mut common }.push((row, 1.0));
            for stand in stands {
                // an expert on the unit itself leaves no room for a novice there
                let expert = stand.3 == Level::Expert && stand.2 != *unit;
                let by = if novice(&stand) { -1.0 } else { f64::from(u8::from(expert)) };
                if by != 0.0 {
                    self.bids[stand.0][stand.1].push((row, by));
                }
            }
        }
        let required = units.iter().filter(|unit| self.unit(**unit).required).count();
        // of two required units one at most has a novice, so that each may go without company by itself
        let groups: Vec<Vec<(u32, f64)>> =
            if required <= 2 && own.len() > 1 { own.iter().map(|row| vec![*row]).collect() } else { vec![own] };
        for own in groups {
            let terms: Vec<(u32, f64)> = common.iter().copied().chain(own).collect();
            if !terms.is_empty() {
                self.rows.slacks.push(Slack { cost, terms });
            }
        }
    }

    /// Of a forbidden pair one at most is on the watch.
    fn apart(&mut self, stands: &[Stand], units: &[u32]) {
        let fixed = self.fixed(units);
        for (a, b) in &self.instance.forbidden {
            let of = |who: u32| stands.iter().filter(move |stand| stand.0 == who as usize);
            let stands_fixed = |who: &u32| fixed.iter().any(|(worker, ..)| worker == who);
            for (who, other) in [(a, b), (b, a)] {
                if of(*who).next().is_some() && stands_fixed(other) {
                    let row = self.row(0.0, false, self.rows.gap);
                    of(*who).for_each(|stand| self.bids[stand.0][stand.1].push((row, -1.0)));
                }
            }
            for one in &self.exclusive(of(*a)) {
                for other in &self.exclusive(of(*b)) {
                    let row = self.row(-1.0, false, self.rows.gap);
                    one.iter().chain(other).for_each(|stand| self.bids[stand.0][stand.1].push((row, -1.0)));
                }
            }
        }
    }

    /// What one worker may hold on a watch, in parts of which only one at a time can be held.
    fn exclusive<'s>(&self, stands: impl Iterator<Item = &'s Stand>) -> Vec<Vec<Stand>> {
        let mut parts: Vec<Vec<Stand>> = Vec::new();
        for stand in stands {
            let clash = |other: &Stand| self.unit(other.2).clashes(self.unit(stand.2), self.instance.rest);
            match parts.iter_mut().find(|part| part.iter().all(clash)) {
                Some(part) => part.push(*stand),
                None => parts.push(vec![*stand]),
            }
        }
        parts
    }
}
