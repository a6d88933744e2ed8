//! What is under way on one HTTP/2 connection. hyper counts the streams, but neither closes a connection on which nothing
//! happens, nor one whose client leaves an answer unread, nor one that opens requests only to take them back.

use super::Body;
use crate::config::Limits;
use bytes::Bytes;
use hyper::body::{Body as _, Frame, SizeHint};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Requests that may be taken back before their answer has gone out, beyond one for each that was not.
const TAKEN_BACK: u64 = 100;
/// Bytes that go out at once: what hyper takes it keeps, unseen by us, until the client reads.
const PIECE: usize = 16 << 10;

/// The streams of one connection.
pub struct Streams {
    counts: Mutex<Counts>,
    places: Arc<Semaphore>,
    abused: Notify,
    idle: Duration,
    write: Duration,
}

struct Counts {
    next: u64,
    answering: usize,
    /// Since when each answer waits for the client; nothing where it waits for us.
    sending: HashMap<u64, Option<Instant>>,
    quiet_since: Instant,
    finished: u64,
    taken_back: u64,
    closing: bool,
}

/// What should become of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is in use.
    Busy,
    /// Nothing is under way, and has not been for the longest time allowed.
    Idle,
    /// An answer has not been read for the longest time allowed.
    Stalled,
}

impl Streams {
    /// None yet.
    pub fn new(limits: &Limits) -> Arc<Self> {
        let counts = Counts {
            next: 0,
            answering: 0,
            sending: HashMap::new(),
            quiet_since: Instant::now(),
            finished: 0,
            taken_back: 0,
            closing: false,
        };
        Arc::new(Self {
            counts: Mutex::new(counts),
            // A body is in memory while its request is answered, so one connection has no more of them than one token.
            places: Arc::new(Semaphore::new(limits.requests_at_once_per_token)),
            abused: Notify::new(),
            idle: Duration::from_secs(limits.idle_seconds),
            write: Duration::from_secs(limits.write_seconds),
        })
    }

    /// A request has come.
    pub fn begin(self: &Arc<Self>) -> Stream {
        let mut counts = self.counts();
        counts.answering += 1;
        counts.next += 1;
        Stream { streams: Arc::clone(self), id: counts.next, sending: false, finished: false }
    }

    /// A place among those that are answered; there are fewer than may be open.
    pub async fn place(&self) -> Option<OwnedSemaphorePermit> {
        // Never closed, so this fails never.
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Waits until too many requests have been taken back.
    pub async fn abused(&self) {
        self.abused.notified().await;
    }

    /// From now on a connection without a stream is idle at once.
    pub fn close(&self) {
        self.counts().closing = true;
    }

    /// How long to wait before the next verdict.
    pub fn pace(&self, closing: bool) -> Duration {
        let least = Duration::from_millis(250);
        if closing { least } else { (self.idle.min(self.write) / 4).max(least) }
    }

    /// What should become of the connection now.
    pub fn verdict(&self) -> Verdict {
        let counts = self.counts();
        if counts.sending.values().flatten().any(|since| since.elapsed() > self.write) {
            Verdict::Stalled
        } else if counts.answering > 0 || !counts.sending.is_empty() {
            Verdict::Busy
        } else if counts.closing || counts.quiet_since.elapsed() > self.idle {
            Verdict::Idle
        } else {
            Verdict::Busy
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request and its answer; dropped before all of that has gone out, it was taken back.
pub struct Stream {
    streams: Arc<Streams>,
    id: u64,
    sending: bool,
    finished: bool,
}

impl Stream {
    /// The answer, on its way out.
    pub fn send(mut self, body: Body) -> Sending {
        let mut counts = self.streams.counts();
        counts.answering = counts.answering.saturating_sub(1);
        counts.sending.insert(self.id, Some(Instant::now()));
        drop(counts);
        (self.sending, self.finished) = (true, body.is_end_stream());
        Sending { body, rest: Bytes::new(), stream: self }
    }

    fn waits(&self, since: Option<Instant>) {
        self.streams.counts().sending.insert(self.id, since);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let mut counts = self.streams.counts();
        if self.sending {
            counts.sending.remove(&self.id);
        } else {
            counts.answering = counts.answering.saturating_sub(1);
        }
        if self.finished {
            counts.finished += 1;
        } else {
            counts.taken_back += 1;
            if counts.taken_back > TAKEN_BACK + counts.finished {
                self.streams.abused.notify_one();
            }
        }
        counts.quiet_since = Instant::now();
    }
}

/// The body of an answer on an HTTP/2 connection.
pub struct Sending {
    body: Body,
    rest: Bytes,
    stream: Stream,
}

impl hyper::body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // hyper asks when the client has taken what came before.
        if self.rest.is_empty() {
            self.stream.waits(None);
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => {
                    self.stream.finished = other.is_none();
                    return Poll::Ready(other);
                }
            }
        }
        self.stream.waits(Some(Instant::now()));
        let most = self.rest.len().min(PIECE);
        let piece = self.rest.split_to(most);
        self.stream.finished = self.is_end_stream();
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}
