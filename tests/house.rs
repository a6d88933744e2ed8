//! The house rules that a compiler does not check: which room may know which, and what no file may contain.

// A test that meets the unexpected should end there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the ground up, each with the rooms it may name. `cli` stands on top and may name all.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("ids", &[]),
    ("time", &[]),
    ("ical", &["time"]),
    ("schedule", &["ical", "ids", "time"]),
    ("roster", &["ical", "ids", "time"]),
    ("config", &["time"]),
    ("measure", &[]),
    ("certificate", &["time"]),
    ("outbound", &["config", "time"]),
    ("store", &["certificate", "ical", "ids", "measure", "roster", "time"]),
    ("service", &["certificate", "ical", "ids", "outbound", "roster", "schedule", "store", "time"]),
    ("dav", &["ical", "ids", "roster", "service", "time"]),
    ("background", &["chat", "dav", "ids", "mail", "outbound", "service", "time"]),
    ("api", &["http", "ical", "ids", "roster", "service", "time"]),
    ("web", &["api", "http", "ids", "roster", "service", "time"]),
    ("chat", &["service", "time", "web"]),
    ("mail", &["roster", "service", "time", "web"]),
    ("feed", &["http", "ical", "ids", "roster", "service", "time"]),
    (
        "http",
        &["api", "certificate", "config", "dav", "feed", "ids", "measure", "roster", "service", "store", "time", "web"],
    ),
];

/// Crates that a pure room must not use.
const IMPURE: &[&str] =
    &["tokio", "rusqlite", "hyper", "axum", "getrandom", "std::fs", "std::net", "Utc::now", "SystemTime"];

