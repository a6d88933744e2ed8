//! What the roles of a team require, how that is obtained, and who has it: by what evidence, and until when.

use super::{managed, status};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::{Grant, Qualification, Role};
use crate::roster::requirement::Need;
use crate::service::teams::{NewQualification, TeamView};
use crate::service::{Service, ServiceError, fields};
use crate::time::{Day, Zone, start_of_day};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use chrono::TimeDelta;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Days before its end from which on a grant is marked.
const SOON: i64 = 60;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/qualifications", get(show).post(add))
        .route("/teams/{team}/manage/qualifications/roles", post(require))
        .route("/teams/{team}/manage/qualifications/needs", post(earn))
        .route("/teams/{team}/manage/qualifications/grant", post(grant))
        .route("/teams/{team}/manage/qualifications/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "manage-qualifications.html")]
struct QualificationsPage {
    view: View,
    team: TeamView,
    known: Vec<Qualification>,
    /// Those of them that the viewer may grant.
    grantable: Vec<(String, String)>,
    /// Those that can be earned, each with the shifts of every role that it takes.
    earned: Vec<Earned>,
    grants: Vec<GrantLine>,
    people: Vec<(String, String)>,
    form: Typed,
    granting: Granting,
    trouble: Option<String>,
}

struct Earned {
    id: String,
    title: String,
    needs: Vec<(String, u32)>,
}

impl Earned {
    fn of(one: &Qualification, team: &TeamView, needs: &BTreeMap<QualificationId, Vec<Need>>) -> Self {
        let needed = |role: &Role| {
            let need = needs.get(&one.id).and_then(|all| all.iter().find(|need| need.role == role.name));
            (role.name.clone(), need.map_or(0, |need| need.shifts))
        };
        let needs = team.team.roles.iter().map(needed).collect();
        Self { id: one.id.to_string(), title: one.name.clone(), needs }
    }
}

struct GrantLine {
    person: String,
    name: String,
    qualification: String,
    title: String,
    /// The last day on which it is valid.
    until: Option<Day>,
    evidence: String,
    lapsed: bool,
    soon: bool,
    /// The viewer may take it back: everybody's qualifications are the administrators' business.
    own: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    how: String,
    url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Granting {
    person: String,
    qualification: String,
    from: String,
    until: String,
    evidence: String,
}

impl Granting {
    /// Days are days of the team's zone; the last day is still valid.
    fn grant(&self, zone: Zone) -> Result<Grant, ServiceError> {
        let day = |field: &str, text: &str| typed(text).map(|text| fields::day(field, text)).transpose();
        let start = |day| start_of_day(day, zone);
        let last = day("until", &self.until)?;
        Ok(Grant {
            person: PersonId::new(self.person.trim()),
            qualification: QualificationId::new(self.qualification.trim()),
            from: day("from", &self.from)?.map(start),
            until: last.and_then(|day| day.checked_add_signed(TimeDelta::days(1))).map(start),
            evidence: fields::name("evidence", &self.evidence)?,
        })
    }
}

async fn shown(
    service: &Service,
    viewer: Viewer,
    team: &TeamId,
    (form, granting): (Typed, Granting),
    trouble: Option<String>,
) -> Answer {
    let found = managed(service, &viewer, team).await?;
    let known = service.qualifications(&viewer.actor, Some(team)).await?;
    let mut people: BTreeMap<PersonId, String> = BTreeMap::new();
    people.extend(found.members.iter().map(|(one, name)| (one.person.clone(), name.clone())));
    let admin = viewer.visitor.person.admin;
    let grantable: Vec<(String, String)> = known
        .iter()
        .filter(|one| admin || one.team.is_some())
        .map(|one| (one.id.to_string(), one.name.clone()))
        .collect();
    let needs = service.needs(&viewer.actor, team).await?;
    let own = known.iter().filter(|one| one.team.as_ref() == Some(team));
    let earned = own.map(|one| Earned::of(one, &found, &needs)).collect();
    let now = viewer.view.now;
    let line = |grant: Grant| GrantLine {
        name: people.get(&grant.person).cloned().unwrap_or_default(),
        title: known.iter().find(|one| one.id == grant.qualification).map(|one| one.name.clone()).unwrap_or_default(),
        own: grantable.iter().any(|(id, _)| id == grant.qualification.as_str()),
        lapsed: grant.until.is_some_and(|until| until <= now),
        soon: grant.until.is_some_and(|until| until <= now.plus_days(SOON)),
        person: grant.person.to_string(),
        qualification: grant.qualification.to_string(),
        until: grant.until.map(|until| until.plus_millis(-1).civil(found.team.zone).date()),
        evidence: grant.evidence,
    };
    // What other teams alone require is none of this team's business.
    let grants = service.grants_of_team(&viewer.actor, team).await?.into_iter();
    let mut grants: Vec<GrantLine> =
        grants.filter(|grant| known.iter().any(|one| one.id == grant.qualification)).map(line).collect();
    grants.sort_by(|a, b| (&a.name, &a.title).cmp(&(&b.name, &b.title)));
    let status = status(trouble.as_ref());
    let content = QualificationsPage {
        view: viewer.view,
        team: found,
        earned,
        grants,
        people: people.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(),
        known,
        grantable,
        form,
        granting,
        trouble,
    };
    Ok((status, page(&content)?).into_response())
}

fn here(team: &TeamId) -> String {
    format!("/teams/{team}/manage/qualifications")
}

/// `GET /teams/{team}/manage/qualifications`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    shown(&service, viewer, &team, (Typed::default(), Granting::default()), None).await
}

/// `POST /teams/{team}/manage/qualifications`
async fn add(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Typed>,
) -> Answer {
    viewer.manages(&team)?;
    let new = NewQualification {
        team: Some(team.clone()),
        name: form.name.clone(),
        how: form.how.clone(),
        url: typed(&form.url).map(str::to_owned),
        roles: Vec::new(),
    };
    match service.add_qualification(&viewer.actor, &new).await {
        Ok(_) => Ok(to(&here(&team)).said("qualification-added").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, &team, (form, Granting::default()), Some(trouble)).await
        }
    }
}

