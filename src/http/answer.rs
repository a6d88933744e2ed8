//! Leads one request from its head to its answer, whatever happens on the way: a refusal, a panic, or too long a wait.

use super::accept::Codings;
use super::connections::Connections;
use super::fallback::Question;
use super::framing::Length;
use super::gate::Gate;
use super::gzip::Packer;
use super::intake::{check_head, read_body, skip_body};
use super::logging::{Line, known};
use super::meter::Meter;
use super::problem::Problem;
use super::route::{Part, Speech};
use super::sign_in::{Door, SignedIn, sign_in, too_often};
use super::tls::Shown;
use super::{Body, health};
use crate::config::{Config, Limits, Network};
use crate::dav;
use crate::service::Service;
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, STRICT_TRANSPORT_SECURITY,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, StatusCode, Version};
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Instant;
use tower_service::Service as _;

/// Bodies of so many bytes are read before anybody has signed in; much less than a head may have.
const SMALL: u64 = 4 << 10;

/// Names one request in answers and in the log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// The address a request comes from, as far as it can be trusted.
#[derive(Clone, Copy, Debug)]
pub struct Client(pub IpAddr);

/// The template of the path that answered, set by routers for the log.
#[derive(Clone, Debug)]
pub struct Template(pub String);

/// Everything that answers requests.
pub struct App {
    service: Service,
    limits: Limits,
    trusted: Vec<Network>,
    gate: Arc<Gate>,
    rooms: axum::Router,
    packer: Packer,
    speaks_tls: bool,
    /// The snapshot that answers where the database does not.
    snapshot: Option<PathBuf>,
    connections: Arc<Connections>,
    meter: Meter,
    /// The certificate, where this listener speaks TLS.
    certificate: OnceLock<Arc<Shown>>,
    stopping: AtomicBool,
}

impl App {
    /// Puts the rooms together.
    #[must_use]
    pub fn new(service: Service, config: &Config) -> Self {
        Self {
            rooms: super::route::rooms(&service),
            service,
            limits: config.limits.clone(),
            trusted: config.trusted_proxies.clone(),
            gate: Arc::new(Gate::new(&config.limits)),
            packer: Packer::new(),
            speaks_tls: config.tls.is_spoken(),
            snapshot: config.snapshot_folder().map(|folder| folder.join("oncall.json")),
            connections: Arc::default(),
            meter: Meter::new(),
            certificate: OnceLock::new(),
            stopping: AtomicBool::new(false),
        }
    }

    /// What may happen.
    #[must_use]
    pub const fn service(&self) -> &Service {
        &self.service
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.gate
    }

    pub(super) const fn connections(&self) -> &Arc<Connections> {
        &self.connections
    }

    pub(super) const fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Says which certificate is shown.
    pub(super) fn shows(&self, certificate: Arc<Shown>) {
        // There is one listener.
        let _ = self.certificate.set(certificate);
    }

    /// The certificate that is shown, where this listener speaks TLS.
    pub(super) fn certificate(&self) -> Option<&Shown> {
        self.certificate.get().map(AsRef::as_ref)
    }

    pub(super) fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether an address may open as many connections as it likes.
    pub(super) fn is_exempt(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.is_trusted(address)
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    /// The rightmost address of the forwarding chain that isn't a trusted proxy; what stands left of it, anybody may
    /// have written.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let mut chain: Vec<IpAddr> = Vec::new();
        for item in lines.flat_map(|line| line.split(',')) {
            match item.trim().parse() {
                Ok(address) => chain.push(address),
                Err(_) => chain.clear(),
            }
        }
        let mut client = peer;
        while self.is_trusted(client) {
            match chain.pop() {
                Some(before) => client = before,
                None => break,
            }
        }
        client.to_canonical()
    }

    /// What the snapshot says, where the answer to such a question is that something of ours is broken.
    async fn kept(&self, question: Option<Question>, status: StatusCode) -> Option<Response<Body>> {
        let is_broken = matches!(status, StatusCode::INTERNAL_SERVER_ERROR | StatusCode::SERVICE_UNAVAILABLE);
        let question = question.filter(|_| is_broken)?;
        question.answer(&self.service, self.snapshot.clone()?).await
    }

