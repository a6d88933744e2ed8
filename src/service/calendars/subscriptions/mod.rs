//! Subscriptions of devices to calendars, homes and principals (WebDAV-Push): who may have one, for how long, and what
//! it hears of. What is told is decided when it is told: [`notice`] looks again at who may see what.

mod notice;
#[cfg(test)]
mod tests;

pub use notice::PushNotice;

use super::authorize::{reach, subject};
use super::privileges::Privilege;
use super::targets::Target;
use crate::ids::{PersonId, TokenId};
use crate::outbound::{Receiver, VapidKey};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::topic_of_home;
use crate::store::pushes::{self as rows, Subscription};
use crate::store::{Connection, Quiet, tokens};
use crate::time::{DAY, HOUR, Instant};

/// Subscriptions that one person may have.
pub const MAX_SUBSCRIPTIONS: i64 = 200;
/// How long a subscription is good that asks for nothing, or for more. Clients renew after a day.
const LONGEST: i64 = 7 * DAY;
/// And how long at least, whatever it asks for: a device's clock may be wrong.
const SHORTEST: i64 = HOUR;

/// How an instance sends push messages.
#[derive(Clone, Debug)]
pub struct PushSettings {
    /// It does.
    pub enabled: bool,
    /// It signs with this.
    pub key: VapidKey,
    /// Where the operator of a push service may complain.
    pub contact: Option<String>,
}

/// Which changes of a kind of resource can be heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triggers {
    /// Changes of content, and how deep: 0 for the resource alone, 1 with its members.
    pub content: Option<i64>,
    /// Changes of its properties.
    pub property: bool,
}

impl Triggers {
    /// Calendars, inbox and outbox.
    pub const CALENDAR: Self = Self { content: Some(1), property: true };
    /// Homes: calendars come and go.
    pub const HOME: Self = Self { content: Some(1), property: false };
    /// People: names and addresses change.
    pub const PRINCIPAL: Self = Self { content: None, property: true };

    /// What of these can be had, where they are asked for. Too deep is as deep as it goes.
    fn supported(self, asked: Self) -> Option<Self> {
        let content = asked.content.zip(self.content).map(|(asked, most)| asked.min(most));
        let property = asked.property && self.property;
        (content.is_some() || property).then_some(Self { content, property })
    }
}

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSubscription {
    /// Address at the push service, as typed.
    pub endpoint: String,
    /// The device's public key.
    pub public_key: Vec<u8>,
    /// The device's authentication secret.
    pub auth: Vec<u8>,
    /// What it wants to hear of; everything where it doesn't say, as DAVx5 does.
    pub triggers: Option<Triggers>,
    /// Until when, where it says.
    pub expires: Option<Instant>,
}

/// A subscription that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribed {
    /// Where it is removed: an absolute address.
    pub url: String,
    /// Until when it is good.
    pub expires: Instant,
}

/// What a person's principal goes by.
pub(in crate::service) fn topic_of_person(person: &PersonId) -> String {
    format!("person:{person}")
}

fn refused(code: &'static str, why: impl Into<String>) -> ServiceError {
    ServiceError::conflict(code, why)
}

impl Service {
    /// The same service; what is done through it is not told to these subscriptions of the person's.
    #[must_use]
    pub fn quietly(&self, quiet: Quiet) -> Self {
        Self { store: self.store.quietly(quiet), ..self.clone() }
    }

    /// Sends push messages in this way. Without a contact, the public address is one.
    #[must_use]
    pub fn pushing(mut self, enabled: bool, contact: Option<String>) -> Self {
        let host = std::sync::Arc::make_mut(&mut self.host);
        let own = Some(host.public_url.clone()).filter(|url| url.starts_with("https://"));
        host.push = PushSettings { enabled, contact: contact.or(own), key: host.push.key.clone() };
        self
    }

    /// How this instance sends push messages, where it does.
    #[must_use]
    pub fn push(&self) -> Option<&PushSettings> {
        Some(&self.host.push).filter(|push| push.enabled)
    }

    /// The topic by which a home is told of.
    #[must_use]
    pub fn home_topic(person: &PersonId) -> String {
        topic_of_home(person)
    }

    /// The topic by which a person is told of.
    #[must_use]
    pub fn person_topic(person: &PersonId) -> String {
        topic_of_person(person)
    }

    /// Subscribes a device to what `target` names, or renews what it has; for whoever may read it.
    pub async fn subscribe(
        &self,
        actor: &Actor,
        password: &TokenId,
        target: &Target,
        new: NewSubscription,
    ) -> Result<Subscribed, ServiceError> {
        self.push().ok_or_else(|| refused("push-not-available", "this server sends no push messages"))?;
        self.host.reach.judge(&new.endpoint).map_err(|blocked| {
            refused("invalid-subscription", format!("the address of the push service is refused: {blocked}"))
        })?;
        Receiver::new(&new.public_key, &new.auth).map_err(|why| refused("invalid-subscription", why.to_string()))?;
        let (actor, password, target, ctx) = (actor.clone(), password.clone(), target.clone(), self.ctx());
        let stood = self
            .store
            .write(move |tx| {
                let person = subject(&actor)?.clone();
                let found = place(tx, &ctx, &actor, &target)?;
                put(tx, &ctx, (&person, &password), found, &new)
            })
            .await?;
        Ok(Subscribed { url: self.registration_url(&stood.id), expires: stood.expires })
    }

