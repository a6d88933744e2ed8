//! XML of requests as a small bounded tree with resolved namespaces.
//!
//! `quick-xml` lets unclosed documents, two roots, unbound prefixes and DOCTYPE pass, so that everything a request must
//! not hold is refused here (hardening: no entities, depth 32, 20,000 elements, 64 attributes an element).

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{NamespaceError, ResolveResult};
use quick_xml::reader::NsReader;
use std::borrow::Cow;

/// `DAV:`
pub const DAV: &str = "DAV:";
/// CalDAV (RFC 4791, RFC 6638).
pub const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// Apple's CalendarServer extensions (ctag, notifications).
pub const CALENDARSERVER: &str = "http://calendarserver.org/ns/";
/// Apple's iCal application (colour, order).
pub const APPLE: &str = "http://apple.com/ns/ical/";

/// WebDAV-Push.
pub const PUSH: &str = "https://bitfire.at/webdav-push";

const MAX_DEPTH: usize = 32;
const MAX_ELEMENTS: usize = 20_000;
const MAX_ATTRIBUTES: usize = 64;
const MAX_INSTRUCTIONS: usize = 16;

/// Why a body is no XML that Dogwatch reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the XML body is refused: {0}")]
pub struct Unreadable(pub String);

/// An expanded name: namespace and local part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// Namespace URI, empty for none.
    pub namespace: Cow<'static, str>,
    /// The part after the colon.
    pub local: String,
}

impl Name {
    /// A name in one of the namespaces.
    pub fn new(namespace: &str, local: &str) -> Self {
        Self { namespace: interned(namespace), local: local.to_owned() }
    }

    /// Whether this is that name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }
}

/// An element with what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Expanded name.
    pub name: Name,
    /// Attributes without namespace declarations; the prefix of a name is resolved (`xml:lang` included).
    pub attributes: Vec<(Name, String)>,
    /// Children and text in order.
    pub nodes: Vec<Node>,
}

/// A piece of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A child element.
    Element(Element),
    /// Text with references resolved.
    Text(String),
}

impl Element {
    /// Whether the element has this name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.is(namespace, local)
    }

    /// The child elements in order.
    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The first child of this name.
    pub fn child(&self, namespace: &str, local: &str) -> Option<&Element> {
        self.children().find(|child| child.is(namespace, local))
    }

    /// The element's own text, not that of its children.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            if let Node::Text(piece) = node {
                text.push_str(piece);
            }
        }
        text
    }

    /// The value of an attribute without namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name.is("", local)).map(|(_, value)| value.as_str())
    }
}

