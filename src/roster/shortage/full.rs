//! A gap that is unavoidable because everybody's caps are used up: more turns within a cap's days than all who can stand
//! any of them have room for.

use super::can;
use crate::ids::PersonId;
use crate::roster::model::{Cap, Slot};
use crate::roster::phrase;
use crate::roster::plan::{Duty, Member, Planning};
use crate::time::{Day, Window};
use chrono::{Datelike, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};

/// More turns than there is room for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full<'a> {
    /// The cap that fills up.
    pub cap: &'a Cap,
    /// First day, of the team's zone, and first day no longer.
    pub days: (Day, Day),
    /// Turns that need somebody and lie in these days as a whole.
    pub turns: usize,
    /// How many of them there is room for.
    pub room: usize,
    /// Who can stand any of them.
    pub people: Vec<&'a PersonId>,
}

impl Full<'_> {
    /// In a sentence.
    #[must_use]
    pub fn sentence(&self, planning: &Planning) -> String {
        let people: Vec<String> = self.people.iter().map(|person| planning.name(person)).collect();
        let have = match people.len() {
            0 => return format!("unavoidable: nobody can stand any of the {} turns", self.turns),
            1 => "has",
            _ => "have",
        };
        let last = self.days.1 - TimeDelta::days(1);
        format!(
            "unavoidable: from {} {} to {} {} there are {} turns, and {} {have} room for {} within the cap of {} in {} days",
            self.days.0.day(),
            self.days.0.format("%b"),
            last.day(),
            last.format("%b"),
            self.turns,
            phrase::list(&people),
            self.room,
            self.cap.max_turns.unwrap_or_default(),
            self.cap.days,
        )
    }
}

/// The fewest turns around a gap that are more than a cap has room for; none where no cap on turns explains it.
#[must_use]
pub fn full<'a>(planning: &'a Planning, gap: &'a Slot) -> Option<Full<'a>> {
    let caps = planning.team.settings.caps.iter().filter(|cap| cap.max_turns.is_some() && counts(cap, &gap.role));
    caps.filter_map(|cap| over(planning, gap, cap)).min_by_key(|found| found.turns)
}

/// The day on which a duty counts.
fn day_of(planning: &Planning, window: Window) -> Day {
    window.start.civil(planning.team.zone).date()
}

fn counts(cap: &Cap, role: &str) -> bool {
    cap.roles.is_empty() || cap.roles.iter().any(|one| one == role)
}

/// A turn of the plan: the days on which it begins and on which its last slot begins, and who can stand any of it.
struct Turn<'a> {
    first: Day,
    last: Day,
    people: BTreeSet<&'a PersonId>,
}

fn over<'a>(planning: &'a Planning, gap: &Slot, cap: &'a Cap) -> Option<Full<'a>> {
    let day = day_of(planning, gap.window);
    let turns = turns(planning, cap, day);
    let edges = |of: fn(&Turn<'_>) -> Day| turns.iter().map(of).collect::<BTreeSet<Day>>();
    let ends = edges(|turn| turn.last);
    let mut best: Option<Full<'a>> = None;
    for from in edges(|turn| turn.first).into_iter().filter(|from| *from <= day) {
        for last in ends.iter().filter(|last| **last >= day && (**last - from).num_days() < i64::from(cap.days)) {
            let until = *last + TimeDelta::days(1);
            let inside: Vec<&Turn<'a>> = turns.iter().filter(|turn| from <= turn.first && turn.last < until).collect();
            if best.as_ref().is_some_and(|best| best.turns <= inside.len()) {
                continue;
            }
            let people: BTreeSet<&PersonId> = inside.iter().flat_map(|turn| turn.people.iter().copied()).collect();
            let members = planning.members.iter().filter(|member| people.contains(&member.person.id));
            let room = members.map(|member| room(planning, cap, member, (from, until), &inside)).sum();
            if room < inside.len() {
                let people = people.into_iter().collect();
                best = Some(Full { cap, days: (from, until), turns: inside.len(), room, people });
            }
        }
    }
    best
}

/// Turns that the cap counts and somebody must stand, no further from a day than the cap's days.
fn turns<'a>(planning: &'a Planning, cap: &Cap, day: Day) -> Vec<Turn<'a>> {
    let rest = i64::from(planning.team.settings.min_rest_minutes);
    let near = |slot: &Slot| (day_of(planning, slot.window) - day).num_days().abs() < i64::from(cap.days);
    let mut found: BTreeMap<&str, Turn<'a>> = BTreeMap::new();
    let slots = planning.slots.iter().filter(|slot| !slot.optional && counts(cap, &slot.role));
    for slot in slots {
        let own = day_of(planning, slot.window);
        let key = slot.turn.as_ref().map_or(slot.id.as_str(), |turn| turn.as_str());
        let turn = found.entry(key).or_insert(Turn { first: own, last: own, people: BTreeSet::new() });
        (turn.first, turn.last) = (turn.first.min(own), turn.last.max(own));
        if near(slot) {
            let able = planning.members.iter().filter(|member| can(planning, member, slot, rest));
            turn.people.extend(able.map(|member| &member.person.id));
        }
    }
    let close =
        |turn: &Turn<'_>| [turn.first, turn.last].iter().all(|at| (*at - day).num_days().abs() < i64::from(cap.days));
    found.into_values().filter(close).collect()
}

