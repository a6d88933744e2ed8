//! Call-outs: people enter when they were called out on a shift, or their managers do.

use super::extract::{Caller, Json, Params, invalid, moment};
use super::reports::CallOutRow;
use super::{Answer, Made};
use crate::http::Problem;
use crate::ids::{CallOutId, PersonId, TeamId};
use crate::service::Service;
use crate::service::call_outs::{Entered, NewCallOut};
use crate::time::{DAY, Window};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Longest span of a listing, in days.
const MAX_DAYS: i64 = 800;

/// A call-out to be entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallOutRequest {
    /// When they were called; within a shift of theirs.
    #[schema(format = DateTime)]
    start: String,
    /// When they were done.
    #[schema(format = DateTime)]
    end: String,
    /// What it was, in one line.
    #[serde(default)]
    note: String,
    /// Only needed where they stood shifts of two teams at once.
    #[serde(default)]
    team: Option<String>,
}

/// A call-out as it was entered.
#[derive(Debug, Serialize, ToSchema)]
pub struct CallOutDocument {
    #[serde(flatten)]
    call: CallOutRow,
    /// Shifts of theirs before which too little rest is left, as sentences.
    lacking_rest: Vec<String>,
}

impl From<&Entered> for CallOutDocument {
    fn from(entered: &Entered) -> Self {
        Self { call: CallOutRow::of(&entered.call, entered.zone), lacking_rest: entered.lacking.clone() }
    }
}

/// About which time is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// From this RFC 3339 time on.
    from: String,
    /// Up to this one, at most 800 days later.
    until: String,
}

/// Enter a call-out: it is over, and began within a shift of theirs; the same again is harmless
#[utoipa::path(post, path = "/api/v1/people/{person}/call-outs", tag = "reports", params(("person" = String, Path)),
    request_body = CallOutRequest, responses((status = 201, body = CallOutDocument),
    (status = 409, description = "Another one overlaps", body = super::openapi::ProblemDocument)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<String>,
    Json(request): Json<CallOutRequest>,
) -> Made<CallOutDocument> {
    let new = NewCallOut {
        person,
        team: request.team.map(TeamId::new),
        window: Window::new(moment("start", &request.start)?, moment("end", &request.end)?),
        note: request.note,
    };
    let entered = service.add_call_out(&actor, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(CallOutDocument::from(&entered))))
}

/// A person's call-outs in all teams, by start; for themselves and administrators
#[utoipa::path(get, path = "/api/v1/people/{person}/call-outs", tag = "reports",
    params(("person" = String, Path), Span), responses((status = 200, body = Vec<CallOutRow>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
    Params(Span { from, until }): Params<Span>,
) -> Answer<Vec<CallOutRow>> {
    let window = Window::new(moment("from", &from)?, moment("until", &until)?);
    if window.end <= window.start || window.millis() > MAX_DAYS * DAY {
        return Err(invalid("until", "lies after `from`, and at most 800 days"));
    }
    let found = service.call_outs_of(&actor, &person, window).await?;
    Ok(axum::Json(found.calls.iter().map(|call| CallOutRow::of(call, found.zone)).collect()))
}

/// Remove a call-out that was entered wrongly
#[utoipa::path(delete, path = "/api/v1/call-outs/{id}", tag = "reports", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn remove(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<CallOutId>,
) -> Result<StatusCode, Problem> {
    service.remove_call_out(&actor, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
