//! What outside calendars do: to candidates and utilisation, to free/busy, to shifts that are published already.

use super::{add, event, had, once, published, refreshed};
use crate::caldav::{App, NAMES};
use crate::support::Server;
use crate::support::ics_server::{Answer, CONFIG, IcsServer};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// A slot of a draft in two months, and somebody whom nothing keeps from standing it.
struct Open {
    roster: String,
    slot: String,
    start: DateTime<Utc>,
    person: String,
}

fn open(server: &Server) -> Open {
    let day = |days: i64| (Utc::now().date_naive() + TimeDelta::days(days)).to_string();
    let days = json!({ "from": day(60), "to": day(74) });
    let draft = server.api("POST", "/teams/payments/rosters", &days).expect(201).json();
    let slots = draft["slots"].as_array().unwrap();
    let free = slots.iter().filter(|slot| slot["role"] == "primary").find_map(|slot| {
        let all = candidates(server, &id(&draft), &id(slot));
        let free = all.iter().find(|one| one["level"] != "excluded")?;
        let person = free["person"].as_str().unwrap().to_owned();
        Some(Open { roster: id(&draft), slot: id(slot), start: at(&slot["start"]), person })
    });
    free.expect("somebody is free")
}

fn candidates(server: &Server, roster: &str, slot: &str) -> Vec<Value> {
    let path = format!("/rosters/{roster}/slots/{slot}/candidates");
    server.api("GET", &path, &Value::Null).expect(200).json().as_array().unwrap().clone()
}

fn id(of: &Value) -> String {
    of["id"].as_str().unwrap().to_owned()
}

fn at(of: &Value) -> DateTime<Utc> {
    of.as_str().unwrap().parse().unwrap()
}

fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// The person as a candidate: level and reasons.
fn candidate(server: &Server, open: &Open) -> (String, String) {
    let all = candidates(server, &open.roster, &open.slot);
    let found = all.iter().find(|one| one["person"] == open.person.as_str()).expect("a candidate");
    (found["level"].as_str().unwrap().to_owned(), found["reasons"].to_string())
}

/// What others are told of when somebody is busy, in a window around a moment.
fn free_busy(app: &App<'_>, home: &str, around: DateTime<Utc>) -> Vec<String> {
    let (from, to) = (stamp(around - TimeDelta::days(3)), stamp(around + TimeDelta::days(3)));
    let range = format!("<C:time-range start=\"{from}\" end=\"{to}\"/>");
    let body = format!("<C:free-busy-query {NAMES}>{range}</C:free-busy-query>");
    let text = app.report(home, &body).expect(200).text();
    text.lines().filter(|line| line.starts_with("FREEBUSY")).map(str::to_owned).collect()
}

#[test]
fn a_meeting_excludes_nobody_unless_the_calendar_blocks() {
    let server = Server::with_demo(CONFIG);
    let open = open(&server);
    let (person, start) = (open.person.as_str(), open.start);
    let meeting = |start: DateTime<Utc>| event("m", &format!("DTSTART:{}\nDURATION:PT1H", stamp(start)));
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[meeting(start)])));
    let name = add(&server, person, &elsewhere, "utilisation");
    once(&server, person, &name, had);
    assert_ne!(candidate(&server, &open).0, "excluded", "one meeting excludes nobody");
    let path = format!("/people/{person}/outside-calendars/{name}");
    let switched = |switch: Value| server.api("PATCH", &path, &switch).expect(200).json();
    switched(json!({ "counts_as": "blocks" }));
    let (level, reasons) = candidate(&server, &open);
    assert_eq!(level, "excluded");
    assert!(reasons.contains("a calendar that blocks") && !reasons.contains("Merger"), "{reasons}");
    switched(json!({ "transparent": true }));
    assert_ne!(candidate(&server, &open).0, "excluded", "it counts as nothing");
    assert_eq!(switched(json!({ "transparent": false }))["counts_as"], "blocks");
    assert_eq!(candidate(&server, &open).0, "excluded");

    // The meeting is moved there, and here at the next look.
    elsewhere.answer(Answer::Calendar(published(&[meeting(start - TimeDelta::days(5))])));
    refreshed(&server, person, &name);
    assert_ne!(candidate(&server, &open).0, "excluded");
}

