//! An attendee's edit of an event they don't organise: what is personal is kept, everything else is restored from the
//! server's copy. Clients rewrite whole objects (DAVx5 every ATTENDEE line), so an edit can't be taken as it is.

use super::event;
use super::who::User;
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
pub fn merge(server: &[u8], edited: &[u8], person: &User) -> Result<Vec<u8>, Malformed> {
    let onto = Tree::parse(server)?;
    let from = Tree::parse(edited)?;
    let answered = event(&from).and_then(|event| person.line_in(event));
    let own = event(&onto).and_then(|event| person.line_in(event));
    let line = own.zip(answered).map(|(own, answered)| (own, answered_line(own, answered)));
    Ok(weave_event(&onto, &from, Personal { transp: true, stamp: true }, line.as_ref()))
}

/// The event `onto` with the personal additions of `from`: how a copy that is written anew keeps its alarms. PARTSTAT
/// stays as `onto` has it.
pub fn graft(onto: &[u8], from: &[u8], personal: Personal) -> Result<Vec<u8>, Malformed> {
    Ok(weave_event(&Tree::parse(onto)?, &Tree::parse(from)?, personal, None))
}

/// The server's line with the client's answer: PARTSTAT, RSVP, and to whom it was delegated.
pub(super) fn answered_line(own: Property<'_>, answered: Property<'_>) -> String {
    let mut line = own.name().to_owned();
    let theirs = |name: &str| ["PARTSTAT", "RSVP", "DELEGATED-TO"].iter().any(|own| name.eq_ignore_ascii_case(own));
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

/// The text of `onto` with its event put together from both.
fn weave_event(
    onto: &Tree<'_>,
    from: &Tree<'_>,
    personal: Personal,
    answered: Option<&(Property<'_>, String)>,
) -> Vec<u8> {
    let text = onto.text();
    let (Some(target), Some(source)) = (event(onto), event(from)) else {
        return text.to_vec();
    };
    let span = target.span();
    let mut woven = slice(text, 0..span.start).to_vec();
    woven.extend(weave(target, source, personal, answered, &is_own));
    woven.extend_from_slice(slice(text, span.end..text.len()));
    woven
}

/// One component of the lines of `target` with what of `source` is personal, by `own` and by `personal`. Alarms are the
/// person's alone: those of `source` stand instead of the others.
pub(super) fn weave(
    target: Component<'_>,
    source: Component<'_>,
    personal: Personal,
    answered: Option<&(Property<'_>, String)>,
    own: &dyn Fn(Property<'_>) -> bool,
) -> Vec<u8> {
    let replaces = |name: &str| {
        let wanted = (personal.transp && name.eq_ignore_ascii_case("TRANSP"))
            || (personal.stamp && name.eq_ignore_ascii_case("DTSTAMP"));
        wanted && source.property(name).is_some()
    };
    let mut woven = Vec::with_capacity(target.bytes().len() + 256);
    push_line(&mut woven, target.begin_line());
    for property in target.properties() {
        match answered {
            Some((own, line)) if own.span() == property.span() => woven.extend_from_slice(line.as_bytes()),
            _ if replaces(property.name()) || own(property) => {}
            _ => push_line(&mut woven, target.line_of(property)),
        }
    }
    for property in source.properties() {
        if replaces(property.name()) || own(property) {
            push_line(&mut woven, source.line_of(property));
        }
    }
    if let Some(line) = extra_categories(target, source) {
        woven.extend_from_slice(line.as_bytes());
    }
    for child in target.children().filter(|child| !child.is("VALARM")) {
        push_line(&mut woven, child.bytes());
    }
    for alarm in source.children_named("VALARM") {
        push_line(&mut woven, alarm.bytes());
    }
    push_line(&mut woven, target.end_line());
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

pub(super) fn slice(text: &[u8], span: std::ops::Range<usize>) -> &[u8] {
    text.get(span).unwrap_or_default()
}

/// The last line of a text may lack its newline.
pub(super) fn push_line(text: &mut Vec<u8>, line: &[u8]) {
    text.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        text.extend_from_slice(b"\r\n");
    }
}
