//! HTTP/2: the same answers as on HTTP/1.1, within the same bounds, and what only its clients can do wrong.

use crate::support::Server;
use crate::support::tls::{self, Http2, request, section};
use bytes::Bytes;
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

fn secure(limits: &str) -> Server {
    Server::with_config(&format!("{limits}{}", section("server")))
}

/// How a connection ended, which it does before long.
async fn end_of(http2: Http2) -> Result<(), h2::Error> {
    drop(http2.send);
    timeout(Duration::from_secs(20), http2.ended).await.expect("it ends").unwrap()
}

/// Ended in order: the client may still have been writing its own goodbye when the socket closed.
fn in_order(ended: Result<(), h2::Error>) {
    if let Err(error) = ended {
        let kind = error.get_io().map(std::io::Error::kind);
        assert!(matches!(kind, Some(ErrorKind::BrokenPipe | ErrorKind::ConnectionReset)), "{error}");
    }
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_side_by_side() {
    let server = Server::with_demo(&section("server"));
    let http2 = Http2::connect(server.address).await;
    let login = server.basic("ada");
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (send, login) = (http2.send.clone(), login.clone());
        let ask = async move {
            let ended = tokio::spawn(async { Ok(()) });
            let http2 = Http2 { send, ended };
            let headers = [("authorization", login.as_str()), ("depth", "1"), ("content-type", "application/xml")];
            let body = "<propfind xmlns=\"DAV:\"><prop><getetag/></prop></propfind>";
            http2.ask(request("PROPFIND", "/dav/calendars/ada/shifts/", &headers), body).await.unwrap()
        };
        asked.spawn(ask);
    }
    let replies = asked.join_all().await;
    for reply in &replies {
        assert_eq!(reply.status, 207);
        assert_eq!(reply.body, replies[0].body);
        assert!(reply.header("dav").is_some() && reply.header("strict-transport-security").is_some());
        for hop in ["connection", "keep-alive", "transfer-encoding"] {
            assert!(reply.header(hop).is_none(), "{hop}");
        }
    }
    assert!(replies[0].text().ends_with("</D:multistatus>"));
}

#[tokio::test]
async fn an_answer_to_head_has_its_length_and_no_body() {
    let server = secure("");
    let http2 = Http2::connect(server.address).await;
    let page = http2.get("/").await.unwrap().expect(200);
    let head = http2.ask(request("HEAD", "/", &[]), "").await.unwrap().expect(200);
    assert_eq!(head.header("content-length"), Some(page.body.len().to_string().as_str()));
    assert!(head.body.is_empty());
    // What follows on the same connection is whole.
    assert_eq!(http2.get("/").await.unwrap().body.len(), page.body.len());
}

#[tokio::test]
async fn a_head_beyond_the_limits_is_refused_and_its_connection_goes_on() {
    let server = secure("");
    let http2 = Http2::connect(server.address).await;
    let many: Vec<_> = (0..80).map(|n| (format!("x-{n}"), "1".to_owned())).collect();
    let long = vec![("x-long".to_owned(), "a".repeat(17 << 10))];
    let endless = vec![("x-long".to_owned(), "a".repeat(60 << 10))];
    for lines in [many, long, endless] {
        let lines: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http2.ask(request("GET", "/healthz", &lines), "").await.unwrap().expect(431);
    }
    http2.get(&format!("/{}", "a".repeat(5_000))).await.unwrap().expect(414);
    let refused = http2.ask(request("POST", "/links/a/b", &[("content-encoding", "gzip")]), "x").await.unwrap();
    assert!(refused.expect(415).header("connection").is_none());
    http2.get("/healthz").await.unwrap().expect(200);
}

#[tokio::test]
async fn a_host_may_repeat_the_authority_and_not_contradict_it() {
    let server = secure("");
    let http2 = Http2::connect(server.address).await;
    let status = async |host: &str| http2.ask(request("GET", "/healthz", &[("host", host)]), "").await.unwrap().status;
    assert_eq!((status("localhost").await, status("elsewhere.example").await), (200, 400));
}

