//! The ledger: duties as worked, with their points at the weights of that time. Fairness looks back on it.

use super::words::{variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::time::Window;
use serde::{Deserialize, Serialize};

/// What a ledger row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LedgerKind {
    /// A shift as published.
    Shift,
    /// A shift that came by a swap.
    Swap,
    /// Points given by hand.
    Adjustment,
    /// A duty stood before Dogwatch was there, brought along from a file.
    History,
}

/// One duty of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Identifier.
    pub id: String,
    /// For which team.
    pub team: TeamId,
    /// The slot.
    pub slot: SlotId,
    /// Which part of it.
    pub segment: u32,
    /// Who.
    pub person: PersonId,
    /// The role.
    pub role: String,
    /// When.
    pub window: Window,
    /// Hundredths of points.
    pub points: i64,
    /// The edition of the team's weights by which they were counted.
    pub weights_version: i64,
    /// What it is.
    pub kind: LedgerKind,
}

const ENTRY: &str =
    "SELECT id, team, slot, segment, person, role, start_ms, end_ms, points, weights_version, kind FROM ledger";

fn entry(row: &Row) -> Result<LedgerEntry, StoreError> {
    Ok(LedgerEntry {
        id: row.text(0)?,
        team: TeamId::new(row.text(1)?),
        slot: SlotId::new(row.text(2)?),
        segment: row.unsigned(3)?,
        person: PersonId::new(row.text(4)?),
        role: row.text(5)?,
        window: row.window(6)?,
        points: row.int(8)?,
        weights_version: row.int(9)?,
        kind: variant(row, 10)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<LedgerEntry>, StoreError> {
    tx.query(&format!("{ENTRY} WHERE {condition} ORDER BY start_ms, id"), args)?.iter().map(entry).collect()
}

/// A team's entries that start in a window, by start.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId, window: Window) -> Result<Vec<LedgerEntry>, StoreError> {
    let args = [team.into(), window.start.into(), window.end.into()];
    several(tx, "team = $1 AND start_ms >= $2 AND start_ms < $3", &args)
}

/// A person's entries in all teams that start in a window, by start.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId, window: Window) -> Result<Vec<LedgerEntry>, StoreError> {
    let args = [person.into(), window.start.into(), window.end.into()];
    several(tx, "person = $1 AND start_ms >= $2 AND start_ms < $3", &args)
}

/// The entries of one segment of a slot.
pub fn of_shift(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<Vec<LedgerEntry>, StoreError> {
    several(tx, "slot = $1 AND segment = $2", &[slot.into(), segment.into()])
}

/// Adds an entry.
pub fn insert(tx: &mut dyn Connection, entry: &LedgerEntry) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO ledger (id, team, slot, segment, person, role, start_ms, end_ms, points, weights_version, kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            (&entry.id).into(),
            (&entry.team).into(),
            (&entry.slot).into(),
            entry.segment.into(),
            (&entry.person).into(),
            (&entry.role).into(),
            entry.window.start.into(),
            entry.window.end.into(),
            entry.points.into(),
            entry.weights_version.into(),
            word(&entry.kind)?.into(),
        ],
    )?;
    Ok(())
}

/// Removes the entries of one segment of a slot; its holder or times have changed.
pub fn remove_of_shift(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<(), StoreError> {
    tx.execute("DELETE FROM ledger WHERE slot = $1 AND segment = $2", &[slot.into(), segment.into()])?;
    Ok(())
}
