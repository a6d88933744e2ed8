//! Calendar objects as they are read: the client's bytes with their index columns, listings, and what was deleted.

mod changing;

pub(super) use changing::{WRITTEN, written};
pub use changing::{
    add_former_etag, clear_former_etags, delete, former_etags, has_former_etag, put, sweep_messages, sweep_tombstones,
    touch,
};

use super::{Connection, Row, StoreError, Value, many};
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

/// The objects whose names begin so, without their text, by name.
pub fn heads_beginning(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    beginning: &str,
) -> Result<Vec<Object>, StoreError> {
    // No UTF-8 text is greater, byte by byte, than one that goes on with this.
    let args = [collection.into(), beginning.into(), format!("{beginning}\u{10ffff}").into()];
    heads(tx, "collection = $1 AND name >= $2 AND name < $3 ORDER BY name", &args)
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
