//! How commands speak: a sentence or a JSON document on standard output, and why they failed on standard error.

use super::Globals;
use crate::config::ConfigError;
use crate::service::ServiceError;
use crate::store::StoreError;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is refused.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The use case did not happen.
    #[error(transparent)]
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
    /// The arguments make no sense together, or name something that isn't there.
    #[error("{0}")]
    Refused(String),
}

impl CommandError {
    /// What was tried, and what the system says to it.
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io { what: what.into(), source }
    }
}

impl Globals {
    /// Says what a command has to say: the text for people, or the document with `--json`.
    pub fn say(&self, text: &str, document: &Value) {
        if self.json { line(&document.to_string()) } else { line(text) }
    }
}

/// Writes a line to standard output. A reader that went away is no reason to fail.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end_matches('\n')).and_then(|()| out.flush());
}

/// Says why a command failed; code 2 is for what the caller can mend by calling differently.
pub(super) fn failure(globals: &Globals, error: &CommandError) -> ExitCode {
    let text =
        if globals.json { json!({ "error": error.to_string() }).to_string() } else { format!("dogwatch: {error}") };
    let _ = writeln!(std::io::stderr(), "{text}");
    match error {
        CommandError::Config(_) | CommandError::Refused(_) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}
