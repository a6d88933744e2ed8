//! What an organizer stores: made whole by splicing lines (answers that a stale client would undo, reset answers where
//! times have changed, a SEQUENCE that never falls, members of invited groups), then told to the attendees.

use super::object::{Key, Object, alone};
use super::significant::Timing;
use super::tell::{Change, Told, sequence_of};
use super::who::{User, partstat, with_params};
use super::{Agent, normal_address};
use crate::ical::edit::{Edit, fold, param_value};
use crate::ical::property::Property;
use crate::ical::tree::{Component, Malformed, Tree};
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// What an address of an attendee leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Somebody with a calendar here: their answers are the server's to keep.
    Local,
    /// A group with these members, by name and address.
    Group(Vec<(String, String)>),
    /// Somebody whom only mail reaches.
    Elsewhere,
}

/// What an organizer's PUT or DELETE leads to.
#[derive(Clone, Debug, Default)]
pub struct Organized {
    /// What is to be stored; empty where the object is removed.
    pub text: Vec<u8>,
    /// What each attendee is told.
    pub told: Vec<Told>,
}

/// The text with the members of groups that are new in it, and without those whose group is no more (RFC 5545 3.2.11).
pub fn expand_groups(old: Option<&[u8]>, new: &[u8], known: &BTreeMap<String, Known>) -> Result<Vec<u8>, Malformed> {
    let before = old.map(Tree::parse).transpose()?;
    let before = before.as_ref().map(Object::of);
    let tree = Tree::parse(new)?;
    let object = Object::of(&tree);
    let mut edit = Edit::new(new);
    for part in &object.parts {
        let was = before.as_ref().and_then(|before| before.part(part.key).or_else(|| before.says(part.key?)));
        let mut present: BTreeSet<String> = super::significant::attending(part.component);
        for line in part.component.all("ATTENDEE") {
            let address = normal_address(line.value());
            let group = line.param("MEMBER").map(|group| normal_address(&group));
            let is_gone =
                |group: &String| matches!(known.get(group), Some(Known::Group(_))) && !present.contains(group);
            if group.as_ref().is_some_and(is_gone) {
                edit.remove(line.span());
            }
            let Some(Known::Group(members)) = known.get(&address) else { continue };
            edit.set_param(line, "CUTYPE", "GROUP");
            if was.is_some_and(|was| super::significant::attending(was).contains(&address)) {
                continue;
            }
            let mut lines = String::new();
            for (name, member) in members {
                if present.insert(normal_address(member)) {
                    let (cn, group) = (param_value(name), param_value(line.value().trim()));
                    let role = "PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT";
                    // Addresses of members come from people's records and hold no line ends; fold drops them anyway.
                    lines.push_str(&fold(&format!("ATTENDEE;CN={cn};{role};MEMBER={group}:mailto:{member}")));
                }
            }
            edit.insert_before(line.span().end, &lines);
        }
    }
    Ok(edit.apply())
}

/// What follows where the organizer stores `new`, or removes the object.
pub fn organize(
    organizer: &User,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    known: &BTreeMap<String, Known>,
    now: Instant,
) -> Result<Organized, Malformed> {
    let before = old.map(Tree::parse).transpose()?;
    let before = before.as_ref().map(Object::of);
    let Some(new) = new else {
        let change = Change { old: before.as_ref(), new: None, organizer, forced: &BTreeSet::new(), now };
        return Ok(Organized { text: Vec::new(), told: change.told() });
    };
    let tree = Tree::parse(new)?;
    let (settled, forced) = Settling { organizer, known, old: before.as_ref() }.settle(&Object::of(&tree));
    let tree = Tree::parse(&settled)?;
    let after = Object::of(&tree);
    let told = Change { old: before.as_ref(), new: Some(&after), organizer, forced: &forced, now }.told();
    drop(after);
    Ok(Organized { told, text: settled.clone() })
}

/// What everybody but `except` is told where the server itself has changed the organizer's object, as an answer does.
pub fn pass_on(organizer: &User, old: &[u8], new: &[u8], except: &User, now: Instant) -> Result<Vec<Told>, Malformed> {
    let (before, after) = (Tree::parse(old)?, Tree::parse(new)?);
    let (before, after) = (Object::of(&before), Object::of(&after));
    let nobody = BTreeSet::new();
    let change = Change { old: Some(&before), new: Some(&after), organizer, forced: &nobody, now };
    Ok(change.told().into_iter().filter(|told| !except.is(&told.address)).collect())
}