/// Reads a body. An empty one is `None`: several methods allow that.
pub fn parse(body: &[u8]) -> Result<Option<Element>, Unreadable> {
    let text = std::str::from_utf8(body).map_err(|at| refuse(format!("invalid UTF-8 at byte {}", at.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut builder = Builder::default();
    loop {
        let event = reader.read_event().map_err(unread)?;
        if matches!(event, Event::Eof) {
            return builder.finish().map(Some);
        }
        builder.take(&reader, event)?;
    }
}

/// What is known of a document so far: open elements, innermost last.
#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
    instructions: usize,
}

impl Builder {
    fn take(&mut self, reader: &NsReader<&[u8]>, event: Event<'_>) -> Result<(), Unreadable> {
        match event {
            Event::Start(start) => self.open(reader, &start),
            Event::End(_) => self.close(),
            Event::Text(text) => self.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(text) => self.text(&text.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => self.text(&resolve_reference(&reference)?),
            Event::Decl(declaration) => utf8_only(&declaration),
            Event::DocType(_) => Err(refuse("a DOCTYPE is not allowed")),
            Event::PI(_) => {
                self.instructions += 1;
                if self.instructions > MAX_INSTRUCTIONS {
                    return Err(refuse("too many processing instructions"));
                }
                Ok(())
            }
            Event::Comment(_) | Event::Empty(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self, reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<(), Unreadable> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(refuse(format!("more than {MAX_ELEMENTS} elements")));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(refuse(format!("nested deeper than {MAX_DEPTH}")));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(refuse("more than one root element"));
        }
        let (namespace, local) = reader.resolver().resolve_element(start.name());
        let name = expanded(&namespace, local.as_ref())?;
        self.open.push(Element { name, attributes: attributes(reader, start)?, nodes: Vec::new() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let element = self.open.pop().ok_or_else(|| refuse("an end tag without its start"))?;
        match self.open.last_mut() {
            Some(parent) => parent.nodes.push(Node::Element(element)),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, piece: &str) -> Result<(), Unreadable> {
        if piece.contains(|c: char| !is_xml_char(c)) {
            return Err(refuse("a control character"));
        }
        let Some(parent) = self.open.last_mut() else {
            return if piece.trim().is_empty() { Ok(()) } else { Err(refuse("text outside of the root element")) };
        };
        match parent.nodes.last_mut() {
            Some(Node::Text(text)) => text.push_str(piece),
            _ => parent.nodes.push(Node::Text(piece.to_owned())),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, Unreadable> {
        if let Some(element) = self.open.last() {
            return Err(refuse(format!("the document ends before </{}>", element.name.local)));
        }
        self.root.ok_or_else(|| refuse("no root element"))
    }
}

fn attributes(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Vec<(Name, String)>, Unreadable> {
    let mut attributes = Vec::new();
    for (count, attribute) in start.attributes().enumerate() {
        if count >= MAX_ATTRIBUTES {
            return Err(refuse(format!("more than {MAX_ATTRIBUTES} attributes on one element")));
        }
        let attribute = attribute.map_err(|error| refuse(error.to_string()))?;
        if attribute.value.contains('<') {
            return Err(refuse("a < in the value of an attribute"));
        }
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| refuse(error.to_string()))?
            .into_owned();
        if value.contains(|c: char| !is_xml_char(c)) {
            return Err(refuse("a control character"));
        }
        attributes.push((expanded(&namespace, local.as_ref())?, value));
    }
    Ok(attributes)
}

fn expanded(namespace: &ResolveResult<'_>, local: &str) -> Result<Name, Unreadable> {
    if !is_name(local) {
        return Err(refuse("a malformed name"));
    }
    match namespace {
        ResolveResult::Unbound => Ok(Name::new("", local)),
        ResolveResult::Bound(namespace) => Ok(Name::new(&namespace_name(namespace.as_ref())?, local)),
        ResolveResult::Unknown(prefix) => Err(refuse(format!("the prefix {prefix} is not bound"))),
    }
}

/// The reader gives the name of a namespace as it was written: an attribute's value, with references and line ends.
fn namespace_name(raw: &str) -> Result<Cow<'_, str>, Unreadable> {
    if raw.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'&') {
        return Ok(Cow::Borrowed(raw));
    }
    let one_line = raw.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    let name = quick_xml::escape::unescape(&one_line).map_err(|error| refuse(error.to_string()))?;
    if name.contains(|c: char| !is_xml_char(c)) {
        return Err(refuse("a control character"));
    }
    Ok(Cow::Owned(name.into_owned()))
}

/// Only the five references that XML itself defines, and characters by number.
fn resolve_reference(reference: &BytesRef<'_>) -> Result<String, Unreadable> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| refuse(error.to_string()))? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    let resolved = match name.as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(refuse("an entity that was never declared")),
    };
    Ok(resolved.to_owned())
}

fn utf8_only(declaration: &quick_xml::events::BytesDecl<'_>) -> Result<(), Unreadable> {
    match declaration.encoding() {
        Some(Ok(encoding)) if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("us-ascii") => {
            Err(refuse("an encoding other than UTF-8"))
        }
        Some(Err(error)) => Err(refuse(error.to_string())),
        _ => Ok(()),
    }
}

/// Whether this is a name without a colon (Namespaces in XML 3). The reader takes more, and what it takes is written
/// back: in rows, and for good where a property is kept.
fn is_name(text: &str) -> bool {
    let starts = |c: char| {
        matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{c0}'..='\u{2ff}' | '\u{370}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
            | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}'
            | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
            && !matches!(c, '\u{d7}' | '\u{f7}' | '\u{37e}')
    };
    let goes_on = |c: char| {
        starts(c) || matches!(c, '0'..='9' | '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(plain))
        || (text.starts_with(starts) && text.chars().all(goes_on))
}

/// What XML 1.0 allows as a character.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

fn interned(namespace: &str) -> Cow<'static, str> {
    for known in [DAV, CALDAV, CALENDARSERVER, APPLE, ""] {
        if namespace == known {
            return Cow::Borrowed(known);
        }
    }
    Cow::Owned(namespace.to_owned())
}

/// In words for whoever wrote the request: the reader's own speak to programmers.
fn unread(error: quick_xml::Error) -> Unreadable {
    match error {
        quick_xml::Error::Namespace(NamespaceError::TooManyBindings(most)) => {
            refuse(format!("more than {most} namespace prefixes"))
        }
        other => refuse(other.to_string()),
    }
}

fn refuse(why: impl Into<String>) -> Unreadable {
    Unreadable(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> String {
        parse(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn prefixes_are_resolved_however_the_client_spells_them() {
        let root = parse(
            br#"<?xml version="1.0" encoding="utf-8"?><x:propfind xmlns:x="DAV:"><prop xmlns="DAV:"/></x:propfind>"#,
        )
        .unwrap()
        .unwrap();
        assert!(root.is(DAV, "propfind"));
        assert!(root.child(DAV, "prop").is_some());
    }

    #[test]
    fn text_keeps_references_and_cdata() {
        let root = parse(b"<a>1 &lt; 2 &#38; <![CDATA[<b>]]></a>").unwrap().unwrap();
        assert_eq!(root.text(), "1 < 2 & <b>");
    }

    #[test]
    fn an_empty_body_is_no_document() {
        assert_eq!(parse(b" \r\n").unwrap(), None);
    }

    #[test]
    fn a_tag_can_not_hide_in_the_value_of_an_attribute() {
        for body in ["<a b='<'/>", "<a xmlns='<!DOCTYPE l ['/>", "<a xmlns:b='DAV:' b:c=\"x<y\"/>"] {
            assert!(parse(body.as_bytes()).is_err(), "XML 1.0 3.1: {body}");
        }
        assert!(parse(b"<a b='&lt;>'/>").is_ok());
    }

    #[test]
    fn a_doctype_is_refused_whatever_it_declares() {
        assert!(
            refused(r#"<!DOCTYPE l [<!ENTITY a "x">]><propfind xmlns="DAV:"><prop>&a;</prop></propfind>"#)
                .contains("DOCTYPE")
        );
        assert!(refused("<a>&b;</a>").contains("entity"));
    }

    #[test]
    fn deep_wide_and_crowded_documents_are_refused() {
        assert!(refused(&"<a>".repeat(300_000)).contains("deeper"));
        assert!(refused(&format!("<a>{}</a>", "<b/>".repeat(20_000))).contains("elements"));
        let crowded: String = (0..65).map(|n| format!(" a{n}='1'")).collect();
        assert!(refused(&format!("<a{crowded}/>")).contains("attributes"));
        assert!(refused(&format!("{}<a/>", "<?x y?>".repeat(17))).contains("instructions"));
        let bindings: String = (0..129).map(|n| format!(" xmlns:n{n}='urn:{n}'")).collect();
        parse(format!("<a{bindings}/>").as_bytes()).unwrap_err();
    }

    #[test]
    fn a_document_must_be_whole_and_single() {
        assert!(refused("<a><b></b>").contains("ends before"));
        assert!(refused("<a/><b/>").contains("one root"));
        assert!(refused("<a/>text").contains("outside"));
        refused("<a></b>");
        refused("</a>");
        refused("<a");
        refused("just text");
    }

    #[test]
    fn an_unbound_prefix_is_refused() {
        assert!(refused("<d:propfind/>").contains("not bound"));
        assert!(refused("<a d:x='1'/>").contains("not bound"));
    }

    #[test]
    fn what_is_no_name_is_refused_in_elements_and_attributes() {
        for name in ["1a", "-a", "a&amp;b", "a,b", "a×b", "a\u{37e}b"] {
            refused(&format!("<{name}/>"));
            refused(&format!("<a {name}='1'/>"));
        }
        parse("<grün-1.a xmlns='urn:x' x-1='2'/>".as_bytes()).unwrap();
    }

    #[test]
    fn only_utf8_without_control_characters_is_read() {
        parse(b"<a>\xff</a>").unwrap_err();
        refused("<a>\u{1}</a>");
        refused("<a>&#1;</a>");
        refused(r#"<?xml version="1.0" encoding="utf-16"?><a/>"#);
    }

    #[test]
    fn the_name_of_a_namespace_is_read_as_the_attribute_it_is() {
        let named =
            |raw: &str| parse(format!("<a xmlns=\"{raw}\"/>").as_bytes()).map(|root| root.unwrap().name.namespace);
        assert_eq!(named("u&amp;v&#x26;w"), Ok("u&v&w".into()));
        assert_eq!(named("DAV&#58;"), Ok(DAV.into()));
        assert_eq!(named("a\r\nb"), Ok("a b".into()));
        for bad in ["a\u{0}", "a&#1;", "&undeclared;", "&"] {
            named(bad).unwrap_err();
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::cases(256))]

        #[test]
        fn any_body_is_refused_or_read_and_what_is_read_can_be_written_and_read_again(body in crate::hostile::xml()) {
            if let Ok(Some(root)) = parse(&body) {
                let written = crate::dav::write::standalone(&root);
                proptest::prop_assert_eq!(parse(written.as_bytes()), Ok(Some(root)), "{}", written);
            }
        }
    }
}
