//! Planning: drafts are made, looked at, changed, solved, checked and published.

mod documents;
pub mod editions;
pub mod explain;
mod explained;
mod recommended;

use super::extract::{Caller, Json, day};
use super::{Answer, scope};
use crate::http::Problem;
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::service::calendars::TagList;
use crate::service::planning::{Assign, RosterView, Watch};
use crate::service::{Actor, Service, ServiceError};
use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use documents::{
    BalanceDocument, CandidateDocument, CheckDocument, PublicationDocument, PublishRequest, RosterDocument,
    RosterHeadDocument, RosterRequest, SlotDocument, SlotRequest,
};
pub use recommended::RecommendationDocument;
use recommended::RecommendedDocument;
use std::time::Duration;

/// How long a request lets the solver search; whoever asked hears that it was stopped.
const SOLVING: Duration = Duration::from_secs(10);

/// The counter that the caller last saw (If-Match); nothing where any will do.
fn expected(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(line) = headers.get(IF_MATCH) else { return Ok(None) };
    match TagList::parse(line.to_str().unwrap_or_default()) {
        TagList::Any => Ok(None),
        // Of several tags at most the highest can be the present one.
        TagList::Tags(tags) => {
            let known = tags.iter().filter_map(|tag| RosterView::counter_of(&tag.tag)).max();
            known.map(Some).ok_or_else(|| ServiceError::PreconditionFailed.into())
        }
    }
}

fn tag(view: &RosterView) -> HeaderValue {
    HeaderValue::from_str(&view.etag()).unwrap_or(HeaderValue::from_static("\"\""))
}

fn whole(view: &RosterView) -> Response {
    ([(ETAG, tag(view))], axum::Json(RosterDocument::from(view))).into_response()
}

/// A roster that is new, with its address.
fn made(view: &RosterView, document: impl IntoResponse) -> Response {
    let mut response = (StatusCode::CREATED, [(ETAG, tag(view))], document).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/rosters/{}", view.head.id)) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// Draft a roster, filled by the solver on top of what is published
#[utoipa::path(post, path = "/api/v1/teams/{team}/rosters", tag = "rosters", params(("team" = String, Path)),
    request_body = RosterRequest, responses((status = 201, body = RecommendedDocument),
    (status = 409, description = "Another draft overlaps", body = super::openapi::ProblemDocument)))]
pub async fn create(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<RosterRequest>,
) -> Result<Response, Problem> {
    let (from, to) = (day("from", &request.from)?, day("to", &request.to)?);
    let made = service.recommend_roster(&actor, &team, (from, to), &Watch::within(SOLVING)).await;
    let (view, said) = scope::of_team(&service, &actor, &team, made).await?;
    Ok(self::made(&view, axum::Json(RecommendedDocument::of(&view, &said))))
}

/// The rosters of a team, by first day, then the newest first
#[utoipa::path(get, path = "/api/v1/teams/{team}/rosters", tag = "rosters", params(("team" = String, Path)),
    responses((status = 200, body = Vec<RosterHeadDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<RosterHeadDocument>> {
    if let Some(person) = actor.person_id()
        && !service.knows_team(person, &team).await?
    {
        return Err(ServiceError::NotFound(format!("team {team}")).into());
    }
    let heads = service.rosters(&actor, &team).await?;
    Ok(axum::Json(heads.iter().map(RosterHeadDocument::from).collect()))
}

/// A roster; its ETag may be named in the If-Match of writes
#[utoipa::path(get, path = "/api/v1/rosters/{id}", tag = "rosters", params(("id" = String, Path)),
    responses((status = 200, body = RosterDocument), (status = 304, description = "As the caller has it")))]
pub async fn show(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = service.roster(&actor, &id).await?;
    let tag = tag(&view);
    let known = headers.get(IF_NONE_MATCH).and_then(|line| line.to_str().ok()).map(TagList::parse);
    if known.is_some_and(|known| tag.to_str().is_ok_and(|tag| known.names(tag))) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    Ok(whole(&view))
}

/// Throw a draft away
#[utoipa::path(delete, path = "/api/v1/rosters/{id}", tag = "rosters", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn discard(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
) -> Result<StatusCode, Problem> {
    let done = service.discard_roster(&actor, &id).await;
    of_roster(&service, &actor, &id, done).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody as a candidate for one slot, best first, with reasons
#[utoipa::path(get, path = "/api/v1/rosters/{id}/slots/{slot}/candidates", tag = "rosters",
    params(("id" = String, Path), ("slot" = String, Path)),
    responses((status = 200, body = Vec<CandidateDocument>)))]
