//! Webhooks as their receivers see them: signed, tried again under the same id, refused by the receiver of the docs when
//! they are old; and an edition, a reminder, a swap and a handover told by the real server.

use crate::support::push_service::CONFIG;
use crate::support::sink::{Sink, Taken};
use crate::support::{Server, copy_demo};
use base64ct::{Base64, Encoding as _};
use chrono::{Datelike as _, Days, Months, NaiveTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::io::{BufRead as _, BufReader, Lines};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// The receiver that the docs show, as a process.
struct Sample {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Sample {
    fn start(port: u16, secret: &str, folder: &Path) -> Self {
        let docs = include_str!("../../docs/webhooks.md");
        let code = docs.split("```python\n").nth(1).expect("a sample").split("```").next().unwrap();
        let file = folder.join("receiver.py");
        std::fs::write(&file, code).unwrap();
        let mut command = Command::new("python3");
        command.arg(&file).arg(port.to_string()).env("WEBHOOK_SECRET", secret);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("python3 is there");
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "it doesn't listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> String {
        self.lines.next().expect("a line").expect("UTF-8")
    }
}

impl Drop for Sample {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn register(server: &Server, url: &str, events: &[&str]) -> Value {
    let new = json!({ "url": url, "events": events });
    server.api("POST", "/teams/payments/webhooks", &new).expect(201).json()
}

fn path(receiver: &Value, rest: &str) -> String {
    format!("/teams/payments/webhooks/{}{rest}", receiver["id"].as_str().unwrap())
}

fn says(taken: &Taken) -> Value {
    serde_json::from_slice(&taken.body).expect("JSON")
}

/// Waits until the receiver is listed so.
fn listed(server: &Server, receiver: &Value, is_so: impl Fn(&Value) -> bool) -> Value {
    let started = Instant::now();
    loop {
        let all = server.api("GET", "/teams/payments/webhooks", &Value::Null).expect(200).json();
        let found = all.as_array().unwrap().iter().find(|one| one["id"] == receiver["id"]).unwrap().clone();
        if is_so(&found) {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_receiver_of_the_docs_takes_what_is_fresh_and_refuses_what_is_six_minutes_old() {
    let folder = tempfile::tempdir().unwrap();
    let (data, clock) = (folder.path().join("data"), folder.path().join("clock"));
    let database = copy_demo(&data);
    std::fs::write(&clock, "0").unwrap();
    let told = [("DOGWATCH_TEST_CLOCK", clock.to_str().unwrap().to_owned())];
    let server = Server::over(&data, database, CONFIG, &told);
    // Free a moment ago, and the receiver must know its secret before it listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let receiver = register(&server, &format!("http://127.0.0.1:{port}/"), &["handover"]);
    let mut sample = Sample::start(port, receiver["secret"].as_str().unwrap(), folder.path());
    server.api("POST", &path(&receiver, "/test"), &json!({})).expect(202);
    let heard: Value = serde_json::from_str(&sample.next()).unwrap();
    assert_eq!(
        (&heard["type"], &heard["version"], &heard["team"]["id"]),
        (&json!("test"), &json!(1), &json!("payments"))
    );
    let well = listed(&server, &receiver, |one| one["last_success"].is_string());
    assert_eq!((&well["problem"], &well["host"]), (&Value::Null, &json!("127.0.0.1")));

    // What the server signs now was signed six minutes ago, as the receiver's clock has it.
    std::fs::write(&clock, "-360").unwrap();
    server.api("POST", &path(&receiver, "/test"), &json!({})).expect(202);
    assert_eq!(sample.next(), "refused");
    listed(&server, &receiver, |one| one["problem"] == "the receiver says 401");
    std::fs::write(&clock, "0").unwrap();

    // With a new secret the former one counts a while, so that the receiver need not be told at once.
    let rotated = server.api("POST", &path(&receiver, "/secret"), &json!({})).expect(200).json();
    assert_ne!(rotated["secret"], receiver["secret"]);
    let heard: Value = serde_json::from_str(&sample.next()).expect("the message that was refused comes again");
    assert_eq!(heard["type"], "test");
    server.api("POST", &path(&receiver, "/secret"), &json!({ "keep_hours": 0 })).expect(200);
    server.api("POST", &path(&receiver, "/test"), &json!({})).expect(202);
    assert_eq!(sample.next(), "refused", "it knows neither of the two secrets");
}

#[test]
fn what_happens_is_told_once_it_is_taken_and_tried_again_under_the_same_id_until_then() {
    let server = Server::with_demo(CONFIG);
    let sink = Sink::start();
    let wanted = ["swap.opened", "swap.taken", "swap.withdrawn", "shift.changed", "handover", "gap.opened"];
    let receiver = register(&server, &format!("{}/hook", sink.origin), &wanted);
    sink.answer(&["503 x", "302 x\r\nLocation: /elsewhere"]);
    let watch = server.coverable_watch();
    let slot = watch["slot"].as_str().unwrap();
    let swap = server.api("POST", &format!("/slots/{slot}/cover"), &json!({ "reason": "dentist" })).expect(200).json();
    let (first, again, third) = (sink.next(), sink.next(), sink.next());
    assert_eq!((again.path.as_str(), third.path.as_str()), ("/hook", "/hook"), "no redirect is followed");
    assert_eq!((first.header("webhook-id"), &first.body), (again.header("webhook-id"), &again.body));
    assert_eq!((first.header("webhook-id"), &first.body), (third.header("webhook-id"), &third.body));
    assert!(again.at - first.at >= Duration::from_secs(2), "not at once");
    let opened = says(&first);
    assert_eq!((&opened["type"], &opened["data"]["swap"]), (&json!("swap.opened"), &swap["id"]));
    assert_eq!(opened["data"]["requester"]["id"], watch["person"]["id"]);
    assert!(!opened.to_string().contains("dentist"), "{opened}");
    listed(&server, &receiver, |one| one["problem"].is_null() && one["waiting"] == 0);

    let taker = swap["offers"][0]["person"].as_str().unwrap();
    server
        .api(
            "POST",
            &format!("/swaps/{}/assign", swap["id"].as_str().unwrap()),
            &json!({ "person": taker, "reason": "x" }),
        )
        .expect(200);
    let both = [says(&sink.next()), says(&sink.next())];
    let taken = both.iter().find(|one| one["type"] == "swap.taken").expect("it is told");
    assert_eq!(taken["data"]["taker"]["id"], taker);
    let changed = both.iter().find(|one| one["type"] == "shift.changed").expect("that too");
    let change = &changed["data"]["changes"][0];
    assert_eq!(
        (&change["before"]["person"]["id"], &change["after"]["person"]["id"]),
        (&watch["person"]["id"], &json!(taker))
    );

    // A chat hears of it in a line.
    let chat = json!({ "url": format!("{}/chat", sink.origin), "format": "slack", "events": ["gap.closed"] });
    let chat = server.api("POST", "/teams/payments/webhooks", &chat).expect(201).json();
    server.api("POST", &path(&chat, "/test"), &json!({})).expect(202);
    let line = sink.next();
    assert_eq!((line.path.as_str(), &says(&line)["text"]), ("/chat", &json!("This is a test of 127.0.0.1.")));
    assert_eq!(says(&line)["blocks"][0]["text"]["type"], "mrkdwn");
    server.api("DELETE", &path(&chat, ""), &Value::Null).expect(204);

    // Whoever says that it is gone is left alone.
    sink.answer(&["410 Gone"]);
    server.api("POST", &path(&receiver, "/test"), &json!({})).expect(202);
    assert_eq!(says(&sink.next())["type"], "test");
    let gone = listed(&server, &receiver, |one| one["paused"] == true && one["given_up"] == 1);
    assert_eq!(gone["problem"], "the receiver says 410");
    let said = server.command(&["webhook", "list", "--team", "payments"]);
    assert!(said.contains("paused") && said.contains("the receiver says 410") && !said.contains("/hook"), "{said}");
    server.command(&["webhook", "remove", "--team", "payments", receiver["id"].as_str().unwrap()]);
    assert_eq!(server.api("GET", "/teams/payments/webhooks", &Value::Null).expect(200).json(), json!([]));
}

/// Whether the message is signed with this secret, as Standard Webhooks says.
fn is_signed(taken: &Taken, secret: &str) -> bool {
    let key = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.", taken.header("webhook-id"), taken.header("webhook-timestamp")).as_bytes());
    mac.update(&taken.body);
    taken.header("webhook-signature") == format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
}

#[test]
fn an_edition_and_a_reminder_are_told_signed_when_one_is_published_and_the_other_is_due() {
    let folder = tempfile::tempdir().unwrap();
    let (data, clock) = (folder.path().join("data"), folder.path().join("clock"));
    let database = copy_demo(&data);
    // The day before a month that the demo knows nothing of: at night, when nobody is reminded, and then at noon.
    let month = Utc::now().date_naive().with_day(1).unwrap() + Months::new(3);
    let at = |hour: u32| {
        let then = (month - Days::new(1)).and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap()).and_utc();
        std::fs::write(&clock, (then - Utc::now()).num_seconds().to_string()).unwrap();
    };
    at(2);
    let told = [("DOGWATCH_TEST_CLOCK", clock.to_str().unwrap().to_owned())];
    let mut server = Server::over(&data, database, CONFIG, &told);
    let sink = Sink::start();
    let receiver = register(&server, &format!("{}/hook", sink.origin), &["roster.published", "reminder"]);
    let secret = receiver["secret"].as_str().unwrap();

    let days = json!({ "from": (month + Days::new(7)).to_string(), "to": (month + Days::new(9)).to_string() });
    let draft = server.api("POST", "/teams/payments/rosters", &days).expect(201).json();
    let path = format!("/rosters/{}/publish", draft["id"].as_str().unwrap());
    let edition = server.api("POST", &path, &json!({ "reason": "nobody yet" })).expect(200).json();
    let mut all = std::iter::repeat_with(|| sink.next());
    // Where people live elsewhere it may be day, and they are reminded.
    let published = all.find(|taken| says(taken)["type"] == "roster.published").unwrap();
    assert!(is_signed(&published, secret));
    let said = says(&published);
    assert_eq!(said["team"]["id"], "payments");
    assert_eq!(
        (&said["data"]["roster"], &said["data"]["version"], &said["data"]["from"]),
        (&draft["id"], &edition["version"], &days["from"])
    );

    // In London it was night.
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(20)));
    at(12);
    server.start_again();
    let started = Instant::now();
    let reminder = loop {
        let taken = sink.next();
        let said = says(&taken);
        assert!(is_signed(&taken, secret), "{said}");
        if said["type"] == "reminder" && said["data"]["about"] == "month" && said["data"]["person"]["id"] == "ben" {
            break said;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{said}");
    };
    assert_eq!(reminder["data"]["month"], month.format("%Y-%m").to_string());
    assert_eq!(reminder["team"]["id"], "payments");
    assert!(!reminder.to_string().contains('@'), "{reminder}");
}
