//! Teams, who belongs to them, and their switches.

use super::extract::{Caller, Json, Params, day, invalid};
use super::on_call::ContactDocument;
use super::people::GapDocument;
use super::{Answer, Made, scope};
use crate::http::Problem;
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Contact, Membership, Role, Team};
use crate::roster::packs::Pack;
use crate::service::Service;
use crate::service::teams::{NewTeam, TeamView};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A team in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamHeadDocument {
    id: String,
    name: String,
    /// The roster's own address.
    email: String,
    /// IANA name.
    time_zone: String,
}

/// A team with its people, roles and switches.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamDocument {
    #[serde(flatten)]
    head: TeamHeadDocument,
    /// First the most important.
    roles: Vec<RoleDocument>,
    /// Whom to escalate to, in order.
    contacts: Vec<ContactDocument>,
    members: Vec<MemberDocument>,
    /// The switches by name.
    settings: Value,
    /// How hours count, in hundredths of points.
    weights: Value,
}

/// Something a person stands as.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleDocument {
    name: String,
    /// Factor of the burden, in hundredths.
    weight: i64,
    /// Whoever stands it is paged.
    page: bool,
    /// May stay empty.
    optional: bool,
    /// Ids of qualifications.
    requires: Vec<String>,
}

/// A person's place in a team.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberDocument {
    person: String,
    name: String,
    manager: bool,
    /// Stands shifts.
    member: bool,
    /// First day, or since ever.
    #[schema(format = Date)]
    from: Option<String>,
    /// First day no longer, or open-ended.
    #[schema(format = Date)]
    until: Option<String>,
    /// Share of full load, in percent.
    fte: u32,
    /// Still learning: needs a partner who is not.
    novice: bool,
}

/// A team to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRequest {
    /// Lower-case letters, digits and hyphens; never changes.
    id: String,
    name: String,
    email: String,
    /// IANA name.
    time_zone: String,
}

/// What to change of a team; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamPatch {
    /// Replaces all escalation contacts.
    contacts: Option<Vec<ContactRequest>>,
    /// Switches to change, by name.
    settings: Option<serde_json::Map<String, Value>>,
    /// Weights to change, by name, in hundredths; makes a new edition of them.
    weights: Option<serde_json::Map<String, Value>>,
}

/// A rule pack to look at or to take over: one that comes along by its name, or one of your own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesRequest {
    /// `sre` or `eu-rest`.
    pack: Option<String>,
    /// The same as a file of your own, with its members: `name`, `version`, `min_rest_minutes`, `spacing_days`, `caps`.
    own: Option<serde_json::Map<String, Value>>,
    /// Take it over; otherwise only its effect is said.
    #[serde(default)]
    apply: bool,
}

/// What a rule pack does, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesDocument {
    /// As `name@version`.
    pack: String,
    title: String,
    /// Whether it was taken over.
    applied: bool,
    /// The team has it already.
    unchanged: bool,
    /// What changes, as sentences.
    changes: Vec<String>,
    /// Published shifts that break a rule because of it, as sentences; they stay as they are.
    broken: Vec<String>,
    /// What the pack only looks at, and is not as it would have it.
    warnings: Vec<String>,
    /// What the rules hold to.
    enforced: Vec<String>,
    /// What they can't.
    not_enforced: Vec<String>,
}

/// One escalation contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactRequest {
    /// Only for this role; for all where absent.
    role: Option<String>,
    /// The person behind it, if they have an account.
    person: Option<String>,
    name: String,
    /// E.164.
    phone: String,
}

/// How somebody belongs to a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct MemberRequest {
    manager: bool,
    /// Stands shifts.
    member: bool,
    /// First day, or since ever.
    #[schema(format = Date)]
    from: Option<String>,
    /// First day no longer, or open-ended.
    #[schema(format = Date)]
    until: Option<String>,
    /// Share of full load, in percent.
    fte: u32,
    /// Still learning: needs a partner who is not.
    novice: bool,
}

impl Default for MemberRequest {
    fn default() -> Self {
        Self { manager: false, member: true, from: None, until: None, fte: 100, novice: false }
    }
}

