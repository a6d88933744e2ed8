//! Addresses from which mail came back.

use super::{Connection, StoreError};
use crate::ids::PersonId;
use crate::time::Instant;

/// Mail to a person came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// Whose mail.
    pub person: PersonId,
    /// The address that it went to.
    pub address: String,
    /// When it came back last.
    pub at: Instant,
    /// Why, as the other side says.
    pub reason: String,
}

/// What is known of a person's.
pub fn find(tx: &mut dyn Connection, person: &PersonId) -> Result<Option<Bounce>, StoreError> {
    let sql = "SELECT person, address, at_ms, reason FROM bounce WHERE person = $1";
    let Some(row) = tx.query_one(sql, &[person.into()])? else { return Ok(None) };
    Ok(Some(Bounce {
        person: PersonId::new(row.text(0)?),
        address: row.text(1)?,
        at: row.instant(2)?,
        reason: row.text(3)?,
    }))
}

/// Mail came back, perhaps once more.
pub fn put(tx: &mut dyn Connection, new: &Bounce) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO bounce (person, address, at_ms, reason) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person) DO UPDATE SET address = excluded.address, at_ms = excluded.at_ms, reason = excluded.reason",
        &[(&new.person).into(), (&new.address).into(), new.at.into(), (&new.reason).into()],
    )?;
    Ok(())
}

/// Mail was taken again.
pub fn remove(tx: &mut dyn Connection, person: &PersonId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM bounce WHERE person = $1", &[person.into()])?;
    Ok(())
}
