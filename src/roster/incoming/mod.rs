//! Rosters as other tools tell them: an export of PagerDuty, Opsgenie or Grafana OnCall, or a calendar, read into plain
//! shifts, people and rotations. Who these people are here is for the caller to find out.
//!
//! Each reader knows one tool's public format; [`rotation`] turns people who take turns into shifts, [`layers`] lets what
//! stands above another take its place, and [`demand`] says which pattern a rotation is.

mod calendar;
pub mod demand;
mod json;
pub mod layers;
mod oncall;
mod opsgenie;
mod pagerduty;
pub mod rotation;

#[cfg(test)]
mod tests;

use crate::time::{DAY, Instant, Window, Zone};
use layers::Span;
use rotation::Rotation;
use std::fmt;

/// Shifts that one file may hold.
pub const MOST_SHIFTS: usize = 10_000;

/// Days that one shift may last: a month and its seams.
pub const LONGEST_DAYS: i64 = 32;

/// What wrote the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A calendar, or the feed of any tool.
    Ics,
    /// Answers of PagerDuty's REST API v2.
    PagerDuty,
    /// Answers of Opsgenie's schedule API.
    Opsgenie,
    /// Answers of Grafana OnCall's HTTP API, or its calendar export.
    GrafanaOncall,
}

impl Format {
    /// As commands and the audit trail name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ics => "ics",
            Self::PagerDuty => "pagerduty",
            Self::Opsgenie => "opsgenie",
            Self::GrafanaOncall => "grafana-oncall",
        }
    }
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Wrong {
    /// `line 12`, or a path such as `schedule.schedule_layers[0].start`.
    pub place: String,
    /// What is wrong there, and what to do about it.
    pub problem: String,
}

impl Wrong {
    fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

/// Somebody, as far as the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// Addresses in lower case.
    pub emails: Vec<String>,
    /// Full names, user names and ids by which the file calls them, the most telling first.
    pub names: Vec<String>,
    /// Line of the file in which they are first named, from 1.
    pub line: usize,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.names.first(), self.emails.first()) {
            (Some(name), Some(email)) if name != email => write!(f, "{name} ({email})"),
            (Some(one), _) | (None, Some(one)) => f.write_str(one),
            (None, None) => f.write_str("somebody without a name"),
        }
    }
}

/// One person's duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duty {
    /// When.
    pub window: Window,
    /// Place in [`Incoming::people`].
    pub who: usize,
    /// Roles it may be, as the file names them; the caller's where none is known.
    pub roles: Vec<String>,
    /// The zone in which its times are meant.
    pub zone: Zone,
    /// Line of the file, from 1.
    pub line: usize,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// Everybody it names in a duty, each once.
    pub people: Vec<Who>,
    /// Duties, by start.
    pub duties: Vec<Duty>,
    /// Who takes turns, where the tool says so.
    pub rotations: Vec<Rotation>,
    /// What was left out, as sentences.
    pub notes: Vec<String>,
}

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The zone of times that name none.
    pub zone: Zone,
    /// The moment from which rotations are counted out into shifts.
    pub now: Instant,
    /// From when and until when duties are wanted: those that touch it.
    pub window: Window,
    /// Whether the caller named the end of the window: rotations go on for ever.
    pub ends: bool,
}

/// Reads a file.
///
/// # Errors
/// [`Wrong`] names the line or the place in the document, and what to do.
pub fn read(format: Format, text: &str, reading: &Reading) -> Result<Incoming, Wrong> {
    let looks_like_a_calendar = text.trim_start().starts_with("BEGIN:VCALENDAR");
    let mut incoming = match format {
        Format::Ics => calendar::read(text, reading)?,
        // all three also publish their schedules as calendars
        _ if looks_like_a_calendar => calendar::read(text, reading)?,
        Format::PagerDuty => pagerduty::read(text, reading)?,
        Format::Opsgenie => opsgenie::read(text, reading)?,
        Format::GrafanaOncall => oncall::read(text, reading)?,
    };
    incoming.duties.retain(|duty| duty.window.millis() > 0 && duty.window.overlaps(reading.window));
    if let Some(long) = incoming.duties.iter().find(|duty| duty.window.millis() > LONGEST_DAYS * DAY) {
        let problem =
            format!("a shift of more than {LONGEST_DAYS} days; split it, or leave it out with --from and --to");
        return Err(Wrong::new(format!("line {}", long.line), problem));
    }
    incoming.duties.sort_by_key(|duty| (duty.window, duty.who));
    incoming.duties.dedup_by(|b, a| (a.window, a.who, &a.roles) == (b.window, b.who, &b.roles));
    if incoming.duties.len() > MOST_SHIFTS {
        let problem = format!("more than {MOST_SHIFTS} shifts; import it in parts with --from and --to");
        return Err(Wrong::new("the file", problem));
    }
    Ok(incoming)
}

/// The duties that rotations and overrides come to, where the file holds no shifts that were counted out by the tool.
fn counted_out(incoming: &mut Incoming, overrides: Vec<Span>, reading: &Reading) -> Result<(), Wrong> {
    if incoming.rotations.is_empty() && overrides.is_empty() {
        return Ok(());
    }
    if !reading.ends {
        let problem = "holds rotations but no shifts with dates; say with --to until when they are to be counted out, \
                       or export the shifts too";
        return Err(Wrong::new("the file", problem));
    }
    // What was stood in the past is not what the rotation says today.
    let start = reading.window.start.max(reading.now);
    let window = Window::new(start, reading.window.end.max(start));
    let mut spans = Vec::new();
    for rotation in &incoming.rotations {
        spans.extend(rotation.spans(window, MOST_SHIFTS).ok_or_else(|| {
            Wrong::new(format!("line {}", rotation.line), format!("more than {MOST_SHIFTS} shifts until then"))
        })?);
    }
    spans.extend(overrides.into_iter().filter(|span| span.window.overlaps(window)));
    incoming.duties.extend(layers::flattened(spans).into_iter().map(|span| Duty {
        window: span.window,
        who: span.who,
        roles: Vec::new(),
        zone: span.zone,
        line: span.line,
    }));
    incoming
        .notes
        .push("only rotations are in the file: what was stood before today is not known from them".to_owned());
    Ok(())
}
