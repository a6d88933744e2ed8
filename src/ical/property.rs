//! One property as a view over its logical line: name, parameters (RFC 5545 3.2, RFC 6868) and value.

use super::line::{Line, Malformed};
use std::borrow::Cow;
use std::ops::Range;

/// A logical line with the places of its parts.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    line: Line<'a>,
    name_end: usize,
    value_start: usize,
}

impl<'a> Entry<'a> {
    /// Finds name, parameters and value.
    pub(super) fn read(line: Line<'a>) -> Result<Self, Malformed> {
        let text = line.text.as_ref();
        let wrong = |problem: String| Err(Malformed::new(line.number, problem));
        let Some(name_end) = text.find([';', ':']) else {
            return wrong(format!("‘{}’ is not a property: no colon in it", shortened(text)));
        };
        if !is_token(text.get(..name_end).unwrap_or_default().trim()) {
            return wrong(format!("‘{}’ does not begin with a property name", shortened(text)));
        }
        let mut quoted = false;
        let colon = text.bytes().enumerate().skip(name_end).find_map(|(at, byte)| {
            quoted ^= byte == b'"';
            (byte == b':' && !quoted).then_some(at)
        });
        match colon {
            Some(colon) => Ok(Self { name_end, value_start: colon + 1, line }),
            None if quoted => wrong("a quote in a parameter is never closed".to_owned()),
            None => wrong(format!("‘{}’ is not a property: no colon in it", shortened(text))),
        }
    }

    pub(super) fn view(&self) -> Property<'_> {
        Property { entry: self }
    }
}

/// Whether the text may name a component or property: letters, digits, `-`, and what real files have beside them.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
}

/// The first forty characters, for a message.
pub(super) fn shortened(text: &str) -> String {
    let clean = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    let mut short: String = text.chars().take(40).map(clean).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

/// A property of a component, as a view.
#[derive(Clone, Copy, Debug)]
pub struct Property<'t> {
    entry: &'t Entry<'t>,
}

impl<'t> Property<'t> {
    /// The name as written; compare with [`Property::is`].
    pub fn name(self) -> &'t str {
        self.content().get(..self.entry.name_end).unwrap_or_default().trim()
    }

    /// Whether it has this name, in whatever case.
    pub fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// The value, unfolded and otherwise as written.
    pub fn value(self) -> &'t str {
        self.content().get(self.entry.value_start..).unwrap_or_default()
    }

    /// The value as one TEXT (RFC 5545 3.3.11), unescaped, control characters but newline and tab dropped.
    pub fn text(self) -> String {
        unescape(self.value())
    }

    /// The value as a comma-separated list of TEXT, each unescaped and trimmed, empty ones left out.
    pub fn texts(self) -> Vec<String> {
        let mut escaped = false;
        let items = self.value().split(|c: char| {
            let separates = c == ',' && !escaped;
            escaped = c == '\\' && !escaped;
            separates
        });
        items.map(|item| unescape(item).trim().to_owned()).filter(|item| !item.is_empty()).collect()
    }

    /// A parameter's value, unquoted and decoded (RFC 6868). Where a quoted list is given, the first of it; where
    /// somebody forgot the quotes around a comma (`CN=Byron, Ada`), all of it.
    pub fn param(self, name: &str) -> Option<Cow<'t, str>> {
        let (_, raw) = self.parameters().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
        if raw.contains('"') { list(raw).into_iter().next() } else { Some(decode(raw)) }
    }

    /// All values of a parameter, unquoted and decoded: a comma-separated list, or the parameter repeated.
    pub fn params(self, name: &str) -> Vec<Cow<'t, str>> {
        self.parameters().filter(|(n, _)| n.eq_ignore_ascii_case(name)).flat_map(|(_, raw)| list(raw)).collect()
    }

    /// Each parameter in order: its name, and its value as written, quotes included.
    pub fn parameters(self) -> impl Iterator<Item = (&'t str, &'t str)> {
        let between = self.entry.name_end + 1..self.entry.value_start - 1;
        let text = self.content().get(between).unwrap_or_default();
        split_unquoted(text, ';').filter(|piece| !piece.trim().is_empty()).map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            (name.trim(), value)
        })
    }

    /// Name, parameters and value: the whole line, unfolded.
    pub fn content(self) -> &'t str {
        &self.entry.line.text
    }

    /// The physical line at which it begins, counted from 1.
    pub fn line(self) -> usize {
        self.entry.line.number
    }

    /// Its bytes in the text, folds and final newline included.
    pub fn span(self) -> Range<usize> {
        self.entry.line.span.clone()
    }

    /// A complaint about this line.
    pub fn malformed(self, problem: impl Into<String>) -> Malformed {
        Malformed::new(self.line(), problem)
    }
}

fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
}

fn list(raw: &str) -> Vec<Cow<'_, str>> {
    split_unquoted(raw, ',').map(decode).collect()
}

/// Takes off the quotes and undoes RFC 6868.
fn decode(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim();
    let bare = trimmed.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(raw);
    if !bare.contains('^') {
        return Cow::Borrowed(bare);
    }
    let mut decoded = String::with_capacity(bare.len());
    let mut chars = bare.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('^', Some('n')) => '\n',
            ('^', Some('^')) => '^',
            ('^', Some('\'')) => '"',
            _ => {
                decoded.push(c);
                continue;
            }
        };
        decoded.push(meant);
        chars.next();
    }
    Cow::Owned(decoded)
}

fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        let meant = match (c, chars.peek()) {
            ('\\', Some('n' | 'N')) => '\n',
            ('\\', Some(escaped @ ('\\' | ';' | ',' | '"'))) => *escaped,
            _ => {
                if !c.is_control() || c == '\t' {
                    text.push(c);
                }
                continue;
            }
        };
        text.push(meant);
        chars.next();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ical::line::lines;

    fn with<T>(text: &str, look: impl FnOnce(Property<'_>) -> T) -> T {
        let entry = Entry::read(lines(text.as_bytes()).next().unwrap().unwrap()).unwrap();
        look(entry.view())
    }

    fn problem(text: &str) -> String {
        Entry::read(lines(text.as_bytes()).next().unwrap().unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn quotes_protect_colons_semicolons_and_commas() {
        with("ATTENDEE;CN=\"Byron; Ada: a,b\";ROLE=CHAIR:mailto:ada@example.net", |p| {
            assert_eq!(p.name(), "ATTENDEE");
            assert_eq!(p.param("cn").unwrap(), "Byron; Ada: a,b");
            assert_eq!(p.param("Role").unwrap(), "CHAIR");
            assert_eq!(p.value(), "mailto:ada@example.net");
        });
    }

    #[test]
    fn carets_are_decoded() {
        with("X;CN=a^nb^^c^'d^e:v", |p| assert_eq!(p.param("CN").unwrap(), "a\nb^c\"d^e"));
    }

    #[test]
    fn lists_of_parameters_come_apart_and_forgotten_quotes_do_not() {
        with("ATTENDEE;MEMBER=\"mailto:a\",\"mailto:b\";CN=Byron, Ada:mailto:c", |p| {
            assert_eq!(p.params("MEMBER"), ["mailto:a", "mailto:b"]);
            assert_eq!(p.param("MEMBER").unwrap(), "mailto:a");
            assert_eq!(p.param("CN").unwrap(), "Byron, Ada");
        });
    }

    #[test]
    fn text_is_unescaped_and_lists_split_at_bare_commas() {
        with("SUMMARY:a\\, b\\; c\\nd\\\\n\u{b}", |p| assert_eq!(p.text(), "a, b; c\nd\\n"));
        with("CATEGORIES:one\\,half, two,,three\\\\,four", |p| {
            assert_eq!(p.texts(), ["one,half", "two", "three\\", "four"]);
        });
    }

    #[test]
    fn what_is_no_property_is_named() {
        assert_eq!(problem("hello"), "line 1: ‘hello’ is not a property: no colon in it");
        assert_eq!(problem(":hello"), "line 1: ‘:hello’ does not begin with a property name");
        assert_eq!(problem("A;B=\"c:d"), "line 1: a quote in a parameter is never closed");
    }
}
