//! Private iCalendar feeds of a person or a team, by a secret address.

use crate::service::Service;
use axum::Router;

/// The room's routes.
pub fn router(_service: Service) -> Router {
    Router::new()
}
