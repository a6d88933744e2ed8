//! What somebody may do and which secrets open their calendars: looked at and changed only by whoever has just proved
//! that it is they.

use crate::ids::{PersonId, TokenId};
use crate::roster::model::Person;
use crate::service::people::{Gap, NewPerson};
use crate::service::tokens::SecretKind;
use crate::service::{Service, ServiceError};
use crate::time::Instant;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, Go, Refused, to};
use crate::web::trouble::told;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/admin/people/{person}/access", get(show))
        .route("/admin/people/{person}/rights", post(rights))
        .route("/admin/people/{person}/password", post(draw_password))
        .route("/admin/people/{person}/secrets/{secret}/revoke", post(revoke))
        .route("/admin/people/{person}/disable", post(disable))
        .route("/admin/people/{person}/enable", post(enable))
}

#[derive(Template)]
#[template(path = "admin-access.html")]
struct AccessPage {
    view: View,
    person: Person,
    secrets: Vec<SecretLine>,
    /// A password that was just drawn, shown this once.
    password: Option<String>,
    /// What nobody stands any more because they were disabled.
    gaps: Vec<Gap>,
    trouble: Option<String>,
}

struct SecretLine {
    id: String,
    label: String,
    made: Instant,
    used: Option<Instant>,
    good: bool,
}

/// What there is to say beside what is stored.
#[derive(Default)]
struct Say {
    password: Option<String>,
    gaps: Vec<Gap>,
    trouble: Option<String>,
}

async fn shown(service: &Service, viewer: Viewer, id: &PersonId, say: Say) -> Answer {
    let person = service.person_by_login(&viewer.actor, id.as_str()).await?;
    let now = viewer.view.now;
    let secrets = service.app_passwords(&viewer.actor, &person.id).await?.into_iter().map(|secret| SecretLine {
        id: secret.id.to_string(),
        good: secret.life.is_good(now),
        label: secret.label,
        made: secret.life.created,
        used: secret.life.last_used,
    });
    let status = if say.trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = AccessPage {
        view: viewer.view,
        secrets: secrets.filter(|secret| secret.good).collect(),
        person,
        password: say.password,
        gaps: say.gaps,
        trouble: say.trouble,
    };
    Ok((status, page(&content)?).into_response())
}

fn guarded(viewer: &Viewer, person: &PersonId) -> Result<String, Refused> {
    viewer.administers()?;
    let back = format!("/admin/people/{person}/access");
    viewer.proven(&back)?;
    Ok(back)
}

/// `GET /admin/people/{person}/access`
async fn show(State(service): State<Service>, viewer: Viewer, Path(person): Path<PersonId>) -> Answer {
    guarded(&viewer, &person)?;
    shown(&service, viewer, &person, Say::default()).await
}

#[derive(Debug, Deserialize)]
struct Rights {
    admin: Option<String>,
}

/// `POST /admin/people/{person}/rights`
async fn rights(
    State(service): State<Service>,
    viewer: Viewer,
    Path(person): Path<PersonId>,
    Fields(form): Fields<Rights>,
) -> Answer {
    let back = guarded(&viewer, &person)?;
    let now = service.person_by_login(&viewer.actor, person.as_str()).await?;
    let wanted = NewPerson {
        id: now.id.to_string(),
        name: now.name,
        email: now.email,
        phone: now.phone,
        zone: now.zone.name().to_owned(),
        admin: form.admin.is_some(),
    };
    let changed = service.change_person(&viewer.actor, &wanted).await.map(drop);
    settled(&service, viewer, &person, changed, to(&back).said("rights-changed")).await
}

/// Goes on, or says what is in the way.
async fn settled(
    service: &Service,
    viewer: Viewer,
    person: &PersonId,
    outcome: Result<(), ServiceError>,
    next: Go,
) -> Answer {
    match outcome {
        Ok(()) => Ok(next.into_response()),
        Err(error) => shown(service, viewer, person, Say { trouble: Some(told(error)?), ..Say::default() }).await,
    }
}

/// `POST /admin/people/{person}/password`: the new one is in the answer, and nowhere else.
async fn draw_password(State(service): State<Service>, viewer: Viewer, Path(person): Path<PersonId>) -> Answer {
    guarded(&viewer, &person)?;
    let password = service.draw_web_password(&viewer.actor, &person).await?;
    shown(&service, viewer, &person, Say { password: Some(password), ..Say::default() }).await
}

/// `POST /admin/people/{person}/secrets/{secret}/revoke`
async fn revoke(
    State(service): State<Service>,
    viewer: Viewer,
    Path((person, secret)): Path<(PersonId, TokenId)>,
) -> Answer {
    let back = guarded(&viewer, &person)?;
    service.revoke_secret(&viewer.actor, SecretKind::AppPassword, &secret).await?;
    Ok(to(&back).said("secret-revoked").into_response())
}

/// `POST /admin/people/{person}/disable`: the answer names the gaps.
async fn disable(State(service): State<Service>, viewer: Viewer, Path(person): Path<PersonId>) -> Answer {
    guarded(&viewer, &person)?;
    let say = match service.disable_person(&viewer.actor, &person).await {
        Ok(gaps) => Say { gaps, ..Say::default() },
        Err(error) => Say { trouble: Some(told(error)?), ..Say::default() },
    };
    shown(&service, viewer, &person, say).await
}

/// `POST /admin/people/{person}/enable`
async fn enable(State(service): State<Service>, viewer: Viewer, Path(person): Path<PersonId>) -> Answer {
    let back = guarded(&viewer, &person)?;
    service.enable_person(&viewer.actor, &person).await?;
    Ok(to(&back).said("person-enabled").into_response())
}
