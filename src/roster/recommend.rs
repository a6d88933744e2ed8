//! Candidates for one slot: everybody, ranked, each with a level and the reasons in sentences with their figures.

use crate::ids::{PersonId, SlotId};
use crate::roster::apart::{Apart, kept_apart};
use crate::roster::availability::Kind;
use crate::roster::balance::{Balance, balance_by, likes, shares};
use crate::roster::model::Slot;
use crate::roster::phrase;
use crate::roster::plan::{Assignment, Member, Planning};
use crate::roster::rules::{broken_beside, is_expert, is_novice};
use crate::roster::solve::price;
use crate::roster::standing::Standing;
use crate::time::{DAY, Instant, Window};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How warmly a person is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Take this one.
    Recommended,
    /// Nothing speaks against it.
    Possible,
    /// They would rather not, or carry much already.
    Reluctant,
    /// A hard rule forbids it.
    Excluded,
}

/// One person as a candidate for a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Who.
    pub person: PersonId,
    /// How warmly.
    pub level: Level,
    /// Why, in sentences; for the excluded every rule that is broken.
    pub reasons: Vec<String>,
    /// Rank within the level: lower is better; in hundredths of a mean turn.
    pub score: i64,
}

/// Weeks that are looked back on for how often somebody was on call.
const LOOK_BACK_WEEKS: i64 = 12;
/// Score up to which a candidate is recommended: not noticeably above the fair share.
const RECOMMENDED: i64 = 30;
/// Score up to which a candidate is possible: one and a half turns above it.
const POSSIBLE: i64 = 150;
/// What it costs to have asked not to.
const AVOIDS: i64 = 200;
/// What it is worth to have offered.
const PREFERS: i64 = 80;
/// Cost of a turn next to another, falling with the distance.
const CLOSE: i64 = 60;
/// Utilisation above which a person counts as busy, in percent.
const BUSY: i64 = 50;

/// Everybody in the team as a candidate for the slot, best first; the slot's present holder counts as not holding it.
#[must_use]
pub fn candidates(planning: &Planning, assignment: &Assignment, slot: &SlotId) -> Vec<Candidate> {
    Board::new(planning).candidates(assignment, slot)
}

/// What is the same whoever stands what: worked out once for who looks at one planning again and again.
#[derive(Clone, Debug)]
pub struct Board<'a> {
    pub(super) planning: &'a Planning,
    /// Everybody's fair part, in the order of the members.
    pub(super) shares: Vec<i64>,
    /// Points of a mean turn.
    pub(super) turn: i64,
    /// Balances that the team keeps apart.
    pub(super) apart: Vec<Apart>,
    /// For each member the first one whose hours count alike, and the points of each slot for each of those, where they are
    /// few.
    likes: Vec<usize>,
    points: Vec<BTreeMap<usize, i64>>,
}

/// Kinds of hours up to which points are worked out beforehand.
const FEW: usize = 8;

impl<'a> Board<'a> {
    /// Of a planning.
    #[must_use]
    pub fn new(planning: &'a Planning) -> Self {
        let likes = likes(planning);
        let firsts: BTreeSet<usize> = likes.iter().copied().collect();
        let few = if firsts.len() <= FEW { planning.slots.as_slice() } else { &[] };
        let row = |slot: &Slot| {
            let members = firsts.iter().filter_map(|first| Some((*first, planning.members.get(*first)?)));
            members.map(|(first, member)| (first, planning.points(member, slot))).collect()
        };
        let points = few.iter().map(row).collect();
        Self {
            planning,
            shares: shares(planning),
            turn: mean_turn(planning),
            apart: kept_apart(planning),
            likes,
            points,
        }
    }

    /// Everybody's load and share, in the order of the members.
    #[must_use]
    pub fn balances(&self, standing: &Standing<'_>) -> Vec<Balance> {
        balance_by(self.planning, &self.shares, standing, |(index, member), (place, slot)| {
            let known = self.likes.get(index).and_then(|like| self.points.get(place)?.get(like));
            known.copied().unwrap_or_else(|| self.planning.points(member, slot))
        })
    }

    /// As [`candidates`].
    #[must_use]
    pub fn candidates(&self, assignment: &Assignment, slot: &SlotId) -> Vec<Candidate> {
        let planning = self.planning;
        let Some(slot) = planning.slot(slot) else { return Vec::new() };
        let standing = Standing::without(planning, assignment, Some(&slot.id));
        let sight = Sight::new(self, &standing, slot);
        let mut ranked: Vec<Candidate> = planning
            .members
            .iter()
            .zip(&sight.balances)
            .filter(|(member, _)| member.memberships.iter().any(|m| m.member))
            .map(|(member, balance)| sight.candidate(member, balance))
            .collect();
        ranked.sort_by(|a, b| (a.level, a.score, &a.person).cmp(&(b.level, b.score, &b.person)));
        ranked
    }
}