impl From<&Team> for TeamHeadDocument {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.to_string(),
            name: team.name.clone(),
            email: team.email.clone(),
            time_zone: team.zone.name().to_owned(),
        }
    }
}

impl From<&Role> for RoleDocument {
    fn from(role: &Role) -> Self {
        Self {
            name: role.name.clone(),
            weight: role.weight,
            page: role.paged,
            optional: role.optional,
            requires: role.requires.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&(Membership, String)> for MemberDocument {
    fn from((membership, name): &(Membership, String)) -> Self {
        Self {
            person: membership.person.to_string(),
            name: name.clone(),
            manager: membership.manager,
            member: membership.member,
            from: membership.from.map(|day| day.to_string()),
            until: membership.until.map(|day| day.to_string()),
            fte: membership.fte,
            novice: membership.novice,
        }
    }
}

impl From<&TeamView> for TeamDocument {
    fn from(view: &TeamView) -> Self {
        Self {
            head: TeamHeadDocument::from(&view.team),
            roles: view.team.roles.iter().map(RoleDocument::from).collect(),
            contacts: view.team.contacts.iter().map(ContactDocument::from).collect(),
            members: view.members.iter().map(MemberDocument::from).collect(),
            settings: serde_json::to_value(&view.team.settings).unwrap_or_default(),
            weights: serde_json::to_value(&view.team.weights).unwrap_or_default(),
        }
    }
}

/// The teams that the caller may know of, by id
#[utoipa::path(get, path = "/api/v1/teams", tag = "teams", responses((status = 200, body = Vec<TeamHeadDocument>)))]
pub async fn list(State(service): State<Service>, Caller(actor): Caller) -> Answer<Vec<TeamHeadDocument>> {
    Ok(axum::Json(service.known_teams(&actor).await?.iter().map(TeamHeadDocument::from).collect()))
}

/// Add a team with the usual roles and its calendars
#[utoipa::path(post, path = "/api/v1/teams", tag = "teams", request_body = TeamRequest,
    responses((status = 201, body = TeamHeadDocument)))]
pub async fn add(
    State(service): State<Service>,
    Caller(actor): Caller,
    Json(request): Json<TeamRequest>,
) -> Made<TeamHeadDocument> {
    let new = NewTeam { id: request.id, name: request.name, email: request.email, zone: request.time_zone };
    let team = service.add_team(&actor, &new).await?;
    Ok((StatusCode::CREATED, axum::Json(TeamHeadDocument::from(&team))))
}

async fn view(service: &Service, actor: &crate::service::Actor, team: &TeamId) -> Result<TeamView, Problem> {
    let found = service.team(actor, team).await;
    scope::of_team(service, actor, team, found).await
}

/// A team with its people, for its managers
#[utoipa::path(get, path = "/api/v1/teams/{team}", tag = "teams", params(("team" = String, Path)),
    responses((status = 200, body = TeamDocument)))]
pub async fn show(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<TeamDocument> {
    Ok(axum::Json(TeamDocument::from(&view(&service, &actor, &team).await?)))
}

/// The values with some of them changed; a name that the type doesn't know is refused.
fn changed<T: Serialize + DeserializeOwned>(
    field: &str,
    now: &T,
    changes: serde_json::Map<String, Value>,
) -> Result<T, Problem> {
    let mut all = serde_json::to_value(now).map_err(|error| invalid(field, error))?;
    if let Value::Object(all) = &mut all {
        all.extend(changes);
    }
    serde_json::from_value(all).map_err(|error| invalid(field, error))
}

/// Change a team's contacts, switches or weights, for its managers
#[utoipa::path(patch, path = "/api/v1/teams/{team}", tag = "teams", params(("team" = String, Path)),
    request_body = TeamPatch, responses((status = 200, body = TeamDocument)))]
