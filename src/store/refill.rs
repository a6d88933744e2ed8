//! Many objects of one collection at once: brought in and taken away by few statements, each with a change number of its
//! own, as if one had been stored after the other.

use super::objects::{NewObject, WRITTEN, written};
use super::{Connection, StoreError, Value, many, pushes};
use crate::ids::CollectionId;
use crate::time::Instant;

/// Stores objects under names that the collection doesn't have; one that it has, or a UID that it has, is a
/// [`StoreError::Constraint`].
pub fn add(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    objects: Vec<NewObject>,
    now: Instant,
) -> Result<(), StoreError> {
    let names: Vec<Value> = objects.iter().map(|object| Value::from(&object.name)).collect();
    let sql = "DELETE FROM tombstone WHERE collection = $1 AND name IN {}";
    many::execute(tx, sql, &[collection.into()], &names)?;
    let first = bump(tx, collection, objects.len(), now)?;
    let row = |(change, object): (i64, NewObject)| {
        let mut row = written(collection, object, change, now).to_vec();
        row.insert(15, now.into());
        row
    };
    many::insert(tx, &format!("object ({WRITTEN})"), (first..).zip(objects).map(row).collect())
}

/// Deletes objects, and leaves a tombstone of each; all of them must be there.
pub fn remove(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    names: &[String],
    now: Instant,
) -> Result<(), StoreError> {
    let keys: Vec<Value> = names.iter().map(Value::from).collect();
    many::execute(tx, "DELETE FROM object WHERE collection = $1 AND name IN {}", &[collection.into()], &keys)?;
    // What went before, came back and goes again left one already.
    many::execute(tx, "DELETE FROM tombstone WHERE collection = $1 AND name IN {}", &[collection.into()], &keys)?;
    let first = bump(tx, collection, names.len(), now)?;
    let row = |(change, name): (i64, &String)| vec![collection.into(), name.into(), change.into(), now.into()];
    let rows = (first..).zip(names).map(row).collect();
    many::insert(tx, "tombstone (collection, name, change, deleted_ms)", rows)
}

/// Raises the change number by so many, and gives the first of the new ones.
fn bump(tx: &mut dyn Connection, collection: &CollectionId, count: usize, now: Instant) -> Result<i64, StoreError> {
    let count = i64::try_from(count).unwrap_or(0);
    let sql = "UPDATE collection SET change = change + $1 WHERE id = $2 RETURNING change, watched";
    let row = tx.query_one(sql, &[count.into(), collection.into()])?;
    let row = row.ok_or_else(|| StoreError::Shape(format!("there is no collection {collection}")))?;
    if count > 0 {
        pushes::note_member(tx, collection, row.boolean(1)?, now);
    }
    Ok(row.int(0)? - count + 1)
}

/// Name and entity tag of every object of a collection.
pub fn etags(tx: &mut dyn Connection, collection: &CollectionId) -> Result<Vec<(String, String)>, StoreError> {
    let rows = tx.query("SELECT name, etag FROM object WHERE collection = $1", &[collection.into()])?;
    rows.into_iter().map(|mut row| Ok((row.take_text(0)?, row.take_text(1)?))).collect()
}