/// How many of the turns a member has room for beside what is fixed.
fn room(planning: &Planning, cap: &Cap, member: &Member, (from, until): (Day, Day), inside: &[&Turn<'_>]) -> usize {
    let within = |duty: &Duty| (from..until).contains(&day_of(planning, duty.window));
    let counted = |duty: &&Duty| cap.roles.is_empty() || (duty.team == planning.team.id && counts(cap, &duty.role));
    let whole = |duty: &&Duty| {
        let parts = member.duties.iter().filter(|other| duty.turn.is_some() && other.turn == duty.turn);
        within(duty) && parts.into_iter().all(within)
    };
    let fixed = member.duties.iter().filter(counted).filter(whole);
    let (own, single): (Vec<&Duty>, Vec<&Duty>) = fixed.partition(|duty| duty.turn.is_some());
    let taken = own.iter().map(|duty| &duty.turn).collect::<BTreeSet<_>>().len() + single.len();
    let able = inside.iter().filter(|turn| turn.people.contains(&member.person.id)).count();
    (cap.max_turns.unwrap_or(u32::MAX) as usize).saturating_sub(taken).min(able)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::check::{FindingKind, check};
    use crate::roster::sample::{daily, member, planning, team};
    use crate::roster::solve::solve;

    fn capped(days: u32, max: u32) -> Planning {
        let people = ["ada", "ben", "cho"].map(member).to_vec();
        let mut planning = planning(people, daily(days, 1, &team().roles[..1]));
        planning.team.settings.caps = vec![Cap { days: 14, max_turns: Some(max), max_minutes: None, roles: vec![] }];
        planning
    }

    #[test]
    fn seven_turns_are_too_many_for_three_people_who_may_stand_two() {
        let planning = capped(7, 2);
        let gap = planning.slot(&"primary-03".into()).unwrap();
        let told = full(&planning, gap).unwrap().sentence(&planning);
        let cap = "room for 6 within the cap of 2 in 14 days";
        assert_eq!(
            told,
            format!("unavoidable: from 1 Dec to 7 Dec there are 7 turns, and Ada, Ben and Cho have {cap}")
        );
        assert_eq!(full(&capped(6, 2), gap), None, "six have room");
    }

    #[test]
    fn duties_elsewhere_use_room_up() {
        let mut planning = capped(6, 2);
        let window = planning.slots[2].window;
        let duty = Duty { team: "search".into(), role: "primary".into(), window, turn: None };
        planning.members[0].duties.push(duty);
        let of = |planning: &Planning| {
            full(planning, planning.slot(&"primary-03".into()).unwrap()).map(|found| (found.turns, found.room))
        };
        assert_eq!(of(&planning), Some((6, 5)));
        planning.team.settings.caps[0].roles = vec!["primary".to_owned()];
        assert_eq!(of(&planning), None, "a cap on roles is the team's own");
    }

    #[test]
    fn where_it_is_claimed_no_roster_is_without_gaps() {
        for (days, max) in (1..12).flat_map(|days| (1..5).map(move |max| (days, max))) {
            let planning = capped(days, max);
            let gaps = check(&planning, &solve(&planning, 1, 2_000));
            let gaps = gaps.iter().filter(|finding| finding.kind == FindingKind::Gap).count();
            let claimed = planning.slots.iter().any(|slot| full(&planning, slot).is_some());
            assert_eq!(claimed, gaps > 0, "{days} days, {max} each");
        }
    }
}
