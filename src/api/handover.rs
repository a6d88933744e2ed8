//! Handover notes: what is left for whoever comes on.

use super::extract::{Caller, Json, Params};
use super::{Answer, scope};
use crate::ids::SlotId;
use crate::service::Service;
use crate::service::handover::{Handover, Neighbour};
use crate::service::pages::Thing;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which part of a slot.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PartQuery {
    /// Of a slot that is stood in parts: which one, from 0. Otherwise the caller's own, or the first that has not ended.
    segment: Option<u32>,
}

/// A note to be left.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteRequest {
    /// Null or nothing takes it back.
    note: Option<String>,
}

/// A shift with what was left for it, and what is left for the next.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandoverDocument {
    slot: String,
    segment: u32,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    person: Option<String>,
    name: Option<String>,
    /// What the holder leaves for whoever comes on.
    note: Option<String>,
    /// Who hands over at the start, with their note.
    from: Option<NeighbourDocument>,
    /// Who takes over at the end.
    to: Option<NeighbourDocument>,
}

/// Somebody on the other side of a seam.
#[derive(Debug, Serialize, ToSchema)]
pub struct NeighbourDocument {
    person: String,
    name: String,
    note: Option<String>,
}

impl From<&Handover> for HandoverDocument {
    fn from(seen: &Handover) -> Self {
        let shift = &seen.shift;
        let neighbour = |other: &Neighbour| NeighbourDocument {
            person: other.person.to_string(),
            name: other.name.clone(),
            note: other.note.clone(),
        };
        Self {
            slot: shift.slot.to_string(),
            segment: shift.segment,
            role: shift.role.clone(),
            start: shift.window.start.rfc3339(shift.zone),
            end: shift.window.end.rfc3339(shift.zone),
            person: shift.person.as_ref().map(ToString::to_string),
            name: seen.name.clone(),
            note: shift.note.clone(),
            from: seen.before.as_ref().map(neighbour),
            to: seen.after.as_ref().map(neighbour),
        }
    }
}

/// What was left for a shift, and what its holder leaves; for its team
#[utoipa::path(get, path = "/api/v1/slots/{slot}/handover", tag = "on-call", params(("slot" = String, Path), PartQuery),
    responses((status = 200, body = HandoverDocument)))]
pub async fn show(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(slot): Path<SlotId>,
    Params(part): Params<PartQuery>,
) -> Answer<HandoverDocument> {
    let seen = service.handover(&actor, &slot, part.segment).await;
    let seen = scope::of_thing(&service, &actor, Thing::Slot(slot), seen).await?;
    Ok(axum::Json(HandoverDocument::from(&seen)))
}

/// Leave a note for whoever comes on; its holder, a delegate of theirs and managers may
#[utoipa::path(put, path = "/api/v1/slots/{slot}/handover", tag = "on-call", params(("slot" = String, Path), PartQuery),
    request_body = NoteRequest, responses((status = 200, body = HandoverDocument),
    (status = 409, description = "Nobody holds the shift", body = super::openapi::ProblemDocument)))]
pub async fn leave(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(slot): Path<SlotId>,
    Params(part): Params<PartQuery>,
    Json(request): Json<NoteRequest>,
) -> Answer<HandoverDocument> {
    let done = service.leave_handover(&actor, &slot, part.segment, request.note).await;
    let seen = scope::of_thing(&service, &actor, Thing::Slot(slot), done).await?;
    Ok(axum::Json(HandoverDocument::from(&seen)))
}
