//! What the team is called, and the address by which its roster invites.

use super::{managed, status};
use crate::ids::TeamId;
use crate::service::Service;
use crate::service::teams::TeamView;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::told;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/manage/name", get(show).post(change))
}

#[derive(Template)]
#[template(path = "manage-name.html")]
struct NamePage {
    view: View,
    team: TeamView,
    form: Typed,
    trouble: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    email: String,
}

/// `GET /teams/{team}/manage/name`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let form = Typed { name: found.team.name.clone(), email: found.team.email.clone() };
    Ok(page(&NamePage { view: viewer.view, team: found, form, trouble: None })?.into_response())
}

/// `POST /teams/{team}/manage/name`
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Typed>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    match service.rename_team(&viewer.actor, &team, (&form.name, &form.email)).await {
        Ok(()) => Ok(to(&format!("/teams/{team}/manage")).said("team-renamed").into_response()),
        Err(error) => {
            let trouble = Some(told(error)?);
            let status = status(trouble.as_ref());
            Ok((status, page(&NamePage { view: viewer.view, team: found, form, trouble })?).into_response())
        }
    }
}
