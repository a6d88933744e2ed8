//! Calendars into duties: the feeds of PagerDuty, Opsgenie and Grafana OnCall, and whatever somebody kept by hand. Whose
//! an event is stands in ATTENDEE, or in the title; which part of a title is the name differs from tool to tool, so every
//! part of it is told, and the caller finds out which is somebody.

use super::json::{is_address, who};
use super::{Duty, Incoming, MOST_SHIFTS, Reading, Wrong};
use crate::ical::build::normal_address;
use crate::ical::occur::occurrences;
use crate::ical::recur::Budget;
use crate::ical::tree::{Component, Tree};
use crate::ical::value;
use crate::ical::zone::{TzRef, Zones};
use crate::time::Zone;

/// Steps that the rules of a whole file may take.
const STEPS: u32 = 1_000_000;

/// Reads a calendar.
pub(super) fn read(text: &str, reading: &Reading) -> Result<Incoming, Wrong> {
    let tree = Tree::parse(text.as_bytes())
        .map_err(|problem| Wrong::new(format!("line {}", problem.line), problem.problem.clone()))?;
    let zones = Zones::of(&tree);
    let named = tree.calendar().property("X-WR-TIMEZONE").and_then(|zone| zone.value().trim().parse().ok());
    let usual = named.unwrap_or(reading.zone);
    let most = u32::try_from(MOST_SHIFTS).unwrap_or(u32::MAX);
    let mut budget = Budget { steps: STEPS, results: most };
    let found = occurrences(&tree, reading.window, usual, &mut budget).map_err(|_| {
        let problem = format!("more than {MOST_SHIFTS} shifts; import it in parts with --from and --to");
        Wrong::new("the calendar", problem)
    })?;
    let mut incoming = Incoming::default();
    let mut whole_days = 0;
    for occurrence in found {
        let event = occurrence.component;
        let status = event.property("STATUS").map(|status| status.value().trim().to_uppercase());
        if !event.is("VEVENT") || status.as_deref() == Some("CANCELLED") {
            continue;
        }
        whole_days += usize::from(occurrence.all_day);
        let roles: Vec<String> = event.all("CATEGORIES").flat_map(|list| list.texts()).collect();
        for (key, somebody) in whose(event) {
            let who = incoming.person(&key, somebody);
            let (window, line) = (occurrence.window, event.line());
            incoming.duties.push(Duty { window, who, roles: roles.clone(), zone: zone(event, &zones, usual), line });
        }
    }
    if whole_days > 0 {
        let note = format!("{whole_days} events are whole days: they count from midnight to midnight in {usual}");
        incoming.notes.push(note);
    }
    Ok(incoming)
}

/// The zone of an event's start.
fn zone(event: Component, zones: &Zones, usual: Zone) -> Zone {
    let start = event.property("DTSTART").and_then(|start| value::date_or_time(start).ok());
    match start.as_ref().and_then(|start| start.tzid()).map(|tzid| zones.zone(tzid)) {
        Some(TzRef::Iana(zone)) => zone,
        _ => usual,
    }
}

/// The people of an event with the key by which each is known: attendees who have not declined, else the title.
fn whose(event: Component) -> Vec<(String, super::Who)> {
    let line = event.line();
    let title = event.property("SUMMARY").map(|title| title.text()).unwrap_or_default();
    let attendees: Vec<_> = event
        .all("ATTENDEE")
        .filter(|attendee| !attendee.param("PARTSTAT").is_some_and(|stat| stat.eq_ignore_ascii_case("DECLINED")))
        .filter(|attendee| attendee.param("CUTYPE").is_none_or(|sort| sort.eq_ignore_ascii_case("INDIVIDUAL")))
        .collect();
    let parts = parts(&title);
    let mut people = Vec::new();
    for attendee in &attendees {
        let address = normal_address(attendee.value());
        let name = attendee.param("CN").map(|name| name.into_owned());
        let mut texts = vec![Some(address.as_str()), name.as_deref()];
        if attendees.len() == 1 {
            texts.extend(parts.iter().map(|part| Some(part.as_str())));
        }
        people.push((address.clone(), who(&texts, line)));
    }
    if people.is_empty() {
        let texts: Vec<_> = parts.iter().map(|part| Some(part.as_str())).collect();
        people.push((title.trim().to_owned(), who(&texts, line)));
    }
    people
}

/// What in a title may be a name: addresses, the title without a level such as `[L1]`, and its parts between dashes,
/// colons, commas and brackets.
fn parts(title: &str) -> Vec<String> {
    let mut bare = title.trim();
    if let Some((level, rest)) = bare.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_level = level.strip_prefix('L').is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        bare = if is_level { rest.trim() } else { bare };
    }
    let words = bare.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':'));
    let mut parts: Vec<String> = words.filter(|word| is_address(word)).map(str::to_lowercase).collect();
    parts.push(bare.trim_start_matches('@').to_owned());
    let pieces =
        bare.split([':', ',', '(', ')', '|']).flat_map(|piece| piece.split(" - ")).flat_map(|p| p.split(" \u{2013} "));
    parts.extend(pieces.map(|piece| piece.trim().trim_start_matches('@').to_owned()));
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_title_may_be_the_name() {
        assert_eq!(parts("[L2] ada@example.org"), ["ada@example.org"; 3]);
        assert_eq!(
            parts("On Call - Ada Okafor - Payments"),
            ["On Call - Ada Okafor - Payments", "On Call", "Ada Okafor", "Payments"]
        );
        assert_eq!(parts("Ben Hale: primary"), ["Ben Hale: primary", "Ben Hale", "primary"]);
        assert_eq!(parts("[draft] x"), ["[draft] x", "[draft] x"]);
    }
}
