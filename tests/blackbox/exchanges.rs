//! Ways out of a shift, searched for and proposed: by API, command line and calendar app.

use crate::crew::{Crew, TEAM, word};
use crate::support::{Server, base64};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// A shift of the payments team that somebody could exchange, with the ways to do so and a flag for whole turns.
fn exchangeable(server: &Server) -> (String, Value, bool) {
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    for watch in found["next"].as_array().unwrap().iter().filter(|watch| watch["role"] != "shadow") {
        let slot = word(watch, "slot");
        for whole_turn in [false, true] {
            let path = format!("/slots/{slot}/swap-options?kind=exchange&whole_turn={whole_turn}");
            let options = server.api("GET", &path, &Value::Null).expect(200).json();
            if let Some(first) = options["options"].get(0) {
                return (slot.to_owned(), first.clone(), whole_turn);
            }
        }
    }
    panic!("nobody of the demo can exchange anything: {found}")
}

fn holder(server: &Server, one: &Value) -> String {
    let at = word(one, "start").replace('+', "%2B");
    let watch = server.api("GET", &format!("/teams/payments/on-call?at={at}"), &Value::Null).expect(200).json();
    let all = watch["on_call"].as_array().unwrap().clone();
    let theirs = all.iter().find(|watch| watch["slot"] == one["slot"]).unwrap_or_else(|| panic!("{one} in {watch}"));
    word(&theirs["person"], "id").to_owned()
}

/// The address and text of somebody's copy of a slot.
fn copy(server: &Server, (person, basic): (&str, &str), slot: &str) -> Option<(String, String)> {
    let folder = format!("/dav/calendars/{person}/shifts/");
    let headers = [("Authorization", basic), ("Depth", "1")];
    let listed = server.send("PROPFIND", &folder, &headers, "").expect(207).text();
    let href = listed.split(['<', '>']).find(|part| part.starts_with(&folder) && part.contains(slot))?.to_owned();
    let text = server.send("GET", &href, &[("Authorization", basic)], "").expect(200).text().replace("\r\n ", "");
    Some((href, text))
}

