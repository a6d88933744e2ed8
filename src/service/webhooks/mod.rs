//! Receivers of webhooks: programs elsewhere that hear of what happens in a team, or in all of them. Who registers them,
//! what they are told, and how it is signed.
//!
//! `tell` writes what happened to the outbox in the transaction that did it, in the words of `facts`; `watch` compares who
//! is on call and what gaps there are with what was told last; `deliver` is asked when a message goes out.

mod deliver;
mod facts;
mod tell;
#[cfg(test)]
mod tests;
mod watch;

pub use crate::store::webhooks::{Event, Format, Health};
pub use deliver::Delivery;

pub(super) use tell::{reminded, roster_published, shifts_changed, swap_moved, swap_opened, swap_uncovered};
pub(super) use watch::{look, to_look_at};

use super::audit::{Deed, record};
use super::{Actor, Ctx, Service, ServiceError, fields, random, rights, seal};
use crate::ids::{TeamId, WebhookId};
use crate::store::{Connection, outbox as messages, teams, webhooks as rows};
use crate::time::{HOUR, Instant};
use base64ct::{Base64, Encoding as _};
use rows::Webhook;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Receivers that a team, or the instance, has at most.
const MOST: usize = 20;
/// How long the former secret counts after a rotation, in hours, where nothing is said.
pub const KEEP_HOURS: u32 = 24;
/// How long it counts at most, in hours.
const MOST_HOURS: u32 = 30 * 24;
/// Bytes of a secret.
const SECRET: usize = 32;

/// Whose receiver it is: a team's, or that of the whole instance.
pub type Owner = Option<TeamId>;

/// A receiver as it is typed.
#[derive(Clone)]
pub struct NewWebhook {
    /// As it is shown; the host where nothing is said.
    pub name: Option<String>,
    /// Where it is.
    pub url: String,
    /// What it is sent.
    pub format: Format,
    /// What it wants to hear of; everything where nothing is said.
    pub events: Option<BTreeSet<Event>>,
}

/// What of a receiver is to be another way; what is left out stays.
#[derive(Clone, Default)]
pub struct WebhookChange {
    /// As it is shown.
    pub name: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// What it is sent.
    pub format: Option<Format>,
    /// What it wants to hear of.
    pub events: Option<BTreeSet<Event>>,
    /// Whether it hears of nothing for now.
    pub paused: Option<bool>,
}

/// A receiver as it is shown: of its address the host alone, and no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookView {
    /// Identifier.
    pub id: WebhookId,
    /// Whose.
    pub team: Owner,
    /// As it is shown.
    pub name: String,
    /// The host in its address.
    pub host: String,
    /// What it is sent.
    pub format: Format,
    /// What it wants to hear of.
    pub events: BTreeSet<Event>,
    /// It hears of nothing for now.
    pub paused: bool,
    /// When it was made.
    pub created: Instant,
    /// Until when the former secret counts too.
    pub former_until: Option<Instant>,
    /// How it does.
    pub health: Health,
    /// Messages that wait for it.
    pub waiting: i64,
    /// Messages to it that were given up.
    pub given_up: i64,
}

/// A receiver with its secret, which is shown this once.
#[derive(Clone)]
pub struct MadeWebhook {
    /// The receiver.
    pub view: WebhookView,
    /// `whsec_` and base64, as Standard Webhooks writes it.
    pub secret: String,
}

impl Service {
    /// The receivers of a team, for its managers, or of the instance, for administrators; by when they were made.
    pub async fn webhooks(&self, actor: &Actor, owner: &Owner) -> Result<Vec<WebhookView>, ServiceError> {
        let (ctx, actor, owner) = (self.ctx(), actor.clone(), owner.clone());
        let read = move |tx: &mut dyn Connection| {
            may(tx, &ctx, &actor, &owner)?;
            rows::of(tx, owner.as_ref())?.into_iter().map(|row| view(tx, &ctx, row)).collect()
        };
        self.store.read(read).await
    }

