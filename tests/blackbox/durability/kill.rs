//! Sixteen people change things at once, the process is killed at a random moment, started again, and everything that
//! was acknowledged must be there, and nothing that was never sent.

use super::scribe::{Dice, Scribe, attempt};
use super::{CONFIG, people};
use crate::crew::{Crew, TEAM, word};
use crate::support::{Reply, Server, times};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Clients that store events; the others swap a shift, and publish rosters.
const SCRIBES: usize = 14;

/// Somebody who asks for cover of one shift and has it taken, over and over, and publishes rosters, by the API.
struct Office {
    bearer: String,
    slot: String,
    /// Swaps whose taking was acknowledged, with who took them.
    taken: Vec<(String, String)>,
    /// Editions whose publication was acknowledged.
    published: Vec<(String, i64)>,
    /// Answers that never came: the swap, and who would have it.
    doubtful: Vec<(String, String)>,
}

impl Office {
    fn api(&self, address: SocketAddr, method: &str, path: &str, body: &Value) -> Option<Reply> {
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", "application/json")];
        let text = if body.is_null() { String::new() } else { body.to_string() };
        attempt(address, method, &format!("/api/v1{path}"), &headers, &text).filter(|reply| reply.status != 0)
    }

    /// Asks for cover, and whoever is asked first agrees; nothing where the server doesn't answer any more.
    fn swap(&mut self, address: SocketAddr) -> Option<()> {
        let cover = format!("/slots/{}/cover", self.slot);
        let asked = self.api(address, "POST", &cover, &json!({ "reason": "a trial" }))?;
        if asked.status != 200 {
            // What was asked for before the fall stands: it is taken back, and asked for anew.
            assert!(matches!(asked.status, 409 | 503), "{asked:?}");
            return Some(());
        }
        let swap = asked.json();
        let offers = swap["offers"].as_array().expect("offers");
        let Some(offer) = offers.iter().find(|offer| offer["state"] == "offered") else { return Some(()) };
        let (id, taker) = (word(&swap, "id").to_owned(), word(offer, "person").to_owned());
        let path = format!("/offers/{}/answer", word(offer, "id"));
        self.doubtful.push((id.clone(), taker.clone()));
        let answered = self.api(address, "POST", &path, &json!({ "answer": "agree" }))?;
        self.doubtful.pop();
        if answered.status == 200 {
            self.taken.push((id, taker));
        } else {
            assert!(matches!(answered.status, 409 | 503), "{answered:?}");
        }
        Some(())
    }

    /// Makes a draft of one day, and publishes it.
    fn publish(&mut self, address: SocketAddr, day: &str, next: &str) -> Option<()> {
        let path = format!("/teams/{TEAM}/rosters");
        let draft = self.api(address, "POST", &path, &json!({ "from": day, "to": next }))?;
        // One that was made before the fall is published now.
        if !matches!(draft.status, 201 | 409) {
            assert_eq!(draft.status, 503, "{draft:?}");
            return Some(());
        }
        let draft = draft.json();
        let roster = word(&draft, if draft["id"].is_string() { "id" } else { "roster" }).to_owned();
        let done = self.api(address, "POST", &format!("/rosters/{roster}/publish"), &json!({}))?;
        if done.status == 200 {
            self.published.push((roster, done.json()["version"].as_i64().expect("a version")));
        }
        Some(())
    }

    fn verify(&mut self, server: &Server) {
        for (swap, taker) in &self.taken {
            let found = server.api("GET", &format!("/swaps/{swap}"), &Value::Null).expect(200).json();
            assert_eq!((word(&found, "state"), word(&found, "taker")), ("taken", taker.as_str()), "{found}");
        }
        for (swap, taker) in self.doubtful.drain(..) {
            let found = server.api("GET", &format!("/swaps/{swap}"), &Value::Null).expect(200).json();
            let whole = match word(&found, "state") {
                "taken" => word(&found, "taker") == taker,
                state => state == "open",
            };
            assert!(whole, "half an answer: {found}");
        }
        for (roster, version) in &self.published {
            let found = server.api("GET", &format!("/rosters/{roster}"), &Value::Null).expect(200).json();
            assert!(found["version"] == *version && found["state"] != "draft", "{found}");
        }
        // The shift that is swapped stays one person's.
        self.taken.drain(..self.taken.len().saturating_sub(20));
        self.published.drain(..self.published.len().saturating_sub(20));
    }
}

