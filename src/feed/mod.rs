//! Private iCalendar feeds of a person or a team, for programs that can't sign in. The address is the secret, so an
//! unknown one and a revoked one look the same, and nothing in a feed can act for anybody.

use crate::http::Problem;
use crate::ical::build;
use crate::ical::tree::Tree;
use crate::service::Service;
use crate::service::oncall::{FeedContent, FeedOwner};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// How often programs are asked to come again. Some come every few hours whatever is said.
const REFRESH: TimeDelta = TimeDelta::minutes(15);

/// The room's routes.
pub fn router(service: Service) -> Router {
    Router::new().route("/feeds/{file}", get(feed)).with_state(service)
}

/// `GET /feeds/{token}.ics`
async fn feed(
    State(service): State<Service>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let token = file.strip_suffix(".ics").ok_or_else(Problem::not_found)?;
    let found = service.feed(token).await?.ok_or_else(Problem::not_found)?;
    let owner = match (found.team, found.person) {
        (Some(team), _) => FeedOwner::Team(team),
        (None, Some(person)) => FeedOwner::Person(person),
        (None, None) => return Err(Problem::not_found()),
    };
    let text = text(&service.feed_content(&owner).await?)?;
    let tag = tag(&text);
    let mut response = if unchanged(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, "text/calendar; charset=utf-8")], text).into_response()
    };
    let answer = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(ETAG, tag);
    }
    answer.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    Ok(response)
}

/// The feed's text, read again before anybody else does: some programs drop a whole calendar over one bad line.
fn text(content: &FeedContent) -> Result<String, Problem> {
    let text = build::feed(&content.name, content.zone, &content.events, REFRESH);
    match Tree::parse(text.as_bytes()) {
        Ok(_) => Ok(text),
        Err(error) => {
            tracing::error!(%error, "a feed that we wrote can't be read");
            Err(Problem::internal())
        }
    }
}

/// An entity tag: the same text, the same tag. It is a weak one, for nobody writes here and the text may go out packed
/// (RFC 9110 8.8.3).
fn tag(text: &str) -> String {
    let mut tag = String::from("W/\"");
    for byte in Sha256::digest(text.as_bytes()).iter().take(16) {
        // Writing to a String can't fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag + "\""
}

/// Whether the caller has this text already; compared weakly, as RFC 9110 13.1.2 wants for If-None-Match.
fn unchanged(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|known| known == "*" || opaque(known) == opaque(tag))
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_has_the_text_is_not_sent_it_again() {
        let having = |value: &str| HeaderMap::from_iter([(IF_NONE_MATCH, value.parse().unwrap())]);
        let tag = tag("BEGIN:VCALENDAR");
        assert!(unchanged(&having(&format!("\"x\", {tag}")), &tag));
        assert!(unchanged(&having(opaque(&tag)), &tag));
        assert!(unchanged(&having("*"), &tag));
        assert!(!unchanged(&having("\"x\""), &tag) && !unchanged(&HeaderMap::new(), &tag));
    }

    #[test]
    fn the_same_content_has_the_same_tag() {
        let content = FeedContent { name: "Ada's shifts".to_owned(), zone: crate::time::Zone::UTC, events: Vec::new() };
        assert_eq!(tag(&text(&content).unwrap()), tag(&text(&content).unwrap()));
    }
}
