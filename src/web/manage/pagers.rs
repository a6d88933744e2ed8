//! Schedules at pagers that follow the team's roster: how each does, and whom the pager does not know, with what to do
//! about it. Keys are typed at the machine or into programs, not here.

use super::managed;
use crate::ids::{PagerId, TeamId};
use crate::roster::model::Person;
use crate::service::Service;
use crate::service::pagers::{Kind, PagerView};
use crate::service::teams::TeamView;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/pagers", get(show))
        .route("/teams/{team}/manage/pagers/{pager}/compare", post(compare))
}

#[derive(Template)]
#[template(path = "manage-pagers.html")]
struct PagersPage {
    view: View,
    team: TeamView,
    pagers: Vec<Shown>,
}

/// A schedule with the people whom its pager does not know.
struct Shown {
    one: PagerView,
    name: &'static str,
    strangers: Vec<Person>,
}

/// `GET /teams/{team}/manage/pagers`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let strangers = service.strangers_to_pagers(&viewer.actor, &team).await?;
    let shown = |one: PagerView| {
        let unknown = |person: &&Person| one.health.unmatched.contains(&person.id);
        let strangers = strangers.iter().filter(unknown).cloned().collect();
        let name = match one.kind {
            Kind::PagerDuty => "PagerDuty",
            Kind::Opsgenie => "Opsgenie",
        };
        Shown { one, name, strangers }
    };
    let pagers = service.pagers(&viewer.actor, &team).await?.into_iter().map(shown).collect();
    Ok(page(&PagersPage { view: viewer.view, team: found, pagers })?.into_response())
}

/// `POST /teams/{team}/manage/pagers/{pager}/compare`
async fn compare(State(service): State<Service>, viewer: Viewer, Path((team, id)): Path<(TeamId, PagerId)>) -> Answer {
    managed(&service, &viewer, &team).await?;
    service.compare_pager(&viewer.actor, &team, &id).await?;
    Ok(to(&format!("/teams/{team}/manage/pagers")).said("pager-compared").into_response())
}
