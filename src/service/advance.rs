//! What time does: further colleagues are asked, shifts with an open request start and end, cancelled offers go after a
//! day, teams stop seeing who has left, rosters that have ended become history, shifts that have ended earn
//! qualifications, people are reminded, handovers and gaps are told to receivers of webhooks, old tombstones and messages
//! that nobody takes out of an inbox are swept.
//!
//! Of several processes on one store only the holder of a lease does it. Each transaction renews the lease under the
//! number it was taken with, so that a process that was away for long does nothing that is another one's by now.

use super::mailbox::HELD_DAYS;
use super::pagers;
use super::planning;
use super::reminders::{remind_team, teams_to_remind};
use super::render::{refresh_reminders, render_people, stale_reminders};
use super::requirements::earn_by_ended;
use super::swaps::time_passes;
use super::webhooks;
use crate::ids::TeamId;
use crate::service::calendars::{SYNC_TOKEN_DAYS, refresh_team_availability};
use crate::service::{Clock, Ctx, Service, ServiceError};
use crate::store::{
    Connection, Store, StoreError, backup, held, instance, lease, mailed, objects, outbox, pushes, swaps, teams,
};
use crate::time::{DAY, Instant, MINUTE};
use std::path::Path;
use std::sync::LazyLock;

/// What the lease is called.
const NAME: &str = "advance";
/// How long the lease is held without renewal; longer than the pause between two turns.
const LEASE: i64 = MINUTE;
/// Up to which moment closed swaps were cleared from calendars, in the instance's values.
const CLEARED: &str = "offers_cleared_ms";
/// When the teams' availability was last brought up to date as a whole, in the instance's values.
const REFRESHED: &str = "availability_refreshed_ms";
/// When inboxes were last rid of old messages, in the instance's values.
const SWEPT: &str = "inboxes_swept_ms";
/// Days for which an inbox keeps what no client takes away: most clients never look there.
const MESSAGE_DAYS: i64 = 30;
/// Days for which it can be looked up what receivers of webhooks were told.
const WEBHOOK_DAYS: i64 = 30;
/// Messages that one turn takes away.
const SWEPT_AT_ONCE: u32 = 500;
/// This process among those that share a store; process ids repeat from one container to the next.
pub(super) static HOLDER: LazyLock<String> = LazyLock::new(|| uuid::Uuid::now_v7().to_string());

impl Service {
    /// Does whatever is due now. Only one of several processes does it at a time, by a lease.
    pub async fn advance(&self) -> Result<(), ServiceError> {
        let ctx = self.ctx();
        let due = move |tx: &mut dyn Connection| {
            let Some(fence) = lease::take(tx, NAME, &HOLDER, ctx.now, ctx.now.plus_millis(LEASE))? else {
                return Ok(None);
            };
            let remind = teams_to_remind(tx, &ctx)?;
            let (live, past) = (swaps::live(tx)?, planning::ended(tx, &ctx)?);
            let heard = webhooks::to_look_at(tx, &ctx)?;
            pagers::wake_stale(tx, &ctx)?;
            Ok::<_, ServiceError>(Some((fence, live, stale_teams(tx, &ctx)?, past, remind, heard)))
        };
        let Some((fence, live, teams, past, remind, heard)) = self.store.write(due).await? else { return Ok(()) };
        // One transaction each: what can't be done for one does not hold up the others.
        for swap in live {
            let (ctx, id) = (self.ctx(), swap.id.clone());
            let pass = move |tx: &mut dyn Connection| match swaps::find(tx, &swap.id)? {
                Some(swap) if swap.state.is_live() => time_passes(tx, &ctx, &swap),
                _ => Ok(()),
            };
            match self.under(fence, pass).await {
                Ok(Some(())) => {}
                Ok(None) => return Ok(()),
                Err(error) => tracing::warn!(%error, swap = %id, "a swap could not be moved on"),
            }
        }
        for roster in past {
            if self.under(fence, move |tx| planning::close(tx, &roster)).await?.is_none() {
                return Ok(());
            }
        }
        for team in teams {
            let ctx = self.ctx();
            if self.under(fence, move |tx| refresh_team_availability(tx, &ctx, &team)).await?.is_none() {
                return Ok(());
            }
        }
        for team in heard {
            let (ctx, id) = (self.ctx(), team.clone());
            match self.under(fence, move |tx| webhooks::look(tx, &ctx, &id)).await {
                Ok(Some(())) => {}
                Ok(None) => return Ok(()),
                Err(error) => tracing::warn!(%error, %team, "receivers of webhooks could not be told"),
            }
        }
        for team in remind.iter().flatten() {
            let (ctx, id) = (self.ctx(), team.clone());
            match self.under(fence, move |tx| remind_team(tx, &ctx, &id)).await {
                Ok(Some(())) => {}
                Ok(None) => return Ok(()),
                Err(error) => tracing::warn!(%error, %team, "the team's people could not be reminded"),
            }
        }
        if remind.is_some() && !self.show_reminders(fence).await? {
            return Ok(());
        }
        let ctx = self.ctx();
        if self.under(fence, move |tx| earn_by_ended(tx, &ctx)).await?.is_none() {
            return Ok(());
        }
        let ctx = self.ctx();
        self.under(fence, move |tx| sweep(tx, &ctx)).await.map(drop)
    }

