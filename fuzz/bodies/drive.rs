//! The targets with a bounded number of inputs, the same on every run: real files of every sort, taken apart and put
//! together wrongly. What fails is shown whole.

use super::ALL;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Inputs of each target; fifty times as many in the long run.
const FEW: u64 = 1_000;
/// Longest input, so that what is slow in tests stays bounded.
const LONGEST: usize = 6_000;

/// Numbers that look random, the same for the same seed (Marsaglia's xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % limit.max(1)
    }

    fn of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a folder that end so, in order.
fn files(folder: &Path, end: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == end));
    paths.sort();
    let read = paths.iter().filter_map(|path| std::fs::read(path).ok());
    read.map(|bytes| bytes[..bytes.len().min(LONGEST)].to_vec()).collect()
}

/// What a target begins with, besides the seeds in `fuzz/seeds`.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let mut all = files(&root().join("fuzz/seeds").join(target), "txt");
    let corpora = std::env::var_os("DOGWATCH_CORPORA").map(PathBuf::from);
    match target {
        "ical_parse" => {
            all.extend(files(&root().join("fixtures/ics"), "ics"));
            all.extend(corpora.iter().flat_map(|corpora| files(&corpora.join("ics"), "ics")));
        }
        "xml_dav" => all.extend(crate::hostile::XML.iter().map(|body| body.as_bytes().to_vec())),
        "itip_mail" => all.extend(files(&root().join("fixtures/mail"), "eml")),
        _ => {}
    }
    assert!(all.len() >= 3, "{target} has nothing to begin with");
    all
}

/// Words at which a reader turns one way or the other, as libFuzzer reads them.
fn dictionary(target: &str) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(root().join("fuzz/dictionaries").join(format!("{target}.dict"))).unwrap();
    let quoted = text.lines().filter_map(|line| line.trim().strip_prefix('"')?.strip_suffix('"'));
    quoted.map(unescaped).collect()
}

fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let skipped = if after.starts_with('x') {
            bytes.push(u8::from_str_radix(&after[1..3], 16).expect("two digits"));
            3
        } else {
            bytes.extend_from_slice(&after.as_bytes()[..1]);
            1
        };
        rest = &after[skipped..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

fn mutated(dice: &mut Dice, seeds: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = dice.of(seeds).clone();
    for _ in 0..dice.below(5) {
        let at = dice.below(bytes.len() + 1);
        let to = (at + 1 + dice.below(24)).min(bytes.len());
        match dice.below(8) {
            0 => bytes.insert(at, u8::try_from(dice.below(256)).unwrap_or(0)),
            1 => drop(bytes.drain(at..to)),
            2 => bytes.truncate(at),
            3 | 4 => drop(bytes.splice(at..at, dice.of(words).iter().copied())),
            5 => drop(bytes.splice(at..to, dice.of(words).iter().copied())),
            6 => {
                let piece = bytes[at..to].repeat(1 + dice.below(30));
                drop(bytes.splice(at..at, piece));
            }
            _ => {
                let other = dice.of(seeds);
                let from = dice.below(other.len() + 1);
                let piece = &other[from..(from + dice.below(200)).min(other.len())];
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

fn drive(target: &str) {
    let (_, body) = ALL.iter().find(|(name, _)| *name == target).unwrap();
    let (seeds, words) = (seeds(target), dictionary(target));
    let long = std::env::var_os("DOGWATCH_LONG").is_some();
    // The same on every run, but where somebody wants others.
    let seed = std::env::var("DOGWATCH_SEED").ok().and_then(|seed| seed.parse::<u64>().ok()).unwrap_or(1);
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let try_it = |bytes: &[u8]| {
        let held = catch_unwind(AssertUnwindSafe(|| body(bytes))).is_ok();
        assert!(held, "{target} fails with {} bytes:\n{}", bytes.len(), bytes.escape_ascii());
    };
    seeds.iter().for_each(|seed| try_it(seed));
    for _ in 0..if long { FEW * 50 } else { FEW } {
        try_it(&mutated(&mut dice, &seeds, &words));
    }
}

#[test]
fn calendar_objects_of_all_sorts_are_refused_or_kept_whole() {
    drive("ical_parse");
}

#[test]
fn rules_of_all_sorts_keep_to_their_budget_and_to_any_window() {
    drive("rrule_expand");
}

#[test]
fn texts_of_all_sorts_come_back_out_of_what_is_written() {
    drive("feed_roundtrip");
}

#[test]
fn bodies_of_all_sorts_are_refused_or_read_the_same_again() {
    drive("xml_dav");
}

#[test]
fn paths_and_destinations_of_all_sorts_name_one_place_here() {
    drive("http_path");
}

#[test]
fn addresses_of_all_sorts_lead_nowhere_inside() {
    drive("url_guard");
}

#[test]
fn mails_of_all_sorts_are_vouched_for_by_our_own_server_alone() {
    drive("itip_mail");
}

#[test]
fn files_of_all_sorts_are_read_whole_or_refused_with_their_line() {
    drive("csv_import");
}

#[test]
fn each_target_is_one_of_cargo_fuzz_too() {
    let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in ALL {
        let target = std::fs::read_to_string(root().join(format!("fuzz/fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("fuzzed::{name}(")), "{name}");
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}
