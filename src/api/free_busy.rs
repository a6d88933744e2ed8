//! Who of a team is free then: from everybody's calendars, availability and working hours, without a word of what is in
//! them.

use super::extract::{Caller, Params, invalid, moment};
use super::{Answer, scope};
use crate::ical::freebusy::BusyTime;
use crate::ids::TeamId;
use crate::roster::model::Person;
use crate::service::Service;
use crate::time::{DAY, Window};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Longest span, in days.
const MAX_DAYS: i64 = 366;

/// A member of a team, and when they are busy.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreeBusyDocument {
    /// Their id.
    person: String,
    name: String,
    /// Nothing at all is in the way, not even perhaps.
    free: bool,
    /// By start; each kind for itself, so that spans of different kinds may overlap.
    busy: Vec<BusyDocument>,
}

/// A time when somebody is busy.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusyDocument {
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// As RFC 5545 has it: `BUSY`, `BUSY-UNAVAILABLE` or `BUSY-TENTATIVE`.
    kind: &'static str,
}

/// About which time is asked.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// From this RFC 3339 time on.
    from: String,
    /// Up to this one, at most 366 days later.
    until: String,
}

fn document((person, times): &(Person, Vec<BusyTime>)) -> FreeBusyDocument {
    let busy = |time: &BusyTime| BusyDocument {
        start: time.window.start.to_string(),
        end: time.window.end.to_string(),
        kind: time.kind.name(),
    };
    FreeBusyDocument {
        person: person.id.as_str().to_owned(),
        name: person.name.clone(),
        free: times.is_empty(),
        busy: times.iter().map(busy).collect(),
    }
}

/// Who of a team is free, and when the others are busy, by name; for the team's people
#[utoipa::path(get, path = "/api/v1/teams/{team}/free-busy", tag = "teams", params(("team" = String, Path), Span),
    responses((status = 200, body = Vec<FreeBusyDocument>)))]
pub async fn of_team(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(Span { from, until }): Params<Span>,
) -> Answer<Vec<FreeBusyDocument>> {
    let (start, end) = (moment("from", &from)?, moment("until", &until)?);
    if start >= end || end.millis() - start.millis() > MAX_DAYS * DAY {
        return Err(invalid("until", "lies after `from`, and at most 366 days"));
    }
    let found = service.team_free_busy(&actor, &team, Window::new(start, end)).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(found.iter().map(document).collect()))
}
