//! Why a request was not answered as asked: an RFC 9457 problem document for programs, a page or a line for others.

use super::Body;
use axum::response::{IntoResponse, Response};
use hyper::StatusCode;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use serde_json::{Map, Value};

/// Why a request was not answered as asked. Rooms return it without the request id; the listener adds that and renders.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Short and stable, for programs.
    pub code: &'static str,
    /// For people: what is wrong and what to do. Empty where the status says all.
    pub detail: String,
    /// Further members of the document.
    pub members: Map<String, Value>,
    retry_after: Option<u64>,
    challenge: Option<&'static str>,
    close: bool,
}

impl Problem {
    /// A problem with its sentence.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let members = Map::new();
        Self { status, code, detail: detail.into(), members, retry_after: None, challenge: None, close: false }
    }

    /// No such thing, or none that the sender may know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here.")
    }

    /// Something broke on our side; what, is in the log under the request id.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something broke. The log has it under the request id.",
        )
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same, asking for credentials (RFC 9110 11.6.1).
    #[must_use]
    pub fn challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The same, ending the connection: what is left of the request can't be trusted or is not worth reading.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.close = true;
        self
    }

    /// The same with a further member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The status in words.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Refused")
    }

    /// The RFC 9457 document.
    #[must_use]
    pub fn document(&self, request: &str) -> Value {
        let mut document = self.members.clone();
        document.insert("type".to_owned(), format!("urn:dogwatch:problem:{}", self.code).into());
        document.insert("title".to_owned(), self.title().into());
        document.insert("status".to_owned(), self.status.as_u16().into());
        document.insert("detail".to_owned(), self.detail.clone().into());
        document.insert("instance".to_owned(), format!("urn:dogwatch:request:{request}").into());
        Value::Object(document)
    }

    /// The document as a response.
    pub(super) fn as_json(&self, request: &str) -> Response {
        self.response("application/problem+json", self.document(request).to_string())
    }

    /// A few lines of text as a response.
    pub(super) fn as_text(&self, request: &str) -> Response {
        let text = format!("{} {}\n{}\nrequest {request}\n", self.status.as_u16(), self.title(), self.detail);
        self.response("text/plain; charset=utf-8", text)
    }

    /// A page as a response.
    pub(super) fn as_page(&self, page: String) -> Response {
        self.response("text/html; charset=utf-8", page)
    }

    fn response(&self, kind: &'static str, body: String) -> Response {
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if self.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Carries the problem to the listener, which knows the request id and how this part of the house speaks.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        response.extensions_mut().insert(self);
        response
    }
}
