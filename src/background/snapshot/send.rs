//! Sends the snapshot to places that the operator named, whenever the outbox says that one has another.

use crate::background::outbox::Transport;
use crate::outbound::{Bounds, Client, Deposit, Place, Reach};
use crate::service::Service;
use crate::service::delivery::{Message, Outcome};
use crate::service::snapshot::CHANNEL;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What one file may take, and how much of the answer is read.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(20), bytes: 64 << 10 };

/// HTTP PUT, with a token or as S3 wants it.
pub struct Sending {
    service: Service,
    client: Client,
    places: Arc<[Place]>,
}

impl Transport for Sending {
    fn channel(&self) -> &'static str {
        CHANNEL
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.bring(message))
    }
}

impl Sending {
    pub fn new(service: Service, places: Arc<[Place]>) -> Self {
        // Whoever runs Dogwatch chose them.
        Self { service, client: Client::new(Reach::everywhere()), places }
    }

    /// Whatever is true now, not what was when it was written down.
    async fn bring(&self, message: &Message) -> Outcome {
        let Some(place) = self.places.iter().find(|place| place.name == message.recipient) else {
            return Outcome::Moot;
        };
        let files = match self.service.snapshot().await {
            Ok(snapshot) if place.contacts => self.service.snapshot_files(&snapshot),
            Ok(snapshot) => self.service.snapshot_files(&snapshot.for_strangers()),
            Err(error) => Err(error),
        };
        let files = match files {
            Ok(files) => files,
            Err(error) => return failed(error.to_string()),
        };
        for (name, kind, text) in files.named() {
            let request = match place.request(Deposit { name, kind, text }, self.service.ctx().now) {
                Ok(request) => request,
                Err(error) => return Outcome::Hopeless(format!("{name}: {error}")),
            };
            match self.client.send(request, BOUNDS).await {
                Ok(answer) if answer.status.is_success() => {}
                Ok(answer) => {
                    let after = answer.retry_after().map(|pause| pause.as_secs());
                    return Outcome::Failed { why: format!("{name}: it says {}", answer.status), after };
                }
                Err(failure) => return failed(format!("{name}: {failure}")),
            }
        }
        Outcome::Delivered
    }
}

fn failed(why: String) -> Outcome {
    Outcome::Failed { why, after: None }
}
