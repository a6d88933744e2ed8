//! Obtains the server's own certificate of an authority and renews it. Of several processes one asks; all of them show
//! what the authority expects, and what it gave.

use crate::outbound::{Authority, Ungiven};
use crate::service::certificates::{Begun, Issued, Wanted};
use crate::service::{Lead, Service, ServiceError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How often to look whether it is time to ask, and whether there is still somebody who leads.
const PAUSE: Duration = Duration::from_secs(2);
/// What one attempt may take, from the account to the certificate.
const MOST: Duration = Duration::from_secs(300);

/// What is asked for, and of whom.
#[derive(Clone)]
pub struct Ordering {
    /// What.
    pub wanted: Wanted,
    /// Of whom.
    pub authority: Arc<Authority>,
}

/// What became of an attempt.
type Outcome = Result<Issued, Ungiven>;

/// Asks until told to stop.
pub async fn run(service: &Service, ordering: Ordering, mut stopped: watch::Receiver<bool>) {
    let mut asking = Asking { service, ordering, lead: None, under_way: None, ended: None };
    asking.remember().await;
    loop {
        if let Err(error) = asking.turn().await {
            tracing::warn!(%error, "no certificate can be asked for now");
        }
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break,
            () = asking.landed() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
    asking.stop().await;
}

struct Asking<'s> {
    service: &'s Service,
    ordering: Ordering,
    lead: Option<Lead>,
    under_way: Option<(Begun, JoinHandle<Outcome>)>,
    /// What came of an attempt, until that is written.
    ended: Option<(Begun, Outcome)>,
}

impl Asking<'_> {
    /// Says why there is a pause, to whoever has just mended it and starts again.
    async fn remember(&self) {
        match self.service.order_problem(&self.ordering.wanted).await {
            Ok(Some((problem, next))) => {
                let next = next.to_string();
                tracing::warn!(problem, next, "asking for a certificate failed before; it goes on after a pause");
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "it is not known how asking for a certificate went before"),
        }
    }

    /// Keeps the lead, begins where it is time to, and writes what came of it.
    async fn turn(&mut self) -> Result<(), ServiceError> {
        self.lead = self.service.lead_certificates(self.lead).await?;
        if let Some((begun, outcome)) = &self.ended {
            // Where it can't be written now, the next turn does.
            self.lead = self.settle(begun, outcome).await?;
            self.ended = None;
        }
        let Some(lead) = self.lead.filter(|_| self.under_way.is_none()) else { return Ok(()) };
        let wanted = &self.ordering.wanted;
        let Some(begun) = self.service.begin_order(lead, wanted).await? else { return Ok(()) };
        self.lead = Some(begun.lead);
        tracing::info!(names = ?wanted.names, directory = wanted.directory, "asking for a certificate");
        let (service, ordering, account) = (self.service.clone(), self.ordering.clone(), begun.account.clone());
        let attempt = tokio::spawn(async move {
            let late = Err(Ungiven::Refused("the authority took more than five minutes".to_owned()));
            timeout(MOST, attempt(&service, &ordering, account)).await.unwrap_or(late)
        });
        self.under_way = Some((begun, attempt));
        Ok(())
    }

    /// Waits until what is under way has ended; for ever where nothing is.
    async fn landed(&mut self) {
        let Some((_, attempt)) = &mut self.under_way else { return std::future::pending().await };
        let broken = |_| Err(Ungiven::Refused("the attempt broke off".to_owned()));
        let outcome = attempt.await.unwrap_or_else(broken);
        self.ended = self.under_way.take().map(|(begun, _)| (begun, outcome));
    }

    async fn settle(&self, begun: &Begun, outcome: &Outcome) -> Result<Option<Lead>, ServiceError> {
        let wanted = &self.ordering.wanted;
        let ungiven = match outcome {
            Ok(issued) => match self.service.keep_certificate(begun, wanted, issued).await {
                Ok(Some((lead, until))) => {
                    tracing::info!(names = ?wanted.names, %until, "certificate obtained");
                    return Ok(Some(lead));
                }
                Ok(None) => {
                    tracing::warn!("another process asks for certificates by now; what was obtained is dropped");
                    return Ok(None);
                }
                Err(error @ ServiceError::Invalid { .. }) => &Ungiven::Refused(error.to_string()),
                Err(error) => return Err(error),
            },
            Err(ungiven) => ungiven,
        };
        if let Ungiven::Stranger(_) = ungiven {
            self.service.keep_account(wanted, None).await?;
        }
        let problem = ungiven.to_string();
        let asked = self.ordering.authority.asked().and_then(|asked| i64::try_from(asked.as_millis()).ok());
        let failed = self.service.order_failed(begun, wanted, &problem, asked).await?;
        let next = failed.map(|(_, next)| next.to_string()).unwrap_or_default();
        if begun.held {
            tracing::error!(problem, next, "no new certificate was obtained; the one before is kept");
        } else {
            tracing::error!(problem, next, "no certificate was obtained; until there is one no handshake succeeds");
        }
        Ok(failed.map(|(lead, _)| lead))
    }

    /// What is under way is given up: the attempt is counted, and the next begins anew.
    async fn stop(mut self) {
        if let Some((_, attempt)) = self.under_way.take() {
            attempt.abort();
        }
        if self.lead.is_some()
            && let Err(error) = self.service.retire_certificates().await
        {
            tracing::warn!(%error, "asking for certificates stays claimed for a little while");
        }
    }
}

/// One attempt, from the account to the certificate.
async fn attempt(service: &Service, ordering: &Ordering, account: Option<Vec<u8>>) -> Outcome {
    let unwritten = |error: ServiceError| Ungiven::Refused(error.to_string());
    let (registered, new) = ordering.authority.account(account.as_deref()).await?;
    if new.is_some() {
        service.keep_account(&ordering.wanted, new).await.map_err(unwritten)?;
    }
    let placed = registered.order(&ordering.wanted.names).await?;
    service.show_challenges(placed.challenges.clone()).await.map_err(unwritten)?;
    let given = placed.finish().await?;
    Ok(Issued { chain: given.chain, key: given.key })
}
