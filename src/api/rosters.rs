//! Planning: drafts are made, looked at, changed, solved, checked and published.

use super::extract::{Caller, Json, day};
use super::{Answer, scope};
use crate::http::Problem;
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::roster::check::{Finding, FindingKind};
use crate::roster::diff::{Change, Entry};
use crate::roster::recommend::Level;
use crate::roster::report::Line;
use crate::service::planning::{Assign, CheckView, Publication, RosterHead, RosterView, SlotView};
use crate::service::{Actor, Service, ServiceError};
use crate::time::Zone;
use axum::extract::{Path, State};
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A roster with its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterDocument {
    #[serde(flatten)]
    head: RosterHeadDocument,
    /// By start.
    slots: Vec<SlotDocument>,
}

/// A roster without its slots.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterHeadDocument {
    id: String,
    team: String,
    /// First day, in the team's zone.
    #[schema(format = Date)]
    from: String,
    /// First day after.
    #[schema(format = Date)]
    to: String,
    /// `draft`, `published` or `historic`.
    #[schema(value_type = String)]
    state: Value,
    /// Number of the edition; of a draft, the one it is on top of.
    version: i64,
}

/// One role of one occurrence of a pattern.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotDocument {
    id: String,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// Slots of one turn are held by one person.
    turn: Option<String>,
    /// Nobody is a gap, unless the slot is optional.
    person: Option<String>,
    /// A manager fixed it.
    pinned: bool,
    /// May stay empty.
    optional: bool,
    /// A manager's reason, where a rule is broken.
    reason: Option<String>,
}

/// A roster as it is published now, and what changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationDocument {
    #[serde(flatten)]
    roster: RosterDocument,
    /// Against what was published before; empty where nothing did.
    changes: Vec<ChangeDocument>,
    /// Gaps and broken rules of what is published.
    findings: Vec<FindingDocument>,
}

/// What became of one slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeDocument {
    slot: String,
    /// `added`, `removed`, `moved` (time, role or person) or `details`.
    change: &'static str,
    before: Option<EntryDocument>,
    after: Option<EntryDocument>,
}

/// A slot before or after a change.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryDocument {
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    person: Option<String>,
}

/// Somebody as a candidate for one slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateDocument {
    person: String,
    /// `recommended`, `possible`, `reluctant` or `excluded`.
    level: &'static str,
    /// Why, in sentences.
    reasons: Vec<String>,
}

/// What is wrong with a roster, and how its load is spread.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckDocument {
    findings: Vec<FindingDocument>,
    /// Everybody who stands shifts, by balance, the least first.
    balance: Vec<BalanceDocument>,
    /// Required slots nobody holds.
    gaps: usize,
    /// Required slots in all.
    required: usize,
}

/// A gap or a broken rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingDocument {
    /// `gap` or `broken`.
    kind: &'static str,
    slot: String,
    person: Option<String>,
    /// In a sentence.
    text: String,
}

/// One person's load, in points.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceDocument {
    person: String,
    name: String,
    /// What they stood and will stand.
    load: f64,
    /// Their fair part.
    share: f64,
    /// Load minus share.
    balance: f64,
    /// Turns in the plan.
    turns: usize,
    /// Minutes of duty in the plan.
    minutes: i64,
}

/// Which days to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RosterRequest {
    /// Slots that start from this day on, in the team's own zone.
    #[schema(format = Date)]
    from: String,
    /// And before this day.
    #[schema(format = Date)]
    to: String,
}

/// Who is to hold a slot.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotRequest {
    /// Null empties the slot.
    #[serde(deserialize_with = "named")]
    #[schema(required)]
    person: Option<String>,
    /// The solver must keep it so.
    #[serde(default)]
    pin: bool,
    /// Why, where a rule is broken.
    #[serde(default)]
    reason: Option<String>,
}

/// May be null, must be there: a forgotten name must not empty a slot.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// Why a roster is published.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PublishRequest {
    /// For the audit trail.
    reason: Option<String>,
}

impl From<&RosterHead> for RosterHeadDocument {
    fn from(head: &RosterHead) -> Self {
        Self {
            id: head.id.to_string(),
            team: head.team.to_string(),
            from: head.from.to_string(),
            to: head.to.to_string(),
            state: serde_json::to_value(head.state).unwrap_or_default(),
            version: head.version,
        }
    }
}

impl From<&RosterView> for RosterDocument {
    fn from(view: &RosterView) -> Self {
        let slots = view.slots.iter().map(|slot| SlotDocument::of(slot, view.zone)).collect();
        Self { head: RosterHeadDocument::from(&view.head), slots }
    }
}

impl SlotDocument {
    fn of(slot: &SlotView, zone: Zone) -> Self {
        Self {
            id: slot.id.to_string(),
            role: slot.role.clone(),
            start: slot.window.start.rfc3339(zone),
            end: slot.window.end.rfc3339(zone),
            turn: slot.turn.as_ref().map(ToString::to_string),
            person: slot.person.as_ref().map(ToString::to_string),
            pinned: slot.pinned,
            optional: slot.optional,
            reason: slot.reason.clone(),
        }
    }
}

