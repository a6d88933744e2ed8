//! The team's problem over listed columns: the same prices as before, now answered by running through the lists, and
//! lists that become shorter as the bound rises.

use super::ascent::Ascent;
use super::columns::Column;
use super::net::Net;
use super::rows::{Row, Rows};
use std::collections::BTreeMap;

/// What a sum of floats may be off by at most.
pub const DUST: f64 = 1e-6;

/// All columns, as rows see them.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    /// Worker by worker.
    pub columns: Vec<Listed>,
    /// Bids of all columns, one after the other, numbered through all workers.
    bids: Vec<u32>,
    /// By such number: the unit, unless it is fixed, and the coefficients.
    units: Vec<Option<u32>>,
    terms: Vec<Vec<(u32, f64)>>,
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Listed {
    /// Whose it is.
    pub worker: u32,
    /// What it costs by itself.
    pub cost: f64,
    bids: (u32, u32),
}

/// Columns of each worker that are still in question, by number.
pub type Lists = Vec<Vec<u32>>;

/// What a look at the prices over lists shows.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The bound.
    pub value: f64,
    /// By how much each row is missed.
    pub missed: Vec<f64>,
    /// Each worker's best column.
    pub best: Vec<u32>,
}

fn index(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

impl Pool {
    /// From the columns of each worker; with the lists that hold all of them.
    #[must_use]
    pub fn new(rows: &Rows, nets: &[Net], columns: &[Vec<Column>]) -> (Self, Lists) {
        let mut pool = Self::default();
        let mut lists = Vec::new();
        for (worker, (net, columns)) in nets.iter().zip(columns).enumerate() {
            let (first, base) = (pool.columns.len(), index(pool.units.len()));
            for (bid, place) in net.bids.iter().zip(0..) {
                pool.units.push(Some(bid.unit).filter(|_| !bid.fixed));
                let terms = rows.terms[worker].of(place).iter().copied();
                pool.terms.push(terms.filter(|(row, _)| (*row as usize) < rows.rows.len()).collect());
            }
            for column in columns {
                let start = index(pool.bids.len());
                pool.bids.extend(column.bids.iter().map(|bid| base + bid));
                #[allow(clippy::cast_precision_loss)]
                let cost = column.cost as f64;
                pool.columns.push(Listed { worker: index(worker), cost, bids: (start, index(pool.bids.len())) });
            }
            lists.push((index(first)..index(pool.columns.len())).collect());
        }
        (pool, lists)
    }

    fn bids(&self, column: u32) -> &[u32] {
        let (first, last) = self.columns[column as usize].bids;
        &self.bids[first as usize..last as usize]
    }

    /// The units of a column, by time.
    pub fn units(&self, column: u32) -> impl Iterator<Item = u32> {
        self.bids(column).iter().filter_map(|bid| self.units[*bid as usize])
    }

    /// Whether a column holds a unit.
    #[must_use]
    pub fn holds(&self, column: u32, unit: u32) -> bool {
        self.units(column).any(|held| held == unit)
    }

    fn terms(&self, column: u32) -> impl Iterator<Item = &(u32, f64)> {
        self.bids(column).iter().flat_map(|bid| &self.terms[*bid as usize])
    }

    /// What each bid gains at the prices.
    fn gains(&self, prices: &[f64]) -> Vec<f64> {
        let gain = |terms: &Vec<(u32, f64)>| terms.iter().map(|(row, by)| prices[*row as usize] * by).sum();
        self.terms.iter().map(gain).collect()
    }

    /// Cost of a column less what its bids gain.
    fn reduced(&self, column: u32, gains: &[f64]) -> f64 {
        self.columns[column as usize].cost - self.bids(column).iter().map(|bid| gains[*bid as usize]).sum::<f64>()
    }

    /// Asks every worker.
    #[must_use]
    pub fn look(&self, rows: &Rows, lists: &Lists, prices: &[f64]) -> Answer {
        let gains = self.gains(prices);
        let (mut value, mut missed) = rows.idle(prices);
        let mut best = Vec::with_capacity(lists.len());
        for list in lists {
            let costs = list.iter().map(|column| (*column, self.reduced(*column, &gains)));
            let Some((column, cost)) = costs.reduce(|a, b| if b.1 < a.1 { b } else { a }) else { continue };
            value += cost;
            self.terms(column).for_each(|(row, by)| missed[*row as usize] -= by);
            best.push(column);
        }
        Answer { value, missed, best }
    }

    /// The bound at the prices. Takes out what cannot be part of a roster that costs at most `most`, and adds each
    /// worker's `few` best to the hot lists.
    fn survey(&self, rows: &Rows, lists: &mut Lists, hot: &mut Lists, prices: &[f64], most: f64) -> f64 {
        let gains = self.gains(prices);
        let mut value = rows.idle(prices).0;
        let mut costs: Vec<Vec<(f64, u32)>> = Vec::new();
        for list in lists.iter() {
            let of: Vec<(f64, u32)> = list.iter().map(|column| (self.reduced(*column, &gains), *column)).collect();
            value += of.iter().map(|(cost, _)| *cost).fold(f64::INFINITY, f64::min);
            costs.push(of);
        }
        for ((list, hot), mut costs) in lists.iter_mut().zip(hot.iter_mut()).zip(costs) {
            let least = costs.iter().map(|(cost, _)| *cost).fold(f64::INFINITY, f64::min);
            costs.retain(|(cost, _)| value - least + cost <= most + DUST);
            list.clear();
            list.extend(costs.iter().map(|(_, column)| *column));
            if costs.len() > FEW {
                costs.select_nth_unstable_by(FEW, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                costs.truncate(FEW);
            }
            hot.retain(|column| list.binary_search(column).is_ok());
            hot.extend(costs.iter().map(|(_, column)| *column));
            hot.sort_unstable();
            hot.dedup();
        }
        value
    }
}

/// So many columns of each worker join the hot lists at each survey.
const FEW: usize = 100;

/// What came of raising the bound over lists.
#[derive(Clone, Debug)]
pub struct Raised {
    /// No roster of the lists costs less.
    pub bound: f64,
    /// At these prices.
    pub prices: Vec<f64>,
    /// How often each worker's answers held each column of late: worker and column, with the part.
    pub often: Vec<Vec<(u32, f64)>>,
    /// Answers that missed no row.
    pub fits: Vec<Vec<u32>>,
    /// Columns looked at.
    pub work: u64,
    /// Whether nothing better than `most` is left.
    pub dead: bool,
}

/// Looks at hot lists between two surveys of all.
const LOOKS: u32 = 40;

/// Raises the bound over lists by some surveys, and shortens the lists as it rises. Between surveys the prices move by
/// the hot lists alone, which is quick and shows no bound.
pub fn raise(pool: &Pool, rows: &Rows, lists: &mut Lists, prices: Vec<f64>, most: f64, surveys: u32) -> Raised {
    let mut often: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); lists.len()];
    let (mut fits, mut work) = (Vec::new(), 0);
    let mut hot: Lists = vec![Vec::new(); lists.len()];
    let mut best = prices.clone();
    let mut bound = f64::NEG_INFINITY;
    let mut prices = prices;
    let mut factor = 0.3;
    for survey in 0..=surveys {
        work += lists.iter().map(|list| list.len() as u64).sum::<u64>();
        let value = pool.survey(rows, lists, &mut hot, &prices, most);
        if value > bound {
            let little = value - bound < 0.02;
            bound = value;
            best.clone_from(&prices);
            if little && survey > 3 {
                break;
            }
        }
        if bound > most + DUST || survey == surveys || lists.iter().any(Vec::is_empty) {
            break;
        }
        let mut ascent = Ascent::new(best.clone(), factor).patient(10);
        for _ in 0..LOOKS {
            work += hot.iter().map(|list| list.len() as u64).sum::<u64>();
            let answer = pool.look(rows, &hot, &ascent.prices);
            let met = |(row, missed): (&Row, &f64)| *missed < 0.5 && (!row.exact || *missed > -0.5);
            if rows.rows.iter().zip(&answer.missed).all(met) {
                fits.push(answer.best.clone());
            }
            for (often, column) in often.iter_mut().zip(&answer.best) {
                often.values_mut().for_each(|part| *part *= 0.97);
                *often.entry(*column).or_insert(0.0) += 0.03;
            }
            ascent.step(rows, answer.value, &answer.missed, most + 1.0);
        }
        factor = ascent.factor().max(0.01);
        prices = ascent.best;
    }
    let often = often.into_iter().map(|often| often.into_iter().collect()).collect();
    let dead = bound > most + DUST || lists.iter().any(Vec::is_empty);
    Raised { bound, prices: best, often, fits, work, dead }
}
