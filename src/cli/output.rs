//! How commands speak: a sentence or a JSON document on standard output, and why they failed on standard error.

use super::Globals;
use crate::certificate::CertificateError;
use crate::config::ConfigError;
use crate::service::ServiceError;
use crate::store::StoreError;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The certificate can't be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The use case did not happen.
    #[error("{0}{hint}", hint = hint(.0))]
    Service(#[from] ServiceError),
    /// The store can't be used.
    #[error("the store: {0}")]
    Store(#[from] StoreError),
    /// The system refused something.
    #[error("can't {what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
    /// Who is said to have signed it did not.
    #[error("{0}")]
    Untrusted(String),
    /// What was asked for is not known, and nothing is wrong with that.
    #[error("{0}")]
    Unknown(String),
    /// They do, but what they name isn't there or isn't as it should be.
    #[error("{0}")]
    Refused(String),
}

impl CommandError {
    /// What was tried, and what the system says to it.
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }

    /// 2 where the caller can mend it by calling differently, 3 where a signature is wrong, 4 where nobody knows the
    /// answer, 1 where it was tried and failed.
    fn code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Certificate(_) | Self::Usage(_) | Self::Service(ServiceError::Invalid { .. }) => 2,
            Self::Untrusted(_) => 3,
            Self::Unknown(_) => 4,
            _ => 1,
        }
    }
}

/// Where to look for what was not found.
fn hint(error: &ServiceError) -> &'static str {
    match error {
        ServiceError::NotFound(what) if what.starts_with("team ") => "; dogwatch team list shows the teams",
        ServiceError::NotFound(what) if what.starts_with("person ") => "; dogwatch user list shows everybody",
        ServiceError::NotFound(what) if what.starts_with("qualification ") => {
            "; dogwatch team qualification list TEAM shows them"
        }
        _ => "",
    }
}

impl Globals {
    /// Says what a command has to say: the text for people, or the document with `--json`.
    pub fn say(&self, text: &str, document: &Value) {
        if self.json { line(&document.to_string()) } else { line(&escaped(text, true)) }
    }

    /// Says a list: a line each, or the documents.
    pub(super) fn say_list(&self, rows: Vec<(String, Value)>, empty: &str) {
        let (lines, documents): (Vec<String>, Vec<Value>) = rows.into_iter().unzip();
        let lines: Vec<_> = lines.iter().map(|line| escaped(line, false)).collect();
        let text = if lines.is_empty() { empty.to_owned() } else { lines.join("\n") };
        self.say(&text, &Value::Array(documents));
    }
}

/// Writes a line to standard output. A reader that went away is no reason to fail.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
}

/// Says something beside the answer, on standard error.
pub(super) fn remark(text: &str) {
    let _ = writeln!(std::io::stderr(), "dogwatch: {}", escaped(text, false));
}

/// The text without anything that a terminal obeys or that lets a line read as another one: what people typed somewhere
/// is shown, not done. `lines` keeps line ends.
#[must_use]
pub fn escaped(text: &str, lines: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' if lines => shown.push(c),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            // Marks that turn the direction of text around, and the line ends of Unicode.
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' => {
                unicode(&mut shown, c);
            }
            c if c.is_control() => unicode(&mut shown, c),
            c => shown.push(c),
        }
    }
    shown
}

fn unicode(shown: &mut String, c: char) {
    // Writing to a String can't fail.
    let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
}

/// Says why a command failed, and with which code the process ends.
pub(super) fn failure(globals: &Globals, error: &CommandError) -> ExitCode {
    let text = if globals.json {
        json!({ "error": error.to_string() }).to_string()
    } else {
        format!("dogwatch: {}", escaped(&error.to_string(), matches!(error, CommandError::Config(_))))
    };
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(error.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_shown_and_not_done() {
        assert_eq!(escaped("Ada \u{1b}[31mOkafor\u{7f}", false), "Ada \\u{1b}[31mOkafor\\u{7f}");
        assert_eq!(escaped("a\nb\r", false), "a\\nb\\r");
        assert_eq!(escaped("a\nb", true), "a\nb");
        assert_eq!(escaped("\u{202e}adA \u{9b}2J", false), "\\u{202e}adA \\u{9b}2J");
        assert_eq!(escaped("Ægir Ó'Néill 東京", false), "Ægir Ó'Néill 東京");
    }
}
