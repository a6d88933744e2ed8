//! A text from somebody else's server: asked for with what is known of it already, through a few redirects, each of them
//! judged like the address that was typed, and within bounds of time and size for all of it together.

use super::client::{Answer, Bounds, Client, Failure};
use super::reach::Reach;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    LOCATION, USER_AGENT,
};
use hyper::{HeaderMap, Request, StatusCode, Uri};
use std::time::{Duration, Instant};

/// Redirects that are followed.
const MAX_REDIRECTS: usize = 3;
/// Longest validator that is kept.
const MAX_VALIDATOR: usize = 512;
/// What is asked for: calendars, under whatever name servers give them.
const WANTED: &str = "text/calendar, text/plain;q=0.5, */*;q=0.1";
/// Who asks.
const AGENT: &str = concat!("Dogwatch/", env!("CARGO_PKG_VERSION"));

/// What is known of the text from last time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub modified: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The text, and what to ask with next time.
    Text(Bytes, Known),
    /// It is as it was.
    Unchanged,
}

/// Why there is no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missed {
    /// There was no answer.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// There was one that is no text.
    #[error("the server says {status}")]
    Refused {
        /// What it says.
        status: StatusCode,
        /// When to come again, where it says that.
        after: Option<Duration>,
    },
    /// It leads on and on, or nowhere.
    #[error("it leads on too often, or nowhere")]
    Astray,
    /// It is packed in a way that nobody asked for.
    #[error("the answer is packed")]
    Packed,
}

impl Client {
    /// Asks for the text at an address that was judged; `bounds` are for all redirects together.
    pub async fn fetch(&self, reach: &Reach, url: Uri, known: &Known, bounds: Bounds) -> Result<Fetched, Missed> {
        let end = Instant::now() + bounds.time;
        let mut url = url;
        for _ in 0..=MAX_REDIRECTS {
            let request = request(&url, known).ok_or(Missed::Astray)?;
            let time = end.saturating_duration_since(Instant::now());
            let answer = self.send(request, Bounds { time, ..bounds }).await?;
            match answer.status {
                StatusCode::NOT_MODIFIED => return Ok(Fetched::Unchanged),
                StatusCode::OK => return text(answer),
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => url = next(reach, &url, &answer)?,
                status => return Err(Missed::Refused { status, after: answer.retry_after() }),
            }
        }
        Err(Missed::Astray)
    }
}

fn request(url: &Uri, known: &Known) -> Option<Request<Full<Bytes>>> {
    let mut request =
        Request::get(url.clone()).header(ACCEPT, WANTED).header(ACCEPT_ENCODING, "identity").header(USER_AGENT, AGENT);
    for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.modified)] {
        if let Some(value) = value {
            request = request.header(name, value);
        }
    }
    request.body(Full::default()).ok()
}

fn text(answer: Answer) -> Result<Fetched, Missed> {
    let packed = answer.headers.get(CONTENT_ENCODING).is_some_and(|coding| !coding.as_bytes().is_empty());
    if packed && header(&answer.headers, &CONTENT_ENCODING).as_deref() != Some("identity") {
        return Err(Missed::Packed);
    }
    let (etag, modified) = (header(&answer.headers, &ETAG), header(&answer.headers, &LAST_MODIFIED));
    Ok(Fetched::Text(answer.body, Known { etag, modified }))
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    Some(value).filter(|value| !value.is_empty() && value.len() <= MAX_VALIDATOR).map(str::to_owned)
}

/// Where a redirect leads, judged.
fn next(reach: &Reach, from: &Uri, answer: &Answer) -> Result<Uri, Missed> {
    let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.and_then(|location| resolve(from, location)).ok_or(Missed::Astray)?;
    Ok(reach.judge(&location).map_err(Failure::from)?)
}

