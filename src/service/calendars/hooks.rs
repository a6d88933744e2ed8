//! What a change in a calendar sets off elsewhere, inside the transaction that makes it.

use crate::ids::PersonId;
use crate::service::swaps::ShiftEdit;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::Connection;
use crate::time::Window;

/// A person stored or removed something in their `shifts`.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn shift_object_changed(
    _tx: &mut dyn Connection,
    _ctx: &Ctx,
    _actor: &Actor,
    _edit: &ShiftEdit<'_>,
) -> Result<(), ServiceError> {
    Ok(())
}

/// What these people said about the window changed.
#[allow(clippy::unnecessary_wraps)]
pub(super) fn availability_changed(
    _tx: &mut dyn Connection,
    _ctx: &Ctx,
    _actor: &Actor,
    _people: &[PersonId],
    _window: Window,
) -> Result<(), ServiceError> {
    Ok(())
}