    /// Fits an answer to the connection that it takes.
    fn fit(&self, response: &mut Response<Body>, version: Version, length: Length) {
        let headers = response.headers_mut();
        if version == Version::HTTP_2 {
            // There it has no meaning (RFC 9113 8.2.2): what is left of one request is in nobody's way.
            headers.remove(CONNECTION);
        } else if length != Length::Known {
            // Whoever reads the same bytes may see another end of this request (RFC 9112 6.1).
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.speaks_tls {
            // For a year; of other hosts of the domain we know nothing (RFC 6797 6.1).
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
        }
    }

    /// Answers one request.
    pub(super) async fn answer(&self, request: Request<Incoming>, peer: SocketAddr, length: Length) -> Response<Body> {
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let id = uuid::Uuid::now_v7().simple().to_string();
        let part = Part::of(&parts.method, parts.uri.path());
        let client = self.client(peer.ip(), &parts.headers);
        let (method, version, codings) = (parts.method.clone(), parts.version, Codings::of(&parts.headers));
        let question = Question::of(&parts, part);
        let visit = Visit { app: self, id: &id, part, client };
        let outcome = crate::store::visit(visit.lead(parts, body, length)).await;
        let mut response = outcome.unwrap_or_else(axum::response::IntoResponse::into_response);
        if let Some(kept) = self.kept(question, response.status()).await {
            response = kept;
        }
        if let Some(problem) = response.extensions_mut().remove::<Problem>() {
            let allow = response.headers_mut().remove(ALLOW);
            let view = response.extensions_mut().remove::<crate::web::View>();
            response = render(&problem, part.speech(), &id, view);
            response.headers_mut().extend(allow.map(|methods| (ALLOW, methods)));
        }
        finish(&mut response, part, &id);
        self.packer.pack(&method, part, codings, &mut response).await;
        self.fit(&mut response, version, length);
        if version == Version::HTTP_2 && method == Method::HEAD {
            leave_body(&mut response);
        }
        let template = response.extensions().get::<Template>().map_or(part.template(), |template| &template.0);
        let (method, status, took) = (known(&method), response.status().as_u16(), started.elapsed());
        self.meter.answered(method, template, status, took);
        Line { request: &id, method, route: template, status, took }.write();
        response
    }
}

/// One request on its way through the house.
struct Visit<'a> {
    app: &'a App,
    id: &'a str,
    part: Part,
    client: IpAddr,
}

