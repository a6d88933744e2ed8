//! What may happen: one use case, one transaction. Each authorizes, reads, decides, writes, and leaves its audit and
//! outbox rows beside the change. Protocols translate to and from these functions and know nothing else.

mod addresses;
pub mod advance;
pub mod audit;
pub mod availability;
pub mod calendars;
pub mod call_outs;
pub mod certificates;
pub mod check;
pub mod clients;
mod clock;
pub mod conflicts;
pub mod delegates;
pub mod delivery;
pub mod desk;
mod error;
mod feeds;
pub mod fields;
pub mod figures;
pub mod first_run;
pub mod handover;
mod homes;
pub mod import;
mod instance;
mod lead;
pub mod letters;
pub mod links;
pub mod mailbox;
pub mod months;
pub mod oncall;
pub mod openid;
pub mod outbox;
pub mod pagers;
pub mod pages;
mod passwords;
pub mod pay;
pub mod people;
pub mod planning;
pub mod reminders;
pub mod render;
pub mod reports;
pub mod requirements;
pub mod rights;
mod seal;
pub mod second_factor;
mod secret;
pub mod self_test;
pub mod sessions;
pub mod snapshot;
pub mod swaps;
pub mod team_page;
pub mod teams;
pub mod templates;
#[cfg(test)]
mod testing;
pub mod tokens;
mod totp;
pub mod webhooks;

pub use crate::store::Quiet;
pub use clock::Clock;
pub use error::ServiceError;
pub use lead::Lead;
pub use secret::draw_password as drawn_password;

use crate::ids::{PersonId, TokenId};
use crate::outbound::{Provider, Reach, VapidKey};
use crate::roster::model::Channel;
use crate::roster::quiet::QuietHours;
use crate::roster::snapshot::SigningKey;
use crate::store::{Store, StoreError, copy, instance as rows};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use std::fmt::{self, Write};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Everything Dogwatch can do. Cheap to clone; clones share the store.
#[derive(Clone, Debug)]
pub struct Service {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    pub(crate) host: Arc<HostSettings>,
    /// Room for searches that run at once.
    pub(crate) solving: Arc<Semaphore>,
    kept: planning::Kept,
}

/// Searches that run at once; others wait for their turn.
const SOLVING: usize = 2;

/// What the instance is called and what it signs with.
#[derive(Clone)]
pub struct HostSettings {
    /// Where people and calendar apps reach it, without a trailing slash: `https://calendar.example.org`.
    pub public_url: String,
    /// The host of `public_url`, used in UIDs.
    pub host: String,
    /// Changes when a backup is restored, so that sync tokens from after the backup are refused.
    pub epoch: String,
    /// Signs links; never shown.
    pub link_key: [u8; 32],
    /// Signs snapshots of who is on call.
    pub snapshot_key: SigningKey,
    /// When people who chose nothing else are left alone; nobody is reminded of anything where it is absent.
    pub reminding: Option<QuietHours>,
    /// How push messages are sent.
    pub push: calendars::PushSettings,
    /// To which servers it speaks where somebody else chose the address.
    pub reach: Reach,
    /// How mail is sent, if it is.
    pub mail: Option<letters::MailSettings>,
    /// By whom people may sign in beside their password.
    pub provider: Option<Arc<Provider>>,
}

impl fmt::Debug for HostSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostSettings").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// What a transaction may know of the world outside: its moment and its host.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// When the use case began; one moment for all its rows.
    pub now: Instant,
    /// The instance.
    pub host: Arc<HostSettings>,
}

impl Ctx {
    /// A new identifier. A transaction that is run again draws other ones, which is harmless: nothing of the first run
    /// is kept.
    #[must_use]
    pub fn fresh(&self) -> String {
        uuid::Uuid::now_v7().to_string()
    }
}

/// Who acts, and by which way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub who: Who,
    /// By which way; written to the audit trail.
    pub channel: Channel,
    /// They came with an app password that changes nothing in calendars.
    pub reads_only: bool,
    /// They came with the app password of their on-call phone.
    pub on_call_phone: bool,
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody who signed in.
    Person(PersonId),
    /// A program with an API token.
    Token {
        /// The token's public part.
        id: TokenId,
        /// What it is called.
        label: String,
        /// How far it reaches.
        scope: Scope,
        /// On whose behalf, where it is somebody's.
        person: Option<PersonId>,
    },
    /// Somebody at the command line of the machine.
    Operator,
    /// Nobody: time passed.
    System,
}

/// How far an API token reaches; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Look at rosters and who is on call.
    Read,
    /// Plan, publish and answer.
    Roster,
    /// Everything, answering for anybody included.
    Admin,
}

impl Actor {
    /// Somebody who signed in.
    #[must_use]
    pub fn person(person: PersonId, channel: Channel) -> Self {
        Self { who: Who::Person(person), channel, reads_only: false, on_call_phone: false }
    }

    /// Somebody at the machine's command line.
    #[must_use]
    pub fn operator() -> Self {
        Self { who: Who::Operator, channel: Channel::Cli, reads_only: false, on_call_phone: false }
    }

    /// What happens because time passes.
    #[must_use]
    pub fn system() -> Self {
        Self { who: Who::System, channel: Channel::System, reads_only: false, on_call_phone: false }
    }

