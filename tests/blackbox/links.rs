//! Signed links out of people's own events: looking changes nothing, however often and whoever looks; the button acts.

use crate::crew::{Crew, word};
use crate::support::mail_server::MailServer;
use crate::support::{Reply, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// The paths of the links of a kind in somebody's shifts, with the text of the event each stands in.
fn links(server: &Server, person: &str, kind: &str) -> Vec<(String, String)> {
    let start = format!("/links/{kind}/");
    let path = |event: &str| {
        let rest = &event[event.find(&start)?..];
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '/')).unwrap_or(rest.len());
        Some(rest[..end].to_owned())
    };
    let events = server.objects(person, "shifts").into_iter();
    events.filter_map(|event| path(&event).map(|path| (path, event))).collect()
}

fn look(server: &Server, path: &str) {
    let scanner = [("User-Agent", "Mozilla/5.0 (compatible; SafeLinks)"), ("Accept", "*/*")];
    for _ in 0..10 {
        server.send("GET", path, &scanner, "").expect(200);
        server.send("HEAD", path, &scanner, "").expect(200);
        server.send("OPTIONS", path, &scanner, "");
    }
}

fn open_swaps(server: &Server) -> Vec<Value> {
    let found = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    found.as_array().unwrap().clone()
}

fn press(server: &Server, path: &str, answer: &str) -> Reply {
    server.send("POST", path, &[FORM], &format!("answer={answer}"))
}

#[test]
fn a_link_asks_for_cover_and_another_takes_the_shift_by_their_buttons_only() {
    let server = Server::with_demo("");
    let watch = server.coverable_watch();
    let (slot, holder) = (watch["slot"].as_str().unwrap(), watch["person"]["id"].as_str().unwrap());
    let of_slot = |(path, _): &(String, String)| path.contains(slot);
    let (cover, _) = links(&server, holder, "cover").into_iter().find(of_slot).expect("a link in the holder's event");

    look(&server, &cover);
    assert!(open_swaps(&server).is_empty(), "looking asks for nothing");
    let page = server.get(&cover).expect(200).text();
    assert!(page.contains(watch["person"]["name"].as_str().unwrap()) && page.contains("Ask for cover"));
    press(&server, &cover, "ask&reason=%3Csvg+onload%3Dalert(1)%3E").expect(200);
    press(&server, &cover, "ask").expect(200);
    let open = open_swaps(&server);
    assert_eq!(open.len(), 1, "asked once");

    let offers = open[0]["offers"].as_array().unwrap();
    let offer = |at: usize| {
        let person = offers[at]["person"].as_str().unwrap();
        let id = offers[at]["id"].as_str().unwrap();
        let of_offer = |(path, _): &(String, String)| path.contains(id);
        links(&server, person, "offer").into_iter().find(of_offer).expect("a link in the offer").0
    };
    let (first, second) = (offer(0), offer(1));
    look(&server, &first);
    assert_eq!(open_swaps(&server).len(), 1, "looking agrees to nothing");
    let page = server.get(&first).expect(200).text();
    assert!(page.contains("value=\"agree\"") && !page.contains("<svg"), "{page}");
    assert!(page.contains("&#60;svg"), "the reason is shown as it was written");

    let agreed = press(&server, &first, "agree").expect(200).text();
    assert!(agreed.contains("the shift is yours"), "{agreed}");
    let again = press(&server, &first, "agree").expect(200).text();
    assert!(again.contains("the shift is yours"));
    let late = press(&server, &second, "agree").expect(409).text();
    let people = server.api("GET", "/people", &Value::Null).expect(200).json();
    let taker = people.as_array().unwrap().iter().find(|one| one["id"] == offers[0]["person"]).unwrap().clone();
    assert!(late.contains(taker["name"].as_str().unwrap()) && !late.contains("name=\"answer\""), "{late}");

    let audit = server.api("GET", "/audit", &Value::Null).expect(200).json();
    let taken = audit.as_array().unwrap().iter().filter(|row| row["action"] == "swap.taken").collect::<Vec<_>>();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0]["channel"], json!("link"));
}

#[test]
fn a_link_that_was_changed_is_unknown() {
    let server = Server::with_demo("");
    let all = links(&server, "grace", "cover");
    // Those of shifts that have ended are of no use any more.
    assert!(all.iter().all(|(path, _)| matches!(server.get(path).status, 200 | 410)));
    let (path, _) =
        all.into_iter().find(|(path, _)| server.get(path).status == 200).expect("grace has a shift to come");
    let other_person = path.replace("/grace/", "/ada/");
    let end = if path.ends_with('0') { '1' } else { '0' };
    let other_code = format!("{}{end}", &path[..path.len() - 1]);
    for changed in [other_person, other_code, path.replace("/0/", "/1/"), format!("{path}/x")] {
        server.get(&changed).expect(404);
        press(&server, &changed, "ask").expect(404);
    }
    press(&server, &path, "delete").expect(422);
}

