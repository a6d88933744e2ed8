//! Everybody who has a calendar here: listed, added, changed.

use crate::http::Problem;
use crate::roster::model::{Membership, Person};
use crate::service::Service;
use crate::service::people::NewPerson;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/admin/people", get(list).post(add))
        .route("/admin/people/new", get(ask))
        .route("/admin/people/{person}", get(show).post(change))
}

#[derive(Template)]
#[template(path = "admin-people.html")]
struct List {
    view: View,
    people: Vec<Person>,
    find: String,
    /// Without the search.
    all: usize,
}

#[derive(Debug, Deserialize)]
struct Search {
    #[serde(default)]
    find: String,
}

/// `GET /admin/people`
async fn list(State(service): State<Service>, viewer: Viewer, Query(search): Query<Search>) -> Answer {
    viewer.administers()?;
    let mut people = service.people(&viewer.actor).await?;
    let (all, find) = (people.len(), search.find.trim().to_lowercase());
    let has = |text: &str| text.to_lowercase().contains(&find);
    people.retain(|person| has(&person.name) || has(&person.email) || has(person.id.as_str()));
    people.sort_by(|a, b| (a.disabled, &a.name, &a.id).cmp(&(b.disabled, &b.name, &b.id)));
    Ok(page(&List { view: viewer.view, people, find: search.find, all })?.into_response())
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    #[serde(default)]
    id: String,
    name: String,
    email: String,
    #[serde(default)]
    phone: String,
    time_zone: String,
}

impl Typed {
    fn person(&self, id: &str, admin: bool) -> NewPerson {
        NewPerson {
            id: id.trim().to_owned(),
            name: self.name.clone(),
            email: self.email.clone(),
            phone: typed(&self.phone).map(str::to_owned),
            zone: self.time_zone.clone(),
            admin,
        }
    }
}

#[derive(Template)]
#[template(path = "admin-person-new.html")]
struct Asking {
    view: View,
    form: Typed,
    trouble: Option<String>,
}

/// `GET /admin/people/new`
async fn ask(viewer: Viewer) -> Answer {
    viewer.administers()?;
    let form = Typed { time_zone: viewer.visitor.person.zone.name().to_owned(), ..Typed::default() };
    Ok(page(&Asking { view: viewer.view, form, trouble: None })?.into_response())
}

/// `POST /admin/people`
async fn add(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Typed>) -> Answer {
    viewer.administers()?;
    match service.add_person(&viewer.actor, &form.person(&form.id, false)).await {
        Ok(person) => Ok(to(&format!("/admin/people/{}", person.id)).said("person-added").into_response()),
        Err(error) => {
            let trouble = Some(told(error)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&Asking { view: viewer.view, form, trouble })?).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "admin-person.html")]
struct Shown {
    view: View,
    person: Person,
    form: Typed,
    memberships: Vec<(Membership, String)>,
    trouble: Option<String>,
}

async fn shown(service: &Service, viewer: Viewer, id: &str, form: Option<Typed>, trouble: Option<String>) -> Answer {
    let person = service.person_by_login(&viewer.actor, id).await?;
    let memberships = service.memberships_of(&viewer.actor, &person.id).await?;
    let form = form.unwrap_or_else(|| Typed {
        id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.clone(),
        phone: person.phone.clone().unwrap_or_default(),
        time_zone: person.zone.name().to_owned(),
    });
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = Shown { view: viewer.view, person, form, memberships, trouble };
    Ok((status, page(&content)?).into_response())
}

/// `GET /admin/people/{person}`
async fn show(State(service): State<Service>, viewer: Viewer, Path(person): Path<String>) -> Answer {
    viewer.administers()?;
    shown(&service, viewer, &person, None, None).await
}

/// `POST /admin/people/{person}`
async fn change(
    State(service): State<Service>,
    viewer: Viewer,
    Path(person): Path<String>,
    Fields(form): Fields<Typed>,
) -> Answer {
    viewer.administers()?;
    let before = service.person_by_login(&viewer.actor, &person).await?;
    if before.id.as_str() != person {
        return Err(Problem::not_found().into());
    }
    match service.change_person(&viewer.actor, &form.person(&person, before.admin)).await {
        Ok(_) => Ok(to(&format!("/admin/people/{person}")).said("person-changed").into_response()),
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, &person, Some(form), Some(trouble)).await
        }
    }
}
