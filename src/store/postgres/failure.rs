//! PostgreSQL's errors in our words, told apart by what may be done after them.

use crate::store::StoreError;
use postgres::error::{DbError, Severity, SqlState};

/// Why a transaction did not happen. Nothing of it stays in any of these cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// A statement was refused: whoever asked is told.
    Refused(StoreError),
    /// Another transaction was faster: the same again may succeed.
    Again,
    /// The connection is of no use any more: the same again on another one.
    Lost(StoreError),
}

impl Failure {
    /// What a caller is told when nobody tries again.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Refused(error) | Self::Lost(error) => error,
            Self::Again => StoreError::Busy,
        }
    }
}

/// What an error of a statement means; `closed` says whether the connection is gone.
pub(super) fn of_statement(error: &postgres::Error, closed: bool) -> Failure {
    match error.as_db_error() {
        Some(said) => of_server(said),
        None if closed || is_io(error) => Failure::Lost(StoreError::Away("the connection broke".to_owned())),
        // A value that does not fit its parameter or column.
        None => Failure::Refused(StoreError::Shape(error.to_string())),
    }
}

/// What an error of a COMMIT means; nothing where nobody can say whether it happened.
pub(super) fn of_commit(error: &postgres::Error) -> Option<Failure> {
    let said = error.as_db_error()?;
    // A plain error undoes the transaction. One that ends the session may come after the commit (while it waits for a
    // replica, say), and a cluster may not know itself (40003).
    let undone =
        said.parsed_severity() == Some(Severity::Error) && *said.code() != SqlState::T_R_STATEMENT_COMPLETION_UNKNOWN;
    undone.then(|| of_server(said))
}

fn of_server(said: &DbError) -> Failure {
    let (code, words) = (said.code(), said.message().to_owned());
    if matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) {
        return Failure::Lost(StoreError::Away(words));
    }
    // The message names tables and rules; the detail would quote rows, and stays out of logs.
    Failure::Refused(match code.code() {
        "40001" | "40P01" => return Failure::Again,
        // Another process has changed the schema under a prepared statement, or the statement is gone.
        "26000" => return Failure::Lost(StoreError::Away(words)),
        "0A000" if words.contains("cached plan") => return Failure::Lost(StoreError::Away(words)),
        "25006" => StoreError::ReadOnly,
        "53100" => StoreError::Full,
        // It waited for a lock, or ran, longer than allowed.
        "55P03" | "57014" => StoreError::Busy,
        "22021" => StoreError::Nul,
        "XX001" | "XX002" => StoreError::Corrupt(words),
        integrity if integrity.starts_with("23") => StoreError::Constraint(words),
        other => StoreError::Engine(format!("{words} ({other})")),
    })
}

fn is_io(error: &postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}
