//! What a transaction looks like to the functions that read and write rows, whatever the engine.

use super::{Row, StoreError, Value};

/// One open transaction.
pub trait Connection {
    /// Runs one statement and says how many rows it changed.
    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<u64, StoreError>;

    /// Runs one statement that answers rows: a `SELECT`, or a change with `RETURNING`.
    fn query(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError>;
}

impl dyn Connection + '_ {
    /// The row of a query that answers at most one.
    pub fn query_one(&mut self, sql: &str, args: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, args)?.into_iter().next())
    }
}
