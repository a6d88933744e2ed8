//! A thread that runs reads, each over one snapshot.

use super::transaction::{Transaction, translate};
use crate::store::StoreError;
use crate::store::job::AnyJob;
use rusqlite::Connection;
use std::sync::{Mutex, PoisonError, mpsc::Receiver};

/// Runs reads until the last store is dropped.
pub(super) fn run(connection: &Connection, jobs: &Mutex<Receiver<Box<dyn AnyJob>>>) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut job) = next else { return };
        if job.abandoned() {
            continue;
        }
        let outcome = over_a_snapshot(connection, job.as_mut());
        job.answer(outcome);
    }
}

/// Runs one read; nothing that it may have written stays.
pub(super) fn over_a_snapshot(connection: &Connection, job: &mut dyn AnyJob) -> Result<(), StoreError> {
    begin(connection)?;
    job.run(&mut Transaction::new(connection));
    end(connection)
}

/// Begins a snapshot, or goes on with the one that is open.
pub(super) fn begin(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() { say(connection, "BEGIN DEFERRED") } else { Ok(()) }
}

/// Ends a snapshot; some failures have done so by themselves.
pub(super) fn end(connection: &Connection) -> Result<(), StoreError> {
    if connection.is_autocommit() { Ok(()) } else { say(connection, "ROLLBACK") }
}

fn say(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
    done.map(drop).map_err(|problem| translate(&problem))
}
