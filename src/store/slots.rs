//! Slots: the stored identity of what needs a person, kept through re-expansion of the pattern.

use super::{Connection, Row, StoreError, Value};
use crate::ids::{SlotId, TeamId, TurnId};
use crate::roster::model::Slot;
use crate::time::{Instant, Window};

const SLOT: &str = "SELECT id, team, pattern, occurrence, role, ordinal, turn, start_ms, end_ms, zone, optional,
    at_work, site FROM slot";

fn slot(row: &Row) -> Result<Slot, StoreError> {
    Ok(Slot {
        id: SlotId::new(row.text(0)?),
        team: TeamId::new(row.text(1)?),
        pattern: row.text(2)?,
        occurrence: row.text(3)?,
        role: row.text(4)?,
        ordinal: row.unsigned(5)?,
        turn: row.opt_text(6)?.map(TurnId::new),
        window: row.window(7)?,
        zone: row.zone(9)?,
        optional: row.boolean(10)?,
        at_work: row.boolean(11)?,
        site: row.opt_text(12)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Slot>, StoreError> {
    let sql = format!("{SLOT} WHERE {condition} ORDER BY start_ms, role, ordinal, id");
    tx.query(&sql, args)?.iter().map(slot).collect()
}

/// The slot of an id, also one that no pattern wants any more.
pub fn find(tx: &mut dyn Connection, id: &SlotId) -> Result<Option<Slot>, StoreError> {
    Ok(several(tx, "id = $1", &[id.into()])?.into_iter().next())
}

/// A team's wanted slots that start in a window, by start.
pub fn starting_in(tx: &mut dyn Connection, team: &TeamId, window: Window) -> Result<Vec<Slot>, StoreError> {
    let args = [team.into(), window.start.into(), window.end.into()];
    several(tx, "team = $1 AND start_ms >= $2 AND start_ms < $3 AND gone_ms IS NULL", &args)
}

/// A team's slots that touch a window, by start; those that no pattern wants any more too.
pub fn touching(tx: &mut dyn Connection, team: &TeamId, window: Window) -> Result<Vec<Slot>, StoreError> {
    several(tx, "team = $1 AND start_ms < $2 AND end_ms > $3", &[team.into(), window.end.into(), window.start.into()])
}

/// The slot that an occurrence of a pattern names, also one that no pattern wants any more; its id is not looked at.
pub fn by_name(tx: &mut dyn Connection, like: &Slot) -> Result<Option<Slot>, StoreError> {
    let condition = "team = $1 AND pattern = $2 AND occurrence = $3 AND role = $4 AND ordinal = $5";
    let args = [
        (&like.team).into(),
        (&like.pattern).into(),
        (&like.occurrence).into(),
        (&like.role).into(),
        like.ordinal.into(),
    ];
    Ok(several(tx, condition, &args)?.into_iter().next())
}

/// The slots of a turn, by start.
pub fn of_turn(tx: &mut dyn Connection, turn: &TurnId) -> Result<Vec<Slot>, StoreError> {
    several(tx, "turn = $1 AND gone_ms IS NULL", &[turn.into()])
}

/// Adds a slot, or writes it anew under its id; it is wanted again if it was not. Another slot with the same pattern,
/// occurrence, role and ordinal is a [`StoreError::Constraint`].
pub fn put(tx: &mut dyn Connection, slot: &Slot) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO slot (id, team, pattern, occurrence, role, ordinal, turn, start_ms, end_ms, zone, optional, at_work,
           site, gone_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL)
         ON CONFLICT (id) DO UPDATE SET pattern = excluded.pattern, occurrence = excluded.occurrence,
           role = excluded.role, ordinal = excluded.ordinal, turn = excluded.turn, start_ms = excluded.start_ms,
           end_ms = excluded.end_ms, zone = excluded.zone, optional = excluded.optional, at_work = excluded.at_work,
           site = excluded.site, gone_ms = NULL",
        &[
            (&slot.id).into(),
            (&slot.team).into(),
            (&slot.pattern).into(),
            (&slot.occurrence).into(),
            (&slot.role).into(),
            slot.ordinal.into(),
            slot.turn.as_ref().into(),
            slot.window.start.into(),
            slot.window.end.into(),
            slot.zone.into(),
            slot.optional.into(),
            slot.at_work.into(),
            slot.site.as_deref().into(),
        ],
    )?;
    Ok(())
}

/// Marks a slot that no pattern wants any more; shifts and history keep referring to it.
pub fn mark_gone(tx: &mut dyn Connection, id: &SlotId, now: Instant) -> Result<(), StoreError> {
    tx.execute("UPDATE slot SET gone_ms = $1 WHERE id = $2 AND gone_ms IS NULL", &[now.into(), id.into()])?;
    Ok(())
}

/// Removes a slot to which nothing refers.
pub fn remove(tx: &mut dyn Connection, id: &SlotId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM slot WHERE id = $1", &[id.into()])?;
    Ok(())
}