    /// Brings reminders on phones up to date; false where somebody else has the lease by now.
    async fn show_reminders(&self, fence: i64) -> Result<bool, ServiceError> {
        let ctx = self.ctx();
        let stale = self.store.read(move |tx| stale_reminders(tx, &ctx)).await;
        let stale = stale.inspect_err(|error| tracing::warn!(%error, "reminders in calendars could not be compared"));
        for person in stale.unwrap_or_default() {
            let (ctx, id) = (self.ctx(), person.clone());
            match self.under(fence, move |tx| refresh_reminders(tx, &ctx, std::slice::from_ref(&id))).await {
                Ok(Some(())) => {}
                Ok(None) => return Ok(false),
                Err(error) => {
                    tracing::warn!(%error, %person, "reminders in a calendar could not be brought up to date");
                }
            }
        }
        Ok(true)
    }

    /// Gives the lease up, so that another process need not wait for its end.
    pub async fn retire(&self) -> Result<(), ServiceError> {
        self.store.write(|tx| Ok::<_, ServiceError>(lease::release(tx, NAME, &HOLDER)?)).await
    }

    /// Whether a server works on this store, or did so a moment ago and fell.
    pub async fn is_served(store: &Store) -> Result<bool, ServiceError> {
        let now = Clock::system().now();
        store.read(move |tx| Ok(lease::is_held(tx, NAME, now)?)).await
    }

    /// The same of a database file that nobody has opened yet, and that is only looked at.
    pub fn is_file_served(database: &Path) -> Result<bool, StoreError> {
        backup::is_lease_held(database, NAME, Clock::system().now())
    }

