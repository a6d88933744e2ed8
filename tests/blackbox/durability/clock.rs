//! The machine's clock jumps, or the clocks of its people change at night: nothing is revived, nothing stops, and every
//! hour is somebody's once.

use super::CONFIG;
use super::scribe::Scribe;
use crate::crew::word;
use crate::support::{Server, basic, copy_demo};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

const HOUR: i64 = 3600;
const YEARS: i64 = 10 * 365 * 24 * HOUR;

fn set(clock: &Path, seconds: i64) {
    std::fs::write(clock, seconds.to_string()).unwrap();
}

fn watch(server: &Server, at: &str) -> Value {
    server.api("GET", &format!("/teams/payments/on-call?at={at}"), &Value::Null).expect(200).json()["on_call"].clone()
}

#[test]
fn checklist_40_a_clock_that_jumps_revives_nothing_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, clock) = (folder.path().join("data"), folder.path().join("clock"));
    let database = copy_demo(&data);
    set(&clock, 0);
    let told = [("DOGWATCH_TEST_CLOCK", clock.to_str().unwrap().to_owned())];
    let mut server = Server::over(&data, database, CONFIG, &told);
    let made = server.api("POST", "/people/ada/app-passwords", &json!({ "label": "lost" })).expect(201).json();
    server.api("DELETE", &format!("/app-passwords/{}", word(&made, "id")), &Value::Null).expect(204);
    let revoked = basic("ada", word(&made, "password"));
    let asks = |server: &Server| {
        let headers = [("Authorization", revoked.as_str()), ("Depth", "0")];
        server.send("PROPFIND", "/dav/calendars/ada/", &headers, "").status
    };
    let at = (Utc::now() + TimeDelta::hours(30)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let stood = watch(&server, &at);
    assert!(stood[0]["person"].is_object(), "{stood}");
    let mut ben = Scribe::new(&server, "ben", 3, 0);
    for offset in [0, HOUR, -HOUR, YEARS, 0] {
        set(&clock, offset);
        server.get("/healthz").expect(200);
        server.get("/readyz").expect(200);
        assert_eq!(asks(&server), 401, "at {offset}");
        let now = watch(&server, &at);
        assert_eq!(
            (&now[0]["person"]["id"], &now[0]["slot"]),
            (&stood[0]["person"]["id"], &stood[0]["slot"]),
            "at {offset}"
        );
        for _ in 0..5 {
            assert!(ben.write(server.address));
        }
        assert_eq!(ben.acknowledged(), 5, "at {offset}");
        ben.verify(&server, None);
        ben.verify_sync(&server);
    }
    // Whoever leads under a clock that ran ahead, and falls, is not waited for until then.
    set(&clock, YEARS);
    server.kill();
    server.start_again();
    server.get("/readyz").expect(200);
    server.kill();
    set(&clock, 0);
    server.start_again();
    server.get("/readyz").expect(200);
    ben.verify(&server, None);
    assert_eq!(asks(&server), 401);
    let sound = server.command(&["check"]);
    assert!(sound.starts_with("All is well"), "{sound}");
}

/// A team that hands over at nine in the morning, in a zone, with these days published.
fn team(server: &Server, id: &str, zone: &str, (first, last): (&str, &str)) {
    let team = json!({ "id": id, "name": id, "email": format!("{id}@oncall.example.org"), "time_zone": zone });
    server.api("POST", "/teams", &team).expect(201);
    for n in 0..4 {
        let person = format!("{id}-{n}");
        let new = json!({ "id": person, "name": person, "email": format!("{person}@example.org"), "time_zone": zone });
        server.api("POST", "/people", &new).expect(201);
        server.api("PUT", &format!("/teams/{id}/members/{person}"), &json!({})).expect(204);
    }
    let (start, end) = (format!("{first}T09:00"), format!("{}T09:00", next(first)));
    let demand = ["--start", &start, "--end", &end, "--rrule", "FREQ=DAILY", "--roles", "primary"];
    server.command(&[["team", "pattern", "add", id].as_slice(), demand.as_slice()].concat());
    let days = json!({ "from": first, "to": last });
    let draft = server.api("POST", &format!("/teams/{id}/rosters"), &days).expect(201).json();
    let reason = json!({ "reason": "a trial" });
    server.api("POST", &format!("/rosters/{}/publish", word(&draft, "id")), &reason).expect(200);
}

fn next(day: &str) -> String {
    let day: chrono::NaiveDate = day.parse().unwrap();
    (day + chrono::Days::new(1)).to_string()
}

#[test]
fn checklist_40_on_the_nights_of_the_change_of_clocks_every_hour_is_somebodys_once() {
    let server = Server::with_demo(CONFIG);
    for (id, zone, days, night, hours) in [
        ("spring", "Europe/Berlin", ("2027-03-25", "2027-03-31"), "2027-03-27T08:00:00Z", [23, 24]),
        ("autumn", "Europe/Berlin", ("2027-10-28", "2027-11-03"), "2027-10-30T07:00:00Z", [25, 24]),
        ("south", "Australia/Lord_Howe", ("2027-04-01", "2027-04-07"), "2027-04-02T22:00:00Z", [24, 24]),
    ] {
        team(&server, id, zone, days);
        let first: DateTime<Utc> = night.parse().unwrap();
        let end = first + TimeDelta::hours(hours.iter().sum());
        let (mut seen, mut at) = (Vec::new(), first);
        while at < end {
            let asked = at.format("%Y-%m-%dT%H:%M:%SZ");
            let found = server.api("GET", &format!("/teams/{id}/on-call?at={asked}"), &Value::Null).expect(200).json();
            let watches = found["on_call"].as_array().unwrap();
            assert_eq!(watches.len(), 1, "{id} at {asked}: {found}");
            let moment = |field: &str| DateTime::parse_from_rfc3339(word(&watches[0], field)).unwrap().to_utc();
            let span = (moment("start"), moment("end"));
            assert!(span.0 <= at && at < span.1, "{id} at {asked}: {found}");
            assert!(word(&watches[0], "start").contains("T09:00:00"), "{found}");
            if seen.last() != Some(&span) {
                seen.push(span);
            }
            at += TimeDelta::minutes(30);
        }
        let distinct: BTreeSet<_> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "no shift comes back: {seen:?}");
        if id == "south" {
            // Half an hour is given back there.
            let lengths: Vec<_> = seen.iter().map(|(start, end)| (*end - *start).num_minutes()).collect();
            assert!(lengths.contains(&(24 * 60 + 30)), "{lengths:?}");
        } else {
            let lengths: Vec<_> = seen.iter().map(|(start, end)| (*end - *start).num_hours()).collect();
            assert_eq!(lengths, hours, "{id}");
        }
        assert!(seen.windows(2).all(|pair| pair[0].1 == pair[1].0), "no hour is nobody's: {seen:?}");
    }
}
