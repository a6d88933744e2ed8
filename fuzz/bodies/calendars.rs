//! Calendar objects, rules, and what Dogwatch writes itself.

use super::Parts;
use crate::ical::build::{Address, Alarm, Attendee, EventDraft, When, event, feed};
use crate::ical::check::{MAX_SIZE, MAX_UID, Refusal, Rules, check};
use crate::ical::edit::Edit;
use crate::ical::instances::Instances;
use crate::ical::occur::{any_occurrence, occurrences};
use crate::ical::property::Property;
use crate::ical::recur::{Budget, Rule, Until, civil_starts};
use crate::ical::tree::{Component, MAX_DEPTH, MAX_LINES, Tree};
use crate::time::{DAY, Instant, Window, Zone};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use std::ops::Range;

const COMPONENTS: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];
const RULES: Rules<'static> = Rules { components: &COMPONENTS, max_size: MAX_SIZE };

/// An object is refused with its line, or kept: then each byte stands in one line of it, a change changes what it says it
/// changes, and what is kept beside it answers as the object does.
pub fn ical_parse(data: &[u8]) {
    if let Ok(tree) = Tree::parse(data) {
        assert!(depth(tree.calendar()) <= MAX_DEPTH);
        assert!(is_covered(data, tree.calendar()), "bytes that stand in no line, or in two");
        assert_eq!(Edit::new(data).apply(), data, "no change changes something");
        a_change_is_what_was_asked_for(data, &tree);
    }
    match check(data, &RULES) {
        Ok(checked) => {
            let index = &checked.index;
            assert!(!index.uid.is_empty() && index.uid.len() <= MAX_UID && data.len() <= MAX_SIZE);
            assert!(index.extent.start <= index.extent.end, "{:?}", index.extent);
            what_is_kept_answers_alike(&checked.tree);
        }
        Err(Refusal::ValidCalendarData { line, .. }) => {
            let lines = data.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
            assert!((1..=lines).contains(&line), "line {line} of {lines}");
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
}

fn depth(component: Component<'_>) -> usize {
    1 + component.children().map(depth).max().unwrap_or(0)
}

fn gather(component: Component<'_>, spans: &mut Vec<Range<usize>>) {
    spans.push(component.begin_span());
    spans.extend(component.properties().map(Property::span));
    component.children().for_each(|child| gather(child, spans));
    spans.push(component.end_span());
}

/// Whether everything but blank lines and a byte order mark stands in exactly one line.
fn is_covered(data: &[u8], calendar: Component<'_>) -> bool {
    let mut spans = Vec::new();
    gather(calendar, &mut spans);
    spans.sort_by_key(|span| span.start);
    let head = data.get(..spans[0].start).is_some_and(|head| {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        head.iter().all(u8::is_ascii_whitespace)
    });
    let ends = spans.iter().map(|span| span.end);
    let starts = spans.iter().skip(1).map(|span| span.start).chain([data.len()]);
    let mut gaps = ends.zip(starts).map(|(end, start)| data.get(end..start));
    head && gaps.all(|gap| gap.is_some_and(|gap| gap.iter().all(u8::is_ascii_whitespace)))
}

fn names<'t>(component: Component<'t>, found: &mut Vec<(&'t str, usize)>) {
    found.push((component.name(), component.properties().count()));
    component.children().for_each(|child| names(child, found));
}

fn a_change_is_what_was_asked_for(data: &[u8], tree: &Tree<'_>) {
    let calendar = tree.calendar();
    if calendar.properties().count() + 1 > MAX_LINES {
        return;
    }
    let had = calendar.all("X-TRIAL").count();
    let mut edit = Edit::new(data);
    edit.set_property(calendar, "X-TRIAL;X=\"a;b\":one\\, two\\; three");
    let changed = edit.apply();
    let again = Tree::parse(&changed).expect("what was changed can be read");
    let trial = again.calendar().property("X-TRIAL").expect("it is there");
    assert_eq!((trial.text().as_str(), trial.param("X").as_deref()), ("one, two; three", Some("a;b")));
    let (mut before, mut after) = (Vec::new(), Vec::new());
    names(calendar, &mut before);
    names(again.calendar(), &mut after);
    before[0].1 = before[0].1 + 1 - had.min(1);
    assert_eq!(before, after, "nothing else changed");
}

fn what_is_kept_answers_alike(tree: &Tree<'_>) {
    let Some(kept) = Instances::of(tree) else { return };
    let december: Instant = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).unwrap().into();
    for (from, days) in [(0, 1), (0, 31), (-1, 400), (30, 7)] {
        let from = december.plus_millis(from * DAY);
        let window = Window::new(from, from.plus_millis(days * DAY));
        let Some(told) = kept.touch(window) else { continue };
        let read = any_occurrence(tree, window, Zone::UTC, &mut Budget::default(), |o| o.component.is("VEVENT"));
        assert_eq!(Ok(told), read, "{window:?}");
        if let Ok(listed) = occurrences(tree, window, Zone::UTC, &mut Budget::default()) {
            assert_eq!(told, listed.iter().any(|o| o.component.is("VEVENT")), "{window:?}");
        }
        let again = Instances::from_bytes(&kept.to_bytes(), kept.until).expect("what was written can be read");
        assert_eq!(again.touch(window), Some(told));
    }
}

/// A rule is refused, or walked within its budget; what a part of a window gives is that part of what the whole gives.
pub fn rrule_expand(data: &[u8]) {
    let mut parts = Parts(data);
    let (year, second, days, length) = (parts.number(), parts.number(), parts.number(), parts.number());
    let text = String::from_utf8_lossy(parts.rest()).into_owned();
    let Ok(rule) = Rule::parse(&text) else { return };
    let year = 1601 + i32::try_from(year % 600).unwrap();
    let start = NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap()
        + TimeDelta::seconds(i64::from(second % 31_536_000));
    let from = start + TimeDelta::days(i64::from(days % 80_000)) - TimeDelta::days(30);
    let whole = from..from + TimeDelta::days(i64::from(length % 1_500) + 1);
    let walk = |window: Range<NaiveDateTime>| {
        let mut budget = Budget::default();
        let starts = civil_starts(&rule, start, window.clone(), &mut budget);
        if let Ok(starts) = &starts {
            assert!(starts.len() + budget.results as usize == Budget::default().results as usize, "{text}: {budget:?}");
            assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "{text}: out of order, or twice");
            assert!(starts.iter().all(|at| window.contains(at) && *at >= start), "{text}: outside of {window:?}");
            assert!(rule.count().is_none_or(|count| starts.len() <= count as usize), "{text}: more than COUNT");
            if let Some(Until::Civil(until)) = rule.until() {
                assert!(starts.iter().all(|at| *at <= until), "{text}: after UNTIL");
            }
        }
        starts
    };
    let Ok(all) = walk(whole.clone()) else { return };
    let middle = whole.start + (whole.end - whole.start) / 3;
    for part in [whole.start..middle, middle..whole.end] {
        if let Ok(found) = walk(part.clone()) {
            let wanted: Vec<_> = all.iter().copied().filter(|at| part.contains(at)).collect();
            assert_eq!(found, wanted, "{text} from {start} in {part:?}");
        }
    }
}

