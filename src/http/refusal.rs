//! What the refusals of the service look like over HTTP, outside the CalDAV tree.

use super::problem::Problem;
use crate::service::ServiceError;
use crate::store::StoreError;
use hyper::StatusCode;
use serde_json::Value;

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let sentence = error.to_string();
        match error {
            ServiceError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not-found", sentence),
            ServiceError::Forbidden(_) | ServiceError::NeedPrivileges { .. } => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", sentence)
            }
            ServiceError::Conflict { code, detail, .. } => {
                let mut problem = Self::new(StatusCode::CONFLICT, code, sentence);
                if let Value::Object(members) = detail {
                    problem.members = members;
                }
                problem
            }
            ServiceError::UidConflict { .. } | ServiceError::SecondCopy { .. } => {
                Self::new(StatusCode::CONFLICT, "uid-conflict", sentence)
            }
            ServiceError::TooMany(_) => Self::new(StatusCode::CONFLICT, "limit-reached", sentence),
            ServiceError::PreconditionFailed => {
                Self::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", sentence)
            }
            ServiceError::Unprocessable { rules, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "rules", sentence).with("rules", rules)
            }
            ServiceError::Invalid { field, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", sentence).with("field", field)
            }
            ServiceError::Gone => Self::new(StatusCode::GONE, "gone", sentence),
            ServiceError::Store(error) => store(&error),
            _ => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", sentence),
        }
    }
}

/// The store's own words are for the log only.
fn store(error: &StoreError) -> Problem {
    tracing::error!(%error, "the store failed");
    match error {
        StoreError::Full => {
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", "The disk is full; nothing was written.")
        }
        StoreError::Unknown => {
            let detail = "The connection to the database broke while this was being stored: look whether it was, and \
                          repeat it if not.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown", detail).retry_after(5)
        }
        StoreError::Broken(_) => {
            let detail = "The disk that holds the database failed: look in a moment whether what was to be stored is \
                          there, and repeat it if not.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "disk-failed", detail).retry_after(5)
        }
        StoreError::Busy | StoreError::ReadOnly | StoreError::Closed | StoreError::Away(_) => {
            let detail = "The store takes no writes at the moment; nothing was written.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store", detail).retry_after(5)
        }
        _ => Problem::internal(),
    }
}
