//! The holidays of a team: what is to come, and a calendar of them taken in, looked at first.

use super::{managed, status};
use crate::ids::TeamId;
use crate::service::Service;
use crate::service::import::holidays::{HolidaysPlan, Whose};
use crate::service::teams::{HolidayView, TeamView};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::told;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/holidays", get(show).post(import))
        .route("/teams/{team}/manage/holidays/remove", post(remove))
}

#[derive(Template)]
#[template(path = "manage-holidays.html")]
struct HolidaysPage {
    view: View,
    team: TeamView,
    coming: Vec<HolidayView>,
    ics: String,
    plan: Option<HolidaysPlan>,
    trouble: Option<String>,
}

async fn shown(
    service: &Service,
    viewer: Viewer,
    team: &TeamId,
    (ics, plan): (String, Option<HolidaysPlan>),
    trouble: Option<String>,
) -> Answer {
    let found = managed(service, &viewer, team).await?;
    let coming = service.holidays_of_team(&viewer.actor, team).await?;
    let status = status(trouble.as_ref());
    let content = HolidaysPage { view: viewer.view, team: found, coming, ics, plan, trouble };
    Ok((status, page(&content)?).into_response())
}

/// `GET /teams/{team}/manage/holidays`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    shown(&service, viewer, &team, (String::new(), None), None).await
}

#[derive(Debug, Deserialize)]
struct Typed {
    ics: String,
    apply: Option<String>,
}

/// `POST /teams/{team}/manage/holidays`: rehearses; with `apply` it is done.
async fn import(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Typed>,
) -> Answer {
    viewer.manages(&team)?;
    let whose = Whose::Team(team.clone());
    match service.import_holidays(&viewer.actor, &whose, form.ics.as_bytes(), form.apply.is_some()).await {
        Ok(plan) if plan.applied => {
            Ok(to(&format!("/teams/{team}/manage/holidays")).said("holidays-imported").into_response())
        }
        Ok(plan) => shown(&service, viewer, &team, (form.ics, Some(plan)), None).await,
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, &team, (form.ics, None), Some(trouble)).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct Removing {
    uid: String,
}

/// `POST /teams/{team}/manage/holidays/remove`
async fn remove(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Removing>,
) -> Answer {
    viewer.manages(&team)?;
    service.remove_holiday(&viewer.actor, &team, &form.uid).await?;
    Ok(to(&format!("/teams/{team}/manage/holidays")).said("holiday-removed").into_response())
}
