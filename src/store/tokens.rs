//! Secrets of programs: app passwords, API tokens and feeds. Only hashes are stored; the public part is the key.

use super::{Connection, Row, StoreError, Value, pushes};
use crate::ids::{PersonId, TeamId, TokenId};
use crate::time::Instant;

/// How long a secret lives and when it was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// When it was made.
    pub created: Instant,
    /// The first moment at which it is no longer good.
    pub expires: Option<Instant>,
    /// When it was used last, to about a quarter of an hour.
    pub last_used: Option<Instant>,
    /// When it was revoked.
    pub revoked: Option<Instant>,
}

impl Life {
    /// Of a secret that is made now and never expires by itself.
    #[must_use]
    pub const fn starting(now: Instant) -> Self {
        Self { created: now, expires: None, last_used: None, revoked: None }
    }

    /// Whether it is neither revoked nor expired.
    #[must_use]
    pub fn is_good(&self, now: Instant) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// A password for one calendar app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPassword {
    /// The public part.
    pub id: TokenId,
    /// Whose.
    pub person: PersonId,
    /// What the person calls it.
    pub label: String,
    /// SHA-256 of the secret part.
    pub hash: Vec<u8>,
    /// `dav` or `dav-ro`.
    pub scope: String,
    /// The device is the on-call phone.
    pub phone_device: bool,
    /// Its times.
    pub life: Life,
}

/// A token of the JSON API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// The public part.
    pub id: TokenId,
    /// On whose behalf, where it is somebody's.
    pub person: Option<PersonId>,
    /// What it is called.
    pub label: String,
    /// SHA-256 of the secret part.
    pub hash: Vec<u8>,
    /// `read`, `roster` or `admin`.
    pub scope: String,
    /// Its times.
    pub life: Life,
}

/// A private calendar link for programs that can't sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// What it is called in lists and when it is revoked.
    pub id: TokenId,
    /// SHA-256 of the secret in its path.
    pub hash: Vec<u8>,
    /// Whose shifts it shows; with a team: who holds the link.
    pub person: Option<PersonId>,
    /// Whose roster it shows.
    pub team: Option<TeamId>,
    /// What it is called.
    pub label: String,
    /// Its times; feeds don't expire.
    pub life: Life,
}

const APP_PASSWORD: &str = "SELECT created_ms, expires_ms, last_used_ms, revoked_ms, id, hash, label, person, scope,
    phone_device FROM app_password";
const API_TOKEN: &str =
    "SELECT created_ms, expires_ms, last_used_ms, revoked_ms, id, hash, label, person, scope FROM api_token";
const FEED: &str = "SELECT created_ms, NULL, last_used_ms, revoked_ms, id, hash, label, person, team FROM feed";

fn life(row: &Row) -> Result<Life, StoreError> {
    Ok(Life {
        created: row.instant(0)?,
        expires: row.opt_instant(1)?,
        last_used: row.opt_instant(2)?,
        revoked: row.opt_instant(3)?,
    })
}

fn app_password(row: &Row) -> Result<AppPassword, StoreError> {
    Ok(AppPassword {
        life: life(row)?,
        id: TokenId::new(row.text(4)?),
        hash: row.bytes(5)?,
        label: row.text(6)?,
        person: PersonId::new(row.text(7)?),
        scope: row.text(8)?,
        phone_device: row.boolean(9)?,
    })
}

fn api_token(row: &Row) -> Result<ApiToken, StoreError> {
    Ok(ApiToken {
        life: life(row)?,
        id: TokenId::new(row.text(4)?),
        hash: row.bytes(5)?,
        label: row.text(6)?,
        person: row.opt_text(7)?.map(PersonId::new),
        scope: row.text(8)?,
    })
}

fn feed(row: &Row) -> Result<Feed, StoreError> {
    Ok(Feed {
        life: life(row)?,
        id: TokenId::new(row.text(4)?),
        hash: row.bytes(5)?,
        label: row.text(6)?,
        person: row.opt_text(7)?.map(PersonId::new),
        team: row.opt_text(8)?.map(TeamId::new),
    })
}

/// What signing in with an app password looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub person: PersonId,
    /// The person's mail address.
    pub email: String,
    /// The person may not sign in.
    pub disabled: bool,
    /// SHA-256 of the secret part.
    pub hash: Vec<u8>,
    /// `dav` or `dav-ro`.
    pub scope: String,
    /// The device is the on-call phone.
    pub phone_device: bool,
    /// Its times.
    pub life: Life,
}

/// The app password of an id with the person behind it, good or not: each request asks for this.
pub fn credential(tx: &mut dyn Connection, id: &TokenId) -> Result<Option<Credential>, StoreError> {
    let sql = "SELECT app_password.created_ms, expires_ms, last_used_ms, revoked_ms, person, email, disabled_ms, hash,
           scope, phone_device FROM app_password JOIN person ON person.id = app_password.person
         WHERE app_password.id = $1";
    let Some(mut row) = tx.query_one(sql, &[id.into()])? else { return Ok(None) };
    Ok(Some(Credential {
        life: life(&row)?,
        person: PersonId::new(row.take_text(4)?),
        email: row.take_text(5)?,
        disabled: row.opt_int(6)?.is_some(),
        hash: row.take_bytes(7)?,
        scope: row.take_text(8)?,
        phone_device: row.boolean(9)?,
    }))
}

/// The app password of an id, good or not.
pub fn find_app_password(tx: &mut dyn Connection, id: &TokenId) -> Result<Option<AppPassword>, StoreError> {
    let row = tx.query_one(&format!("{APP_PASSWORD} WHERE id = $1"), &[id.into()])?;
    row.as_ref().map(app_password).transpose()
}

