//! Every key that a page or a mail uses has a text, and every text is used.

use super::*;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn sources(under: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![under.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
            match kind {
                _ if path.is_dir() => folders.push(path),
                "rs" | "html" if !path.ends_with("texts/tests.rs") => found.push(path),
                _ => {}
            }
        }
    }
    found
}

/// The literals behind these words in the sources of pages and mails.
fn literals(calls: &[&str]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    let rooms = ["src/web", "src/mail", "src/chat"].map(|room| Path::new(env!("CARGO_MANIFEST_DIR")).join(room));
    for file in rooms.iter().flat_map(|room| sources(room)) {
        let text = std::fs::read_to_string(file).unwrap();
        for call in calls {
            for rest in text.split(call).skip(1) {
                keys.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
    keys
}

fn used() -> BTreeSet<String> {
    let mut keys = literals(&[".t(\"", ".text(\""]);
    keys.extend(literals(&[".said(\""]).into_iter().map(|word| format!("said-{word}")));
    keys
}

fn keys(language: &Language) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for text in language.texts {
        FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(_, problems)| panic!("{problems:?}"));
        let begins = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        for line in text.lines().filter(begins) {
            let key = line.split(" =").next().unwrap().to_owned();
            assert!(keys.insert(key.clone()), "{key} stands twice");
        }
    }
    keys
}

#[test]
fn every_key_that_is_used_has_a_text_and_every_text_is_used() {
    let (used, known) = (used(), keys(&LANGUAGES[0]));
    assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "have no text");
    assert_eq!(known.difference(&used).collect::<Vec<_>>(), Vec::<&String>::new(), "are not used");
}

#[test]
fn another_language_has_no_keys_of_its_own() {
    for language in &LANGUAGES[1..] {
        assert!(keys(language).is_subset(&keys(&LANGUAGES[0])), "{}", language.tag);
    }
}

#[test]
fn a_language_is_chosen_by_the_first_tag_that_there_is() {
    assert_eq!(Tongue::of(["tlh", "en-GB"].into_iter()).tag(), "en");
    assert_eq!(Tongue::of(std::iter::empty()).tag(), "en");
}

#[test]
fn what_is_filled_into_markup_is_escaped() {
    let text = Tongue::default().text("frame-times").with("zone", "<b>\"&'");
    assert!(text.to_string().contains("<b>\"&'"), "a template escapes it");
    assert!(text.markup().0.contains("&#60;b&#62;&#34;&#38;&#39;"));
    assert_eq!(Tongue::default().text("no-such-key").to_string(), "no-such-key");
}

#[test]
fn the_most_wanted_language_stands_first() {
    assert_eq!(tags("de;q=0.5, en-GB, fr;q=0, <b>;q=1, pl;q=0.7"), ["en-GB", "pl", "de"]);
    assert!(tags("").is_empty() && tags("*").is_empty());
}