/// A reference as it is meant at an address (RFC 3986 5.2), without its fragment. Dots in a path are left to the server.
fn resolve(from: &Uri, reference: &str) -> Option<String> {
    let reference = reference.split('#').next().unwrap_or_default().trim();
    let (scheme, authority) = (from.scheme_str()?, from.authority()?);
    let is_absolute = reference.split_once(':').is_some_and(|(head, _)| !head.contains(['/', '?']));
    Some(match reference {
        "" => from.to_string(),
        _ if is_absolute => reference.to_owned(),
        _ if reference.starts_with("//") => format!("{scheme}:{reference}"),
        _ if reference.starts_with('/') => format!("{scheme}://{authority}{reference}"),
        _ if reference.starts_with('?') => format!("{scheme}://{authority}{}{reference}", from.path()),
        _ => {
            let folder = from.path().rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{reference}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Outbound;
    use crate::outbound::Blocked;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 100 };

    #[test]
    fn a_reference_is_meant_at_its_address() {
        let at = |reference: &str| resolve(&"https://a.example/b/c.ics?d".parse().unwrap(), reference).unwrap();
        for (reference, meant) in [
            ("https://x.example/y", "https://x.example/y"),
            ("http:y", "http:y"),
            ("//x.example/y", "https://x.example/y"),
            ("/y?a:b", "https://a.example/y?a:b"),
            ("y.ics#part", "https://a.example/b/y.ics"),
            ("?e", "https://a.example/b/c.ics?e"),
            ("#part", "https://a.example/b/c.ics?d"),
        ] {
            assert_eq!(at(reference), meant, "{reference}");
        }
    }

    fn inside() -> Reach {
        let private_networks = vec!["127.0.0.1".parse().unwrap()];
        Reach::new(&Outbound { private_networks, ..Outbound::default() })
    }

    /// Answers one request after the other with these, on loopback, and tells the requests.
    fn server(answers: Vec<String>) -> (u16, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            let answer = |answer: &String| {
                let (mut stream, _) = listener.accept().unwrap();
                let mut asked = [0; 4096];
                let length = stream.read(&mut asked).unwrap();
                stream.write_all(answer.replace("PORT", &port.to_string()).as_bytes()).unwrap();
                String::from_utf8_lossy(&asked[..length]).into_owned()
            };
            answers.iter().map(answer).collect()
        });
        (port, thread)
    }

    fn said(status: &str, headers: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    async fn fetch(answers: Vec<String>, known: &Known) -> (Result<Fetched, Missed>, Vec<String>) {
        let (port, thread) = server(answers);
        let reach = inside();
        let url = reach.judge(&format!("http://127.0.0.1:{port}/cal.ics?key=1")).unwrap();
        let fetched = Client::new(reach.clone()).fetch(&reach, url, known, BOUNDS).await;
        (fetched, thread.join().unwrap())
    }

    #[tokio::test]
    async fn what_is_known_goes_along_and_comes_back() {
        let known =
            Known { etag: Some("\"1\"".to_owned()), modified: Some("Tue, 01 Dec 2026 09:00:00 GMT".to_owned()) };
        let (fetched, asked) = fetch(vec![said("304 Not Modified", "", "")], &known).await;
        assert_eq!(fetched, Ok(Fetched::Unchanged));
        assert!(asked[0].starts_with("GET /cal.ics?key=1 HTTP/1.1\r\n"), "{}", asked[0]);
        for part in ["if-none-match: \"1\"", "if-modified-since: Tue, 01", "accept-encoding: identity"] {
            assert!(asked[0].contains(part), "{part}: {}", asked[0]);
        }
        let (fetched, asked) = fetch(vec![said("200 OK", "ETag: \"2\"\r\n", "text")], &Known::default()).await;
        let known = Known { etag: Some("\"2\"".to_owned()), modified: None };
        assert_eq!(fetched, Ok(Fetched::Text(Bytes::from("text"), known)));
        assert!(!asked[0].contains("if-"), "{}", asked[0]);
    }

    #[tokio::test]
    async fn redirects_are_followed_as_far_as_three_and_each_is_judged() {
        let to = |location: &str| said("302 Found", &format!("Location: {location}\r\n"), "");
        let all = vec![to("/two"), to("http://127.0.0.1:PORT/three"), to("four"), said("200 OK", "", "here")];
        let (fetched, asked) = fetch(all, &Known::default()).await;
        assert_eq!(fetched, Ok(Fetched::Text(Bytes::from("here"), Known::default())));
        assert!(asked[3].starts_with("GET /four "), "{}", asked[3]);
        let (fetched, _) = fetch(vec![to("/a"), to("/b"), to("/c"), to("/d")], &Known::default()).await;
        assert_eq!(fetched, Err(Missed::Astray));
        for inside in ["http://127.0.0.2:PORT/", "https://10.0.0.1/", "https://[::1]/"] {
            let (fetched, _) = fetch(vec![to(inside)], &Known::default()).await;
            assert_eq!(fetched, Err(Missed::Failed(Failure::Blocked(Blocked::Private))), "{inside}");
        }
        let (fetched, _) = fetch(vec![to("file:///etc/passwd")], &Known::default()).await;
        assert!(matches!(fetched, Err(Missed::Failed(Failure::Blocked(_)))), "{fetched:?}");
    }

    #[tokio::test]
    async fn what_is_no_text_is_said_to_be_none() {
        let (fetched, _) = fetch(vec![said("503 x", "Retry-After: 7\r\n", "")], &Known::default()).await;
        let (status, after) = (StatusCode::SERVICE_UNAVAILABLE, Some(Duration::from_secs(7)));
        assert_eq!(fetched, Err(Missed::Refused { status, after }));
        let (fetched, _) = fetch(vec![said("200 OK", "Content-Encoding: gzip\r\n", "x")], &Known::default()).await;
        assert_eq!(fetched, Err(Missed::Packed));
        let (fetched, _) = fetch(vec![said("200 OK", "", &"x".repeat(101))], &Known::default()).await;
        assert_eq!(fetched, Err(Missed::Failed(Failure::TooLong)));
    }
}
