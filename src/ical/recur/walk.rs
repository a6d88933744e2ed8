//! Period by period through a rule: the expander for everything that [`super::everyday`] does not take. The `rrule`
//! crate cannot be used there: it inspects up to 100,000 periods inside one `next()` without saying so, refuses legal
//! rules (BYSETPOS beyond 31 in a month, UNTIL in other forms), numbers weeks across the turn of a year differently from
//! RFC 5545, and spreads a yearly BYMONTHDAY over all months.

use super::days::{DayFinder, week_begin, week_year};
use super::rule::{Frequency, Rule};
use super::{Budget, Series, TooMany};
use crate::time::{Civil, Day, Instant};
use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike};
use std::ops::{ControlFlow, Range};

/// Why a walk ended before its last period.
enum Stop {
    Done,
    TooMany,
}

impl From<TooMany> for Stop {
    fn from(TooMany: TooMany) -> Self {
        Self::TooMany
    }
}

/// See [`Series::walk`].
pub(super) fn walk<V>(series: &Series, window: Range<Civil>, budget: &mut Budget, visit: V) -> Result<(), TooMany>
where
    V: FnMut(Civil) -> ControlFlow<()>,
{
    let rule = series.rule;
    let never_after = Instant::FAR_FUTURE.utc().naive_utc();
    let end =
        rule.last_allowed(series.all_day).map_or(never_after, |last| never_after.min(last + TimeDelta::seconds(1)));
    let hourly = rule.freq == Frequency::Hourly && !series.all_day;
    let mut walker = Walker {
        rule,
        start: series.start,
        from: window.start.max(series.start),
        end: end.min(window.end),
        remaining: rule.count,
        times: Times::of(series, hourly),
        finder: DayFinder::new(rule, series.start.date()),
        budget,
        visit,
    };
    let ended = if hourly { walker.hours() } else { walker.periods() };
    match ended {
        Ok(()) | Err(Stop::Done) => Ok(()),
        Err(Stop::TooMany) => Err(TooMany),
    }
}

struct Walker<'r, 'b, V> {
    rule: &'r Rule,
    start: Civil,
    from: Civil,
    end: Civil,
    remaining: Option<u32>,
    times: Times,
    finder: DayFinder<'r>,
    budget: &'b mut Budget,
    visit: V,
}

impl<V: FnMut(Civil) -> ControlFlow<()>> Walker<'_, '_, V> {
    /// Years, months, weeks or days.
    fn periods(&mut self) -> Result<(), Stop> {
        // An hourly rule on a DATE can only name days.
        let freq = if self.rule.freq == Frequency::Hourly { Frequency::Daily } else { self.rule.freq };
        let interval = i64::from(self.rule.interval);
        let base = self.base(freq)?;
        let jump = (freq.period_of(self.from.date(), self.rule.week_start) - base).div_euclid(interval) - 1;
        let mut index = if self.remaining.is_none() { jump.max(0) } else { 0 };
        let mut days: Vec<Day> = Vec::new();
        loop {
            self.budget.spend(1)?;
            let Some(period) = index.checked_mul(interval).and_then(|n| n.checked_add(base)) else { return Ok(()) };
            days.clear();
            let Some(first) = self.fill(freq, period, &mut days)? else { return Ok(()) };
            if first.and_time(NaiveTime::MIN) >= self.end {
                return Ok(());
            }
            self.emit(&days)?;
            index += 1;
            if freq == Frequency::Daily && days.is_empty() && !self.finder.passes_month(first) {
                index = index.max(ceil_div(days_to_next_month(first) + period - base, interval));
            } else if index == 1 && jump > 1 && self.is_uniform(freq) {
                index = self.count_off(freq, jump);
            }
        }
    }

    /// The number of the period that DTSTART lies in. With BYWEEKNO years are made of whole weeks; a DTSTART that is not
    /// itself an instance counts in its calendar year.
    fn base(&mut self, freq: Frequency) -> Result<i64, Stop> {
        let day = self.start.date();
        if freq != Frequency::Yearly || self.rule.weeks.is_empty() {
            return Ok(freq.period_of(day, self.rule.week_start));
        }
        let year = week_year(day, self.rule.week_start);
        let mut days = Vec::new();
        self.finder.year(year, &mut days, self.budget)?;
        Ok(i64::from(match (days.contains(&day), self.rule.interval) {
            (true, _) => year,
            (false, 1) => year.min(day.year()),
            (false, _) => day.year(),
        }))
    }

