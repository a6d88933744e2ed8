//! Carries every row from one store to another, whatever their engines, and proves afterwards that both hold the same.
//!
//! The source is read as one snapshot, table after table in the order of their keys, a page at a time. Each page is a
//! transaction at the target. Until all is proven the target carries a mark, and no service opens on it.

use super::migrate::Step;
use super::{Connection, Row, Store, StoreError, Value, backup, instance, many, schema};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// Rows of a page: enough for few commits, few enough to hold many calendar objects in memory.
const PAGE: usize = 250;
/// The value of the instance that says a copy has begun and not ended.
const UNFINISHED: &str = "copy_unfinished";
/// Values of the instance that say something of the file they stand in, and not of what it holds.
const MARKS: [&str; 2] = [UNFINISHED, backup::MARK];

/// What a table holds: how many rows, and a checksum over all of them in the order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableSum {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 over the rows, in hex digits.
    pub checksum: String,
}

/// A table as the schema makes it.
#[derive(Clone, Copy, Debug)]
struct Table {
    name: &'static str,
    /// Its primary key, as SQL lists it.
    key: &'static str,
}

/// Some rows of a table on their way.
type Page = (Table, Arc<Vec<Row>>);

/// Copies all rows into a store without any, and proves it; what each table holds. A copy that ended half way is begun
/// again. Nobody may write to either store meanwhile.
pub async fn copy(from: &Store, to: &Store) -> Result<Vec<TableSum>, StoreError> {
    refuse_backup(from).await?;
    to.write(begin).await?;
    let (pages, mut arriving) = mpsc::channel::<Page>(2);
    let sent = {
        let from = from.clone();
        let begun = AtomicBool::new(false);
        tokio::spawn(async move {
            let read = move |tx: &mut dyn Connection| {
                if begun.swap(true, Ordering::SeqCst) {
                    return Err(StoreError::Away("the connection to the source broke; begin again".to_owned()));
                }
                let send = |page: Page| pages.blocking_send(page).map_err(|_| StoreError::Closed);
                tables(schema::STEPS).map(|table| walk(tx, table, &send)).collect::<Result<Vec<_>, _>>()
            };
            from.read(read).await
        })
    };
    let mut failed = Ok(());
    while let Some((table, rows)) = arriving.recv().await {
        failed = to.write(move |tx| insert(tx, table, &rows)).await;
        if failed.is_err() {
            break;
        }
    }
    // Whoever reads ends when nobody takes pages any more.
    drop(arriving);
    let sent = sent.await.map_err(|_| StoreError::Engine("reading the source panicked".to_owned()))?;
    failed?;
    let sent = sent?;
    let have = sums(to).await?;
    for (here, there) in sent.iter().zip(&have) {
        if here != there {
            return Err(StoreError::Refused(format!(
                "table {} differs after the copy: {} rows with {} became {} rows with {}; the target is not usable",
                here.table, here.rows, here.checksum, there.rows, there.checksum
            )));
        }
    }
    to.write(end).await?;
    Ok(sent)
}

/// Refuses to copy from a backup: what comes of it must begin anew, and a copy goes on.
pub async fn refuse_backup(from: &Store) -> Result<(), StoreError> {
    if from.read(backup::is_marked).await? {
        return Err(StoreError::Refused(
            "the source is a backup, whose calendars clients must read anew: dogwatch restore does that".to_owned(),
        ));
    }
    Ok(())
}

/// What every table of a store holds.
pub async fn sums(store: &Store) -> Result<Vec<TableSum>, StoreError> {
    store.read(|tx| sums_at(tx, schema::STEPS.len())).await
}

/// What every table holds where the schema has this number.
pub(super) fn sums_at(tx: &mut dyn Connection, schema: usize) -> Result<Vec<TableSum>, StoreError> {
    let steps = schema::STEPS.get(..schema).unwrap_or(schema::STEPS);
    tables(steps).map(|table| walk(tx, table, &|_| Ok(()))).collect()
}