#[test]
fn whole_days_and_out_of_office_block_whatever_the_calendar_counts_as() {
    let server = Server::with_demo(CONFIG);
    let open = open(&server);
    let (person, start) = (open.person.as_str(), open.start);
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[])));
    let name = add(&server, person, &elsewhere, "utilisation");
    once(&server, person, &name, had);
    let day = format!("DTSTART;VALUE=DATE:{}\nDURATION:P2D", start.format("%Y%m%d"));
    let hour = format!("DTSTART:{}\nDURATION:PT1H", stamp(start));
    for (lines, because) in [
        (day.clone(), Some("an all-day event")),
        (format!("{day}\nTRANSP:TRANSPARENT"), None),
        (format!("{hour}\nX-MICROSOFT-CDO-BUSYSTATUS:OOF"), Some("out of office")),
        (format!("{day}\nATTENDEE;PARTSTAT=DECLINED:mailto:{person}@example.org"), None),
        (format!("{day}\nSTATUS:CANCELLED"), None),
    ] {
        elsewhere.answer(Answer::Calendar(published(&[event("a", &lines)])));
        refreshed(&server, person, &name);
        let (level, reasons) = candidate(&server, &open);
        assert_eq!(level == "excluded", because.is_some(), "{lines}: {reasons}");
        assert!(because.is_none_or(|because| reasons.contains(because)), "{lines}: {reasons}");
    }
}

#[test]
fn they_fill_working_hours_and_make_busy_and_no_more_once_they_are_removed() {
    let server = Server::with_demo(CONFIG);
    let open = open(&server);
    let (person, start) = (open.person.as_str(), open.start);
    let (app, home) = (App::of(&server, person), format!("/dav/calendars/{person}/"));
    let before = (free_busy(&app, &home, start), candidate(&server, &open).1);
    // Every hour of three weeks around it.
    let begin = stamp(start - TimeDelta::days(12));
    let all = event("a", &format!("DTSTART:{begin}\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=72;BYHOUR=0,8,16"));
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[all])));
    let name = add(&server, person, &elsewhere, "utilisation");
    once(&server, person, &name, had);
    let during = (free_busy(&app, &home, start), candidate(&server, &open).1);
    assert!(during.0.iter().any(|line| line.starts_with("FREEBUSY;FBTYPE=BUSY:")), "{during:?}");
    assert_ne!(before.0, during.0);
    assert_ne!(before.1, during.1, "a fuller month is a reason");
    app.delete(&format!("{home}{name}/")).expect(204);
    assert_eq!((free_busy(&app, &home, start), candidate(&server, &open).1), before);
}

#[test]
fn a_published_shift_that_it_comes_to_collide_with_is_noticed_and_the_team_sees_no_title() {
    let server = Server::with_demo(CONFIG);
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let next = found["next"].as_array().unwrap();
    let shift = next.iter().find(|watch| !watch["person"].is_null() && watch["role"] != "shadow").expect("a shift");
    let (person, start) = (shift["person"]["id"].as_str().unwrap(), at(&shift["start"]));
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[])));
    let name = add(&server, person, &elsewhere, "utilisation");
    once(&server, person, &name, had);
    let mark = format!("UID:shift-{}", shift["slot"].as_str().unwrap());
    let noticed = || {
        let events = server.objects(person, "shifts");
        let own = events.iter().find(|event| event.contains(&mark)).expect("their shift");
        own.contains("Your availability says no")
    };
    assert!(!noticed());
    let away = format!("DTSTART:{}\nDURATION:PT3H\nX-MICROSOFT-CDO-BUSYSTATUS:OOF", stamp(start));
    elsewhere.answer(Answer::Calendar(published(&[event("away", &away)])));
    refreshed(&server, person, &name);
    assert!(noticed());
    let colleague = if person == "ada" { "ben" } else { "ada" };
    let team = || server.objects(colleague, "team-payments-availability").concat();
    let day = start.format("%Y%m%dT%H").to_string();
    let shows = |text: &str| text.contains(&format!("DTSTART:{day}")) && !text.contains("Merger");
    assert!(shows(&team()), "{}", team());
    server.command(&["user", "outside", "remove", person, &name]);
    assert!(!noticed() && !shows(&team()));
}

#[test]
fn whole_days_of_one_may_be_holidays() {
    let server = Server::with_demo(CONFIG);
    let open = open(&server);
    let (person, start) = (open.person.as_str(), open.start);
    let day = event("a", &format!("DTSTART;VALUE=DATE:{}", start.format("%Y%m%d")));
    let elsewhere = IcsServer::start(Answer::Calendar(published(&[day])));
    let name = add(&server, person, &elsewhere, "holidays");
    once(&server, person, &name, had);
    assert_ne!(candidate(&server, &open).0, "excluded", "a holiday is no absence");
    server.command(&["user", "outside", "set", person, &name, "--counts-as", "utilisation"]);
    assert_eq!(candidate(&server, &open).0, "excluded");
}
