//! An attendee's edit of an event they don't organise: what is personal is kept, everything else is restored from the
//! server's copy. Clients rewrite whole objects (DAVx5 every ATTENDEE line), so an edit can't be taken as it is.

use super::{attendee, event};
use crate::ical::edit::{escape_text, fold};
use crate::ical::property::Property;
use crate::ical::tree::{Component, Malformed, Tree};

/// COMMENTs that Dogwatch wrote begin so; they are not the person's and don't outlive their reason.
const OWN_COMMENT: &str = "Dogwatch:";

/// Which of the personal properties are taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal {
    /// TRANSP, where the person's copy has one.
    pub transp: bool,
    /// DTSTAMP.
    pub stamp: bool,
}

/// What a PUT of an attendee leads to: the server's copy with the attendee's own PARTSTAT and RSVP, and whatever is
/// personal: TRANSP, alarms, `X-MOZ-*`, `X-APPLE-*`, COMMENT, categories, DTSTAMP. SCHEDULE-AGENT is dropped, because
/// the roster is a server on both sides whatever Thunderbird and Outlook assume.
pub fn merge(server: &[u8], edited: &[u8], address: &str) -> Result<Vec<u8>, Malformed> {
    let onto = Tree::parse(server)?;
    let from = Tree::parse(edited)?;
    let answered = event(&from).and_then(|event| attendee(event, address));
    let own = event(&onto).and_then(|event| attendee(event, address));
    let line = own.zip(answered).map(|(own, answered)| (own, answered_line(own, answered)));
    Ok(weave(&onto, &from, Personal { transp: true, stamp: true }, line.as_ref()))
}

/// The event `onto` with the personal additions of `from`: how a copy that is written anew keeps its alarms. PARTSTAT
/// stays as `onto` has it.
pub fn graft(onto: &[u8], from: &[u8], personal: Personal) -> Result<Vec<u8>, Malformed> {
    Ok(weave(&Tree::parse(onto)?, &Tree::parse(from)?, personal, None))
}

/// The server's line with the client's PARTSTAT and RSVP.
fn answered_line(own: Property<'_>, answered: Property<'_>) -> String {
    let mut line = own.name().to_owned();
    let theirs = |name: &str| name.eq_ignore_ascii_case("PARTSTAT") || name.eq_ignore_ascii_case("RSVP");
    let scheduling = |name: &str| name.to_ascii_uppercase().starts_with("SCHEDULE-");
    let kept = own.parameters().filter(|(name, _)| !theirs(name) && !scheduling(name));
    for (name, value) in kept.chain(answered.parameters().filter(|(name, _)| theirs(name))) {
        line.push(';');
        line.push_str(name);
        line.push('=');
        line.push_str(value);
    }
    line.push(':');
    line.push_str(own.value());
    fold(&line)
}

/// Puts the text together from the pieces of both.
fn weave(onto: &Tree<'_>, from: &Tree<'_>, personal: Personal, answered: Option<&(Property<'_>, String)>) -> Vec<u8> {
    let text = onto.text();
    let (Some(target), Some(source)) = (event(onto), event(from)) else {
        return text.to_vec();
    };
    let replaces = |name: &str| {
        (personal.transp && name.eq_ignore_ascii_case("TRANSP")
            || personal.stamp && name.eq_ignore_ascii_case("DTSTAMP"))
            && source.property(name).is_some()
    };
    let mut woven = slice(text, 0..target.begin_span().end).to_vec();
    for property in target.properties() {
        match answered {
            Some((own, line)) if own.span() == property.span() => woven.extend_from_slice(line.as_bytes()),
            _ if replaces(property.name()) => {}
            _ => woven.extend_from_slice(slice(text, property.span())),
        }
    }
    for property in source.properties() {
        if replaces(property.name()) || is_own(property) {
            push_line(&mut woven, slice(from.text(), property.span()));
        }
    }
    if let Some(line) = extra_categories(target, source) {
        woven.extend_from_slice(line.as_bytes());
    }
    // Alarms are the person's alone: the server's copy has none.
    for alarm in source.children_named("VALARM") {
        push_line(&mut woven, alarm.bytes());
    }
    woven.extend_from_slice(slice(text, target.end_span().start..text.len()));
    woven
}

fn is_own(property: Property<'_>) -> bool {
    let name = property.name().to_ascii_uppercase();
    let comment = name == "COMMENT" && !property.value().trim_start().starts_with(OWN_COMMENT);
    comment || name.starts_with("X-MOZ-") || name.starts_with("X-APPLE-")
}

fn extra_categories(target: Component<'_>, source: Component<'_>) -> Option<String> {
    let list = |event: Component<'_>| event.all("CATEGORIES").flat_map(Property::texts).collect::<Vec<_>>();
    let known = list(target);
    let new = |name: &String| !known.iter().any(|known| known.eq_ignore_ascii_case(name));
    let extra: Vec<String> = list(source).iter().filter(|name| new(name)).map(|name| escape_text(name)).collect();
    (!extra.is_empty()).then(|| fold(&format!("CATEGORIES:{}", extra.join(","))))
}

fn slice(text: &[u8], span: std::ops::Range<usize>) -> &[u8] {
    text.get(span).unwrap_or_default()
}

/// The last line of a text may lack its newline.
fn push_line(text: &mut Vec<u8>, line: &[u8]) {
    text.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        text.extend_from_slice(b"\r\n");
    }
}
