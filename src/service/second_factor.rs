//! The second factor of whoever wants one: a code of an authenticator app beside the password, and single codes for when
//! the telephone is lost. Each code counts once.

use super::audit::{Deed, record};
use super::{Actor, Ctx, Scope, Service, ServiceError, hex, random, rights, seal, secret, sessions, totp};
use crate::ids::{PersonId, TokenId};
use crate::store::{Connection, StoreError, people, second_factors as rows};
use crate::time::{Instant, MINUTE};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// Single codes that are made at a time.
pub const CODES: usize = 10;
/// How long a ticket is good, in milliseconds: the time to take a telephone out of a bag.
const TICKET_LASTS: i64 = 5 * MINUTE;
/// After so many wrong codes in a row none of an app is taken for a while; single codes can't be guessed.
const FAILURES: u32 = 10;
const CLOSED: i64 = 15 * MINUTE;

/// Where somebody's second factor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is none.
    Off,
    /// It was begun; the app has still to show a code.
    Begun {
        /// For typing into the app.
        secret: String,
        /// For scanning.
        uri: String,
    },
    /// It is asked for.
    On {
        /// Single codes that are left.
        codes: i64,
    },
}

impl Service {
    /// Where a person's own second factor stands.
    pub async fn second_factor(&self, actor: &Actor, person: &PersonId) -> Result<State, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            only_self(&actor, &person)?;
            let Some(found) = rows::find(tx, &person)? else { return Ok(State::Off) };
            if found.confirmed.is_some() {
                return Ok(State::On { codes: rows::codes_left(tx, &person)? });
            }
            let opened = seal::open(&ctx.host.link_key, &purpose(&person), &found.sealed);
            let Some(opened) = opened else { return Ok(State::Off) };
            let email = people::find(tx, &person)?.map(|found| found.email).unwrap_or_default();
            let secret = totp::base32(&opened);
            let (host, name) = (&ctx.host.host, email.replace('@', "%40"));
            let uri = format!("otpauth://totp/Dogwatch:{name}?secret={secret}&issuer=Dogwatch%20{host}");
            Ok::<_, ServiceError>(State::Begun { secret, uri })
        };
        self.store.read(read).await
    }

    /// Draws what the app's codes are made from; nothing is asked for before a first code came.
    pub async fn begin_second_factor(&self, actor: &Actor, person: &PersonId) -> Result<(), ServiceError> {
        let (ctx, actor, person, drawn) = (self.ctx(), actor.clone(), person.clone(), random::<{ totp::SECRET }>()?);
        let write = move |tx: &mut dyn Connection| {
            only_self(&actor, &person)?;
            let sealed = seal::seal(&ctx.host.link_key, &purpose(&person), &drawn)?;
            if rows::begin(tx, &person, &sealed)? {
                return Ok(());
            }
            Err(ServiceError::conflict("second-factor", "there is a second factor already; remove it first"))
        };
        self.store.write(write).await
    }

    /// Confirms it by a first code: the single codes, which are shown once. Nothing where the code is another. Sessions
    /// elsewhere end.
    pub async fn confirm_second_factor(
        &self,
        actor: &Actor,
        person: &PersonId,
        code: &str,
        here: Option<&TokenId>,
    ) -> Result<Option<Vec<String>>, ServiceError> {
        let (ctx, actor, person, here) = (self.ctx(), actor.clone(), person.clone(), here.cloned());
        let (code, codes) = (code.to_owned(), draw_codes()?);
        let hashes = hashes(&codes);
        let write = move |tx: &mut dyn Connection| {
            only_self(&actor, &person)?;
            let Some(found) = rows::find(tx, &person)?.filter(|found| found.confirmed.is_none()) else {
                return Ok::<_, ServiceError>(false);
            };
            if !is_next(tx, &ctx, &person, &found, &code)? {
                return Ok(false);
            }
            rows::confirm(tx, &person, ctx.now)?;
            rows::set_codes(tx, &person, &hashes)?;
            sessions::end_all(tx, &ctx, &actor, &person, here.as_ref())?;
            record(tx, &ctx, &actor, Deed::new("second-factor.added", format!("person:{person}")))?;
            Ok(true)
        };
        Ok(self.store.write(write).await?.then_some(codes))
    }

    /// Makes new single codes; the old ones count no more.
    pub async fn renew_codes(&self, actor: &Actor, person: &PersonId) -> Result<Vec<String>, ServiceError> {
        let (ctx, actor, person, codes) = (self.ctx(), actor.clone(), person.clone(), draw_codes()?);
        let hashes = hashes(&codes);
        let write = move |tx: &mut dyn Connection| {
            only_self(&actor, &person)?;
            if !is_on(tx, &person)? {
                return Err(ServiceError::conflict("second-factor", "there is no second factor"));
            }
            rows::set_codes(tx, &person, &hashes)?;
            record(tx, &ctx, &actor, Deed::new("recovery-codes.made", format!("person:{person}")))?;
            Ok(())
        };
        self.store.write(write).await?;
        Ok(codes)
    }

    /// Removes a second factor; for the person, or an administrator when the telephone and the codes are lost. False where
    /// there was none.
    pub async fn remove_second_factor(&self, actor: &Actor, person: &PersonId) -> Result<bool, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            let removed = rows::remove(tx, &person)?;
            if removed {
                let deed = Deed::new("second-factor.removed", format!("person:{person}")).subject(&person);
                record(tx, &ctx, &actor, deed)?;
            }
            Ok::<_, ServiceError>(removed)
        };
        self.store.write(write).await
    }
}

