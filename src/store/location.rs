//! Where rows are kept: a file, or a database of a PostgreSQL server. What is asked before a store is opened is asked
//! here, without making or changing anything.

use super::{Store, StoreError, postgres, sqlite};
use std::fmt;
use std::path::{Path, PathBuf};

/// A place for one store. Shown, it names file or server and database, and never a password.
#[derive(Clone, Debug)]
pub struct Location {
    place: Place,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Server(Box<postgres::Server>),
}

impl Location {
    /// A file of SQLite's.
    #[must_use]
    pub fn file(path: &Path) -> Self {
        Self { place: Place::File(path.to_owned()) }
    }

    /// A database of a PostgreSQL server by its URL; the password counts where the URL has none. A refusal never quotes
    /// either.
    pub fn server(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        Ok(Self { place: Place::Server(Box::new(postgres::Server::parse(url, password)?)) })
    }

    /// The file, where it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Server(_) => None,
        }
    }

    /// The number of the schema there; 0 where there is none yet, no file or an empty one included. Blocks.
    pub fn schema(&self) -> Result<i64, StoreError> {
        match &self.place {
            Place::File(path) => sqlite::schema(path),
            Place::Server(server) => postgres::schema(server),
        }
    }

    /// Opens the store, makes it where there is none, and brings its schema up to date. Blocks.
    pub fn open(&self) -> Result<Store, StoreError> {
        match &self.place {
            Place::File(path) => Store::open(path),
            Place::Server(server) => Store::at(server),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File(path) => path.display().fmt(f),
            Place::Server(server) => server.fmt(f),
        }
    }
}
