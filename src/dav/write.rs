//! Writes XML answers: a string builder with the four namespaces bound at the root, and everything escaped.

use super::xml::{APPLE, CALDAV, CALENDARSERVER, DAV, Element, Name, Node, is_xml_char};
use std::fmt::Write;

/// The namespace declarations of a root element.
pub const NAMESPACES: &str = r#"xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/""#;

/// XML as it grows. Tags are given with the prefixes of [`NAMESPACES`].
#[derive(Debug, Default)]
pub struct Xml {
    out: String,
}

impl Xml {
    /// A document with this root, left open.
    pub fn document(root: &str) -> Self {
        let mut out = String::with_capacity(1 << 10);
        for piece in ["<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<", root, " ", NAMESPACES, ">"] {
            out.push_str(piece);
        }
        Self { out }
    }

    /// `<tag>`
    pub fn open(&mut self, tag: &str) {
        self.pieces(["<", tag, ">"]);
    }

    /// `</tag>`
    pub fn close(&mut self, tag: &str) {
        self.pieces(["</", tag, ">"]);
    }

    /// `<tag/>`, attributes included where the tag has some.
    pub fn empty(&mut self, tag: &str) {
        self.pieces(["<", tag, "/>"]);
    }

    /// Listings write millions of tags: no formatting.
    fn pieces(&mut self, pieces: [&str; 3]) {
        pieces.into_iter().for_each(|piece| self.out.push_str(piece));
    }

    /// `<tag>text</tag>`
    pub fn text(&mut self, tag: &str, text: &str) {
        self.open(tag);
        escape_into(&mut self.out, text);
        self.close(tag);
    }

    /// `<D:href>`: the path must be percent-encoded already.
    pub fn href(&mut self, href: &str) {
        self.text("D:href", href);
    }

    /// `<tag><D:href>…</D:href></tag>`
    pub fn href_in(&mut self, tag: &str, href: &str) {
        self.open(tag);
        self.href(href);
        self.close(tag);
    }

    /// Characters without an element.
    pub fn characters(&mut self, text: &str) {
        escape_into(&mut self.out, text);
    }

    /// XML that is already whole.
    pub fn raw(&mut self, xml: &str) {
        self.out.push_str(xml);
    }

    /// A comment: what would end it is taken apart.
    pub fn comment(&mut self, text: &str) {
        self.raw("<!-- ");
        let text: String = text.chars().filter(|c| is_xml_char(*c)).collect();
        self.raw(&text.replace("--", "- -").replace("--", "- -"));
        self.raw(" -->");
    }

    /// An empty element of any namespace.
    pub fn empty_name(&mut self, name: &Name) {
        let _ = match prefix(&name.namespace) {
            Some(prefix) => write!(self.out, "<{prefix}:{}/>", name.local),
            None if name.namespace.is_empty() => write!(self.out, "<{}/>", name.local),
            None => {
                let _ = write!(self.out, "<x:{}", name.local);
                attribute(&mut self.out, "xmlns:x", &name.namespace);
                self.out.write_str("/>")
            }
        };
    }

    /// How much there is.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Forgets what was written after the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.out.truncate(len);
    }

    /// Takes what there is, and goes on empty.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.out)
    }
}

fn prefix(namespace: &str) -> Option<&'static str> {
    match namespace {
        DAV => Some("D"),
        CALDAV => Some("C"),
        CALENDARSERVER => Some("CS"),
        APPLE => Some("A"),
        _ => None,
    }
}

/// Escapes markup in text between tags. A carriage return becomes a reference, since XML readers turn a bare one into a line feed and the
/// client would not get its own bytes back. Characters that XML can't hold are left out.
pub fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    // What needs no care, by far the most of a calendar's text, is copied in runs.
    while let Some(at) = first_to_care_for(rest.as_bytes()) {
        let (plain, careful) = rest.split_at(at);
        out.push_str(plain);
        let mut careful = careful.chars();
        match careful.next().unwrap_or_default() {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            c if is_xml_char(c) => out.push(c),
            _ => {}
        }
        rest = careful.as_str();
    }
    out.push_str(rest);
}

