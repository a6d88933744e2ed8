//! Who belongs to a team, from when to when, how much of full load they carry, and who manages it. That is changed only
//! by whoever has just proved that it is they.

use super::{managed, status};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Membership;
use crate::service::people::Gap;
use crate::service::teams::TeamView;
use crate::service::{Service, ServiceError, fields};
use crate::time::Day;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage/members", get(list))
        .route("/teams/{team}/manage/members/new", get(ask).post(add))
        .route("/teams/{team}/manage/members/{person}", get(edit).post(change))
        .route("/teams/{team}/manage/members/{person}/end", post(end))
}

#[derive(Template)]
#[template(path = "manage-members.html")]
struct List {
    view: View,
    team: TeamView,
    today: Day,
    /// What nobody stands any more because of the change that was just made.
    gaps: Vec<Gap>,
    /// Whose mail comes back.
    bouncing: Vec<PersonId>,
}

impl List {
    fn is_over(&self, membership: &Membership) -> bool {
        membership.until.is_some_and(|until| until <= self.today)
    }

    fn is_bouncing(&self, membership: &Membership) -> bool {
        self.bouncing.contains(&membership.person)
    }
}

async fn members_page(service: &Service, viewer: Viewer, team: TeamView, gaps: Vec<Gap>) -> Answer {
    let bouncing = service.bouncing(&viewer.actor, &team.team.id).await?;
    let today = viewer.view.now.civil(team.team.zone).date();
    Ok(page(&List { view: viewer.view, team, today, gaps, bouncing })?.into_response())
}

/// `GET /teams/{team}/manage/members`
async fn list(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    members_page(&service, viewer, found, Vec::new()).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    person: String,
    from: String,
    until: String,
    fte: String,
    manager: Option<String>,
    member: Option<String>,
    novice: Option<String>,
}

impl Typed {
    fn of(membership: &Membership) -> Self {
        let day = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let on = |on: bool| on.then(|| "yes".to_owned());
        Self {
            person: membership.person.to_string(),
            from: day(membership.from),
            until: day(membership.until),
            fte: membership.fte.to_string(),
            manager: on(membership.manager),
            member: on(membership.member),
            novice: on(membership.novice),
        }
    }

    fn membership(&self, team: &TeamId, person: &str) -> Result<Membership, ServiceError> {
        let day = |field: &str, text: &str| typed(text).map(|text| fields::day(field, text)).transpose();
        Ok(Membership {
            team: team.clone(),
            person: PersonId::new(person.trim()),
            manager: self.manager.is_some(),
            member: self.member.is_some(),
            from: day("from", &self.from)?,
            until: day("until", &self.until)?,
            fte: fields::fte("share", typed(&self.fte).unwrap_or("100"))?,
            novice: self.novice.is_some(),
        })
    }
}

#[derive(Template)]
#[template(path = "manage-member.html")]
struct MemberPage {
    view: View,
    team: TeamView,
    /// Who it is about; nobody where somebody is added.
    who: Option<(String, String)>,
    /// Whom to choose from, where the viewer may know everybody.
    people: Vec<(String, String)>,
    form: Typed,
    trouble: Option<String>,
}

async fn member_page(
    service: &Service,
    viewer: Viewer,
    team: TeamView,
    (who, form): (Option<(String, String)>, Typed),
    trouble: Option<String>,
) -> Answer {
    let mut people = Vec::new();
    if viewer.visitor.person.admin && who.is_none() {
        let all = service.people(&viewer.actor).await?;
        people.extend(all.into_iter().filter(|one| !one.disabled).map(|one| (one.id.to_string(), one.name)));
    }
    let status = status(trouble.as_ref());
    let content = MemberPage { view: viewer.view, team, who, people, form, trouble };
    Ok((status, page(&content)?).into_response())
}

/// `GET /teams/{team}/manage/members/new`
async fn ask(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    viewer.proven(&format!("/teams/{team}/manage/members/new"))?;
    let form = Typed { fte: "100".to_owned(), member: Some("yes".to_owned()), ..Typed::default() };
    member_page(&service, viewer, found, (None, form), None).await
}

/// `POST /teams/{team}/manage/members/new`
async fn add(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Typed>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    viewer.proven(&format!("/teams/{team}/manage/members/new"))?;
    let outcome = match form.membership(&team, &form.person) {
        Ok(membership) => service.put_member(&viewer.actor, membership).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(to(&format!("/teams/{team}/manage/members")).said("member-added").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            member_page(&service, viewer, found, (None, form), Some(trouble)).await
        }
    }
}

/// The membership that a change is about: the present one, or else the next, or else the last.
fn present<'t>(team: &'t TeamView, person: &PersonId, today: Day) -> Option<&'t (Membership, String)> {
    let mut own = team.members.iter().filter(|(membership, _)| membership.person == *person);
    let last = own.clone().next_back();
    own.find(|(membership, _)| membership.until.is_none_or(|until| today < until)).or(last)
}

/// `GET /teams/{team}/manage/members/{person}`
async fn edit(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, person)): Path<(TeamId, PersonId)>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    viewer.proven(&format!("/teams/{team}/manage/members/{person}"))?;
    let today = viewer.view.now.civil(found.team.zone).date();
    let (membership, name) =
        present(&found, &person, today).ok_or_else(|| ServiceError::NotFound(format!("{person} in {team}")))?;
    let about = (Some((person.to_string(), name.clone())), Typed::of(membership));
    member_page(&service, viewer, found, about, None).await
}

/// `POST /teams/{team}/manage/members/{person}`: what nobody stands any more is named in the answer.
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, person)): Path<(TeamId, PersonId)>,
    Fields(form): Fields<Typed>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    viewer.proven(&format!("/teams/{team}/manage/members/{person}"))?;
    let outcome = match form.membership(&team, person.as_str()) {
        Ok(membership) => service.change_member(&viewer.actor, membership).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(gaps) => after_change(&service, viewer, &team, gaps).await,
        Err(error) => {
            let trouble = told(error)?;
            let today = viewer.view.now.civil(found.team.zone).date();
            let name = present(&found, &person, today).map(|(_, name)| name.clone()).unwrap_or_default();
            member_page(&service, viewer, found, (Some((person.to_string(), name)), form), Some(trouble)).await
        }
    }
}

async fn after_change(service: &Service, viewer: Viewer, team: &TeamId, gaps: Vec<Gap>) -> Answer {
    if gaps.is_empty() {
        return Ok(to(&format!("/teams/{team}/manage/members")).said("member-changed").into_response());
    }
    let found = managed(service, &viewer, team).await?;
    members_page(service, viewer, found, gaps).await
}

#[derive(Debug, Deserialize)]
struct Ending {
    until: String,
}

/// `POST /teams/{team}/manage/members/{person}/end`
async fn end(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, person)): Path<(TeamId, PersonId)>,
    Fields(form): Fields<Ending>,
) -> Answer {
    viewer.manages(&team)?;
    viewer.proven(&format!("/teams/{team}/manage/members/{person}"))?;
    let until = fields::day("until", &form.until)?;
    let gaps = service.end_membership(&viewer.actor, &team, &person, until).await?;
    after_change(&service, viewer, &team, gaps).await
}