#[test]
fn the_link_of_a_shift_that_has_ended_says_so_whether_it_is_opened_or_pressed() {
    let server = Server::with_demo("");
    let facts = server.demo_facts();
    let people = facts["people"].as_array().unwrap().iter().map(|person| person["id"].as_str().unwrap());
    let mut all = people.flat_map(|person| links(&server, person, "cover"));
    let ended = all.find(|(path, _)| server.get(path).status == 410).expect("somebody has stood a shift lately").0;
    let said =
        |reply: Reply| reply.expect(410).text().lines().find(|line| line.contains("has ended")).map(str::to_owned);
    let opened = said(server.get(&ended));
    assert!(opened.is_some());
    assert_eq!(said(press(&server, &ended, "ask")), opened);
}

#[test]
fn the_whole_turn_is_asked_for_by_one_tick_and_taken_by_one_press() {
    let server = Server::with_demo("");
    let rosters = server.api("GET", "/teams/payments/rosters", &Value::Null).expect(200).json();
    let published = rosters.as_array().unwrap().iter().find(|roster| roster["state"] == "published").unwrap();
    let path = format!("/rosters/{}", published["id"].as_str().unwrap());
    let slots = server.api("GET", &path, &Value::Null).expect(200).json()["slots"].as_array().unwrap().clone();
    let now = chrono::Utc::now();
    let is_ahead =
        |slot: &Value, end: &str| chrono::DateTime::parse_from_rfc3339(slot[end].as_str().unwrap()).unwrap() > now;
    // A turn that runs counts with what is left of it.
    let rest_of = |one: &Value| {
        let same = |slot: &&Value| slot["turn"] == one["turn"] && slot["person"] == one["person"];
        slots.iter().filter(same).filter(|slot| is_ahead(slot, "end")).cloned().collect::<Vec<_>>()
    };
    let asks = |slot: &&Value| slot["role"] != "shadow" && slot["person"].is_string() && is_ahead(slot, "start");
    let open_of = |turn: &[Value]| -> Vec<Value> {
        let of_turn = |swap: &Value| turn.iter().any(|slot| slot["id"] == swap["slot"]);
        open_swaps(&server).into_iter().filter(of_turn).collect()
    };
    let mut turns: Vec<Vec<Value>> = Vec::new();
    for slot in slots.iter().filter(asks) {
        let turn = rest_of(slot);
        if turn.len() > 1 && !turns.contains(&turn) {
            turns.push(turn);
        }
    }
    assert!(!turns.is_empty(), "the demo has a turn of which somebody has more than one shift to come");
    let asked = turns.into_iter().find_map(|turn| {
        let first = turn.iter().find(|slot| is_ahead(slot, "start"))?;
        let (slot, holder) = (first["id"].as_str()?, first["person"].as_str()?);
        let of_slot = |(path, _): &(String, String)| path.contains(slot);
        let (cover, _) = links(&server, holder, "cover").into_iter().find(of_slot).expect("a link in the event");
        assert!(server.get(&cover).expect(200).text().contains("name=\"whole_turn\""));
        press(&server, &cover, "ask&whole_turn=yes&reason=leave").expect(200);
        let open = open_of(&turn);
        assert_eq!(open.len(), turn.len(), "a request for each shift of the turn");
        assert!(open.iter().all(|swap| swap["together"].is_string() && swap["together"] == open[0]["together"]));
        // Whether anybody can take all of one turn depends on the days ahead.
        (!open[0]["offers"].as_array()?.is_empty()).then_some((turn, open))
    });
    let (turn, open) = asked.expect("a turn that somebody else could take");
    let offers = open[0]["offers"].as_array().unwrap();
    let (taker, offer) = (offers[0]["person"].as_str().unwrap(), offers[0]["id"].as_str().unwrap());
    let of_offer = |(path, _): &(String, String)| path.contains(offer);
    let (answer, event) = links(&server, taker, "offer").into_iter().find(of_offer).expect("a link in the offer");
    assert!(event.contains("Together with: "), "{event}");
    assert!(server.get(&answer).expect(200).text().contains("Agree: I take these shifts"));
    press(&server, &answer, "agree").expect(200);

    assert!(open_of(&turn).is_empty());
    let after = server.api("GET", &path, &Value::Null).expect(200).json()["slots"].as_array().unwrap().clone();
    for slot in turn.iter().filter(|slot| is_ahead(slot, "start")) {
        let now = after.iter().find(|other| other["id"] == slot["id"]).unwrap();
        assert_eq!(now["person"], taker);
    }
}

/// A team of its own, and the mails that its people get.
struct Scene {
    relay: MailServer,
    server: Server,
    crew: Crew,
}

impl Scene {
    fn set() -> Self {
        let relay = MailServer::start();
        let server = Server::with_demo(&relay.config(""));
        let mates = ["mate-a", "mate-b", "mate-c", "mate-d"].map(|id| (id.to_owned(), format!("Somebody {id}")));
        let crew = Crew::gather(&server, "Watch", &mates);
        Self { relay, server, crew }
    }

