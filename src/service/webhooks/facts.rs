//! What receivers are told about people, shifts and teams: identifiers and names, and moments in UTC. No addresses, no
//! telephone numbers, and nobody's reasons. docs/webhooks.md describes it: members are added, never renamed or removed.

use crate::ids::PersonId;
use crate::roster::model::{Shift, Team};
use crate::store::{Connection, StoreError, people};
use crate::time::{Instant, Window, Zone};
use serde_json::{Value as Json, json};

/// A team.
pub(super) fn team(team: &Team) -> Json {
    json!({ "id": team.id, "name": team.name, "zone": team.zone.name() })
}

/// A person.
pub(super) fn person(tx: &mut dyn Connection, id: &PersonId) -> Result<Json, StoreError> {
    let name = people::find(tx, id)?.map(|person| person.name);
    Ok(json!({ "id": id, "name": name }))
}

/// A person, or nobody.
pub(super) fn somebody(tx: &mut dyn Connection, id: Option<&PersonId>) -> Result<Json, StoreError> {
    id.map_or(Ok(Json::Null), |id| person(tx, id))
}

/// A shift with its holder.
pub(super) fn shift(tx: &mut dyn Connection, shift: &Shift) -> Result<Json, StoreError> {
    let mut facts = part((shift.slot.as_str(), shift.segment), &shift.role, shift.window);
    if let Json::Object(members) = &mut facts {
        members.insert("person".to_owned(), somebody(tx, shift.person.as_ref())?);
    }
    Ok(facts)
}

/// A part of a slot.
pub(super) fn part((slot, segment): (&str, u32), role: &str, window: Window) -> Json {
    json!({ "slot": slot, "segment": segment, "role": role, "start": utc(window.start), "end": utc(window.end) })
}

/// A moment, as `2026-12-01T09:00:00Z`.
pub(super) fn utc(at: Instant) -> String {
    at.rfc3339(Zone::UTC).replace("+00:00", "Z")
}

/// The same moment of a text with another offset; what is no such text stays.
pub(super) fn in_utc(text: &str) -> String {
    chrono::DateTime::parse_from_rfc3339(text).map_or_else(|_| text.to_owned(), |at| utc(at.to_utc().into()))
}
