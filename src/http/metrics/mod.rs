//! A listener of its own for Prometheus: `/metrics` and nothing else. Whoever can reach it may read it; it names teams and
//! routes, and neither people nor secrets.

mod machine;
mod page;

use super::Body;
use super::answer::App;
use crate::config::Config;
use crate::service::figures::Figures;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use machine::Machine;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::timeout;

/// Connections at a time; Prometheus needs one.
const CONNECTIONS: usize = 8;
/// How long a connection may be idle, in which Prometheus comes back several times.
const IDLE: Duration = Duration::from_secs(120);
/// How long what the database says holds, so that many who watch cost no more than one.
const FRESH: Duration = Duration::from_secs(15);
/// A database that takes longer for a few numbers does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The listener, bound.
pub struct Metrics {
    listener: TcpListener,
    source: Arc<Source>,
}

/// Where the numbers come from.
struct Source {
    machine: Arc<Machine>,
    /// What the database said last, and when it was asked; nothing where it did not answer.
    figures: Mutex<Option<(Instant, Option<Figures>)>>,
}

impl Metrics {
    /// Binds, where an address is configured.
    pub async fn bind(config: &Config) -> std::io::Result<Option<Self>> {
        let Some(listen) = config.metrics.listen else { return Ok(None) };
        let listener = TcpListener::bind(listen).await?;
        let source = Source { machine: Arc::new(Machine::new(config)), figures: Mutex::new(None) };
        Ok(Some(Self { listener, source: Arc::new(source) }))
    }

    /// The address really listened on.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers for ever.
    pub async fn run(self, app: Arc<App>) {
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            // Never closed, so this fails never.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection for metrics was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            let (app, source) = (Arc::clone(&app), Arc::clone(&self.source));
            tokio::spawn(async move {
                serve(stream, app, source).await;
                drop(place);
            });
        }
    }
}

async fn serve(stream: TcpStream, app: Arc<App>, source: Arc<Source>) {
    let answer = service_fn(|request: Request<Incoming>| {
        let (app, source) = (Arc::clone(&app), Arc::clone(&source));
        async move { Ok::<_, Infallible>(answer(&request, &app, &source).await) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(IDLE);
    if let Err(error) = builder.serve_connection(TokioIo::new(stream), answer).await {
        tracing::debug!(%error, "a connection for metrics ended");
    }
}

async fn answer(request: &Request<Incoming>, app: &App, source: &Source) -> Response<Body> {
    let mut response = if request.uri().path() != "/metrics" {
        problem(StatusCode::NOT_FOUND, "there is /metrics, and nothing else\n")
    } else if request.method() != Method::GET && request.method() != Method::HEAD {
        problem(StatusCode::METHOD_NOT_ALLOWED, "metrics are read\n")
    } else {
        Response::new(Body::from(source.page(app).await))
    };
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn problem(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}

impl Source {
    async fn page(&self, app: &App) -> String {
        let machine = Arc::clone(&self.machine);
        let seen = tokio::task::spawn_blocking(move || machine.look()).await.unwrap_or_default();
        let mut kept = self.figures.lock().await;
        if kept.as_ref().is_none_or(|(asked, _)| asked.elapsed() >= FRESH) {
            let figures = match timeout(PATIENCE, app.service().figures()).await {
                Ok(Ok(figures)) => Some(figures),
                Ok(Err(error)) => {
                    tracing::warn!(%error, "the database did not answer what is to be shown as metrics");
                    None
                }
                Err(_) => {
                    tracing::warn!("the database is too slow to answer what is to be shown as metrics");
                    None
                }
            };
            *kept = Some((Instant::now(), figures));
        }
        let figures = kept.as_ref().and_then(|(_, figures)| figures.as_ref());
        page::text(app, &seen, figures)
    }
}