    /// Removes a subscription of the person's; nobody else's is there to be removed.
    pub async fn unsubscribe(&self, actor: &Actor, id: &str) -> Result<(), ServiceError> {
        let (person, id) = (subject(actor)?.clone(), id.to_owned());
        self.store
            .write(move |tx| {
                let found = rows::find(tx, &id)?.is_some();
                if found && rows::remove_own(tx, &person, &id)? {
                    return Ok(());
                }
                Err(ServiceError::NotFound("such a subscription".to_owned()))
            })
            .await
    }

    fn registration_url(&self, id: &str) -> String {
        format!("{}{}", self.registrations(), id)
    }

    /// What the address of every subscription begins with.
    #[must_use]
    pub fn registrations(&self) -> String {
        format!("{}/dav/push/", self.host.public_url)
    }
}

/// What a target is as something to hear of.
struct Heard {
    topic: String,
    path: Option<(PersonId, String)>,
    triggers: Triggers,
}

fn place(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, target: &Target) -> Result<Heard, ServiceError> {
    let person = subject(actor)?;
    match target {
        Target::Collection(path) => {
            let access = reach(tx, ctx, actor, path)?;
            if !access.privileges.allows(Privilege::Read) {
                return Err(refused("push-not-available", "only who may read a calendar hears of its changes"));
            }
            Ok(Heard {
                topic: access.row.id.as_str().to_owned(),
                path: Some((path.home.clone(), path.name.clone())),
                triggers: Triggers::CALENDAR,
            })
        }
        Target::Home(home) if home == person => {
            Ok(Heard { topic: topic_of_home(home), path: None, triggers: Triggers::HOME })
        }
        Target::Person(other) if other == person => {
            Ok(Heard { topic: topic_of_person(other), path: None, triggers: Triggers::PRINCIPAL })
        }
        _ => Err(refused("push-not-available", "there is nothing to be told of here")),
    }
}

fn put(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, password): (&PersonId, &TokenId),
    heard: Heard,
    new: &NewSubscription,
) -> Result<Subscription, ServiceError> {
    let Heard { topic, path, triggers } = heard;
    let wanted = triggers.supported(new.triggers.unwrap_or(Triggers { content: Some(1), property: true }));
    let wanted = wanted.ok_or_else(|| refused("no-supported-trigger", "none of these changes can be told here"))?;
    let stands = match rows::of_endpoint(tx, &topic, &new.endpoint)? {
        // Whoever lost the password lost the subscription; it is nobody's to be in the way.
        Some(other) if other.person != *person => {
            if is_alive(tx, &other, ctx.now)? {
                let why = "somebody else has subscribed with this address of a push service";
                return Err(refused("invalid-subscription", why));
            }
            rows::remove(tx, &other.id)?;
            None
        }
        found => found,
    };
    if stands.is_none() && rows::count_of(tx, person)? >= MAX_SUBSCRIPTIONS {
        return Err(ServiceError::TooMany(format!("a person has at most {MAX_SUBSCRIPTIONS} push subscriptions")));
    }
    let expires = new.expires.unwrap_or_else(|| ctx.now.plus_millis(LONGEST));
    let subscription = Subscription {
        id: stands.as_ref().map_or_else(|| ctx.fresh(), |stands| stands.id.clone()),
        person: person.clone(),
        password: password.clone(),
        topic,
        path,
        endpoint: new.endpoint.clone(),
        public_key: new.public_key.clone(),
        auth: new.auth.clone(),
        content: wanted.content,
        property: wanted.property,
        created: stands.map_or(ctx.now, |stands| stands.created),
        // Headers and XML speak of whole seconds.
        expires: Instant::from_millis(
            expires.clamp(ctx.now.plus_millis(SHORTEST), ctx.now.plus_millis(LONGEST)).millis() / 1000 * 1000,
        ),
    };
    rows::put(tx, &subscription)?;
    Ok(subscription)
}

/// Whether a subscription has not expired, and its person may still sign in with the password that it came with.
fn is_alive(tx: &mut dyn Connection, subscription: &Subscription, now: Instant) -> Result<bool, ServiceError> {
    let password = tokens::find_app_password(tx, &subscription.password)?;
    let good = password.is_some_and(|password| password.life.is_good(now) && password.person == subscription.person);
    let person = crate::store::people::find(tx, &subscription.person)?;
    Ok(subscription.expires > now && good && person.is_some_and(|person| !person.disabled))
}
