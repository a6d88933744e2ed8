//! Who watches the watch: signs of life to a receiver elsewhere as long as all is well, and an alarm there when they stop.
//! A minute is a second here.

use crate::support::sink::Sink;
use crate::support::{DOGWATCH, Server, variables};
use serde_json::Value;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a receiver expects: a beat each period, and so long a grace.
const PERIOD: Duration = Duration::from_secs(1);
const GRACE: Duration = Duration::from_secs(3);

fn config(sinks: &[&Sink], more: &str) -> String {
    let urls: Vec<String> = sinks.iter().map(|sink| format!("\"{}/canary-receiver\"", sink.origin)).collect();
    format!("[heartbeat]\nevery_seconds = 1\nreceivers = [{}]\n{more}", urls.join(", "))
}

/// How long after a moment the receiver raises its alarm: when a whole period and its grace passed without a beat.
fn alarm_after(sink: &Sink, since: Instant) -> Duration {
    while sink.within(PERIOD + GRACE).is_some() {
        assert!(since.elapsed() < Duration::from_secs(30), "it still beats");
    }
    since.elapsed()
}

/// A gap in Payments at this moment.
fn nobody_is_primary(server: &Server) {
    let answer = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let watch = answer["on_call"].as_array().unwrap().iter().find(|watch| watch["role"] == "primary").unwrap().clone();
    let sql = format!("UPDATE shift SET person = NULL WHERE slot = '{}'", watch["slot"].as_str().unwrap());
    crate::support::execute(&server.data(), server.database().as_deref(), &sql);
}

#[test]
fn both_receivers_hear_of_it_while_all_is_well_and_raise_the_alarm_after_the_server_is_killed() {
    let (one, other) = (Sink::start(), Sink::start());
    let mut server = Server::with_demo(&config(&[&one, &other], ""));
    let (first, second) = (one.next(), one.next());
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/canary-receiver"));
    assert!(first.text().contains(": all is well, "), "{}", first.text());
    assert!(second.at > first.at);
    other.next();
    let said: Value = serde_json::from_str(&server.command(&["selftest", "--json"])).unwrap();
    assert_eq!(said["well"], true, "{said}");
    assert_eq!(said["last_heartbeat"]["receivers"].as_array().unwrap().len(), 2, "{said}");
    assert!(!server.log().contains("canary-receiver"));
    server.signal("KILL");
    server.wait(Duration::from_secs(30));
    let killed = Instant::now();
    let alarm = alarm_after(&one, killed);
    println!("the alarm is raised {alarm:?} after the kill, where a minute is a second");
    assert!(alarm < 3 * (PERIOD + GRACE), "a busy machine has some patience");
}

#[test]
fn a_gap_at_this_moment_stops_the_heartbeat_and_the_log_says_why() {
    let sink = Sink::start();
    let server = Server::with_demo(&config(&[&sink], ""));
    sink.next();
    nobody_is_primary(&server);
    let broke = Instant::now();
    assert!(alarm_after(&sink, broke) < Duration::from_secs(25));
    assert!(server.log().contains("nobody is primary ("), "{}", server.log());
    let mut selftest = Command::new(DOGWATCH);
    selftest.args(["selftest", "--data"]).arg(server.data()).envs(variables(server.database().as_deref()));
    let said = selftest.output().unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(text.contains("WRONG   who is on call for payments: nobody is primary ("), "{text}");
    let assign = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let slot = assign["on_call"][0]["slot"].as_str().unwrap().to_owned();
    let sql = format!("UPDATE shift SET person = 'ada' WHERE slot = '{slot}'");
    crate::support::execute(&server.data(), server.database().as_deref(), &sql);
    sink.next();
}

#[test]
fn a_receiver_that_takes_it_is_told_that_something_is_wrong() {
    let sink = Sink::start();
    let server = Server::with_demo(&config(&[&sink], "fail_suffix = \"/fail\"\n"));
    assert_eq!(sink.next().path, "/canary-receiver");
    nobody_is_primary(&server);
    let started = Instant::now();
    let told = loop {
        let told = sink.next();
        if told.path == "/canary-receiver/fail" {
            break told;
        }
        assert!(started.elapsed() < Duration::from_secs(30));
    };
    assert!(told.text().contains("who is on call for payments: nobody is primary ("), "{}", told.text());
}

#[test]
fn a_beat_names_who_is_on_call_where_that_is_wanted_and_readiness_tells_strangers_no_more_than_what_failed() {
    let (sink, kept) = (Sink::start(), Sink::start());
    let place = format!("names = true\nfail_suffix = \"/fail\"\n[[snapshot.send]]\nurl = \"{}/copy\"\n", kept.origin);
    let server = Server::with_demo(&config(&[&sink], &place));
    let said = sink.next().text();
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let name = found["on_call"][0]["person"]["name"].as_str().unwrap();
    assert!(said.contains("payments: ") && said.contains(name), "{said}");
    assert!(said.contains(&format!("snapshot: {}/copy/oncall.json\n", kept.origin)), "{said}");
    sink.next();
    let ready = server.get("/readyz").expect(200).text();
    assert!(ready.starts_with("ready\nself-test ") && ready.ends_with(" s ago: all is well\n"), "{ready}");
    nobody_is_primary(&server);
    while sink.next().path != "/canary-receiver/fail" {}
    sink.next();
    let ready = server.get("/readyz").expect(200).text();
    assert!(ready.ends_with(" s ago failed: who is on call\n"), "{ready}");
}

#[test]
fn of_two_servers_one_beats_and_the_other_goes_on_when_that_is_stopped() {
    let sink = Sink::start();
    let mut first = Server::with_demo(&config(&[&sink], ""));
    sink.next();
    let second = first.beside(&config(&[&sink], ""));
    // What came while the second one started.
    while sink.within(Duration::ZERO).is_some() {}
    let until = Instant::now() + 5 * PERIOD;
    let mut beats = 0;
    while Instant::now() < until {
        beats += usize::from(sink.within(PERIOD / 4).is_some());
    }
    assert!((1..=7).contains(&beats), "{beats} beats in five periods");
    first.signal("TERM");
    first.wait(Duration::from_secs(20));
    while sink.within(Duration::ZERO).is_some() {}
    sink.next();
    second.get("/readyz").expect(200);
}
