//! People and teams as principals (RFC 3744), with the addresses by which calendar clients know them (RFC 6638).

use super::authorize::subject;
use super::proxies::delegators;
use super::targets::{principal_href, team_href};
use super::views::{Owner, PrincipalView};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Membership, Person, Team};
use crate::service::{Actor, Service, ServiceError};
use crate::store::{Connection, people, teams};
use std::collections::BTreeSet;

impl Service {
    /// A person as a principal; everybody who signed in may see everybody's.
    pub async fn principal(&self, actor: &Actor, person: &PersonId) -> Result<PrincipalView, ServiceError> {
        subject(actor)?;
        let person = person.clone();
        self.store
            .read(move |tx| {
                let row = people::find(tx, &person)?.filter(|row| !row.disabled);
                let row = row.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
                of_person(tx, &row)
            })
            .await
    }

    /// A team as a principal, with its members.
    pub async fn team_principal(&self, actor: &Actor, team: &TeamId) -> Result<PrincipalView, ServiceError> {
        subject(actor)?;
        let team = team.clone();
        self.store
            .read(move |tx| {
                let row = teams::find(tx, &team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
                let memberships = teams::memberships_of_team(tx, &team)?;
                Ok(of_team(&row, &memberships))
            })
            .await
    }

    /// People and teams whose name or address contains the text, without regard to case; at most `limit`, by name.
    pub async fn search_principals(
        &self,
        actor: &Actor,
        text: &str,
        limit: usize,
    ) -> Result<Vec<PrincipalView>, ServiceError> {
        subject(actor)?;
        let wanted = text.trim().to_lowercase();
        self.store.read(move |tx| search(tx, &wanted, limit)).await
    }
}

fn search(tx: &mut dyn Connection, wanted: &str, limit: usize) -> Result<Vec<PrincipalView>, ServiceError> {
    let matching =
        |name: &str, email: &str| name.to_lowercase().contains(wanted) || email.to_lowercase().contains(wanted);
    let mut found = Vec::new();
    for person in people::all(tx)? {
        if !person.disabled && matching(&person.name, &person.email) {
            found.push(of_person(tx, &person)?);
        }
        if found.len() >= limit {
            break;
        }
    }
    for team in teams::all(tx)? {
        if matching(&team.name, &team.email) {
            let memberships = teams::memberships_of_team(tx, &team.id)?;
            found.push(of_team(&team, &memberships));
        }
    }
    found.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    found.truncate(limit);
    Ok(found)
}

fn of_person(tx: &mut dyn Connection, person: &Person) -> Result<PrincipalView, ServiceError> {
    let memberships = teams::memberships_of_person(tx, &person.id)?;
    let (looks_for, writes_for) = delegators(tx, &person.id)?;
    Ok(PrincipalView {
        owner: Owner::Person(person.id.clone()),
        display_name: person.name.clone(),
        email: person.email.clone(),
        addresses: addresses(&person.email, principal_href(&person.id)),
        teams: distinct(memberships.iter().map(|m| m.team.clone())),
        members: Vec::new(),
        proxy: None,
        looks_for,
        writes_for,
    })
}

fn of_team(team: &Team, memberships: &[Membership]) -> PrincipalView {
    PrincipalView {
        owner: Owner::Team(team.id.clone()),
        display_name: team.name.clone(),
        email: team.email.clone(),
        addresses: addresses(&team.email, team_href(&team.id)),
        teams: Vec::new(),
        members: distinct(memberships.iter().map(|m| m.person.clone())),
        proxy: None,
        looks_for: Vec::new(),
        writes_for: Vec::new(),
    }
}

/// Each once, in order: somebody may have been a member several times.
fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<BTreeSet<T>>().into_iter().collect()
}

/// The mail address first and last, because one client takes the first entry and another the last.
fn addresses(email: &str, href: String) -> Vec<String> {
    let mail = format!("mailto:{email}");
    vec![mail.clone(), href, mail]
}
