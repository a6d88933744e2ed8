//! How people's own calendars count for the rosters they stand in.

use super::Answer;
use super::extract::{Caller, Json};
use crate::ids::PersonId;
use crate::roster::model::CountsAs;
use crate::service::Service;
use crate::service::calendars::Counted;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One of a person's ordinary calendars.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarDocument {
    /// The last segment of its path.
    name: String,
    display_name: String,
    /// `utilisation`: its events fill working hours, and only absences and busy whole days exclude from a shift;
    /// `blocks`: all that shows as busy excludes; `holidays`: its whole days are the person's holidays.
    #[schema(value_type = String)]
    counts_as: CountsAs,
}

impl From<Counted> for CalendarDocument {
    fn from(calendar: Counted) -> Self {
        Self { name: calendar.name, display_name: calendar.display_name, counts_as: calendar.counts_as }
    }
}

/// How a calendar is to count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarRequest {
    /// `utilisation`, `blocks` or `holidays`.
    #[schema(value_type = String)]
    counts_as: CountsAs,
}

/// A person's ordinary calendars by name, for the person
#[utoipa::path(get, path = "/api/v1/people/{person}/calendars", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = Vec<CalendarDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<CalendarDocument>> {
    let found = service.counted_calendars(&actor, &person).await?;
    Ok(axum::Json(found.into_iter().map(CalendarDocument::from).collect()))
}

/// Say how one of a person's ordinary calendars counts, for the person
#[utoipa::path(put, path = "/api/v1/people/{person}/calendars/{name}", tag = "people",
    params(("person" = String, Path), ("name" = String, Path)), request_body = CalendarRequest,
    responses((status = 200, body = CalendarDocument)))]
pub async fn count(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, name)): Path<(PersonId, String)>,
    Json(request): Json<CalendarRequest>,
) -> Answer<CalendarDocument> {
    let done = service.count_calendar(&actor, &person, &name, request.counts_as).await?;
    Ok(axum::Json(CalendarDocument::from(done)))
}