/// What is the same for every candidate of one slot.
struct Sight<'a> {
    planning: &'a Planning,
    standing: &'a Standing<'a>,
    slot: &'a Slot,
    balances: Vec<Balance>,
    weeks: BTreeMap<&'a PersonId, i64>,
    /// Weeks on call of all who stand shifts, and how many they are.
    all_weeks: (i64, i64),
    /// The team's mean balance: far below nothing while most of the plan is still empty.
    middle: i64,
    turn: i64,
    /// Who stands with whom already, where that counts.
    met: BTreeMap<(&'a PersonId, &'a PersonId), BTreeSet<(&'a str, &'a str)>>,
}

impl<'a> Sight<'a> {
    fn new(board: &'a Board<'a>, standing: &'a Standing<'a>, slot: &'a Slot) -> Self {
        let planning = board.planning;
        let balances = board.balances(standing);
        let weeks = weeks_on_call(planning, standing, slot);
        let shift_members = planning.members.iter().filter(|member| member.memberships.iter().any(|m| m.member));
        let all_weeks = shift_members.fold((0, 0), |(sum, count), member| {
            (sum + weeks.get(&member.person.id).copied().unwrap_or_default(), count + 1)
        });
        let count = i64::try_from(balances.len()).unwrap_or(i64::MAX).max(1);
        let middle = balances.iter().map(Balance::over).sum::<i64>() / count;
        let met = if price::again(planning) > 0 { price::meetings(standing) } else { BTreeMap::new() };
        Self { planning, standing, slot, balances, weeks, all_weeks, middle, turn: board.turn, met }
    }

    fn candidate(&self, member: &Member, balance: &Balance) -> Candidate {
        let person = member.person.id.clone();
        let rules = broken_beside(self.planning, self.standing, &person, &[self.slot]);
        if !rules.is_empty() {
            let reasons = rules.iter().map(|rule| format!("excluded: {}", rule.sentence(member.person.zone))).collect();
            return Candidate { person, level: Level::Excluded, reasons, score: i64::MAX };
        }
        let mut reasons = vec![self.how_often(member), share(balance)];
        let mut score = (balance.over() - self.middle) * 100 / self.turn;
        score += self.said(member, &mut reasons);
        score += self.busy(member, &mut reasons);
        score += self.spacing(member, &mut reasons);
        score += self.company(member, &mut reasons);
        let level = match score {
            _ if self.avoids(member) => Level::Reluctant,
            _ if score <= RECOMMENDED => Level::Recommended,
            _ if score <= POSSIBLE => Level::Possible,
            _ => Level::Reluctant,
        };
        Candidate { person, level, reasons, score }
    }

    fn how_often(&self, member: &Member) -> String {
        let mine = self.weeks.get(&member.person.id).copied().unwrap_or_default();
        let (sum, count) = self.all_weeks;
        let mean = phrase::points(sum * 100 / count.max(1));
        format!("on call {mine} of the last {LOOK_BACK_WEEKS} weeks, the team's mean is {mean}")
    }

    fn avoids(&self, member: &Member) -> bool {
        member.availability.over(self.slot.window, &self.planning.team.settings).kind == Kind::Avoid
    }

    fn said(&self, member: &Member, reasons: &mut Vec<String>) -> i64 {
        let verdict = member.availability.over(self.slot.window, &self.planning.team.settings);
        let Some(first) = verdict.because.first() else { return 0 };
        let span = phrase::span(first.window, member.person.zone);
        let source = first.source.words();
        match verdict.kind {
            Kind::Avoid if verdict.edge => {
                reasons.push(format!("away from {span}, which only touches the last hours ({source})"));
                AVOIDS
            }
            Kind::Avoid => {
                reasons.push(format!("asked to avoid {span} ({source})"));
                AVOIDS
            }
            Kind::Prefer => {
                reasons.push(format!("would gladly stand {span} ({source})"));
                -PREFERS
            }
            Kind::Unavailable | Kind::Neutral => 0,
        }
    }

