//! Why a plan is as it is, in words and figures: what a change would do, what each candidate for a slot would cost, and
//! who gains and who loses against what is published.

use crate::ids::{PersonId, SlotId};
use crate::roster::balance::Balance;
use crate::roster::check::{self, Finding, FindingKind, explain_gap};
use crate::roster::model::Slot;
use crate::roster::plan::{Assignment, Planning};
use crate::roster::recommend::{Board, Candidate};
use crate::roster::report::{Report, report};
use crate::roster::what_if::{Change, Cost};
use std::collections::BTreeMap;

/// What a change would do, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The rules that it would break and that are kept now, and the required slots that it would leave empty.
    pub findings: Vec<Finding>,
    /// What the people and slots it touches cost as they are; 10 000 is what one mean turn above the fair share costs.
    pub before: Cost,
    /// What they would cost.
    pub after: Cost,
    /// Those who would hold more or less, in the order of the members.
    pub people: Vec<Moved>,
}

/// Somebody whose load is another before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// As shown.
    pub name: String,
    /// Where they stand.
    pub before: Balance,
    /// Where they would stand.
    pub after: Balance,
}

impl Moved {
    /// Points they gain; less than nothing where they lose some.
    #[must_use]
    pub fn gains(&self) -> i64 {
        self.after.load - self.before.load
    }
}

/// Somebody for a slot, with what choosing them would do to everybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// As shown.
    pub name: String,
    /// Level and reasons; of the excluded every rule that is broken.
    pub candidate: Candidate,
    /// What it would do to give them the slot.
    pub effect: Told,
}

/// A plan against what is published for the same slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The spread as published.
    pub before: Report,
    /// The spread as planned.
    pub after: Report,
    /// Whose load differs; who gains most first.
    pub people: Vec<Moved>,
}

/// What a set of changes would do, made together, in words. Slots that the planning does not have are passed over.
#[must_use]
pub fn foretell(planning: &Planning, assignment: &Assignment, changes: &[Change]) -> Told {
    told(&Board::new(planning), assignment, changes)
}

fn told(board: &Board<'_>, assignment: &Assignment, changes: &[Change]) -> Told {
    let planning = board.planning;
    let effect = board.what_if(assignment, changes);
    let mut then = assignment.clone();
    for change in changes {
        then.set(&change.slot, change.person.as_ref());
    }
    let mut findings = Vec::new();
    for breach in &effect.breaches {
        let Some(slot) = planning.slot(&breach.slot) else { continue };
        findings.push(check::told(planning, &breach.person, slot, &breach.rule));
    }
    for slot in effect.gaps.iter().filter_map(|slot| planning.slot(slot)) {
        let text = explain_gap(planning, &then, slot);
        findings.push(Finding { kind: FindingKind::Gap, slot: slot.id.clone(), person: None, text });
    }
    let people = effect.people.into_iter().map(|touched| Moved {
        name: planning.name(&touched.after.person),
        before: touched.before,
        after: touched.after,
    });
    Told { findings, before: effect.before, after: effect.after, people: people.collect() }
}

/// Everybody as a candidate for the slot, best first, with what choosing them would do to the plan as it stands.
#[must_use]
pub fn alternatives(planning: &Planning, assignment: &Assignment, slot: &SlotId) -> Vec<Alternative> {
    let board = Board::new(planning);
    let weigh = |candidate: Candidate| {
        let change = Change { slot: slot.clone(), person: Some(candidate.person.clone()) };
        let effect = told(&board, assignment, &[change]);
        Alternative { name: planning.name(&candidate.person), candidate, effect }
    };
    board.candidates(assignment, slot).into_iter().map(weigh).collect()
}

/// What each slot that one person holds would do if another stood it: first what breaks fewest rules, then what costs
/// least.
/// What is pinned or has started stays where it is.
#[must_use]
pub fn handings(planning: &Planning, assignment: &Assignment, from: &PersonId, to: &PersonId) -> Vec<(SlotId, Told)> {
    let board = Board::new(planning);
    let stays = |slot: &SlotId| planning.pins.contains_key(slot) || planning.frozen.contains(slot);
    let held = planning.slots.iter().filter(|slot| assignment.holder(&slot.id) == Some(from) && !stays(&slot.id));
    let weigh = |slot: &Slot| {
        let change = Change { slot: slot.id.clone(), person: Some(to.clone()) };
        (slot.id.clone(), told(&board, assignment, &[change]))
    };
    let mut found: Vec<(SlotId, Told)> = held.map(weigh).collect();
    // the order of the planning decides between equals
    found.sort_by_key(|(_, told)| (told.findings.len(), told.after.total() - told.before.total()));
    found
}

