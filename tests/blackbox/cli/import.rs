//! `dogwatch import people`: looked at first, applied wholly or not at all.

use super::Place;
use crate::support::ended_within;
use serde_json::json;
use std::fmt::Write as _;
use std::process::{Command, Stdio};

const HEAD: &str = "id,name,email,phone,time_zone,teams,roles,fte,joined\n";
const TWO: &str = "ada,Ada Okafor,ada@example.org,+44 7700 900101,Europe/London,payments:manager,primary;secondary,80,2026-01-05\n\
    ben,\"Whitlock, Ben\",ben@example.org,,Europe/London,payments,secondary,,\n";

fn with_team(place: Place) -> Place {
    place.says("team add payments --name Payments --email payments@oncall.example.org --time-zone Europe/London");
    place
}

#[test]
fn it_says_first_what_it_would_do_and_does_it_when_told_to() {
    for place in Place::both().map(with_team) {
        // As spreadsheets write it: a byte order mark, and carriage returns.
        let csv = format!("\u{feff}{HEAD}{TWO}").replace('\n', "\r\n");
        let file = place.file("people.csv", csv.as_bytes());
        let said = place.says(&format!("import people {file}"));
        assert!(said.contains("line 2: add ada (Ada Okafor, ada@example.org)"), "{said}");
        assert!(said.contains("primary in payments requires the new qualification"), "{said}");
        assert!(said.contains("--apply"), "{said}");
        assert_eq!(place.json("user list"), json!([]));
        let done = place.json(&format!("import people {file} --apply"));
        assert_eq!((&done["applied"], &done["rows"]), (&json!(true), &json!(2)));
        assert_eq!(done["people"][1], json!({ "line": 3, "id": "ben", "outcome": "created" }));
        assert_eq!(place.json("user list")[1]["name"], "Whitlock, Ben");
        let again = place.says(&format!("import people {file} --apply"));
        assert_eq!(again, "2 people, all there already: nothing changes.\n");
    }
}

#[test]
fn checklist_37_one_bad_line_among_many_is_named_with_its_column_and_nothing_is_written() {
    for place in Place::both().map(with_team) {
        let mut csv = HEAD.to_owned();
        for number in 0..5_000 {
            let _ = writeln!(csv, "p{number},Person {number},p{number}@example.org,,Europe/London,,,,");
        }
        let bad = [
            ("last,Last,last@example.org,,Europe/Londn,,,,\n", "line 5002, column time_zone: \"Europe/Londn\""),
            ("p7,Twin,twin@example.org,,Europe/London,,,,\n", "line 5002, column id: \"p7\" stands in line 9 already"),
            ("twin,Twin,P7@example.org,,Europe/London,,,,\n", "line 5002, column email:"),
            ("last,Last,last@example.org,,Europe/London,search,,,\n", "line 5002, column teams: team search not found"),
            ("last,Last,last@example.org,,Europe/London\n", "line 5002: has 5 fields"),
        ];
        for (line, wanted) in bad {
            let file = place.file("people.csv", format!("{csv}{line}").as_bytes());
            for apply in ["", " --apply"] {
                let said = place.refuses(1, &format!("import people {file}{apply}"));
                assert!(said.contains(wanted) && said.contains("nothing is written"), "{line}: {said}");
            }
        }
        assert_eq!(place.json("user list"), json!([]));
    }
}

#[test]
fn a_head_that_names_no_known_columns_is_refused() {
    let place = with_team(Place::empty());
    for (csv, wanted) in [
        (&b"id;name;email;time_zone\n"[..], "line 1, column id;name;email;time_zone: is no known column"),
        (b"id,name,email\n", "column time_zone: is missing"),
        (b"", "is missing"),
        (b"id,name,email,time_zone\nada,\xff,a@example.org,UTC\n", "line 2: the file is not UTF-8"),
    ] {
        let file = place.file("people.csv", csv);
        let said = place.refuses(1, &format!("import people {file}"));
        assert!(said.contains(wanted), "{said}");
    }
    assert!(place.refuses(1, "import people /nowhere/people.csv").contains("can't read /nowhere/people.csv"));
}

#[test]
fn a_file_without_end_is_refused_before_it_is_read_to_its_end() {
    let place = with_team(Place::empty());
    let mut command = Command::new(crate::support::DOGWATCH);
    command.args(["import", "people", "/dev/zero", "--data"]).arg(place.data()).envs(place.variables());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    if ended_within(&mut child, std::time::Duration::from_secs(20)).is_none() {
        child.kill().unwrap();
        panic!("it goes on reading");
    }
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(said.contains("more than 5242880 bytes"), "{said}");
}

#[test]
fn who_may_not_stand_a_role_any_more_is_named_before_it_is_done() {
    let place = Place::empty();
    place.payments();
    let file = place.file(
        "people.csv",
        format!("{HEAD}ada,Ada Okafor,ada@example.org,,Europe/London,payments,primary,,\n").as_bytes(),
    );
    let said = place.says(&format!("import people {file}"));
    assert!(said.contains("note: ben may not stand primary in payments any more"), "{said}");
    let shown = place.json(&format!("import people {file}"));
    assert_eq!(shown["notes"].as_array().unwrap().len(), 1);
}

#[test]
fn what_a_cell_holds_is_shown_and_not_obeyed() {
    let place = with_team(Place::empty());
    let cell = "\u{1b}]0;owned\u{7}\u{202e}";
    let file = place.file("people.csv", format!("{HEAD}ada,Ada,ada@example.org,,Europe/{cell},,,,\n").as_bytes());
    let said = place.refuses(1, &format!("import people {file}"));
    assert!(said.contains("\\u{1b}]0;owned\\u{7}\\u{202e}") && !said.contains('\u{1b}'), "{said:?}");
    let file =
        place.file("people.csv", format!("{HEAD}ada,=cmd|'/c calc'!A1\u{202e},ada@example.org,,UTC,,,,\n").as_bytes());
    place.says(&format!("import people {file} --apply"));
    assert!(place.says("user list").contains("=cmd|'/c calc'!A1\\u{202e}"));
}
