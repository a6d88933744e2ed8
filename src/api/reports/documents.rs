//! What reports of hours, company and call-outs look like as JSON and CSV: the same columns under the same names.

use super::csv::{Cell, Row};
use crate::roster::report::hours::HoursLine;
use crate::roster::report::pairs::Pair;
use crate::service::call_outs::CallOut;
use crate::service::reports::Reported;
use crate::time::{MINUTE, Zone};
use serde::Serialize;
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
    pub(super) fn of<T>(report: &Reported<T>) -> Self {
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
pub(super) fn hundredths(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::super::csv::tests::same_names;
    use super::*;

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
        let text = || "x".to_owned();
        same_names(&PairRow { person: text(), name, with: text(), with_name: text(), times: 1, minutes: 2 });
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
