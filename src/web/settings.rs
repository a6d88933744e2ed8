//! What the frame itself takes: the theme that somebody chooses, and what browsers report of the policy.

use super::cookies;
use super::fields::Fields;
use super::frame::Theme;
use super::go::{Answer, local, to};
use crate::http::{Client, Gate};
use crate::service::Service;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::post;
use bytes::Bytes;
use serde::Deserialize;
use std::sync::Arc;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/theme", post(theme)).route("/csp-report", post(report))
}

#[derive(Debug, Deserialize)]
struct Chosen {
    theme: String,
    #[serde(default)]
    to: String,
}

/// `POST /theme`: remembers it in a cookie, and goes back.
async fn theme(State(service): State<Service>, Fields(chosen): Fields<Chosen>) -> Answer {
    let cookie = cookies::keep_theme(&service, Theme::of(&chosen.theme).word());
    Ok(to(local(&chosen.to)).cookie(cookie).into_response())
}

#[derive(Debug, Deserialize)]
struct Report {
    #[serde(rename = "csp-report")]
    report: Violation,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Violation {
    #[serde(default)]
    effective_directive: String,
    #[serde(default)]
    blocked_uri: String,
}

/// `POST /csp-report`: what a browser kept a page from. The page is not named, for its address may be a secret.
async fn report(
    Extension(gate): Extension<Arc<Gate>>,
    Extension(Client(address)): Extension<Client>,
    body: Bytes,
) -> StatusCode {
    if gate.reported(address).is_some() {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    let Ok(Report { report }) = serde_json::from_slice(&body) else { return StatusCode::BAD_REQUEST };
    let words =
        |text: &str, most: usize| -> String { text.chars().filter(|c| c.is_ascii_graphic()).take(most).collect() };
    // Of the address only where it lies.
    let host = report.blocked_uri.split('/').take(3).collect::<Vec<_>>().join("/");
    let (directive, blocked) = (words(&report.effective_directive, 40), words(&host, 100));
    tracing::warn!(directive, blocked, "a page broke the policy");
    StatusCode::NO_CONTENT
}