fn sources(under: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![under.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn room_of(file: &Path) -> String {
    let below = file.strip_prefix(root().join("src")).unwrap();
    below.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rooms named behind `crate::` in a line, also in `use crate::{a, b::c}`.
fn rooms_named(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for part in line.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            let mut word = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if depth == 0 && start && (c.is_alphanumeric() || c == '_') => word.push(c),
                    _ if !word.is_empty() => {
                        rooms.push(std::mem::take(&mut word));
                        start = false;
                    }
                    _ => {}
                }
            }
            if !word.is_empty() {
                rooms.push(word);
            }
        } else {
            rooms.push(part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms
}

#[test]
fn arrows_between_rooms_point_down_only() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_KNOW.iter().copied().collect();
    let mut broken = Vec::new();
    for file in sources(&root().join("src")) {
        let room = room_of(&file);
        let Some(may) = allowed.get(room.as_str()) else { continue };
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for named in rooms_named(line) {
                if named != room && allowed.contains_key(named.as_str()) && !may.contains(&named.as_str()) {
                    broken.push(format!("{}:{}: {room} may not know {named}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_room_is_on_the_map() {
    for file in sources(&root().join("src")) {
        let room = room_of(&file);
        let known = MAY_KNOW.iter().any(|(name, _)| *name == room) || ["lib", "main", "cli"].contains(&room.as_str());
        assert!(known, "{} lies in a room that the map does not name", file.display());
    }
}

#[test]
fn pure_rooms_have_no_clock_network_or_database() {
    for room in ["ical", "schedule", "roster"] {
        for file in sources(&root().join("src").join(room)) {
            if file.iter().any(|part| part == "tests" || part == "tests.rs") {
                continue; // a test may read its fixtures
            }
            let text = fs::read_to_string(&file).unwrap();
            for word in IMPURE {
                let found = text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(word));
                assert!(!found, "{} names {word}", file.display());
            }
        }
    }
}

#[test]
fn only_the_store_speaks_sql() {
    for file in sources(&root().join("src")) {
        if room_of(&file) == "store" {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for statement in ["SELECT ", "INSERT INTO", "DELETE FROM", "UPDATE "] {
            let found =
                text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(&format!("\"{statement}")));
            assert!(!found, "{} holds SQL: {statement}", file.display());
        }
    }
}

#[test]
fn each_file_begins_by_saying_what_it_is_for() {
    for folder in ["src", "tests"] {
        for file in sources(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            assert!(text.starts_with("//! "), "{} has no header", file.display());
        }
    }
}

#[test]
fn properties_are_tried_as_often_as_the_long_run_asks() {
    for folder in ["src", "tests"] {
        for file in sources(&root().join(folder)).iter().filter(|file| !file.ends_with("tests/house.rs")) {
            let text = fs::read_to_string(file).unwrap();
            let own = file.ends_with("src/lib.rs");
            assert!(own || !text.contains("with_cases("), "{}: take crate::cases(few)", file.display());
            let bare = text.matches("proptest! {").count() > text.matches("proptest_config(crate::cases(").count();
            assert!(!bare, "{}: name crate::cases(few)", file.display());
        }
    }
}

/// What PostgreSQL has and CockroachDB or YugabyteDB does not, or does in another way (docs/databases.md).
const OWN_TO_POSTGRESQL: &[&str] = &[
    "ADVISORY",
    "SERIAL ",
    "SEQUENCE",
    "NEXTVAL",
    "LOCK TABLE",
    "TRIGGER",
    "PROCEDURE",
    "LISTEN ",
    "NOTIFY ",
    "DEFERRABLE",
    "EXCLUDE USING",
    "SKIP LOCKED",
    "FOR UPDATE",
    "INHERITS",
    "ON CONFLICT ON CONSTRAINT",
];

#[test]
fn the_sql_keeps_to_what_relatives_of_postgresql_document() {
    for file in sources(&root().join("src/store")).iter().filter(|file| !file.to_string_lossy().contains("tests")) {
        let text = fs::read_to_string(file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        for word in OWN_TO_POSTGRESQL {
            assert!(!code.contains(word), "{}: {word}", file.display());
        }
    }
}

/// The rows of a table in a document: their cells.
fn rows_of(document: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    document.lines().filter(|line| line.starts_with("| ")).map(cells).collect()
}

/// The number behind `const NAME: … =` in a file, where it is a product or a shift of whole numbers.
fn constant(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(root().join("src").join(file)).unwrap();
    let line = text.lines().find(|line| line.contains(&format!("const {name}:"))).unwrap_or_else(|| panic!("{name}"));
    let value = line.split('=').nth(1).unwrap().trim().trim_end_matches(';');
    let value = value.strip_prefix("Duration::from_secs(").and_then(|value| value.strip_suffix(')')).unwrap_or(value);
    let number = |word: &str| word.trim().replace('_', "").parse::<u64>().unwrap_or_else(|_| panic!("{file}: {line}"));
    if let Some((base, by)) = value.split_once("<<") {
        return number(base) << number(by);
    }
    value.split('*').map(number).product()
}

#[test]
fn the_page_of_limits_tells_the_numbers_of_the_program() {
    const FIXED: &[(&str, &str, &str)] = &[
        ("calendar object, bytes", "ical/check.rs", "MAX_SIZE"),
        ("attendees of an event", "ical/check.rs", "MAX_ATTENDEES"),
        ("instances that a COUNT asks for", "ical/check.rs", "MAX_INSTANCES"),
        ("UID, bytes", "ical/check.rs", "MAX_UID"),
        ("nesting of components", "ical/tree.rs", "MAX_DEPTH"),
        ("lines of a component", "ical/tree.rs", "MAX_LINES"),
        ("depth of XML", "dav/xml.rs", "MAX_DEPTH"),
        ("elements of XML", "dav/xml.rs", "MAX_ELEMENTS"),
        ("attributes of an element", "dav/xml.rs", "MAX_ATTRIBUTES"),
        ("hrefs of a multiget", "dav/report/multiget.rs", "MAX_HREFS"),
        ("bytes of expanded objects in a report", "dav/report/rows.rs", "EXPANDED_BYTES"),
        ("objects of a calendar", "service/calendars/mod.rs", "MAX_OBJECTS"),
        ("calendars of a person", "service/calendars/mod.rs", "MAX_COLLECTIONS"),
        ("days for which a sync token counts", "service/calendars/mod.rs", "SYNC_TOKEN_DAYS"),
        ("app passwords or feeds of a person", "service/tokens.rs", "MAX_PER_PERSON"),
        ("sessions of a person", "service/sessions.rs", "MOST"),
        ("outside calendars of a person", "service/calendars/outside/mod.rs", "MAX_OUTSIDE"),
        ("events of an outside calendar", "service/calendars/outside/content.rs", "MAX_OBJECTS"),
        ("redirects to an outside calendar", "outbound/fetch.rs", "MAX_REDIRECTS"),
        ("push subscriptions of a person", "service/calendars/subscriptions/mod.rs", "MAX_SUBSCRIPTIONS"),
        ("delegates of a person", "service/delegates.rs", "MAX_DELEGATES"),
        ("grants on a calendar", "service/calendars/acl.rs", "MAX_ACES"),
        ("rows of an import", "service/import.rs", "MAX_ROWS"),
        ("bytes of a mail that comes in", "mail/lmtp.rs", "SIZE"),
        ("mails held for a person", "service/mailbox/mod.rs", "MOST_HELD"),
        ("attempts to deliver a message", "service/delivery.rs", "MAX_ATTEMPTS"),
        ("writes that wait for the database", "store/sqlite/mod.rs", "QUEUE"),
        ("seconds of a search for a roster", "service/planning/desk.rs", "LIMIT"),
        ("rows of one reading of the audit trail", "service/audit.rs", "PAGE"),
    ];
    let page = rows_of(&fs::read_to_string(root().join("docs/limits.md")).unwrap());
    let told = |name: &str| {
        let row =
            page.iter().find(|row| row[0].trim_matches('`') == name).unwrap_or_else(|| panic!("{name} is not told"));
        row[1].replace(',', "").parse::<u64>().unwrap_or_else(|_| panic!("{name}: {}", row[1]))
    };
    for (words, file, name) in FIXED {
        assert_eq!(told(words), constant(file, name), "{words}");
    }
    let configured = dogwatch::config::Limits::documented();
    for (name, value) in &configured {
        assert_eq!(told(name), *value, "{name}");
    }
    // What the page tells beside these no constant holds: years, and two head rows with their lines.
    let numbers = page.iter().filter(|row| row[1].replace(',', "").parse::<u64>().is_ok()).count();
    assert_eq!(numbers, FIXED.len() + configured.len(), "a row of the page is not compared");
}

#[test]
fn each_number_of_the_checklist_of_bad_input_stands_in_the_name_of_a_test() {
    let mut found = BTreeSet::new();
    for file in ["src", "tests"].iter().flat_map(|folder| sources(&root().join(folder))) {
        let text = fs::read_to_string(&file).unwrap();
        for name in text.split("fn checklist_").skip(1) {
            found.extend(name.split('_').map_while(|word| word.parse::<u32>().ok()));
        }
    }
    assert_eq!(found, (1..=42).collect(), "tests/blackbox/bad_input/mod.rs has the list");
}
