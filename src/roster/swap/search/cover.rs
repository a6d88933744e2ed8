//! Who could take all that is asked, as the recommendation ranks them.

use super::{Asked, Found, Sight, handed};
use crate::ids::PersonId;
use crate::roster::plan::{Assignment, Planning};
use crate::roster::recommend::{Level, candidates};
use std::collections::BTreeMap;

/// Everybody who could cover what is asked alone, best first. Of several slots the least welcome counts.
#[must_use]
pub fn covers(planning: &Planning, assignment: &Assignment, asked: &Asked) -> Found {
    let Some(sight) = Sight::new(planning, assignment, asked) else { return Found::default() };
    let mut cut = planning.clone();
    for slot in &mut cut.slots {
        if let Some(part) = sight.asked.iter().find(|part| part.id == slot.id) {
            slot.window = part.window;
        }
    }
    let mut standing: BTreeMap<PersonId, (Level, i64, Vec<String>)> = BTreeMap::new();
    for slot in &sight.asked {
        for candidate in candidates(&cut, assignment, &slot.id) {
            let first = (Level::Recommended, 0, candidate.reasons);
            let (level, score, _) = standing.entry(candidate.person).or_insert(first);
            *level = candidate.level.max(*level);
            *score = score.saturating_add(candidate.score);
        }
    }
    let mut ranked: Vec<_> = standing.into_iter().collect();
    ranked.retain(|(person, (level, ..))| *person != sight.holder && *level != Level::Excluded);
    ranked.sort_by(|(a, (level, score, _)), (b, (other, than, _))| (level, score, a).cmp(&(other, than, b)));
    let mut ways = Vec::new();
    for (person, (level, _, reasons)) in ranked {
        let moves = handed(&sight.asked, &sight.holder, &person);
        if sight.holds(&moves) {
            ways.push(super::Way { advice: Some((level, reasons)), ..sight.way(moves) });
        }
    }
    Found { ways, more: false }
}