/// A person's app passwords, revoked ones too, the oldest first.
pub fn app_passwords_of(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<AppPassword>, StoreError> {
    let sql = format!("{APP_PASSWORD} WHERE person = $1 ORDER BY created_ms, id");
    tx.query(&sql, &[person.into()])?.iter().map(app_password).collect()
}

/// Adds an app password.
pub fn insert_app_password(tx: &mut dyn Connection, password: &AppPassword) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO app_password (id, person, label, hash, scope, phone_device, created_ms, expires_ms, last_used_ms,
           revoked_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            (&password.id).into(),
            (&password.person).into(),
            (&password.label).into(),
            password.hash.clone().into(),
            (&password.scope).into(),
            password.phone_device.into(),
            password.life.created.into(),
            password.life.expires.into(),
            password.life.last_used.into(),
            password.life.revoked.into(),
        ],
    )?;
    Ok(())
}

/// The API token of an id, good or not.
pub fn find_api_token(tx: &mut dyn Connection, id: &TokenId) -> Result<Option<ApiToken>, StoreError> {
    let row = tx.query_one(&format!("{API_TOKEN} WHERE id = $1"), &[id.into()])?;
    row.as_ref().map(api_token).transpose()
}

/// Every API token, revoked ones too, the oldest first.
pub fn api_tokens(tx: &mut dyn Connection) -> Result<Vec<ApiToken>, StoreError> {
    tx.query(&format!("{API_TOKEN} ORDER BY created_ms, id"), &[])?.iter().map(api_token).collect()
}

/// Adds an API token.
pub fn insert_api_token(tx: &mut dyn Connection, token: &ApiToken) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_token (id, person, label, hash, scope, created_ms, expires_ms, last_used_ms, revoked_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            (&token.id).into(),
            token.person.as_ref().into(),
            (&token.label).into(),
            token.hash.clone().into(),
            (&token.scope).into(),
            token.life.created.into(),
            token.life.expires.into(),
            token.life.last_used.into(),
            token.life.revoked.into(),
        ],
    )?;
    Ok(())
}

/// The feed whose secret has this hash, good or not.
pub fn feed_by_hash(tx: &mut dyn Connection, hash: &[u8]) -> Result<Option<Feed>, StoreError> {
    let row = tx.query_one(&format!("{FEED} WHERE hash = $1"), &[hash.into()])?;
    row.as_ref().map(feed).transpose()
}

/// The feed of an id, good or not.
pub fn find_feed(tx: &mut dyn Connection, id: &TokenId) -> Result<Option<Feed>, StoreError> {
    let row = tx.query_one(&format!("{FEED} WHERE id = $1"), &[id.into()])?;
    row.as_ref().map(feed).transpose()
}

/// The feeds of a person, of their teams' rosters too, revoked ones too, the oldest first.
pub fn feeds_of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Feed>, StoreError> {
    let sql = format!("{FEED} WHERE person = $1 ORDER BY created_ms, id");
    tx.query(&sql, &[person.into()])?.iter().map(feed).collect()
}

/// The feeds of a team's roster, revoked ones too, the oldest first.
pub fn feeds_of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Feed>, StoreError> {
    let sql = format!("{FEED} WHERE team = $1 ORDER BY created_ms, id");
    tx.query(&sql, &[team.into()])?.iter().map(feed).collect()
}

/// Adds a feed.
pub fn insert_feed(tx: &mut dyn Connection, feed: &Feed) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO feed (id, hash, person, team, label, created_ms, last_used_ms, revoked_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            (&feed.id).into(),
            feed.hash.clone().into(),
            feed.person.as_ref().into(),
            feed.team.as_ref().into(),
            (&feed.label).into(),
            feed.life.created.into(),
            feed.life.last_used.into(),
            feed.life.revoked.into(),
        ],
    )?;
    Ok(())
}

/// The tables that hold secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// App passwords.
    AppPassword,
    /// API tokens.
    ApiToken,
    /// Feeds.
    Feed,
}

impl SecretKind {
    const fn table(self) -> &'static str {
        match self {
            Self::AppPassword => "app_password",
            Self::ApiToken => "api_token",
            Self::Feed => "feed",
        }
    }
}

/// Revokes a secret, and what came with an app password; false where there is none of that id that is not revoked.
pub fn revoke(tx: &mut dyn Connection, kind: SecretKind, id: &TokenId, now: Instant) -> Result<bool, StoreError> {
    let sql = format!("UPDATE {} SET revoked_ms = $1 WHERE id = $2 AND revoked_ms IS NULL", kind.table());
    if kind == SecretKind::AppPassword {
        pushes::end_password(tx, id)?;
    }
    Ok(tx.execute(&sql, &[now.into(), id.into()])? == 1)
}

/// Revokes every secret of a person; how many.
pub fn revoke_all(tx: &mut dyn Connection, person: &PersonId, now: Instant) -> Result<u64, StoreError> {
    let mut revoked = 0;
    pushes::end_person(tx, person)?;
    for kind in [SecretKind::AppPassword, SecretKind::ApiToken, SecretKind::Feed] {
        let sql = format!("UPDATE {} SET revoked_ms = $1 WHERE person = $2 AND revoked_ms IS NULL", kind.table());
        revoked += tx.execute(&sql, &[now.into(), person.into()])?;
    }
    Ok(revoked)
}

/// Writes that a secret was used, unless it was used since `stale`.
pub fn note_use(
    tx: &mut dyn Connection,
    kind: SecretKind,
    id: &TokenId,
    now: Instant,
    stale: Instant,
) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE {} SET last_used_ms = $1 WHERE id = $2 AND (last_used_ms IS NULL OR last_used_ms <= $3)",
        kind.table()
    );
    tx.execute(&sql, &[Value::from(now), id.into(), stale.into()])?;
    Ok(())
}
