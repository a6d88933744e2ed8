//! Which days of one period a rule names: the BY parts of RFC 5545 3.3.10 that speak of days. What the rule does not
//! say is taken from DTSTART. Each candidate looked at is one step.

use super::rule::{Frequency, NthDay, Rule};
use super::{Budget, TooMany};
use crate::time::Day;
use chrono::{Datelike, Days, NaiveDate, Weekday};

/// What an ordinal such as the 2 of `2MO` counts in.
#[derive(Clone, Copy)]
enum Scope {
    Month,
    Year,
}

/// Finds the days of a period for one rule and its DTSTART.
pub(super) struct DayFinder<'r> {
    rule: &'r Rule,
    start: Day,
}

impl<'r> DayFinder<'r> {
    pub(super) fn new(rule: &'r Rule, start: Day) -> Self {
        Self { rule, start }
    }

    /// The days of a calendar year, or with BYWEEKNO of the year made of whole weeks, which may begin in December.
    pub(super) fn year(&self, year: i32, found: &mut Vec<Day>, budget: &mut Budget) -> Result<(), TooMany> {
        let rule = self.rule;
        if !rule.weeks.is_empty() {
            self.weeks_of(year, found, budget)?;
        } else if !rule.year_days.is_empty() {
            budget.spend(count(rule.year_days.len()))?;
            let days = rule.year_days.iter().filter_map(|&n| day_of_year(year, n));
            found.extend(days.filter(|&day| self.passes_month_parts(day) && self.passes_weekday(day)));
        } else if rule.months == 0 && rule.month_days.is_empty() && !rule.days.is_empty() {
            self.weekdays_of_year(year, found, budget)?;
        } else {
            let months = match rule.months {
                // BYMONTHDAY alone leaves the month to DTSTART, as a rule without any part does.
                0 if rule.days.is_empty() => 1 << self.start.month(),
                0 => 0x1ffe,
                months => months,
            };
            let scope = if rule.months == 0 { Scope::Year } else { Scope::Month };
            for month in (1..=12).filter(|month| months & (1 << month) != 0) {
                self.month_parts(year, month, scope, found, budget)?;
            }
        }
        found.sort_unstable();
        found.dedup();
        Ok(())
    }

    /// The days of a calendar month.
    pub(super) fn month(
        &self,
        year: i32,
        month: u32,
        found: &mut Vec<Day>,
        budget: &mut Budget,
    ) -> Result<(), TooMany> {
        if self.rule.months == 0 || self.rule.months & (1 << month) != 0 {
            self.month_parts(year, month, Scope::Month, found, budget)?;
            found.retain(|&day| self.passes_year_days(day));
            found.sort_unstable();
            found.dedup();
        }
        Ok(())
    }

    /// The days of the week that begins at `first`, which is a day named by WKST.
    pub(super) fn week(&self, first: Day, found: &mut Vec<Day>, budget: &mut Budget) -> Result<(), TooMany> {
        budget.spend(7)?;
        let named = |weekday: Weekday| {
            if self.rule.days.is_empty() { weekday == self.start.weekday() } else { self.names_weekday(weekday) }
        };
        let days = first.iter_days().take(7).filter(|&day| named(day.weekday()));
        found.extend(days.filter(|&day| self.passes_month_parts(day) && self.passes_year_days(day)));
        Ok(())
    }

    /// Whether a day passes every part, for rules that repeat by days or hours.
    pub(super) fn passes(&self, day: Day) -> bool {
        self.passes_month_parts(day)
            && self.passes_year_days(day)
            && (self.rule.days.is_empty() || self.names_weekday(day.weekday()))
    }

    /// Whether the day's month is among BYMONTH.
    pub(super) fn passes_month(&self, day: Day) -> bool {
        self.rule.months == 0 || self.rule.months & (1 << day.month()) != 0
    }

