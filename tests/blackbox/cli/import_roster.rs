//! `dogwatch import roster` and `import holidays`, `team rules`: looked at first, applied wholly or not at all.

use super::Place;
use chrono::{DateTime, Days, NaiveTime, Utc};
use serde_json::{Value, json};

/// 09:00 UTC, days from today.
fn nine(days: i64) -> DateTime<Utc> {
    let today = Utc::now().date_naive();
    let day = if days < 0 { today - Days::new(days.unsigned_abs()) } else { today + Days::new(days.unsigned_abs()) };
    day.and_time(NaiveTime::from_hms_opt(9, 0, 0).unwrap()).and_utc()
}

fn at(days: i64) -> String {
    nine(days).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The timeline of Opsgenie, with these periods.
fn timeline(periods: &[(i64, i64, &str)]) -> String {
    let period = |(from, to, who): &(i64, i64, &str)| {
        json!({ "startDate": at(*from), "endDate": at(*to), "type": "default",
            "recipient": { "type": "user", "id": format!("id-{who}"), "name": format!("{who}@example.org") } })
    };
    let periods: Vec<Value> = periods.iter().map(period).collect();
    let document = json!({ "data": { "finalTimeline": { "rotations": [ { "id": "r1", "name": "First line", "periods": periods } ] } } });
    serde_json::to_string_pretty(&document).unwrap()
}

const WEEKS: &[(i64, i64, &str)] = &[(-13, -6, "ada"), (-6, -1, "ben"), (2, 9, "ada"), (9, 16, "ben")];

fn with_payments(place: Place) -> Place {
    place.payments();
    place
}

#[test]
fn a_roster_is_shown_first_then_imported_and_a_second_time_changes_nothing() {
    for place in Place::both().map(with_payments) {
        let file = place.file("export.json", timeline(WEEKS).as_bytes());
        let import = format!("import roster payments {file} --from-format opsgenie");
        let said = place.says(&import);
        assert!(said.contains("2 shifts to publish, 2 worked, 0 there already, 0 collide"), "{said}");
        assert!(said.contains("worked    ada: 1 shifts, 168 h") && said.contains("--apply"), "{said}");
        let from = nine(0).date_naive();
        assert!(
            place.run(&format!("roster show payments --from {from} --to {}", from + Days::new(30))).code == Some(1)
        );
        let done = place.json(&format!("{import} --apply"));
        assert_eq!(done["applied"], true);
        let outcomes: Vec<_> = done["shifts"].as_array().unwrap().iter().map(|shift| &shift["outcome"]).collect();
        assert_eq!(outcomes, ["worked", "worked", "planned", "planned"]);
        let on_call = place.json(&format!("whois payments --at {}", at(3)));
        assert!(on_call.to_string().contains("ada"), "{on_call}");
        let again = place.says(&format!("{import} --apply"));
        assert!(again.contains("4 there already, 0 collide: nothing changes."), "{again}");
        let trail = place.says("audit --limit 200");
        assert_eq!(trail.matches("roster.imported").count(), 1, "{trail}");
        place.says("audit verify");
    }
}

#[test]
fn who_is_unknown_and_what_collides_are_named_and_nothing_is_written() {
    for place in Place::both().map(with_payments) {
        let good = place.file("good.json", timeline(WEEKS).as_bytes());
        place.says(&format!("import roster payments {good} --from-format opsgenie --apply"));
        let file = place.file("more.json", timeline(&[(3, 4, "ben"), (20, 21, "zed"), (22, 23, "ada")]).as_bytes());
        let import = format!("import roster payments {file} --from-format opsgenie --apply");
        let done = place.run(&import);
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.out.contains("unknown   line 22: id-zed (zed@example.org), 1 shifts"), "{done:?}");
        assert!(done.out.contains("dogwatch user add") && done.err.contains("nothing is written"), "{done:?}");
        let map = place.file("people.csv", b"from,person\nzed@example.org,ben\n");
        let done = place.run(&format!("{import} --map {map}"));
        assert_eq!(done.code, Some(1), "{done:?}");
        assert!(done.out.contains("collides") && done.out.contains("but there is ada"), "{done:?}");
        assert!(done.err.contains("--skip-collisions"), "{done:?}");
        let done = place.says(&format!("{import} --map {map} --skip-collisions"));
        assert!(done.contains("2 shifts to publish") && done.contains(": done."), "{done}");
        let on_call = place.json(&format!("whois payments --at {}", at(3)));
        assert!(on_call.to_string().contains("ada"), "what stands is not changed: {on_call}");
    }
}

