//! Signing in by a provider of OpenID Connect. Whose account it is, is known by what the provider calls them; the first
//! time by a mail address that it has verified. What goes out and must come back lies sealed in a cookie, so that any
//! server can take it from there.

use super::audit::{Deed, record};
use super::sessions::{Begin, Begun, Visitor};
use super::{Actor, Ctx, Service, ServiceError, hex, people as persons, random, seal};
use crate::ids::{PersonId, is_slug};
use crate::outbound::{Claims, Round, Unknown};
use crate::roster::model::Person;
use crate::store::{Connection, openid as rows, people};
use crate::time::{Instant, MINUTE, Zone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;

/// How long somebody may take at the provider, in milliseconds.
pub const LASTS: i64 = 10 * MINUTE;
/// The provider's clock may differ by so much.
const SKEW: i64 = MINUTE;
const PURPOSE: &str = "a round to the provider";

/// A browser on its way to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Where it goes.
    pub url: String,
    /// What it must bring back beside what the provider gives it.
    pub sealed: String,
}

/// What a browser brings back.
#[derive(Clone, Copy, Debug)]
pub struct Back<'b> {
    /// What was sealed when it left.
    pub sealed: &'b str,
    /// From the provider.
    pub state: &'b str,
    /// From the provider.
    pub code: &'b str,
}

/// What coming back came to.
pub enum Arrival {
    /// They are in, and go on to this path.
    In(Begun, String),
    /// It took too long, or another browser left.
    Stale,
    /// The provider knows them, and Dogwatch doesn't.
    Nobody,
    /// Not the person who is signed in, or no fresh proof of it.
    NotProven,
    /// The provider does not answer as one; the log says why.
    Broken,
}

/// What lies sealed in the browser meanwhile.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    state: String,
    nonce: String,
    verifier: String,
    back: String,
    left: i64,
    /// Who is to prove who they are.
    prove: Option<PersonId>,
}

impl Service {
    /// What people call the provider, where there is one.
    #[must_use]
    pub fn provider_name(&self) -> Option<&str> {
        self.host.provider.as_ref().map(|provider| provider.name())
    }

    /// Sends a browser to the provider, to come back and go on to `back`; with somebody who is signed in, to prove it
    /// once more. Nothing where there is no provider, or it does not answer.
    pub async fn leave_for_provider(
        &self,
        back: &str,
        prove: Option<&Visitor>,
    ) -> Result<Option<Leaving>, ServiceError> {
        let Some(provider) = &self.host.provider else { return Ok(None) };
        let now = self.clock.now();
        let kept = Kept {
            state: hex(&random::<16>()?),
            nonce: hex(&random::<16>()?),
            verifier: hex(&random::<32>()?),
            back: back.to_owned(),
            left: now.millis(),
            prove: prove.map(|visitor| visitor.person.id.clone()),
        };
        let url = match provider.authorization(&self.round(&kept), now).await {
            Ok(url) => url,
            Err(problem) => {
                tracing::warn!(%problem, "nobody can sign in by the provider");
                return Ok(None);
            }
        };
        let text = serde_json::to_vec(&kept).unwrap_or_default();
        let sealed = hex(&seal::seal(&self.host.link_key, PURPOSE, &text)?);
        Ok(Some(Leaving { url, sealed }))
    }

    fn round(&self, kept: &Kept) -> Round {
        Round {
            redirect: format!("{}/sign-in/provider/answer", self.host.public_url),
            state: kept.state.clone(),
            nonce: kept.nonce.clone(),
            verifier: kept.verifier.clone(),
            anew: kept.prove.is_some(),
        }
    }

    /// Signs in whoever comes back; the session that the browser had before ends.
    pub async fn come_from_provider(
        &self,
        brought: Back<'_>,
        browser: &str,
        before: Option<&str>,
    ) -> Result<Arrival, ServiceError> {
        let Some(provider) = &self.host.provider else { return Ok(Arrival::Stale) };
        let now = self.clock.now();
        let Some(kept) = self.kept(brought.sealed) else { return Ok(Arrival::Stale) };
        let same = bool::from(kept.state.as_bytes().ct_eq(brought.state.as_bytes()));
        if !same || now >= Instant::from_millis(kept.left).plus_millis(LASTS) {
            return Ok(Arrival::Stale);
        }
        let claims = match provider.claims(&self.round(&kept), brought.code, now).await {
            Ok(claims) => claims,
            Err(problem @ (Unknown::Unreachable(_) | Unknown::Refused(_))) => {
                tracing::warn!(%problem, "somebody was not signed in by the provider");
                return Ok(Arrival::Broken);
            }
        };
        let proven = claims.auth_time.map(|seconds| Instant::from_millis(seconds.saturating_mul(1000)));
        let Some(person) = self.known_by_provider(provider.issuer(), provider.registers(), claims).await? else {
            return Ok(Arrival::Nobody);
        };
        if let Some(asked) = &kept.prove {
            let fresh = proven.is_some_and(|at| at.plus_millis(SKEW).millis() >= kept.left);
            if *asked != person || !fresh {
                return Ok(Arrival::NotProven);
            }
        }
        let begin = Begin::by_provider(person, browser, before, proven);
        let begun = self.begin_session(begin, |_, _, _| Ok(true)).await?;
        Ok(begun.map_or(Arrival::Nobody, |begun| Arrival::In(begun, kept.back)))
    }

