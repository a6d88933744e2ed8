//! The audit trail: append only, each row with the hash of the one before, so that a row that was changed or taken out
//! afterwards shows.

use super::words::{variant, word};
use super::{Connection, Row, StoreError, many};
use crate::roster::model::Channel;
use crate::time::Instant;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// What happened, before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Who did it.
    pub actor: String,
    /// For whom, where that is somebody else.
    pub subject: Option<String>,
    /// By which way.
    pub channel: Channel,
    /// What, such as `swap.taken`.
    pub action: String,
    /// To what, such as `swap:0192…`.
    pub object: String,
    /// What was before, as JSON.
    pub before: Option<String>,
    /// What is now, as JSON.
    pub after: Option<String>,
    /// Why, in somebody's words.
    pub reason: Option<String>,
}

/// A row of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place: 1, 2, 3 …
    pub seq: i64,
    /// What happened.
    pub event: Event,
    /// The hash of the row before; empty in the first.
    pub prev_hash: String,
    /// SHA-256 over place, fields and the hash before, in hex.
    pub hash: String,
}

/// Adds an event to the end of the chain.
pub fn append(tx: &mut dyn Connection, event: &Event) -> Result<i64, StoreError> {
    append_all(tx, std::slice::from_ref(event))
}

/// Adds events to the end of the chain, in their order; the place of the last.
pub fn append_all(tx: &mut dyn Connection, events: &[Event]) -> Result<i64, StoreError> {
    let count = i64::try_from(events.len()).unwrap_or(i64::MAX);
    // This row is also the lock that puts concurrent appends in order.
    let head =
        tx.query_one("UPDATE audit_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, hash", &[count.into()])?;
    let head = head.ok_or_else(|| StoreError::Shape("the audit trail has no head".to_owned()))?;
    let (last, mut prev_hash) = (head.int(0)?, head.text(1)?);
    let mut rows = Vec::with_capacity(events.len());
    for (seq, event) in (last - count + 1..).zip(events) {
        let channel = word(&event.channel)?;
        let hash = hash(seq, event, &channel, &prev_hash);
        rows.push(vec![
            seq.into(),
            event.at.into(),
            (&event.actor).into(),
            event.subject.clone().into(),
            channel.into(),
            (&event.action).into(),
            (&event.object).into(),
            event.before.clone().into(),
            event.after.clone().into(),
            event.reason.clone().into(),
            prev_hash.into(),
            (&hash).into(),
        ]);
        prev_hash = hash;
    }
    let columns = "seq, at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash";
    many::insert(tx, &format!("audit ({columns})"), rows)?;
    tx.execute("UPDATE audit_head SET hash = $1 WHERE id = 1", &[prev_hash.into()])?;
    if let Some(notes) = tx.notes() {
        notes.stir();
    }
    Ok(last)
}

/// The place of the last row; 0 before the first.
pub fn last(tx: &mut dyn Connection) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT seq FROM audit_head WHERE id = 1", &[])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// At most `limit` rows after a place, in order.
pub fn after(tx: &mut dyn Connection, seq: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT seq, at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash
        FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2";
    tx.query(sql, &[seq.into(), limit.into()])?.iter().map(recorded).collect()
}

/// At most `limit` rows since a moment, in order.
pub fn since(tx: &mut dyn Connection, at: Instant, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT seq, at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash
        FROM audit WHERE at_ms >= $1 ORDER BY seq LIMIT $2";
    tx.query(sql, &[at.into(), limit.into()])?.iter().map(recorded).collect()
}

/// At most `limit` rows after a place and since a moment, in order.
pub fn after_since(tx: &mut dyn Connection, seq: i64, at: Instant, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT seq, at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash
        FROM audit WHERE seq > $1 AND at_ms >= $2 ORDER BY seq LIMIT $3";
    tx.query(sql, &[seq.into(), at.into(), limit.into()])?.iter().map(recorded).collect()
}

/// At most `limit` rows before a place, the latest first.
pub fn before(tx: &mut dyn Connection, seq: i64, limit: u32) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT seq, at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash
        FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2";
    tx.query(sql, &[seq.into(), limit.into()])?.iter().map(recorded).collect()
}

/// The rows about one thing, in order.
pub fn of_object(tx: &mut dyn Connection, object: &str) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT seq, at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash
        FROM audit WHERE object = $1 ORDER BY seq";
    tx.query(sql, &[object.into()])?.iter().map(recorded).collect()
}

/// The place of the first row that does not follow from the one before it, if any; reads the whole trail.
pub fn first_break(tx: &mut dyn Connection) -> Result<Option<i64>, StoreError> {
    const PART: u32 = 1000;
    let (mut seq, mut prev_hash) = (0, String::new());
    loop {
        let rows = after(tx, seq, PART)?;
        for row in &rows {
            if row.seq != seq + 1 || !follows(row, &prev_hash)? {
                return Ok(Some(seq + 1));
            }
            (seq, prev_hash) = (row.seq, row.hash.clone());
        }
        if rows.is_empty() {
            let head = tx.query_one("SELECT seq, hash FROM audit_head WHERE id = 1", &[])?;
            let whole = head.is_some_and(|head| head.int(0) == Ok(seq) && head.text(1) == Ok(prev_hash.clone()));
            return Ok((!whole).then_some(seq + 1));
        }
    }
}

/// Whether a row is as it was written, after one of that hash.
pub fn follows(row: &Recorded, prev_hash: &str) -> Result<bool, StoreError> {
    let expected = hash(row.seq, &row.event, &word(&row.event.channel)?, prev_hash);
    Ok(row.prev_hash == prev_hash && row.hash == expected)
}

fn recorded(row: &Row) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        seq: row.int(0)?,
        event: Event {
            at: row.instant(1)?,
            actor: row.text(2)?,
            subject: row.opt_text(3)?,
            channel: variant(row, 4)?,
            action: row.text(5)?,
            object: row.text(6)?,
            before: row.opt_text(7)?,
            after: row.opt_text(8)?,
            reason: row.opt_text(9)?,
        },
        prev_hash: row.text(10)?,
        hash: row.text(11)?,
    })
}

/// Each field goes in with its length, so that no two rows read alike.
fn hash(seq: i64, event: &Event, channel: &str, prev_hash: &str) -> String {
    let mut sum = Sha256::new();
    sum.update(seq.to_be_bytes());
    sum.update(event.at.millis().to_be_bytes());
    let fields = [
        Some(event.actor.as_str()),
        event.subject.as_deref(),
        Some(channel),
        Some(event.action.as_str()),
        Some(event.object.as_str()),
        event.before.as_deref(),
        event.after.as_deref(),
        event.reason.as_deref(),
        Some(prev_hash),
    ];
    for field in fields {
        match field {
            None => sum.update([0]),
            Some(text) => {
                sum.update([1]);
                sum.update((text.len() as u64).to_be_bytes());
                sum.update(text.as_bytes());
            }
        }
    }
    sum.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
