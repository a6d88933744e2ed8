//! Calendars follow the roster: what should stand in people's `shifts` and inboxes and in the teams' roster calendars,
//! compared with what is stored. Only differences are written.

use crate::ids::{PersonId, TeamId};
use crate::service::{Ctx, ServiceError};
use crate::store::Connection;

/// Brings the `shifts` and inbox of these people and the roster calendars of these teams up to date with the shifts,
/// swaps and offers as they stand in the transaction. Personal additions in stored copies are kept; SEQUENCE goes up
/// only where time, role or status changed; nothing that is as it should be is touched.
pub fn render_people(
    _tx: &mut dyn Connection,
    _ctx: &Ctx,
    _people: &[PersonId],
    _teams: &[TeamId],
) -> Result<(), ServiceError> {
    unimplemented!()
}