    /// Finds the days of a period; returns a day before which the period has none, or nothing past the calendar's end.
    fn fill(&mut self, freq: Frequency, period: i64, days: &mut Vec<Day>) -> Result<Option<Day>, TooMany> {
        let first = match freq {
            Frequency::Yearly => {
                let Ok(year) = i32::try_from(period) else { return Ok(None) };
                self.finder.year(year, days, self.budget)?;
                let week = if self.rule.weeks.is_empty() { 0 } else { 3 };
                NaiveDate::from_ymd_opt(year, 1, 1).and_then(|day| day.checked_sub_signed(TimeDelta::days(week)))
            }
            Frequency::Monthly => {
                let year = i32::try_from(period.div_euclid(12)).ok();
                let month = u32::try_from(period.rem_euclid(12) + 1).ok();
                let (Some(year), Some(month)) = (year, month) else { return Ok(None) };
                self.finder.month(year, month, days, self.budget)?;
                NaiveDate::from_ymd_opt(year, month, 1)
            }
            Frequency::Weekly => {
                let first = period.checked_mul(7).and_then(day_number).and_then(|day| {
                    // The period's number says which seven days, WKST which of them is the first.
                    let last = day.checked_add_signed(TimeDelta::days(6))?;
                    week_begin(last, self.rule.week_start)
                });
                let Some(first) = first else { return Ok(None) };
                self.finder.week(first, days, self.budget)?;
                Some(first)
            }
            Frequency::Daily | Frequency::Hourly => {
                let Some(day) = day_number(period) else { return Ok(None) };
                days.extend(self.finder.passes(day).then_some(day));
                Some(day)
            }
        };
        Ok(first)
    }

    fn hours(&mut self) -> Result<(), Stop> {
        let interval = i64::from(self.rule.interval);
        let base = hour_number(self.start);
        let jump = (hour_number(self.from) - base).div_euclid(interval) - 1;
        let mut index = if self.remaining.is_none() { jump.max(0) } else { 0 };
        loop {
            self.budget.spend(1)?;
            let hour = index * interval + base;
            let Some(day) = day_number(hour.div_euclid(24)) else { return Ok(()) };
            let of_day = u32::try_from(hour.rem_euclid(24)).unwrap_or_default();
            if day.and_time(NaiveTime::MIN) + TimeDelta::hours(i64::from(of_day)) >= self.end {
                return Ok(());
            }
            index += 1;
            if !self.finder.passes(day) {
                let days = if self.finder.passes_month(day) { 1 } else { days_to_next_month(day) };
                index = index.max(ceil_div((hour.div_euclid(24) + days) * 24 - base, interval));
            } else if self.rule.hours == 0 || self.rule.hours & (1 << of_day) != 0 {
                self.times.hours = 1 << of_day;
                self.emit(&[day])?;
            }
        }
    }

    /// The instances of one period: its days times the times of day, cut by BYSETPOS.
    fn emit(&mut self, days: &[Day]) -> Result<(), Stop> {
        let per_day = self.times.len();
        if self.rule.positions.is_empty() {
            for &day in days {
                if self.remaining.is_none() && day < self.from.date() {
                    continue;
                }
                for time in self.times.clone() {
                    self.budget.spend(1)?;
                    self.accept(day.and_time(time))?;
                }
            }
            return Ok(());
        }
        let total = i64::try_from(days.len()).unwrap_or(i64::MAX).saturating_mul(per_day);
        let index = |position: i16| if position > 0 { i64::from(position) - 1 } else { total + i64::from(position) };
        let mut picked: Vec<i64> =
            self.rule.positions.iter().map(|&p| index(p)).filter(|i| (0..total).contains(i)).collect();
        picked.sort_unstable();
        picked.dedup();
        for index in picked {
            self.budget.spend(1)?;
            let day = usize::try_from(index / per_day).ok().and_then(|i| days.get(i));
            let time = usize::try_from(index % per_day).ok().and_then(|i| self.times.nth_of_day(i));
            if let (Some(day), Some(time)) = (day, time) {
                self.accept(day.and_time(time))?;
            }
        }
        Ok(())
    }

    fn accept(&mut self, at: Civil) -> Result<(), Stop> {
        if at < self.start {
            return Ok(());
        }
        if at >= self.end {
            return Err(Stop::Done);
        }
        if let Some(remaining) = &mut self.remaining {
            *remaining = remaining.checked_sub(1).ok_or(Stop::Done)?;
        }
        if at >= self.from && (self.visit)(at).is_break() {
            return Err(Stop::Done);
        }
        Ok(())
    }