pub async fn candidates(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((id, slot)): Path<(RosterId, SlotId)>,
) -> Answer<Vec<CandidateDocument>> {
    let found = service.candidates(&actor, &id, &slot).await;
    let candidates = of_roster(&service, &actor, &id, found).await?;
    Ok(axum::Json(candidates.into_iter().map(CandidateDocument::from).collect()))
}

/// Give a slot of a draft to somebody, empty it, or pin it
#[utoipa::path(put, path = "/api/v1/rosters/{id}/slots/{slot}", tag = "rosters",
    params(("id" = String, Path), ("slot" = String, Path), ("If-Match" = Option<String>, Header)),
    request_body = SlotRequest, responses((status = 200, body = SlotDocument),
    (status = 409, description = "The roster is published", body = super::openapi::ProblemDocument),
    (status = 412, description = "The roster has changed", body = super::openapi::ProblemDocument),
    (status = 422, description = "A rule is broken and no reason given; `rules` names them",
    body = super::openapi::ProblemDocument)))]
pub async fn assign(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((id, slot)): Path<(RosterId, SlotId)>,
    headers: HeaderMap,
    Json(request): Json<SlotRequest>,
) -> Result<Response, Problem> {
    let wish = Assign {
        person: request.person.map(PersonId::new),
        pin: request.pin,
        reason: request.reason,
        expected: expected(&headers)?,
    };
    let done = service.assign(&actor, &id, &slot, wish).await;
    let view = of_roster(&service, &actor, &id, done).await?;
    let changed = view.slots.iter().find(|one| one.id == slot).ok_or_else(Problem::not_found)?;
    Ok(([(ETAG, tag(&view))], axum::Json(SlotDocument::of(changed, view.zone))).into_response())
}

/// Fill a draft anew; pins stay
#[utoipa::path(post, path = "/api/v1/rosters/{id}/solve", tag = "rosters",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 200, body = RecommendedDocument)))]
pub async fn solve(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let done = service.recommend_again(&actor, &id, expected(&headers)?, &Watch::within(SOLVING)).await;
    let (view, said) = of_roster(&service, &actor, &id, done).await?;
    Ok(([(ETAG, tag(&view))], axum::Json(RecommendedDocument::of(&view, &said))).into_response())
}

/// Gaps, broken rules and the spread of load
#[utoipa::path(get, path = "/api/v1/rosters/{id}/check", tag = "rosters", params(("id" = String, Path)),
    responses((status = 200, body = CheckDocument)))]
pub async fn check(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
) -> Answer<CheckDocument> {
    let found = service.check_roster(&actor, &id).await;
    Ok(axum::Json(CheckDocument::from(&of_roster(&service, &actor, &id, found).await?)))
}

/// How a team's load is spread, past and published; by balance, the least first
#[utoipa::path(get, path = "/api/v1/teams/{team}/balance", tag = "rosters", params(("team" = String, Path)),
    responses((status = 200, body = Vec<BalanceDocument>)))]
pub async fn balance(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<BalanceDocument>> {
    let found = service.balance(&actor, &team).await;
    let report = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(report.lines.iter().map(BalanceDocument::from).collect()))
}

/// Publish a draft in one step; again without change nothing happens
#[utoipa::path(post, path = "/api/v1/rosters/{id}/publish", tag = "rosters",
    params(("id" = String, Path), ("If-Match" = Option<String>, Header)), request_body = PublishRequest,
    responses((status = 200, body = PublicationDocument)))]
pub async fn publish(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    headers: HeaderMap,
    Json(request): Json<PublishRequest>,
) -> Result<Response, Problem> {
    let done = service.publish_roster(&actor, &id, request.reason, expected(&headers)?).await;
    let done = of_roster(&service, &actor, &id, done).await?;
    Ok(([(ETAG, tag(&done.roster))], axum::Json(PublicationDocument::from(&done))).into_response())
}

/// Who may not even see a roster, is told that there is none.
async fn of_roster<T>(
    service: &Service,
    actor: &Actor,
    id: &RosterId,
    outcome: Result<T, ServiceError>,
) -> Result<T, Problem> {
    match outcome {
        Err(ServiceError::Forbidden(why)) => match service.roster(actor, id).await {
            Err(hidden @ ServiceError::NotFound(_)) => Err(hidden.into()),
            _ => Err(ServiceError::Forbidden(why).into()),
        },
        other => Ok(other?),
    }
}
