//! A database that stands still: whoever asks is told in time, and when it goes on, so does the server, with all that was
//! acknowledged.

use super::postgres::served;
use super::scribe::Scribe;
use super::{CONFIG, event};
use crate::support::{Reply, Server, cluster};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Names of events that are stored meanwhile.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// What holds the database; it goes on when this is dropped.
enum Held {
    /// Somebody's transaction that neither ends nor goes on.
    File {
        _transaction: rusqlite::Connection,
    },
    Cluster {
        _still: cluster::Still,
    },
}

struct Scene {
    own: Option<cluster::Cluster>,
    server: Server,
    basic: String,
}

impl Scene {
    fn set() -> Self {
        let config = format!("{CONFIG}handler_seconds = 1\n");
        let own = cluster::wanted().then(cluster::Cluster::start);
        let server = own.as_ref().map_or_else(|| Server::with_demo(&config), |own| served(own, &config));
        let basic = server.basic("ada");
        Self { own, server, basic }
    }

    fn hold(&self) -> Held {
        if let Some(own) = &self.own {
            return Held::Cluster { _still: own.stand_still() };
        }
        let file = rusqlite::Connection::open(self.server.data().join("dogwatch.db")).unwrap();
        file.busy_timeout(Duration::from_secs(5)).unwrap();
        file.execute_batch("BEGIN IMMEDIATE").unwrap();
        Held::File { _transaction: file }
    }

    fn ask(&self, method: &str, name: &str, body: &str) -> Reply {
        let headers = [("Authorization", self.basic.as_str()), ("Content-Type", "text/calendar")];
        self.server.send(method, &format!("/dav/calendars/ada/availability/{name}.ics"), &headers, body)
    }
}

#[test]
fn checklist_39_of_a_database_that_stands_still_everybody_is_told_in_time_and_nothing_is_lost() {
    let scene = Scene::set();
    let server = &scene.server;
    let mut ben = Scribe::new(server, "ben", 11, 0);
    (0..5).for_each(|_| assert!(ben.write(server.address)));
    assert_eq!(scene.ask("PUT", "kept", &event("kept", 0)).status, 201);

    let held = scene.hold();
    let begun = Instant::now();
    let refused: Vec<Reply> = std::thread::scope(|scope| {
        let asks = NAMES.map(|name| scope.spawn(|| scene.ask("PUT", name, &event(name, 0))));
        asks.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    for reply in refused {
        assert_eq!(reply.status, 503, "{}", reply.text());
        assert!(reply.header("retry-after").is_some() && reply.text().contains("happened"), "{}", reply.text());
    }
    server.get("/healthz").expect(200);
    server.get("/readyz").expect(503);
    if let Held::File { .. } = &held {
        // Whoever only reads waits for nobody.
        assert_eq!(scene.ask("GET", "kept", "").expect(200).text(), event("kept", 0));
        server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200);
    } else {
        scene.ask("GET", "kept", "").expect(503);
    }
    assert!(begun.elapsed() < Duration::from_secs(15), "told after {:?}", begun.elapsed());
    drop(held);

    let begun = Instant::now();
    while server.get("/readyz").status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not go on by itself");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(scene.ask("GET", "kept", "").expect(200).text(), event("kept", 0));
    for name in NAMES {
        // It may have happened or not, but not half.
        let now = scene.ask("GET", name, "");
        assert!(now.status == 404 || now.text() == event(name, 0), "{now:?}");
        let again = scene.ask("PUT", name, &event(name, 0));
        assert!(matches!(again.status, 201 | 204), "{again:?}");
    }
    (0..5).for_each(|_| assert!(ben.write(server.address)));
    ben.verify(server, None);
    ben.verify_sync(server);
    assert!(server.command(&["check"]).starts_with("All is well"));
    assert!(!server.log().contains("panicked"), "{}", server.log());
    if scene.own.is_some() {
        std::fs::remove_dir_all(server.data()).unwrap();
    }
}
