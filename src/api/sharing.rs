//! To whom people open their calendars, and whom they name to look after them and to answer in their place.

use super::Answer;
use super::extract::{Caller, Json, invalid};
use crate::http::Problem;
use crate::ids::PersonId;
use crate::service::Service;
use crate::service::calendars::{Extent, Grantee, Share, Shared};
use crate::service::delegates::{Named, word};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// With whom a calendar is shared.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShareDocument {
    /// `person:ben`, `team:payments` or `everybody`: whoever signs in.
    with: String,
    /// As they are shown.
    name: String,
    /// `free-busy`, `read`, `write`, or `custom` where a calendar app said something else.
    #[schema(value_type = String)]
    access: Extent,
    /// What that comes to, as WebDAV calls it.
    privileges: Vec<&'static str>,
}

impl From<Share> for ShareDocument {
    fn from(share: Share) -> Self {
        Self {
            with: share.with.to_string(),
            name: share.name,
            access: share.extent,
            privileges: share.privileges.iter().map(|privilege| privilege.name()).collect(),
        }
    }
}

/// How far a calendar is to be shared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareRequest {
    /// `free-busy`, `read` or `write`.
    #[schema(value_type = String)]
    access: Extent,
}

/// A calendar that somebody else shares.
#[derive(Debug, Serialize, ToSchema)]
pub struct SharedDocument {
    /// The last segment of its path in the person's home.
    name: String,
    display_name: String,
    /// Whose it is.
    owner: String,
    /// What the person may do there, as WebDAV calls it.
    privileges: Vec<&'static str>,
}

impl From<Shared> for SharedDocument {
    fn from(shared: Shared) -> Self {
        Self {
            name: shared.name,
            display_name: shared.display_name,
            owner: shared.owner.to_string(),
            privileges: shared.privileges.iter().map(|privilege| privilege.name()).collect(),
        }
    }
}

/// Somebody's delegate, or somebody whose delegate one is.
#[derive(Debug, Serialize, ToSchema)]
pub struct DelegateDocument {
    person: String,
    name: String,
    /// `write`: writes in their calendars, and answers shifts, offers and invitations for them; `read`: looks.
    access: &'static str,
}

impl From<Named> for DelegateDocument {
    fn from(named: Named) -> Self {
        Self { person: named.person.to_string(), name: named.name, access: word(named.writes) }
    }
}

/// What a delegate is to do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegateRequest {
    /// `write` or `read`.
    access: String,
}

fn grantee(text: &str) -> Result<Grantee, Problem> {
    text.parse().map_err(|()| invalid("with", "is none of person:<id>, team:<id> and everybody"))
}

/// With whom a person shares one of their calendars, for the person
#[utoipa::path(get, path = "/api/v1/people/{person}/calendars/{name}/shares", tag = "people",
    params(("person" = String, Path), ("name" = String, Path)), responses((status = 200, body = Vec<ShareDocument>)))]
pub async fn shares(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, name)): Path<(PersonId, String)>,
) -> Answer<Vec<ShareDocument>> {
    let found = service.shares(&actor, &person, &name).await?;
    Ok(axum::Json(found.into_iter().map(ShareDocument::from).collect()))
}

/// Share a calendar with a person, a team or everybody, so far and no farther; it then stands in the homes of those named
#[utoipa::path(put, path = "/api/v1/people/{person}/calendars/{name}/shares/{with}", tag = "people",
    params(("person" = String, Path), ("name" = String, Path), ("with" = String, Path)), request_body = ShareRequest,
    responses((status = 200, body = ShareDocument)))]
pub async fn share(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, name, with)): Path<(PersonId, String, String)>,
    Json(request): Json<ShareRequest>,
) -> Answer<ShareDocument> {
    let done = service.share_calendar(&actor, (&person, &name), &grantee(&with)?, request.access).await?;
    Ok(axum::Json(ShareDocument::from(done)))
}

/// Share a calendar with them no more
#[utoipa::path(delete, path = "/api/v1/people/{person}/calendars/{name}/shares/{with}", tag = "people",
    params(("person" = String, Path), ("name" = String, Path), ("with" = String, Path)),
    responses((status = 204)))]
pub async fn unshare(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, name, with)): Path<(PersonId, String, String)>,
) -> Result<StatusCode, Problem> {
    service.unshare_calendar(&actor, (&person, &name), &grantee(&with)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The calendars that others share with a person, for the person
#[utoipa::path(get, path = "/api/v1/people/{person}/shared-calendars", tag = "people",
    params(("person" = String, Path)), responses((status = 200, body = Vec<SharedDocument>)))]
pub async fn shared(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<SharedDocument>> {
    let found = service.shared_with(&actor, &person).await?;
    Ok(axum::Json(found.into_iter().map(SharedDocument::from).collect()))
}

/// Leave a calendar that somebody else shares; it stays with its owner
#[utoipa::path(delete, path = "/api/v1/people/{person}/shared-calendars/{name}", tag = "people",
    params(("person" = String, Path), ("name" = String, Path)), responses((status = 204)))]
pub async fn leave(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, name)): Path<(PersonId, String)>,
) -> Result<StatusCode, Problem> {
    service.leave_calendar(&actor, &person, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whom a person has named to look after their calendars or to answer for them, for the person
#[utoipa::path(get, path = "/api/v1/people/{person}/delegates", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = Vec<DelegateDocument>)))]
pub async fn delegates(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<DelegateDocument>> {
    let found = service.delegates(&actor, &person).await?;
    Ok(axum::Json(found.into_iter().map(DelegateDocument::from).collect()))
}

/// Name a delegate, or change what they may do
#[utoipa::path(put, path = "/api/v1/people/{person}/delegates/{delegate}", tag = "people",
    params(("person" = String, Path), ("delegate" = String, Path)), request_body = DelegateRequest,
    responses((status = 200, body = DelegateDocument)))]
pub async fn name_delegate(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, delegate)): Path<(PersonId, PersonId)>,
    Json(request): Json<DelegateRequest>,
) -> Answer<DelegateDocument> {
    let writes = match request.access.as_str() {
        "write" => true,
        "read" => false,
        _ => return Err(invalid("access", "is neither read nor write")),
    };
    Ok(axum::Json(DelegateDocument::from(service.name_delegate(&actor, &person, &delegate, writes).await?)))
}

/// Name them no more; a delegate may step down too
#[utoipa::path(delete, path = "/api/v1/people/{person}/delegates/{delegate}", tag = "people",
    params(("person" = String, Path), ("delegate" = String, Path)), responses((status = 204)))]
pub async fn dismiss_delegate(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, delegate)): Path<(PersonId, PersonId)>,
) -> Result<StatusCode, Problem> {
    service.dismiss_delegate(&actor, &person, &delegate).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For whom a person looks or answers, for the person
#[utoipa::path(get, path = "/api/v1/people/{person}/delegators", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = Vec<DelegateDocument>)))]
pub async fn delegators(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<DelegateDocument>> {
    let found = service.delegators(&actor, &person).await?;
    Ok(axum::Json(found.into_iter().map(DelegateDocument::from).collect()))
}
