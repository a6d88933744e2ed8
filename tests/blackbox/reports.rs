//! Reports from outside: what was stood, whoever took it over; call-outs and pay; who sees which lines; JSON and CSV.

use crate::support::{Reply, Server};
use chrono::{DateTime, Duration, FixedOffset, Utc};
use serde_json::{Value, json};

type Moment = DateTime<FixedOffset>;

fn moment(value: &Value) -> Moment {
    DateTime::parse_from_rfc3339(value.as_str().unwrap_or_default()).expect("a time with offset")
}

fn get(server: &Server, path: &str) -> Value {
    server.api("GET", path, &Value::Null).expect(200).json()
}

/// Days of a report: so many before and after today.
fn days(before: i64, after: i64) -> String {
    let today = Utc::now().date_naive();
    format!("from={}&to={}", today - Duration::days(before), today + Duration::days(after))
}

fn lines(report: &Value) -> &[Value] {
    report["lines"].as_array().expect("lines")
}

/// Sum of a column over all lines, or over those of one person.
fn sum(report: &Value, column: &str, person: Option<&Value>) -> i64 {
    let lines = lines(report).iter().filter(|line| person.is_none_or(|person| line["person"] == *person));
    lines.map(|line| line[column].as_i64().expect("a whole number")).sum()
}

/// The primary of payments at a moment: slot, person, start and end.
fn watch(server: &Server, at: DateTime<Utc>) -> Value {
    let at = at.format("%Y-%m-%dT%H:%M:%SZ");
    let found = get(server, &format!("/teams/payments/on-call?at={at}"));
    found["on_call"].as_array().unwrap().iter().find(|watch| watch["role"] == "primary").unwrap().clone()
}

fn own_token(server: &Server, person: &str) -> String {
    let made = ["token", "add", "--label", "own", "--scope", "roster", "--person", person, "--json"];
    let made: Value = serde_json::from_str(&server.command(&made)).unwrap();
    format!("Bearer {}", made["token"].as_str().unwrap())
}

fn as_person(server: &Server, bearer: &str, method: &str, path: &str, body: &Value) -> Reply {
    let headers = [("Authorization", bearer), ("Content-Type", "application/json")];
    let text = if body.is_null() { String::new() } else { body.to_string() };
    server.send(method, &format!("/api/v1{path}"), &headers, &text)
}

#[test]
fn what_was_stood_is_reported_once_and_every_class_adds_up() {
    let server = Server::with_demo("");
    let report = get(&server, &format!("/teams/payments/reports/hours?{}", days(60, 30)));
    let until = moment(&report["until"]);
    let mut expected = 0;
    for head in get(&server, "/teams/payments/rosters").as_array().unwrap() {
        let roster = get(&server, &format!("/rosters/{}", head["id"].as_str().unwrap()));
        for slot in roster["slots"].as_array().unwrap().iter().filter(|slot| slot["person"].is_string()) {
            let end = moment(&slot["end"]).min(until);
            expected += (end - moment(&slot["start"]).min(end)).num_minutes();
        }
    }
    let reported = sum(&report, "minutes", None);
    // the minute that is just going on
    assert!((reported - expected).abs() <= 3, "{reported} of {expected}");
    for line in lines(&report) {
        let classes = ["work", "evening", "night", "weekend", "holiday"];
        let parts = classes.iter().map(|class| line[format!("{class}_minutes")].as_i64().unwrap());
        assert_eq!(parts.sum::<i64>(), line["minutes"].as_i64().unwrap(), "{line}");
    }
    assert_eq!(lines(&report).len(), 7, "everybody of the team, also who stood nothing");
    let planned = get(&server, &format!("/teams/payments/reports/hours?planned=true&{}", days(60, 30)));
    assert!(sum(&planned, "minutes", None) > reported);

    // The same in two parts.
    let parts =
        [days(60, -7), format!("from={}&to={}", Utc::now().date_naive() - Duration::days(7), Utc::now().date_naive())];
    let whole = get(&server, &format!("/teams/payments/reports/hours?{}", days(60, 0)));
    let [one, two] = parts.map(|days| get(&server, &format!("/teams/payments/reports/hours?{days}")));
    for column in ["minutes", "night_minutes", "weekend_minutes"] {
        assert_eq!(sum(&one, column, None) + sum(&two, column, None), sum(&whole, column, None), "{column}");
    }
}