/// Not even an administrator sees or sets what somebody's codes are made from.
fn only_self(actor: &Actor, person: &PersonId) -> Result<(), ServiceError> {
    if rights::is_self(actor, person, Scope::Admin) {
        return Ok(());
    }
    Err(ServiceError::Forbidden("only the person may do this".to_owned()))
}

fn purpose(person: &PersonId) -> String {
    format!("second factor of {person}")
}

fn draw_codes() -> Result<Vec<String>, ServiceError> {
    (0..CODES).map(|_| secret::draw_password()).collect()
}

fn hashes(codes: &[String]) -> Vec<Vec<u8>> {
    codes.iter().filter_map(|code| secret::password_hash(code)).collect()
}

/// Whether a person's second factor is asked for.
pub(super) fn is_on(tx: &mut dyn Connection, person: &PersonId) -> Result<bool, StoreError> {
    Ok(rows::find(tx, person)?.is_some_and(|found| found.confirmed.is_some()))
}

/// Takes a code of the app, or a single code, once. A wrong one is counted, so that whoever calls this must let it be
/// written.
pub(super) fn accept(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId, typed: &str) -> Result<bool, ServiceError> {
    let Some(found) = rows::find(tx, person)?.filter(|found| found.confirmed.is_some()) else { return Ok(false) };
    if let Some(hash) = secret::password_hash(typed) {
        if !rows::use_code(tx, person, &hash)? {
            return Ok(false);
        }
        rows::forgive(tx, person)?;
        let actor = Actor::person(person.clone(), crate::roster::model::Channel::Button);
        record(tx, ctx, &actor, Deed::new("recovery-code.used", format!("person:{person}")))?;
        return Ok(true);
    }
    let closed = |failed: Instant| ctx.now < failed.plus_millis(CLOSED);
    if found.failures >= FAILURES && found.failed.is_some_and(closed) {
        return Ok(false);
    }
    is_next(tx, ctx, person, &found, typed)
}

/// Whether a code is one of about now that was not taken yet; it is taken then, and counted as wrong otherwise.
fn is_next(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    found: &rows::SecondFactor,
    typed: &str,
) -> Result<bool, ServiceError> {
    let opened = seal::open(&ctx.host.link_key, &purpose(person), &found.sealed);
    let step = opened.and_then(|opened| totp::step_of(&opened, typed, ctx.now));
    if let Some(step) = step
        && rows::take(tx, person, step)?
    {
        return Ok(true);
    }
    rows::fail(tx, person, ctx.now)?;
    Ok(false)
}

/// What says for some minutes that somebody's password was right: their id, until when, and a seal over both and the
/// password's hash, so that another password ends it.
pub(super) fn ticket(ctx: &Ctx, person: &PersonId, password_hash: &str) -> String {
    let until = ctx.now.plus_millis(TICKET_LASTS).millis();
    format!("{person}.{until}.{}", sealed(ctx, person, until, password_hash))
}

/// Whose ticket it says it is.
pub(super) fn person_of(ticket: &str) -> Option<PersonId> {
    ticket.split_once('.').map(|(person, _)| PersonId::new(person))
}

/// Whether a ticket is good.
pub(super) fn is_ticket(ctx: &Ctx, person: &PersonId, password_hash: &str, ticket: &str) -> bool {
    let mut parts = ticket.split('.').skip(1);
    let (Some(until), Some(seal)) = (parts.next().and_then(|until| until.parse().ok()), parts.next()) else {
        return false;
    };
    let right = sealed(ctx, person, until, password_hash);
    ctx.now < Instant::from_millis(until) && bool::from(right.as_bytes().ct_eq(seal.as_bytes()))
}

