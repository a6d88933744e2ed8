//! Shifts: the published truth about who is responsible when. `who is on call` reads these rows and nothing else.

use super::notes::Notes;
use super::words::{variant, word};
use super::{Changed, Connection, Row, StoreError, Value};
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::roster::model::{Answer, Shift};
use crate::time::{Instant, Window};

const SHIFT: &str =
    "SELECT slot, segment, team, role, start_ms, end_ms, zone, person, roster, sequence, answer, hidden,
    note FROM shift";

fn shift(row: &Row) -> Result<Shift, StoreError> {
    Ok(Shift {
        slot: SlotId::new(row.text(0)?),
        segment: row.unsigned(1)?,
        team: TeamId::new(row.text(2)?),
        role: row.text(3)?,
        window: row.window(4)?,
        zone: row.zone(6)?,
        person: row.opt_text(7)?.map(PersonId::new),
        roster: RosterId::new(row.text(8)?),
        sequence: row.int(9)?,
        answer: variant(row, 10)?,
        hidden: row.boolean(11)?,
        note: row.opt_text(12)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Shift>, StoreError> {
    let sql = format!("{SHIFT} WHERE {condition} ORDER BY start_ms, role, slot, segment");
    tx.query(&sql, args)?.iter().map(shift).collect()
}

/// One segment of a slot as published.
pub fn find(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<Option<Shift>, StoreError> {
    Ok(several(tx, "slot = $1 AND segment = $2", &[slot.into(), segment.into()])?.into_iter().next())
}

/// All segments of a slot, by start.
pub fn of_slot(tx: &mut dyn Connection, slot: &SlotId) -> Result<Vec<Shift>, StoreError> {
    several(tx, "slot = $1", &[slot.into()])
}

/// A team's shifts that touch a window, by start.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId, window: Window) -> Result<Vec<Shift>, StoreError> {
    let args = [team.into(), window.end.into(), window.start.into()];
    several(tx, "team = $1 AND start_ms < $2 AND end_ms > $3", &args)
}

/// A person's shifts in all teams that touch a window, by start.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId, window: Window) -> Result<Vec<Shift>, StoreError> {
    let args = [person.into(), window.end.into(), window.start.into()];
    several(tx, "person = $1 AND start_ms < $2 AND end_ms > $3", &args)
}

/// The first `limit` of a team's shifts that start after a moment.
pub fn next_of_team(
    tx: &mut dyn Connection,
    team: &TeamId,
    after: Instant,
    limit: u32,
) -> Result<Vec<Shift>, StoreError> {
    let sql = format!("{SHIFT} WHERE team = $1 AND start_ms > $2 ORDER BY start_ms, role, slot, segment LIMIT $3");
    tx.query(&sql, &[team.into(), after.into(), limit.into()])?.iter().map(shift).collect()
}

/// The shifts that this transaction has written or removed since it was asked last, as they were before and as they are now.
pub fn take_changed(tx: &mut dyn Connection) -> Vec<Changed> {
    tx.notes().map(Notes::take_shifts).unwrap_or_default()
}

/// Adds a shift, or writes it anew, and notes that.
pub fn put(tx: &mut dyn Connection, shift: &Shift) -> Result<(), StoreError> {
    let before = find(tx, &shift.slot, shift.segment)?;
    if let Some(notes) = tx.notes() {
        notes.shift((shift.slot.clone(), shift.segment), before, Some(shift.clone()));
    }
    tx.execute(
        "INSERT INTO shift (slot, segment, team, role, start_ms, end_ms, zone, person, roster, sequence, answer, hidden,
           note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (slot, segment) DO UPDATE SET team = excluded.team, role = excluded.role,
           start_ms = excluded.start_ms, end_ms = excluded.end_ms, zone = excluded.zone, person = excluded.person,
           roster = excluded.roster, sequence = excluded.sequence, answer = excluded.answer, hidden = excluded.hidden,
           note = excluded.note",
        &[
            (&shift.slot).into(),
            shift.segment.into(),
            (&shift.team).into(),
            (&shift.role).into(),
            shift.window.start.into(),
            shift.window.end.into(),
            shift.zone.into(),
            shift.person.as_ref().into(),
            (&shift.roster).into(),
            shift.sequence.into(),
            word(&shift.answer)?.into(),
            shift.hidden.into(),
            shift.note.clone().into(),
        ],
    )?;
    Ok(())
}

/// Removes a shift, and notes that; false where there was none.
pub fn remove(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<bool, StoreError> {
    if let Some(before) = find(tx, slot, segment)?
        && let Some(notes) = tx.notes()
    {
        notes.shift((slot.clone(), segment), Some(before), None);
    }
    Ok(tx.execute("DELETE FROM shift WHERE slot = $1 AND segment = $2", &[slot.into(), segment.into()])? == 1)
}

/// Writes what the holder answered.
pub fn set_answer(tx: &mut dyn Connection, slot: &SlotId, segment: u32, answer: Answer) -> Result<(), StoreError> {
    let sql = "UPDATE shift SET answer = $1 WHERE slot = $2 AND segment = $3";
    tx.execute(sql, &[word(&answer)?.into(), slot.into(), segment.into()])?;
    Ok(())
}

/// Writes the handover note.
pub fn set_note(tx: &mut dyn Connection, slot: &SlotId, segment: u32, note: Option<&str>) -> Result<(), StoreError> {
    let sql = "UPDATE shift SET note = $1 WHERE slot = $2 AND segment = $3";
    tx.execute(sql, &[note.into(), slot.into(), segment.into()])?;
    Ok(())
}

/// Hides an ended shift from its holder's calendar, or shows it again.
pub fn set_hidden(tx: &mut dyn Connection, slot: &SlotId, segment: u32, hidden: bool) -> Result<(), StoreError> {
    let sql = "UPDATE shift SET hidden = $1 WHERE slot = $2 AND segment = $3";
    tx.execute(sql, &[hidden.into(), slot.into(), segment.into()])?;
    Ok(())
}
