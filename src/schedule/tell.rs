//! An organizer's object before and after: what each attendee is told, and what becomes of their copy. Answers alone
//! are passed on in silence; times, content and who is invited make messages (RFC 6638 3.2.1, RFC 5546 3.2).

use super::object::{Key, Object, alone};
use super::significant::{Timing, attending, content, served};
use super::view::{HEAD, invites, invites_to, is_private, message, shown_line, view, write_cancelled};
use super::who::{User, is_cancelled, partstat};
use crate::ical::edit::fold;
use crate::ical::property::Property;
use crate::ical::tree::{Component, Tree};
use crate::ical::value::DateOrTime;
use crate::time::Instant;
use std::collections::BTreeSet;

/// What a message is for (RFC 5546 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Invites, or says what has changed.
    Request,
    /// Invites to one more instance.
    Add,
    /// Answers.
    Reply,
    /// Calls off, or takes back.
    Cancel,
    /// Asks for the present state.
    Refresh,
    /// Proposes another time.
    Counter,
    /// Turns a proposal down.
    DeclineCounter,
}

impl Method {
    /// As METHOD has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "REQUEST",
            Self::Add => "ADD",
            Self::Reply => "REPLY",
            Self::Cancel => "CANCEL",
            Self::Refresh => "REFRESH",
            Self::Counter => "COUNTER",
            Self::DeclineCounter => "DECLINECOUNTER",
        }
    }

    /// The one of this name; PUBLISH is none of them, since it concerns nobody in particular.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        use Method::{Add, Cancel, Counter, DeclineCounter, Refresh, Reply, Request};
        let all = [Request, Add, Reply, Cancel, Refresh, Counter, DeclineCounter];
        all.into_iter().find(|method| method.name().eq_ignore_ascii_case(name.trim()))
    }

    /// Whether organizers send it to attendees, not the other way.
    #[must_use]
    pub fn is_organizers(self) -> bool {
        matches!(self, Self::Request | Self::Add | Self::Cancel | Self::DeclineCounter)
    }
}

/// A scheduling message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What for.
    pub method: Method,
    /// The calendar with its METHOD.
    pub text: Vec<u8>,
}

/// What becomes of an attendee's copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Copy {
    /// It says this now, beside what is personal.
    Says(Vec<u8>),
    /// It stays, marked as cancelled, under this SEQUENCE.
    Cancelled(i64),
}

/// What one attendee is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Their address, normalised.
    pub address: String,
    /// In words; none where only answers of others have changed.
    pub messages: Vec<Message>,
    /// What goes along into an inbox: beside the CANCEL of an instance the REQUEST for what is left of the series. By
    /// mail, one word of it is enough.
    pub beside: Vec<Message>,
    /// What becomes of their copy.
    pub copy: Copy,
    /// They have declined all of it: whoever removed their copy doesn't want it back for this.
    pub declined: bool,
}

/// The change of an organizer's object.
pub(super) struct Change<'c, 't> {
    pub(super) old: Option<&'c Object<'t>>,
    pub(super) new: Option<&'c Object<'t>>,
    pub(super) organizer: &'c User,
    /// Whom a client wants told whatever has changed (SCHEDULE-FORCE-SEND=REQUEST).
    pub(super) forced: &'c BTreeSet<String>,
    pub(super) now: Instant,
}

impl Change<'_, '_> {
    /// What everybody whom the server serves is told.
    pub(super) fn told(&self) -> Vec<Told> {
        let both = [self.old, self.new].into_iter().flatten();
        let addresses: BTreeSet<String> =
            both.flat_map(|object| object.parts.iter().flat_map(|part| served(part.component))).collect();
        addresses.iter().filter(|address| !self.organizer.is(address)).filter_map(|address| self.to(address)).collect()
    }