    fn busy(&self, member: &Member, reasons: &mut Vec<String>) -> i64 {
        let Some(percent) = member.utilisation_at(self.slot.window) else { return 0 };
        let month = self.slot.window.start.civil(member.person.zone).format("%B");
        reasons.push(format!("{percent} % utilised in {month}"));
        2 * (i64::from(percent) - BUSY).max(0)
    }

    fn spacing(&self, member: &Member, reasons: &mut Vec<String>) -> i64 {
        let wanted = i64::from(self.planning.team.settings.spacing_days);
        let closest = duties(self.planning, self.standing, member)
            .filter(|(_, turn)| turn.is_none() || *turn != self.slot.turn.as_ref())
            .map(|(window, _)| distance(window, self.slot.window))
            .min();
        let Some(days) = closest.map(|millis| millis / DAY).filter(|days| *days < wanted) else { return 0 };
        let days_text = if days == 1 { "1 day".to_owned() } else { format!("{days} days") };
        reasons.push(format!("{days_text} from another shift of theirs, {wanted} wished for"));
        CLOSE * (wanted - days) / wanted.max(1)
    }

    /// Whom they would stand with: a novice wants an expert, and some teams want people to meet.
    fn company(&self, member: &Member, reasons: &mut Vec<String>) -> i64 {
        let (planning, slot, weights) = (self.planning, self.slot, &self.planning.team.weights);
        let me = &member.person.id;
        let others = self.standing.with(slot).iter().filter(|(_, who)| *who != me);
        let partners: Vec<(&Slot, &Member)> =
            others.filter_map(|(other, who)| Some((*other, planning.member(who)?))).collect();
        let mut score = 0;
        let expert = || partners.iter().any(|(other, partner)| is_expert(planning, partner, other));
        if price::novice_alone(planning) > 0 && is_novice(planning, member, slot) && !expert() {
            reasons.push("a novice, and no expert stands with them".to_owned());
            score += weights.novice_without_expert;
        }
        if price::again(planning) > 0 {
            for (_, partner) in &partners {
                let pair = (me.min(&partner.person.id), me.max(&partner.person.id));
                let times = self.met.get(&pair).map_or(0, BTreeSet::len);
                if times > 0 {
                    let often = if times == 1 { "once".to_owned() } else { format!("{times} times") };
                    reasons.push(format!("stands with {} {often} already in this plan", partner.person.name));
                    score += weights.same_partner;
                }
            }
        }
        score
    }
}

fn share(balance: &Balance) -> String {
    let side = match balance.over() {
        0 => "exactly their fair share".to_owned(),
        over if over > 0 => {
            format!("{} above their fair share of {}", phrase::points(over), phrase::points(balance.share))
        }
        over => format!("{} below their fair share of {}", phrase::points(-over), phrase::points(balance.share)),
    };
    format!("carries {} points, {side}", phrase::points(balance.load))
}

/// Windows of everything a member stands: as worked, around the plan, and in it.
fn duties<'a>(
    planning: &'a Planning,
    standing: &'a Standing<'a>,
    member: &'a Member,
) -> impl Iterator<Item = (Window, Option<&'a crate::ids::TurnId>)> {
    let id = &member.person.id;
    let worked = planning.ledger.iter().filter(move |row| row.person == *id).map(|row| (row.window, None));
    let fixed = member.duties.iter().map(|duty| (duty.window, duty.turn.as_ref()));
    worked.chain(fixed).chain(standing.of(id).iter().map(|slot| (slot.window, slot.turn.as_ref())))
}

/// In how many of the weeks before the slot each member had a duty.
fn weeks_on_call<'a>(planning: &'a Planning, standing: &Standing<'a>, slot: &Slot) -> BTreeMap<&'a PersonId, i64> {
    let mut weeks: BTreeMap<&PersonId, BTreeSet<i64>> = BTreeMap::new();
    let mut stood = |person: &'a PersonId, window: Window| {
        if let Some(week) = weeks_before(window.start, slot.window.start) {
            weeks.entry(person).or_default().insert(week);
        }
    };
    planning.ledger.iter().for_each(|row| stood(&row.person, row.window));
    for member in &planning.members {
        let id = &member.person.id;
        member.duties.iter().for_each(|duty| stood(id, duty.window));
        standing.of(id).iter().for_each(|slot| stood(id, slot.window));
    }
    let counted =
        weeks.into_iter().map(|(person, weeks)| (person, i64::try_from(weeks.len()).unwrap_or(LOOK_BACK_WEEKS)));
    counted.collect()
}

