//! The store as its callers see it, whatever the engine.

use super::testing::Place;
use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn temporary() -> (Place, Store) {
    let place = Place::new();
    let store = place.open();
    (place, store)
}

fn put(tx: &mut dyn Connection, key: &str) -> Result<u64, StoreError> {
    tx.execute("INSERT INTO instance (key, value) VALUES ($1, $2)", &[key.into(), "x".into()])
}

async fn keys(store: &Store) -> Vec<String> {
    store
        .read(|tx| tx.query("SELECT key FROM instance ORDER BY key", &[])?.iter().map(|row| row.text(0)).collect())
        .await
        .map_err(|e: StoreError| e)
        .unwrap()
}

#[tokio::test]
async fn what_was_written_is_read_back_after_reopening() {
    let (place, store) = temporary();
    store.write(|tx| put(tx, "a")).await.unwrap();
    drop(store);
    let again = place.open();
    assert_eq!(keys(&again).await, ["a"]);
}

#[tokio::test]
async fn a_transaction_that_fails_leaves_nothing_and_harms_no_other_of_its_group() {
    let (_folder, store) = temporary();
    let writes = (0..40).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .write(move |tx| {
                    put(tx, &format!("{number:02}"))?;
                    match number % 4 {
                        1 => Err(StoreError::Shape("refused".to_owned())),
                        2 => panic!("a mistake in a closure"),
                        _ => Ok(number),
                    }
                })
                .await
        })
    });
    let mut kept = Vec::new();
    for write in writes.collect::<Vec<_>>() {
        if let Ok(number) = write.await.unwrap() {
            kept.push(format!("{number:02}"));
        }
    }
    assert_eq!(kept.len(), 20);
    assert_eq!(keys(&store).await, kept);
}

#[tokio::test]
async fn a_uniqueness_rule_is_a_constraint_and_not_a_failure_of_the_store() {
    let (_folder, store) = temporary();
    store.write(|tx| put(tx, "a")).await.unwrap();
    let refused = store.write(|tx| put(tx, "a")).await.unwrap_err();
    assert!(matches!(refused, StoreError::Constraint(_)), "{refused:?}");
    store.write(|tx| put(tx, "b")).await.unwrap();
}

#[tokio::test]
async fn a_read_cannot_write() {
    let (_folder, store) = temporary();
    let refused = store.read(|tx| put(tx, "a")).await.unwrap_err();
    assert_eq!(refused, StoreError::ReadOnly);
    assert!(keys(&store).await.is_empty());
}

#[tokio::test]
async fn a_read_sees_one_moment_whatever_is_written_meanwhile() {
    let (_folder, store) = temporary();
    let (started, wait) =
        (std::sync::Arc::new(std::sync::Barrier::new(2)), std::sync::Arc::new(std::sync::Barrier::new(2)));
    let (s, w, reader) = (started.clone(), wait.clone(), store.clone());
    let read = tokio::spawn(async move {
        reader
            .read(move |tx| {
                let count = "SELECT COUNT(*) FROM instance";
                let before = tx.query(count, &[])?.first().map(|row| row.int(0)).transpose()?;
                s.wait();
                w.wait();
                let after = tx.query(count, &[])?.first().map(|row| row.int(0)).transpose()?;
                Ok::<_, StoreError>((before, after))
            })
            .await
    });
    tokio::task::spawn_blocking(move || started.wait()).await.unwrap();
    store.write(|tx| put(tx, "a")).await.unwrap();
    tokio::task::spawn_blocking(move || wait.wait()).await.unwrap();
    assert_eq!(read.await.unwrap().unwrap(), (Some(0), Some(0)));
}

#[tokio::test]
async fn arguments_are_bound_by_their_number_and_none_may_be_missing() {
    let (_folder, store) = temporary();
    let row = store.read(|tx| tx.query("SELECT $2, $1", &[1_i64.into(), "b".into()])).await.unwrap();
    assert_eq!(row, [Row::new(vec!["b".into(), 1_i64.into()])]);
    let missing = store.read(|tx| tx.query("SELECT $1, $2", &[1_i64.into()])).await.unwrap_err();
    assert!(matches!(missing, StoreError::Shape(_)), "{missing:?}");
}

