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
