//! `dogwatch migrate` and `dogwatch copy`: what they say, what they refuse, and that a copy is served like the original.

use super::{Place, run};
use crate::support::{Server, cluster};
use std::fs;

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

#[test]
fn migrate_says_from_which_schema_to_which() {
    let place = Place::empty();
    let first = place.json("migrate");
    assert_eq!(first["from"], 0);
    let second = place.json("migrate");
    assert!(second["from"] == second["to"] && second["to"] == first["to"] && second["to"].as_u64() > Some(0));
    assert!(place.says("user list").contains("Nobody") || place.run("user list").code == Some(0));
}

#[test]
fn a_copy_holds_the_same_rows_and_says_so_for_each_table() {
    let place = Place::demo();
    let target = place.file("copy.db", b"");
    let there = place.json(&format!("copy --to {target}"));
    let tables = there["tables"].as_array().unwrap();
    let rows = |name: &str| tables.iter().find(|one| one["table"] == name).unwrap()["rows"].as_u64().unwrap();
    assert!(rows("person") == 16 && rows("object") > 100 && rows("audit") > 100, "{there}");
    assert!(tables.iter().all(|one| one["checksum"].as_str().unwrap().len() == 64));
    let again = place.refuses(1, &format!("copy --to {target}"));
    assert!(again.contains("holds rows already"), "{again}");
    // And back again, into a place of its own.
    let back = Place::empty();
    let told = back.json(&format!("copy --from {target}"));
    assert_eq!(told["tables"], there["tables"]);
    assert_eq!(back.says("team list"), place.says("team list"));
    back.says("audit verify");
}

#[test]
fn what_a_server_works_on_is_not_copied() {
    let place = Place::served();
    let target = place.file("copy.db", b"");
    let said = place.refuses(1, &format!("copy --to {target}"));
    assert!(said.contains("a server works on") && said.contains("stop it first"), "{said}");
}

#[test]
fn a_source_that_is_not_there_is_refused_and_nothing_made() {
    let place = Place::empty();
    let said = place.refuses(1, "copy --from /nowhere/dogwatch.db");
    assert!(said.contains("there is no database of Dogwatch's at /nowhere/dogwatch.db"), "{said}");
    assert!(place.refuses(2, "copy").contains("--from"));
    assert!(place.refuses(2, "copy --from mysql://x:hunter2@y/z").contains("mysql:// is no database"));
}

#[test]
fn a_database_url_is_understood_and_its_password_never_shown() {
    let place = Place::empty();
    let secret = place.file("password", b"hunter2\n");
    let check = |config: &str| {
        let file = place.file("dogwatch.toml", config.as_bytes());
        run(&["check-config", "--config", &file], &[])
    };
    let fine =
        check(&format!("database = \"postgres://rota@localhost/rota\"\ndatabase_password_file = \"{secret}\"\n"))
            .well();
    assert!(fine.contains("PostgreSQL rota at localhost") && !fine.contains("hunter2"), "{fine}");
    for (config, wanted) in [
        ("database = \"postgres://rota:hunter2@localhost:port/rota\"\n", "can't be read"),
        ("database = \"postgres://rota:hunter2@db.example.org/rota?sslmode=verify-ca\"\n", "sslmode"),
        ("database = \"postgres:///rota\"\n", "names no host"),
        ("\ndatabase = \"mysql://rota:hunter2@localhost/rota\"\n", "line 2: mysql:// is no database"),
        ("database = \"postgres://a@localhost/b\"\ndatabase_password_file = \"/nowhere/p\"\n", "/nowhere/p"),
    ] {
        let done = check(config);
        assert_eq!((done.code, done.out.as_str()), (Some(2), ""), "{config}: {done:?}");
        assert!(done.err.contains(wanted) && !done.err.contains("hunter2"), "{config}: {}", done.err);
    }
    // Nobody listens there.
    let url = [("DOGWATCH_DATABASE", "postgres://rota:hunter2@127.0.0.1:1/rota")];
    for line in ["serve --listen 127.0.0.1:0", "user list", "migrate"] {
        let done = run(&words(line), &url);
        assert_eq!((done.code, done.out.as_str()), (Some(1), ""), "{line}: {done:?}");
        assert!(done.err.contains("PostgreSQL rota at 127.0.0.1") && !done.err.contains("hunter2"), "{}", done.err);
    }
}

#[test]
fn a_postgresql_that_holds_nothing_is_not_filled_by_whoever_only_reads() {
    if !cluster::wanted() {
        return;
    }
    let place = Place::empty();
    let said = place.refuses(1, "user list");
    assert!(said.contains("dogwatch migrate makes its tables"), "{said}");
    assert_eq!(place.json("migrate")["from"], 0, "and it was not filled");
}

#[test]
fn a_server_that_is_stopped_leaves_everything_in_the_database_file() {
    if cluster::wanted() {
        return;
    }
    let mut server = Server::with_demo("");
    server.signal("TERM");
    assert!(server.wait(std::time::Duration::from_secs(20)));
    let size = |name: &str| fs::metadata(server.data().join(name)).map_or(0, |file| file.len());
    assert_eq!(size("dogwatch.db-wal"), 0);
    assert!(size("dogwatch.db") > 100_000, "{}", size("dogwatch.db"));
}
