//! Load, fair share and balance: what each person carries of the window's burden against what they should.

use crate::ids::PersonId;
use crate::roster::availability::{Kind, Source};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Member, Planning, Worked};
use crate::roster::standing::Standing;
use crate::time::Window;
use std::collections::{BTreeMap, BTreeSet};

/// Where one person stands, in hundredths of points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Who.
    pub person: PersonId,
    /// What they carried and will carry.
    pub load: i64,
    /// Their fair part of what everybody carries.
    pub share: i64,
}

impl Balance {
    /// Load minus share: positive is too much.
    #[must_use]
    pub fn over(&self) -> i64 {
        self.load - self.share
    }
}

/// Everybody's load and share over the ledger and the plan, in the order of the planning's members. Share goes by
/// full-time equivalent among those who were members and qualified for each duty.
#[must_use]
pub fn balance(planning: &Planning, assignment: &Assignment) -> Vec<Balance> {
    balance_of(planning, &shares(planning), &Standing::new(planning, assignment))
}

/// As [`balance`], where the shares are known: they are the same whoever stands what.
#[must_use]
pub fn balance_of(planning: &Planning, shares: &[i64], standing: &Standing<'_>) -> Vec<Balance> {
    balance_by(planning, shares, standing, |(_, member), (_, slot)| planning.points(member, slot))
}

/// As [`balance_of`], with the points of a slot for a member; both by position as well.
pub(super) fn balance_by(
    planning: &Planning,
    shares: &[i64],
    standing: &Standing<'_>,
    points: impl Fn((usize, &Member), (usize, &Slot)) -> i64,
) -> Vec<Balance> {
    let loads = worked_by_all(planning);
    let each = planning.members.iter().enumerate().zip(shares).zip(loads);
    each.map(|(((index, member), share), worked)| {
        let id = &member.person.id;
        let planned: i64 = standing.placed(id).map(|slot| points((index, member), slot)).sum();
        Balance { person: id.clone(), load: worked + planned, share: *share }
    })
    .collect()
}

/// What everybody has carried in the balance window before the plan, in the order of the members.
#[must_use]
pub fn worked_by_all(planning: &Planning) -> Vec<i64> {
    worked_by(planning, |row| row.points)
}

/// As [`worked_by_all`], with another measure of what was worked.
pub(super) fn worked_by(planning: &Planning, points: impl Fn(&Worked) -> i64) -> Vec<i64> {
    let mut sums: BTreeMap<&PersonId, i64> = BTreeMap::new();
    for row in &planning.ledger {
        *sums.entry(&row.person).or_default() += points(row);
    }
    planning.members.iter().map(|member| sums.get(&member.person.id).copied().unwrap_or_default()).collect()
}

/// Everybody's fair part, in the order of the members.
#[must_use]
pub fn shares(planning: &Planning) -> Vec<i64> {
    shares_by(planning, |row| row.points, |member, slot| planning.points(member, slot))
}

/// As [`shares`], with another measure of what was worked and of what a slot would be for a member.
pub(super) fn shares_by(
    planning: &Planning,
    worked: impl Fn(&Worked) -> i64,
    planned: impl Fn(&Member, &Slot) -> i64,
) -> Vec<i64> {
    let mut shares = vec![0; planning.members.len()];
    let known: BTreeSet<&PersonId> = planning.members.iter().map(|member| &member.person.id).collect();
    for row in planning.ledger.iter().filter(|row| known.contains(&row.person)) {
        // What was stood at a site was its people's to stand
        let near = |member: &&Member| planning.team.settings.share_a_site(&row.person, &member.person.id);
        let weigh = |member: &Member| weight(planning, member, &row.role, row.window);
        let weights: Vec<i64> =
            planning.members.iter().map(|member| Some(member).filter(near).map_or(0, weigh)).collect();
        spread(&mut shares, worked(row), &weights);
    }
    let likes = likes(planning);
    for slot in &planning.slots {
        let of_site = |member: &&Member| {
            slot.site.as_ref().is_none_or(|site| planning.team.settings.at_site(site, &member.person.id))
        };
        let weigh = |member: &Member| weight(planning, member, &slot.role, slot.window);
        let weights: Vec<i64> =
            planning.members.iter().map(|member| Some(member).filter(of_site).map_or(0, weigh)).collect();
        let mut known: BTreeMap<usize, i64> = BTreeMap::new();
        let (mut points, mut people) = (0, 0);
        for ((member, like), _) in planning.members.iter().zip(&likes).zip(&weights).filter(|(_, weight)| **weight > 0)
        {
            points += *known.entry(*like).or_insert_with(|| planned(member, slot));
            people += 1;
        }
        if people > 0 {
            spread(&mut shares, points / people, &weights);
        }
    }
    shares
}

