//! What is wrong with an assignment: broken hard rules and gaps, each gap with the reason nobody fills it.

use crate::ids::{PersonId, SlotId};
use crate::roster::model::Slot;
use crate::roster::phrase;
use crate::roster::plan::{Assignment, Planning};
use crate::roster::rules::{Broken, broken_beside};
use crate::roster::shortage::{full, shortage};
use crate::roster::standing::Standing;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A required slot that nobody holds.
    Gap,
    /// A hard rule that the holder breaks.
    Broken,
}

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Gap or broken rule.
    pub kind: FindingKind,
    /// The slot.
    pub slot: SlotId,
    /// Its holder, where it has one.
    pub person: Option<PersonId>,
    /// The finding in a sentence, its times in the pattern's zone.
    pub text: String,
}

/// Every gap and every broken rule, by slot in the order of the planning.
#[must_use]
pub fn check(planning: &Planning, assignment: &Assignment) -> Vec<Finding> {
    let standing = Standing::new(planning, assignment);
    let mut findings = Vec::new();
    for slot in &planning.slots {
        match assignment.holder(&slot.id) {
            Some(person) => {
                let rules = broken_beside(planning, &standing, person, &[slot]);
                findings.extend(rules.into_iter().map(|rule| told(planning, person, slot, &rule)));
            }
            None if slot.optional => {}
            None => {
                let text = explain(planning, &standing, slot);
                findings.push(Finding { kind: FindingKind::Gap, slot: slot.id.clone(), person: None, text });
            }
        }
    }
    findings
}

/// A broken rule as a finding.
pub(super) fn told(planning: &Planning, person: &PersonId, slot: &Slot, rule: &Broken) -> Finding {
    Finding {
        kind: FindingKind::Broken,
        slot: slot.id.clone(),
        person: Some(person.clone()),
        text: format!(
            "{} as {} {}: {}",
            planning.name(person),
            slot.role,
            phrase::span(slot.window, slot.zone),
            rule.sentence(slot.zone)
        ),
    }
}

/// The rules that the holders of `asked` slots break, apart from what comes of `excused` ones: a manager has given a
/// reason for those, and whoever shares a watch or a day with them is not to blame.
#[must_use]
pub fn unexcused(
    planning: &Planning,
    assignment: &Assignment,
    asked: &BTreeSet<SlotId>,
    excused: &BTreeSet<SlotId>,
) -> Vec<Finding> {
    let mut without = assignment.clone();
    excused.iter().for_each(|slot| without.set(slot, None));
    let (all, without) = (Standing::new(planning, assignment), Standing::new(planning, &without));
    let mut findings = Vec::new();
    for slot in planning.slots.iter().filter(|slot| asked.contains(&slot.id) && !excused.contains(&slot.id)) {
        let Some(person) = assignment.holder(&slot.id) else { continue };
        let rest = broken_beside(planning, &without, person, &[slot]);
        let rules = broken_beside(planning, &all, person, &[slot]).into_iter().filter(|rule| rule.is_among(&rest));
        findings.extend(rules.map(|rule| told(planning, person, slot, &rule)));
    }
    findings
}

/// Why nobody stands an empty slot: `nobody qualified is free on 24 Dec 18:00-09:00: 3 unavailable, 2 lack rest`, or who
/// still could.
#[must_use]
pub fn explain_gap(planning: &Planning, assignment: &Assignment, slot: &Slot) -> String {
    explain(planning, &Standing::new(planning, assignment), slot)
}

fn explain(planning: &Planning, standing: &Standing<'_>, slot: &Slot) -> String {
    let when = phrase::span(slot.window, slot.zone);
    let mut reasons: BTreeMap<u8, (Broken, usize)> = BTreeMap::new();
    let mut free = Vec::new();
    let mut qualified = 0;
    for member in planning.members.iter().filter(|member| member.memberships.iter().any(|m| m.member)) {
        let first = broken_beside(planning, standing, &member.person.id, &[slot]).into_iter().next();
        qualified += usize::from(first.as_ref().is_none_or(|rule| rule.rank() > QUALIFIED));
        match first {
            None => free.push(member.person.name.clone()),
            Some(rule) => reasons.entry(rule.rank()).or_insert((rule, 0)).1 += 1,
        }
    }
    if !free.is_empty() {
        return format!("nobody stands {} on {when}; {} could", slot.role, phrase::list(&free));
    }
    // Why the one who holds something beside it can't do both is the plainer story
    let short = shortage(planning, slot);
    let told = short
        .as_ref()
        .map_or_else(|| full(planning, slot).map(|found| found.sentence(planning)), |found| found.sentence(planning));
    if let Some(told) = told {
        return format!("nobody stands {} on {when}; {told}", slot.role);
    }
    // Who lacks the qualification is named only where that is the whole story
    let told: Vec<String> = reasons
        .values()
        .filter(|(rule, _)| qualified == 0 || rule.rank() > QUALIFIED)
        .map(|(rule, count)| rule.for_several(*count))
        .collect();
    match (qualified, told.is_empty()) {
        (0, true) => format!("nobody stands {} on {when}: the team has no members", slot.role),
        (0, false) => format!("nobody is qualified as {} on {when}: {}", slot.role, told.join(", ")),
        _ => format!("nobody qualified is free on {when}: {}", told.join(", ")),
    }
}

