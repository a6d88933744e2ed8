//! Whether the process lives (`/healthz`), and whether it can do its work (`/readyz`): a write that is on disk in time. What
//! the last self-test found is told beside it, and takes nobody out of service: a gap in a roster is no fault of the server.

use super::Body;
use super::answer::App;
use crate::time::SECOND;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use std::time::Duration;

/// A store that takes longer for one row can't serve anybody.
const PROBE: Duration = Duration::from_secs(2);

/// The process answers.
pub fn alive() -> Response<Body> {
    answer(StatusCode::OK, "ok")
}

/// The store takes a write in time, and nobody has asked us to stop.
pub async fn ready(app: &App) -> Response<Body> {
    if app.is_stopping() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "shutting down");
    }
    match tokio::time::timeout(PROBE, app.service().probe()).await {
        Ok(Ok(())) => answer(StatusCode::OK, &format!("ready{}", self_test(app).await)),
        Ok(Err(error)) => {
            tracing::error!(%error, "readiness probe failed");
            let why = if error.is_full() {
                "the disk is full: everything can be read, little or nothing can be stored"
            } else if error.is_read_only() {
                "the database can only be read: everything can be read, nothing can be stored"
            } else {
                "the store refuses to write"
            };
            answer(StatusCode::SERVICE_UNAVAILABLE, why)
        }
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, "the store is too slow"),
    }
}

/// A line about the last self-test, where there was one; strangers read it, so that it names no team.
async fn self_test(app: &App) -> String {
    // Whoever can't read it has just been able to write.
    let Ok(Some(beat)) = app.service().last_beat().await else { return String::new() };
    let ago = (app.service().ctx().now.millis() - beat.at.millis()).max(0) / SECOND;
    match beat.failed().as_slice() {
        [] => format!("\nself-test {ago} s ago: all is well"),
        failed => format!("\nself-test {ago} s ago failed: {}", failed.join(", ")),
    }
}

fn answer(status: StatusCode, text: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
