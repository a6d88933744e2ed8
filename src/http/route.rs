//! Which part of the house a request goes to, and what that part lets in.

use super::Body;
use super::answer::Template;
use super::sign_in::Door;
use crate::config::Limits;
use crate::service::Service;
use crate::{api, dav, feed, web};
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use hyper::{Method, Response};

/// A part of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `/healthz`
    Alive,
    /// `/readyz`
    Ready,
    /// The CalDAV tree.
    Dav,
    /// `/api/v1`
    Api,
    /// Pages for people.
    Pages,
    /// Signed links, whose path is the secret.
    Links,
    /// Feeds, whose path is the secret.
    Feeds,
}

/// How a part words a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speech {
    /// An RFC 9457 document.
    Json,
    /// Lines of text.
    Text,
    /// A page.
    Page,
}

impl Part {
    /// Where a request goes.
    pub fn of(method: &Method, path: &str) -> Self {
        let within =
            |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match path {
            "/healthz" => Self::Alive,
            "/readyz" => Self::Ready,
            _ if dav::owns(method, path) => Self::Dav,
            _ if within("/api") => Self::Api,
            _ if within("/links") => Self::Links,
            _ if within("/feeds") => Self::Feeds,
            _ => Self::Pages,
        }
    }

    /// Whose credentials are asked for; `None` where nobody's are looked at.
    pub fn door(self, method: &Method, path: &str) -> Option<Door> {
        match self {
            Self::Dav if !dav::is_public(method, path) => Some(Door::Calendar),
            Self::Api if path != "/api/v1/openapi.json" => Some(Door::Programs),
            Self::Pages if !path.starts_with("/static/") => Some(Door::Pages),
            Self::Links => Some(Door::Pages),
            _ => None,
        }
    }

    /// Whether knowing a path is the right to use it, so that guessing must be slow.
    pub const fn path_is_secret(self) -> bool {
        matches!(self, Self::Links | Self::Feeds)
    }

    /// The largest body it takes.
    pub fn most(self, path: &str, limits: &Limits) -> usize {
        match self {
            Self::Dav => limits.dav_body_bytes,
            Self::Api if path.starts_with("/api/v1/import/") => limits.import_body_bytes,
            _ => limits.json_body_bytes,
        }
    }

    /// How it words a refusal.
    pub const fn speech(self) -> Speech {
        match self {
            Self::Api => Speech::Json,
            Self::Pages | Self::Links => Speech::Page,
            Self::Alive | Self::Ready | Self::Dav | Self::Feeds => Speech::Text,
        }
    }

    /// What the log calls its paths where no router says more.
    pub const fn template(self) -> &'static str {
        match self {
            Self::Alive => "/healthz",
            Self::Ready => "/readyz",
            Self::Dav => "/dav/{*path}",
            Self::Api => "/api/{*path}",
            Self::Pages => "/{*path}",
            Self::Links => "/links/{*path}",
            Self::Feeds => "/feeds/{*path}",
        }
    }
}

/// The rooms that axum routes to.
pub fn rooms(service: &Service) -> axum::Router {
    axum::Router::new()
        .merge(web::router(service.clone()))
        .merge(feed::router(service.clone()))
        .merge(api::router(service.clone()))
        .route_layer(from_fn(name_route))
        .fallback(async || super::Problem::not_found())
}

/// Leaves the template of the path with the answer, for the log.
async fn name_route(path: MatchedPath, request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    response.extensions_mut().insert(Template(path.as_str().to_owned()));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_belongs_to_browsers_and_to_calendar_programs() {
        let propfind = Method::from_bytes(b"PROPFIND").unwrap();
        assert_eq!(Part::of(&Method::GET, "/"), Part::Pages);
        assert_eq!(Part::of(&propfind, "/"), Part::Dav);
        assert_eq!(Part::of(&Method::GET, "/dav/calendars/ada/"), Part::Dav);
    }

    #[test]
    fn a_name_that_only_begins_like_a_part_is_none() {
        assert_eq!(Part::of(&Method::GET, "/apiary"), Part::Pages);
        assert_eq!(Part::of(&Method::GET, "/linksx/a"), Part::Pages);
        assert_eq!(Part::of(&Method::GET, "/feeds/a.ics"), Part::Feeds);
    }

    #[test]
    fn calendars_and_programs_are_asked_who_they_are() {
        let door = |method: Method, path: &str| Part::of(&method, path).door(&method, path);
        assert!(door(Method::GET, "/dav/calendars/ada/") == Some(Door::Calendar));
        assert!(door(Method::OPTIONS, "/dav/").is_none());
        assert!(door(Method::GET, "/api/v1/teams") == Some(Door::Programs));
        assert!(door(Method::GET, "/api/v1/openapi.json").is_none());
        assert!(door(Method::GET, "/") == Some(Door::Pages) && door(Method::GET, "/static/style.css").is_none());
        // A link is opened without signing in; by whoever has signed in, only if it is theirs.
        assert!(door(Method::POST, "/links/a/b") == Some(Door::Pages));
    }
}
