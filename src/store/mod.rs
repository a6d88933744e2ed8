//! Rows in and out: the only room that knows SQL.
//!
//! One SQL text for every engine: `$1, $2 …` in order of first appearance, integers, texts and bytes only, standard
//! `ON CONFLICT … DO UPDATE` and `RETURNING`. A write is a closure that either happens wholly, and is on disk before
//! its caller hears of it, or not at all; closures may be run again and must have no other effect. A statement that
//! fails ends its transaction: whoever expects a conflict says `ON CONFLICT` and looks at the row count.

mod aside;
pub mod audit;
pub mod backup;
pub mod bounces;
pub mod call_outs;
pub mod candidates;
pub mod certificates;
pub mod collections;
pub mod concerns;
mod connection;
pub mod copy;
pub mod counters;
pub mod counts;
pub mod delegates;
mod engine;
mod error;
pub mod figures;
pub mod grants;
mod guarded;
pub mod held;
pub mod instance;
mod job;
pub mod lease;
pub mod ledger;
mod location;
pub mod mailed;
mod many;
mod migrate;
pub mod months;
pub mod needs;
mod notes;
pub mod objects;
pub mod openid;
pub mod outbox;
pub mod outside;
pub mod pagers;
pub mod pay;
pub mod people;
mod place;
mod postgres;
pub mod properties;
pub mod proposals;
pub mod pushes;
pub mod qualifications;
pub mod refill;
pub mod reminders;
pub mod requests;
pub mod roles;
pub mod rosters;
mod schema;
pub mod second_factors;
pub mod sessions;
pub mod shifts;
pub mod slots;
pub mod solvings;
pub mod sound;
mod sqlite;
pub mod swaps;
pub mod teams;
mod threads;
pub mod tokens;
mod value;
pub mod webhooks;
mod words;
mod writes;

pub use connection::Connection;
pub use error::StoreError;
pub use location::Location;
pub use notes::{Changed, Quiet};
pub use value::{Row, Value};
pub use writes::Writes;

use aside::Aside;
use engine::Engine;
use job::{Job, Sequel};
use std::path::Path;
use std::sync::Arc;

/// The rows of one Dogwatch. Cheap to clone; all clones share the threads that write and read.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Arc<Engine>,
    sequel: Sequel,
    aside: Option<Arc<Aside>>,
}

