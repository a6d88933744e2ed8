//! What an hour of duty counts: by the class of the hour in the person's own zone and holidays. Points are integers in
//! hundredths throughout.

use crate::roster::model::Weights;
use crate::time::{Civil, Day, Instant, MINUTE, Window, Zone, resolve};
use chrono::{Datelike, NaiveTime, TimeDelta, Weekday};
use std::collections::BTreeSet;

/// First minute of the day that is no longer night.
const MORNING: u32 = 7 * 60;
/// First minute of the day that is night again.
const LATE: u32 = 22 * 60;

/// Minutes of a window, counted on the clock: those of its parts add up to those of the whole, wherever it is cut.
#[must_use]
pub fn whole_minutes(window: Window) -> i64 {
    let minute = |at: Instant| at.millis().div_euclid(MINUTE);
    (minute(window.end) - minute(window.start)).max(0)
}

/// The class of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Within working hours.
    Work,
    /// Beside working hours, and not night.
    Evening,
    /// 22:00 to 07:00 of a working day.
    Night,
    /// Saturday and Sunday.
    Weekend,
    /// A holiday of the person or the team.
    Holiday,
}

/// Working hours of a week as minutes of the day, Monday first; a day without is no working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkWeek(pub [Option<(u32, u32)>; 7]);

impl Default for WorkWeek {
    /// Monday to Friday, 09:00 to 17:00.
    fn default() -> Self {
        let day = Some((9 * 60, 17 * 60));
        Self([day, day, day, day, day, None, None])
    }
}

impl WorkWeek {
    /// Working minutes of the weekday, if it has any.
    #[must_use]
    pub fn on(&self, weekday: Weekday) -> Option<(u32, u32)> {
        self.0.get(weekday.num_days_from_monday() as usize).copied().flatten()
    }

    /// The working hours that touch a window, as windows of a zone, without the days of `off`.
    #[must_use]
    pub fn windows(&self, window: Window, zone: Zone, off: &BTreeSet<Day>) -> Vec<Window> {
        days_of(window, zone)
            .filter(|day| !off.contains(day))
            .filter_map(|day| {
                let (from, to) = self.on(day.weekday())?;
                Window::new(resolve(at(day, from), zone), resolve(at(day, to), zone)).intersect(window)
            })
            .collect()
    }
}

/// How one person's hours are classed.
#[derive(Clone, Copy, Debug)]
pub struct Hours<'a> {
    /// The person's zone.
    pub zone: Zone,
    /// The person's and the team's holidays, as days of that zone.
    pub holidays: &'a BTreeSet<Day>,
    /// The person's working hours.
    pub week: &'a WorkWeek,
}

impl Hours<'_> {
    /// Minutes of each class within the window, in the order of [`Class`].
    #[must_use]
    pub fn minutes(&self, window: Window) -> [i64; 5] {
        let mut sums = [0; 5];
        for day in days_of(window, self.zone) {
            for (from, to, class) in self.classes(day) {
                let part = Window::new(resolve(at(day, from), self.zone), resolve(at(day, to), self.zone));
                if let (Some(shared), Some(sum)) = (part.intersect(window), sums.get_mut(class as usize)) {
                    *sum += whole_minutes(shared);
                }
            }
        }
        sums
    }

    fn classes(&self, day: Day) -> Vec<(u32, u32, Class)> {
        let whole = DAY_MINUTES;
        if self.holidays.contains(&day) {
            return vec![(0, whole, Class::Holiday)];
        }
        if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
            return vec![(0, whole, Class::Weekend)];
        }
        let (from, to) = self.week.on(day.weekday()).unwrap_or((MORNING, MORNING));
        let (early, late) = (MORNING.min(from), LATE.max(to));
        vec![
            (0, early, Class::Night),
            (early, from, Class::Evening),
            (from, to, Class::Work),
            (to, late, Class::Evening),
            (late, whole, Class::Night),
        ]
    }

    /// Points of a duty in hundredths: `role_weight * sum over classes of hours * class weight`.
    #[must_use]
    pub fn points(&self, window: Window, role_weight: i64, weights: &Weights) -> i64 {
        let sum: i64 = self.weighed(window, weights).iter().sum();
        // minutes to hours, and one of the two factors of a hundred
        sum * role_weight / 6_000
    }

    /// As [`Hours::points`], of the hours of one class alone.
    #[must_use]
    pub fn points_in(&self, class: Class, window: Window, role_weight: i64, weights: &Weights) -> i64 {
        let weighed = self.weighed(window, weights);
        weighed.get(class as usize).copied().unwrap_or_default() * role_weight / 6_000
    }

    /// Minutes of each class times what an hour of it counts.
    fn weighed(&self, window: Window, weights: &Weights) -> [i64; 5] {
        let per_hour = [weights.work, weights.evening, weights.night, weights.weekend, weights.holiday];
        let mut minutes = self.minutes(window);
        minutes.iter_mut().zip(per_hour).for_each(|(minutes, weight)| *minutes *= weight);
        minutes
    }
}

