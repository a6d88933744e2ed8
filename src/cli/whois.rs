//! `dogwatch whois TEAM`: who is on call, read straight from the store, whether the server runs or not; or from a
//! snapshot, where there is no store either.

mod kept;

use super::{CommandError, Globals};
use crate::api::OnCallDocument;
use crate::ids::TeamId;
use crate::roster::phrase;
use crate::service::Actor;
use crate::service::oncall::{OnCall, Watch};
use crate::time::{Civil, Instant, resolve};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Say who is on call
///
/// Ends with 0 where that is known, 1 where it can't be read, 2 where it is asked for wrongly, 3 where the signature of a
/// snapshot is wrong, and 4 where a snapshot says nothing of that moment.
#[derive(Debug, Args)]
pub struct Whois {
    /// The team's id; with --snapshot all teams where absent
    #[arg(value_name = "TEAM", required_unless_present = "snapshot")]
    team: Option<String>,
    /// At another time than now: 2026-12-01T09:00:00Z, or 2026-12-01T09:00 on the team's own clock
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Time>,
    /// Read this oncall.json instead of the database
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    /// The public key that must have signed it, or a file with it; without, snapshot.trusted_key of the configuration
    #[arg(long, value_name = "KEY", requires = "snapshot")]
    key: Option<String>,
}

/// A time as it is typed.
#[derive(Clone, Copy, Debug)]
enum Time {
    Exact(Instant),
    /// On the team's wall clock.
    Wall(Civil),
}

fn time(text: &str) -> Result<Time, String> {
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text) {
        return Ok(Time::Exact(at.to_utc().into()));
    }
    let wall = Civil::parse_from_str(text, "%Y-%m-%dT%H:%M");
    wall.map(Time::Wall).map_err(|_| "write it as 2026-12-01T09:00:00Z or 2026-12-01T09:00".to_owned())
}

impl Whois {
    /// Asks and says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let team = self.team.map(TeamId::new);
        if let Some(file) = &self.snapshot {
            return kept::say(globals, file, self.key.as_deref(), team.as_ref(), self.at);
        }
        let team = team.ok_or_else(|| CommandError::Usage("name a team".to_owned()))?;
        let service = globals.service().await?;
        let operator = Actor::operator();
        let at = match self.at {
            None => None,
            Some(Time::Exact(at)) => Some(at),
            Some(Time::Wall(wall)) => Some(resolve(wall, service.team(&operator, &team).await?.team.zone)),
        };
        let found = service.on_call(&operator, &team, at).await?;
        let document = serde_json::to_value(OnCallDocument::from(&found));
        let document = document.map_err(|error| CommandError::Refused(error.to_string()))?;
        globals.say(&text(&found), &document);
        Ok(())
    }
}

fn text(found: &OnCall) -> String {
    let at = found.at.civil(found.zone).format("%a %-d %b %Y %H:%M");
    let mut text = format!("{}, {at} ({})\n", found.name, found.zone.name());
    // Writing to a String can't fail.
    if found.on_call.is_empty() {
        let _ = writeln!(text, "  nobody is planned");
    }
    for watch in &found.on_call {
        let _ = writeln!(text, "  {}", line(watch, found));
    }
    if !found.next.is_empty() {
        let _ = writeln!(text, "next:");
    }
    for watch in &found.next {
        let _ = writeln!(text, "  {}", line(watch, found));
    }
    if !found.escalation.is_empty() {
        let _ = writeln!(text, "escalation:");
    }
    for contact in &found.escalation {
        let role = contact.role.as_ref().map(|role| format!(" ({role})")).unwrap_or_default();
        let _ = writeln!(text, "  {}{role} {}", contact.name, contact.phone);
    }
    text
}

fn line(watch: &Watch, found: &OnCall) -> String {
    let mut line = format!("{:<10} ", watch.role);
    match &watch.person {
        Some(person) => {
            line.push_str(&person.name);
            for way in [person.phone.as_ref(), Some(&person.email)].into_iter().flatten() {
                let _ = write!(line, ", {way}");
            }
        }
        None => line.push_str("NOBODY"),
    }
    let _ = write!(line, ", {}", phrase::span(watch.window, found.zone));
    if watch.cover_asked {
        line.push_str(", asks for cover");
    }
    if !watch.page {
        line.push_str(", not paged");
    }
    line
}
