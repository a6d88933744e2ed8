//! A calendar as somebody else's server gives it (RFC 5545 3.4), reduced to when it makes its owner busy: one object for
//! each UID, without titles, places, people or alarms. Servers write DTSTAMP anew at each request; what is left here
//! changes only where a time does.

mod blocks;

use super::attendee::{User, partstat};
use super::edit::fold;
use super::property::Property;
use super::tree::{Component, Tree};
use super::zone::known_zone;
use blocks::{Block, cut};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a time zone's own description that are taken along with each event that names it.
const MAX_ZONE: usize = 8 << 10;

/// What of an event decides when it takes place; EXRULE so that the event is refused rather than misread.
const TIMES: [&str; 8] = ["DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID"];

/// How Outlook says how an event shows.
const BUSY_STATUS: &str = "X-MICROSOFT-CDO-BUSYSTATUS";

/// The text is no calendar, or breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

/// What was read of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The objects, in the order of their identities.
    pub objects: Vec<Skeleton>,
    /// Events that could not be read.
    pub skipped: usize,
}

/// An event with its exceptions, or a VFREEBUSY, as far as times go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// What it goes by: its UID; where one UID stands for several events, with the start; something else where it has none.
    pub identity: String,
    component: String,
    parts: Vec<String>,
    zones: String,
}

impl Skeleton {
    /// The object's text, under another UID: those of other servers tell names and addresses.
    #[must_use]
    pub fn text(&self, uid: &str) -> String {
        let Self { component, parts, zones, .. } = self;
        let uid = fold(&format!("UID:{uid}"));
        let part = |lines: &String| format!("BEGIN:{component}\r\n{uid}{lines}END:{component}\r\n");
        let parts: String = parts.iter().map(part).collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n{zones}{parts}END:VCALENDAR\r\n")
    }
}

/// Reads a stream as it makes `owner` busy: what they declined shows as free, what they haven't said yes to as tentative.
///
/// # Errors
/// [`Broken`] where the whole can't be read. What is wrong with single events is only counted.
pub fn read(text: &str, owner: &User) -> Result<Stream, Broken> {
    let cut = cut(text)?;
    let mut zones: BTreeMap<String, &str> = BTreeMap::new();
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut skipped, mut nameless) = (cut.broken, BTreeMap::new());
    for block in &cut.blocks {
        let is = |name: &str| block.name.eq_ignore_ascii_case(name);
        let framed = format!("BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\r\n", block.text);
        if is("VTIMEZONE") {
            if let Some(id) = tzid(&framed).filter(|id| known_zone(id).is_none() && block.text.len() <= MAX_ZONE) {
                zones.entry(id).or_insert(block.text);
            }
        } else if is("VEVENT") || is("VFREEBUSY") {
            match part(&framed, owner) {
                Some(part) => {
                    let uid = part.uid.clone().unwrap_or_else(|| unnamed(&mut nameless, block, &part));
                    groups.entry(uid).or_default().add(part);
                }
                None => skipped += 1,
            }
        }
    }
    let mut objects: Vec<Skeleton> = groups.into_iter().flat_map(|(uid, group)| group.objects(&uid, &zones)).collect();
    objects.sort_by(|a, b| a.identity.cmp(&b.identity));
    objects.dedup_by(|a, b| a.identity == b.identity);
    Ok(Stream { objects, skipped })
}

fn tzid(framed: &str) -> Option<String> {
    let tree = Tree::parse(framed.as_bytes()).ok()?;
    let id = tree.calendar().children().next()?.property("TZID")?;
    Some(id.value().trim().to_owned())
}

/// An identity for what has no UID: the same at the next reading, as long as nothing before it starts when it does.
fn unnamed(counts: &mut BTreeMap<String, usize>, block: &Block<'_>, part: &Part) -> String {
    // A published VFREEBUSY starts whenever it was asked for.
    let start = if block.name.eq_ignore_ascii_case("VFREEBUSY") { "" } else { part.start.as_str() };
    let count = counts.entry(start.to_owned()).or_default();
    *count += 1;
    format!("\n{start}\n{count}")
}

/// One component with what is kept of it.
struct Part {
    uid: Option<String>,
    component: String,
    start: String,
    recurrence: Option<String>,
    recurs: bool,
    sequence: i64,
    lines: String,
    zones: BTreeSet<String>,
}

