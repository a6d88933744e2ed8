//! What time does: further colleagues are asked, shifts with an open request start and end, cancelled offers go after a
//! day, teams stop seeing who has left, rosters that have ended become history, old tombstones are swept.

use super::planning;
use super::render::render_people;
use super::swaps::time_passes;
use crate::ids::TeamId;
use crate::service::calendars::{SYNC_TOKEN_DAYS, refresh_team_availability};
use crate::service::{Ctx, Service, ServiceError};
use crate::store::{Connection, StoreError, instance, lease, objects, swaps, teams};
use crate::time::{DAY, Instant, MINUTE};
use std::sync::LazyLock;

/// How long the lease is held without renewal; longer than the pause between two turns.
const LEASE: i64 = MINUTE;
/// Up to which moment closed swaps were cleared from calendars, in the instance's values.
const CLEARED: &str = "offers_cleared_ms";
/// When the teams' availability was last brought up to date as a whole, in the instance's values.
const REFRESHED: &str = "availability_refreshed_ms";
/// This process among those that share a store; process ids repeat from one container to the next.
static HOLDER: LazyLock<String> = LazyLock::new(|| uuid::Uuid::now_v7().to_string());

impl Service {
    /// Does whatever is due now. Only one of several processes does it at a time, by a lease.
    pub async fn advance(&self) -> Result<(), ServiceError> {
        let ctx = self.ctx();
        let due = move |tx: &mut dyn Connection| {
            if lease::take(tx, "advance", &HOLDER, ctx.now, ctx.now.plus_millis(LEASE))?.is_none() {
                return Ok(None);
            }
            Ok::<_, ServiceError>(Some((swaps::live(tx)?, stale_teams(tx, &ctx)?, planning::ended(tx, &ctx)?)))
        };
        let Some((live, teams, past)) = self.store.write(due).await? else { return Ok(()) };
        // One transaction each: what can't be done for one does not hold up the others.
        for swap in live {
            let (ctx, id) = (self.ctx(), swap.id.clone());
            let pass = move |tx: &mut dyn Connection| match swaps::find(tx, &swap.id)? {
                Some(swap) if swap.state.is_live() => time_passes(tx, &ctx, &swap),
                _ => Ok(()),
            };
            if let Err(error) = self.store.write(pass).await {
                tracing::warn!(%error, swap = %id, "a swap could not be moved on");
            }
        }
        for roster in past {
            self.store.write(move |tx| planning::close(tx, &roster)).await?;
        }
        for team in teams {
            let ctx = self.ctx();
            self.store.write(move |tx| refresh_team_availability(tx, &ctx, &team)).await?;
        }
        let ctx = self.ctx();
        self.store.write(move |tx| sweep(tx, &ctx)).await
    }
}

/// Once a day all teams: a membership ends by itself, and what was reflected is to go with it. A fresh instance has
/// nothing to catch up on.
fn stale_teams(tx: &mut dyn Connection, ctx: &Ctx) -> Result<Vec<TeamId>, StoreError> {
    let last = moment(tx, REFRESHED)?;
    if last.is_some_and(|last| ctx.now < last.plus_millis(DAY)) {
        return Ok(Vec::new());
    }
    instance::set(tx, REFRESHED, &ctx.now.millis().to_string())?;
    if last.is_none() {
        return Ok(Vec::new());
    }
    Ok(teams::all(tx)?.into_iter().map(|team| team.id).collect())
}

fn moment(tx: &mut dyn Connection, key: &str) -> Result<Option<Instant>, StoreError> {
    Ok(instance::find(tx, key)?.and_then(|text| text.parse().ok()).map(Instant::from_millis))
}

/// Cancelled offers leave calendars a day after the swap was closed; tombstones go when no sync token needs them.
fn sweep(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
    let until = ctx.now.plus_millis(-DAY);
    let since = moment(tx, CLEARED)?.unwrap_or(Instant::FAR_PAST);
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
