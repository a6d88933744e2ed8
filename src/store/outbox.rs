//! The outbox: what has to leave the house, written in the transaction that decided it and delivered afterwards, at
//! least once, by row id.

use super::{Connection, Row, StoreError};
use crate::time::Instant;

/// Something to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Identifier; a receiver may see it twice.
    pub id: String,
    /// When it was written.
    pub at: Instant,
    /// What it is, such as `mail.offer`.
    pub kind: String,
    /// To whom: a mail address, or a webhook's name.
    pub recipient: String,
    /// What it says, as JSON.
    pub payload: String,
    /// The same for what must be said only once.
    pub dedupe: String,
}

/// A message that is due, with how often its delivery has failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The message.
    pub message: Message,
    /// Failed attempts so far.
    pub attempts: u32,
}

/// Writes a message; false where one with the same dedupe key was written before.
pub fn push(tx: &mut dyn Connection, message: &Message) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO outbox (id, at_ms, kind, recipient, payload, dedupe, attempts, next_ms, done_ms)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $2, NULL) ON CONFLICT (dedupe) DO NOTHING",
        &[
            (&message.id).into(),
            message.at.into(),
            (&message.kind).into(),
            (&message.recipient).into(),
            (&message.payload).into(),
            (&message.dedupe).into(),
        ],
    )?;
    Ok(added == 1)
}

/// At most `limit` messages whose time has come, the longest waiting first.
pub fn due(tx: &mut dyn Connection, now: Instant, limit: u32) -> Result<Vec<Due>, StoreError> {
    let sql = "SELECT id, at_ms, kind, recipient, payload, dedupe, attempts FROM outbox
        WHERE done_ms IS NULL AND next_ms <= $1 ORDER BY next_ms, id LIMIT $2";
    tx.query(sql, &[now.into(), limit.into()])?.iter().map(one).collect()
}

/// Every message of a recipient, delivered or not, by time.
pub fn to_recipient(tx: &mut dyn Connection, recipient: &str) -> Result<Vec<Due>, StoreError> {
    let sql = "SELECT id, at_ms, kind, recipient, payload, dedupe, attempts FROM outbox WHERE recipient = $1
        ORDER BY at_ms, id";
    tx.query(sql, &[recipient.into()])?.iter().map(one).collect()
}

fn one(row: &Row) -> Result<Due, StoreError> {
    Ok(Due {
        message: Message {
            id: row.text(0)?,
            at: row.instant(1)?,
            kind: row.text(2)?,
            recipient: row.text(3)?,
            payload: row.text(4)?,
            dedupe: row.text(5)?,
        },
        attempts: row.unsigned(6)?,
    })
}

/// Marks a message as delivered.
pub fn done(tx: &mut dyn Connection, id: &str, now: Instant) -> Result<(), StoreError> {
    tx.execute("UPDATE outbox SET done_ms = $1 WHERE id = $2", &[now.into(), id.into()])?;
    Ok(())
}

/// Puts a message that could not be delivered off to a later moment.
pub fn put_off(tx: &mut dyn Connection, id: &str, until: Instant) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET attempts = attempts + 1, next_ms = $1 WHERE id = $2";
    tx.execute(sql, &[until.into(), id.into()])?;
    Ok(())
}
