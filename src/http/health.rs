//! Whether the process lives (`/healthz`), and whether it can do its work (`/readyz`): a write that is on disk in time.

use super::Body;
use super::answer::App;
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
        Ok(Ok(())) => answer(StatusCode::OK, "ready"),
        Ok(Err(error)) if error.is_full() => {
            tracing::error!(%error, "readiness probe failed");
            answer(StatusCode::SERVICE_UNAVAILABLE, "the disk is full: everything can be read, nothing can be stored")
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "readiness probe failed");
            answer(StatusCode::SERVICE_UNAVAILABLE, "the store refuses to write")
        }
        Err(_) => answer(StatusCode::SERVICE_UNAVAILABLE, "the store is too slow"),
    }
}

fn answer(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
