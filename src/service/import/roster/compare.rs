//! What of a file stands here already: published shifts for what is to come, the ledger for what was worked.

use super::{Outcome, ShiftRow};
use crate::ids::PersonId;
use crate::roster::incoming::LONGEST_DAYS;
use crate::roster::model::Team;
use crate::roster::phrase;
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, ledger, shifts};
use crate::time::{Instant, Window, Zone};

/// A shift that stands here, or was stood.
struct Standing {
    window: Window,
    role: String,
    person: Option<PersonId>,
    /// It is one of the file's.
    taken: bool,
}

/// Says of each row whether it is to be published, becomes history, is there, or collides.
pub(super) fn judge(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    rows: &mut [ShiftRow],
) -> Result<(), ServiceError> {
    let hull = rows.iter().map(|row| row.window.0);
    let Some(hull) = hull.reduce(|a, b| Window::new(a.start.min(b.start), a.end.max(b.end))) else { return Ok(()) };
    let (mut past, mut coming): (Vec<_>, Vec<_>) = rows.iter_mut().partition(|row| row.window.0.end <= ctx.now);
    let published = shifts::of_team(tx, &team.id, hull)?.into_iter();
    let published = published.map(|s| Standing { window: s.window, role: s.role, person: s.person, taken: false });
    settle(Among::new(published.collect()), &mut coming, Outcome::Planned, team.zone);
    // A shift that began before the file's first may reach into it.
    let from = hull.start.plus_days(-LONGEST_DAYS);
    let worked = ledger::of_team(tx, &team.id, Window::new(from, hull.end))?.into_iter();
    let worked = worked.map(|e| Standing { window: e.window, role: e.role, person: Some(e.person), taken: false });
    settle(Among::new(worked.collect()), &mut past, Outcome::Worked, team.zone);
    Ok(())
}

fn settle(mut among: Among, rows: &mut [&mut ShiftRow], new: Outcome, zone: Zone) {
    for row in rows.iter_mut() {
        row.outcome = new;
        if among.take(|other| is_at(other, row) && other.person.as_ref() == Some(&row.person), row.window.0) {
            row.outcome = Outcome::Unchanged;
        }
    }
    for row in rows.iter_mut().filter(|row| row.outcome == new) {
        // A gap that is published is filled.
        if among.take(|other| is_at(other, row) && other.person.is_none(), row.window.0) {
            continue;
        }
        let hit = among.touching(row.window.0).find(|other| other.role == row.role && !other.taken);
        if let Some(other) = hit {
            let who = other.person.as_ref().map_or("nobody", |person| person.as_str());
            row.outcome = Outcome::Collision;
            row.with = Some(format!("{who} {} as {}", phrase::span(other.window, zone), other.role));
        }
    }
}

fn is_at(other: &Standing, row: &ShiftRow) -> bool {
    !other.taken && other.window == row.window.0 && other.role == row.role
}

/// Shifts by start, to be looked up by time.
struct Among {
    sorted: Vec<Standing>,
    longest: i64,
}

impl Among {
    fn new(mut sorted: Vec<Standing>) -> Self {
        sorted.sort_by_key(|standing| standing.window);
        let longest = sorted.iter().map(|standing| standing.window.millis()).max().unwrap_or(0);
        Self { sorted, longest }
    }

    fn range(&self, window: Window) -> std::ops::Range<usize> {
        let earliest: Instant = window.start.plus_millis(-self.longest);
        let first = self.sorted.partition_point(|standing| standing.window.start < earliest);
        let end = self.sorted.partition_point(|standing| standing.window.start < window.end);
        first..end.max(first)
    }

    fn touching(&self, window: Window) -> impl Iterator<Item = &Standing> {
        let found = self.sorted.get(self.range(window)).unwrap_or_default();
        found.iter().filter(move |standing| standing.window.overlaps(window))
    }

    /// Takes the first that fits, once.
    fn take(&mut self, fits: impl Fn(&Standing) -> bool, window: Window) -> bool {
        let range = self.range(window);
        let found = self.sorted.get_mut(range).unwrap_or_default().iter_mut().find(|standing| fits(standing));
        found.map(|standing| standing.taken = true).is_some()
    }
}