#[test]
fn an_exchange_that_was_searched_is_proposed_and_accepted_in_the_calendar() {
    let server = Server::with_demo("");
    let (slot, option, _) = exchangeable(&server);
    let moves = option["moves"].as_array().unwrap().clone();
    let (first, back) = (&moves[0], moves.iter().find(|one| one["to"] == moves[0]["from"]).unwrap());
    assert!(option["change"].is_i64() && option["people"].as_array().unwrap().len() == 2, "{option}");
    let body = json!({ "moves": moves, "reason": "a wedding" });
    let asked = server.api("POST", &format!("/slots/{slot}/swap-options"), &body).expect(200).json();
    assert_eq!((&asked["state"], &asked["named_only"]), (&json!("open"), &json!(true)));
    assert_eq!(asked["offers"][0]["moves"].as_array().unwrap().len(), moves.len());
    let (from, to) = (word(first, "from"), word(first, "to"));
    assert_eq!((holder(&server, first).as_str(), holder(&server, back).as_str()), (from, to), "nothing moves yet");

    let basic = server.basic(to);
    let (href, offer) = copy(&server, (to, &basic), &slot).expect("the question is in their calendar");
    assert!(offer.contains("SUMMARY:Swap? ") && offer.contains("You give: "), "{offer}");
    let link = offer.find("/links/offer/").expect("a link");
    let link: String = offer[link..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/-".contains(*c)).collect();
    let page = server.get(&link).expect(200).text();
    assert!(page.contains("What is proposed") && page.contains("You give: "), "{page}");
    let yes = offer.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    server.send("PUT", &href, &[("Authorization", &basic), ("Content-Type", "text/calendar")], &yes).expect(204);
    let own = |person: &str, slot: &str| copy(&server, (person, &server.basic(person)), slot);
    for one in &moves {
        assert_eq!(holder(&server, one), word(one, "to"));
        let (_, text) = own(word(one, "to"), word(one, "slot")).expect("the shift is theirs");
        assert!(text.contains("SUMMARY:On call: "), "{text}");
        assert_eq!(own(word(one, "from"), word(one, "slot")), None);
    }
    let again = server.api("POST", &format!("/slots/{slot}/swap-options"), &body).expect(409);
    assert!(again.text().contains("changed"), "{}", again.text());
}

#[test]
fn the_command_line_searches_and_proposes_and_refuses_what_breaks_a_rule() {
    let server = Server::with_demo("");
    let (slot, option, whole_turn) = exchangeable(&server);
    let mut search = vec!["swap", "search", &slot, "--kind", "exchange"];
    search.extend(whole_turn.then_some("--whole-turn"));
    let printed = server.command(&search);
    let line = printed.lines().find(|line| line.starts_with("--move ")).expect("a way that can be typed");
    assert!(printed.contains("; balance "), "{printed}");
    let propose: Vec<&str> = ["swap", "propose", &slot].into_iter().chain(line.split(' ')).collect();
    assert!(server.command(&propose).starts_with("proposed; asked: "));

    let moves = option["moves"].as_array().unwrap();
    let watch = word(&moves[0], "start").replace('+', "%2B");
    let watch = server.api("GET", &format!("/teams/payments/on-call?at={watch}"), &Value::Null).expect(200).json();
    let partner = watch["on_call"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| !one["person"].is_null() && one["person"]["id"] != moves[0]["from"]);
    let partner = word(&partner.expect("a partner")["person"], "id").to_owned();
    let body = json!({ "moves": [{ "slot": slot, "to": partner }] });
    let swap = server.api("GET", "/teams/payments/swaps?state=open", &Value::Null).expect(200).json();
    server.api("POST", &format!("/swaps/{}/withdraw", word(&swap[0], "id")), &Value::Null).expect(200);
    let refused = server.api("POST", &format!("/slots/{slot}/swap-options"), &body).expect(422).json();
    assert!(refused["rules"][0].as_str().unwrap().contains("stands "), "{refused}");
    server.api("GET", &format!("/slots/{slot}/swap-options?kind=barter"), &Value::Null).expect(422);
}

#[test]
fn of_an_exchange_and_a_cover_that_are_accepted_at_once_one_is_taken() {
    let server = Server::with_demo("");
    let people: Vec<_> = (0..8).map(|n| (format!("mate-{n}"), format!("Mate {n}"))).collect();
    let crew = Crew::gather(&server, "Watch", &people);
    let day = crew.at[..10].parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(7);
    let days = json!({ "from": day.to_string(), "to": (day + chrono::Days::new(1)).to_string() });
    let draft = server.api("POST", &format!("/teams/{TEAM}/rosters"), &days).expect(201).json();
    server.api("POST", &format!("/rosters/{}/publish", word(&draft, "id")), &json!({})).expect(200);

    let path = format!("/slots/{}/swap-options", crew.slot);
    let option =
        server.api("GET", &format!("{path}?kind=exchange"), &Value::Null).expect(200).json()["options"][0].clone();
    let moves = option["moves"].as_array().unwrap();
    let (given, back, to) = (word(&moves[0], "slot"), word(&moves[1], "slot"), word(&moves[0], "to"));
    server.api("POST", &format!("/slots/{given}/cover"), &json!({})).expect(200);
    let asked = server.api("POST", &path, &json!({ "moves": moves })).expect(200).json();
    assert_eq!(asked["named_only"], json!(false));
    let others: Vec<&Value> =
        asked["offers"].as_array().unwrap().iter().filter(|offer| offer["person"] != to).collect();
    assert_eq!(others.len(), 6, "{asked}");

    let made = server.api("POST", &format!("/people/{to}/app-passwords"), &json!({ "label": "phone" })).expect(201);
    let basic = format!("Basic {}", base64(format!("{to}:{}", word(&made.json(), "password")).as_bytes()));
    let (href, offer) = copy(&server, (to, &basic), given).expect("the question is in their calendar");
    let yes = offer.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED");
    let start = Barrier::new(others.len() + 1);
    thread::scope(|scope| {
        scope.spawn(|| {
            start.wait();
            server.send("PUT", &href, &[("Authorization", &basic), ("Content-Type", "text/calendar")], &yes).expect(204)
        });
        for offer in &others {
            let (server, start) = (&server, &start);
            scope.spawn(move || {
                start.wait();
                server.api("POST", &format!("/offers/{}/answer", word(offer, "id")), &json!({ "answer": "agree" }))
            });
        }
    });
    let settled = server.api("GET", &format!("/swaps/{}", word(&asked, "id")), &Value::Null).expect(200).json();
    assert_eq!(settled["state"], "taken");
    let taker = word(&settled, "taker");
    let now = |slot: &str| {
        let at =
            moves.iter().find(|one| one["slot"] == slot).map(|one| word(one, "start").replace('+', "%2B")).unwrap();
        let watch = server.api("GET", &format!("/teams/{TEAM}/on-call?at={at}"), &Value::Null).expect(200).json();
        word(&watch["on_call"][0]["person"], "id").to_owned()
    };
    assert_eq!(now(given), taker);
    let expected = if taker == to { word(&moves[0], "from") } else { to };
    assert_eq!(now(back), expected, "what was offered in return moves with the exchange only");
    let audit = server.api("GET", "/audit", &Value::Null).expect(200).json();
    let rows = audit.as_array().unwrap().iter().filter(|row| row["action"] == "swap.taken");
    assert_eq!(rows.filter(|row| row.to_string().contains(word(&asked, "id"))).count(), 1);
}