/// The text with SCHEDULE-STATUS on the attendees' lines (RFC 6638 7.3), by normalised address.
pub fn with_status(text: &[u8], status: &BTreeMap<String, &str>) -> Result<Vec<u8>, Malformed> {
    let tree = Tree::parse(text)?;
    let mut edit = Edit::new(text);
    for part in Object::of(&tree).parts {
        for line in part.component.all("ATTENDEE").filter(|line| Agent::of(*line) == Agent::Server) {
            if let Some(status) = status.get(&normal_address(line.value())) {
                edit.set_line(line, &with_params(line, &[("SCHEDULE-STATUS", Some(status))]));
            }
        }
    }
    Ok(edit.apply())
}

/// The text with SCHEDULE-STATUS on the organizer's line: what became of the attendee's answer.
pub fn with_organizer_status(text: &[u8], status: &str) -> Result<Vec<u8>, Malformed> {
    let tree = Tree::parse(text)?;
    let mut edit = Edit::new(text);
    for line in Object::of(&tree).parts.iter().filter_map(|part| part.component.property("ORGANIZER")) {
        edit.set_line(line, &with_params(line, &[("SCHEDULE-STATUS", Some(status))]));
    }
    Ok(edit.apply())
}

/// The text with another spelling of the organizer's address; the caller knows that it is the same one.
pub fn with_organizer(text: &[u8], address: &str) -> Result<Vec<u8>, Malformed> {
    let tree = Tree::parse(text)?;
    let mut edit = Edit::new(text);
    for line in Object::of(&tree).parts.iter().filter_map(|part| part.component.property("ORGANIZER")) {
        edit.set_value(line, address);
    }
    Ok(edit.apply())
}

/// The text under another UID.
pub fn with_uid(text: &[u8], uid: &str) -> Result<Vec<u8>, Malformed> {
    let tree = Tree::parse(text)?;
    let mut edit = Edit::new(text);
    for line in tree.calendar().children().filter_map(|component| component.property("UID")) {
        edit.set_value(line, uid);
    }
    Ok(edit.apply())
}

/// What of an organizer's object an attendee is to see; nothing where they aren't invited.
pub fn seen(person: &User, object: &[u8]) -> Result<Option<Vec<u8>>, Malformed> {
    let tree = Tree::parse(object)?;
    let object = Object::of(&tree);
    let line = object.parts.iter().find_map(|part| person.line_in(part.component));
    Ok(line.and_then(|line| super::view::view(&object, &normal_address(line.value()))))
}

struct Settling<'s, 't> {
    organizer: &'s User,
    known: &'s BTreeMap<String, Known>,
    old: Option<&'s Object<'t>>,
}

impl Settling<'_, '_> {
    fn settle(&self, new: &Object<'_>) -> (Vec<u8>, BTreeSet<String>) {
        let mut edit = Edit::new(new.tree.text());
        let mut forced = BTreeSet::new();
        for part in &new.parts {
            let derived = self.derived(part.key);
            let tree = derived.as_ref().and_then(|text| Tree::parse(text).ok());
            let own = self.old.and_then(|old| old.part(part.key));
            let was = own.or_else(|| tree.as_ref().and_then(|tree| tree.calendar().children().next()));
            let moved = was.is_some_and(|was| self.moved(was, new, part.component));
            for line in part.component.all("ATTENDEE").filter(|line| !self.organizer.is(line.value())) {
                self.attendee(line, was, moved, (&mut edit, &mut forced));
            }
            if let Some(was) = was {
                let floor = sequence_of(was).unwrap_or(0).saturating_add(i64::from(moved));
                if sequence_of(part.component).unwrap_or(0) < floor {
                    edit.set_property(part.component, &format!("SEQUENCE:{floor}"));
                }
            }
        }
        self.keep_answers(new, &mut edit);
        (edit.apply(), forced)
    }

    /// What the old object said of an instance that it had no override for.
    fn derived(&self, key: Option<Key>) -> Option<Vec<u8>> {
        let (old, key) = (self.old?, key?);
        if old.part(Some(key)).is_some() || !old.has_instance(key) {
            return None;
        }
        Some(alone(&old.derive(key)?))
    }

