//! What handlers take from a request, refusing in problem documents: who calls, a strict JSON body, query parameters,
//! and moments.

use crate::http::Problem;
use crate::service::{Actor, Scope, Who};
use crate::time::{Day, Instant};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Who calls. A token that may only look is refused here wherever something would change.
pub struct Caller(pub Actor);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(actor) = parts.extensions.get::<Actor>() else {
            return Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Sign in first."));
        };
        let looks = matches!(parts.method, Method::GET | Method::HEAD);
        if !looks && matches!(&actor.who, Who::Token { scope: Scope::Read, .. }) {
            let detail = "This token may look, and change nothing.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "scope", detail));
        }
        Ok(Self(actor.clone()))
    }
}

/// A JSON body; a member that the type doesn't know is refused, so that a misspelt one can't be without effect.
pub struct Json<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "broken-body", "The body could not be read."))?;
        // A form can be posted across sites without asking; JSON can't.
        if !kind.is_some_and(|kind| kind.starts_with(b"application/json")) && !body.is_empty() {
            let detail = "Send JSON, as Content-Type: application/json.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", detail));
        }
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        serde_json::from_slice(text).map(Self).map_err(|error| {
            // A null where a word belongs is a syntax error to serde, and well-formed all the same.
            if error.is_data() || serde_json::from_slice::<IgnoredAny>(text).is_ok() {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", error.to_string())
            } else {
                Problem::new(StatusCode::BAD_REQUEST, "malformed", format!("not JSON: {error}"))
            }
        })
    }
}

/// Query parameters; unknown ones are refused.
pub struct Params<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, "query", error.body_text())),
        }
    }
}

/// A field that makes no sense.
pub fn invalid(field: &str, message: impl std::fmt::Display) -> Problem {
    let detail = format!("{field}: {message}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail).with("field", field)
}

/// An RFC 3339 time with its offset. In a query an unescaped `+` arrives as a blank.
pub fn moment(field: &str, text: &str) -> Result<Instant, Problem> {
    let parsed = chrono::DateTime::parse_from_rfc3339(&text.trim().replace(' ', "+"));
    let at = parsed.map_err(|_| invalid(field, "is no RFC 3339 time with offset, like 2026-12-01T09:00:00+00:00"))?;
    Ok(at.to_utc().into())
}

/// A day, as `2026-12-01`; of a time with offset, the day that it names itself.
pub fn day(field: &str, text: &str) -> Result<Day, Problem> {
    let date = text.parse::<Day>().ok();
    let of_time = || chrono::DateTime::parse_from_rfc3339(text).ok().map(|at| at.date_naive());
    date.or_else(of_time).ok_or_else(|| invalid(field, "is no day like 2026-12-01"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_that_became_a_blank_is_a_plus() {
        let at = moment("at", "2026-12-01T09:00:00 01:00").unwrap();
        assert_eq!(at.to_string(), "2026-12-01T08:00:00Z");
        assert!(moment("at", "2026-12-01T09:00:00").is_err(), "no offset");
        assert!(moment("at", "yesterday").is_err());
    }

    #[test]
    fn a_day_may_come_with_a_time() {
        assert_eq!(day("from", "2026-12-01").unwrap(), day("from", "2026-12-01T00:00:00-08:00").unwrap());
        assert!(day("from", "2026-13-01").is_err());
    }
}