    fn weeks_of(&self, year: i32, found: &mut Vec<Day>, budget: &mut Budget) -> Result<(), TooMany> {
        let rule = self.rule;
        budget.spend(count(rule.weeks.len() * 7))?;
        let (Some(first), Some(next)) = (first_week(year, rule.week_start), first_week(year + 1, rule.week_start))
        else {
            return Ok(());
        };
        let total = (next - first).num_days() / 7;
        let weekday_named = |day: Day| match (rule.days.is_empty(), rule.month_days.is_empty()) {
            (false, _) => self.names_weekday(day.weekday()),
            (true, true) if rule.year_days.is_empty() => day.weekday() == self.start.weekday(),
            (true, _) => true,
        };
        for &week in &rule.weeks {
            let week = if week > 0 { i64::from(week) } else { total + 1 + i64::from(week) };
            if (1..=total).contains(&week) {
                let monday = first + chrono::TimeDelta::days(7 * (week - 1));
                let days = monday.iter_days().take(7).filter(|&day| weekday_named(day));
                found.extend(days.filter(|&day| self.passes_month_parts(day) && self.passes_year_days(day)));
            }
        }
        Ok(())
    }

    /// BYDAY alone in a yearly rule: ordinals count in the year.
    fn weekdays_of_year(&self, year: i32, found: &mut Vec<Day>, budget: &mut Budget) -> Result<(), TooMany> {
        let (Some(first), Some(last)) = (NaiveDate::from_ymd_opt(year, 1, 1), NaiveDate::from_ymd_opt(year, 12, 31))
        else {
            return Ok(());
        };
        self.push_weekdays(first, last, found, budget)
    }

    fn month_parts(
        &self,
        year: i32,
        month: u32,
        scope: Scope,
        found: &mut Vec<Day>,
        budget: &mut Budget,
    ) -> Result<(), TooMany> {
        let Some((first, last)) = month_bounds(year, month) else { return Ok(()) };
        let rule = self.rule;
        if !rule.month_days.is_empty() {
            budget.spend(count(rule.month_days.len()))?;
            for &n in &rule.month_days {
                let n = if n > 0 { i64::from(n) } else { i64::from(last.day()) + 1 + i64::from(n) };
                if (1..=i64::from(last.day())).contains(&n) {
                    let day = first + chrono::TimeDelta::days(n - 1);
                    found.extend(self.passes_nth(day, scope).then_some(day));
                }
            }
            return Ok(());
        }
        if !rule.days.is_empty() {
            return self.push_weekdays(first, last, found, budget);
        }
        budget.spend(1)?;
        found.extend(first.with_day(self.start.day()));
        Ok(())
    }

    /// The weekdays of BYDAY from `first` to `last`, their ordinals counted there.
    fn push_weekdays(&self, first: Day, last: Day, found: &mut Vec<Day>, budget: &mut Budget) -> Result<(), TooMany> {
        for &NthDay { nth, weekday } in &self.rule.days {
            let ahead = days_until(first.weekday(), weekday);
            let one = first + Days::new(ahead);
            if nth == 0 {
                let mut day = one;
                while day <= last {
                    budget.spend(1)?;
                    found.push(day);
                    day = day + Days::new(7);
                }
                continue;
            }
            budget.spend(1)?;
            let day = if nth > 0 {
                one + chrono::TimeDelta::days(7 * (i64::from(nth) - 1))
            } else {
                let back = days_until(weekday, last.weekday());
                last - Days::new(back) + chrono::TimeDelta::days(7 * (i64::from(nth) + 1))
            };
            found.extend((first <= day && day <= last).then_some(day));
        }
        Ok(())
    }

    fn names_weekday(&self, weekday: Weekday) -> bool {
        self.rule.days.iter().any(|day| day.weekday == weekday)
    }

    fn passes_weekday(&self, day: Day) -> bool {
        self.passes_nth(day, if self.rule.months == 0 { Scope::Year } else { Scope::Month })
    }

