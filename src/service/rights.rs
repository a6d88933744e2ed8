//! Who may administer, and who may manage a team. What may be done to calendars stands with the calendars.

use super::{Actor, Scope, ServiceError, Who};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Membership, Person};
use crate::store::{Connection, StoreError, delegates, people, teams};
use crate::time::{Instant, Zone};

/// Refuses whoever is no administrator. A token reaches as far as its scope, and no farther than its person.
pub fn administer(tx: &mut dyn Connection, actor: &Actor) -> Result<(), ServiceError> {
    let allowed = match &actor.who {
        Who::Operator | Who::System => true,
        Who::Person(person) => is_admin(tx, person)?,
        Who::Token { scope, person, .. } => {
            *scope >= Scope::Admin && person.as_ref().map_or(Ok(true), |person| is_admin(tx, person))?
        }
    };
    if allowed { Ok(()) } else { Err(ServiceError::Forbidden("only an administrator may do this".to_owned())) }
}

/// Refuses whoever neither manages the team at this moment nor is an administrator.
pub fn manage(tx: &mut dyn Connection, actor: &Actor, team: &TeamId, now: Instant) -> Result<(), ServiceError> {
    let allowed = match &actor.who {
        Who::Operator | Who::System => true,
        Who::Person(person) => manages(tx, person, team, now)?,
        Who::Token { scope, person, .. } => {
            *scope >= Scope::Roster && person.as_ref().map_or(Ok(true), |person| manages(tx, person, team, now))?
        }
    };
    if allowed {
        return Ok(());
    }
    Err(ServiceError::Forbidden(format!("only a manager of {team} or an administrator may do this")))
}

/// The same, where there is such a team: its zone.
pub fn manage_known(tx: &mut dyn Connection, actor: &Actor, team: &TeamId, now: Instant) -> Result<Zone, ServiceError> {
    let zone = teams::zone(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
    manage(tx, actor, team, now)?;
    Ok(zone)
}

/// Refuses whoever is neither the person nor an administrator.
pub fn act_for(tx: &mut dyn Connection, actor: &Actor, person: &PersonId) -> Result<(), ServiceError> {
    match &actor.who {
        Who::Person(own) if own == person => Ok(()),
        _ => administer(tx, actor),
    }
}

/// Refuses whoever is neither the person nor an administrator; for other people there is no such home.
pub fn own(tx: &mut dyn Connection, actor: &Actor, person: &PersonId, least: Scope) -> Result<(), ServiceError> {
    let not_found = || ServiceError::NotFound(format!("person {person}"));
    people::find(tx, person)?.ok_or_else(not_found)?;
    if is_self(actor, person, least) {
        return Ok(());
    }
    match administer(tx, actor) {
        Err(ServiceError::Forbidden(_)) if actor.person_id().is_some_and(|own| own != person) => Err(not_found()),
        settled => settled,
    }
}

/// Whether the actor is this person, or a token of theirs that reaches so far.
pub fn is_self(actor: &Actor, person: &PersonId, least: Scope) -> bool {
    match &actor.who {
        Who::Person(own) => own == person,
        Who::Token { person: Some(own), scope, .. } => own == person && *scope >= least,
        _ => false,
    }
}

/// Whether somebody answers for a person who named them their delegate, and whom nobody shut out since.
pub fn answers_for(tx: &mut dyn Connection, whom: &PersonId, person: &PersonId) -> Result<bool, StoreError> {
    let named = delegates::find(tx, person, whom)?.is_some_and(|named| named.writes);
    let active = |found: Option<Person>| found.is_some_and(|person| !person.disabled);
    Ok(named && active(people::find(tx, person)?) && active(people::find(tx, whom)?))
}

/// Whether a person is an administrator who may sign in.
pub fn is_admin(tx: &mut dyn Connection, person: &PersonId) -> Result<bool, StoreError> {
    Ok(people::find(tx, person)?.is_some_and(|person| person.admin && !person.disabled))
}

/// Whether a person manages a team at this moment, or is an administrator.
pub fn manages(tx: &mut dyn Connection, person: &PersonId, team: &TeamId, now: Instant) -> Result<bool, StoreError> {
    let Some(found) = people::find(tx, person)?.filter(|person| !person.disabled) else { return Ok(false) };
    Ok(found.admin || belongs(tx, person, team, now, |membership| membership.manager)?)
}

/// Whether a person belongs to a team at this moment, by a membership of that sort.
pub fn belongs(
    tx: &mut dyn Connection,
    person: &PersonId,
    team: &TeamId,
    now: Instant,
    sort: fn(&Membership) -> bool,
) -> Result<bool, StoreError> {
    let Some(zone) = teams::zone(tx, team)? else { return Ok(false) };
    let memberships = teams::memberships_of_person(tx, person)?;
    Ok(memberships.iter().any(|m| m.team == *team && sort(m) && is_current(m, zone, now)))
}

/// Whether a membership holds at this moment; its days are days of the team's zone.
#[must_use]
pub fn is_current(membership: &Membership, zone: Zone, now: Instant) -> bool {
    let today = now.civil(zone).date();
    membership.from.is_none_or(|from| from <= today) && membership.until.is_none_or(|until| today < until)
}
