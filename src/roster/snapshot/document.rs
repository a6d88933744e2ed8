//! A snapshot as a JSON document with its signature. What is signed is the member `snapshot` in canonical form: members
//! sorted by name, no white space between them. So a document may be written prettier on its way and still be checked.

use super::{PublicKey, SigningKey, Snapshot};
use base64ct::{Base64, Encoding as _};
use serde::Deserialize as _;
use serde_json::{Value, json};
use thiserror::Error;

/// What the document calls itself; the number goes up when a reader of the former one would misread it.
pub const FORMAT: &str = "dogwatch-oncall/1";

/// A snapshot as it was read, and whoever signed it.
#[derive(Clone, Debug)]
pub struct Found {
    /// What it says.
    pub snapshot: Snapshot,
    /// With which key it says that it was signed; to be known from elsewhere before it means anything.
    pub key: Option<PublicKey>,
    signed: String,
    signature: Vec<u8>,
}

impl Found {
    /// Whether the holder of this key signed all that it says.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(self.signed.as_bytes(), &self.signature)
    }
}

/// Why a document is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// It is no JSON.
    #[error("it is no JSON document: {0}")]
    Json(String),
    /// It is another document, or one of a later edition.
    #[error("it is no snapshot of the format {FORMAT}; one of a later version needs a later dogwatch")]
    Format,
    /// Something in it is not as it should be.
    #[error("its snapshot can't be read: {0}")]
    Shape(String),
}

/// The document, signed.
pub fn write(snapshot: &Snapshot, key: &SigningKey) -> Result<String, serde_json::Error> {
    let snapshot = serde_json::to_value(snapshot)?;
    let signature = key.sign(canonical(&snapshot).as_bytes());
    let document = json!({
        "format": FORMAT,
        "key": key.public().to_string(),
        "signature": Base64::encode_string(&signature),
        "snapshot": snapshot,
    });
    Ok(canonical(&document) + "\n")
}

/// Reads a document; who signed it is still to be checked.
pub fn read(text: &str) -> Result<Found, Unreadable> {
    let document: Value = serde_json::from_str(text).map_err(|error| Unreadable::Json(error.to_string()))?;
    if document.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(Unreadable::Format);
    }
    let value = document.get("snapshot").unwrap_or(&Value::Null);
    let snapshot = Snapshot::deserialize(value).map_err(|error| Unreadable::Shape(error.to_string()))?;
    let member = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default();
    let signature = Base64::decode_vec(member("signature")).unwrap_or_default();
    Ok(Found { snapshot, key: PublicKey::parse(member("key")), signed: canonical(value), signature })
}

/// One text for one value, whoever wrote it down (RFC 8785, as far as texts, whole numbers and switches go).
fn canonical(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(",");
    match value {
        Value::Array(items) => format!("[{}]", list(items.iter().map(canonical).collect())),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let text =
                |(name, value): &(&String, &Value)| format!("{}:{}", Value::String((*name).clone()), canonical(value));
            format!("{{{}}}", list(members.iter().map(text).collect()))
        }
        plain => plain.to_string(),
    }
}
