//! Pages for people: who is on call, a shift, and what a signed link asks.

use crate::http::Problem;
use crate::service::Service;
use axum::Router;

/// The room's routes.
pub fn router(_service: Service) -> Router {
    Router::new()
        .route("/", axum::routing::get(async || axum::response::Html("<!doctype html><title>Dogwatch</title>")))
}

/// A refusal as a page.
#[must_use]
pub fn problem_page(problem: &Problem, request: &str) -> String {
    format!("<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}<p>Request {request}", problem.title(), problem.detail)
}
