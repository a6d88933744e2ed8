//! What a person wants to be reminded of, and when they want to be left alone.

use crate::time::{DAY, Instant, Zone, resolve};
use chrono::{Days, NaiveTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Hours of the day in which nobody is told what can wait, on their own wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: NaiveTime,
    until: NaiveTime,
}

impl QuietHours {
    /// Whether a moment lies in them, as clocks show it in a zone. Where both ends are the same, none does.
    #[must_use]
    pub fn contains(self, at: Instant, zone: Zone) -> bool {
        let time = at.civil(zone).time();
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            self.from <= time || time < self.until
        }
    }

    /// When they are over that a moment lies in, as clocks show it; the moment itself where it lies in none.
    #[must_use]
    pub fn over_by(self, at: Instant, zone: Zone) -> Instant {
        if !self.contains(at, zone) {
            return at;
        }
        let now = at.civil(zone);
        // Where clocks go forward, the minutes between the end and the next beginning may not be shown at all one day.
        let days = [0, 1, 2].into_iter().filter_map(|days| now.date().checked_add_days(Days::new(days)));
        let shown = days.map(|day| resolve(day.and_time(self.until), zone));
        // Where clocks go back, their end may be shown twice, and only the second time be to come.
        let counted = (self.until - now.time()).num_milliseconds().rem_euclid(DAY);
        let ends = shown.chain([at.plus_millis(counted)]);
        ends.filter(|end| at < *end && !self.contains(*end, zone)).min().unwrap_or(at)
    }
}

impl Default for QuietHours {
    /// From ten at night to seven in the morning.
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self { from: hour(22), until: hour(7) }
    }
}

/// `22:00-07:00`
impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from.format("%H:%M"), self.until.format("%H:%M"))
    }
}

impl FromStr for QuietHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let time = |text: &str| NaiveTime::parse_from_str(text.trim(), "%H:%M").ok();
        let both = text.split_once('-').and_then(|(from, until)| Some((time(from)?, time(until)?)));
        let (from, until) = both.ok_or_else(|| format!("{text:?} must be like 22:00-07:00"))?;
        Ok(Self { from, until })
    }
}

impl TryFrom<String> for QuietHours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        hours.to_string()
    }
}

/// What people are reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Matter {
    /// A month of availability that is not confirmed.
    Month,
    /// A shift that begins within a day.
    Shift,
    /// An offer that is not answered.
    Offer,
    /// A qualification that lapses.
    Qualification,
    /// A gap in the next two weeks; for managers.
    Gap,
}

impl Matter {
    /// Every matter.
    pub const ALL: [Self; 5] = [Self::Month, Self::Shift, Self::Offer, Self::Qualification, Self::Gap];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Shift => "shift",
            Self::Offer => "offer",
            Self::Qualification => "qualification",
            Self::Gap => "gap",
        }
    }

    /// The matter of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|matter| matter.word() == word)
    }
}

/// What one person chose; what is absent is as the configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choice {
    /// When to be left alone.
    pub quiet: Option<QuietHours>,
    /// What not to be reminded of.
    pub without: BTreeSet<Matter>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{LONDON, span};
    use crate::time::MINUTE;

    fn at(text: &str) -> Instant {
        span(text, text).start
    }

    #[test]
    fn a_night_is_quiet_on_both_sides_of_midnight_by_the_persons_own_clock() {
        let night = QuietHours::default();
        for (time, quiet) in [("21:59", false), ("22:00", true), ("00:00", true), ("06:59", true), ("07:00", false)] {
            assert_eq!(night.contains(at(&format!("2026-12-01T{time}:00")), LONDON), quiet, "{time}");
        }
        let tokyo = chrono_tz::Asia::Tokyo;
        assert!(night.contains(at("2026-12-01T14:00:00"), tokyo), "23:00 there");
        // The night in which clocks go forward has an hour less of it.
        let spring = |hours| at("2027-03-27T22:00:00").plus_hours(hours);
        assert_eq!((night.contains(spring(7), LONDON), night.contains(spring(8), LONDON)), (true, false));
    }

    #[test]
    fn quiet_hours_are_over_when_clocks_show_their_end() {
        let night = QuietHours::default();
        for (from, over) in [
            ("2026-12-01T21:59:00", "2026-12-01T21:59:00"),
            ("2026-12-01T22:00:00", "2026-12-02T07:00:00"),
            ("2026-12-02T06:59:59", "2026-12-02T07:00:00"),
            ("2027-03-27T22:00:00", "2027-03-28T07:00:00"),
        ] {
            assert_eq!(night.over_by(at(from), LONDON), at(over), "{from}");
        }
        let early: QuietHours = "22:00-01:30".parse().unwrap();
        let again = at("2027-10-31T00:30:00").plus_millis(90 * MINUTE);
        assert_eq!(early.over_by(again, LONDON), again.plus_millis(30 * MINUTE), "01:30 is shown a second time");
        // 01:30 of that night is on no clock.
        assert_eq!(early.over_by(at("2027-03-28T00:30:00"), LONDON), at("2027-03-28T02:30:00"));
        // Nor are the only three minutes that this one leaves.
        let nearly_always: QuietHours = "01:03-01:00".parse().unwrap();
        assert_eq!(nearly_always.over_by(at("2027-03-27T12:00:00"), LONDON), at("2027-03-29T01:00:00"));
    }

    #[test]
    fn hours_are_typed_as_they_are_shown() {
        let noon: QuietHours = "12:00-13:30".parse().unwrap();
        assert_eq!(noon.to_string(), "12:00-13:30");
        assert!(noon.contains(at("2026-12-01T13:29:00"), LONDON) && !noon.contains(at("2026-12-01T13:30:00"), LONDON));
        let never: QuietHours = "00:00-00:00".parse().unwrap();
        assert!(!never.contains(at("2026-12-01T00:00:00"), LONDON));
        assert!("22-7".parse::<QuietHours>().unwrap_err().contains("22:00-07:00"));
        let choice = Choice { quiet: Some(noon), without: BTreeSet::from([Matter::Gap]) };
        let text = serde_json::to_string(&choice).unwrap();
        assert_eq!(text, r#"{"quiet":"12:00-13:30","without":["gap"]}"#);
        assert_eq!(serde_json::from_str::<Choice>(&text).unwrap(), choice);
    }
}
