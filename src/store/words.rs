//! Words and lists as they stand in a column: enumerations by their serde name, the rest as JSON.

use super::{Row, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

/// The word for a variant without fields.
pub(super) fn word(variant: &impl Serialize) -> Result<String, StoreError> {
    match serde_json::to_value(variant) {
        Ok(Json::String(word)) => Ok(word),
        _ => Err(StoreError::Shape("not a word".to_owned())),
    }
}

/// The variant that a column names.
pub(super) fn variant<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, StoreError> {
    opt_variant(row, column)?.ok_or_else(|| StoreError::Shape(format!("column {column} is empty")))
}

/// The variant that a column names, if any.
pub(super) fn opt_variant<T: DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>, StoreError> {
    let Some(text) = row.opt_text(column)? else { return Ok(None) };
    let known = serde_json::from_value(Json::String(text.clone()));
    known.map(Some).map_err(|_| StoreError::Shape(format!("column {column} holds an unknown word: {text}")))
}

/// A value as JSON text.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|problem| StoreError::Shape(problem.to_string()))
}

/// A value from JSON text.
pub(super) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|problem| StoreError::Shape(problem.to_string()))
}
