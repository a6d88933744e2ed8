//! What happens while a draft is open: shifts are taken over, people become unavailable, patterns are edited, shifts
//! begin.

use super::{
    assign, audited, calendars, candidates, drafted, get, list, moment, publish, put, same, settled, text, touched,
};
use crate::support::{DOGWATCH, Server, variables};
use chrono::{DateTime, FixedOffset, TimeDelta};
use chrono_tz::Europe::London;
use serde_json::{Value, json};
use std::process::Command;

/// Somebody takes a shift by the API: who.
fn swapped(server: &Server, slot: &Value) -> Value {
    let asked = server.api("POST", &format!("/slots/{}/cover", text(&slot["id"])), &json!({})).expect(200).json();
    let offer = asked["offers"].get(0).expect("somebody can");
    let agree = json!({ "answer": "agree" });
    server.api("POST", &format!("/offers/{}/answer", text(&offer["id"])), &agree).expect(200);
    offer["person"].clone()
}

fn on_call(server: &Server, slot: &Value) -> Option<Value> {
    let middle = moment(&slot["start"]) + TimeDelta::hours(1);
    let found = get(server, &format!("/teams/payments/on-call?at={}", middle.to_rfc3339().replace('+', "%2B")));
    list(&found["on_call"]).iter().find(|watch| watch["slot"] == slot["id"]).cloned()
}

/// A slot of a coming week that somebody holds.
fn held<'a>(roster: &'a Value, role: &str) -> &'a Value {
    let mut all = list(&roster["slots"]).iter().filter(|slot| slot["role"] == role && !slot["person"].is_null());
    all.clone().nth(5).or_else(|| all.next_back()).expect("a held slot")
}

#[test]
fn a_shift_taken_while_a_draft_was_open_is_kept() {
    let server = Server::with_demo("");
    let draft = settled(&server);
    let slot = held(&draft, "secondary");
    let taker = swapped(&server, slot);
    let before = calendars(&server);
    let done = publish(&server, &draft, &json!({})).expect(200).json();
    assert_eq!(done["changes"], json!([]));
    assert_eq!(same(&done, slot).unwrap()["person"], taker);
    assert_eq!(on_call(&server, slot).unwrap()["person"]["id"], taker);
    assert_eq!(touched(&before, &calendars(&server)), Vec::<String>::new());
}

#[test]
fn where_the_draft_gave_it_away_too_both_are_listed() {
    let server = Server::with_demo("");
    let draft = settled(&server);
    let slot = held(&draft, "secondary");
    let worst = candidates(&server, &draft, slot).into_iter().rfind(|one| one["person"] != slot["person"]).unwrap();
    let give = json!({ "person": worst["person"], "pin": true, "reason": "a promise" });
    assign(&server, &draft, slot, &give).expect(200);
    let taker = swapped(&server, slot);
    assert_eq!(worst["level"], "excluded", "nobody asks whom a rule excludes");
    let before = calendars(&server);
    let refused = publish(&server, &draft, &json!({ "reason": "now" })).expect(409);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let slots = json!([{ "slot": slot["id"], "draft": worst["person"], "swap": taker }]);
    assert_eq!(refused.json()["slots"], slots);
    assert_eq!(touched(&before, &calendars(&server)), Vec::<String>::new(), "nothing was published");
    // The manager decides again, knowing of it.
    assign(&server, &draft, slot, &give).expect(200);
    publish(&server, &draft, &json!({ "reason": "now" })).expect(200);
    assert_eq!(on_call(&server, slot).unwrap()["person"]["id"], worst["person"]);
}

