//! Opens connections with the settings on which durability rests, and reads each back: an engine that silently keeps
//! another value is refused.

use super::transaction::translate;
use crate::store::StoreError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// 3.7.0 to 3.51.2 may lose committed data when two connections write or checkpoint at once.
const OLDEST: i32 = 3_051_003;

/// Name, value to set, value read back.
const SETTINGS: [(&str, &str, &str); 10] = [
    ("journal_mode", "WAL", "wal"),
    // NORMAL syncs no commit in WAL mode: acknowledged writes would be lost with the power.
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("busy_timeout", "5000", "5000"),
    ("wal_autocheckpoint", "1000", "1000"),
    ("journal_size_limit", "67108864", "67108864"),
    ("mmap_size", "0", "0"),
    ("trusted_schema", "OFF", "0"),
    ("cell_size_check", "ON", "1"),
    ("temp_store", "MEMORY", "2"),
];

/// Those of them that concern a connection and not its file.
const PLAIN: [&str; 5] = ["busy_timeout", "mmap_size", "trusted_schema", "cell_size_check", "temp_store"];

/// Refuses an engine that may lose data. The number is of the form 3051003.
pub(super) fn refuse_old_engine(version: i32) -> Result<(), StoreError> {
    if version >= OLDEST {
        return Ok(());
    }
    let (major, minor, patch) = (version / 1_000_000, version / 1000 % 1000, version % 1000);
    Err(StoreError::Refused(format!("SQLite {major}.{minor}.{patch} may lose data; build with 3.51.3 or newer")))
}

/// The connection that writes; creates the file.
pub(super) fn writer(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    Ok(connection)
}

/// A connection that can't write.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set(&connection, "query_only", "ON", "1")?;
    Ok(connection)
}

/// A connection that moves the log into the file.
pub(super) fn settler(path: &Path) -> Result<Connection, StoreError> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// A connection that changes nothing, not even how the file is kept.
pub(super) fn onlooker(path: &Path) -> Result<Connection, StoreError> {
    plain(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// A connection to a file that is to be one file, without a log beside it.
pub(super) fn single(path: &Path) -> Result<Connection, StoreError> {
    let connection = plain(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set(&connection, "synchronous", "FULL", "2")?;
    set(&connection, "foreign_keys", "ON", "1")?;
    Ok(connection)
}

/// Takes what is in the log into the file, and keeps none from then on. [`StoreError::Busy`] while somebody else has the
/// file open.
pub(super) fn without_log(connection: &Connection) -> Result<(), StoreError> {
    set(connection, "journal_mode", "DELETE", "delete")
}

/// A connection with what is needed to trust a file that may be damaged.
fn plain(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|problem| at(path, translate(&problem)))?;
    for (name, value, expected) in SETTINGS.into_iter().filter(|(name, ..)| PLAIN.contains(name)) {
        set(&connection, name, value, expected).map_err(|problem| at(path, problem))?;
    }
    Ok(connection)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    // Each connection stays on its own thread.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .map_err(|problem| at(path, translate(&problem)))?;
    connection.set_prepared_statement_cache_capacity(256);
    // Without this a statement with a LIMIT or a range is planned anew with each value that is bound to it.
    let stable = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true);
    if !stable.map_err(|problem| at(path, translate(&problem)))? {
        return Err(StoreError::Refused("SQLite does not keep its query plans".to_owned()));
    }
    // First, so that a second process that just starts waits for its turn.
    set(&connection, "busy_timeout", "5000", "5000")?;
    for (name, value, expected) in SETTINGS {
        let (value, expected) = if name == "synchronous" { synchronous() } else { (value, expected) };
        set(&connection, name, value, expected).map_err(|problem| at(path, problem))?;
    }
    Ok(connection)
}

/// How commits are synced. In builds with debug assertions a test may have them not synced, to show that it would see a
/// loss.
fn synchronous() -> (&'static str, &'static str) {
    let less = cfg!(debug_assertions) && std::env::var_os("DOGWATCH_TEST_SYNCHRONOUS").is_some_and(|to| to == "NORMAL");
    if less { ("NORMAL", "1") } else { ("FULL", "2") }
}

fn set(connection: &Connection, name: &str, value: &str, expected: &str) -> Result<(), StoreError> {
    let pragma = |sql: String| -> rusqlite::Result<Option<String>> {
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        }))
    };
    pragma(format!("PRAGMA {name} = {value}")).map_err(|problem| translate(&problem))?;
    let found = pragma(format!("PRAGMA {name}")).map_err(|problem| translate(&problem))?;
    if found.as_deref() == Some(expected) {
        return Ok(());
    }
    let found = found.unwrap_or_else(|| "nothing".to_owned());
    Err(StoreError::Refused(format!("SQLite keeps {name} at {found} where Dogwatch needs {value}")))
}

/// Says which file a failure to open is about.
fn at(path: &Path, problem: StoreError) -> StoreError {
    match problem {
        StoreError::Engine(said) => StoreError::Engine(format!("{}: {said}", path.display())),
        StoreError::Corrupt(said) => StoreError::Corrupt(format!("{}: {said}", path.display())),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_that_may_lose_data_is_refused() {
        assert!(refuse_old_engine(3_051_002).unwrap_err().to_string().contains("3.51.2"));
        assert_eq!(refuse_old_engine(3_051_003), Ok(()));
        assert_eq!(refuse_old_engine(rusqlite::version_number()), Ok(()));
    }

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let connection = writer(&folder.path().join("x.db")).unwrap();
        connection.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)").unwrap();
        let mut statement = connection.prepare("SELECT b FROM t WHERE a > $1 AND a < $2 ORDER BY a LIMIT $3").unwrap();
        for n in 0..3 {
            assert_eq!(statement.query_row([n, n + 9, n], |_| Ok(())), Err(rusqlite::Error::QueryReturnedNoRows));
        }
        assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
    }

    #[test]
    fn a_setting_that_does_not_hold_is_refused() {
        // A database in memory has no write-ahead log.
        let connection = Connection::open_in_memory().unwrap();
        let problem = set(&connection, "journal_mode", "WAL", "wal").unwrap_err();
        assert!(problem.to_string().contains("journal_mode at memory"), "{problem}");
    }
}