#[tokio::test]
async fn a_body_beyond_its_limit_or_too_slow_costs_its_own_stream_only() {
    let server = secure("limits.json_body_bytes = 1000\nlimits.body_seconds = 1\n");
    let http2 = Http2::connect(server.address).await;
    let post = || request("POST", "/links/a/b", &[]);
    http2.ask(post(), &"a".repeat(3_000)).await.unwrap().expect(413);
    let (answer, mut sending) = http2.send.clone().ready().await.unwrap().send_request(post(), false).unwrap();
    sending.send_data(Bytes::from_static(b"a"), false).unwrap();
    assert_eq!(timeout(Duration::from_secs(10), answer).await.unwrap().unwrap().status(), 408);
    http2.get("/healthz").await.unwrap().expect(200);
}

#[tokio::test]
async fn checklist_10_ten_thousand_requests_taken_back_end_their_connection_and_nothing_else() {
    // 10
    let server = Server::with_demo(&section("server"));
    let other = Http2::connect(server.address).await;
    let before = server.resident();
    let abuser = Http2::connect(server.address).await;
    let mut send = abuser.send.clone();
    let mut opened = 0;
    for _ in 0..10_000 {
        let Ok(ready) = send.clone().ready().await else { break };
        send = ready;
        let Ok((_, mut stream)) = send.send_request(request("GET", "/dav/calendars/ada/", &[]), true) else { break };
        stream.send_reset(h2::Reason::CANCEL);
        opened += 1;
        if opened % 500 == 0 {
            other.get("/healthz").await.unwrap().expect(200);
        }
    }
    drop(send);
    assert!(opened < 10_000, "all were taken");
    let error = end_of(abuser).await.unwrap_err();
    assert!(error.is_go_away() || error.is_io(), "{error:?}");
    other.get("/readyz").await.unwrap().expect(200);
    let grown = server.resident().saturating_sub(before);
    assert!(grown < 32 << 10, "{grown} KiB");
}

