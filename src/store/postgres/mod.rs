//! PostgreSQL: a few threads that write, each transaction SERIALIZABLE and run again on a conflict, and a few that read
//! snapshots. Connections are made when they are first needed, and again when they broke.
//!
//! Only what CockroachDB and YugabyteDB document too is used: no advisory locks, no LOCK TABLE, no sequences.

mod failure;
mod lane;
mod migrating;
mod reader;
mod seat;
mod server;
mod session;
mod tls;
mod values;
mod writer;

#[cfg(test)]
use super::Connection;
use super::job::AnyJob;
use super::{StoreError, Writes, threads};
use lane::Lane;
use seat::Seat;
use std::sync::{Arc, Mutex, mpsc};

pub(super) use server::Server;
pub(super) use session::Session;

/// Jobs that may wait; beyond it callers hear that the database is busy.
const QUEUE: usize = 1024;
/// Transactions that may write at once in this process.
const WRITERS: usize = 4;
/// Reads that may run at once in this process.
const READERS: usize = 8;

/// The threads that hold the connections. They end when the last [`super::Store`] is dropped.
#[derive(Debug)]
pub(super) struct Engine {
    writers: mpsc::SyncSender<Box<dyn AnyJob>>,
    readers: mpsc::SyncSender<Box<dyn AnyJob>>,
}

/// What threads take their jobs from.
type Queue = Mutex<mpsc::Receiver<Box<dyn AnyJob>>>;

impl Engine {
    /// Connects once, to refuse what may lose data and to bring the schema up to date; then starts the threads.
    pub(super) fn open(server: &Server, writes: &Arc<Writes>) -> Result<Self, StoreError> {
        once(server, |session| {
            session.refuse_unsafe()?;
            migrating::bring_up_to_date(session)
        })?;
        let server = Arc::new(server.clone());

        let (readers, waiting) = mpsc::sync_channel(QUEUE);
        let waiting = Arc::new(Mutex::new(waiting));
        for number in 0..READERS {
            let (mut seat, waiting) = (Seat::new(&server), Arc::clone(&waiting));
            threads::spawn(format!("store-read-{number}"), move || reader::run(&mut seat, &waiting))?;
        }
        let (writers, waiting) = mpsc::sync_channel(QUEUE);
        let (waiting, lane) = (Arc::new(Mutex::new(waiting)), Arc::new(Lane::default()));
        for number in 0..WRITERS {
            let (mut seat, waiting, lane) = (Seat::new(&server), Arc::clone(&waiting), Arc::clone(&lane));
            let writes = Arc::clone(writes);
            let run = move || writer::run(&mut seat, &waiting, (&lane, &writes));
            threads::spawn(format!("store-write-{number}"), run)?;
        }
        Ok(Self { writers, readers })
    }

    pub(super) fn queue_read(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        threads::queue(&self.readers, job)
    }

    pub(super) fn queue_write(&self, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
        threads::queue(&self.writers, job)
    }
}

/// The number of the schema there; 0 where there is none.
pub(super) fn schema(server: &Server) -> Result<i64, StoreError> {
    once(server, migrating::version)
}

/// Runs something on a connection of its own, which is closed afterwards.
fn once<T: Send + 'static>(
    server: &Server,
    work: impl FnOnce(&mut Session) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let server = server.clone();
    // The driver can't be used on a thread that drives tasks.
    let done = std::thread::spawn(move || work(&mut Session::open(&server)?));
    done.join().map_err(|_| StoreError::Engine("the thread that opens the database panicked".to_owned()))?
}

/// One transaction on a connection of its own, for tests that want no store.
#[cfg(test)]
pub(super) fn alone<T: Send + 'static>(
    url: &str,
    work: impl FnOnce(&mut dyn Connection) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    once(&Server::parse(url, None)?, move |session| {
        session.begin("BEGIN").map_err(failure::Failure::into_error)?;
        match work(session) {
            Ok(done) => session.commit().map(|()| done).map_err(failure::Failure::into_error),
            Err(problem) => {
                session.roll_back();
                Err(problem)
            }
        }
    })
}

#[cfg(test)]
mod tests;