#[test]
fn a_rule_that_broke_after_solving_is_refused_with_its_sentence_until_there_is_a_reason() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 74);
    let slot = held(&draft, "secondary");
    let person = text(&slot["person"]);
    let day = text(&slot["start"]).get(..10).unwrap().replace('-', "");
    put(&server, person, "availability", "away", &format!("DTSTART;VALUE=DATE:{day}\nSUMMARY:Wedding")).expect(201);
    let refused = publish(&server, &draft, &json!({})).expect(422);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    let rules: Vec<Value> = list(&refused.json()["rules"]).to_vec();
    assert!(!rules.is_empty() && rules.iter().all(|rule| text(rule).contains("unavailable")), "{rules:?}");
    assert!(!refused.text().contains("Wedding"), "no titles");
    assert!(on_call(&server, slot).is_none(), "nothing was published");

    // The command line lists them, too.
    let day = |ahead: i64| (super::today() + TimeDelta::days(ahead)).to_string();
    let (from, to) = (day(60), day(74));
    let command = ["roster", "publish", "payments", "--from", &from, "--to", &to, "--data"];
    let place = variables(server.database().as_deref());
    let ran = Command::new(DOGWATCH).args(command).arg(server.data()).envs(place).output().unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(told.contains(text(&rules[0])) && told.contains("--reason"), "{told}");

    // With a reason it goes, and the trail says what it overruled.
    let check = get(&server, &format!("/rosters/{}/check", text(&draft["id"])));
    assert!(list(&check["findings"]).iter().any(|finding| finding["kind"] == "broken"));
    let done = publish(&server, &draft, &json!({ "reason": "agreed by telephone" })).expect(200).json();
    assert!(list(&done["findings"]).iter().any(|finding| finding["slot"] == slot["id"]));
    let row = audited(&server, "roster.published").last().unwrap().clone();
    assert_eq!(row["reason"], "agreed by telephone");
    assert_eq!(row["after"]["overruled"], Value::Array(rules));
}

#[test]
fn solving_again_gives_it_to_somebody_else() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 74);
    let slot = held(&draft, "secondary");
    let day = text(&slot["start"]).get(..10).unwrap().replace('-', "");
    let away = format!("DTSTART;VALUE=DATE:{day}\nSUMMARY:Wedding");
    put(&server, text(&slot["person"]), "availability", "away", &away).expect(201);
    publish(&server, &draft, &json!({})).expect(422);
    server.api("POST", &format!("/rosters/{}/solve", text(&draft["id"])), &Value::Null).expect(200);
    let done = publish(&server, &draft, &json!({})).expect(200).json();
    assert_ne!(same(&done, slot).unwrap()["person"], slot["person"]);
    let broken = list(&done["findings"]).iter().filter(|finding| finding["kind"] == "broken");
    assert_eq!(broken.count(), 0, "{}", done["findings"]);
}

#[test]
fn a_lost_qualification_counts_as_well() {
    let server = Server::with_demo("");
    let draft = drafted(&server, "payments", 60, 74);
    let slot = held(&draft, "primary");
    let person = text(&slot["person"]);
    let until = text(&slot["start"]).get(..10).unwrap();
    server.command(&["team", "grant", "payments", person, "PAYMENTS-DRILL", "--until", until]);
    let refused = publish(&server, &draft, &json!({})).expect(422).json();
    assert!(list(&refused["rules"]).iter().any(|rule| text(rule).contains("PAYMENTS-DRILL")), "{refused}");
}

/// The team's weekday pattern as Ada's calendar app stores it, with these hours and further lines.
fn weekdays(server: &Server, hour: u32, more: &str) {
    let basic = server.basic("ada");
    let path = "/dav/calendars/ada/team-payments-pattern/payments-weekdays.ics";
    let text = server.send("GET", path, &[("Authorization", &basic)], "").expect(200).text();
    let moved = text.replace("T090000", &format!("T{hour:02}0000")).replace("RRULE", &format!("{more}RRULE"));
    let headers = [("Authorization", basic.as_str()), ("Content-Type", "text/calendar")];
    server.send("PUT", path, &headers, &moved).expect(204);
}

fn local(at: DateTime<FixedOffset>) -> String {
    at.with_timezone(&London).format("%Y%m%dT%H%M%S").to_string()
}