const DAY_MINUTES: u32 = 24 * 60;

/// The night that begins on the evening of a day, whatever sort of day it is.
#[must_use]
pub fn night_of(day: Day, zone: Zone) -> Window {
    Window::new(resolve(at(day, LATE), zone), resolve(at(day, DAY_MINUTES + MORNING), zone))
}

fn at(day: Day, minute: u32) -> Civil {
    day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minute))
}

/// The days of the zone that a window touches.
pub fn days_of(window: Window, zone: Zone) -> impl Iterator<Item = Day> {
    let first = window.start.civil(zone).date();
    let last = window.end.plus_millis(-1).civil(zone).date();
    first.iter_days().take_while(move |day| *day <= last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;
    use chrono_tz::Europe::London;

    fn window(from: &str, to: &str) -> Window {
        Window::new(resolve(from.parse().unwrap(), London), resolve(to.parse().unwrap(), London))
    }

    fn minutes(from: &str, to: &str, holidays: &[&str]) -> [i64; 5] {
        let holidays = holidays.iter().map(|d| d.parse().unwrap()).collect();
        let week = WorkWeek::default();
        Hours { zone: London, holidays: &holidays, week: &week }.minutes(window(from, to))
    }

    #[test]
    fn a_day_of_the_week_has_work_evening_and_night() {
        assert_eq!(minutes("2026-12-01T09:00:00", "2026-12-02T09:00:00", &[]), [8 * 60, 7 * 60, 9 * 60, 0, 0]);
    }

    #[test]
    fn weekends_and_holidays_are_whole_days() {
        assert_eq!(
            minutes("2026-12-24T18:00:00", "2026-12-27T09:00:00", &["2026-12-25"]),
            [0, 4 * 60, 2 * 60, 33 * 60, 24 * 60]
        );
    }

    #[test]
    fn the_long_night_of_october_has_its_extra_hour() {
        let night = window("2026-10-24T22:00:00", "2026-10-25T09:00:00");
        assert_eq!(night.millis(), 12 * HOUR);
        assert_eq!(minutes("2026-10-24T22:00:00", "2026-10-25T09:00:00", &[]), [0, 0, 0, 12 * 60, 0]);
    }

    #[test]
    fn points_follow_role_and_class() {
        let (holidays, week) = (BTreeSet::new(), WorkWeek::default());
        let hours = Hours { zone: London, holidays: &holidays, week: &week };
        let day = window("2026-12-01T09:00:00", "2026-12-02T09:00:00");
        // 8 h of 0.5, 7 h of 1 and 9 h of 1.5
        assert_eq!(hours.points(day, 100, &Weights::default()), 2_450);
        assert_eq!(hours.points(day, 80, &Weights::default()), 1_960);
        assert_eq!(hours.points(day, 0, &Weights::default()), 0);
    }

    #[test]
    fn working_hours_leave_holidays_out() {
        let off = BTreeSet::from(["2026-12-25".parse().unwrap()]);
        let week = window("2026-12-21T00:00:00", "2026-12-28T00:00:00");
        let total: i64 = WorkWeek::default().windows(week, London, &off).iter().map(|w| w.millis()).sum();
        assert_eq!(total, 4 * 8 * HOUR);
    }
}
