//! VTIMEZONE of an IANA zone for a span of years (RFC 5545 3.6.5): yearly rules where the zone keeps them, otherwise
//! each change of the clock by its date.

use crate::ical::edit::fold;
use crate::time::{Civil, Zone};
use chrono::{Datelike, NaiveDate, NaiveTime, Offset, TimeDelta, TimeZone, Weekday};
use chrono_tz::OffsetComponents;
use std::collections::BTreeMap;

/// What a zone's clock is set by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Setting {
    offset: i32,
    daylight: bool,
    name: String,
}

/// A change of the clock.
#[derive(Clone, Debug)]
struct Change {
    /// As the clock shows it before the change.
    at: Civil,
    from: i32,
    to: Setting,
}

/// The day of a year on which a clock changes: a month, a weekday, and which of them (-1 the last).
#[derive(Clone, Copy, PartialEq)]
struct Nth {
    month: u32,
    weekday: Weekday,
    which: i32,
}

/// The VTIMEZONE text of a zone, right for every moment of the years `first` to `last`.
pub fn vtimezone(zone: Zone, first: i32, last: i32) -> String {
    let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{}", zone.name())];
    if !yearly(zone, first, last, &mut lines) {
        dated(zone, first, last, &mut lines);
    }
    lines.push("END:VTIMEZONE".to_owned());
    lines.iter().map(|line| fold(line)).collect()
}

/// Two rules, where the zone keeps to the same two from the year before `first` for at least a decade.
fn yearly(zone: Zone, first: i32, last: i32, lines: &mut Vec<String>) -> bool {
    let years = first - 1..=last.max(first + 10);
    let changes = changes(zone, midnight(*years.start()), midnight(*years.end() + 1));
    let [spring, autumn, ..] = changes.as_slice() else { return false };
    let count = (years.end() - years.start() + 1) * 2;
    if usize::try_from(count) != Ok(changes.len()) {
        return false;
    }
    let mut rules = Vec::new();
    for (offset, pattern) in [spring, autumn].into_iter().enumerate() {
        let same: Vec<&Change> = changes.iter().skip(offset).step_by(2).collect();
        let alike = same.iter().zip(years.clone()).all(|(change, year)| {
            (change.at.year(), change.at.time(), change.from) == (year, pattern.at.time(), pattern.from)
                && (change.to.offset, &change.to.name) == (pattern.to.offset, &pattern.to.name)
        });
        let days: Vec<NaiveDate> = same.iter().map(|change| change.at.date()).collect();
        match nth_of(&days) {
            Some(nth) if alike => rules.push((pattern, nth)),
            _ => return false,
        }
    }
    for (change, Nth { month, weekday, which }) in rules {
        let day = weekday.to_string().get(..2).unwrap_or_default().to_uppercase();
        let rule = format!("RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={which}{day}");
        observance(change, change.to.offset > change.from, &[rule], lines);
    }
    true
}

/// The one description that fits all the days: the last such weekday of the month before the nth.
fn nth_of(days: &[NaiveDate]) -> Option<Nth> {
    let first = days.first()?;
    let (month, weekday) = (first.month(), first.weekday());
    let is_last = |day: &NaiveDate| (*day + TimeDelta::days(7)).month() != month;
    let week = |day: &NaiveDate| i32::try_from(day.day().div_ceil(7)).unwrap_or(0);
    if days.iter().any(|day| (day.month(), day.weekday()) != (month, weekday)) {
        None
    } else if days.iter().all(is_last) {
        Some(Nth { month, weekday, which: -1 })
    } else {
        days.iter().all(|day| week(day) == week(first)).then(|| Nth { month, weekday, which: week(first) })
    }
}

/// What holds at the beginning, then each change by its date; changes of one kind share an observance.
fn dated(zone: Zone, first: i32, last: i32, lines: &mut Vec<String>) {
    let start = midnight(first - 1);
    let initial = setting(zone, start);
    let at = start + TimeDelta::seconds(i64::from(initial.offset));
    // Nothing changes in a zone without summer time, whatever the years: one text for all of them.
    let changes = changes(zone, start, midnight(last + 1));
    let at = if changes.is_empty() { NaiveDate::default().and_time(NaiveTime::MIN) } else { at };
    let initial = Change { at, from: initial.offset, to: initial };
    observance(&initial, initial.to.daylight, &[], lines);

    let mut kinds: BTreeMap<(i32, &Setting), Vec<&Change>> = BTreeMap::new();
    for change in &changes {
        kinds.entry((change.from, &change.to)).or_default().push(change);
    }
    let mut kinds: Vec<Vec<&Change>> = kinds.into_values().collect();
    kinds.sort_by_key(|kind| kind.first().map(|change| change.at));
    for kind in kinds {
        let Some((head, rest)) = kind.split_first() else { continue };
        let more: Vec<String> = rest.iter().map(|change| format!("RDATE:{}", basic(change.at))).collect();
        observance(head, head.to.daylight, &more, lines);
    }
}

fn observance(change: &Change, daylight: bool, more: &[String], lines: &mut Vec<String>) {
    let kind = if daylight { "DAYLIGHT" } else { "STANDARD" };
    lines.push(format!("BEGIN:{kind}"));
    lines.push(format!("DTSTART:{}", basic(change.at)));
    lines.push(format!("TZOFFSETFROM:{}", offset(change.from)));
    lines.push(format!("TZOFFSETTO:{}", offset(change.to.offset)));
    lines.push(format!("TZNAME:{}", change.to.name));
    lines.extend_from_slice(more);
    lines.push(format!("END:{kind}"));
}

fn setting(zone: Zone, utc: Civil) -> Setting {
    let offset = zone.offset_from_utc_datetime(&utc);
    let daylight = offset.dst_offset() > TimeDelta::zero();
    Setting { offset: offset.fix().local_minus_utc(), daylight, name: offset.to_string() }
}

/// The changes after `from` and before `to` (UTC), found by looking every week and halving the weeks that differ.
fn changes(zone: Zone, from: Civil, to: Civil) -> Vec<Change> {
    let mut found = Vec::new();
    let (mut before, mut known) = (from, setting(zone, from));
    while before < to {
        let after = (before + TimeDelta::days(7)).min(to);
        let next = setting(zone, after);
        if next != known {
            let at = first_second(zone, before, after, &known) + TimeDelta::seconds(i64::from(known.offset));
            found.push(Change { at, from: known.offset, to: next.clone() });
        }
        (before, known) = (after, next);
    }
    found
}

fn first_second(zone: Zone, mut before: Civil, mut after: Civil, known: &Setting) -> Civil {
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if setting(zone, middle) == *known { before = middle } else { after = middle }
    }
    after
}

fn midnight(year: i32) -> Civil {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN)
}

fn basic(at: Civil) -> String {
    at.format("%Y%m%dT%H%M%S").to_string()
}

fn offset(seconds: i32) -> String {
    let (sign, all) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let (hours, minutes, rest) = (all / 3_600, all / 60 % 60, all % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}
