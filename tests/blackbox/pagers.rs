//! Schedules at PagerDuty and Opsgenie follow the roster: against a stand-in of both, which fails, loses answers and holds
//! what others put there.

use crate::support::Server;
use crate::support::pager::{FarPager, KEY, Trouble};
use crate::support::push_service::CONFIG;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(40), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn listed(server: &Server, id: &Value) -> Value {
    let all = server.api("GET", "/teams/payments/pagers", &Value::Null).expect(200).json();
    all.as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap().clone()
}

fn at(text: &Value) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap().to_utc()
}

/// Who stands a role in a moment, as Dogwatch has it.
fn stands(server: &Server, role: &str, moment: chrono::DateTime<chrono::Utc>) -> Value {
    let path = format!("/teams/payments/on-call?at={}", moment.format("%Y-%m-%dT%H:%M:%SZ"));
    let all = server.api("GET", &path, &Value::Null).expect(200).json();
    let found = all["on_call"].as_array().unwrap().iter().find(|one| one["role"] == role).cloned();
    found.map_or(Value::Null, |one| one["person"]["id"].clone())
}

#[test]
fn schedules_at_pagers_are_what_the_roster_says_whatever_fails_and_leave_others_overrides_alone() {
    let server = Server::with_demo(CONFIG);
    let facts = server.demo_facts();
    let people: Vec<(String, String)> = facts["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap().to_owned(), one["email"].as_str().unwrap().to_owned()))
        .collect();
    let watch = server.coverable_watch();
    let (role, slot) = (watch["role"].as_str().unwrap(), watch["slot"].as_str().unwrap());
    // Whoever holds the shift that is given away below is known there, one other is not.
    let swap = server.api("POST", &format!("/slots/{slot}/cover"), &json!({ "reason": "x" })).expect(200).json();
    let taker = swap["offers"][0]["person"].as_str().unwrap().to_owned();
    let holder = watch["person"]["id"].as_str().unwrap().to_owned();
    let unknown = people.iter().find(|(id, _)| *id != taker && *id != holder && stands_soon(&server, role, id));
    let known: Vec<&str> = people.iter().filter(|one| Some(*one) != unknown).map(|(_, email)| email.as_str()).collect();
    let far = FarPager::start(&known);
    let by_hand = json!({ "id": "Q-hand", "start": "2031-01-01T00:00:00Z", "end": "2031-01-02T00:00:00Z",
        "user": { "id": "P-other" } });
    far.put_by_hand("PD1", by_hand.clone());
    far.fails(&[Trouble::Lost]);
    let new = |kind: &str, schedule: &str| json!({ "kind": kind, "role": role, "schedule": schedule, "key": KEY, "url": far.origin });
    let duty = server.api("POST", "/teams/payments/pagers", &new("pagerduty", "PD1")).expect(201).json();
    until("the first comparison", || listed(&server, &duty["id"])["last_success"].as_str().map(str::to_owned));
    let genie = server.api("POST", "/teams/payments/pagers", &new("opsgenie", "OG1")).expect(201).json();
    until("the other one", || listed(&server, &genie["id"])["last_success"].as_str().map(str::to_owned));

    // What was made although the answer was lost is not made again.
    let ours: Vec<Value> = far.overrides("PD1").into_iter().filter(|one| *one != by_hand).collect();
    assert!(ours.len() >= 2, "{ours:?}");
    are_as_rostered((&server, role), &people, &ours, ("/start", "/user/id"));
    are_as_rostered((&server, role), &people, &far.overrides("OG1"), ("/startDate", "/user/username"));
    assert_eq!(far.overrides("OG1").len(), ours.len());
    let unmatched = unknown.map_or_else(|| json!([]), |(id, _)| json!([id]));
    assert_eq!(listed(&server, &duty["id"])["unmatched"], unmatched);
    if let Some((_, email)) = unknown {
        let cookie = signed_in(&server, "ada");
        let page = |path: &str| server.send("GET", path, &[("Cookie", &cookie)], "").expect(200).text();
        let (pagers, manage) = (page("/teams/payments/manage/pagers"), page("/teams/payments/manage"));
        assert_eq!(pagers.matches(email.as_str()).count(), 2, "one unknown person at each of the two: {pagers}");
        assert!(pagers.contains("Give each the same address at both") && !pagers.contains(KEY), "{pagers}");
        assert!(manage.contains("A pager does not know one person of the roster"), "{manage}");
    }

    // A shift changes hands, and the pagers with it; one says that it is asked too often first.
    far.fails(&[Trouble::Says("429 Too Many Requests\r\nRetry-After: 3")]);
    let assign = json!({ "person": taker, "reason": "x" });
    server.api("POST", &format!("/swaps/{}/assign", swap["id"].as_str().unwrap()), &assign).expect(200);
    let email = &people.iter().find(|(id, _)| *id == taker).unwrap().1;
    let end = at(&watch["end"]);
    until("the shift at PagerDuty", || {
        let all = far.overrides("PD1");
        let there = all.iter().filter(|one| at(&one["end"]) == end).collect::<Vec<_>>();
        (there.len() == 1 && there[0]["user"]["id"] == format!("P-{email}")).then_some(())
    });
    until("the shift at Opsgenie", || {
        let all = far.overrides("OG1");
        let there = all.iter().filter(|one| at(&one["endDate"]) == end).collect::<Vec<_>>();
        (there.len() == 1 && there[0]["user"]["username"] == **email).then_some(())
    });
    assert!(far.overrides("PD1").contains(&by_hand));
    until("all is well again", || listed(&server, &duty["id"])["problem"].is_null().then_some(()));

    // Compared once more there is nothing to do.
    let changes = || far.asked("POST") + far.asked("PUT") + far.asked("DELETE");
    let (before, looks) = (changes(), far.asked("GET /schedules/"));
    server
        .api("POST", &format!("/teams/payments/pagers/{}/compare", duty["id"].as_str().unwrap()), &json!({}))
        .expect(202);
    until("another look", || (far.asked("GET /schedules/") > looks).then_some(()));
    assert_eq!(changes(), before);

    // Kept no day ahead, nothing of ours stands there.
    let path = format!("/teams/payments/pagers/{}", duty["id"].as_str().unwrap());
    server.api("PATCH", &path, &json!({ "days": 0 })).expect(200);
    until("nothing of ours", || (far.overrides("PD1") == std::slice::from_ref(&by_hand)).then_some(()));
    let said = server.command(&["pager", "list", "payments"]);
    assert!(said.contains("pagerduty PD1, 0 days ahead"), "{said}");
    server.api("DELETE", &path, &Value::Null).expect(204);
    assert!(!server.log().contains(KEY) && !said.contains(KEY));
}

/// The cookie of a session of somebody's.
fn signed_in(server: &Server, person: &str) -> String {
    let facts = server.demo_facts();
    let found = facts["people"].as_array().unwrap().iter().find(|one| one["id"] == person).unwrap().clone();
    let form = format!("login={person}&password={}&to=/me", found["web_password"].as_str().unwrap());
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let reply = server.send("POST", "/sign-in", &headers, &form).expect(303);
    reply.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned()
}

/// Whether somebody stands this role within the next thirty days.
fn stands_soon(server: &Server, role: &str, person: &str) -> bool {
    (0..30).any(|day| stands(server, role, chrono::Utc::now() + chrono::TimeDelta::days(day)) == person)
}

/// Each of these says who stands the role from its beginning on, and none says it twice.
fn are_as_rostered(
    (server, role): (&Server, &str),
    people: &[(String, String)],
    all: &[Value],
    (start, user): (&str, &str),
) {
    let mut seen = std::collections::BTreeSet::new();
    for one in all {
        let (start, user) = (one.pointer(start).unwrap(), one.pointer(user).unwrap().as_str().unwrap());
        assert!(seen.insert(start.to_string()), "twice: {one}");
        let email = user.trim_start_matches("P-");
        let person = people.iter().find(|(_, known)| known == email).map(|(id, _)| json!(id)).unwrap();
        assert_eq!(stands(server, role, at(start).max(chrono::Utc::now())), person, "{one}");
    }
}
