//! The bounds of one request: its head before anything is looked up, its body while it is read.

use super::framing::Length;
use super::problem::Problem;
use crate::config::Limits;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, HOST};
use hyper::http::request::Parts;
use hyper::{StatusCode, Version};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long a body may be slow before its rate counts.
const GRACE: Duration = Duration::from_secs(5);

/// Refuses a head that is too large, contradicts itself, or announces a body that we won't unpack.
pub fn check_head(parts: &Parts, length: Length, limits: &Limits) -> Result<(), Problem> {
    if length == Length::Contradictory {
        let detail = "Content-Length and Transfer-Encoding exclude each other.";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "contradictory-length", detail).close());
    }
    if parts.uri.path_and_query().map_or(0, |target| target.as_str().len()) > limits.uri_bytes {
        let detail = format!("The address is longer than {} bytes.", limits.uri_bytes);
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "uri-too-long", detail).close());
    }
    let bytes: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if parts.headers.len() > limits.headers || bytes > limits.header_bytes {
        let detail = format!("More than {} header lines or {} bytes of them.", limits.headers, limits.header_bytes);
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", detail).close());
    }
    if !names_one_host(parts) {
        let detail =
            "A request names its host once, in one Host header (RFC 9112 3.2) or in :authority (RFC 9113 8.3.1).";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "host", detail).close());
    }
    let packed = parts.headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    if packed {
        let detail = "Compressed request bodies are not unpacked; send it as it is.";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-encoding", detail).close());
    }
    Ok(())
}

/// Whether a request says once to whom it goes. HTTP/2 has :authority for it, which Host may repeat but not contradict.
fn names_one_host(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let (host, further) = (hosts.next(), hosts.next());
    let authority = parts.uri.authority().filter(|_| parts.version == Version::HTTP_2);
    match (host, authority) {
        _ if further.is_some() => false,
        (Some(host), Some(authority)) => host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()),
        (None, None) => parts.version < Version::HTTP_11,
        _ => true,
    }
}

/// Reads a whole body of at most `most` bytes, in time.
pub async fn read_body(mut body: Incoming, most: usize, limits: &Limits) -> Result<Bytes, Problem> {
    let too_large = || {
        let detail = format!("At most {most} bytes are taken here.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail).close()
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let started = Instant::now();
    let deadline = started + Duration::from_secs(limits.body_seconds);
    let mut first: Option<Bytes> = None;
    let mut rest = BytesMut::new();
    loop {
        let bytes_so_far = first.as_ref().map_or(0, Bytes::len) + rest.len();
        let until = slowest(started, bytes_so_far, limits).min(deadline);
        let Ok(frame) = timeout_at(until, body.frame()).await else {
            let detail = "The body took too long to arrive.";
            return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", detail).close());
        };
        let Some(frame) = frame else { break };
        let Ok(frame) = frame else {
            let detail = "The body ended early or is not framed as HTTP demands.";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "broken-body", detail).close());
        };
        let Ok(bytes) = frame.into_data() else { continue };
        if bytes_so_far + bytes.len() > most {
            return Err(too_large());
        }
        match &first {
            None => first = Some(bytes),
            Some(_) => rest.extend_from_slice(&bytes),
        }
    }
    let first = first.unwrap_or_default();
    if rest.is_empty() {
        return Ok(first);
    }
    let mut whole = BytesMut::with_capacity(first.len() + rest.len());
    whole.extend_from_slice(&first);
    whole.extend_from_slice(&rest);
    Ok(whole.freeze())
}

/// When a body of which so many bytes have come falls below the slowest rate.
fn slowest(started: Instant, bytes_so_far: usize, limits: &Limits) -> Instant {
    match (bytes_so_far as u64).checked_div(limits.body_bytes_per_second) {
        Some(seconds) => started + GRACE + Duration::from_secs(seconds),
        None => started + Duration::from_secs(limits.body_seconds),
    }
}

/// Reads on a little where a request was refused before its body, so that a small body doesn't cost the client its
/// connection; says whether the end was reached.
pub async fn skip_body(mut body: Incoming) -> bool {
    const MOST: usize = 64 << 10;
    let deadline = Instant::now() + Duration::from_secs(2);
    let mut skipped = 0;
    while skipped <= MOST {
        match timeout_at(deadline, body.frame()).await {
            Ok(None) => return true,
            Ok(Some(Ok(frame))) => skipped += frame.data_ref().map_or(0, Bytes::len),
            Ok(Some(Err(_))) | Err(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn passes(version: Version, uri: &str, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        names_one_host(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn a_request_says_once_to_whom_it_goes() {
        assert!(passes(Version::HTTP_11, "/", &["a.example"]) && passes(Version::HTTP_10, "/", &[]));
        assert!(!passes(Version::HTTP_11, "/", &[]) && !passes(Version::HTTP_11, "/", &["a", "b"]));
        // An absolute address doesn't spare the header (RFC 9112 3.2.2).
        assert!(!passes(Version::HTTP_11, "http://a.example/", &[]));
        let named = "https://a.example/";
        assert!(passes(Version::HTTP_2, named, &[]) && passes(Version::HTTP_2, named, &["A.example"]));
        assert!(passes(Version::HTTP_2, "/", &["a.example"]));
        assert!(!passes(Version::HTTP_2, "/", &[]) && !passes(Version::HTTP_2, named, &["b.example"]));
        assert!(!passes(Version::HTTP_2, named, &["a.example", "a.example"]));
    }
}
