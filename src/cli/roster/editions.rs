//! `dogwatch roster diff|restore`: what publishing would change, and an earlier edition as a new draft.

use super::{Period, find, show, state};
use crate::cli::{CommandError, Globals};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::diff::{Change, Entry};
use crate::roster::phrase;
use crate::service::planning::{Difference, RosterState, SwapsSince};
use crate::service::{Actor, Service, ServiceError};
use crate::time::Zone;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Says what publishing the draft of these days would change.
pub async fn diff(globals: &Globals, service: &Service, period: &Period) -> Result<(), CommandError> {
    let (actor, id) = (Actor::operator(), find(service, period).await?);
    let head = service.roster(&actor, &id).await?.head;
    let found = service.diff_roster(&actor, &id).await?;
    let mut text = format!("{} {} to {}, {}: ", head.team, head.from, head.to, state(head.state));
    let _ = match found.changes.len() {
        0 => writeln!(text, "nothing differs from what is published"),
        1 => writeln!(text, "1 shift differs from what is published"),
        count => writeln!(text, "{count} shifts differ from what is published"),
    };
    let mut changes: Vec<(&SlotId, &Change)> = found.changes.iter().collect();
    changes.sort_by_key(|(slot, change)| (change.windows().last(), *slot));
    for (_, change) in &changes {
        let _ = writeln!(text, "  {}", line(change, found.zone));
    }
    let fields: Vec<Value> = changes.iter().map(|(slot, change)| fields(slot, change, &found)).collect();
    globals.say(&text, &json!({ "id": head.id, "state": state(head.state), "changes": fields }));
    Ok(())
}

/// Makes a draft as an earlier edition was.
pub async fn restore(
    globals: &Globals,
    service: &Service,
    (team, version): (&str, i64),
    swaps: Option<SwapsSince>,
) -> Result<(), CommandError> {
    let actor = Actor::operator();
    let all = service.rosters(&actor, &TeamId::new(team)).await?;
    let meant = all.iter().find(|head| head.state != RosterState::Draft && head.version == version);
    let meant = meant.ok_or_else(|| CommandError::Refused(format!("{team} has published no version {version}")))?;
    let roster = match service.restore_roster(&actor, &meant.id, swaps).await {
        Err(ServiceError::Conflict { code: "swaps-since", message, .. }) => {
            return Err(CommandError::Refused(format!("{message} (--swaps keep or --swaps undo)")));
        }
        other => other?,
    };
    show(globals, service, &roster, true).await
}

fn holder(person: Option<&PersonId>) -> &str {
    person.map_or("nobody", |person| person.as_str())
}

fn line(change: &Change, zone: Zone) -> String {
    let of = |entry: &Entry| format!("{} {}", phrase::span(entry.window, zone), entry.role);
    match change {
        Change::Added(to) => format!("added    {}  {}", of(to), holder(to.person.as_ref())),
        Change::Removed(from) => format!("removed  {}  {}", of(from), holder(from.person.as_ref())),
        Change::Details { to, .. } => format!("details  {}  {}", of(to), holder(to.person.as_ref())),
        Change::Moved { from, to } => {
            let (old, new) = (holder(from.person.as_ref()), holder(to.person.as_ref()));
            let before = if of(from) == of(to) { String::new() } else { format!(", before {}", of(from)) };
            format!("moved    {}  {old} to {new}{before}", of(to))
        }
    }
}

fn fields(slot: &SlotId, change: &Change, found: &Difference) -> Value {
    let entry = |entry: &Entry| {
        json!({
            "role": entry.role,
            "start": entry.window.start.rfc3339(found.zone),
            "end": entry.window.end.rfc3339(found.zone),
            "person": entry.person,
        })
    };
    let (word, before, after) = match change {
        Change::Added(to) => ("added", None, Some(to)),
        Change::Removed(from) => ("removed", Some(from), None),
        Change::Moved { from, to } => ("moved", Some(from), Some(to)),
        Change::Details { from, to } => ("details", Some(from), Some(to)),
    };
    json!({ "slot": slot, "change": word, "before": before.map(entry), "after": after.map(entry) })
}
