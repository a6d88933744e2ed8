//! Somebody's own second factor: set up by scanning a picture with an authenticator app, proved by a first code, removed
//! again. Whoever comes here has proved a moment ago who they are.

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, to};
use super::qr;
use super::texts::Markup;
use crate::service::Service;
use crate::service::second_factor::State;
use askama::Template;
use axum::Router;
use axum::extract::State as House;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

/// Where it is set up.
const HERE: &str = "/account/second-factor";

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/account/second-factor", get(show).post(begin))
        .route("/account/second-factor/confirm", post(confirm))
        .route("/account/second-factor/codes", post(renew))
        .route("/account/second-factor/remove", post(remove))
}

#[derive(Template)]
#[template(path = "second-factor.html")]
struct SecondFactorPage {
    view: View,
    state: State,
    trouble: Option<String>,
}

impl SecondFactorPage {
    fn picture(&self, uri: &str) -> Markup {
        qr::picture(uri, &self.view.t("second-factor-picture").to_string())
    }
}

#[derive(Template)]
#[template(path = "recovery-codes.html")]
struct CodesPage {
    view: View,
    codes: Vec<String>,
}

/// `GET /account/second-factor`
async fn show(House(service): House<Service>, viewer: Viewer) -> Answer {
    viewer.proven(HERE)?;
    let state = service.second_factor(&viewer.actor, &viewer.visitor.person.id).await?;
    Ok(page(&SecondFactorPage { view: viewer.view, state, trouble: None })?.into_response())
}

/// `POST /account/second-factor`
async fn begin(House(service): House<Service>, viewer: Viewer) -> Answer {
    viewer.proven(HERE)?;
    service.begin_second_factor(&viewer.actor, &viewer.visitor.person.id).await?;
    Ok(to(HERE).into_response())
}

#[derive(Deserialize)]
struct First {
    code: String,
}

/// `POST /account/second-factor/confirm`
async fn confirm(House(service): House<Service>, viewer: Viewer, Fields(typed): Fields<First>) -> Answer {
    viewer.proven(HERE)?;
    let (person, here) = (&viewer.visitor.person.id, &viewer.visitor.session);
    if let Some(codes) = service.confirm_second_factor(&viewer.actor, person, &typed.code, Some(here)).await? {
        return Ok(page(&CodesPage { view: viewer.view, codes })?.into_response());
    }
    let state = service.second_factor(&viewer.actor, person).await?;
    let trouble = Some(viewer.view.t("second-factor-wrong").to_string());
    let content = SecondFactorPage { view: viewer.view, state, trouble };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response())
}

/// `POST /account/second-factor/codes`
async fn renew(House(service): House<Service>, viewer: Viewer) -> Answer {
    viewer.proven(HERE)?;
    let codes = service.renew_codes(&viewer.actor, &viewer.visitor.person.id).await?;
    Ok(page(&CodesPage { view: viewer.view, codes })?.into_response())
}

/// `POST /account/second-factor/remove`
async fn remove(House(service): House<Service>, viewer: Viewer) -> Answer {
    viewer.proven(HERE)?;
    service.remove_second_factor(&viewer.actor, &viewer.visitor.person.id).await?;
    Ok(to("/account").said("second-factor-removed").into_response())
}
