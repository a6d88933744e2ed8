//! Brings push messages: asks what may still be told, encrypts and signs it, and hands it to the device's push service.

use super::outbox::Transport;
use crate::dav;
use crate::outbound::{Answer, Blocked, Bounds, Client, Failure, Push, Receiver, Urgency};
use crate::service::Service;
use crate::service::calendars::PushNotice;
use crate::service::delivery::{Message, Outcome};
use crate::time::DAY;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// What a push service may take, and how much of its answer is read.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), bytes: 16 << 10 };

/// Web Push (RFC 8030).
pub struct WebPush {
    service: Service,
    client: Client,
}

impl Transport for WebPush {
    fn channel(&self) -> &'static str {
        "push"
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.bring(message))
    }
}

impl WebPush {
    pub fn new(service: Service, client: Client) -> Self {
        Self { service, client }
    }

    async fn bring(&self, message: &Message) -> Outcome {
        let notice = match self.service.push_notice(&message.recipient, &message.payload).await {
            Ok(Some(notice)) => notice,
            Ok(None) => return Outcome::Moot,
            Err(error) => return failed(error.to_string()),
        };
        let Some(settings) = self.service.push() else { return Outcome::Moot };
        let endpoint = match self.service.reach().judge(&notice.endpoint) {
            Ok(endpoint) => endpoint,
            Err(blocked) => return self.end(&message.recipient, &Failure::Blocked(blocked).to_string()).await,
        };
        let push = Push {
            body: dav::push_message(&notice),
            ttl: ((notice.until.millis() - notice.now.millis()).min(DAY) / 1000).max(0),
            urgency: if notice.urgent { Urgency::High } else { Urgency::Normal },
            topic: topic(&message.recipient, &notice),
        };
        let seconds = notice.now.millis() / 1000;
        let signed = (&settings.key, settings.contact.as_deref());
        let request = Receiver::new(&notice.public_key, &notice.auth)
            .and_then(|receiver| receiver.request(&endpoint, &push, signed, seconds));
        let request = match request {
            Ok(request) => request,
            Err(unusable) => return self.end(&message.recipient, &unusable.to_string()).await,
        };
        match self.client.send(request, BOUNDS).await {
            Ok(answer) => self.answered(&message.recipient, &answer).await,
            Err(blocked @ Failure::Blocked(Blocked::Private)) => {
                self.end(&message.recipient, &blocked.to_string()).await
            }
            Err(failure) => failed(failure.to_string()),
        }
    }

    async fn answered(&self, subscription: &str, answer: &Answer) -> Outcome {
        let status = answer.status;
        match status.as_u16() {
            200..=299 => Outcome::Delivered,
            404 | 410 => self.end(subscription, &format!("the push service says {status}")).await,
            408 | 425 | 429 | 500..=599 => Outcome::Failed {
                why: format!("the push service says {status}"),
                after: answer.retry_after().map(|pause| pause.as_secs()),
            },
            _ => Outcome::Hopeless(format!("the push service says {status}")),
        }
    }

    /// The device is not there any more, and will subscribe anew if it is.
    async fn end(&self, subscription: &str, why: &str) -> Outcome {
        tracing::info!(subscription, why, "a push subscription ends");
        match self.service.end_subscription(subscription).await {
            Ok(()) => Outcome::Moot,
            Err(error) => failed(error.to_string()),
        }
    }
}

fn failed(why: String) -> Outcome {
    Outcome::Failed { why, after: None }
}

/// What waits at the push service for a device that is away is replaced by what says the same and is newer. The word
/// says nothing to the push service (RFC 8030 5.4: 32 characters of base64url).
fn topic(subscription: &str, notice: &PushNotice) -> String {
    let says = match (notice.content, notice.property) {
        (true, false) => 'c',
        (false, true) => 'p',
        _ => 'b',
    };
    let word: String = subscription.chars().filter(char::is_ascii_alphanumeric).rev().take(24).collect();
    format!("{word}{says}")
}
