//! Leases: which process does background work, until when, and with which fencing number.

use super::{Connection, StoreError};
use crate::time::{Instant, MINUTE};

/// Nobody takes a lease for longer, in milliseconds. One that ends later was taken under a clock that ran ahead, and
/// would otherwise be waited for until then.
const LONGEST: i64 = 10 * MINUTE;

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
         WHERE name = $3 AND (holder = $2 OR expires_ms <= $4 OR expires_ms > $5) RETURNING fence";
    let ahead = now.plus_millis(LONGEST);
    let row = tx.query_one(again, &[until.into(), holder.into(), name.into(), now.into(), ahead.into()])?;
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
    let sql = "SELECT 1 FROM lease WHERE name = $1 AND expires_ms > $2 AND expires_ms <= $3";
    Ok(tx.query_one(sql, &[name.into(), now.into(), now.plus_millis(LONGEST).into()])?.is_some())
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

/// Gives every lease up, whoever holds it: for rows that come from another time.
pub fn end_all(tx: &mut dyn Connection) -> Result<(), StoreError> {
    tx.execute("UPDATE lease SET expires_ms = 0", &[]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Place;

    #[tokio::test]
    async fn a_lease_that_was_taken_under_a_clock_that_ran_ahead_is_not_waited_for() {
        let place = Place::new();
        let store = place.open();
        let (now, years) = (Instant::from_millis(1_800_000_000_000), Instant::from_millis(2_100_000_000_000));
        let taken = move |holder: &'static str, at: Instant| {
            move |tx: &mut dyn Connection| take(tx, "x", holder, at, at.plus_millis(MINUTE))
        };
        assert_eq!(store.write(taken("one", years)).await, Ok(Some(1)));
        assert_eq!(store.write(taken("two", years)).await, Ok(None));
        assert!(!store.read(move |tx| is_held(tx, "x", now)).await.unwrap());
        assert_eq!(store.write(taken("two", now)).await, Ok(Some(2)));
        assert_eq!(store.write(taken("one", now)).await, Ok(None));
        assert!(store.read(move |tx| is_held(tx, "x", now)).await.unwrap());
        let renewed = store.write(move |tx| renew(tx, "x", "one", 1, years)).await;
        assert_eq!(renewed, Ok(false), "what the first was about to do is the second's now");
    }
}
