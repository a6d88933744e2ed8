//! The editions of teams' rate tables.

use super::words::{from_json, to_json};
use super::{Connection, Row, StoreError, Value};
use crate::ids::TeamId;
use crate::roster::report::pay::Edition;

/// Every edition of a team's table, by number.
pub fn editions(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Edition>, StoreError> {
    let sql = "SELECT version, from_day, json FROM pay_rates WHERE team = $1 ORDER BY version";
    let edition = |row: &Row| {
        let ever = row.text(1)?.is_empty();
        let from = if ever { None } else { Some(row.day(1)?) };
        Ok(Edition { version: row.int(0)?, from, rates: from_json(&row.text(2)?)? })
    };
    tx.query(sql, &[team.into()])?.iter().map(edition).collect()
}

/// Adds an edition; its number must be new.
pub fn insert(tx: &mut dyn Connection, team: &TeamId, edition: &Edition) -> Result<(), StoreError> {
    // What begins with no day has been in force since ever.
    let from = edition.from.map_or_else(|| Value::from(""), Value::from);
    let sql = "INSERT INTO pay_rates (team, version, from_day, json) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, &[team.into(), edition.version.into(), from, to_json(&edition.rates)?.into()])?;
    Ok(())
}
