//! Upgrades: from every schema there ever was, with a row in every table, to the newest; killed anywhere on the way.

use super::testing::Place;
use super::{Connection, Row, StoreError, Value, migrate, schema};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The columns of each table in the order in which tables are made, with their types.
type Tables = Vec<(String, Vec<(String, String)>)>;

/// What the first steps make.
fn tables(steps: usize) -> Tables {
    let mut tables: Tables = Vec::new();
    for statement in schema::STEPS[..steps].iter().flat_map(|step| step.iter()) {
        if let Some((name, body)) = statement.strip_prefix("CREATE TABLE ").and_then(|rest| rest.split_once(" (")) {
            let columns = parts(body).into_iter().filter_map(|part| {
                let mut words = part.split_whitespace();
                let (name, kind) = (words.next()?, words.next()?);
                let rule = ["PRIMARY", "UNIQUE", "FOREIGN"].contains(&name);
                (!rule).then(|| (name.to_owned(), kind.to_owned()))
            });
            tables.push((name.to_owned(), columns.collect()));
        } else if let Some(rest) = statement.strip_prefix("ALTER TABLE ") {
            let mut words = rest.split_whitespace();
            let (table, column, kind) = (words.next().unwrap(), words.nth(2).unwrap(), words.next().unwrap());
            let (_, columns) = tables.iter_mut().find(|(name, _)| name == table).unwrap();
            columns.push((column.to_owned(), kind.to_owned()));
        }
    }
    tables
}

/// What stands between commas that are in no parentheses.
fn parts(body: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in body.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => {
                parts.push(&body[start..at]);
                break;
            }
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts
}

/// One row for each table: all texts are the same, so that every reference finds its row.
fn fill(tx: &mut dyn Connection, tables: &Tables) -> Result<(), StoreError> {
    for (table, columns) in tables.iter().filter(|(table, _)| table != "audit_head") {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let places: Vec<String> = (1..=columns.len()).map(|number| format!("${number}")).collect();
        let values: Vec<Value> = columns
            .iter()
            .map(|(_, kind)| match kind.as_str() {
                "BIGINT" => Value::Int(7),
                "BYTEA" => Value::Bytes(vec![0, 255, 7]),
                _ => Value::from("x"),
            })
            .collect();
        tx.execute(&format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", ")), &values)?;
    }
    Ok(())
}

/// Every row in these columns, by table.
fn contents(tx: &mut dyn Connection, tables: &Tables) -> Result<BTreeMap<String, Vec<Row>>, StoreError> {
    let of = |(table, columns): &(String, Vec<(String, String)>)| {
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        Ok((table.clone(), tx.query(&format!("SELECT {} FROM {table}", names.join(", ")), &[])?))
    };
    tables.iter().map(of).collect()
}

/// A place with this schema and a row in each of its tables.
fn filled(steps: usize) -> Place {
    let place = Place::bare();
    let dialect = place.dialect();
    let step = move |tx: &mut dyn Connection| migrate::advance(tx, &schema::STEPS[..steps], dialect);
    while place.alone(step).unwrap() {}
    let tables = tables(steps);
    place.alone(move |tx| fill(tx, &tables)).unwrap();
    place
}

#[test]
fn the_tables_of_every_schema_are_known() {
    let newest = tables(schema::STEPS.len());
    let columns = |name: &str| newest.iter().find(|(table, _)| table == name).unwrap().1.len();
    assert_eq!((columns("instance"), columns("offer"), columns("object"), columns("swap")), (2, 10, 20, 15));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_of_every_schema_outlives_the_upgrade_to_the_newest() {
    for steps in 1..=schema::STEPS.len() {
        let place = filled(steps);
        let before = tables(steps);
        let read = before.clone();
        let had = place.alone(move |tx| contents(tx, &read)).unwrap();
        assert!(had.values().all(|rows| rows.len() == 1), "schema {steps}");
        let store = place.open();
        let has = store.read(move |tx| contents(tx, &before)).await.unwrap();
        assert_eq!(has, had, "from schema {steps}");
        // What is newer takes rows too, beside those of before.
        let all = tables(schema::STEPS.len());
        store.read(move |tx| contents(tx, &all)).await.unwrap();
        let version = store.read(|tx| tx.query_one("SELECT version FROM schema_version", &[])).await.unwrap();
        assert_eq!(version.unwrap().int(0), Ok(i64::try_from(schema::STEPS.len()).unwrap()));
    }
}

/// Statements that the child below may still begin.
static LEFT: AtomicUsize = AtomicUsize::new(0);

fn or_die(statement: &str) -> String {
    if LEFT.fetch_sub(1, Ordering::SeqCst) == 0 {
        std::process::abort();
    }
    schema::for_sqlite(statement)
}

/// Runs as a process of its own, which the test after it starts, and ends in the middle of an upgrade.
#[test]
fn an_upgrade_that_dies() {
    let (Ok(file), Ok(left)) = (std::env::var("DOGWATCH_TEST_UPGRADE"), std::env::var("DOGWATCH_TEST_STATEMENTS"))
    else {
        return;
    };
    LEFT.store(left.parse().unwrap(), Ordering::SeqCst);
    let step = |tx: &mut dyn Connection| migrate::advance(tx, schema::STEPS, or_die);
    while super::sqlite::file::alone(Path::new(&file), step).unwrap() {}
}

#[test]
fn an_upgrade_that_is_killed_at_any_statement_goes_on_where_it_was() {
    if super::testing::cluster::wanted() {
        return; // there, a connection that breaks is what this is
    }
    let place = filled(1);
    let original = std::fs::read(place.file()).unwrap();
    let first = tables(1);
    let read = first.clone();
    let had = place.alone(move |tx| contents(tx, &read)).unwrap();
    let statements = schema::STEPS[1..].iter().map(|step| step.len()).sum::<usize>();
    let every = if std::env::var_os("DOGWATCH_LONG").is_some() { 1 } else { 5 };
    for left in (0..statements).step_by(every) {
        std::fs::write(place.file(), &original).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "store::upgrade_tests::an_upgrade_that_dies"])
            .env("DOGWATCH_TEST_UPGRADE", place.file());
        let ended = child.env("DOGWATCH_TEST_STATEMENTS", left.to_string()).output().unwrap();
        assert!(!ended.status.success(), "it should have died before statement {left}");
        drop(place.open());
        let read = first.clone();
        assert_eq!(place.alone(move |tx| contents(tx, &read)).unwrap(), had, "killed before statement {left}");
    }
}
