//! People from a CSV file: what it would do is shown first, and done, wholly or not at all, by a second button.

use crate::service::Service;
use crate::service::import::{Outcome, Plan};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::Answer;
use crate::web::trouble::told;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/admin/import", get(ask).post(import))
}

#[derive(Template)]
#[template(path = "admin-import.html")]
struct ImportPage {
    view: View,
    csv: String,
    plan: Option<Plan>,
    trouble: Option<String>,
}

impl ImportPage {
    fn count(&self, outcome: Outcome) -> usize {
        let plan = self.plan.iter().flat_map(|plan| &plan.people);
        plan.filter(|row| row.outcome == outcome).count()
    }
}

#[derive(Debug, Deserialize)]
struct Typed {
    csv: String,
    apply: Option<String>,
}

/// `GET /admin/import`
async fn ask(viewer: Viewer) -> Answer {
    viewer.administers()?;
    Ok(page(&ImportPage { view: viewer.view, csv: String::new(), plan: None, trouble: None })?.into_response())
}

/// `POST /admin/import`: rehearses; with `apply` it is done.
async fn import(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Typed>) -> Answer {
    viewer.administers()?;
    let (plan, trouble) = match service.import_people(&viewer.actor, form.csv.as_bytes(), form.apply.is_some()).await {
        Ok(plan) => (Some(plan), None),
        Err(error) => (None, Some(told(error)?)),
    };
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = ImportPage { view: viewer.view, csv: form.csv, plan, trouble };
    Ok((status, page(&content)?).into_response())
}