    fn kept(&self, sealed: &str) -> Option<Kept> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let digits: Vec<u8> = sealed.bytes().take(8192).map(digit).collect::<Option<_>>()?;
        let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
        serde_json::from_slice(&seal::open(&self.host.link_key, PURPOSE, &bytes)?).ok()
    }

    /// Whom a provider means; who is met for the first time is kept, or added where that is wanted.
    async fn known_by_provider(
        &self,
        issuer: &str,
        register: bool,
        claims: Claims,
    ) -> Result<Option<PersonId>, ServiceError> {
        let (ctx, issuer) = (self.ctx(), issuer.to_owned());
        let write = move |tx: &mut dyn Connection| {
            if let Some(person) = rows::find(tx, &issuer, &claims.subject)? {
                return Ok::<_, ServiceError>(Some(person));
            }
            let Some(email) = claims.email.as_deref().filter(|_| claims.email_verified) else { return Ok(None) };
            let person = match people::by_email(tx, &email.trim().to_ascii_lowercase())? {
                // Another account of the same provider had this address before: it may have changed hands.
                Some(person) if rows::is_known(tx, &issuer, &person.id)? => return Ok(None),
                Some(person) => person.id,
                None if register => added(tx, &ctx, email, &claims)?,
                None => return Ok(None),
            };
            rows::insert(tx, (&issuer, &claims.subject), &person, ctx.now)?;
            let deed = Deed::new("openid-account.added", format!("person:{person}")).subject(&person);
            record(tx, &ctx, &Actor::system(), deed.after(json!({ "issuer": issuer })))?;
            Ok(Some(person))
        };
        self.store.write(write).await
    }
}

/// Adds somebody whom only the provider knows; their id is made of their address.
fn added(tx: &mut dyn Connection, ctx: &Ctx, email: &str, claims: &Claims) -> Result<PersonId, ServiceError> {
    let local = email.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let plain: String = local.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let plain = plain.trim_matches('-').to_owned();
    let stem = if is_slug(&plain) { plain } else { "person".to_owned() };
    let mut id = stem.clone();
    for number in 2.. {
        if people::find(tx, &PersonId::new(id.as_str()))?.is_none() {
            break;
        }
        id = format!("{stem}-{number}");
    }
    let zone = claims.zoneinfo.as_deref().and_then(|zone| zone.parse::<Zone>().ok()).unwrap_or(Zone::UTC);
    let new = persons::NewPerson {
        id,
        name: claims.name.clone().unwrap_or_else(|| email.to_owned()),
        email: email.to_owned(),
        phone: None,
        zone: zone.name().to_owned(),
        admin: false,
    };
    let person: Person = new.checked()?;
    persons::create(tx, ctx, &Actor::system(), &person)?;
    Ok(person.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::rota;

    fn claims(subject: &str, email: &str, verified: bool) -> Claims {
        Claims {
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            email_verified: verified,
            name: Some("Zoë Q".to_owned()),
            zoneinfo: Some("Asia/Singapore".to_owned()),
            auth_time: None,
        }
    }

    #[tokio::test]
    async fn somebody_is_known_by_a_verified_address_once_and_by_the_subject_for_ever() {
        let (_folder, service) = rota().await;
        let met = async |claims: Claims| service.known_by_provider("https://id", false, claims).await.unwrap();
        assert_eq!(met(claims("1", "ada@example.org", false)).await, None);
        assert_eq!(met(claims("1", "Ada@Example.org", true)).await, Some("ada".into()));
        assert_eq!(met(claims("1", "another@example.org", false)).await, Some("ada".into()));
        assert_eq!(met(claims("2", "ada@example.org", true)).await, None, "the address has changed hands");
        assert_eq!(met(claims("3", "stranger@example.org", true)).await, None);
    }

    #[tokio::test]
    async fn strangers_are_added_only_where_that_is_wanted() {
        let (_folder, service) = rota().await;
        let met = async |claims: Claims| service.known_by_provider("https://id", true, claims).await.unwrap();
        assert_eq!(met(claims("1", "ben@other.example", false)).await, None);
        assert_eq!(met(claims("1", "ben@other.example", true)).await, Some("ben-2".into()));
        assert_eq!(met(claims("2", "z.o_e+x@other.example", true)).await, Some("z-o-e-x".into()));
        let added = service.person_by_login(&Actor::operator(), "ben-2").await.unwrap();
        assert_eq!((added.zone, added.admin), (Zone::Asia__Singapore, false));
    }

    #[tokio::test]
    async fn what_comes_back_must_be_what_left() {
        let (_folder, service) = rota().await;
        let kept = Kept {
            state: "s".to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            back: "/".to_owned(),
            left: 0,
            prove: None,
        };
        let text = serde_json::to_vec(&kept).unwrap();
        let sealed = hex(&seal::seal(&service.host.link_key, PURPOSE, &text).unwrap());
        assert_eq!(service.kept(&sealed).unwrap().state, "s");
        for wrong in ["", "00", "zz", &sealed[2..], &sealed.replace('0', "1")] {
            assert!(service.kept(wrong).is_none(), "{wrong}");
        }
    }
}
