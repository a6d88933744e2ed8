//! Everybody who was offered a shift agrees at the same moment, by calendar, link and API: one has it, all others are
//! told who, and nothing is written twice.

use crate::crew::{Crew, TEAM, word};
use crate::support::{Reply, Server, base64, times};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// Who is offered the shift at once.
const CANDIDATES: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Calendar,
    Link,
    Api,
}

const WAYS: [Way; 3] = [Way::Calendar, Way::Link, Way::Api];

/// Somebody of the team with what they answer with.
struct Mate {
    id: String,
    basic: String,
    bearer: String,
}

/// An offer as it reached its person.
struct Asked<'a> {
    mate: &'a Mate,
    offer: String,
    href: String,
    event: String,
    link: String,
}

/// A team of one more than there are candidates, who are all asked at once, and one published shift.
struct Scene {
    server: Server,
    mates: Vec<Mate>,
    crew: Crew,
}

fn mate(server: &Server, id: &str) -> Mate {
    let made = server.api("POST", &format!("/people/{id}/app-passwords"), &json!({ "label": "phone" })).expect(201);
    let basic = format!("Basic {}", base64(format!("{id}:{}", word(&made.json(), "password")).as_bytes()));
    let token = ["token", "add", "--label", "own", "--scope", "roster", "--person", id, "--json"];
    let token: Value = serde_json::from_str(&server.command(&token)).unwrap();
    Mate { basic, bearer: format!("Bearer {}", word(&token, "token")), id: id.to_owned() }
}

impl Scene {
    fn set() -> Self {
        let server = Server::with_demo("");
        let people: Vec<_> = (0..=CANDIDATES).map(|n| (format!("mate-{n:02}"), format!("Mate {n:02}"))).collect();
        let crew = Crew::gather(&server, "Watch", &people);
        let mates = people.iter().map(|(id, _)| mate(&server, id)).collect();
        Self { server, mates, crew }
    }

    /// Who is on call in the middle of the shift.
    fn watch(&self) -> Value {
        let path = format!("/teams/{TEAM}/on-call?at={}", self.crew.at);
        self.server.api("GET", &path, &Value::Null).expect(200).json()["on_call"][0].clone()
    }

    /// The address and text of the person's copy of the shift, or of what they are asked.
    fn copy(&self, mate: &Mate) -> Option<(String, String)> {
        let folder = format!("/dav/calendars/{}/shifts/", mate.id);
        let headers = [("Authorization", mate.basic.as_str()), ("Depth", "1")];
        let listed = self.server.send("PROPFIND", &folder, &headers, "").expect(207).text();
        let hrefs = listed.split(['<', '>']).find(|part| part.starts_with(&folder) && part.contains(&self.crew.slot));
        let href = hrefs?.to_owned();
        let read = self.server.send("GET", &href, &[("Authorization", &mate.basic)], "").expect(200);
        Some((href, read.text().replace("\r\n ", "")))
    }

