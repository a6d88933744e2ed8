//! Mail that came in: which came before, and what is held until the person in whose name it came says whether it was
//! theirs.

use super::words::{variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::PersonId;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A mail that could not be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Identifier.
    pub id: String,
    /// Whom it concerns, and who says whether it was right.
    pub person: PersonId,
    /// When it came.
    pub at: Instant,
    /// The address that it says it is from.
    pub sender: String,
    /// It answers an invitation of the person's to somebody elsewhere, rather than one to them.
    pub guest: bool,
    /// Why it is held.
    pub why: Doubt,
    /// Its calendar part.
    pub calendar: Vec<u8>,
}

/// Why a mail is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Doubt {
    /// Nothing proves that it came from the domain of its sender.
    Unproven,
    /// Its sender's address is not the one that is known of the person.
    OtherAddress,
    /// A program wrote it, not the person.
    Automatic,
}

const HELD: &str = "SELECT id, person, at_ms, sender, guest, why, calendar FROM held_mail";

fn held(row: &Row) -> Result<Held, StoreError> {
    Ok(Held {
        id: row.text(0)?,
        person: PersonId::new(row.text(1)?),
        at: row.instant(2)?,
        sender: row.text(3)?,
        guest: row.boolean(4)?,
        why: variant(row, 5)?,
        calendar: row.bytes(6)?,
    })
}

/// What is held for a person, the newest first.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Held>, StoreError> {
    tx.query(&format!("{HELD} WHERE person = $1 ORDER BY at_ms DESC, id"), &[person.into()])?.iter().map(held).collect()
}

/// One that is held for a person.
pub fn find(tx: &mut dyn Connection, person: &PersonId, id: &str) -> Result<Option<Held>, StoreError> {
    let args: [Value; 2] = [id.into(), person.into()];
    tx.query_one(&format!("{HELD} WHERE id = $1 AND person = $2"), &args)?.as_ref().map(held).transpose()
}

/// Holds one.
pub fn insert(tx: &mut dyn Connection, new: &Held) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO held_mail (id, person, at_ms, sender, guest, why, calendar) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            (&new.id).into(),
            (&new.person).into(),
            new.at.into(),
            (&new.sender).into(),
            new.guest.into(),
            word(&new.why)?.into(),
            new.calendar.clone().into(),
        ],
    )?;
    Ok(())
}

/// Lets one go; false where it was gone.
pub fn remove(tx: &mut dyn Connection, person: &PersonId, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM held_mail WHERE id = $1 AND person = $2", &[id.into(), person.into()])? == 1)
}

/// Notes that a mail came; false where it came before.
pub fn see(tx: &mut dyn Connection, id: &str, now: Instant) -> Result<bool, StoreError> {
    let sql = "INSERT INTO seen_mail (id, at_ms) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
    Ok(tx.execute(sql, &[id.into(), now.into()])? == 1)
}

/// Forgets what came before a moment.
pub fn sweep(tx: &mut dyn Connection, before: Instant) -> Result<(), StoreError> {
    tx.execute("DELETE FROM held_mail WHERE at_ms < $1", &[before.into()])?;
    tx.execute("DELETE FROM seen_mail WHERE at_ms < $1", &[before.into()])?;
    Ok(())
}
