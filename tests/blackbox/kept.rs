//! The database is gone and the server still runs: its pages and its API say who is on call by the copy on disk.

use crate::support::{Server, cluster};
use serde_json::Value;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::time::{Duration, Instant};

/// Ruins the database under the running server.
fn take_away(server: &Server) {
    if let Some(database) = server.database() {
        let name = database.name();
        cluster::execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
        let ask = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
        return cluster::execute(&format!("{ask} '{name}'"));
    }
    for name in ["dogwatch.db", "dogwatch.db-wal"] {
        let mut file = std::fs::OpenOptions::new().write(true).open(server.data().join(name)).unwrap();
        let bytes = file.metadata().unwrap().len();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.write_all(&vec![0xa5; usize::try_from(bytes).unwrap()]).unwrap();
    }
}

#[test]
fn the_page_and_the_api_answer_from_the_copy_and_say_how_old_it_is() {
    let server = Server::with_demo("");
    let path = "/api/v1/teams/payments/on-call";
    let live = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let started = Instant::now();
    while !server.data().join("snapshot/oncall.json").exists() {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    let bearer = format!("Bearer {}", server.demo_facts()["admin_token"].as_str().unwrap());
    take_away(&server);
    let started = Instant::now();
    let stale = loop {
        let answer = server.send("GET", path, &[("Authorization", &bearer)], "").expect(200).json();
        if !answer["stale"].is_null() {
            break answer;
        }
        // What is read already may be answered a little longer.
        assert!(started.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(200));
    };
    let names = |answer: &Value| -> Vec<Value> {
        answer["on_call"].as_array().unwrap().iter().map(|watch| watch["person"]["name"].clone()).collect()
    };
    assert_eq!(names(&stale), names(&live));
    assert_eq!(stale["on_call"][0]["person"]["phone"], Value::Null, "nobody can tell who asks");
    assert!(stale["stale"]["age_seconds"].as_i64().unwrap() < 60, "{stale}");
    let started = Instant::now();
    let page = loop {
        let page = server.get("/teams/payments").expect(200);
        if page.text().contains("does not answer just now") {
            break page;
        }
        assert!(started.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(page.text().contains(live["on_call"][0]["person"]["name"].as_str().unwrap()));
    assert!(page.text().contains("notice warn"), "{}", page.text());
    assert!(!page.text().contains("+44"));
    // Nothing else is pretended.
    server.send("GET", path, &[], "").expect(401);
    assert_ne!(server.send("GET", "/api/v1/teams", &[("Authorization", &bearer)], "").status, 200);
    assert_ne!(server.get("/teams/nowhere").status, 200);
    server.get("/healthz").expect(200);
}
