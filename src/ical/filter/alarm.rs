//! When alarms go off, for time ranges on VALARM (RFC 4791 9.9).

use crate::ical::tree::Component;
use crate::ical::value::{self, DateOrTime};
use crate::time::{DAY, Instant, Window};

/// Repetitions of one alarm that are looked at.
const MAX_REPEAT: i64 = 1_000;

/// What an alarm's first trigger is measured from, in milliseconds where relative.
enum First {
    At(Instant),
    AfterStart(i64),
    AfterEnd(i64),
}

/// One VALARM.
pub(super) struct Alarm {
    first: First,
    repeat: i64,
    every: i64,
}

impl Alarm {
    /// Reads a VALARM; nothing where its trigger cannot be read.
    pub(super) fn read(alarm: Component<'_>) -> Option<Self> {
        let trigger = alarm.property("TRIGGER")?;
        let millis = |text: &str| {
            let length = value::duration(text).ok()?;
            Some(length.days * DAY + length.seconds * 1_000)
        };
        let first = match millis(trigger.value()) {
            Some(after) if trigger.param("RELATED").is_some_and(|r| r.eq_ignore_ascii_case("END")) => {
                First::AfterEnd(after)
            }
            Some(after) => First::AfterStart(after),
            None => match value::date_or_time(trigger).ok()? {
                DateOrTime::Utc(at) => First::At(at),
                _ => return None,
            },
        };
        let every = alarm.property("DURATION").and_then(|p| millis(p.value())).filter(|every| *every > 0);
        let repeat = alarm.property("REPEAT").and_then(|p| p.value().trim().parse::<i64>().ok()).unwrap_or(0);
        Some(Self { first, repeat: every.map_or(0, |_| repeat.clamp(0, MAX_REPEAT)), every: every.unwrap_or(0) })
    }

    /// How far from its instance it may go off, in milliseconds; nothing where it has a time of its own.
    pub(super) fn reach(&self) -> Option<i64> {
        match self.first {
            First::At(_) => None,
            First::AfterStart(after) | First::AfterEnd(after) => Some(after.abs() + self.repeat * self.every),
        }
    }

    /// Whether it goes off inside the window for an instance at `of`.
    pub(super) fn goes_off(&self, of: Window, asked: Window) -> bool {
        let first = match self.first {
            First::At(at) => at,
            First::AfterStart(after) => of.start.plus_millis(after),
            First::AfterEnd(after) => of.end.plus_millis(after),
        };
        (0..=self.repeat).any(|n| asked.contains(first.plus_millis(n * self.every)))
    }
}
