//! Balances kept apart from points as a whole: who carries the nights, the weekends and the holidays, where the team's
//! weights ask for it. Two people of the same points are not even if one has them all by night.

use crate::roster::balance::{shares_by, worked_by};
use crate::roster::burden::Class;
use crate::roster::model::Slot;
use crate::roster::plan::{Member, Planning, Worked};

/// One such balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apart {
    class: Class,
    percent: i64,
    /// What each has carried before the plan less their fair part with the plan, in the order of the members: hundredths of
    /// points.
    pub over: Vec<i64>,
}

/// Those that the team's weights ask for.
#[must_use]
pub fn kept_apart(planning: &Planning) -> Vec<Apart> {
    let weights = &planning.team.weights;
    let asked = [
        (Class::Night, weights.nights_apart),
        (Class::Weekend, weights.weekends_apart),
        (Class::Holiday, weights.holidays_apart),
    ];
    asked.into_iter().filter(|(_, percent)| *percent > 0).map(|(class, percent)| of(planning, class, percent)).collect()
}

fn of(planning: &Planning, class: Class, percent: i64) -> Apart {
    let weights = &planning.team.weights;
    let worked = |row: &Worked| {
        let role = planning.role(&row.role).map_or(100, |role| role.weight);
        planning.member(&row.person).map_or(0, |member| member.hours().points_in(class, row.window, role, weights))
    };
    let mut apart = Apart { class, percent, over: Vec::new() };
    let shares = shares_by(planning, worked, |member, slot| apart.points(planning, member, slot));
    apart.over = worked_by(planning, worked).into_iter().zip(shares).map(|(worked, share)| worked - share).collect();
    apart
}

impl Apart {
    /// Hundredths of points that a slot adds to it if this member stands it.
    #[must_use]
    pub fn points(&self, planning: &Planning, member: &Member, slot: &Slot) -> i64 {
        let role = planning.role(&slot.role).map_or(100, |role| role.weight);
        member.hours().points_in(self.class, slot.window, role, &planning.team.weights)
    }

    /// Points as a deviation whose square is what it costs: in hundredths of a mean turn at 100 percent.
    #[must_use]
    pub fn off(&self, points: i64, turn: i64) -> i64 {
        points.saturating_mul(self.percent.saturating_mul(100).isqrt()) / turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{daily, member, planning, span, team};

    fn nights() -> Planning {
        let mut planning = planning(["ada", "ben"].map(member).to_vec(), daily(2, 1, &team().roles[..1]));
        planning.team.weights.nights_apart = 100;
        planning
    }

    #[test]
    fn nothing_is_kept_apart_unless_the_weights_ask_for_it() {
        let mut planning = nights();
        assert_eq!(kept_apart(&planning).len(), 1);
        planning.team.weights.nights_apart = 0;
        assert_eq!(kept_apart(&planning), vec![]);
    }

    #[test]
    fn a_night_that_was_stood_counts_against_who_stood_it() {
        let mut planning = nights();
        // a Wednesday from 20:00 to 07:00: nine hours of night at 1.5
        planning.ledger = vec![Worked {
            person: "ada".into(),
            role: "primary".into(),
            window: span("2026-11-25T20:00:00", "2026-11-26T07:00:00"),
            points: 1_600,
        }];
        let apart = &kept_apart(&planning)[0];
        // two slots of nine hours of night each, and the one before, are for both to carry
        assert_eq!(apart.over, vec![1_350 - 3 * 675, -3 * 675]);
        assert_eq!(apart.points(&planning, &planning.members[0], &planning.slots[0]), 1_350);
    }

    #[test]
    fn a_quarter_of_the_weight_is_half_the_deviation() {
        let apart = |percent| Apart { class: Class::Night, percent, over: Vec::new() };
        assert_eq!((apart(100).off(300, 1_000), apart(25).off(300, 1_000)), (30, 15));
    }
}
