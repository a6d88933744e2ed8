//! TLS of Dogwatch's own: what is agreed on, what is refused, and how a certificate is renewed.

mod acme;
mod http2;

use crate::support::tls::{client, exchange, fixture, get, roots, section, section_of, shaken};
use crate::support::{DOGWATCH, Server};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

fn secure() -> Server {
    Server::with_config(&section("server"))
}

/// The certificate that the server shows.
fn shown(server: &Server) -> Vec<u8> {
    let stream = shaken(server.address, client(&[])).unwrap();
    stream.conn.peer_certificates().unwrap()[0].to_vec()
}

#[test]
fn the_protocol_is_the_best_that_both_sides_speak() {
    let server = secure();
    for (offered, agreed) in [
        (&["h2", "http/1.1"][..], Some("h2")),
        (&["http/1.1", "h2"], Some("h2")),
        (&["http/1.1"], Some("http/1.1")),
        (&[], None),
    ] {
        let stream = shaken(server.address, client(offered)).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), agreed.map(str::as_bytes), "{offered:?}");
    }
    assert!(shaken(server.address, client(&["spdy/3"])).is_err());
    for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
        let only = rustls::ClientConfig::builder_with_provider(client(&[]).crypto_provider().clone())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots())
            .with_no_client_auth();
        let stream = shaken(server.address, only.into()).unwrap();
        assert_eq!(stream.conn.protocol_version(), Some(version.version));
    }
}

#[test]
fn http_1_over_tls_is_bounded_as_in_clear() {
    let server = secure();
    let reply = get(server.address, "/healthz").expect(200);
    assert_eq!(reply.header("strict-transport-security"), Some("max-age=31536000"));
    let ask = |lines: &str, body: &str| {
        let text = format!("POST /links/a/b HTTP/1.1\r\nHost: x\r\n{lines}\r\n{body}");
        exchange(server.address, text.as_bytes())
    };
    let both = ask("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n").expect(400);
    assert_eq!(both.header("connection"), Some("close"));
    let many: String = (0..80).map(|n| format!("X-{n}: 1\r\n")).collect();
    ask(&many, "").expect(431);
    ask("Content-Length: 9999999\r\n", "").expect(413);
    ask("Content-Length: 1\r\nContent-Encoding: gzip\r\n", "x").expect(415);
}

#[test]
fn a_head_that_drips_through_tls_is_cut_off() {
    let server = Server::with_config(&format!("limits.header_seconds = 1\n{}", section("server")));
    let mut stream = shaken(server.address, client(&["http/1.1"])).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\n").unwrap();
    let started = Instant::now();
    assert!(matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_)));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[test]
fn plain_http_and_silence_end_their_connection_and_nothing_else() {
    let server = Server::with_config(&format!("limits.handshake_seconds = 1\n{}", section("server")));
    let silent = TcpStream::connect(server.address).unwrap();
    silent.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    let mut half = TcpStream::connect(server.address).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(8))).unwrap();
    half.write_all(&[22, 3, 1, 2, 0, 1]).unwrap();
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut said = Vec::new();
    let _ = plain.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP/"), "{said:?}");
    for mut stream in [silent, half] {
        assert!(matches!(stream.read(&mut [0; 16]), Ok(0)), "closed");
    }
    get(server.address, "/healthz").expect(200);
}

#[test]
fn a_handshake_counts_as_a_connection() {
    let server = Server::with_config(&format!("limits.connections = 3\n{}", section("server")));
    let held: Vec<_> = (0..3).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    std::thread::sleep(Duration::from_millis(100));
    assert!(shaken(server.address, client(&[])).is_err());
    drop(held);
    std::thread::sleep(Duration::from_millis(100));
    get(server.address, "/healthz").expect(200);
}

#[test]
fn a_renewed_certificate_is_shown_without_a_restart_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
    let put = |certificate: &str, secret: &str| {
        std::fs::copy(fixture(certificate), &chain).unwrap();
        std::fs::copy(fixture(secret), &key).unwrap();
    };
    put("server.pem", "server.key");
    let server = Server::with_config(&section_of(chain.to_str().unwrap(), key.to_str().unwrap()));
    let first = shown(&server);
    let mut open = shaken(server.address, client(&["http/1.1"])).unwrap();

    put("renewed.pem", "server.key");
    server.signal("HUP");
    until("the log names it", || server.log().contains("the one before is kept"));
    assert!(server.log().contains("is not the one of the certificate"), "{}", server.log());
    assert_eq!(shown(&server), first);

    put("renewed.pem", "renewed.key");
    server.signal("HUP");
    until("the new one is shown", || shown(&server) != first);

    // Whoever was connected stays so.
    open.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = String::new();
    open.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_pair_that_can_not_serve_is_named_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.toml");
    let run = |command: &str, config: &str| {
        std::fs::write(&file, config).unwrap();
        let mut dogwatch = Command::new(DOGWATCH);
        dogwatch.arg(command).arg("--config").arg(&file).arg("--data").arg(folder.path().join("data"));
        let done = dogwatch.output().unwrap();
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        (done.status.code(), said)
    };
    let named = |host: &str, pair: &str| format!("public_url = \"https://{host}\"\n{}", section(pair));
    let mixed = section_of(&fixture("server.pem"), &fixture("renewed.key"));
    let missing = section_of(&fixture("server.pem"), "/nowhere/key.pem");
    for (config, wanted) in [
        (mixed.as_str(), "is not the one of the certificate"),
        (missing.as_str(), "can't read /nowhere/key.pem"),
        ("[tls]\nkey_file = \"key.pem\"\n", "tls.certificate_file"),
        (&named("localhost", "server").replace("https", "http"), "must be https://"),
    ] {
        for command in ["check-config", "serve"] {
            let (code, said) = run(command, config);
            assert_eq!(code, Some(2), "{command} {config}: {said}");
            assert!(said.contains(wanted), "{command} {config}: {said}");
        }
    }
    for (config, wanted) in [
        (section("expired"), "the certificate expired at 2020-04-01T00:00:00Z"),
        (named("calendar.example.org", "server"), "not for calendar.example.org"),
    ] {
        let (code, said) = run("check-config", &config);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(wanted), "{said}");
    }
    let (code, said) = run("check-config", &named("localhost:8443", "server"));
    assert!(code == Some(0) && said.contains("good until 2126-11-01"), "{said}");
}
