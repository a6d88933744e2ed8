//! Rows in and out: the only room that knows SQL.
//!
//! One SQL text for every engine: `$1, $2 …` in order of first appearance, integers, texts and bytes only, standard
//! `ON CONFLICT … DO UPDATE` and `RETURNING`. A write is a closure that either happens wholly, and is on disk before
//! its caller hears of it, or not at all; closures may be run again and must have no other effect.

mod connection;
mod error;
mod value;

pub use connection::Connection;
pub use error::StoreError;
pub use value::{Row, Value};

use std::path::Path;

/// The rows of one Dogwatch. Cheap to clone; all clones share one writer and its readers.
#[derive(Clone, Debug)]
pub struct Store {}

impl Store {
    /// Opens the file, creating it where it is missing, and brings its schema up to date.
    ///
    /// Blocks; refuses an engine that may lose data, a network file system, and a schema newer than it knows.
    pub fn open(_path: &Path) -> Result<Self, StoreError> {
        unimplemented!()
    }

    /// Runs `f` over one consistent snapshot of the rows; writing fails.
    pub async fn read<T, E, F>(&self, _f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        unimplemented!()
    }

    /// Runs `f` as one transaction: `Ok` when all of it is on disk, `Err` when nothing of it happened.
    pub async fn write<T, E, F>(&self, _f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        unimplemented!()
    }
}
