//! What a change would do, and why a roster is as it is: asked by managers before they decide.

use super::explained::{EffectDocument, RosterExplainedDocument, SlotExplainedDocument, WhatIfRequest};
use super::of_roster;
use crate::api::Answer;
use crate::api::extract::{Caller, Json};
use crate::ids::{PersonId, RosterId, SlotId};
use crate::roster::what_if::Change;
use crate::service::Service;
use axum::extract::{Path, State};

/// What some changes to a roster would do, made together; nothing is stored
#[utoipa::path(post, path = "/api/v1/rosters/{id}/what-if", tag = "rosters", params(("id" = String, Path)),
    request_body = WhatIfRequest, responses((status = 200, body = EffectDocument),
    (status = 409, description = "A slot has started", body = crate::api::openapi::ProblemDocument)))]
pub async fn what_if(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    Json(request): Json<WhatIfRequest>,
) -> Answer<EffectDocument> {
    let change = |(slot, person): (String, Option<String>)| Change {
        slot: SlotId::new(slot),
        person: person.map(PersonId::new),
    };
    let changes: Vec<Change> = request.changes.into_iter().map(|one| change((one.slot, one.person))).collect();
    let found = service.what_if(&actor, &id, &changes).await;
    Ok(axum::Json(EffectDocument::from(&of_roster(&service, &actor, &id, found).await?)))
}

/// Everybody for one slot: why, why not, and what choosing them would cost
#[utoipa::path(get, path = "/api/v1/rosters/{id}/slots/{slot}/explain", tag = "rosters",
    params(("id" = String, Path), ("slot" = String, Path)), responses((status = 200, body = SlotExplainedDocument),
    (status = 409, description = "The slot has started", body = crate::api::openapi::ProblemDocument)))]
pub async fn slot(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((id, slot)): Path<(RosterId, SlotId)>,
) -> Answer<SlotExplainedDocument> {
    let found = service.explain_slot(&actor, &id, &slot).await;
    Ok(axum::Json(SlotExplainedDocument::from(&of_roster(&service, &actor, &id, found).await?)))
}

/// A roster's gaps with their reasons, and who gains and loses against what is published
#[utoipa::path(get, path = "/api/v1/rosters/{id}/explain", tag = "rosters", params(("id" = String, Path)),
    responses((status = 200, body = RosterExplainedDocument)))]
pub async fn roster(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
) -> Answer<RosterExplainedDocument> {
    let found = service.explain_roster(&actor, &id).await;
    Ok(axum::Json(RosterExplainedDocument::from(&of_roster(&service, &actor, &id, found).await?)))
}
