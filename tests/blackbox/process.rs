//! Starting, stopping, and what is refused before anything starts.

use crate::support::{DOGWATCH, Server, ended_within};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

fn refused(config: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.toml");
    std::fs::write(&file, config).unwrap();
    let done = Command::new(DOGWATCH).args(arguments).arg("--config").arg(&file).output().unwrap();
    assert!(!done.status.success());
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn it_is_alive_and_ready() {
    let server = Server::start();
    server.get("/healthz").expect(200);
    server.get("/readyz").expect(200);
}

#[test]
fn sigterm_lets_the_request_under_way_end() {
    let mut server = Server::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let body = "answer=agree";
    let head = format!(
        "POST /links/offer/a/b/c HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    assert!(TcpStream::connect(server.address).is_err(), "no new connections");
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    assert!(server.wait(Duration::from_secs(5)));
    let log = std::fs::metadata(server.data().join("dogwatch.db-wal")).map_or(0, |log| log.len());
    assert_eq!(log, 0, "what was written is in the database itself");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut server = Server::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"POST /links/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n").unwrap();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    server.signal("INT");
    assert!(server.wait(Duration::from_secs(3)));
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    assert!(refused("data = \"x\"\nlisten_to = 1\n", &["check-config"]).contains("line 2: unknown field `listen_to`"));
}

#[test]
fn a_public_address_without_a_proxy_is_refused() {
    assert!(refused("listen = \"0.0.0.0:0\"\n", &["serve"]).contains("allow_plain_http"));
}

#[test]
fn init_writes_a_file_that_check_config_takes_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dogwatch.toml");
    let run = |arguments: &[&str]| Command::new(DOGWATCH).args(arguments).arg(&file).output().unwrap().status.success();
    assert!(run(&["init"]));
    assert!(run(&["check-config", "--config"]));
    assert!(!run(&["init"]));
}

#[test]
fn a_second_demo_on_the_same_data_is_refused_and_changes_nothing() {
    let demo = Server::demo();
    let before = demo.demo_facts();
    let mut second = Command::new(DOGWATCH);
    second.args(["demo", "--listen", "127.0.0.1:0", "--data"]).arg(demo.data());
    let mut second = second.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let ended = ended_within(&mut second, Duration::from_secs(30));
    if ended.is_none() {
        second.kill().unwrap();
    }
    let mut error = String::new();
    second.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    second.wait().unwrap();
    assert!(ended.is_some_and(|status| !status.success()), "it serves beside the first: {error}");
    assert!(error.contains("another demo is running on"), "{error}");
    assert_eq!(demo.demo_facts(), before);
    demo.get("/readyz").expect(200);
}
