//! Imports are rehearsed in a transaction that is thrown away: what is promised is what will be done.

use crate::service::{Service, ServiceError};
use crate::store::{Connection, StoreError};

/// How the transaction of an import ends without being kept.
enum End<P> {
    /// It was only a rehearsal.
    Rehearsed(Box<P>),
    Failed(ServiceError),
}

impl<P> From<StoreError> for End<P> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Service {
    /// Runs an import, which says beside its plan whether what it did is to be kept; wholly or not at all.
    pub(super) async fn rehearse<P, F>(&self, import: F) -> Result<P, ServiceError>
    where
        P: Send + 'static,
        F: Fn(&mut dyn Connection) -> Result<(P, bool), ServiceError> + Send + 'static,
    {
        let write = move |tx: &mut dyn Connection| match import(tx).map_err(End::Failed)? {
            (plan, true) => Ok(plan),
            (plan, false) => Err(End::Rehearsed(Box::new(plan))),
        };
        match self.store.write(write).await {
            Ok(plan) => Ok(plan),
            Err(End::Rehearsed(plan)) => Ok(*plan),
            Err(End::Failed(error)) => Err(error),
        }
    }
}