fn sealed(ctx: &Ctx, person: &PersonId, until: i64, password_hash: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&ctx.host.link_key) else { return String::new() };
    mac.update(format!("second step of {person} until {until} with {password_hash}").as_bytes());
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::Channel;
    use crate::service::sessions::SignIn;
    use crate::service::testing::{operator, rota};
    use crate::store::testing::Place;

    const PASSWORD: &str = "correct horse battery";

    fn ada() -> Actor {
        Actor::person("ada".into(), Channel::Button)
    }

    /// Ada with a second factor that was confirmed two minutes ago, what its codes are made from, and her single codes.
    async fn armed() -> (Place, Service, Vec<u8>, Vec<String>) {
        let (folder, service) = rota().await;
        service.set_web_password(&operator(), &"ada".into(), PASSWORD, None).await.unwrap();
        let before = service.as_of(service.ctx().now.plus_millis(-2 * MINUTE));
        before.begin_second_factor(&ada(), &"ada".into()).await.unwrap();
        let key = service.host.link_key;
        let read = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::find(tx, &"ada".into())?);
        let sealed = service.store.read(read).await.unwrap().unwrap().sealed;
        let secret = seal::open(&key, &purpose(&"ada".into()), &sealed).unwrap();
        let code = totp::code(&secret, totp::step(before.ctx().now));
        assert_eq!(before.confirm_second_factor(&ada(), &"ada".into(), "000000x", None).await.unwrap(), None);
        let codes = before.confirm_second_factor(&ada(), &"ada".into(), &code, None).await.unwrap().expect("codes");
        (folder, service, secret, codes)
    }

    async fn ticket_of(service: &Service) -> String {
        match service.sign_in("ada", PASSWORD, "", None).await.unwrap() {
            SignIn::Code(ticket) => ticket,
            _ => panic!("a code is asked for"),
        }
    }

    async fn enters(service: &Service, ticket: &str, code: &str) -> bool {
        matches!(service.sign_in_by_code(ticket, code, "", None).await.unwrap(), SignIn::In(_))
    }

    #[tokio::test]
    async fn a_code_is_asked_for_beside_the_password_and_counts_once() {
        let (_folder, service, secret, _) = armed().await;
        let now = service.as_of(service.ctx().now);
        let code = totp::code(&secret, totp::step(now.ctx().now));
        let ticket = ticket_of(&now).await;
        assert!(!enters(&now, &ticket, "").await);
        assert!(!enters(&now, &ticket.replace("ada", "ben"), &code).await);
        assert!(!enters(&now, &format!("{ticket}0"), &code).await);
        let late = service.as_of(now.ctx().now.plus_millis(TICKET_LASTS));
        assert!(!enters(&late, &ticket, &totp::code(&secret, totp::step(late.ctx().now))).await);
        assert!(enters(&now, &ticket, &code).await);
        assert!(!enters(&now, &ticket_of(&now).await, &code).await, "the same step again");
    }

    #[tokio::test]
    async fn a_single_code_lets_in_once_and_another_password_ends_a_ticket() {
        let (_folder, service, _, codes) = armed().await;
        let ticket = ticket_of(&service).await;
        assert!(enters(&service, &ticket, &codes[3].to_uppercase()).await);
        assert!(!enters(&service, &ticket, &codes[3]).await);
        let state = service.second_factor(&ada(), &"ada".into()).await.unwrap();
        assert_eq!(state, State::On { codes: 9 });
        service.set_web_password(&operator(), &"ada".into(), "another long word", None).await.unwrap();
        assert!(!enters(&service, &ticket, &codes[4]).await);
    }

    #[tokio::test]
    async fn after_many_wrong_codes_the_right_one_waits_but_a_single_code_does_not() {
        let (_folder, service, secret, codes) = armed().await;
        let now = service.as_of(service.ctx().now);
        let ticket = ticket_of(&now).await;
        for _ in 0..FAILURES {
            assert!(!enters(&now, &ticket, "12345").await);
        }
        assert!(!enters(&now, &ticket, &totp::code(&secret, totp::step(now.ctx().now))).await);
        assert!(enters(&now, &ticket, &codes[0]).await);
        assert!(enters(&now, &ticket, &totp::code(&secret, totp::step(now.ctx().now))).await, "forgiven");
    }

    #[tokio::test]
    async fn nobody_else_sees_it_and_an_administrator_can_only_remove_it() {
        let (_folder, service, _, _) = armed().await;
        assert!(service.second_factor(&operator(), &"ada".into()).await.is_err());
        assert!(service.begin_second_factor(&ada(), &"ada".into()).await.is_err(), "there is one");
        let ben = Actor::person("ben".into(), Channel::Button);
        assert!(service.remove_second_factor(&ben, &"ada".into()).await.is_err());
        assert!(service.remove_second_factor(&operator(), &"ada".into()).await.unwrap());
        assert!(!service.remove_second_factor(&operator(), &"ada".into()).await.unwrap());
        assert!(matches!(service.sign_in("ada", PASSWORD, "", None).await.unwrap(), SignIn::In(_)));
    }
}