/// `POST /teams/{team}/manage/qualifications/roles`: what each role requires, as `ROLE=ID` pairs under `requires`.
async fn require(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    for role in found.team.roles {
        let chosen = pairs.iter().filter(|(name, _)| name == "requires").filter_map(|(_, value)| value.split_once('='));
        let wanted: Vec<QualificationId> =
            chosen.filter(|(of, _)| *of == role.name).map(|(_, id)| QualificationId::new(id)).collect();
        let same = wanted.len() == role.requires.len() && wanted.iter().all(|one| role.requires.contains(one));
        if !same {
            service.put_role(&viewer.actor, &team, Role { requires: wanted, ..role }).await?;
        }
    }
    Ok(to(&here(&team)).said("requirements-changed").into_response())
}

/// `POST /teams/{team}/manage/qualifications/needs`: shifts of each role, as `shifts-ROLE`, that earn a qualification.
async fn earn(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim());
    let need = |role: &Role| {
        let shifts = match value(&format!("shifts-{}", role.name)) {
            "" => Some(0),
            text => text.parse::<u32>().ok(),
        };
        shifts.map(|shifts| Need { role: role.name.clone(), shifts })
    };
    let needs: Option<Vec<Need>> = found.team.roles.iter().map(need).collect();
    let trouble = if let Some(mut needs) = needs {
        needs.retain(|need| need.shifts > 0);
        match service.set_needs(&viewer.actor, &team, value("qualification"), needs).await {
            Ok(_) => return Ok(to(&here(&team)).said("earning-changed").into_response()),
            Err(error) => told(error)?,
        }
    } else {
        viewer.view.t("manage-number-of-shifts").to_string()
    };
    shown(&service, viewer, &team, (Typed::default(), Granting::default()), Some(trouble)).await
}

/// `POST /teams/{team}/manage/qualifications/grant`
async fn grant(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Granting>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let outcome = match form.grant(found.team.zone) {
        Ok(grant) => service.grant_qualification(&viewer.actor, Some(&team), grant).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => Ok(to(&here(&team)).said("granted").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, &team, (Typed::default(), form), Some(trouble)).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct Revoking {
    person: String,
    qualification: String,
}

/// `POST /teams/{team}/manage/qualifications/revoke`
async fn revoke(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Revoking>,
) -> Answer {
    viewer.manages(&team)?;
    service.revoke_grant(&viewer.actor, Some(&team), (&form.person, &form.qualification)).await?;
    Ok(to(&here(&team)).said("grant-revoked").into_response())
}
