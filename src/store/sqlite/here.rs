//! Short reads on the thread that asks: waking another one costs more than such a read. Within one visit the second
//! read may go on in the snapshot of the first, so that signing in and what is asked for are one transaction.

use super::open;
use super::reader::{begin, end, over_a_snapshot};
use super::transaction::Transaction;
use crate::store::StoreError;
use crate::store::job::AnyJob;
use rusqlite::Connection;
use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Short reads that may run at once.
const AT_ONCE: usize = 4;

tokio::task_local! {
    static KEPT: RefCell<Option<Kept>>;
}

/// Connections that nobody reads with just now.
#[derive(Debug)]
pub(super) struct Here {
    free: Mutex<Vec<Connection>>,
}

/// A connection in the middle of a snapshot, between two reads of one visit.
struct Kept {
    here: Arc<Here>,
    connection: Option<Connection>,
}

impl Here {
    pub(super) fn open(path: &Path) -> Result<Arc<Self>, StoreError> {
        let free = (0..AT_ONCE).map(|_| open::reader(path)).collect::<Result<_, _>>()?;
        Ok(Arc::new(Self { free: Mutex::new(free) }))
    }

    /// Runs a read now, over the snapshot that this visit keeps if it keeps one; false where every connection is taken.
    /// Within a visit, `first` keeps the snapshot for the read that follows.
    pub(super) fn run(self: &Arc<Self>, job: &mut dyn AnyJob, first: bool) -> bool {
        let kept = KEPT.try_with(RefCell::take).ok().flatten().filter(|kept| Arc::ptr_eq(&kept.here, self));
        let connection = kept.and_then(|mut kept| kept.connection.take());
        let Some(connection) = connection.or_else(|| self.lock().pop()) else { return false };
        if !first {
            let outcome = over_a_snapshot(&connection, job);
            self.lock().push(connection);
            job.answer(outcome);
            return true;
        }
        let outcome = begin(&connection).map(|()| {
            job.run(&mut Transaction::new(&connection));
        });
        let kept = Kept { here: Arc::clone(self), connection: Some(connection) };
        // Outside a visit nobody keeps it: it is dropped, and so given back.
        drop(KEPT.try_with(|place| place.replace(Some(kept))));
        job.answer(outcome);
        true
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if let Err(problem) = end(&connection) {
            tracing::warn!(%problem, "a snapshot did not end");
        }
        self.here.lock().push(connection);
    }
}

/// Runs `work` as one visit.
pub(in crate::store) async fn visit<T>(work: impl Future<Output = T>) -> T {
    KEPT.scope(RefCell::default(), work).await
}

/// Ends the snapshot that this visit keeps, if it keeps one.
pub(in crate::store) fn let_go() {
    // Outside a visit there is none.
    drop(KEPT.try_with(RefCell::take));
}
