//! What people need for the roles of their teams, and qualifications that are earned by standing shifts: the ledger
//! grants them when the last shift they take has ended.

mod asking;

pub use asking::Request;

use super::audit::{Deed, record};
use super::reports::as_stood;
use super::teams::{grant, known, named};
use super::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::Grant;
use crate::roster::phrase;
use crate::roster::report::stood::Stood;
use crate::roster::requirement::{Need, Record, RoleRequirements, Standing, of_team, progress};
use crate::store::{Connection, StoreError, instance, ledger, needs as rows, people, qualifications, teams};
use crate::time::{Instant, Window, Zone};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Up to which moment ended shifts were looked at, in the instance's values.
const EARNED: &str = "qualifications_earned_ms";
/// Shifts of one role that a qualification may take.
const MOST_SHIFTS: u32 = 1_000;

/// What somebody needs in one of their teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRequirements {
    /// The team.
    pub team: TeamId,
    /// As it is shown.
    pub name: String,
    /// The team's zone.
    pub zone: Zone,
    /// Its roles.
    pub roles: Vec<RoleRequirements>,
}

/// What earns a qualification, and who has earned it already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earning {
    /// The qualification's name.
    pub name: String,
    /// Who got it with that.
    pub granted: Vec<PersonId>,
}

impl Service {
    /// What a person needs for the roles of their teams: met, about to lapse, or missing, and how to obtain it. For the
    /// person and administrators; a manager sees it for the teams that they manage.
    pub async fn requirements(&self, actor: &Actor, person: &PersonId) -> Result<Vec<TeamRequirements>, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            let refusal = rights::own(tx, &actor, &person, Scope::Read);
            let mut found = Vec::new();
            for team in teams_of(tx, &ctx, &person)? {
                let may = match (&refusal, rights::manage(tx, &actor, &team, ctx.now)) {
                    (Ok(()), _) | (_, Ok(())) => true,
                    (_, Err(ServiceError::Forbidden(_))) => false,
                    (_, Err(other)) => return Err(other),
                };
                if may {
                    found.push(in_team(tx, &ctx, &person, &team)?);
                }
            }
            if found.is_empty() { refusal.map(|()| found) } else { Ok(found) }
        };
        self.store.read(read).await
    }

    /// Says which shifts earn a qualification of a team, named by id or name; none where it can't be earned. Who stood
    /// them already has it at once. For the team's managers.
    pub async fn set_needs(
        &self,
        actor: &Actor,
        team: &TeamId,
        qualification: &str,
        needs: Vec<Need>,
    ) -> Result<Earning, ServiceError> {
        let (ctx, actor, team, text) = (self.ctx(), actor.clone(), team.clone(), qualification.to_owned());
        if let Some(need) = needs.iter().find(|need| !(1..=MOST_SHIFTS).contains(&need.shifts)) {
            let message = format!("{} shifts of {}: must be from 1 to {MOST_SHIFTS}", need.shifts, need.role);
            return Err(ServiceError::invalid("shifts", message));
        }
        let write = move |tx: &mut dyn Connection| {
            let roles = known(tx, &team)?.roles;
            rights::manage(tx, &actor, &team, ctx.now)?;
            let found = named(tx, Some(&team), &text)?;
            if found.team.as_ref() != Some(&team) {
                let message = format!("{} is not {team}'s own; only a team's own is earned by its shifts", found.name);
                return Err(ServiceError::invalid("qualification", message));
            }
            let mut seen = BTreeSet::new();
            for need in &needs {
                if roles.iter().all(|role| role.name != need.role) {
                    return Err(ServiceError::NotFound(format!("a role {} in {team}", need.role)));
                }
                if !seen.insert(&need.role) {
                    return Err(ServiceError::invalid("role", format!("{} is named twice", need.role)));
                }
            }
            let before = rows::of_team(tx, &team)?.remove(&found.id);
            rows::set(tx, &found.id, &needs)?;
            let deed = Deed::new("qualification.needs", format!("qualification:{}", found.id));
            let deed = deed.before(json!({ "needs": before })).after(json!({ "team": team, "needs": needs }));
            record(tx, &ctx, &actor, deed)?;
            let everybody = teams::memberships_of_team(tx, &team)?.into_iter().map(|m| m.person).collect();
            let granted = earn(tx, &ctx, &actor, &team, &everybody)?;
            let granted = granted.into_iter().filter(|(_, earned)| *earned == found.id).map(|(person, _)| person);
            Ok(Earning { granted: granted.collect(), name: found.name })
        };
        self.store.write(write).await
    }

    /// Which shifts earn a team's qualifications, by qualification; for its managers.
    pub async fn needs(
        &self,
        actor: &Actor,
        team: &TeamId,
    ) -> Result<BTreeMap<QualificationId, Vec<Need>>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage(tx, &actor, &team, ctx.now)?;
            Ok(rows::of_team(tx, &team)?)
        };
        self.store.read(read).await
    }
}

