//! How the store fails, told apart as far as its callers act differently.

use thiserror::Error;

/// Why rows could not be read or written. Nothing of a failed write is kept, but after [`StoreError::Unknown`] and
/// [`StoreError::Broken`], where nobody can say.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum StoreError {
    /// Somebody else holds the rows, or the queue is full: repeat later.
    #[error("the database is busy; repeat the request in a moment")]
    Busy,
    /// No room left on disk.
    #[error("the disk that holds the database is full")]
    Full,
    /// The file or its file system can't be written.
    #[error("the database can only be read")]
    ReadOnly,
    /// The file is damaged.
    #[error("the database is damaged: {0}; stop Dogwatch, keep the file, and run dogwatch restore FILE --replace")]
    Corrupt(String),
    /// A uniqueness or reference rule refused the rows.
    #[error("the rows contradict each other: {0}")]
    Constraint(String),
    /// A text that was to be stored or looked for holds a NUL character, which no text column can hold.
    #[error("a text holds a NUL character (U+0000), which can't be stored")]
    Nul,
    /// The database server can't be reached, or went away before anything was committed.
    #[error("the database can't be reached: {0}")]
    Away(String),
    /// The connection broke while a change was being committed: it may have happened or not.
    #[error("the connection to the database broke during a commit; look whether the change is there, then repeat it")]
    Unknown,
    /// The disk failed, or turned into one that can only be read: what was being stored is not acknowledged, and may be
    /// found when the file is opened again.
    #[error("the disk that holds the database failed: {0}")]
    Broken(String),
    /// A row isn't of the shape the code expects.
    #[error("unexpected row: {0}")]
    Shape(String),
    /// Something this program can't work with: an old engine, a newer schema, a network file system.
    #[error("{0}")]
    Refused(String),
    /// Anything else the engine says.
    #[error("database: {0}")]
    Engine(String),
    /// The store has been closed.
    #[error("the database has been closed")]
    Closed,
}
