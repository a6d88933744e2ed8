//! `dogwatch bench-solve`: a problem from a file, a line for each improvement, and the roster in a file.

use super::Place;
use serde_json::{Value, json};

/// Three days of two slots; ada may not stand two days in a row, ben is new and must not be alone.
fn problem() -> Value {
    let shifts: Vec<Value> = (0..3)
        .map(|day| {
            let slot =
                |id: i64, optional: bool| json!({"id": id, "role": "", "qual": 0, "load": 2, "optional": optional});
            json!({"id": day, "start": day * 1440, "end": day * 1440 + 1440, "site": 0, "holiday": false,
                   "slots": [slot(2 * day, false), slot(2 * day + 1, true)]})
        })
        .collect();
    let person = |id: i64, level: i64, busy: Value| {
        json!({"id": id, "name": "", "site": 0, "level": level, "capacity": 100, "history": 0, "target": 2, "prev_end": -9999,
               "quals": [{"qual": 0, "valid_from": 0, "valid_until": 99999}], "busy": busy, "prefer_not": [], "util": [1]})
    };
    json!({
        "format": "oncall-bench/1", "name": "tiny", "size": "S", "seed": 1, "horizon_days": 3, "min_rest": 60,
        "spacing_days": 2, "windows": [{"days": 3, "max_shifts": 2, "max_minutes": 9999}],
        "weights": {"fair": 2, "space": 15, "util": 1, "pair": 12, "skip": 8}, "quals": ["q"],
        "forbidden_pairs": [], "shifts": shifts, "published": null,
        "people": [person(0, 2, json!([])), person(1, 0, json!([])), person(2, 1, json!([[0, 10]]))],
    })
}

#[test]
fn a_small_problem_is_solved_and_proved() {
    let place = Place::empty();
    let file = place.file("tiny.json", problem().to_string().as_bytes());
    let out = place.file("out.json", b"");
    let said = place.says(&format!("bench-solve {file} --time 20 --threads 2 --out {out}"));
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    let cost = last["cost"].as_i64().unwrap();
    assert_eq!((last["gaps"].as_i64(), last["bound"].as_i64()), (Some(0), Some(cost)), "{said}");
    assert!(lines.windows(2).all(|pair| pair[0]["cost"].as_i64() >= pair[1]["cost"].as_i64()), "{said}");
    let solution: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    let assign = solution["assign"].as_array().unwrap();
    assert_eq!((solution["instance"].as_str(), assign.len()), (Some("tiny"), 6));
    assert!([0, 2, 4].iter().all(|slot| ["0", "2"].contains(&assign[*slot].to_string().as_str())), "{solution}");

    let counted = format!("bench-solve {file} --work 50000 --no-bound --seed 3 --out {out}");
    place.says(&counted);
    let once = std::fs::read(&out).unwrap();
    place.says(&counted);
    assert_eq!(once, std::fs::read(&out).unwrap());
}

#[test]
fn what_is_no_problem_is_refused() {
    let place = Place::empty();
    let file = place.file("other.json", b"{\"format\": \"something\"}");
    assert!(place.refuses(1, &format!("bench-solve {file}")).contains("not an oncall-bench/1 instance"));
}
