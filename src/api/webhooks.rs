//! Receivers of webhooks: of a team, for its managers, and of the whole instance, for administrators.

use super::extract::{Caller, Json};
use super::{Answer, Made, scope};
use crate::http::Problem;
use crate::ids::{TeamId, WebhookId};
use crate::service::webhooks::{Event, Format, KEEP_HOURS, MadeWebhook, NewWebhook, Owner, WebhookChange, WebhookView};
use crate::service::{Actor, Service, ServiceError};
use crate::time::{Instant, Zone};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A receiver of webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDocument {
    /// Identifier.
    #[schema(value_type = String)]
    id: WebhookId,
    /// Whose events it hears of; null for those of every team.
    #[schema(value_type = Option<String>)]
    team: Option<TeamId>,
    name: String,
    /// The host in its address. More of it is never shown.
    host: String,
    /// `dogwatch`: what happened, for programs; `slack`, `chat`: a line about it, for people.
    #[schema(value_type = String)]
    format: Format,
    /// What it wants to hear of, such as `swap.taken`.
    #[schema(value_type = Vec<String>)]
    events: BTreeSet<Event>,
    /// It hears of nothing for now.
    paused: bool,
    /// In UTC.
    created: String,
    /// Until when what is sent is signed with the former secret too, in UTC.
    former_secret_until: Option<String>,
    /// When it took a message last, in UTC; not more exact than a minute.
    last_success: Option<String>,
    /// When it did not take one last, in UTC.
    last_failure: Option<String>,
    /// Why not; null since it took one.
    problem: Option<String>,
    /// Messages that wait for it.
    waiting: i64,
    /// Messages to it that were given up in the last thirty days.
    given_up: i64,
}

impl From<WebhookView> for WebhookDocument {
    fn from(view: WebhookView) -> Self {
        let utc = |at: Instant| at.rfc3339(Zone::UTC);
        Self {
            id: view.id,
            team: view.team,
            name: view.name,
            host: view.host,
            format: view.format,
            events: view.events,
            paused: view.paused,
            created: utc(view.created),
            former_secret_until: view.former_until.map(utc),
            last_success: view.health.told.map(utc),
            last_failure: view.health.failed.map(utc),
            problem: view.health.problem,
            waiting: view.waiting,
            given_up: view.given_up,
        }
    }
}

/// A receiver with its secret.
#[derive(Serialize, ToSchema)]
pub struct MadeWebhookDocument {
    #[serde(flatten)]
    webhook: WebhookDocument,
    /// `whsec_…`, what messages are signed with. It is shown this once.
    secret: String,
}

impl From<MadeWebhook> for MadeWebhookDocument {
    fn from(made: MadeWebhook) -> Self {
        Self { webhook: made.view.into(), secret: made.secret }
    }
}

/// A receiver as it is registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// `https://…`, at a public address or in a network that the operator allows.
    url: String,
    /// As it is shown; the host where nothing is said.
    name: Option<String>,
    /// `dogwatch` (usual), `slack` or `chat`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    format: Format,
    /// What it wants to hear of; all there is where nothing is said.
    #[schema(value_type = Option<Vec<String>>)]
    events: Option<BTreeSet<Event>>,
}

/// What of a receiver is to be another way; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookPatch {
    url: Option<String>,
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    format: Option<Format>,
    #[schema(value_type = Option<Vec<String>>)]
    events: Option<BTreeSet<Event>>,
    /// What happens while it is paused it never hears of.
    paused: Option<bool>,
}

/// How a secret is replaced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationRequest {
    /// For how many hours messages are signed with the former secret too.
    #[serde(default = "usual_hours")]
    keep_hours: u32,
}

fn usual_hours() -> u32 {
    KEEP_HOURS
}

/// Hides teams from people outside them.
async fn scoped<T>(
    service: &Service,
    actor: &Actor,
    owner: &Owner,
    outcome: Result<T, ServiceError>,
) -> Result<T, Problem> {
    match owner {
        Some(team) => scope::of_team(service, actor, team, outcome).await,
        None => Ok(outcome?),
    }
}

async fn listed(service: &Service, actor: &Actor, owner: Owner) -> Answer<Vec<WebhookDocument>> {
    let found = scoped(service, actor, &owner, service.webhooks(actor, &owner).await).await?;
    Ok(axum::Json(found.into_iter().map(WebhookDocument::from).collect()))
}

async fn made(service: &Service, actor: &Actor, owner: Owner, request: WebhookRequest) -> Made<MadeWebhookDocument> {
    let WebhookRequest { url, name, format, events } = request;
    let outcome = service.add_webhook(actor, &owner, NewWebhook { name, url, format, events }).await;
    let made = scoped(service, actor, &owner, outcome).await?;
    Ok((StatusCode::CREATED, axum::Json(made.into())))
}

async fn changed(
    service: &Service,
    actor: &Actor,
    (owner, id): (Owner, WebhookId),
    patch: WebhookPatch,
) -> Answer<WebhookDocument> {
    let WebhookPatch { url, name, format, events, paused } = patch;
    let change = WebhookChange { name, url, format, events, paused };
    let outcome = service.change_webhook(actor, (&owner, &id), change).await;
    Ok(axum::Json(scoped(service, actor, &owner, outcome).await?.into()))
}

