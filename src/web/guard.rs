//! What stands before every page: a form acts only when it comes from a page of our own, and for somebody signed in only
//! with the token that their pages carry. A GET needs neither, for it changes nothing.

use super::cookies;
use super::frame::View;
use crate::http::Problem;
use crate::service::Service;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, HOST, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;

/// Browsers report here what the policy kept them from; they send no token, and nothing acts on it.
pub const REPORTS: &str = "/csp-report";

/// Leads a request to its page.
pub async fn guard(State(service): State<Service>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let view = View::of(&parts, &service);
    let acts = !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    let links = parts.uri.path().starts_with("/links/");
    let signs_in = matches!(parts.uri.path(), "/sign-in" | "/sign-in/code");
    let mut request = Request::from_parts(parts, body);
    if acts && request.uri().path() != REPORTS {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
        let authority = request.uri().authority().map_or(host, |authority| authority.as_str().to_owned());
        if !comes_from_us(request.headers(), service.public_url(), &authority, links) {
            return refused(&view, view.t("frame-foreign").to_string());
        }
        // A link's path is what lets it act, a password what signs in; and both pages may have been opened before somebody
        // signed in elsewhere in this browser.
        if let Some(visitor) = view.visitor.as_ref().filter(|_| !links && !signs_in) {
            let (sent, rest) = match take_token(request).await {
                Ok(taken) => taken,
                Err(problem) => return problem.into_response(),
            };
            if !sent.is_some_and(|sent| is_token(&sent, &visitor.form_token)) {
                return refused(&view, view.t("frame-stale-form").to_string());
            }
            request = rest;
        }
    }
    let replaced = view.visitor.as_ref().and_then(|visitor| visitor.replaced.clone());
    let mut response = next.run(request).await;
    if let Some(secret) = replaced
        && !cookies::sets_session(response.headers(), &service)
    {
        response.headers_mut().append(SET_COOKIE, cookies::keep_session(&service, &secret));
    }
    if response.extensions().get::<Problem>().is_some() {
        response.extensions_mut().insert(view);
    }
    response
}

fn refused(view: &View, detail: String) -> Response {
    let mut response = Problem::new(StatusCode::FORBIDDEN, "foreign-form", detail).into_response();
    response.extensions_mut().insert(view.clone());
    response
}

/// Whether what acts comes from a page of this server. Browsers say so in two headers, which no page can forge:
/// Sec-Fetch-Site, and Origin, which is `null` where a page keeps its address to itself, as those of links do.
fn comes_from_us(headers: &HeaderMap, public_url: &str, authority: &str, link: bool) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin") => return true,
        Some(_) => return false,
        None => {}
    }
    match text(ORIGIN.as_str()) {
        // An old browser, or a program; whoever holds a link may follow it with either.
        None | Some("null") => link,
        Some(origin) => {
            let scheme = public_url.split("://").next().unwrap_or_default();
            let asked = format!("{scheme}://{authority}");
            origin == public_url || (!authority.is_empty() && origin.eq_ignore_ascii_case(&asked))
        }
    }
}

/// Takes the token out of a header or out of the form; what is left of the form goes on without it.
async fn take_token(request: Request) -> Result<(Option<String>, Request), Problem> {
    if let Some(token) = request.headers().get("x-csrf-token") {
        return Ok((token.to_str().ok().map(str::to_owned), request));
    }
    let (mut parts, body) = request.into_parts();
    // Its size was bounded when it was read.
    let body = to_bytes(body, usize::MAX).await;
    let body = body.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "broken-body", "The body could not be read."))?;
    let Ok(text) = std::str::from_utf8(&body) else { return Ok((None, Request::from_parts(parts, Body::from(body)))) };
    let (tokens, rest): (Vec<&str>, Vec<&str>) = text.split('&').partition(|pair| pair.starts_with("csrf="));
    let token = tokens.first().and_then(|pair| pair.strip_prefix("csrf=")).map(str::to_owned);
    let rest = rest.join("&");
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(rest.len()));
    Ok((token, Request::from_parts(parts, Body::from(rest))))
}

/// The token as a page shows it: another text each time, so that it can't be guessed from how well pages are packed.
pub fn masked(token: &[u8; 16]) -> String {
    let mut mask = [0; 16];
    // Without randomness nothing else works either.
    let _ = getrandom::fill(&mut mask);
    let hidden = token.iter().zip(mask).map(|(token, mask)| token ^ mask);
    mask.into_iter().chain(hidden).map(|byte| format!("{byte:02x}")).collect()
}

fn is_token(sent: &str, token: &[u8; 16]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Option<Vec<u8>> = sent.bytes().map(digit).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 64) else { return false };
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
    let (mask, hidden) = bytes.split_at(16);
    let shown: Vec<u8> = mask.iter().zip(hidden).map(|(mask, hidden)| mask ^ hidden).collect();
    bool::from(shown.ct_eq(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_again_under_any_mask() {
        let token = [7; 16];
        assert_ne!(masked(&token), masked(&token));
        assert!(is_token(&masked(&token), &token));
        assert!(!is_token(&masked(&[8; 16]), &token));
        for wrong in ["", "00", &"0".repeat(64), &"g".repeat(64), &"ä".repeat(32)] {
            assert!(!is_token(wrong, &token), "{wrong}");
        }
    }

    #[test]
    fn only_what_comes_from_our_own_pages_may_act() {
        const US: &str = "https://calendar.example.org";
        let from = |headers: &[(&'static str, &'static str)], link: bool| {
            let pairs = headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
            comes_from_us(&pairs.collect(), US, "127.0.0.1:8080", link)
        };
        assert!(from(&[("origin", US)], false) && from(&[("origin", "https://127.0.0.1:8080")], false));
        assert!(from(&[("sec-fetch-site", "same-origin"), ("origin", "null")], false));
        assert!(!from(&[("sec-fetch-site", "cross-site"), ("origin", US)], true));
        assert!(!from(&[("sec-fetch-site", "same-site"), ("origin", US)], false));
        assert!(!from(&[("sec-fetch-site", "none")], false));
        for foreign in [
            "https://evil.example",
            "null",
            "http://calendar.example.org",
            "http://127.0.0.1:8080",
            "https://calendar.example.org.evil.example",
            "",
            "://",
        ] {
            let headers = HeaderMap::from_iter([(ORIGIN, HeaderValue::from_str(foreign).unwrap())]);
            assert!(!comes_from_us(&headers, US, "127.0.0.1:8080", false), "{foreign}");
        }
        assert!(!from(&[], false) && from(&[], true) && from(&[("origin", "null")], true));
        assert!(!from(&[("origin", "https://evil.example")], true));
    }
}