    /// The person who acts, or on whose behalf a token acts.
    #[must_use]
    pub fn person_id(&self) -> Option<&PersonId> {
        match &self.who {
            Who::Person(person) => Some(person),
            Who::Token { person, .. } => person.as_ref(),
            Who::Operator | Who::System => None,
        }
    }

    /// How the audit trail names the actor.
    #[must_use]
    pub fn audit_name(&self) -> String {
        match &self.who {
            Who::Person(person) => format!("person:{person}"),
            Who::Token { id, person: None, .. } => format!("token:{id}"),
            Who::Token { id, person: Some(person), .. } => format!("token:{id} for person:{person}"),
            Who::Operator => "operator".to_owned(),
            Who::System => "system".to_owned(),
        }
    }
}

impl Service {
    /// The service over a store; `public_url` is how the world reaches it. Draws the instance's epoch and link key the
    /// first time; what was a backup until now begins anew.
    pub async fn open(store: Store, public_url: &str, clock: Clock) -> Result<Self, ServiceError> {
        let public_url = public_url.trim_end_matches('/').to_owned();
        let host = host_of(&public_url).ok_or_else(|| {
            ServiceError::invalid("public_url", "must be like https://calendar.example.org, with http or https")
        })?;
        if store.read(copy::is_unfinished).await? {
            return Err(StoreError::Refused(
                "the database holds an unfinished copy of another one; run dogwatch copy again".to_owned(),
            )
            .into());
        }
        let (fresh_epoch, fresh_key, fresh_vapid, fresh_seed) =
            (hex(&random::<8>()?), hex(&random::<32>()?), hex(&random::<32>()?), hex(&random::<32>()?));
        let (restored, fresh_again) = (clock.now(), fresh_epoch.clone());
        let (epoch, key, vapid, seed) = store
            .write(move |tx| {
                instance::begin_anew(tx, restored, &fresh_again)?;
                let epoch = rows::find_or_set(tx, "epoch", &fresh_epoch)?;
                let key = rows::find_or_set(tx, "link_key", &fresh_key)?;
                let vapid = rows::find_or_set(tx, "vapid_key", &fresh_vapid)?;
                Ok::<_, ServiceError>((epoch, key, vapid, rows::find_or_set(tx, "snapshot_key", &fresh_seed)?))
            })
            .await?;
        let link_key = unhex(&key).ok_or_else(|| StoreError::Shape("the link key is not 64 hex digits".to_owned()))?;
        let vapid = unhex(&vapid).and_then(|secret| VapidKey::from_bytes(&secret));
        let key = vapid.ok_or_else(|| StoreError::Shape("the key for push messages is no key of P-256".to_owned()))?;
        let seed = unhex(&seed).and_then(|seed| SigningKey::of(&seed));
        let snapshot_key =
            seed.ok_or_else(|| StoreError::Shape("the key for snapshots is not 64 hex digits".to_owned()))?;
        let push = calendars::PushSettings { enabled: true, key, contact: None };
        let host = HostSettings {
            public_url,
            host,
            epoch,
            link_key,
            snapshot_key,
            reminding: Some(QuietHours::default()),
            push,
            reach: Reach::default(),
            mail: None,
            provider: None,
        };
        Ok(Self {
            store,
            clock,
            host: Arc::new(host),
            solving: Arc::new(Semaphore::new(SOLVING)),
            kept: planning::Kept::default(),
        })
    }

    /// The same service at another moment: what is done through it is done then. The demo makes its past by it.
    #[must_use]
    pub fn as_of(&self, at: Instant) -> Self {
        Self { clock: self.clock.clone().stopped_at(at), ..self.clone() }
    }

    /// Whether everything can be read and nothing stored.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        self.store.reads_only()
    }

    /// What the transactions of one use case may know: this moment, and the instance.
    #[must_use]
    pub fn ctx(&self) -> Ctx {
        Ctx { now: self.clock.now(), host: Arc::clone(&self.host) }
    }
}

/// The host of an `http` or `https` URL, without its port.
fn host_of(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or(v6),
        None => authority.split(':').next().unwrap_or(authority),
    };
    (!host.is_empty() && !authority.contains('@')).then(|| host.to_ascii_lowercase())
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ServiceError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|problem| StoreError::Engine(format!("the system gives no random numbers: {problem}")))?;
    Ok(bytes)
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Exactly so many bytes from hex digits.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
    if digits.len() == N * 2 { bytes.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_instance_keeps_its_epoch_and_link_key() {
        let place = crate::store::testing::Place::new();
        let store = place.open();
        let open = || Service::open(store.clone(), "http://Calendar.example.org:8080/", Clock::system());
        let (first, second) = (open().await.unwrap(), open().await.unwrap());
        assert_eq!(first.host.host, "calendar.example.org");
        assert_eq!(first.host.public_url, "http://Calendar.example.org:8080");
        assert_eq!(first.host.epoch, second.host.epoch);
        assert_eq!(first.host.link_key, second.host.link_key);
    }

    #[test]
    fn a_host_is_taken_from_the_public_url_alone() {
        assert_eq!(host_of("http://[::1]:8080/x").as_deref(), Some("::1"));
        assert_eq!(host_of("ftp://example.org"), None);
        assert_eq!(host_of("https://me@example.org"), None);
    }
}