/// Whether a copy into this store has begun and not ended.
pub fn is_unfinished(tx: &mut dyn Connection) -> Result<bool, StoreError> {
    Ok(instance::find(tx, UNFINISHED)?.is_some())
}

/// The tables in the order in which they are made: what is referred to comes before who refers to it.
fn tables(steps: &[Step]) -> impl DoubleEndedIterator<Item = Table> {
    steps.iter().flat_map(|step| step.iter()).filter_map(|statement| {
        let (name, columns) = statement.strip_prefix("CREATE TABLE ")?.split_once(" (")?;
        let key = match columns.split_once(" PRIMARY KEY (") {
            Some((_, rest)) => rest.split(')').next()?,
            // One column whose line ends in PRIMARY KEY stands first in every table that has such a one.
            None => columns.split(' ').next()?,
        };
        Some(Table { name, key })
    })
}

/// Walks over a table in the order of its key, handing on a page at a time. Marks are no rows.
fn walk(
    tx: &mut dyn Connection,
    table: Table,
    each: &dyn Fn(Page) -> Result<(), StoreError>,
) -> Result<TableSum, StoreError> {
    let Table { name, key } = table;
    let width = key.split(',').count();
    let places: Vec<_> = (1..=width).map(|n| format!("${n}")).collect();
    let first = format!("SELECT {key}, one.* FROM {name} AS one ORDER BY {key} LIMIT {PAGE}");
    let places = places.join(", ");
    let next = format!("SELECT {key}, one.* FROM {name} AS one WHERE ({key}) > ({places}) ORDER BY {key} LIMIT {PAGE}");
    let (mut sum, mut count, mut after) = (Sha256::new(), 0, Vec::new());
    loop {
        let found = if after.is_empty() { tx.query(&first, &[]) } else { tx.query(&next, &after) }?;
        let full = found.len() == PAGE;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let mut values = row.into_values();
            let row = values.split_off(width.min(values.len()));
            after = values;
            if name == "instance" && MARKS.iter().any(|mark| row.first() == Some(&Value::from(*mark))) {
                continue;
            }
            row.iter().for_each(|value| digest(&mut sum, value));
            count += 1;
            rows.push(Row::new(row));
        }
        if !rows.is_empty() {
            each((table, Arc::new(rows)))?;
        }
        if !full {
            break;
        }
    }
    let checksum = sum.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok(TableSum { table: name, rows: count, checksum })
}

/// Kind and length before each value, so that no two rows look alike.
fn digest(sum: &mut Sha256, value: &Value) {
    let (kind, number, bytes): (u8, i64, &[u8]) = match value {
        Value::Null => (0, 0, &[]),
        Value::Int(number) => (1, *number, &[]),
        Value::Text(text) => (2, 0, text.as_bytes()),
        Value::Bytes(bytes) => (3, 0, bytes),
    };
    sum.update([kind]);
    sum.update(number.to_be_bytes());
    sum.update((bytes.len() as u64).to_be_bytes());
    sum.update(bytes);
}

fn insert(tx: &mut dyn Connection, table: Table, rows: &[Row]) -> Result<(), StoreError> {
    many::insert(tx, table.name, rows.iter().map(|row| row.values().to_vec()).collect())
}

/// Makes sure that the target holds nothing, and marks it. What an unfinished copy left is taken away.
fn begin(tx: &mut dyn Connection) -> Result<(), StoreError> {
    if is_unfinished(tx)? {
        for Table { name, .. } in tables(schema::STEPS).rev() {
            tx.execute(&format!("DELETE FROM {name}"), &[])?;
        }
    }
    // A new database has the head of an audit trail without rows.
    tx.execute("DELETE FROM audit_head WHERE seq = 0", &[])?;
    for Table { name, .. } in tables(schema::STEPS) {
        if tx.query_one(&format!("SELECT 1 FROM {name} LIMIT 1"), &[])?.is_some() {
            return Err(StoreError::Refused(format!(
                "the target holds rows already (in table {name}); name a database with nothing in it"
            )));
        }
    }
    instance::set(tx, UNFINISHED, "")
}

