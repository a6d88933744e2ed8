//! What a form says where what was typed can't be done. What is not the typist's fault stays a problem of its own.

use super::go::Refused;
use crate::service::ServiceError;

/// The words of a refusal that whoever typed can mend.
pub fn told(error: ServiceError) -> Result<String, Refused> {
    match error {
        ServiceError::Invalid { .. }
        | ServiceError::Conflict { .. }
        | ServiceError::NotFound(_)
        | ServiceError::Unprocessable { .. }
        | ServiceError::Refused(_)
        | ServiceError::TooMany(_) => Ok(error.to_string()),
        other => Err(other.into()),
    }
}

/// What was typed into a field, if anything.
pub fn typed(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}
