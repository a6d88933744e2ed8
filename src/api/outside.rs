//! Outside calendars of people: which their busy times are taken from, and how those calendars do.

use super::extract::{Caller, Json};
use super::{Answer, Made};
use crate::http::Problem;
use crate::ids::PersonId;
use crate::roster::model::CountsAs;
use crate::service::Service;
use crate::service::calendars::{NewOutside, OutsideChange, OutsideView, Problem as Missed};
use crate::time::{Instant, Zone};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One of a person's outside calendars.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutsideCalendarDocument {
    /// The last segment of its path.
    name: String,
    display_name: String,
    /// Where its events come from. Others than its person see the host alone.
    url: String,
    /// `utilisation`: its events fill working hours, and only absences and busy whole days exclude from a shift;
    /// `blocks`: all that shows as busy excludes; `holidays`: its whole days are the person's holidays.
    #[schema(value_type = String)]
    counts_as: CountsAs,
    /// It counts as nothing at all.
    transparent: bool,
    /// How often it is asked for, in minutes.
    every_minutes: i64,
    /// When it was had last, in UTC.
    last_success: Option<String>,
    /// When it was asked for last, in UTC.
    last_attempt: Option<String>,
    /// When it is asked for next, in UTC.
    next_attempt: String,
    /// Why it was not had last time: `not-reachable`, `no-calendar` (what is there is none) or `too-much`.
    #[schema(value_type = Option<String>)]
    problem: Option<Missed>,
    /// What is kept of it may be old.
    stale: bool,
    /// Events that are kept of it: those to come, and those of the last two months.
    events: i64,
    /// Events of it that could not be read.
    skipped: u32,
}

impl From<OutsideView> for OutsideCalendarDocument {
    fn from(view: OutsideView) -> Self {
        let utc = |at: Instant| at.rfc3339(Zone::UTC);
        Self {
            name: view.name,
            display_name: view.display_name,
            url: view.url,
            counts_as: view.counts_as,
            transparent: view.transparent,
            every_minutes: view.every_minutes,
            last_success: view.last_success.map(utc),
            last_attempt: view.last_attempt.map(utc),
            next_attempt: utc(view.next_attempt),
            problem: view.problem,
            stale: view.stale,
            events: view.events,
            skipped: view.skipped,
        }
    }
}

/// An outside calendar as it is handed in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideCalendarRequest {
    /// `https://…` or `webcal://…`, at a public address.
    url: String,
    /// As it is shown; the host where nothing is said.
    name: Option<String>,
    /// `utilisation` (usual), `blocks` or `holidays`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    counts_as: CountsAs,
    /// It counts as nothing at all.
    #[serde(default)]
    transparent: bool,
}

/// What of an outside calendar is to be another way; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutsideCalendarPatch {
    /// Another address; what was had of the old one goes.
    url: Option<String>,
    /// As it is shown.
    name: Option<String>,
    /// `utilisation`, `blocks` or `holidays`.
    #[schema(value_type = Option<String>)]
    counts_as: Option<CountsAs>,
    /// Whether it counts as nothing at all.
    transparent: Option<bool>,
}

/// A person's outside calendars by name, for the person
#[utoipa::path(get, path = "/api/v1/people/{person}/outside-calendars", tag = "people",
    params(("person" = String, Path)), responses((status = 200, body = Vec<OutsideCalendarDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<OutsideCalendarDocument>> {
    let found = service.outside_calendars(&actor, &person).await?;
    Ok(axum::Json(found.into_iter().map(OutsideCalendarDocument::from).collect()))
}

/// Hand in the address of a calendar that somebody else's server keeps; it is asked for at once and then again and again
#[utoipa::path(post, path = "/api/v1/people/{person}/outside-calendars", tag = "people",
    params(("person" = String, Path)), request_body = OutsideCalendarRequest,
    responses((status = 201, body = OutsideCalendarDocument)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
    Json(request): Json<OutsideCalendarRequest>,
) -> Made<OutsideCalendarDocument> {
    let OutsideCalendarRequest { url, name, counts_as, transparent } = request;
    let made = service.add_outside(&actor, &person, &NewOutside { url, name, counts_as, transparent }).await?;
    Ok((StatusCode::CREATED, axum::Json(OutsideCalendarDocument::from(made))))
}

/// Change an outside calendar, for the person
#[utoipa::path(patch, path = "/api/v1/people/{person}/outside-calendars/{name}", tag = "people",
    params(("person" = String, Path), ("name" = String, Path)), request_body = OutsideCalendarPatch,
    responses((status = 200, body = OutsideCalendarDocument)))]
pub async fn change(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, calendar)): Path<(PersonId, String)>,
    Json(request): Json<OutsideCalendarPatch>,
) -> Answer<OutsideCalendarDocument> {
    let OutsideCalendarPatch { url, name, counts_as, transparent } = request;
    let change = OutsideChange { url, name, counts_as, transparent };
    let done = service.change_outside(&actor, (&person, &calendar), &change).await?;
    Ok(axum::Json(OutsideCalendarDocument::from(done)))
}

/// Remove an outside calendar with all that was had of it
#[utoipa::path(delete, path = "/api/v1/people/{person}/outside-calendars/{name}", tag = "people",
    params(("person" = String, Path), ("name" = String, Path)), responses((status = 204)))]
pub async fn remove(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, calendar)): Path<(PersonId, String)>,
) -> Result<StatusCode, Problem> {
    service.remove_outside(&actor, &person, &calendar).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have an outside calendar asked for now, a minute after the last time at the soonest
#[utoipa::path(post, path = "/api/v1/people/{person}/outside-calendars/{name}/refresh", tag = "people",
    params(("person" = String, Path), ("name" = String, Path)),
    responses((status = 202, body = OutsideCalendarDocument)))]
pub async fn refresh(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, calendar)): Path<(PersonId, String)>,
) -> Made<OutsideCalendarDocument> {
    let asked = service.refresh_outside(&actor, &person, &calendar).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(OutsideCalendarDocument::from(asked))))
}
