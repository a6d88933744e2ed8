//! Who sends a request. A right password is always let in, whatever was tried before from wherever: limits only change
//! what a wrong one is told.

use super::answer::App;
use super::basic_auth_raw::{Credentials, credentials};
use super::problem::Problem;
use crate::roster::model::Channel;
use crate::service::sessions::Visitor;
use crate::service::tokens::DavScope;
use crate::service::{Actor, ServiceError, Who};
use crate::web;
use hyper::{HeaderMap, Method, StatusCode};
use std::net::IpAddr;

/// What calendar programs are asked for.
const BASIC: &str = "Basic realm=\"Dogwatch\", charset=\"UTF-8\"";
/// What other programs are asked for.
const BEARER: &str = "Bearer realm=\"Dogwatch\"";

/// Somebody who is let in.
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// Public part of the app password or token: what limits are counted by.
    pub token: String,
    /// In a browser: their session, and what they may do.
    pub visitor: Option<Visitor>,
}

/// Which credentials a part of the house takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// An app password, by Basic.
    Calendar,
    /// An API token, by Bearer. An app password opens calendars and no more.
    Programs,
    /// A session's cookie and nothing else, or nobody: a browser sends Basic credentials by itself, also for other sites.
    Pages,
}

/// Finds out who sends the request; `None` where strangers may enter.
pub async fn sign_in(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    address: IpAddr,
    door: Door,
) -> Result<Option<SignedIn>, Problem> {
    if door == Door::Pages {
        return visitor(app, headers).await;
    }
    let challenge = if door == Door::Programs { BEARER } else { BASIC };
    let found = match credentials(headers) {
        Some(Credentials::Basic { login, password }) if door == Door::Calendar => {
            match app.service().authenticate_basic(&login, password.expose()).await.map_err(broken)? {
                Some(known) => {
                    let reads_only = known.scope == DavScope::ReadOnly;
                    let on_call_phone = known.phone_device;
                    let actor = Actor { reads_only, on_call_phone, ..Actor::person(known.person, Channel::Calendar) };
                    Ok(SignedIn { actor, token: known.token.as_str().to_owned(), visitor: None })
                }
                None => Err(app.gate().login_failed(address, &login)),
            }
        }
        Some(Credentials::Bearer(token)) if door == Door::Programs => {
            match app.service().authenticate_bearer(token.expose()).await.map_err(broken)? {
                Some(actor) => Ok(SignedIn { token: token_of(&actor), actor, visitor: None }),
                None => Err(app.gate().login_failed(address, "")),
            }
        }
        _ => Err(None),
    };
    match found {
        Ok(known) => Ok(Some(known)),
        Err(Some(seconds)) => Err(too_often(method, seconds)),
        Err(None) => {
            let detail = if door == Door::Programs {
                "Send a valid API token as `Authorization: Bearer TOKEN`."
            } else {
                "Sign in with your e-mail address or id and an app password."
            };
            Err(Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail).challenge(challenge))
        }
    }
}

/// Whose browser it is. A cookie of a session that is over is nobody's.
async fn visitor(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, Problem> {
    let Some(secret) = web::session_secret(headers, app.service()) else { return Ok(None) };
    let Some(visitor) = app.service().visitor(secret).await.map_err(broken)? else { return Ok(None) };
    let (actor, token) = (visitor.actor(), format!("session:{}", visitor.session));
    Ok(Some(SignedIn { actor, token, visitor: Some(visitor) }))
}

/// Thunderbird disables a calendar for good on any 4xx to a PROPFIND, so that one gets a 503.
pub fn too_often(method: &Method, seconds: u64) -> Problem {
    let detail = "Too many of these in a short time; wait and try again.";
    let status =
        if method.as_str() == "PROPFIND" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::TOO_MANY_REQUESTS };
    Problem::new(status, "too-often", detail).retry_after(seconds)
}

fn token_of(actor: &Actor) -> String {
    match &actor.who {
        Who::Token { id, .. } => id.as_str().to_owned(),
        _ => actor.audit_name(),
    }
}

#[allow(clippy::needless_pass_by_value)] // the shape of map_err
fn broken(error: ServiceError) -> Problem {
    tracing::error!(%error, "sign-in could not be checked");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store", "The store does not answer; try again.").retry_after(5)
}
