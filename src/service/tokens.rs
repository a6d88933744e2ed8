//! Who is let in: app passwords for calendar apps, tokens for programs. A person's web password never
//! opens a calendar.

use super::audit::{Deed, record};
use super::secret::Secret;
use super::{Actor, Scope, Service, ServiceError, Who, homes, rights};
use crate::ids::{PersonId, TokenId};
use crate::roster::model::Channel;
use crate::store::tokens::{self as rows, ApiToken, AppPassword};
use crate::store::{Connection, StoreError, people};
use crate::time::{Instant, MINUTE};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq;

pub use crate::store::tokens::{Life, SecretKind};

pub use super::feeds::NewFeed;

/// App passwords and feeds that one person may have at a time.
pub const MAX_PER_PERSON: usize = 20;
/// When a secret was used is written this often at most.
const USE_NOTED: i64 = 15 * MINUTE;
const APP_PASSWORD: &str = "dw";
const API_TOKEN: &str = "dwt";

/// What an app password opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DavScope {
    /// Reads and writes calendars.
    #[serde(rename = "dav")]
    ReadWrite,
    /// Reads calendars.
    #[serde(rename = "dav-ro")]
    ReadOnly,
}

impl DavScope {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ReadWrite => "dav",
            Self::ReadOnly => "dav-ro",
        }
    }

    fn parse(word: &str) -> Result<Self, StoreError> {
        [Self::ReadWrite, Self::ReadOnly]
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| StoreError::Shape(format!("unknown scope of an app password: {word}")))
    }
}

impl Scope {
    /// The word that is stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Roster => "roster",
            Self::Admin => "admin",
        }
    }

    /// The scope that a word names.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Read, Self::Roster, Self::Admin].into_iter().find(|scope| scope.as_str() == word)
    }
}

/// Somebody whom an app password let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who.
    pub person: PersonId,
    /// With which app password: its public part.
    pub token: TokenId,
    /// What it opens.
    pub scope: DavScope,
    /// The device is the on-call phone.
    pub phone_device: bool,
}

/// What to make an app password for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAppPassword {
    /// Whose.
    pub person: PersonId,
    /// What the person calls it.
    pub label: String,
    /// What it opens.
    pub scope: DavScope,
    /// The device is the on-call phone.
    pub phone_device: bool,
}

/// A secret that was just made; its text is never shown again.
#[derive(Clone, PartialEq, Eq)]
pub struct Made {
    /// The public part, by which it is revoked.
    pub id: TokenId,
    /// The whole secret.
    pub secret: String,
}

impl Service {
    /// Whom a user name (mail address or id) and an app password let in. Whoever doesn't exist takes the same path and
    /// the same time as whoever mistyped.
    pub async fn authenticate_basic(&self, login: &str, secret: &str) -> Result<Option<Login>, ServiceError> {
        let now = self.clock.now();
        let typed = Secret::parse(APP_PASSWORD, secret);
        let well_formed = typed.is_some();
        let typed = typed.unwrap_or_else(|| Secret::none(APP_PASSWORD));
        let token = TokenId::new(typed.id.as_str());
        let read = {
            let token = token.clone();
            move |tx: &mut dyn Connection| rows::credential(tx, &token)
        };
        let stored = self.store.read_first(read).await?;
        let same = bool::from(typed.hash().ct_eq(stored.as_ref().map_or(&[0; 32][..], |stored| &stored.hash)));
        let Some(stored) = stored else { return Ok(None) };
        let good = well_formed && same && stored.life.is_good(now) && !stored.disabled;
        if !good || !people::is_login_of(login, &stored.person, &stored.email) {
            return Ok(None);
        }
        let (scope, life) = (DavScope::parse(&stored.scope)?, stored.life);
        let login = Login { person: stored.person, token, scope, phone_device: stored.phone_device };
        self.note_use(SecretKind::AppPassword, &login.token, life);
        Ok(Some(login))
    }