    /// Whether the component is at another time now, so that answers to the old one say nothing (RFC 6638 3.2.8).
    fn moved(&self, was: Component<'_>, new: &Object<'_>, now: Component<'_>) -> bool {
        let Some(old) = self.old else { return false };
        let (before, after) = (Timing::of(old, was), Timing::of(new, now));
        before != after && !before.is_shortened_to(&after)
    }

    fn attendee(
        &self,
        line: Property<'_>,
        was: Option<Component<'_>>,
        moved: bool,
        (edit, forced): (&mut Edit<'_>, &mut BTreeSet<String>),
    ) {
        let address = normal_address(line.value());
        let mut changes: Vec<(&str, Option<String>)> = vec![("SCHEDULE-FORCE-SEND", None)];
        if Agent::of(line) == Agent::Server {
            if line.param("SCHEDULE-FORCE-SEND").is_some_and(|method| method.trim().eq_ignore_ascii_case("REQUEST")) {
                forced.insert(address.clone());
            }
            let before =
                was.and_then(|was| was.all("ATTENDEE").find(|before| normal_address(before.value()) == address));
            let raw = |name: &str| {
                let found =
                    before.and_then(|before| before.parameters().find(|(known, _)| known.eq_ignore_ascii_case(name)));
                found.map(|(_, raw)| raw.to_owned())
            };
            // SCHEDULE-STATUS stays as the client has it, so that what nobody is told of is stored as it was sent.
            match self.known.get(&address) {
                // The answers of people with a calendar here are kept here; a client's may be old, or made up.
                Some(Known::Local) => {
                    let answer = before.filter(|_| !moved).map_or_else(|| "NEEDS-ACTION".to_owned(), partstat);
                    if answer != partstat(line) {
                        changes.push(("PARTSTAT", Some(answer)));
                    }
                    if !moved {
                        changes.extend(raw("DELEGATED-TO").map(|to| ("DELEGATED-TO", Some(to))));
                    }
                }
                _ if moved && before.is_some_and(|before| partstat(before) == partstat(line)) => {
                    changes.push(("PARTSTAT", Some("NEEDS-ACTION".to_owned())));
                }
                _ => {}
            }
        } else {
            changes.push(("SCHEDULE-STATUS", None));
        }
        let changes: Vec<(&str, Option<&str>)> =
            changes.iter().map(|(name, value)| (*name, value.as_deref())).collect();
        let changed = with_params(line, &changes);
        if changed != line.content() {
            edit.set_line(line, &changed);
        }
    }

    /// Puts back the overrides that hold nothing but answers, where a client that hasn't seen them leaves them out.
    fn keep_answers(&self, new: &Object<'_>, edit: &mut Edit<'_>) {
        let (Some(old), Some(master)) = (self.old, new.master()) else { return };
        let Some(standing) = old.master() else { return };
        let kept = Timing::of(old, standing);
        let moved = kept != Timing::of(new, master) && !kept.is_shortened_to(&Timing::of(new, master));
        for (key, before) in old.overrides() {
            if moved || new.part(Some(key)).is_some() || !new.has_instance(key) || !only_answers(old, key, before) {
                continue;
            }
            let Some(text) = new.derive(key) else { continue };
            let text = alone(&text);
            let Ok(tree) = Tree::parse(&text) else { continue };
            let Some(component) = tree.calendar().children().next() else { continue };
            let mut inner = Edit::new(&text);
            for line in component.all("ATTENDEE") {
                let same = |other: &Property<'_>| normal_address(other.value()) == normal_address(line.value());
                if let Some(answer) = before.all("ATTENDEE").find(same) {
                    inner.set_line(line, &with_params(line, &[("PARTSTAT", Some(&partstat(answer)))]));
                }
            }
            let whole = inner.apply();
            let Ok(tree) = Tree::parse(&whole) else { continue };
            if let Some(block) = tree.calendar().children().next() {
                edit.insert_component(new.tree.calendar(), &String::from_utf8_lossy(block.bytes()));
            }
        }
    }
}

/// Whether an override says what the master says, but for answers.
fn only_answers(old: &Object<'_>, key: Key, before: Component<'_>) -> bool {
    let Some(derived) = old.derive(key).map(|text| alone(&text)) else { return false };
    let Ok(tree) = Tree::parse(&derived) else { return false };
    tree.calendar().children().next().is_some_and(|derived| {
        Timing::of(old, derived) == Timing::of(old, before)
            && super::significant::content(derived) == super::significant::content(before)
            && super::significant::attending(derived) == super::significant::attending(before)
    })
}
