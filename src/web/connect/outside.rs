//! Calendars of other servers by their address: handed in, asked for again, removed.

use crate::roster::model::CountsAs;
use crate::service::Service;
use crate::service::calendars::NewOutside;
use crate::web::fields::Fields;
use crate::web::frame::Viewer;
use crate::web::go::{Answer, to};
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::post;
use serde::Deserialize;

pub fn routes() -> Router<Service> {
    Router::new()
        .route("/me/connect/outside", post(add))
        .route("/me/connect/outside/{name}/refresh", post(refresh))
        .route("/me/connect/outside/{name}/remove", post(remove))
        .route("/me/connect/calendars/{name}", post(count))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Adding {
    url: String,
    name: String,
    counts_as: CountsAs,
}

/// `POST /me/connect/outside`
async fn add(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Adding>) -> Answer {
    let name = Some(form.name.trim().to_owned()).filter(|name| !name.is_empty());
    let new = NewOutside { url: form.url.trim().to_owned(), name, counts_as: form.counts_as, transparent: false };
    service.add_outside(&viewer.actor, &viewer.visitor.person.id, &new).await?;
    Ok(to("/me/connect").said("outside-added").into_response())
}

/// `POST /me/connect/outside/{name}/refresh`
async fn refresh(State(service): State<Service>, viewer: Viewer, Path(name): Path<String>) -> Answer {
    service.refresh_outside(&viewer.actor, &viewer.visitor.person.id, &name).await?;
    Ok(to("/me/connect").said("outside-asked").into_response())
}

/// `POST /me/connect/outside/{name}/remove`
async fn remove(State(service): State<Service>, viewer: Viewer, Path(name): Path<String>) -> Answer {
    service.remove_outside(&viewer.actor, &viewer.visitor.person.id, &name).await?;
    Ok(to("/me/connect").said("outside-removed").into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Counting {
    counts_as: CountsAs,
}

/// `POST /me/connect/calendars/{name}`: how a calendar that is kept here counts.
async fn count(
    State(service): State<Service>,
    viewer: Viewer,
    Path(name): Path<String>,
    Fields(form): Fields<Counting>,
) -> Answer {
    service.count_calendar(&viewer.actor, &viewer.visitor.person.id, &name, form.counts_as).await?;
    Ok(to("/me/connect").said("calendar-counts").into_response())
}
