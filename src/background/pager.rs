//! Keeps schedules at pagers as the roster has them: asks who is known there and what stands, and does what is missing. A
//! comparison that breaks off is begun anew later, and finds what was done already.

use super::outbox::Transport;
use crate::ids::PersonId;
use crate::outbound::{Account, Client, Fault, Make, NewOverride, Pager, pager};
use crate::service::delivery::{Message, Outcome};
use crate::service::pagers::{Job, Kind, Step};
use crate::service::{Service, ServiceError};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

/// Schedules of pagers.
pub struct Pagers {
    service: Service,
    client: Client,
}

impl Transport for Pagers {
    fn channel(&self) -> &'static str {
        "pager"
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.bring(message))
    }
}

impl Pagers {
    pub fn new(service: Service, client: Client) -> Self {
        Self { service, client }
    }

    async fn bring(&self, message: &Message) -> Outcome {
        let job = match self.service.pager_job(&message.recipient).await {
            Ok(Some(job)) => job,
            Ok(None) => return Outcome::Moot,
            Err(error) => return Outcome::Failed { why: error.to_string(), after: None },
        };
        let make = match job.kind {
            Kind::PagerDuty => Make::PagerDuty,
            Kind::Opsgenie => Make::Opsgenie,
        };
        let account = Account::new(make, job.url.as_deref(), job.key.clone(), job.schedule.clone());
        let there = pager(self.client.clone(), self.service.reach().clone(), account);
        let (noted, outcome) = match self.compare(&job, &*there).await {
            Ok(users) => {
                let unmatched = job.unmatched(&users);
                if !unmatched.is_empty() {
                    tracing::warn!(pager = %job.id, ?unmatched, "the pager knows nobody by these people's addresses");
                }
                (self.service.pager_compared(&job.id, Ok(unmatched)).await, Outcome::Delivered)
            }
            Err(Fault { why, after }) => {
                (self.service.pager_compared(&job.id, Err(why.clone())).await, Outcome::Failed { why, after })
            }
        };
        if let Err(error) = noted {
            tracing::warn!(%error, pager = %job.id, "it was not noted how a pager does");
        }
        outcome
    }

    /// Brings a schedule in line; answers what the pager calls the people on the roster.
    async fn compare(&self, job: &Job, there: &dyn Pager) -> Result<BTreeMap<PersonId, String>, Fault> {
        let mut users = BTreeMap::new();
        for (person, email) in &job.people {
            if let Some(user) = there.user(email).await? {
                users.insert(person.clone(), user);
            }
        }
        let stand = there.overrides(job.within).await?;
        for step in job.steps(&users, &stand) {
            self.take(job, there, step).await?;
        }
        Ok(users)
    }

    async fn take(&self, job: &Job, there: &dyn Pager, step: Step) -> Result<(), Fault> {
        let unwritten = |error: ServiceError| Fault { why: error.to_string(), after: None };
        match step {
            Step::Create(wanted) => {
                self.service.pager_makes(&job.id, &wanted, None).await.map_err(unwritten)?;
                let new = NewOverride { key: &wanted.key, user: &wanted.user, window: wanted.window };
                let far = there.create(new).await?;
                self.service.pager_makes(&job.id, &wanted, Some(far)).await.map_err(unwritten)
            }
            Step::Change(id, wanted) => {
                let new = NewOverride { key: &wanted.key, user: &wanted.user, window: wanted.window };
                there.change(&id, new).await
            }
            Step::Remove(id) => {
                there.remove(&id).await?;
                self.service.pager_removed(&job.id, &id).await.map_err(unwritten)
            }
        }
    }
}
