//! What goes wrong, as answers: status, the precondition element of the RFC, and a sentence for whoever reads the log.
//!
//! 412 is kept for If-* alone: clients drop the user's edit on it. A refusal is 403 or 409 with `DAV:error`.

use super::answer::{self, Body};
use super::path::BadPath;
use super::write::Xml;
use super::xml::Unreadable;
use crate::service::ServiceError;
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{Method, Response, StatusCode};

/// A request that is refused, as it will be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Status of the answer.
    pub status: StatusCode,
    /// Content of `DAV:error`: the element that names the precondition, as XML with the prefixes `D` and `C`.
    pub condition: Option<String>,
    /// What is wrong, for people.
    pub message: String,
    /// Seconds after which to come again.
    pub retry_after: Option<u32>,
}

impl Fault {
    /// A refusal without a precondition element.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, condition: None, message: message.into(), retry_after: None }
    }

    /// The request makes no sense (400).
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A precondition fails for good (403): `element` such as `C:valid-calendar-data`.
    pub fn condition(element: &str, message: impl Into<String>) -> Self {
        Self::with(StatusCode::FORBIDDEN, format!("<{element}/>"), message)
    }

    /// A refusal with its precondition as XML.
    pub fn with(status: StatusCode, condition: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, condition: Some(condition.into()), message: message.into(), retry_after: None }
    }

    /// A precondition that fails because of another resource (403).
    fn naming(element: &str, href: &str, message: String) -> Self {
        let mut xml = Xml::default();
        xml.href_in(element, href);
        Self::with(StatusCode::FORBIDDEN, xml.take(), message)
    }

    /// Nothing is there (404).
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "nothing is there")
    }

    /// The answer to a whole request. Every element of `DAV:error` would be read as a condition (RFC 4918 14.5), so the
    /// sentence for people is a comment there, and the whole answer where no condition is broken.
    pub fn into_response(self) -> Response<Body> {
        let mut response = if let Some(condition) = &self.condition {
            let mut xml = Xml::document("D:error");
            xml.raw(condition);
            xml.comment(&self.message);
            xml.close("D:error");
            answer::xml(self.status, xml.take())
        } else {
            let text = format!("{}\n", self.message);
            answer::typed(self.status, "text/plain; charset=utf-8", answer::whole(text))
        };
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// As a row of a multistatus.
    pub fn write_row(&self, xml: &mut Xml, href: &str) {
        xml.open("D:response");
        xml.href(href);
        xml.text("D:status", &status_line(self.status));
        if let Some(condition) = &self.condition {
            xml.open("D:error");
            xml.raw(condition);
            xml.close("D:error");
        }
        xml.text("D:responsedescription", &self.message);
        xml.close("D:response");
    }

    /// What a service error means to this method.
    pub fn of(error: &ServiceError, method: &Method) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::NotFound(_) | ServiceError::Gone => Self::new(StatusCode::NOT_FOUND, message),
            ServiceError::Forbidden(_) => Self::condition("D:need-privileges", message),
            ServiceError::NeedPrivileges { href, privilege } => {
                Self::with(StatusCode::FORBIDDEN, need_privileges(href, privilege), message)
            }
            ServiceError::Refused(refusal) => Self::condition(&format!("C:{}", refusal.element()), message),
            ServiceError::Conflict { code, .. } => Self::of_conflict(code, message, method),
            ServiceError::PreconditionFailed => Self::new(StatusCode::PRECONDITION_FAILED, message),
            ServiceError::Unprocessable { .. } => Self::new(StatusCode::FORBIDDEN, message),
            ServiceError::Invalid { .. } => Self::bad_request(message),
            ServiceError::UidConflict { href, .. } => Self::naming("C:no-uid-conflict", href, message),
            ServiceError::SecondCopy { href } => Self::naming("C:unique-scheduling-object-resource", href, message),
            ServiceError::InvalidSyncToken => Self::condition("D:valid-sync-token", message),
            ServiceError::TooMany(_) => Self::too_many(message, method),
            ServiceError::Store(_) => Self::of_store(error, message),
        }
    }

    /// What contradicts a precondition of CalDAV is 403; a name that is taken by a calendar is 405 to MKCOL (RFC 4918 9.3).
    fn of_conflict(code: &str, message: String, method: &Method) -> Self {
        match code {
            "resource-must-be-null" if method.as_str() == "MKCOL" => Self::new(StatusCode::METHOD_NOT_ALLOWED, message),
            "resource-must-be-null" => Self::condition("D:resource-must-be-null", message),
            "supported-calendar-component"
            | "default-calendar-needed"
            | "valid-scheduling-message"
            | "organizer-allowed"
            | "allowed-organizer-scheduling-object-change"
            | "allowed-attendee-scheduling-object-change" => Self::condition(&format!("C:{code}"), message),
            "limited-number-of-aces"
            | "no-inherited-ace-conflict"
            | "no-protected-ace-conflict"
            | "no-ace-conflict"
            | "no-invert"
            | "grant-only"
            | "recognized-principal"
            | "allowed-principal"
            | "not-supported-privilege"
            | "no-abstract" => Self::condition(&format!("D:{code}"), message),
            _ => Self::new(StatusCode::CONFLICT, message),
        }
    }

    /// A limit. Thunderbird disables a calendar at any 4xx of a PROPFIND, so there it is 503.
    fn too_many(message: String, method: &Method) -> Self {
        match method.as_str() {
            "PROPFIND" => Self { retry_after: Some(30), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) },
            "REPORT" => Self::condition("D:number-of-matches-within-limits", message),
            _ => Self::with(StatusCode::INSUFFICIENT_STORAGE, "<D:quota-not-exceeded/>", message),
        }
    }

    fn of_store(error: &ServiceError, message: String) -> Self {
        if error.is_full() {
            Self::with(StatusCode::INSUFFICIENT_STORAGE, "<D:sufficient-disk-space/>", message)
        } else if error.is_temporary() {
            Self { retry_after: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, message) }
        } else {
            tracing::error!(error = %message, "the store failed");
            Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the database failed; the log of the server says how")
        }
    }
}

/// `HTTP/1.1 404 Not Found`, as it stands in a multistatus.
pub fn status_line(status: StatusCode) -> String {
    format!("HTTP/1.1 {} {}", status.as_u16(), status.canonical_reason().unwrap_or("Unknown"))
}

fn need_privileges(href: &str, privilege: &str) -> String {
    let prefix = if privilege.starts_with("schedule-") || privilege == "read-free-busy" { "C" } else { "D" };
    let mut xml = Xml::default();
    xml.open("D:need-privileges");
    xml.open("D:resource");
    xml.href(href);
    xml.open("D:privilege");
    xml.empty(&format!("{prefix}:{privilege}"));
    xml.close("D:privilege");
    xml.close("D:resource");
    xml.close("D:need-privileges");
    xml.take()
}

impl From<BadPath> for Fault {
    fn from(bad: BadPath) -> Self {
        let status = match bad {
            BadPath::Malformed(_) => StatusCode::BAD_REQUEST,
            BadPath::Unknown => StatusCode::NOT_FOUND,
        };
        Self::new(status, bad.to_string())
    }
}

impl From<Unreadable> for Fault {
    fn from(unreadable: Unreadable) -> Self {
        Self::bad_request(unreadable.to_string())
    }
}
