//! The JSON API under `/api/v1`: translates to and from `service`, and describes itself as OpenAPI.
//!
//! Times are RFC 3339 with the offset of the team's zone, ids are text, errors RFC 9457 problem documents. Programs
//! outside rely on these shapes: members are added, never renamed or removed.

mod audit;
mod calendars;
mod call_outs;
mod extract;
mod free_busy;
mod handover;
mod months;
mod on_call;
mod openapi;
mod outside;
mod pagers;
mod pay;
mod people;
pub mod reports;
mod requirements;
mod rosters;
mod scope;
mod secrets;
mod sharing;
mod swap_options;
mod swaps;
mod teams;
mod webhooks;

pub use call_outs::CallOutDocument;
pub use handover::HandoverDocument;
pub use on_call::OnCallDocument;
pub use requirements::TeamRequirementsDocument;
pub use rosters::RecommendationDocument;
pub use swap_options::{OptionsDocument, kind};

use crate::http::Problem;
use crate::service::Service;
use axum::Router;
use axum::routing::{delete, get, patch, post, put};

/// What a handler answers.
type Answer<T> = Result<axum::Json<T>, Problem>;

/// What a handler answers that made something.
type Made<T> = Result<(axum::http::StatusCode, axum::Json<T>), Problem>;

/// The room's routes.
pub fn router(service: Service) -> Router {
    let wrong_method = async || {
        let detail = "This address doesn't take that method; see Allow.";
        Problem::new(axum::http::StatusCode::METHOD_NOT_ALLOWED, "method", detail)
    };
    Router::new()
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/teams/{team}/on-call", get(on_call::on_call))
        .route("/api/v1/teams/{team}/swaps", get(swaps::swaps))
        .route("/api/v1/slots/{slot}/cover", post(swaps::cover))
        .route("/api/v1/slots/{slot}/handover", get(handover::show).put(handover::leave))
        .route("/api/v1/slots/{slot}/swap-options", get(swap_options::search).post(swap_options::propose))
        .route("/api/v1/swaps/{swap}", get(swaps::swap))
        .route("/api/v1/swaps/{swap}/withdraw", post(swaps::withdraw))
        .route("/api/v1/swaps/{swap}/approval", post(swaps::approve))
        .route("/api/v1/swaps/{swap}/assign", post(swaps::assign))
        .route("/api/v1/offers/{offer}/answer", post(swaps::answer))
        .route("/api/v1/teams", get(teams::list).post(teams::add))
        .route("/api/v1/teams/{team}", get(teams::show).patch(teams::patch))
        .route("/api/v1/teams/{team}/free-busy", get(free_busy::of_team))
        .route("/api/v1/teams/{team}/rules", post(teams::rules))
        .route("/api/v1/teams/{team}/members", get(teams::members))
        .route("/api/v1/teams/{team}/members/{person}", put(teams::put_member).delete(teams::end_member))
        .route("/api/v1/teams/{team}/rosters", get(rosters::list).post(rosters::create))
        .route("/api/v1/teams/{team}/balance", get(rosters::balance))
        .route("/api/v1/teams/{team}/reports/hours", get(reports::hours))
        .route("/api/v1/teams/{team}/reports/balance", get(reports::balance))
        .route("/api/v1/teams/{team}/reports/pairs", get(reports::pairs))
        .route("/api/v1/teams/{team}/reports/pay", get(reports::pay))
        .route("/api/v1/teams/{team}/reports/callouts", get(reports::call_outs))
        .route("/api/v1/teams/{team}/pay-rates", get(pay::list).post(pay::add))
        .route("/api/v1/teams/{team}/qualifications/{qualification}/needs", put(requirements::set_needs))
        .route("/api/v1/people/{person}/requirements", get(requirements::of_person))
        .route("/api/v1/people/{person}/call-outs", get(call_outs::list).post(call_outs::add))
        .route("/api/v1/call-outs/{id}", delete(call_outs::remove))
        .route("/api/v1/rosters/{id}", get(rosters::show).delete(rosters::discard))
        .route("/api/v1/rosters/{id}/slots/{slot}", put(rosters::assign))
        .route("/api/v1/rosters/{id}/slots/{slot}/candidates", get(rosters::candidates))
        .route("/api/v1/rosters/{id}/slots/{slot}/explain", get(rosters::explain::slot))
        .route("/api/v1/rosters/{id}/what-if", post(rosters::explain::what_if))
        .route("/api/v1/rosters/{id}/changes", post(rosters::explain::change))
        .route("/api/v1/rosters/{id}/explain", get(rosters::explain::roster))
        .route("/api/v1/rosters/{id}/diff", get(rosters::editions::diff))
        .route("/api/v1/rosters/{id}/restore", post(rosters::editions::restore))
        .route("/api/v1/rosters/{id}/solve", post(rosters::solve))
        .route("/api/v1/rosters/{id}/check", get(rosters::check))
        .route("/api/v1/rosters/{id}/publish", post(rosters::publish))
        .route("/api/v1/people", get(people::list).post(people::add))
        .route("/api/v1/people/{person}", get(people::show))
        .route("/api/v1/people/{person}/disable", post(people::disable))
        .route("/api/v1/people/{person}/calendars", get(calendars::list))
        .route("/api/v1/people/{person}/calendars/{name}", put(calendars::count))
        .route("/api/v1/people/{person}/calendars/{name}/shares", get(sharing::shares))
        .route("/api/v1/people/{person}/calendars/{name}/shares/{with}", put(sharing::share).delete(sharing::unshare))
        .route("/api/v1/people/{person}/outside-calendars", get(outside::list).post(outside::add))
        .route("/api/v1/people/{person}/outside-calendars/{name}", patch(outside::change).delete(outside::remove))
        .route("/api/v1/people/{person}/outside-calendars/{name}/refresh", post(outside::refresh))
        .route("/api/v1/people/{person}/shared-calendars", get(sharing::shared))
        .route("/api/v1/people/{person}/shared-calendars/{name}", delete(sharing::leave))
        .route("/api/v1/people/{person}/delegates", get(sharing::delegates))
        .route(
            "/api/v1/people/{person}/delegates/{delegate}",
            put(sharing::name_delegate).delete(sharing::dismiss_delegate),
        )
        .route("/api/v1/people/{person}/delegators", get(sharing::delegators))
        .route("/api/v1/people/{person}/months", get(months::list))
        .route("/api/v1/people/{person}/months/{month}", put(months::confirm).delete(months::reopen))
        .route("/api/v1/teams/{team}/months/{month}", get(months::of_team))
        .route("/api/v1/audit", get(audit::audit))
        .route("/api/v1/people/{person}/app-passwords", get(secrets::app_passwords).post(secrets::add_app_password))
        .route("/api/v1/app-passwords/{id}", delete(secrets::revoke_app_password))
        .route("/api/v1/people/{person}/feeds", get(secrets::feeds_of_person).post(secrets::add_feed_of_person))
        .route("/api/v1/teams/{team}/feeds", get(secrets::feeds_of_team).post(secrets::add_feed_of_team))
        .route("/api/v1/feeds/{id}", delete(secrets::revoke_feed))
        .route("/api/v1/teams/{team}/webhooks", get(webhooks::list).post(webhooks::add))
        .route("/api/v1/teams/{team}/webhooks/{webhook}", patch(webhooks::change).delete(webhooks::remove))
        .route("/api/v1/teams/{team}/webhooks/{webhook}/test", post(webhooks::test))
        .route("/api/v1/teams/{team}/webhooks/{webhook}/secret", post(webhooks::rotate))
        .route("/api/v1/teams/{team}/pagers", get(pagers::list).post(pagers::add))
        .route("/api/v1/teams/{team}/pagers/{pager}", patch(pagers::change).delete(pagers::remove))
        .route("/api/v1/teams/{team}/pagers/{pager}/compare", post(pagers::compare))
        .route("/api/v1/webhooks", get(webhooks::list_of_all).post(webhooks::add_of_all))
        .route("/api/v1/webhooks/{webhook}", patch(webhooks::change_of_all).delete(webhooks::remove_of_all))
        .route("/api/v1/webhooks/{webhook}/test", post(webhooks::test_of_all))
        .route("/api/v1/webhooks/{webhook}/secret", post(webhooks::rotate_of_all))
        .method_not_allowed_fallback(wrong_method)
        .with_state(service)
}
