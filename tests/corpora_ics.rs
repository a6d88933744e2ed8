//! Real exports and broken files: each is accepted as it is, or refused with the line to look at. The files are not
//! ours to copy: `DOGWATCH_CORPORA` names the folder that holds `ics/`.

// A test that meets the unexpected should end there.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc)]

use dogwatch::ical::check::{MAX_SIZE, Refusal, Rules, check};
use dogwatch::ical::property::Property;
use dogwatch::ical::tree::Component;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

const EVERYTHING: Rules<'static> =
    Rules { components: &["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"], max_size: MAX_SIZE };

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "ics"));
    files.sort();
    files
}

fn gather(component: Component<'_>, spans: &mut Vec<Range<usize>>) {
    spans.push(component.begin_span());
    spans.extend(component.properties().map(Property::span));
    component.children().for_each(|child| gather(child, spans));
    spans.push(component.end_span());
}

/// Whether everything in the body but blank lines and a byte order mark stands in exactly one line of the tree.
fn is_covered(body: &[u8], calendar: Component<'_>) -> bool {
    let mut spans = Vec::new();
    gather(calendar, &mut spans);
    spans.sort_by_key(|span| span.start);
    let ends = spans.iter().map(|span| span.end);
    let starts = spans.iter().skip(1).map(|span| span.start).chain([body.len()]);
    let gaps = ends.zip(starts).map(|(end, start)| body.get(end..start));
    let blank = |b: &u8| b.is_ascii_whitespace();
    gaps.into_iter().all(|gap| gap.is_some_and(|gap| gap.iter().all(blank)))
}

/// Some files hold a component alone; in a calendar they say more about the reader.
fn in_a_calendar(body: Vec<u8>) -> Vec<u8> {
    let begins = |name: &[u8]| body.starts_with(name);
    if !begins(b"BEGIN:V") || begins(b"BEGIN:VCALENDAR") || begins(b"BEGIN:VALARM") {
        return body;
    }
    let newline: &[u8] = if body.ends_with(b"\n") { b"" } else { b"\r\n" };
    [b"BEGIN:VCALENDAR\r\n", body.as_slice(), newline, b"END:VCALENDAR\r\n"].concat()
}

#[test]
fn every_real_file_is_accepted_or_refused_with_its_line() {
    let Some(folder) = std::env::var_os("DOGWATCH_CORPORA") else {
        println!("DOGWATCH_CORPORA is not set: the corpora of real calendar files are not read");
        return;
    };
    let files = files(&Path::new(&folder).join("ics"));
    assert!(files.len() > 100, "only {} files in {}", files.len(), folder.display());
    let (mut accepted, mut wrong) = (0, Vec::new());
    for file in &files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let body = in_a_calendar(fs::read(file).unwrap());
        match check(&body, &EVERYTHING) {
            Ok(checked) if !is_covered(&body, checked.tree.calendar()) => {
                wrong.push(format!("{name}: lines were lost"));
            }
            Ok(checked) if checked.index.uid.is_empty() => wrong.push(format!("{name}: accepted without a UID")),
            Ok(_) => accepted += 1,
            Err(refusal) => {
                let lines = body.split(|b| *b == b'\n').count();
                let named = refusal.line().filter(|line| (1..=lines).contains(line));
                let told = named.is_some_and(|line| refusal.to_string().contains(&format!("line {line}")));
                if !told && !matches!(refusal, Refusal::MaxResourceSize { .. }) {
                    wrong.push(format!("{name}: no line in “{refusal}”"));
                }
                println!("{name}: {} ({refusal})", refusal.element());
            }
        }
    }
    println!("{accepted} of {} accepted", files.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_calendar_programs_write_is_accepted() {
    let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/ics"));
    assert!(files.len() >= 10);
    for file in files {
        let body = fs::read(&file).unwrap();
        let checked = check(&body, &EVERYTHING).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        assert!(is_covered(&body, checked.tree.calendar()), "{}", file.display());
    }
}
