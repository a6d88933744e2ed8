//! What the threads of both engines share: starting them, and handing them jobs without ever waiting.

use super::StoreError;
use super::job::AnyJob;
use std::sync::mpsc;

/// Hands a job over, or refuses it where too many wait.
pub(super) fn queue(to: &mpsc::SyncSender<Box<dyn AnyJob>>, job: Box<dyn AnyJob>) -> Result<(), StoreError> {
    to.try_send(job).map_err(|refused| match refused {
        mpsc::TrySendError::Full(_) => StoreError::Busy,
        mpsc::TrySendError::Disconnected(_) => StoreError::Closed,
    })
}

/// Starts a thread that ends by itself.
pub(super) fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
    let started = std::thread::Builder::new().name(name).spawn(body);
    started.map(drop).map_err(|problem| StoreError::Engine(format!("no thread for the database: {problem}")))
}