#[tokio::test]
async fn two_processes_may_write_to_one_database() {
    let (place, store) = temporary();
    let other = place.open();
    let writes: Vec<_> = (0..60)
        .map(|number| {
            let store = if number % 2 == 0 { store.clone() } else { other.clone() };
            tokio::spawn(async move { store.write(move |tx| put(tx, &format!("{number:02}"))).await })
        })
        .collect();
    for write in writes {
        write.await.unwrap().unwrap();
    }
    assert_eq!(keys(&store).await.len(), 60);
    assert_eq!(keys(&other).await.len(), 60);
}

#[tokio::test]
async fn a_statement_that_fails_ends_its_transaction_even_where_the_closure_goes_on() {
    let (_place, store) = temporary();
    let refused = store
        .write(|tx| {
            put(tx, "a")?;
            put(tx, "a").unwrap_err();
            put(tx, "b").map(drop).or(Ok::<_, StoreError>(()))
        })
        .await
        .unwrap_err();
    assert!(matches!(refused, StoreError::Constraint(_)), "{refused:?}");
    assert!(keys(&store).await.is_empty());
}

#[tokio::test]
async fn a_text_with_a_nul_is_neither_stored_nor_looked_for() {
    let (_place, store) = temporary();
    assert_eq!(store.write(|tx| put(tx, "a\0b")).await.unwrap_err(), StoreError::Nul);
    let look = |tx: &mut dyn Connection| instance::find(tx, "a\0b");
    assert_eq!(store.read(look).await.unwrap_err(), StoreError::Nul);
}

#[tokio::test]
async fn texts_are_ordered_by_their_bytes() {
    let (_place, store) = temporary();
    let texts = ["a", "B", "ä", "a-b", "ab", "_", "Z", "€", "1", "10", "2"];
    let all = move |tx: &mut dyn Connection| texts.iter().try_for_each(|text| put(tx, text).map(drop));
    store.write(all).await.unwrap();
    let mut sorted = texts;
    sorted.sort_unstable();
    assert_eq!(keys(&store).await, sorted);
    let after = "SELECT key FROM instance WHERE key > $1 ORDER BY key LIMIT 1";
    let next = store.read(move |tx| tx.query(after, &["Z".into()])).await.unwrap();
    assert_eq!(next, [Row::new(vec!["_".into()])]);
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let (_place, store) = temporary();
    let values = [Value::Int(i64::MIN), Value::Int(i64::MAX), "€\u{10FFFF}\r\n".into(), vec![0_u8, 255, 10].into()];
    let sent = values.clone();
    let row = store.read(move |tx| tx.query("SELECT $1, $2, $3, $4", &sent)).await.unwrap();
    assert_eq!(row, [Row::new(values.to_vec())]);
}

#[tokio::test]
async fn a_lent_row_holds_nothing_of_the_one_before_it() {
    let (_place, store) = temporary();
    let rows = "SELECT CAST(1 AS BIGINT) AS n, 'long' AS t, CAST(7 AS BIGINT) AS i UNION ALL SELECT 2, NULL, 8
                UNION ALL SELECT 3, 'x', NULL UNION ALL SELECT 4, '', 9 ORDER BY n";
    let lent = move |tx: &mut dyn Connection| {
        let mut lent = Vec::new();
        tx.each(rows, &[], &mut |row| {
            lent.push(row.clone());
            // Whoever takes a text away leaves an empty place.
            if row.int(0)? == 3 { row.take_text(1).map(drop) } else { Ok(()) }
        })?;
        Ok::<_, StoreError>((lent, tx.query(rows, &[])?))
    };
    let (lent, whole) = store.read(lent).await.unwrap();
    assert_eq!((lent.len(), lent), (4, whole));
}

#[tokio::test]
async fn whoever_refuses_a_lent_row_sees_no_more_of_them() {
    let (_place, store) = temporary();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    let lent = move |tx: &mut dyn Connection| {
        tx.each("SELECT CAST(1 AS BIGINT) UNION ALL SELECT 2", &[], &mut |row| {
            count.fetch_add(1, Ordering::Relaxed);
            row.text(0).map(drop)
        })
    };
    assert!(matches!(store.read(lent).await, Err(StoreError::Shape(_))));
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}
