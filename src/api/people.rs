//! People, for administrators.

use super::extract::{Caller, Json};
use super::{Answer, Made};
use crate::ids::PersonId;
use crate::roster::model::Person;
use crate::service::Service;
use crate::service::people::{Gap, NewPerson};
use crate::time::Zone;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody with a calendar home.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonRecord {
    id: String,
    name: String,
    email: String,
    /// E.164.
    phone: Option<String>,
    /// IANA name.
    time_zone: String,
    admin: bool,
    disabled: bool,
}

impl From<&Person> for PersonRecord {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: person.email.clone(),
            phone: person.phone.clone(),
            time_zone: person.zone.name().to_owned(),
            admin: person.admin,
            disabled: person.disabled,
        }
    }
}

/// Somebody to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// Lower-case letters, digits and hyphens; never changes.
    id: String,
    name: String,
    email: String,
    #[serde(default)]
    phone: Option<String>,
    /// IANA name.
    time_zone: String,
    #[serde(default)]
    admin: bool,
}

/// A shift that nobody is responsible for any more.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapDocument {
    team: String,
    slot: String,
    segment: u32,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
}

impl From<&Gap> for GapDocument {
    fn from(gap: &Gap) -> Self {
        Self {
            team: gap.team.to_string(),
            slot: gap.slot.to_string(),
            segment: gap.segment,
            role: gap.role.clone(),
            start: gap.window.start.rfc3339(Zone::UTC),
            end: gap.window.end.rfc3339(Zone::UTC),
        }
    }
}

/// Everybody, by id
#[utoipa::path(get, path = "/api/v1/people", tag = "people", responses((status = 200, body = Vec<PersonRecord>)))]
pub async fn list(State(service): State<Service>, Caller(actor): Caller) -> Answer<Vec<PersonRecord>> {
    Ok(axum::Json(service.people(&actor).await?.iter().map(PersonRecord::from).collect()))
}

/// Add somebody, with their calendars
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = PersonRequest,
    responses((status = 201, body = PersonRecord)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Json(request): Json<PersonRequest>,
) -> Made<PersonRecord> {
    let new = NewPerson {
        id: request.id,
        name: request.name,
        email: request.email,
        phone: request.phone,
        zone: request.time_zone,
        admin: request.admin,
    };
    let person = service.add_person(&actor, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(PersonRecord::from(&person))))
}

/// One person, by id or e-mail address
#[utoipa::path(get, path = "/api/v1/people/{person}", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = PersonRecord)))]
pub async fn show(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<String>,
) -> Answer<PersonRecord> {
    Ok(axum::Json(PersonRecord::from(&service.person_by_login(&actor, &person).await?)))
}

/// Disable somebody: secrets are revoked, and what they still had to stand is answered as gaps
#[utoipa::path(post, path = "/api/v1/people/{person}/disable", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = Vec<GapDocument>)))]
pub async fn disable(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<GapDocument>> {
    let gaps = service.disable_person(&actor, &person).await?;
    Ok(axum::Json(gaps.iter().map(GapDocument::from).collect()))
}
