//! To the provider of OpenID Connect and back.

use super::cookies;
use super::frame::View;
use super::go::{Answer, local, to};
use super::sign_in;
use crate::http::Problem;
use crate::service::Service;
use crate::service::openid::{Arrival, Back};
use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::get;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/sign-in/provider", get(leave)).route("/sign-in/provider/answer", get(arrive))
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    to: String,
    /// To prove once more who one is.
    anew: Option<String>,
}

/// `GET /sign-in/provider`: a browser may go there from a page of ours, and nothing changes by it.
async fn leave(State(service): State<Service>, view: View, Query(wish): Query<Wish>) -> Answer {
    if service.provider_name().is_none() {
        return Err(Problem::not_found().into());
    }
    let prove = view.visitor.as_ref().filter(|_| wish.anew.is_some());
    let left = service.leave_for_provider(local(&wish.to), prove).await?;
    let there = left.and_then(|left| Some((HeaderValue::from_str(&left.url).ok()?, left.sealed)));
    let Some((url, sealed)) = there else {
        let trouble = view.t("sign-in-provider-broken");
        return sign_in::refused(&service, view, &wish.to, &trouble);
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, url);
    response.headers_mut().append(SET_COOKIE, cookies::keep_round(&service, &sealed));
    Ok(response)
}

/// What the provider gives a browser to bring back.
#[derive(Deserialize)]
struct Brought {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
}

/// `GET /sign-in/provider/answer`
async fn arrive(
    State(service): State<Service>,
    view: View,
    headers: HeaderMap,
    Query(brought): Query<Brought>,
) -> Answer {
    let browser = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let before = cookies::session_secret(&headers, &service);
    let sealed = cookies::round(&headers, &service).unwrap_or_default();
    let brought = Back { sealed, state: &brought.state, code: &brought.code };
    let trouble = match service.come_from_provider(brought, browser, before).await? {
        Arrival::In(begun, back) => {
            let session = cookies::keep_session(&service, &begun.secret);
            let round = cookies::keep_round(&service, "");
            return Ok(to(&back).cookie(session).cookie(round).into_response());
        }
        Arrival::Stale => view.t("sign-in-provider-stale"),
        Arrival::Nobody => view.t("sign-in-provider-nobody"),
        Arrival::NotProven => view.t("sign-in-provider-not-proven"),
        Arrival::Broken => view.t("sign-in-provider-broken"),
    };
    sign_in::refused(&service, view, "/", &trouble)
}
