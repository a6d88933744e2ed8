//! Who is on call by a snapshot: no server, no database, and clear words about how far to believe it.

use super::Time;
use crate::api::OnCallDocument;
use crate::cli::snapshot::{Kept, read};
use crate::cli::{CommandError, Globals, output};
use crate::ids::TeamId;
use crate::roster::phrase;
use crate::roster::snapshot::{Stand, TeamWatch, Validity};
use crate::service::Clock;
use crate::time::{Instant, SECOND, Zone, resolve};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::path::Path;

/// Reads, checks and says.
pub(super) fn say(
    globals: &Globals,
    file: &Path,
    key: Option<&str>,
    team: Option<&TeamId>,
    at: Option<Time>,
) -> Result<(), CommandError> {
    let kept = read(globals, file, key)?;
    let now = Clock::system().now();
    let teams = asked_for(&kept, team)?;
    let (mut text, mut documents) = (String::new(), Vec::new());
    for team in &teams {
        let at = match at {
            None => now,
            Some(Time::Exact(at)) => at,
            Some(Time::Wall(wall)) => resolve(wall, team.zone),
        };
        if !kept.snapshot.window().contains(at) && !is_a_moment_early(&kept, at) {
            let (from, until) = (kept.snapshot.taken.rfc3339(team.zone), kept.snapshot.valid_until.rfc3339(team.zone));
            let at = at.rfc3339(team.zone);
            return Err(CommandError::Unknown(format!(
                "the snapshot says nothing of {at}: it goes from {from} to {until}"
            )));
        }
        text.push_str(&of_team(team, at));
        documents.push(document(&kept, team, at, now)?);
    }
    let zone = teams.first().map_or(Zone::UTC, |team| team.zone);
    let age = kept.snapshot.age(now, zone);
    let _ = writeln!(text, "{age}; {}", if kept.verified { "signature verified" } else { "NOT VERIFIED" });
    warn(&kept, &age, now);
    let snapshot = json!({
        "as_of": kept.snapshot.taken.rfc3339(zone),
        "valid_until": kept.snapshot.valid_until.rfc3339(zone),
        "age_seconds": (now.millis() - kept.snapshot.taken.millis()) / SECOND,
        "validity": kept.snapshot.validity(now).word(),
        "verified": kept.verified,
        "server": kept.snapshot.server,
    });
    globals.say(text.trim_end(), &json!({ "snapshot": snapshot, "teams": documents }));
    Ok(())
}

/// Whoever reads it at once may have a clock that is a little behind.
fn is_a_moment_early(kept: &Kept, at: Instant) -> bool {
    at < kept.snapshot.taken && kept.snapshot.validity(at) != Validity::Ahead
}

fn asked_for<'k>(kept: &'k Kept, team: Option<&TeamId>) -> Result<Vec<&'k TeamWatch>, CommandError> {
    let Some(id) = team else { return Ok(kept.snapshot.teams.iter().collect()) };
    let known: Vec<_> = kept.snapshot.teams.iter().map(|team| team.id.as_str()).collect();
    let found = kept.snapshot.team(id).ok_or_else(|| {
        CommandError::Refused(format!("team {id} is not in this snapshot, which has {}", known.join(", ")))
    })?;
    Ok(vec![found])
}

/// What whoever reads only the names must not miss.
fn warn(kept: &Kept, age: &str, now: Instant) {
    if !kept.verified {
        let by = kept.key.map(|key| format!("; it says it was signed with {key}")).unwrap_or_default();
        output::remark(&format!("not verified: name the key that must have signed it with --key{by}"));
    }
    if kept.snapshot.validity(now) != Validity::Fresh {
        output::remark(&format!("this snapshot is old, {age}"));
    }
}

fn of_team(team: &TeamWatch, at: Instant) -> String {
    let standing = team.at(at);
    let when = at.civil(team.zone).format("%a %-d %b %Y %H:%M");
    let mut text = format!("{}, {when} ({})\n", team.name, team.zone.name());
    if standing.on_call.is_empty() {
        text.push_str("  nobody is planned\n");
    }
    for stand in &standing.on_call {
        let _ = writeln!(text, "  {}", line(team, stand));
    }
    if !standing.next.is_empty() {
        text.push_str("next:\n");
    }
    for stand in &standing.next {
        let _ = writeln!(text, "  {}", line(team, stand));
    }
    if !team.escalation.is_empty() {
        text.push_str("escalation:\n");
    }
    for contact in &team.escalation {
        let role = contact.role.as_ref().map(|role| format!(" ({role})")).unwrap_or_default();
        let _ = writeln!(text, "  {}{role} {}", contact.name, contact.phone.as_deref().unwrap_or_default());
    }
    text
}

fn line(team: &TeamWatch, stand: &Stand) -> String {
    let mut line = format!("{:<10} ", stand.role);
    match team.holder(stand) {
        Some(person) => {
            line.push_str(&person.name);
            for way in [&person.phone, &person.email].into_iter().flatten() {
                let _ = write!(line, ", {way}");
            }
        }
        None => line.push_str("NOBODY"),
    }
    let _ = write!(line, ", {}", phrase::span(stand.window(), team.zone));
    if stand.cover_asked {
        line.push_str(", asks for cover");
    }
    if !stand.page {
        line.push_str(", not paged");
    }
    line
}

fn document(kept: &Kept, team: &TeamWatch, at: Instant, now: Instant) -> Result<Json, CommandError> {
    let document = serde_json::to_value(OnCallDocument::of_snapshot(&kept.snapshot, team, at, now));
    let mut document = document.map_err(|error| CommandError::Refused(error.to_string()))?;
    if let Some(members) = document.as_object_mut() {
        members.insert("team".to_owned(), json!(team.id));
        members.insert("name".to_owned(), json!(team.name));
    }
    Ok(document)
}
