//! The sentences in shift and offer events.

use super::{CoverOffer, HeldShift, Seam};
use crate::roster::model::{Contact, Person, Team};
use crate::time::{Instant, Window, Zone};

/// What a person writes behind this, in the description of their shift, is the handover note.
pub(super) const NOTE_HEADING: &str = "Handover note:";

/// `Payments, primary`.
pub(super) fn title(team: &str, role: &str) -> String {
    format!("{team}, {role}")
}

/// `primary: Ada Moreau`.
pub(super) fn roster_title(role: &str, holder: Option<&str>, cover_asked: bool) -> String {
    let cover = if cover_asked { " (cover asked for)" } else { "" };
    format!("{role}: {}{cover}", holder.unwrap_or("nobody"))
}

pub(super) fn categories(role: &str) -> Vec<String> {
    vec!["ON-CALL".to_owned(), role.to_uppercase()]
}

pub(super) fn shift_description(held: &HeldShift<'_>) -> String {
    let mut blocks = Vec::new();
    if let Some(cover) = &held.cover {
        let mut lines = vec![if cover.proposed {
            "A swap is proposed. Until everybody agrees you stay responsible.".to_owned()
        } else {
            "Cover is asked for. Until somebody agrees you stay responsible.".to_owned()
        }];
        lines.extend(cover.reason.as_ref().map(|reason| format!("Your reason: {reason}")));
        lines.extend(cover.promised.as_ref().map(|who| format!("{who} agreed; a manager has to approve.")));
        lines.push(if cover.whole_turn {
            "It is asked for the whole turn. To stand the turn after all, accept this event.".to_owned()
        } else {
            "To stand it after all, accept this event.".to_owned()
        });
        blocks.push(lines.join("\n"));
    }
    if !held.collisions.is_empty() {
        let when: Vec<String> = held.collisions.iter().map(|window| span(*window, held.shift.zone)).collect();
        blocks.push(format!("Your availability says no: {}.", when.join("; ")));
    }
    blocks.push(watch(held));
    blocks.extend(contacts(held.team, &held.shift.role));
    if let Some(note) = &held.handed {
        blocks.push(format!("Note from {}: {}", note.from, note.text));
    }
    blocks.extend(held.link.as_ref().map(|link| format!("Can't make it: {link}")));
    let note = held.shift.note.as_deref().unwrap_or_default();
    blocks.push(format!("{NOTE_HEADING} {note}").trim_end().to_owned());
    blocks.join("\n\n")
}

/// For the team's calendar: no link and no personal matters.
pub(super) fn roster_description(held: &HeldShift<'_>) -> String {
    let mut blocks = vec![watch(held)];
    if let Some(phone) = &held.person.phone {
        blocks.insert(0, format!("{}: {phone}", held.person.name));
    }
    blocks.extend(contacts(held.team, &held.shift.role));
    blocks.join("\n\n")
}

fn watch(held: &HeldShift<'_>) -> String {
    let mut lines = vec![format!("Role: {}", held.shift.role)];
    for partner in &held.partners {
        let phone = partner.phone.as_ref().map(|phone| format!(", {phone}")).unwrap_or_default();
        lines.push(format!("With: {} ({}){phone}", partner.name, partner.role));
    }
    let at = |moment: Instant| clock(moment, held.shift.zone);
    if let Some(who) = &held.takes_over_from {
        lines.push(format!("Takes over from: {who}, {}", at(held.shift.window.start)));
    }
    if let Some(who) = &held.hands_over_to {
        lines.push(format!("Hands over to: {who}, {}", at(held.shift.window.end)));
    }
    lines.join("\n")
}

fn contacts(team: &Team, role: &str) -> Option<String> {
    let concerns = |contact: &&Contact| contact.role.as_deref().is_none_or(|only| only == role);
    let lines: Vec<String> = team
        .contacts
        .iter()
        .filter(concerns)
        .zip(1..)
        .map(|(contact, place)| format!("{place}. {}, {}", contact.name, contact.phone))
        .collect();
    (!lines.is_empty()).then(|| format!("Escalation:\n{}", lines.join("\n")))
}

pub(super) fn handover_description(seam: &Seam<'_>) -> String {
    let (shift, zone) = (seam.shift, seam.shift.zone);
    let reached = |person: &Person| person.phone.as_ref().map(|phone| format!("{}: {phone}", person.name));
    let mut lines = vec![format!(
        "{} hands over to {} as {}, {} {} ({zone}).",
        seam.from.name,
        seam.to.name,
        shift.role,
        day(shift.window.start, zone),
        clock(shift.window.start, zone)
    )];
    lines.extend([seam.from, seam.to].into_iter().filter_map(reached));
    let note = format!("{NOTE_HEADING} {}", seam.note.unwrap_or_default());
    format!("{}\n\n{}", lines.join("\n"), note.trim_end())
}

pub(super) fn offer_description(offer: &CoverOffer<'_>) -> String {
    let asks = if offer.proposed.is_empty() { "asks for cover" } else { "proposes a swap" };
    let mut lines = vec![format!("{} {asks}.", offer.requester.name)];
    lines.extend(offer.reason.as_ref().map(|reason| format!("Why: {reason}")));
    lines.push(format!("When: {}", span(offer.shift.window, offer.shift.zone)));
    if !offer.beside.is_empty() {
        let others: Vec<String> = offer.beside.iter().map(|window| span(*window, offer.shift.zone)).collect();
        lines.push(format!("Together with: {}", others.join("; ")));
    }
    lines.extend(offer.proposed.iter().cloned());
    let mut blocks = vec![lines.join("\n")];
    if !offer.load.is_empty() {
        blocks.push(offer.load.join("\n"));
    }
    blocks.push(format!(
        "The first who agrees has {}. An answer counts until {} {}.",
        if offer.beside.is_empty() { "it" } else { "all of them" },
        day(offer.until, offer.shift.zone),
        clock(offer.until, offer.shift.zone)
    ));
    blocks.push(format!("Accept or decline this event, or answer here: {}", offer.link));
    blocks.join("\n\n")
}

/// The handover note in the description of a shift that came back from a calendar app: what stands behind the heading.
#[must_use]
pub fn handover_note(description: &str) -> Option<String> {
    let at = description.rfind(NOTE_HEADING)?;
    let note = description.get(at + NOTE_HEADING.len()..)?.trim();
    (!note.is_empty()).then(|| note.to_owned())
}

/// `Wed 2 Dec 2026 09:00 to 17:00 (Europe/London)`
pub(super) fn span(window: Window, zone: Zone) -> String {
    let (from, to) = (window.start, window.end);
    if from.civil(zone).date() == to.civil(zone).date() {
        return format!("{} {} to {} ({zone})", day(from, zone), clock(from, zone), clock(to, zone));
    }
    format!("{} {} to {} {} ({zone})", day(from, zone), clock(from, zone), day(to, zone), clock(to, zone))
}

fn day(at: Instant, zone: Zone) -> String {
    at.civil(zone).format("%a %-d %b %Y").to_string()
}

fn clock(at: Instant, zone: Zone) -> String {
    at.civil(zone).format("%H:%M").to_string()
}
