//! Which pattern a rotation is: recurring events whose occurrences are the spans of its turns. A rotation that is none
//! (turns of seven hours, say) gives nothing, and its shifts are dated. Both are written as events of the pattern calendar.

use super::rotation::Rotation;
use crate::ical::build::{EventDraft, When, event};
use crate::ical::edit::Edit;
use crate::ical::tree::Tree;
use crate::time::{Civil, Day, Instant, Window, Zone, resolve};
use chrono::{Datelike, NaiveTime, TimeDelta};
use std::collections::BTreeMap;

/// A recurring event in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// First start on the zone's wall clock.
    pub start: Civil,
    /// First end.
    pub end: Civil,
    /// The zone.
    pub zone: Zone,
    /// RRULE as a value.
    pub rule: String,
    /// What one person holds together: `week` or `occurrence`.
    pub turn: &'static str,
    /// How many stand each occurrence.
    pub seats: usize,
}

/// Days that are looked at to find what comes back.
const LOOKED_AT: i64 = 12 * 7;

/// Recurring events that one rotation may be: different hours for each day of the week.
const MOST_PATTERNS: usize = 7;

/// The recurring events that a rotation is from its first turn after a moment on.
#[must_use]
pub fn recurring(rotation: &Rotation, after: Instant) -> Vec<Recurring> {
    let seats = rotation.sets.first().map_or(0, Vec::len);
    // Where some turns have nobody, or more people than others, the demand differs from turn to turn.
    if seats == 0 || rotation.sets.iter().any(|set| set.len() != seats) {
        return Vec::new();
    }
    let first = rotation.turn_after(after);
    let beginning = resolve(first, rotation.zone);
    let window = Window::new(beginning, beginning.plus_days(LOOKED_AT));
    let mut alike: BTreeMap<(NaiveTime, TimeDelta), Vec<Day>> = BTreeMap::new();
    for (_, start) in rotation.turns(window).filter(|(_, start)| *start >= first) {
        for (from, to) in rotation.pieces(start) {
            alike.entry((from.time(), to - from)).or_default().push(from.date());
        }
    }
    if alike.len() > MOST_PATTERNS {
        return Vec::new();
    }
    let until = rotation.bounds.end;
    let bound = if until < Instant::FAR_FUTURE {
        format!(";UNTIL={}", until.plus_millis(-1_000).utc().format("%Y%m%dT%H%M%SZ"))
    } else {
        String::new()
    };
    let weekly = rotation.turn == TimeDelta::days(7) && alike.values().any(|days| !is_spaced(days, 7));
    let found: Option<Vec<Recurring>> = alike
        .into_iter()
        .map(|((time, length), days)| {
            let start = days.first()?.and_time(time);
            let rule = format!("{}{bound}", rule(&days)?);
            let turn = if weekly { "week" } else { "occurrence" };
            Some(Recurring { start, end: start + length, zone: rotation.zone, rule, turn, seats })
        })
        .collect();
    found.unwrap_or_default()
}

fn is_spaced(days: &[Day], by: i64) -> bool {
    days.windows(2).all(|pair| matches!(pair, [a, b] if (*b - *a).num_days() == by))
}

/// The rule that gives these days, in their order.
fn rule(days: &[Day]) -> Option<String> {
    let [first, second, ..] = days else { return None };
    let gap = (*second - *first).num_days();
    if gap > 0 && is_spaced(days, gap) {
        return Some(match (gap % 7, gap / 7) {
            (0, 1) => "FREQ=WEEKLY".to_owned(),
            (0, weeks) => format!("FREQ=WEEKLY;INTERVAL={weeks}"),
            _ if gap == 1 => "FREQ=DAILY".to_owned(),
            _ => format!("FREQ=DAILY;INTERVAL={gap}"),
        });
    }
    let last = days.last()?;
    let weekdays: Vec<_> = {
        let mut all: Vec<u32> = days.iter().map(|day| day.weekday().num_days_from_monday()).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let all = first.iter_days().take_while(|day| day <= last);
    let expected = all.filter(|day| weekdays.contains(&day.weekday().num_days_from_monday()));
    if !expected.eq(days.iter().copied()) {
        return None;
    }
    let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let named = weekdays.iter().filter_map(|day| names.get(*day as usize).copied()).collect::<Vec<_>>();
    Some(format!("FREQ=WEEKLY;BYDAY={}", named.join(",")))
}

/// A pattern as an object of the team's pattern calendar.
#[derive(Clone, Debug)]
pub struct Written<'a> {
    /// UID.
    pub uid: &'a str,
    /// What it is called.
    pub title: &'a str,
    /// The role that it needs.
    pub role: &'a str,
    /// When it recurs.
    pub recurring: &'a Recurring,
    /// Further starts, beside those of the rule.
    pub also: &'a [Civil],
    /// Starts of the rule that are none.
    pub except: &'a [Civil],
    /// DTSTAMP.
    pub stamp: Instant,
}

