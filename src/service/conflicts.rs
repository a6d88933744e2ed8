//! Availability that changes after publication: where it now says no to a published shift, the person and the team's
//! managers are told, with the way to ask for cover.

use crate::ids::PersonId;
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::Connection;
use crate::time::Window;

/// Availability of these people changed within the window; called by whoever stored or removed an object of kind
/// `availability`, `calendar` or `team-availability`, after writing it, in the same transaction.
pub fn availability_changed(
    _tx: &mut dyn Connection,
    _ctx: &Ctx,
    _actor: &Actor,
    _people: &[PersonId],
    _window: Window,
) -> Result<(), ServiceError> {
    unimplemented!()
}
