//! What the commands about passwords, tokens and feeds share: how a secret's life is told, lists, and revoking.

use super::{CommandError, Globals};
use crate::ids::TokenId;
use crate::service::tokens::{Life, SecretKind};
use crate::service::{Actor, Service};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Where a feed is fetched.
pub(super) fn feed_url(service: &Service, token: &str) -> String {
    format!("{}/feeds/{token}.ics", service.ctx().host.public_url)
}

/// When it was made, used and revoked.
pub(super) fn life_text(life: Life) -> String {
    let mut text = format!("  made {}", life.created);
    for (at, word) in [(life.last_used, "used"), (life.expires, "expires"), (life.revoked, "revoked")] {
        if let Some(at) = at {
            let _ = write!(text, ", {word} {at}");
        }
    }
    text
}

/// The document with the times of a secret added.
pub(super) fn life_document(mut document: Value, life: Life) -> Value {
    let times = [
        ("created", Some(life.created)),
        ("expires", life.expires),
        ("last_used", life.last_used),
        ("revoked", life.revoked),
    ];
    if let Some(fields) = document.as_object_mut() {
        for (name, at) in times {
            fields.insert(name.to_owned(), json!(at.map(|at| at.to_string())));
        }
    }
    document
}

/// Revokes a secret and says so.
pub(super) async fn revoke(
    globals: &Globals,
    service: &Service,
    kind: SecretKind,
    id: &str,
) -> Result<(), CommandError> {
    let id = TokenId::new(id);
    service.revoke_secret(&Actor::operator(), kind, &id).await?;
    globals.say(&format!("{id} is revoked"), &json!({ "id": id, "revoked": true }));
    Ok(())
}
