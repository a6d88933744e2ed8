//! The outbox: what has to leave the house, written in the transaction that decided it and delivered afterwards, at
//! least once, by row id.

use super::{Connection, Row, StoreError, Value};
use crate::time::Instant;

/// The least pause between two messages under one dedupe key, in milliseconds: what happens meanwhile is one message.
const PAUSE: i64 = 2_000;
/// Longest reason kept for a failure, in characters.
const MAX_REASON: usize = 200;

/// Something to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Identifier; a receiver may see it twice.
    pub id: String,
    /// When it was written.
    pub at: Instant,
    /// What it is, such as `mail.offer`; the part before the dot is the channel it goes by.
    pub kind: String,
    /// To whom: a mail address, a receiver of webhooks, a push subscription.
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
    /// Goes up when more is said in the same row: who delivered an older edition has not delivered this one.
    pub edition: i64,
}

/// How things stand with one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// `mail`, `push`, …
    pub channel: String,
    /// Messages that wait.
    pub waiting: i64,
    /// When the oldest of them was written.
    pub oldest: Option<Instant>,
    /// Those of them whose delivery has failed before.
    pub failing: i64,
    /// Messages that were given up.
    pub given_up: i64,
}

/// A message that can't be delivered, or could not be so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Identifier.
    pub id: String,
    /// What it is.
    pub kind: String,
    /// When it was written.
    pub at: Instant,
    /// Failed attempts.
    pub attempts: u32,
    /// When it is tried again; nothing where it was given up.
    pub next: Option<Instant>,
    /// What went wrong last.
    pub reason: String,
}

const DUE: &str = "SELECT id, at_ms, kind, recipient, payload, dedupe, attempts, edition FROM outbox";

/// Writes a message; false where one with the same dedupe key was written before.
pub fn push(tx: &mut dyn Connection, message: &Message) -> Result<bool, StoreError> {
    let sql = format!("{} ON CONFLICT (dedupe) DO NOTHING", insert());
    let added = tx.execute(&sql, &values(message))?;
    ring(tx);
    Ok(added == 1)
}

/// Writes a message that may be said again and again: what still waits under its dedupe key is said together with it,
/// in one. `merged` is the payload that says both, where the two differ. One that was delivered just now waits a little.
pub fn say_again(tx: &mut dyn Connection, message: &Message, merged: &str) -> Result<(), StoreError> {
    let sql = format!(
        "{} ON CONFLICT (dedupe) DO UPDATE SET
           payload = CASE WHEN outbox.done_ms IS NULL AND outbox.payload <> excluded.payload THEN $8
             ELSE excluded.payload END,
           at_ms = CASE WHEN outbox.done_ms IS NULL THEN outbox.at_ms ELSE excluded.at_ms END,
           attempts = CASE WHEN outbox.done_ms IS NULL THEN outbox.attempts ELSE 0 END,
           next_ms = CASE WHEN outbox.done_ms IS NULL THEN outbox.next_ms
             WHEN outbox.done_ms + $9 > excluded.next_ms THEN outbox.done_ms + $9 ELSE excluded.next_ms END,
           edition = outbox.edition + 1, done_ms = NULL, given_up = 0, reason = NULL",
        insert()
    );
    let mut args = values(message).to_vec();
    args.extend([merged.into(), PAUSE.into()]);
    tx.execute(&sql, &args)?;
    ring(tx);
    Ok(())
}

fn insert() -> &'static str {
    "INSERT INTO outbox (id, at_ms, kind, recipient, payload, dedupe, channel, attempts, next_ms, done_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $2, NULL)"
}

fn values(message: &Message) -> [Value; 7] {
    let channel = message.kind.split('.').next().unwrap_or_default();
    [
        (&message.id).into(),
        message.at.into(),
        (&message.kind).into(),
        (&message.recipient).into(),
        (&message.payload).into(),
        (&message.dedupe).into(),
        channel.into(),
    ]
}

fn ring(tx: &mut dyn Connection) {
    if let Some(notes) = tx.notes() {
        notes.ring();
    }
}

/// At most `limit` messages of a channel whose time has come, the longest waiting first.
pub fn due(tx: &mut dyn Connection, channel: &str, now: Instant, limit: u32) -> Result<Vec<Due>, StoreError> {
    let sql = format!("{DUE} WHERE channel = $1 AND done_ms IS NULL AND next_ms <= $2 ORDER BY next_ms, id LIMIT $3");
    tx.query(&sql, &[channel.into(), now.into(), limit.into()])?.iter().map(one).collect()
}

/// When the next message of a channel is due.
pub fn next_due(tx: &mut dyn Connection, channel: &str) -> Result<Option<Instant>, StoreError> {
    let sql = "SELECT MIN(next_ms) FROM outbox WHERE channel = $1 AND done_ms IS NULL";
    tx.query_one(sql, &[channel.into()])?.map_or(Ok(None), |row| row.opt_instant(0))
}

