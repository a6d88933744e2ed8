//! Counter rows by which decisions that span several rows of a person or team exclude each other: whoever comes second
//! waits, or runs again, and then sees what the first did.

use super::{Connection, StoreError};
use crate::ids::{PersonId, TeamId};
use std::collections::BTreeSet;

/// Bumps the counters of these people, then of these teams, each in the order of ids so that no two wait for each
/// other. Call it before reading what the decision rests on.
pub fn bump_people_and_teams(tx: &mut dyn Connection, people: &[PersonId], teams: &[TeamId]) -> Result<(), StoreError> {
    for person in people.iter().collect::<BTreeSet<_>>() {
        tx.execute("UPDATE person SET counter = counter + 1 WHERE id = $1", &[person.into()])?;
    }
    for team in teams.iter().collect::<BTreeSet<_>>() {
        tx.execute("UPDATE team SET counter = counter + 1 WHERE id = $1", &[team.into()])?;
    }
    Ok(())
}
