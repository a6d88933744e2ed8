//! What a transaction looks like to the functions that read and write rows, whatever the engine.

use super::notes::Notes;
use super::{Row, StoreError, Value};
use crate::ids::PersonId;
use crate::time::Instant;

/// One open transaction.
pub trait Connection {
    /// Runs one statement and says how many rows it changed.
    fn execute(&mut self, sql: &str, args: &[Value]) -> Result<u64, StoreError>;

    /// Runs one statement that answers rows: a `SELECT`, or a change with `RETURNING`.
    fn query(&mut self, sql: &str, args: &[Value]) -> Result<Vec<Row>, StoreError>;

    /// As [`Connection::query`], but each row is only lent to `take`: a long answer needs the room of one row.
    fn each(
        &mut self,
        sql: &str,
        args: &[Value],
        take: &mut dyn FnMut(&mut Row) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.query(sql, args)?.iter_mut().try_for_each(take)
    }

    /// Where it is noted what subscribers are to be told; nothing on a bare connection, on which nobody writes such.
    fn notes(&mut self) -> Option<&mut Notes> {
        None
    }
}

impl dyn Connection + '_ {
    /// The row of a query that answers at most one.
    pub fn query_one(&mut self, sql: &str, args: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.query(sql, args)?.into_iter().next())
    }

    /// Members of what goes by this topic have changed, come or gone.
    pub fn note_content(&mut self, topic: &str, at: Instant) {
        if let Some(notes) = self.notes() {
            notes.content(topic, at);
        }
    }

    /// Properties of what goes by this topic have changed, for everybody or as one person sees them.
    pub fn note_properties(&mut self, topic: &str, only: Option<&PersonId>, at: Instant) {
        if let Some(notes) = self.notes() {
            notes.properties(topic, only, at);
        }
    }

    /// What went by this topic is gone, and was this person's.
    pub fn note_end(&mut self, topic: &str, owner: &PersonId, at: Instant) {
        if let Some(notes) = self.notes() {
            notes.gone(topic, owner, at);
        }
    }
}
