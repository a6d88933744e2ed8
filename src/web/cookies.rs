//! The cookies of pages: the session's secret, and the theme somebody chose.
//!
//! Over HTTPS the session's cookie is named `__Host-…`: browsers then take it from this host alone, over TLS alone and
//! for every path. Over plain HTTP, which is for trying on one's own machine or for a network that is private in another
//! way, it has a plain name and no `Secure`: not every browser would keep it otherwise.

use crate::service::Service;
use crate::service::openid;
use crate::service::sessions::LASTS;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};

const SECURE: &str = "__Host-dogwatch";
const PLAIN: &str = "dogwatch-session";
const SECURE_ROUND: &str = "__Host-dogwatch-round";
const PLAIN_ROUND: &str = "dogwatch-round";
const THEME: &str = "dogwatch-theme";
/// How long a browser remembers a theme, in seconds: a year.
const THEME_LASTS: i64 = 31_536_000;

/// What the session's cookie holds.
pub fn session_secret<'h>(headers: &'h HeaderMap, service: &Service) -> Option<&'h str> {
    value(headers, name(service))
}

/// Lets the browser keep a session's secret, as long as a session lasts.
pub fn keep_session(service: &Service, secret: &str) -> HeaderValue {
    set(name(service), secret, is_secure(service), LASTS / 1000)
}

/// Lets the browser forget its session.
pub fn forget_session(service: &Service) -> HeaderValue {
    set(name(service), "", is_secure(service), 0)
}

/// Whether an answer gives or takes a session already.
pub fn sets_session(headers: &HeaderMap, service: &Service) -> bool {
    let start = format!("{}=", name(service));
    headers.get_all(SET_COOKIE).iter().any(|line| line.as_bytes().starts_with(start.as_bytes()))
}

/// What a browser keeps while it is at the provider.
pub fn round<'h>(headers: &'h HeaderMap, service: &Service) -> Option<&'h str> {
    value(headers, if is_secure(service) { SECURE_ROUND } else { PLAIN_ROUND })
}

/// Lets the browser keep that, or with nothing forget it.
pub fn keep_round(service: &Service, sealed: &str) -> HeaderValue {
    let name = if is_secure(service) { SECURE_ROUND } else { PLAIN_ROUND };
    set(name, sealed, is_secure(service), if sealed.is_empty() { 0 } else { openid::LASTS / 1000 })
}

/// The theme that was chosen: its word as it came.
pub fn theme(headers: &HeaderMap) -> Option<&str> {
    value(headers, THEME)
}

/// Lets the browser remember a theme.
pub fn keep_theme(service: &Service, word: &str) -> HeaderValue {
    set(THEME, word, is_secure(service), THEME_LASTS)
}

fn is_secure(service: &Service) -> bool {
    service.public_url().starts_with("https://")
}

fn name(service: &Service) -> &'static str {
    if is_secure(service) { SECURE } else { PLAIN }
}

/// The first cookie of a name.
fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// Only words of our own are set, which are plain ASCII.
fn set(name: &str, value: &str, secure: bool, seconds: i64) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; xdogwatch-theme=no;dogwatch-theme=dark"));
        headers.append(COOKIE, HeaderValue::from_static("dogwatch-theme=light"));
        assert_eq!(theme(&headers), Some("dark"));
        assert_eq!(value(&headers, "b"), None);
    }
}
