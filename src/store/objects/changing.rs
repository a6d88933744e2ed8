//! What changes calendar objects: storing and deleting, tombstones and their sweeping, and the entity tags under which
//! clients may still know what was rewritten.

use super::{LASTING, NewObject};
use crate::ical::instances::Instances;
use crate::ids::CollectionId;
use crate::store::{Connection, StoreError, Value, collections};
use crate::time::Instant;

/// The columns of an object as they are written; [`written`] gives a value for each but `modified_ms`, which is
/// `created_ms` again.
pub(in crate::store) const WRITTEN: &str =
    "collection, name, uid, component, etag, schedule_tag, first_ms, last_ms, recurring,
    organizer, sequence, digest, size, change, created_ms, modified_ms, lasting, known_ms, instances, body";

pub(in crate::store) fn written(
    collection: &CollectionId,
    object: NewObject,
    change: i64,
    now: Instant,
) -> [Value; 19] {
    [
        collection.into(),
        object.name.into(),
        object.uid.into(),
        object.component.into(),
        object.etag.into(),
        object.schedule_tag.into(),
        object.extent.start.into(),
        object.extent.end.into(),
        object.recurring.into(),
        object.organizer.into(),
        object.sequence.into(),
        object.digest.into(),
        i64::try_from(object.body.len()).unwrap_or(i64::MAX).into(),
        change.into(),
        now.into(),
        (object.extent.millis() > LASTING).into(),
        object.instances.as_ref().map_or(Instant::FAR_PAST, |known| known.until).into(),
        object.instances.as_ref().map(Instances::to_bytes).into(),
        object.body.into(),
    ]
}

/// Stores an object under its name, new or in place of the old one, and gives the collection's new change number. A UID
/// that another object of the collection has is a [`StoreError::Constraint`].
pub fn put(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    object: NewObject,
    now: Instant,
) -> Result<i64, StoreError> {
    let change = collections::bump(tx, collection, now)?;
    let forget = "DELETE FROM tombstone WHERE collection = $1 AND name = $2";
    tx.execute(forget, &[collection.into(), (&object.name).into()])?;
    let sql = format!(
        "INSERT INTO object ({WRITTEN})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, $16, $17, $18, $19)
         ON CONFLICT (collection, name) DO UPDATE SET uid = excluded.uid, component = excluded.component,
           etag = excluded.etag, schedule_tag = excluded.schedule_tag, first_ms = excluded.first_ms,
           last_ms = excluded.last_ms, recurring = excluded.recurring, organizer = excluded.organizer,
           sequence = excluded.sequence, digest = excluded.digest, size = excluded.size, change = excluded.change,
           modified_ms = excluded.modified_ms, lasting = excluded.lasting, known_ms = excluded.known_ms,
           instances = excluded.instances, body = excluded.body"
    );
    tx.execute(&sql, &written(collection, object, change, now))?;
    Ok(change)
}

/// Gives an object a new change number, without any change of it.
pub fn touch(tx: &mut dyn Connection, collection: &CollectionId, name: &str, now: Instant) -> Result<(), StoreError> {
    let change = collections::bump(tx, collection, now)?;
    let sql = "UPDATE object SET change = $1 WHERE collection = $2 AND name = $3";
    tx.execute(sql, &[change.into(), collection.into(), name.into()])?;
    Ok(())
}

/// Deletes an object and leaves a tombstone; the collection's new change number, or nothing where there was no object.
pub fn delete(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    name: &str,
    now: Instant,
) -> Result<Option<i64>, StoreError> {
    let key = [collection.into(), name.into()];
    if tx.execute("DELETE FROM object WHERE collection = $1 AND name = $2", &key)? == 0 {
        return Ok(None);
    }
    let change = collections::bump(tx, collection, now)?;
    tx.execute(
        "INSERT INTO tombstone (collection, name, change, deleted_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (collection, name) DO UPDATE SET change = excluded.change, deleted_ms = excluded.deleted_ms",
        &[collection.into(), name.into(), change.into(), now.into()],
    )?;
    Ok(Some(change))
}

/// Deletes messages that were left in inboxes: those stored before `stored`, and an invitation only if what it is about
/// ended before `ended`, too. At most `limit` of them, whose number is the answer.
pub fn sweep_messages(
    tx: &mut dyn Connection,
    (stored, ended): (Instant, Instant),
    limit: u32,
    now: Instant,
) -> Result<usize, StoreError> {
    let found = tx.query(
        "SELECT collection, name FROM object WHERE collection IN (SELECT id FROM collection WHERE kind = 'inbox')
           AND modified_ms < $1 AND name LIKE 'told-%' AND (name NOT LIKE '%-request.ics' OR last_ms < $2) LIMIT $3",
        &[stored.into(), ended.into(), limit.into()],
    )?;
    for row in &found {
        delete(tx, &CollectionId::new(row.text(0)?), &row.text(1)?, now)?;
    }
    Ok(found.len())
}

/// Forgets tombstones older than a moment, and notes in each collection up to which change number.
pub fn sweep_tombstones(tx: &mut dyn Connection, before: Instant) -> Result<u64, StoreError> {
    tx.execute(
        "UPDATE collection SET swept = (SELECT MAX(change) FROM tombstone
           WHERE tombstone.collection = collection.id AND deleted_ms < $1)
         WHERE id IN (SELECT collection FROM tombstone WHERE deleted_ms < $1 AND change > collection.swept)",
        &[before.into()],
    )?;
    tx.execute("DELETE FROM tombstone WHERE deleted_ms < $1", &[before.into()])
}

/// Remembers an entity tag under which a client may still know an object that Dogwatch has rewritten since.
pub fn add_former_etag(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    name: &str,
    etag: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO former_etag (collection, name, etag) VALUES ($1, $2, $3)
         ON CONFLICT (collection, name, etag) DO NOTHING",
        &[collection.into(), name.into(), etag.into()],
    )?;
    Ok(())
}

/// The remembered entity tags of an object.
pub fn former_etags(tx: &mut dyn Connection, collection: &CollectionId, name: &str) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT etag FROM former_etag WHERE collection = $1 AND name = $2 ORDER BY etag";
    tx.query(sql, &[collection.into(), name.into()])?.iter().map(|row| row.text(0)).collect()
}

/// Whether an entity tag is remembered for an object.
pub fn has_former_etag(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    name: &str,
    etag: &str,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM former_etag WHERE collection = $1 AND name = $2 AND etag = $3";
    Ok(tx.query_one(sql, &[collection.into(), name.into(), etag.into()])?.is_some())
}

/// Forgets the former entity tags of an object.
pub fn clear_former_etags(tx: &mut dyn Connection, collection: &CollectionId, name: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM former_etag WHERE collection = $1 AND name = $2";
    tx.execute(sql, &[collection.into(), name.into()])?;
    Ok(())
}
