//! A thread's connection: made when it is first needed, and again after it broke.

use super::failure::Failure;
use super::server::Server;
use super::session::Session;
use crate::store::StoreError;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a job waits for a database that went away. Whoever comes later is told at once, until it is back.
const PATIENCE: Duration = Duration::from_secs(5);
/// A transaction that loses to others is run again at most so often.
const TRIES: u32 = 40;
/// The longest pause before it is run again.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest pause before another connection is tried.
const WAIT: Duration = Duration::from_millis(500);

/// A thread's place at the database.
pub(super) struct Seat {
    server: Arc<Server>,
    session: Option<Session>,
    away_since: Option<Instant>,
}

impl Seat {
    pub(super) fn new(server: &Arc<Server>) -> Self {
        Self { server: Arc::clone(server), session: None, away_since: None }
    }

    /// Runs `attempt` on the connection until it succeeds, is refused, or patience ends.
    pub(super) fn insist<T>(
        &mut self,
        mut attempt: impl FnMut(&mut Session) -> Result<T, Failure>,
    ) -> Result<T, StoreError> {
        let (mut lost, mut beaten) = (0, 0);
        loop {
            let outcome = self.session().and_then(&mut attempt);
            if matches!(outcome, Err(Failure::Lost(_))) {
                self.session = None;
            }
            self.drop_broken();
            match outcome {
                Ok(done) => {
                    self.away_since = None;
                    return Ok(done);
                }
                Err(Failure::Refused(error)) => return Err(error),
                Err(Failure::Lost(error)) => {
                    let since = *self.away_since.get_or_insert_with(Instant::now);
                    if since.elapsed() > PATIENCE {
                        return Err(error);
                    }
                    lost += 1;
                    std::thread::sleep(pause(lost, WAIT));
                }
                Err(Failure::Again) => {
                    beaten += 1;
                    if beaten >= TRIES {
                        return Err(StoreError::Busy);
                    }
                    // The first time without waiting: whoever was faster is done by now.
                    if beaten > 1 {
                        std::thread::sleep(pause(beaten, PAUSE));
                    }
                }
            }
        }
    }

    /// Ends what a read has left open; whoever waits has been answered already.
    pub(super) fn tidy(&mut self) {
        if self.session.as_mut().is_some_and(|session| session.run("ROLLBACK").is_err()) {
            self.session = None;
        }
    }

    fn drop_broken(&mut self) {
        if self.session.as_ref().is_some_and(Session::is_broken) {
            self.session = None;
        }
    }

    fn session(&mut self) -> Result<&mut Session, Failure> {
        match &mut self.session {
            Some(session) => Ok(session),
            empty @ None => {
                let opened = Session::open(&self.server).map_err(|error| match error {
                    away @ StoreError::Away(_) => Failure::Lost(away),
                    other => Failure::Refused(other),
                })?;
                Ok(empty.insert(opened))
            }
        }
    }
}

/// A time drawn below a bound that doubles with each try, so that two who collided don't again.
fn pause(tried: u32, longest: Duration) -> Duration {
    let bound = Duration::from_millis(1_u64 << tried.min(10)).min(longest);
    // Without random numbers the pause is merely not random.
    let part = getrandom::u32().unwrap_or(u32::MAX);
    bound.mul_f64(f64::from(part) / f64::from(u32::MAX))
}
