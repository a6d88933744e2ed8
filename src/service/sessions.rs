//! Signing in to pages. A browser holds 256 random bits in a cookie, the store their hash; a session ends after twelve
//! hours without use and seven days in any case, and gets a new secret whenever what its person may do changes.

mod visitor;

pub use visitor::{Place, Visitor};

use super::audit::{Deed, record};
use super::passwords::{self, Compared};
use super::{Actor, Ctx, Service, ServiceError, hex, random, rights, second_factor};
use crate::ids::{PersonId, TokenId};
use crate::roster::model::Channel;
use crate::store::sessions::{self as rows, Session};
use crate::store::{Connection, people};
use crate::time::{DAY, HOUR, Instant, MINUTE, SECOND};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use visitor::{fingerprint, lasts, look, visitor};

/// How long a session lasts without being used, in milliseconds.
pub const IDLE: i64 = 12 * HOUR;
/// How long it lasts at most, in milliseconds.
pub const LASTS: i64 = 7 * DAY;
/// How long a proof of who one is opens what is guarded further, in milliseconds.
pub const PROOF_LASTS: i64 = 10 * MINUTE;
/// That a session is used is written this often at most.
const USE_NOTED: i64 = 5 * MINUTE;
/// How long the secret before counts where it was replaced under way: a browser asks for several things at a time.
const OVERLAP: i64 = 30 * SECOND;
/// Sessions that one person may have; the one used longest ago makes room.
const MOST: usize = 20;
/// Characters kept of what a browser calls itself.
const BROWSER: usize = 200;

/// A session that has just begun; its secret is for the cookie and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// 64 hex digits.
    pub secret: String,
    /// Whose it is.
    pub person: PersonId,
}

/// What trying to sign in came to.
pub enum SignIn {
    /// They are in.
    In(Begun),
    /// The password was right; a code is asked for next, with this ticket, which is good for some minutes.
    Code(String),
    /// No such person, another password, or somebody who may not sign in.
    Wrong,
    /// Too many passwords are being compared at this moment.
    Busy,
}

impl Service {
    /// Whose session this is, if it still lasts.
    pub async fn visitor(&self, secret: &str) -> Result<Option<Visitor>, ServiceError> {
        let Some(hash) = hash_of(secret) else { return Ok(None) };
        let now = self.clock.now();
        let read = {
            let hash = hash.clone();
            let ctx = self.ctx();
            move |tx: &mut dyn Connection| look(tx, &ctx, &hash)
        };
        let Some((session, mut visitor)) = self.store.read_few(read).await? else { return Ok(None) };
        let rights = fingerprint(&visitor);
        if session.rights != rights && session.hash == hash {
            let new = hex(&random::<32>()?);
            let new_hash = Sha256::digest(new.as_bytes()).to_vec();
            let id = session.id.clone();
            let until = now.plus_millis(OVERLAP);
            let write = move |tx: &mut dyn Connection| {
                Ok::<_, ServiceError>(rows::replace(tx, &id, (&hash, &new_hash), &rights, Some(until))?)
            };
            // Where another request was first, that one brings the secret.
            visitor.replaced = self.store.write(write).await?.then_some(new);
        }
        self.note_session(&session);
        Ok(Some(visitor))
    }

    /// Beside the answer, as the use of other secrets.
    fn note_session(&self, session: &Session) {
        let now = self.clock.now();
        let stale = now.plus_millis(-USE_NOTED);
        if session.seen > stale || self.reads_only() {
            return;
        }
        let (store, id) = (self.store.clone(), session.id.clone());
        tokio::spawn(async move {
            if let Err(problem) = store.write(move |tx| rows::note_use(tx, &id, now, stale)).await {
                tracing::warn!(%problem, "the use of a session was not noted");
            }
        });
    }

