//! The byte stream of one connection with the two bounds that hyper lacks: a client must keep reading its answer, and on
//! HTTP/1.1 a head must be whole in so many seconds from its first byte (hyper counts the idle time before it too).

use super::framing::{Framing, Length};
use crate::config::Limits;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What the heads of one connection said of their bodies, in order; `HeadWatch` adds and the answering side takes.
#[derive(Clone, Default)]
pub struct Heads(Arc<Mutex<VecDeque<Length>>>);

impl Heads {
    fn push(&self, length: Length) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(length);
    }

    /// What the next head said. hyper hands out requests in the order of their heads.
    pub fn take(&self) -> Length {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front().unwrap_or(Length::Known)
    }
}

/// A TCP stream that gives up on clients who don't read. It lies below TLS, whose own buffers would hide them.
pub struct Wire {
    stream: TcpStream,
    time: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Guards a stream.
    pub fn new(stream: TcpStream, limits: &Limits) -> Self {
        Self { stream, time: Duration::from_secs(limits.write_seconds), timer: None }
    }

    /// Passes on a write's outcome, unless the client has read nothing for too long.
    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<Result<T>>) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.timer = None;
            return outcome;
        }
        let time = self.time;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client doesn't read its answer")))
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write(cx, buf);
        this.written(cx, outcome)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        let this = self.get_mut();
        let outcome = Pin::new(&mut this.stream).poll_write_vectored(cx, bufs);
        this.written(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

/// A stream of HTTP/1.1 requests, in clear or out of TLS, that gives up on clients whose heads dawdle, and reports what
/// the heads said.
pub struct HeadWatch<S> {
    stream: S,
    framing: Framing,
    heads: Heads,
    time: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> HeadWatch<S> {
    /// Watches a stream.
    pub fn new(stream: S, limits: &Limits, heads: Heads) -> Self {
        let time = Duration::from_secs(limits.header_seconds);
        Self { stream, framing: Framing::default(), heads, time, timer: None }
    }

    fn read_on(&mut self, bytes: &[u8]) {
        let Self { framing, heads, .. } = self;
        let before = framing.in_head();
        let mut ended = false;
        framing.feed(bytes, |length| {
            ended = true;
            heads.push(length);
        });
        if !framing.in_head() {
            self.timer = None;
        } else if !before || ended {
            self.timer = Some(Box::pin(sleep(self.time)));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HeadWatch<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if let Poll::Ready(outcome) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            this.read_on(buf.filled().get(before..).unwrap_or_default());
            return Poll::Ready(outcome);
        }
        if let Some(timer) = &mut this.timer {
            ready!(timer.as_mut().poll(cx));
            return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the request's head took too long")));
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HeadWatch<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[IoSlice<'_>]) -> Poll<Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
