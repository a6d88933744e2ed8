//! Reports over a period, as JSON or CSV: managers see everybody's lines, members their own and the team's spread.

mod balance;
pub mod csv;
mod documents;
mod pay;

use super::extract::{Caller, Params, day, invalid};
use super::scope;
use crate::http::Problem;
use crate::ids::TeamId;
use crate::service::Service;
use crate::service::reports::Asked;
use axum::extract::{Path, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use csv::{Row, csv};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

pub use balance::{BalanceReport, BalanceRow};
pub use documents::{CallOutRow, CallOutsReport, HoursReport, HoursRow, PairRow, PairsReport};
pub use pay::{PayReport, PayRow};

/// Over what to report, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// First day, of the team's zone.
    from: String,
    /// First day after.
    to: String,
    /// With what is published and still to be stood.
    #[serde(default)]
    planned: bool,
    /// `json`, or `csv`.
    #[serde(default)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    #[default]
    Json,
    Csv,
}

impl Query {
    fn asked(&self) -> Result<Asked, Problem> {
        let (from, to) = (day("from", &self.from)?, day("to", &self.to)?);
        if to <= from {
            return Err(invalid("to", "must come after from"));
        }
        Ok(Asked { from, to, planned: self.planned })
    }

    /// The document, or its rows as a file.
    fn answer<D: Serialize, R: Row>(
        &self,
        name: &str,
        team: &TeamId,
        document: D,
        rows: impl FnOnce(D) -> Vec<R>,
    ) -> Response {
        if self.format == Format::Json {
            return axum::Json(document).into_response();
        }
        let mut response = csv(&rows(document)).into_response();
        let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        let file = format!("attachment; filename=\"{team}-{name}-{}-{}.csv\"", self.from, self.to);
        // Both days were read as days, and a team is a slug.
        if let Ok(file) = HeaderValue::from_str(&file) {
            response.headers_mut().insert(CONTENT_DISPOSITION, file);
        }
        response
    }
}

/// Hours, nights, weekends, holidays, points and call-outs by person
#[utoipa::path(get, path = "/api/v1/teams/{team}/reports/hours", tag = "reports",
    params(("team" = String, Path), Query), responses((status = 200, content((HoursReport = "application/json"),
    (String = "text/csv")))))]
pub async fn hours(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let found = service.hours_report(&actor, &team, query.asked()?).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(query.answer("hours", &team, HoursReport::from(&found), |report| report.lines))
}

/// Load against fair share: points, nights, weekends and holidays, each for itself
#[utoipa::path(get, path = "/api/v1/teams/{team}/reports/balance", tag = "reports",
    params(("team" = String, Path), Query), responses((status = 200, content((BalanceReport = "application/json"),
    (String = "text/csv")))))]
pub async fn balance(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let found = service.standing_report(&actor, &team, query.asked()?).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    let rows = |report: BalanceReport| report.dimensions.into_iter().flat_map(|one| one.lines).collect();
    Ok(query.answer("balance", &team, BalanceReport::from(&found), rows))
}

/// Who stood with whom, how often and how long
#[utoipa::path(get, path = "/api/v1/teams/{team}/reports/pairs", tag = "reports",
    params(("team" = String, Path), Query), responses((status = 200, content((PairsReport = "application/json"),
    (String = "text/csv")))))]
pub async fn pairs(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let found = service.pairs_report(&actor, &team, query.asked()?).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(query.answer("pairs", &team, PairsReport::from(&found), |report| report.lines))
}

/// Pay units by the team's rate table
#[utoipa::path(get, path = "/api/v1/teams/{team}/reports/pay", tag = "reports",
    params(("team" = String, Path), Query), responses((status = 200, content((PayReport = "application/json"),
    (String = "text/csv")))))]
pub async fn pay(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let found = service.pay_report(&actor, &team, query.asked()?).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(query.answer("pay", &team, PayReport::from(&found), |report| report.lines))
}

/// Call-outs that begin in the period, by start
#[utoipa::path(get, path = "/api/v1/teams/{team}/reports/callouts", tag = "reports",
    params(("team" = String, Path), Query), responses((status = 200, content((CallOutsReport = "application/json"),
    (String = "text/csv")))))]
pub async fn call_outs(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(query): Params<Query>,
) -> Result<Response, Problem> {
    let found = service.call_outs_report(&actor, &team, query.asked()?).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(query.answer("callouts", &team, CallOutsReport::from(&found), |report| report.lines))
}