/// Texts that people write come back out of events and feeds as they were, in lines that every program takes.
pub fn feed_roundtrip(data: &[u8]) {
    let mut parts = Parts(data);
    let (day, sort) = (parts.number(), parts.number());
    let [uid, summary, description, location, name, category] = std::array::from_fn(|_| parts.text());
    let more = String::from_utf8_lossy(parts.rest()).into_owned();
    let start: Instant =
        (Utc.with_ymd_and_hms(2026, 1, 1, 9, 0, 0).unwrap() + TimeDelta::hours(i64::from(day % 90_000))).into();
    let end = start.plus_hours(i64::from(sort % 48) + 1);
    let zone = [Zone::UTC, Zone::Europe__London, Zone::Australia__Lord_Howe][sort as usize % 3];
    let address = Address { name: name.clone(), email: "ada@example.org".to_owned() };
    let draft = EventDraft {
        summary: summary.clone(),
        description: format!("{description}\r\n{more}"),
        location: location.clone(),
        organizer: Some(address.clone()),
        attendees: vec![Attendee { address, partstat: "ACCEPTED", rsvp: sort % 2 == 0 }],
        categories: vec![category],
        alarms: vec![Alarm { from_start: -900_000 }],
        extra: vec![("COMMENT".to_owned(), more.clone()), (format!("X-{summary}"), location.clone())],
        ..EventDraft::new(format!("u{uid}"), When::at(start, zone), When::at(end, zone), start)
    };
    for text in [event(&draft), feed(&name, zone, &[draft.clone(), draft.clone()], TimeDelta::minutes(15))] {
        lines_are_what_programs_take(&text);
        let tree = Tree::parse(text.as_bytes()).unwrap_or_else(|problem| panic!("{problem:?}: {text}"));
        for event in tree.calendar().children_named("VEVENT") {
            let said = |property: &str| event.property(property).map(Property::text).unwrap_or_default();
            assert_eq!(said("UID"), cleaned(&format!("u{uid}")), "{text}");
            assert_eq!(said("SUMMARY"), cleaned(&summary), "{text}");
            assert_eq!(said("DESCRIPTION"), cleaned(&draft.description), "{text}");
            assert_eq!(said("LOCATION"), cleaned(&location), "{text}");
            assert_eq!(event.all("ATTENDEE").count(), 1, "{text}");
            assert_eq!(event.children().count(), 1, "{text}");
        }
    }
    if uid.len() < 200 && !cleaned(&uid).is_empty() {
        check(event(&draft).as_bytes(), &RULES).unwrap_or_else(|problem| panic!("{problem}: {}", event(&draft)));
    }
}

/// What may stand in TEXT: newlines alike, and no other control characters.
fn cleaned(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

fn lines_are_what_programs_take(text: &str) {
    assert!(text.ends_with("\r\n"));
    for line in text.trim_end_matches("\r\n").split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n', '\0']) && !line.is_empty(), "{line:?}");
    }
}