fn end(tx: &mut dyn Connection) -> Result<(), StoreError> {
    instance::remove(tx, UNFINISHED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Place;

    fn put(tx: &mut dyn Connection, key: &str, value: &str) -> Result<u64, StoreError> {
        tx.execute("INSERT INTO instance (key, value) VALUES ($1, $2)", &[key.into(), value.into()])
    }

    fn of<'s>(sums: &'s [TableSum], table: &str) -> &'s TableSum {
        sums.iter().find(|sum| sum.table == table).unwrap()
    }

    #[test]
    fn every_table_is_known_with_its_key() {
        let known: Vec<_> = tables(schema::STEPS).map(|table| (table.name, table.key)).collect();
        assert!(known.contains(&("instance", "key")) && known.contains(&("object", "collection, name")), "{known:?}");
        assert!(known.contains(&("audit", "seq")) && known.contains(&("former_etag", "collection, name, etag")));
        let made = schema::STEPS.iter().flat_map(|step| step.iter()).filter(|sql| sql.starts_with("CREATE TABLE"));
        assert_eq!(known.len(), made.count());
    }

    #[tokio::test]
    async fn more_rows_than_a_page_arrive_as_they_were() {
        let (one, two) = (Place::new(), Place::new());
        let (from, to) = (one.open(), two.open());
        let many = |tx: &mut dyn Connection| {
            // Orders in which people and bytes differ, and what looks alike where it is joined.
            for key in ["a", "B", "ä", "ab", "Z"] {
                put(tx, key, "")?;
            }
            (0..2 * PAGE).try_for_each(|n| put(tx, &format!("{n:04}"), "x").map(drop))?;
            tx.execute(
                "INSERT INTO feed (id, hash, person, team, label, created_ms) VALUES ($1, $2, $3, $3, $1, $4)",
                &["f".into(), vec![0, 255_u8].into(), Value::Null, (-5_i64).into()],
            )
        };
        from.write(many).await.unwrap();
        let told = copy(&from, &to).await.unwrap();
        assert_eq!(of(&told, "instance").rows, 505);
        assert_eq!((of(&told, "feed").rows, of(&told, "audit_head").rows, of(&told, "person").rows), (1, 1, 0));
        assert_eq!(sums(&to).await.unwrap(), told);
        assert_eq!(sums(&from).await.unwrap(), told);
        assert!(!to.read(is_unfinished).await.unwrap());
        to.write(|tx| tx.execute("UPDATE instance SET value = 'y' WHERE key = '0001'", &[])).await.unwrap();
        let after = sums(&to).await.unwrap();
        assert!(of(&after, "instance") != of(&told, "instance") && of(&after, "feed") == of(&told, "feed"));
    }

    #[tokio::test]
    async fn a_target_that_holds_rows_is_left_as_it_is() {
        let (one, two) = (Place::new(), Place::new());
        let (from, to) = (one.open(), two.open());
        from.write(|tx| put(tx, "a", "theirs")).await.unwrap();
        to.write(|tx| put(tx, "a", "mine")).await.unwrap();
        let before = sums(&to).await.unwrap();
        let refused = copy(&from, &to).await.unwrap_err().to_string();
        assert!(refused.contains("holds rows already"), "{refused}");
        assert_eq!(sums(&to).await.unwrap(), before);
    }

    #[tokio::test]
    async fn a_copy_that_ended_half_way_is_begun_again() {
        let (one, two) = (Place::new(), Place::new());
        let (from, to) = (one.open(), two.open());
        from.write(|tx| put(tx, "a", "x")).await.unwrap();
        to.write(begin).await.unwrap();
        to.write(|tx| put(tx, "half", "x")).await.unwrap();
        let told = copy(&from, &to).await.unwrap();
        assert_eq!(of(&told, "instance").rows, 1);
        assert_eq!(sums(&to).await.unwrap(), told);
    }
}
