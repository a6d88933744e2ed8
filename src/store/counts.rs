//! How people's own calendars count for the rosters they stand in.

use super::words::{variant, word};
use super::{Connection, StoreError};
use crate::ids::CollectionId;
use crate::roster::model::CountsAs;

/// How a calendar counts; the usual way where nothing was said.
pub fn of_calendar(tx: &mut dyn Connection, collection: &CollectionId) -> Result<CountsAs, StoreError> {
    let sql = "SELECT counts_as FROM calendar_count WHERE collection = $1";
    let row = tx.query_one(sql, &[collection.into()])?;
    row.map_or(Ok(CountsAs::default()), |row| variant(&row, 0))
}

/// Says how a calendar counts.
pub fn set(tx: &mut dyn Connection, collection: &CollectionId, counts_as: CountsAs) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO calendar_count (collection, counts_as) VALUES ($1, $2)
         ON CONFLICT (collection) DO UPDATE SET counts_as = excluded.counts_as",
        &[collection.into(), word(&counts_as)?.into()],
    )?;
    Ok(())
}