/// For each member the first one whose hours count alike: same zone, holidays and working hours.
pub(super) fn likes(planning: &Planning) -> Vec<usize> {
    let mut firsts: Vec<(usize, &Member)> = Vec::new();
    let mut likes = Vec::new();
    for (index, member) in planning.members.iter().enumerate() {
        let alike = |(_, first): &&(usize, &Member)| {
            first.person.zone == member.person.zone && first.week == member.week && first.holidays == member.holidays
        };
        let first = firsts.iter().find(alike).map(|(first, _)| *first);
        if first.is_none() {
            firsts.push((index, member));
        }
        likes.push(first.unwrap_or(index));
    }
    likes
}

/// How much of a duty is this member's to carry, against the others: their full-time equivalent, or nothing where they
/// could not have stood it. Where leave is credited, nothing also while they were away.
pub(super) fn weight(planning: &Planning, member: &Member, role: &str, window: Window) -> i64 {
    let credited = planning.team.settings.leave_credited;
    if !planning.eligible(member, role, window) || (credited && away(planning, member, window)) {
        return 0;
    }
    member.membership(window, planning.team.zone).map_or(0, |membership| i64::from(membership.fte))
}

/// Whether they said that they can't. Silence is no leave, also where the team counts it as no.
fn away(planning: &Planning, member: &Member, window: Window) -> bool {
    let verdict = member.availability.over(window, &planning.team.settings);
    verdict.kind == Kind::Unavailable && verdict.because.iter().any(|interval| interval.source != Source::Silence)
}

/// Adds `points` to the shares in proportion to the weights, so that the parts add up to the whole.
pub(super) fn spread(shares: &mut [i64], points: i64, weights: &[i64]) {
    let total: i64 = weights.iter().sum();
    if total == 0 {
        return;
    }
    let (mut given, mut passed) = (0, 0);
    for (share, weight) in shares.iter_mut().zip(weights) {
        passed += weight;
        let upto = points * passed / total;
        *share += upto - given;
        given = upto;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::{daily, member, planning, says, span, team};

    #[test]
    fn shares_follow_full_time_equivalent_and_add_up_to_the_load() {
        let mut planning = planning(["ada", "ben", "cho"].map(member).to_vec(), daily(8, 1, &team().roles[..2]));
        planning.members[1].memberships[0].fte = 50;
        let ids = ["ada", "ben", "cho"];
        let assignment =
            planning.slots.iter().zip(0..).map(|(slot, n): (_, usize)| (slot.id.clone(), ids[n % 3].into())).collect();
        let all = balance(&planning, &assignment);
        assert_eq!(all.iter().map(Balance::over).sum::<i64>(), 0);
        assert!((all[1].share * 2 - all[0].share).abs() <= 16, "{all:?}");
    }

    #[test]
    fn leave_lowers_the_share_only_where_it_is_credited_and_silence_is_no_leave() {
        let mut planning = planning(["ada", "ben"].map(member).to_vec(), daily(8, 1, &team().roles[..1]));
        let worked = |from: &str, to: &str| Worked {
            person: "ben".into(),
            role: "primary".into(),
            window: span(from, to),
            points: 1_000,
        };
        planning.slots.clear();
        planning.ledger = vec![
            worked("2026-11-02T09:00:00", "2026-11-03T09:00:00"),
            worked("2026-11-20T09:00:00", "2026-11-21T09:00:00"),
        ];
        let away = span("2026-11-01T00:00:00", "2026-11-10T00:00:00");
        planning.members[0].availability = says(Kind::Unavailable, &[away]);
        assert_eq!(shares(&planning), [1_000, 1_000], "to be made up");
        planning.team.settings.leave_credited = true;
        assert_eq!(shares(&planning), [500, 1_500], "credited");
        planning.team.settings.opt_in = true;
        assert_eq!(shares(&planning), [500, 1_500]);
    }

    #[test]
    fn what_was_stood_at_a_site_was_its_people_s_to_stand() {
        let mut planning = planning(["ada", "ben", "cho"].map(member).to_vec(), Vec::new());
        let of = |ids: &[&str]| ids.iter().map(|id| PersonId::from(*id)).collect();
        planning.team.settings.sites =
            [("sydney".to_owned(), of(&["ada", "ben"])), ("london".to_owned(), of(&["cho"]))].into();
        let window = span("2026-11-02T09:00:00", "2026-11-03T09:00:00");
        planning.ledger = vec![Worked { person: "ben".into(), role: "primary".into(), window, points: 1_000 }];
        assert_eq!(shares(&planning), [500, 500, 0]);
        planning.team.settings.sites.clear();
        assert_eq!(shares(&planning).iter().sum::<i64>(), 1_000);
        assert!(shares(&planning)[2] > 0);
    }

    #[test]
    fn who_was_not_yet_a_member_owes_nothing_of_it() {
        let mut planning = planning(["ada", "ben"].map(member).to_vec(), daily(8, 1, &team().roles[..1]));
        planning.members[1].memberships[0].from = "2027-01-01".parse().ok();
        assert_eq!(shares(&planning)[1], 0);
    }
}
