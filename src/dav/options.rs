//! OPTIONS and the headers by which clients recognise a CalDAV server, the same on every path: Thunderbird reads them
//! from the home, DAVx5 and Apple from the principal, GNOME wants no more than a 200.

use super::ADD_MEMBER;
use super::answer::{self, Body};
use super::error::Fault;
use super::path::{Container, Place};
use crate::service::calendars::Target;
use hyper::header::{ALLOW, HeaderName, HeaderValue, LOCATION};
use hyper::{HeaderMap, Method, Response, StatusCode};

macro_rules! classes {
    ($more:literal) => {
        concat!(
            "1, 3, access-control, extended-mkcol, calendar-access, calendar-auto-schedule, calendar-availability, ",
            "inbox-availability, calendar-no-timezone, calendarserver-subscribed",
            $more
        )
    };
}

/// One line: some clients read only the first.
const CLASSES: &str = classes!("");

/// The same, where devices can be told of changes.
const CLASSES_AND_PUSH: &str = classes!(", webdav-push");

/// Adds the DAV header.
pub fn add_classes(headers: &mut HeaderMap, pushes: bool) {
    let classes = if pushes { CLASSES_AND_PUSH } else { CLASSES };
    headers.insert(HeaderName::from_static("dav"), HeaderValue::from_static(classes));
}

/// Whether devices can be told of changes of what stands there.
pub fn may_push(place: &Place) -> bool {
    matches!(place, Place::Target(Target::Collection(_) | Target::Home(_) | Target::Person(_)))
}

/// Answers OPTIONS; a path that leads nowhere is answered like a calendar.
pub fn answer(place: Option<&Place>) -> Response<Body> {
    let mut response = answer::empty(StatusCode::OK);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed(place)));
    response
}

/// Answers OPTIONS of a push registration.
pub fn of_registration() -> Response<Body> {
    let mut response = answer::empty(StatusCode::OK);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("OPTIONS, DELETE"));
    response
}

/// Answers a method that the resource does not have.
pub fn not_allowed(method: &Method, place: &Place) -> Response<Body> {
    let message = format!("{method} is not possible here");
    let mut response = Fault::new(StatusCode::METHOD_NOT_ALLOWED, message).into_response();
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed(Some(place))));
    response
}

/// Sends a client from the well-known address to the tree (RFC 6764 5). Relative, since behind a proxy the server
/// doesn't know by what name it was reached.
pub fn redirect() -> Response<Body> {
    let mut response = answer::empty(StatusCode::MOVED_PERMANENTLY);
    response.headers_mut().insert(LOCATION, HeaderValue::from_static(Container::Dav.href()));
    response
}

fn allowed(place: Option<&Place>) -> &'static str {
    match place {
        Some(Place::Target(Target::Object(path))) if path.name == ADD_MEMBER => "OPTIONS, POST",
        Some(Place::Target(Target::Object(_))) => {
            "OPTIONS, GET, HEAD, PUT, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT"
        }
        Some(Place::Target(Target::Collection(path))) if path.name == "outbox" => {
            "OPTIONS, GET, HEAD, POST, PROPFIND, PROPPATCH, REPORT, ACL"
        }
        Some(Place::Target(Target::Collection(_))) | None => {
            "OPTIONS, GET, HEAD, POST, DELETE, MOVE, PROPFIND, PROPPATCH, REPORT, ACL, MKCALENDAR, MKCOL"
        }
        Some(Place::Target(Target::Home(_) | Target::Person(_))) => {
            "OPTIONS, GET, HEAD, POST, PROPFIND, PROPPATCH, REPORT"
        }
        Some(_) => "OPTIONS, GET, HEAD, PROPFIND, PROPPATCH, REPORT",
    }
}