#[test]
fn a_shift_that_was_taken_over_counts_for_each_as_long_as_they_stood_it() {
    let server = Server::with_demo("");
    let running = watch(&server, Utc::now());
    let (slot, holder) = (running["slot"].as_str().unwrap(), running["person"]["id"].clone());
    let asked = format!("/teams/payments/reports/hours?planned=true&{}", days(5, 5));
    let before = get(&server, &asked);
    let others: Vec<Value> = get(&server, "/teams/payments/on-call")["on_call"]
        .as_array()
        .unwrap()
        .iter()
        .map(|watch| watch["person"]["id"].clone())
        .collect();
    let taker = ["ben", "chloe", "dev", "finn"].into_iter().find(|one| !others.contains(&json!(one))).unwrap();
    let swap = server.api("POST", &format!("/slots/{slot}/cover"), &json!({})).expect(200).json();
    let assign = json!({ "person": taker, "reason": "she is ill" });
    server.api("POST", &format!("/swaps/{}/assign", swap["id"].as_str().unwrap()), &assign).expect(200);
    let after = get(&server, &asked);
    let change = |person: &Value| sum(&after, "minutes", Some(person)) - sum(&before, "minutes", Some(person));
    let (gave, took) = (change(&holder), change(&json!(taker)));
    assert_eq!(sum(&before, "minutes", None), sum(&after, "minutes", None), "the shift is as long as before");
    let left = (moment(&running["end"]) - Utc::now().fixed_offset()).num_minutes();
    assert!((took - left).abs() <= 2 && gave == -took, "{gave} {took} {left}");
    assert!(sum(&after, "minutes", Some(&holder)) > 0, "what they stood stays theirs");
}

#[test]
fn members_see_their_own_lines_and_how_even_the_team_is_and_others_see_nothing() {
    let server = Server::with_demo("");
    let [ada, ben, priya] = ["ada", "ben", "priya"].map(|person| own_token(&server, person));
    let ask = |bearer: &str, name: &str| {
        let path = format!("/teams/payments/reports/{name}?{}", days(40, 0));
        as_person(&server, bearer, "GET", &path, &Value::Null)
    };
    for name in ["hours", "balance", "pairs", "pay", "callouts"] {
        let all = ask(&ada, name).expect(200).json();
        let own = ask(&ben, name).expect(200).json();
        assert_eq!((&all["own"], &own["own"]), (&json!(false), &json!(true)), "{name}");
        ask(&priya, name).expect(404);
        match name {
            "balance" => {
                for (all, own) in
                    all["dimensions"].as_array().unwrap().iter().zip(own["dimensions"].as_array().unwrap())
                {
                    assert_eq!(own["lines"].as_array().unwrap().len(), 1);
                    assert_eq!(all["lines"].as_array().unwrap().len(), 7);
                    for figure in ["min", "median", "max", "squared_deviation"] {
                        assert_eq!(all[figure], own[figure], "{figure}");
                    }
                }
            }
            "pairs" => assert!(lines(&own).iter().all(|line| line["person"] == "ben" || line["with"] == "ben")),
            _ => assert!(lines(&own).iter().all(|line| line["person"] == "ben"), "{own}"),
        }
    }
    let balance = ask(&ada, "balance").json();
    let dimensions: Vec<&str> =
        balance["dimensions"].as_array().unwrap().iter().map(|one| one["dimension"].as_str().unwrap()).collect();
    assert_eq!(dimensions, ["points", "nights", "weekends", "holidays"]);
    as_person(&server, &ben, "GET", "/teams/payments/pay-rates", &Value::Null).expect(403);
    as_person(&server, &ben, "POST", "/teams/payments/pay-rates", &json!({})).expect(403);
    for bad in ["from=2026-01-02&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "from=x&to=2026-01-01"] {
        server.api("GET", &format!("/teams/payments/reports/hours?{bad}"), &Value::Null).expect(422);
    }
    server.api("GET", &format!("/teams/payments/reports/hours?format=xls&{}", days(1, 0)), &Value::Null).expect(400);
}

