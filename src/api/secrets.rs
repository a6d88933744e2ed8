//! App passwords and private feeds: made, listed without their secret, revoked.

use super::extract::{Caller, Json};
use super::{Answer, Made, scope};
use crate::http::Problem;
use crate::ids::{PersonId, TeamId, TokenId};
use crate::service::Service;
use crate::service::tokens::{DavScope, NewAppPassword, NewFeed, SecretKind};
use crate::time::Instant;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An app password without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppPasswordDocument {
    id: String,
    label: String,
    /// `dav` or `dav-ro`.
    scope: String,
    /// The device is the on-call phone.
    phone_device: bool,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    expires: Option<String>,
    /// To about a quarter of an hour.
    #[schema(format = DateTime)]
    last_used: Option<String>,
    #[schema(format = DateTime)]
    revoked: Option<String>,
}

/// What to make an app password for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppPasswordRequest {
    /// Where it is used, such as "Ada's phone".
    label: String,
    /// `dav` reads and writes, `dav-ro` reads.
    scope: Option<DavWord>,
    /// The device is the on-call phone.
    #[serde(default)]
    phone_device: bool,
}

/// What an app password opens.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
pub enum DavWord {
    /// Reads and writes calendars.
    #[serde(rename = "dav")]
    ReadWrite,
    /// Reads calendars.
    #[serde(rename = "dav-ro")]
    ReadOnly,
}

/// An app password that was just made; the secret is never shown again.
#[derive(Serialize, ToSchema)]
pub struct MadePassword {
    id: String,
    password: String,
}

/// A feed without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeedDocument {
    id: String,
    label: String,
    /// Whose shifts it shows; with a team: who holds the link.
    person: Option<String>,
    /// Whose roster it shows.
    team: Option<String>,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    last_used: Option<String>,
    #[schema(format = DateTime)]
    revoked: Option<String>,
}

/// What to make a person's feed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedRequest {
    /// Where it is used.
    label: String,
    /// The roster of this team instead of the person's own shifts.
    team: Option<String>,
}

/// What to make a team's feed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamFeedRequest {
    /// Where it is used.
    label: String,
}

/// A feed that was just made; the address is the secret, and never shown again.
#[derive(Serialize, ToSchema)]
pub struct MadeFeed {
    id: String,
    url: String,
}

fn utc(at: Instant) -> String {
    at.rfc3339(crate::time::Zone::UTC)
}

/// The app passwords of a person
#[utoipa::path(get, path = "/api/v1/people/{person}/app-passwords", tag = "secrets",
    params(("person" = String, Path)), responses((status = 200, body = Vec<AppPasswordDocument>)))]
pub async fn app_passwords(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<AppPasswordDocument>> {
    let found = service.app_passwords(&actor, &person).await?;
    let documents = found.into_iter().map(|found| AppPasswordDocument {
        id: found.id.to_string(),
        label: found.label,
        scope: found.scope,
        phone_device: found.phone_device,
        created: utc(found.life.created),
        expires: found.life.expires.map(utc),
        last_used: found.life.last_used.map(utc),
        revoked: found.life.revoked.map(utc),
    });
    Ok(axum::Json(documents.collect()))
}

/// Make an app password; the answer shows it once
#[utoipa::path(post, path = "/api/v1/people/{person}/app-passwords", tag = "secrets",
    params(("person" = String, Path)), request_body = AppPasswordRequest,
    responses((status = 201, body = MadePassword)))]
pub async fn add_app_password(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
    Json(request): Json<AppPasswordRequest>,
) -> Made<MadePassword> {
    let scope = match request.scope {
        None | Some(DavWord::ReadWrite) => DavScope::ReadWrite,
        Some(DavWord::ReadOnly) => DavScope::ReadOnly,
    };
    let new = NewAppPassword { person, label: request.label, scope, phone_device: request.phone_device };
    let made = service.add_app_password(&actor, new).await?;
    let document = MadePassword { id: made.id.to_string(), password: made.secret };
    Ok((StatusCode::CREATED, axum::Json(document)))
}

/// Revoke an app password, at once and everywhere
#[utoipa::path(delete, path = "/api/v1/app-passwords/{id}", tag = "secrets", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn revoke_app_password(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    service.revoke_secret(&actor, SecretKind::AppPassword, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

macro_rules! feed_documents {
    ($found:expr) => {
        $found
            .into_iter()
            .map(|found| FeedDocument {
                id: found.id.to_string(),
                label: found.label,
                person: found.person.map(|person| person.to_string()),
                team: found.team.map(|team| team.to_string()),
                created: utc(found.life.created),
                last_used: found.life.last_used.map(utc),
                revoked: found.life.revoked.map(utc),
            })
            .collect()
    };
}

/// The feeds of a person
#[utoipa::path(get, path = "/api/v1/people/{person}/feeds", tag = "secrets", params(("person" = String, Path)),
    responses((status = 200, body = Vec<FeedDocument>)))]
pub async fn feeds_of_person(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<FeedDocument>> {
    Ok(axum::Json(feed_documents!(service.feeds_of_person(&actor, &person).await?)))
}

/// Make a feed of a person's shifts; the answer shows its address once
#[utoipa::path(post, path = "/api/v1/people/{person}/feeds", tag = "secrets", params(("person" = String, Path)),
    request_body = FeedRequest, responses((status = 201, body = MadeFeed)))]
pub async fn add_feed_of_person(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
    Json(request): Json<FeedRequest>,
) -> Made<MadeFeed> {
    let team = request.team.map(TeamId::new);
    let new = NewFeed { person: Some(person), team, label: request.label };
    let made = service.add_feed(&actor, new).await?;
    let url = format!("{}/feeds/{}.ics", service.public_url(), made.secret);
    Ok((StatusCode::CREATED, axum::Json(MadeFeed { id: made.id.to_string(), url })))
}

/// The feeds of a team's roster
#[utoipa::path(get, path = "/api/v1/teams/{team}/feeds", tag = "secrets", params(("team" = String, Path)),
    responses((status = 200, body = Vec<FeedDocument>)))]
pub async fn feeds_of_team(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<FeedDocument>> {
    let found = service.feeds_of_team(&actor, &team).await;
    Ok(axum::Json(feed_documents!(scope::of_team(&service, &actor, &team, found).await?)))
}

/// Make a feed of a team's roster; the answer shows its address once
#[utoipa::path(post, path = "/api/v1/teams/{team}/feeds", tag = "secrets", params(("team" = String, Path)),
    request_body = TeamFeedRequest, responses((status = 201, body = MadeFeed)))]
pub async fn add_feed_of_team(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<TeamFeedRequest>,
) -> Made<MadeFeed> {
    let new = NewFeed { person: None, team: Some(team.clone()), label: request.label };
    let made = service.add_feed(&actor, new).await;
    let made = scope::of_team(&service, &actor, &team, made).await?;
    let url = format!("{}/feeds/{}.ics", service.public_url(), made.secret);
    Ok((StatusCode::CREATED, axum::Json(MadeFeed { id: made.id.to_string(), url })))
}

/// Revoke a feed, at once and everywhere
#[utoipa::path(delete, path = "/api/v1/feeds/{id}", tag = "secrets", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn revoke_feed(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(id): Path<TokenId>,
) -> Result<StatusCode, Problem> {
    service.revoke_secret(&actor, SecretKind::Feed, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
