//! Values: dates, times, durations, periods, offsets (RFC 5545 3.3). Their shape decides, not the VALUE parameter,
//! because clients forget or misstate it.

use super::property::{Property, shortened};
use super::tree::Malformed;
use crate::time::{Civil, Day, Instant};
use chrono::{NaiveDate, NaiveTime};
use std::fmt;

/// A DATE or one of the three forms of DATE-TIME.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DateOrTime {
    /// A whole day, in nobody's zone.
    Date(Day),
    /// A wall clock in whatever zone the reader is in.
    Floating(Civil),
    /// A moment.
    Utc(Instant),
    /// A wall clock in the zone of a TZID (trimmed).
    Zoned(Civil, String),
}

impl DateOrTime {
    /// Whether it is a whole day.
    pub fn is_date(&self) -> bool {
        matches!(self, Self::Date(_))
    }

    /// The clock it shows: midnight for a day, UTC's for a moment.
    pub fn civil(&self) -> Civil {
        match self {
            Self::Date(day) => day.and_time(NaiveTime::MIN),
            Self::Floating(civil) | Self::Zoned(civil, _) => *civil,
            Self::Utc(at) => at.utc().naive_utc(),
        }
    }

    /// The zone it names, if it does.
    pub fn tzid(&self) -> Option<&str> {
        match self {
            Self::Zoned(_, tzid) => Some(tzid),
            _ => None,
        }
    }
}

/// As the value of a property: `20261201`, `20261201T090000` or `20261201T090000Z`.
impl fmt::Display for DateOrTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(day) => write!(f, "{}", day.format("%Y%m%d")),
            Self::Floating(civil) | Self::Zoned(civil, _) => write!(f, "{}", civil.format("%Y%m%dT%H%M%S")),
            Self::Utc(at) => write!(f, "{}", at.utc().format("%Y%m%dT%H%M%SZ")),
        }
    }
}

/// A DURATION: days follow the wall clock, seconds are exact (RFC 5545 3.3.6). Both negative where it is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Duration {
    /// Weeks and days.
    pub days: i64,
    /// Hours, minutes and seconds, in seconds.
    pub seconds: i64,
}

/// One entry of FREEBUSY or of an RDATE of periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub start: DateOrTime,
    /// Where it ends.
    pub end: PeriodEnd,
}

/// The two ways to end a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeriodEnd {
    /// At a time.
    At(DateOrTime),
    /// After a duration.
    For(Duration),
}

/// A text that is not the value it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("‘{text}’ is not {wanted}")]
pub struct BadValue {
    text: String,
    wanted: &'static str,
}

impl BadValue {
    fn new(text: &str, wanted: &'static str) -> Self {
        Self { text: shortened(text), wanted }
    }
}

/// Longest duration read, in days: the six centuries a calendar can name.
const MAX_DAYS: i64 = 220_000;

/// Reads the property's value as one date or date-time.
///
/// # Errors
/// [`Malformed`] with the property's line.
pub fn date_or_time(property: Property<'_>) -> Result<DateOrTime, Malformed> {
    time(property.value(), tzid(property).as_deref()).map_err(|e| property.malformed(e.to_string()))
}

/// Reads a comma-separated list of dates and date-times (EXDATE, RDATE); of periods, their starts. An empty value is
/// an empty list.
///
/// # Errors
/// [`Malformed`] with the property's line.
pub fn dates(property: Property<'_>) -> Result<Vec<DateOrTime>, Malformed> {
    let zone = tzid(property);
    let starts = items(property).map(|item| item.split('/').next().unwrap_or(item));
    starts.map(|item| time(item, zone.as_deref()).map_err(|e| property.malformed(e.to_string()))).collect()
}

/// Whether the value holds periods rather than times.
pub fn is_periods(property: Property<'_>) -> bool {
    property.value().contains('/')
}

