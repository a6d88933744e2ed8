//! A recurrence rule as a value. Reading is tolerant where real programs are (a trailing semicolon, spaces, UNTIL and
//! COUNT together) and refuses what cannot be bounded: SECONDLY and MINUTELY, and calendars other than the Gregorian.

use crate::time::{Civil, Day};
use chrono::{NaiveDateTime, NaiveTime, Weekday};

/// The unit a rule repeats by. Shorter ones than an hour are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// Every so many hours.
    Hourly,
    /// Every so many days.
    Daily,
    /// Every so many weeks.
    Weekly,
    /// Every so many months.
    Monthly,
    /// Every so many years.
    Yearly,
}

/// An element of BYDAY: every such weekday of the period (`nth` 0), or only the nth, counted from its end if negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthDay {
    /// 0 for every, else 1 to 53 or -53 to -1.
    pub nth: i8,
    /// The weekday.
    pub weekday: Weekday,
}

/// The last moment at which a rule may still give an instance, as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// All of that day still counts, also where DTSTART has a time: iOS and others write it so.
    Day(Day),
    /// A wall-clock time in DTSTART's zone.
    Civil(Civil),
    /// A time in UTC.
    Utc(Civil),
}

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// SECONDLY or MINUTELY.
    #[error("a rule that repeats {0} has too many instances")]
    TooFrequent(String),
    /// A part that is well formed but not supported, such as RSCALE.
    #[error("the rule part {0} is not supported")]
    Unsupported(String),
    /// Not a rule.
    #[error("{0}")]
    Invalid(String),
}

/// A recurrence rule (RFC 5545 3.3.10). Lists are sets here: order and repetition carry no meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) freq: Frequency,
    pub(super) interval: u32,
    pub(super) count: Option<u32>,
    pub(super) until: Option<Until>,
    /// Bit n is set where second, minute, hour or month n is listed; none set where the part is missing.
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) months: u64,
    pub(super) days: Vec<NthDay>,
    pub(super) month_days: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
}

impl Rule {
    /// A rule that repeats for ever by its frequency alone.
    #[must_use]
    pub fn every(freq: Frequency) -> Self {
        Self {
            freq,
            interval: 1,
            count: None,
            until: None,
            seconds: 0,
            minutes: 0,
            hours: 0,
            months: 0,
            days: Vec::new(),
            month_days: Vec::new(),
            year_days: Vec::new(),
            weeks: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Mon,
        }
    }

    /// Reads the value of an RRULE property.
    ///
    /// # Errors
    /// [`RuleError`] that names the part which cannot be read or is refused.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let mut rule = Self::every(Frequency::Daily);
        let mut freq = None;
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or_else(|| invalid("the rule part", part))?;
            let (name, value) = (name.trim().to_ascii_uppercase(), value.trim().to_ascii_uppercase());
            if name == "FREQ" {
                freq = Some(frequency(&value)?);
            } else {
                rule.read_part(&name, &value)?;
            }
        }
        rule.freq = freq.ok_or_else(|| RuleError::Invalid("the rule has no FREQ".to_owned()))?;
        rule.sort_lists();
        Ok(rule)
    }

    fn read_part(&mut self, name: &str, value: &str) -> Result<(), RuleError> {
        match name {
            "INTERVAL" => self.interval = positive(name, value)?,
            "COUNT" => self.count = Some(positive(name, value)?),
            "UNTIL" => self.until = Some(until(value)?),
            // The second 60 of a leap second is read as 59, as RFC 5545 3.3.12 says for times.
            "BYSECOND" => self.seconds = bits(name, value, 0..=60)?,
            "BYMINUTE" => self.minutes = bits(name, value, 0..=59)?,
            "BYHOUR" => self.hours = bits(name, value, 0..=23)?,
            "BYMONTH" => self.months = bits(name, value, 1..=12)?,
            "BYDAY" => self.days = value.split(',').map(nth_day).collect::<Result<_, _>>()?,
            "BYMONTHDAY" => self.month_days = numbers(name, value, 31)?,
            "BYYEARDAY" => self.year_days = numbers(name, value, 366)?,
            "BYWEEKNO" => self.weeks = numbers(name, value, 53)?,
            "BYSETPOS" => self.positions = numbers(name, value, 366)?,
            "WKST" => self.week_start = weekday(value).ok_or_else(|| invalid(name, value))?,
            "RSCALE" if value == "GREGORIAN" => {}
            "SKIP" if value == "OMIT" => {}
            "RSCALE" | "SKIP" => return Err(RuleError::Unsupported(format!("{name}={value}"))),
            _ if name.starts_with("X-") => {}
            _ => return Err(RuleError::Unsupported(name.chars().take(40).collect())),
        }
        Ok(())
    }

    /// Sets instead of lists: a repeated element must not repeat an instance, nor cost anything.
    fn sort_lists(&mut self) {
        for list in [&mut self.month_days, &mut self.year_days, &mut self.weeks, &mut self.positions] {
            list.sort_unstable();
            list.dedup();
        }
        self.days.sort_unstable_by_key(|day| (day.weekday.num_days_from_monday(), day.nth));
        self.days.dedup();
        if self.seconds & (1 << 60) != 0 {
            self.seconds = (self.seconds & !(1 << 60)) | (1 << 59);
        }
    }

    /// The unit it repeats by.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.freq
    }

    /// COUNT, if it ends by it.
    #[must_use]
    pub fn count(&self) -> Option<u32> {
        self.count
    }

    /// UNTIL as written, if it ends by it.
    #[must_use]
    pub fn until(&self) -> Option<Until> {
        self.until
    }

    /// Whether it never ends.
    #[must_use]
    pub fn is_infinite(&self) -> bool {
        self.count.is_none() && self.until.is_none()
    }

    /// Turns an UNTIL in UTC into the wall clock of DTSTART's zone, in which the rule is expanded.
    pub fn bind_until(&mut self, to_civil: impl FnOnce(Civil) -> Civil) {
        if let Some(Until::Utc(at)) = self.until {
            self.until = Some(Until::Civil(to_civil(at)));
        }
    }

    /// The last wall-clock time that may still be an instance.
    #[must_use]
    pub fn last_allowed(&self, all_day: bool) -> Option<Civil> {
        let day_end = |day: Day| day.and_time(NaiveTime::MIN) + chrono::TimeDelta::seconds(86_399);
        Some(match self.until? {
            Until::Day(day) => day_end(day),
            Until::Civil(at) | Until::Utc(at) if all_day => day_end(at.date()),
            Until::Civil(at) | Until::Utc(at) => at,
        })
    }
}

