//! Searches for a roster that go on in some process of this instance, as far as the others know of them.

use super::{Connection, Row, StoreError};
use crate::ids::{RosterId, TeamId};
use crate::time::Instant;

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SolvingRow {
    /// By which it is asked after.
    pub id: String,
    /// Whose roster it is.
    pub team: TeamId,
    /// Which roster; nothing while a new one is not stored yet.
    pub roster: Option<RosterId>,
    /// When it began.
    pub begun: Instant,
    /// When the process that searches said last that it does.
    pub seen: Instant,
    /// It has ended.
    pub ended: bool,
    /// Where it stands, as JSON.
    pub stage: String,
}

/// How many still go on, having been seen since.
pub fn going_on(tx: &mut dyn Connection, since: Instant) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM solving WHERE ended = 0 AND seen_ms >= $1", &[since.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// One begins.
pub fn insert(tx: &mut dyn Connection, new: &SolvingRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO solving (id, team, roster, begun_ms, seen_ms, ended, called_off, stage)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7)";
    let roster = new.roster.as_ref();
    let values = [
        (&new.id).into(),
        (&new.team).into(),
        roster.into(),
        new.begun.into(),
        new.seen.into(),
        new.ended.into(),
        (&new.stage).into(),
    ];
    tx.execute(sql, &values)?;
    Ok(())
}

/// What is known of one.
pub fn find(tx: &mut dyn Connection, id: &str) -> Result<Option<SolvingRow>, StoreError> {
    let sql = "SELECT id, team, roster, begun_ms, seen_ms, ended, stage FROM solving WHERE id = $1";
    tx.query_one(sql, &[id.into()])?.as_ref().map(solving).transpose()
}

/// The process that searches says where it stands.
pub fn tell(tx: &mut dyn Connection, now: &SolvingRow) -> Result<(), StoreError> {
    let sql = "UPDATE solving SET roster = $1, seen_ms = $2, ended = $3, stage = $4 WHERE id = $5";
    let roster = now.roster.as_ref();
    tx.execute(sql, &[roster.into(), now.seen.into(), now.ended.into(), (&now.stage).into(), (&now.id).into()])?;
    Ok(())
}

/// Whether somebody wants it to come out with the best so far.
pub fn is_called_off(tx: &mut dyn Connection, id: &str) -> Result<bool, StoreError> {
    let row = tx.query_one("SELECT called_off FROM solving WHERE id = $1", &[id.into()])?;
    row.map_or(Ok(false), |row| row.boolean(0))
}

/// Somebody wants it to come out with the best so far.
pub fn call_off(tx: &mut dyn Connection, id: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE solving SET called_off = 1 WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Nobody asks any more after those that were seen last before then.
pub fn forget(tx: &mut dyn Connection, before: Instant) -> Result<(), StoreError> {
    tx.execute("DELETE FROM solving WHERE seen_ms < $1", &[before.into()])?;
    Ok(())
}

fn solving(row: &Row) -> Result<SolvingRow, StoreError> {
    Ok(SolvingRow {
        id: row.text(0)?,
        team: TeamId::new(row.text(1)?),
        roster: row.opt_text(2)?.map(RosterId::new),
        begun: row.instant(3)?,
        seen: row.instant(4)?,
        ended: row.boolean(5)?,
        stage: row.text(6)?,
    })
}
