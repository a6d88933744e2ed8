//! Published rosters become history: when all of their shifts have ended, with whoever stood them.

use super::draft::open;
use crate::ids::RosterId;
use crate::service::{Ctx, ServiceError};
use crate::store::rosters::{self, Roster, RosterSlot};
use crate::store::{Connection, StoreError, shifts, teams};
use crate::time::{Instant, Window, start_of_day};
use chrono::TimeDelta;

/// Published rosters that lie wholly in the past.
pub(in crate::service) fn ended(tx: &mut dyn Connection, ctx: &Ctx) -> Result<Vec<RosterId>, StoreError> {
    // No zone is more than a day ahead of UTC.
    let day = ctx.now.utc().date_naive() + TimeDelta::days(1);
    let mut found = Vec::new();
    for roster in rosters::published_until(tx, day)? {
        if has_ended(tx, ctx, &roster)? {
            found.push(roster.id);
        }
    }
    Ok(found)
}

fn has_ended(tx: &mut dyn Connection, ctx: &Ctx, roster: &Roster) -> Result<bool, StoreError> {
    let Some(zone) = teams::zone(tx, &roster.team)? else { return Ok(false) };
    let end = start_of_day(roster.to, zone);
    // The last shift may go on for days.
    let rest = shifts::of_team(tx, &roster.team, Window::new(ctx.now, Instant::FAR_FUTURE))?;
    Ok(end <= ctx.now && rest.iter().all(|shift| shift.window.start >= end))
}

/// Closes a roster that has ended: it shows who stood each slot.
pub(in crate::service) fn close(tx: &mut dyn Connection, id: &RosterId) -> Result<(), ServiceError> {
    for row in open(tx, id)?.rows.into_values() {
        let stood = shifts::of_slot(tx, &row.slot)?;
        if let Some(shift) = stood.first().filter(|shift| shift.person != row.person) {
            rosters::put_slot(tx, id, &RosterSlot { person: shift.person.clone(), ..row })?;
        }
    }
    Ok(rosters::retire(tx, id)?)
}