    fn ask(&self) -> (String, Vec<Asked<'_>>) {
        let cover = format!("/slots/{}/cover", self.crew.slot);
        let swap = self.server.api("POST", &cover, &json!({ "reason": "a race" })).expect(200).json();
        let offers = swap["offers"].as_array().unwrap();
        let asked = offers.iter().map(|offer| {
            let mate = self.mates.iter().find(|mate| mate.id == word(offer, "person")).unwrap();
            let (href, event) = self.copy(mate).expect("who is asked finds it in their calendar");
            assert!(event.contains("SUMMARY:Cover? Watch\\, primary") && event.contains("PARTSTAT=NEEDS-ACTION"));
            let from = event.find("/links/offer/").expect("a link");
            let link = event[from..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/-".contains(*c)).collect();
            Asked { mate, offer: word(offer, "id").to_owned(), href, event, link }
        });
        (word(&swap, "id").to_owned(), asked.collect())
    }

    fn agree(&self, asked: &Asked<'_>, way: Way) -> Reply {
        let Asked { mate, offer, href, event, link } = asked;
        match way {
            Way::Calendar => {
                let yes = event.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
                let headers = [("Authorization", mate.basic.as_str()), ("Content-Type", "text/calendar")];
                self.server.send("PUT", href, &headers, &yes)
            }
            Way::Link => {
                let form = [("Content-Type", "application/x-www-form-urlencoded")];
                self.server.send("POST", link, &form, "answer=agree")
            }
            Way::Api => {
                let headers = [("Authorization", mate.bearer.as_str()), ("Content-Type", "application/json")];
                let path = format!("/api/v1/offers/{offer}/answer");
                self.server.send("POST", &path, &headers, "{\"answer\":\"agree\"}")
            }
        }
    }

    /// Everybody agrees at once, each by so many ways; who had the shift before, and what everybody was told.
    fn race(&self, ways_each: usize) {
        let since = Utc::now();
        let holder = word(&self.watch()["person"], "id").to_owned();
        let (swap, asked) = self.ask();
        assert_eq!(asked.len(), CANDIDATES, "everybody but the holder is asked");
        let attempts: Vec<(&Asked<'_>, Way)> = asked
            .iter()
            .enumerate()
            .flat_map(|(n, asked)| (0..ways_each).map(move |more| (asked, WAYS[(n + more) % WAYS.len()])))
            .collect();
        let line = Barrier::new(attempts.len());
        let replies: Vec<Reply> = thread::scope(|scope| {
            let runners = attempts.iter().map(|(asked, way)| {
                let line = &line;
                scope.spawn(move || {
                    line.wait();
                    self.agree(asked, *way)
                })
            });
            let runners: Vec<_> = runners.collect();
            runners.into_iter().map(|runner| runner.join().expect("it answers")).collect()
        });

        let found = self.server.api("GET", &format!("/swaps/{swap}"), &Value::Null).expect(200).json();
        assert_eq!(found["state"], "taken");
        let taker = word(&found, "taker").to_owned();
        let watch = self.watch();
        assert_eq!((word(&watch["person"], "id"), &watch["cover_asked"]), (taker.as_str(), &json!(false)));
        let name = word(&watch["person"], "name").to_owned();

        for ((asked, way), reply) in attempts.iter().zip(&replies) {
            told(*way, asked.mate.id == taker, &name, reply);
        }
        for Asked { mate, .. } in &asked {
            let (_, event) = self.copy(mate).expect("the shift, or what became of the offer");
            if mate.id == taker {
                assert!(event.contains("SUMMARY:On call: Watch\\, primary"), "{event}");
                assert!(event.contains("STATUS:CONFIRMED") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
            } else {
                assert!(event.contains("STATUS:CANCELLED") && !event.contains("PARTSTAT=ACCEPTED"), "{event}");
                assert!(event.contains(&format!("COMMENT:Dogwatch: {name} has it.")), "{event}");
            }
        }
        let former = self.mates.iter().find(|mate| mate.id == holder).unwrap();
        assert_eq!(self.copy(former), None, "whoever asked has it no more");
        assert_eq!(self.takings(&swap, since), 1, "one taking, one row");
    }

    fn takings(&self, swap: &str, since: DateTime<Utc>) -> usize {
        let path = format!("/audit?since={}", since.to_rfc3339_opts(SecondsFormat::Millis, true));
        let rows = self.server.api("GET", &path, &Value::Null).expect(200).json();
        let rows = rows.as_array().unwrap().iter().filter(|row| row["action"] == "swap.taken");
        rows.filter(|row| row.to_string().contains(swap)).count()
    }
}

/// Whether an answer says what its person needs to know. A calendar app is never refused: it reads its copy again.
fn told(way: Way, won: bool, name: &str, reply: &Reply) {
    let text = reply.text();
    let right = match (way, won) {
        (Way::Calendar, _) => (200..300).contains(&reply.status) && reply.header("etag").is_none(),
        (Way::Link, true) => reply.status == 200 && text.contains("the shift is yours"),
        (Way::Api, true) => reply.status == 200 && reply.json()["state"] == "taken",
        (Way::Link, false) => reply.status == 409 && text.contains(&format!("{name} has the shift")),
        (Way::Api, false) => reply.status == 409 && reply.json()["detail"] == format!("{name} has it"),
    };
    assert!(right, "{way:?}, won: {won}, {name} has it: {} {text}", reply.status);
}

#[test]
fn checklist_32_of_fifty_who_agree_at_once_by_every_way_one_has_it_and_all_are_told_who() {
    let scene = Scene::set();
    // First each by one way, then by several at once.
    for round in 0..times(1, 30) {
        scene.race(1 + round % WAYS.len());
    }
    let log = scene.server.log();
    assert!(!log.contains("panicked"), "{log}");
}
