//! Where a browser goes next: redirects that say what happened, and only to pages of our own.

use super::frame::View;
use crate::http::Problem;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped in a value of a query (RFC 3986 2.3).
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What a handler of pages answers.
pub type Answer = Result<Response, Refused>;

/// Why a page is not shown: a refusal, or another page that must come first.
#[derive(Debug)]
pub struct Refused(Box<Response>);

impl<T: Into<Problem>> From<T> for Refused {
    fn from(problem: T) -> Self {
        Self(Box::new(problem.into().into_response()))
    }
}

impl From<Go> for Refused {
    fn from(go: Go) -> Self {
        Self(Box::new(go.into_response()))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// Another page to go to, by GET (303).
#[derive(Clone, Debug)]
pub struct Go {
    path: String,
    cookies: Vec<HeaderValue>,
}

/// To a page of our own; what would lead elsewhere leads home.
pub fn to(path: &str) -> Go {
    Go { path: local(path).to_owned(), cookies: Vec::new() }
}

impl Go {
    /// The path with its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// With a value in the query.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let value = utf8_percent_encode(value, VALUE);
        self.path.push_str(&format!("{sign}{name}={value}"));
        self
    }

    /// The page says at its top what happened: the text of the key `said-WORD`.
    #[must_use]
    pub fn said(self, word: &'static str) -> Self {
        self.with("said", word)
    }

    /// With a cookie to keep or to forget.
    #[must_use]
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.cookies.push(cookie);
        self
    }
}

impl IntoResponse for Go {
    fn into_response(self) -> Response {
        let mut response = StatusCode::SEE_OTHER.into_response();
        let location = HeaderValue::from_str(&self.path).unwrap_or(HeaderValue::from_static("/"));
        response.headers_mut().insert(LOCATION, location);
        for cookie in self.cookies {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

/// A path on this server, or the front page: `//host` and `/\host` lead elsewhere, and so may what isn't plain ASCII.
pub fn local(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if path.starts_with('/') && !path.starts_with("//") && plain && path.len() <= 2000 { path } else { "/" }
}

/// Asks whoever looks to sign in and brings them back; whoever acts is told to.
pub fn sign_in_first(method: &Method, view: &View) -> Refused {
    if matches!(*method, Method::GET | Method::HEAD) {
        return to("/sign-in").with("to", local(view.path())).into();
    }
    let detail = view.t("frame-signed-out").to_string();
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_our_own_are_gone_to() {
        for elsewhere in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "x",
            "/a\r\nSet-Cookie: b",
            "/\t/evil",
            "/ä",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
        assert_eq!(local("/teams/payments?month=2026-12"), "/teams/payments?month=2026-12");
    }

    #[test]
    fn what_is_said_is_in_the_query() {
        let response = to("/account?a=1").said("signed-out").with("to", "/x?y&z").into_response();
        assert_eq!(response.headers()[LOCATION], "/account?a=1&said=signed-out&to=%2Fx%3Fy%26z");
    }
}
