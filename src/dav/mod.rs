//! WebDAV and CalDAV on the wire: paths, headers, XML. Translates and calls `service`; decides nothing itself.
//!
//! `http` has bounded and authenticated the request before it comes here; what comes back is ready to be sent.

mod acl;
mod answer;
mod call;
mod error;
mod export;
pub(crate) mod headers;
mod mkcalendar;
mod object;
mod options;
mod outbox;
pub(crate) mod path;
mod propfind;
mod proppatch;
mod props;
mod push;
mod relocate;
mod report;
mod states;
mod write;
pub(crate) mod xml;

pub use answer::Body;
pub use push::message as push_message;

use crate::service::calendars::Target;
use crate::service::{Actor, Service, ServiceError};
use bytes::Bytes;
use call::Call;
use error::Fault;
use hyper::{HeaderMap, Method, Response, StatusCode};
use path::{BadPath, Container, Place};

/// The name in a calendar to which new objects are posted (RFC 5995), and which no object has.
const ADD_MEMBER: &str = ";add-member";

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
    /// The public part of the app password that they signed in with.
    pub token: Option<String>,
}

/// Whether a request is answered without signing in: OPTIONS, a look at the folder of well-known addresses, and the
/// redirect of ours for methods other than PROPFIND (RFC 6764 5). Everything else under [`owns`] wants a 401 first.
#[must_use]
pub fn is_public(method: &Method, path: &str) -> bool {
    let looks = matches!(*method, Method::GET | Method::HEAD);
    match path.trim_end_matches('/') {
        _ if *method == Method::OPTIONS => true,
        "/.well-known" => looks,
        "/.well-known/caldav" => method.as_str() != "PROPFIND",
        _ => false,
    }
}

/// Whether a request belongs to this room: the DAV tree with every method, and `/` with every method that a browser
/// would not send.
#[must_use]
pub fn owns(method: &Method, path: &str) -> bool {
    let browser = matches!(*method, Method::GET | Method::HEAD | Method::POST);
    match path.trim_end_matches('/') {
        "" => !browser,
        // The server as a whole (RFC 9110 9.3.7).
        "*" => *method == Method::OPTIONS,
        "/dav" | "/principals" | "/.well-known" | "/.well-known/caldav" => true,
        other => other.starts_with("/dav/") || other.starts_with("/principals/"),
    }
}

/// Answers a request. Never fails: what goes wrong becomes an answer with the fitting status and `DAV:error` body.
pub async fn handle(service: &Service, request: Request) -> Response<Body> {
    let place = path::parse(&request.path);
    let pushes = service.push().is_some() && place.as_ref().is_ok_and(options::may_push);
    let mut response = answer(service, request, place).await.unwrap_or_else(Fault::into_response);
    options::add_classes(response.headers_mut(), pushes);
    response
}

async fn answer(service: &Service, request: Request, place: Result<Place, BadPath>) -> Result<Response<Body>, Fault> {
    let registration = push::registration(&request.path).map(str::to_owned);
    let place = if registration.is_some() { Ok(Place::Container(Container::Dav)) } else { place };
    if request.method == Method::OPTIONS {
        return Ok(match registration {
            Some(_) => options::of_registration(),
            None => options::answer(place.ok().as_ref()),
        });
    }
    let place = place.map_err(|bad| mkcalendar::nowhere(&request.method, bad))?;
    if place == Place::Container(Container::WellKnown) && request.method.as_str() != "PROPFIND" {
        return Ok(options::redirect());
    }
    if place == Place::Container(Container::WellKnownFolder) && matches!(request.method, Method::GET | Method::HEAD) {
        return Ok(greeting());
    }
    let actor = request.actor.ok_or_else(|| Fault::new(StatusCode::UNAUTHORIZED, "sign in first"))?;
    let person = actor.person_id().cloned();
    let person =
        person.ok_or_else(|| Fault::condition("D:need-privileges", "calendars belong to people: sign in as one"))?;
    let quiet = push::quiet(&request.headers, service, &person);
    let call = Call {
        service: quiet.map_or_else(|| service.clone(), |quiet| service.quietly(quiet)),
        actor,
        token: request.token,
        person,
        method: request.method,
        place,
        headers: request.headers,
        body: request.body,
    };
    if let Some(id) = registration {
        return Box::pin(push::unregister(&call, &id)).await;
    }
    if let (true, Some(target)) = (push::is_register(&call.method, &call.headers), call.target()) {
        return Box::pin(push::register(&call, target)).await;
    }
    if let (true, Some(privilege)) = (call.actor.reads_only, needed_by(&call)) {
        return Err(needs(&call.place.href(), privilege));
    }
    states::check(&call).await?;
    by_method(call).await
}

