//! Time zones by reference (RFC 7809 7.1): the definitions that a client wants in what it reads, or does without.

use crate::ical::build::vtimezone;
use crate::ical::edit::Edit;
use crate::ical::property::Property;
use crate::ical::tree::{Component, Tree};
use crate::time::Zone;
use std::collections::BTreeMap;

/// Years for which the clock of a zone is spelled out at least, and the first and last that are worth it.
const YEARS: (i32, i32) = (2020, 2037);
const EVER: (i32, i32) = (1900, 2100);

/// What a client says of VTIMEZONEs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definitions {
    /// It wants one for each zone that is named.
    Wanted,
    /// It knows those of IANA itself.
    Unwanted,
}

impl Definitions {
    /// The object as the client wants it; nothing where it is so already, or can't be read.
    #[must_use]
    pub fn settle(self, text: &[u8]) -> Option<Vec<u8>> {
        let tree = Tree::parse(text).ok()?;
        let settled = match self {
            Self::Wanted => with_definitions(&tree),
            Self::Unwanted => without_definitions(&tree),
        };
        (settled != text).then_some(settled)
    }
}

fn with_definitions(tree: &Tree<'_>) -> Vec<u8> {
    let calendar = tree.calendar();
    let mut years = BTreeMap::new();
    for component in calendar.children().filter(|component| !component.is("VTIMEZONE")) {
        gather(component, &mut years);
    }
    for defined in calendar.children_named("VTIMEZONE").filter_map(|zone| zone.property("TZID").map(Property::text)) {
        years.remove(defined.trim());
    }
    let mut edit = Edit::new(tree.text());
    let Some(first) = calendar.children().next() else { return tree.text().to_vec() };
    for (tzid, (from, to)) in years {
        if let Some(zone) = super::known_zone(&tzid) {
            let own = format!("TZID:{}", zone.name());
            // Under the name by which the object knows it.
            let definition = vtimezone(zone, from, to).replacen(&own, &format!("TZID:{tzid}"), 1);
            edit.insert_before(first.span().start, &definition);
        }
    }
    edit.apply()
}

/// The zones that times name, with the years in which they do. A tree is at most eight deep, and so is this.
fn gather(component: Component<'_>, years: &mut BTreeMap<String, (i32, i32)>) {
    for property in component.properties() {
        let Some(tzid) = property.param("TZID") else { continue };
        let year = property.value().get(..4).and_then(|year| year.parse::<i32>().ok()).unwrap_or(YEARS.0);
        let year = year.clamp(EVER.0, EVER.1);
        let (from, to) = years.entry(tzid.trim().to_owned()).or_insert(YEARS);
        (*from, *to) = ((*from).min(year), (*to).max(year));
    }
    component.children().for_each(|child| gather(child, years));
}

/// Without the definitions of IANA's zones; others mean something only with their definition.
fn without_definitions(tree: &Tree<'_>) -> Vec<u8> {
    let mut edit = Edit::new(tree.text());
    for zone in tree.calendar().children_named("VTIMEZONE") {
        let tzid = zone.property("TZID").map(Property::text);
        if tzid.is_some_and(|tzid| tzid.trim().parse::<Zone>().is_ok()) {
            edit.remove(zone.span());
        }
    }
    edit.apply()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(zones: &str, start: &str) -> String {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{zones}BEGIN:VEVENT\r\nUID:1\r\n{start}END:VEVENT\r\n\
             END:VCALENDAR\r\n"
        )
    }

    fn definition(tzid: &str) -> String {
        format!("BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nEND:VTIMEZONE\r\n")
    }

    fn settled(how: Definitions, text: &str) -> Option<String> {
        how.settle(text.as_bytes()).map(|text| String::from_utf8(text).unwrap())
    }

    #[test]
    fn whoever_wants_definitions_gets_those_that_are_missing() {
        let start = "DTSTART;TZID=Europe/Berlin:19910701T090000\r\nDTEND;TZID=W. Europe Standard Time:20300101T090000\r\n\
                     RDATE;TZID=Mars/Olympus:20300101T090000\r\n";
        let text = settled(Definitions::Wanted, &object("", start)).unwrap();
        let tree = Tree::parse(text.as_bytes()).unwrap();
        let named: Vec<String> =
            tree.calendar().children_named("VTIMEZONE").map(|z| z.property("TZID").unwrap().text()).collect();
        assert_eq!(named, ["Europe/Berlin", "W. Europe Standard Time"]);
        assert!(text.contains("RDATE:19910331T020000"), "the old summer is defined: {text}");
        assert_eq!(settled(Definitions::Wanted, &text), None);
    }

    #[test]
    fn whoever_knows_the_zones_gets_none_of_iana() {
        let start = "DTSTART;TZID=Europe/Berlin:20260701T090000\r\n";
        let both = object(&(definition("Europe/Berlin") + &definition("Our clock")), start);
        let kept = object(&definition("Our clock"), start);
        assert_eq!(settled(Definitions::Unwanted, &both).as_deref(), Some(kept.as_str()));
        assert_eq!(settled(Definitions::Unwanted, &kept), None);
    }
}
