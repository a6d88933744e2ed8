//! A message that has arrived: applied to the organizer's object or to the attendee's copy, answered, or ignored with
//! the reason (RFC 5546 3.2). Old and foreign messages change nothing.

use super::copy::{cancel, derived, renew};
use super::normal_address;
use super::object::{Key, Object, alone};
use super::tell::{Message, Method, sequence};
use super::view;
use super::who::{User, is_cancelled, partstat, with_params};
use crate::ical::edit::{Edit, fold};
use crate::ical::property::Property;
use crate::ical::tree::{Component, Malformed, Tree};
use crate::ical::value::{DateOrTime, date_or_time};
use crate::time::{Instant, Zone};

/// What a message leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Store this.
    Stored(Vec<u8>),
    /// Nothing is stored; the sender gets this.
    Answered(Message),
    /// Nothing is stored, but the receiver should see the message.
    Noted,
    /// Nothing happens, and why.
    Ignored(&'static str),
}

/// Applies a REPLY to the organizer's object.
pub fn reply(object: &[u8], message: &[u8]) -> Result<Received, Malformed> {
    let (old, new) = (Tree::parse(object)?, Tree::parse(message)?);
    let (old, new) = (Object::of(&old), Object::of(&new));
    if uid(&old) != uid(&new) {
        return Ok(Received::Ignored("it is about another event"));
    }
    let mut edit = Edit::new(object);
    let (mut changed, mut why) = (false, "it says nothing new");
    for part in &new.parts {
        let Some(line) = part.component.property("ATTENDEE") else { continue };
        // The message may lack the master, by whose start instances are named.
        let key = part.component.property("RECURRENCE-ID").and_then(|id| Some(old.key(&date_or_time(id).ok()?)));
        let target = match (key, part.key) {
            (None, None) => old.master(),
            (Some(key), _) => old.part(Some(key)),
            (None, Some(_)) => None,
        };
        let stale = |component: Component<'_>| {
            let number = |c: Component<'_>| super::tell::sequence_of(c).unwrap_or(0);
            number(part.component) < number(component)
        };
        match (target, key) {
            (Some(component), _) if stale(component) => why = "it answers an older version",
            (Some(component), _) => match line_of(component, line) {
                Some(own) => {
                    changed = true;
                    answer(&mut edit, component, own, part.component, line);
                }
                None => why = "whoever answers is not invited",
            },
            (None, Some(key)) if old.has_instance(key) => {
                let Some(master) = old.master() else { continue };
                if stale(master) || line_of(master, line).is_none() {
                    why = "whoever answers is not invited to that, or answers an older version";
                    continue;
                }
                let text = derived(&old, key, |component| {
                    let whole = alone(component.bytes());
                    answered_alone(&whole, part.component, line)
                });
                if let Some(text) = text {
                    changed = true;
                    edit.insert_component(old.tree.calendar(), &String::from_utf8_lossy(&text));
                }
            }
            _ => why = "there is no such instance",
        }
    }
    Ok(if changed { Received::Stored(edit.apply()) } else { Received::Ignored(why) })
}

fn answered_alone(whole: &[u8], message: Component<'_>, line: Property<'_>) -> Vec<u8> {
    let Ok(tree) = Tree::parse(whole) else { return Vec::new() };
    let Some(component) = tree.calendar().children().next() else { return Vec::new() };
    let mut edit = Edit::new(whole);
    if let Some(own) = line_of(component, line) {
        answer(&mut edit, component, own, message, line);
    }
    let changed = edit.apply();
    let Ok(tree) = Tree::parse(&changed) else { return Vec::new() };
    tree.calendar().children().next().map_or_else(Vec::new, |component| component.bytes().to_vec())
}