/// Reads a comma-separated list of periods (FREEBUSY, RDATE;VALUE=PERIOD).
///
/// # Errors
/// [`Malformed`] with the property's line.
pub fn periods(property: Property<'_>) -> Result<Vec<Period>, Malformed> {
    let zone = tzid(property);
    let read = |item: &str| {
        let (start, end) = item.split_once('/').ok_or_else(|| BadValue::new(item, "a period"))?;
        let end = match end.trim_start().bytes().next() {
            Some(b'P' | b'p' | b'+' | b'-') => PeriodEnd::For(duration(end)?),
            _ => PeriodEnd::At(time(end, zone.as_deref())?),
        };
        Ok(Period { start: time(start, zone.as_deref())?, end })
    };
    items(property).map(|item| read(item).map_err(|e: BadValue| property.malformed(e.to_string()))).collect()
}

fn items(property: Property<'_>) -> impl Iterator<Item = &str> {
    property.value().split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn tzid(property: Property<'_>) -> Option<String> {
    property.param("TZID").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Reads `20261201`, `20261201T090000` (floating, or in the zone of `tzid`) or `20261201T090000Z`.
///
/// # Errors
/// [`BadValue`] where the text is none of them or names a day that does not exist.
pub fn time(text: &str, tzid: Option<&str>) -> Result<DateOrTime, BadValue> {
    read_time(text.trim(), tzid).ok_or_else(|| BadValue::new(text, "a date or a time"))
}

fn read_time(text: &str, tzid: Option<&str>) -> Option<DateOrTime> {
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(digits(text.get(..4)?)?).ok()?,
        digits(text.get(4..6)?)?,
        digits(text.get(6..8)?)?,
    )?;
    let rest = text.get(8..)?;
    if rest.is_empty() {
        return Some(DateOrTime::Date(day));
    }
    let clock = rest.strip_prefix(['T', 't'])?;
    let bare = clock.strip_suffix(['Z', 'z']);
    let (clock, utc) = (bare.unwrap_or(clock), bare.is_some());
    // Some writers leave the seconds out; a leap second is read as the one before it (RFC 5545 3.3.12).
    let seconds = match clock.len() {
        4 => 0,
        6 => digits(clock.get(4..6)?)?,
        _ => return None,
    };
    let seconds = if seconds == 60 { 59 } else { seconds };
    let civil = day.and_hms_opt(digits(clock.get(..2)?)?, digits(clock.get(2..4)?)?, seconds)?;
    Some(match tzid {
        _ if utc => DateOrTime::Utc(civil.and_utc().into()),
        Some(tzid) => DateOrTime::Zoned(civil, tzid.to_owned()),
        None => DateOrTime::Floating(civil),
    })
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Reads a DURATION such as `P1DT2H`, `-PT15M` or `P2W`.
///
/// # Errors
/// [`BadValue`] where the text is none, or longer than a calendar can name.
pub fn duration(text: &str) -> Result<Duration, BadValue> {
    read_duration(text.trim()).ok_or_else(|| BadValue::new(text, "a duration"))
}

fn read_duration(text: &str) -> Option<Duration> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut read = Duration::default();
    let (mut in_time, mut units) = (false, 0);
    let mut number: Option<i64> = None;
    for c in rest.strip_prefix(['P', 'p'])?.chars() {
        match (c.to_ascii_uppercase(), number, in_time) {
            ('0'..='9', _, _) => {
                let digit = i64::from(c.to_digit(10)?);
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
            }
            ('T', None, false) => in_time = true,
            (unit, Some(count), _) => {
                let (days, seconds) = match (unit, in_time) {
                    ('W', false) => (7, 0),
                    ('D', false) => (1, 0),
                    ('H', true) => (0, 3_600),
                    ('M', true) => (0, 60),
                    ('S', true) => (0, 1),
                    _ => return None,
                };
                read.days = read.days.checked_add(count.checked_mul(days)?)?;
                read.seconds = read.seconds.checked_add(count.checked_mul(seconds)?)?;
                (number, units) = (None, units + 1);
            }
            _ => return None,
        }
    }
    let fits = read.days <= MAX_DAYS && read.seconds <= MAX_DAYS * 86_400;
    (number.is_none() && units > 0 && fits).then_some(Duration { days: sign * read.days, seconds: sign * read.seconds })
}

/// Reads a UTC offset (`+0100`, `-023000`) in seconds east of Greenwich.
///
/// # Errors
/// [`BadValue`] where the text is none.
pub fn offset(text: &str) -> Result<i32, BadValue> {
    read_offset(text.trim()).ok_or_else(|| BadValue::new(text, "an offset from UTC"))
}

fn read_offset(text: &str) -> Option<i32> {
    let (sign, clock) = match text.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !matches!(clock.len(), 4 | 6) || digits(clock).is_none() {
        return None;
    }
    let part = |from: usize| digits(clock.get(from..from + 2).unwrap_or("0")).filter(|n| *n < 60);
    let seconds = part(0).filter(|h| *h < 24)? * 3_600 + part(2)? * 60 + part(4)?;
    i32::try_from(seconds).ok().map(|s| sign * s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::tree::Tree;

    fn with<T>(line: &str, read: impl FnOnce(Property<'_>) -> T) -> T {
        let text = format!("BEGIN:VCALENDAR\r\n{line}\r\nEND:VCALENDAR\r\n");
        let tree = Tree::parse(text.as_bytes()).unwrap();
        read(tree.calendar().properties().next().unwrap())
    }

    fn civil(text: &str) -> Civil {
        text.parse().unwrap()
    }

    #[test]
    fn the_four_forms_of_a_time_are_told_apart_by_shape() {
        let nine = civil("2026-12-01T09:00:00");
        assert_eq!(with("DTSTART:20261201", date_or_time), Ok(DateOrTime::Date(nine.date())));
        assert_eq!(with("DTSTART:20261201T090000", date_or_time), Ok(DateOrTime::Floating(nine)));
        assert_eq!(with("DTSTART:20261201T090000Z", date_or_time), Ok(DateOrTime::Utc(nine.and_utc().into())));
        assert_eq!(
            with("DTSTART;TZID=\"Europe/London \":20261201T0900", date_or_time),
            Ok(DateOrTime::Zoned(nine, "Europe/London".to_owned()))
        );
    }

    #[test]
    fn a_time_that_is_none_names_line_and_text() {
        let error = with("DTSTART:20261301T000000", date_or_time).unwrap_err();
        assert_eq!(error.to_string(), "line 2: ‘20261301T000000’ is not a date or a time");
        for wrong in ["", "2026", "20260230", "20261201T250000", "20261201T+90000", "2026120１", "20261201T09Z"] {
            assert!(time(wrong, None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_written_as_they_were_read() {
        for text in ["20261201", "20261201T090000", "20261201T090000Z", "16010101T000000"] {
            assert_eq!(time(text, None).unwrap().to_string(), text);
        }
    }

    #[test]
    fn durations_keep_days_apart_from_hours() {
        let d = |days, seconds| Ok(Duration { days, seconds });
        assert_eq!(duration("P1DT2H30M"), d(1, 9_000));
        assert_eq!(duration("-PT15M"), d(0, -900));
        assert_eq!(duration("P2W"), d(14, 0));
        assert_eq!(duration("PT0S"), d(0, 0));
        for wrong in ["", "P", "PT", "P1", "1D", "P1H", "PT1D", "P99999999999999999999D", "PTT1H"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_may_be_empty_and_periods_end_either_way() {
        assert_eq!(with("RDATE:", dates), Ok(vec![]));
        assert_eq!(with("EXDATE;VALUE=DATE:20261224, 20261225,", dates).unwrap().len(), 2);
        let periods = with("FREEBUSY:20261201T090000Z/PT1H,20261201T110000Z/20261201T120000Z", periods).unwrap();
        assert_eq!(periods[0].end, PeriodEnd::For(Duration { days: 0, seconds: 3_600 }));
        assert_eq!(periods[1].end, PeriodEnd::At(time("20261201T120000Z", None).unwrap()));
        assert!(with("FREEBUSY:20261201T090000Z", super::periods).is_err());
    }

    #[test]
    fn offsets_may_have_seconds() {
        assert_eq!(offset("+0100"), Ok(3_600));
        assert_eq!(offset("-023015"), Ok(-9_015));
        assert!(offset("0190").is_err() && offset("+1").is_err() && offset("+1é2").is_err());
    }
}