async fn by_method(call: Call) -> Result<Response<Body>, Fault> {
    let target = call.target().cloned();
    // Each in a box of its own: a future is as large as the largest that it awaits, and is moved more than once.
    match (call.method.as_str(), target) {
        ("PROPFIND", _) => Box::pin(propfind::answer(call)).await,
        ("PROPPATCH", _) => Box::pin(proppatch::answer(&call)).await,
        ("REPORT", _) => Box::pin(report::answer(call)).await,
        ("ACL", Some(Target::Collection(path))) => Box::pin(acl::answer(&call, &path)).await,
        ("MKCALENDAR" | "MKCOL", _) => Box::pin(mkcalendar::answer(&call)).await,
        ("GET" | "HEAD", Some(Target::Object(path))) => Box::pin(object::get(&call, &path)).await,
        ("GET" | "HEAD", Some(Target::Collection(path))) => Box::pin(export::answer(call, path)).await,
        ("GET" | "HEAD", _) => Ok(greeting()),
        ("POST", Some(Target::Object(path))) if path.name == ADD_MEMBER => {
            Box::pin(object::add_member(&call, &path.collection)).await
        }
        ("PUT", Some(Target::Object(path))) if path.name != ADD_MEMBER => Box::pin(object::put(&call, &path)).await,
        ("DELETE", Some(Target::Object(path))) => Box::pin(object::delete(&call, &path)).await,
        ("DELETE", Some(Target::Collection(path))) => Box::pin(object::delete_collection(&call, &path)).await,
        ("MOVE", Some(Target::Object(path))) => Box::pin(relocate::move_object(&call, &path)).await,
        ("MOVE", Some(Target::Collection(path))) => Box::pin(relocate::move_calendar(&call, &path)).await,
        ("COPY", Some(Target::Object(path))) => Box::pin(relocate::copy_object(&call, &path)).await,
        // Principals, homes and what leads to them stay where they are.
        ("DELETE" | "MOVE", _) => Err(needs(&call.place.href(), "unbind")),
        ("COPY", _) => Err(Fault::new(StatusCode::FORBIDDEN, "only objects of calendars can be copied")),
        ("PUT", target) if !matches!(target, Some(Target::Collection(_) | Target::Object(_))) => {
            Err(needs(&call.place.href(), "bind"))
        }
        ("POST", Some(Target::Collection(path))) if path.name == "outbox" => {
            Box::pin(outbox::answer(&call, &path)).await
        }
        _ => Ok(options::not_allowed(&call.method, &call.place)),
    }
}

/// What a browser sees that opens an address meant for calendar apps.
fn greeting() -> Response<Body> {
    let text = "This is the CalDAV address of Dogwatch: give it to a calendar app, with your e-mail address and an app \
                password.\n";
    answer::typed(StatusCode::OK, "text/plain; charset=utf-8", answer::whole(text))
}

/// The privilege without which a method does nothing, where it is more than to look.
fn needed_by(call: &Call) -> Option<&'static str> {
    match call.method.as_str() {
        "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT" => None,
        "PROPPATCH" => Some("write-properties"),
        "MKCALENDAR" | "MKCOL" => Some("bind"),
        "DELETE" | "MOVE" => Some("unbind"),
        "POST" if matches!(call.target(), Some(Target::Object(_))) => Some("bind"),
        "POST" => Some("schedule-send"),
        "ACL" => Some("write-acl"),
        _ => Some("write-content"),
    }
}

/// DAVx5 takes an edit back where it is told which privilege is missing, and fails its whole sync at any other 403.
fn needs(href: &str, privilege: &'static str) -> Fault {
    Fault::of(&ServiceError::NeedPrivileges { href: href.to_owned(), privilege }, &Method::PUT)
}