#[test]
fn a_call_out_is_entered_by_the_person_reported_paid_and_harmless_in_a_spreadsheet() {
    let server = Server::with_demo("");
    let past = watch(&server, Utc::now() - Duration::days(8));
    let person = past["person"]["id"].as_str().unwrap().to_owned();
    let start = moment(&past["start"]) + Duration::hours(2);
    let body = json!({ "start": start.to_rfc3339(), "end": (start + Duration::minutes(90)).to_rfc3339(),
        "note": "=cmd|'/c calc'!A1" });
    let own = own_token(&server, &person);
    let path = format!("/people/{person}/call-outs");
    let entered = as_person(&server, &own, "POST", &path, &body).expect(201).json();
    assert_eq!(
        (&entered["role"], &entered["team"], &entered["minutes"]),
        (&json!("primary"), &json!("payments"), &json!(90))
    );
    let again = as_person(&server, &own, "POST", &path, &body).expect(201).json();
    assert_eq!(again["id"], entered["id"]);
    let other = ["chloe", "dev"].into_iter().find(|one| *one != person).unwrap();
    as_person(&server, &own_token(&server, other), "POST", &path, &body).expect(404);

    let rates =
        json!({ "call_outs": { "flat": 20, "work": 40, "evening": 40, "night": 40, "weekend": 40, "holiday": 40 } });
    let first = server.api("POST", "/teams/payments/pay-rates", &rates).expect(201).json();
    assert_eq!((&first["version"], &first["from"]), (&json!(1), &Value::Null));
    assert_eq!(get(&server, "/teams/payments/pay-rates"), json!([first]));
    let asked = days(30, 0);
    let pay = get(&server, &format!("/teams/payments/reports/pay?{asked}"));
    let paid: Vec<_> = lines(&pay).iter().filter(|line| line["units"] != 0).collect();
    assert_eq!(paid.len(), 1, "{pay}");
    assert_eq!((&paid[0]["paid_for"], &paid[0]["units"]), (&json!("call-outs"), &json!(80)));
    let hours = get(&server, &format!("/teams/payments/reports/hours?{asked}"));
    assert_eq!((sum(&hours, "call_outs", None), sum(&hours, "call_out_minutes", None)), (1, 90));

    let file =
        server.api("GET", &format!("/teams/payments/reports/callouts?format=csv&{asked}"), &Value::Null).expect(200);
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(file.header("content-disposition").unwrap().contains("payments-callouts-"));
    let text = file.text();
    assert!(text.starts_with("id,team,person,role,start,end,minutes,note,entered_by\r\n"), "{text}");
    assert!(text.contains(",90,'=cmd|'/c calc'!A1,token:"), "{text}");

    let trail = get(&server, "/audit");
    let rows = trail.as_array().unwrap().iter().filter(|row| row["action"] == "call-out.entered");
    assert_eq!(rows.count(), 1);
    let id = entered["id"].as_str().unwrap();
    as_person(&server, &own, "DELETE", &format!("/call-outs/{id}"), &Value::Null).expect(204);
    server.api("DELETE", &format!("/call-outs/{id}"), &Value::Null).expect(404);
}

#[test]
fn csv_has_the_lines_of_the_json() {
    let server = Server::with_demo("");
    let asked = days(40, 0);
    for name in ["hours", "pairs", "pay"] {
        let report = get(&server, &format!("/teams/payments/reports/{name}?{asked}"));
        let file = server.api("GET", &format!("/teams/payments/reports/{name}?format=csv&{asked}"), &Value::Null);
        let text = file.expect(200).text();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().unwrap().clone();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), lines(&report).len(), "{name}");
        for (record, line) in records.iter().zip(lines(&report)) {
            for (column, cell) in head.iter().zip(record) {
                let value = &line[column];
                // the running minute may have gone on between the two requests
                if column.ends_with("minutes") || column == "points" || column == "units" {
                    continue;
                }
                let told = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert!(told == cell || (value.is_null() && cell.is_empty()), "{name} {column}: {cell} {value}");
            }
        }
    }
}
