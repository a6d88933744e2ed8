//! What wishes, spacing and changes cost: set against fairness, of which one mean turn above the fair share costs 10 000.

use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Member, Planning};
use crate::time::{Instant, Window};
use chrono::Datelike;

/// Cost of a unit that its holder asked to avoid.
pub const AVOID: i64 = 8_000;
/// Worth of a unit that its holder offered to stand.
pub const PREFER: i64 = 3_000;
/// Cost of an empty optional unit.
pub const SKIP: i64 = 3_000;
/// Worth of going on with a turn that one already stands.
pub(super) const GOES_ON: i64 = 6_000;
/// Cost of each percent of utilisation above [`BUSY`].
const UTILISED: i64 = 30;
/// Utilisation above which a person counts as busy, in percent.
const BUSY: i64 = 50;
/// Cost of two turns of a person on consecutive days, falling to nothing over the spacing that is wished for.
const CLOSE: i64 = 6_000;
/// Cost of taking a unit from whom it is published for, four weeks ahead and more: no fairness is worth that, so that only
/// what must move does.
const CHANGE: i64 = 1_000_000;
/// By how much more a nearer change costs, in thousandths: within so many days.
const NEARER: [(i64, i64); 3] = [(7, 4_000), (14, 3_000), (28, 2_000)];

/// Cost of a slot by how busy its holder is in its month.
#[must_use]
pub fn utilised(member: &Member, slot: &Slot) -> i64 {
    member.utilisation_at(slot.window).map_or(0, |percent| UTILISED * (i64::from(percent) - BUSY).max(0))
}

/// Cost of a change to what starts then: the nearer, the more.
#[must_use]
pub fn change(planning: &Planning, start: Instant) -> i64 {
    let near = NEARER.iter().find(|(days, _)| start < planning.now.plus_days(*days));
    CHANGE * near.map_or(1_000, |(_, thousandths)| *thousandths) / 1_000
}

/// Cost of a slot that is held by somebody else than it is published for.
#[must_use]
pub fn changed(planning: &Planning, slot: &Slot, assignment: &Assignment) -> i64 {
    let published = planning.published.get(&slot.id);
    let kept = published.is_none() || published == assignment.holder(&slot.id);
    if kept { 0 } else { change(planning, slot.window.start) }
}

/// Cost of an optional slot that nobody holds.
#[must_use]
pub fn skipped(slot: &Slot, assignment: &Assignment) -> i64 {
    if slot.optional && assignment.holder(&slot.id).is_none() { SKIP } else { 0 }
}

/// Days of a window of spacing, and the cost of each that two turns share.
#[must_use]
pub fn spread(planning: &Planning) -> (i64, i64) {
    let wished = i64::from(planning.team.settings.spacing_days);
    if wished > 0 { (wished + 1, CLOSE / wished) } else { (0, 0) }
}

/// Cost of turns of one member that are too close together, with what they stand around the plan.
#[must_use]
pub fn spacing(planning: &Planning, member: &Member, held: &[&Slot]) -> i64 {
    let (days, weight) = spread(planning);
    if days == 0 {
        return 0;
    }
    let own = held.iter().map(|slot| (slot.window, slot.turn.as_ref()));
    let around = member.duties.iter().map(|duty| (duty.window, duty.turn.as_ref()));
    let mut all: Vec<(Window, Option<&crate::ids::TurnId>)> = own.chain(around).collect();
    all.sort_by_key(|(window, _)| *window);
    let day = |window: Window| i64::from(window.start.civil(planning.team.zone).date().num_days_from_ce());
    let apart = all.iter().zip(all.iter().skip(1)).filter(|((_, turn), (_, next))| turn.is_none() || turn != next);
    apart.map(|((window, _), (next, _))| (days - (day(*next) - day(*window))).clamp(0, days) * weight).sum()
}
