//! Months of which people have confirmed that they said when they can.

use super::{Connection, StoreError};
use crate::ids::PersonId;
use crate::time::{Day, Instant};

/// The first days of the months that a person has confirmed, in order, each with when.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<(Day, Instant)>, StoreError> {
    let sql = "SELECT month, at_ms FROM confirmed_month WHERE person = $1 ORDER BY month";
    let rows = tx.query(sql, &[person.into()])?;
    rows.iter().map(|row| Ok((row.day(0)?, row.instant(1)?))).collect()
}

/// Confirms the month that begins with a day; false where it was confirmed before, and stays so since then.
pub fn confirm(tx: &mut dyn Connection, person: &PersonId, month: Day, now: Instant) -> Result<bool, StoreError> {
    let sql = "INSERT INTO confirmed_month (person, month, at_ms) VALUES ($1, $2, $3)
        ON CONFLICT (person, month) DO NOTHING";
    Ok(tx.execute(sql, &[person.into(), month.into(), now.into()])? == 1)
}

/// Takes a confirmation back; false where there was none.
pub fn withdraw(tx: &mut dyn Connection, person: &PersonId, month: Day) -> Result<bool, StoreError> {
    let sql = "DELETE FROM confirmed_month WHERE person = $1 AND month = $2";
    Ok(tx.execute(sql, &[person.into(), month.into()])? == 1)
}
