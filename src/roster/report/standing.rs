//! Load against fair share, each dimension for itself: all points, and the hours of nights, weekends and holidays. One
//! can be even where another is not, so they are never added up.

use super::hours::stands_in;
use super::spread::Spread;
use super::stood::Stood;
use crate::ids::PersonId;
use crate::roster::balance::{spread, weight};
use crate::roster::burden::Class;
use crate::roster::plan::Planning;

/// What is balanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// All of the burden, in hundredths of points.
    Points,
    /// Minutes of nights of working days.
    Nights,
    /// Minutes of weekends.
    Weekends,
    /// Minutes of holidays.
    Holidays,
}

impl Dimension {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Points, Self::Nights, Self::Weekends, Self::Holidays];

    /// How reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Nights => "nights",
            Self::Weekends => "weekends",
            Self::Holidays => "holidays",
        }
    }

    fn class(self) -> Option<Class> {
        match self {
            Self::Points => None,
            Self::Nights => Some(Class::Night),
            Self::Weekends => Some(Class::Weekend),
            Self::Holidays => Some(Class::Holiday),
        }
    }
}

/// Where one person stands in one dimension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingLine {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: String,
    /// What they carried.
    pub load: i64,
    /// Their fair part of what everybody carried.
    pub share: i64,
    /// Load minus share: positive is too much.
    pub balance: i64,
}

/// One dimension with everybody in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub dimension: Dimension,
    /// By balance, the least first.
    pub lines: Vec<StandingLine>,
    /// The balances' spread.
    pub spread: Spread,
}

/// Every dimension of what was stood in the planning's window. Of each duty everybody who might have stood it has a
/// share, by full-time equivalent.
#[must_use]
pub fn standings(planning: &Planning, stood: &[Stood]) -> Vec<Standing> {
    Dimension::ALL.into_iter().map(|dimension| standing(planning, stood, dimension)).collect()
}

fn standing(planning: &Planning, stood: &[Stood], dimension: Dimension) -> Standing {
    let mut shares = vec![0; planning.members.len()];
    let mut loads = vec![0; planning.members.len()];
    for duty in stood {
        let Some(at) = planning.members.iter().position(|member| member.person.id == duty.person) else { continue };
        let amount = amount(planning, at, duty, dimension);
        let weigh = |member| weight(planning, member, &duty.role, duty.window);
        let weights: Vec<i64> = planning.members.iter().map(weigh).collect();
        spread(&mut shares, amount, &weights);
        if let Some(load) = loads.get_mut(at) {
            *load += amount;
        }
    }
    let mut lines: Vec<StandingLine> = planning
        .members
        .iter()
        .zip(loads.into_iter().zip(shares))
        .filter(|(member, (load, _))| *load != 0 || stands_in(planning, member))
        .map(|(member, (load, share))| StandingLine {
            person: member.person.id.clone(),
            name: member.person.name.clone(),
            load,
            share,
            balance: load - share,
        })
        .collect();
    lines.sort_by(|a, b| (a.balance, &a.name, &a.person).cmp(&(b.balance, &b.name, &b.person)));
    let spread = Spread::of(lines.iter().map(|line| line.balance).collect());
    Standing { dimension, lines, spread }
}

fn amount(planning: &Planning, member: usize, duty: &Stood, dimension: Dimension) -> i64 {
    let Some(class) = dimension.class() else { return duty.points };
    let minutes = planning.members.get(member).map(|member| member.hours().minutes(duty.window));
    minutes.and_then(|minutes| minutes.get(class as usize).copied()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::stood::tests::{stood, team_of};
    use super::*;
    use crate::roster::availability::Kind;
    use crate::roster::sample::{says, span};

    /// Balances of a dimension by name.
    fn balances(standings: &[Standing], dimension: Dimension) -> Vec<(String, i64)> {
        let one = standings.iter().find(|standing| standing.dimension == dimension).unwrap();
        one.lines.iter().map(|line| (line.name.clone(), line.balance)).collect()
    }

    fn named(pairs: &[(&str, i64)]) -> Vec<(String, i64)> {
        pairs.iter().map(|(name, balance)| ((*name).to_owned(), *balance)).collect()
    }

    #[test]
    fn nights_weekends_and_holidays_are_kept_apart() {
        let mut planning = team_of(&["ada", "ben"]);
        for member in &mut planning.members {
            member.holidays.insert("2026-12-25".parse().unwrap());
        }
        let mut duties = [
            stood("ada", "primary", "a", ("2026-12-01T22:00:00", "2026-12-02T06:00:00")),
            stood("ben", "primary", "b", ("2026-12-05T08:00:00", "2026-12-05T18:00:00")),
            stood("ben", "primary", "c", ("2026-12-25T10:00:00", "2026-12-25T16:00:00")),
        ];
        duties[2].points = 1_200;
        let all = standings(&planning, &duties);
        assert_eq!(balances(&all, Dimension::Nights), named(&[("Ben", -240), ("Ada", 240)]));
        assert_eq!(balances(&all, Dimension::Weekends), named(&[("Ada", -300), ("Ben", 300)]));
        assert_eq!(balances(&all, Dimension::Holidays), named(&[("Ada", -180), ("Ben", 180)]));
        // 12 points of a night against 15 of a weekend and 12 of a holiday
        assert_eq!(balances(&all, Dimension::Points), named(&[("Ada", -750), ("Ben", 750)]));
        assert_eq!(all[0].spread, Spread { min: -750, median: 0, max: 750, squared: 2 * 750 * 750 });
    }

    #[test]
    fn every_dimension_sums_up_to_nothing_and_who_was_never_scheduled_owes_their_share() {
        let planning = team_of(&["ada", "ben", "cho"]);
        let duties = [
            stood("ada", "primary", "a", ("2026-11-06T09:00:00", "2026-11-08T09:00:00")),
            stood("ben", "secondary", "b", ("2026-11-10T09:00:00", "2026-11-11T09:00:00")),
        ];
        for standing in standings(&planning, &duties) {
            assert_eq!(standing.lines.iter().map(|line| line.balance).sum::<i64>(), 0, "{standing:?}");
            assert_eq!(standing.lines.len(), 3);
        }
        let points = &standings(&planning, &duties)[0];
        assert_eq!((points.lines[0].name.as_str(), points.lines[0].load), ("Cho", 0));
        assert!(points.lines[0].share > 0);
    }

    #[test]
    fn leave_is_made_up_for_or_credited_as_the_team_says() {
        let mut planning = team_of(&["ada", "ben"]);
        planning.members[0].availability =
            says(Kind::Unavailable, &[span("2026-11-30T00:00:00", "2026-12-10T00:00:00")]);
        let duties = [stood("ben", "primary", "a", ("2026-12-01T09:00:00", "2026-12-02T09:00:00"))];
        assert_eq!(
            balances(&standings(&planning, &duties), Dimension::Points),
            named(&[("Ada", -1225), ("Ben", 1225)])
        );
        planning.team.settings.leave_credited = true;
        assert_eq!(balances(&standings(&planning, &duties), Dimension::Points), named(&[("Ada", 0), ("Ben", 0)]));
    }
}
