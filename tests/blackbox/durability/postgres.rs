//! PostgreSQL falls in the middle of commits and starts again: what was acknowledged is there, what was refused is not,
//! and the servers go on by themselves.

use super::scribe::Scribe;
use super::{CONFIG, people};
use crate::support::{DOGWATCH, Server, cluster, times};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The demo in a database of this cluster, and a server over it.
pub fn served(own: &cluster::Cluster, config: &str) -> Server {
    let demo = Server::with_demo("");
    let kept = tempfile::tempdir().unwrap();
    let file = kept.path().join("demo.db");
    demo.command(&["backup", file.to_str().unwrap()]);
    cluster::execute_at(&own.url("postgres"), "CREATE DATABASE fallen");
    let place = tempfile::tempdir().unwrap().keep();
    std::fs::copy(demo.data().join("demo.json"), place.join("demo.json")).unwrap();
    let variables = [("DOGWATCH_DATABASE", own.url("fallen"))];
    let mut restore = Command::new(DOGWATCH);
    let done = restore.arg("restore").arg(&file).arg("--data").arg(&place).envs(variables.clone()).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Server::over(&place, None, config, &variables)
}

#[test]
fn checklist_40_what_was_acknowledged_outlives_a_fall_of_postgresql_in_mid_commit() {
    if !cluster::wanted() {
        return;
    }
    let mut own = cluster::Cluster::start();
    let server = served(&own, CONFIG);
    let people = people(&server);
    let mut scribes: Vec<Scribe> =
        people.iter().take(12).enumerate().map(|(n, id)| Scribe::new(&server, id, n as u64 + 1, 0)).collect();
    let (mut acknowledged, mut doubts) = (0, 0);
    for round in 0..times(3, 30) {
        let enough = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for scribe in &mut scribes {
                let (enough, address) = (&enough, server.address);
                scope.spawn(move || {
                    while !enough.load(Ordering::Relaxed) {
                        assert!(scribe.write(address), "the server is there whatever its database does");
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(300 + 37 * round as u64 % 200));
            own.crash_and_start();
            std::thread::sleep(Duration::from_millis(300));
            enough.store(true, Ordering::Relaxed);
        });
        server.get("/readyz").expect(200);
        for scribe in &mut scribes {
            acknowledged += scribe.acknowledged();
            doubts += std::mem::take(&mut scribe.doubts);
            scribe.verify(&server, None);
            scribe.verify_sync(&server);
        }
        assert!(server.command(&["check"]).starts_with("All is well"));
    }
    println!("{acknowledged} acknowledged, {doubts} in doubt");
    assert!(acknowledged > 0);
    assert!(!server.log().contains("panicked"), "{}", server.log());
    let place = server.data();
    drop(server);
    std::fs::remove_dir_all(place).unwrap();
}