fn office(server: &Server) -> (Office, String, String) {
    let mates: Vec<_> = ["mate-a", "mate-b", "mate-c"].iter().map(|id| ((*id).to_owned(), (*id).to_owned())).collect();
    let crew = Crew::gather(server, "Watch", &mates);
    let facts = server.demo_facts();
    let bearer = format!("Bearer {}", word(&facts, "admin_token"));
    let day: chrono::NaiveDate = crew.at[..10].parse().expect("a day");
    let (day, next) = (day + chrono::Days::new(7), day + chrono::Days::new(8));
    let office = Office { bearer, slot: crew.slot, taken: Vec::new(), published: Vec::new(), doubtful: Vec::new() };
    (office, day.to_string(), next.to_string())
}

/// Lets everybody work until the process is killed, so long after the first answer.
fn work_and_fall(
    server: &mut Server,
    scribes: &mut [Scribe],
    office: &mut Office,
    days: (&str, &str),
    after: Duration,
) {
    let (fallen, begun, address) = (AtomicBool::new(false), AtomicBool::new(false), server.address);
    std::thread::scope(|scope| {
        for scribe in scribes {
            let (fallen, begun) = (&fallen, &begun);
            scope.spawn(move || {
                while !fallen.load(Ordering::Relaxed) && scribe.write(address) {
                    begun.store(true, Ordering::Relaxed);
                }
            });
        }
        let fallen = &fallen;
        scope.spawn(move || {
            while !fallen.load(Ordering::Relaxed) {
                if office.swap(address).and_then(|()| office.publish(address, days.0, days.1)).is_none() {
                    break;
                }
            }
        });
        while !begun.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(after);
        server.kill();
        fallen.store(true, Ordering::Relaxed);
    });
}

#[test]
fn checklist_38_what_was_acknowledged_outlives_being_killed_under_load() {
    let mut server = Server::with_demo(CONFIG);
    let seed = u64::from(std::process::id());
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    let people = people(&server);
    let mut scribes: Vec<Scribe> = (0..SCRIBES)
        .map(|n| {
            Scribe::new(
                &server,
                &people[n % people.len()],
                seed + n as u64,
                if n.is_multiple_of(5) { 60_000 } else { 0 },
            )
        })
        .collect();
    let (mut office, day, next) = office(&server);
    // At least this much is certain, however slow the machine.
    for _ in 0..5 {
        office.swap(server.address).and_then(|()| office.publish(server.address, &day, &next)).expect("it answers");
    }
    assert!(!office.taken.is_empty() && !office.published.is_empty());
    let (mut acknowledged, mut slowest) = (0, Duration::ZERO);
    for round in 0..times(10, 200) {
        let after = Duration::from_millis(5 + dice.below(496));
        work_and_fall(&mut server, &mut scribes, &mut office, (&day, &next), after);
        let begun = Instant::now();
        server.start_again();
        server.get("/readyz").expect(200);
        slowest = slowest.max(begun.elapsed());
        for scribe in &mut scribes {
            acknowledged += scribe.acknowledged();
            scribe.verify(&server, None);
            scribe.verify_sync(&server);
        }
        office.verify(&server);
        let sound = server.command(&["check"]);
        assert!(sound.starts_with("All is well"), "after round {round}: {sound}");
    }
    let doubts: usize = scribes.iter().map(|scribe| scribe.doubts).sum();
    println!("{acknowledged} acknowledged, {doubts} in doubt, ready again within {slowest:?}");
    assert!(acknowledged > 0, "nothing was tried");
    assert!(!server.log().contains("panicked"), "{}", server.log());
}
