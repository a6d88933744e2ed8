//! Somebody's own account: their password, and the browsers in which they are signed in.

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, to};
use crate::ids::TokenId;
use crate::service::{Service, ServiceError};
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
        .route("/account", get(show))
        .route("/account/password", get(ask_password).post(set_password))
        .route("/account/sessions/{session}/end", post(end_session))
        .route("/account/sessions/end-others", post(end_others))
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    view: View,
    name: String,
    email: String,
    second_factor: bool,
    sessions: Vec<SessionLine>,
}

struct SessionLine {
    id: String,
    browser: String,
    here: bool,
    seen: crate::time::Instant,
    began: crate::time::Instant,
}

/// `GET /account`
async fn show(State(service): State<Service>, viewer: Viewer) -> Answer {
    let person = &viewer.visitor.person;
    let sessions = service.sessions(&viewer.actor, &person.id).await?.into_iter().map(|session| SessionLine {
        here: session.id == viewer.visitor.session,
        browser: called(&viewer.view, &session.browser),
        id: session.id.to_string(),
        seen: session.seen,
        began: session.created,
    });
    let content = AccountPage {
        sessions: sessions.collect(),
        name: person.name.clone(),
        email: person.email.clone(),
        second_factor: viewer.visitor.second_factor,
        view: viewer.view,
    };
    Ok(page(&content)?.into_response())
}

/// What a browser that calls itself so is called by people: `Firefox on Android`.
fn called(view: &View, agent: &str) -> String {
    // In this order, for each calls itself also what comes after it.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let known =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (known(&BROWSERS), known(&SYSTEMS)) {
        (Some(browser), Some(system)) => {
            view.t("account-browser-on").with("browser", browser).with("system", system).to_string()
        }
        (Some(browser), None) => browser.to_owned(),
        _ if agent.is_empty() => view.t("account-unknown-browser").to_string(),
        _ => agent.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    view: View,
    email: String,
    trouble: Option<String>,
}

/// `GET /account/password`
async fn ask_password(viewer: Viewer) -> Answer {
    viewer.proven("/account/password")?;
    let email = viewer.visitor.person.email.clone();
    Ok(page(&PasswordPage { view: viewer.view, email, trouble: None })?.into_response())
}

#[derive(Deserialize)]
struct NewPassword {
    password: String,
    again: String,
}

/// `POST /account/password`
async fn set_password(State(service): State<Service>, viewer: Viewer, Fields(typed): Fields<NewPassword>) -> Answer {
    viewer.proven("/account/password")?;
    let (person, here) = (&viewer.visitor.person, &viewer.visitor.session);
    let trouble = if typed.password == typed.again {
        match service.set_web_password(&viewer.actor, &person.id, &typed.password, Some(here)).await {
            Ok(()) => return Ok(to("/account").said("password-set").into_response()),
            Err(ServiceError::Invalid { .. }) => viewer.view.t("account-password-length").to_string(),
            Err(error) => return Err(error.into()),
        }
    } else {
        viewer.view.t("account-password-differs").to_string()
    };
    let email = person.email.clone();
    let content = PasswordPage { view: viewer.view, email, trouble: Some(trouble) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response())
}

/// `POST /account/sessions/{session}/end`
async fn end_session(State(service): State<Service>, viewer: Viewer, Path(session): Path<TokenId>) -> Answer {
    service.end_session(&viewer.actor, &viewer.visitor.person.id, &session).await?;
    Ok(to("/account").said("session-ended").into_response())
}

/// `POST /account/sessions/end-others`
async fn end_others(State(service): State<Service>, viewer: Viewer) -> Answer {
    let (person, here) = (&viewer.visitor.person.id, &viewer.visitor.session);
    service.end_other_sessions(&viewer.actor, person, Some(here)).await?;
    Ok(to("/account").said("sessions-ended").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_as_people_call_it() {
        let called = |agent: &str| called(&View::of_nobody(), agent);
        let phone =
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36";
        assert_eq!(called(phone), "Chrome on Android");
        assert_eq!(
            called("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            "Firefox on Linux"
        );
        assert_eq!(called("curl/8"), "curl/8");
        assert_eq!(called(""), "Unknown browser");
    }
}
