//! Editions of a roster: what publishing one would change, and an earlier one as a new draft.

use super::documents::{ChangeDocument, RosterDocument};
use super::{made, of_roster};
use crate::api::Answer;
use crate::api::extract::{Caller, Params, invalid};
use crate::http::Problem;
use crate::ids::RosterId;
use crate::service::Service;
use crate::service::planning::SwapsSince;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

/// What publishing a roster would change against what is published now
#[utoipa::path(get, path = "/api/v1/rosters/{id}/diff", tag = "rosters", params(("id" = String, Path)),
    responses((status = 200, body = Vec<ChangeDocument>),
    (status = 409, description = "Shifts that a draft changes were taken over meanwhile",
    body = crate::api::openapi::ProblemDocument)))]
pub async fn diff(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
) -> Answer<Vec<ChangeDocument>> {
    let found = service.diff_roster(&actor, &id).await;
    let found = of_roster(&service, &actor, &id, found).await?;
    Ok(axum::Json(found.changes.iter().map(|(slot, change)| ChangeDocument::of(slot, change, found.zone)).collect()))
}

/// What becomes of swaps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RestoreQuery {
    /// Of swaps taken since: `keep` or `undo`. Without it, a restoration that would undo some is refused.
    swaps: Option<String>,
}

/// A new draft as an earlier edition was
#[utoipa::path(post, path = "/api/v1/rosters/{id}/restore", tag = "rosters",
    params(("id" = String, Path), RestoreQuery), responses((status = 201, body = RosterDocument),
    (status = 409, description = "Another draft overlaps, or swaps taken since would be undone: `slots` names them",
    body = crate::api::openapi::ProblemDocument)))]
pub async fn restore(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    Params(query): Params<RestoreQuery>,
) -> Result<Response, Problem> {
    let swaps = match query.swaps.as_deref() {
        None => None,
        Some("keep") => Some(SwapsSince::Keep),
        Some("undo") => Some(SwapsSince::Undo),
        Some(_) => return Err(invalid("swaps", "must be keep or undo")),
    };
    let done = service.restore_roster(&actor, &id, swaps).await;
    let view = of_roster(&service, &actor, &id, done).await?;
    Ok(made(&view, axum::Json(RosterDocument::from(&view))))
}
