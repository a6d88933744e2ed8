//! Delivers what lies in the outbox by whatever transport its channel has. Of several processes one does it; woken by
//! what its own process writes, and looking every other second for what the others wrote.

use crate::service::delivery::{Due, Message, Outcome};
use crate::service::{Lead, Service, ServiceError};
use crate::time::Instant;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

/// How often to look for what other processes wrote, and whether there is still somebody who leads.
const PAUSE: Duration = Duration::from_secs(2);
/// How often to look while something is under way.
const FLIGHT: Duration = Duration::from_millis(250);
/// Messages under way at a time.
const AT_ONCE: usize = 32;
/// How long a stopping process waits for those under way; what is not settled is delivered again.
const DRAIN: Duration = Duration::from_secs(3);

/// A way out of the house.
pub trait Transport: Send + Sync {
    /// Which messages it brings: the part of their kind before the dot.
    fn channel(&self) -> &'static str;

    /// Brings one; within a time of its own.
    fn deliver<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;
}

/// Delivers until told to stop.
pub async fn run(service: &Service, transports: Vec<Arc<dyn Transport>>, mut stopped: watch::Receiver<bool>) {
    if transports.is_empty() {
        return;
    }
    let mut courier = Courier {
        service,
        transports,
        lead: None,
        flying: HashSet::new(),
        runs: JoinSet::new(),
        known: HashMap::new(),
    };
    loop {
        let pause = courier.turn().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the outbox can't be delivered now");
            courier.lead = None;
            PAUSE
        });
        let busy = !courier.runs.is_empty();
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = service.outbox_rung() => {}
            Some(landed) = courier.runs.join_next_with_id(), if busy => courier.land(landed).await,
            () = tokio::time::sleep(pause) => {}
        }
    }
    courier.stop().await;
}

/// Who delivers, with what is under way.
struct Courier<'s> {
    service: &'s Service,
    transports: Vec<Arc<dyn Transport>>,
    lead: Option<Lead>,
    /// Identifiers of messages under way.
    flying: HashSet<String>,
    runs: JoinSet<Outcome>,
    /// The message that each run brings.
    known: HashMap<Id, Due>,
}

type Landed = Result<(Id, Outcome), JoinError>;

impl Courier<'_> {
    /// Sends off what is due, as far as there is room; how long nothing further is due.
    async fn turn(&mut self) -> Result<Duration, ServiceError> {
        self.lead = self.service.lead_delivery(self.lead).await?;
        let room = AT_ONCE.saturating_sub(self.flying.len());
        if self.lead.is_none() || room == 0 {
            return Ok(PAUSE);
        }
        let channels = self.transports.iter().map(|transport| transport.channel()).collect();
        let limit = u32::try_from(room + self.flying.len()).unwrap_or(u32::MAX);
        let (due, next) = self.service.due(channels, limit).await?;
        let new: Vec<_> = due.into_iter().filter(|due| !self.flying.contains(&due.message.id)).take(room).collect();
        if new.is_empty() && !self.flying.is_empty() {
            // What is due is under way, and will say so when it comes home.
            return Ok(FLIGHT);
        }
        new.into_iter().for_each(|due| self.send_off(due));
        Ok(next.map_or(PAUSE, |next| until(next, self.service.ctx().now)).min(PAUSE))
    }

    fn send_off(&mut self, due: Due) {
        let by = |transport: &&Arc<dyn Transport>| {
            due.message.kind.split('.').next().is_some_and(|channel| channel == transport.channel())
        };
        let Some(transport) = self.transports.iter().find(by).map(Arc::clone) else { return };
        let message = due.message.clone();
        self.flying.insert(message.id.clone());
        let run = self.runs.spawn(async move { transport.deliver(&message).await });
        self.known.insert(run.id(), due);
    }

    /// Writes what became of a message, and of those that came home with it.
    async fn land(&mut self, first: Landed) {
        let mut outcomes = Vec::new();
        self.note(first, &mut outcomes);
        while let Some(landed) = self.runs.try_join_next_with_id() {
            self.note(landed, &mut outcomes);
        }
        let ids: Vec<String> = outcomes.iter().map(|(due, _)| due.message.id.clone()).collect();
        if let Some(lead) = self.lead {
            self.lead = match self.service.settle(lead, outcomes).await {
                Ok(None) => {
                    tracing::warn!("another process has taken the delivery over");
                    None
                }
                Ok(lead) => lead,
                Err(error) => {
                    tracing::warn!(%error, "it was not noted that messages were delivered; they are sent again");
                    None
                }
            };
        }
        ids.iter().for_each(|id| {
            self.flying.remove(id);
        });
    }

    fn note(&mut self, landed: Landed, outcomes: &mut Vec<(Due, Outcome)>) {
        let (id, outcome) = match landed {
            Ok((id, outcome)) => (id, outcome),
            Err(error) => (error.id(), Outcome::Failed { why: "the delivery broke off".to_owned(), after: None }),
        };
        let Some(due) = self.known.remove(&id) else { return };
        match &outcome {
            Outcome::Delivered => tracing::debug!(message = due.message.id, kind = due.message.kind, "delivered"),
            Outcome::Moot => tracing::debug!(message = due.message.id, kind = due.message.kind, "nobody to tell"),
            Outcome::Failed { why, .. } => {
                tracing::info!(
                    message = due.message.id,
                    kind = due.message.kind,
                    why,
                    "not delivered, tried again later"
                );
            }
            Outcome::Hopeless(why) => {
                tracing::warn!(message = due.message.id, kind = due.message.kind, why, "given up");
            }
        }
        outcomes.push((due, outcome));
    }

    /// Lets those under way come home, and leaves the rest to whoever delivers next.
    async fn stop(mut self) {
        let home = async {
            while let Some(landed) = self.runs.join_next_with_id().await {
                self.land(landed).await;
            }
        };
        let _ = tokio::time::timeout(DRAIN, home).await;
        self.runs.shutdown().await;
        if self.lead.is_some()
            && let Err(error) = self.service.retire_delivery().await
        {
            tracing::warn!(%error, "the delivery stays claimed for a little while");
        }
    }
}

/// How long until a moment; what should have been done already is waited for a moment all the same.
fn until(next: Instant, now: Instant) -> Duration {
    let millis = u64::try_from(next.millis() - now.millis()).unwrap_or(0);
    Duration::from_millis(millis.max(20))
}
