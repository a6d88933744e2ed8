//! A thread that writes. A transaction holds one job, or a few that waited together, each in a savepoint; answers go
//! out after the commit. Whoever loses against another transaction is run again.

use super::failure::Failure;
use super::lane::Lane;
use super::{Queue, Seat, Session};
use crate::store::job::AnyJob;
use crate::store::{StoreError, Writes};
use std::sync::PoisonError;
use std::time::Instant;

/// What the threads of one process share: who writes just now, and what is counted of it.
type Shared<'s> = (&'s Lane, &'s Writes);

/// Jobs that share a commit while other threads of this process write too: few, for they could each have a thread.
const SIDE_BY_SIDE: usize = 4;
/// Jobs that share a commit while nobody else of this process writes.
const ALONE: usize = 64;

/// Runs writes until the last store is dropped.
pub(super) fn run(seat: &mut Seat, queue: &Queue, shared: Shared<'_>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(first) = next else { return };
        group(seat, queue, shared, first);
    }
}

/// Runs a group that starts with `first` and answers its jobs.
fn group(seat: &mut Seat, queue: &Queue, (lane, writes): Shared<'_>, first: Box<dyn AnyJob>) {
    let mut jobs = vec![first];
    let outcome = seat.insist(|session| {
        let turn = lane.enter();
        let most = if turn.is_alone() { ALONE } else { SIDE_BY_SIDE };
        while jobs.len() < most {
            match waiting(queue) {
                Some(job) => jobs.push(job),
                None => break,
            }
        }
        transaction(session, &mut jobs, writes).inspect_err(|failure| lane.note(failure))
    });
    match outcome {
        // The transaction as a whole was refused, and one of them may be to blame.
        Err(ref refused) if jobs.len() > 1 && !says_nothing_of_jobs(refused) => {
            for job in jobs {
                let mut one = [job];
                let outcome = seat.insist(|session| {
                    let _turn = lane.enter();
                    transaction(session, &mut one, writes).inspect_err(|failure| lane.note(failure))
                });
                one.iter_mut().for_each(|job| job.answer(outcome.clone()));
            }
        }
        outcome => jobs.iter_mut().for_each(|job| job.answer(outcome.clone())),
    }
}

/// A job that waits, if any. Where another thread holds the queue, it does so because nothing waits.
fn waiting(queue: &Queue) -> Option<Box<dyn AnyJob>> {
    queue.try_lock().ok()?.try_recv().ok()
}

fn says_nothing_of_jobs(refused: &StoreError) -> bool {
    matches!(refused, StoreError::Away(_) | StoreError::Busy | StoreError::Unknown)
}

/// Runs the jobs in one transaction and commits what is to stay. After an error nothing has happened, but for
/// [`StoreError::Unknown`].
fn transaction(session: &mut Session, jobs: &mut [Box<dyn AnyJob>], writes: &Writes) -> Result<(), Failure> {
    session.begin("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
    match run_all(session, jobs) {
        Ok(true) => {
            let asked = Instant::now();
            session.commit().inspect_err(|_| session.roll_back())?;
            writes.commits.note(asked.elapsed());
            Ok(())
        }
        Ok(false) => {
            session.roll_back();
            Ok(())
        }
        Err(failure) => {
            session.roll_back();
            Err(failure)
        }
    }
}

/// Runs each job; whether anything is to stay.
fn run_all(session: &mut Session, jobs: &mut [Box<dyn AnyJob>]) -> Result<bool, Failure> {
    if let [only] = jobs {
        let keep = only.run(session);
        return undone(session).map(|undone| keep && !undone);
    }
    let (mut any, mut before) = (false, "SAVEPOINT job");
    for job in jobs {
        session.run(before)?;
        let keep = job.run(session);
        if undone(session)? || !keep {
            before = "ROLLBACK TO SAVEPOINT job";
        } else {
            any = true;
            before = "RELEASE SAVEPOINT job; SAVEPOINT job";
        }
    }
    if before.starts_with("ROLLBACK") {
        session.run(before)?;
    }
    Ok(any)
}

/// Whether a statement of the job was refused; an error where that concerns the whole transaction.
fn undone(session: &mut Session) -> Result<bool, Failure> {
    match session.take_failure() {
        None => Ok(false),
        Some(Failure::Refused(_)) => Ok(true),
        Some(whole) => Err(whole),
    }
}