    /// Whether every period after the first gives as many instances as any other, so that COUNT needs no walk.
    fn is_uniform(&self, freq: Frequency) -> bool {
        let rule = self.rule;
        self.remaining.is_some()
            && matches!(freq, Frequency::Daily | Frequency::Weekly)
            && rule.months == 0
            && rule.month_days.is_empty()
            && rule.year_days.is_empty()
            && rule.positions.is_empty()
            && (freq == Frequency::Weekly || rule.days.is_empty())
    }

    /// Counts off periods 1 to `jump` - 1 at once and returns where to go on.
    fn count_off(&mut self, freq: Frequency, jump: i64) -> i64 {
        let mut weekdays = self.rule.days.iter().fold(0u8, |set, day| set | (1 << day.weekday.num_days_from_monday()));
        if freq == Frequency::Daily || weekdays == 0 {
            weekdays = 1;
        }
        let each = i64::from(weekdays.count_ones()) * self.times.len();
        let skipped = (jump - 1).saturating_mul(each);
        self.remaining = self.remaining.map(|n| u32::try_from(i64::from(n) - skipped).unwrap_or(0));
        jump
    }
}

/// The times of day that a rule names, from midnight on; `len` of them, and `next` gives each once.
#[derive(Clone)]
struct Times {
    hours: u64,
    minutes: u64,
    seconds: u64,
    next: Option<(u32, u32, u32)>,
}

impl Times {
    fn of(series: &Series, hourly: bool) -> Self {
        let (rule, start) = (series.rule, series.start);
        let or_start = |named: u64, of_start: u32| if named == 0 || series.all_day { 1 << of_start } else { named };
        let hours = if hourly { 1 << start.hour() } else { or_start(rule.hours, start.hour()) };
        Self {
            hours,
            minutes: or_start(rule.minutes, start.minute()),
            seconds: or_start(rule.seconds, start.second()),
            next: Some((0, 0, 0)),
        }
    }

    fn len(&self) -> i64 {
        i64::from(self.hours.count_ones()) * i64::from(self.minutes.count_ones()) * i64::from(self.seconds.count_ones())
    }

    fn nth_of_day(&self, index: usize) -> Option<NaiveTime> {
        let (minutes, seconds) = (self.minutes.count_ones() as usize, self.seconds.count_ones() as usize);
        let hour = nth_bit(self.hours, index / (minutes * seconds))?;
        let minute = nth_bit(self.minutes, index / seconds % minutes)?;
        NaiveTime::from_hms_opt(hour, minute, nth_bit(self.seconds, index % seconds)?)
    }
}

impl Iterator for Times {
    type Item = NaiveTime;

    fn next(&mut self) -> Option<NaiveTime> {
        let (hour, minute, second) = self.next?;
        let at_or_after =
            |set: u64, n: u32| set.checked_shr(n).filter(|&rest| rest != 0).map(|rest| n + rest.trailing_zeros());
        let first = |set: u64| set.trailing_zeros();
        let time =
            match (at_or_after(self.hours, hour), at_or_after(self.minutes, minute), at_or_after(self.seconds, second))
            {
                (Some(h), _, _) if h > hour => (h, first(self.minutes), first(self.seconds)),
                (Some(h), Some(m), _) if m > minute => (h, m, first(self.seconds)),
                (Some(h), Some(m), Some(s)) => (h, m, s),
                (Some(h), Some(m), None) => match at_or_after(self.minutes, m + 1) {
                    Some(m) => (h, m, first(self.seconds)),
                    None => (at_or_after(self.hours, h + 1)?, first(self.minutes), first(self.seconds)),
                },
                (Some(h), None, _) => (at_or_after(self.hours, h + 1)?, first(self.minutes), first(self.seconds)),
                (None, _, _) => return None,
            };
        self.next = Some((time.0, time.1, time.2 + 1));
        NaiveTime::from_hms_opt(time.0, time.1, time.2)
    }
}

/// The number of the nth bit that is set.
fn nth_bit(mut set: u64, n: usize) -> Option<u32> {
    for _ in 0..n {
        set &= set.wrapping_sub(1);
    }
    (set != 0).then(|| set.trailing_zeros())
}

fn day_number(days: i64) -> Option<Day> {
    i32::try_from(days).ok().and_then(NaiveDate::from_num_days_from_ce_opt)
}

fn hour_number(at: Civil) -> i64 {
    i64::from(at.date().num_days_from_ce()) * 24 + i64::from(at.hour())
}

fn days_to_next_month(day: Day) -> i64 {
    i64::from(super::days::month_length(day) - day.day0())
}

fn ceil_div(a: i64, b: i64) -> i64 {
    -(-a).div_euclid(b)
}
