//! JSON documents with the place of everything in them, so that what is wrong can be named; and the people they name.

use super::{Incoming, Who, Wrong};
use crate::time::{Civil, Instant, Zone};
use chrono::DateTime;
use serde_json::Value;
use std::collections::HashMap;

/// The lines in which the texts of a file first stand.
pub(super) struct Source<'t> {
    lines: HashMap<&'t str, usize>,
}

impl<'t> Source<'t> {
    /// The documents of a file: one, or a list of several answers of the tool.
    pub(super) fn documents(text: &'t str) -> Result<(Self, Vec<Value>), Wrong> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let read: Value = serde_json::from_str(text).map_err(|problem| {
            Wrong::new(format!("line {}", problem.line().max(1)), format!("is not JSON: {problem}"))
        })?;
        let documents = match read {
            Value::Array(all) => all,
            one => vec![one],
        };
        Ok((Self { lines: strings(text) }, documents))
    }

    /// The line in which a text is first quoted; the first where it is nowhere.
    pub(super) fn line(&self, quoted: &str) -> usize {
        let written = Value::from(quoted).to_string();
        let bare = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
        self.lines.get(bare).copied().unwrap_or(1)
    }
}

/// Every string of a JSON text as it is written, with the line in which it first stands.
fn strings(text: &str) -> HashMap<&str, usize> {
    let mut lines = HashMap::new();
    let (mut line, mut begun, mut escaped) = (1, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (byte, begun) {
            (b'\n', _) => line += 1,
            (b'"', None) => begun = Some(at + 1),
            (b'"', Some(start)) if !escaped => {
                if let Some(string) = text.get(start..at) {
                    lines.entry(string).or_insert(line);
                }
                begun = None;
            }
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    lines
}

/// A value with the way that leads to it.
#[derive(Clone)]
pub(super) struct Node<'v> {
    value: &'v Value,
    path: String,
}

impl<'v> Node<'v> {
    pub(super) fn root(value: &'v Value, path: &str) -> Self {
        Self { value, path: path.to_owned() }
    }

    pub(super) fn wrong(&self, problem: impl Into<String>) -> Wrong {
        Wrong::new(self.path.clone(), problem)
    }

    /// The member of that name, unless it is absent or null.
    pub(super) fn member(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self { value, path: if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) } })
    }

    fn needed(&self, key: &str) -> Result<Self, Wrong> {
        self.member(key).ok_or_else(|| self.wrong(format!("{key} is missing")))
    }

    /// The members of a list; none where it is absent.
    pub(super) fn list(&self, key: &str) -> Result<Vec<Self>, Wrong> {
        self.member(key).map_or(Ok(Vec::new()), |list| list.items())
    }

    pub(super) fn items(&self) -> Result<Vec<Self>, Wrong> {
        let items = self.value.as_array().ok_or_else(|| self.wrong("must be a list"))?;
        Ok(items.iter().enumerate().map(|(at, value)| Self { value, path: format!("{}[{at}]", self.path) }).collect())
    }

    /// A text that may be absent.
    pub(super) fn some_text(&self, key: &str) -> Option<&'v str> {
        self.value.get(key).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn text(&self, key: &str) -> Result<&'v str, Wrong> {
        self.needed(key)?;
        self.some_text(key).ok_or_else(|| self.wrong(format!("{key} must be a text")))
    }

    /// Whether the member of that name says no.
    pub(super) fn is_false(&self, key: &str) -> bool {
        self.value.get(key) == Some(&Value::Bool(false))
    }

    /// The text that this is.
    pub(super) fn itself(&self) -> Result<&'v str, Wrong> {
        self.value.as_str().ok_or_else(|| self.wrong("must be a text"))
    }

    /// A whole number within bounds; absent is `usual`.
    pub(super) fn number(&self, key: &str, (least, most): (i64, i64), usual: Option<i64>) -> Result<i64, Wrong> {
        let Some(found) = self.member(key) else {
            return usual.ok_or_else(|| self.wrong(format!("{key} is missing")));
        };
        // Opsgenie writes some of its whole numbers with a fraction of 0
        #[allow(clippy::cast_possible_truncation)]
        let number =
            found.value.as_i64().or_else(|| found.value.as_f64().filter(|n| n.fract() == 0.0).map(|n| n as i64));
        let fits = number.filter(|number| (least..=most).contains(number));
        fits.ok_or_else(|| found.wrong(format!("must be a whole number from {least} to {most}")))
    }

    /// A moment: RFC 3339 with an offset.
    pub(super) fn instant(&self, key: &str) -> Result<Instant, Wrong> {
        let text = self.text(key)?;
        let at = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z"));
        let at = at.ok().map(|at| Instant::from(at.to_utc()));
        let within = at.filter(|at| (EARLIEST..LATEST).contains(at));
        within.ok_or_else(|| self.wrong(format!("{key} \"{text}\" is not a time such as 2026-12-01T09:00:00Z")))
    }

    /// A moment that may be absent.
    pub(super) fn some_instant(&self, key: &str) -> Result<Option<Instant>, Wrong> {
        self.member(key).map(|_| self.instant(key)).transpose()
    }

    /// A time on the wall clock, without an offset.
    pub(super) fn civil(&self, key: &str) -> Result<Civil, Wrong> {
        let text = self.text(key)?;
        let civil = text.trim_end_matches('Z').parse::<Civil>().ok();
        let within = civil.filter(|civil| (EARLIEST..LATEST).contains(&Instant::from(civil.and_utc())));
        within.ok_or_else(|| self.wrong(format!("{key} \"{text}\" is not a time such as 2026-12-01T09:00:00")))
    }

    /// A zone that may be absent.
    pub(super) fn zone(&self, key: &str) -> Result<Option<Zone>, Wrong> {
        let Some(name) = self.some_text(key) else { return Ok(None) };
        name.parse()
            .map(Some)
            .map_err(|_| self.wrong(format!("{key} \"{name}\" is not a time zone that is known here")))
    }
}