/// Markup, controls, and the first byte of the characters around U+FFFE.
const fn needs_care(byte: u8) -> bool {
    matches!(byte, b'&' | b'<' | b'>' | 0..=8 | 0x0b..=0x1f | 0xef)
}

/// Where the first byte is that needs care. Most lines have none until their end: a run of bytes is looked at as a whole,
/// which takes the processor a few steps.
fn first_to_care_for(bytes: &[u8]) -> Option<usize> {
    const RUN: usize = 16;
    let careful = |run: &[u8]| run.iter().fold(false, |any, byte| any | needs_care(*byte));
    let run = bytes.chunks(RUN).position(careful)?;
    let within = bytes.iter().skip(run * RUN).position(|byte| needs_care(*byte))?;
    Some(run * RUN + within)
}

/// An element as XML that stands on its own, wherever it is put: each element declares its namespace.
pub fn standalone(element: &Element) -> String {
    let mut out = String::new();
    write_element(&mut out, element, "");
    out
}

fn write_element(out: &mut String, element: &Element, inherited: &str) {
    let name = &element.name;
    let _ = write!(out, "<{}", name.local);
    if name.namespace != inherited || inherited.is_empty() {
        attribute(out, "xmlns", &name.namespace);
    }
    for (count, (name, value)) in element.attributes.iter().enumerate() {
        match name.namespace.as_ref() {
            "" => attribute(out, &name.local, value),
            "http://www.w3.org/XML/1998/namespace" => attribute(out, &format!("xml:{}", name.local), value),
            namespace => {
                attribute(out, &format!("xmlns:a{count}"), namespace);
                attribute(out, &format!("a{count}:{}", name.local), value);
            }
        }
    }
    if element.nodes.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    for node in &element.nodes {
        match node {
            Node::Element(child) => write_element(out, child, &name.namespace),
            Node::Text(text) => escape_into(out, text),
        }
    }
    let _ = write!(out, "</{}>", name.local);
}

fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    let mut escaped = String::new();
    escape_into(&mut escaped, value);
    out.push_str(&escaped.replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;"));
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    #[test]
    fn calendar_text_comes_back_with_its_line_ends() {
        let mut xml = Xml::document("D:a");
        xml.characters("SUMMARY:a <b> & \"c\"\r\nEND\u{1}");
        xml.close("D:a");
        let root = parse(xml.take().as_bytes()).unwrap().unwrap();
        assert_eq!(root.text(), "SUMMARY:a <b> & \"c\"\r\nEND");
    }

    #[test]
    fn no_text_ends_a_comment() {
        let mut xml = Xml::document("D:a");
        xml.comment("a -- b ---> <c/>\u{1}-");
        xml.close("D:a");
        let text = xml.take();
        assert_eq!(text.matches("--").count(), 2, "{text}");
        assert!(parse(text.as_bytes()).unwrap().unwrap().nodes.is_empty());
    }

    #[test]
    fn what_needs_care_is_found_wherever_it_stands() {
        for at in 0..40 {
            let text = format!("{}&{}<", "é-".repeat(at), "x".repeat(at));
            let mut out = String::new();
            escape_into(&mut out, &text);
            assert_eq!(out, text.replace('&', "&amp;").replace('<', "&lt;"));
        }
    }

    #[test]
    fn a_dead_property_reads_the_same_wherever_it_stands() {
        let source =
            r#"<p:x xmlns:p="urn:p" xmlns:q="urn:q" q:a="1 &quot;" b="2"><q:y>t&amp;</q:y> <z xml:lang="de"/></p:x>"#;
        let element = parse(source.as_bytes()).unwrap().unwrap();
        let wrapped = format!(r#"<D:prop xmlns:D="DAV:" xmlns="urn:other">{}</D:prop>"#, standalone(&element));
        let again = parse(wrapped.as_bytes()).unwrap().unwrap();
        assert_eq!(again.children().next(), Some(&element));
    }
}