    /// One transaction under the lease; nothing where somebody else has it by now, and nothing happened then.
    async fn under<T, E, F>(&self, fence: i64, work: F) -> Result<Option<T>, ServiceError>
    where
        F: Fn(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        ServiceError: From<E>,
    {
        let until = self.ctx().now.plus_millis(LEASE);
        let fenced = move |tx: &mut dyn Connection| {
            if !lease::renew(tx, NAME, &HOLDER, fence, until)? {
                return Ok(None);
            }
            Ok::<_, ServiceError>(Some(work(tx)?))
        };
        let done = self.store.write(fenced).await?;
        if done.is_none() {
            tracing::warn!("another process has taken the background work over");
        }
        Ok(done)
    }
}

/// Once a day all teams: a membership ends by itself, and what was reflected is to go with it. A fresh instance has
/// nothing to catch up on.
fn stale_teams(tx: &mut dyn Connection, ctx: &Ctx) -> Result<Vec<TeamId>, StoreError> {
    let last = moment(tx, REFRESHED)?;
    if last.is_some_and(|last| within_a_day(last, ctx.now)) {
        return Ok(Vec::new());
    }
    instance::set(tx, REFRESHED, &ctx.now.millis().to_string())?;
    if last.is_none() {
        return Ok(Vec::new());
    }
    Ok(teams::all(tx)?.into_iter().map(|team| team.id).collect())
}

/// Whether something was last done on this day of 24 hours, and not under a clock that ran ahead.
fn within_a_day(last: Instant, now: Instant) -> bool {
    last <= now && now < last.plus_millis(DAY)
}

fn moment(tx: &mut dyn Connection, key: &str) -> Result<Option<Instant>, StoreError> {
    Ok(instance::find(tx, key)?.and_then(|text| text.parse().ok()).map(Instant::from_millis))
}

/// Cancelled offers leave calendars a day after the swap was closed; tombstones go when no sync token needs them.
fn sweep(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
    let until = ctx.now.plus_millis(-DAY);
    // What a clock that ran ahead has left there is no beginning.
    let since = moment(tx, CLEARED)?.filter(|since| *since <= until).unwrap_or(Instant::FAR_PAST);
    let mut people = Vec::new();
    for swap in swaps::closed_in(tx, since, until)? {
        people.extend(swaps::offers_of(tx, &swap.id)?.into_iter().map(|offer| offer.person));
    }
    render_people(tx, ctx, &people, &[])?;
    if since.millis() + MINUTE < until.millis() {
        instance::set(tx, CLEARED, &until.millis().to_string())?;
    }
    pushes::sweep(tx, ctx.now)?;
    mailed::sweep(tx, ctx.now)?;
    held::sweep(tx, ctx.now.plus_days(-HELD_DAYS))?;
    objects::sweep_tombstones(tx, ctx.now.plus_days(-SYNC_TOKEN_DAYS))?;
    sweep_inboxes(tx, ctx)
}

/// Once a day, and again as long as there are more than one turn takes; what receivers of webhooks were told goes with it.
fn sweep_inboxes(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
    if moment(tx, SWEPT)?.is_some_and(|last| within_a_day(last, ctx.now)) {
        return Ok(());
    }
    outbox::sweep(tx, "webhook", ctx.now.plus_days(-WEBHOOK_DAYS))?;
    let before = (ctx.now.plus_days(-MESSAGE_DAYS), ctx.now);
    if objects::sweep_messages(tx, before, SWEPT_AT_ONCE, ctx.now)? < SWEPT_AT_ONCE as usize {
        instance::set(tx, SWEPT, &ctx.now.millis().to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::service;

    fn mark(tx: &mut dyn Connection) -> Result<(), StoreError> {
        instance::set(tx, "mark", "x")
    }

    async fn marked(service: &Service) -> bool {
        service.store.read(|tx| Ok::<_, StoreError>(instance::find(tx, "mark")?.is_some())).await.unwrap()
    }

    #[tokio::test]
    async fn who_lost_the_lease_meanwhile_writes_nothing() {
        let (_place, service) = service().await;
        let now = service.ctx().now;
        let take = move |holder: &'static str, at: Instant| {
            move |tx: &mut dyn Connection| lease::take(tx, NAME, holder, at, at.plus_millis(LEASE))
        };
        let mine = service.store.write(take(&HOLDER, now)).await.unwrap().unwrap();
        let later = now.plus_millis(2 * LEASE);
        assert_eq!(service.store.write(take("another", later)).await.unwrap(), Some(mine + 1));
        assert!(service.under(mine, mark).await.unwrap().is_none());
        assert!(!marked(&service).await);
        let again = service.store.write(take(&HOLDER, later.plus_millis(2 * LEASE))).await.unwrap().unwrap();
        assert!(service.under(mine, mark).await.unwrap().is_none(), "the number of the first time counts no more");
        assert!(service.under(again, mark).await.unwrap().is_some());
        assert!(marked(&service).await);
    }

    #[tokio::test]
    async fn a_store_is_served_until_the_server_retires() {
        let (_place, service) = service().await;
        let served = || Service::is_served(&service.store);
        assert!(!served().await.unwrap());
        service.advance().await.unwrap();
        assert!(served().await.unwrap());
        service.retire().await.unwrap();
        assert!(!served().await.unwrap());
    }
}
