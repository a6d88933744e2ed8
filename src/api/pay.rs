//! A team's rate table, edition by edition, for its managers.

use super::extract::{Caller, Json, day};
use super::{Answer, Made, scope};
use crate::ids::TeamId;
use crate::roster::report::pay::{Edition, Rate, Rates};
use crate::service::Service;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a shift or a call-out pays, in whole units.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RateDocument {
    /// For each one; parts of a shift have their part of it.
    flat: i64,
    /// For a working hour.
    work: i64,
    /// For an evening hour of a working day.
    evening: i64,
    /// For a night hour.
    night: i64,
    /// For an hour of a weekend.
    weekend: i64,
    /// For an hour of a holiday.
    holiday: i64,
}

/// A new edition of a rate table.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RatesRequest {
    /// First day, in the team's zone, on which it is in force. Where absent: the first edition since ever, a later one from
    /// today on.
    #[schema(format = Date)]
    from: Option<String>,
    /// Shifts, by role.
    roles: BTreeMap<String, RateDocument>,
    /// Shifts of every other role.
    other_roles: RateDocument,
    /// Call-outs, beside the shift's own pay.
    call_outs: RateDocument,
}

/// An edition of a rate table.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionDocument {
    /// 1, 2, 3 …
    version: i64,
    /// First day on which it is in force; null where since ever.
    #[schema(format = Date)]
    from: Option<String>,
    roles: BTreeMap<String, RateDocument>,
    other_roles: RateDocument,
    call_outs: RateDocument,
}

impl From<&RateDocument> for Rate {
    fn from(rate: &RateDocument) -> Self {
        let RateDocument { flat, work, evening, night, weekend, holiday } = *rate;
        Self { flat, work, evening, night, weekend, holiday }
    }
}

impl From<&Rate> for RateDocument {
    fn from(rate: &Rate) -> Self {
        let Rate { flat, work, evening, night, weekend, holiday } = *rate;
        Self { flat, work, evening, night, weekend, holiday }
    }
}

impl From<&Edition> for EditionDocument {
    fn from(edition: &Edition) -> Self {
        let rates = &edition.rates;
        Self {
            version: edition.version,
            from: edition.from.map(|day| day.to_string()),
            roles: rates.roles.iter().map(|(role, rate)| (role.clone(), rate.into())).collect(),
            other_roles: (&rates.other_roles).into(),
            call_outs: (&rates.call_outs).into(),
        }
    }
}

/// Every edition of a team's rate table, by number
#[utoipa::path(get, path = "/api/v1/teams/{team}/pay-rates", tag = "reports", params(("team" = String, Path)),
    responses((status = 200, body = Vec<EditionDocument>)))]
pub async fn list(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<EditionDocument>> {
    let found = service.pay_rates(&actor, &team).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(found.iter().map(EditionDocument::from).collect()))
}

/// Add an edition; each shift is paid by the latest that is in force on the day it begins
#[utoipa::path(post, path = "/api/v1/teams/{team}/pay-rates", tag = "reports", params(("team" = String, Path)),
    request_body = RatesRequest, responses((status = 201, body = EditionDocument)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<RatesRequest>,
) -> Made<EditionDocument> {
    let from = request.from.map(|text| day("from", &text)).transpose()?;
    let rates = Rates {
        roles: request.roles.iter().map(|(role, rate)| (role.clone(), rate.into())).collect(),
        other_roles: (&request.other_roles).into(),
        call_outs: (&request.call_outs).into(),
    };
    let made = service.set_pay_rates(&actor, &team, from, rates).await;
    let made = scope::of_team(&service, &actor, &team, made).await?;
    Ok((StatusCode::CREATED, axum::Json(EditionDocument::from(&made))))
}
