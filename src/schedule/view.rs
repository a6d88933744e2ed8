//! What one attendee is to see of an organizer's object: the components that invite them, without what is the
//! organizer's own. Their copy follows it, and so do the messages to them.

use super::merge::push_line;
use super::object::{Key, Object};
use super::who::with_params;
use super::{Agent, normal_address};
use crate::ical::edit::fold;
use crate::ical::property::Property;
use crate::ical::tree::Component;
use std::collections::BTreeSet;

/// PRODID of what is written here.
pub(super) const HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n";

/// X-properties that belong to the description and the place, and so to everybody.
const SHARED: [&str; 3] = ["X-ALT-DESC", "X-APPLE-STRUCTURED-LOCATION", "X-GOOGLE-CONFERENCE"];

/// Whether a component has the server invite this address (normalised).
pub(super) fn invites(component: Component<'_>, address: &str) -> bool {
    let lines = component.all("ATTENDEE").filter(|line| normal_address(line.value()) == address);
    // The same attendee twice: whichever line the server is to serve counts.
    lines.into_iter().any(|line| Agent::of(line) == Agent::Server)
}

/// Whether the address is invited to an instance, by its override or by the master.
pub(super) fn invites_to(object: &Object<'_>, key: Key, address: &str) -> bool {
    object.says(key).is_some_and(|component| invites(component, address))
}

/// The attendee's object, or nothing where no component invites them.
pub(super) fn view(object: &Object<'_>, address: &str) -> Option<Vec<u8>> {
    message(object, address, None, None)
}

/// The same as a message of a method, and with `only` no more than these overrides.
pub(super) fn message(
    object: &Object<'_>,
    address: &str,
    method: Option<&str>,
    only: Option<&BTreeSet<Key>>,
) -> Option<Vec<u8>> {
    let wanted = |key: Option<Key>| only.is_none_or(|only| key.is_some_and(|key| only.contains(&key)));
    let invited: Vec<_> =
        object.parts.iter().filter(|part| wanted(part.key) && invites(part.component, address)).collect();
    if invited.is_empty() {
        return None;
    }
    let mut text = HEAD.as_bytes().to_vec();
    if let Some(method) = method {
        text.extend_from_slice(fold(&format!("METHOD:{method}")).as_bytes());
    }
    for zone in object.tree.calendar().children_named("VTIMEZONE") {
        push_line(&mut text, zone.bytes());
    }
    for part in invited {
        let mut elsewhere: Vec<String> = Vec::new();
        if part.key.is_none() {
            let others = object.overrides().filter(|(_, other)| !invites(*other, address));
            elsewhere.extend(others.filter_map(|(key, _)| object.naming("EXDATE", key)));
        }
        write(&mut text, part.component, &elsewhere);
    }
    text.extend_from_slice(b"END:VCALENDAR\r\n");
    Some(text)
}

fn write(text: &mut Vec<u8>, component: Component<'_>, more: &[String]) {
    push_line(text, component.begin_line());
    for property in component.properties().filter(|property| !is_private(*property, component)) {
        match shown_line(property) {
            Some(line) => text.extend_from_slice(fold(&line).as_bytes()),
            None => push_line(text, component.line_of(property)),
        }
    }
    for line in more {
        text.extend_from_slice(line.as_bytes());
    }
    for child in component.children().filter(|child| !child.is("VALARM")) {
        push_line(text, child.bytes());
    }
    push_line(text, component.end_line());
}

/// What of a component is the organizer's own.
pub(super) fn is_private(property: Property<'_>, component: Component<'_>) -> bool {
    let name = property.name().to_ascii_uppercase();
    match name.as_str() {
        "TRANSP" | "REQUEST-STATUS" => true,
        "COMPLETED" | "PERCENT-COMPLETE" => component.is("VTODO"),
        name => name.starts_with("X-") && !SHARED.contains(&name),
    }
}

/// A line with its scheduling parameters, which are between a client and its server (RFC 6638 7), taken off.
pub(super) fn shown_line(property: Property<'_>) -> Option<String> {
    let addressed = property.is("ATTENDEE") || property.is("ORGANIZER");
    let telling = |(name, _): (&str, &str)| name.to_ascii_uppercase().starts_with("SCHEDULE-");
    if !addressed || !property.parameters().any(telling) {
        return None;
    }
    let gone = [("SCHEDULE-AGENT", None), ("SCHEDULE-STATUS", None), ("SCHEDULE-FORCE-SEND", None)];
    Some(with_params(property, &gone))
}

/// A component of a message that calls an instance, or everything, off.
pub(super) fn write_cancelled(text: &mut Vec<u8>, component: Component<'_>, address: &str, sequence: i64, stamp: &str) {
    push_line(text, component.begin_line());
    let kept =
        ["UID", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "ORGANIZER", "SUMMARY", "LOCATION", "RRULE"];
    for property in component.properties() {
        let own = property.is("ATTENDEE") && normal_address(property.value()) == address;
        if own || kept.iter().any(|name| property.is(name)) {
            match shown_line(property) {
                Some(line) => text.extend_from_slice(fold(&line).as_bytes()),
                None => push_line(text, component.line_of(property)),
            }
        }
    }
    text.extend_from_slice(format!("DTSTAMP:{stamp}\r\nSEQUENCE:{sequence}\r\nSTATUS:CANCELLED\r\n").as_bytes());
    push_line(text, component.end_line());
}