/// Teams in which the person stands shifts now or later.
fn teams_of(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<BTreeSet<TeamId>, StoreError> {
    let mut found = BTreeSet::new();
    for membership in teams::memberships_of_person(tx, person)? {
        let Some(zone) = teams::zone(tx, &membership.team)? else { continue };
        let today = ctx.now.civil(zone).date();
        if membership.member && membership.until.is_none_or(|until| today < until) {
            found.insert(membership.team);
        }
    }
    Ok(found)
}

fn in_team(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    team: &TeamId,
) -> Result<TeamRequirements, ServiceError> {
    let team = known(tx, team)?;
    let (all, needs) = (qualifications::of_team(tx, &team.id)?, rows::of_team(tx, &team.id)?);
    let grants = qualifications::grants_of_person(tx, person)?;
    let stood = if needs.is_empty() { Vec::new() } else { stood_by(tx, &team.id, person)? };
    let since = since(&grants, &rows::taken_back(tx, person)?, ctx.now);
    let record = Record { grants: &grants, stood: &stood, since: &since };
    let roles = of_team(&team, (&all, &needs), record, ctx.now);
    Ok(TeamRequirements { roles, team: team.id, name: team.name, zone: team.zone })
}

fn stood_by(tx: &mut dyn Connection, team: &TeamId, person: &PersonId) -> Result<Vec<Stood>, StoreError> {
    let entries = ledger::of_person_in(tx, team, person)?;
    as_stood(tx, team, entries)
}

/// From when on shifts count: since the qualification was taken back, or lapsed.
fn since(
    grants: &[Grant],
    taken_back: &BTreeMap<QualificationId, Instant>,
    now: Instant,
) -> BTreeMap<QualificationId, Instant> {
    let mut since = taken_back.clone();
    for grant in grants {
        if let Standing::Lapsed(at) = Standing::of(Some(grant), now) {
            since.entry(grant.qualification.clone()).and_modify(|known| *known = at.max(*known)).or_insert(at);
        }
    }
    since
}

/// Grants these people whatever they have earned by standing shifts of a team; who has it already keeps what they have.
pub(super) fn earn(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &TeamId,
    people: &BTreeSet<PersonId>,
) -> Result<Vec<(PersonId, QualificationId)>, ServiceError> {
    let needs = rows::of_team(tx, team)?;
    let mut earned = Vec::new();
    for person in people.iter().filter(|_| !needs.is_empty()) {
        if people::find(tx, person)?.is_none_or(|person| person.disabled) {
            continue;
        }
        let grants = qualifications::grants_of_person(tx, person)?;
        let since = since(&grants, &rows::taken_back(tx, person)?, ctx.now);
        let stood = stood_by(tx, team, person)?;
        for (qualification, needs) in &needs {
            let held = grants.iter().find(|grant| grant.qualification == *qualification);
            if !matches!(Standing::of(held, ctx.now), Standing::Missing | Standing::Lapsed(_)) {
                continue;
            }
            let progress = progress(needs, &stood, since.get(qualification).copied(), ctx.now);
            if progress.iter().all(|one| one.is_complete()) {
                let stood: Vec<String> = progress.iter().map(|one| format!("{} {}", one.have, one.role)).collect();
                let evidence = format!("ledger of {team}: stood {} shifts", phrase::list(&stood));
                let (person, qualification) = (person.clone(), qualification.clone());
                let new = Grant { person, qualification, from: Some(ctx.now), until: None, evidence };
                grant(tx, ctx, actor, &new)?;
                earned.push((new.person, new.qualification));
            }
        }
    }
    Ok(earned)
}

/// Grants what was earned by shifts that have ended since this was last done.
pub(super) fn earn_by_ended(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
    let teams = rows::teams(tx)?;
    if teams.is_empty() {
        return Ok(());
    }
    let known = instance::find(tx, EARNED)?.and_then(|text| text.parse().ok()).map(Instant::from_millis);
    let last = known.unwrap_or_else(|| ctx.now.plus_days(-ledger::LONGEST_DAYS));
    for team in teams {
        let around = Window::new(last.plus_millis(-1), ctx.now);
        let mut ended = ledger::touching(tx, &team, around)?;
        ended.retain(|entry| last < entry.window.end && entry.window.end <= ctx.now);
        let people = ended.into_iter().map(|entry| entry.person).collect();
        earn(tx, ctx, &Actor::system(), &team, &people)?;
    }
    Ok(instance::set(tx, EARNED, &ctx.now.millis().to_string())?)
}

#[cfg(test)]
mod tests;
