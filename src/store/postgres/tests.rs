//! What only a server can show: conflicts, broken connections, refused settings, and two that start at once. These run
//! where the tests run on PostgreSQL, and nowhere else.

use crate::store::testing::cluster::{self, Database};
use crate::store::{Connection, Store, StoreError, instance};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A database with the schema; nothing where the tests run on SQLite.
fn database() -> Option<(Database, Store)> {
    let database = cluster::wanted().then(Database::empty)?;
    let store = Store::connect(&database.url()).unwrap();
    Some((database, store))
}

async fn count(store: &Store) -> i64 {
    let count = |tx: &mut dyn Connection| {
        tx.query_one("SELECT COUNT(*) FROM instance", &[])?.map_or(Ok::<_, StoreError>(0), |row| row.int(0))
    };
    store.read(count).await.unwrap()
}

/// Reads a number, adds one, writes it: lost where two do it side by side.
fn increment(tx: &mut dyn Connection) -> Result<i64, StoreError> {
    let before: i64 = instance::find(tx, "n")?.and_then(|text| text.parse().ok()).unwrap_or(0);
    instance::set(tx, "n", &(before + 1).to_string())?;
    Ok(before + 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_where_two_processes_read_and_write_the_same_row() {
    let Some((database, one)) = database() else { return };
    let two = Store::connect(&database.url()).unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let jobs: Vec<_> = (0..200)
        .map(|n| {
            let (store, runs) = (if n % 2 == 0 { one.clone() } else { two.clone() }, Arc::clone(&runs));
            let job = move |tx: &mut dyn Connection| {
                runs.fetch_add(1, Ordering::Relaxed);
                increment(tx)
            };
            tokio::spawn(async move { store.write(job).await })
        })
        .collect();
    let mut seen = Vec::new();
    for job in jobs {
        seen.push(job.await.unwrap().unwrap());
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=200).collect::<Vec<_>>());
    // The test is worth nothing if nobody ever lost.
    assert!(runs.load(Ordering::Relaxed) > 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_over_two_rows_holds_where_each_process_changes_another_row() {
    let Some((database, one)) = database() else { return };
    let two = Store::connect(&database.url()).unwrap();
    // At most one of `a` and `b` may stand, and each is added only where the other was not seen.
    let add = |mine: &'static str, other: &'static str| {
        move |tx: &mut dyn Connection| {
            if instance::find(tx, other)?.is_none() {
                instance::set(tx, mine, "x")?;
            }
            Ok::<_, StoreError>(())
        }
    };
    for _ in 0..50 {
        let (a, b) = tokio::join!(one.write(add("a", "b")), two.write(add("b", "a")));
        a.and(b).unwrap();
        assert_eq!(count(&one).await, 1);
        one.write(|tx| tx.execute("DELETE FROM instance", &[])).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_broke_is_made_again_and_the_job_run_again() {
    let Some((database, store)) = database() else { return };
    store.write(increment).await.unwrap();
    assert_eq!(count(&store).await, 1);
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
        database.name()
    );
    cluster::execute(&end);
    assert_eq!(store.write(increment).await, Ok(2));
    assert_eq!(count(&store).await, 1);

    // In the middle of a transaction, too.
    let once = AtomicUsize::new(0);
    let broken_once = move |tx: &mut dyn Connection| {
        let number = increment(tx)?;
        if once.fetch_add(1, Ordering::Relaxed) == 0 {
            cluster::execute(&end);
        }
        tx.query("SELECT 1", &[])?;
        Ok::<_, StoreError>(number)
    };
    assert_eq!(store.write(broken_once).await, Ok(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_is_told_within_seconds() {
    let Some((database, store)) = database() else { return };
    store.write(increment).await.unwrap();
    drop(database);
    let started = std::time::Instant::now();
    let refused = store.write(increment).await.unwrap_err();
    assert!(matches!(&refused, StoreError::Away(said) if said.contains("does not exist")), "{refused:?}");
    assert!(started.elapsed().as_secs() < 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_refused_harms_no_other_of_its_group() {
    let Some((_database, store)) = database() else { return };
    // A conflict makes the writers go one after the other, many jobs to a commit.
    let writes: Vec<_> = (0..300)
        .map(|n| {
            let store = store.clone();
            let job = move |tx: &mut dyn Connection| {
                increment(tx)?;
                let key = if n % 3 == 0 { "n".to_owned() } else { format!("key {n}") };
                tx.execute("INSERT INTO instance (key, value) VALUES ($1, 'x')", &[key.into()])
            };
            tokio::spawn(async move { store.write(job).await })
        })
        .collect();
    let mut refused = 0;
    for write in writes {
        match write.await.unwrap() {
            Ok(_) => {}
            Err(StoreError::Constraint(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(refused, 100);
    assert_eq!(count(&store).await, 201);
    assert_eq!(store.write(increment).await, Ok(201));
}

#[test]
fn two_that_start_at_once_make_the_schema_once() {
    if !cluster::wanted() {
        return;
    }
    let database = Database::empty();
    let start = || {
        let url = database.url();
        std::thread::spawn(move || Store::connect(&url).map(drop))
    };
    for one in [start(), start(), start()] {
        one.join().unwrap().unwrap();
    }
}

#[test]
fn a_newer_schema_is_refused_with_what_to_do() {
    let Some((database, store)) = database() else { return };
    drop(store);
    cluster::execute_at(&database.url(), "UPDATE schema_version SET version = 99");
    let refused = Store::connect(&database.url()).unwrap_err().to_string();
    assert!(refused.contains("schema 99") && refused.contains("newer program"), "{refused}");
}

#[test]
fn a_user_who_may_not_make_tables_starts_where_none_is_missing() {
    let Some((database, store)) = database() else { return };
    drop(store);
    cluster::execute_at(
        &database.url(),
        "CREATE ROLE modest LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO modest",
    );
    Store::connect(&database.url().replace("postgres@", "modest@")).unwrap();
    cluster::execute_at(&database.url(), "DROP OWNED BY modest; DROP ROLE modest");
}

#[test]
fn a_database_that_does_not_sync_its_commits_is_refused() {
    let Some((database, store)) = database() else { return };
    drop(store);
    cluster::execute(&format!("ALTER DATABASE {} SET synchronous_commit = off", database.name()));
    let refused = Store::connect(&database.url()).unwrap_err().to_string();
    assert!(refused.contains("synchronous_commit is off"), "{refused}");
}

#[test]
fn a_database_in_another_encoding_is_refused() {
    let Some((database, store)) = database() else { return };
    drop(store);
    let latin = format!("{}_latin", database.name());
    let make = "ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER libc";
    cluster::execute(&format!("CREATE DATABASE {latin} {make}"));
    let refused = Store::connect(&cluster::url(&latin)).unwrap_err().to_string();
    cluster::execute(&format!("DROP DATABASE {latin}"));
    assert!(refused.contains("LATIN1"), "{refused}");
}
