//! Backups of files: that they hold what was there, prove it, and replace nothing unasked.

use super::*;
use crate::store::migrate;

fn put(tx: &mut dyn Connection, key: &str, value: &str) -> Result<(), StoreError> {
    instance::set(tx, key, value)
}

fn now() -> Instant {
    Instant::from_millis(1_800_000_000_000)
}

/// A store with one row, its file, and where to put backups.
async fn kept() -> (tempfile::TempDir, Store, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.db");
    let store = Store::open(&file).unwrap();
    store.write(|tx| put(tx, "a", "one")).await.unwrap();
    (folder, store, file)
}

fn of(path: &Path, key: &'static str) -> Option<String> {
    sqlite::file::look(path, |tx| instance::find(tx, key)).unwrap()
}

#[tokio::test]
async fn a_backup_holds_what_was_there_and_says_so() {
    let (folder, store, file) = kept().await;
    let to = folder.path().join("backup.db");
    let backup = back_up(&Location::file(&file), &to, now()).await.unwrap();
    store.write(|tx| put(tx, "a", "two")).await.unwrap();
    assert_eq!(examine(&to).unwrap(), Examined { found: backup, proven: true });
    assert_eq!((of(&to, "a").as_deref(), of(&file, "a").as_deref()), (Some("one"), Some("two")));
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let beside = names.iter().filter(|name| name.to_string_lossy().contains("backup"));
    assert_eq!(beside.count(), 1, "one file, with nothing beside it: {names:?}");
    let again = back_up(&Location::file(&file), &to, now()).await.unwrap_err().to_string();
    assert!(again.contains("there already"), "{again}");
}

#[tokio::test]
async fn a_row_that_was_changed_in_a_backup_is_found() {
    let (folder, _store, file) = kept().await;
    let to = folder.path().join("backup.db");
    back_up(&Location::file(&file), &to, now()).await.unwrap();
    let raw = rusqlite::Connection::open(&to).unwrap();
    raw.execute("UPDATE instance SET value = 'three' WHERE key = 'a'", []).unwrap();
    drop(raw);
    let refused = examine(&to).unwrap_err();
    assert!(matches!(&refused, StoreError::Corrupt(said) if said.contains("not what was backed up")), "{refused}");
}

#[tokio::test]
async fn what_is_put_in_place_is_marked_and_what_was_there_is_kept_with_its_log() {
    let (folder, store, file) = kept().await;
    let to = folder.path().join("backup.db");
    let backup = back_up(&Location::file(&file), &to, now()).await.unwrap();
    store.write(|tx| put(tx, "a", "two")).await.unwrap();
    // A log that is in use, as a crash leaves it.
    let (crashed, log) = (fs::read(&file).unwrap(), fs::read(beside(&file, "-wal")).unwrap());
    drop(store);
    let place = tempfile::tempdir().unwrap();
    let database = place.path().join("dogwatch.db");
    fs::write(&database, crashed).unwrap();
    fs::write(beside(&database, "-wal"), log).unwrap();
    let unpacked = unpacked_beside(&database);
    unpack(&to, &examine(&to).unwrap(), &unpacked, now()).unwrap();
    let aside = put_in_place(&unpacked, &database, now()).unwrap().unwrap();
    assert_eq!((of(&database, "a").as_deref(), of(&aside, "a").as_deref()), (Some("one"), Some("two")));
    let restored = Store::open(&database).unwrap();
    assert!(restored.read(is_marked).await.unwrap());
    let taken = restored.write(take_mark).await.unwrap();
    assert_eq!(taken, Some(backup));
    assert_eq!(restored.write(take_mark).await.unwrap(), None);
}

#[tokio::test]
async fn a_backup_of_an_older_schema_is_proven_by_the_tables_of_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.db");
    fs::write(&file, []).unwrap();
    let older = schema::STEPS.get(..3).unwrap();
    let step = |tx: &mut dyn Connection| migrate::advance(tx, older, schema::for_sqlite);
    while sqlite::file::alone(&file, step).unwrap() {}
    let to = folder.path().join("backup.db");
    let backup = back_up(&Location::file(&file), &to, now()).await.unwrap();
    assert_eq!(backup.schema, 3);
    assert!(examine(&to).unwrap().proven);
    let unpacked = folder.path().join("new.db");
    unpack(&to, &examine(&to).unwrap(), &unpacked, now()).unwrap();
    let store = Store::open(&unpacked).unwrap();
    assert!(store.read(is_marked).await.unwrap());
}

#[test]
fn what_is_no_database_is_no_backup() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("text");
    fs::write(&file, "no database").unwrap();
    for path in [&file, &folder.path().join("nothing")] {
        examine(path).unwrap_err();
    }
}
