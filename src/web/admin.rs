//! What administrators look after: people, teams, tokens, imports, and the trail of who did what.

mod access;
mod audit;
mod import;
mod people;
mod teams;
mod tokens;

use super::frame::{View, Viewer, page};
use super::go::Answer;
use crate::service::Service;
use askama::Template;
use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/admin", get(show))
        .merge(access::routes())
        .merge(audit::routes())
        .merge(import::routes())
        .merge(people::routes())
        .merge(teams::routes())
        .merge(tokens::routes())
}

#[derive(Template)]
#[template(path = "admin.html")]
struct Overview {
    view: View,
}

/// `GET /admin`
async fn show(viewer: Viewer) -> Answer {
    viewer.administers()?;
    Ok(page(&Overview { view: viewer.view })?.into_response())
}
