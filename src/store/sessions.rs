//! Browsers in which somebody is signed in. Only the hash of the secret in the cookie is stored.

use super::{Connection, Row, StoreError};
use crate::ids::{PersonId, TokenId};
use crate::time::Instant;

/// A browser in which somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What it is called in lists and when it is ended.
    pub id: TokenId,
    /// Whose.
    pub person: PersonId,
    /// SHA-256 of the secret in the cookie.
    pub hash: Vec<u8>,
    /// The hash before this one, and the first moment at which it counts no more.
    pub former: Option<(Vec<u8>, Instant)>,
    /// What the person could do when the secret was drawn.
    pub rights: String,
    /// As the browser called itself, shortened.
    pub browser: String,
    /// When it began.
    pub created: Instant,
    /// When the person last proved who they are.
    pub proven: Instant,
    /// When it was used last, to a few minutes.
    pub seen: Instant,
    /// The first moment at which it is over, however much it is used.
    pub expires: Instant,
}

const SESSION: &str =
    "SELECT id, person, hash, former, former_until_ms, rights, browser, created_ms, proven_ms, seen_ms,
    expires_ms FROM session";

fn session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        id: TokenId::new(row.text(0)?),
        person: PersonId::new(row.text(1)?),
        hash: row.bytes(2)?,
        former: row.opt_bytes(3)?.zip(row.opt_instant(4)?),
        rights: row.text(5)?,
        browser: row.text(6)?,
        created: row.instant(7)?,
        proven: row.instant(8)?,
        seen: row.instant(9)?,
        expires: row.instant(10)?,
    })
}

/// Adds one.
pub fn insert(tx: &mut dyn Connection, session: &Session) -> Result<(), StoreError> {
    let (former, until) = session.former.clone().unzip();
    tx.execute(
        "INSERT INTO session (id, person, hash, former, former_until_ms, rights, browser, created_ms, proven_ms, seen_ms,
           expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            (&session.id).into(),
            (&session.person).into(),
            session.hash.clone().into(),
            former.into(),
            until.into(),
            (&session.rights).into(),
            (&session.browser).into(),
            session.created.into(),
            session.proven.into(),
            session.seen.into(),
            session.expires.into(),
        ],
    )?;
    Ok(())
}

/// The one whose secret has this hash, or had it before.
pub fn by_hash(tx: &mut dyn Connection, hash: &[u8]) -> Result<Option<Session>, StoreError> {
    let sql = format!("{SESSION} WHERE hash = $1 OR former = $1");
    tx.query_one(&sql, &[hash.to_vec().into()])?.as_ref().map(session).transpose()
}

/// A person's, the one used last first.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Session>, StoreError> {
    let sql = format!("{SESSION} WHERE person = $1 ORDER BY seen_ms DESC, id");
    tx.query(&sql, &[person.into()])?.iter().map(session).collect()
}

/// Puts a new secret in the place of the present one, unless somebody else did so meanwhile: whether it was done. With
/// `until` the present one counts up to then.
pub fn replace(
    tx: &mut dyn Connection,
    id: &TokenId,
    (present, new): (&[u8], &[u8]),
    rights: &str,
    until: Option<Instant>,
) -> Result<bool, StoreError> {
    let former = until.map(|_| present.to_vec());
    let sql =
        "UPDATE session SET hash = $1, former = $2, former_until_ms = $3, rights = $4 WHERE id = $5 AND hash = $6";
    let args = [new.to_vec().into(), former.into(), until.into(), rights.into(), id.into(), present.to_vec().into()];
    Ok(tx.execute(sql, &args)? == 1)
}

/// Notes that the person has proved once more who they are.
pub fn prove(tx: &mut dyn Connection, id: &TokenId, now: Instant) -> Result<(), StoreError> {
    tx.execute("UPDATE session SET proven_ms = $1 WHERE id = $2", &[now.into(), id.into()]).map(drop)
}

/// Notes that it is used, where that was last noted before `stale`.
pub fn note_use(tx: &mut dyn Connection, id: &TokenId, now: Instant, stale: Instant) -> Result<(), StoreError> {
    let sql = "UPDATE session SET seen_ms = $1 WHERE id = $2 AND seen_ms < $3";
    tx.execute(sql, &[now.into(), id.into(), stale.into()]).map(drop)
}

/// Ends one; false where there was none.
pub fn end(tx: &mut dyn Connection, id: &TokenId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM session WHERE id = $1", &[id.into()])? > 0)
}

/// Ends all of a person's but one: how many.
pub fn end_others(tx: &mut dyn Connection, person: &PersonId, but: Option<&TokenId>) -> Result<u64, StoreError> {
    let but = but.map_or("", TokenId::as_str);
    tx.execute("DELETE FROM session WHERE person = $1 AND id <> $2", &[person.into(), but.into()])
}

/// Ends everybody's.
pub fn end_all(tx: &mut dyn Connection) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM session", &[])
}

/// Forgets those that are over: past their end, or not used since `idle`.
pub fn sweep(tx: &mut dyn Connection, now: Instant, idle: Instant) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM session WHERE expires_ms <= $1 OR seen_ms <= $2", &[now.into(), idle.into()])
}