async fn removed(service: &Service, actor: &Actor, owner: Owner, id: WebhookId) -> Result<StatusCode, Problem> {
    let outcome = service.remove_webhook(actor, &owner, &id).await;
    scoped(service, actor, &owner, outcome).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn tested(service: &Service, actor: &Actor, owner: Owner, id: WebhookId) -> Made<WebhookDocument> {
    let outcome = service.test_webhook(actor, &owner, &id).await;
    Ok((StatusCode::ACCEPTED, axum::Json(scoped(service, actor, &owner, outcome).await?.into())))
}

async fn rotated(
    service: &Service,
    actor: &Actor,
    (owner, id): (Owner, WebhookId),
    request: RotationRequest,
) -> Answer<MadeWebhookDocument> {
    let outcome = service.rotate_webhook(actor, (&owner, &id), request.keep_hours).await;
    Ok(axum::Json(scoped(service, actor, &owner, outcome).await?.into()))
}

/// Receivers of webhooks of a team, for its managers
#[utoipa::path(get, path = "/api/v1/teams/{team}/webhooks", tag = "webhooks",
    params(("team" = String, Path)),
    responses((status = 200, body = Vec<WebhookDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<WebhookDocument>> {
    listed(&service, &actor, Some(team)).await
}

/// Register a receiver of webhooks; its secret is in the answer, and nowhere else
#[utoipa::path(post, path = "/api/v1/teams/{team}/webhooks", tag = "webhooks",
    params(("team" = String, Path)),
    request_body = WebhookRequest,
    responses((status = 201, body = MadeWebhookDocument)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<WebhookRequest>,
) -> Made<MadeWebhookDocument> {
    made(&service, &actor, Some(team), request).await
}

/// Change a receiver of webhooks, or pause it
#[utoipa::path(patch, path = "/api/v1/teams/{team}/webhooks/{webhook}", tag = "webhooks",
    params(("team" = String, Path), ("webhook" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookDocument)))]
pub async fn change(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, WebhookId)>,
    Json(request): Json<WebhookPatch>,
) -> Answer<WebhookDocument> {
    changed(&service, &actor, (Some(team), id), request).await
}

/// Remove a receiver of webhooks with all that waits for it
#[utoipa::path(delete, path = "/api/v1/teams/{team}/webhooks/{webhook}", tag = "webhooks",
    params(("team" = String, Path), ("webhook" = String, Path)),
    responses((status = 204)))]
pub async fn remove(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, WebhookId)>,
) -> Result<StatusCode, Problem> {
    removed(&service, &actor, Some(team), id).await
}

/// Send a receiver of webhooks a message that is a test
#[utoipa::path(post, path = "/api/v1/teams/{team}/webhooks/{webhook}/test", tag = "webhooks",
    params(("team" = String, Path), ("webhook" = String, Path)),
    responses((status = 202, body = WebhookDocument)))]
pub async fn test(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, WebhookId)>,
) -> Made<WebhookDocument> {
    tested(&service, &actor, Some(team), id).await
}

/// Replace the secret of a receiver of webhooks; the former one counts for a while
#[utoipa::path(post, path = "/api/v1/teams/{team}/webhooks/{webhook}/secret", tag = "webhooks",
    params(("team" = String, Path), ("webhook" = String, Path)),
    request_body = RotationRequest,
    responses((status = 200, body = MadeWebhookDocument)))]
pub async fn rotate(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, id)): Path<(TeamId, WebhookId)>,
    Json(request): Json<RotationRequest>,
) -> Answer<MadeWebhookDocument> {
    rotated(&service, &actor, (Some(team), id), request).await
}

/// Receivers of webhooks that hear of every team, for administrators
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, body = Vec<WebhookDocument>)))]
pub async fn list_of_all(State(service): State<Service>, Caller(actor): Caller) -> Answer<Vec<WebhookDocument>> {
    listed(&service, &actor, None).await
}

/// Register a receiver of webhooks; its secret is in the answer, and nowhere else
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks",
    request_body = WebhookRequest,
    responses((status = 201, body = MadeWebhookDocument)))]
pub async fn add_of_all(
    State(service): State<Service>,
    Caller(actor): Caller,
    Json(request): Json<WebhookRequest>,
) -> Made<MadeWebhookDocument> {
    made(&service, &actor, None, request).await
}

/// Change a receiver of webhooks, or pause it
#[utoipa::path(patch, path = "/api/v1/webhooks/{webhook}", tag = "webhooks",
    params(("webhook" = String, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookDocument)))]
pub async fn change_of_all(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<WebhookId>,
    Json(request): Json<WebhookPatch>,
) -> Answer<WebhookDocument> {
    changed(&service, &actor, (None, id), request).await
}

/// Remove a receiver of webhooks with all that waits for it
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", tag = "webhooks",
    params(("webhook" = String, Path)),
    responses((status = 204)))]
pub async fn remove_of_all(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<WebhookId>,
) -> Result<StatusCode, Problem> {
    removed(&service, &actor, None, id).await
}

/// Send a receiver of webhooks a message that is a test
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/test", tag = "webhooks",
    params(("webhook" = String, Path)),
    responses((status = 202, body = WebhookDocument)))]
pub async fn test_of_all(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<WebhookId>,
) -> Made<WebhookDocument> {
    tested(&service, &actor, None, id).await
}

/// Replace the secret of a receiver of webhooks; the former one counts for a while
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/secret", tag = "webhooks",
    params(("webhook" = String, Path)),
    request_body = RotationRequest,
    responses((status = 200, body = MadeWebhookDocument)))]
pub async fn rotate_of_all(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<WebhookId>,
    Json(request): Json<RotationRequest>,
) -> Answer<MadeWebhookDocument> {
    rotated(&service, &actor, (None, id), request).await
}
