//! Which of several processes does a kind of background work: the holder of a lease, which it renews before it ends.

use super::advance::HOLDER;
use super::{Service, ServiceError};
use crate::store::{Connection, StoreError, lease};
use crate::time::{Instant, SECOND};

/// How long it is held without renewal: so long nothing is done where its holder has fallen.
pub(super) const LEASE: i64 = 20 * SECOND;
/// It is renewed once this much of it is left.
const RENEW: i64 = LEASE / 2;

/// The right to do the work, until its lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    name: &'static str,
    fence: i64,
    until: Instant,
}

impl Lead {
    /// The same, renewed in the transaction that does some of the work; nothing where another process has taken over.
    pub(super) fn renewed(self, tx: &mut dyn Connection, now: Instant) -> Result<Option<Self>, StoreError> {
        let until = now.plus_millis(LEASE);
        Ok(lease::renew(tx, self.name, &HOLDER, self.fence, until)?.then_some(Self { until, ..self }))
    }
}

impl Service {
    /// Takes the lead, or keeps it; nothing where another process has it. Writes only when there is need to.
    pub(super) async fn lead(&self, name: &'static str, had: Option<Lead>) -> Result<Option<Lead>, ServiceError> {
        let now = self.ctx().now;
        if let Some(had) = had.filter(|had| now.plus_millis(RENEW) < had.until) {
            return Ok(Some(had));
        }
        let held = move |tx: &mut dyn Connection| {
            Ok::<_, ServiceError>(lease::is_held(tx, name, now)? && !lease::is_holder(tx, name, &HOLDER)?)
        };
        if had.is_none() && self.store.read(held).await? {
            return Ok(None);
        }
        let until = now.plus_millis(LEASE);
        let take = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(lease::take(tx, name, &HOLDER, now, until)?);
        Ok(self.store.write(take).await?.map(|fence| Lead { name, fence, until }))
    }

    /// Gives the lead up, so that another process need not wait for its end.
    pub(super) async fn retire_lead(&self, name: &'static str) -> Result<(), ServiceError> {
        self.store.write(move |tx| Ok::<_, ServiceError>(lease::release(tx, name, &HOLDER)?)).await
    }
}