fn part(framed: &str, owner: &User) -> Option<Part> {
    let tree = Tree::parse(framed.as_bytes()).ok()?;
    let component = tree.calendar().children().next()?;
    let text = |name: &str| component.property(name).map(|property| property.value().trim().to_owned());
    let kept: Vec<Property<'_>> = component.properties().filter(|property| is_kept(*property)).collect();
    let mut lines: String = kept.iter().map(|property| fold(property.content())).collect();
    if component.is("VEVENT") {
        lines.push_str(&shown(component, owner));
    }
    Some(Part {
        uid: component.property("UID").map(|uid| uid.text().trim().to_owned()).filter(|uid| !uid.is_empty()),
        component: component.name().to_ascii_uppercase(),
        start: component.property("DTSTART").map(|start| start.content().to_owned()).unwrap_or_default(),
        recurrence: component.property("RECURRENCE-ID").map(|at| at.content().to_owned()),
        recurs: component.property("RRULE").is_some() || component.property("RDATE").is_some(),
        sequence: text("SEQUENCE").and_then(|number| number.parse().ok()).unwrap_or(0),
        lines,
        zones: kept.iter().filter_map(|property| property.param("TZID")).map(|id| id.trim().to_owned()).collect(),
    })
}

fn is_kept(property: Property<'_>) -> bool {
    TIMES.iter().any(|name| property.is(name)) || property.is("FREEBUSY")
}

/// How it shows: with its owner's answer in it, since their line among the attendees is not kept.
fn shown(event: Component<'_>, owner: &User) -> String {
    let value = |name: &str| event.property(name).map(|property| property.value().trim().to_ascii_uppercase());
    let answer = owner.line_in(event).map(partstat);
    let mut lines = String::new();
    let status = match answer.as_deref() {
        Some("DECLINED" | "DELEGATED") => return "TRANSP:TRANSPARENT\r\n".to_owned() + &cancelled(event),
        Some("NEEDS-ACTION" | "TENTATIVE") if value("STATUS").as_deref() != Some("CANCELLED") => {
            Some("TENTATIVE".to_owned())
        }
        _ => value("STATUS").filter(|status| matches!(status.as_str(), "CANCELLED" | "TENTATIVE")),
    };
    if let Some(status) = status {
        lines.push_str(&format!("STATUS:{status}\r\n"));
    }
    if value("TRANSP").as_deref() == Some("TRANSPARENT") {
        lines.push_str("TRANSP:TRANSPARENT\r\n");
    }
    if let Some(status) = value(BUSY_STATUS).filter(|status| matches!(status.as_str(), "OOF" | "FREE" | "TENTATIVE")) {
        lines.push_str(&format!("{BUSY_STATUS}:{status}\r\n"));
    }
    lines
}

fn cancelled(event: Component<'_>) -> String {
    let is = event.property("STATUS").is_some_and(|status| status.value().trim().eq_ignore_ascii_case("CANCELLED"));
    if is { "STATUS:CANCELLED\r\n".to_owned() } else { String::new() }
}

/// All that stands under one UID.
#[derive(Default)]
struct Group {
    masters: Vec<Part>,
    overrides: BTreeMap<String, Part>,
}

impl Group {
    /// Of two that are meant to be the same the later edition stands, and of two such the last.
    fn add(&mut self, part: Part) {
        if let Some(at) = part.recurrence.clone() {
            match self.overrides.get(&at) {
                Some(known) if known.sequence > part.sequence => {}
                _ => drop(self.overrides.insert(at, part)),
            }
            return;
        }
        match self.masters.iter_mut().find(|known| known.start == part.start) {
            Some(known) if known.sequence > part.sequence => {}
            Some(known) => *known = part,
            None => self.masters.push(part),
        }
    }

    /// Usually one. Some programs give several events one UID: each then counts for itself, and exceptions belong to the
    /// one that recurs.
    fn objects(mut self, uid: &str, zones: &BTreeMap<String, &str>) -> Vec<Skeleton> {
        self.masters.sort_by(|a, b| (!a.recurs, &a.start).cmp(&(!b.recurs, &b.start)));
        let mut masters = self.masters.into_iter();
        let mut first: Vec<Part> = masters.next().into_iter().collect();
        // Exceptions of another kind than what they are exceptions of make no object.
        let kind = first.first().map(|master| master.component.clone());
        let fits = |part: &Part| kind.as_ref().is_none_or(|kind| *kind == part.component);
        first.extend(self.overrides.into_values().filter(fits));
        let mut objects = Vec::new();
        if !first.is_empty() {
            objects.push(skeleton(uid.to_owned(), first, zones));
        }
        for other in masters {
            objects.push(skeleton(format!("{uid}\n{}", other.start), vec![other], zones));
        }
        objects
    }
}

fn skeleton(identity: String, parts: Vec<Part>, zones: &BTreeMap<String, &str>) -> Skeleton {
    let named: BTreeSet<&String> = parts.iter().flat_map(|part| &part.zones).collect();
    let described = named.iter().filter_map(|id| zones.get(*id)).map(|text| format!("{}\r\n", text.trim_end()));
    Skeleton {
        identity,
        component: parts.first().map(|part| part.component.clone()).unwrap_or_default(),
        zones: described.collect(),
        parts: parts.into_iter().map(|part| part.lines).collect(),
    }
}

#[cfg(test)]
mod tests;
