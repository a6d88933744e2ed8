//! Duties as worked, and what of them lies in a period: wherever a duty is cut, its parts add up to the whole.

use crate::ids::{PersonId, SlotId};
use crate::roster::burden::Hours;
use crate::roster::model::Weights;
use crate::time::Window;

/// A duty of one person as worked, or as published where it is still to be stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stood {
    /// Who.
    pub person: PersonId,
    /// The role.
    pub role: String,
    /// The slot; several duties of it are parts of one shift.
    pub slot: SlotId,
    /// When.
    pub window: Window,
    /// The whole of the slot.
    pub whole: Window,
    /// Hundredths of points.
    pub points: i64,
}

/// A call-out on a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Who.
    pub person: PersonId,
    /// As what they stood the shift.
    pub role: String,
    /// When.
    pub window: Window,
}

/// What of an amount falls on a part of a whole, by time.
#[must_use]
pub fn part(amount: i64, whole: Window, part: Window) -> i64 {
    let length = i128::from(whole.millis());
    let upto = |window: Window| {
        if length == 0 { 0 } else { i128::from(amount) * i128::from(window.millis()) / length }
    };
    let (before, through) = (Window::new(whole.start, part.start), Window::new(whole.start, part.end));
    i64::try_from(upto(through) - upto(before)).unwrap_or(i64::MAX)
}

impl Stood {
    /// What of it lies in a period. Points are parted as the hours weigh; where those weigh nothing, by time.
    #[must_use]
    pub fn within(&self, period: Window, hours: Hours<'_>, weights: &Weights) -> Option<Self> {
        let window = self.window.intersect(period)?;
        if window == self.window {
            return Some(self.clone());
        }
        let weigh = |window: Window| i128::from(hours.points(window, 100, weights));
        let total = weigh(self.window);
        let points = if total == 0 {
            part(self.points, self.window, window)
        } else {
            let upto = |window: Window| i128::from(self.points) * weigh(window) / total;
            let (before, through) =
                (Window::new(self.window.start, window.start), Window::new(self.window.start, window.end));
            i64::try_from(upto(through) - upto(before)).unwrap_or(i64::MAX)
        };
        Some(Self { window, points, ..self.clone() })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::roster::plan::{Member, Planning};
    use crate::roster::sample::{LONDON, member, planning, span};
    use crate::time::{Instant, MINUTE};
    use proptest::prelude::*;

    /// A duty of somebody in a slot, on London's clock.
    pub(in crate::roster::report) fn stood(person: &str, role: &str, slot: &str, (from, to): (&str, &str)) -> Stood {
        let window = span(from, to);
        Stood {
            person: person.into(),
            role: role.to_owned(),
            slot: slot.into(),
            window,
            whole: window,
            points: member(person).hours().points(window, 100, &Weights::default()),
        }
    }

    /// These people with nothing planned, over November and December.
    pub(in crate::roster::report) fn team_of(people: &[&str]) -> Planning {
        let members: Vec<Member> = people.iter().map(|id| member(id)).collect();
        let mut planning = planning(members, Vec::new());
        planning.window = Window::of_days("2026-11-01".parse().unwrap(), "2027-01-01".parse().unwrap(), LONDON);
        planning
    }

    proptest! {
        #![proptest_config(crate::cases(64))]

        #[test]
        fn cut_anywhere_the_parts_add_up(start in 0_i64..400_000, length in 1_i64..6_000, at in 0_i64..6_000_000, odd in 0_i64..MINUTE) {
            let start = Instant::from_millis(1_790_000_000_000 + start * MINUTE + odd);
            let whole = Window::new(start, start.plus_millis(length * MINUTE));
            let cut = start.plus_millis(at * length * MINUTE / 6_000_000 + odd).min(whole.end);
            let duty = Stood { window: whole, whole, points: 12_345, ..stood("ada", "primary", "s", ("2026-12-01T09:00:00", "2026-12-01T10:00:00")) };
            let member = member("ada");
            let weights = Weights::default();
            let of = |window: Window| duty.within(window, member.hours(), &weights);
            let parts: Vec<Stood> =
                [Window::new(Instant::FAR_PAST, cut), Window::new(cut, Instant::FAR_FUTURE)].into_iter().filter_map(of).collect();
            prop_assert_eq!(parts.iter().map(|part| part.points).sum::<i64>(), duty.points);
            let minutes = |window: Window| member.hours().minutes(window);
            let sum = parts.iter().fold([0; 5], |sum: [i64; 5], part| {
                let own = minutes(part.window);
                std::array::from_fn(|class| sum[class] + own[class])
            });
            prop_assert_eq!(sum, minutes(whole));
            prop_assert_eq!(sum.iter().sum::<i64>(), crate::roster::burden::whole_minutes(whole));
            prop_assert_eq!(parts.iter().map(|one| part(777, whole, one.window)).sum::<i64>(), 777);
        }
    }

    #[test]
    fn points_are_parted_as_the_hours_weigh() {
        // 8 h of 0.5 and 7 h of 1 on Tuesday, 9 h of 1.5 after midnight: but two hours of that night are Tuesday's
        let duty = stood("ada", "primary", "s", ("2026-12-01T09:00:00", "2026-12-02T09:00:00"));
        let (member, weights) = (member("ada"), Weights::default());
        let tuesday = Window::of_days("2026-12-01".parse().unwrap(), "2026-12-02".parse().unwrap(), LONDON);
        let part = duty.within(tuesday, member.hours(), &weights).unwrap();
        assert_eq!((duty.points, part.points), (2_450, 400 + 500 + 300));
        assert!(duty.within(span("2026-12-03T00:00:00", "2026-12-04T00:00:00"), member.hours(), &weights).is_none());
    }
}
