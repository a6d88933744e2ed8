//! What managers look after in their team: its name, members, qualifications, patterns, holidays, weights, rules, rates,
//! words, contacts, switches and pagers.

mod contacts;
mod holidays;
mod members;
mod naming;
mod pagers;
mod patterns;
mod pay;
mod qualifications;
mod rules;
mod settings;
mod weights;
mod words;

use super::frame::{View, Viewer, page};
use super::go::{Answer, Refused};
use crate::ids::TeamId;
use crate::roster::phrase;
use crate::service::Service;
use crate::service::teams::TeamView;
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/teams/{team}/manage", get(show))
        .merge(contacts::routes())
        .merge(holidays::routes())
        .merge(members::routes())
        .merge(naming::routes())
        .merge(pagers::routes())
        .merge(patterns::routes())
        .merge(pay::routes())
        .merge(qualifications::routes())
        .merge(rules::routes())
        .merge(settings::routes())
        .merge(weights::routes())
        .merge(words::routes())
}

#[derive(Template)]
#[template(path = "manage.html")]
struct Overview {
    view: View,
    team: TeamView,
    patterns: usize,
    zone: String,
    /// People whom a pager does not know.
    strangers: usize,
}

/// `GET /teams/{team}/manage`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let patterns = service.patterns(&viewer.actor, &team, 0).await?.len();
    let strangers = service.strangers_to_pagers(&viewer.actor, &team).await?.len();
    let zone = found.team.zone.name().to_owned();
    Ok(page(&Overview { view: viewer.view, team: found, patterns, zone, strangers })?.into_response())
}

/// The team, for whoever manages it.
pub(super) async fn managed(service: &Service, viewer: &Viewer, team: &TeamId) -> Result<TeamView, Refused> {
    viewer.manages(team)?;
    Ok(service.team(&viewer.actor, team).await?)
}

/// A form is answered so where something is wrong with what was typed.
pub(super) fn status(trouble: Option<&String>) -> StatusCode {
    if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
}

/// `1.25` as hundredths; nothing where it is no such number.
fn hundredths(text: &str) -> Option<i64> {
    phrase::hundredths(&text.trim().replace(',', ".")).filter(|value| *value < 100_000_000)
}

/// Hundredths as they are typed: `1.25`, `0.5`, `2`.
fn decimal(hundredths: i64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_is_read_as_it_is_written() {
        for (text, value) in [("0.5", 50), ("1", 100), ("1,25", 125), ("2.0", 200), ("12.5", 1250)] {
            assert_eq!(hundredths(text), Some(value), "{text}");
            assert_eq!(hundredths(&decimal(value)), Some(value));
        }
        for wrong in ["", "-1", "1.234", ".5", "x", "1e3", "1234567"] {
            assert_eq!(hundredths(wrong), None, "{wrong}");
        }
    }
}
