//! What a client may ask for, and what it is told beyond that.

use super::{CALENDAR, Scene, event};
use crate::support::{Server, exchange};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn raw(server: &Server, text: &str) -> crate::support::Reply {
    exchange(server.address, text.as_bytes())
}

#[test]
fn checklist_6_two_lengths_in_either_order_are_refused_and_the_connection_closed() {
    let server = Server::start();
    let (length, chunked) = ("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n");
    for lines in [format!("{length}{chunked}"), format!("{chunked}{length}")] {
        // The second request must never be read.
        let text =
            format!("POST / HTTP/1.1\r\nHost: x\r\n{lines}\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
        let reply = raw(&server, &text).expect(400);
        assert_eq!(reply.header("connection"), Some("close"));
        assert!(!reply.text().contains("HTTP/1.1"), "only one answer");
    }
}

#[test]
fn checklist_9_too_many_or_too_long_header_lines_are_refused_with_431() {
    let server = Server::start();
    let many: String = (0..80).map(|n| format!("X-{n}: 1\r\n")).collect();
    let flood: String = (0..5_000).map(|n| format!("X-{n}: 1\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "a".repeat(17 << 10));
    let endless = format!("X-Long: {}\r\n", "a".repeat(200 << 10));
    for lines in [many, flood, long, endless] {
        raw(&server, &format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{lines}\r\n")).expect(431);
    }
    server.get("/healthz").expect(200);
}

#[test]
fn a_long_address_is_refused_with_414() {
    let server = Server::start();
    server.get(&format!("/{}", "a".repeat(5_000))).expect(414);
}

#[test]
fn a_body_that_is_announced_too_large_is_refused_before_it_is_read() {
    let server = Server::start();
    let text = "POST /links/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n";
    let reply = raw(&server, text).expect(413);
    assert_eq!(reply.header("connection"), Some("close"));
}

#[test]
fn a_chunked_body_is_cut_at_the_limit() {
    let server = Server::with_config("[limits]\njson_body_bytes = 1000\n");
    let chunk = format!("400\r\n{}\r\n", "a".repeat(0x400));
    let text =
        format!("POST /links/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    raw(&server, &text).expect(413);
}

#[test]
fn a_request_names_its_host_once() {
    let server = Server::start();
    raw(&server, "GET /healthz HTTP/1.1\r\n\r\n").expect(400);
    raw(&server, "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").expect(400);
    raw(&server, "GET /healthz HTTP/1.0\r\n\r\n").expect(200);
}

#[test]
fn a_method_that_is_not_possible_names_those_that_are() {
    let server = Server::with_demo("");
    let refused = server.api("DELETE", "/teams/payments/on-call", &serde_json::Value::Null).expect(405);
    assert!(refused.header("allow").is_some_and(|allow| allow.contains("GET")));
}

#[test]
fn a_packed_body_is_not_unpacked() {
    let server = Server::start();
    server.send("POST", "/links/a/b", &[("Content-Encoding", "gzip")], "x").expect(415);
}

#[test]
fn checklist_7_a_head_that_drips_is_cut_off_and_others_are_served_meanwhile() {
    let server = Server::with_config("[limits]\nheader_seconds = 1\n");
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let started = Instant::now();
    let mut closed = false;
    for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa".iter().cycle() {
        let sent = slow.write_all(&[*byte]);
        server.get("/healthz").expect(200);
        let read = slow.read(&mut [0; 512]);
        closed =
            sent.is_err() || matches!(read, Ok(0)) || read.is_err_and(|e| e.kind() != std::io::ErrorKind::WouldBlock);
        if closed || started.elapsed() > Duration::from_secs(8) {
            break;
        }
    }
    assert!(closed, "still open after {:?}", started.elapsed());
    assert!(started.elapsed() >= Duration::from_millis(900));
}

#[test]
fn a_body_that_never_comes_is_given_up_with_408() {
    let server = Server::with_config("[limits]\nbody_seconds = 1\n");
    let started = Instant::now();
    raw(&server, "POST /links/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\na").expect(408);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_idle_connection_is_closed() {
    let server = Server::with_config("[limits]\nidle_seconds = 1\n");
    let mut idle = TcpStream::connect(server.address).unwrap();
    idle.set_read_timeout(Some(Duration::from_secs(6))).unwrap();
    assert!(matches!(idle.read(&mut [0; 16]), Ok(0)));
}

#[test]
fn connections_beyond_the_limit_are_closed_at_once() {
    let server = Server::with_config("[limits]\nconnections = 3\n");
    let held: Vec<_> = (0..3).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(100));
    let mut beyond = TcpStream::connect(server.address).unwrap();
    beyond.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    assert!(matches!(beyond.read(&mut [0; 16]), Ok(0)), "closed");
    drop(held);
    std::thread::sleep(Duration::from_millis(100));
    server.get("/healthz").expect(200);
}

#[test]
fn wrong_passwords_are_told_to_wait_and_a_propfind_is_never_answered_429() {
    let server = Server::start();
    let wrong = [("Authorization", "Basic YWRhQGV4YW1wbGUuY29tOndyb25n")];
    let statuses: Vec<u16> = (0..12).map(|_| server.send("GET", "/dav/", &wrong, "").status).collect();
    assert_eq!((statuses[0], statuses[9], statuses[10]), (401, 401, 429));
    let reply = server.send("PROPFIND", "/dav/", &wrong, "").expect(503);
    assert!(reply.header("retry-after").is_some());
}

#[test]
fn guessing_feeds_is_slowed_down() {
    let server = Server::start();
    let statuses: Vec<u16> = (0..40).map(|n| server.get(&format!("/feeds/guess{n}.ics")).status).collect();
    assert_eq!(statuses[0], 404);
    assert_eq!(statuses[39], 429);
}

#[test]
fn every_answer_has_its_request_id_and_a_problem_repeats_it() {
    let server = Server::start();
    let reply = server.get("/api/v1/teams").expect(401);
    let id = reply.header("x-request-id").unwrap().to_owned();
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    let problem = reply.json();
    assert_eq!(problem["instance"], format!("urn:dogwatch:request:{id}"));
    assert_eq!((&problem["status"], &problem["title"]), (&401.into(), &"Unauthorized".into()));
    assert!(server.log().contains(&id));
}

#[test]
fn checklist_8_a_body_that_drips_is_given_up_and_others_are_served_meanwhile() {
    // 8
    let server = Server::with_config("[limits]\nbody_seconds = 1\n");
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    slow.write_all(b"POST /links/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n").unwrap();
    let (started, mut said) = (Instant::now(), Vec::new());
    while started.elapsed() < Duration::from_secs(20) {
        let sent = slow.write_all(b"a");
        server.get("/healthz").expect(200);
        let mut piece = [0; 4096];
        match slow.read(&mut piece) {
            Ok(0) => break,
            Ok(bytes) => said.extend_from_slice(&piece[..bytes]),
            Err(_) if sent.is_err() => break,
            Err(_) => {}
        }
    }
    assert!(String::from_utf8_lossy(&said).starts_with("HTTP/1.1 408 "), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn checklist_5_a_body_shorter_than_announced_changes_nothing() {
    // 5
    let scene = Scene::new();
    let login = scene.server.basic("ada");
    let body = event("cut", "SUMMARY:whole\r\n");
    for (announced, sent) in [(body.len() + 1, body.len()), (body.len(), body.len() / 2), (body.len(), 0)] {
        let head = format!(
            "PUT {CALENDAR}cut.ics HTTP/1.1\r\nHost: x\r\nAuthorization: {login}\r\nContent-Type: text/calendar\r\n\
             Content-Length: {announced}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(scene.server.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body.as_bytes()[..sent]).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said);
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    }
    scene.is_unharmed();
}

#[test]
fn what_is_no_http_1_ends_its_connection_and_nothing_else() {
    // 6, 10
    let scene = Scene::new();
    let server = &scene.server;
    let chunked = "POST /links/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let next = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";
    for bytes in [
        // HTTP/2 with prior knowledge; a TLS hello.
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}".to_owned(),
        "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n".to_owned(),
        "GET /healthz\r\n\r\n".to_owned(),
        "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n{next}"),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n{next}"),
        format!("GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n{next}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{next}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\n{next}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{next}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n{next}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{next}"),
        format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n{next}"),
        format!("{chunked}ZZ\r\n{next}"),
        format!("{chunked}-1\r\n{next}"),
        format!("{chunked}FFFFFFFFFFFFFFFFF\r\n{next}"),
        format!("{chunked}1\r\naXX{next}"),
    ] {
        let reply = raw(server, &bytes);
        assert!(reply.status == 0 || (400..=505).contains(&reply.status), "{bytes:?}: {reply:?}");
        assert!(!reply.text().contains("HTTP/1.1"), "{bytes:?}: the rest of it is no request: {reply:?}");
    }
    scene.is_unharmed();
}

#[test]
fn an_offer_to_speak_http_2_is_declined_by_going_on() {
    // 10
    let server = Server::start();
    let offer = "OPTIONS / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\
                 HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    let reply = raw(&server, offer).expect(200);
    assert!(reply.header("upgrade").is_none() && reply.header("dav").is_some());
}

#[test]
fn the_server_as_a_whole_tells_what_it_can() {
    let server = Server::start();
    assert!(server.send("OPTIONS", "*", &[], "").expect(200).header("dav").is_some());
    server.get("*").expect(404);
}
