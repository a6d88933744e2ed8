//! One month of a team as a table that can be printed: a line for each day, a column for each role.

use crate::service::team_page::{Stand, TeamPeriod};
use crate::time::{DAY, Day, Window, Zone, start_of_day};
use crate::web::frame::View;
use chrono::{Datelike as _, Months, TimeDelta, Weekday};

/// A shift no longer than this says when it ends, for the next may not begin there.
const SHORT: i64 = DAY + DAY / 2;

/// A month, told.
pub struct MonthTable {
    pub first: Day,
    pub before: String,
    pub after: String,
    pub roles: Vec<String>,
    pub days: Vec<DayRow>,
    /// Anything at all is published in it.
    pub published: bool,
}

/// One day.
pub struct DayRow {
    pub day: Day,
    pub today: bool,
    pub weekend: bool,
    /// In the order of the roles.
    pub cells: Vec<Vec<Entry>>,
}

/// One shift on one day.
pub struct Entry {
    pub name: Option<String>,
    pub optional: bool,
    pub when: When,
    pub window: Window,
}

/// How much of it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It lasts all day, and longer.
    Through,
    /// It begins on this day.
    Begins,
    /// It begins on this day and is short.
    Short,
}

impl MonthTable {
    /// The month that begins on `first`, in the viewer's zone.
    pub fn of(view: &View, period: &TeamPeriod, first: Day) -> Self {
        let zone = view.zone();
        let today = view.now.civil(zone).date();
        let used = |role: &&String| {
            period.stands.iter().any(|stand| stand.role == **role && (stand.name.is_some() || !stand.optional))
        };
        let roles: Vec<String> = period.roles.iter().filter(used).cloned().collect();
        let row = |day: Day| DayRow {
            day,
            today: day == today,
            weekend: matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
            cells: roles.iter().map(|role| entries(period, role, day, zone)).collect(),
        };
        let next = first + Months::new(1);
        Self {
            first,
            before: (first - Months::new(1)).format("%Y-%m").to_string(),
            after: next.format("%Y-%m").to_string(),
            days: first.iter_days().take_while(|day| *day < next).map(row).collect(),
            published: !period.stands.is_empty(),
            roles,
        }
    }
}

/// The month of a day, in a zone.
pub fn window(first: Day, zone: Zone) -> Window {
    Window::of_days(first, first + Months::new(1), zone)
}

fn entries(period: &TeamPeriod, role: &str, day: Day, zone: Zone) -> Vec<Entry> {
    let whole = Window::new(start_of_day(day, zone), start_of_day(day + TimeDelta::days(1), zone));
    let own = period.stands.iter().filter(|stand| stand.role == role);
    own.filter_map(|stand| {
        Some(Entry {
            name: stand.name.clone(),
            optional: stand.optional,
            when: when(stand, whole)?,
            window: stand.window,
        })
    })
    .collect()
}

fn when(stand: &Stand, day: Window) -> Option<When> {
    match stand.window {
        window if window.covers(day) => Some(When::Through),
        window if day.contains(window.start) && window.millis() <= SHORT => Some(When::Short),
        window if day.contains(window.start) => Some(When::Begins),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::resolve;
    use chrono_tz::Europe::London;

    #[test]
    fn a_shift_is_told_where_it_begins_and_where_it_lasts_all_day() {
        let window = |from: &str, to: &str| {
            Window::new(resolve(from.parse().unwrap(), London), resolve(to.parse().unwrap(), London))
        };
        let stand = |from, to| Stand {
            slot: "s".into(),
            role: "primary".to_owned(),
            window: window(from, to),
            name: Some("Ada".to_owned()),
            optional: false,
        };
        let week = stand("2026-11-30T09:00:00", "2026-12-07T09:00:00");
        let night = stand("2026-12-01T17:30:00", "2026-12-02T09:30:00");
        let on = |stand: &Stand, day: &str| when(stand, super::super::day::window(day.parse().unwrap(), London));
        assert_eq!(on(&week, "2026-11-30"), Some(When::Begins));
        assert_eq!(on(&week, "2026-12-01"), Some(When::Through));
        assert_eq!(on(&week, "2026-12-07"), None);
        assert_eq!((on(&night, "2026-12-01"), on(&night, "2026-12-02")), (Some(When::Short), None));
    }
}