fn weeks_before(start: Instant, slot: Instant) -> Option<i64> {
    let weeks = (slot.millis() - start.millis() - 1).div_euclid(7 * DAY);
    (0..LOOK_BACK_WEEKS).contains(&weeks).then_some(weeks)
}

fn distance(a: Window, b: Window) -> i64 {
    (a.start.max(b.start).millis() - a.end.min(b.end).millis()).max(0)
}

/// Mean points of a turn of the plan, in the pattern's own hours: the unit in which loads are compared.
#[must_use]
pub fn mean_turn(planning: &Planning) -> i64 {
    let Some(any) = planning.members.first() else { return 1 };
    let (mut sum, mut turns) = (0, std::collections::BTreeSet::new());
    for slot in planning.slots.iter().filter(|slot| !slot.optional) {
        sum += planning.points(any, slot);
        turns.insert(slot.turn.as_ref().map_or(slot.id.as_str(), |turn| turn.as_str()));
    }
    let count = i64::try_from(turns.len()).unwrap_or(i64::MAX).max(1);
    (sum / count).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::plan::Worked;
    use crate::roster::sample::{daily, member, planning, says, span, team};

    fn scene() -> Planning {
        planning(["ada", "ben", "cho"].map(member).to_vec(), daily(14, 1, &team().roles[..1]))
    }

    fn worked(person: &str, weeks_ago: i64) -> Worked {
        let day = span("2026-12-01T09:00:00", "2026-12-02T09:00:00");
        let window = Window::new(day.start.plus_days(-7 * weeks_ago), day.end.plus_days(-7 * weeks_ago));
        Worked { person: person.into(), role: "primary".into(), window, points: 2_450 }
    }

    fn level(planning: &Planning, person: &str) -> (Level, Vec<String>) {
        let all = candidates(planning, &Assignment::default(), &"primary-07".into());
        let one = all.into_iter().find(|candidate| candidate.person.as_str() == person).unwrap();
        (one.level, one.reasons)
    }

    #[test]
    fn who_has_carried_most_comes_last_and_is_told_why() {
        let mut planning = scene();
        planning.ledger = (1..=6).map(|week| worked("ada", week)).chain([worked("ben", 3)]).collect();
        let ranked = candidates(&planning, &Assignment::default(), &"primary-07".into());
        let order: Vec<_> = ranked.iter().map(|candidate| candidate.person.as_str()).collect();
        assert_eq!(order, ["cho", "ben", "ada"]);
        assert_eq!(ranked[2].reasons[0], "on call 6 of the last 12 weeks, the team's mean is 2.3");
        assert!(ranked[2].reasons[1].starts_with("carries 147.0 points, "), "{:?}", ranked[2].reasons);
    }

    #[test]
    fn the_level_falls_as_load_or_utilisation_rises() {
        let mut planning = scene();
        let mut before = Level::Recommended;
        for turns in 0..14 {
            planning.ledger = (0..turns).map(|week| worked("ada", 1 + week)).collect();
            let now = level(&planning, "ada").0;
            assert!(now >= before, "{turns} turns");
            before = now;
        }
        assert_eq!(before, Level::Reluctant);
        planning.ledger.clear();
        before = Level::Recommended;
        for percent in [0, 40, 60, 80, 100] {
            planning.members[0].utilisation.insert((2026, 12), percent);
            let now = level(&planning, "ada");
            assert!(now.0 >= before, "{percent} %");
            assert!(now.1.contains(&format!("{percent} % utilised in December")));
            before = now.0;
        }
        assert!(before > Level::Recommended);
    }

    #[test]
    fn wishes_lower_and_raise_and_rules_exclude_with_their_sentence() {
        let mut planning = scene();
        let slot = span("2026-12-08T09:00:00", "2026-12-09T09:00:00");
        planning.members[0].availability = says(Kind::Avoid, &[slot]);
        planning.members[1].availability = says(Kind::Prefer, &[slot]);
        planning.members[2].availability = says(Kind::Unavailable, &[slot]);
        let ranked = candidates(&planning, &Assignment::default(), &"primary-07".into());
        let levels: Vec<_> = ranked.iter().map(|candidate| (candidate.person.as_str(), candidate.level)).collect();
        assert_eq!(levels, [("ben", Level::Recommended), ("ada", Level::Reluctant), ("cho", Level::Excluded)]);
        assert_eq!(ranked[2].reasons, ["excluded: unavailable 8 Dec 09:00-09:00 (Availability)"]);
        assert!(ranked[1].reasons.contains(&"asked to avoid 8 Dec 09:00-09:00 (Availability)".to_owned()));
    }
}