/// Every message of a recipient, delivered or not, by time.
pub fn to_recipient(tx: &mut dyn Connection, recipient: &str) -> Result<Vec<Due>, StoreError> {
    let sql = format!("{DUE} WHERE recipient = $1 ORDER BY at_ms, id");
    tx.query(&sql, &[recipient.into()])?.iter().map(one).collect()
}

/// How many messages wait for a recipient, and how many of theirs were given up.
pub fn counts(tx: &mut dyn Connection, recipient: &str) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(CASE WHEN done_ms IS NULL THEN 1 END), COUNT(CASE WHEN given_up = 1 THEN 1 END)
        FROM outbox WHERE recipient = $1";
    tx.query_one(sql, &[recipient.into()])?.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// Removes what lies there for a recipient, delivered or not.
pub fn remove_of(tx: &mut dyn Connection, recipient: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE recipient = $1", &[recipient.into()])?;
    Ok(())
}

/// Removes messages of a channel that were delivered, or given up, before a moment.
pub fn sweep(tx: &mut dyn Connection, channel: &str, before: Instant) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE channel = $1 AND done_ms < $2", &[channel.into(), before.into()])?;
    Ok(())
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
        edition: row.int(7)?,
    })
}

/// Marks a message as delivered. Where more was said in it meanwhile, that is still due, after a little pause.
pub fn done(tx: &mut dyn Connection, due: &Due, now: Instant) -> Result<(), StoreError> {
    let key: [Value; 3] = [now.into(), (&due.message.id).into(), due.edition.into()];
    let sql = "UPDATE outbox SET done_ms = $1, reason = NULL WHERE id = $2 AND edition = $3";
    if tx.execute(sql, &key)? == 0 {
        let sql = "UPDATE outbox SET attempts = 0, reason = NULL, next_ms = $1 WHERE id = $2 AND done_ms IS NULL";
        tx.execute(sql, &[now.plus_millis(PAUSE).into(), (&due.message.id).into()])?;
    }
    Ok(())
}

/// Puts a message that could not be delivered off to a later moment.
pub fn put_off(tx: &mut dyn Connection, id: &str, until: Instant, reason: &str) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET attempts = attempts + 1, next_ms = $1, reason = $2 WHERE id = $3";
    tx.execute(sql, &[until.into(), shortened(reason).into(), id.into()])?;
    Ok(())
}

/// Gives a message up: it stays to be looked at, and nobody tries again.
pub fn give_up(tx: &mut dyn Connection, id: &str, now: Instant, reason: &str) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET attempts = attempts + 1, done_ms = $1, given_up = 1, reason = $2 WHERE id = $3";
    tx.execute(sql, &[now.into(), shortened(reason).into(), id.into()])?;
    Ok(())
}

fn shortened(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect()
}

/// Removes a message, delivered or not.
pub fn remove(tx: &mut dyn Connection, id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM outbox WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// How things stand with every channel, by name.
pub fn states(tx: &mut dyn Connection) -> Result<Vec<ChannelState>, StoreError> {
    let sql = "SELECT channel, COUNT(CASE WHEN done_ms IS NULL THEN 1 END),
          MIN(CASE WHEN done_ms IS NULL THEN at_ms END),
          COUNT(CASE WHEN done_ms IS NULL AND attempts > 0 THEN 1 END), COUNT(CASE WHEN given_up = 1 THEN 1 END)
        FROM outbox GROUP BY channel ORDER BY channel";
    let state = |row: &Row| {
        Ok(ChannelState {
            channel: row.text(0)?,
            waiting: row.int(1)?,
            oldest: row.opt_instant(2)?,
            failing: row.int(3)?,
            given_up: row.int(4)?,
        })
    };
    tx.query(sql, &[])?.iter().map(state).collect()
}

/// At most `limit` messages that failed or were given up, the newest first.
pub fn stuck(tx: &mut dyn Connection, limit: u32) -> Result<Vec<Stuck>, StoreError> {
    let sql = "SELECT id, kind, at_ms, attempts, CASE WHEN given_up = 0 THEN next_ms END, reason FROM outbox
        WHERE given_up = 1 OR (done_ms IS NULL AND attempts > 0) ORDER BY at_ms DESC, id LIMIT $1";
    let stuck = |row: &Row| {
        Ok(Stuck {
            id: row.text(0)?,
            kind: row.text(1)?,
            at: row.instant(2)?,
            attempts: row.unsigned(3)?,
            next: row.opt_instant(4)?,
            reason: row.opt_text(5)?.unwrap_or_default(),
        })
    };
    tx.query(sql, &[limit.into()])?.iter().map(stuck).collect()
}
