//! One of two servers on PostgreSQL is stopped and started under load: whatever fails is what a proxy asks the other server
//! for, and nothing that was acknowledged is lost.

use crate::support::{Server, cluster, times};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
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

#[test]
fn one_of_two_servers_is_stopped_and_started_under_load_and_no_request_fails() {
    if !cluster::wanted() {
        return; // one file, one machine: nobody rolls there
    }
    let first = Server::with_demo(CONFIG);
    let mut second = first.beside(CONFIG);
    let basic = first.basic("ada");
    let (ends, asked, repeated) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let servers = Mutex::new([first.address, second.address]);
    let stored: Vec<String> = thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|client| {
                let (servers, basic, ends, asked, repeated) = (&servers, &basic, &ends, &asked, &repeated);
                scope.spawn(move || {
                    let mut stored = Vec::new();
                    for n in 0.. {
                        if ends.load(Ordering::Relaxed) {
                            return stored;
                        }
                        let uid = format!("rolling-{client}-{n}");
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
        for _ in 0..times(2, 20) {
            wait_for(&asked, 40);
            second.signal("TERM");
            assert!(second.wait(Duration::from_secs(30)));
            wait_for(&asked, 20);
            second.start_again();
            servers.lock().unwrap()[1] = second.address;
        }
        wait_for(&asked, 40);
        ends.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().expect("no request fails")).collect()
    });
    println!(
        "{} requests, {} of them asked for again",
        asked.load(Ordering::Relaxed),
        repeated.load(Ordering::Relaxed)
    );
    for uid in &stored {
        let reply =
            first.send("GET", &format!("/dav/calendars/ada/availability/{uid}.ics"), &[("Authorization", &basic)], "");
        assert_eq!(reply.status, 200, "{uid} was acknowledged");
    }
    assert!(first.command(&["check"]).starts_with("All is well"));
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
