//! The events at the seams of a person's shifts, for teams that want them.

use super::board::page;
use super::wanted::Boards;
use crate::ids::{PersonId, TeamId};
use crate::roster::burden::WorkWeek;
use crate::roster::handover::{REACH_HOURS, meeting};
use crate::roster::model::{Person, Shift};
use crate::roster::shift_event::{Seam, Wanted, handover_event};
use crate::service::{Ctx, ServiceError, availability};
use crate::store::{Connection, people};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};

/// Working hours of those who hand over, as far as they were needed.
pub(super) type Weeks = BTreeMap<PersonId, WorkWeek>;

/// What should stand in a person's `shifts` at the seams of one of their shifts, each with its lowest SEQUENCE.
pub(super) fn events(
    (tx, ctx): (&mut dyn Connection, &Ctx),
    boards: &mut Boards,
    weeks: &mut Weeks,
    person: &Person,
    shift: &Shift,
) -> Result<Vec<(Wanted, i64)>, ServiceError> {
    let minutes = boards.of(tx, ctx, &shift.team)?.team.settings.handover_minutes;
    if minutes == 0 {
        return Ok(Vec::new());
    }
    let seams = boards.of(tx, ctx, &shift.team)?.seams(shift);
    let seams: Vec<(Shift, Shift)> = seams.map(|(ends, begins)| (ends.clone(), begins.clone())).collect();
    let mut events = Vec::new();
    for (ends, begins) in seams {
        let (Some(from), Some(to)) = (&ends.person, &begins.person) else { continue };
        let at = begins.window.start;
        let one = hours((tx, ctx), boards, weeks, (from, at), &shift.team)?;
        let other = hours((tx, ctx), boards, weeks, (to, at), &shift.team)?;
        let board = boards.of(tx, ctx, &shift.team)?;
        let (Some(from), Some(to)) = (board.person(from), board.person(to)) else { continue };
        let meeting = meeting(at, minutes, &one, &other);
        let seam = Seam { team: &board.team, shift: &begins, from, to, note: ends.note.as_deref(), meeting };
        let event = handover_event(&seam, person, &page(ctx, &begins.slot), &ctx.host.host);
        events.push((event, begins.sequence.max(ends.sequence)));
    }
    Ok(events)
}

/// Somebody's working hours around a seam, whatever their holidays.
fn hours(
    (tx, ctx): (&mut dyn Connection, &Ctx),
    boards: &mut Boards,
    weeks: &mut Weeks,
    (person, at): (&PersonId, Instant),
    team: &TeamId,
) -> Result<Vec<Window>, ServiceError> {
    let Some(found) = people::find(tx, person)? else { return Ok(Vec::new()) };
    if !weeks.contains_key(person) {
        let words = boards.of(tx, ctx, team)?.team.settings.words.clone();
        let (_, week) = availability::heard(tx, ctx, &found, &words, Window::new(ctx.now, ctx.now.plus_days(1)))?;
        weeks.insert(person.clone(), week.unwrap_or_default());
    }
    let around = Window::new(at.plus_hours(-2 * REACH_HOURS), at.plus_hours(2 * REACH_HOURS));
    Ok(weeks.get(person).map(|week| week.windows(around, found.zone, &BTreeSet::new())).unwrap_or_default())
}
