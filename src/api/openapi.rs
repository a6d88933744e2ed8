//! The API's description of itself, collected from the handlers.

use serde::Serialize;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi, ToSchema};

/// Why a request was not answered as asked (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// `urn:dogwatch:problem:` and a word for programs.
    r#type: String,
    title: String,
    status: u16,
    /// For people.
    detail: String,
    /// `urn:dogwatch:request:` and the request id, as in the header X-Request-Id and in the log.
    instance: String,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Dogwatch", description = "On-call rosters that live in people's own calendars."),
    paths(
        super::on_call::on_call,
        super::swaps::swaps,
        super::swaps::swap,
        super::swaps::cover,
        super::handover::show,
        super::handover::leave,
        super::swap_options::search,
        super::swap_options::propose,
        super::swaps::withdraw,
        super::swaps::approve,
        super::swaps::assign,
        super::swaps::answer,
        super::teams::list,
        super::teams::add,
        super::teams::show,
        super::teams::patch,
        super::teams::rules,
        super::teams::members,
        super::teams::put_member,
        super::teams::end_member,
        super::rosters::create,
        super::rosters::list,
        super::rosters::show,
        super::rosters::discard,
        super::rosters::candidates,
        super::rosters::assign,
        super::rosters::explain::what_if,
        super::rosters::explain::change,
        super::rosters::explain::slot,
        super::rosters::explain::roster,
        super::rosters::editions::diff,
        super::rosters::editions::restore,
        super::rosters::solve,
        super::rosters::check,
        super::rosters::publish,
        super::rosters::balance,
        super::reports::hours,
        super::reports::balance,
        super::reports::pairs,
        super::reports::pay,
        super::reports::call_outs,
        super::pay::list,
        super::pay::add,
        super::requirements::of_person,
        super::requirements::set_needs,
        super::call_outs::add,
        super::call_outs::list,
        super::call_outs::remove,
        super::people::list,
        super::people::add,
        super::people::show,
        super::people::disable,
        super::calendars::list,
        super::calendars::count,
        super::outside::list,
        super::outside::add,
        super::outside::change,
        super::outside::remove,
        super::outside::refresh,
        super::sharing::shares,
        super::sharing::share,
        super::sharing::unshare,
        super::sharing::shared,
        super::sharing::leave,
        super::sharing::delegates,
        super::sharing::name_delegate,
        super::sharing::dismiss_delegate,
        super::sharing::delegators,
        super::months::list,
        super::months::confirm,
        super::months::reopen,
        super::months::of_team,
        super::free_busy::of_team,
        super::audit::audit,
        super::secrets::app_passwords,
        super::secrets::add_app_password,
        super::secrets::revoke_app_password,
        super::secrets::feeds_of_person,
        super::secrets::add_feed_of_person,
        super::secrets::feeds_of_team,
        super::secrets::add_feed_of_team,
        super::secrets::revoke_feed,
        super::pagers::list,
        super::pagers::add,
        super::pagers::change,
        super::pagers::remove,
        super::pagers::compare,
        super::webhooks::list,
        super::webhooks::add,
        super::webhooks::change,
        super::webhooks::remove,
        super::webhooks::test,
        super::webhooks::rotate,
        super::webhooks::list_of_all,
        super::webhooks::add_of_all,
        super::webhooks::change_of_all,
        super::webhooks::remove_of_all,
        super::webhooks::test_of_all,
        super::webhooks::rotate_of_all,
    ),
    components(schemas(ProblemDocument, super::reports::Format)),
    security(("token" = [])),
    modifiers(&Everywhere)
)]
struct Api;

/// How a refusal is sent.
const PROBLEM: &str = "application/problem+json";

/// What holds for every operation: the token, and how it refuses.
struct Everywhere;

impl Modify for Everywhere {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.security_schemes.insert("token".to_owned(), token.into());
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDocument"))).build();
        let refusal = ResponseBuilder::new()
            .description("Refused; 401, 403, 404, 409, 412, 422, 429 or 503")
            .content(PROBLEM, problem)
            .build();
        for item in openapi.paths.paths.values_mut() {
            let methods = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            for operation in methods.into_iter().flatten() {
                let refusals = operation.responses.responses.iter_mut().filter(|(status, _)| status.starts_with('4'));
                for (_, refused) in refusals {
                    let RefOr::T(refused) = refused else { continue };
                    let content = refused.content.shift_remove("application/json");
                    refused.content.extend(content.map(|content| (PROBLEM.to_owned(), content)));
                }
                operation.responses.responses.insert("default".to_owned(), RefOr::T(refusal.clone()));
            }
        }
    }
}

/// The description
pub async fn document() -> axum::Json<utoipa::openapi::OpenApi> {
    axum::Json(Api::openapi())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_refusal_is_described_as_it_is_sent() {
        for (path, item) in Api::openapi().paths.paths {
            for operation in [item.get, item.post, item.put, item.patch, item.delete].into_iter().flatten() {
                for (status, response) in
                    operation.responses.responses.into_iter().filter(|(status, _)| status.starts_with('4'))
                {
                    let RefOr::T(response) = response else { panic!("{path} {status}") };
                    assert_eq!(response.content.keys().collect::<Vec<_>>(), [PROBLEM], "{path} {status}");
                }
            }
        }
    }

    #[test]
    fn every_route_is_described_and_every_description_is_routed() {
        let source = include_str!("mod.rs");
        let quoted = source.split(".route(").skip(1).filter_map(|rest| rest.split('"').nth(1));
        let routed: BTreeSet<String> =
            quoted.filter(|path| *path != "/api/v1/openapi.json").map(str::to_owned).collect();
        let described: BTreeSet<String> = Api::openapi().paths.paths.keys().cloned().collect();
        assert_eq!(routed, described);
    }
}