#[test]
fn a_moved_handover_keeps_its_slot_holder_and_swap_and_a_removed_one_voids_it() {
    let server = Server::with_demo("");
    let published = publish(&server, &drafted(&server, "payments", 1, 40), &json!({})).expect(200).json();
    let weekday = |slot: &&Value| {
        slot["role"] == "secondary"
            && !slot["person"].is_null()
            && local(moment(&slot["end"])) > local(moment(&slot["start"]))
    };
    let days = |slot: &&Value| (moment(&slot["end"]) - moment(&slot["start"])).num_hours() < 30;
    let mut all = list(&published["slots"]).iter().filter(weekday).filter(days).skip(3);
    let (kept, gone) = (all.next().unwrap(), all.next().unwrap());
    let ask = |slot: &Value| {
        server.api("POST", &format!("/slots/{}/cover", text(&slot["id"])), &json!({})).expect(200).json()
    };
    let (kept_swap, gone_swap) = (ask(kept), ask(gone));
    let exdate = format!("EXDATE;TZID=Europe/London:{}\r\n", local(moment(&gone["start"])).replace("T09", "T10"));
    weekdays(&server, 10, &exdate);
    let before = calendars(&server);
    let draft = drafted(&server, "payments", 2, 39);
    assert_eq!(touched(&before, &calendars(&server)), Vec::<String>::new(), "a draft moves nothing");
    assert_eq!(on_call(&server, kept).unwrap()["start"], kept["start"]);
    let old = get(&server, &format!("/rosters/{}", text(&published["id"])));
    assert_eq!(same(&old, kept).unwrap()["start"], kept["start"], "what is published has not moved");

    let moved = same(&draft, kept).expect("the slot is the same");
    assert_eq!(moment(&moved["start"]) - moment(&kept["start"]), TimeDelta::hours(1));
    assert_eq!(moved["person"], kept["person"]);
    assert!(same(&draft, gone).is_none());
    let done = publish(&server, &draft, &json!({ "reason": "handover at ten" })).expect(200).json();
    let change = |slot: &Value| {
        list(&done["changes"]).iter().find(|change| change["slot"] == slot["id"]).expect("a change")["change"].clone()
    };
    assert_eq!((change(kept), change(gone)), (json!("moved"), json!("removed")));
    assert_eq!(on_call(&server, moved).unwrap()["person"]["id"], kept["person"]);
    assert_eq!(on_call(&server, moved).unwrap()["cover_asked"], true);

    let swap = get(&server, &format!("/swaps/{}", text(&kept_swap["id"])));
    assert_eq!((&swap["state"], &swap["start"]), (&json!("open"), &moved["start"]));
    let event = server.objects(text(&kept["person"]), "shifts");
    let event = event.iter().find(|event| event.contains(text(&kept["id"]))).unwrap();
    assert!(event.contains("On call (cover asked for)") && event.contains("PARTSTAT=TENTATIVE"), "{event}");
    let offer = &swap["offers"][0];
    let asked = server.objects(text(&offer["person"]), "shifts");
    let asked = asked.iter().find(|event| event.contains(text(&kept["id"]))).unwrap();
    assert!(asked.contains(&format!(":{}", local(moment(&moved["start"])))), "asked at the new time: {asked}");

    let void = get(&server, &format!("/swaps/{}", text(&gone_swap["id"])));
    assert_eq!(void["state"], "void");
    assert_eq!(audited(&server, "swap.void").len(), 1);
    let told = server.objects(text(&gone_swap["offers"][0]["person"]), "shifts");
    let told = told.iter().find(|event| event.contains(text(&gone["id"]))).expect("it stays a day");
    assert!(told.contains("STATUS:CANCELLED"), "{told}");
    assert!(server.objects(text(&gone["person"]), "shifts").iter().all(|event| !event.contains(text(&gone["id"]))));
}

#[test]
fn what_runs_now_is_left_alone_in_its_parts() {
    let server = Server::with_demo("");
    let now = get(&server, "/teams/payments/on-call");
    let running = list(&now["on_call"]).iter().find(|watch| watch["role"] == "secondary").unwrap().clone();
    let slot = json!({ "id": running["slot"] });
    let asked = server.api("POST", &format!("/slots/{}/cover", text(&slot["id"])), &json!({})).expect(200).json();
    let offer = asked["offers"].get(0).expect("somebody can");
    let agree = json!({ "answer": "agree" });
    server.api("POST", &format!("/offers/{}/answer", text(&offer["id"])), &agree).expect(200);
    weekdays(&server, 11, "");
    let before = get(&server, "/teams/payments/on-call");
    let draft = drafted(&server, "payments", -7, 20);
    let shown = same(&draft, &slot).expect("it is in those days").clone();
    assign(&server, &draft, &shown, &json!({ "person": "ada", "pin": true, "reason": "now" })).expect(409);
    assert_eq!(candidates(&server, &draft, &shown).len(), 7);
    let done = publish(&server, &draft, &json!({ "reason": "from now on" })).expect(200).json();
    assert!(list(&done["changes"]).iter().all(|change| change["slot"] != slot["id"]), "{}", done["changes"]);
    let begun = |change: &&Value| {
        [&change["before"], &change["after"]]
            .iter()
            .any(|end| !end.is_null() && moment(&end["start"]) < chrono::Utc::now())
    };
    assert_eq!(list(&done["changes"]).iter().filter(begun).count(), 0, "{}", done["changes"]);
    let after = get(&server, "/teams/payments/on-call");
    assert_eq!(after["on_call"], before["on_call"]);
    let still = list(&after["on_call"]).iter().find(|watch| watch["slot"] == slot["id"]).unwrap();
    assert_eq!(still["person"]["id"], offer["person"]);
}