#[test]
fn a_file_that_is_wrong_is_named_with_its_place_and_nothing_is_written() {
    let place = with_payments(Place::empty());
    let broken = timeline(WEEKS).replacen(&at(9), "never", 1);
    let big = "x".repeat(5 * 1024 * 1024 + 1);
    for (content, format, wanted) in [
        (broken.as_str(), "opsgenie", "periods[2]: endDate \"never\" is not a time"),
        ("{", "pagerduty", "line 1: is not JSON"),
        ("{}", "grafana-oncall", "holds no shifts"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "ics", "line 2"),
        (big.as_str(), "ics", "more than 5242880 bytes"),
    ] {
        let file = place.file("export", content.as_bytes());
        let said = place.refuses(1, &format!("import roster payments {file} --from-format {format} --apply"));
        assert!(said.contains(wanted) && said.contains("nothing is written"), "{wanted}: {said}");
    }
    let file = place.file("export", timeline(WEEKS).as_bytes());
    let said = place.refuses(1, &format!("import roster search {file} --from-format opsgenie"));
    assert!(said.contains("team search not found"), "{said}");
    let said = place.refuses(1, &format!("import roster payments {file} --from-format opsgenie --role captain"));
    assert!(said.contains("a role captain in payments"), "{said}");
}

#[test]
fn a_calendar_with_more_shifts_than_a_file_may_hold_is_refused() {
    let place = with_payments(Place::empty());
    let event = "BEGIN:VEVENT\r\nUID:u\r\nDTSTART:20200101T000000Z\r\nDTEND:20200101T010000Z\r\nRRULE:FREQ=HOURLY\r\n\
                 SUMMARY:Ada Okafor\r\nEND:VEVENT\r\n";
    let calendar = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}END:VCALENDAR\r\n");
    let file = place.file("all.ics", calendar.as_bytes());
    let said = place.refuses(1, &format!("import roster payments {file} --from-format ics"));
    assert!(said.contains("more than 10000 shifts"), "{said}");
    let (from, to) = (nine(3).date_naive(), nine(4).date_naive());
    let part = place.says(&format!("import roster payments {file} --from-format ics --from {from} --to {to}"));
    assert!(part.contains("24 shifts to publish"), "{part}");
}

#[test]
fn holidays_are_shown_first_and_stored_once() {
    for place in Place::both().map(with_payments) {
        let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:xmas\r\nDTSTAMP:20260101T000000Z\r\n\
                        DTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas Day\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let file = place.file("holidays.ics", calendar.as_bytes());
        for whose in ["--team payments", "--person ada"] {
            let import = format!("import holidays {file} {whose}");
            let said = place.says(&import);
            assert!(said.contains("line 4: add 2026-12-25 Christmas Day") && said.contains("--apply"), "{said}");
            assert!(place.says(&format!("{import} --apply")).contains(": done."));
            assert!(place.says(&format!("{import} --apply")).contains("nothing changes"));
        }
        place.refuses(2, &format!("import holidays {file}"));
    }
}

#[test]
fn a_rule_pack_is_shown_with_its_effect_then_taken_over() {
    for place in Place::both().map(with_payments) {
        let said = place.says("team rules payments --pack sre");
        assert!(said.contains("changes: at most 168 h of duty in any 28 days"), "{said}");
        assert!(said.contains("warning: 2 people stand shifts, where at least 8 are wanted"), "{said}");
        assert!(said.contains("not enforced: at most two incidents") && said.contains("--apply"), "{said}");
        assert_eq!(place.json("team settings payments")["caps"], json!([]));
        let done = place.json("team rules payments --pack sre --apply");
        assert_eq!((&done["applied"], &done["pack"]), (&json!(true), &json!("sre@1")));
        assert_eq!(place.json("team settings payments")["packs"], json!(["sre@1"]));
        let own = place.file("own.toml", b"name = \"own\"\nversion = 3\nspacing_days = 14\n");
        assert!(place.says(&format!("team rules payments --pack {own} --apply")).contains("a wish for 14 days"));
        let shown = place.says("team rules payments");
        assert!(
            shown.contains("at least 11 h between two turns\n") && shown.contains("packs: sre@1, own@3"),
            "{shown}"
        );
        let bad = place.file("bad.toml", b"name = \"own\"\nversion = 1\nmin_rest = 3\n");
        assert!(place.refuses(1, &format!("team rules payments --pack {bad}")).contains("unknown field"));
        assert!(place.refuses(1, "team rules payments --pack us").contains("sre and eu-rest are"));
    }
}
