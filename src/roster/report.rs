//! How evenly a plan spreads its load: everybody's figures sorted, with least, middle and most; never one score, and
//! who was never scheduled counts. Below it, what people stood in a period: hours, balances, company and pay.

pub mod hours;
pub mod pairs;
pub mod pay;
pub mod spread;
pub mod standing;
pub mod stood;

use crate::ids::PersonId;
use crate::roster::balance::balance;
use crate::roster::plan::{Assignment, Planning};
use serde::Serialize;
use spread::Spread;
use std::collections::BTreeSet;

/// One person's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: String,
    /// Hundredths of points, ledger and plan together.
    pub load: i64,
    /// Their fair part.
    pub share: i64,
    /// Load minus share.
    pub balance: i64,
    /// Turns they stand in the plan.
    pub turns: usize,
    /// Minutes of duty in the plan.
    pub minutes: i64,
}

/// The spread of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Everybody who stands shifts, by balance, the least first.
    pub lines: Vec<Line>,
    /// The smallest balance.
    pub min: i64,
    /// The middle balance; the mean of the two middle ones where they are two.
    pub median: i64,
    /// The largest balance.
    pub max: i64,
    /// Required slots nobody holds.
    pub gaps: usize,
    /// Required slots in all.
    pub required: usize,
}

/// Loads of an assignment.
#[must_use]
pub fn report(planning: &Planning, assignment: &Assignment) -> Report {
    let mut lines: Vec<Line> = planning
        .members
        .iter()
        .zip(balance(planning, assignment))
        .filter(|(member, _)| member.memberships.iter().any(|membership| membership.member))
        .map(|(member, balance)| {
            let (turns, minutes) = stands(planning, assignment, &balance.person);
            Line {
                name: member.person.name.clone(),
                load: balance.load,
                share: balance.share,
                balance: balance.over(),
                person: balance.person,
                turns,
                minutes,
            }
        })
        .collect();
    lines.sort_by(|a, b| (a.balance, &a.person).cmp(&(b.balance, &b.person)));
    let required = planning.slots.iter().filter(|slot| !slot.optional);
    let gaps = required.clone().filter(|slot| assignment.holder(&slot.id).is_none()).count();
    let Spread { min, median, max, .. } = Spread::of(lines.iter().map(|line| line.balance).collect());
    Report { min, median, max, gaps, required: required.count(), lines }
}

fn stands(planning: &Planning, assignment: &Assignment, person: &PersonId) -> (usize, i64) {
    let (mut turns, mut minutes) = (BTreeSet::new(), 0);
    for slot in planning.slots.iter().filter(|slot| assignment.holder(&slot.id) == Some(person)) {
        turns.insert(slot.turn.as_ref().map_or(slot.id.as_str(), |turn| turn.as_str()));
        minutes += slot.window.millis() / crate::time::MINUTE;
    }
    (turns.len(), minutes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::plan::Worked;
    use crate::roster::sample::{member, planning, span};

    /// What five people carry, in points, and nothing left to plan.
    fn carrying(loads: [i64; 5]) -> Report {
        let ids = ["ada", "ben", "cho", "dee", "eli"];
        let mut planning = planning(ids.map(member).to_vec(), Vec::new());
        let window = span("2026-11-02T09:00:00", "2026-11-03T09:00:00");
        let worked =
            |(id, load): (&str, i64)| Worked { person: id.into(), role: "primary".into(), window, points: load * 100 };
        planning.ledger = ids.into_iter().zip(loads).filter(|(_, load)| *load > 0).map(worked).collect();
        report(&planning, &Assignment::default())
    }

    #[test]
    fn four_ways_to_carry_fifteen_points_are_told_by_square_least_most_and_order() {
        let all = [[3, 3, 3, 3, 3], [4, 4, 3, 2, 2], [5, 5, 2, 2, 1], [11, 1, 1, 1, 1]].map(carrying);
        assert!(all.iter().flat_map(|report| &report.lines).all(|line| line.share == 300), "{all:?}");
        let squared =
            |report: &Report| report.lines.iter().map(|line| line.balance * line.balance / 10_000).sum::<i64>();
        assert_eq!(all.each_ref().map(squared), [0, 4, 14, 80]);
        assert_eq!(
            all.each_ref().map(|report| (report.min, report.median, report.max)),
            [(0, 0, 0), (-100, 0, 100), (-200, -100, 200), (-200, -200, 800)]
        );
        let order = |report: &Report| report.lines.iter().map(|line| line.person.to_string()).collect::<Vec<_>>();
        assert_eq!(order(&all[1]), ["dee", "eli", "cho", "ada", "ben"], "the least first, of equals by name");
        assert_eq!(order(&all[2]), ["eli", "cho", "dee", "ada", "ben"]);
        assert_eq!(order(&all[3]), ["ben", "cho", "dee", "eli", "ada"]);
    }

    #[test]
    fn whoever_was_never_scheduled_counts() {
        let report = carrying([5, 5, 5, 0, 0]);
        assert_eq!(report.lines.len(), 5);
        assert_eq!((report.min, report.median, report.max), (-300, 200, 200));
        assert_eq!(report.lines[0].person.as_str(), "dee");
    }
}