    /// Signs somebody in by user name (mail address or id) and password; the session that the browser had before ends.
    /// Who doesn't exist, or has no password, takes as long as who mistyped.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        browser: &str,
        before: Option<&str>,
    ) -> Result<SignIn, ServiceError> {
        let typed = login.to_owned();
        let read = move |tx: &mut dyn Connection| {
            let Some(person) = people::by_login(tx, &typed)?.filter(|person| !person.disabled) else { return Ok(None) };
            let second = second_factor::is_on(tx, &person.id)?;
            Ok::<_, ServiceError>(people::web_password(tx, &person.id)?.map(|stored| ((person, second), stored)))
        };
        let (known, stored) = self.store.read(read).await?.unzip();
        let renewed = match passwords::compare(stored.clone(), password.to_owned()).await {
            Compared::Busy => return Ok(SignIn::Busy),
            Compared::Other => return Ok(SignIn::Wrong),
            Compared::Same(renewed) => renewed,
        };
        let Some(((person, second), stored)) = known.zip(stored) else { return Ok(SignIn::Wrong) };
        if second {
            return Ok(SignIn::Code(second_factor::ticket(&self.ctx(), &person.id, &stored)));
        }
        let begin =
            Begin { person: person.id, browser: browser.to_owned(), before: before.and_then(hash_of), proven: None };
        let guard = move |tx: &mut dyn Connection, _: &Ctx, person: &PersonId| {
            // Set anew in the meantime, it is not the right one any more.
            if people::web_password(tx, person)?.as_ref() != Some(&stored) || second_factor::is_on(tx, person)? {
                return Ok(false);
            }
            if let Some(renewed) = &renewed {
                people::set_web_password(tx, person, Some(renewed))?;
            }
            Ok(true)
        };
        Ok(self.begin_session(begin, guard).await?.map_or(SignIn::Wrong, SignIn::In))
    }

    /// Signs somebody in whose password was right, by a code of their app or a single code.
    pub async fn sign_in_by_code(
        &self,
        ticket: &str,
        code: &str,
        browser: &str,
        before: Option<&str>,
    ) -> Result<SignIn, ServiceError> {
        let Some(person) = second_factor::person_of(ticket) else { return Ok(SignIn::Wrong) };
        let begin = Begin { person, browser: browser.to_owned(), before: before.and_then(hash_of), proven: None };
        let (ticket, code) = (ticket.to_owned(), code.to_owned());
        let guard = move |tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId| {
            let Some(stored) = people::web_password(tx, person)? else { return Ok(false) };
            let good = second_factor::is_ticket(ctx, person, &stored, &ticket);
            Ok(good && second_factor::accept(tx, ctx, person, &code)?)
        };
        Ok(self.begin_session(begin, guard).await?.map_or(SignIn::Wrong, SignIn::In))
    }

    /// Begins a session, unless the guard says no or the person was shut out meanwhile.
    pub(super) async fn begin_session(
        &self,
        begin: Begin,
        guard: impl Fn(&mut dyn Connection, &Ctx, &PersonId) -> Result<bool, ServiceError> + Send + 'static,
    ) -> Result<Option<Begun>, ServiceError> {
        let (ctx, secret) = (self.ctx(), hex(&random::<32>()?));
        let begun = Begun { secret: secret.clone(), person: begin.person.clone() };
        let write = move |tx: &mut dyn Connection| {
            if !guard(tx, &ctx, &begin.person)? {
                return Ok::<_, ServiceError>(false);
            }
            begin_in(tx, &ctx, &begin, &secret)
        };
        Ok(self.store.write(write).await?.then_some(begun))
    }

    /// Proves once more, by password and, where there is a second factor, by code, who sits at a session: a new secret for it, or why not.
    pub async fn prove(
        &self,
        visitor: &Visitor,
        secret: &str,
        password: &str,
        code: &str,
    ) -> Result<SignIn, ServiceError> {
        let person = visitor.person.id.clone();
        let read = {
            let person = person.clone();
            move |tx: &mut dyn Connection| Ok::<_, ServiceError>(people::web_password(tx, &person)?)
        };
        let stored = self.store.read(read).await?;
        match passwords::compare(stored, password.to_owned()).await {
            Compared::Busy => return Ok(SignIn::Busy),
            Compared::Other => return Ok(SignIn::Wrong),
            Compared::Same(_) => {}
        }
        let Some(hash) = hash_of(secret) else { return Ok(SignIn::Wrong) };
        let (ctx, id, rights, new) = (self.ctx(), visitor.session.clone(), fingerprint(visitor), hex(&random::<32>()?));
        let (asked, code) = (person.clone(), code.to_owned());
        let new_hash = Sha256::digest(new.as_bytes()).to_vec();
        let write = move |tx: &mut dyn Connection| {
            if second_factor::is_on(tx, &asked)? && !second_factor::accept(tx, &ctx, &asked, &code)? {
                return Ok(false);
            }
            let done = rows::replace(tx, &id, (&hash, &new_hash), &rights, None)?;
            if done {
                rows::prove(tx, &id, ctx.now)?;
            }
            Ok::<_, ServiceError>(done)
        };
        let done = self.store.write(write).await?;
        Ok(if done { SignIn::In(Begun { secret: new, person }) } else { SignIn::Wrong })
    }

    /// Ends the session of a secret, at once and everywhere. Ending what is over is harmless.
    pub async fn sign_out(&self, secret: &str) -> Result<(), ServiceError> {
        let Some(hash) = hash_of(secret) else { return Ok(()) };
        let ctx = self.ctx();
        let write = move |tx: &mut dyn Connection| {
            if let Some(session) = rows::by_hash(tx, &hash)? {
                end(tx, &ctx, &Actor::person(session.person.clone(), Channel::Button), &session)?;
            }
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }

    /// A person's sessions that still last, the one used last first; for the person, or an administrator.
    pub async fn sessions(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Session>, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            let mut all = rows::of_person(tx, &person)?;
            all.retain(|session| lasts(session, ctx.now));
            Ok::<_, ServiceError>(all)
        };
        self.store.read(read).await
    }

    /// Ends one of a person's sessions; for the person, or an administrator.
    pub async fn end_session(&self, actor: &Actor, person: &PersonId, id: &TokenId) -> Result<(), ServiceError> {
        let (ctx, actor, person, id) = (self.ctx(), actor.clone(), person.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            let session = rows::of_person(tx, &person)?.into_iter().find(|session| session.id == id);
            let session = session.ok_or_else(|| ServiceError::NotFound(format!("a session with the id {id}")))?;
            end(tx, &ctx, &actor, &session)
        };
        self.store.write(write).await
    }

    /// Ends all of a person's sessions but one: how many; for the person, or an administrator.
    pub async fn end_other_sessions(
        &self,
        actor: &Actor,
        person: &PersonId,
        but: Option<&TokenId>,
    ) -> Result<u64, ServiceError> {
        let (ctx, actor, person, but) = (self.ctx(), actor.clone(), person.clone(), but.cloned());
        let write = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            end_all(tx, &ctx, &actor, &person, but.as_ref())
        };
        self.store.write(write).await
    }
}

