//! The thread that writes. It takes what has queued up, runs each job in a savepoint of one transaction, commits once,
//! and answers only then. Where the group fails as a whole its jobs are run again one by one.

use super::ballast;
use super::transaction::{Failure, Transaction, failure};
use crate::store::job::AnyJob;
use crate::store::{Connection as Rows, StoreError, Writes};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Jobs that share a commit.
const GROUP: usize = 64;
/// No further job joins a group that has been running so long.
const GROUP_TIME: Duration = Duration::from_millis(2);
/// Times that a transaction waits the busy timeout (5 s) for another process.
const PATIENCE: usize = 3;

/// What the thread leaves for others to see.
pub(super) struct Notes {
    /// There was no room on the disk.
    pub full: Arc<AtomicBool>,
    /// How long commits take.
    pub writes: Arc<Writes>,
    /// The file, beside which ballast may lie.
    pub database: PathBuf,
}

/// Runs writes until the last store is dropped, or the disk can't be trusted any more.
pub(super) fn run(
    connection: &Connection,
    queue: &Receiver<Box<dyn AnyJob>>,
    broken: &watch::Sender<Option<StoreError>>,
    notes: &Notes,
) {
    while let Ok(first) = queue.recv() {
        if let Err(failure) = group((connection, notes), queue, first) {
            tracing::error!(problem = %failure, "the database can't be written any more");
            broken.send_replace(Some(failure.clone()));
            refuse_all(queue, &failure);
            return;
        }
    }
}

/// What still comes gets the reason, until nobody can send any more.
fn refuse_all(queue: &Receiver<Box<dyn AnyJob>>, reason: &StoreError) {
    while let Ok(mut job) = queue.recv() {
        job.answer(Err(reason.clone()));
    }
}

/// Runs a group that starts with `first` and answers its jobs; an error is one after which nothing may be written.
fn group(
    (connection, notes): (&Connection, &Notes),
    queue: &Receiver<Box<dyn AnyJob>>,
    first: Box<dyn AnyJob>,
) -> Result<(), StoreError> {
    let started = Instant::now();
    let mut jobs = vec![first];
    let outcome = together((connection, notes), &mut jobs, |count| {
        if count < GROUP && started.elapsed() < GROUP_TIME { queue.try_recv().ok() } else { None }
    });
    note_full(&notes.full, &outcome);
    let again = is_full(&outcome) && ballast::give_up(&notes.database);
    if again {
        tracing::error!(
            "the disk is full: the ballast beside the database is given up, and what follows has room for a while"
        );
    }
    match outcome {
        Ok(()) => answer_all(&mut jobs, &Ok(())),
        Err(problem) if problem.fatal => {
            answer_all(&mut jobs, &Err(problem.error.clone()));
            return Err(problem.error);
        }
        Err(problem) if (jobs.len() == 1 && !again) || problem.error == StoreError::Busy => {
            answer_all(&mut jobs, &Err(problem.error.clone()));
        }
        Err(_) => {
            let mut waiting = jobs.into_iter();
            while let Some(job) = waiting.next() {
                let mut alone = vec![job];
                let outcome = together((connection, notes), &mut alone, |_| None);
                note_full(&notes.full, &outcome);
                let fatal = outcome.as_ref().err().filter(|problem| problem.fatal).map(|problem| problem.error.clone());
                let answer = outcome.map_err(|problem| problem.error);
                answer_all(&mut alone, &answer);
                if let Some(reason) = fatal {
                    waiting.for_each(|mut job| job.answer(Err(reason.clone())));
                    return Err(reason);
                }
            }
        }
    }
    Ok(())
}

/// Remembers that there was no room; small changes may still fit into what the log has already.
fn note_full(full: &AtomicBool, outcome: &Result<(), Failure>) {
    if is_full(outcome) {
        full.store(true, Ordering::Relaxed);
    }
}

fn is_full(outcome: &Result<(), Failure>) -> bool {
    outcome.as_ref().is_err_and(|problem| problem.error == StoreError::Full)
}

fn answer_all(jobs: &mut [Box<dyn AnyJob>], outcome: &Result<(), StoreError>) {
    for job in jobs {
        job.answer(outcome.clone());
    }
}

/// Runs the jobs, and those that `more` adds, in one transaction and commits it. An error means that nothing happened.
fn together(
    (connection, notes): (&Connection, &Notes),
    jobs: &mut Vec<Box<dyn AnyJob>>,
    mut more: impl FnMut(usize) -> Option<Box<dyn AnyJob>>,
) -> Result<(), Failure> {
    begin(connection)?;
    let mut next = 0;
    loop {
        while let Some(job) = jobs.get_mut(next) {
            next += 1;
            if let Err(problem) = in_savepoint(connection, job.as_mut()) {
                roll_back(connection);
                return Err(problem);
            }
        }
        match more(jobs.len()) {
            Some(job) => jobs.push(job),
            None => break,
        }
    }
    let asked = Instant::now();
    statement(connection, "COMMIT").inspect_err(|_| roll_back(connection))?;
    notes.writes.commits.note(asked.elapsed());
    Ok(())
}

/// Runs one job; what it wrote stays only where it says so. An error concerns the whole transaction.
fn in_savepoint(connection: &Connection, job: &mut dyn AnyJob) -> Result<(), Failure> {
    statement(connection, "SAVEPOINT job")?;
    let mut transaction = Transaction::new(connection);
    let keep = job.run(&mut transaction);
    if let Some(problem) = transaction.into_failure() {
        return Err(problem);
    }
    if connection.is_autocommit() {
        let error = StoreError::Engine("the transaction ended before its commit".to_owned());
        return Err(Failure { error, fatal: false });
    }
    if !keep {
        statement(connection, "ROLLBACK TO job")?;
    }
    statement(connection, "RELEASE job")
}

/// Runs one transaction without a queue; for the time before there is one.
pub(super) fn alone<T>(
    connection: &Connection,
    work: impl Fn(&mut dyn Rows) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    begin(connection).map_err(|problem| problem.error)?;
    let done = work(&mut Transaction::new(connection))
        .and_then(|done| statement(connection, "COMMIT").map(|()| done).map_err(|problem| problem.error));
    done.inspect_err(|_| roll_back(connection))
}

fn begin(connection: &Connection) -> Result<(), Failure> {
    let mut tried = 0;
    loop {
        tried += 1;
        match statement(connection, "BEGIN IMMEDIATE") {
            Err(problem) if problem.error == StoreError::Busy && tried < PATIENCE => {}
            outcome => return outcome,
        }
    }
}

fn roll_back(connection: &Connection) {
    // Some failures have rolled back by themselves; what can't be rolled back is not committed either.
    if !connection.is_autocommit() {
        let _ = statement(connection, "ROLLBACK");
    }
}

fn statement(connection: &Connection, sql: &str) -> Result<(), Failure> {
    let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|problem| failure(&problem))
}
