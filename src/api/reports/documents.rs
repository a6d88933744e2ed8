//! What reports look like as JSON and CSV: the same columns under the same names.

use super::csv::{Cell, Row};
use crate::roster::report::hours::HoursLine;
use crate::roster::report::pairs::Pair;
use crate::roster::report::pay::{PaidFor, PayLine};
use crate::roster::report::standing::{Dimension, Standing, StandingLine};
use crate::service::call_outs::CallOut;
use crate::service::reports::Reported;
use crate::time::{MINUTE, Zone};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a report is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportHead {
    team: String,
    /// IANA name: in which zone the days are meant.
    time_zone: String,
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// First day after.
    #[schema(format = Date)]
    to: String,
    /// What lies after this moment is not in it.
    #[schema(format = DateTime)]
    until: String,
    /// Only the caller's own lines.
    own: bool,
}

impl ReportHead {
    fn of<T>(report: &Reported<T>) -> Self {
        Self {
            team: report.team.to_string(),
            time_zone: report.zone.name().to_owned(),
            from: report.from.to_string(),
            to: report.to.to_string(),
            until: report.until.rfc3339(report.zone),
            own: report.own,
        }
    }
}

/// Hours by person.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoursReport {
    #[serde(flatten)]
    head: ReportHead,
    /// By name; who stood nothing is there too.
    pub lines: Vec<HoursRow>,
}

/// One person's hours.
#[derive(Debug, Serialize, ToSchema)]
pub struct HoursRow {
    person: String,
    name: String,
    /// Shifts, of which they may have stood a part.
    shifts: usize,
    /// Minutes of duty; the next five add up to it.
    minutes: i64,
    work_minutes: i64,
    evening_minutes: i64,
    night_minutes: i64,
    weekend_minutes: i64,
    holiday_minutes: i64,
    /// Nights of which they stood three hours or more.
    nights: usize,
    weekends: usize,
    holidays: usize,
    points: f64,
    call_outs: usize,
    call_out_minutes: i64,
}

impl From<&HoursLine> for HoursRow {
    fn from(line: &HoursLine) -> Self {
        let [work_minutes, evening_minutes, night_minutes, weekend_minutes, holiday_minutes] = line.classes;
        Self {
            person: line.person.to_string(),
            name: line.name.clone(),
            shifts: line.shifts,
            minutes: line.minutes,
            work_minutes,
            evening_minutes,
            night_minutes,
            weekend_minutes,
            holiday_minutes,
            nights: line.nights,
            weekends: line.weekends,
            holidays: line.holidays,
            points: hundredths(line.points),
            call_outs: line.calls,
            call_out_minutes: line.call_minutes,
        }
    }
}

impl Row for HoursRow {
    const HEAD: &'static [&'static str] = &[
        "person",
        "name",
        "shifts",
        "minutes",
        "work_minutes",
        "evening_minutes",
        "night_minutes",
        "weekend_minutes",
        "holiday_minutes",
        "nights",
        "weekends",
        "holidays",
        "points",
        "call_outs",
        "call_out_minutes",
    ];

    fn cells(&self) -> Vec<Cell> {
        vec![
            (&self.person).into(),
            (&self.name).into(),
            self.shifts.into(),
            self.minutes.into(),
            self.work_minutes.into(),
            self.evening_minutes.into(),
            self.night_minutes.into(),
            self.weekend_minutes.into(),
            self.holiday_minutes.into(),
            self.nights.into(),
            self.weekends.into(),
            self.holidays.into(),
            self.points.into(),
            self.call_outs.into(),
            self.call_out_minutes.into(),
        ]
    }
}

impl From<&Reported<Vec<HoursLine>>> for HoursReport {
    fn from(report: &Reported<Vec<HoursLine>>) -> Self {
        Self { head: ReportHead::of(report), lines: report.found.iter().map(HoursRow::from).collect() }
    }
}

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

/// Who stood with whom.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairsReport {
    #[serde(flatten)]
    head: ReportHead,
    /// Those first who stood together longest.
    pub lines: Vec<PairRow>,
}

/// Two people who stood together.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairRow {
    person: String,
    name: String,
    with: String,
    with_name: String,
    /// In how many shifts.
    times: usize,
    minutes: i64,
}

impl Row for PairRow {
    const HEAD: &'static [&'static str] = &["person", "name", "with", "with_name", "times", "minutes"];

    fn cells(&self) -> Vec<Cell> {
        let texts = [&self.person, &self.name, &self.with, &self.with_name].map(Cell::from);
        texts.into_iter().chain([self.times.into(), self.minutes.into()]).collect()
    }
}

