//! What a provider of OpenID Connect calls the people who have signed in by it.

use super::{Connection, StoreError};
use crate::ids::PersonId;
use crate::time::Instant;

/// Whom a provider calls so.
pub fn find(tx: &mut dyn Connection, issuer: &str, subject: &str) -> Result<Option<PersonId>, StoreError> {
    let sql = "SELECT person FROM openid_account WHERE issuer = $1 AND subject = $2";
    let row = tx.query_one(sql, &[issuer.into(), subject.into()])?;
    row.map(|row| row.text(0).map(PersonId::new)).transpose()
}

/// Whether a provider calls somebody by any name already.
pub fn is_known(tx: &mut dyn Connection, issuer: &str, person: &PersonId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM openid_account WHERE issuer = $1 AND person = $2";
    Ok(tx.query_one(sql, &[issuer.into(), person.into()])?.is_some())
}

/// Keeps what a provider calls somebody; what it calls them already stays.
pub fn insert(
    tx: &mut dyn Connection,
    (issuer, subject): (&str, &str),
    person: &PersonId,
    now: Instant,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO openid_account (issuer, subject, person, since_ms) VALUES ($1, $2, $3, $4)
        ON CONFLICT (issuer, subject) DO NOTHING";
    tx.execute(sql, &[issuer.into(), subject.into(), person.into(), now.into()]).map(drop)
}
