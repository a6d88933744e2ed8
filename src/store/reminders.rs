//! What people chose to be reminded of, and when.

use super::{Connection, StoreError};
use crate::ids::PersonId;
use crate::roster::quiet::Choice;

/// What somebody chose; the default where they never did.
pub fn choice(tx: &mut dyn Connection, person: &PersonId) -> Result<Choice, StoreError> {
    let row = tx.query_one("SELECT json FROM reminder_choice WHERE person = $1", &[person.into()])?;
    let Some(text) = row.map(|row| row.text(0)).transpose()? else { return Ok(Choice::default()) };
    serde_json::from_str(&text).map_err(|error| StoreError::Shape(format!("the reminders of {person}: {error}")))
}

/// Writes what somebody chose.
pub fn set_choice(tx: &mut dyn Connection, person: &PersonId, choice: &Choice) -> Result<(), StoreError> {
    let json = serde_json::to_string(choice).map_err(|error| StoreError::Shape(error.to_string()))?;
    let sql = "INSERT INTO reminder_choice (person, json) VALUES ($1, $2)
         ON CONFLICT (person) DO UPDATE SET json = excluded.json";
    tx.execute(sql, &[person.into(), json.into()])?;
    Ok(())
}
