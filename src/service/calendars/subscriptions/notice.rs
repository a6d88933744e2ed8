//! What a subscriber is told, decided at the moment of telling: whoever may not read a calendar any more, or can't sign
//! in any more, hears nothing of it, and has no subscription any more either.

use super::is_alive;
use crate::ids::CollectionId;
use crate::roster::model::Channel;
use crate::service::calendars::authorize::reach;
use crate::service::calendars::privileges::Privilege;
use crate::service::calendars::targets::CollectionPath;
use crate::service::calendars::views::sync_token;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::{self, CollectionKind, Owner};
use crate::store::pushes::{self as rows, CONTENT, PROPERTY, Subscription};
use crate::store::{Connection, StoreError, tokens};
use crate::time::Instant;

/// A message to one device.
#[derive(Clone)]
pub struct PushNotice {
    /// Address at the push service; to know it is the right to send there.
    pub endpoint: String,
    /// The device's public key.
    pub public_key: Vec<u8>,
    /// The device's authentication secret.
    pub auth: Vec<u8>,
    /// What has changed.
    pub topic: String,
    /// Its content has.
    pub content: bool,
    /// The sync token after the change, where the resource has one.
    pub sync_token: Option<String>,
    /// Its properties have.
    pub property: bool,
    /// Somebody is asked something: shifts, offers and invitations.
    pub urgent: bool,
    /// Until when it makes sense to deliver it.
    pub until: Instant,
    /// This moment.
    pub now: Instant,
}

/// What is to be done about a subscription that is to hear of something.
enum Verdict {
    Tell(Box<PushNotice>),
    /// It heard for the last time, or may hear no more.
    Drop,
}

impl Service {
    /// What to tell a subscription about a message in the outbox; nothing where it may not hear of it any more, and then
    /// it has ended.
    pub async fn push_notice(&self, subscription: &str, says: &str) -> Result<Option<PushNotice>, ServiceError> {
        let (id, says, ctx) = (subscription.to_owned(), says.to_owned(), self.ctx());
        let judged = self.store.read(move |tx| judge(tx, &ctx, &id, &says)).await?;
        match judged {
            Verdict::Tell(notice) => Ok(Some(*notice)),
            Verdict::Drop => self.end_subscription(subscription).await.map(|()| None),
        }
    }

    /// Ends a subscription that nothing can be delivered to.
    pub async fn end_subscription(&self, id: &str) -> Result<(), ServiceError> {
        let id = id.to_owned();
        self.store.write(move |tx| Ok(rows::remove(tx, &id).map(drop)?)).await
    }
}

fn judge(tx: &mut dyn Connection, ctx: &Ctx, id: &str, says: &str) -> Result<Verdict, ServiceError> {
    let Some(subscription) = rows::find(tx, id)? else { return Ok(Verdict::Drop) };
    if !is_alive(tx, &subscription, ctx.now)? {
        return Ok(Verdict::Drop);
    }
    let mut notice = PushNotice {
        endpoint: subscription.endpoint.clone(),
        public_key: subscription.public_key.clone(),
        auth: subscription.auth.clone(),
        topic: subscription.topic.clone(),
        content: says != PROPERTY,
        sync_token: None,
        property: says != CONTENT,
        urgent: false,
        until: subscription.expires,
        now: ctx.now,
    };
    let Some(path) = subscription.path.clone() else { return Ok(Verdict::Tell(Box::new(notice))) };
    let path = CollectionPath::new(path.0, path.1);
    match seen(tx, ctx, &subscription, &path)? {
        Seen::Calendar(kind, token) => {
            notice.urgent = matches!(kind, CollectionKind::Shifts | CollectionKind::Inbox);
            notice.sync_token = Some(token).filter(|_| notice.content && kind != CollectionKind::Outbox);
            Ok(Verdict::Tell(Box::new(notice)))
        }
        // Its owner made it and unmade it, and knows no more than that by being told.
        Seen::Unmade if path.home == subscription.person => Ok(Verdict::Tell(Box::new(notice))),
        Seen::Unmade | Seen::Nothing => Ok(Verdict::Drop),
    }
}

/// What the subscriber sees of a calendar at this moment.
enum Seen {
    Calendar(CollectionKind, String),
    /// It is gone for everybody.
    Unmade,
    /// It is not theirs to see.
    Nothing,
}

fn seen(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    subscription: &Subscription,
    path: &CollectionPath,
) -> Result<Seen, StoreError> {
    let id = CollectionId::new(subscription.topic.clone());
    let Some(row) = collections::find(tx, &id)? else { return Ok(Seen::Unmade) };
    // Their own may have another name by now.
    let own = row.owner == Owner::Person(subscription.person.clone());
    let path = if own { &CollectionPath::new(subscription.person.clone(), row.name) } else { path };
    let password = tokens::find_app_password(tx, &subscription.password)?;
    let on_call_phone = password.is_some_and(|password| password.phone_device);
    let actor = Actor { on_call_phone, ..Actor::person(subscription.person.clone(), Channel::System) };
    match reach(tx, ctx, &actor, path) {
        Ok(access) if access.row.id == id && access.privileges.allows(Privilege::Read) => {
            let token = sync_token(&ctx.host.epoch, &id, access.row.change);
            Ok(Seen::Calendar(access.row.kind, token))
        }
        Err(ServiceError::Store(failure)) => Err(failure),
        Ok(_) | Err(_) => Ok(Seen::Nothing),
    }
}
