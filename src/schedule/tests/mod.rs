//! Drives the scenario files in `fixtures/scheduling`: `stored`, then `put` or `delete`, then what is expected.
//! Directives stand at the margin, the objects are indented.

mod meetings;

use super::*;
use std::path::{Path, PathBuf};

fn ada() -> User {
    User::new(["mailto:ada@example.org", "/dav/principals/users/ada/"])
}

#[derive(Default)]
struct Scenario {
    stored: String,
    edited: Option<String>,
    happened: Option<Comparison>,
    merged: String,
}

impl Scenario {
    fn act(&mut self, edited: Option<String>) {
        let old = Tree::parse(self.stored.as_bytes()).unwrap();
        let new = edited.as_ref().map(|text| Tree::parse(text.as_bytes()).unwrap());
        self.happened = Some(compare(&old, new.as_ref(), &ada()));
        if let Some(text) = &edited {
            let merged = merge(self.stored.as_bytes(), text.as_bytes(), &ada()).unwrap();
            self.merged = String::from_utf8(merged).unwrap();
            Tree::parse(self.merged.as_bytes()).unwrap();
        }
        self.edited = edited;
    }

    fn expect(&self, what: &str) -> Result<(), String> {
        let happened = self.happened.expect("put or delete comes before expect");
        let lines: Vec<String> = {
            let tree = Tree::parse(self.merged.as_bytes()).ok();
            let event = tree.as_ref().and_then(event);
            event.map_or(Vec::new(), |event| event.properties().map(|p| p.content().to_owned()).collect())
        };
        let holds = match what.split_once(' ').unwrap_or((what, "")) {
            ("happened", word) => format!("{:?}", happened.happened).to_lowercase() == word,
            ("restored", _) => happened.other_changes,
            ("untouched", _) => !happened.other_changes,
            ("line", line) => lines.iter().filter(|have| *have == line).count() == 1,
            ("absent", text) => !self.merged.contains(text),
            ("text", text) => self.merged.contains(text),
            _ => return Err(format!("unknown expectation: {what}")),
        };
        if holds { Ok(()) } else { Err(format!("expected {what}; happened {happened:?}\n{}", self.merged)) }
    }
}

fn run(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut scenario = Scenario::default();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let mut object = String::new();
        while let Some((_, body)) = lines.next_if(|(_, next)| next.starts_with("  ")) {
            object.push_str(&body[2..]);
            object.push_str("\r\n");
        }
        match line.split_once(' ').unwrap_or((line, "")) {
            ("stored", _) => scenario.stored = object,
            ("put", _) => scenario.act(Some(object)),
            ("delete", _) => scenario.act(None),
            ("expect", what) => scenario.expect(what).map_err(|e| format!("{}:{}: {e}", path.display(), number + 1))?,
            (other, _) => return Err(format!("{}:{}: unknown directive {other}", path.display(), number + 1)),
        }
    }
    Ok(())
}

#[test]
fn each_scenario_of_an_attendees_edit_ends_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/scheduling");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "txt"));
    files.sort();
    assert!(files.len() >= 6, "the scenarios are there");
    let failed: Vec<String> = files.iter().filter_map(|file| run(file).err()).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn a_copy_written_anew_keeps_its_alarms_and_not_its_answer() {
    let old = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org\r\n\
               TRANSP:OPAQUE\r\nCOMMENT:Dogwatch: too late\r\nCOMMENT:my own\r\nX-MOZ-LASTACK:20261101T080000Z\r\n\
               BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let new = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ada@example.org\r\n\
               TRANSP:TRANSPARENT\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let personal = Personal { transp: false, stamp: false };
    let text = String::from_utf8(graft(new.as_bytes(), old.as_bytes(), personal).unwrap()).unwrap();
    let expected = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ada@example.org\r\n\
               TRANSP:TRANSPARENT\r\nCOMMENT:my own\r\nX-MOZ-LASTACK:20261101T080000Z\r\n\
               BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(text, expected);
}
