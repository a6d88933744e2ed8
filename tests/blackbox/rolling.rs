//! One of two servers on PostgreSQL is stopped and started under load, or comes back as a newer version with a step of the
//! schema: whatever fails is what a proxy asks the other server for, and nothing that was acknowledged is lost.

use crate::support::{DOGWATCH, Server, cluster, ended_within, times, variables};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// The same address for both: calendars name it.
const CONFIG: &str = "public_url = \"http://calendar.example.org\"\n[limits]\nrequests_per_minute = 0\n";

/// One request as a proxy passes it on; nothing where no answer began, so that it may be asked for again elsewhere.
fn passed_on(address: SocketAddr, raw: &str) -> Option<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    stream.write_all(raw.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    // An answer that broke off is none that may be asked for again: it is a failure.
    assert!(read.is_ok() || bytes.is_empty(), "an answer breaks off: {read:?}");
    (!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

fn put(basic: &str, uid: &str) -> String {
    let body = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20270301T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    format!(
        "PUT /dav/calendars/ada/availability/{uid}.ics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {basic}\r\n\
         Content-Type: text/calendar\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn get(basic: &str, uid: &str) -> String {
    format!(
        "GET /dav/calendars/ada/availability/{uid}.ics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {basic}\r\n\r\n"
    )
}

/// As HAProxy does with `retries`, `redispatch` and `retry-on conn-failure empty-response 503`.
fn balanced(servers: &Mutex<[SocketAddr; 2]>, turn: usize, raw: &str) -> (String, usize) {
    let mut last = String::new();
    for attempt in 0..6 {
        let server = servers.lock().unwrap()[(turn + attempt) % 2];
        let answer = passed_on(server, raw);
        match answer {
            Some(answer) if status(&answer) != 503 => return (answer, attempt),
            Some(answer) => last = answer,
            None => {}
        }
        thread::sleep(Duration::from_millis(20));
    }
    (last, 6)
}

/// Has three clients store and read through the proxy while something is done; what was acknowledged to them.
fn under_load(
    servers: &Mutex<[SocketAddr; 2]>,
    (basic, name): (&str, &str),
    done: impl FnOnce(&AtomicUsize),
) -> Vec<String> {
    let (ends, asked, repeated) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let stored = thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|client| {
                let (ends, asked, repeated) = (&ends, &asked, &repeated);
                scope.spawn(move || {
                    let mut stored = Vec::new();
                    for n in 0.. {
                        if ends.load(Ordering::Relaxed) {
                            return stored;
                        }
                        let uid = format!("{name}-{client}-{n}");
                        for raw in [put(basic, &uid), get(basic, &uid)] {
                            let (answer, again) = balanced(servers, n, &raw);
                            asked.fetch_add(1, Ordering::Relaxed);
                            repeated.fetch_add(again.min(1), Ordering::Relaxed);
                            // Asked for again, it may have been stored the first time.
                            let fine = matches!(status(&answer), 200 | 201) || (again > 0 && status(&answer) == 204);
                            assert!(fine, "{uid} after {again} repetitions: {answer}");
                        }
                        stored.push(uid);
                    }
                    stored
                })
            })
            .collect();
        done(&asked);
        wait_for(&asked, 40);
        ends.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("no request fails")).collect()
    });
    println!(
        "{} requests, {} of them asked for again",
        asked.load(Ordering::Relaxed),
        repeated.load(Ordering::Relaxed)
    );
    stored
}

fn are_there(server: &Server, basic: &str, stored: &[String]) {
    for uid in stored {
        let path = format!("/dav/calendars/ada/availability/{uid}.ics");
        let reply = server.send("GET", &path, &[("Authorization", basic)], "");
        assert_eq!(reply.status, 200, "{uid} was acknowledged");
    }
}

