//! A team as text and as documents; its switches and weights.

use super::Document;
use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::roster::model::{Membership, Team};
use crate::service::{Actor, Service};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// Lists the teams.
pub(super) async fn list(globals: &Globals, service: &Service) -> Result<(), CommandError> {
    let teams = service.teams(&Actor::operator()).await?;
    let rows = teams
        .iter()
        .map(|team| (format!("{}  {}  {}  {}", team.id, team.name, team.email, team.zone.name()), document(team)));
    globals.say_list(rows.collect(), "no team yet; add one with dogwatch team add");
    Ok(())
}

/// Shows a team.
pub(super) async fn show(globals: &Globals, service: &Service, id: &TeamId) -> Result<(), CommandError> {
    let view = service.team(&Actor::operator(), id).await?;
    let team = &view.team;
    let mut text = format!("{} ({}), {}, {}\n", team.name, team.id, team.email, team.zone.name());
    let qualifications = service.qualifications(&Actor::operator(), Some(id)).await?;
    for role in &team.roles {
        let needed: Vec<_> = qualifications
            .iter()
            .filter(|known| role.requires.contains(&known.id))
            .map(|known| known.name.as_str())
            .collect();
        let requires = if needed.is_empty() { String::new() } else { format!(", requires {}", needed.join(", ")) };
        let optional = if role.optional { ", optional" } else { "" };
        let _ = writeln!(text, "role {}: weight {}{optional}{requires}", role.name, role.weight);
    }
    for (membership, name) in &view.members {
        let sort = match (membership.manager, membership.member) {
            (true, true) => "manager",
            (true, false) => "manager without shifts",
            (false, _) => "member",
        };
        let from = membership.from.map(|day| format!(", from {day}")).unwrap_or_default();
        let until = membership.until.map(|day| format!(", until {day}")).unwrap_or_default();
        let novice = if membership.novice { ", novice" } else { "" };
        let _ = writeln!(text, "{sort} {} ({name}), {} %{novice}{from}{until}", membership.person, membership.fte);
    }
    for (place, contact) in (1..).zip(&team.contacts) {
        let role = contact.role.as_ref().map(|role| format!(" (for {role})")).unwrap_or_default();
        let _ = writeln!(text, "contact {place}: {}, {}{role}", contact.name, contact.phone);
    }
    for (a, b) in &team.forbidden_pairs {
        let _ = writeln!(text, "never together: {a} and {b}");
    }
    let mut shown = document(team);
    if let Some(fields) = shown.as_object_mut() {
        let members = view.members.iter().map(|(member, _)| membership(member)).collect();
        fields.insert("members".to_owned(), members);
        fields.insert("settings".to_owned(), json!(team.settings));
        fields.insert("weights".to_owned(), json!(team.weights));
    }
    globals.say(&text, &shown);
    Ok(())
}

/// A team with its roles and contacts.
pub(super) fn document(team: &Team) -> Value {
    let roles: Vec<_> = team
        .roles
        .iter()
        .map(|role| {
            json!({ "name": role.name, "weight": role.weight, "paged": role.paged, "optional": role.optional,
                "requires": role.requires })
        })
        .collect();
    let contacts: Vec<_> = team
        .contacts
        .iter()
        .map(|contact| {
            json!({ "role": contact.role, "person": contact.person, "name": contact.name, "phone": contact.phone })
        })
        .collect();
    json!({ "id": team.id, "name": team.name, "email": team.email, "time_zone": team.zone.name(), "roles": roles,
        "contacts": contacts, "forbidden_pairs": team.forbidden_pairs })
}

/// A person's place in a team.
pub(super) fn membership(membership: &Membership) -> Value {
    json!({ "team": membership.team, "person": membership.person, "manager": membership.manager,
        "member": membership.member, "fte": membership.fte, "novice": membership.novice, "from": membership.from,
        "until": membership.until })
}

/// Shows or sets the team's switches.
pub(super) async fn settings(globals: &Globals, service: &Service, asked: Document) -> Result<(), CommandError> {
    let (operator, team) = (Actor::operator(), TeamId::new(asked.team));
    if let Some(file) = asked.file {
        service.set_settings(&operator, &team, from_file(&file)?).await?;
    }
    say_json(globals, &service.team(&operator, &team).await?.team.settings)
}

/// Shows or sets how hours count.
pub(super) async fn weights(globals: &Globals, service: &Service, asked: Document) -> Result<(), CommandError> {
    let (operator, team) = (Actor::operator(), TeamId::new(asked.team));
    if let Some(file) = asked.file {
        service.set_weights(&operator, &team, from_file(&file)?).await?;
    }
    say_json(globals, &service.team(&operator, &team).await?.team.weights)
}

fn from_file<T: DeserializeOwned>(file: &Path) -> Result<T, CommandError> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
    serde_json::from_str(&text).map_err(|error| CommandError::Refused(format!("{}: {error}", file.display())))
}

fn say_json(globals: &Globals, value: &impl Serialize) -> Result<(), CommandError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CommandError::Refused(error.to_string()))?;
    globals.say(&text, &json!(value));
    Ok(())
}
