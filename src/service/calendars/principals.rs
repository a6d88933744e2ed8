//! People and teams as principals (RFC 3744), with the addresses by which calendar clients know them (RFC 6638).

use super::authorize::subject;
use super::proxies::ProxyKind;
use super::targets::{principal_href, team_href};
use super::views::{Owner, PrincipalView};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Membership, Person};
use crate::service::{Actor, Service, ServiceError};
use crate::store::{Connection, delegates, people, teams};
use std::collections::BTreeSet;

/// People who are read together.
const PAGE: u32 = 100;

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
                Ok(of_team(&row.id, (&row.name, &row.email), &memberships))
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

/// People are looked through by the engine: of those who don't match nothing is read into memory.
fn search(tx: &mut dyn Connection, wanted: &str, limit: usize) -> Result<Vec<PrincipalView>, ServiceError> {
    let matching =
        |name: &str, email: &str| name.to_lowercase().contains(wanted) || email.to_lowercase().contains(wanted);
    let (pattern, mut people, mut after) = (pattern(wanted), Vec::new(), String::new());
    while people.len() < limit {
        let page = people::like(tx, &pattern, &after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        people.extend(page.into_iter().filter(|person| matching(&person.name, &person.email)));
    }
    people.truncate(limit);
    let mut found = of_people(tx, &people)?;
    let teams = teams::names(tx)?.into_iter().filter(|(_, name, email)| matching(name, email));
    for (id, name, email) in teams.take(limit) {
        let memberships = teams::memberships_of_team(tx, &id)?;
        found.push(of_team(&id, (&name, &email), &memberships));
    }
    found.sort_by(|a, b| a.display_name.cmp(&b.display_name));
    found.truncate(limit);
    Ok(found)
}

/// A pattern for whatever contains the text. Engines agree on the case of ASCII letters alone, so that any other letter
/// may stand for anything, and whoever asks has to look again.
fn pattern(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for letter in text.chars() {
        match letter {
            '%' | '_' | '!' => pattern.extend(['!', letter]),
            _ if letter.is_ascii() => pattern.push(letter),
            _ => pattern.push('%'),
        }
    }
    pattern.push('%');
    pattern
}

fn of_person(tx: &mut dyn Connection, person: &Person) -> Result<PrincipalView, ServiceError> {
    let found = of_people(tx, std::slice::from_ref(person))?.into_iter().next();
    found.ok_or_else(|| ServiceError::NotFound(format!("person {}", person.id)))
}

/// People with what is known of each, asked for all of them at once.
fn of_people(tx: &mut dyn Connection, people: &[Person]) -> Result<Vec<PrincipalView>, ServiceError> {
    let ids: Vec<PersonId> = people.iter().map(|person| person.id.clone()).collect();
    let memberships = teams::memberships_of_people(tx, &ids)?;
    let named = delegates::by_active(tx, &ids)?;
    let view = |person: &Person| {
        let teams = memberships.iter().filter(|m| m.person == person.id).map(|m| m.team.clone());
        let for_whom = |kind: ProxyKind| {
            let theirs =
                named.iter().filter(|named| named.delegate == person.id && ProxyKind::of(named.writes) == kind);
            theirs.map(|named| named.person.clone()).collect()
        };
        PrincipalView {
            owner: Owner::Person(person.id.clone()),
            display_name: person.name.clone(),
            email: person.email.clone(),
            addresses: addresses(&person.email, principal_href(&person.id)),
            teams: distinct(teams),
            members: Vec::new(),
            proxy: None,
            looks_for: for_whom(ProxyKind::Read),
            writes_for: for_whom(ProxyKind::Write),
        }
    };
    Ok(people.iter().map(view).collect())
}

fn of_team(id: &TeamId, (name, email): (&str, &str), memberships: &[Membership]) -> PrincipalView {
    PrincipalView {
        owner: Owner::Team(id.clone()),
        display_name: name.to_owned(),
        email: email.to_owned(),
        addresses: addresses(email, team_href(id)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_its_text_and_nothing_else_but_letters_whose_case_engines_do_not_know() {
        assert_eq!(pattern("a_b%!"), "%a!_b!%!!%");
        assert_eq!(pattern("émile"), "%%mile%");
    }
}
