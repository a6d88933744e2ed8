//! How full somebody's coming month already is: opaque hours inside working hours over the working hours that are not
//! leave.

use crate::roster::burden::WorkWeek;
use crate::time::{Day, Window, Zone, start_of_day, union};
use chrono::{Datelike, Months, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// What utilisation is made of, for one person.
#[derive(Clone, Debug, Default)]
pub struct Diary {
    /// Timed events that show as busy.
    pub busy: Vec<Window>,
    /// Whole days off: absences and all-day events that show as busy.
    pub leave: Vec<Window>,
}

/// Percent of working hours that are busy, by year and month, for every month the window touches; a month without
/// working hours is left out.
#[must_use]
pub fn by_month(
    diary: &Diary,
    window: Window,
    week: &WorkWeek,
    zone: Zone,
    off: &BTreeSet<Day>,
) -> BTreeMap<(i32, u32), u32> {
    let busy = union(diary.busy.clone());
    let leave = union(diary.leave.clone());
    months(window, zone)
        .filter_map(|month| {
            let days = Window::of_days(month, month + Months::new(1), zone);
            let working = without(week.windows(days, zone, off), &leave);
            let (all, full) = (millis(&working), millis(&shared(&working, &busy)));
            let percent = u32::try_from(full.checked_mul(100)?.checked_div(all)?).ok()?;
            Some(((month.year(), month.month()), percent))
        })
        .collect()
}

/// The first days of the months that a window touches.
fn months(window: Window, zone: Zone) -> impl Iterator<Item = Day> {
    let first = window.start.civil(zone).date();
    let first = NaiveDate::from_ymd_opt(first.year(), first.month(), 1).unwrap_or(first);
    (0..).map(move |n| first + Months::new(n)).take_while(move |month| start_of_day(*month, zone) < window.end)
}

fn millis(windows: &[Window]) -> i64 {
    windows.iter().map(|window| window.millis()).sum()
}

fn shared(a: &[Window], b: &[Window]) -> Vec<Window> {
    a.iter().flat_map(|window| b.iter().filter_map(|other| window.intersect(*other))).collect()
}

fn without(windows: Vec<Window>, holes: &[Window]) -> Vec<Window> {
    holes.iter().fold(windows, |rest, hole| {
        let cut = |window: Window| {
            let before = Window::new(window.start, window.end.min(hole.start));
            let after = Window::new(window.start.max(hole.end), window.end);
            [before, after].into_iter().filter(|part| part.start < part.end)
        };
        rest.into_iter().flat_map(cut).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{LONDON, span};

    #[test]
    fn meetings_count_inside_working_hours_that_are_not_leave() {
        let diary = Diary {
            // 21 working days of 8 h in March 2027 beside two of leave; 12.8 % of 168 h
            busy: vec![
                span("2027-03-01T08:00:00", "2027-03-01T13:00:00"),
                span("2027-03-06T09:00:00", "2027-03-06T17:00:00"),
                span("2027-03-02T09:00:00", "2027-03-03T18:00:00"),
                span("2027-03-02T09:00:00", "2027-03-02T17:00:00"),
                span("2027-03-11T09:00:00", "2027-03-11T17:00:00"),
            ],
            leave: vec![span("2027-03-11T00:00:00", "2027-03-13T00:00:00")],
        };
        let window = span("2027-03-08T00:00:00", "2027-03-15T00:00:00");
        let months = by_month(&diary, window, &WorkWeek::default(), LONDON, &BTreeSet::new());
        assert_eq!(months, BTreeMap::from([((2027, 3), 20 * 100 / 168)]));
    }

    #[test]
    fn a_month_of_leave_says_nothing() {
        let diary = Diary { busy: vec![], leave: vec![span("2027-02-01T00:00:00", "2027-04-01T00:00:00")] };
        let window = span("2027-03-08T00:00:00", "2027-03-15T00:00:00");
        assert!(by_month(&diary, window, &WorkWeek::default(), LONDON, &BTreeSet::new()).is_empty());
    }
}
