//! Delivering what lies in the outbox, whatever brings it: who of several processes does it, what is due, and what became
//! of it. At least once, and under a lease, so that it is once as long as nobody falls.

use super::{Actor, Lead, Service, ServiceError, rights};
use crate::store::outbox as rows;
use crate::store::{Connection, StoreError};
use crate::time::{HOUR, Instant, SECOND};

pub use crate::store::outbox::{ChannelState, Due, Message, Stuck};

/// What the lease is called.
const NAME: &str = "outbox";
/// The pause after the first failure; each further one is three times as long.
const FIRST_PAUSE: i64 = 2 * SECOND;
/// The longest pause.
const LONGEST_PAUSE: i64 = HOUR;
/// The longest pause that a receiver may ask for.
const LONGEST_ASKED: i64 = 24 * HOUR;
/// Failures after which a message is given up: after about nine hours.
const MAX_ATTEMPTS: u32 = 16;
/// Stuck messages that are listed.
const LISTED: u32 = 50;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// It was not, and may be another time; not before this many seconds, where the receiver said so.
    Failed {
        /// What went wrong, without secrets.
        why: String,
        /// Seconds.
        after: Option<u64>,
    },
    /// It never will be.
    Hopeless(String),
    /// There is nobody to tell any more: nothing is left of it.
    Moot,
}

/// What lies in the outbox, for whoever looks after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxState {
    /// How each channel does.
    pub channels: Vec<ChannelState>,
    /// What failed, the newest first; not all of it where it is much.
    pub stuck: Vec<Stuck>,
    /// This moment.
    pub now: Instant,
}

impl Service {
    /// Takes the lead, or keeps it; nothing where another process has it. Writes only when there is need to.
    pub async fn lead_delivery(&self, had: Option<Lead>) -> Result<Option<Lead>, ServiceError> {
        self.lead(NAME, had).await
    }

    /// Gives the lead up, so that another process need not wait for its end.
    pub async fn retire_delivery(&self) -> Result<(), ServiceError> {
        self.retire_lead(NAME).await
    }

    /// What is due in these channels, each up to a limit, and when the next of the rest is.
    pub async fn due(
        &self,
        channels: Vec<&'static str>,
        limit: u32,
    ) -> Result<(Vec<Due>, Option<Instant>), ServiceError> {
        let now = self.ctx().now;
        let read = move |tx: &mut dyn Connection| {
            let (mut due, mut next) = (Vec::new(), None::<Instant>);
            for channel in &channels {
                due.extend(rows::due(tx, channel, now, limit)?);
                let coming = rows::next_due(tx, channel)?;
                next = [next, coming].into_iter().flatten().min();
            }
            Ok::<_, ServiceError>((due, next))
        };
        self.store.read(read).await
    }

    /// Waits until this process has written something that may be delivered at once.
    pub async fn outbox_rung(&self) {
        self.store.rung().await;
    }

    /// Writes what became of messages, and keeps the lead by it; nothing where another process has taken it over, which
    /// delivers them once more then.
    pub async fn settle(&self, lead: Lead, outcomes: Vec<(Due, Outcome)>) -> Result<Option<Lead>, ServiceError> {
        let now = self.ctx().now;
        let write = move |tx: &mut dyn Connection| {
            let Some(lead) = lead.renewed(tx, now)? else { return Ok(None) };
            for (due, outcome) in &outcomes {
                settle(tx, now, due, outcome)?;
            }
            Ok::<_, ServiceError>(Some(lead))
        };
        self.store.write(write).await
    }

    /// What lies in the outbox; for administrators.
    pub async fn outbox_state(&self, actor: &Actor) -> Result<OutboxState, ServiceError> {
        let (actor, now) = (actor.clone(), self.ctx().now);
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            Ok(OutboxState { channels: rows::states(tx)?, stuck: rows::stuck(tx, LISTED)?, now })
        };
        self.store.read(read).await
    }
}

fn settle(tx: &mut dyn Connection, now: Instant, due: &Due, outcome: &Outcome) -> Result<(), StoreError> {
    let id = due.message.id.as_str();
    match outcome {
        Outcome::Delivered => rows::done(tx, due, now),
        Outcome::Moot => rows::remove(tx, id),
        Outcome::Hopeless(why) => rows::give_up(tx, id, now, why),
        Outcome::Failed { why, .. } if due.attempts + 1 >= MAX_ATTEMPTS => rows::give_up(tx, id, now, why),
        Outcome::Failed { why, after } => {
            let asked = after.and_then(|seconds| i64::try_from(seconds).ok()).unwrap_or(0).saturating_mul(SECOND);
            let pause = pause(due.attempts, id).max(asked.min(LONGEST_ASKED));
            rows::put_off(tx, id, now.plus_millis(pause), why)
        }
    }
}

