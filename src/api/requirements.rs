//! What somebody needs for the roles of their teams, and which shifts earn a qualification.

use super::extract::{Caller, Json};
use super::{Answer, scope};
use crate::ids::{PersonId, TeamId};
use crate::roster::requirement::{Need, Requirement, RoleRequirements, Standing};
use crate::service::Service;
use crate::service::requirements::TeamRequirements;
use crate::time::{Instant, Zone};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody needs in one of their teams.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamRequirementsDocument {
    team: String,
    name: String,
    roles: Vec<RoleRequirementsDocument>,
}

/// A role, and what somebody needs for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleRequirementsDocument {
    role: String,
    /// They may stand it now.
    eligible: bool,
    requirements: Vec<RequirementDocument>,
}

/// A qualification that a role requires, and where somebody stands with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct RequirementDocument {
    qualification: String,
    name: String,
    /// `met`, `lapsing` (they lose it within 60 days), `coming`, `lapsed` or `missing`.
    state: &'static str,
    /// From when on it is met, where it is coming; until when, where it is lapsing or lapsed.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// How to obtain or renew it.
    how: String,
    /// Where.
    url: Option<String>,
    /// How far they are, where it is earned by standing shifts and they don't have it.
    progress: Vec<ProgressDocument>,
}

/// Shifts stood of those that a qualification takes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgressDocument {
    role: String,
    have: u32,
    need: u32,
}

/// Which shifts earn a qualification.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedsRequest {
    /// All of them are needed; none where it can't be earned.
    needs: Vec<NeedDocument>,
}

/// So many shifts of a role.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeedDocument {
    role: String,
    shifts: u32,
}

/// Who has earned a qualification already.
#[derive(Debug, Serialize, ToSchema)]
pub struct EarningDocument {
    qualification: String,
    /// People to whom it was granted because of what they had stood.
    granted: Vec<String>,
}

impl RequirementDocument {
    fn of(requirement: &Requirement, zone: Zone) -> Self {
        let (state, at) = state(requirement.standing);
        let progress = requirement.progress.iter().map(|one| ProgressDocument {
            role: one.role.clone(),
            have: one.have,
            need: one.need,
        });
        Self {
            qualification: requirement.qualification.id.to_string(),
            name: requirement.qualification.name.clone(),
            state,
            at: at.map(|at| at.rfc3339(zone)),
            how: requirement.qualification.how.clone(),
            url: requirement.qualification.url.clone(),
            progress: progress.collect(),
        }
    }
}

fn state(standing: Standing) -> (&'static str, Option<Instant>) {
    match standing {
        Standing::Met => ("met", None),
        Standing::Lapsing(at) => ("lapsing", Some(at)),
        Standing::Coming(at) => ("coming", Some(at)),
        Standing::Lapsed(at) => ("lapsed", Some(at)),
        Standing::Missing => ("missing", None),
    }
}

impl From<&TeamRequirements> for TeamRequirementsDocument {
    fn from(found: &TeamRequirements) -> Self {
        let role = |role: &RoleRequirements| RoleRequirementsDocument {
            role: role.role.clone(),
            eligible: role.eligible,
            requirements: role.requirements.iter().map(|one| RequirementDocument::of(one, found.zone)).collect(),
        };
        Self { team: found.team.to_string(), name: found.name.clone(), roles: found.roles.iter().map(role).collect() }
    }
}

/// What a person needs for the roles of their teams: what is met, about to lapse or missing, and how to obtain it
#[utoipa::path(get, path = "/api/v1/people/{person}/requirements", tag = "people", params(("person" = String, Path)),
    responses((status = 200, body = Vec<TeamRequirementsDocument>)))]
pub async fn of_person(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(person): Path<PersonId>,
) -> Answer<Vec<TeamRequirementsDocument>> {
    let found = service.requirements(&actor, &person).await?;
    Ok(axum::Json(found.iter().map(TeamRequirementsDocument::from).collect()))
}

/// Say which shifts earn a qualification of the team, by its id or name; who stood them already has it at once
#[utoipa::path(put, path = "/api/v1/teams/{team}/qualifications/{qualification}/needs", tag = "teams",
    params(("team" = String, Path), ("qualification" = String, Path)), request_body = NeedsRequest,
    responses((status = 200, body = EarningDocument)))]
pub async fn set_needs(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, qualification)): Path<(TeamId, String)>,
    Json(request): Json<NeedsRequest>,
) -> Answer<EarningDocument> {
    let needs = request.needs.into_iter().map(|need| Need { role: need.role, shifts: need.shifts }).collect();
    let done = service.set_needs(&actor, &team, &qualification, needs).await;
    let done = scope::of_team(&service, &actor, &team, done).await?;
    let granted = done.granted.iter().map(ToString::to_string).collect();
    Ok(axum::Json(EarningDocument { qualification: done.name, granted }))
}
