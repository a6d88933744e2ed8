//! Leases: which process does background work, until when, and with which fencing number.

use super::{Connection, StoreError};
use crate::time::Instant;

/// Takes or renews the lease of a name until `until`; the fencing number, or nothing where somebody else holds it. The
/// number goes up with each change of holder.
pub fn take(
    tx: &mut dyn Connection,
    name: &str,
    holder: &str,
    now: Instant,
    until: Instant,
) -> Result<Option<i64>, StoreError> {
    let first = "INSERT INTO lease (name, holder, expires_ms, fence) VALUES ($1, $2, $3, 1)
         ON CONFLICT (name) DO NOTHING";
    if tx.execute(first, &[name.into(), holder.into(), until.into()])? == 1 {
        return Ok(Some(1));
    }
    let again = "UPDATE lease SET expires_ms = $1, fence = fence + CASE WHEN holder = $2 THEN 0 ELSE 1 END, holder = $2
         WHERE name = $3 AND (holder = $2 OR expires_ms <= $4) RETURNING fence";
    let row = tx.query_one(again, &[until.into(), holder.into(), name.into(), now.into()])?;
    row.map(|row| row.int(0)).transpose()
}

/// Renews the lease for as long as it is the holder's under this fencing number. False where somebody else has taken it
/// over meanwhile: what the holder was about to do is theirs now.
pub fn renew(
    tx: &mut dyn Connection,
    name: &str,
    holder: &str,
    fence: i64,
    until: Instant,
) -> Result<bool, StoreError> {
    let sql = "UPDATE lease SET expires_ms = $1 WHERE name = $2 AND holder = $3 AND fence = $4";
    Ok(tx.execute(sql, &[until.into(), name.into(), holder.into(), fence.into()])? == 1)
}

/// Whether anybody holds the lease.
pub fn is_held(tx: &mut dyn Connection, name: &str, now: Instant) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM lease WHERE name = $1 AND expires_ms > $2";
    Ok(tx.query_one(sql, &[name.into(), now.into()])?.is_some())
}

/// Whether this holder has the lease, however long ago it was renewed.
pub fn is_holder(tx: &mut dyn Connection, name: &str, holder: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM lease WHERE name = $1 AND holder = $2";
    Ok(tx.query_one(sql, &[name.into(), holder.into()])?.is_some())
}

/// Gives a lease up, if it is still the holder's.
pub fn release(tx: &mut dyn Connection, name: &str, holder: &str) -> Result<(), StoreError> {
    let sql = "UPDATE lease SET expires_ms = 0 WHERE name = $1 AND holder = $2";
    tx.execute(sql, &[name.into(), holder.into()])?;
    Ok(())
}
