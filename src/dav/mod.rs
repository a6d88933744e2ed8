//! WebDAV and CalDAV on the wire: paths, headers, XML. Translates and calls `service`; decides nothing itself.
//!
//! `http` has bounded and authenticated the request before it comes here; what comes back is ready to be sent.

mod answer;
pub mod xml;

pub use answer::Body;

use crate::service::{Actor, Service};
use bytes::Bytes;
use hyper::{HeaderMap, Method, Response};

/// A request as `http` hands it over.
#[derive(Clone, Debug)]
pub struct Request {
    /// Any method, also those that HTTP itself does not define.
    pub method: Method,
    /// The path as it was sent: still percent-encoded, without the query.
    pub path: String,
    /// The headers as they were sent.
    pub headers: HeaderMap,
    /// The whole body, within the limit of `http`.
    pub body: Bytes,
    /// Who signed in. `None` only where [`is_public`] says that nobody needs to.
    pub actor: Option<Actor>,
}

/// Whether a request is answered without signing in: OPTIONS, and the redirect of the well-known address for methods
/// other than PROPFIND (RFC 6764 5). Everything else under [`owns`] wants a 401 first.
#[must_use]
pub fn is_public(method: &Method, path: &str) -> bool {
    *method == Method::OPTIONS || (path.trim_end_matches('/') == "/.well-known/caldav" && method.as_str() != "PROPFIND")
}

/// Whether a request belongs to this room: the DAV tree with every method, and `/` with every method that a browser
/// would not send.
#[must_use]
pub fn owns(method: &Method, path: &str) -> bool {
    let browser = matches!(*method, Method::GET | Method::HEAD | Method::POST);
    match path.trim_end_matches('/') {
        "" => !browser,
        "/dav" | "/principals" | "/.well-known/caldav" => true,
        other => other.starts_with("/dav/") || other.starts_with("/principals/"),
    }
}

/// Answers a request. Never fails: what goes wrong becomes an answer with the fitting status and `DAV:error` body.
pub async fn handle(_service: &Service, _request: Request) -> Response<Body> {
    unimplemented!()
}
