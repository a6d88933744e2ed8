//! Brings a database to the schema this program knows, step by step, each step a transaction of its own.

use super::{Connection, StoreError, Value};

/// The statements of one step from a schema to the next.
pub(super) type Step = &'static [&'static str];

/// The number of the schema in the database; 0 where there is none.
pub(super) fn version(tx: &mut dyn Connection) -> Result<i64, StoreError> {
    tx.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)", &[])?;
    let row = tx.query_one("SELECT version FROM schema_version", &[])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Whether no step is missing; refuses a schema that is newer than this program.
pub(super) fn is_complete(have: i64, steps: &[Step]) -> Result<bool, StoreError> {
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    if have > known {
        return Err(StoreError::Refused(format!(
            "the database has schema {have}, and this dogwatch knows schemas up to {known}; start the newer program \
             that wrote it, or restore a backup made before the upgrade"
        )));
    }
    Ok(have == known)
}

/// Takes the next step where one is missing; false when none is. Run each call in a transaction of its own: whoever
/// comes second finds the step taken, or the row of the version changed under it.
pub(super) fn advance(
    tx: &mut dyn Connection,
    steps: &[Step],
    dialect: fn(&str) -> String,
) -> Result<bool, StoreError> {
    let have = version(tx)?;
    if is_complete(have, steps)? {
        return Ok(false);
    }
    let Some(step) = usize::try_from(have).ok().and_then(|have| steps.get(have)) else { return Ok(false) };
    // First, so that two who start at once meet at this row before they make anything.
    if have == 0 {
        tx.execute("INSERT INTO schema_version (version) VALUES ($1)", &[Value::Int(1)])?;
    } else {
        tx.execute("UPDATE schema_version SET version = $1", &[Value::Int(have + 1)])?;
    }
    for statement in *step {
        tx.execute(&dialect(statement), &[])?;
    }
    Ok(true)
}
