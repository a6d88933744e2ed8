//! What a change would do, and why a roster is as it is: asked by managers before they decide.

use super::documents::RosterDocument;
use super::explained::{
    ChangesRequest, RosterExplainedDocument, SlotExplainedDocument, WeighedDocument, WhatIfRequest,
};
use super::{expected, of_roster, whole};
use crate::api::Answer;
use crate::api::extract::{Caller, Json};
use crate::http::Problem;
use crate::ids::{RosterId, SlotId};
use crate::service::Service;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;

/// What some changes to a roster would do, made together; nothing is stored
#[utoipa::path(post, path = "/api/v1/rosters/{id}/what-if", tag = "rosters", params(("id" = String, Path)),
    request_body = WhatIfRequest, responses((status = 200, body = WeighedDocument),
    (status = 409, description = "A slot has started", body = crate::api::openapi::ProblemDocument)))]
pub async fn what_if(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    Json(request): Json<WhatIfRequest>,
) -> Answer<WeighedDocument> {
    let found = service.weigh_steps(&actor, &id, &request.steps()).await;
    Ok(axum::Json(WeighedDocument::from(&of_roster(&service, &actor, &id, found).await?)))
}

/// Change a draft in several slots at once, all or none: whole turns, exchanges, pins
#[utoipa::path(post, path = "/api/v1/rosters/{id}/changes", tag = "rosters",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = ChangesRequest,
    responses((status = 200, body = RosterDocument),
    (status = 409, description = "The roster is published, or a slot has started",
    body = crate::api::openapi::ProblemDocument),
    (status = 422, description = "Rules are broken and no reason given; `rules` names them",
    body = crate::api::openapi::ProblemDocument)))]
pub async fn change(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    headers: HeaderMap,
    Json(mut request): Json<ChangesRequest>,
) -> Result<Response, Problem> {
    let wish = (&request.steps()[..], request.reason.take());
    let done = service.take_steps(&actor, &id, wish, expected(&headers)?).await;
    Ok(whole(&of_roster(&service, &actor, &id, done).await?))
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