    /// Registers a receiver, and draws its secret.
    pub async fn add_webhook(
        &self,
        actor: &Actor,
        owner: &Owner,
        new: NewWebhook,
    ) -> Result<MadeWebhook, ServiceError> {
        let (ctx, actor, owner, drawn) = (self.ctx(), actor.clone(), owner.clone(), random::<SECRET>()?);
        let write = move |tx: &mut dyn Connection| {
            may(tx, &ctx, &actor, &owner)?;
            if rows::of(tx, owner.as_ref())?.len() >= MOST {
                return Err(ServiceError::TooMany(format!("there are {MOST} receivers already; remove one first")));
            }
            let id = WebhookId::new(ctx.fresh());
            let (host, url) = address(&ctx, &id, &new.url)?;
            let row = Webhook {
                name: fields::name("name", new.name.as_deref().unwrap_or(&host))?,
                team: owner.clone(),
                host,
                url,
                format: new.format,
                events: chosen(new.events.as_ref())?,
                secret: seal::seal(&ctx.host.link_key, &purpose("secret", &id), &drawn)?,
                former: None,
                paused: false,
                created: ctx.now,
                health: Health::default(),
                id,
            };
            rows::put(tx, &row)?;
            record(tx, &ctx, &actor, Deed::new("webhook.added", object(&row.id)).after(said(&row)))?;
            begin(tx, &ctx, owner.as_ref())?;
            Ok(MadeWebhook { view: view(tx, &ctx, row)?, secret: shown(&drawn) })
        };
        self.store.write(write).await
    }

    /// Changes a receiver.
    pub async fn change_webhook(
        &self,
        actor: &Actor,
        (owner, id): (&Owner, &WebhookId),
        change: WebhookChange,
    ) -> Result<WebhookView, ServiceError> {
        let (ctx, actor, owner, id) = (self.ctx(), actor.clone(), owner.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let before = own(tx, &ctx, &actor, (&owner, &id))?;
            let mut row = before.clone();
            if let Some(name) = &change.name {
                row.name = fields::name("name", name)?;
            }
            if let Some(url) = &change.url {
                (row.host, row.url) = address(&ctx, &id, url)?;
            }
            if let Some(events) = &change.events {
                row.events = chosen(Some(events))?;
            }
            row.format = change.format.unwrap_or(row.format);
            row.paused = change.paused.unwrap_or(row.paused);
            if row != before {
                rows::put(tx, &row)?;
                let deed = Deed::new("webhook.changed", object(&id)).before(said(&before)).after(said(&row));
                record(tx, &ctx, &actor, deed)?;
                begin(tx, &ctx, owner.as_ref())?;
            }
            view(tx, &ctx, row)
        };
        self.store.write(write).await
    }

