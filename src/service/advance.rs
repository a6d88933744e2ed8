//! What time does: further colleagues are asked, shifts with an open request start and end, cancelled offers go after a
//! day, old tombstones are swept.

use super::render::render_people;
use super::swaps::time_passes;
use crate::service::calendars::SYNC_TOKEN_DAYS;
use crate::service::{Ctx, Service, ServiceError};
use crate::store::{Connection, instance, lease, objects, swaps};
use crate::time::{DAY, Instant, MINUTE};

/// How long the lease is held without renewal; longer than the pause between two turns.
const LEASE: i64 = MINUTE;
/// Up to which moment closed swaps were cleared from calendars, in the instance's values.
const CLEARED: &str = "offers_cleared_ms";

impl Service {
    /// Does whatever is due now. Only one of several processes does it at a time, by a lease.
    pub async fn advance(&self) -> Result<(), ServiceError> {
        let ctx = self.ctx();
        let holder = std::process::id().to_string();
        let due = move |tx: &mut dyn Connection| {
            if lease::take(tx, "advance", &holder, ctx.now, ctx.now.plus_millis(LEASE))?.is_none() {
                return Ok(Vec::new());
            }
            Ok::<_, ServiceError>(swaps::live(tx)?)
        };
        let ctx = self.ctx();
        for swap in self.store.write(due).await? {
            let ctx = ctx.clone();
            // One transaction each: what can't be done for one does not hold up the others.
            let id = swap.id.clone();
            if let Err(error) = self.store.write(move |tx| time_passes(tx, &ctx, &swap)).await {
                tracing::warn!(%error, swap = %id, "a swap could not be moved on");
            }
        }
        let ctx = self.ctx();
        self.store.write(move |tx| sweep(tx, &ctx)).await
    }
}

/// Cancelled offers leave calendars a day after the swap was closed; tombstones go when no sync token needs them.
fn sweep(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
    let until = ctx.now.plus_millis(-DAY);
    let since =
        instance::find(tx, CLEARED)?.and_then(|text| text.parse().ok()).map_or(Instant::FAR_PAST, Instant::from_millis);
    let mut people = Vec::new();
    for swap in swaps::closed_in(tx, since, until)? {
        people.extend(swaps::offers_of(tx, &swap.id)?.into_iter().map(|offer| offer.person));
    }
    render_people(tx, ctx, &people, &[])?;
    if since.millis() + MINUTE < until.millis() {
        instance::set(tx, CLEARED, &until.millis().to_string())?;
    }
    objects::sweep_tombstones(tx, ctx.now.plus_days(-SYNC_TOKEN_DAYS))?;
    Ok(())
}
