//! A snapshot as a calendar that can be subscribed to or imported, wherever it is served from.

use super::{Snapshot, Stand, TeamWatch, plain};
use crate::ical::build::{self, EventDraft, When};
use crate::time::Zone;
use chrono::TimeDelta;
use std::fmt::Write as _;

/// How often whoever subscribes is asked to come again.
const REFRESH: TimeDelta = TimeDelta::minutes(60);

/// All teams as one calendar: an event for each shift, and for each required one that nobody holds.
#[must_use]
pub fn calendar(snapshot: &Snapshot) -> String {
    let zone = snapshot.teams.first().map_or(Zone::UTC, |team| team.zone);
    build::feed("On call", zone, &drafts(snapshot), REFRESH)
}

/// The events, team by team.
pub(super) fn drafts(snapshot: &Snapshot) -> Vec<EventDraft> {
    let host = host(&snapshot.server);
    let of_team = |team: &TeamWatch| -> Vec<EventDraft> {
        team.shifts.iter().map(|stand| draft(snapshot, team, stand, &host)).collect()
    };
    snapshot.teams.iter().flat_map(of_team).collect()
}

fn draft(snapshot: &Snapshot, team: &TeamWatch, stand: &Stand, host: &str) -> EventDraft {
    let start = stand.start.millis() / 1000;
    let uid = match &stand.slot {
        Some(slot) => format!("oncall-{slot}.{}@{host}", stand.segment),
        None => format!("oncall-{}-{}-{start}@{host}", team.id, slug(&stand.role)),
    };
    let (from, to) = (When::at(stand.start, team.zone), When::at(stand.end, team.zone));
    // Both ends in one form, as RFC 5545 3.8.2.2 wants it.
    let (from, to) = match (&from, &to) {
        (When::Zoned(..), When::Zoned(..)) => (from, to),
        _ => (When::Utc(stand.start), When::Utc(stand.end)),
    };
    let mut draft = EventDraft::new(uid, from, to, snapshot.taken);
    let who = team.holder(stand).map_or("NOBODY", |person| person.name.as_str());
    draft.summary = format!("{}, {}: {who}", team.name, stand.role);
    draft.description = description(snapshot, team, stand);
    draft.transparent = true;
    draft.categories = vec!["On call".to_owned()];
    draft
}

fn description(snapshot: &Snapshot, team: &TeamWatch, stand: &Stand) -> String {
    let mut text = String::new();
    if let Some(person) = team.holder(stand) {
        for way in [&person.phone, &person.email].into_iter().flatten() {
            let _ = writeln!(text, "{way}");
        }
    }
    if stand.cover_asked {
        text.push_str("Cover is asked for.\n");
    }
    if !stand.page {
        text.push_str("Not paged.\n");
    }
    for contact in &team.escalation {
        let role = contact.role.as_ref().is_none_or(|role| *role == stand.role);
        if let Some(phone) = contact.phone.as_ref().filter(|_| role) {
            let _ = writeln!(text, "Escalation: {} {phone}", contact.name);
        }
    }
    let _ = write!(text, "As of {}.", snapshot.taken.civil(team.zone).format("%-d %b %Y %H:%M"));
    text
}

/// What a role is called in a UID.
fn slug(role: &str) -> String {
    let plain = plain(role).to_lowercase();
    plain.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(40).collect()
}

/// The host of an address, for UIDs.
fn host(url: &str) -> String {
    let rest = url.split("://").nth(1).unwrap_or(url);
    rest.split(['/', ':']).next().unwrap_or(rest).chars().filter(|c| c.is_ascii_graphic()).collect()
}
