//! Schedules at pagers that follow a role of a team, how they do, and which overrides Dogwatch put there or was about to.

use super::words::{from_json, to_json, variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::{PagerId, PersonId, TeamId};
use crate::time::{Instant, Window};
use serde::{Deserialize, Serialize};

/// Which pager it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// PagerDuty.
    PagerDuty,
    /// Opsgenie.
    Opsgenie,
}

impl Kind {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PagerDuty => "pagerduty",
            Self::Opsgenie => "opsgenie",
        }
    }
}

/// A schedule that follows a role.
#[derive(Clone, PartialEq, Eq)]
pub struct Pager {
    /// Identifier.
    pub id: PagerId,
    /// Whose roster.
    pub team: TeamId,
    /// Which role of it.
    pub role: String,
    /// Which pager.
    pub kind: Kind,
    /// What the schedule is called there.
    pub schedule: String,
    /// Where the pager is, where that is not the usual address.
    pub url: Option<String>,
    /// The key of the account, sealed.
    pub key: Vec<u8>,
    /// How many days ahead it is kept.
    pub days: u32,
    /// When it was made.
    pub created: Instant,
    /// How it does.
    pub health: Health,
}

/// What became of the last comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When all was as it ought to be last.
    pub synced: Option<Instant>,
    /// When it could not be brought about last.
    pub failed: Option<Instant>,
    /// Why not; nothing since it was.
    pub problem: Option<String>,
    /// People on the roster whom the pager does not know by their mail address.
    pub unmatched: Vec<PersonId>,
}

/// An override that Dogwatch made, or was about to make: the answer may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Who, as the pager calls them.
    pub user: String,
    /// From when until when.
    pub window: Window,
    /// What the pager calls it, where it said so.
    pub far: Option<String>,
}

const PAGER: &str =
    "SELECT id, team, role, kind, schedule, url, sealed, days, created_ms, synced_ms, failed_ms, problem,
    unmatched FROM pager";

fn pager(row: &Row) -> Result<Pager, StoreError> {
    Ok(Pager {
        id: PagerId::new(row.text(0)?),
        team: TeamId::new(row.text(1)?),
        role: row.text(2)?,
        kind: variant(row, 3)?,
        schedule: row.text(4)?,
        url: row.opt_text(5)?,
        key: row.bytes(6)?,
        days: row.unsigned(7)?,
        created: row.instant(8)?,
        health: Health {
            synced: row.opt_instant(9)?,
            failed: row.opt_instant(10)?,
            problem: row.opt_text(11)?,
            unmatched: from_json(&row.text(12)?)?,
        },
    })
}

/// Adds one, or writes anew what somebody chose about it.
pub fn put(tx: &mut dyn Connection, pager: &Pager) -> Result<(), StoreError> {
    let args: [Value; 9] = [
        (&pager.id).into(),
        (&pager.team).into(),
        (&pager.role).into(),
        word(&pager.kind)?.into(),
        (&pager.schedule).into(),
        pager.url.clone().into(),
        pager.key.clone().into(),
        pager.days.into(),
        pager.created.into(),
    ];
    tx.execute(
        "INSERT INTO pager (id, team, role, kind, schedule, url, sealed, days, created_ms, unmatched)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '[]')
         ON CONFLICT (id) DO UPDATE SET role = excluded.role, schedule = excluded.schedule, url = excluded.url,
           sealed = excluded.sealed, days = excluded.days",
        &args,
    )?;
    Ok(())
}

/// One of them.
pub fn find(tx: &mut dyn Connection, id: &PagerId) -> Result<Option<Pager>, StoreError> {
    let row = tx.query_one(&format!("{PAGER} WHERE id = $1"), &[id.into()])?;
    row.map(|row| pager(&row)).transpose()
}

/// Those of a team, by when they were made.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Pager>, StoreError> {
    let rows = tx.query(&format!("{PAGER} WHERE team = $1 ORDER BY created_ms, id"), &[team.into()])?;
    rows.iter().map(pager).collect()
}

/// Those that were not looked at since a moment, whatever came of it.
pub fn stale(tx: &mut dyn Connection, before: Instant) -> Result<Vec<Pager>, StoreError> {
    let sql = format!(
        "{PAGER} WHERE (synced_ms IS NULL OR synced_ms < $1) AND (failed_ms IS NULL OR failed_ms < $2)
         AND created_ms < $3 ORDER BY id"
    );
    tx.query(&sql, &[before.into(), before.into(), before.into()])?.iter().map(pager).collect()
}

/// Removes one, and what is known of its overrides.
pub fn remove(tx: &mut dyn Connection, id: &PagerId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM pager WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Notes that all is as it ought to be, but for people whom the pager doesn't know.
pub fn note_synced(
    tx: &mut dyn Connection,
    id: &PagerId,
    now: Instant,
    unmatched: &[PersonId],
) -> Result<(), StoreError> {
    let sql = "UPDATE pager SET synced_ms = $1, problem = NULL, unmatched = $2 WHERE id = $3";
    tx.execute(sql, &[now.into(), to_json(&unmatched)?.into(), id.into()])?;
    Ok(())
}

/// Notes why it could not be brought about.
pub fn note_failed(tx: &mut dyn Connection, id: &PagerId, now: Instant, problem: &str) -> Result<(), StoreError> {
    let sql = "UPDATE pager SET failed_ms = $1, problem = $2 WHERE id = $3";
    tx.execute(sql, &[now.into(), problem.into(), id.into()])?;
    Ok(())
}

/// The overrides that Dogwatch made there or was about to make, without those that have ended by now.
pub fn made(tx: &mut dyn Connection, id: &PagerId, now: Instant) -> Result<Vec<Made>, StoreError> {
    tx.execute("DELETE FROM pager_override WHERE pager = $1 AND end_ms <= $2", &[id.into(), now.into()])?;
    let sql = "SELECT user_id, start_ms, end_ms, far FROM pager_override WHERE pager = $1 ORDER BY start_ms, user_id";
    let made = |row: &Row| Ok(Made { user: row.text(0)?, window: row.window(1)?, far: row.opt_text(3)? });
    tx.query(sql, &[id.into()])?.iter().map(made).collect()
}

/// Notes an override that is about to be made, or what the pager calls it since.
pub fn note_made(tx: &mut dyn Connection, id: &PagerId, made: &Made) -> Result<(), StoreError> {
    let args: [Value; 5] =
        [id.into(), (&made.user).into(), made.window.start.into(), made.window.end.into(), made.far.clone().into()];
    tx.execute(
        "INSERT INTO pager_override (pager, user_id, start_ms, end_ms, far) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (pager, user_id, start_ms, end_ms) DO UPDATE SET far = excluded.far",
        &args,
    )?;
    Ok(())
}

/// Forgets an override that was taken away.
pub fn forget(tx: &mut dyn Connection, id: &PagerId, far: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM pager_override WHERE pager = $1 AND far = $2", &[id.into(), far.into()])?;
    Ok(())
}
