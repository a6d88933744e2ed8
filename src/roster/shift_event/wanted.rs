//! An event as it should stand in a calendar, apart from its revision; and its digest.

use crate::ical::build::{Address, Alarm, Attendee, EventDraft, When};
use crate::time::{Instant, Window, Zone};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write};

/// STATUS of an event (RFC 5545 3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It takes place.
    Confirmed,
    /// It may.
    Tentative,
    /// It no longer does.
    Cancelled,
}

impl Status {
    /// The property value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "CONFIRMED",
            Self::Tentative => "TENTATIVE",
            Self::Cancelled => "CANCELLED",
        }
    }
}

/// PARTSTAT of the event's one attendee (RFC 5545 3.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// No answer yet.
    NeedsAction,
    /// Yes.
    Accepted,
    /// No answer that counts.
    Tentative,
    /// No.
    Declined,
}

impl Answered {
    /// The parameter value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsAction => "NEEDS-ACTION",
            Self::Accepted => "ACCEPTED",
            Self::Tentative => "TENTATIVE",
            Self::Declined => "DECLINED",
        }
    }
}

/// Organizer or attendee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// CN.
    pub name: String,
    /// Address without `mailto:`.
    pub email: String,
}

/// An event as it should stand in a calendar; SEQUENCE and stamps come with the writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// UID; also the object's name, with `.ics`.
    pub uid: String,
    /// SUMMARY.
    pub summary: String,
    /// DESCRIPTION.
    pub description: String,
    /// URL.
    pub url: Option<String>,
    /// When.
    pub window: Window,
    /// The zone in which the times are written.
    pub zone: Zone,
    /// STATUS.
    pub status: Status,
    /// TRANSP.
    pub transparent: bool,
    /// ORGANIZER; absent in calendars where nobody answers.
    pub organizer: Option<Party>,
    /// The one ATTENDEE and their PARTSTAT.
    pub attendee: Option<(Party, Answered)>,
    /// CATEGORIES.
    pub categories: Vec<String>,
    /// COMMENT.
    pub comment: Option<String>,
    /// The role, a change of which raises SEQUENCE.
    pub role: String,
    /// VALARM; only for the on-call phone.
    pub alarms: Vec<Alarm>,
}

/// What an event said when it was written, short enough to be kept beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// TRANSP as Dogwatch wanted it, so that the person's own choice can be told from it.
    pub transparent: bool,
    /// Over time, role, holder and status: a difference raises SEQUENCE.
    pub schedule: String,
    /// Over everything but the answer.
    pub text: String,
    /// PARTSTAT.
    pub answer: String,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transp = if self.transparent { 't' } else { 'o' };
        write!(f, "{transp}.{}.{}.{}", self.schedule, self.text, self.answer)
    }
}

impl Digest {
    /// Reads what [`Digest`] printed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let (transp, schedule, text, answer) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !matches!(transp, "t" | "o") {
            return None;
        }
        let owned = str::to_owned;
        Some(Self { transparent: transp == "t", schedule: owned(schedule), text: owned(text), answer: owned(answer) })
    }
}

impl Wanted {
    /// The digest of what is wanted.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let window = format!("{} {} {}", self.window.start, self.window.end, self.zone.name());
        let party = |party: &Party| format!("{} {}", party.name, party.email);
        let attendee = self.attendee.as_ref();
        let holder = attendee.map(|(who, _)| who.email.clone()).unwrap_or_default();
        let schedule = [self.uid.as_str(), &window, &self.role, &holder, self.status.as_str()];
        let text = [
            self.summary.as_str(),
            &self.description,
            self.url.as_deref().unwrap_or_default(),
            &self.organizer.as_ref().map(party).unwrap_or_default(),
            &attendee.map(|(who, _)| party(who)).unwrap_or_default(),
            &self.categories.join(","),
            self.comment.as_deref().unwrap_or_default(),
            if self.transparent { "transparent" } else { "opaque" },
        ];
        let alarms: Vec<String> = self.alarms.iter().map(|alarm| alarm.from_start.to_string()).collect();
        let schedule = hash(&schedule);
        let alarms = alarms.iter().map(String::as_str);
        let text: Vec<&str> = [schedule.as_str()].into_iter().chain(text).chain(alarms).collect();
        let text = hash(&text);
        let answer = attendee.map_or("", |(_, answered)| answered.as_str()).to_owned();
        Digest { transparent: self.transparent, schedule, text, answer }
    }

    /// As a draft of this revision; `stamp` is the moment of writing.
    #[must_use]
    pub fn draft(&self, sequence: i64, stamp: Instant) -> EventDraft {
        let address = |party: &Party| Address { name: party.name.clone(), email: party.email.clone() };
        let attendee = |(who, answered): &(Party, Answered)| Attendee {
            address: address(who),
            partstat: answered.as_str(),
            rsvp: *answered != Answered::Accepted,
        };
        let ends = (When::at(self.window.start, self.zone), When::at(self.window.end, self.zone));
        // Where one end can't be written in the zone, both are in UTC: they must be of one kind.
        let (start, end) = match ends {
            (When::Zoned(..), When::Zoned(..)) => ends,
            _ => (When::Utc(self.window.start), When::Utc(self.window.end)),
        };
        EventDraft {
            summary: self.summary.clone(),
            description: self.description.clone(),
            url: self.url.clone(),
            status: self.status.as_str(),
            transparent: self.transparent,
            organizer: self.organizer.as_ref().map(address),
            attendees: self.attendee.iter().map(attendee).collect(),
            categories: self.categories.clone(),
            sequence,
            alarms: self.alarms.clone(),
            extra: self.comment.iter().map(|text| ("COMMENT".to_owned(), text.clone())).collect(),
            ..EventDraft::new(self.uid.clone(), start, end, stamp)
        }
    }
}

/// Over the fields with their lengths; 128 bits are plenty against accidents.
fn hash(fields: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field.as_bytes());
    }
    let mut text = String::with_capacity(32);
    for byte in hasher.finalize().iter().take(16) {
        write!(text, "{byte:02x}").expect("a String takes everything");
    }
    text
}
