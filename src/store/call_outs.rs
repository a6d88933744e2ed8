//! Call-outs: when people were called out on a shift, as they or their managers entered it.

use super::{Connection, Row, StoreError, Value};
use crate::ids::{CallOutId, PersonId, SlotId, TeamId};
use crate::time::{Instant, Window};

/// One call-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallOut {
    /// Identifier.
    pub id: CallOutId,
    /// For which team.
    pub team: TeamId,
    /// On which slot's shift.
    pub slot: SlotId,
    /// Which part of it.
    pub segment: u32,
    /// Who.
    pub person: PersonId,
    /// As what they stood the shift.
    pub role: String,
    /// When; it may last longer than the shift.
    pub window: Window,
    /// What it was, in their words.
    pub note: String,
    /// Who entered it, as the trail names them.
    pub recorded_by: String,
    /// When they did.
    pub recorded: Instant,
}

const CALL_OUT: &str =
    "SELECT id, team, slot, segment, person, role, start_ms, end_ms, note, recorded_by, recorded_ms FROM call_out";

fn call_out(row: &Row) -> Result<CallOut, StoreError> {
    Ok(CallOut {
        id: CallOutId::new(row.text(0)?),
        team: TeamId::new(row.text(1)?),
        slot: SlotId::new(row.text(2)?),
        segment: row.unsigned(3)?,
        person: PersonId::new(row.text(4)?),
        role: row.text(5)?,
        window: row.window(6)?,
        note: row.text(8)?,
        recorded_by: row.text(9)?,
        recorded: row.instant(10)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<CallOut>, StoreError> {
    tx.query(&format!("{CALL_OUT} WHERE {condition} ORDER BY start_ms, id"), args)?.iter().map(call_out).collect()
}

/// The call-out of an id.
pub fn find(tx: &mut dyn Connection, id: &CallOutId) -> Result<Option<CallOut>, StoreError> {
    Ok(several(tx, "id = $1", &[id.into()])?.into_iter().next())
}

/// A team's call-outs that begin in a window, by start.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId, window: Window) -> Result<Vec<CallOut>, StoreError> {
    let args = [team.into(), window.start.into(), window.end.into()];
    several(tx, "team = $1 AND start_ms >= $2 AND start_ms < $3", &args)
}

/// A person's call-outs for all teams that touch a window, by start.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId, window: Window) -> Result<Vec<CallOut>, StoreError> {
    let args = [person.into(), window.end.into(), window.start.into()];
    several(tx, "person = $1 AND start_ms < $2 AND end_ms > $3", &args)
}

/// Adds a call-out.
pub fn insert(tx: &mut dyn Connection, call: &CallOut) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO call_out (id, team, slot, segment, person, role, start_ms, end_ms, note, recorded_by, recorded_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            (&call.id).into(),
            (&call.team).into(),
            (&call.slot).into(),
            call.segment.into(),
            (&call.person).into(),
            (&call.role).into(),
            call.window.start.into(),
            call.window.end.into(),
            (&call.note).into(),
            (&call.recorded_by).into(),
            call.recorded.into(),
        ],
    )?;
    Ok(())
}

/// Removes a call-out; false where there was none.
pub fn remove(tx: &mut dyn Connection, id: &CallOutId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM call_out WHERE id = $1", &[id.into()])? == 1)
}
