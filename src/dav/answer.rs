//! Answers: whole bodies, and bodies that are streamed while a listing is still being read.

use super::error::{Fault, status_line};
use super::write::Xml;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::future::{Future, poll_fn};
use std::hash::BuildHasher as _;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

/// A body on its way out. An error ends the connection: what was sent is incomplete, and the client must know.
pub type Body = UnsyncBoxBody<Bytes, io::Error>;

/// What gathers before a piece goes out.
const PIECE: usize = 32 * 1024;

/// Preference-Applied (RFC 7240 3).
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const XML_TYPE: &str = "application/xml; charset=utf-8";

/// A whole body in memory.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// An answer without a body.
pub fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(whole(Bytes::new()));
    *response.status_mut() = status;
    response
}

/// An answer of some type.
pub fn typed(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// An answer in XML.
pub fn xml(status: StatusCode, text: String) -> Response<Body> {
    typed(status, XML_TYPE, whole(text))
}

/// Says that `return=minimal` was heeded (RFC 7240 3).
pub fn minimal(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert(PREFERENCE_APPLIED, HeaderValue::from_static("return=minimal"));
    response
}

/// A multistatus whose few rows are written at once.
pub fn multistatus(rows: impl FnOnce(&mut Xml)) -> Response<Body> {
    let mut xml = Xml::document("D:multistatus");
    rows(&mut xml);
    xml.close("D:multistatus");
    self::xml(StatusCode::MULTI_STATUS, xml.take())
}

/// A body in the making: text gathers, and goes out piece by piece.
pub struct Outgoing {
    /// What has not gone out yet.
    pub xml: Xml,
    piece: Slot,
}

/// Where a piece waits until it is taken.
#[derive(Clone, Default)]
struct Slot(Arc<Mutex<Option<Bytes>>>);

impl Slot {
    fn swap(&self, piece: Option<Bytes>) -> Option<Bytes> {
        std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), piece)
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

impl Outgoing {
    /// Sends what has gathered, once it is worth it. To be called after every few rows. Nothing goes on before the piece
    /// is taken: a client that reads slowly holds one piece in memory, and nothing of the store.
    pub async fn flush(&mut self) {
        if self.xml.len() < PIECE {
            return;
        }
        self.piece.swap(Some(self.xml.take().into()));
        // Whoever takes the piece looks here again.
        poll_fn(|_| if self.piece.is_empty() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// A row that is only a status.
    pub fn status_row(&mut self, href: &str, status: StatusCode) {
        self.xml.open("D:response");
        self.xml.href(href);
        self.xml.text("D:status", &status_line(status));
        self.xml.close("D:response");
    }
}

/// Answers 207 with the rows that `produce` writes.
pub async fn stream_multistatus<F, W>(produce: F) -> Result<Response<Body>, Fault>
where
    F: FnOnce(Outgoing) -> W + Send + 'static,
    W: Future<Output = Result<Outgoing, Fault>> + Send + 'static,
{
    let rows = |mut out: Outgoing| async move {
        out.xml = Xml::document("D:multistatus");
        let mut out = produce(out).await?;
        out.xml.close("D:multistatus");
        Ok(out)
    };
    stream(StatusCode::MULTI_STATUS, XML_TYPE, rows).await
}

/// Answers with what `produce` writes, in pieces where it is much. A fault before the first piece has gone out is the
/// whole answer; later the connection breaks off. The work is done as the connection asks for pieces, and ends with it.
pub async fn stream<F, W>(status: StatusCode, content_type: &'static str, produce: F) -> Result<Response<Body>, Fault>
where
    F: FnOnce(Outgoing) -> W + Send + 'static,
    W: Future<Output = Result<Outgoing, Fault>> + Send + 'static,
{
    let piece = Slot::default();
    let out = Outgoing { xml: Xml::default(), piece: piece.clone() };
    let work = Box::pin(async move { Ok(produce(out).await?.xml.take().into()) });
    let mut work = Streaming { first: None, work: Some(work), piece };
    let body = match poll_fn(|context| work.poll_piece(context)).await {
        Some(first) if work.work.is_some() => {
            work.first = Some(first?);
            work.boxed_unsync()
        }
        Some(all) => whole(all?),
        None => whole(Bytes::new()),
    };
    Ok(typed(status, content_type, body))
}

/// What writes the answer; it ends with what has not gone out yet.
type Work = Pin<Box<dyn Future<Output = Result<Bytes, Fault>> + Send>>;

/// The pieces as they come, then the tail with which the work ends.
struct Streaming {
    first: Option<Bytes>,
    work: Option<Work>,
    piece: Slot,
}

impl Streaming {
    /// The next piece; nothing after the last.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Fault>>> {
        let Some(work) = self.work.as_mut() else { return Poll::Ready(None) };
        match work.as_mut().poll(context) {
            Poll::Ready(end) => {
                self.work = None;
                Poll::Ready(Some(end))
            }
            Poll::Pending => match self.piece.swap(None) {
                Some(piece) => Poll::Ready(Some(Ok(piece))),
                None => Poll::Pending,
            },
        }
    }
}

impl hyper::body::Body for Streaming {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.poll_piece(context)
            .map(|piece| piece.map(|piece| piece.map(Frame::data).map_err(|fault| io::Error::other(fault.message))))
    }
}

/// What a listing has shown, by eight bytes a name, so that an object that changes while pages are read is not shown
/// again: no address stands twice in a multistatus (RFC 4918 14.24).
#[derive(Default)]
pub struct Shown {
    hasher: RandomState,
    /// While nothing has changed yet, no name comes twice.
    early: Vec<u64>,
    all: HashSet<u64>,
}

impl Shown {
    /// Whether an object of this name is to be shown now; `late` where it changed after the listing began.
    pub fn admits(&mut self, name: &str, late: bool) -> bool {
        let name = self.hasher.hash_one(name);
        if !late && self.all.is_empty() {
            self.early.push(name);
            return true;
        }
        self.all.extend(self.early.drain(..));
        self.all.insert(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_long_answer_goes_out_in_pieces_and_arrives_whole() {
        let answer = stream_multistatus(|mut out| async move {
            for n in 0..10_000 {
                out.xml.href(&format!("/{n}"));
                out.flush().await;
            }
            Ok(out)
        });
        let body = answer.await.unwrap().into_body();
        assert_eq!(hyper::body::Body::size_hint(&body).exact(), None);
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert!(text.ends_with("<D:href>/9999</D:href></D:multistatus>"));
    }

    #[tokio::test]
    async fn an_early_fault_is_the_answer_and_a_late_one_breaks_off() {
        let early = stream_multistatus(|_| async { Err(Fault::not_found()) }).await;
        assert_eq!(early.unwrap_err().status, StatusCode::NOT_FOUND);
        let late = stream_multistatus(|mut out| async move {
            out.xml.raw(&" ".repeat(PIECE));
            out.flush().await;
            Err(Fault::not_found())
        });
        late.await.unwrap().into_body().collect().await.unwrap_err();
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_holds_the_work_up_and_one_that_goes_ends_it() {
        let rows = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&rows);
        let answer = stream_multistatus(move |mut out| async move {
            loop {
                out.xml.raw(&" ".repeat(PIECE));
                out.flush().await;
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let mut body = answer.await.unwrap().into_body();
        assert_eq!(rows.load(Ordering::Relaxed), 0);
        for _ in 0..3 {
            body.frame().await.unwrap().unwrap();
        }
        assert_eq!(rows.load(Ordering::Relaxed), 2);
        drop(body);
        assert_eq!(Arc::strong_count(&rows), 1);
    }

    #[test]
    fn a_name_is_shown_once_whenever_it_changes() {
        let mut shown = Shown::default();
        assert!(shown.admits("a", false) && shown.admits("b", false));
        assert!(shown.admits("new", true) && !shown.admits("new", true));
        assert!(!shown.admits("a", true));
        assert!(shown.admits("c", false) && !shown.admits("c", true));
    }
}