/// Takes the answer over into the attendee's line; a delegate is invited by a line of their own (RFC 5546 3.2.2.3).
fn answer(
    edit: &mut Edit<'_>,
    component: Component<'_>,
    own: Property<'_>,
    message: Component<'_>,
    line: Property<'_>,
) {
    let said = partstat(line);
    let status = message
        .property("REQUEST-STATUS")
        .map_or("2.0", |status| status.value().split(';').next().unwrap_or("2.0").trim());
    let to = line.parameters().find(|(name, _)| name.eq_ignore_ascii_case("DELEGATED-TO")).map(|(_, raw)| raw);
    let known = |status: &str| status.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !status.is_empty();
    let status = if known(status) { status } else { "2.0" };
    let changes =
        [("PARTSTAT", Some(said.as_str())), ("SCHEDULE-STATUS", Some(status)), ("RSVP", None), ("DELEGATED-TO", to)];
    edit.set_line(own, &with_params(own, &changes));
    if said != "DELEGATED" {
        return;
    }
    for delegate in line.params("DELEGATED-TO") {
        let present = component.all("ATTENDEE").any(|a| normal_address(a.value()) == normal_address(&delegate));
        if !present && delegate.contains('@') {
            let from = crate::ical::edit::param_value(own.value().trim());
            let role = "PARTSTAT=NEEDS-ACTION;RSVP=TRUE;ROLE=REQ-PARTICIPANT";
            let line = format!("ATTENDEE;{role};DELEGATED-FROM={from}:{}", delegate.trim());
            edit.insert_before(own.span().end, &fold(&line));
        }
    }
}

fn line_of<'t>(component: Component<'t>, answered: Property<'_>) -> Option<Property<'t>> {
    User::new([answered.value()])
        .line_in(component)
        .or_else(|| component.all("ATTENDEE").find(|own| User::new([own.value()]).is(answered.value())))
}

fn uid(object: &Object<'_>) -> Option<String> {
    object.parts.iter().find_map(|part| part.component.property("UID")).map(|uid| uid.text().trim().to_owned())
}

/// Answers REFRESH with the present state, and COUNTER by declining it: the organizer moves a meeting by moving it.
pub fn ask(object: &[u8], message: &[u8], method: Method) -> Result<Received, Malformed> {
    let (old, new) = (Tree::parse(object)?, Tree::parse(message)?);
    let (old, new) = (Object::of(&old), Object::of(&new));
    let asking = new.parts.iter().find_map(|part| part.component.property("ATTENDEE"));
    let Some(asking) = asking.filter(|_| uid(&old) == uid(&new)) else {
        return Ok(Received::Ignored("it is about another event, or from nobody"));
    };
    let address = normal_address(asking.value());
    if method == Method::Refresh {
        let text = view::message(&old, &address, Some("REQUEST"), None);
        let answer = text.map(|text| Received::Answered(Message { method: Method::Request, text }));
        return Ok(answer.unwrap_or(Received::Ignored("whoever asks is not invited")));
    }
    if !old.parts.iter().any(|part| view::invites(part.component, &address)) {
        return Ok(Received::Ignored("whoever proposes is not invited"));
    }
    let mut edit = Edit::new(message);
    let calendar = new.tree.calendar();
    edit.set_property(calendar, "METHOD:DECLINECOUNTER");
    for part in &new.parts {
        edit.set_property(part.component, "REQUEST-STATUS:3.0;Not at this time");
    }
    Ok(Received::Answered(Message { method: Method::DeclineCounter, text: edit.apply() }))
}

/// Applies REQUEST, ADD or CANCEL to the attendee's copy.
pub fn deliver(person: &User, copy: Option<&[u8]>, message: &[u8], now: Instant) -> Result<Received, Malformed> {
    let tree = Tree::parse(message)?;
    let new = Object::of(&tree);
    let method = tree.calendar().property("METHOD").map(|method| method.value().trim().to_ascii_uppercase());
    let method = method.unwrap_or_default();
    if !new.parts.iter().any(|part| person.line_in(part.component).is_some()) {
        return Ok(Received::Ignored("it is not for this person"));
    }
    let standing = copy.map(Tree::parse).transpose()?;
    let standing = standing.as_ref().map(Object::of);
    if let Some(standing) = &standing {
        let organizer = |object: &Object<'_>| object.organizer().map(|line| normal_address(line.value()));
        if uid(standing) != uid(&new) || organizer(standing) != organizer(&new) {
            return Ok(Received::Ignored("another organizer's event has this UID"));
        }
        if is_older(&new, standing) {
            return Ok(Received::Ignored("a newer version is here"));
        }
    }
    let mut bare = Edit::new(message);
    bare.remove_properties(tree.calendar(), "METHOD");
    let bare = bare.apply();
    Ok(match (method.as_str(), copy.zip(standing)) {
        ("REQUEST", None) => Received::Stored(bare),
        ("REQUEST", Some((copy, _))) if new.master().is_some() => Received::Stored(renew(person, Some(copy), &bare)?),
        ("REQUEST" | "ADD", Some((copy, standing))) => Received::Stored(add(copy, &standing, &new)),
        ("ADD", None) => Received::Answered(refresh(&new, person, now)),
        ("CANCEL", Some((copy, standing))) => called_off(copy, &standing, &new)?,
        ("CANCEL", None) => Received::Ignored("there is no such event"),
        ("DECLINECOUNTER", _) => Received::Noted,
        _ => Received::Ignored("this method is not for attendees"),
    })
}

