//! What an attendee stores or removes: merged into their copy, never refused but for another ORGANIZER, and read as an
//! answer (RFC 6638 3.2.2). Whatever a client leaves out or rewrites of what isn't the person's own is put back.

use super::copy::{before_end, derived, is_personal, personal};
use super::merge::{Personal, answered_line, push_line, weave};
use super::normal_address;
use super::object::{Key, Object};
use super::significant::answer;
use super::tell::{Message, Method};
use super::view::HEAD;
use super::who::{User, is_cancelled, partstat, with_params};
use crate::ical::edit::{Edit, fold};
use crate::ical::property::Property;
use crate::ical::tree::{Component, Malformed, Tree};
use crate::ical::value::DateOrTime;
use crate::time::Instant;
use std::collections::BTreeSet;

/// Taken from an edit as it comes.
const TAKEN: Personal = Personal { transp: true, stamp: true };

/// What an attendee's edit leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attended {
    /// What is to be stored.
    pub text: Vec<u8>,
    /// The answer to the organizer, where there is one.
    pub reply: Option<Message>,
}

/// The edit names another organizer (RFC 6638 3.2.2.1): the one thing that can't be put right in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an attendee can't change the ORGANIZER")]
pub struct OtherOrganizer;

/// Merges what the attendee stores into the copy that stands.
pub fn attend(
    person: &User,
    copy: &[u8],
    edited: &[u8],
    now: Instant,
) -> Result<Result<Attended, OtherOrganizer>, Malformed> {
    let (old, new) = (Tree::parse(copy)?, Tree::parse(edited)?);
    let (old, new) = (Object::of(&old), Object::of(&new));
    let address = |object: &Object<'_>| object.organizer().map(|organizer| normal_address(organizer.value()));
    if address(&new).is_some_and(|named| address(&old) != Some(named)) {
        return Ok(Err(OtherOrganizer));
    }
    let merging = Merging { person, old: &old, new: &new };
    let text = merging.text();
    let tree = Tree::parse(&text)?;
    let after = Object::of(&tree);
    let mut answered = merging.answered(&after);
    if forces_reply(&new) && answered.is_empty() {
        answered.extend(after.parts.iter().map(|part| (part.key, None)));
    }
    let reply = reply(person, &after, &old, &answered, now);
    drop(after);
    Ok(Ok(Attended { reply, text: text.clone() }))
}

/// The answer that lies in removing the copy; nothing where all was declined or called off before.
pub fn leave(person: &User, copy: &[u8], now: Instant) -> Result<Option<Message>, Malformed> {
    let tree = Tree::parse(copy)?;
    let old = Object::of(&tree);
    let open = old.parts.iter().filter(|part| !is_cancelled(part.component));
    let declined: Vec<Answered> = open
        .filter(|part| person.line_in(part.component).is_some_and(|line| partstat(line) != "DECLINED"))
        .map(|part| (part.key, Some("DECLINED")))
        .collect();
    Ok(reply(person, &old, &old, &declined, now))
}

/// What an attendee stores that no organizer here has sent: their answer to it, where they have one.
pub fn introduce(person: &User, text: &[u8], now: Instant) -> Result<Option<Message>, Malformed> {
    let tree = Tree::parse(text)?;
    let object = Object::of(&tree);
    let said = |part: &&super::object::Part<'_>| {
        person.line_in(part.component).is_some_and(|line| partstat(line) != "NEEDS-ACTION")
    };
    let answered: Vec<Answered> = object.parts.iter().filter(said).map(|part| (part.key, None)).collect();
    Ok(reply(person, &object, &object, &answered, now))
}

