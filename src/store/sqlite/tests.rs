//! What only a file can show: its settings, a full disk, damage, and a schema that is not ours.

use crate::store::{Connection, Row, Store, StoreError};
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

/// As [`keys`], on the thread that asks.
async fn keys_here(store: &Store, first: bool) -> Vec<String> {
    let read = |tx: &mut dyn Connection| -> Result<Vec<String>, StoreError> {
        tx.query("SELECT key FROM instance ORDER BY key", &[])?.iter().map(|row| row.text(0)).collect()
    };
    if first { store.read_first(read).await.unwrap() } else { store.read_few(read).await.unwrap() }
}

#[tokio::test]
async fn the_second_read_of_a_visit_sees_what_the_first_saw() {
    let (_folder, store) = temporary();
    let other = store.clone();
    crate::store::visit(async {
        assert_eq!(keys_here(&store, true).await, [""; 0]);
        tokio::spawn(async move { other.write(|tx| put(tx, "a")).await }).await.unwrap().unwrap();
        assert_eq!(keys_here(&store, false).await, [""; 0]);
        assert_eq!(keys_here(&store, false).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn a_visit_sees_what_it_has_written() {
    let (_folder, store) = temporary();
    crate::store::visit(async {
        assert_eq!(keys_here(&store, true).await, [""; 0]);
        store.write(|tx| put(tx, "a")).await.unwrap();
        assert_eq!(keys_here(&store, false).await, ["a"]);
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_ends_with_its_visit_and_where_it_is_let_go() {
    let (folder, store) = temporary();
    for number in 0..9 {
        crate::store::visit(keys_here(&store, true)).await;
        crate::store::visit(async {
            keys_here(&store, true).await;
            crate::store::let_go();
            let key = format!("{number}");
            store.clone().write(move |tx| put(tx, &key)).await.unwrap();
            assert_eq!(keys_here(&store, false).await.len(), number + 1);
        })
        .await;
    }
    assert_eq!(keys_here(&store, true).await.len(), 9);
    store.settle().await.unwrap();
    let log = std::fs::metadata(folder.path().join("dogwatch.db-wal")).map_or(0, |file| file.len());
    assert_eq!(log, 0, "somebody still reads an old snapshot");
}
