//! `dogwatch selftest`: tries what a heartbeat stands for, and says what became of the last one.

use super::{CommandError, Globals};
use crate::service::self_test::{Beat, SelfTest};
use crate::time::{Instant, SECOND};
use clap::Args;
use serde_json::{Value as Json, json};
use std::fmt::Write as _;

/// Try whether Dogwatch does what it is there for
///
/// Writes and reads back, asks who is on call for each team that has published a roster, and reads its feed. Ends with 1
/// where something is wrong: a role that nobody holds at this moment, too.
#[derive(Debug, Args)]
pub struct Selftest {}

impl Selftest {
    /// Tries it, beside a server that may be running.
    #[allow(clippy::unused_self)] // as every command
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let service = globals.service().await?;
        let test = service.self_test().await;
        let last = service.last_beat().await?;
        let checks = test.checks.iter().map(|check| json!({ "what": check.what, "trouble": check.trouble }));
        let document = json!({
            "well": test.troubles().is_empty(),
            "at": test.at.to_string(),
            "checks": checks.collect::<Vec<_>>(),
            "last_heartbeat": last.as_ref().map(told),
        });
        globals.say(text(&test, last.as_ref()).trim_end(), &document);
        let wrong = test.troubles().len();
        if wrong == 0 { Ok(()) } else { Err(CommandError::Refused(format!("{wrong} of these checks failed"))) }
    }
}

fn text(test: &SelfTest, last: Option<&Beat>) -> String {
    let mut text = String::new();
    // Writing to a String can't fail.
    for check in &test.checks {
        match &check.trouble {
            None => {
                let _ = writeln!(text, "ok      {}", check.what);
            }
            Some(trouble) => {
                let _ = writeln!(text, "WRONG   {}: {trouble}", check.what);
            }
        }
    }
    let _ = match last {
        None => writeln!(text, "no heartbeat was ever sent"),
        Some(beat) => writeln!(text, "{}", heartbeat(beat, test.at)),
    };
    text
}

fn heartbeat(beat: &Beat, now: Instant) -> String {
    let ago = (now.millis() - beat.at.millis()).max(0) / SECOND;
    let mut line = format!("last heartbeat {ago} s ago: ");
    line.push_str(if beat.troubles.is_empty() { "all was well" } else { "something was wrong" });
    for (host, trouble) in &beat.receivers {
        let _ = write!(line, "; {host}: {}", trouble.as_deref().unwrap_or("told"));
    }
    if beat.receivers.is_empty() {
        line.push_str("; nobody was told");
    }
    line
}

fn told(beat: &Beat) -> Json {
    let receivers = beat.receivers.iter().map(|(host, trouble)| json!({ "host": host, "trouble": trouble }));
    json!({ "at": beat.at.to_string(), "troubles": beat.troubles, "receivers": receivers.collect::<Vec<_>>() })
}
