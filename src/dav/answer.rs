//! Answers: whole bodies, and bodies that are streamed while a listing is still being read.

use super::error::{Fault, status_line};
use super::write::Xml;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// A body on its way out. An error ends the connection: what was sent is incomplete, and the client must know.
pub type Body = BoxBody<Bytes, io::Error>;

/// What gathers before a piece goes out.
const PIECE: usize = 32 * 1024;
/// Pieces that may wait for a slow reader; with [`PIECE`] this bounds the memory of one answer.
const WAITING: usize = 2;

/// Preference-Applied (RFC 7240 3).
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const XML_TYPE: &str = "application/xml; charset=utf-8";

/// A whole body in memory.
pub fn whole(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
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
    sender: mpsc::Sender<io::Result<Bytes>>,
}

impl Outgoing {
    /// Sends what has gathered, once it is worth it. To be called after every few rows.
    pub async fn flush(&mut self) -> Result<(), Fault> {
        if self.xml.len() < PIECE {
            return Ok(());
        }
        let gone = |_| Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "the client has gone");
        self.sender.send(Ok(self.xml.take().into())).await.map_err(gone)
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
    W: Future<Output = Result<Outgoing, Fault>> + Send,
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
/// whole answer; later the connection breaks off.
pub async fn stream<F, W>(status: StatusCode, content_type: &'static str, produce: F) -> Result<Response<Body>, Fault>
where
    F: FnOnce(Outgoing) -> W + Send + 'static,
    W: Future<Output = Result<Outgoing, Fault>> + Send,
{
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let out = Outgoing { xml: Xml::default(), sender: sender.clone() };
    let work = tokio::spawn(async move {
        match produce(out).await {
            Ok(mut out) => Ok(out.xml.take()),
            Err(fault) => {
                let _ = sender.send(Err(io::Error::other(fault.message.clone()))).await;
                Err(fault)
            }
        }
    });
    let first = receiver.recv().await;
    let body = if let Some(Ok(first)) = first {
        Streaming { first: Some(first), receiver, work: Some(work) }.boxed()
    } else {
        let failed = |_| Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "the listing failed");
        whole(work.await.map_err(failed)??)
    };
    Ok(typed(status, content_type, body))
}

/// The pieces as they come, then the tail that the work hands back.
struct Streaming {
    first: Option<Bytes>,
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    work: Option<tokio::task::JoinHandle<Result<String, Fault>>>,
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
        match self.receiver.poll_recv(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Some(piece)) => return Poll::Ready(Some(piece.map(Frame::data))),
            Poll::Ready(None) => {}
        }
        let Some(work) = self.work.as_mut() else { return Poll::Ready(None) };
        let outcome = match Pin::new(work).poll(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(outcome) => outcome,
        };
        self.work = None;
        Poll::Ready(Some(match outcome {
            Ok(Ok(tail)) => Ok(Frame::data(tail.into())),
            Ok(Err(fault)) => Err(io::Error::other(fault.message)),
            Err(panic) => Err(io::Error::other(panic)),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_answer_goes_out_in_pieces_and_arrives_whole() {
        let answer = stream_multistatus(|mut out| async move {
            for n in 0..10_000 {
                out.xml.href(&format!("/{n}"));
                out.flush().await?;
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
            out.flush().await?;
            Err(Fault::not_found())
        });
        late.await.unwrap().into_body().collect().await.unwrap_err();
    }
}
