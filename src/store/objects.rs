//! Calendar objects: the client's bytes with their index columns, what was deleted, and former entity tags.

use super::{Connection, Row, StoreError, Value, collections, many};
use crate::ical::instances::Instances;
use crate::ids::CollectionId;
use crate::time::{DAY, Instant, Window};
use std::borrow::Cow;

/// From its first to its last moment, an object longer than this (in milliseconds) is lasting: a series, mostly.
pub(super) const LASTING: i64 = 31 * DAY;

/// A calendar object without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it is.
    pub collection: CollectionId,
    /// Last segment of its path, decoded.
    pub name: String,
    /// UID, unique in the collection.
    pub uid: String,
    /// `VEVENT`, `VTODO`, …
    pub component: String,
    /// Strong entity tag with its quotes.
    pub etag: String,
    /// Schedule-Tag with its quotes, on scheduling objects.
    pub schedule_tag: Option<String>,
    /// From its first moment to its last; [`Instant::FAR_FUTURE`] where it never ends.
    pub extent: Window,
    /// Has more than one instance.
    pub recurring: bool,
    /// The organizer's address, normalised.
    pub organizer: Option<String>,
    /// SEQUENCE.
    pub sequence: i64,
    /// Of what it was rendered from, on objects that Dogwatch writes.
    pub digest: Option<String>,
    /// Length of the text in bytes.
    pub size: i64,
    /// The collection's change number when it was stored last.
    pub change: i64,
    /// When it was stored first.
    pub created: Instant,
    /// When it was stored last.
    pub modified: Instant,
}

/// A calendar object as listings show it: only what they need, since they have many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Last segment of its path, decoded.
    pub name: String,
    /// `VEVENT`, `VTODO`, …
    pub component: Cow<'static, str>,
    /// Strong entity tag with its quotes.
    pub etag: String,
    /// Schedule-Tag with its quotes, on scheduling objects.
    pub schedule_tag: Option<String>,
    /// Length of the text in bytes.
    pub size: i64,
    /// The collection's change number when it was stored last.
    pub change: i64,
    /// When it was stored first.
    pub created: Instant,
    /// When it was stored last.
    pub modified: Instant,
}

/// A calendar object as it is shown, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Everything but the text.
    pub head: Listed,
    /// The text, byte for byte.
    pub body: Vec<u8>,
}

/// A calendar object as it is shown, with its text unless that is large.
pub type Light = (Listed, Option<Vec<u8>>);

/// A part of a listing that is read part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// There may be more after the last of them.
    pub more: bool,
}

/// A span of a collection's change numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Those above this one,
    pub after: i64,
    /// and up to this one.
    pub until: i64,
}

impl Changes {
    /// All that come after one.
    #[must_use]
    pub const fn since(after: i64) -> Self {
        Self { after, until: i64::MAX }
    }
}

/// Texts above this length are read one by one, so that a page of them stays small in memory.
pub(super) const LARGE: i64 = 32 << 10;

/// The columns of [`Listed`], 0 to 7.
macro_rules! listed_columns {
    () => {
        "name, component, etag, schedule_tag, size, change, created_ms, modified_ms"
    };
}
pub(super) use listed_columns;

pub(super) fn listed(row: &mut Row) -> Result<Listed, StoreError> {
    Ok(Listed {
        name: row.take_text(0)?,
        component: component(row.text_ref(1)?),
        etag: row.take_text(2)?,
        schedule_tag: row.opt_text(3)?,
        size: row.int(4)?,
        change: row.int(5)?,
        created: row.instant(6)?,
        modified: row.instant(7)?,
    })
}

/// Nearly every object is one of two kinds, whose names need no room of their own.
fn component(name: &str) -> Cow<'static, str> {
    match name {
        "VEVENT" => Cow::Borrowed("VEVENT"),
        "VTODO" => Cow::Borrowed("VTODO"),
        other => Cow::Owned(other.to_owned()),
    }
}

/// A calendar object with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredObject {
    /// Everything but the text.
    pub head: Object,
    /// The text, byte for byte.
    pub body: Vec<u8>,
}

/// What to store under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewObject {
    /// Last segment of its path, decoded.
    pub name: String,
    /// UID.
    pub uid: String,
    /// `VEVENT`, `VTODO`, …
    pub component: String,
    /// Strong entity tag with its quotes.
    pub etag: String,
    /// Schedule-Tag with its quotes.
    pub schedule_tag: Option<String>,
    /// From its first moment to its last.
    pub extent: Window,
    /// Has more than one instance.
    pub recurring: bool,
    /// The organizer's address, normalised.
    pub organizer: Option<String>,
    /// SEQUENCE.
    pub sequence: i64,
    /// Of what it was rendered from.
    pub digest: Option<String>,
    /// Its instances, where they are known.
    pub instances: Option<Instances>,
    /// The text.
    pub body: Vec<u8>,
}

