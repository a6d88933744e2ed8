//! What makes a gap unavoidable, whatever else is planned: slots of which nobody can stand two, and fewer people who can
//! stand any of them. The fewer slots it takes, the plainer.

mod full;

pub use full::{Full, full};

use crate::ids::PersonId;
use crate::roster::model::Slot;
use crate::roster::phrase;
use crate::roster::plan::{Member, Planning};
use crate::roster::rules::{alone, apart};
use std::collections::BTreeSet;

/// Slots that are looked at together at most.
const MOST: usize = 4;
/// Neighbours of a gap that are looked at: those beside it, and those within the rest around it.
const NEIGHBOURS: usize = 12;

/// Slots that can't all be stood, and who could stand any of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage<'a> {
    /// In the order of the planning; one person holds at most one of them.
    pub slots: Vec<&'a Slot>,
    /// Fewer than the slots.
    pub people: Vec<&'a PersonId>,
}

impl Shortage<'_> {
    /// In a sentence, of several slots; of one alone the reasons against everybody say more.
    #[must_use]
    pub fn sentence(&self, planning: &Planning) -> Option<String> {
        if self.slots.len() < 2 {
            return None;
        }
        let slots = self.slots.iter().map(|slot| format!("{} {}", slot.role, phrase::span(slot.window, slot.zone)));
        let slots: Vec<String> = slots.collect();
        let people: Vec<String> = self.people.iter().map(|person| planning.name(person)).collect();
        let able = match people.len() {
            0 => "and nobody can stand any of them".to_owned(),
            _ => format!("and only {} can stand any of them", phrase::list(&people)),
        };
        Some(format!("unavoidable: {} take {} people, {able}", phrase::list(&slots), self.slots.len()))
    }
}

/// The fewest required slots, this one among them, that make it unavoidable that one of them stays empty; none where the
/// plan could have been another, as far as membership, qualification, availability, rest and what is fixed go.
#[must_use]
pub fn shortage<'a>(planning: &'a Planning, gap: &'a Slot) -> Option<Shortage<'a>> {
    let rest = i64::from(planning.team.settings.min_rest_minutes);
    let mut near: Vec<&Slot> =
        planning.slots.iter().filter(|slot| slot.id != gap.id && rivals(gap, slot, rest)).collect();
    near.sort_by_key(|slot| (slot.window.start.millis() - gap.window.start.millis()).abs());
    near.truncate(NEIGHBOURS);
    let able = |slot: &'a Slot| {
        let able = planning.members.iter().filter(|member| can(planning, member, slot, rest));
        Candidate { slot, people: able.map(|member| &member.person.id).collect() }
    };
    let (first, near): (_, Vec<_>) = (able(gap), near.into_iter().map(able).collect());
    (1..=MOST).find_map(|size| among(rest, &mut vec![&first], &near, size))
}

/// A slot with everybody who could stand it.
struct Candidate<'a> {
    slot: &'a Slot,
    people: BTreeSet<&'a PersonId>,
}

/// Whether one person can't hold both, whatever else they hold.
fn rivals(one: &Slot, other: &Slot, rest: i64) -> bool {
    let duty = crate::roster::plan::Duty {
        team: other.team.clone(),
        role: other.role.clone(),
        window: other.window,
        turn: other.turn.clone(),
    };
    !other.optional && apart(one, &duty, rest).is_some()
}

