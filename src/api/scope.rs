//! What somebody may not know of: for a person outside a team, the team doesn't exist.

use crate::http::Problem;
use crate::ids::TeamId;
use crate::service::pages::Thing;
use crate::service::{Actor, Service, ServiceError};

/// Turns a refusal about a team into "not found", where the caller is a person (or acts for one) who isn't in it.
pub async fn of_team<T>(
    service: &Service,
    actor: &Actor,
    team: &TeamId,
    outcome: Result<T, ServiceError>,
) -> Result<T, Problem> {
    let (Err(ServiceError::Forbidden(_)), Some(person)) = (&outcome, actor.person_id()) else { return Ok(outcome?) };
    if service.knows_team(person, team).await? {
        return Ok(outcome?);
    }
    Err(ServiceError::NotFound(format!("team {team}")).into())
}

/// The same for something of a team that is named by its own id.
pub async fn of_thing<T>(
    service: &Service,
    actor: &Actor,
    thing: Thing,
    outcome: Result<T, ServiceError>,
) -> Result<T, Problem> {
    let (Err(ServiceError::Forbidden(_)), Some(person)) = (&outcome, actor.person_id()) else { return Ok(outcome?) };
    let name = thing.to_string();
    match service.team_of(thing).await? {
        Some(team) if service.knows_team(person, &team).await? => Ok(outcome?),
        _ => Err(ServiceError::NotFound(name).into()),
    }
}