impl From<&Reported<Vec<(Pair, [String; 2])>>> for PairsReport {
    fn from(report: &Reported<Vec<(Pair, [String; 2])>>) -> Self {
        let row = |(pair, [name, with_name]): &(Pair, [String; 2])| PairRow {
            person: pair.a.to_string(),
            name: name.clone(),
            with: pair.b.to_string(),
            with_name: with_name.clone(),
            times: pair.times,
            minutes: pair.minutes,
        };
        Self { head: ReportHead::of(report), lines: report.found.iter().map(row).collect() }
    }
}

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

/// Call-outs of a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallOutsReport {
    #[serde(flatten)]
    head: ReportHead,
    /// By start.
    pub lines: Vec<CallOutRow>,
}

/// One call-out.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallOutRow {
    id: String,
    team: String,
    person: String,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    minutes: i64,
    note: String,
    /// As the audit trail names who entered it.
    entered_by: String,
}

impl CallOutRow {
    /// With its times in a zone.
    #[must_use]
    pub fn of(call: &CallOut, zone: Zone) -> Self {
        Self {
            id: call.id.to_string(),
            team: call.team.to_string(),
            person: call.person.to_string(),
            role: call.role.clone(),
            start: call.window.start.rfc3339(zone),
            end: call.window.end.rfc3339(zone),
            minutes: call.window.millis() / MINUTE,
            note: call.note.clone(),
            entered_by: call.recorded_by.clone(),
        }
    }
}

impl Row for CallOutRow {
    const HEAD: &'static [&'static str] =
        &["id", "team", "person", "role", "start", "end", "minutes", "note", "entered_by"];

    fn cells(&self) -> Vec<Cell> {
        vec![
            (&self.id).into(),
            (&self.team).into(),
            (&self.person).into(),
            (&self.role).into(),
            (&self.start).into(),
            (&self.end).into(),
            self.minutes.into(),
            (&self.note).into(),
            (&self.entered_by).into(),
        ]
    }
}

impl From<&Reported<Vec<(CallOut, String)>>> for CallOutsReport {
    fn from(report: &Reported<Vec<(CallOut, String)>>) -> Self {
        let lines = report.found.iter().map(|(call, _)| CallOutRow::of(call, report.zone)).collect();
        Self { head: ReportHead::of(report), lines }
    }
}

/// Hundredths as points.
#[allow(clippy::cast_precision_loss)] // nobody stands 2^53 hundredths of points
fn hundredths(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The columns of the CSV are the members of the JSON.
    fn same_names<R: Row + Serialize>(row: &R) {
        let json = serde_json::to_value(row).unwrap();
        let members: BTreeSet<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(R::HEAD.iter().copied().collect::<BTreeSet<_>>(), members);
        assert_eq!(R::HEAD.len(), row.cells().len());
    }

    #[test]
    fn csv_and_json_name_the_same_things() {
        let (person, name, role) = ("ada", "Ada".to_owned(), "primary".to_owned());
        let hours = HoursLine {
            person: person.into(),
            name: name.clone(),
            shifts: 1,
            minutes: 15,
            classes: [1, 2, 3, 4, 5],
            nights: 1,
            weekends: 2,
            holidays: 3,
            points: 250,
            calls: 0,
            call_minutes: 0,
        };
        let row = HoursRow::from(&hours);
        same_names(&row);
        assert_eq!(row.cells()[4..9], [1_i64, 2, 3, 4, 5].map(Cell::from));
        let pay = PayLine {
            person: person.into(),
            name: name.clone(),
            role: role.clone(),
            paid_for: PaidFor::CallOuts,
            edition: None,
            count: 1,
            classes: [0; 5],
            units: 7,
        };
        same_names(&PayRow::from(&pay));
        let text = || "x".to_owned();
        same_names(&PairRow { person: text(), name, with: text(), with_name: text(), times: 1, minutes: 2 });
        same_names(&BalanceRow {
            dimension: "points",
            unit: "points",
            person: text(),
            name: text(),
            load: 1.0,
            share: 2.0,
            balance: -1.0,
        });
        same_names(&CallOutRow {
            id: text(),
            team: text(),
            person: text(),
            role,
            start: text(),
            end: text(),
            minutes: 1,
            note: text(),
            entered_by: text(),
        });
    }
}
