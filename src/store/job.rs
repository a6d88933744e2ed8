//! A closure on its way to a database thread and its answer on the way back.

use super::guarded::Guarded;
use super::notes::Quiet;
use super::{Connection, StoreError, Writes, pushes};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{Notify, oneshot};

/// What a database thread sees of a closure.
pub(super) trait AnyJob: Send {
    /// Runs the closure and keeps its answer; false where nothing of it may stay.
    fn run(&mut self, tx: &mut dyn Connection) -> bool;

    /// Sends the kept answer, or the engine's failure in its place.
    fn answer(&mut self, outcome: Result<(), StoreError>);

    /// Whether nobody waits for the answer any more.
    fn abandoned(&self) -> bool;
}

/// What follows from a write.
#[derive(Clone, Debug, Default)]
pub(super) struct Sequel {
    /// Rung once something lies in the outbox.
    pub bell: Arc<Notify>,
    /// Rung once something was done that the trail tells.
    pub stir: Arc<Notify>,
    /// What is counted of writes.
    pub writes: Arc<Writes>,
    /// Who is not told.
    pub quiet: Option<Arc<Quiet>>,
}

/// A closure and where its answer goes.
pub(super) struct Job<T, E, F> {
    closure: F,
    sequel: Sequel,
    rings: bool,
    stirs: bool,
    result: Option<Result<T, E>>,
    sender: Option<oneshot::Sender<Result<T, E>>>,
}

impl<T, E, F> Job<T, E, F>
where
    F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    pub(super) fn boxed(closure: F, sequel: Sequel) -> (Box<dyn AnyJob>, oneshot::Receiver<Result<T, E>>) {
        let (sender, receiver) = oneshot::channel();
        (Box::new(Self { closure, sequel, rings: false, stirs: false, result: None, sender: Some(sender) }), receiver)
    }
}

impl<T, E, F> AnyJob for Job<T, E, F>
where
    F: Fn(&mut dyn Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut dyn Connection) -> bool {
        let mut guarded = Guarded::new(tx);
        let result = catch_unwind(AssertUnwindSafe(|| (self.closure)(&mut guarded)))
            .unwrap_or_else(|_| Err(E::from(StoreError::Engine("a transaction panicked and was undone".to_owned()))));
        let result = result.and_then(|answer| {
            let touched = guarded.noted().take();
            pushes::tell(&mut guarded, &touched, self.sequel.quiet.as_deref()).map_err(E::from)?;
            Ok(answer)
        });
        let (rang, stirred) = (guarded.noted().has_rung(), guarded.noted().has_stirred());
        let result = match guarded.into_failure() {
            Some(failure) => result.and(Err(E::from(failure))),
            None => result,
        };
        let fine = result.is_ok();
        (self.rings, self.stirs) = (rang && fine, stirred && fine);
        self.result = Some(result);
        fine
    }

    fn answer(&mut self, outcome: Result<(), StoreError>) {
        if self.rings && outcome.is_ok() {
            self.sequel.bell.notify_one();
        }
        if self.stirs && outcome.is_ok() {
            self.sequel.stir.notify_one();
        }
        let result = match outcome {
            Ok(()) => self.result.take().unwrap_or_else(|| Err(E::from(StoreError::Closed))),
            Err(failure) => Err(E::from(failure)),
        };
        if let Some(sender) = self.sender.take() {
            // Nobody may wait any more: the write happened all the same.
            let _ = sender.send(result);
        }
    }

    fn abandoned(&self) -> bool {
        self.sender.as_ref().is_none_or(oneshot::Sender::is_closed)
    }
}