    /// Who an API token is, with the rights it has at this moment.
    pub async fn authenticate_bearer(&self, token: &str) -> Result<Option<Actor>, ServiceError> {
        let now = self.clock.now();
        let Some(typed) = Secret::parse(API_TOKEN, token) else { return Ok(None) };
        let read = move |tx: &mut dyn Connection| {
            let Some(stored) = rows::find_api_token(tx, &TokenId::new(typed.id.as_str()))? else { return Ok(None) };
            if !bool::from(typed.hash().ct_eq(&stored.hash)) || !stored.life.is_good(now) {
                return Ok(None);
            }
            if let Some(person) = &stored.person
                && people::find(tx, person)?.is_none_or(|person| person.disabled)
            {
                return Ok(None);
            }
            Ok::<_, ServiceError>(Some(stored))
        };
        let Some(stored) = self.store.read_few(read).await? else { return Ok(None) };
        self.note_use(SecretKind::ApiToken, &stored.id, stored.life);
        let scope = Scope::parse(&stored.scope)
            .ok_or_else(|| StoreError::Shape(format!("unknown scope of an API token: {}", stored.scope)))?;
        let who = Who::Token { id: stored.id, label: stored.label, scope, person: stored.person };
        Ok(Some(Actor { who, channel: Channel::Api, reads_only: false, on_call_phone: false }))
    }

    /// Beside the answer, not before it: signing in must not wait for the disk, nor fail when it is full.
    pub(super) fn note_use(&self, kind: SecretKind, id: &TokenId, life: Life) {
        let now = self.clock.now();
        let stale = now.plus_millis(-USE_NOTED);
        if life.last_used.is_some_and(|used| used > stale) || self.reads_only() {
            return;
        }
        let (store, id) = (self.store.clone(), id.clone());
        tokio::spawn(async move {
            if let Err(problem) = store.write(move |tx| rows::note_use(tx, kind, &id, now, stale)).await {
                tracing::warn!(%problem, "the use of a secret was not noted");
            }
        });
    }