    /// Asks for cover: the swap, and the link of everybody who is asked.
    fn ask(&self) -> (String, BTreeMap<String, String>) {
        let cover = format!("/slots/{}/cover", self.crew.slot);
        let swap = self.server.api("POST", &cover, &json!({ "reason": "a trial" })).expect(200).json();
        let offers = swap["offers"].as_array().unwrap().len();
        let mut links = BTreeMap::new();
        while links.len() < offers {
            let mail = self.relay.next();
            if mail.header("Subject").starts_with("Can you stand it?") {
                let person = mail.to.trim_end_matches("@example.org").to_owned();
                links.insert(person, crate::four_ways::link(&mail));
            }
        }
        (word(&swap, "id").to_owned(), links)
    }

    fn swap(&self, id: &str) -> Value {
        self.server.api("GET", &format!("/swaps/{id}"), &Value::Null).expect(200).json()
    }

    /// What the trail says of swaps and answers.
    fn trail(&self) -> Vec<String> {
        let rows = self.server.api("GET", "/audit", &Value::Null).expect(200).json();
        let of_swaps = |row: &&Value| ["swap.", "offer."].iter().any(|kind| word(row, "action").starts_with(kind));
        rows.as_array().unwrap().iter().filter(of_swaps).map(Value::to_string).collect()
    }
}

#[test]
fn checklist_30_a_link_that_is_looked_at_a_hundred_times_in_every_way_agrees_to_nothing() {
    let scene = Scene::set();
    let (swap, links) = scene.ask();
    let (person, link) = links.iter().next().unwrap();
    let before = (scene.swap(&swap), scene.trail());
    std::thread::scope(|scope| {
        for agent in ["Mozilla/5.0 (compatible; SafeLinks)", "Slackbot-LinkExpanding 1.0", "curl/8", ""] {
            let server = &scene.server;
            scope.spawn(move || {
                let as_scanner = [("User-Agent", agent), ("Purpose", "prefetch"), ("Accept", "*/*")];
                for _ in 0..25 {
                    server.send("GET", link, &as_scanner, "").expect(200);
                    server.send("HEAD", link, &as_scanner, "").expect(200);
                    server.send("GET", &format!("{link}?answer=agree"), &as_scanner, "").expect(200);
                    server.send("OPTIONS", link, &as_scanner, "");
                    server.send("GET", link, &[FORM], "answer=agree");
                }
            });
        }
    });
    assert_eq!((scene.swap(&swap), scene.trail()), before);
    press(&scene.server, link, "agree").expect(200);
    assert_eq!(word(&scene.swap(&swap), "taker"), person);
}

#[test]
fn checklist_31_a_link_counts_once_and_neither_revoked_nor_after_the_shift_was_settled_otherwise() {
    let scene = Scene::set();
    let (swap, links) = scene.ask();
    let mut asked = links.iter();
    let ((first, link), (_, late)) = (asked.next().unwrap(), asked.next().unwrap());
    for _ in 0..2 {
        let page = press(&scene.server, link, "agree").expect(200).text();
        assert!(page.contains("the shift is yours"), "{page}");
        let page = press(&scene.server, late, "agree").expect(409).text();
        assert!(page.contains(&format!("Somebody {first} has the shift")), "{page}");
    }
    let takings = |scene: &Scene| scene.trail().iter().filter(|row| row.contains("\"swap.taken\"")).count();
    assert_eq!((word(&scene.swap(&swap), "taker"), takings(&scene)), (first.as_str(), 1));

    // Whoever is shut out has no links any more.
    let (swap, links) = scene.ask();
    let mut asked = links.iter();
    let ((gone, dead), (settled, _), (_, other)) =
        (asked.next().unwrap(), asked.next().unwrap(), asked.next().unwrap());
    scene.server.command(&["user", "disable", gone]);
    scene.server.get(dead).expect(404);
    press(&scene.server, dead, "agree").expect(404);
    assert_eq!(scene.swap(&swap)["state"], "open");
    // A manager gives it to somebody; the other link says so.
    let assigned = json!({ "person": settled, "reason": "a trial" });
    scene.server.api("POST", &format!("/swaps/{swap}/assign"), &assigned).expect(200);
    let page = press(&scene.server, other, "agree").expect(409).text();
    assert!(page.contains(&format!("Somebody {settled} has the shift")), "{page}");
    // What was asked for is withdrawn: nobody takes it by an old link.
    let (swap, links) = scene.ask();
    scene.server.api("POST", &format!("/swaps/{swap}/withdraw"), &json!({})).expect(200);
    for link in links.values() {
        let page = press(&scene.server, link, "agree");
        assert!(matches!(page.status, 409 | 410), "{} {}", page.status, page.text());
    }
    assert_eq!((scene.swap(&swap)["state"].clone(), takings(&scene)), (json!("withdrawn"), 2));
}
