//! A server so small that it needs nothing but a snapshot: it answers who is on call while the real one is away. Only GET
//! and HEAD, nobody to sign in, nothing to write.

use super::Body;
use crate::api::OnCallDocument;
use crate::ids::TeamId;
use crate::roster::snapshot::{Snapshot, page, style};
use crate::service::Clock;
use crate::time::Instant;
use base64ct::{Base64, Encoding as _};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at a time.
const CONNECTIONS: usize = 256;
/// What the head of a request may take.
const HEAD: Duration = Duration::from_secs(10);
/// What a connection may take, with all its requests.
const WHOLE: Duration = Duration::from_secs(60);
/// How often the file is read again.
const AGAIN: Duration = Duration::from_secs(5);

/// A bound listener and what it answers from.
pub struct Offline {
    listener: TcpListener,
    address: SocketAddr,
    kept: Arc<Mutex<Arc<Snapshot>>>,
    read: Arc<dyn Fn() -> Result<Snapshot, String> + Send + Sync>,
}

impl Offline {
    /// Binds; `read` is asked for a newer snapshot from time to time.
    pub async fn bind(
        listen: SocketAddr,
        first: Snapshot,
        read: impl Fn() -> Result<Snapshot, String> + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, kept: Arc::new(Mutex::new(Arc::new(first))), read: Arc::new(read) })
    }

    /// The address really listened on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until it is dropped.
    pub async fn run(self) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        let fresh = keep_fresh(Arc::clone(&self.kept), Arc::clone(&self.read));
        tokio::select! {
            () = fresh => {}
            () = accept(self.listener, self.kept, room) => {}
        }
    }
}

async fn accept(listener: TcpListener, kept: Arc<Mutex<Arc<Snapshot>>>, room: Arc<Semaphore>) {
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "connection not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let kept = Arc::clone(&kept);
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<Incoming>| {
                let snapshot = Arc::clone(&kept.lock().unwrap_or_else(PoisonError::into_inner));
                let (path, query) = (request.uri().path(), request.uri().query());
                let response = answer(&snapshot, request.method(), path, query, Clock::system().now());
                async move { Ok::<_, Infallible>(response) }
            });
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(16 << 10);
            // Whoever breaks off is nobody to tell.
            let _ = tokio::time::timeout(WHOLE, builder.serve_connection(TokioIo::new(stream), answer)).await;
            drop(place);
        });
    }
}

/// A file that can't be read any more is no reason to forget what it said.
async fn keep_fresh(kept: Arc<Mutex<Arc<Snapshot>>>, read: Arc<dyn Fn() -> Result<Snapshot, String> + Send + Sync>) {
    loop {
        tokio::time::sleep(AGAIN).await;
        let read = Arc::clone(&read);
        match tokio::task::spawn_blocking(move || read()).await {
            Ok(Ok(newer)) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                if newer.taken >= kept.taken {
                    *kept = Arc::new(newer);
                }
            }
            Ok(Err(error)) => tracing::warn!(error, "the snapshot can't be read again; the former one is served"),
            Err(_) => tracing::error!("reading the snapshot panicked"),
        }
    }
}

fn answer(snapshot: &Snapshot, method: &Method, path: &str, query: Option<&str>, now: Instant) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "This copy can only be read.");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["healthz"] => text(StatusCode::OK, "text/plain; charset=utf-8", "ok\n".to_owned()),
        [""] => shown(snapshot, now),
        ["teams", team] => match snapshot.team(&TeamId::from(*team)) {
            Some(team) => shown(&Snapshot { teams: vec![team.clone()], ..snapshot.clone() }, now),
            None => problem(StatusCode::NOT_FOUND, "This copy has no such team."),
        },
        ["api", "v1", "teams", team, "on-call"] => match (snapshot.team(&TeamId::from(*team)), asked(query, now)) {
            (None, _) => problem(StatusCode::NOT_FOUND, "This copy has no such team."),
            (_, None) => problem(StatusCode::UNPROCESSABLE_ENTITY, "at must be a time as RFC 3339 writes it."),
            (Some(_), Some(at)) if at >= snapshot.valid_until => {
                let until = snapshot.valid_until;
                problem(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &format!("This copy says nothing of any moment after {until}."),
                )
            }
            (Some(team), Some(at)) => {
                let document = serde_json::to_string(&OnCallDocument::of_snapshot(snapshot, team, at, now));
                text(StatusCode::OK, "application/json", document.unwrap_or_default())
            }
        },
        _ => problem(StatusCode::NOT_FOUND, "This copy has who is on call, and nothing else."),
    }
}

/// The moment that is asked for; the present one where none is.
fn asked(query: Option<&str>, now: Instant) -> Option<Instant> {
    let Some(value) = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("at="))) else {
        return Some(now);
    };
    let plain = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    chrono::DateTime::parse_from_rfc3339(&plain).ok().map(|at| at.to_utc().into())
}

fn shown(snapshot: &Snapshot, now: Instant) -> Response<Body> {
    let hash = Base64::encode_string(&Sha256::digest(style()));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; base-uri 'none'");
    let mut response = text(StatusCode::OK, "text/html; charset=utf-8", page(snapshot, now));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn problem(status: StatusCode, detail: &str) -> Response<Body> {
    let title = status.canonical_reason().unwrap_or("Refused");
    let document = json!({ "title": title, "status": status.as_u16(), "detail": detail });
    text(status, "application/problem+json", document.to_string())
}

fn text(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static("no-referrer"));
    response
}