    /// Makes an app password; for the person, or an administrator.
    pub async fn add_app_password(&self, actor: &Actor, new: NewAppPassword) -> Result<Made, ServiceError> {
        let (ctx, actor, secret) = (self.ctx(), actor.clone(), Secret::draw(APP_PASSWORD)?);
        let label = label(&new.label)?;
        let made = Made { id: TokenId::new(secret.id.as_str()), secret: secret.text() };
        let write = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &new.person)?;
            let person = people::find(tx, &new.person)?.filter(|person| !person.disabled);
            person.ok_or_else(|| ServiceError::NotFound(format!("a person {} who may sign in", new.person)))?;
            let others = rows::app_passwords_of(tx, &new.person)?;
            room_for_one(others.iter().map(|other| &other.life), ctx.now, "app passwords")?;
            let id = TokenId::new(secret.id.as_str());
            let password = AppPassword {
                id: id.clone(),
                person: new.person.clone(),
                label: label.clone(),
                hash: secret.hash(),
                scope: new.scope.as_str().to_owned(),
                phone_device: new.phone_device,
                life: Life::starting(ctx.now),
            };
            rows::insert_app_password(tx, &password)?;
            if new.phone_device {
                homes::with_alarms(tx, &ctx, &new.person)?;
            }
            let deed = Deed::new("app-password.added", format!("app-password:{id}")).subject(&new.person);
            record(
                tx,
                &ctx,
                &actor,
                deed.after(json!({ "label": label, "scope": new.scope, "on_call_phone": new.phone_device })),
            )?;
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await?;
        Ok(made)
    }

    /// A person's app passwords without their secrets; for the person, or an administrator.
    pub async fn app_passwords(&self, actor: &Actor, person: &PersonId) -> Result<Vec<AppPassword>, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            Ok(rows::app_passwords_of(tx, &person)?)
        };
        self.store.read(read).await
    }

    /// Makes an API token; for administrators.
    pub async fn add_api_token(
        &self,
        actor: &Actor,
        text: &str,
        scope: Scope,
        person: Option<PersonId>,
    ) -> Result<Made, ServiceError> {
        let (ctx, actor, secret, label) = (self.ctx(), actor.clone(), Secret::draw(API_TOKEN)?, label(text)?);
        let made = Made { id: TokenId::new(secret.id.as_str()), secret: secret.text() };
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            if let Some(person) = &person {
                people::find(tx, person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            }
            let id = TokenId::new(secret.id.as_str());
            let token = ApiToken {
                id: id.clone(),
                person: person.clone(),
                label: label.clone(),
                hash: secret.hash(),
                scope: scope.as_str().to_owned(),
                life: Life::starting(ctx.now),
            };
            rows::insert_api_token(tx, &token)?;
            let deed = Deed::new("api-token.added", format!("api-token:{id}"));
            record(tx, &ctx, &actor, deed.after(json!({ "label": label, "scope": scope, "person": person })))?;
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await?;
        Ok(made)
    }

    /// Every API token without its secret; for administrators.
    pub async fn api_tokens(&self, actor: &Actor) -> Result<Vec<ApiToken>, ServiceError> {
        let actor = actor.clone();
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            Ok(rows::api_tokens(tx)?)
        };
        self.store.read(read).await
    }

    /// Revokes a secret by its public part, at once and everywhere; for whoever might have made it.
    pub async fn revoke_secret(&self, actor: &Actor, kind: SecretKind, id: &TokenId) -> Result<(), ServiceError> {
        let (ctx, actor, id) = (self.ctx(), actor.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            may_revoke(tx, &actor, kind, &id, ctx.now)?;
            if rows::revoke(tx, kind, &id, ctx.now)? {
                let (action, object) = match kind {
                    SecretKind::AppPassword => ("app-password.revoked", "app-password"),
                    SecretKind::ApiToken => ("api-token.revoked", "api-token"),
                    SecretKind::Feed => ("feed.revoked", "feed"),
                };
                record(tx, &ctx, &actor, Deed::new(action, format!("{object}:{id}")))?;
            }
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }
}

fn may_revoke(
    tx: &mut dyn Connection,
    actor: &Actor,
    kind: SecretKind,
    id: &TokenId,
    now: Instant,
) -> Result<(), ServiceError> {
    let (person, team) = match kind {
        SecretKind::AppPassword => rows::find_app_password(tx, id)?.map(|found| (Some(found.person), None)),
        SecretKind::ApiToken => rows::find_api_token(tx, id)?.map(|_| (None, None)),
        SecretKind::Feed => rows::find_feed(tx, id)?.map(|found| (found.person, found.team)),
    }
    .ok_or_else(|| ServiceError::NotFound(format!("a secret with the id {id}")))?;
    match (person, team) {
        (Some(person), _) => rights::act_for(tx, actor, &person),
        (None, Some(team)) => rights::manage(tx, actor, &team, now),
        (None, None) => rights::administer(tx, actor),
    }
}

pub(super) fn label(text: &str) -> Result<String, ServiceError> {
    let label = text.trim();
    if label.is_empty() || label.len() > 100 || label.chars().any(char::is_control) {
        return Err(ServiceError::invalid(
            "label",
            "say in 1 to 100 characters where it is used, such as \"Ada's phone\"",
        ));
    }
    Ok(label.to_owned())
}

pub(super) fn room_for_one<'l>(
    lives: impl Iterator<Item = &'l Life>,
    now: Instant,
    what: &str,
) -> Result<(), ServiceError> {
    if lives.filter(|life| life.is_good(now)).count() < MAX_PER_PERSON {
        return Ok(());
    }
    Err(ServiceError::TooMany(format!(
        "there are {MAX_PER_PERSON} {what} already: revoke one that is not used any more"
    )))
}

#[cfg(test)]
mod tests;
