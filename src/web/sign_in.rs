//! Signing in and out, and proving once more who one is. Wrong passwords are counted as those of calendar apps are, and
//! where there were too many, none is compared any more until some time has passed.

use super::cookies;
use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, Refused, local, to};
use super::texts::Text;
use crate::http::{Client, Gate};
use crate::service::Service;
use crate::service::sessions::{Begun, SignIn};
use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::header::{RETRY_AFTER, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Router, routing::post};
use serde::Deserialize;
use std::sync::Arc;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/sign-in", get(show).post(enter))
        .route("/sign-in/code", post(enter_code))
        .route("/sign-out", post(leave))
        .route("/confirm", get(ask).post(prove))
}

/// Where to go afterwards.
#[derive(Debug, Deserialize)]
pub struct Wish {
    #[serde(default)]
    to: String,
}

/// What went wrong with the last try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Wrong,
    WrongCode,
    TooOften(u64),
    Busy,
}

impl Trouble {
    fn text(self, view: &View) -> String {
        match self {
            Self::Wrong => view.t("sign-in-wrong").to_string(),
            Self::WrongCode => view.t("sign-in-wrong-code").to_string(),
            Self::TooOften(seconds) => view
                .t("sign-in-too-often")
                .with("minutes", i64::try_from(seconds.div_ceil(60)).unwrap_or(5))
                .to_string(),
            Self::Busy => view.t("sign-in-busy").to_string(),
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Wrong | Self::WrongCode => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooOften(_) | Self::Busy => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    fn answer(self, page: Response) -> Response {
        let mut response = page;
        *response.status_mut() = self.status();
        let wait = match self {
            Self::Wrong | Self::WrongCode => return response,
            Self::TooOften(seconds) => seconds,
            Self::Busy => 1,
        };
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
        response
    }
}

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    view: View,
    to: String,
    login: String,
    provider: Option<String>,
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage {
    view: View,
    to: String,
    ticket: String,
    trouble: Option<String>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    view: View,
    provider: Option<String>,
    second_factor: bool,
    to: String,
    trouble: Option<String>,
}

/// `GET /sign-in`
async fn show(State(service): State<Service>, view: View, Query(wish): Query<Wish>) -> Answer {
    let to_there = local(&wish.to).to_owned();
    if view.visitor.is_some() {
        return Ok(to(&to_there).into_response());
    }
    Ok(page(&SignInPage { view, to: to_there, login: String::new(), provider: provider(&service), trouble: None })?
        .into_response())
}

fn provider(service: &Service) -> Option<String> {
    service.provider_name().map(str::to_owned)
}

/// The page for signing in, saying what went wrong elsewhere.
pub fn refused(service: &Service, view: View, back: &str, trouble: &Text) -> Answer {
    let trouble = Some(trouble.to_string());
    let (login, provider) = (String::new(), provider(service));
    let content = SignInPage { view, to: local(back).to_owned(), login, provider, trouble };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&content)?).into_response())
}

#[derive(Deserialize)]
struct Entering {
    login: String,
    password: String,
    #[serde(default)]
    to: String,
}

/// `POST /sign-in`
async fn enter(
    State(service): State<Service>,
    Extension(gate): Extension<Arc<Gate>>,
    Extension(Client(address)): Extension<Client>,
    view: View,
    headers: HeaderMap,
    Fields(typed): Fields<Entering>,
) -> Answer {
    let browser = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let before = cookies::session_secret(&headers, &service);
    let trouble = match gate.login_closed(address, &typed.login) {
        Some(seconds) => Trouble::TooOften(seconds),
        None => match service.sign_in(&typed.login, &typed.password, browser, before).await? {
            SignIn::In(begun) => return Ok(entered(&service, &begun, &typed.to)),
            SignIn::Code(ticket) => {
                let content = CodePage { view, to: local(&typed.to).to_owned(), ticket, trouble: None };
                return Ok(page(&content)?.into_response());
            }
            SignIn::Busy => Trouble::Busy,
            SignIn::Wrong => gate.login_failed(address, &typed.login).map_or(Trouble::Wrong, Trouble::TooOften),
        },
    };
    let text = Some(trouble.text(&view));
    let content = SignInPage {
        view,
        to: local(&typed.to).to_owned(),
        login: typed.login,
        provider: provider(&service),
        trouble: text,
    };
    Ok(trouble.answer(page(&content)?.into_response()))
}

