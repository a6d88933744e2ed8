//! What somebody needs for the roles of their teams, and asking for it; for managers, what they are asked for.

use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::requirement::{Requirement, RoleRequirements, Standing as Known};
use crate::service::Service;
use crate::service::requirements::Request;
use crate::time::Instant;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer};
use crate::web::go::{Answer, Refused, to};
use crate::web::texts::Text;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::post;
use serde::Deserialize;

pub fn routes() -> Router<Service> {
    Router::new().route("/me/requirements", post(ask)).route("/me/requests", post(drop_one))
}

/// A team with what its roles require of somebody.
pub struct Standing {
    pub team: TeamId,
    pub name: String,
    pub roles: Vec<RoleLine>,
}

pub struct RoleLine {
    pub role: String,
    pub eligible: bool,
    pub lines: Vec<Line>,
}

/// One requirement.
pub struct Line {
    pub id: QualificationId,
    pub name: String,
    pub how: String,
    /// Only what leads to a page.
    pub url: Option<String>,
    /// `good`, `warn` or `bad`.
    pub tone: &'static str,
    pub status: Text,
    pub at: Option<Instant>,
    pub progress: Vec<Text>,
    /// It may be asked for.
    pub lacking: bool,
    pub asked: Option<Instant>,
}

/// What the managers of a team are asked for.
pub struct Asks {
    pub name: String,
    pub requests: Vec<Request>,
}

/// What the viewer needs, in each of their teams.
pub async fn standing(service: &Service, viewer: &Viewer) -> Result<Vec<Standing>, Refused> {
    let person = &viewer.visitor.person.id;
    let asked = service.requests_of_person(&viewer.actor, person).await?;
    let teams = service.requirements(&viewer.actor, person).await?;
    let of = |role: RoleRequirements, team: &TeamId| {
        let line = |requirement: Requirement| {
            let id = &requirement.qualification.id;
            let asked = asked.iter().find(|one| one.team == *team && one.qualification.id == *id);
            Line::of(&viewer.view, requirement, asked.map(|one| one.asked))
        };
        let lines = role.requirements.into_iter().map(line).collect();
        RoleLine { role: role.role, eligible: role.eligible, lines }
    };
    let teams = teams.into_iter().map(|team| {
        let roles = team.roles.into_iter().map(|role| of(role, &team.team)).collect();
        Standing { roles, name: team.name, team: team.team }
    });
    Ok(teams.collect())
}

impl Line {
    fn of(view: &View, requirement: Requirement, asked: Option<Instant>) -> Self {
        let Requirement { qualification, standing, progress } = requirement;
        let (tone, status, at) = match standing {
            Known::Met => ("good", view.t("me-need-met"), None),
            Known::Lapsing(at) => ("warn", view.t("me-need-lapsing"), Some(at)),
            Known::Coming(at) => ("warn", view.t("me-need-coming"), Some(at)),
            Known::Lapsed(at) => ("bad", view.t("me-need-lapsed"), Some(at)),
            Known::Missing => ("bad", view.t("me-need-missing"), None),
        };
        let told = |one: &crate::roster::requirement::Progress| {
            view.t("me-need-progress").with("have", one.have).with("need", one.need).with("role", &one.role)
        };
        let page = |url: &String| url.starts_with("https://") || url.starts_with("http://");
        Self {
            id: qualification.id,
            name: qualification.name,
            how: qualification.how,
            url: qualification.url.filter(page),
            tone,
            status,
            at,
            progress: progress.iter().map(told).collect(),
            lacking: !matches!(standing, Known::Met | Known::Coming(_)),
            asked,
        }
    }
}

/// What the viewer is asked for as manager.
pub async fn asks(service: &Service, viewer: &Viewer) -> Result<Vec<Asks>, Refused> {
    let mut found = Vec::new();
    for place in viewer.visitor.teams.iter().filter(|place| place.manager) {
        let requests = service.requests_of_team(&viewer.actor, &place.team).await?;
        if !requests.is_empty() {
            found.push(Asks { name: place.name.clone(), requests });
        }
    }
    Ok(found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    team: TeamId,
    qualification: QualificationId,
    note: String,
}

/// `POST /me/requirements`
async fn ask(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Asking>) -> Answer {
    let (person, what) = (&viewer.visitor.person.id, (&form.team, &form.qualification));
    service.ask_for_qualification(&viewer.actor, person, what, &form.note.replace("\r\n", "\n")).await?;
    Ok(to("/me").said("request-sent").into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dropping {
    person: PersonId,
    team: TeamId,
    qualification: QualificationId,
}

/// `POST /me/requests`
async fn drop_one(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Dropping>) -> Answer {
    if form.person != viewer.visitor.person.id {
        viewer.manages(&form.team)?;
    }
    service.drop_request(&viewer.actor, &form.person, (&form.team, &form.qualification)).await?;
    Ok(to("/me").said("request-dropped").into_response())
}
