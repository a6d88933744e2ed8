//! The front page: what this is, which teams there are, how to connect a calendar app.

use super::frame::{View, page};
use super::go::Answer;
use crate::service::Service;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::get;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    view: View,
    teams: Vec<(String, String)>,
    url: String,
    /// Nobody administers this server yet.
    setup: bool,
}

/// `GET /`
async fn home(State(service): State<Service>, view: View) -> Answer {
    let visitor = view.visitor.as_ref().map(|visitor| visitor.person.id.clone());
    let teams = service.team_names(visitor.as_ref()).await?;
    let teams: Vec<_> = teams.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let setup = teams.is_empty() && service.lacks_administrator().await?;
    Ok(page(&Home { view, teams, url: service.public_url().to_owned(), setup })?.into_response())
}
