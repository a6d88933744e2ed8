//! A thread that runs reads, each over one snapshot.

use super::failure::Failure;
use super::{Queue, Seat, Session};
use crate::store::job::AnyJob;
use std::sync::PoisonError;

/// Runs reads until the last store is dropped.
pub(super) fn run(seat: &mut Seat, queue: &Queue) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut job) = next else { return };
        if job.abandoned() {
            continue;
        }
        let outcome = seat.insist(|session| over_a_snapshot(session, job.as_mut()));
        job.answer(outcome);
        seat.tidy();
    }
}

/// A snapshot that stays open: it is closed when whoever asked has been answered.
fn over_a_snapshot(session: &mut Session, job: &mut dyn AnyJob) -> Result<(), Failure> {
    session.begin("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
    job.run(session);
    match session.take_failure() {
        None | Some(Failure::Refused(_)) => Ok(()),
        Some(failure) => {
            session.roll_back();
            Err(failure)
        }
    }
}
