//! Rosters: a team's plans, drafts and published editions, with who holds which slot in them.

use super::words::{variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::time::{Day, Instant};
use serde::{Deserialize, Serialize};

/// Where a roster stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RosterState {
    /// May be changed.
    Draft,
    /// In force.
    Published,
    /// Was in force; a later edition replaced it.
    Historic,
}

/// A team's plan for the slots that start in `[from, to)`, days of the team's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// Identifier.
    pub id: RosterId,
    /// Whose.
    pub team: TeamId,
    /// First day.
    pub from: Day,
    /// First day after.
    pub to: Day,
    /// Where it stands.
    pub state: RosterState,
    /// Number of the edition once published; 0 in a first draft.
    pub version: i64,
    /// The edition that a draft started from.
    pub based_on: Option<i64>,
    /// Goes up with every change; its ETag.
    pub counter: i64,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created: Instant,
    /// When it was published.
    pub published: Option<Instant>,
    /// Why it was published.
    pub reason: Option<String>,
}

/// A slot in a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterSlot {
    /// Which.
    pub slot: SlotId,
    /// Who holds it; nobody is a gap.
    pub person: Option<PersonId>,
    /// Who held it as published when the draft last decided about it.
    pub base: Option<PersonId>,
    /// A manager fixed it.
    pub pinned: bool,
    /// A manager's reason, where a rule is broken.
    pub reason: Option<String>,
}

const ROSTER: &str = "SELECT id, team, from_day, to_day, state, version, based_on, counter, created_by, created_ms,
    published_ms, reason FROM roster";

fn roster(row: &Row) -> Result<Roster, StoreError> {
    Ok(Roster {
        id: RosterId::new(row.text(0)?),
        team: TeamId::new(row.text(1)?),
        from: row.day(2)?,
        to: row.day(3)?,
        state: variant(row, 4)?,
        version: row.int(5)?,
        based_on: row.opt_int(6)?,
        counter: row.int(7)?,
        created_by: row.text(8)?,
        created: row.instant(9)?,
        published: row.opt_instant(10)?,
        reason: row.opt_text(11)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Roster>, StoreError> {
    tx.query(&format!("{ROSTER} WHERE {condition}"), args)?.iter().map(roster).collect()
}

/// The roster of an id.
pub fn find(tx: &mut dyn Connection, id: &RosterId) -> Result<Option<Roster>, StoreError> {
    Ok(several(tx, "id = $1", &[id.into()])?.into_iter().next())
}

/// A team's rosters, by first day, then the newest first.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Roster>, StoreError> {
    several(tx, "team = $1 ORDER BY from_day, created_ms DESC, id DESC", &[team.into()])
}

/// A team's rosters in a state that share a day with `[from, to)`, by first day, then the newest first.
pub fn overlapping(
    tx: &mut dyn Connection,
    team: &TeamId,
    state: RosterState,
    from: Day,
    to: Day,
) -> Result<Vec<Roster>, StoreError> {
    several(
        tx,
        "team = $1 AND state = $2 AND from_day < $3 AND to_day > $4 ORDER BY from_day, created_ms DESC, id DESC",
        &[team.into(), word(&state)?.into(), to.into(), from.into()],
    )
}

/// Published rosters of all teams whose last day is before `day`.
pub fn published_until(tx: &mut dyn Connection, day: Day) -> Result<Vec<Roster>, StoreError> {
    let condition = "state = 'published' AND to_day <= $1 ORDER BY team, from_day";
    several(tx, condition, &[day.into()])
}

/// The number of the team's last published edition; 0 before the first.
pub fn last_version(tx: &mut dyn Connection, team: &TeamId) -> Result<i64, StoreError> {
    let sql = "SELECT MAX(version) FROM roster WHERE team = $1 AND published_ms IS NOT NULL";
    tx.query_one(sql, &[team.into()])?.map_or(Ok(0), |row| Ok(row.opt_int(0)?.unwrap_or(0)))
}

/// Adds a roster.
pub fn insert(tx: &mut dyn Connection, roster: &Roster) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO roster (id, team, from_day, to_day, state, version, based_on, counter, created_by, created_ms,
           published_ms, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            (&roster.id).into(),
            (&roster.team).into(),
            roster.from.into(),
            roster.to.into(),
            word(&roster.state)?.into(),
            roster.version.into(),
            roster.based_on.into(),
            roster.counter.into(),
            (&roster.created_by).into(),
            roster.created.into(),
            roster.published.into(),
            roster.reason.clone().into(),
        ],
    )?;
    Ok(())
}