#[test]
fn one_of_two_servers_is_stopped_and_started_under_load_and_no_request_fails() {
    if !cluster::wanted() {
        return; // one file, one machine: nobody rolls there
    }
    let first = Server::with_demo(CONFIG);
    let mut second = first.beside(CONFIG);
    let basic = first.basic("ada");
    let servers = Mutex::new([first.address, second.address]);
    let stored = under_load(&servers, (&basic, "rolling"), |asked| {
        for _ in 0..times(2, 20) {
            wait_for(asked, 40);
            second.signal("TERM");
            assert!(second.wait(Duration::from_secs(30)));
            wait_for(asked, 20);
            second.start_again();
            servers.lock().unwrap()[1] = second.address;
        }
    });
    are_there(&first, &basic, &stored);
    assert!(first.command(&["check"]).starts_with("All is well"));
}

/// What a version to come does to the schema: a table, columns with defaults in tables that everybody writes, an index.
const STEP: &str = "CREATE TABLE later (id TEXT NOT NULL PRIMARY KEY, note TEXT); \
    ALTER TABLE object ADD COLUMN later BIGINT NOT NULL DEFAULT 0; ALTER TABLE person ADD COLUMN later TEXT; \
    ALTER TABLE outbox ADD COLUMN later TEXT; CREATE INDEX object_later ON object (later)";

/// What the old program says to `arguments`, which it refuses.
fn refused(server: &Server, arguments: &[&str]) -> String {
    let mut command = Command::new(DOGWATCH);
    command.args(arguments).arg("--data").arg(server.data()).envs(variables(server.database().as_deref()));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it runs");
    let status = ended_within(&mut child, Duration::from_secs(30));
    let _ = child.kill();
    let mut said = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut said).expect("UTF-8");
    assert!(status.is_some_and(|status| !status.success()), "{arguments:?} is not refused: {said}");
    said
}

#[test]
fn servers_of_the_old_version_go_on_beside_one_that_has_stepped_the_schema_up_and_start_no_more() {
    if !cluster::wanted() {
        return; // one file, one machine: nobody rolls there
    }
    let mut first = Server::with_demo(CONFIG);
    let mut second = first.beside(CONFIG);
    let basic = first.basic("ada");
    let servers = Mutex::new([first.address, second.address]);
    let newer = || Server::over(&first.data(), first.database(), CONFIG, &[("DOGWATCH_TEST_STEP", STEP.to_owned())]);
    let new = Mutex::new(Vec::new());
    let stored = under_load(&servers, (&basic, "upgrade"), |asked| {
        wait_for(asked, 40);
        second.signal("TERM");
        assert!(second.wait(Duration::from_secs(30)));
        new.lock().unwrap().push(newer());
        servers.lock().unwrap()[1] = new.lock().unwrap()[0].address;
        wait_for(asked, 60);
        // The old one by itself: it is ready, and stores what the new one reads, and the other way round.
        first.get("/readyz").expect(200);
        let both = [first.address, new.lock().unwrap()[0].address];
        for (n, (one, other)) in [(both[0], both[1]), (both[1], both[0])].into_iter().enumerate() {
            let uid = format!("between-{n}");
            assert_eq!(status(&passed_on(one, &put(&basic, &uid)).expect("an answer")), 201);
            assert_eq!(status(&passed_on(other, &get(&basic, &uid)).expect("an answer")), 200);
        }
        // Started anew, the old program is refused, and its commands with it.
        for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["check"], &["user", "list"]] {
            let said = refused(&first, arguments);
            assert!(said.contains("start the newer program"), "{said}");
        }
        wait_for(asked, 20);
        new.lock().unwrap().push(newer());
        servers.lock().unwrap()[0] = new.lock().unwrap()[1].address;
    });
    first.signal("TERM");
    assert!(first.wait(Duration::from_secs(30)));
    let new = new.into_inner().unwrap();
    are_there(&new[1], &basic, &stored);
    assert!(new[0].command(&["check"]).starts_with("All is well"));
}

/// Waits until so many more requests were answered.
fn wait_for(asked: &AtomicUsize, more: usize) {
    let goal = asked.load(Ordering::Relaxed) + more;
    let started = std::time::Instant::now();
    while asked.load(Ordering::Relaxed) < goal {
        assert!(started.elapsed() < Duration::from_secs(120), "requests are answered");
        thread::sleep(Duration::from_millis(10));
    }
}