#[derive(Deserialize)]
struct EnteringCode {
    ticket: String,
    code: String,
    #[serde(default)]
    to: String,
}

/// `POST /sign-in/code`
async fn enter_code(
    State(service): State<Service>,
    Extension(gate): Extension<Arc<Gate>>,
    Extension(Client(address)): Extension<Client>,
    view: View,
    headers: HeaderMap,
    Fields(typed): Fields<EnteringCode>,
) -> Answer {
    let browser = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let before = cookies::session_secret(&headers, &service);
    let login = typed.ticket.split('.').next().unwrap_or_default();
    let trouble = match gate.login_closed(address, login) {
        Some(seconds) => Trouble::TooOften(seconds),
        None => match service.sign_in_by_code(&typed.ticket, &typed.code, browser, before).await? {
            SignIn::In(begun) => return Ok(entered(&service, &begun, &typed.to)),
            _ => gate.login_failed(address, login).map_or(Trouble::WrongCode, Trouble::TooOften),
        },
    };
    let text = Some(trouble.text(&view));
    let content = CodePage { view, to: local(&typed.to).to_owned(), ticket: typed.ticket, trouble: text };
    Ok(trouble.answer(page(&content)?.into_response()))
}

fn entered(service: &Service, begun: &Begun, back: &str) -> Response {
    to(local(back)).cookie(cookies::keep_session(service, &begun.secret)).into_response()
}

/// `POST /sign-out`
async fn leave(State(service): State<Service>, headers: HeaderMap) -> Answer {
    if let Some(secret) = cookies::session_secret(&headers, &service) {
        service.sign_out(secret).await?;
    }
    Ok(to("/").said("signed-out").cookie(cookies::forget_session(&service)).into_response())
}

/// `GET /confirm`
async fn ask(State(service): State<Service>, viewer: Viewer, Query(wish): Query<Wish>) -> Result<Response, Refused> {
    let content = ConfirmPage {
        provider: provider(&service),
        second_factor: viewer.visitor.second_factor,
        view: viewer.view,
        to: local(&wish.to).to_owned(),
        trouble: None,
    };
    Ok(page(&content)?.into_response())
}

#[derive(Deserialize)]
struct Proving {
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    to: String,
}

/// `POST /confirm`
async fn prove(
    State(service): State<Service>,
    Extension(gate): Extension<Arc<Gate>>,
    Extension(Client(address)): Extension<Client>,
    viewer: Viewer,
    headers: HeaderMap,
    Fields(typed): Fields<Proving>,
) -> Answer {
    let login = viewer.visitor.person.id.as_str();
    let secret = cookies::session_secret(&headers, &service).unwrap_or_default();
    let trouble = match gate.login_closed(address, login) {
        Some(seconds) => Trouble::TooOften(seconds),
        None => match service.prove(&viewer.visitor, secret, &typed.password, &typed.code).await? {
            SignIn::In(begun) => return Ok(entered(&service, &begun, &typed.to)),
            SignIn::Busy => Trouble::Busy,
            SignIn::Wrong | SignIn::Code(_) => {
                gate.login_failed(address, login).map_or(Trouble::Wrong, Trouble::TooOften)
            }
        },
    };
    let text = Some(trouble.text(&viewer.view));
    let content = ConfirmPage {
        provider: provider(&service),
        second_factor: viewer.visitor.second_factor,
        view: viewer.view,
        to: local(&typed.to).to_owned(),
        trouble: text,
    };
    Ok(trouble.answer(page(&content)?.into_response()))
}