/// How long to wait after so many failures: ever longer, and not for all messages the same.
fn pause(attempts: u32, id: &str) -> i64 {
    let pause = FIRST_PAUSE.saturating_mul(3_i64.saturating_pow(attempts)).min(LONGEST_PAUSE);
    let spread = id.bytes().fold(attempts, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 100;
    pause + pause * i64::from(spread) / 400
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::lead::LEASE;
    use crate::service::testing::service;
    use crate::store::lease;

    fn message(id: &str, at: Instant) -> Message {
        Message {
            id: id.to_owned(),
            at,
            kind: "push".to_owned(),
            recipient: "somebody".to_owned(),
            payload: "\"content\"".to_owned(),
            dedupe: id.to_owned(),
        }
    }

    async fn wrote(service: &Service, id: &'static str) -> Due {
        let now = service.ctx().now;
        service.store.write(move |tx| rows::push(tx, &message(id, now))).await.unwrap();
        let (due, _) = service.due(vec!["push"], 10).await.unwrap();
        due.into_iter().find(|due| due.message.id == id).unwrap()
    }

    #[test]
    fn pauses_grow_and_end_at_an_hour_and_a_little() {
        let pauses: Vec<_> = (0..MAX_ATTEMPTS).map(|attempts| pause(attempts, "x")).collect();
        assert!(pauses[0] >= FIRST_PAUSE && pauses[0] <= 2 * FIRST_PAUSE);
        assert!(pauses.iter().all(|pause| *pause <= LONGEST_PAUSE + LONGEST_PAUSE / 4));
        let all: i64 = pauses.iter().sum();
        assert!((8..12).contains(&(all / HOUR)), "{}", all / HOUR);
    }

    #[tokio::test]
    async fn a_message_that_fails_is_put_off_and_given_up_in_the_end() {
        let (_place, service) = service().await;
        let lead = service.lead_delivery(None).await.unwrap().unwrap();
        let due = wrote(&service, "one").await;
        let failed = |after| Outcome::Failed { why: "503".to_owned(), after };
        service.settle(lead, vec![(due.clone(), failed(Some(600)))]).await.unwrap().unwrap();
        let (now, next) = service.due(vec!["push"], 10).await.unwrap();
        assert!(now.is_empty() && next.unwrap() >= service.ctx().now.plus_millis(590 * SECOND));
        let last = Due { attempts: MAX_ATTEMPTS - 1, ..due };
        service.settle(lead, vec![(last, failed(None))]).await.unwrap().unwrap();
        let state = service.outbox_state(&Actor::operator()).await.unwrap();
        assert_eq!((state.channels[0].waiting, state.channels[0].given_up), (0, 1));
        assert_eq!((state.stuck[0].reason.as_str(), state.stuck[0].next), ("503", None));
    }

    #[tokio::test]
    async fn who_lost_the_lead_settles_nothing_and_the_other_delivers_it_again() {
        let (_place, service) = service().await;
        let lead = service.lead_delivery(None).await.unwrap().unwrap();
        let due = wrote(&service, "one").await;
        let later = service.ctx().now.plus_millis(2 * LEASE);
        let take = move |tx: &mut dyn Connection| lease::take(tx, NAME, "another", later, later.plus_millis(LEASE));
        service.store.write(take).await.unwrap().unwrap();
        assert!(service.settle(lead, vec![(due, Outcome::Delivered)]).await.unwrap().is_none());
        assert!(service.lead_delivery(None).await.unwrap().is_none());
        assert_eq!(service.due(vec!["push"], 10).await.unwrap().0.len(), 1);
    }

    #[tokio::test]
    async fn what_is_written_here_rings_here() {
        let (_place, service) = service().await;
        wrote(&service, "one").await;
        service.outbox_rung().await;
        let now = service.ctx().now;
        let undone = service.store.write(move |tx| {
            rows::push(tx, &message("two", now))?;
            Err::<(), _>(StoreError::Busy)
        });
        undone.await.unwrap_err();
        let silence = tokio::time::timeout(std::time::Duration::from_millis(50), service.outbox_rung()).await;
        assert!(silence.is_err(), "nothing was written");
    }
}
