//! What stands in calendars against what would be written into them now.

use super::board::{Board, horizon};
use super::wanted::{self, Boards, Placed};
use super::{find, write};
use crate::ids::CollectionId;
use crate::service::{Ctx, ServiceError};
use crate::store::collections::{CollectionKind, Owner};
use crate::store::{Connection, objects, people};
use std::collections::{BTreeMap, BTreeSet};

/// A calendar that Dogwatch writes, with what should stand in it.
type Kept = (CollectionId, BTreeMap<String, Placed>);

/// Objects of a person's `shifts`, or of a team's roster calendar, that don't say what they should, each as a sentence.
pub(in crate::service) fn differences(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    owner: &Owner,
) -> Result<Vec<String>, ServiceError> {
    let Some(kept) = kept(tx, ctx, owner)? else { return Ok(Vec::new()) };
    let whose = match owner {
        Owner::Person(person) => format!("shifts of {person}"),
        Owner::Team(team) => format!("roster of {team}"),
    };
    let found = found(tx, ctx, &kept)?;
    Ok(found.into_iter().map(|(name, what)| format!("{whose}: {name} {what}")).collect())
}

/// Writes what doesn't say what it should anew; how many objects that were.
pub(in crate::service) fn mend(tx: &mut dyn Connection, ctx: &Ctx, owner: &Owner) -> Result<usize, ServiceError> {
    let Some(kept) = kept(tx, ctx, owner)? else { return Ok(0) };
    let names: BTreeSet<String> = found(tx, ctx, &kept)?.into_keys().collect();
    if !names.is_empty() {
        write::settle(tx, ctx, &kept.0, &kept.1, &names)?;
    }
    Ok(names.len())
}

fn kept(tx: &mut dyn Connection, ctx: &Ctx, owner: &Owner) -> Result<Option<Kept>, ServiceError> {
    match owner {
        Owner::Person(person) => {
            let Some(calendar) = find(tx, owner, CollectionKind::Shifts)? else { return Ok(None) };
            let Some(found) = people::find(tx, person)? else { return Ok(None) };
            Ok(Some((calendar, wanted::of_person(tx, ctx, &mut Boards::default(), &found)?)))
        }
        Owner::Team(team) => {
            let Some(calendar) = find(tx, owner, CollectionKind::Roster)? else { return Ok(None) };
            Ok(Some((calendar, wanted::of_team(&Board::load(tx, ctx, team)?, ctx))))
        }
    }
}

/// What is wrong, by object name.
fn found(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (calendar, wanted): &Kept,
) -> Result<BTreeMap<String, &'static str>, ServiceError> {
    let mut wrong: BTreeMap<String, &str> = wanted.keys().map(|name| (name.clone(), "is missing")).collect();
    for head in objects::heads_within(tx, calendar, horizon(ctx.now))? {
        let Some(placed) = wanted.get(&head.name) else {
            wrong.insert(head.name, "should not be there any more");
            continue;
        };
        let stored = objects::by_name(tx, calendar, &head.name)?;
        if stored.is_some_and(|stored| write::is_as_wanted(ctx, placed, &stored)) {
            wrong.remove(&head.name);
        } else {
            wrong.insert(head.name, "does not say what it should");
        }
    }
    Ok(wrong)
}
