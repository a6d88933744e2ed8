//! What wishes, spacing and changes cost: set against fairness, of which one mean turn above the fair share costs 10 000.

use crate::ids::PersonId;
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Member, Planning};
use crate::roster::rules::{is_expert, is_novice};
use crate::roster::standing::Standing;
use crate::time::{Instant, Window};
use chrono::Datelike;
use std::collections::{BTreeMap, BTreeSet};

/// One percent of a mean turn above the fair share.
const TURN_PERCENT: i64 = 100;
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

/// Cost of a watch with a novice and without an expert; nothing where the team has no experts.
#[must_use]
pub fn novice_alone(planning: &Planning) -> i64 {
    let weight = planning.team.weights.novice_without_expert.max(0);
    if planning.team.settings.expert.is_some() { weight.saturating_mul(TURN_PERCENT) } else { 0 }
}

/// Cost of each time that the same two stand together after their first.
#[must_use]
pub fn again(planning: &Planning) -> i64 {
    planning.team.weights.same_partner.max(0).saturating_mul(TURN_PERCENT)
}

/// Cost of who stands with whom: novices without an expert, and the same two together again.
#[must_use]
pub fn company(planning: &Planning, standing: &Standing<'_>) -> i64 {
    let (alone, again) = (novice_alone(planning), again(planning));
    if alone == 0 && again == 0 {
        return 0;
    }
    let mut without = 0;
    for watch in standing.watches() {
        let is = |level: fn(&Planning, &Member, &Slot) -> bool| {
            let of = |(slot, who): &(&Slot, &PersonId)| planning.member(who).is_some_and(|m| level(planning, m, slot));
            watch.iter().any(of)
        };
        without += i64::from(is(is_novice) && !is(is_expert));
    }
    let times = meetings(standing).values().map(|met| i64::try_from(met.len()).unwrap_or(i64::MAX) - 1).sum::<i64>();
    without.saturating_mul(alone).saturating_add(times.saturating_mul(again))
}

/// By two people, what they stand together: pairs of turns, or of single shifts.
#[must_use]
pub fn meetings<'a>(standing: &Standing<'a>) -> BTreeMap<(&'a PersonId, &'a PersonId), BTreeSet<(&'a str, &'a str)>> {
    let mut met: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    let whole = |slot: &'a Slot| slot.turn.as_ref().map_or(slot.id.as_str(), |turn| turn.as_str());
    for watch in standing.watches() {
        for (at, (slot, one)) in watch.iter().enumerate() {
            for (other, mate) in watch.iter().skip(at + 1).filter(|(_, mate)| mate != one) {
                let (one, mate) = (*one.min(mate), *one.max(mate));
                met.entry((one, mate)).or_default().insert((whole(slot), whole(other)));
            }
        }
    }
    met
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