/// The plan against what is published for the same slots, person by person.
#[must_use]
pub fn against_published(planning: &Planning, assignment: &Assignment) -> Comparison {
    let published = planning.published.iter().map(|(slot, person)| (slot.clone(), person.clone())).collect();
    let (before, after) = (report(planning, &published), report(planning, assignment));
    let old: BTreeMap<&PersonId, (i64, i64)> =
        before.lines.iter().map(|line| (&line.person, (line.load, line.share))).collect();
    let moved = after.lines.iter().filter_map(|line| {
        let (load, share) = *old.get(&line.person)?;
        let before = Balance { person: line.person.clone(), load, share };
        let after = Balance { person: line.person.clone(), load: line.load, share: line.share };
        (load != line.load).then(|| Moved { name: line.name.clone(), before, after })
    });
    let mut people: Vec<Moved> = moved.collect();
    people.sort_by(|a, b| (b.gains(), &a.after.person).cmp(&(a.gains(), &b.after.person)));
    Comparison { before, after, people }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::availability::Kind;
    use crate::roster::recommend::Level;
    use crate::roster::sample::{daily, member, planning, says, span, team};

    /// Three people, one role, six days: Ada, Ben, Cho, Ada, Ben, Cho. Ben is away on the first day.
    fn scene() -> (Planning, Assignment) {
        let mut members = ["ada", "ben", "cho"].map(member).to_vec();
        members[1].availability = says(Kind::Unavailable, &[span("2026-12-01T12:00:00", "2026-12-01T13:00:00")]);
        let mut planning = planning(members, daily(6, 1, &team().roles[..1]));
        let held = ["ada", "ben", "cho", "ada", "ben", "cho"].iter().enumerate();
        let held = held.map(|(day, person)| (SlotId::new(format!("primary-0{day}")), PersonId::from(*person)));
        planning.published = held.clone().collect();
        (planning, held.collect())
    }

    fn give(slot: &str, person: Option<&str>) -> Change {
        Change { slot: slot.into(), person: person.map(PersonId::from) }
    }

    #[test]
    fn a_change_is_foretold_with_its_rules_in_words_and_the_loads_of_both() {
        let (planning, assignment) = scene();
        let told = foretell(&planning, &assignment, &[give("primary-00", Some("ben"))]);
        let texts: Vec<&str> = told.findings.iter().map(|finding| finding.text.as_str()).collect();
        assert_eq!(texts[0], "Ben as primary 1 Dec 09:00-09:00: unavailable 1 Dec 12:00-13:00 (Availability)");
        let gains: Vec<_> = told.people.iter().map(|moved| (moved.name.as_str(), moved.gains().signum())).collect();
        assert_eq!(gains, [("Ada", -1), ("Ben", 1)]);
        assert!(told.after.total() > told.before.total());
    }

    #[test]
    fn an_emptied_slot_says_who_could_stand_it() {
        let (planning, assignment) = scene();
        let told = foretell(&planning, &assignment, &[give("primary-03", None)]);
        assert_eq!(told.findings.len(), 1);
        assert_eq!(told.findings[0].kind, FindingKind::Gap);
        assert!(told.findings[0].text.ends_with("Ada could"), "{}", told.findings[0].text);
    }

    #[test]
    fn what_breaks_fewest_rules_is_handed_on_first_and_what_is_pinned_or_has_started_stays() {
        let (mut planning, assignment) = scene();
        let all = handings(&planning, &assignment, &"ada".into(), &"ben".into());
        let slots: Vec<_> = all.iter().map(|(slot, told)| (slot.as_str(), told.findings.len())).collect();
        assert_eq!(
            slots,
            [("primary-03", 1), ("primary-00", 2)],
            "Ben stands the day after both, and is away on the first"
        );
        planning.pins.insert("primary-00".into(), "ada".into());
        planning.frozen.insert("primary-03".into());
        assert_eq!(handings(&planning, &assignment, &"ada".into(), &"ben".into()), []);
    }

    #[test]
    fn whoever_holds_a_slot_costs_nothing_more_and_who_is_excluded_is_told_every_rule() {
        let (planning, assignment) = scene();
        let all = alternatives(&planning, &assignment, &"primary-00".into());
        let of = |name: &str| all.iter().find(|one| one.name == name).unwrap();
        assert_eq!(of("Ada").effect.after, of("Ada").effect.before);
        let ben = of("Ben");
        assert_eq!(ben.candidate.level, Level::Excluded);
        assert_eq!(ben.candidate.reasons.len(), 2, "away, and on call the day after: {:?}", ben.candidate.reasons);
        assert!(of("Cho").effect.after.total() > of("Cho").effect.before.total());
    }

    #[test]
    fn against_what_is_published_somebody_gains_what_others_lose() {
        let (planning, mut assignment) = scene();
        assert_eq!(against_published(&planning, &assignment).people, []);
        assignment.set(&"primary-03".into(), Some(&"cho".into()));
        let seen = against_published(&planning, &assignment);
        let names: Vec<&str> = seen.people.iter().map(|moved| moved.name.as_str()).collect();
        assert_eq!(names, ["Cho", "Ada"], "who gains comes first");
        assert_eq!(seen.people.iter().map(Moved::gains).sum::<i64>(), 0);
        assert!(seen.after.max > seen.before.max && seen.after.min < seen.before.min);
    }
}
