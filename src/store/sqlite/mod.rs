//! SQLite: one writer thread that groups commits, a few reader threads with snapshots.
//!
//! Measured on two cores and ext4: an fsync takes about 4 ms, so 187 writes a second alone and 12,000 in groups of 64.

mod open;
mod reader;
mod transaction;
mod writer;

use super::job::AnyJob;
use super::{Connection, StoreError, migrate, schema, threads};
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::watch;

/// Writes that may wait; beyond it callers hear that the database is busy.
const QUEUE: usize = 1024;
/// Reads that may run at once.
const READERS: usize = 4;

/// The threads that hold the connections. They end when the last [`super::Store`] is dropped.
#[derive(Debug)]
pub(super) struct Engine {
    writer: mpsc::SyncSender<Box<dyn AnyJob>>,
    readers: mpsc::SyncSender<Box<dyn AnyJob>>,
    broken: watch::Receiver<Option<StoreError>>,
}

impl Engine {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        open::refuse_old_engine(rusqlite::version_number())?;
        let connection = open::writer(path)?;
        while writer::alone(&connection, |tx| migrate::advance(tx, schema::STEPS, schema::for_sqlite))? {}

        let (readers, waiting) = mpsc::sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..READERS {
            let (connection, waiting) = (open::reader(path)?, Arc::clone(&waiting));
            threads::spawn(format!("store-read-{number}"), move || reader::run(&connection, &waiting))?;
        }
        let (writer, queue) = mpsc::sync_channel(QUEUE);
        let (report, broken) = watch::channel(None);
        threads::spawn("store-write".to_owned(), move || writer::run(&connection, &queue, &report))?;
        Ok(Self { writer, readers, broken })
    }

    pub(super) fn queue_read(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        threads::queue(&self.readers, job)
    }

    pub(super) fn queue_write(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        threads::queue(&self.writer, job)
    }

    pub(super) async fn broken(&self) -> StoreError {
        let mut broken = self.broken.clone();
        match broken.wait_for(Option::is_some).await {
            Ok(failure) => failure.clone().unwrap_or(StoreError::Closed),
            Err(_) => StoreError::Closed,
        }
    }
}

/// Looks the pages over and says the first thing that is wrong with them.
pub(super) fn check(tx: &mut dyn Connection) -> Result<(), StoreError> {
    let row = tx.query_one("PRAGMA quick_check(1)", &[])?;
    match row.map(|row| row.text(0)).transpose()?.as_deref() {
        Some("ok") => Ok(()),
        said => Err(StoreError::Corrupt(said.unwrap_or("no answer").to_owned())),
    }
}

#[cfg(test)]
mod tests;
