//! Who is behind an address of a calendar user: mail addresses, and hrefs of principals as `calendar-user-address-set`
//! lists them, with or without the host.

use super::Ctx;
use super::calendars::{principal_href, team_href};
use crate::ical::build::normal_address;
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Person;
use crate::schedule::{User, untagged};
use crate::store::{Connection, StoreError, people, teams};

/// Who is behind an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Addressee {
    /// Somebody with a calendar here.
    Person(Person),
    /// A team, whose members are meant.
    Team(TeamId),
    /// Somebody whom only mail reaches.
    Elsewhere,
    /// Nobody: it would be somebody here, or it is no address.
    Nobody,
}

/// A person under all addresses that are theirs.
pub(super) fn user_of(ctx: &Ctx, person: &Person) -> User {
    let href = principal_href(&person.id);
    User::new([person.email.clone(), format!("{}{href}", ctx.host.public_url), href])
}

/// Who is meant. Whoever was disabled is nobody any more.
pub(super) fn find(tx: &mut dyn Connection, ctx: &Ctx, address: &str) -> Result<Addressee, StoreError> {
    let address = normal_address(address);
    let Some((_, domain)) = address.rsplit_once('@').filter(|_| !address.contains("://")) else {
        return find_principal(tx, ctx, &address);
    };
    if let Some(team) = teams::by_email(tx, &address)? {
        return Ok(Addressee::Team(team.id));
    }
    let mut found = people::by_email(tx, &address)?;
    if let (None, Some(plain)) = (&found, untagged(&address)) {
        found = people::by_email(tx, &plain)?;
    }
    Ok(match found {
        Some(person) if person.disabled => Addressee::Nobody,
        Some(person) => Addressee::Person(person),
        None if domain == ctx.host.host => Addressee::Nobody,
        None => Addressee::Elsewhere,
    })
}

fn find_principal(tx: &mut dyn Connection, ctx: &Ctx, address: &str) -> Result<Addressee, StoreError> {
    let public = ctx.host.public_url.to_lowercase();
    let path = address.strip_prefix(&public).unwrap_or(address).trim_end_matches('/');
    let Some(slug) = path.rsplit('/').next() else { return Ok(Addressee::Nobody) };
    let (person, team) = (PersonId::from(slug), TeamId::from(slug));
    if path == principal_href(&person).trim_end_matches('/') {
        let found = people::find(tx, &person)?.filter(|person| !person.disabled);
        return Ok(found.map_or(Addressee::Nobody, Addressee::Person));
    }
    if path == team_href(&team).trim_end_matches('/') {
        return Ok(teams::find(tx, &team)?.map_or(Addressee::Nobody, |team| Addressee::Team(team.id)));
    }
    Ok(Addressee::Nobody)
}