/// Before and after what a roster is about; arithmetic on what lies between can't overflow.
const EARLIEST: Instant = Instant::from_millis(0);
const LATEST: Instant = Instant::FAR_FUTURE;

impl Incoming {
    /// The place of a person, who is added where nobody is known under that id, name or address yet; what is new about
    /// them is kept.
    pub(super) fn person(&mut self, key: &str, who: Who) -> usize {
        let same = |known: &Who| {
            known.names.iter().any(|name| name == key)
                || known.emails.iter().any(|email| email.eq_ignore_ascii_case(key))
        };
        let Some(at) = self.people.iter().position(same) else {
            self.people.push(who);
            return self.people.len() - 1;
        };
        if let Some(known) = self.people.get_mut(at) {
            let new = who.emails.into_iter().filter(|email| !known.emails.contains(email)).collect::<Vec<_>>();
            known.emails.extend(new);
            let new = who.names.into_iter().filter(|name| !known.names.contains(name)).collect::<Vec<_>>();
            known.names.extend(new);
        }
        at
    }
}

/// Texts that are there, those with an at-sign as addresses.
pub(super) fn who(texts: &[Option<&str>], line: usize) -> Who {
    let mut who = Who { line, ..Who::default() };
    for text in texts.iter().flatten().map(|text| text.trim()).filter(|text| !text.is_empty()) {
        if is_address(text) && !who.emails.iter().any(|email| email.eq_ignore_ascii_case(text)) {
            who.emails.push(text.to_lowercase());
        } else if !is_address(text) && !who.names.iter().any(|name| name == text) {
            who.names.push(text.to_owned());
        }
    }
    who
}

/// Whether a text is a mail address and nothing else.
pub(super) fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_the_line_in_which_it_is_first_quoted() {
        let text = "{\n\"a\": \"x \\\" y\\\\\",\n\"b\": \"P1\",\n\"c\": \"P1\"}";
        let (source, _) = Source::documents(text).unwrap();
        assert_eq!((source.line("x \" y\\"), source.line("P1"), source.line("nowhere")), (2, 3, 1));
    }
}
