//! What both engines agree on, whatever each would let pass: a statement that fails ends its transaction, and a text
//! holds no NUL character. PostgreSQL insists on both; SQLite is held to it, so that no code comes to rely on less.

use super::notes::Notes;
use super::{Connection, Row, StoreError, Value};

/// A transaction as closures see it.
pub(super) struct Guarded<'t> {
    inner: &'t mut dyn Connection,
    failure: Option<StoreError>,
    notes: Notes,
}

impl<'t> Guarded<'t> {
    pub(super) fn new(inner: &'t mut dyn Connection) -> Self {
        Self { inner, failure: None, notes: Notes::default() }
    }

    /// What the closure noted.
    pub(super) fn noted(&mut self) -> &mut Notes {
        &mut self.notes
    }

    /// The first failure of a statement: nothing of the transaction may stay, even where the closure went on.
    pub(super) fn into_failure(self) -> Option<StoreError> {
        self.failure
    }

    fn run<T>(
        &mut self,
        args: &[Value],
        statement: impl FnOnce(&mut dyn Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let outcome = if args.iter().any(holds_nul) { Err(StoreError::Nul) } else { statement(self.inner) };
        outcome.inspect_err(|failure| self.failure = Some(failure.clone()))
    }
}

impl Connection for Guarded<'_> {
    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<u64, StoreError> {
        self.run(args, |inner| inner.execute(sql, args))
    }

    fn query(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.run(args, |inner| inner.query(sql, args))
    }

    fn each(
        &mut self,
        sql: &str,
        args: &[Value],
        take: &mut dyn FnMut(&mut Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.run(args, |inner| inner.each(sql, args, take))
    }

    fn notes(&mut self) -> Option<&mut Notes> {
        Some(&mut self.notes)
    }
}

fn holds_nul(value: &Value) -> bool {
    matches!(value, Value::Text(text) if text.as_bytes().contains(&0))
}
