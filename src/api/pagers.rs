//! Schedules at pagers that follow a role of a team; for its managers.

use super::extract::{Caller, Json};
use super::{Answer, Made, scope};
use crate::http::Problem;
use crate::ids::{PagerId, PersonId, TeamId};
use crate::service::Service;
use crate::service::pagers::{Kind, NewPager, PagerChange, PagerView, USUAL_DAYS};
use crate::time::{Instant, Zone};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A schedule at a pager.
#[derive(Debug, Serialize, ToSchema)]
pub struct PagerDocument {
    #[schema(value_type = String)]
    id: PagerId,
    /// The role whose shifts it follows.
    role: String,
    /// `pagerduty` or `opsgenie`.
    #[schema(value_type = String)]
    kind: Kind,
    /// What the schedule is called at the pager.
    schedule: String,
    /// Where the pager is, where that is not the usual address.
    url: Option<String>,
    /// How many days ahead it is kept.
    days: u32,
    /// When all was as it ought to be last, in UTC.
    last_success: Option<String>,
    /// When it could not be brought about last, in UTC.
    last_failure: Option<String>,
    /// Why not; null since it was.
    problem: Option<String>,
    /// People on the roster whom the pager does not know by their mail address: they are not on its schedule.
    #[schema(value_type = Vec<String>)]
    unmatched: Vec<PersonId>,
}

impl From<PagerView> for PagerDocument {
    fn from(view: PagerView) -> Self {
        let utc = |at: Instant| at.rfc3339(Zone::UTC);
        Self {
            id: view.id,
            role: view.role,
            kind: view.kind,
            schedule: view.schedule,
            url: view.url,
            days: view.days,
            last_success: view.health.synced.map(utc),
            last_failure: view.health.failed.map(utc),
            problem: view.health.problem,
            unmatched: view.health.unmatched,
        }
    }
}

/// A schedule as it is named.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PagerRequest {
    /// `pagerduty` or `opsgenie`.
    #[schema(value_type = String)]
    kind: Kind,
    /// The role whose shifts it follows.
    role: String,
    /// What the schedule is called at the pager, its id.
    schedule: String,
    /// The key of the account; it is never shown again.
    key: String,
    /// Where the pager is; for accounts in Europe `https://api.eu.pagerduty.com` or `https://api.eu.opsgenie.com`.
    url: Option<String>,
    /// How many days ahead it is kept.
    #[serde(default = "usual_days")]
    days: u32,
}

fn usual_days() -> u32 {
    USUAL_DAYS
}

/// What of a schedule is to be another way; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PagerPatch {
    /// Another key of the account.
    key: Option<String>,
    /// How many days ahead it is kept; 0 takes everything away that Dogwatch put there.
    days: Option<u32>,
}

/// The schedules at pagers that follow roles of a team
#[utoipa::path(get, path = "/api/v1/teams/{team}/pagers", tag = "pagers", params(("team" = String, Path)),
    responses((status = 200, body = Vec<PagerDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<PagerDocument>> {
    let found = scope::of_team(&service, &actor, &team, service.pagers(&actor, &team).await).await?;
    Ok(axum::Json(found.into_iter().map(PagerDocument::from).collect()))
}

/// Have a schedule at a pager follow a role: its overrides are what the roster says
#[utoipa::path(post, path = "/api/v1/teams/{team}/pagers", tag = "pagers", params(("team" = String, Path)),
    request_body = PagerRequest, responses((status = 201, body = PagerDocument)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<PagerRequest>,
) -> Made<PagerDocument> {
    let PagerRequest { kind, role, schedule, key, url, days } = request;
    let outcome = service.add_pager(&actor, &team, NewPager { kind, role, schedule, key, url, days }).await;
    let made = scope::of_team(&service, &actor, &team, outcome).await?;
    Ok((StatusCode::CREATED, axum::Json(made.into())))
}

/// Change how far ahead a schedule at a pager is kept, or the key
#[utoipa::path(patch, path = "/api/v1/teams/{team}/pagers/{pager}", tag = "pagers",
    params(("team" = String, Path), ("pager" = String, Path)), request_body = PagerPatch,
    responses((status = 200, body = PagerDocument)))]
pub async fn change(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, PagerId)>,
    Json(request): Json<PagerPatch>,
) -> Answer<PagerDocument> {
    let PagerPatch { key, days } = request;
    let outcome = service.change_pager(&actor, (&team, &id), PagerChange { key, days }).await;
    Ok(axum::Json(scope::of_team(&service, &actor, &team, outcome).await?.into()))
}

/// Have a schedule at a pager follow no more; what stands there stays until it ends
#[utoipa::path(delete, path = "/api/v1/teams/{team}/pagers/{pager}", tag = "pagers",
    params(("team" = String, Path), ("pager" = String, Path)), responses((status = 204)))]
pub async fn remove(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, PagerId)>,
) -> Result<StatusCode, Problem> {
    let outcome = service.remove_pager(&actor, &team, &id).await;
    scope::of_team(&service, &actor, &team, outcome).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a schedule at a pager compared with the roster now
#[utoipa::path(post, path = "/api/v1/teams/{team}/pagers/{pager}/compare", tag = "pagers",
    params(("team" = String, Path), ("pager" = String, Path)), responses((status = 202, body = PagerDocument)))]
pub async fn compare(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, PagerId)>,
) -> Made<PagerDocument> {
    let outcome = service.compare_pager(&actor, &team, &id).await;
    let asked = scope::of_team(&service, &actor, &team, outcome).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(asked.into())))
}