#[tokio::test]
async fn requests_taken_back_one_by_one_end_their_connection_too() {
    // Each is seen before it is taken back: the limit inside h2 never counts these.
    let server = secure("");
    let abuser = Http2::connect(server.address).await;
    let mut send = abuser.send.clone();
    let mut opened = 0;
    for _ in 0..2_000 {
        let Ok(ready) = send.clone().ready().await else { break };
        send = ready;
        let post = request("POST", "/links/a/b", &[]);
        let Ok((_, mut stream)) = send.send_request(post, false) else { break };
        tokio::time::sleep(Duration::from_millis(3)).await;
        stream.send_reset(h2::Reason::CANCEL);
        opened += 1;
    }
    drop(send);
    assert!(opened < 500, "{opened} were taken");
    let _ = end_of(abuser).await;
    Http2::connect(server.address).await.get("/healthz").await.unwrap().expect(200);
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused_and_those_within_answered() {
    let server = secure("limits.requests_at_once_per_connection = 4\n");
    let http2 = Http2::connect(server.address).await;
    http2.get("/healthz").await.unwrap().expect(200);
    assert_eq!(http2.send.current_max_send_streams(), 4);
}

#[tokio::test]
async fn a_connection_on_which_nothing_happens_is_closed_with_a_goaway() {
    let server = secure("limits.idle_seconds = 1\n");
    let http2 = Http2::connect(server.address).await;
    http2.get("/healthz").await.unwrap().expect(200);
    let started = Instant::now();
    // The client keeps its end open: it is the server that closes, and in order.
    let Http2 { send: _send, ended } = http2;
    in_order(timeout(Duration::from_secs(10), ended).await.unwrap().unwrap());
    assert!(started.elapsed() > Duration::from_millis(800));
    // And one that never says a word.
    let mut silent = tls::stream(server.address).await;
    let mut said = Vec::new();
    timeout(Duration::from_secs(15), silent.read_to_end(&mut said)).await.expect("closed").ok();
}

#[tokio::test]
async fn an_answer_that_nobody_reads_does_not_hold_its_connection_for_ever() {
    // Nothing of it is taken, and then so little that the rest of it waits inside h2.
    for (window, limit) in [(0, "write_seconds"), (100, "idle_seconds")] {
        let server = Server::with_demo(&format!("limits.{limit} = 1\n{}", section("server")));
        let login = server.basic("ada");
        let mut client = h2::client::Builder::new();
        let client = client.initial_window_size(window);
        let (send, connection) = client.handshake::<_, Bytes>(tls::stream(server.address).await).await.unwrap();
        let ended = tokio::spawn(connection);
        let headers = [("authorization", login.as_str()), ("depth", "1")];
        let mut send = send.ready().await.unwrap();
        let (answer, _) = send.send_request(request("PROPFIND", "/dav/calendars/ada/", &headers), true).unwrap();
        let (head, _unread) = answer.await.unwrap().into_parts();
        assert_eq!(head.status, 207);
        timeout(Duration::from_secs(15), ended).await.unwrap_or_else(|_| panic!("held: {limit}")).unwrap().ok();
    }
}

#[tokio::test]
async fn a_stopping_server_says_goaway_and_lets_the_request_under_way_end() {
    let mut server = secure("");
    let http2 = Http2::connect(server.address).await;
    let idle = Http2::connect(server.address).await;
    let post = request("POST", "/links/a/b", &[]);
    let (answer, mut sending) = http2.send.clone().ready().await.unwrap().send_request(post, false).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.signal("TERM");
    timeout(Duration::from_secs(5), idle.ended).await.expect("the idle one ends").map(in_order).unwrap();
    sending.send_data(Bytes::from_static(b"answer=agree"), true).unwrap();
    assert!(answer.await.unwrap().status().is_client_error());
    in_order(end_of(http2).await);
    assert!(server.wait(Duration::from_secs(5)));
}

#[tokio::test]
async fn what_is_no_http_2_ends_its_connection_and_nothing_else() {
    let server = secure("");
    let frames: [&[u8]; 6] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        // After the preface: a frame larger than allowed, HEADERS of stream 0, a window of more than 2^31, and a
        // header block that never ends.
        b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
        b"\0\0\x01\x01\x05\0\0\0\0\x82",
        b"\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff\0\0\x04\x08\0\0\0\0\0\x7f\xff\xff\xff",
        b"\0\0\x01\x01\0\0\0\0\x01\x82\0\0\x01\x09\0\0\0\0\x01\x84\0\0\x01\x00\0\0\0\0\x01a",
        b"\0\0\x05\x01\x05\0\0\0\x01\xff\xff\xff\xff\xff",
    ];
    for (number, frame) in frames.iter().enumerate() {
        let mut stream = tls::stream(server.address).await;
        if number > 0 {
            stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        }
        stream.write_all(frame).await.unwrap();
        let mut said = Vec::new();
        timeout(Duration::from_secs(10), stream.read_to_end(&mut said))
            .await
            .unwrap_or_else(|_| panic!("{number}"))
            .ok();
    }
    // CONTINUATION without end (CVE-2024-27316).
    let mut stream = tls::stream(server.address).await;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x01\x01\0\0\0\0\x01\x82")
        .await
        .unwrap();
    let (flood, mut sent) = ([&b"\0\x10\0\x09\0\0\0\0\x01"[..], &[0x84; 0x1000][..]].concat(), 0);
    while sent < 1_000 && stream.write_all(&flood).await.is_ok() && stream.flush().await.is_ok() {
        sent += 1;
    }
    assert!(sent < 1_000, "all of it was taken");
    Http2::connect(server.address).await.get("/healthz").await.unwrap().expect(200);
}
