//! What a form sends, refused as a page where it isn't what the form has.

use super::go::Refused;
use crate::http::Problem;
use axum::Form;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

/// The fields of a form. A `Vec<(String, String)>` takes them all in order, names that stand several times included.
pub struct Fields<T>(pub T);

impl<S: Sync + Send, T: DeserializeOwned> FromRequest<S> for Fields<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        match Form::<T>::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(error) => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", error.body_text()).into()),
        }
    }
}
