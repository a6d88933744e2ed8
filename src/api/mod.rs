//! The JSON API under `/api/v1`: translates to and from `service`, and says so in OpenAPI.

use crate::service::Service;
use axum::Router;

/// The room's routes.
pub fn router(_service: Service) -> Router {
    Router::new()
}