    fn to(&self, address: &str) -> Option<Told> {
        let before = self.old.and_then(|old| view(old, address));
        let after = self.new.and_then(|new| view(new, address));
        let forced = self.forced.contains(address);
        if before == after && !forced {
            return None;
        }
        let told = |messages, copy| {
            Some(Told { address: address.to_owned(), messages, beside: Vec::new(), copy, declined: false })
        };
        let (Some(after), Some(new)) = (after, self.new) else {
            let old = self.old?;
            let sequence = sequence_after(self.old, self.new);
            let message = self.calling_off(old, address, None, sequence);
            return told(vec![message], Copy::Cancelled(sequence));
        };
        let (mut messages, mut beside) = (Vec::new(), Vec::new());
        let request = |only: Option<&BTreeSet<Key>>| {
            let text = message(new, address, Some("REQUEST"), only);
            text.map(|text| Message { method: Method::Request, text })
        };
        match (self.old.filter(|_| before.is_some()), forced) {
            (None, _) | (_, true) => messages.extend(request(None)),
            (Some(old), false) => {
                let gone = self.still_to_come(old, cancelled(old, new, address));
                let (whole, parts) = self.changed(old, new, address);
                let sequence = sequence_after(self.old, self.new);
                if whole && calls_off(old, new) {
                    messages.push(self.calling_off(new, address, None, sequence));
                } else {
                    let invited = |object: &Object<'_>| object.master().is_some_and(|master| invites(master, address));
                    if invited(old) && !invited(new) {
                        messages.push(self.calling_off(old, address, None, sequence));
                    } else if !(gone.is_empty() || whole && invited(new)) {
                        // A REQUEST for the whole says that they are gone.
                        messages.push(self.calling_off(old, address, Some(&gone), sequence));
                        if invited(new) && old.excluded() != new.excluded() && parts.is_empty() {
                            beside.extend(request(None));
                        }
                    }
                    if whole {
                        messages.extend(request(None));
                    } else if !parts.is_empty() {
                        messages.extend(request(Some(&parts)));
                    }
                }
            }
        }
        if messages.is_empty() && self.old.is_some_and(|old| shown(old, address) == shown(new, address)) {
            return None;
        }
        let declined = declined_all(new, address);
        Some(Told { address: address.to_owned(), messages, beside, copy: Copy::Says(after), declined })
    }

    /// Without the instances that are over: nobody needs to hear that they won't be.
    fn still_to_come(&self, old: &Object<'_>, mut keys: BTreeSet<Key>) -> BTreeSet<Key> {
        keys.retain(|key| old.says(*key).is_none_or(|said| Timing::of(old, said).end_of(*key) > self.now));
        keys
    }

    /// Whether the whole must be told anew, or else which overrides.
    fn changed(&self, old: &Object<'_>, new: &Object<'_>, address: &str) -> (bool, BTreeSet<Key>) {
        let said = |object: &Object<'_>, component: Component<'_>| Said::of(object, component, self.organizer);
        let master = |object: &Object<'_>| -> Option<Said> {
            let master = object.part(None).filter(|master| invites(*master, address))?;
            Some(said(object, master))
        };
        let (before, after) = (master(old), master(new));
        let whole = match (&before, &after) {
            (Some(before), Some(after)) => before.differs(after),
            (None, None) => false,
            _ => true,
        };
        let kept = |(key, component): &(Key, Component<'_>)| invites(*component, address).then_some(*key);
        // An override that is no more lets the master speak again.
        let dropped = old
            .overrides()
            .filter_map(|part| kept(&part))
            .any(|key| new.part(Some(key)).is_none() && invites_to(new, key, address));
        let parts = new.overrides().filter(|part| kept(part).is_some()).filter(|(key, component)| {
            if is_cancelled(*component) {
                return false;
            }
            let now = said(new, *component);
            match (old.part(Some(*key)), old.derive(*key).filter(|_| old.has_instance(*key))) {
                (Some(before), _) => !invites(before, address) || said(old, before).differs(&now),
                (None, Some(derived)) => {
                    let derived = alone(&derived);
                    let tree = Tree::parse(&derived).ok();
                    let before = tree.as_ref().and_then(|tree| tree.calendar().children().next());
                    before.is_none_or(|before| !invites(before, address) || said(old, before).differs(&now))
                }
                (None, None) => true,
            }
        });
        (whole || dropped, parts.map(|(key, _)| key).collect())
    }

    /// CANCEL of everything, or of some instances.
    fn calling_off(&self, object: &Object<'_>, address: &str, only: Option<&BTreeSet<Key>>, sequence: i64) -> Message {
        let stamp = DateOrTime::Utc(self.now).to_string();
        let mut text = HEAD.as_bytes().to_vec();
        text.extend_from_slice(fold("METHOD:CANCEL").as_bytes());
        for zone in object.tree.calendar().children_named("VTIMEZONE") {
            super::merge::push_line(&mut text, zone.bytes());
        }
        match only {
            None => {
                let parts = object.parts.iter().filter(|part| invites(part.component, address));
                // The master calls off whatever overrides it.
                let master = object.master().filter(|master| invites(*master, address));
                match master {
                    Some(master) => write_cancelled(&mut text, master, address, sequence, &stamp),
                    None => parts.for_each(|p| write_cancelled(&mut text, p.component, address, sequence, &stamp)),
                }
            }
            Some(keys) => {
                for key in keys {
                    if let Some(own) = object.part(Some(*key)) {
                        write_cancelled(&mut text, own, address, sequence, &stamp);
                    } else if let Some(derived) = object.derive(*key) {
                        let derived = alone(&derived);
                        let tree = Tree::parse(&derived).ok();
                        let component = tree.as_ref().and_then(|tree| tree.calendar().children().next());
                        component.into_iter().for_each(|c| write_cancelled(&mut text, c, address, sequence, &stamp));
                    }
                }
            }
        }
        text.extend_from_slice(b"END:VCALENDAR\r\n");
        Message { method: Method::Cancel, text }
    }
}

