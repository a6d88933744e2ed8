//! Plain rules through the `rrule` crate: those that give at least one instance in every period, so that each step of the
//! crate looks at one period and a walk can be paid for. UTC carries the wall clock; the rule starts a period or two
//! before the window instead of at DTSTART; and the end is ours to watch, so that the form of UNTIL never matters.

use super::rule::{Frequency, Rule};
use super::{Budget, Series, TooMany};
use crate::time::{Civil, Day, Instant};
use chrono::{Datelike, Days, Months, TimeDelta};
use rrule::{NWeekday, RRule, RRuleSet, Tz, Unvalidated};
use std::ops::{ControlFlow, Range};

/// A rule that the crate expands rightly and in bounded time.
pub(super) struct Plain<'s> {
    series: &'s Series<'s>,
    interval: u16,
}

impl<'s> Plain<'s> {
    /// The series, if its rule is plain: no COUNT, no times of day, and no part that can leave a period empty.
    pub(super) fn of(series: &'s Series<'s>) -> Option<Self> {
        let rule = series.rule;
        let interval = u16::try_from(rule.interval).ok()?;
        let bare = rule.count.is_none()
            && (rule.seconds, rule.minutes, rule.hours, rule.months) == (0, 0, 0, 0)
            && rule.year_days.is_empty()
            && rule.weeks.is_empty()
            && rule.positions.is_empty();
        let by_weekday = !rule.days.is_empty();
        let in_every_month = |n: &i16| (-28..=28).contains(n);
        let fits = match rule.freq {
            Frequency::Hourly => false,
            Frequency::Daily => !by_weekday && rule.month_days.is_empty(),
            Frequency::Weekly => rule.month_days.is_empty() && rule.days.iter().all(|day| day.nth == 0),
            Frequency::Monthly if by_weekday => {
                rule.month_days.is_empty() && rule.days.iter().all(|day| (-4..=4).contains(&day.nth))
            }
            Frequency::Monthly if !rule.month_days.is_empty() => rule.month_days.iter().any(in_every_month),
            Frequency::Monthly => series.start.day() <= 28,
            Frequency::Yearly => !by_weekday && rule.month_days.is_empty() && series.start.day() <= 28,
        };
        (bare && fits).then_some(Self { series, interval })
    }

    /// See [`Series::walk`].
    pub(super) fn walk<V>(&self, window: Range<Civil>, budget: &mut Budget, mut visit: V) -> Result<(), TooMany>
    where
        V: FnMut(Civil) -> ControlFlow<()>,
    {
        let never_after = Instant::FAR_FUTURE.utc().naive_utc();
        let last = self.series.rule.last_allowed(self.series.all_day);
        let end = last.map_or(never_after, |last| never_after.min(last + TimeDelta::seconds(1))).min(window.end);
        let from = window.start.max(self.series.start);
        let Some(anchor) = self.anchor(from.date()).filter(|_| from < end) else { return Ok(()) };
        let Ok(set) = self.rule().build(anchor.and_utc().with_timezone(&Tz::UTC)) else {
            // What the crate's validation refuses is still a rule.
            return super::walk::walk(self.series, window, budget, visit);
        };
        for at in &RRuleSet::limit(set) {
            budget.spend(1)?;
            let at = at.naive_utc();
            if at >= end || (at >= from && visit(at).is_break()) {
                break;
            }
        }
        Ok(())
    }

    /// A start for the crate from which the same instances follow: whole intervals after DTSTART, at least one before
    /// the window.
    fn anchor(&self, from: Day) -> Option<Civil> {
        let (start, rule) = (self.series.start, self.series.rule);
        let period = |day: Day| rule.freq.period_of(day, rule.week_start);
        let interval = i64::from(self.interval);
        let jumps = ((period(from) - period(start.date())).div_euclid(interval) - 1).max(0);
        let periods = u64::try_from(jumps * interval).ok()?;
        match rule.freq {
            Frequency::Daily | Frequency::Hourly => start.checked_add_days(Days::new(periods)),
            Frequency::Weekly => start.checked_add_days(Days::new(periods * 7)),
            Frequency::Monthly => start.with_day(1)?.checked_add_months(Months::new(u32::try_from(periods).ok()?)),
            Frequency::Yearly => start.checked_add_months(Months::new(u32::try_from(periods * 12).ok()?)),
        }
    }

    fn rule(&self) -> RRule<Unvalidated> {
        let (rule, start) = (self.series.rule, self.series.start);
        let freq = match rule.freq {
            Frequency::Hourly => rrule::Frequency::Hourly,
            Frequency::Daily => rrule::Frequency::Daily,
            Frequency::Weekly => rrule::Frequency::Weekly,
            Frequency::Monthly => rrule::Frequency::Monthly,
            Frequency::Yearly => rrule::Frequency::Yearly,
        };
        let plain = RRule::new(freq).interval(self.interval).week_start(rule.week_start);
        // The anchor of a monthly rule is the first of the month: what DTSTART implies is said aloud.
        let implied_day = i8::try_from(start.day()).unwrap_or(1);
        match rule.freq {
            Frequency::Weekly | Frequency::Monthly if !rule.days.is_empty() => plain.by_weekday(weekdays(rule)),
            Frequency::Monthly if !rule.month_days.is_empty() => {
                plain.by_month_day(rule.month_days.iter().filter_map(|&n| i8::try_from(n).ok()).collect())
            }
            Frequency::Monthly => plain.by_month_day(vec![implied_day]),
            _ => plain,
        }
    }
}

fn weekdays(rule: &Rule) -> Vec<NWeekday> {
    let one = |day: &super::NthDay| match day.nth {
        0 => NWeekday::Every(day.weekday),
        nth => NWeekday::Nth(i16::from(nth), day.weekday),
    };
    rule.days.iter().map(one).collect()
}