/// Raises the counter of a draft that still has the counter `expected`; the new one, or nothing where somebody else was
/// faster or the roster is no draft any more.
pub fn touch(tx: &mut dyn Connection, id: &RosterId, expected: i64) -> Result<Option<i64>, StoreError> {
    let sql = "UPDATE roster SET counter = counter + 1 WHERE id = $1 AND counter = $2 AND state = 'draft'
        RETURNING counter";
    let row = tx.query_one(sql, &[id.into(), expected.into()])?;
    row.map(|row| row.int(0)).transpose()
}

/// Publishes a draft as edition `version`; false where it is no draft any more.
pub fn publish(
    tx: &mut dyn Connection,
    id: &RosterId,
    version: i64,
    reason: Option<&str>,
    now: Instant,
) -> Result<bool, StoreError> {
    let sql = "UPDATE roster SET state = 'published', version = $1, reason = $2, published_ms = $3,
        counter = counter + 1 WHERE id = $4 AND state = 'draft'";
    Ok(tx.execute(sql, &[version.into(), reason.into(), now.into(), id.into()])? == 1)
}

/// Marks a published roster as replaced.
pub fn retire(tx: &mut dyn Connection, id: &RosterId) -> Result<(), StoreError> {
    tx.execute("UPDATE roster SET state = 'historic' WHERE id = $1 AND state = 'published'", &[id.into()])?;
    Ok(())
}

/// Says which edition a draft is on top of now.
pub fn rebase(tx: &mut dyn Connection, id: &RosterId, based_on: Option<i64>) -> Result<(), StoreError> {
    let sql = "UPDATE roster SET based_on = $1 WHERE id = $2 AND state = 'draft'";
    tx.execute(sql, &[based_on.into(), id.into()])?;
    Ok(())
}

/// Throws a draft away with its slots' holders; false where it is no draft.
pub fn discard(tx: &mut dyn Connection, id: &RosterId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM roster WHERE id = $1 AND state = 'draft'", &[id.into()])? == 1)
}

/// Who holds what in a roster, by slot id.
pub fn slots(tx: &mut dyn Connection, id: &RosterId) -> Result<Vec<RosterSlot>, StoreError> {
    let sql = "SELECT slot, person, pinned, reason, base FROM roster_slot WHERE roster = $1 ORDER BY slot";
    let slot = |row: &Row| {
        Ok(RosterSlot {
            slot: SlotId::new(row.text(0)?),
            person: row.opt_text(1)?.map(PersonId::new),
            pinned: row.boolean(2)?,
            reason: row.opt_text(3)?,
            base: row.opt_text(4)?.map(PersonId::new),
        })
    };
    tx.query(sql, &[id.into()])?.iter().map(slot).collect()
}

/// Writes who holds a slot in a roster.
pub fn put_slot(tx: &mut dyn Connection, id: &RosterId, slot: &RosterSlot) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO roster_slot (roster, slot, person, pinned, reason, base) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (roster, slot) DO UPDATE SET person = excluded.person, pinned = excluded.pinned,
           reason = excluded.reason, base = excluded.base",
        &[
            id.into(),
            (&slot.slot).into(),
            slot.person.as_ref().into(),
            slot.pinned.into(),
            slot.reason.clone().into(),
            slot.base.as_ref().into(),
        ],
    )?;
    Ok(())
}

/// Takes a slot out of a roster.
pub fn remove_slot(tx: &mut dyn Connection, id: &RosterId, slot: &SlotId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM roster_slot WHERE roster = $1 AND slot = $2", &[id.into(), slot.into()])?;
    Ok(())
}
