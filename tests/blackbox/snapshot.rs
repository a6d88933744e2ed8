//! The copy of who is on call: written beside the server after every change, read by a command and by a second process
//! when the server and its database are gone, and believed only as far as its signature goes.

use crate::support::{DOGWATCH, Reply, Server, exchange};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Done {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A command far from any database.
fn run(arguments: &[&str]) -> Done {
    let nowhere = tempfile::tempdir().unwrap();
    let done = Command::new(DOGWATCH).args(arguments).arg("--data").arg(nowhere.path()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    assert_eq!(std::fs::read_dir(nowhere.path()).unwrap().count(), 0, "it makes nothing");
    Done { code: done.status.code(), out: text(done.stdout), err: text(done.stderr) }
}

fn file(server: &Server) -> PathBuf {
    server.data().join("snapshot/oncall.json")
}

/// What is in the file, once it is as it should be.
fn once(file: &Path, is_so: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let found = std::fs::read_to_string(file).ok().and_then(|text| serde_json::from_str::<Value>(&text).ok());
        if let Some(found) = found.as_ref().filter(|found| is_so(&found["snapshot"])) {
            return found.clone();
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{found:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn team<'s>(snapshot: &'s Value, id: &str) -> &'s Value {
    snapshot["teams"].as_array().unwrap().iter().find(|team| team["id"] == id).expect("such a team")
}

/// A copy of what the server wrote, kept from what becomes of the server.
fn taken_away(server: &Server) -> (tempfile::TempDir, String, String) {
    once(&file(server), |_| true);
    let key = server.command(&["snapshot", "key"]).trim().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("oncall.json");
    std::fs::copy(file(server), &kept).unwrap();
    (folder, kept.to_str().unwrap().to_owned(), key)
}

/// Who is on call for Payments just now, by role.
fn holders(answer: &Value) -> Vec<(String, Value)> {
    let watches = answer["on_call"].as_array().unwrap();
    watches.iter().map(|watch| (watch["role"].as_str().unwrap().to_owned(), watch["person"]["name"].clone())).collect()
}

#[test]
fn with_the_server_killed_and_no_database_the_command_still_says_who_is_on_call() {
    let mut server = Server::with_demo("");
    let (_folder, kept, key) = taken_away(&server);
    let live = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    assert_eq!(live["stale"], Value::Null);
    server.signal("KILL");
    server.wait(Duration::from_secs(5));
    let done = run(&["whois", "--snapshot", &kept, "payments", "--key", &key, "--json"]);
    assert_eq!((done.code, done.err.as_str()), (Some(0), ""), "{}", done.out);
    let said: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&said["snapshot"]["verified"], &said["snapshot"]["validity"]), (&json!(true), &json!("fresh")));
    let answer = &said["teams"][0];
    for member in ["on_call", "escalation"] {
        assert_eq!(answer[member], live[member], "{member}");
    }
    assert!(answer["on_call"][0]["person"]["phone"].as_str().unwrap().starts_with('+'));
    let text = run(&["whois", "--snapshot", &kept, "--key", &key]).out;
    let name = live["on_call"][0]["person"]["name"].as_str().unwrap();
    assert!(text.contains("Payments, ") && text.contains("Platform, ") && text.contains(name), "{text}");
    assert!(text.contains("seconds old; signature verified") || text.contains("second old; signature"), "{text}");
}

#[test]
fn what_is_wrong_with_a_snapshot_is_said_and_has_a_code_of_its_own() {
    let server = Server::with_demo("");
    let (folder, kept, key) = taken_away(&server);
    let code = |arguments: &[&str]| {
        let done = run(&[&["whois", "--snapshot"], arguments].concat());
        (done.code.unwrap(), done.out + &done.err)
    };
    let (unverified, said) = code(&[&kept, "payments"]);
    assert!(unverified == 0 && said.contains("NOT VERIFIED") && said.contains("not verified: name the key"), "{said}");
    assert!(said.contains(&key), "{said}");

    let text = std::fs::read_to_string(&kept).unwrap();
    let forged = folder.path().join("forged.json");
    let phone = text.split("\"phone\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    std::fs::write(&forged, text.replace(phone, "+15550100")).unwrap();
    let (wrong, said) = code(&[forged.to_str().unwrap(), "--key", &key]);
    assert!(wrong == 3 && said.contains("believe nothing of it"), "{wrong} {said}");
    assert!(!said.contains("+15550100"), "{said}");
    let other = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
    assert_eq!(code(&[&kept, "--key", other]).0, 3);
    let pem = folder.path().join("key.pem");
    std::fs::write(&pem, server.command(&["snapshot", "key", "--pem"])).unwrap();
    assert_eq!(code(&[&kept, "--key", pem.to_str().unwrap()]).0, 0);

    for (at, expected) in [("2001-01-01T00:00:00Z", 4), ("2199-01-01T00:00:00Z", 4)] {
        let (found, said) = code(&[&kept, "payments", "--at", at]);
        assert!(found == expected && said.contains("says nothing of"), "{said}");
    }
    let (nowhere, said) = code(&[&kept, "nowhere"]);
    assert!(nowhere == 1 && said.contains("payments, platform"), "{said}");
    assert_eq!(code(&["/nowhere/oncall.json"]).0, 1);
    let (none, said) = code(&[pem.to_str().unwrap()]);
    assert!(none == 1 && said.contains("no JSON"), "{said}");
    assert_eq!(code(&[&kept, "--key", "nonsense"]).0, 2);
}

#[test]
fn a_change_is_in_the_file_within_seconds_whoever_made_it() {
    let server = Server::with_demo("");
    let before = once(&file(&server), |_| true);
    let shift = team(&before["snapshot"], "payments")["shifts"].as_array().unwrap().iter();
    let shift = shift.clone().find(|shift| !shift["person"].is_null() && shift["cover_asked"] == false).unwrap();
    let slot = shift["slot"].as_str().unwrap();
    let asked = Instant::now();
    server.api("POST", &format!("/slots/{slot}/cover"), &json!({})).expect(200);
    let asks = |snapshot: &Value| {
        let shifts = team(snapshot, "payments")["shifts"].as_array().unwrap();
        shifts.iter().any(|shift| shift["slot"] == slot && shift["cover_asked"] == true)
    };
    once(&file(&server), asks);
    println!("a request for cover is in the file after {:?}", asked.elapsed());
    assert!(asked.elapsed() < Duration::from_secs(10));
    // Another process, which nobody hears.
    let asked = Instant::now();
    server.command(&["team", "contact", "add", "payments", "--name", "Dora Quist", "--phone", "+447700900199"]);
    once(&file(&server), |snapshot| team(snapshot, "payments")["escalation"].to_string().contains("+447700900199"));
    println!("a command's change is in the file after {:?}", asked.elapsed());
    // Three files are written before that one.
    let public = server.data().join("snapshot/public/oncall.json");
    let public = once(&public, |snapshot| snapshot.to_string().contains("Dora Quist")).to_string();
    assert!(!public.contains("+44") && !public.contains("@example"), "{public}");
    let calendar = std::fs::read_to_string(server.data().join("snapshot/oncall.ics")).unwrap();
    assert!(calendar.starts_with("BEGIN:VCALENDAR") && calendar.contains("BEGIN:VEVENT"));
    let page = std::fs::read_to_string(server.data().join("snapshot/oncall.html")).unwrap();
    assert!(page.contains("valid until") && !page.contains("<script"));
}

#[test]
fn nobody_else_on_the_machine_reads_the_addresses() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::with_demo("");
    let last = server.data().join("snapshot/public/oncall.html");
    let started = Instant::now();
    while !last.exists() {
        assert!(started.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(50));
    }
    let rights =
        |path: &str| std::fs::metadata(server.data().join("snapshot").join(path)).unwrap().permissions().mode() & 0o077;
    assert_eq!((rights("oncall.json"), rights("oncall.html"), rights("oncall.ics")), (0, 0, 0));
    assert_eq!(rights("public") & 0o022, 0);
}

#[test]
fn without_a_folder_nothing_is_written() {
    let server = Server::with_demo("[snapshot]\nenabled = false\n");
    server.get("/readyz").expect(200);
    std::thread::sleep(Duration::from_secs(2));
    assert!(!server.data().join("snapshot").exists());
}

/// `dogwatch serve-snapshot`, ended when dropped.
struct Offline {
    child: Child,
    address: SocketAddr,
}

impl Offline {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(DOGWATCH);
        command.args(["serve-snapshot", "--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").expect("an address").parse().unwrap();
        Self { child, address }
    }

    fn send(&self, method: &str, path: &str) -> Reply {
        exchange(self.address, format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
    }
}

impl Drop for Offline {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn with_the_server_killed_a_second_process_without_a_database_answers_who_is_on_call() {
    let mut server = Server::with_demo("");
    let (_folder, kept, key) = taken_away(&server);
    let live = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    server.signal("KILL");
    server.wait(Duration::from_secs(5));
    let strangers = Offline::start(&[&kept, "--key", &key]);
    let path = "/api/v1/teams/payments/on-call";
    let answer = strangers.send("GET", path).expect(200).json();
    assert_eq!(holders(&answer), holders(&live));
    assert!(answer["stale"]["as_of"].is_string(), "{answer}");
    assert_eq!(
        (&answer["on_call"][0]["person"]["phone"], &answer["on_call"][0]["person"]["email"]),
        (&Value::Null, &Value::Null)
    );
    let page = strangers.send("GET", "/teams/payments").expect(200);
    assert!(page.text().contains(live["on_call"][0]["person"]["name"].as_str().unwrap()));
    assert!(page.text().contains(" old</strong>, valid until"), "{}", page.text());
    assert!(!page.text().contains("+44"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert!(strangers.send("GET", "/").expect(200).text().contains("Platform"));
    strangers.send("GET", "/teams/nowhere").expect(404);
    strangers.send("GET", "/dav/calendars/ada/").expect(404);
    strangers.send("POST", path).expect(405);
    strangers.send("GET", &format!("{path}?at=yesterday")).expect(422);
    strangers.send("GET", &format!("{path}?at=2199-01-01T00:00:00Z")).expect(503);
    let later =
        strangers.send("GET", &format!("{path}?at={}", live["next"][0]["start"].as_str().unwrap().replace('+', "%2B")));
    assert_eq!(later.expect(200).json()["on_call"][0]["person"]["name"], live["next"][0]["person"]["name"]);
    assert!(strangers.send("HEAD", "/").expect(200).body.is_empty());

    let team = Offline::start(&[&kept, "--key", &key, "--contacts"]);
    let answer = team.send("GET", path).expect(200).json();
    assert_eq!(answer["on_call"], live["on_call"]);
}

#[test]
fn a_second_process_serves_what_is_newer_and_keeps_what_it_had_where_that_is_forged() {
    let server = Server::with_demo("");
    let (_folder, kept, key) = taken_away(&server);
    let copy = Offline::start(&[&kept, "--key", &key]);
    let escalation = || copy.send("GET", "/api/v1/teams/payments/on-call").expect(200).json()["escalation"].to_string();
    server.command(&["team", "contact", "add", "payments", "--name", "Dora Quist", "--phone", "+447700900199"]);
    once(&file(&server), |snapshot| team(snapshot, "payments")["escalation"].to_string().contains("Dora Quist"));
    std::fs::copy(file(&server), &kept).unwrap();
    let started = Instant::now();
    while !escalation().contains("Dora Quist") {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(100));
    }
    let text = std::fs::read_to_string(&kept).unwrap();
    std::fs::write(&kept, text.replace("Dora Quist", "Mallory")).unwrap();
    std::thread::sleep(Duration::from_secs(7));
    assert!(escalation().contains("Dora Quist"));
}
