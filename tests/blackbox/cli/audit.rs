//! `dogwatch audit`: who did what, all of it, and whether anything was changed afterwards.

use super::Place;
use serde_json::Value;
use std::fmt::Write as _;

fn rows(document: &Value) -> Vec<i64> {
    document.as_array().unwrap().iter().map(|row| row["seq"].as_i64().unwrap()).collect()
}

#[test]
fn the_trail_is_listed_by_time_team_and_number() {
    for place in Place::both() {
        place.payments();
        place.says("team add search --name Search --email search@oncall.example.org --time-zone UTC");
        place.says("team qualification add search DRILL");
        let all = place.json("audit");
        assert_eq!(rows(&all), (1..=7).collect::<Vec<_>>());
        assert_eq!(all, place.json("audit list"), "the older way to ask");
        assert_eq!(all[0]["actor"], "operator");
        assert_eq!(all[0]["channel"], "cli");

        assert_eq!(rows(&place.json("audit --team payments")), [3, 4, 5]);
        assert_eq!(rows(&place.json("audit --team search")), [6, 7]);
        assert!(place.refuses(1, "audit --team nobody").contains("team nobody not found"));
        assert_eq!(rows(&place.json("audit --after 5")), [6, 7]);
        assert_eq!(rows(&place.json("audit --since 2020-01-01")).len(), 7);
        assert_eq!(rows(&place.json("audit --since 2020-01-01T00:00:00+02:00")).len(), 7);
        assert_eq!(place.json("audit --since 2999-01-01"), serde_json::json!([]));
        assert_eq!(place.says("audit --since 2999-01-01"), "nothing happened\n");

        let newest = place.run("audit --limit 2");
        assert_eq!(newest.out.lines().count(), 2);
        assert!(newest.out.contains("qualification.added"), "{}", newest.out);
        assert!(newest.err.contains("5 earlier rows are left out"), "{}", newest.err);
        assert_eq!(place.run("audit --limit 7").err, "");
        assert_eq!(place.run("audit --limit 2 verify").code, Some(2));
    }
}

#[test]
fn a_long_trail_is_told_to_its_end() {
    let place = Place::empty();
    let mut csv = "id,name,email,time_zone\n".to_owned();
    for number in 0..2_100 {
        let _ = writeln!(csv, "p{number},P,p{number}@example.org,UTC");
    }
    let file = place.file("people.csv", csv.as_bytes());
    place.says(&format!("import people {file} --apply"));
    assert_eq!(place.says("audit").lines().count(), 2_101);
    assert_eq!(rows(&place.json("audit")).len(), 2_101);
    assert_eq!(rows(&place.json("audit --limit 1500")), (602..=2_101).collect::<Vec<_>>());
}

#[test]
fn a_row_that_was_changed_afterwards_shows() {
    for place in Place::both() {
        place.payments();
        assert_eq!(place.says("audit verify"), "The audit trail is whole.\n");
        assert_eq!(place.json("audit verify"), serde_json::json!({ "whole": true, "first_break": null }));
        place.execute("UPDATE audit SET actor = 'person:ben' WHERE seq = 3");
        assert!(place.refuses(1, "audit verify").contains("row 3 does not follow"));
        let told = place.run("audit verify --json");
        assert_eq!(told.code, Some(1));
        assert_eq!(serde_json::from_str::<Value>(&told.out).unwrap()["first_break"], 3);
        place.execute("UPDATE audit SET actor = 'operator' WHERE seq = 3");
        place.says("audit verify");
        place.execute("DELETE FROM audit WHERE seq = 5");
        assert!(place.refuses(1, "audit verify").contains("row 5"));
    }
}

#[test]
fn a_row_that_was_put_in_or_moved_shows_too() {
    for place in Place::both() {
        place.payments();
        let columns = "at_ms, actor, subject, channel, action, object, before, after, reason, prev_hash, hash";
        place.execute(&format!("INSERT INTO audit (seq, {columns}) SELECT 6, {columns} FROM audit WHERE seq = 2"));
        assert!(place.refuses(1, "audit check").contains("row 6"));
        place.execute("DELETE FROM audit WHERE seq = 6");
        assert_eq!(place.says("audit check"), "The audit trail is whole.\n");
        for (from, to) in [(3, 99), (4, 3), (99, 4)] {
            place.execute(&format!("UPDATE audit SET seq = {to} WHERE seq = {from}"));
        }
        assert!(place.refuses(1, "audit check").contains("row 3 does not follow"));
    }
}

#[test]
fn an_export_shows_what_was_changed_taken_out_put_in_or_moved_and_what_the_database_says_no_more() {
    let place = Place::empty();
    place.payments();
    let export = place.says("audit export");
    let lines: Vec<&str> = export.lines().collect();
    assert_eq!(lines.len(), 5);
    let first: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!((first["seq"].as_i64(), first["prev_hash"].as_str()), (Some(1), Some("")));
    let checked = |lines: &[&str], more: &str| {
        let file = place.file("audit.jsonl", (lines.join("\n") + "\n").as_bytes());
        place.run(&format!("audit check {file}{more}"))
    };
    let whole = checked(&lines, " --with-database");
    assert_eq!(
        (whole.code, whole.out.as_str()),
        (Some(0), "5 rows, from 1 to 5, follow from each other.\n"),
        "{whole:?}"
    );
    assert_eq!(checked(&lines[2..], "").code, Some(0), "an export may go on where the last one ended");
    assert_eq!(place.says("audit export --after 4"), format!("{}\n", lines[4]));

    let changed = lines[2].replace("operator", "person:ben");
    let forged = [lines[0], lines[1], &changed, lines[3], lines[4]];
    let damages: [(&str, Vec<&str>, &str); 5] = [
        ("changed", forged.to_vec(), "row 3 "),
        ("taken out", [&lines[..2], &lines[3..]].concat(), "row 4 "),
        ("the first taken out, another in its place", [&[lines[1]], &lines[1..]].concat(), "row 3 "),
        ("put in", [&lines[..3], &lines[1..]].concat(), "row 4 "),
        ("moved", vec![lines[0], lines[2], lines[1], lines[3], lines[4]], "row 3 "),
    ];
    for (what, lines, row) in damages {
        let done = checked(&lines, "");
        assert!(
            done.code == Some(1) && done.err.contains(row) && done.err.contains("does not follow"),
            "{what}: {done:?}"
        );
    }
    assert!(checked(&["{\"seq\": 1}"], "").err.contains("line 1 is no row of an export"));

    // Whoever can write the database can make a chain that is whole; an export that lies elsewhere knows better.
    place.execute("DELETE FROM audit WHERE seq = 5");
    assert_eq!(checked(&lines, "").code, Some(0));
    assert!(checked(&lines, " --with-database").err.contains("row 5 of the export is not what the database says"));
}

#[test]
fn what_people_wrote_is_shown_and_not_obeyed() {
    let place = Place::empty();
    place.payments();
    let how = "first\nsecond \u{1b}[2J\u{9b}31m";
    place.run_words(&["team", "qualification", "add", "payments", "DRILL", "--how", how]).well();
    let listed = place.says("team qualification list payments");
    assert_eq!(listed.lines().count(), 1, "{listed:?}");
    assert!(listed.contains("first\\nsecond \\u{1b}[2J\\u{9b}31m"), "{listed:?}");
    for line in ["audit", "audit list", "team show payments", "team list", "user list"] {
        let said = place.says(line);
        assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{line}: {said:?}");
    }
}
