//! Brings webhooks: asks who is to hear of what, signs it, and posts it. Whatever is answered but a 2xx is a failure that is
//! tried again, under the same id; a receiver that says it is gone (410) is told nothing more.

use super::outbox::Transport;
use crate::chat;
use crate::outbound::{Bounds, Client, Failure};
use crate::service::Service;
use crate::service::delivery::{Message, Outcome};
use crate::service::webhooks::Delivery;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Request, StatusCode};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// What a receiver may take, and how much of its answer is read.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), bytes: 16 << 10 };
/// Who calls.
const AGENT: &str = concat!("Dogwatch/", env!("CARGO_PKG_VERSION"));

/// HTTP POST, signed as Standard Webhooks says.
pub struct Webhooks {
    service: Service,
    client: Client,
}

impl Transport for Webhooks {
    fn channel(&self) -> &'static str {
        "webhook"
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.bring(message))
    }
}

/// Why it was not taken, in words that tell nothing about networks.
struct Refused {
    why: String,
    after: Option<u64>,
    gone: bool,
}

impl Webhooks {
    pub fn new(service: Service, client: Client) -> Self {
        Self { service, client }
    }

    async fn bring(&self, message: &Message) -> Outcome {
        let delivery = match self.service.webhook_delivery(message).await {
            Ok(Some(delivery)) => delivery,
            Ok(None) => return Outcome::Moot,
            Err(error) => return Outcome::Failed { why: error.to_string(), after: None },
        };
        let (noted, outcome) = match self.post(&delivery).await {
            Ok(()) => (self.service.webhook_took(&delivery).await, Outcome::Delivered),
            Err(Refused { why, after, gone }) => {
                let noted = self.service.webhook_refused(&delivery, &why, gone).await;
                (noted, if gone { Outcome::Hopeless(why) } else { Outcome::Failed { why, after } })
            }
        };
        if let Err(error) = noted {
            tracing::warn!(%error, webhook = %delivery.webhook, "it was not noted how a receiver of webhooks does");
        }
        outcome
    }

    async fn post(&self, delivery: &Delivery) -> Result<(), Refused> {
        let later = |why: &str| Refused { why: why.to_owned(), after: None, gone: false };
        let url = self.service.reach().judge(&delivery.url).map_err(|why| later(&Failure::from(why).to_string()))?;
        let body = chat::body(delivery.format, &delivery.says).to_string();
        let request = Request::post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header("webhook-id", &delivery.id)
            .header("webhook-timestamp", delivery.seconds())
            .header("webhook-signature", delivery.signatures(&body))
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| later("it can't be put into a request"))?;
        let answer = self.client.send(request, BOUNDS).await.map_err(|failure| match failure {
            Failure::Blocked(_) | Failure::Late | Failure::TooLong => later(&failure.to_string()),
            Failure::Unreachable(_) => later("not reachable"),
        })?;
        if answer.status.is_success() {
            return Ok(());
        }
        Err(Refused {
            why: format!("the receiver says {}", answer.status.as_u16()),
            after: answer.retry_after().map(|pause| pause.as_secs()),
            gone: answer.status == StatusCode::GONE,
        })
    }
}
