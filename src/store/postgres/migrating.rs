//! Brings a PostgreSQL database to the schema this program knows, also while another process starts to do the same.

use super::Session;
use super::failure::Failure;
use crate::store::{Connection, StoreError, migrate, schema};
use std::time::Duration;

/// Times that a step is tried while another process may be taking it.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

/// A step waits for the transactions of servers that still run, and may take long itself.
const BEGIN: &str =
    "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";

/// Takes every step that is missing.
pub(super) fn bring_up_to_date(session: &mut Session) -> Result<(), StoreError> {
    let dialect = if session.is_cockroach()? { schema::for_cockroach } else { schema::for_postgres };
    let mut tried = 0;
    loop {
        let have = version(session)?;
        if migrate::is_complete(have, schema::steps())? {
            return Ok(());
        }
        tried += 1;
        match step(session, dialect) {
            Ok(()) => tried = 0,
            Err(Failure::Again) if tried < TRIES => {}
            // Two processes that make the same table: the slower one is told that it exists.
            Err(_) if tried < TRIES && version(session)? > have => tried = 0,
            Err(Failure::Refused(StoreError::Constraint(_))) if have == 0 && tried < TRIES => {}
            Err(failure) => return Err(failure.into_error()),
        }
        std::thread::sleep(if tried == 0 { Duration::ZERO } else { PAUSE });
    }
}

fn step(session: &mut Session, dialect: fn(&str) -> String) -> Result<(), Failure> {
    session.begin(BEGIN)?;
    let advanced = migrate::advance(session, schema::steps(), dialect);
    match (session.take_failure(), advanced) {
        (Some(failure), _) => {
            session.roll_back();
            Err(failure)
        }
        (None, Err(error)) => {
            session.roll_back();
            Err(Failure::Refused(error))
        }
        (None, Ok(_)) => session.commit().inspect_err(|_| session.roll_back()),
    }
}

/// The number of the schema in the database; 0 where there is none. Makes nothing, so that a server whose user may not
/// make tables starts on a database that is up to date.
pub(super) fn version(session: &mut Session) -> Result<i64, StoreError> {
    let there = "SELECT table_name FROM information_schema.tables
        WHERE table_schema = current_schema() AND table_name = 'schema_version'";
    let tx: &mut dyn Connection = session;
    if tx.query_one(there, &[])?.is_none() {
        return Ok(0);
    }
    tx.query_one("SELECT version FROM schema_version", &[])?.map_or(Ok(0), |row| row.int(0))
}