fn invalid(name: &str, value: &str) -> RuleError {
    let value: String = value.chars().take(60).collect();
    RuleError::Invalid(format!("{name} cannot be {value:?} in a rule"))
}

fn frequency(value: &str) -> Result<Frequency, RuleError> {
    match value {
        "HOURLY" => Ok(Frequency::Hourly),
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "SECONDLY" | "MINUTELY" => Err(RuleError::TooFrequent(value.to_owned())),
        _ => Err(invalid("FREQ", value)),
    }
}

fn positive(name: &str, value: &str) -> Result<u32, RuleError> {
    value.parse().ok().filter(|&n| n > 0).ok_or_else(|| invalid(name, value))
}

/// A list of numbers from a range below 64, as bits.
fn bits(name: &str, value: &str, range: std::ops::RangeInclusive<u32>) -> Result<u64, RuleError> {
    value.split(',').map(str::trim).try_fold(0, |set, element| {
        let n: u32 = element.parse().ok().filter(|n| range.contains(n)).ok_or_else(|| invalid(name, value))?;
        Ok(set | (1 << n))
    })
}

/// A list of numbers from 1 to `most` or -`most` to -1.
fn numbers(name: &str, value: &str, most: i16) -> Result<Vec<i16>, RuleError> {
    let one = |element: &str| {
        element
            .trim()
            .parse::<i16>()
            .ok()
            .filter(|n| *n != 0 && (-most..=most).contains(n))
            .ok_or_else(|| invalid(name, value))
    };
    value.split(',').map(one).collect()
}

fn weekday(value: &str) -> Option<Weekday> {
    Some(match value {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    })
}

fn nth_day(element: &str) -> Result<NthDay, RuleError> {
    let element = element.trim();
    let refuse = || invalid("BYDAY", element);
    let (number, name) = element.split_at_checked(element.len().saturating_sub(2)).ok_or_else(refuse)?;
    let weekday = weekday(name).ok_or_else(refuse)?;
    let nth = match number.trim() {
        "" => 0,
        number => number.parse::<i8>().ok().filter(|n| *n != 0 && (-53..=53).contains(n)).ok_or_else(refuse)?,
    };
    Ok(NthDay { nth, weekday })
}

fn until(value: &str) -> Result<Until, RuleError> {
    let refuse = || invalid("UNTIL", value);
    if value.contains('T') {
        let (bare, utc) = value.strip_suffix('Z').map_or((value, false), |bare| (bare, true));
        let at = NaiveDateTime::parse_from_str(bare, "%Y%m%dT%H%M%S").map_err(|_| refuse())?;
        return Ok(if utc { Until::Utc(at) } else { Until::Civil(at) });
    }
    Day::parse_from_str(value, "%Y%m%d").map(Until::Day).map_err(|_| refuse())
}
