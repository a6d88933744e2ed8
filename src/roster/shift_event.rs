//! What a shift, an offer and a team's roster look like as events: texts and fields from plain data, and a digest by
//! which an event that has not changed is left alone. Writing them into calendars is `service::render`.

mod facts;
mod text;
mod wanted;

pub use facts::{Cover, CoverOffer, HeldShift, Note, Partner, Seam};
pub use text::handover_note;
pub use wanted::{Answered, Digest, Party, Status, Wanted};

use crate::ical::build::Alarm;
use crate::ids::{PersonId, SlotId};
use crate::roster::model::{Answer, Person};

/// The UID of a person's copy of a shift, and of the offer that may become it. Part 0 goes without a number.
#[must_use]
pub fn shift_uid(slot: &SlotId, segment: u32, person: &PersonId, host: &str) -> String {
    format!("shift-{}-{person}@{host}", part(slot, segment))
}

/// The UID of the plain event in the team's roster calendar. It differs from everybody's own copy, because one UID must
/// not stand twice in a home.
#[must_use]
pub fn roster_uid(slot: &SlotId, segment: u32, host: &str) -> String {
    format!("roster-{}@{host}", part(slot, segment))
}

/// The UID of a person's copy of the event at the seam where a shift begins.
#[must_use]
pub fn handover_uid(slot: &SlotId, segment: u32, person: &PersonId, host: &str) -> String {
    format!("handover-{}-{person}@{host}", part(slot, segment))
}

fn part(slot: &SlotId, segment: u32) -> String {
    if segment == 0 { slot.to_string() } else { format!("{slot}.{segment}") }
}

/// The person's own copy of a shift, which they may answer.
#[must_use]
pub fn shift_event(held: &HeldShift<'_>, host: &str) -> Wanted {
    let title = text::title(&held.team.name, &held.shift.role);
    let prefix = match &held.cover {
        Some(cover) if cover.proposed => "On call (swap proposed)",
        Some(_) => "On call (cover asked for)",
        None => "On call",
    };
    Wanted {
        uid: shift_uid(&held.shift.slot, held.shift.segment, &held.person.id, host),
        summary: format!("{prefix}: {title}"),
        description: text::shift_description(held),
        url: Some(held.page.clone()),
        window: held.shift.window,
        zone: held.shift.zone,
        status: Status::Confirmed,
        transparent: held.team.settings.transparent_shifts,
        organizer: Some(organizer(&held.team.name, &held.team.email)),
        attendee: Some((party(held.person), answered(held.shift.answer))),
        categories: text::categories(&held.shift.role),
        comment: None,
        role: held.shift.role.clone(),
        alarms: Vec::new(),
    }
}

/// The plain event of a shift in the team's roster calendar: nobody can answer it, and no link stands in it.
#[must_use]
pub fn roster_event(held: &HeldShift<'_>, host: &str) -> Wanted {
    let own = shift_event(held, host);
    Wanted {
        uid: roster_uid(&held.shift.slot, held.shift.segment, host),
        summary: text::roster_title(&held.shift.role, Some(&held.person.name), held.cover.is_some()),
        description: text::roster_description(held),
        transparent: true,
        organizer: None,
        attendee: None,
        ..own
    }
}

/// The event of a required slot that nobody holds, in the team's roster calendar.
#[must_use]
pub fn gap_event(shift: &crate::roster::model::Shift, page: &str, host: &str) -> Wanted {
    Wanted {
        uid: roster_uid(&shift.slot, shift.segment, host),
        summary: text::roster_title(&shift.role, None, false),
        description: "Nobody holds this shift.".to_owned(),
        url: Some(page.to_owned()),
        window: shift.window,
        zone: shift.zone,
        status: Status::Tentative,
        transparent: true,
        organizer: None,
        attendee: None,
        categories: text::categories(&shift.role),
        comment: None,
        role: shift.role.clone(),
        alarms: Vec::new(),
    }
}

/// The event at a seam, in the calendar of one of the two; nobody answers it.
#[must_use]
pub fn handover_event(seam: &Seam<'_>, person: &Person, page: &str, host: &str) -> Wanted {
    let shift = seam.shift;
    Wanted {
        uid: handover_uid(&shift.slot, shift.segment, &person.id, host),
        summary: format!(
            "Handover: {}, {} to {}",
            text::title(&seam.team.name, &shift.role),
            seam.from.name,
            seam.to.name
        ),
        description: text::handover_description(seam),
        url: Some(page.to_owned()),
        window: seam.meeting,
        zone: shift.zone,
        status: Status::Confirmed,
        transparent: seam.team.settings.transparent_shifts,
        organizer: None,
        attendee: None,
        categories: vec!["HANDOVER".to_owned()],
        comment: None,
        role: shift.role.clone(),
        alarms: Vec::new(),
    }
}

/// The same shift or handover as the on-call phone shows it, which rings: read-only, and under a UID of its own, because
/// one UID must not stand twice in a home.
#[must_use]
pub fn alarm_event(own: &Wanted, alarms: &[Alarm]) -> Wanted {
    Wanted {
        uid: format!("alarm-{}", own.uid.strip_prefix("shift-").unwrap_or(&own.uid)),
        transparent: true,
        organizer: None,
        attendee: None,
        alarms: alarms.to_vec(),
        ..own.clone()
    }
}

/// A swap as put to one person, under the UID that their shift would have.
#[must_use]
pub fn offer_event(offer: &CoverOffer<'_>, host: &str) -> Wanted {
    Wanted {
        uid: shift_uid(&offer.shift.slot, offer.shift.segment, &offer.person.id, host),
        summary: format!(
            "{} {}",
            if offer.proposed.is_empty() { "Cover?" } else { "Swap?" },
            text::title(&offer.team.name, &offer.shift.role)
        ),
        description: text::offer_description(offer),
        url: Some(offer.link.clone()),
        window: offer.shift.window,
        zone: offer.shift.zone,
        status: Status::Tentative,
        transparent: offer.team.settings.transparent_shifts,
        organizer: Some(organizer(&offer.team.name, &offer.team.email)),
        attendee: Some((party(offer.person), offer.answered)),
        categories: text::categories(&offer.shift.role),
        comment: None,
        role: offer.shift.role.clone(),
        alarms: Vec::new(),
    }
}

/// The same event when the offer is over; `why` says so, in a sentence. It stays a day, so that every device hears of it.
#[must_use]
pub fn cancelled_offer(offer: &CoverOffer<'_>, why: &str, host: &str) -> Wanted {
    Wanted {
        description: why.to_owned(),
        url: Some(offer.page.clone()),
        status: Status::Cancelled,
        transparent: true,
        comment: Some(format!("Dogwatch: {why}")),
        attendee: Some((party(offer.person), Answered::NeedsAction)),
        ..offer_event(offer, host)
    }
}

/// When something is, as the texts of events say it.
#[must_use]
pub fn when(window: crate::time::Window, zone: crate::time::Zone) -> String {
    text::span(window, zone)
}

fn organizer(team: &str, email: &str) -> Party {
    Party { name: format!("{team} on-call"), email: email.to_owned() }
}

fn party(person: &Person) -> Party {
    Party { name: person.name.clone(), email: person.email.clone() }
}

fn answered(answer: Answer) -> Answered {
    match answer {
        Answer::NeedsAction => Answered::NeedsAction,
        Answer::Accepted => Answered::Accepted,
        Answer::Tentative => Answered::Tentative,
    }
}

#[cfg(test)]
mod tests;