impl Visit<'_> {
    async fn lead(&self, parts: Parts, body: Incoming, length: Length) -> Result<Response<Body>, Problem> {
        let (app, part) = (self.app, self.part);
        check_head(&parts, length, &app.limits)?;
        let most = part.most(parts.uri.path(), &app.limits);
        // What is this small is read first, so that nothing takes time between signing in and what is asked for.
        let (small, body) = if body.size_hint().upper().is_some_and(|bytes| bytes <= SMALL) {
            (Some(read_body(body, most, &app.limits).await?), None)
        } else {
            (None, Some(body))
        };
        let signed_in = match part.door(&parts.method, parts.uri.path()) {
            None => None,
            Some(door) => match self.known(&parts, door).await {
                Ok(signed_in) => signed_in,
                Err(problem) => {
                    let ended = match body {
                        Some(body) => Box::pin(skip_body(body)).await,
                        None => true,
                    };
                    return Err(if ended { problem } else { problem.close() });
                }
            },
        };
        if part.path_is_secret()
            && let Some(seconds) = app.gate.links_closed(self.client)
        {
            return Err(too_often(&parts.method, seconds).close());
        }
        let body = match body {
            Some(body) => {
                crate::store::let_go();
                Box::pin(read_body(body, most, &app.limits)).await?
            }
            None => small.unwrap_or_default(),
        };
        let method = parts.method.clone();
        // In a box, for the layers between here and the connection move what they await.
        let work = Box::pin(async {
            let place = match &signed_in {
                Some(known) => app.gate.enter(&known.token).await.map_err(|seconds| too_often(&method, seconds))?,
                None => None,
            };
            let response = self.dispatch(parts, body, signed_in).await;
            drop(place);
            Ok::<_, Problem>(response)
        });
        let response = match tokio::time::timeout(app.limits.handler_time(), caught(work)).await {
            Ok(Some(response)) => response?,
            Ok(None) => {
                tracing::error!(request = self.id, route = part.template(), "request panicked");
                return Err(Problem::internal());
            }
            Err(_) => {
                let detail = "This took too long. It may or may not have happened; look before you repeat it.";
                return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail).retry_after(5));
            }
        };
        if part.path_is_secret() && response.status() == StatusCode::NOT_FOUND {
            app.gate.link_missed(self.client);
        }
        Ok(response)
    }

    /// Who asks. A store that stands still can't say so, and nobody waits for it longer than for an answer.
    async fn known(&self, parts: &Parts, door: Door) -> Result<Option<SignedIn>, Problem> {
        let known = sign_in(self.app, &parts.method, &parts.headers, self.client, door);
        tokio::time::timeout(self.app.limits.handler_time(), known).await.unwrap_or_else(|_| {
            let detail = "It took too long to find out who you are. Nothing has happened; try again.";
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail).retry_after(5))
        })
    }

    async fn dispatch(&self, parts: Parts, body: Bytes, signed_in: Option<SignedIn>) -> Response<Body> {
        let (known, visitor) = signed_in.map(|known| ((known.actor, known.token), known.visitor)).unzip();
        let (actor, token) = known.unzip();
        match self.part {
            Part::Alive => health::alive(),
            Part::Ready => health::ready(self.app).await,
            Part::Dav => {
                let path = parts.uri.path().to_owned();
                let request = dav::Request { method: parts.method, path, headers: parts.headers, body, actor, token };
                dav::handle(&self.app.service, request).await.map(Body::new)
            }
            Part::Api | Part::Pages | Part::Links | Part::Feeds => {
                let mut request = Request::from_parts(parts, Body::from(body));
                let extensions = request.extensions_mut();
                extensions.insert(RequestId(self.id.to_owned()));
                extensions.insert(Client(self.client));
                extensions.insert(Arc::clone(&self.app.gate));
                if let Some(visitor) = visitor.flatten() {
                    extensions.insert(visitor);
                }
                if let Some(actor) = actor {
                    extensions.insert(actor);
                }
                match self.app.rooms.clone().call(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            }
        }
    }
}

/// The outcome, or nothing where the work panicked: one request's bug must not end the connection of another.
async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(|cx| {
        let polled = std::panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

fn render(problem: &Problem, speech: Speech, id: &str, view: Option<crate::web::View>) -> Response<Body> {
    match speech {
        Speech::Json => problem.as_json(id),
        Speech::Text => problem.as_text(id),
        Speech::Page => problem.as_page(crate::web::problem_page(problem, id, view)),
    }
}

/// Leaves the body out of an answer to HEAD, which hyper does on HTTP/1.1 alone.
fn leave_body(response: &mut Response<Body>) {
    let body = std::mem::replace(response.body_mut(), Body::empty());
    if let Some(bytes) = body.size_hint().exact().filter(|bytes| *bytes > 0) {
        response.headers_mut().entry(CONTENT_LENGTH).or_insert(HeaderValue::from(bytes));
    }
}

/// What every answer carries.
fn finish(response: &mut Response<Body>, part: Part, id: &str) {
    const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                       form-action 'self'; frame-ancestors 'none'; base-uri 'none'; report-uri /csp-report";
    // A form of a page tells where it comes from only where the page may say so to its own server.
    let referrer = if part == Part::Pages { "same-origin" } else { "no-referrer" };
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("referrer-policy"), HeaderValue::from_static(referrer));
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        headers.insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(CSP));
        headers.insert(HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY"));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
