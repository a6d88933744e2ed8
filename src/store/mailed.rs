//! Which edition of an event in somebody's `shifts` was sent to them by mail; what never was needs no calling off.

use super::{Connection, StoreError};
use crate::ids::PersonId;
use crate::time::Instant;

/// The SEQUENCE that was sent last, of a person's event of this UID.
pub fn find(tx: &mut dyn Connection, (person, uid): (&PersonId, &str)) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT sequence FROM mailed_event WHERE person = $1 AND uid = $2";
    tx.query_one(sql, &[person.into(), uid.into()])?.map(|row| row.int(0)).transpose()
}

/// An edition was sent; it is of no interest after its end.
pub fn put(
    tx: &mut dyn Connection,
    (person, uid): (&PersonId, &str),
    sequence: i64,
    end: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO mailed_event (person, uid, sequence, end_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person, uid) DO UPDATE SET sequence = excluded.sequence, end_ms = excluded.end_ms",
        &[person.into(), uid.into(), sequence.into(), end.into()],
    )?;
    Ok(())
}

/// It was called off.
pub fn remove(tx: &mut dyn Connection, (person, uid): (&PersonId, &str)) -> Result<(), StoreError> {
    tx.execute("DELETE FROM mailed_event WHERE person = $1 AND uid = $2", &[person.into(), uid.into()])?;
    Ok(())
}

/// Notes when an answer was written; false where one that was written later has counted already.
pub fn answered(tx: &mut dyn Connection, (person, uid): (&PersonId, &str), at: Instant) -> Result<bool, StoreError> {
    let key = [person.into(), uid.into()];
    let sql = "SELECT answered_ms FROM mailed_event WHERE person = $1 AND uid = $2";
    let last = tx.query_one(sql, &key)?.map_or(Ok(None), |row| row.opt_instant(0))?;
    if last.is_some_and(|last| at < last) {
        return Ok(false);
    }
    let sql = "UPDATE mailed_event SET answered_ms = $1 WHERE person = $2 AND uid = $3";
    tx.execute(sql, &[at.into(), person.into(), uid.into()])?;
    Ok(true)
}

/// Forgets what has ended.
pub fn sweep(tx: &mut dyn Connection, before: Instant) -> Result<(), StoreError> {
    tx.execute("DELETE FROM mailed_event WHERE end_ms < $1", &[before.into()])?;
    Ok(())
}
