//! `dogwatch report`, `callout`, `import history`, and what goes with them.

use super::Place;
use serde_json::json;

const HEAD: &str = "team,person,role,start,end,points\n";
/// Two days of history: Ada stands primary with Ben, then Ben alone.
const HISTORY: &str = "payments,ada,primary,2025-10-07T09:00,2025-10-08T09:00,\n\
    payments,ben@example.org,shadow,2025-10-07T09:00,2025-10-08T09:00,\n\
    payments,ben,primary,2025-10-08T09:00,2025-10-09T09:00,30\n";
const DAYS: &str = "--from 2025-10-01 --to 2025-11-01";

fn with_history(place: Place) -> Place {
    place.payments();
    let file = place.file("history.csv", format!("{HEAD}{HISTORY}").as_bytes());
    place.says(&format!("import history {file} --apply"));
    place
}

#[test]
fn history_is_rehearsed_then_imported_once() {
    for place in Place::both() {
        place.payments();
        let file = place.file("history.csv", format!("\u{feff}{HEAD}{HISTORY}").replace('\n', "\r\n").as_bytes());
        let said = place.says(&format!("import history {file}"));
        assert!(said.contains("line 2: ada stood primary for payments 7 Oct 09:00-09:00, 24.5 points"), "{said}");
        assert!(said.contains("3 duties. Nothing is written yet"), "{said}");
        let report = place.json(&format!("report hours payments {DAYS}"));
        assert!(report["lines"].as_array().unwrap().iter().all(|line| line["minutes"] == 0), "{report}");
        let done = place.json(&format!("import history {file} --apply"));
        assert_eq!((&done["applied"], &done["duties"][2]["outcome"]), (&json!(true), &json!("created")));
        assert_eq!(
            place.says(&format!("import history {file} --apply")),
            "3 duties, all there already: nothing changes.\n"
        );
    }
}

#[test]
fn a_bad_line_of_history_is_named_with_its_column_and_nothing_is_written() {
    for place in Place::both() {
        place.payments();
        for (line, wanted) in [
            ("payments,ada,primary,2025-10-08T08:00,2025-10-08T20:00,\n", "line 5, column start: ada stood primary"),
            ("payments,ada,captain,2025-10-10T09:00,2025-10-11T09:00,\n", "line 5, column role:"),
            (
                "payments,zoe,primary,2025-10-10T09:00,2025-10-11T09:00,\n",
                "line 5, column person: person zoe not found",
            ),
            ("payments,ada,primary,2025-10-10T09:00,yesterday,\n", "line 5, column end: \"yesterday\""),
            ("payments,ada\n", "line 5: has 2 fields"),
        ] {
            let file = place.file("history.csv", format!("{HEAD}{HISTORY}{line}").as_bytes());
            for apply in ["", " --apply"] {
                let said = place.refuses(1, &format!("import history {file}{apply}"));
                assert!(said.contains(wanted) && said.contains("nothing is written"), "{said}");
            }
        }
        let report = place.json(&format!("report hours payments {DAYS}"));
        assert!(report["lines"].as_array().unwrap().iter().all(|line| line["shifts"] == 0), "{report}");
    }
}