impl Written<'_> {
    /// The object's text.
    #[must_use]
    pub fn text(&self) -> String {
        let Recurring { start, end, zone, rule, turn, seats } = self.recurring;
        let roles = vec![self.role; (*seats).max(1)].join(", ");
        let draft = EventDraft {
            summary: self.title.to_owned(),
            description: format!("roles: {roles}\nturn: {turn}"),
            rule: Some(rule.clone()),
            transparent: true,
            ..EventDraft::new(self.uid, When::Zoned(*start, *zone), When::Zoned(*end, *zone), self.stamp)
        };
        let text = event(&draft);
        let Ok(tree) = Tree::parse(text.as_bytes()) else { return text };
        let Some(component) = tree.calendar().children_named("VEVENT").next() else { return text };
        let mut edit = Edit::new(text.as_bytes());
        for (name, starts) in [("RDATE", self.also), ("EXDATE", self.except)] {
            if !starts.is_empty() {
                let listed: Vec<_> = starts.iter().map(|start| start.format("%Y%m%dT%H%M%S").to_string()).collect();
                edit.insert_property(component, &format!("{name};TZID={}:{}", zone.name(), listed.join(",")));
            }
        }
        String::from_utf8(edit.apply()).unwrap_or(text)
    }
}

/// The rule of what has dates alone: its first start, and a time zone that is described for the years to come.
pub const ONCE: &str = "FREQ=DAILY;COUNT=1";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::incoming::rotation::Hours;
    use chrono::Weekday;

    fn of(turn: TimeDelta, hours: Vec<Hours>) -> Vec<(String, String, String, &'static str)> {
        let rotation = Rotation {
            name: String::new(),
            line: 1,
            group: 0,
            level: 0,
            zone: chrono_tz::Europe::London,
            anchor: "2026-11-30T09:00:00".parse().unwrap(),
            turn,
            sets: vec![vec![0], vec![1]],
            hours,
            bounds: Window::ALWAYS,
        };
        let after = resolve("2026-12-01T00:00:00".parse().unwrap(), rotation.zone);
        let text = |civil: Civil| civil.format("%a %-d %b %H:%M").to_string();
        recurring(&rotation, after).into_iter().map(|r| (text(r.start), text(r.end), r.rule, r.turn)).collect()
    }

    fn row(start: &str, end: &str, rule: &str, turn: &'static str) -> (String, String, String, &'static str) {
        (start.to_owned(), end.to_owned(), rule.to_owned(), turn)
    }

    #[test]
    fn whole_turns_recur_by_days_or_weeks() {
        assert_eq!(
            of(TimeDelta::days(7), vec![]),
            [row("Mon 7 Dec 09:00", "Mon 14 Dec 09:00", "FREQ=WEEKLY", "occurrence")]
        );
        assert_eq!(
            of(TimeDelta::days(1), vec![]),
            [row("Tue 1 Dec 09:00", "Wed 2 Dec 09:00", "FREQ=DAILY", "occurrence")]
        );
        assert_eq!(
            of(TimeDelta::days(14), vec![]),
            [row("Mon 14 Dec 09:00", "Mon 28 Dec 09:00", "FREQ=WEEKLY;INTERVAL=2", "occurrence")]
        );
        assert_eq!(
            of(TimeDelta::hours(12), vec![]),
            [
                row("Tue 1 Dec 09:00", "Tue 1 Dec 21:00", "FREQ=DAILY", "occurrence"),
                row("Tue 1 Dec 21:00", "Wed 2 Dec 09:00", "FREQ=DAILY", "occurrence"),
            ]
        );
    }

    #[test]
    fn nights_of_a_week_are_one_turn() {
        let nights = vec![Hours::Daily { at: 17 * 3_600, length: 16 * 3_600 }];
        assert_eq!(of(TimeDelta::days(7), nights), [row("Mon 7 Dec 17:00", "Tue 8 Dec 09:00", "FREQ=DAILY", "week")]);
    }

    #[test]
    fn weekdays_and_the_weekend_are_two_patterns() {
        let week = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu];
        let mut hours: Vec<Hours> = week.map(|day| Hours::Weekly { day, at: 18 * 3_600, length: 15 * 3_600 }).to_vec();
        hours.push(Hours::Weekly { day: Weekday::Fri, at: 18 * 3_600, length: 63 * 3_600 });
        assert_eq!(
            of(TimeDelta::days(7), hours),
            [
                row("Mon 7 Dec 18:00", "Tue 8 Dec 09:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH", "week"),
                row("Fri 11 Dec 18:00", "Mon 14 Dec 09:00", "FREQ=WEEKLY", "week"),
            ]
        );
    }

    #[test]
    fn what_does_not_come_back_by_days_is_no_pattern() {
        assert_eq!(of(TimeDelta::hours(7), vec![]), []);
    }
}