impl From<&Publication> for PublicationDocument {
    fn from(done: &Publication) -> Self {
        let zone = done.roster.zone;
        Self {
            roster: RosterDocument::from(&done.roster),
            changes: done.changes.iter().map(|(slot, change)| ChangeDocument::of(slot, change, zone)).collect(),
            findings: done.findings.iter().map(FindingDocument::from).collect(),
        }
    }
}

impl ChangeDocument {
    fn of(slot: &SlotId, change: &Change, zone: Zone) -> Self {
        let (change, before, after) = match change {
            Change::Added(to) => ("added", None, Some(to)),
            Change::Removed(from) => ("removed", Some(from), None),
            Change::Moved { from, to } => ("moved", Some(from), Some(to)),
            Change::Details { from, to } => ("details", Some(from), Some(to)),
        };
        let entry = |entry: &Entry| EntryDocument {
            role: entry.role.clone(),
            start: entry.window.start.rfc3339(zone),
            end: entry.window.end.rfc3339(zone),
            person: entry.person.as_ref().map(ToString::to_string),
        };
        Self { slot: slot.to_string(), change, before: before.map(entry), after: after.map(entry) }
    }
}

impl From<&Finding> for FindingDocument {
    fn from(finding: &Finding) -> Self {
        Self {
            kind: match finding.kind {
                FindingKind::Gap => "gap",
                FindingKind::Broken => "broken",
            },
            slot: finding.slot.to_string(),
            person: finding.person.as_ref().map(ToString::to_string),
            text: finding.text.clone(),
        }
    }
}

impl From<&CheckView> for CheckDocument {
    fn from(view: &CheckView) -> Self {
        Self {
            findings: view.findings.iter().map(FindingDocument::from).collect(),
            balance: view.report.lines.iter().map(BalanceDocument::from).collect(),
            gaps: view.report.gaps,
            required: view.report.required,
        }
    }
}

impl From<&Line> for BalanceDocument {
    fn from(line: &Line) -> Self {
        Self {
            person: line.person.to_string(),
            name: line.name.clone(),
            load: points(line.load),
            share: points(line.share),
            balance: points(line.balance),
            turns: line.turns,
            minutes: line.minutes,
        }
    }
}

/// Hundredths as points.
#[allow(clippy::cast_precision_loss)] // nobody stands 2^53 hundredths of points
fn points(hundredths: i64) -> f64 {
    hundredths as f64 / 100.0
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Recommended => "recommended",
        Level::Possible => "possible",
        Level::Reluctant => "reluctant",
        Level::Excluded => "excluded",
    }
}

/// The counter that the caller last saw (If-Match); nothing where any will do.
fn expected(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(line) = headers.get(IF_MATCH) else { return Ok(None) };
    match line.to_str().unwrap_or_default().trim() {
        "*" => Ok(None),
        tag => RosterView::counter_of(tag).map(Some).ok_or_else(|| ServiceError::PreconditionFailed.into()),
    }
}

fn tag(view: &RosterView) -> HeaderValue {
    HeaderValue::from_str(&view.etag()).unwrap_or(HeaderValue::from_static("\"\""))
}

fn whole(view: &RosterView) -> Response {
    ([(ETAG, tag(view))], axum::Json(RosterDocument::from(view))).into_response()
}

/// Draft a roster, filled by the solver on top of what is published
#[utoipa::path(post, path = "/api/v1/teams/{team}/rosters", tag = "rosters", params(("team" = String, Path)),
    request_body = RosterRequest, responses((status = 201, body = RosterDocument),
    (status = 409, description = "Another draft overlaps", body = super::openapi::ProblemDocument)))]
pub async fn create(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<RosterRequest>,
) -> Result<Response, Problem> {
    let (from, to) = (day("from", &request.from)?, day("to", &request.to)?);
    let made = service.create_roster(&actor, &team, from, to).await;
    let view = scope::of_team(&service, &actor, &team, made).await?;
    let mut response = (StatusCode::CREATED, whole(&view)).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/rosters/{}", view.head.id)) {
        response.headers_mut().insert(LOCATION, place);
    }
    Ok(response)
}

/// The rosters of a team, by first day, then the newest first
#[utoipa::path(get, path = "/api/v1/teams/{team}/rosters", tag = "rosters", params(("team" = String, Path)),
    responses((status = 200, body = Vec<RosterHeadDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<RosterHeadDocument>> {
    let found = service.rosters(&actor, &team).await;
    let heads = scope::of_team(&service, &actor, &team, found).await?;
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
    if headers.get(IF_NONE_MATCH).is_some_and(|known| *known == tag) {
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
    let documents = candidates.into_iter().map(|candidate| CandidateDocument {
        person: candidate.person.to_string(),
        level: level(candidate.level),
        reasons: candidate.reasons,
    });
    Ok(axum::Json(documents.collect()))
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
    responses((status = 200, body = RosterDocument)))]
pub async fn solve(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<RosterId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let done = service.solve_roster(&actor, &id, expected(&headers)?).await;
    Ok(whole(&of_roster(&service, &actor, &id, done).await?))
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
