//! Brings mail: asks what is still to be said, has it written, and hands it to the relay. Sent again, a mail has the
//! same Message-ID, by which mail programs know it. To one address one mail goes at a time: what the next says depends on
//! what the last was.

use super::outbox::Transport;
use crate::mail::{Composed, compose};
use crate::outbound::{MailRelay, Post, Undelivered};
use crate::service::Service;
use crate::service::delivery::{Message, Outcome};
use crate::service::letters::{Letter, MailSettings};
use std::future::Future;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use tokio::sync::{Mutex, Semaphore};

/// Connections to the relay at a time.
const AT_ONCE: usize = 4;
/// Queues of addresses; those that share one wait for each other needlessly, and no longer than a mail takes.
const QUEUES: usize = 64;

/// SMTP (RFC 5321).
pub struct Mail {
    service: Service,
    relay: MailRelay,
    room: Semaphore,
    queues: [Mutex<()>; QUEUES],
    hasher: RandomState,
}

impl Transport for Mail {
    fn channel(&self) -> &'static str {
        "mail"
    }

    fn deliver<'a>(&'a self, message: &'a Message) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(self.bring(message))
    }
}

impl Mail {
    pub fn new(service: Service, relay: MailRelay) -> Self {
        let queues = std::array::from_fn(|_| Mutex::default());
        Self { service, relay, room: Semaphore::new(AT_ONCE), queues, hasher: RandomState::new() }
    }

    /// What goes to an address while another mail to it is under way waits for that: an invitation is called off only
    /// where it is known to have gone out.
    fn queue(&self, recipient: &str) -> Option<&Mutex<()>> {
        let place = self.hasher.hash_one(recipient) % QUEUES as u64;
        self.queues.get(usize::try_from(place).ok()?)
    }

    async fn bring(&self, message: &Message) -> Outcome {
        let Some(queue) = self.queue(&message.recipient) else { return Outcome::Moot };
        let _turn = queue.lock().await;
        let Ok(_room) = self.room.acquire().await else { return Outcome::Moot };
        let Some(settings) = self.service.mail() else { return Outcome::Moot };
        let letter = match self.service.letter(message).await {
            Ok(Some(letter)) => letter,
            Ok(None) => return Outcome::Moot,
            Err(error) => return failed(error.to_string()),
        };
        let composed = match compose(&letter) {
            Ok(composed) => composed,
            Err(error) => return Outcome::Hopeless(format!("it can't be written: {error}")),
        };
        match self.hand_over(message, (settings, &letter), &composed).await {
            Ok(()) => {
                if let Err(error) = self.service.letter_sent(&letter).await {
                    tracing::warn!(%error, message = message.id, "it was not noted which event was mailed");
                }
                Outcome::Delivered
            }
            Err(Undelivered::Later(why)) => failed(why),
            Err(Undelivered::Never(why)) => Outcome::Hopeless(why),
            Err(Undelivered::Nobody(why)) => {
                if let Err(error) = self.service.mail_bounced(&letter.to.0, &why).await {
                    tracing::warn!(%error, message = message.id, "nobody was told that mail comes back");
                }
                Outcome::Hopeless(why)
            }
        }
    }

    async fn hand_over(
        &self,
        message: &Message,
        (settings, letter): (&MailSettings, &Letter),
        composed: &Composed,
    ) -> Result<(), Undelivered> {
        let id = format!("{}@{}", letter.id, self.service.host_name());
        let (name, address) = &letter.from;
        let own = address.as_deref().filter(|address| *address != settings.from);
        let calendar = letter.invitation.as_ref();
        let post = Post {
            id: &id,
            at: message.at,
            from: (name, own.unwrap_or(&settings.from)),
            sender: own.map(|_| settings.from.as_str()),
            to: (letter.to.1.as_deref(), &letter.to.0),
            reply_to: letter.reply_to.as_deref(),
            return_path: letter.return_path.as_deref().unwrap_or(&settings.from),
            subject: &composed.subject,
            text: &composed.text,
            html: &composed.html,
            calendar: calendar.map(|part| (part.method.as_str(), part.calendar.as_str())),
        };
        self.relay.send(&post).await
    }
}

fn failed(why: String) -> Outcome {
    Outcome::Failed { why, after: None }
}
