//! Two server processes over one database: whatever two people do at the same moment, one through each, has one winner,
//! and the other is told.

use crate::crew::{Crew, word};
use crate::support::{Reply, Server, times};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// No limit on how often one token asks: these tests ask often.
const CONFIG: &str = "[limits]\nrequests_per_minute = 0\n";

fn pair() -> [Server; 2] {
    let first = Server::with_demo(CONFIG);
    let second = first.beside(CONFIG);
    [first, second]
}

/// Does the same on both servers at the same moment.
fn at_once<T: Send>(servers: &[Server; 2], act: impl Fn(usize, &Server) -> T + Sync) -> Vec<T> {
    let line = Barrier::new(servers.len());
    thread::scope(|scope| {
        let runners = servers.iter().enumerate().map(|(n, server)| {
            let (line, act) = (&line, &act);
            scope.spawn(move || {
                line.wait();
                act(n, server)
            })
        });
        let runners: Vec<_> = runners.collect();
        runners.into_iter().map(|runner| runner.join().expect("it answers")).collect()
    })
}

/// Asks again where the store was busy for longer than it waits for a lock: nothing was written, and the answer says so.
fn patiently(ask: impl Fn() -> Reply) -> Reply {
    (0..5).map(|_| ask()).find(|reply| reply.status != 503).unwrap_or_else(ask)
}

/// Which of two answers won with this status, where the other lost with that.
fn winner(replies: &[Reply], won: &[u16], lost: u16) -> usize {
    let winners: Vec<_> = (0..replies.len()).filter(|n| won.contains(&replies[*n].status)).collect();
    let losers = replies.iter().filter(|reply| reply.status == lost).count();
    let told: Vec<_> = replies.iter().map(|reply| (reply.status, reply.text())).collect();
    assert_eq!((winners.len(), losers), (1, replies.len() - 1), "{told:?}");
    winners[0]
}

fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20270301T100000Z\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[test]
fn checklist_28_of_two_who_make_or_change_the_same_event_one_succeeds_and_its_text_stands() {
    let servers = pair();
    let basic = servers[0].basic("ada");
    let put = |server: &Server, path: &str, condition: (&str, &str), body: &str| {
        let headers = [("Authorization", basic.as_str()), ("Content-Type", "text/calendar"), condition];
        patiently(|| server.send("PUT", path, &headers, body))
    };
    for round in 0..times(20, 1000) {
        let uid = format!("race-{round}");
        let path = format!("/dav/calendars/ada/availability/{uid}.ics");
        let made = at_once(&servers, |n, server| {
            put(server, &path, ("If-None-Match", "*"), &event(&uid, &format!("made by {n}")))
        });
        let first = winner(&made, &[201], 412);
        let read = |n: usize| servers[n].send("GET", &path, &[("Authorization", &basic)], "").expect(200);
        assert!(read(1 - first).text().contains(&format!("made by {first}")), "the other server has it at once");
        let etag = read(first).header("etag").expect("an ETag").to_owned();
        let changed = at_once(&servers, |n, server| {
            put(server, &path, ("If-Match", &etag), &event(&uid, &format!("changed by {n}")))
        });
        let second = winner(&changed, &[200, 204], 412);
        assert!(read(1 - second).text().contains(&format!("changed by {second}")));
    }
}

#[test]
fn of_two_who_agree_to_the_same_swap_one_has_the_shift_and_the_other_is_told_who() {
    let servers = pair();
    let mates = ["mate-a", "mate-b", "mate-c"].map(|id| (id.to_owned(), id.to_owned()));
    let crew = Crew::gather(&servers[0], "Watch", &mates);
    for _ in 0..times(20, 1000) {
        let cover = format!("/slots/{}/cover", crew.slot);
        let swap = servers[0].api("POST", &cover, &json!({ "reason": "a race" })).expect(200).json();
        let offers: Vec<_> = swap["offers"].as_array().unwrap().iter().collect();
        assert_eq!(offers.len(), 2, "{swap}");
        let answers = at_once(&servers, |n, server| {
            let path = format!("/offers/{}/answer", word(offers[n], "id"));
            patiently(|| server.api("POST", &path, &json!({ "answer": "agree" })))
        });
        let first = winner(&answers, &[200], 409);
        let taker = word(offers[first], "person");
        for server in &servers {
            let found = server.api("GET", &format!("/swaps/{}", word(&swap, "id")), &Value::Null).expect(200).json();
            assert_eq!((word(&found, "state"), word(&found, "taker")), ("taken", taker));
            let path = format!("/teams/watch/on-call?at={}", crew.at);
            let watch = server.api("GET", &path, &Value::Null).expect(200).json();
            assert_eq!(word(&watch["on_call"][0]["person"], "id"), taker);
        }
    }
}

#[test]
fn a_password_made_on_one_server_counts_on_the_other_until_it_is_revoked_there() {
    let servers = pair();
    let made = servers[0].api("POST", "/people/ada/app-passwords", &json!({ "label": "new" })).expect(201).json();
    let basic = crate::support::base64(format!("ada:{}", word(&made, "password")).as_bytes());
    let basic = format!("Basic {basic}");
    let ask = |n: usize| {
        let headers = [("Authorization", basic.as_str()), ("Depth", "0")];
        servers[n].send("PROPFIND", "/dav/calendars/ada/", &headers, "").status
    };
    assert_eq!((ask(0), ask(1)), (207, 207));
    let path = format!("/app-passwords/{}", word(&made, "id"));
    servers[1].api("DELETE", &path, &Value::Null).expect(204);
    assert_eq!((ask(0), ask(1)), (401, 401));
}
