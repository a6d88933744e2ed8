//! What pay looks like as JSON and CSV.

use super::csv::{Cell, Row};
use super::documents::ReportHead;
use crate::roster::report::pay::{PaidFor, PayLine};
use crate::service::reports::Reported;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Pay units by the team's rate table.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayReport {
    #[serde(flatten)]
    head: ReportHead,
    /// By name, then shifts before call-outs, by role.
    pub lines: Vec<PayRow>,
    /// Sums of the lines, by name.
    totals: Vec<PayTotal>,
}

/// What one person is paid in one role by one edition of the table.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayRow {
    person: String,
    name: String,
    role: String,
    /// `shifts` or `call-outs`.
    paid_for: &'static str,
    /// Number of the edition; null where none was in force, and nothing is paid.
    edition: Option<i64>,
    /// Shifts, parts counted as one each, or call-outs.
    count: usize,
    work_minutes: i64,
    evening_minutes: i64,
    night_minutes: i64,
    weekend_minutes: i64,
    holiday_minutes: i64,
    units: i64,
}

/// What one person is paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayTotal {
    person: String,
    name: String,
    units: i64,
}

impl Row for PayRow {
    const HEAD: &'static [&'static str] = &[
        "person",
        "name",
        "role",
        "paid_for",
        "edition",
        "count",
        "work_minutes",
        "evening_minutes",
        "night_minutes",
        "weekend_minutes",
        "holiday_minutes",
        "units",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            (&self.person).into(),
            (&self.name).into(),
            (&self.role).into(),
            self.paid_for.into(),
            self.edition.into(),
            self.count.into(),
            self.work_minutes.into(),
            self.evening_minutes.into(),
            self.night_minutes.into(),
            self.weekend_minutes.into(),
            self.holiday_minutes.into(),
            self.units.into(),
        ]
    }
}

impl From<&PayLine> for PayRow {
    fn from(line: &PayLine) -> Self {
        let [work_minutes, evening_minutes, night_minutes, weekend_minutes, holiday_minutes] = line.classes;
        Self {
            person: line.person.to_string(),
            name: line.name.clone(),
            role: line.role.clone(),
            paid_for: match line.paid_for {
                PaidFor::Shifts => "shifts",
                PaidFor::CallOuts => "call-outs",
            },
            edition: line.edition,
            count: line.count,
            work_minutes,
            evening_minutes,
            night_minutes,
            weekend_minutes,
            holiday_minutes,
            units: line.units,
        }
    }
}

impl From<&Reported<Vec<PayLine>>> for PayReport {
    fn from(report: &Reported<Vec<PayLine>>) -> Self {
        let mut totals: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        for line in &report.found {
            *totals.entry((&line.name, line.person.as_str())).or_default() += line.units;
        }
        let total = |((name, person), units): ((&str, &str), i64)| PayTotal {
            person: person.to_owned(),
            name: name.to_owned(),
            units,
        };
        Self {
            head: ReportHead::of(report),
            lines: report.found.iter().map(PayRow::from).collect(),
            totals: totals.into_iter().map(total).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::csv::tests::same_names;
    use super::*;

    #[test]
    fn csv_and_json_name_the_same_things() {
        let (person, name, role) = ("ada", "Ada".to_owned(), "primary".to_owned());
        let pay = PayLine {
            person: person.into(),
            name,
            role,
            paid_for: PaidFor::CallOuts,
            edition: None,
            count: 1,
            classes: [0; 5],
            units: 7,
        };
        same_names(&PayRow::from(&pay));
    }
}