/// Rank of the last rule that has to do with qualification rather than with time.
const QUALIFIED: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::availability::Kind;
    use crate::roster::model::Qualification;
    use crate::roster::plan::Duty;
    use crate::roster::sample::{daily, member, planning, says, span, team};

    #[test]
    fn a_gap_says_what_stands_against_everybody() {
        let mut members = ["ada", "ben", "cho"].map(member).to_vec();
        let away = says(Kind::Unavailable, &[span("2026-12-01T12:00:00", "2026-12-01T13:00:00")]);
        members[0].availability = away.clone();
        members[1].availability = away;
        members[2].duties.push(Duty {
            team: "search".into(),
            role: "primary".into(),
            window: span("2026-12-01T00:00:00", "2026-12-01T07:00:00"),
            turn: None,
        });
        let planning = planning(members, daily(1, 1, &team().roles[..1]));
        let findings = check(&planning, &Assignment::default());
        assert_eq!(findings[0].text, "nobody qualified is free on 1 Dec 09:00-09:00: 2 unavailable, 1 lacks rest");
    }

    #[test]
    fn a_gap_names_who_could_still_stand_it() {
        let planning = planning(["ada", "ben"].map(member).to_vec(), daily(1, 1, &team().roles[..1]));
        let findings = check(&planning, &Assignment::default());
        assert_eq!(findings[0].text, "nobody stands primary on 1 Dec 09:00-09:00; Ada and Ben could");
    }

    #[test]
    fn a_role_nobody_is_qualified_for_says_so() {
        let mut planning = planning(vec![member("ada")], daily(1, 1, &team().roles[..1]));
        planning.team.roles[0].requires = vec!["prod".into()];
        planning.qualifications = vec![Qualification {
            id: "prod".into(),
            team: None,
            name: "PROD-ACCESS".into(),
            how: String::new(),
            url: None,
        }];
        let findings = check(&planning, &Assignment::default());
        assert_eq!(findings[0].text, "nobody is qualified as primary on 1 Dec 09:00-09:00: 1 not qualified");
    }

    #[test]
    fn what_comes_of_an_excused_slot_is_excused_and_nothing_else_is() {
        let mut planning = planning(["ada", "ben"].map(member).to_vec(), daily(2, 1, &team().roles[..2]));
        let held = [("primary-00", "ada"), ("secondary-00", "ada"), ("secondary-01", "ben")];
        let assignment = held.map(|(slot, person)| (slot.into(), person.into())).into_iter().collect();
        let ids = |ids: &[&str]| ids.iter().map(|id| SlotId::from(*id)).collect::<BTreeSet<_>>();
        let all = ids(&["primary-00", "secondary-00", "secondary-01"]);
        assert_eq!(unexcused(&planning, &assignment, &all, &ids(&[])).len(), 2);
        assert_eq!(unexcused(&planning, &assignment, &all, &ids(&["primary-00"])), []);
        planning.members[0].availability =
            says(Kind::Unavailable, &[span("2026-12-01T12:00:00", "2026-12-01T13:00:00")]);
        let left = unexcused(&planning, &assignment, &all, &ids(&["primary-00"]));
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].text, "Ada as secondary 1 Dec 09:00-09:00: unavailable 1 Dec 12:00-13:00 (Availability)");
    }

    #[test]
    fn an_empty_optional_slot_is_no_gap_and_a_broken_rule_is_told() {
        let mut members = vec![member("ada")];
        members[0].person.disabled = true;
        let planning = planning(members, daily(1, 1, &[team().roles[0].clone(), team().roles[2].clone()]));
        let assignment = [("primary-00".into(), "ada".into())].into_iter().collect();
        let findings = check(&planning, &assignment);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].text, "Ada as primary 1 Dec 09:00-09:00: the account is disabled");
    }
}