/// What a session begins with.
pub(super) struct Begin {
    person: PersonId,
    browser: String,
    /// The hash of the secret that the browser had before.
    before: Option<Vec<u8>>,
    /// When the person proved who they are, where that is not now.
    proven: Option<Instant>,
}

impl Begin {
    /// Of somebody who proved who they are at a provider, at a moment that it may have told.
    pub(super) fn by_provider(person: PersonId, browser: &str, before: Option<&str>, proven: Option<Instant>) -> Self {
        let proven = Some(proven.unwrap_or(Instant::FAR_PAST));
        Self { person, browser: browser.to_owned(), before: before.and_then(hash_of), proven }
    }
}

fn begin_in(tx: &mut dyn Connection, ctx: &Ctx, begin: &Begin, secret: &str) -> Result<bool, ServiceError> {
    let now = ctx.now;
    let Some(person) = people::find(tx, &begin.person)?.filter(|person| !person.disabled) else { return Ok(false) };
    rows::sweep(tx, now, now.plus_millis(-IDLE))?;
    if let Some(before) = &begin.before
        && let Some(session) = rows::by_hash(tx, before)?
    {
        rows::end(tx, &session.id)?;
    }
    for oldest in rows::of_person(tx, &person.id)?.iter().skip(MOST - 1) {
        rows::end(tx, &oldest.id)?;
    }
    let id = TokenId::new(ctx.fresh());
    let visitor = visitor(tx, ctx, person, id.clone(), now)?;
    let browser: String = begin.browser.chars().filter(|c| !c.is_control()).take(BROWSER).collect();
    let session = Session {
        id: id.clone(),
        person: begin.person.clone(),
        hash: Sha256::digest(secret.as_bytes()).to_vec(),
        former: None,
        rights: fingerprint(&visitor),
        browser,
        created: now,
        proven: begin.proven.map_or(now, |proven| proven.min(now)),
        seen: now,
        expires: now.plus_millis(LASTS),
    };
    rows::insert(tx, &session)?;
    let deed = Deed::new("session.began", format!("session:{id}")).subject(&begin.person);
    record(tx, ctx, &visitor.actor(), deed.after(json!({ "browser": session.browser })))?;
    Ok(true)
}

fn end(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, session: &Session) -> Result<(), ServiceError> {
    if rows::end(tx, &session.id)? {
        let deed = Deed::new("session.ended", format!("session:{}", session.id)).subject(&session.person);
        record(tx, ctx, actor, deed)?;
    }
    Ok(())
}

/// Ends a person's sessions, all but one, and writes it down where there were any: how many.
pub(super) fn end_all(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
    but: Option<&TokenId>,
) -> Result<u64, ServiceError> {
    let ended = rows::end_others(tx, person, but)?;
    if ended > 0 {
        let deed = Deed::new("sessions.ended", format!("person:{person}")).subject(person);
        record(tx, ctx, actor, deed.after(json!({ "sessions": ended })))?;
    }
    Ok(ended)
}

/// What is stored of a secret; nothing where it can't be one.
fn hash_of(secret: &str) -> Option<Vec<u8>> {
    let shaped = secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    shaped.then(|| Sha256::digest(secret.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests;
