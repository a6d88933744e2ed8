//! An open SQLite transaction as row functions see it, and SQLite's errors in our words.

use crate::store::{Connection, Row, StoreError, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, ErrorCode, ToSql, ffi};

/// An open transaction. Remembers the worst the engine said, since a closure may wrap or swallow it.
pub(super) struct Transaction<'c> {
    connection: &'c rusqlite::Connection,
    failure: Option<Failure>,
}

/// A failure that concerns the whole transaction and not one statement.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) error: StoreError,
    /// After it no write can be trusted.
    pub(super) fatal: bool,
}

impl<'c> Transaction<'c> {
    pub(super) fn new(connection: &'c rusqlite::Connection) -> Self {
        Self { connection, failure: None }
    }

    /// The failure of the whole transaction, if there was one.
    pub(super) fn into_failure(self) -> Option<Failure> {
        self.failure
    }

    fn statement(&self, sql: &str, args: &[Value]) -> rusqlite::Result<CachedStatement<'c>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let wanted = statement.parameter_count();
        if wanted != args.len() {
            return Err(rusqlite::Error::InvalidParameterCount(args.len(), wanted));
        }
        for index in 1..=wanted {
            // `$2` is a name to SQLite and a number to PostgreSQL: bind by what it says.
            let name = statement.parameter_name(index).and_then(|name| name.strip_prefix('$'));
            let number = name.and_then(|name| name.parse::<usize>().ok()).unwrap_or(index);
            let value = args.get(number - 1).ok_or(rusqlite::Error::InvalidParameterCount(args.len(), number))?;
            statement.raw_bind_parameter(index, value)?;
        }
        Ok(statement)
    }

    fn note(&mut self, error: &rusqlite::Error) -> StoreError {
        let failure = failure(error);
        if failure.fatal || matches!(failure.error, StoreError::Full | StoreError::Corrupt(_) | StoreError::ReadOnly) {
            self.failure = Some(failure.clone());
        }
        failure.error
    }
}

impl Connection for Transaction<'_> {
    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<u64, StoreError> {
        let changed = self.statement(sql, args).and_then(|mut statement| statement.raw_execute());
        changed.map(|rows| rows as u64).map_err(|problem| self.note(&problem))
    }

    fn query(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        let rows = self.statement(sql, args).and_then(|mut statement| all_rows(&mut statement));
        rows.map_err(|problem| self.note(&problem))
    }

    fn each(
        &mut self,
        sql: &str,
        args: &[Value],
        take: &mut dyn FnMut(&mut Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let lent = self.statement(sql, args).and_then(|mut statement| lend_rows(&mut statement, take));
        lent.map_err(|problem| self.note(&problem))?
    }
}

fn all_rows(statement: &mut CachedStatement<'_>) -> rusqlite::Result<Vec<Row>> {
    let columns = statement.column_count();
    let mut found = Vec::new();
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        let mut values = vec![Value::Null; columns];
        fill(&mut values, row)?;
        found.push(Row::new(values));
    }
    Ok(found)
}

/// Lends every row; the inner result is that of whoever takes them.
fn lend_rows(
    statement: &mut CachedStatement<'_>,
    take: &mut dyn FnMut(&mut Row) -> Result<(), StoreError>,
) -> rusqlite::Result<Result<(), StoreError>> {
    let mut lent = Row::new(vec![Value::Null; statement.column_count()]);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        fill(lent.values_mut(), row)?;
        if let Err(refused) = take(&mut lent) {
            return Ok(Err(refused));
        }
    }
    Ok(Ok(()))
}

/// Puts a row's values there; a text goes into the room of the one before it.
fn fill(values: &mut [Value], row: &rusqlite::Row<'_>) -> rusqlite::Result<()> {
    for (column, value) in values.iter_mut().enumerate() {
        let found = row.get_ref(column)?;
        match (found, &mut *value) {
            (ValueRef::Text(_), Value::Text(room)) => {
                room.clear();
                room.push_str(text(found, column)?);
            }
            (ValueRef::Text(_), _) => *value = Value::Text(text(found, column)?.to_owned()),
            (ValueRef::Null, _) => *value = Value::Null,
            (ValueRef::Integer(number), _) => *value = Value::Int(number),
            (ValueRef::Blob(bytes), _) => *value = Value::Bytes(bytes.to_vec()),
            (ValueRef::Real(_), _) => return Err(unlike(column, found)),
        }
    }
    Ok(())
}

fn text(value: ValueRef<'_>, column: usize) -> rusqlite::Result<&str> {
    value.as_str().map_err(|_| unlike(column, value))
}

fn unlike(column: usize, value: ValueRef<'_>) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, String::new(), value.data_type())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// SQLite's error in our words, and whether anything may still be trusted after it.
pub(super) fn failure(error: &rusqlite::Error) -> Failure {
    let rusqlite::Error::SqliteFailure(code, message) = error else {
        return Failure { error: StoreError::Shape(error.to_string()), fatal: false };
    };
    let said = message.clone().unwrap_or_else(|| code.to_string());
    let (error, fatal) = match code.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => (StoreError::Busy, false),
        ErrorCode::DiskFull => (StoreError::Full, false),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => (StoreError::ReadOnly, false),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => (StoreError::Corrupt(said), true),
        ErrorCode::ConstraintViolation => (StoreError::Constraint(said), false),
        // The shared index of the log can't grow either when the disk is full.
        ErrorCode::SystemIoFailure if code.extended_code == ffi::SQLITE_IOERR_SHMSIZE => (StoreError::Full, false),
        ErrorCode::SystemIoFailure => (StoreError::Broken(format!("I/O error {}: {said}", code.extended_code)), true),
        _ => (StoreError::Engine(said), false),
    };
    Failure { error, fatal }
}

/// SQLite's error in our words.
pub(super) fn translate(error: &rusqlite::Error) -> StoreError {
    failure(error).error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(extended: i32) -> Failure {
        failure(&rusqlite::Error::SqliteFailure(ffi::Error::new(extended), None))
    }

    #[test]
    fn after_a_failed_sync_nothing_can_be_trusted() {
        for extended in
            [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_DIR_FSYNC, ffi::SQLITE_CORRUPT]
        {
            assert!(of(extended).fatal, "{extended}");
        }
    }

    #[test]
    fn a_full_disk_a_wait_and_a_rule_pass() {
        assert!(matches!(of(ffi::SQLITE_FULL), Failure { error: StoreError::Full, fatal: false }));
        assert!(matches!(of(ffi::SQLITE_IOERR_SHMSIZE), Failure { error: StoreError::Full, fatal: false }));
        assert!(matches!(of(ffi::SQLITE_BUSY_SNAPSHOT), Failure { error: StoreError::Busy, fatal: false }));
        assert!(matches!(of(ffi::SQLITE_READONLY_DBMOVED), Failure { error: StoreError::ReadOnly, fatal: false }));
        assert!(matches!(
            of(ffi::SQLITE_CONSTRAINT_UNIQUE),
            Failure { error: StoreError::Constraint(_), fatal: false }
        ));
    }
}