impl Store {
    /// Opens the file, creating it where it is missing, and brings its schema up to date.
    ///
    /// Blocks; refuses an engine that may lose data, a network file system, and a schema newer than it knows. Several
    /// processes may have the same file open.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        place::refuse_network(path)?;
        Self::in_file(path)
    }

    /// Connects to a PostgreSQL database by its URL, and brings its schema up to date.
    ///
    /// Blocks; refuses a server that may lose data, and a schema newer than it knows. Several processes may work on the
    /// same database.
    pub fn connect(url: &str) -> Result<Self, StoreError> {
        Location::server(url, None)?.open()
    }

    /// Opens a copy of a file that can only be read; the copy goes with the last clone of the store. What is written
    /// before [`Store::seal`] is forgotten with it, and nothing can be written afterwards. Blocks.
    pub fn open_aside(path: &Path) -> Result<Self, StoreError> {
        let aside = Aside::of(path)?;
        let store = Self::in_file(&aside.file())?;
        Ok(Self { aside: Some(Arc::new(aside)), ..store })
    }

    /// Lets nothing be written from now on, where this is a copy of what can only be read.
    pub fn seal(&self) {
        if let Some(aside) = &self.aside {
            aside.seal();
        }
    }

    /// Whether nothing can be written.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        self.aside.as_ref().is_some_and(|aside| aside.is_sealed())
    }

    /// Keeps some room on the disk that is given up where it is full (SQLite).
    pub fn keep_ballast(&self) {
        if let Engine::Sqlite(engine) = &*self.engine {
            engine.keep_ballast();
        }
    }

    fn in_file(path: &Path) -> Result<Self, StoreError> {
        let sequel = Sequel::default();
        let engine = sqlite::Engine::open(path, &sequel.writes)?;
        Ok(Self { engine: Arc::new(Engine::Sqlite(engine)), sequel, aside: None })
    }

    fn at(server: &postgres::Server) -> Result<Self, StoreError> {
        let sequel = Sequel::default();
        let engine = postgres::Engine::open(server, &sequel.writes)?;
        Ok(Self { engine: Arc::new(Engine::Postgres(engine)), sequel, aside: None })
    }

    /// What is counted of writes.
    #[must_use]
    pub fn writes(&self) -> &Writes {
        &self.sequel.writes
    }

    /// The same rows; what is written through it is not told to these subscriptions.
    #[must_use]
    pub fn quietly(&self, quiet: Quiet) -> Self {
        let sequel = Sequel { quiet: Some(Arc::new(quiet)), ..self.sequel.clone() };
        Self { engine: Arc::clone(&self.engine), sequel, aside: self.aside.clone() }
    }

    /// Waits until a write of this process has left something in the outbox.
    pub async fn rung(&self) {
        self.sequel.bell.notified().await;
    }

    /// Waits until a write of this process has left something in the audit trail.
    pub async fn stirred(&self) {
        self.sequel.stir.notified().await;
    }

    /// The number of the schema that this program brings every store to.
    #[must_use]
    pub const fn newest_schema() -> usize {
        schema::STEPS.len()
    }

    /// Runs `f` over one consistent snapshot of the rows; writing fails.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        // Another thread reads now, and may take long.
        let_go();
        let (job, answer) = Job::boxed(f, Sequel::default());
        self.engine.queue_read(job)?;
        answer.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// As [`Store::read`], for a few rows that are found by their keys: without waking another thread, if possible.
    pub async fn read_few<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.read_here(f, false).await
    }

    /// As [`Store::read_few`], and the next such read of this visit goes on in the same snapshot, where the engine has
    /// one at hand. Between the two must be nothing that takes time.
    pub async fn read_first<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.read_here(f, true).await
    }

    async fn read_here<T, E, F>(&self, f: F, first: bool) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (job, answer) = Job::boxed(f, Sequel::default());
        self.engine.read_here(job, first)?;
        answer.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// Runs `f` as one transaction: `Ok` when all of it is on disk, `Err` when nothing of it happened.
    ///
    /// `f` may be run more than once, the last time counting. An answer that is dropped does not stop the write.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        // Whoever has written must not look at what was before.
        let_go();
        if self.reads_only() {
            return Err(StoreError::ReadOnly.into());
        }
        let (job, answer) = Job::boxed(f, self.sequel.clone());
        // Until its answer is there, or nobody waits for it any more.
        let _waiting = self.sequel.writes.wait();
        self.engine.queue_write(job)?;
        answer.await.unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// Waits until the disk fails in a way after which no write can be trusted (an fsync error, say). The process must
    /// end then: repeating an fsync proves nothing.
    pub async fn broken(&self) -> StoreError {
        self.engine.broken().await
    }

    /// Moves what has been written from SQLite's log into the file, for whoever copies or keeps the file alone. Where
    /// somebody else reads just now, what can be moved is; the rest stays safe in the log.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let engine = Arc::clone(&self.engine);
        let settled = tokio::task::spawn_blocking(move || match &*engine {
            Engine::Sqlite(engine) => engine.settle(),
            Engine::Postgres(_) => Ok(()),
        });
        settled.await.map_err(|_| StoreError::Engine("moving the log into the database panicked".to_owned()))?
    }

    /// Whether there is room on the disk again, where a write has found none since this was asked last.
    pub async fn room(&self) -> Result<(), StoreError> {
        let engine = Arc::clone(&self.engine);
        let tried = tokio::task::spawn_blocking(move || match &*engine {
            Engine::Sqlite(engine) => engine.room(),
            Engine::Postgres(_) => Ok(()),
        });
        tried.await.map_err(|_| StoreError::Engine("trying for room on the disk panicked".to_owned()))?
    }

    /// Looks a file over for damage, reading every page; meant for the start of a server. A database server looks after
    /// its own pages, and is only asked whether it is there.
    pub async fn check(&self) -> Result<(), StoreError> {
        match *self.engine {
            Engine::Sqlite(_) => self.read(sqlite::check).await,
            Engine::Postgres(_) => self.read(|tx| tx.query("SELECT 1", &[]).map(drop)).await,
        }
    }

    /// What of a file is damaged, reading all of it: pages, indexes and references. A database server looks after its own.
    pub async fn flaws(&self) -> Result<Vec<String>, StoreError> {
        let look = |tx: &mut dyn Connection| Ok([sound::pages(tx)?, sound::references(tx)?].concat());
        match *self.engine {
            Engine::Sqlite(_) => self.read(look).await,
            Engine::Postgres(_) => Ok(Vec::new()),
        }
    }
}

/// Runs `work` as one visit, within which [`Store::read_first`] shares its snapshot.
pub async fn visit<T>(work: impl Future<Output = T>) -> T {
    sqlite::here::visit(work).await
}

/// Ends the snapshot that this visit keeps: to be called before whatever may take time.
pub fn let_go() {
    sqlite::here::let_go();
}

#[cfg(test)]
mod rows_tests;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod upgrade_tests;
