//! Second factors: what codes are made from, sealed, and single codes for when the telephone is lost, as hashes.

use super::{Connection, Row, StoreError, many};
use crate::ids::PersonId;
use crate::time::Instant;

/// Somebody's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// What codes are made from, sealed.
    pub sealed: Vec<u8>,
    /// When a first code proved that the telephone has it; until then it is not asked for.
    pub confirmed: Option<Instant>,
    /// The step of the last code that was taken.
    pub last_step: i64,
    /// Wrong codes since the last right one.
    pub failures: u32,
    /// When the last wrong one came.
    pub failed: Option<Instant>,
}

fn factor(row: &Row) -> Result<SecondFactor, StoreError> {
    Ok(SecondFactor {
        sealed: row.bytes(0)?,
        confirmed: row.opt_instant(1)?,
        last_step: row.int(2)?,
        failures: row.unsigned(3)?,
        failed: row.opt_instant(4)?,
    })
}

/// A person's, confirmed or not.
pub fn find(tx: &mut dyn Connection, person: &PersonId) -> Result<Option<SecondFactor>, StoreError> {
    let sql = "SELECT sealed, confirmed_ms, last_step, failures, failed_ms FROM second_factor WHERE person = $1";
    tx.query_one(sql, &[person.into()])?.as_ref().map(factor).transpose()
}

/// Begins with a new one in the place of one that was never confirmed; false where there is a confirmed one.
pub fn begin(tx: &mut dyn Connection, person: &PersonId, sealed: &[u8]) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM second_factor WHERE person = $1 AND confirmed_ms IS NULL", &[person.into()])?;
    let sql = "INSERT INTO second_factor (person, sealed, last_step, failures) VALUES ($1, $2, 0, 0)
        ON CONFLICT (person) DO NOTHING";
    Ok(tx.execute(sql, &[person.into(), sealed.to_vec().into()])? == 1)
}

/// Confirms it; false where that was done before.
pub fn confirm(tx: &mut dyn Connection, person: &PersonId, now: Instant) -> Result<bool, StoreError> {
    let sql = "UPDATE second_factor SET confirmed_ms = $1 WHERE person = $2 AND confirmed_ms IS NULL";
    Ok(tx.execute(sql, &[now.into(), person.into()])? == 1)
}

/// Takes the code of a step, once; false where that step or a later one was taken before.
pub fn take(tx: &mut dyn Connection, person: &PersonId, step: i64) -> Result<bool, StoreError> {
    let sql = "UPDATE second_factor SET last_step = $1, failures = 0 WHERE person = $2 AND last_step < $1";
    Ok(tx.execute(sql, &[step.into(), person.into()])? == 1)
}

/// Counts a wrong code.
pub fn fail(tx: &mut dyn Connection, person: &PersonId, now: Instant) -> Result<(), StoreError> {
    let sql = "UPDATE second_factor SET failures = failures + 1, failed_ms = $1 WHERE person = $2";
    tx.execute(sql, &[now.into(), person.into()]).map(drop)
}

/// Forgets the wrong codes.
pub fn forgive(tx: &mut dyn Connection, person: &PersonId) -> Result<(), StoreError> {
    tx.execute("UPDATE second_factor SET failures = 0 WHERE person = $1", &[person.into()]).map(drop)
}

/// Removes it with its single codes; false where there was none.
pub fn remove(tx: &mut dyn Connection, person: &PersonId) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM recovery_code WHERE person = $1", &[person.into()])?;
    Ok(tx.execute("DELETE FROM second_factor WHERE person = $1", &[person.into()])? == 1)
}

/// Puts new single codes in the place of the old ones.
pub fn set_codes(tx: &mut dyn Connection, person: &PersonId, hashes: &[Vec<u8>]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM recovery_code WHERE person = $1", &[person.into()])?;
    let rows = hashes.iter().map(|hash| vec![person.into(), hash.clone().into()]).collect();
    many::insert(tx, "recovery_code (person, hash)", rows)
}

/// Uses a single code up; false where there is none such.
pub fn use_code(tx: &mut dyn Connection, person: &PersonId, hash: &[u8]) -> Result<bool, StoreError> {
    let sql = "DELETE FROM recovery_code WHERE person = $1 AND hash = $2";
    Ok(tx.execute(sql, &[person.into(), hash.to_vec().into()])? == 1)
}

/// How many single codes are left.
pub fn codes_left(tx: &mut dyn Connection, person: &PersonId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM recovery_code WHERE person = $1", &[person.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}
