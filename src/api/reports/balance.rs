//! What balances look like as JSON and CSV, each dimension for itself.

use super::csv::{Cell, Row};
use super::documents::{ReportHead, hundredths};
use crate::roster::report::standing::{Dimension, Standing, StandingLine};
use crate::service::reports::Reported;
use serde::Serialize;
use utoipa::ToSchema;

/// Load against fair share, each dimension for itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceReport {
    #[serde(flatten)]
    head: ReportHead,
    /// `points`, `nights`, `weekends` and `holidays`.
    pub dimensions: Vec<DimensionDocument>,
}

/// One dimension, with the spread of its balances.
#[derive(Debug, Serialize, ToSchema)]
pub struct DimensionDocument {
    dimension: &'static str,
    /// `points`, or `minutes`.
    unit: &'static str,
    min: f64,
    /// The middle one.
    median: f64,
    max: f64,
    /// Sum of the squared balances of everybody.
    squared_deviation: f64,
    /// By balance, the least first; who was never scheduled is there too.
    pub lines: Vec<BalanceRow>,
}

/// Where one person stands in one dimension.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceRow {
    dimension: &'static str,
    unit: &'static str,
    person: String,
    name: String,
    /// What they carried.
    load: f64,
    /// Their fair part.
    share: f64,
    /// Load minus share.
    balance: f64,
}

impl Row for BalanceRow {
    const HEAD: &'static [&'static str] = &["dimension", "unit", "person", "name", "load", "share", "balance"];

    fn cells(&self) -> Vec<Cell> {
        let numbers = [self.load, self.share, self.balance].map(Cell::from);
        let texts = [self.dimension.into(), self.unit.into(), (&self.person).into(), (&self.name).into()];
        texts.into_iter().chain(numbers).collect()
    }
}

#[allow(clippy::cast_precision_loss)] // nobody stands 2^53 minutes
fn figure(dimension: Dimension, value: i64) -> f64 {
    if dimension == Dimension::Points { hundredths(value) } else { value as f64 }
}

fn unit(dimension: Dimension) -> &'static str {
    if dimension == Dimension::Points { "points" } else { "minutes" }
}

#[allow(clippy::cast_precision_loss)] // a spread is looked at, not counted with
impl From<&Standing> for DimensionDocument {
    fn from(standing: &Standing) -> Self {
        let (dimension, spread) = (standing.dimension, standing.spread);
        let squares = if dimension == Dimension::Points { 10_000.0 } else { 1.0 };
        let row = |line: &StandingLine| BalanceRow {
            dimension: dimension.name(),
            unit: unit(dimension),
            person: line.person.to_string(),
            name: line.name.clone(),
            load: figure(dimension, line.load),
            share: figure(dimension, line.share),
            balance: figure(dimension, line.balance),
        };
        Self {
            dimension: dimension.name(),
            unit: unit(dimension),
            min: figure(dimension, spread.min),
            median: figure(dimension, spread.median),
            max: figure(dimension, spread.max),
            squared_deviation: spread.squared as f64 / squares,
            lines: standing.lines.iter().map(row).collect(),
        }
    }
}

impl From<&Reported<Vec<Standing>>> for BalanceReport {
    fn from(report: &Reported<Vec<Standing>>) -> Self {
        Self { head: ReportHead::of(report), dimensions: report.found.iter().map(DimensionDocument::from).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::csv::tests::same_names;
    use super::*;

    #[test]
    fn csv_and_json_name_the_same_things() {
        let text = || "x".to_owned();
        same_names(&BalanceRow {
            dimension: "points",
            unit: "points",
            person: text(),
            name: text(),
            load: 1.0,
            share: 2.0,
            balance: -1.0,
        });
    }
}
