//! Which engine holds the rows. Beyond this file nobody asks.

use super::job::AnyJob;
use super::{StoreError, postgres, sqlite};

/// The threads that hold the connections.
#[derive(Debug)]
pub(super) enum Engine {
    Sqlite(sqlite::Engine),
    Postgres(postgres::Engine),
}

impl Engine {
    pub(super) fn queue_read(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.queue_read(job),
            Self::Postgres(engine) => engine.queue_read(job),
        }
    }

    /// Runs a short read on the calling thread where that is possible without waiting. The `first` of a visit keeps its
    /// snapshot for the next, where that costs nothing.
    pub(super) fn read_here(&self, job: Box<dyn AnyJob>, first: bool) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.read_here(job, first),
            Self::Postgres(engine) => engine.queue_read(job),
        }
    }

    pub(super) fn queue_write(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(engine) => engine.queue_write(job),
            Self::Postgres(engine) => engine.queue_write(job),
        }
    }

    pub(super) async fn broken(&self) -> StoreError {
        match self {
            Self::Sqlite(engine) => engine.broken().await,
            // A server whose disk fails ends itself, and acknowledges nothing that it could not sync.
            Self::Postgres(_) => std::future::pending().await,
        }
    }
}
