//! Pages for people, rendered here: they work without script, and what people wrote is escaped by the templates.
//!
//! `frame` is what every page has (who looks, in which language, zone and theme), `texts` what pages say, `moments` how
//! they write times, `assets` what they load. `guard` stands before them all. Each page is a file with its routes, and a
//! template of the same name in `templates`.

mod account;
mod admin;
mod assets;
mod availability;
mod board;
mod connect;
mod cookies;
mod fields;
mod first_run;
mod frame;
mod go;
mod guard;
mod home;
mod kept;
mod link;
mod manage;
mod mine;
pub(crate) mod moments;
mod openid;
mod plot;
mod qr;
mod reminders;
mod reports;
mod second_factor;
mod settings;
mod sign_in;
mod team;
pub(crate) mod texts;
mod trouble;
mod ways;
mod webhooks;

pub use cookies::session_secret;
pub use frame::{View, Viewer, problem_page};
pub use go::Refused;
pub use kept::kept_page;

use crate::service::Service;
use axum::Router;
use axum::middleware::from_fn_with_state;

/// The room's routes.
pub fn router(service: Service) -> Router {
    Router::new()
        .merge(account::routes())
        .merge(admin::routes())
        .merge(assets::routes())
        .merge(availability::routes())
        .merge(board::routes())
        .merge(connect::routes())
        .merge(first_run::routes())
        .merge(home::routes())
        .merge(link::routes())
        .merge(manage::routes())
        .merge(mine::routes())
        .merge(openid::routes())
        .merge(reminders::routes())
        .merge(reports::routes())
        .merge(second_factor::routes())
        .merge(settings::routes())
        .merge(sign_in::routes())
        .merge(team::routes())
        .merge(webhooks::routes())
        .route_layer(from_fn_with_state(service.clone(), guard::guard))
        .with_state(service)
}