/// An object that was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Its name.
    pub name: String,
    /// The collection's change number when it was deleted.
    pub change: i64,
}

/// The body is column 15.
pub(super) const COLUMNS: &str =
    "collection, name, uid, component, etag, schedule_tag, first_ms, last_ms, recurring, organizer,
    sequence, digest, size, change, created_ms, modified_ms";

pub(super) fn head(row: &Row) -> Result<Object, StoreError> {
    Ok(Object {
        collection: CollectionId::new(row.text(0)?),
        name: row.text(1)?,
        uid: row.text(2)?,
        component: row.text(3)?,
        etag: row.text(4)?,
        schedule_tag: row.opt_text(5)?,
        extent: row.window(6)?,
        recurring: row.boolean(8)?,
        organizer: row.opt_text(9)?,
        sequence: row.int(10)?,
        digest: row.opt_text(11)?,
        size: row.int(12)?,
        change: row.int(13)?,
        created: row.instant(14)?,
        modified: row.instant(15)?,
    })
}

fn heads(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Object>, StoreError> {
    tx.query(&format!("SELECT {COLUMNS} FROM object WHERE {condition}"), args)?.iter().map(head).collect()
}

fn whole(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<StoredObject>, StoreError> {
    let rows = tx.query(&format!("SELECT {COLUMNS}, body FROM object WHERE {condition}"), args)?;
    rows.into_iter().map(|mut row| Ok(StoredObject { head: head(&row)?, body: row.take_bytes(16)? })).collect()
}

/// The object of a name.
pub fn by_name(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    name: &str,
) -> Result<Option<StoredObject>, StoreError> {
    let found = whole(tx, "collection = $1 AND name = $2", &[collection.into(), name.into()]);
    Ok(found?.into_iter().next())
}

/// The object of a name, without its text.
pub fn head_by_name(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    name: &str,
) -> Result<Option<Object>, StoreError> {
    let found = heads(tx, "collection = $1 AND name = $2", &[collection.into(), name.into()]);
    Ok(found?.into_iter().next())
}

/// The object of a UID.
pub fn by_uid(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    uid: &str,
) -> Result<Option<StoredObject>, StoreError> {
    let found = whole(tx, "collection = $1 AND uid = $2", &[collection.into(), uid.into()]);
    Ok(found?.into_iter().next())
}

/// The objects of a UID in all collections.
pub fn everywhere_by_uid(tx: &mut dyn Connection, uid: &str) -> Result<Vec<Object>, StoreError> {
    heads(tx, "uid = $1 ORDER BY collection", &[uid.into()])
}

/// How many objects a collection holds.
pub fn count(tx: &mut dyn Connection, collection: &CollectionId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM object WHERE collection = $1", &[collection.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// At most `limit` objects by name, after the name `after`; with bounds only those that may touch the window.
pub fn page(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    after: Option<&str>,
    limit: u32,
    bounds: Option<Window>,
) -> Result<Vec<StoredObject>, StoreError> {
    let after = after.unwrap_or("");
    let Some(window) = bounds else {
        let args = [collection.into(), after.into(), limit.into()];
        return whole(tx, "collection = $1 AND name > $2 ORDER BY name LIMIT $3", &args);
    };
    // The inner question is answered by the index of times alone; whoever ends as the window starts may have no length.
    let condition = "collection = $1 AND name IN (
        SELECT name FROM object WHERE collection = $1 AND lasting = 0 AND last_ms >= $2 AND last_ms < $3
          AND first_ms < $4 AND name > $5
        UNION ALL SELECT name FROM object WHERE collection = $1 AND lasting = 1 AND last_ms >= $2 AND first_ms < $4
          AND name > $5 ORDER BY name LIMIT $6) ORDER BY name";
    let ends = window.end.plus_millis(LASTING);
    let args = [collection.into(), window.start.into(), ends.into(), window.end.into(), after.into(), limit.into()];
    whole(tx, condition, &args)
}

/// At most `limit` objects by name without their text, after the name `after`.
pub fn heads_page(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Object>, StoreError> {
    let args = [collection.into(), after.unwrap_or("").into(), limit.into()];
    heads(tx, "collection = $1 AND name > $2 ORDER BY name LIMIT $3", &args)
}

/// The objects that may touch a window, without their text, by name.
pub fn heads_within(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    window: Window,
) -> Result<Vec<Object>, StoreError> {
    let args = [collection.into(), window.start.into(), window.end.into()];
    heads(tx, "collection = $1 AND last_ms >= $2 AND first_ms < $3 ORDER BY name", &args)
}

/// The object of a name as it is shown, with its text.
pub fn shown(tx: &mut dyn Connection, collection: &CollectionId, name: &str) -> Result<Option<Shown>, StoreError> {
    let sql = concat!("SELECT ", listed_columns!(), ", body FROM object WHERE collection = $1 AND name = $2");
    let row = tx.query_one(sql, &[collection.into(), name.into()])?;
    row.map(|mut row| Ok(Shown { head: listed(&mut row)?, body: row.take_bytes(8)? })).transpose()
}

/// The objects of many names as they are shown, with their texts, in no order; without those that are large.
pub fn shown_of(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    names: &[String],
) -> Result<Vec<Light>, StoreError> {
    let sql = concat!(
        "SELECT ",
        listed_columns!(),
        ", CASE WHEN size <= $1 THEN body END FROM object WHERE collection = $2 AND name IN {}"
    );
    let keys: Vec<Value> = names.iter().map(Value::from).collect();
    let mut found = Vec::with_capacity(names.len());
    many::each(tx, sql, &[LARGE.into(), collection.into()], &keys, &mut |row| {
        found.push((listed(row)?, row.opt_take_bytes(8)?));
        Ok(())
    })?;
    Ok(found)
}

/// At most `limit` objects by name as they are shown, with their texts, after the name `after`; fewer where texts are
/// large.
pub fn shown_page(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    after: Option<&str>,
    limit: u32,
) -> Result<Part<Shown>, StoreError> {
    let sql = concat!(
        "SELECT ",
        listed_columns!(),
        ", CASE WHEN size <= $1 THEN body END FROM object WHERE collection = $2 AND name > $3 ORDER BY name LIMIT $4"
    );
    let args = [LARGE.into(), collection.into(), after.unwrap_or("").into(), limit.into()];
    let mut part = Part { rows: Vec::new(), more: false };
    for mut row in tx.query(sql, &args)? {
        let head = listed(&mut row)?;
        match row.opt_take_bytes(8)? {
            Some(body) => part.rows.push(Shown { head, body }),
            None if part.rows.is_empty() => {
                part.rows.extend(shown(tx, collection, &head.name)?);
                part.more = true;
                return Ok(part);
            }
            None => {
                part.more = true;
                return Ok(part);
            }
        }
    }
    part.more = part.rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(part)
}

/// At most `limit` objects that changed after one change number and no later than another, in the order of their
/// changes. Each has a number of its own, so the last one's is where the next page goes on.
pub fn changed_since(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    changes: Changes,
    limit: u32,
) -> Result<Vec<Listed>, StoreError> {
    let sql = concat!(
        "SELECT ",
        listed_columns!(),
        " FROM object WHERE collection = $1 AND change > $2 AND change <= $3 ORDER BY change LIMIT $4"
    );
    let args = [collection.into(), changes.after.into(), changes.until.into(), limit.into()];
    let mut found = Vec::new();
    tx.each(sql, &args, &mut |row| {
        found.push(listed(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// At most `limit` objects that were deleted after one change number and no later than another, in the order of their
/// deletion.
pub fn tombstones_since(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    changes: Changes,
    limit: u32,
) -> Result<Vec<Tombstone>, StoreError> {
    let sql = "SELECT name, change FROM tombstone WHERE collection = $1 AND change > $2 AND change <= $3
         ORDER BY change LIMIT $4";
    let args = [collection.into(), changes.after.into(), changes.until.into(), limit.into()];
    let tombstone = |mut row: Row| Ok(Tombstone { name: row.take_text(0)?, change: row.int(1)? });
    tx.query(sql, &args)?.into_iter().map(tombstone).collect()
}

/// The columns of an object as they are written; [`written`] gives a value for each but `modified_ms`, which is
/// `created_ms` again.
pub(super) const WRITTEN: &str = "collection, name, uid, component, etag, schedule_tag, first_ms, last_ms, recurring,
    organizer, sequence, digest, size, change, created_ms, modified_ms, lasting, known_ms, instances, body";

pub(super) fn written(collection: &CollectionId, object: NewObject, change: i64, now: Instant) -> [Value; 19] {
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
         WHERE id IN (SELECT collection FROM tombstone WHERE deleted_ms < $1)",
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
