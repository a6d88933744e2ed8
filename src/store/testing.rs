//! Where a unit test keeps its rows: a temporary file, or a database of the PostgreSQL that the tests start.

use super::{Connection, Store, StoreError, postgres, schema, sqlite};
use std::path::PathBuf;
use std::sync::OnceLock;

#[allow(dead_code)] // the tests of the binary use the rest
#[path = "../../tests/support/postgres.rs"]
pub mod cluster;

use cluster::Database;

/// A place for one store, which may be opened several times; all of it goes when dropped.
#[derive(Debug)]
pub struct Place {
    folder: tempfile::TempDir,
    database: Option<Database>,
}

impl Place {
    /// An empty one, on the engine that the tests run on.
    pub fn new() -> Self {
        let database = cluster::wanted().then(|| Database::like(prepared().name()));
        Self { folder: tempfile::tempdir().unwrap(), database }
    }

    /// Opens the store, making it where it is missing.
    pub fn open(&self) -> Store {
        match &self.database {
            Some(database) => Store::connect(&database.url()).unwrap(),
            None => Store::open(&self.file()).unwrap(),
        }
    }

    /// One in which there is no schema yet.
    pub fn bare() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: cluster::wanted().then(Database::empty) }
    }

    /// One transaction where no store is open: the schema stays as it is.
    pub fn alone<T: Send + 'static>(
        &self,
        work: impl Fn(&mut dyn Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        if let Some(database) = &self.database {
            return postgres::alone(&database.url(), work);
        }
        drop(std::fs::OpenOptions::new().append(true).create(true).open(self.file()).unwrap());
        sqlite::file::alone(&self.file(), work)
    }

    /// How statements of the schema are told to its engine.
    pub fn dialect(&self) -> fn(&str) -> String {
        if self.database.is_some() { schema::for_postgres } else { schema::for_sqlite }
    }

    /// Everything that is kept, to look for what should not be.
    pub fn contents(&self) -> Vec<u8> {
        if let Some(database) = &self.database {
            return cluster::dump(&database.url()).into_bytes();
        }
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
    }

    /// The file, where it is one.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("dogwatch.db")
    }
}

/// A database with the schema and nothing else: copying it is quicker than making it each time.
fn prepared() -> &'static Database {
    static PREPARED: OnceLock<Database> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let database = Database::empty();
        drop(Store::connect(&database.url()).unwrap());
        database
    })
}
