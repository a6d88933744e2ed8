//! The store as its callers see it, on a temporary file.

use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn temporary() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("dogwatch.db")).unwrap();
    (folder, store)
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
    let (folder, store) = temporary();
    store.write(|tx| put(tx, "a")).await.unwrap();
    drop(store);
    let again = Store::open(&folder.path().join("dogwatch.db")).unwrap();
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
async fn two_processes_may_write_to_one_file() {
    let (folder, store) = temporary();
    let other = Store::open(&folder.path().join("dogwatch.db")).unwrap();
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

#[test]
fn a_newer_schema_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dogwatch.db");
    drop(Store::open(&path).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("UPDATE schema_version SET version = 99", []).unwrap();
    let refused = Store::open(&path).unwrap_err().to_string();
    assert!(refused.contains("schema 99") && refused.contains("newer program"), "{refused}");
}

#[test]
fn a_migration_that_fails_half_way_leaves_the_schema_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dogwatch.db");
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("CREATE TABLE audit (wrong INTEGER)", []).unwrap();
    Store::open(&path).unwrap_err();
    let tables: i64 =
        raw.query_row("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'", [], |r| r.get(0)).unwrap();
    assert_eq!(tables, 1);
}

#[test]
fn a_file_that_is_no_database_is_called_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dogwatch.db");
    std::fs::write(&path, vec![b'x'; 8192]).unwrap();
    assert!(matches!(Store::open(&path).unwrap_err(), StoreError::Corrupt(_)));
}

#[tokio::test]
async fn a_full_disk_is_told_and_reading_goes_on() {
    let (_folder, store) = temporary();
    store.write(|tx| put(tx, "a")).await.unwrap();
    // What SQLite says when it may not add pages is what it says when the disk is full.
    store.write(|tx| tx.query("PRAGMA max_page_count = 1", &[])).await.unwrap();
    let big = |tx: &mut dyn Connection| {
        tx.execute("INSERT INTO instance (key, value) VALUES ($1, $2)", &["b".into(), "y".repeat(1 << 20).into()])
    };
    assert_eq!(store.write(big).await.unwrap_err(), StoreError::Full);
    assert_eq!(keys(&store).await, ["a"]);
    store.write(|tx| tx.query("PRAGMA max_page_count = 1000000", &[])).await.unwrap();
    store.write(big).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_that_is_too_big_and_keeps_the_others_of_its_group() {
    let (_folder, store) = temporary();
    store.write(|tx| tx.query("PRAGMA max_page_count = 100", &[])).await.unwrap();
    let runs = std::sync::Arc::new(AtomicUsize::new(0));
    let writes: Vec<_> = (0..6)
        .map(|number: usize| {
            let (store, runs) = (store.clone(), runs.clone());
            tokio::spawn(async move {
                store
                    .write(move |tx| {
                        runs.fetch_add(1, Ordering::Relaxed);
                        let value = if number == 3 { "y".repeat(1 << 20) } else { "z".to_owned() };
                        let key = format!("{number}");
                        tx.execute("INSERT INTO instance (key, value) VALUES ($1, $2)", &[key.into(), value.into()])
                    })
                    .await
            })
        })
        .collect();
    let mut refused = Vec::new();
    for (number, write) in writes.into_iter().enumerate() {
        if write.await.unwrap() == Err(StoreError::Full) {
            refused.push(number);
        }
    }
    assert_eq!(refused, [3]);
    assert_eq!(keys(&store).await, ["0", "1", "2", "4", "5"]);
}

#[tokio::test]
async fn a_sound_file_passes_the_check() {
    let (_folder, store) = temporary();
    store.check().await.unwrap();
}

#[tokio::test]
async fn every_commit_is_synced() {
    let (_folder, store) = temporary();
    let both = store
        .write(|tx| Ok::<_, StoreError>((tx.query("PRAGMA synchronous", &[])?, tx.query("PRAGMA journal_mode", &[])?)));
    let (synchronous, journal) = both.await.unwrap();
    assert_eq!(synchronous, [Row::new(vec![2_i64.into()])]);
    assert_eq!(journal, [Row::new(vec!["wal".into()])]);
}

#[tokio::test]
async fn after_damage_nothing_is_acknowledged_any_more() {
    let (folder, store) = temporary();
    let path = folder.path().join("dogwatch.db");
    let many =
        |tx: &mut dyn Connection| (0..400).try_for_each(|n| put(tx, &format!("{n:04}-{}", "k".repeat(300))).map(drop));
    store.write(many).await.unwrap();
    drop(store);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(raw);
    let mut bytes = std::fs::read(&path).unwrap();
    let rows = bytes.len() * 9 / 10;
    bytes[rows..].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let store = Store::open(&path).unwrap();
    let all = |tx: &mut dyn Connection| tx.execute("UPDATE instance SET value = 'z'", &[]);
    assert!(matches!(store.write(all).await.unwrap_err(), StoreError::Corrupt(_)));
    assert!(matches!(store.broken().await, StoreError::Corrupt(_)));
    assert!(matches!(store.write(|tx| put(tx, "a")).await.unwrap_err(), StoreError::Corrupt(_)));
    assert!(matches!(store.check().await.unwrap_err(), StoreError::Corrupt(_)));
}
