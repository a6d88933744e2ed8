//! Asks for outside calendars that are due. Of several processes one does it; each server is asked for one calendar at a
//! time, and what is wrong with one of them holds up no other.

use crate::outbound::{Bounds, Client, Failure, Fetched, Known, Missed};
use crate::service::calendars::{Asked, Brought, Content, Problem, Validators};
use crate::service::{Lead, Service, ServiceError};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

/// How often to look for what is due, and whether there is still somebody who leads.
const PAUSE: Duration = Duration::from_secs(2);
/// Calendars that are asked for at a time.
const AT_ONCE: usize = 4;
/// What all of one calendar may take, redirects included.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), bytes: 5 << 20 };

/// Asks until told to stop.
pub async fn run(service: &Service, client: Client, mut stopped: watch::Receiver<bool>) {
    let mut asking =
        Asking { service, client, lead: None, hosts: BTreeSet::new(), runs: JoinSet::new(), known: HashMap::new() };
    loop {
        if let Err(error) = asking.turn().await {
            tracing::warn!(%error, "outside calendars can't be asked for now");
        }
        let busy = !asking.runs.is_empty();
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            Some(ended) = asking.runs.join_next_with_id(), if busy => asking.settle(ended).await,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    asking.stop().await;
}

/// Who asks, with what is under way.
struct Asking<'s> {
    service: &'s Service,
    client: Client,
    lead: Option<Lead>,
    /// The servers that are asked just now.
    hosts: BTreeSet<String>,
    runs: JoinSet<Brought>,
    /// The calendar that each run asks for.
    known: HashMap<Id, Asked>,
}

impl Asking<'_> {
    /// Sends off what is due, as far as there is room.
    async fn turn(&mut self) -> Result<(), ServiceError> {
        self.lead = self.service.lead_outside(self.lead).await?;
        if self.lead.is_none() || self.runs.len() >= AT_ONCE {
            return Ok(());
        }
        let room = AT_ONCE - self.runs.len();
        for asked in self.service.outside_due(self.hosts.clone(), room).await? {
            self.hosts.insert(asked.host());
            let (service, client, wanted) = (self.service.clone(), self.client.clone(), asked.clone());
            let run = self.runs.spawn(async move { ask(&service, &client, &wanted).await });
            self.known.insert(run.id(), asked);
        }
        Ok(())
    }

    /// Writes what came of asking for a calendar.
    async fn settle(&mut self, ended: Result<(Id, Brought), JoinError>) {
        let (id, brought) = match ended {
            Ok((id, brought)) => (id, brought),
            Err(error) => (error.id(), Brought::Missed(Problem::TooMuch, None)),
        };
        let Some(asked) = self.known.remove(&id) else { return };
        self.hosts.remove(&asked.host());
        let Some(lead) = self.lead else { return };
        let calendar = asked.id().to_owned();
        self.lead = match self.service.settle_outside(lead, asked, brought).await {
            Ok(None) => {
                tracing::warn!("another process asks for outside calendars by now");
                None
            }
            Ok(lead) => lead,
            Err(error) => {
                tracing::warn!(%error, calendar, "what was had of an outside calendar could not be stored");
                None
            }
        };
    }

    /// What is under way is given up: nothing is lost by asking again.
    async fn stop(mut self) {
        self.runs.shutdown().await;
        if self.lead.is_some()
            && let Err(error) = self.service.retire_outside().await
        {
            tracing::warn!(%error, "asking for outside calendars stays claimed for a little while");
        }
    }
}

/// Asks for one calendar, and reads it. Its person learns no more than a class of what went wrong; the log has the rest,
/// without the address.
async fn ask(service: &Service, client: &Client, asked: &Asked) -> Brought {
    let known = asked.known().clone();
    let known = Known { etag: known.etag, modified: known.modified };
    let fetched = match service.reach().judge(asked.url()) {
        Ok(url) => client.fetch(service.reach(), url, &known, BOUNDS).await,
        Err(blocked) => Err(Missed::Failed(Failure::Blocked(blocked))),
    };
    let (text, known) = match fetched {
        Ok(Fetched::Text(text, known)) => (text, known),
        Ok(Fetched::Unchanged) => return Brought::Unchanged,
        Err(missed) => {
            tracing::info!(calendar = asked.id(), why = %missed, "an outside calendar was not had");
            return missed_of(&missed);
        }
    };
    // What a person's text takes to read must not hold up anybody's request.
    let (reader, wanted) = (service.clone(), asked.clone());
    let read = tokio::task::spawn_blocking(move || reader.outside_content(&wanted, &text)).await;
    match read {
        Ok(Ok(content)) => brought(content, known),
        Ok(Err(problem)) => {
            tracing::info!(calendar = asked.id(), ?problem, "an outside calendar can't be taken");
            Brought::Missed(problem, None)
        }
        Err(_) => Brought::Missed(Problem::TooMuch, None),
    }
}

fn brought(content: Content, known: Known) -> Brought {
    Brought::Text(content, Validators { etag: known.etag, modified: known.modified })
}

fn missed_of(missed: &Missed) -> Brought {
    match missed {
        Missed::Failed(Failure::TooLong) => Brought::Missed(Problem::TooMuch, None),
        Missed::Packed => Brought::Missed(Problem::NoCalendar, None),
        Missed::Refused { after, .. } => Brought::Missed(Problem::NotReachable, *after),
        Missed::Failed(_) | Missed::Astray => Brought::Missed(Problem::NotReachable, None),
    }
}