pub async fn patch(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(patch): Json<TeamPatch>,
) -> Answer<TeamDocument> {
    let now = view(&service, &actor, &team).await?.team;
    let settings = patch.settings.map(|changes| changed("settings", &now.settings, changes)).transpose()?;
    let weights = patch.weights.map(|changes| changed("weights", &now.weights, changes)).transpose()?;
    if let Some(contacts) = patch.contacts {
        let contacts = contacts.into_iter().map(|contact| Contact {
            role: contact.role,
            person: contact.person.map(PersonId::new),
            name: contact.name,
            phone: contact.phone,
        });
        service.set_contacts(&actor, &team, contacts.collect()).await?;
    }
    if let Some(settings) = settings {
        service.set_settings(&actor, &team, settings).await?;
    }
    if let Some(weights) = weights {
        service.set_weights(&actor, &team, weights).await?;
    }
    Ok(axum::Json(TeamDocument::from(&view(&service, &actor, &team).await?)))
}

/// Say what a rule pack changes for a team and breaks in its published roster, and take it over; for its managers
#[utoipa::path(post, path = "/api/v1/teams/{team}/rules", tag = "teams", params(("team" = String, Path)),
    request_body = RulesRequest, responses((status = 200, body = RulesDocument)))]
pub async fn rules(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Json(request): Json<RulesRequest>,
) -> Answer<RulesDocument> {
    let pack = match (request.pack, request.own) {
        (Some(name), None) => Pack::built_in(&name)
            .ok_or_else(|| invalid("pack", format!("\"{name}\" is no pack; sre and eu-rest are")))?,
        (None, Some(own)) => serde_json::from_value(Value::Object(own)).map_err(|error| invalid("own", error))?,
        _ => return Err(invalid("pack", "name a pack, or send one of your own")),
    };
    let done = service.team_rules(&actor, &team, &pack, request.apply).await;
    let effect = scope::of_team(&service, &actor, &team, done).await?;
    Ok(axum::Json(RulesDocument {
        pack: effect.pack,
        title: effect.title,
        applied: effect.applied,
        unchanged: effect.unchanged,
        changes: effect.changes,
        broken: effect.broken,
        warnings: effect.warnings,
        enforced: effect.enforced,
        not_enforced: effect.not_enforced,
    }))
}

/// The memberships of a team, past and future ones too, for its managers
#[utoipa::path(get, path = "/api/v1/teams/{team}/members", tag = "teams", params(("team" = String, Path)),
    responses((status = 200, body = Vec<MemberDocument>)))]
pub async fn members(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
) -> Answer<Vec<MemberDocument>> {
    let found = view(&service, &actor, &team).await?;
    Ok(axum::Json(found.members.iter().map(MemberDocument::from).collect()))
}

/// Make somebody belong to a team, or change how, for its managers
#[utoipa::path(put, path = "/api/v1/teams/{team}/members/{person}", tag = "teams",
    params(("team" = String, Path), ("person" = String, Path)), request_body = MemberRequest,
    responses((status = 204)))]
pub async fn put_member(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, person)): Path<(TeamId, PersonId)>,
    Json(request): Json<MemberRequest>,
) -> Result<StatusCode, Problem> {
    let membership = Membership {
        team: team.clone(),
        person,
        manager: request.manager,
        member: request.member,
        from: request.from.map(|text| day("from", &text)).transpose()?,
        until: request.until.map(|text| day("until", &text)).transpose()?,
        fte: request.fte,
        novice: request.novice,
    };
    let done = service.put_member(&actor, membership).await;
    scope::of_team(&service, &actor, &team, done).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// With which day somebody leaves.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    /// The first day they don't belong to the team.
    until: String,
}

/// End somebody's membership with a day, for the team's managers; what they still had to stand is answered as gaps
#[utoipa::path(delete, path = "/api/v1/teams/{team}/members/{person}", tag = "teams",
    params(("team" = String, Path), ("person" = String, Path), Leaving), responses((status = 200, body = Vec<GapDocument>)))]
pub async fn end_member(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path((team, person)): Path<(TeamId, PersonId)>,
    Params(Leaving { until }): Params<Leaving>,
) -> Answer<Vec<GapDocument>> {
    let done = service.end_membership(&actor, &team, &person, day("until", &until)?).await;
    let gaps = scope::of_team(&service, &actor, &team, done).await?;
    Ok(axum::Json(gaps.iter().map(GapDocument::from).collect()))
}
