//! Tokens with which programs use the API: made, shown once, revoked.

use crate::ids::{PersonId, TokenId};
use crate::service::tokens::SecretKind;
use crate::service::{Scope, Service};
use crate::time::Instant;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, Refused, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde::Deserialize;

/// The page's own path.
const HERE: &str = "/admin/tokens";

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/admin/tokens", get(show).post(add)).route("/admin/tokens/{token}/revoke", post(revoke))
}

#[derive(Template)]
#[template(path = "admin-tokens.html")]
struct TokensPage {
    view: View,
    tokens: Vec<TokenLine>,
    form: Typed,
    /// A token that was just made, shown this once.
    secret: Option<String>,
    trouble: Option<String>,
}

struct TokenLine {
    id: String,
    label: String,
    scope: String,
    person: Option<String>,
    made: Instant,
    used: Option<Instant>,
}

#[derive(Debug, Default, Deserialize)]
struct Typed {
    label: String,
    scope: String,
    person: String,
}

async fn shown(
    service: &Service,
    viewer: Viewer,
    form: Typed,
    secret: Option<String>,
    trouble: Option<String>,
) -> Answer {
    let now = viewer.view.now;
    let all = service.api_tokens(&viewer.actor).await?;
    let tokens = all.into_iter().filter(|token| token.life.is_good(now)).map(|token| TokenLine {
        id: token.id.to_string(),
        label: token.label,
        scope: token.scope,
        person: token.person.map(|person| person.to_string()),
        made: token.life.created,
        used: token.life.last_used,
    });
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = TokensPage { view: viewer.view, tokens: tokens.collect(), form, secret, trouble };
    Ok((status, page(&content)?).into_response())
}

fn guarded(viewer: &Viewer) -> Result<(), Refused> {
    viewer.administers()?;
    viewer.proven(HERE)
}

/// `GET /admin/tokens`
async fn show(State(service): State<Service>, viewer: Viewer) -> Answer {
    guarded(&viewer)?;
    shown(&service, viewer, Typed::default(), None, None).await
}

/// `POST /admin/tokens`: the token is in the answer, and nowhere else.
async fn add(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Typed>) -> Answer {
    guarded(&viewer)?;
    let Some(scope) = Scope::parse(&form.scope) else {
        let trouble = viewer.view.t("admin-token-scope-unknown").to_string();
        return shown(&service, viewer, form, None, Some(trouble)).await;
    };
    let person = typed(&form.person).map(PersonId::new);
    match service.add_api_token(&viewer.actor, &form.label, scope, person).await {
        Ok(made) => shown(&service, viewer, Typed::default(), Some(made.secret), None).await,
        Err(error) => {
            let trouble = told(error)?;
            shown(&service, viewer, form, None, Some(trouble)).await
        }
    }
}

/// `POST /admin/tokens/{token}/revoke`
async fn revoke(State(service): State<Service>, viewer: Viewer, Path(token): Path<TokenId>) -> Answer {
    guarded(&viewer)?;
    service.revoke_secret(&viewer.actor, SecretKind::ApiToken, &token).await?;
    Ok(to(HERE).said("secret-revoked").into_response())
}