/// An instance, or the whole, that was answered; with the answer where it doesn't stand in the text.
type Answered = (Option<Key>, Option<&'static str>);

struct Merging<'m, 't> {
    person: &'m User,
    old: &'m Object<'t>,
    new: &'m Object<'t>,
}

impl Merging<'_, '_> {
    fn text(&self) -> Vec<u8> {
        let gone = self.declined();
        let mut edit = Edit::new(self.old.tree.text());
        for part in &self.old.parts {
            if part.key.is_some_and(|key| gone.contains(&key)) {
                edit.remove(part.component.span());
                continue;
            }
            // Without its counterpart (Apple drops masters, others overrides) the component stays as it is.
            let source = self.source(part.key);
            let mut text = source.map_or_else(|| part.component.bytes().to_vec(), |s| self.woven(part.component, s));
            if part.key.is_none() {
                for line in gone.iter().filter_map(|key| self.old.naming("EXDATE", *key)) {
                    text = before_end(&text, part.component, &line);
                }
            }
            if text != part.component.bytes() {
                edit.replace(part.component.span(), &String::from_utf8_lossy(&text));
            }
        }
        for (key, own) in self.new.overrides() {
            if self.old.part(Some(key)).is_some() || gone.contains(&key) || !self.old.has_instance(key) {
                continue;
            }
            if !self.says_more(own) {
                continue;
            }
            if let Some(text) = derived(self.old, key, |derived| self.woven(derived, own)) {
                edit.insert_component(self.old.tree.calendar(), &String::from_utf8_lossy(&text));
            }
        }
        edit.apply()
    }

    /// What the client has of a component. One that was invited to a single instance may lose its RECURRENCE-ID.
    fn source(&self, key: Option<Key>) -> Option<Component<'_>> {
        let single = || match (self.old.parts.as_slice(), self.new.parts.as_slice()) {
            ([old], [new]) if old.key.is_some() && new.key.is_none() => {
                Some(new.component).filter(|component| component.property("RRULE").is_none())
            }
            _ => None,
        };
        self.new.part(key).or_else(single)
    }

    fn woven(&self, target: Component<'_>, source: Component<'_>) -> Vec<u8> {
        let line = self.person.line_in(target).zip(self.person.line_in(source));
        let answered = line.map(|(own, answered)| (own, answered_line(own, answered)));
        weave(target, source, TAKEN, answered.as_ref(), &is_personal)
    }

    /// Whether an override that only the client has differs in an answer or in something personal.
    fn says_more(&self, own: Component<'_>) -> bool {
        let Some(master) = self.new.master().or_else(|| self.old.master()) else { return true };
        let said = |component| self.person.line_in(component).map(|line| answer(component, line));
        said(own) != said(master) || personal(own) != personal(master)
    }

    /// The instances that the client takes out: an EXDATE, or an override that is called off, is a no (M7).
    fn declined(&self) -> BTreeSet<Key> {
        let mut gone: BTreeSet<Key> = self.new.excluded().difference(&self.old.excluded()).copied().collect();
        let off = self.new.overrides().filter(|(_, own)| is_cancelled(*own)).map(|(key, _)| key);
        gone.extend(off.filter(|key| !self.old.says(*key).is_some_and(is_cancelled)));
        gone.retain(|key| self.old.says(*key).is_some() && self.old.master().is_some());
        gone
    }

    /// What was answered anew, by comparing before and after.
    fn answered(&self, after: &Object<'_>) -> Vec<Answered> {
        let mut answered: Vec<Answered> = Vec::new();
        let said = |component: Component<'_>| self.person.line_in(component).map(|line| answer(component, line));
        for part in &after.parts {
            let was = match part.key {
                None => self.old.master(),
                Some(key) => self.old.says(key),
            };
            let now = said(part.component);
            if now.is_some() && was.and_then(said) != now {
                answered.push((part.key, None));
            }
        }
        let gone = self.declined();
        answered.extend(gone.into_iter().filter(|key| self.open(*key)).map(|key| (Some(key), Some("DECLINED"))));
        answered
    }

    fn open(&self, key: Key) -> bool {
        let line = self.old.says(key).and_then(|component| self.person.line_in(component));
        line.is_some_and(|line| partstat(line) != "DECLINED")
    }
}

fn forces_reply(object: &Object<'_>) -> bool {
    let organizer = object.organizer().and_then(|organizer| organizer.param("SCHEDULE-FORCE-SEND"));
    organizer.is_some_and(|method| method.trim().eq_ignore_ascii_case("REPLY"))
}

/// REPLY (RFC 5546 3.2.3): the answered components with the person's line alone.
fn reply(person: &User, object: &Object<'_>, old: &Object<'_>, answered: &[Answered], now: Instant) -> Option<Message> {
    let stamp = DateOrTime::Utc(now).to_string();
    let mut text = HEAD.as_bytes().to_vec();
    text.extend_from_slice(b"METHOD:REPLY\r\n");
    for zone in object.tree.calendar().children_named("VTIMEZONE") {
        push_line(&mut text, zone.bytes());
    }
    let mut any = false;
    for (key, said) in answered {
        let write = |component: Component<'_>| {
            let line = person.line_in(component)?;
            Some(replying(component, line, *said, &stamp))
        };
        let standing = object.part(*key).and_then(write);
        let block = match (standing, key) {
            (Some(block), _) => Some(block),
            (None, Some(key)) => match old.part(Some(*key)) {
                Some(own) => write(own),
                None => derived(old, *key, |component| write(component).unwrap_or_default()),
            },
            (None, None) => None,
        };
        if let Some(block) = block.filter(|block| !block.is_empty()) {
            text.extend_from_slice(&block);
            any = true;
        }
    }
    text.extend_from_slice(b"END:VCALENDAR\r\n");
    any.then_some(Message { method: Method::Reply, text })
}

/// What of a component stands in an answer, beside the line of whoever answers.
const TOLD: [&str; 12] = [
    "UID",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "RECURRENCE-ID",
    "SEQUENCE",
    "SUMMARY",
    "COMMENT",
    "PERCENT-COMPLETE",
    "COMPLETED",
    "ORGANIZER",
];

fn replying(component: Component<'_>, line: Property<'_>, said: Option<&str>, stamp: &str) -> Vec<u8> {
    let mut text = component.begin_line().to_vec();
    for property in component.properties().filter(|p| TOLD.iter().any(|name| p.is(name))) {
        if property.is("ORGANIZER") {
            let gone = [("SCHEDULE-AGENT", None), ("SCHEDULE-STATUS", None), ("SCHEDULE-FORCE-SEND", None)];
            text.extend_from_slice(fold(&with_params(property, &gone)).as_bytes());
        } else {
            push_line(&mut text, component.line_of(property));
        }
    }
    let mut changes = vec![("RSVP", None)];
    changes.extend(said.map(|said| ("PARTSTAT", Some(said))));
    text.extend_from_slice(fold(&with_params(line, &changes)).as_bytes());
    text.extend_from_slice(format!("DTSTAMP:{stamp}\r\nREQUEST-STATUS:2.0;Success\r\n").as_bytes());
    push_line(&mut text, component.end_line());
    text
}
