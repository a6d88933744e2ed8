//! What goes to a receiver when its turn comes: where it is, what it is sent, and how that is signed; and what became of it.

use super::{Event, Format, purpose};
use crate::ids::WebhookId;
use crate::service::delivery::Message;
use crate::service::{Service, ServiceError, seal};
use crate::store::webhooks::{self as rows, Webhook};
use crate::store::{Connection, StoreError};
use crate::time::{Instant, MINUTE};
use base64ct::{Base64, Encoding as _};
use ring::hmac;
use serde_json::Value as Json;

/// A message with all that brings it. It has no `Debug`, since it holds secrets.
pub struct Delivery {
    /// The receiver.
    pub webhook: WebhookId,
    /// What the message is called, at each try the same.
    pub id: String,
    /// Where it goes; a secret.
    pub url: String,
    /// In which form.
    pub format: Format,
    /// What happened.
    pub says: Json,
    /// This moment.
    pub now: Instant,
    secrets: Vec<Vec<u8>>,
    /// That it was taken is known from a moment ago.
    known_well: bool,
}

impl Delivery {
    /// Signs a body as Standard Webhooks says, with every secret that counts: `v1,` and base64 of HMAC-SHA256 over the
    /// message's id, the time in seconds and the body, with full stops between them.
    #[must_use]
    pub fn signatures(&self, body: &str) -> String {
        let signed = format!("{}.{}.{body}", self.id, self.seconds());
        let sign = |secret: &Vec<u8>| {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
            format!("v1,{}", Base64::encode_string(tag.as_ref()))
        };
        self.secrets.iter().map(sign).collect::<Vec<_>>().join(" ")
    }

    /// This moment in seconds of Unix.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.now.millis() / 1000
    }
}

impl Service {
    /// What a message of the outbox is to its receiver; nothing where there is none any more, or it is paused.
    pub async fn webhook_delivery(&self, message: &Message) -> Result<Option<Delivery>, ServiceError> {
        let (ctx, id) = (self.ctx(), WebhookId::new(&*message.recipient));
        let read = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::find(tx, &id)?);
        let Some(row) = self.store.read(read).await? else { return Ok(None) };
        let is_test = message.kind.split_once('.').is_some_and(|(_, event)| event == Event::Test.as_str());
        if row.paused && !is_test {
            return Ok(None);
        }
        let broken = || StoreError::Shape("what was sealed can't be opened: has the link key changed?".to_owned());
        let key = &ctx.host.link_key;
        let open = |what: &str, sealed: &[u8]| seal::open(key, &purpose(what, &row.id), sealed).ok_or_else(broken);
        let url = String::from_utf8(open("url", &row.url)?).map_err(|_| broken())?;
        let mut secrets = vec![open("secret", &row.secret)?];
        if let Some((former, _)) = row.former.as_ref().filter(|(_, until)| *until > ctx.now) {
            secrets.push(open("secret", former)?);
        }
        let says = serde_json::from_str(&message.payload).map_err(|error| StoreError::Shape(error.to_string()))?;
        let known_well = is_well(&row, ctx.now);
        let Webhook { id: webhook, format, .. } = row;
        Ok(Some(Delivery { webhook, id: message.id.clone(), url, format, says, now: ctx.now, secrets, known_well }))
    }

    /// Notes that a receiver took what it was sent.
    pub async fn webhook_took(&self, delivery: &Delivery) -> Result<(), ServiceError> {
        if delivery.known_well {
            return Ok(());
        }
        let (id, now) = (delivery.webhook.clone(), self.ctx().now);
        self.store.write(move |tx| Ok::<_, ServiceError>(rows::note_told(tx, &id, now)?)).await
    }

    /// Notes why a receiver did not take what it was sent; where it says that it is gone, it is paused.
    pub async fn webhook_refused(&self, delivery: &Delivery, problem: &str, gone: bool) -> Result<(), ServiceError> {
        let (id, now, problem) = (delivery.webhook.clone(), self.ctx().now, problem.to_owned());
        let write =
            move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::note_failed(tx, &id, (now, &problem), gone)?);
        self.store.write(write).await
    }
}

/// It took something within the last minute, and nothing went wrong since.
fn is_well(row: &Webhook, now: Instant) -> bool {
    row.health.problem.is_none() && row.health.told.is_some_and(|told| told.plus_millis(MINUTE) > now && told <= now)
}
