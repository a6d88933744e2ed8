//! How good a solved roster is, as far as that is known: what it costs, what every other costs at least, and what became
//! of those who were published.

use crate::roster::phrase;
use crate::roster::plan::Planning;
use crate::roster::solve::changes::{Moved, Why};
use crate::roster::solve::engine::Progress;

/// What a search came to. Costs are the solver's: 10 000 is what one mean turn above the fair share costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Required slots that stay empty.
    pub gaps: usize,
    /// What the roster costs beside its gaps.
    pub cost: i64,
    /// What every roster without gaps costs at least; none where nobody knows, or where there are gaps.
    pub bound: Option<i64>,
}

impl From<Progress> for Verdict {
    fn from(progress: Progress) -> Self {
        let Progress { gaps, cost, bound } = progress;
        Self { gaps, cost, bound: bound.filter(|_| gaps == 0).map(|bound| bound.min(cost)) }
    }
}

impl Verdict {
    /// Nothing costs less.
    #[must_use]
    pub fn proved_best(&self) -> bool {
        self.bound == Some(self.cost)
    }

    /// By how much of its cost the roster may be dearer than the best, in tenths of a percent, rounded up.
    #[must_use]
    pub fn gap_permille(&self) -> Option<i64> {
        let over = self.cost.checked_sub(self.bound?)?;
        match (over, self.cost) {
            (0, _) => Some(0),
            // of a cost below nothing, which gladly stood shifts may make, there are no parts
            (_, cost) if cost <= 0 => None,
            (over, cost) => over.checked_mul(1000)?.checked_add(cost - 1)?.checked_div(cost),
        }
    }

    /// In words.
    #[must_use]
    pub fn sentence(&self) -> String {
        let cost = self.cost;
        match (self.gaps, self.bound, self.gap_permille()) {
            (1, ..) => format!("costs {cost}, with 1 required slot empty"),
            (2.., ..) => format!("costs {cost}, with {} required slots empty", self.gaps),
            (_, None, _) => format!("costs {cost}; how near the best that is, is not known"),
            _ if self.proved_best() => format!("costs {cost}: proved best, no roster without gaps costs less"),
            (_, Some(bound), Some(gap)) => {
                let percent = phrase::points(gap * 10);
                format!(
                    "costs {cost}; none without gaps costs less than {bound}, so it is within {percent} % of the best"
                )
            }
            (_, Some(bound), None) => format!("costs {cost}; none without gaps costs less than {bound}"),
        }
    }
}

/// Why somebody no longer holds what they are published for, a sentence for each reason; none where it only costs less so.
#[must_use]
pub fn reasons(planning: &Planning, moved: &Moved) -> Vec<String> {
    let zone = planning.slot(&moved.slot).map_or(planning.team.zone, |slot| slot.zone);
    match &moved.why {
        Why::Forced(rules) | Why::MadeRoom(rules) => rules.iter().map(|rule| rule.sentence(zone)).collect(),
        Why::Chosen => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::availability::Kind;
    use crate::roster::plan::Assignment;
    use crate::roster::sample::{daily, member, planning, says, span, team};
    use crate::roster::solve::changes::changes;

    fn of(gaps: usize, cost: i64, bound: Option<i64>) -> Verdict {
        Progress { gaps, cost, bound }.into()
    }

    #[test]
    fn the_gap_is_told_in_percent_and_never_too_small() {
        let verdict = of(0, 3_000, Some(2_999));
        assert_eq!((verdict.proved_best(), verdict.gap_permille()), (false, Some(1)));
        let told = "costs 3000; none without gaps costs less than 2999, so it is within 0.1 % of the best";
        assert_eq!(verdict.sentence(), told);
        assert_eq!(of(0, 4_000, Some(3_000)).gap_permille(), Some(250));
    }

    #[test]
    fn only_a_bound_that_is_reached_proves() {
        assert_eq!(of(0, 0, Some(0)).gap_permille(), Some(0));
        assert!(of(0, -400, Some(-400)).proved_best() && !of(0, -400, Some(-900)).proved_best());
        assert_eq!(of(0, -400, Some(-900)).gap_permille(), None);
        assert!(of(0, 12, Some(12)).sentence().contains("proved best"));
        assert!(of(0, 12, None).sentence().contains("not known"));
    }

    #[test]
    fn a_bound_for_rosters_without_gaps_says_nothing_of_one_with_gaps() {
        let verdict = of(2, 100, Some(100));
        assert_eq!((verdict.proved_best(), verdict.gap_permille()), (false, None));
        assert_eq!(verdict.sentence(), "costs 100, with 2 required slots empty");
    }

    #[test]
    fn a_forced_change_says_what_forced_it() {
        let mut members = ["ada", "ben"].map(member).to_vec();
        members[0].availability = says(Kind::Unavailable, &[span("2026-12-01T12:00:00", "2026-12-01T13:00:00")]);
        let mut planning = planning(members, daily(1, 1, &team().roles[..1]));
        planning.published = [("primary-00".into(), "ada".into())].into();
        let assignment: Assignment = [("primary-00".into(), "ben".into())].into_iter().collect();
        let moved = changes(&planning, &assignment);
        assert_eq!(reasons(&planning, &moved[0]), ["unavailable 1 Dec 12:00-13:00 (Availability)"]);
    }
}
