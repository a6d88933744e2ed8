//! Months that people confirm, and whom a team still waits for.

use super::extract::{Caller, invalid};
use super::{Answer, scope};
use crate::http::Problem;
use crate::ids::{PersonId, TeamId};
use crate::service::Service;
use crate::service::months::{Confirmation, Confirmed};
use crate::time::{Day, Zone};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::Datelike;
use serde::Serialize;
use utoipa::ToSchema;

/// A month that a person has confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct MonthDocument {
    /// Such as `2026-12`.
    month: String,
    /// When they did.
    #[schema(format = DateTime)]
    confirmed: String,
}

/// Whether somebody has confirmed a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConfirmationDocument {
    person: String,
    name: String,
    /// When they did; null where they are waited for.
    #[schema(format = DateTime)]
    confirmed: Option<String>,
}

impl From<&Confirmed> for MonthDocument {
    fn from(known: &Confirmed) -> Self {
        Self { month: known.month.format("%Y-%m").to_string(), confirmed: known.at.rfc3339(Zone::UTC) }
    }
}

impl From<&Confirmation> for ConfirmationDocument {
    fn from(known: &Confirmation) -> Self {
        Self {
            person: known.person.to_string(),
            name: known.name.clone(),
            confirmed: known.at.map(|at| at.rfc3339(Zone::UTC)),
        }
    }
}

/// The first day of a month such as `2026-12`.
fn first_day(text: &str) -> Result<Day, Problem> {
    let digits =
        text.len() == 7 && text.bytes().enumerate().all(|(at, b)| if at == 4 { b == b'-' } else { b.is_ascii_digit() });
    let day = digits.then(|| format!("{text}-01").parse::<Day>().ok()).flatten();
    day.filter(|day| (1970..=2200).contains(&day.year())).ok_or_else(|| invalid("month", "is no month like 2026-12"))
}

/// The months that a person has confirmed
#[utoipa::path(get, path = "/api/v1/people/{person}/months", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = Vec<MonthDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<MonthDocument>> {
    Ok(axum::Json(service.months(&actor, &person).await?.iter().map(MonthDocument::from).collect()))
}

/// Confirm a month: the person has said when they can't, and the rest may be planned; again is harmless
#[utoipa::path(put, path = "/api/v1/people/{person}/months/{month}", tag = "people",
    params(("person" = String, Path), ("month" = String, Path)), responses((status = 200, body = MonthDocument)))]
pub async fn confirm(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, month)): Path<(PersonId, String)>,
) -> Answer<MonthDocument> {
    let done = service.confirm_month(&actor, &person, first_day(&month)?, true).await?;
    Ok(axum::Json(MonthDocument::from(&done)))
}

/// Take the confirmation of a month back; where there is none, nothing happens
#[utoipa::path(delete, path = "/api/v1/people/{person}/months/{month}", tag = "people",
    params(("person" = String, Path), ("month" = String, Path)), responses((status = 204)))]
pub async fn reopen(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((person, month)): Path<(PersonId, String)>,
) -> Result<StatusCode, Problem> {
    service.confirm_month(&actor, &person, first_day(&month)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who of a team's members in a month has confirmed it, by name; for managers
#[utoipa::path(get, path = "/api/v1/teams/{team}/months/{month}", tag = "teams",
    params(("team" = String, Path), ("month" = String, Path)),
    responses((status = 200, body = Vec<ConfirmationDocument>)))]
pub async fn of_team(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, month)): Path<(TeamId, String)>,
) -> Answer<Vec<ConfirmationDocument>> {
    let found = service.team_month(&actor, &team, first_day(&month)?).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(found.iter().map(ConfirmationDocument::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_a_year_and_two_digits() {
        assert_eq!(first_day("2026-12").unwrap().to_string(), "2026-12-01");
        for bad in ["2026-13", "2026-1", "2026-12-01", "+026-12", "1900-01", "2026/12", "2026-1é"] {
            assert!(first_day(bad).is_err(), "{bad}");
        }
    }
}
