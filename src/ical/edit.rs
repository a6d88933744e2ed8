//! Changes to a stored text by splicing lines: what is not named stays byte-identical. Written lines are clean of
//! control characters and folded at 75 octets (RFC 5545 3.1).

use super::line::Line;
use super::property::{Entry, Property};
use super::tree::Component;
use std::borrow::Cow;
use std::ops::Range;

/// Changes gathered over one text; spans always are those of the text as it was read.
#[derive(Clone, Debug)]
pub struct Edit<'a> {
    text: &'a [u8],
    splices: Vec<(Range<usize>, String)>,
}

impl<'a> Edit<'a> {
    /// No changes yet.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, splices: Vec::new() }
    }

    /// Puts text (whole lines, already folded: see [`fold`]) in the place of a span. A second replacement of the same
    /// span takes the place of the first.
    pub fn replace(&mut self, span: Range<usize>, text: &str) -> &mut Self {
        if let Some((_, pending)) = self.splices.iter_mut().find(|(s, _)| *s == span && !span.is_empty()) {
            text.clone_into(pending);
        } else {
            self.splices.push((span, text.to_owned()));
        }
        self
    }

    /// Puts text (whole lines, already folded) before the byte at `offset`, after what was put there before.
    pub fn insert_before(&mut self, offset: usize, text: &str) -> &mut Self {
        self.splices.push((offset..offset, text.to_owned()));
        self
    }

    /// Takes a span out.
    pub fn remove(&mut self, span: Range<usize>) -> &mut Self {
        self.replace(span, "")
    }

    /// Replaces a property by a logical line such as `STATUS:CANCELLED`, not folded yet.
    pub fn set_line(&mut self, property: Property<'_>, line: &str) -> &mut Self {
        self.replace(property.span(), &fold(line))
    }

    /// Sets a property's value as it stands in the line (escape TEXT first); its parameters stay.
    pub fn set_value(&mut self, property: Property<'_>, value: &str) -> &mut Self {
        self.rewrite(property, |old| {
            let head = old.content().strip_suffix(old.value()).unwrap_or_default();
            format!("{head}{value}")
        })
    }

    /// Sets a parameter, encoded as needed, in its place or behind the others.
    pub fn set_param(&mut self, property: Property<'_>, name: &str, value: &str) -> &mut Self {
        self.rewrite(property, |old| with_param(old, name, Some(&param_value(value))))
    }

    /// Takes a parameter off a property.
    pub fn remove_param(&mut self, property: Property<'_>, name: &str) -> &mut Self {
        self.rewrite(property, |old| with_param(old, name, None))
    }

    /// Makes a logical line such as `STATUS:CANCELLED` the component's only property of its name: in the place of the
    /// first, or as a new one.
    pub fn set_property(&mut self, component: Component<'_>, line: &str) -> &mut Self {
        let name = line.split([':', ';']).next().unwrap_or_default();
        let mut standing = component.all(name);
        match standing.next() {
            Some(first) if first.content() != line => drop(self.set_line(first, line)),
            Some(_) => {}
            None => drop(self.insert_property(component, line)),
        }
        for other in standing {
            self.remove(other.span());
        }
        self
    }

    /// Adds a logical line behind the component's own properties (before its inner components: RFC 5545 3.6.1).
    pub fn insert_property(&mut self, component: Component<'_>, line: &str) -> &mut Self {
        let inner = component.children().next().map(|child| child.span().start);
        self.insert_before(inner.unwrap_or(component.end_span().start), &fold(line))
    }

    /// Takes out all the component's properties of a name.
    pub fn remove_properties(&mut self, component: Component<'_>, name: &str) -> &mut Self {
        for property in component.all(name) {
            self.remove(property.span());
        }
        self
    }

    /// Adds a whole component (`BEGIN` to `END`, folded, with its final newline) as the last one inside `parent`.
    pub fn insert_component(&mut self, parent: Component<'_>, block: &str) -> &mut Self {
        self.insert_before(parent.end_span().start, block)
    }

    /// The changed text. Of changes that overlap, the one that begins first holds.
    pub fn apply(&self) -> Vec<u8> {
        let mut splices: Vec<_> = self.splices.iter().collect();
        splices.sort_by_key(|(span, _)| (span.start, !span.is_empty()));
        let mut changed = Vec::with_capacity(self.text.len() + 256);
        let mut at = 0;
        for (span, text) in splices {
            if span.start < at {
                continue;
            }
            changed.extend_from_slice(self.text.get(at..span.start).unwrap_or_default());
            changed.extend_from_slice(text.as_bytes());
            at = span.end;
        }
        changed.extend_from_slice(self.text.get(at..).unwrap_or_default());
        changed
    }

    /// Rewrites a property's line, on top of a change that is already pending for it.
    fn rewrite(&mut self, property: Property<'_>, change: impl FnOnce(Property<'_>) -> String) -> &mut Self {
        let pending = self.splices.iter().find(|(span, _)| *span == property.span()).map(|(_, text)| text);
        let content = pending.map_or_else(|| property.content().to_owned(), |text| unfold(text));
        let line = Line { number: property.line(), span: property.span(), text: Cow::Borrowed(content.as_str()) };
        // A pending removal leaves an empty line, which is no property: it stays removed.
        let Ok(entry) = Entry::read(line) else { return self };
        let changed = change(entry.view());
        if changed == content { self } else { self.set_line(property, &changed) }
    }
}

