//! Certificates that an authority gave for names of ours (ACME): the accounts there, what was obtained, and what proves at
//! the moment that a name leads here.

use super::{Connection, Row, StoreError, Value};
use crate::certificate::renewal::Held;
use crate::time::Instant;

/// What is held for some names of an authority, and how asking for it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is held; nothing until the first was obtained.
    pub kept: Option<Kept>,
    /// Attempts in a row that brought nothing.
    pub failures: u32,
    /// When the next attempt is made after those.
    pub next: Option<Instant>,
    /// Why the last brought nothing.
    pub problem: Option<String>,
}

/// A certificate as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// For which names: in order, with a blank between them.
    pub names: String,
    /// With those between it and the authority, in PEM.
    pub chain: String,
    /// Its key, sealed.
    pub sealed: Vec<u8>,
    /// When it is good.
    pub held: Held,
}

const COLUMNS: &str = "names, chain, sealed, from_ms, until_ms, obtained_ms";

fn kept(row: &Row) -> Result<Option<Kept>, StoreError> {
    let (Some(chain), Some(sealed)) = (row.opt_text(1)?, row.opt_bytes(2)?) else { return Ok(None) };
    let held = Held { from: row.instant(3)?, until: row.instant(4)?, obtained: row.instant(5)? };
    Ok(Some(Kept { names: row.text(0)?, chain, sealed, held }))
}

/// How it stands with these names at an authority; nothing where they were never asked for.
pub fn find(tx: &mut dyn Connection, directory: &str, names: &str) -> Result<Option<Standing>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, failures, next_ms, problem FROM acme_certificate WHERE directory = $1 AND names = $2"
    );
    let row = tx.query_one(&sql, &[directory.into(), names.into()])?;
    let standing = |row: Row| {
        let (failures, next) = (row.unsigned(6)?, row.opt_instant(7)?);
        Ok(Standing { kept: kept(&row)?, failures, next, problem: row.opt_text(8)? })
    };
    row.map(standing).transpose()
}

/// The certificate that was obtained last, whatever for.
pub fn newest(tx: &mut dyn Connection) -> Result<Option<Kept>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM acme_certificate WHERE obtained_ms IS NOT NULL ORDER BY obtained_ms DESC, names LIMIT 1"
    );
    tx.query_one(&sql, &[])?.as_ref().map_or(Ok(None), kept)
}

/// Writes how the last attempt went, or that one begins.
pub fn set_pause(
    tx: &mut dyn Connection,
    (directory, names): (&str, &str),
    (failures, next): (u32, Instant),
    problem: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO acme_certificate (directory, names, failures, next_ms, problem) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (directory, names) DO UPDATE SET failures = excluded.failures, next_ms = excluded.next_ms,
        problem = excluded.problem";
    let problem = problem.map_or(Value::Null, Value::from);
    tx.execute(sql, &[directory.into(), names.into(), failures.into(), next.into(), problem]).map(drop)
}

/// Ends the pause after the last attempt; how often it failed stays known.
pub fn end_pause(tx: &mut dyn Connection, directory: &str, names: &str) -> Result<(), StoreError> {
    let sql = "UPDATE acme_certificate SET next_ms = NULL WHERE directory = $1 AND names = $2";
    tx.execute(sql, &[directory.into(), names.into()]).map(drop)
}

/// Keeps what was obtained, and forgets the failures before it. What has ended by `held.obtained` and was for other names,
/// or another authority's, is dropped.
pub fn put(tx: &mut dyn Connection, directory: &str, new: &Kept) -> Result<(), StoreError> {
    let sql = "INSERT INTO acme_certificate (directory, names, chain, sealed, from_ms, until_ms, obtained_ms, failures)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
        ON CONFLICT (directory, names) DO UPDATE SET chain = excluded.chain, sealed = excluded.sealed,
        from_ms = excluded.from_ms, until_ms = excluded.until_ms, obtained_ms = excluded.obtained_ms, failures = 0,
        next_ms = NULL, problem = NULL";
    let Held { from, until, obtained } = new.held;
    let sealed = new.sealed.clone();
    let (names, chain) = (new.names.as_str(), new.chain.as_str());
    tx.execute(
        sql,
        &[directory.into(), names.into(), chain.into(), sealed.into(), from.into(), until.into(), obtained.into()],
    )?;
    tx.execute("DELETE FROM acme_certificate WHERE until_ms < $1", &[obtained.into()]).map(drop)
}

/// What an account at an authority is reached by, sealed.
pub fn account(tx: &mut dyn Connection, directory: &str, owner: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT sealed FROM acme_account WHERE directory = $1 AND owner = $2";
    tx.query_one(sql, &[directory.into(), owner.into()])?.map(|row| row.bytes(0)).transpose()
}

/// Keeps an account in the place of the one before; nothing forgets that.
pub fn set_account(
    tx: &mut dyn Connection,
    (directory, owner): (&str, &str),
    sealed: Option<&[u8]>,
    now: Instant,
) -> Result<(), StoreError> {
    let delete = "DELETE FROM acme_account WHERE directory = $1 AND owner = $2";
    tx.execute(delete, &[directory.into(), owner.into()])?;
    let Some(sealed) = sealed else { return Ok(()) };
    let sql = "INSERT INTO acme_account (directory, owner, sealed, created_ms) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, &[directory.into(), owner.into(), sealed.into(), now.into()]).map(drop)
}

/// The digest that an authority expects of a name at the moment (RFC 8737 3).
pub fn challenge(tx: &mut dyn Connection, name: &str, now: Instant) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT digest FROM acme_challenge WHERE name = $1 AND until_ms > $2";
    tx.query_one(sql, &[name.into(), now.into()])?.map(|row| row.bytes(0)).transpose()
}

/// Puts what authorities expect of names in the place of what they expected before; nothing ends it.
pub fn set_challenges(
    tx: &mut dyn Connection,
    challenges: &[(String, [u8; 32])],
    until: Instant,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM acme_challenge", &[])?;
    let sql = "INSERT INTO acme_challenge (name, digest, until_ms) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, until_ms = excluded.until_ms";
    challenges.iter().try_for_each(|(name, digest)| {
        tx.execute(sql, &[name.as_str().into(), digest[..].into(), until.into()]).map(drop)
    })
}
