//! Packs answers with gzip for clients that ask for it, as they go out. What is asked of an answer before it is packed
//! stands in [`may_be_packed`]; most answers are small, and then it isn't worth it.

use super::Body;
use super::accept::Codings;
use super::route::Part;
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame};
use hyper::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, SET_COOKIE, VARY,
};
use hyper::{HeaderMap, Method, Response, StatusCode};
use std::io::{self, Write as _};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Smaller answers fit into a packet or two either way.
const LEAST: usize = 1 << 10;
/// An answer up to this size is packed at once, and has a length.
const WHOLE: usize = 64 << 10;
/// What is packed at a time; the thread does something else between two.
const PIECE: usize = 32 << 10;
/// Answers that are packed at a time while they go out, each of which takes a third of a mebibyte. Further ones go out
/// plain: whoever reads slowly may keep others from gzip, but not from their answers.
const AT_ONCE: usize = 64;
/// Bytes of noise at most in front of what is packed.
const NOISE: u32 = 64;

/// Packs answers.
pub struct Packer {
    places: Arc<Semaphore>,
}

impl Packer {
    pub fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Packs an answer if its client asks for that and it is worth it; says in either case that the client is asked
    /// (Vary), and touches nothing that is never packed.
    pub async fn pack(&self, method: &Method, part: Part, codings: Codings, response: &mut Response<Body>) {
        if response.status() == StatusCode::NOT_MODIFIED && has_weak_tag(response.headers()) {
            // As the answer that the client has (RFC 9110 15.4.5).
            vary(response.headers_mut());
            return;
        }
        if !may_be_packed(method, part, response) {
            return;
        }
        vary(response.headers_mut());
        let size = size(response);
        if !codings.gzip || !codings.packed_only && size.is_some_and(|size| size < LEAST as u64) {
            return;
        }
        let body = std::mem::replace(response.body_mut(), Body::empty());
        let packed = if *method == Method::HEAD {
            Ok(Body::empty())
        } else if size.is_some_and(|size| size <= WHOLE as u64) {
            whole(body).await
        } else {
            match Arc::clone(&self.places).try_acquire_owned() {
                Ok(place) => {
                    Ok(Body::new(Packing { body, rest: Bytes::new(), encoder: Some(encoder()), _place: place }))
                }
                Err(_) => Err(body),
            }
        };
        match packed {
            Ok(body) => {
                *response.body_mut() = body;
                response.headers_mut().remove(CONTENT_LENGTH);
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            Err(body) => *response.body_mut() = body,
        }
    }
}

/// Whether an answer is of a kind that is packed.
///
/// Nothing with a strong entity tag is: a strong tag means these bytes and no others, so that the packed answer would
/// need a tag of its own (RFC 9110 8.8.3), and that one would come back in `If-Match`: Evolution, python-caldav and others
/// send whatever tag they saw. Single calendar objects have strong tags, and are small; listings have them inside.
///
/// The length of what is encrypted tells how well it was packed, and so what in it is alike (BREACH): a secret must not
/// lie beside text of a stranger's choice. Pages behind signed links are never packed, nor answers to what acts, which is
/// where passwords and links are shown once. Listings of `shifts` hold links; nobody else can put events there, and a
/// colleague who would guess at one by the reasons they give had a guess for each request for cover, and [`encoder`]'s
/// noise to see through.
fn may_be_packed(method: &Method, part: Part, response: &Response<Body>) -> bool {
    let headers = response.headers();
    part != Part::Links
        && (matches!(*method, Method::GET | Method::HEAD) || matches!(method.as_str(), "PROPFIND" | "REPORT"))
        && matches!(response.status(), StatusCode::OK | StatusCode::MULTI_STATUS)
        && headers.get(CONTENT_TYPE).is_some_and(|kind| is_text(kind.as_bytes()))
        && (!headers.contains_key(ETAG) || has_weak_tag(headers))
        && ![CONTENT_ENCODING, CONTENT_RANGE, SET_COOKIE].iter().any(|name| headers.contains_key(name))
}

fn is_text(kind: &[u8]) -> bool {
    let end = kind.iter().position(|byte| *byte == b';').unwrap_or(kind.len());
    let kind = kind.get(..end).unwrap_or_default().trim_ascii();
    let other: [&[u8]; 3] = [b"application/xml", b"application/json", b"application/javascript"];
    kind.starts_with(b"text/") || kind.ends_with(b"+xml") || kind.ends_with(b"+json") || other.contains(&kind)
}

fn has_weak_tag(headers: &HeaderMap) -> bool {
    headers.get(ETAG).is_some_and(|tag| tag.as_bytes().starts_with(b"W/"))
}

fn vary(headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
}

/// How long the plain body is, where that is known; the one of a HEAD may be gone already.
fn size(response: &Response<Body>) -> Option<u64> {
    let said = response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    said.or_else(|| response.body().size_hint().exact())
}

/// Packs fast: on listings the slower levels gain nothing. In front stand up to [`NOISE`] bytes that mean nothing and whose
/// number changes, as the name of a file, so that one answer's length tells little of what is in it.
fn encoder() -> GzEncoder<Vec<u8>> {
    // Without randomness nothing else works either.
    let noise = getrandom::u32().unwrap_or_default() % NOISE;
    GzBuilder::new().filename(vec![b'-'; noise as usize]).write(Vec::new(), Compression::fast())
}

/// A whole body, packed; itself where that is no shorter.
async fn whole(body: Body) -> Result<Body, Body> {
    // Such a body is in memory already, so that this neither waits nor fails.
    let Ok(plain) = body.collect().await else { return Err(Body::empty()) };
    let plain = plain.to_bytes();
    let mut encoder = encoder();
    match encoder.write_all(&plain).and_then(|()| encoder.finish()) {
        Ok(packed) if packed.len() < plain.len() => Ok(packed.into()),
        _ => Err(plain.into()),
    }
}

/// A body that is packed as it goes out: each piece of the plain one at once, so that the first byte comes as early.
struct Packing {
    body: Body,
    rest: Bytes,
    encoder: Option<GzEncoder<Vec<u8>>>,
    _place: OwnedSemaphorePermit,
}

impl Packing {
    /// Packs what has come, and takes what comes out of that; all of it goes out before more is asked for.
    fn squeeze(&mut self) -> io::Result<Bytes> {
        let Some(encoder) = &mut self.encoder else { return Ok(Bytes::new()) };
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        encoder.write_all(&piece)?;
        if self.rest.is_empty() {
            encoder.flush()?;
        }
        Ok(std::mem::take(encoder.get_mut()).into())
    }
}

impl hyper::body::Body for Packing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let out = |outcome: io::Result<Bytes>| Poll::Ready(Some(outcome.map(Frame::data).map_err(axum::Error::new)));
        loop {
            if this.rest.is_empty() {
                if this.encoder.is_none() {
                    return Poll::Ready(None);
                }
                match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                    Some(Ok(frame)) => this.rest = frame.into_data().unwrap_or_default(),
                    // Without the end of the packed stream the client sees that something is missing.
                    Some(Err(error)) => {
                        this.encoder = None;
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => match this.encoder.take() {
                        Some(encoder) => return out(encoder.finish().map(Bytes::from)),
                        None => return Poll::Ready(None),
                    },
                }
                if this.rest.is_empty() {
                    continue;
                }
            }
            match this.squeeze() {
                Ok(packed) if packed.is_empty() => {}
                outcome => return out(outcome),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use hyper::header::ACCEPT_ENCODING;
    use std::io::Read as _;

    const GZIP: Codings = Codings { gzip: true, packed_only: false };

    fn listing(bytes: usize) -> Response<Body> {
        let text: String = "<href>/dav/calendars/ada/</href>".chars().cycle().take(bytes).collect();
        let response = Response::builder().status(207).header(CONTENT_TYPE, "application/xml; charset=utf-8");
        response.body(text.into()).unwrap()
    }

    fn propfind() -> Method {
        Method::from_bytes(b"PROPFIND").unwrap()
    }

    async fn packed(method: &Method, part: Part, codings: Codings, mut response: Response<Body>) -> Response<Body> {
        Packer::new().pack(method, part, codings, &mut response).await;
        response
    }

    fn is_packed(response: &Response<Body>) -> bool {
        response.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip")
    }

    async fn unpacked(response: Response<Body>) -> Vec<u8> {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let mut plain = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        plain
    }

    #[tokio::test]
    async fn what_is_packed_unpacks_to_the_same_in_whole_and_in_pieces() {
        for bytes in [LEAST, WHOLE, WHOLE + 1, 1 << 20] {
            let plain = listing(bytes).into_body().collect().await.unwrap().to_bytes();
            let response = packed(&propfind(), Part::Dav, GZIP, listing(bytes)).await;
            assert!(is_packed(&response), "{bytes}");
            let exact = response.body().size_hint().exact();
            assert_eq!(exact.is_some(), bytes <= WHOLE);
            assert!(exact.is_none_or(|packed| packed < bytes as u64));
            assert_eq!(response.headers()[VARY], "Accept-Encoding");
            assert_eq!(unpacked(response).await, plain);
        }
    }

    #[tokio::test]
    async fn small_answers_go_out_plain_unless_that_is_refused() {
        let small = || listing(LEAST - 1);
        assert!(!is_packed(&packed(&propfind(), Part::Dav, GZIP, small()).await));
        let only = Codings { gzip: true, packed_only: true };
        assert!(is_packed(&packed(&propfind(), Part::Dav, only, small()).await));
        let unasked = packed(&propfind(), Part::Dav, Codings::default(), listing(5_000)).await;
        assert!(!is_packed(&unasked));
        assert_eq!(unasked.headers()[VARY], "Accept-Encoding");
    }

    #[tokio::test]
    async fn secrets_strong_tags_and_what_is_no_text_go_out_plain() {
        let with = |name: hyper::header::HeaderName, value: &str| {
            let mut response = listing(5_000);
            response.headers_mut().insert(name, value.parse().unwrap());
            response
        };
        let (get, post) = (Method::GET, Method::POST);
        for (method, part, response) in [
            (&get, Part::Links, listing(5_000)),
            (&post, Part::Api, listing(5_000)),
            (&get, Part::Dav, with(ETAG, "\"strong\"")),
            (&get, Part::Pages, with(SET_COOKIE, "a=b")),
            (&get, Part::Pages, with(CONTENT_TYPE, "image/png")),
            (&get, Part::Pages, with(CONTENT_ENCODING, "br")),
        ] {
            let response = packed(method, part, GZIP, response).await;
            assert!(!is_packed(&response) && !response.headers().contains_key(VARY), "{:?}", response.headers());
        }
        for kind in ["text/calendar; charset=utf-8", "application/json", "image/svg+xml", "application/problem+json"] {
            assert!(is_packed(&packed(&get, Part::Feeds, GZIP, with(CONTENT_TYPE, kind)).await), "{kind}");
        }
        assert!(is_packed(&packed(&get, Part::Feeds, GZIP, with(ETAG, "W/\"weak\"")).await));
    }

    #[tokio::test]
    async fn head_and_304_say_what_a_get_would() {
        let mut head = listing(5_000);
        head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(5_000));
        let head = packed(&Method::HEAD, Part::Pages, GZIP, head).await;
        assert!(is_packed(&head) && !head.headers().contains_key(CONTENT_LENGTH));
        assert_eq!(head.body().size_hint().exact(), Some(0));
        let unchanged = Response::builder().status(304).header(ETAG, "W/\"a\"").body(Body::empty()).unwrap();
        let unchanged = packed(&Method::GET, Part::Feeds, GZIP, unchanged).await;
        assert!(!is_packed(&unchanged) && unchanged.headers()[VARY] == "Accept-Encoding");
        let object = Response::builder().status(304).header(ETAG, "\"a\"").body(Body::empty()).unwrap();
        assert!(!packed(&Method::GET, Part::Dav, GZIP, object).await.headers().contains_key(VARY));
    }

    #[tokio::test]
    async fn when_many_answers_are_being_packed_a_further_one_goes_out_plain() {
        let packer = Packer::new();
        let mut open = Vec::new();
        for n in 0..=AT_ONCE {
            let mut response = listing(1 << 20);
            packer.pack(&propfind(), Part::Dav, GZIP, &mut response).await;
            assert_eq!(is_packed(&response), n < AT_ONCE);
            open.push(response);
        }
        open.remove(0);
        let mut response = listing(1 << 20);
        packer.pack(&propfind(), Part::Dav, GZIP, &mut response).await;
        assert!(is_packed(&response));
    }

    /// A body that comes in pieces: three texts and, perhaps, a break.
    struct Pieces(Vec<Result<&'static str, &'static str>>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = &'static str;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            let next = (!self.0.is_empty()).then(|| self.0.remove(0));
            Poll::Ready(next.map(|piece| piece.map(|text| Frame::data(Bytes::from_static(text.as_bytes())))))
        }
    }

    #[tokio::test]
    async fn each_piece_can_be_read_when_it_has_come_and_a_break_stays_one() {
        let codings = Codings::of(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("gzip"))]));
        let mut response = listing(0);
        *response.body_mut() = Body::new(Pieces(vec![Ok("first "), Ok("second"), Err("broken")]));
        let response = packed(&propfind(), Part::Dav, codings, response).await;
        assert!(is_packed(&response));
        let (mut body, mut bytes, mut plain) = (response.into_body(), Vec::new(), String::new());
        for _ in 0..2 {
            bytes.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
        }
        assert!(GzDecoder::new(&bytes[..]).read_to_string(&mut plain).is_err(), "it isn't ended");
        assert_eq!(plain, "first second");
        body.frame().await.unwrap().unwrap_err();
        assert!(body.frame().await.is_none());
    }
}