/// The highest SEQUENCE of an object.
pub(super) fn sequence(object: &Object<'_>) -> i64 {
    object.parts.iter().filter_map(|part| sequence_of(part.component)).max().unwrap_or(0)
}

pub(super) fn sequence_of(component: Component<'_>) -> Option<i64> {
    component.property("SEQUENCE")?.value().trim().parse().ok()
}

/// Of what is called off: one more than before where the organizer's object is gone (RFC 5546 2.1.4).
fn sequence_after(old: Option<&Object<'_>>, new: Option<&Object<'_>>) -> i64 {
    let before = old.map_or(0, sequence);
    new.map_or_else(|| before.saturating_add(1), |new| sequence(new).max(before))
}

/// Whether STATUS:CANCELLED is what is new.
fn calls_off(old: &Object<'_>, new: &Object<'_>) -> bool {
    let off = |object: &Object<'_>| {
        let lead = object.master().or_else(|| object.parts.first().map(|part| part.component));
        lead.is_some_and(is_cancelled)
    };
    off(new) && !off(old)
}

/// The instances to which somebody was invited and is no more, while they stay invited to others.
fn cancelled(old: &Object<'_>, new: &Object<'_>, address: &str) -> BTreeSet<Key> {
    let named = |object: &Object<'_>| {
        let mut keys: BTreeSet<Key> = object.overrides().map(|(key, _)| key).collect();
        keys.extend(object.excluded());
        keys
    };
    let mut keys = named(old);
    keys.extend(named(new));
    let off = |key: &Key| {
        let invited = |part: Component<'_>| is_cancelled(part) && invites(part, address);
        let turned = new.part(Some(*key)).is_some_and(invited) && !old.says(*key).is_some_and(is_cancelled);
        turned || (invites_to(old, *key, address) && !invites_to(new, *key, address))
    };
    keys.into_iter().filter(off).collect()
}

/// What a component says to its attendees.
struct Said {
    timing: Timing,
    content: Vec<(String, String)>,
    attending: BTreeSet<String>,
    /// Whoever invites doesn't come.
    deserted: bool,
}

impl Said {
    fn of(object: &Object<'_>, component: Component<'_>, organizer: &User) -> Self {
        let timing = Timing::of(object, component);
        let deserted = organizer.line_in(component).is_some_and(|line| partstat(line) == "DECLINED");
        Self { timing, content: content(component), attending: attending(component), deserted }
    }

    /// Whether attendees must hear of it. More people don't concern those who were invited before; fewer do.
    fn differs(&self, new: &Self) -> bool {
        self.timing != new.timing
            || self.content != new.content
            || self.deserted != new.deserted
            || !self.attending.is_subset(&new.attending)
    }
}

fn declined_all(object: &Object<'_>, address: &str) -> bool {
    let user = User::new([address]);
    let mut lines = object.parts.iter().filter_map(|part| user.line_in(part.component));
    lines.all(|line| partstat(line) == "DECLINED")
}

/// One part of a view, such that equal ones need not be delivered again.
type Shown = (Option<Key>, Timing, Vec<String>);

/// All that an attendee sees, in one order and without stamps.
fn shown(object: &Object<'_>, address: &str) -> (Vec<Shown>, BTreeSet<Key>) {
    const TIMES: [&str; 9] =
        ["DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RECURRENCE-ID"];
    let parts = object.parts.iter().filter(|part| invites(part.component, address));
    let mut shown: Vec<Shown> = parts
        .map(|part| {
            let told = |p: &Property<'_>| {
                !TIMES.iter().any(|name| p.is(name)) && !p.is("EXDATE") && !is_private(*p, part.component)
            };
            let line = |p: Property<'_>| shown_line(p).unwrap_or_else(|| p.content().to_owned());
            let mut lines: Vec<String> = part.component.properties().filter(told).map(line).collect();
            lines.sort();
            (part.key, Timing::of(object, part.component), lines)
        })
        .collect();
    shown.sort_by_key(|(key, ..)| *key);
    (shown, object.excluded())
}
