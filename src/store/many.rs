//! Many rows by one statement: to a database server each statement is a round trip, which costs more than a row.

use super::{Connection, Row, StoreError, Value};

/// Rows of one statement, the most first. Few sizes, so that few statements are prepared.
const AT_ONCE: [usize; 3] = [64, 8, 1];
/// Bytes of one statement, about; larger rows go alone.
const BYTES: usize = 256 << 10;

/// Inserts rows of the same columns, in their order; `into` is the table with its columns: `person (id, name)`.
pub(super) fn insert(tx: &mut dyn Connection, into: &str, rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    let mut rows = rows.into_iter().peekable();
    let (mut waiting, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next() {
        bytes += row.iter().map(size).sum::<usize>();
        waiting.push(row);
        if waiting.len() == AT_ONCE[0] || bytes > BYTES || rows.peek().is_none() {
            flush(tx, into, std::mem::take(&mut waiting))?;
            bytes = 0;
        }
    }
    Ok(())
}

fn flush(tx: &mut dyn Connection, into: &str, mut rows: Vec<Vec<Value>>) -> Result<(), StoreError> {
    while let Some(first) = rows.first() {
        let (width, count) = (first.len(), rows.len());
        let now = AT_ONCE.into_iter().find(|size| *size <= count).unwrap_or(1);
        let rest = rows.split_off(now);
        let args: Vec<Value> = rows.into_iter().flatten().collect();
        tx.execute(&format!("INSERT INTO {into} VALUES {}", places(0, width, now)), &args)?;
        rows = rest;
    }
    Ok(())
}

/// Asks `sql` for many keys, a list of them at a time: `{}` in it stands for the places of the list, after the arguments
/// that are the same for all. Of the lists there are few lengths, too: the last key is repeated.
pub(super) fn query(
    tx: &mut dyn Connection,
    sql: &str,
    same: &[Value],
    keys: &[Value],
) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    for part in keys.chunks(AT_ONCE[0]) {
        let (sql, args) = listing(sql, same, part);
        found.extend(tx.query(&sql, &args)?);
    }
    Ok(found)
}

/// As [`query`], with each row lent in turn.
pub(super) fn each(
    tx: &mut dyn Connection,
    sql: &str,
    same: &[Value],
    keys: &[Value],
    take: &mut dyn FnMut(&mut Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    keys.chunks(AT_ONCE[0]).try_for_each(|part| {
        let (sql, args) = listing(sql, same, part);
        tx.each(&sql, &args, take)
    })
}

/// As [`query`], for a statement that answers nothing.
pub(super) fn execute(tx: &mut dyn Connection, sql: &str, same: &[Value], keys: &[Value]) -> Result<(), StoreError> {
    for part in keys.chunks(AT_ONCE[0]) {
        let (sql, args) = listing(sql, same, part);
        tx.execute(&sql, &args)?;
    }
    Ok(())
}

fn listing(sql: &str, same: &[Value], part: &[Value]) -> (String, Vec<Value>) {
    let length = AT_ONCE.into_iter().rev().find(|length| part.len() <= *length).unwrap_or(part.len());
    let last = part.last().into_iter().cycle();
    let list = same.iter().chain(part.iter().chain(last).take(length));
    (sql.replace("{}", &places(same.len(), length, 1)), list.cloned().collect())
}

/// `($1, $2), ($3, $4)`, after so many others
fn places(others: usize, width: usize, rows: usize) -> String {
    let row = |row: usize| {
        let places: Vec<String> = (1..=width).map(|column| format!("${}", others + row * width + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Int(_) => 8,
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Place;

    #[tokio::test]
    async fn every_row_arrives_however_many_there_are() {
        let place = Place::new();
        let store = place.open();
        let mut all = 0;
        for count in [0, 1, 7, 8, 63, 64, 65, 200] {
            all += count;
            let write = move |tx: &mut dyn Connection| {
                let row = |n: i64| vec![Value::from(format!("{count}-{n}")), "x".repeat(10_000).into()];
                insert(tx, "instance (key, value)", (0..count).map(row).collect())?;
                tx.query_one("SELECT COUNT(*) FROM instance", &[])?.map_or(Ok(0), |row| row.int(0))
            };
            assert_eq!(store.write(write).await, Ok::<_, StoreError>(all));
        }
    }

    #[tokio::test]
    async fn every_key_is_asked_for_once() {
        let place = Place::new();
        let store = place.open();
        for count in [0, 1, 3, 8, 65] {
            let ask = move |tx: &mut dyn Connection| {
                tx.execute("DELETE FROM instance", &[])?;
                let key = |n: i64| Value::from(n.to_string());
                insert(tx, "instance (key, value)", (0..100).map(|n| vec![key(n), key(n)]).collect())?;
                let keys: Vec<Value> = (0..count).map(key).collect();
                query(tx, "SELECT value FROM instance WHERE value <> $1 AND key IN {}", &["-".into()], &keys)
                    .map(|rows| rows.len())
            };
            assert_eq!(store.write(ask).await, Ok::<_, StoreError>(usize::try_from(count).unwrap()));
        }
    }

    #[test]
    fn places_are_counted_through() {
        assert_eq!(places(0, 2, 3), "($1, $2), ($3, $4), ($5, $6)");
        assert_eq!(places(1, 2, 1), "($2, $3)");
    }
}
