//! What the instance is: single values by key, such as its epoch and its link key.

use super::{Connection, StoreError};

/// The value of a key.
pub fn find(tx: &mut dyn Connection, key: &str) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT value FROM instance WHERE key = $1", &[key.into()])?;
    row.map(|row| row.text(0)).transpose()
}

/// Sets the value of a key.
pub fn set(tx: &mut dyn Connection, key: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO instance (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    tx.execute(sql, &[key.into(), value.into()])?;
    Ok(())
}

/// The value of a key; `fresh` becomes it where there is none.
pub fn find_or_set(tx: &mut dyn Connection, key: &str, fresh: &str) -> Result<String, StoreError> {
    if let Some(value) = find(tx, key)? {
        return Ok(value);
    }
    set(tx, key, fresh)?;
    Ok(fresh.to_owned())
}

/// Forgets the value of a key.
pub fn remove(tx: &mut dyn Connection, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM instance WHERE key = $1", &[key.into()]).map(drop)
}