/// `chosen` and as many more of `near` as make up the size, each a rival of all others, with too few people for them.
fn among<'a, 'c>(
    rest: i64,
    chosen: &mut Vec<&'c Candidate<'a>>,
    near: &'c [Candidate<'a>],
    size: usize,
) -> Option<Shortage<'a>> {
    let people: BTreeSet<&PersonId> = chosen.iter().flat_map(|one| one.people.iter().copied()).collect();
    if chosen.len() == size || people.len() >= size {
        // More slots only bring more people
        let short = chosen.len() == size && people.len() < size;
        let mut slots: Vec<&Slot> = chosen.iter().map(|one| one.slot).collect();
        slots.sort_by_key(|slot| (slot.window, &slot.role, slot.ordinal));
        return short.then(|| Shortage { slots, people: people.into_iter().collect() });
    }
    for (place, next) in near.iter().enumerate() {
        if chosen.iter().all(|one| rivals(one.slot, next.slot, rest)) {
            chosen.push(next);
            let found = among(rest, chosen, near.get(place + 1..).unwrap_or_default(), size);
            chosen.pop();
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// Whether somebody can stand a slot as far as they, their fixed duties and the pins go.
fn can(planning: &Planning, member: &Member, slot: &Slot, rest: i64) -> bool {
    let pinned = planning.pins.get(&slot.id).is_none_or(|person| *person == member.person.id);
    pinned
        && alone(planning, member, slot).is_empty()
        && member.duties.iter().all(|duty| apart(slot, duty, rest).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::availability::Kind;
    use crate::roster::check::{FindingKind, check};
    use crate::roster::sample::{daily, member, planning, says, span, team};
    use crate::roster::solve::solve;

    /// Three people, two days of primary and secondary; who is away on the first day.
    fn scene(away: &[usize]) -> Planning {
        let mut planning = planning(["ada", "ben", "cho"].map(member).to_vec(), daily(2, 1, &team().roles[..2]));
        for person in away {
            let noon = span("2026-12-01T12:00:00", "2026-12-01T13:00:00");
            planning.members[*person].availability = says(Kind::Unavailable, &[noon]);
        }
        planning
    }

    fn of<'a>(planning: &'a Planning, slot: &str) -> Option<Shortage<'a>> {
        shortage(planning, planning.slot(&slot.into()).unwrap())
    }

    #[test]
    fn a_slot_that_nobody_can_stand_is_all_it_takes() {
        let planning = scene(&[0, 1, 2]);
        let found = of(&planning, "primary-00").unwrap();
        assert_eq!((found.slots.len(), found.people.len()), (1, 0));
        assert_eq!(found.sentence(&planning), None);
    }

    #[test]
    fn two_slots_and_one_person_are_told_as_such() {
        let planning = scene(&[1, 2]);
        let found = of(&planning, "secondary-00").unwrap();
        assert_eq!(
            found.sentence(&planning).unwrap(),
            "unavoidable: primary 1 Dec 09:00-09:00 and secondary 1 Dec 09:00-09:00 take 2 people, and only Ada can stand \
             any of them"
        );
    }

    #[test]
    fn four_slots_in_a_row_are_too_many_for_three_people_who_have_to_rest() {
        let planning = scene(&[]);
        let found = of(&planning, "primary-01").unwrap();
        assert_eq!((found.slots.len(), found.people.len()), (4, 3));
        let mut easy = scene(&[]);
        easy.members.push(member("dee"));
        assert_eq!(of(&easy, "primary-01"), None, "four people are enough");
        easy.team.settings.min_rest_minutes = 0;
        easy.members.truncate(2);
        assert_eq!(of(&easy, "primary-01"), None, "without rest to keep two are enough");
    }

    #[test]
    fn where_a_shortage_is_claimed_no_roster_fills_the_slots_and_where_none_is_one_does() {
        for away in 0..8_usize {
            let away: Vec<usize> = (0..3).filter(|person| away >> person & 1 == 1).collect();
            let mut planning = scene(&away);
            planning.team.settings.min_rest_minutes = 0;
            let gaps = check(&planning, &solve(&planning, 1, 2_000));
            let gaps = gaps.iter().filter(|finding| finding.kind == FindingKind::Gap).count();
            let claimed = planning.slots.iter().any(|slot| shortage(&planning, slot).is_some());
            assert_eq!(claimed, gaps > 0, "{away:?}");
        }
    }
}