fn unfold(text: &str) -> String {
    text.trim_end_matches(['\r', '\n']).replace("\r\n ", "")
}

fn with_param(old: Property<'_>, name: &str, encoded: Option<&str>) -> String {
    let mut line = old.name().to_owned();
    let mut left = encoded;
    for (standing, raw) in old.parameters() {
        let raw = if standing.eq_ignore_ascii_case(name) { left.take() } else { Some(raw) };
        if let Some(raw) = raw {
            line.extend([";", standing, "=", raw]);
        }
    }
    if let Some(raw) = left {
        line.extend([";", name, "=", raw]);
    }
    line.extend([":", old.value()]);
    line
}

/// Longest physical line in octets, without its newline.
const WIDTH: usize = 75;

/// One logical line folded at 75 octets, never inside a character, ended by CRLF. Control characters other than TAB
/// are dropped, so that no value can smuggle in a line of its own.
pub fn fold(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / 25 + 2);
    let mut width = 0;
    for c in line.chars().filter(|c| !c.is_control() || *c == '\t') {
        if width + c.len_utf8() > WIDTH {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(c);
        width += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

/// TEXT as it stands in a line (RFC 5545 3.3.11): `\\`, `\;`, `\,`, `\n`; other control characters are dropped.
pub fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => escaped.push_str("\\n"),
            '\t' => escaped.push(c),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// A parameter's value as it stands in a line: encoded (RFC 6868) and quoted where it must be.
pub fn param_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 2);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '^' => encoded.push_str("^^"),
            '"' => encoded.push_str("^'"),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' => encoded.push_str("^n"),
            c if c.is_control() => {}
            c => encoded.push(c),
        }
    }
    if encoded.contains([',', ';', ':']) || encoded.trim() != encoded { format!("\"{encoded}\"") } else { encoded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::tree::Tree;
    use proptest::prelude::*;

    const EVENT: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\nUID:1\nSTATUS:TENTATIVE\r\nATTENDEE;X-A=\"b:c\";PARTSTAT=NEEDS-\r\n ACTION;RSVP=TRUE:mailto:ada@example.net\r\nSTATUS:CONFIRMED\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR";

    fn edited(change: impl Fn(&mut Edit<'_>, Component<'_>)) -> String {
        let tree = Tree::parse(EVENT.as_bytes()).unwrap();
        let mut edit = Edit::new(EVENT.as_bytes());
        change(&mut edit, tree.calendar().children().next().unwrap());
        String::from_utf8(edit.apply()).unwrap()
    }

    #[test]
    fn an_answer_changes_one_parameter_and_leaves_the_rest() {
        let text = edited(|edit, event| {
            let attendee = event.property("ATTENDEE").unwrap();
            edit.set_param(attendee, "PARTSTAT", "ACCEPTED").remove_param(attendee, "RSVP");
            edit.set_param(attendee, "CN", "Byron, Ada");
        });
        let line = "ATTENDEE;X-A=\"b:c\";PARTSTAT=ACCEPTED;CN=\"Byron, Ada\":mailto:ada@example.net\r\n";
        let old = "ATTENDEE;X-A=\"b:c\";PARTSTAT=NEEDS-\r\n ACTION;RSVP=TRUE:mailto:ada@example.net\r\n";
        assert_eq!(text, EVENT.replace(old, line));
    }

    #[test]
    fn a_property_that_is_set_stands_once() {
        let text = edited(|edit, event| {
            edit.set_property(event, "STATUS:CANCELLED");
        });
        assert_eq!(text, EVENT.replace("STATUS:TENTATIVE", "STATUS:CANCELLED").replace("STATUS:CONFIRMED\r\n", ""));
    }

    #[test]
    fn a_new_property_stands_before_inner_components_and_a_new_component_behind_them() {
        let text = edited(|edit, event| {
            edit.insert_property(event, "COMMENT:hello").insert_component(event, "BEGIN:X-A\r\nEND:X-A\r\n");
        });
        let expected = EVENT
            .replace("BEGIN:VALARM", "COMMENT:hello\r\nBEGIN:VALARM")
            .replace("END:VALARM\r\n", "END:VALARM\r\nBEGIN:X-A\r\nEND:X-A\r\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn a_removed_component_takes_the_changes_inside_with_it() {
        let text = edited(|edit, event| {
            edit.set_property(event, "STATUS:CANCELLED").remove(event.span());
        });
        assert_eq!(text, "BEGIN:VCALENDAR\r\nEND:VCALENDAR");
    }

    #[test]
    fn no_value_can_smuggle_in_a_line() {
        assert_eq!(fold("SUMMARY:a\r\nATTENDEE:b"), "SUMMARY:aATTENDEE:b\r\n");
        assert_eq!(escape_text("a\r\nATTENDEE:b;c,d\\\u{0}"), "a\\nATTENDEE:b\\;c\\,d\\\\");
        assert_eq!(param_value("a\"b\r\n^:"), "\"a^'b^n^^:\"");
    }

    proptest! {
        #![proptest_config(crate::cases(64))]

        #[test]
        fn a_folded_line_is_short_and_reads_back(text in "\\PC{0,300}") {
            let folded = fold(&format!("X:{text}"));
            prop_assert!(folded.split("\r\n").all(|line| line.len() <= 75));
            let whole = format!("BEGIN:VCALENDAR\r\n{folded}END:VCALENDAR\r\n");
            let tree = Tree::parse(whole.as_bytes()).unwrap();
            prop_assert_eq!(tree.calendar().property("X").unwrap().value(), text);
        }

        #[test]
        fn what_is_encoded_is_read_back(text in "[a-z\\\\;,:\"^é\n]{0,120}") {
            let line = fold(&format!("X;P={}:{}", param_value(&text), escape_text(&text)));
            let whole = format!("BEGIN:VCALENDAR\r\n{line}END:VCALENDAR\r\n");
            let tree = Tree::parse(whole.as_bytes()).unwrap();
            let property = tree.calendar().property("X").unwrap();
            prop_assert_eq!(property.param("P").unwrap(), text.as_str());
            prop_assert_eq!(property.text(), text);
        }

        #[test]
        fn an_edit_touches_one_line(lines in proptest::collection::vec("X-[A-Z]:[a-z]{0,9}(\r\n [a-z]{1,9}){0,2}", 1..20), pick in any::<prop::sample::Index>()) {
            let text = format!("BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\n", lines.join("\r\n"));
            let tree = Tree::parse(text.as_bytes()).unwrap();
            let chosen = pick.index(lines.len());
            let property = tree.calendar().properties().nth(chosen).unwrap();
            let changed = Edit::new(text.as_bytes()).set_value(property, "changed").apply();
            let mut expected = lines.clone();
            expected[chosen] = format!("{}:changed", property.name());
            prop_assert_eq!(String::from_utf8(changed).unwrap(), format!("BEGIN:VCALENDAR\r\n{}\r\nEND:VCALENDAR\n", expected.join("\r\n")));
        }
    }
}
