//! What the tests read out of XML answers, and a strict look at their form: names, characters, one root, all closed.

use crate::support::Reply;
use quick_xml::events::Event;

/// Panics unless an answer that says it is XML is well-formed.
pub fn assert_well_formed(reply: &Reply) {
    if !reply.header("content-type").is_some_and(|kind| kind.contains("xml")) {
        return;
    }
    let text = std::str::from_utf8(&reply.body).expect("XML in UTF-8");
    let wrong = |what: &str| panic!("{what}: {text}");
    if !text.chars().all(is_xml_char) {
        wrong("a character that XML can't hold");
    }
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut open, mut roots) = (0_usize, 0_usize);
    loop {
        match reader.read_event().unwrap_or_else(|error| wrong(&error.to_string())) {
            Event::Start(tag) => {
                roots += usize::from(open == 0);
                open += 1;
                assert_tag(&tag, text);
            }
            Event::Empty(tag) => {
                roots += usize::from(open == 0);
                assert_tag(&tag, text);
            }
            Event::End(_) => open -= 1,
            Event::GeneralRef(name) => {
                let name: &str = name.as_ref();
                let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name);
                if !known && !numbered(name).is_some_and(is_xml_char) {
                    wrong("a reference that XML can't hold");
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open == 0 && roots == 1, "{open} open, {roots} roots: {text}");
}

/// The character of `#13` or `#xD`.
fn numbered(reference: &str) -> Option<char> {
    let digits = reference.strip_prefix('#')?;
    let code = match digits.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code)
}

fn assert_tag(tag: &quick_xml::events::BytesStart<'_>, text: &str) {
    let is_name = |name: &str| {
        name.split(':').count() <= 2
            && name.split(':').all(|part| {
                part.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && part.chars().all(|c| c.is_alphanumeric() || "-._".contains(c))
            })
    };
    assert!(is_name(tag.name().as_ref()), "{:?} is no name: {text}", tag.name());
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap_or_else(|error| panic!("{error}: {text}"));
        assert!(is_name(attribute.key.as_ref()), "{:?} is no name: {text}", attribute.key);
        assert!(!attribute.value.contains('<'), "markup in an attribute: {text}");
    }
}

fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The last segments of the addresses that rows have, in their order; nothing for a collection.
pub fn names(multistatus: &str) -> Vec<String> {
    let rows = multistatus.split("<D:response><D:href>").skip(1);
    rows.map(|row| row.split('<').next().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
}

/// The row whose address ends so.
pub fn row<'t>(multistatus: &'t str, end: &str) -> &'t str {
    let mut rows = multistatus.split("<D:response><D:href>").skip(1);
    let found = rows.find(|row| row.split('<').next().unwrap().ends_with(end));
    found.unwrap_or_else(|| panic!("no row {end}: {multistatus}"))
}

/// The local names of the privileges granted, in order.
pub fn privileges(multistatus: &str) -> Vec<String> {
    let parts = multistatus.split("<D:privilege><").skip(1);
    parts.map(|part| part.split('/').next().unwrap().split(':').nth(1).unwrap().to_owned()).collect()
}

/// The part of a row or answer that stands with this status; empty where there is none.
pub fn part<'t>(text: &'t str, status: &str) -> &'t str {
    text.split("<D:propstat>").find(|part| part.contains(&format!("HTTP/1.1 {status} "))).unwrap_or("")
}
