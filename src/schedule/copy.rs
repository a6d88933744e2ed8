//! An attendee's copy: brought in line with what the organizer says, with everything personal kept; or marked as
//! cancelled, so that the attendee sees it rather than wonders.

use super::merge::{Personal, push_line, slice, weave};
use super::object::{Key, Object, alone};
use super::tell::{Copy, Told};
use super::who::{User, partstat, with_params};
use crate::ical::edit::{Edit, fold, param_value};
use crate::ical::property::Property;
use crate::ical::tree::{Component, Malformed, Tree};

/// Personal through every change by the organizer.
const KEPT: Personal = Personal { transp: true, stamp: false };

/// What is the person's own on a meeting: every X-property but those that came with the description, and comments.
pub(super) fn is_personal(property: Property<'_>) -> bool {
    let name = property.name().to_ascii_uppercase();
    let shared = ["X-ALT-DESC", "X-APPLE-STRUCTURED-LOCATION", "X-GOOGLE-CONFERENCE"].contains(&name.as_str());
    (name.starts_with("X-") && !shared) || name == "COMMENT" || name == "COMPLETED" || name == "PERCENT-COMPLETE"
}

/// The copy that says what the organizer says (`view`), with the alarms, colours and the like of `copy`.
pub(super) fn renew(person: &User, copy: Option<&[u8]>, view: &[u8]) -> Result<Vec<u8>, Malformed> {
    let Some(copy) = copy else { return Ok(view.to_vec()) };
    let (old, new) = (Tree::parse(copy)?, Tree::parse(view)?);
    let (old, new) = (Object::of(&old), Object::of(&new));
    let gone: Vec<Key> =
        old.excluded().difference(&new.excluded()).copied().filter(|k| declined(person, &new, *k)).collect();
    let mut edit = Edit::new(view);
    for part in &new.parts {
        if part.key.is_some_and(|key| gone.contains(&key)) {
            edit.remove(part.component.span());
            continue;
        }
        let Some(source) = old.part(part.key).or_else(|| old.master()) else { continue };
        let status = answered_status(part.component, source);
        let mut text = weave(part.component, source, KEPT, status.as_ref(), &is_personal);
        if part.key.is_none() {
            for key in gone.iter().filter_map(|key| new.naming("EXDATE", *key)) {
                text = before_end(&text, part.component, &key);
            }
        }
        edit.replace(part.component.span(), &String::from_utf8_lossy(&text));
    }
    for (key, own) in old.overrides() {
        let alike = old.master().is_some_and(|master| personal(master) == personal(own));
        if alike || new.part(Some(key)).is_some() || !new.has_instance(key) {
            continue;
        }
        if let Some(text) = derived(&new, key, |derived| weave(derived, own, KEPT, None, &is_personal)) {
            edit.insert_component(new.tree.calendar(), &String::from_utf8_lossy(&text));
        }
    }
    Ok(edit.apply())
}

/// The ORGANIZER line with what became of the last answer: it stays true whatever the organizer changes (RFC 6638 3.2.9).
fn answered_status<'t>(target: Component<'t>, source: Component<'_>) -> Option<(Property<'t>, String)> {
    let (line, before) = (target.property("ORGANIZER")?, source.property("ORGANIZER")?);
    let status = before.param("SCHEDULE-STATUS")?;
    Some((line, fold(&with_params(line, &[("SCHEDULE-STATUS", Some(param_value(&status).as_str()))]))))
}

/// The copy of what was called off.
pub(super) fn cancel(copy: &[u8], sequence: i64) -> Result<Vec<u8>, Malformed> {
    let tree = Tree::parse(copy)?;
    let mut edit = Edit::new(copy);
    for part in Object::of(&tree).parts {
        edit.set_property(part.component, "STATUS:CANCELLED");
        if super::tell::sequence_of(part.component).unwrap_or(0) < sequence {
            edit.set_property(part.component, &format!("SEQUENCE:{sequence}"));
        }
    }
    Ok(edit.apply())
}

/// What `change` makes of an override that says what the master says.
pub(super) fn derived(object: &Object<'_>, key: Key, change: impl FnOnce(Component<'_>) -> Vec<u8>) -> Option<Vec<u8>> {
    let text = alone(&object.derive(key)?);
    let tree = Tree::parse(&text).ok()?;
    let component = tree.calendar().children().next()?;
    Some(change(component))
}

/// A component's text with one more line behind its properties.
pub(super) fn before_end(text: &[u8], like: Component<'_>, line: &str) -> Vec<u8> {
    let whole = alone(text);
    let Ok(tree) = Tree::parse(&whole) else { return text.to_vec() };
    let Some(component) = tree.calendar().children().find(|c| c.is(like.name())) else { return text.to_vec() };
    let mut edit = Edit::new(&whole);
    let inner = component.children().next().map(|child| child.span().start);
    edit.insert_before(inner.unwrap_or(component.end_span().start), line);
    let changed = edit.apply();
    let Ok(tree) = Tree::parse(&changed) else { return text.to_vec() };
    tree.calendar().children().next().map_or_else(|| text.to_vec(), |component| component.bytes().to_vec())
}

/// Whether the person has said no to this instance.
fn declined(person: &User, object: &Object<'_>, key: Key) -> bool {
    let line = object.says(key).and_then(|component| person.line_in(component));
    line.is_some_and(|line| partstat(line) == "DECLINED")
}

/// Alarms and other lines that are the person's own.
pub(super) fn personal(component: Component<'_>) -> Vec<Vec<u8>> {
    let lines = component.properties().filter(|p| is_personal(*p) || p.is("TRANSP"));
    let mut all: Vec<Vec<u8>> = lines.map(|p| p.content().as_bytes().to_vec()).collect();
    all.sort();
    for alarm in component.children_named("VALARM") {
        let mut text = Vec::new();
        push_line(&mut text, slice(alarm.bytes(), 0..alarm.bytes().len()));
        all.push(text);
    }
    all
}

/// What a copy becomes by what its owner is told; nothing where it stays as it is.
pub fn follow(person: &User, copy: Option<&[u8]>, told: &Told) -> Result<Option<Vec<u8>>, Malformed> {
    let text = match (&told.copy, copy) {
        (Copy::Cancelled(sequence), Some(copy)) => cancel(copy, *sequence)?,
        // What they never had, or have removed, needs no calling off.
        (Copy::Cancelled(_), None) => return Ok(None),
        (Copy::Says(_), None) if told.declined => return Ok(None),
        (Copy::Says(view), copy) => renew(person, copy, view)?,
    };
    Ok((copy != Some(text.as_slice())).then_some(text))
}
