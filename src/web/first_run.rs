//! The first page of a new server: whoever holds the code that it printed makes the first administrator, and a first
//! team. Once there is an administrator there is no such page.

use super::fields::Fields;
use super::frame::{View, page};
use super::go::{Answer, Refused, to};
use super::trouble::{told, typed};
use crate::http::Problem;
use crate::service::first_run::FirstRun;
use crate::service::people::NewPerson;
use crate::service::teams::NewTeam;
use crate::service::templates::Arrangement;
use crate::service::{Service, ServiceError};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/setup", get(ask).post(begin))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage {
    view: View,
    form: Typed,
    trouble: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
    name: String,
    id: String,
    email: String,
    time_zone: String,
    password: String,
    again: String,
    team_name: String,
    team_id: String,
    team_email: String,
    arrangement: String,
    sites: String,
    stands: Option<String>,
}

impl Typed {
    fn first_run(&self) -> Result<FirstRun, ServiceError> {
        let zone = self.time_zone.clone();
        let arrangement = Arrangement::parse(&self.arrangement, &self.sites)?;
        let team = typed(&self.team_id).map(|id| {
            let new = NewTeam {
                id: id.to_owned(),
                name: self.team_name.clone(),
                email: self.team_email.clone(),
                zone: zone.clone(),
            };
            (new, arrangement)
        });
        let administrator = NewPerson {
            id: self.id.trim().to_owned(),
            name: self.name.clone(),
            email: self.email.clone(),
            phone: None,
            zone,
            admin: true,
        };
        Ok(FirstRun { administrator, password: self.password.clone(), team, stands: self.stands.is_some() })
    }
}

async fn needed(service: &Service) -> Result<(), Refused> {
    if service.lacks_administrator().await? { Ok(()) } else { Err(Problem::not_found().into()) }
}

/// `GET /setup`
async fn ask(State(service): State<Service>, view: View, Query(form): Query<Typed>) -> Answer {
    needed(&service).await?;
    let form = Typed { code: form.code, arrangement: "weekly".to_owned(), ..Typed::default() };
    Ok(page(&SetupPage { view, form, trouble: None })?.into_response())
}

/// `POST /setup`
async fn begin(State(service): State<Service>, view: View, Fields(form): Fields<Typed>) -> Answer {
    needed(&service).await?;
    let trouble = if form.password == form.again {
        let outcome = match form.first_run() {
            Ok(first) => service.first_run_by_code(&form.code, &first).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(begun) => {
                let next = begun.team.map_or("/admin".to_owned(), |team| format!("/teams/{team}/manage"));
                return Ok(to("/sign-in").with("to", &next).said("set-up").into_response());
            }
            Err(error) => told(error)?,
        }
    } else {
        view.t("account-password-differs").to_string()
    };
    let form = Typed { password: String::new(), again: String::new(), ..form };
    let content = SetupPage { view, form, trouble: Some(trouble) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response())
}