    /// BYDAY with its ordinals as a filter.
    fn passes_nth(&self, day: Day, scope: Scope) -> bool {
        if self.rule.days.is_empty() {
            return true;
        }
        let (index, length) = match scope {
            Scope::Month => (day.day0(), month_length(day)),
            Scope::Year => (day.ordinal0(), if day.leap_year() { 366 } else { 365 }),
        };
        let from_start = i64::from(index / 7 + 1);
        let from_end = -i64::from((length - 1 - index) / 7 + 1);
        self.rule.days.iter().any(|named| {
            let nth = i64::from(named.nth);
            named.weekday == day.weekday() && (nth == 0 || nth == from_start || nth == from_end)
        })
    }

    fn passes_month_parts(&self, day: Day) -> bool {
        if !self.passes_month(day) {
            return false;
        }
        let days = &self.rule.month_days;
        days.is_empty() || {
            let from_start = i64::from(day.day());
            let from_end = from_start - i64::from(month_length(day)) - 1;
            days.iter().any(|&n| i64::from(n) == from_start || i64::from(n) == from_end)
        }
    }

    fn passes_year_days(&self, day: Day) -> bool {
        let days = &self.rule.year_days;
        days.is_empty() || {
            let from_start = i64::from(day.ordinal());
            let from_end = from_start - if day.leap_year() { 367 } else { 366 };
            days.iter().any(|&n| i64::from(n) == from_start || i64::from(n) == from_end)
        }
    }
}

/// A list's length as steps; the lists of a rule are sets of a few hundred elements at most.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn days_until(from: Weekday, to: Weekday) -> u64 {
    u64::from((to.num_days_from_monday() + 7 - from.num_days_from_monday()) % 7)
}

fn month_bounds(year: i32, month: u32) -> Option<(Day, Day)> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    Some((first, first.with_day(month_length(first))?))
}

/// Days in the month of a day.
pub(super) fn month_length(day: Day) -> u32 {
    match day.month() {
        4 | 6 | 9 | 11 => 30,
        2 if day.leap_year() => 29,
        2 => 28,
        _ => 31,
    }
}

fn day_of_year(year: i32, n: i16) -> Option<Day> {
    let length: i32 = if NaiveDate::from_ymd_opt(year, 1, 1)?.leap_year() { 366 } else { 365 };
    let ordinal = if n > 0 { i32::from(n) } else { length + 1 + i32::from(n) };
    NaiveDate::from_yo_opt(year, u32::try_from(ordinal).ok()?)
}

/// The first day of a year's first week: the first that has at least four days in the year (RFC 5545 3.3.10).
pub(super) fn first_week(year: i32, week_start: Weekday) -> Option<Day> {
    let new_year = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let into_week = days_until(week_start, new_year.weekday());
    let first = new_year.checked_sub_days(Days::new(into_week))?;
    if into_week > 3 { first.checked_add_days(Days::new(7)) } else { Some(first) }
}

/// The year that the week of a day is counted in.
pub(super) fn week_year(day: Day, week_start: Weekday) -> i32 {
    let year = day.year();
    let begins = |year: i32| first_week(year, week_start);
    if begins(year + 1).is_some_and(|next| day >= next) {
        year + 1
    } else if begins(year).is_some_and(|this| day < this) {
        year - 1
    } else {
        year
    }
}

/// The first day of a day's week.
pub(super) fn week_begin(day: Day, week_start: Weekday) -> Option<Day> {
    day.checked_sub_days(Days::new(days_until(week_start, day.weekday())))
}

impl Frequency {
    /// The number of the period that holds a day, counted from any fixed point; hours have no place here.
    pub(super) fn period_of(self, day: Day, week_start: Weekday) -> i64 {
        match self {
            Self::Yearly => i64::from(day.year()),
            Self::Monthly => i64::from(day.year()) * 12 + i64::from(day.month0()),
            Self::Weekly => {
                week_begin(day, week_start).map_or(0, |first| i64::from(first.num_days_from_ce()).div_euclid(7))
            }
            Self::Daily | Self::Hourly => i64::from(day.num_days_from_ce()),
        }
    }
}