    /// Removes a receiver with all that waits for it.
    pub async fn remove_webhook(&self, actor: &Actor, owner: &Owner, id: &WebhookId) -> Result<(), ServiceError> {
        let (ctx, actor, owner, id) = (self.ctx(), actor.clone(), owner.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let row = own(tx, &ctx, &actor, (&owner, &id))?;
            rows::remove(tx, &id)?;
            messages::remove_of(tx, id.as_str())?;
            record(tx, &ctx, &actor, Deed::new("webhook.removed", object(&id)).before(said(&row)))?;
            for team in rows::states(tx)? {
                if rows::hearing(tx, &team)?.is_empty() {
                    rows::forget_state(tx, &team)?;
                }
            }
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }

    /// Sends a receiver a message that says nothing but that it is a test, even where it is paused.
    pub async fn test_webhook(
        &self,
        actor: &Actor,
        owner: &Owner,
        id: &WebhookId,
    ) -> Result<WebhookView, ServiceError> {
        let (ctx, actor, owner, id) = (self.ctx(), actor.clone(), owner.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let row = own(tx, &ctx, &actor, (&owner, &id))?;
            tell::test(tx, &ctx, &row)?;
            record(tx, &ctx, &actor, Deed::new("webhook.tested", object(&id)))?;
            view(tx, &ctx, row)
        };
        self.store.write(write).await
    }

    /// Draws a new secret. What is sent is signed with the former one too, for so many hours.
    pub async fn rotate_webhook(
        &self,
        actor: &Actor,
        (owner, id): (&Owner, &WebhookId),
        keep_hours: u32,
    ) -> Result<MadeWebhook, ServiceError> {
        if keep_hours > MOST_HOURS {
            return Err(ServiceError::invalid("keep_hours", format!("must be at most {MOST_HOURS}")));
        }
        let (ctx, actor, owner, id) = (self.ctx(), actor.clone(), owner.clone(), id.clone());
        let drawn = random::<SECRET>()?;
        let write = move |tx: &mut dyn Connection| {
            let mut row = own(tx, &ctx, &actor, (&owner, &id))?;
            let until = ctx.now.plus_millis(i64::from(keep_hours) * HOUR);
            let fresh = seal::seal(&ctx.host.link_key, &purpose("secret", &id), &drawn)?;
            row.former = Some((std::mem::replace(&mut row.secret, fresh), until));
            rows::put(tx, &row)?;
            let deed = Deed::new("webhook.rotated", object(&id)).after(json!({ "keep_hours": keep_hours }));
            record(tx, &ctx, &actor, deed)?;
            Ok(MadeWebhook { view: view(tx, &ctx, row)?, secret: shown(&drawn) })
        };
        self.store.write(write).await
    }
}

/// Refuses whoever neither manages the team nor, where it is all of them, is an administrator.
fn may(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, owner: &Owner) -> Result<(), ServiceError> {
    let Some(team) = owner else { return rights::administer(tx, actor) };
    rights::manage_known(tx, actor, team, ctx.now).map(drop)
}

/// The receiver, where it is that owner's and the actor may look after it.
fn own(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (owner, id): (&Owner, &WebhookId),
) -> Result<Webhook, ServiceError> {
    may(tx, ctx, actor, owner)?;
    let found = rows::find(tx, id)?.filter(|row| row.team == *owner);
    found.ok_or_else(|| ServiceError::NotFound(format!("webhook {id}")))
}

/// From now on the state of the teams that are heard of is compared with this one.
fn begin(tx: &mut dyn Connection, ctx: &Ctx, team: Option<&TeamId>) -> Result<(), ServiceError> {
    let heard = match team {
        Some(team) => vec![team.clone()],
        None => teams::all(tx)?.into_iter().map(|team| team.id).collect(),
    };
    heard.iter().try_for_each(|team| look(tx, ctx, team))
}

/// The host that is shown, and the address sealed. It is judged again whenever it is spoken to.
fn address(ctx: &Ctx, id: &WebhookId, typed: &str) -> Result<(String, Vec<u8>), ServiceError> {
    let typed = typed.trim();
    let uri = ctx.host.reach.judge(typed).map_err(|why| ServiceError::invalid("url", why.to_string()))?;
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    Ok((host, seal::seal(&ctx.host.link_key, &purpose("url", id), typed.as_bytes())?))
}

fn chosen(events: Option<&BTreeSet<Event>>) -> Result<BTreeSet<Event>, ServiceError> {
    let Some(events) = events else { return Ok(Event::CHOICE.into()) };
    let known: BTreeSet<Event> = events.iter().copied().filter(|event| *event != Event::Test).collect();
    if known.is_empty() {
        return Err(ServiceError::invalid("events", "name at least one, or leave it out to hear of all"));
    }
    Ok(known)
}

/// What a part of a receiver is sealed for.
fn purpose(what: &str, id: &WebhookId) -> String {
    format!("webhook {what} {id}")
}

fn object(id: &WebhookId) -> String {
    format!("webhook:{id}")
}

/// A receiver as the audit trail tells of it.
fn said(row: &Webhook) -> Json {
    json!({ "team": row.team, "name": row.name, "host": row.host, "format": row.format, "events": row.events,
        "paused": row.paused })
}

fn shown(secret: &[u8]) -> String {
    format!("whsec_{}", Base64::encode_string(secret))
}

fn view(tx: &mut dyn Connection, ctx: &Ctx, row: Webhook) -> Result<WebhookView, ServiceError> {
    let (waiting, given_up) = messages::counts(tx, row.id.as_str())?;
    Ok(WebhookView {
        id: row.id,
        team: row.team,
        name: row.name,
        host: row.host,
        format: row.format,
        events: row.events,
        paused: row.paused,
        created: row.created,
        former_until: row.former.map(|(_, until)| until).filter(|until| *until > ctx.now),
        health: row.health,
        waiting,
        given_up,
    })
}
