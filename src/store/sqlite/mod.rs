//! SQLite: one writer thread that groups commits, a few reader threads with snapshots, and connections for short reads on
//! the thread that asks: waking another one costs more than such a read.
//!
//! Measured on two cores and ext4: an fsync takes about 4 ms, so 187 writes a second alone and 12,000 in groups of 64.

mod ballast;
pub(super) mod file;
pub(super) mod here;
mod open;
mod reader;
mod transaction;
mod writer;

use super::job::AnyJob;
use super::{Connection, StoreError, Writes, migrate, schema, threads};
use here::Here;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use tokio::sync::watch;
use writer::Notes;

/// Writes that may wait; beyond it callers hear that the database is busy.
const QUEUE: usize = 1024;
/// Long reads that may run at once.
const READERS: usize = 4;

/// The threads that hold the connections. They end when the last [`super::Store`] is dropped.
#[derive(Debug)]
pub(super) struct Engine {
    writer: mpsc::SyncSender<Box<dyn AnyJob>>,
    readers: mpsc::SyncSender<Box<dyn AnyJob>>,
    here: Arc<Here>,
    broken: watch::Receiver<Option<StoreError>>,
    full: Arc<AtomicBool>,
    keeps_ballast: AtomicBool,
    path: PathBuf,
}

impl Engine {
    pub(super) fn open(path: &Path, writes: &Arc<Writes>) -> Result<Self, StoreError> {
        open::refuse_old_engine(rusqlite::version_number())?;
        let connection = open::writer(path)?;
        while writer::alone(&connection, |tx| migrate::advance(tx, schema::steps(), schema::for_sqlite))? {}

        let (readers, waiting) = mpsc::sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..READERS {
            let (connection, waiting) = (open::reader(path)?, Arc::clone(&waiting));
            threads::spawn(format!("store-read-{number}"), move || reader::run(&connection, &waiting))?;
        }
        let here = Here::open(path)?;
        let (writer, queue) = mpsc::sync_channel(QUEUE);
        let (report, broken) = watch::channel(None);
        let full = Arc::new(AtomicBool::new(false));
        let notes = Notes { full: Arc::clone(&full), writes: Arc::clone(writes), database: path.to_owned() };
        threads::spawn("store-write".to_owned(), move || writer::run(&connection, &queue, &report, &notes))?;
        Ok(Self { writer, readers, here, broken, full, keeps_ballast: AtomicBool::new(false), path: path.to_owned() })
    }

    /// Runs a read now; where every connection for that is taken, it queues up with the others.
    pub(super) fn read_here(&self, mut job: Box<dyn AnyJob>, first: bool) -> Result<(), StoreError> {
        if self.here.run(job.as_mut(), first) { Ok(()) } else { self.queue_read(job) }
    }

    pub(super) fn queue_read(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        threads::queue(&self.readers, job)
    }

    pub(super) fn queue_write(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        threads::queue(&self.writer, job)
    }

    /// Moves the log into the file, and empties it.
    pub(super) fn settle(&self) -> Result<(), StoreError> {
        let connection = open::settler(&self.path)?;
        let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        moved.map(drop).map_err(|problem| transaction::translate(&problem))
    }

    /// Whether there is room on the disk again, where there was none.
    pub(super) fn room(&self) -> Result<(), StoreError> {
        if self.full.load(Ordering::Relaxed) {
            file::try_room(&self.path)?;
            if self.keeps_ballast.load(Ordering::Relaxed) && !ballast::keep(&self.path) {
                return Err(StoreError::Full);
            }
            self.full.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Keeps room for when the disk is full, from now on.
    pub(super) fn keep_ballast(&self) {
        self.keeps_ballast.store(true, Ordering::Relaxed);
        if !ballast::keep(&self.path) {
            self.full.store(true, Ordering::Relaxed);
        }
    }

    pub(super) async fn broken(&self) -> StoreError {
        let mut broken = self.broken.clone();
        match broken.wait_for(Option::is_some).await {
            Ok(failure) => failure.clone().unwrap_or(StoreError::Closed),
            Err(_) => StoreError::Closed,
        }
    }
}

/// The number of the schema in a file; 0 where there is no file, or nothing in it. Makes nothing.
pub(super) fn schema(path: &Path) -> Result<i64, StoreError> {
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) || !path.exists() {
        return Ok(0);
    }
    schema_of(&mut transaction::Transaction::new(&open::reader(path)?))
}

/// The number of the schema; 0 where there is none.
pub(super) fn schema_of(tx: &mut dyn Connection) -> Result<i64, StoreError> {
    let there = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'";
    if tx.query_one(there, &[])?.is_none() {
        return Ok(0);
    }
    tx.query_one("SELECT version FROM schema_version", &[])?.map_or(Ok(0), |row| row.int(0))
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