/// A lower SEQUENCE, or the same with an older DTSTAMP, is late (RFC 5546 2.1.5).
fn is_older(new: &Object<'_>, standing: &Object<'_>) -> bool {
    let stamp = |object: &Object<'_>| {
        let stamps = object.parts.iter().filter_map(|part| date_or_time(part.component.property("DTSTAMP")?).ok());
        stamps.map(|stamp| object.zones.resolve(&stamp, Zone::UTC)).max()
    };
    let (a, b) = (sequence(new), sequence(standing));
    a < b || (a == b && stamp(new) < stamp(standing) && stamp(new).is_some())
}

/// Puts instances of a message into a copy. ADD names new ones by their start alone.
fn add(copy: &[u8], standing: &Object<'_>, new: &Object<'_>) -> Vec<u8> {
    let mut edit = Edit::new(copy);
    let calendar = standing.tree.calendar();
    for part in &new.parts {
        let component = part.component;
        let mut block = String::from_utf8_lossy(component.bytes()).into_owned();
        let key = match (part.key, component.property("DTSTART").and_then(|start| date_or_time(start).ok())) {
            (Some(_), _) => {
                component.property("RECURRENCE-ID").and_then(|id| Some(standing.key(&date_or_time(id).ok()?)))
            }
            (None, Some(start)) => {
                let key = standing.key(&start);
                if let (Some(line), Some(master)) = (standing.naming("RDATE", key), standing.master()) {
                    edit.insert_before(master.end_span().start, &line);
                }
                let line = standing.naming("RECURRENCE-ID", key).unwrap_or_default();
                let at = component.end_span().start - component.span().start;
                if block.is_char_boundary(at) {
                    block.insert_str(at, &line);
                }
                Some(key)
            }
            (None, None) => None,
        };
        match key.and_then(|key| standing.part(Some(key))) {
            Some(old) => drop(edit.replace(old.span(), &block)),
            None => drop(edit.insert_component(calendar, &block)),
        }
    }
    edit.apply()
}

fn called_off(copy: &[u8], standing: &Object<'_>, new: &Object<'_>) -> Result<Received, Malformed> {
    let number = sequence(new);
    if new.master().is_some() {
        return Ok(Received::Stored(cancel(copy, number)?));
    }
    let ids = new.parts.iter().filter_map(|part| part.component.property("RECURRENCE-ID"));
    let keys: Vec<Key> = ids.filter_map(|id| Some(standing.key(&date_or_time(id).ok()?))).collect();
    let mut edit = Edit::new(copy);
    let mut changed = false;
    for key in keys {
        let own = standing.part(Some(key));
        match (standing.master().filter(|_| standing.has_instance(key)), own) {
            (Some(master), own) => {
                if let Some(line) = standing.naming("EXDATE", key) {
                    edit.insert_before(master.end_span().start, &line);
                }
                if let Some(own) = own {
                    edit.remove(own.span());
                }
                changed = true;
            }
            (None, Some(own)) if !is_cancelled(own) => {
                edit.set_property(own, "STATUS:CANCELLED");
                changed = true;
            }
            _ => {}
        }
    }
    Ok(if changed { Received::Stored(edit.apply()) } else { Received::Ignored("there is no such instance") })
}

/// REFRESH: asks the organizer for an event that only parts of are known.
fn refresh(new: &Object<'_>, person: &User, now: Instant) -> Message {
    let mut text = view::HEAD.to_owned();
    text.push_str("METHOD:REFRESH\r\nBEGIN:VEVENT\r\n");
    let lead = new.parts.first().map(|part| part.component);
    if let Some(lead) = lead {
        let lines = ["UID", "ORGANIZER"].iter().filter_map(|name| lead.property(name)).chain(person.line_in(lead));
        lines.for_each(|line| text.push_str(&fold(line.content())));
    }
    text.push_str(&format!("DTSTAMP:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", DateOrTime::Utc(now)));
    Message { method: Method::Refresh, text: text.into_bytes() }
}