#[test]
fn reports_are_tables_for_people_csv_for_spreadsheets_and_json_for_programs() {
    for place in Place::both().map(with_history) {
        let text = place.says(&format!("report hours payments {DAYS}"));
        assert!(text.starts_with("payments 2025-10-01 to 2025-11-01 (Europe/London)\n"), "{text}");
        let ada = text.lines().find(|line| line.contains("Ada Okafor")).unwrap();
        assert_eq!(ada.split_whitespace().skip(2).collect::<Vec<_>>().join(" "), "1 24 8 7 9 0 0 1 0 0 24.5 0");
        let csv = place.says(&format!("report hours payments {DAYS} --csv"));
        assert!(csv.starts_with("person,name,shifts,minutes,"), "{csv}");
        assert!(csv.contains("\nada,Ada Okafor,1,1440,480,420,540,0,0,1,0,0,24.5,0,0\n"), "{csv}");

        let balance = place.says(&format!("report balance payments {DAYS}"));
        assert!(balance.contains("points: least -2.8, middle 0.0, most +2.8"), "{balance}");
        for dimension in ["nights (hours):", "weekends (hours):", "holidays (hours):"] {
            assert!(balance.contains(dimension), "{balance}");
        }
        let balance = place.json(&format!("report balance payments {DAYS}"));
        let points = &balance["dimensions"][0];
        assert_eq!((&points["min"], &points["max"]), (&json!(-2.75), &json!(2.75)));
        assert_eq!(points["lines"][1]["name"], "Ben Hale", "the least first");

        let pairs = place.json(&format!("report pairs payments {DAYS}"));
        let wanted = json!([{ "person": "ada", "name": "Ada Okafor", "with": "ben", "with_name": "Ben Hale", "times": 1,
            "minutes": 1440 }]);
        assert_eq!(pairs["lines"], wanted);
        assert!(place.says(&format!("report pairs payments {DAYS}")).contains("Ada Okafor with Ben Hale"));

        let unpaid = place.says(&format!("report pay payments {DAYS}"));
        assert!(unpaid.contains("No rates were in force then"), "{unpaid}");
        let rates = place.file("rates.json", br#"{ "roles": { "primary": { "flat": 100, "night": 2 } } }"#);
        let set = place.says(&format!("team pay payments {rates}"));
        assert_eq!(set, "payments pays by edition 1 since ever\n");
        let paid = place.json(&format!("report pay payments {DAYS}"));
        let total = |name: &str, units: i64| json!({ "person": name.split(' ').next().unwrap().to_lowercase(), "name": name, "units": units });
        assert_eq!(paid["totals"], json!([total("Ada Okafor", 118), total("Ben Hale", 118)]));
        assert_eq!(place.json("team pay payments")[0]["roles"]["primary"]["night"], 2);
    }
}

#[test]
fn what_makes_no_report_is_refused() {
    let place = with_history(Place::empty());
    assert!(place.refuses(1, &format!("report hours search {DAYS}")).contains("team search not found"));
    assert!(place.refuses(2, "report hours payments --from 2025-11-01 --to 2025-10-01").contains("to: must be"));
    place.refuses(2, &format!("report hours payments {DAYS} --csv --json"));
    place.refuses(2, "report hours payments");
    let rates = place.file("rates.json", br#"{ "roles": { "primry": { "flat": 100 } } }"#);
    assert!(place.refuses(1, &format!("team pay payments {rates}")).contains("a role primry in payments not found"));
    let rates = place.file("rates.json", br#"{ "primary": 100 }"#);
    assert!(place.refuses(1, &format!("team pay payments {rates}")).contains("unknown field"));
}

#[test]
fn a_call_out_is_entered_for_somebody_and_listed() {
    let place = Place::demo();
    let at = (chrono::Utc::now() - chrono::Duration::days(8)).format("%Y-%m-%dT%H:%M:00Z");
    let past = place.json(&format!("whois payments --at {at}"));
    let watch = past["on_call"].as_array().unwrap().iter().find(|watch| watch["role"] == "primary").unwrap().clone();
    let person = watch["person"]["id"].as_str().unwrap();
    let end =
        (chrono::Utc::now() - chrono::Duration::days(8) + chrono::Duration::minutes(45)).format("%Y-%m-%dT%H:%M:00Z");
    let line = ["callout", "add", person, "--start", &at.to_string(), "--end", &end.to_string(), "--note", "Disk full"];
    let said = place.run_words(&line).well();
    assert!(
        said.starts_with(&format!("{person} was called out ")) && said.contains(" as primary for payments ("),
        "{said}"
    );
    let today = chrono::Utc::now().date_naive();
    let days = format!("--from {} --to {today}", today - chrono::Duration::days(20));
    let listed = place.says(&format!("report callouts payments {days}"));
    assert!(listed.contains("Disk full"), "{listed}");
    let report = place.json(&format!("report callouts payments {days}"));
    let id = report["lines"][0]["id"].as_str().unwrap();
    place.says(&format!("callout remove {id}"));
    assert!(place.says(&format!("report callouts payments {days}")).contains("no call-outs"));
    let outside = place.refuses(2, &format!("callout add {person} --start 2020-01-01T03:00 --end 2020-01-01T04:00"));
    assert!(outside.contains("stood no shift on 1 Jan 2020 03:00"), "{outside}");
}

#[test]
fn shifts_earn_a_qualification_and_everybody_sees_how_far_they_are() {
    for place in Place::both().map(with_history) {
        let add =
            ["team", "qualification", "add", "payments", "drilled", "--how", "stand with us", "--role", "primary"];
        place.run_words(&add).well();
        let missing = place.says("user requirements ben");
        assert!(missing.contains("primary: may not stand it yet"), "{missing}");
        assert!(missing.contains("drilled: missing; stand with us\n"), "{missing}");
        let said = place.says("team qualification earn payments drilled shadow=2 primary=1");
        assert_eq!(said, "drilled is earned by standing 2 shadow and 1 primary shifts for payments\n");
        let so_far = place.says("user requirements ben");
        assert!(so_far.contains("stood 1 of 1 primary shifts and 1 of 2 shadow shifts"), "{so_far}");
        let listed = place.says("team qualification list payments");
        assert!(listed.contains("earned by 1 primary and 2 shadow shifts"), "{listed}");

        let file = place
            .file("more.csv", format!("{HEAD}payments,ben,shadow,2025-10-14T09:00,2025-10-15T09:00,\n").as_bytes());
        let said = place.says(&format!("import history {file} --apply"));
        assert!(said.contains("note: ben has earned drilled in payments"), "{said}");
        let document = place.json("user requirements ben");
        let primary = document[0]["roles"].as_array().unwrap().iter().find(|role| role["role"] == "primary").unwrap();
        assert_eq!((&primary["eligible"], &primary["requirements"][0]["state"]), (&json!(true), &json!("met")));
        place.says("team revoke payments ben drilled");
        let again = place.says("user requirements ben");
        assert!(again.contains("stood 0 of 1 primary shifts and 0 of 2 shadow shifts"), "{again}");
        assert!(place.refuses(1, "team qualification earn payments drilled captain=1").contains("a role captain"));
        place.refuses(2, "team qualification earn payments drilled shadow");
    }
}
