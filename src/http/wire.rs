//! The byte stream of one connection with the two bounds that hyper lacks: a head must be whole in so many seconds from
//! its first byte (hyper counts the idle time before it too), and a client must keep reading its answer.

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

/// What the heads of one connection said of their bodies, in order; `Wire` adds and the answering side takes.
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

/// A TCP stream that gives up on clients who dawdle.
pub struct Wire {
    stream: TcpStream,
    framing: Framing,
    heads: Heads,
    head_time: Duration,
    head_timer: Option<Pin<Box<Sleep>>>,
    write_time: Duration,
    write_timer: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// Guards a stream and reports its heads.
    pub fn new(stream: TcpStream, limits: &Limits, heads: Heads) -> Self {
        Self {
            stream,
            framing: Framing::default(),
            heads,
            head_time: Duration::from_secs(limits.header_seconds),
            head_timer: None,
            write_time: Duration::from_secs(limits.write_seconds),
            write_timer: None,
        }
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
            self.head_timer = None;
        } else if !before || ended {
            self.head_timer = Some(Box::pin(sleep(self.head_time)));
        }
    }

    /// Passes on a write's outcome, unless the client has read nothing for too long.
    fn written<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<Result<T>>) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.write_timer = None;
            return outcome;
        }
        let time = self.write_time;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(time)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client doesn't read its answer")))
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if let Poll::Ready(outcome) = Pin::new(&mut this.stream).poll_read(cx, buf) {
            this.read_on(buf.filled().get(before..).unwrap_or_default());
            return Poll::Ready(outcome);
        }
        if let Some(timer) = &mut this.head_timer {
            ready!(timer.as_mut().poll(cx));
            return Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the request's head took too long")));
        }
        Poll::Pending
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
