//! Numbers over many rows that say how the instance does, each found by an index or over a table that stays short.

use super::{Connection, Row, StoreError};
use crate::ids::TeamId;
use crate::time::Instant;

/// Teams that have ever published a roster, with the end of the last shift that somebody stands.
pub fn published_until(tx: &mut dyn Connection) -> Result<Vec<(TeamId, Option<Instant>)>, StoreError> {
    let sql = "SELECT team, (SELECT MAX(end_ms) FROM shift WHERE shift.team = published.team)
        FROM (SELECT DISTINCT team FROM roster WHERE published_ms IS NOT NULL) published ORDER BY team";
    let one = |row: &Row| Ok((TeamId::new(row.text(0)?), row.opt_instant(1)?));
    tx.query(sql, &[])?.iter().map(one).collect()
}

/// How many published shifts of each team that touch a window nobody stands, where somebody has to.
pub fn gaps(tx: &mut dyn Connection, from: Instant, to: Instant) -> Result<Vec<(TeamId, i64)>, StoreError> {
    let sql = "SELECT shift.team, COUNT(*) FROM shift
          LEFT JOIN person ON person.id = shift.person
          LEFT JOIN role ON role.team = shift.team AND role.name = shift.role
        WHERE shift.start_ms < $1 AND shift.end_ms > $2 AND (person.id IS NULL OR person.disabled_ms IS NOT NULL)
          AND (role.optional IS NULL OR role.optional = 0)
        GROUP BY shift.team ORDER BY shift.team";
    let one = |row: &Row| Ok((TeamId::new(row.text(0)?), row.int(1)?));
    tx.query(sql, &[to.into(), from.into()])?.iter().map(one).collect()
}

/// How many swaps are open or await approval, and when the oldest of them was opened.
pub fn swaps(tx: &mut dyn Connection) -> Result<(i64, Option<Instant>), StoreError> {
    let sql = "SELECT COUNT(*), MIN(opened_ms) FROM swap WHERE state IN ('open', 'awaiting-approval')";
    tx.query_one(sql, &[])?.map_or(Ok((0, None)), |row| Ok((row.int(0)?, row.opt_instant(1)?)))
}

/// Of outside calendars, but for those of people who were shut out: how many there are, how many were not had last time,
/// and when that was had which was had longest ago.
pub fn outside(tx: &mut dyn Connection) -> Result<(i64, i64, Option<Instant>), StoreError> {
    let sql = "SELECT COUNT(*), COUNT(CASE WHEN failures > 0 THEN 1 END), MIN(fetched_ms) FROM outside_calendar
          JOIN collection ON collection.id = outside_calendar.collection
          JOIN person ON person.id = collection.person WHERE person.disabled_ms IS NULL";
    tx.query_one(sql, &[])?.map_or(Ok((0, 0, None)), |row| Ok((row.int(0)?, row.int(1)?, row.opt_instant(2)?)))
}
