//! What has to leave the house, written in the transaction that decides it.

use super::Ctx;
use crate::store::{Connection, StoreError, outbox as rows};
use serde_json::Value as Json;

/// Writes a message of a kind to a recipient. `dedupe` names what is said: what was said before under the same name is
/// not said again, and then the answer is false.
pub fn send(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (kind, recipient): (&str, &str),
    payload: &Json,
    dedupe: &str,
) -> Result<bool, StoreError> {
    let message = rows::Message {
        id: ctx.fresh(),
        at: ctx.now,
        kind: kind.to_owned(),
        recipient: recipient.to_owned(),
        payload: payload.to_string(),
        dedupe: format!("{kind}/{recipient}/{dedupe}"),
    };
    rows::push(tx, &message)
}
