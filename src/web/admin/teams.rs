//! The teams: listed, and a new one made, empty or with the patterns of a usual arrangement.

use crate::roster::model::Team;
use crate::service::Service;
use crate::service::teams::NewTeam;
use crate::service::templates::Arrangement;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::told;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/admin/teams", get(list).post(add))
}

#[derive(Template)]
#[template(path = "admin-teams.html")]
struct TeamsPage {
    view: View,
    teams: Vec<Team>,
    form: Typed,
    trouble: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    id: String,
    name: String,
    email: String,
    time_zone: String,
    arrangement: String,
    #[serde(default)]
    sites: String,
}

async fn shown(service: &Service, viewer: Viewer, form: Typed, trouble: Option<String>) -> Answer {
    let teams = service.teams(&viewer.actor).await?;
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, page(&TeamsPage { view: viewer.view, teams, form, trouble })?).into_response())
}

/// `GET /admin/teams`
async fn list(State(service): State<Service>, viewer: Viewer) -> Answer {
    viewer.administers()?;
    let form = Typed { time_zone: viewer.visitor.person.zone.name().to_owned(), ..Typed::default() };
    shown(&service, viewer, form, None).await
}

/// `POST /admin/teams`
async fn add(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Typed>) -> Answer {
    viewer.administers()?;
    let new = NewTeam {
        id: form.id.trim().to_owned(),
        name: form.name.clone(),
        email: form.email.clone(),
        zone: form.time_zone.clone(),
    };
    let outcome = match Arrangement::parse(&form.arrangement, &form.sites) {
        Ok(arrangement) => service.add_team_with(&viewer.actor, &new, arrangement).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(team) => Ok(to(&format!("/teams/{}/manage", team.id)).said("team-added").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, form, Some(trouble)).await
        }
    }
}
