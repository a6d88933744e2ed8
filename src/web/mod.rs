//! Pages for people: who is on call, a shift, and what a signed link asks. No script; what people wrote is escaped by
//! the templates, and the listener's policy would not let it run either.

mod home;
mod layout;
mod link;
mod team;

pub use layout::problem_page;

use crate::service::Service;
use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::get;

/// The room's routes.
pub fn router(service: Service) -> Router {
    let style = async || {
        let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")];
        (headers, include_str!("dogwatch.css"))
    };
    Router::new()
        .route("/", get(home::home))
        .route("/teams/{team}", get(team::team))
        .route("/shifts/{slot}", get(team::shift))
        .route("/links/{*path}", get(link::show).post(link::press))
        .route("/static/dogwatch.css", get(style))
        .with_state(service)
}
