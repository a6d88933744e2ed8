//! The team's patterns as stored slots: expanded, matched to what is stored, written where they differ.

use super::people::MOST_OBJECTS;
use crate::ical::recur::Budget;
use crate::ical::tree::Tree;
use crate::ids::SlotId;
use crate::roster::model::{Slot, Team};
use crate::roster::pattern::{self, Demand};
use crate::service::{Ctx, ServiceError};
use crate::store::collections::CollectionKind;
use crate::store::{Connection, collections, objects, shifts, slots};
use crate::time::Window;
use std::collections::BTreeMap;

/// The slots that start in a window, brought up to date with the team's patterns. What has started and is published
/// stays as it is, whatever became of its pattern.
pub(super) fn settle(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    window: Window,
) -> Result<Vec<Slot>, ServiceError> {
    let demands = demands(tx, team, window)?;
    let mut stored = slots::touching(tx, &team.id, window)?;
    stored.retain(|slot| window.contains(slot.window.start));
    let before: BTreeMap<SlotId, Slot> = stored.iter().map(|slot| (slot.id.clone(), slot.clone())).collect();
    let settled = pattern::settle(&team.id, &stored, demands, || SlotId::new(ctx.fresh()));
    let mut kept = Vec::new();
    for mut slot in settled.slots {
        match before.get(&slot.id) {
            Some(old) if has_begun(tx, ctx, old)? => slot = old.clone(),
            // an occurrence that was moved here from outside the window is known by its name
            None => slot.id = slots::by_name(tx, &slot)?.map_or(slot.id, |known| known.id),
            Some(_) => {}
        }
        slots::put(tx, &slot)?;
        kept.push(slot);
    }
    for id in settled.gone {
        match before.get(&id) {
            Some(old) if has_begun(tx, ctx, old)? => kept.push(old.clone()),
            _ => slots::mark_gone(tx, &id, ctx.now)?,
        }
    }
    kept.sort_by(|a, b| (a.window, &a.role, a.ordinal, &a.id).cmp(&(b.window, &b.role, b.ordinal, &b.id)));
    Ok(kept)
}

fn has_begun(tx: &mut dyn Connection, ctx: &Ctx, slot: &Slot) -> Result<bool, ServiceError> {
    Ok(slot.window.start <= ctx.now && !shifts::of_slot(tx, &slot.id)?.is_empty())
}

fn demands(tx: &mut dyn Connection, team: &Team, window: Window) -> Result<Vec<Demand>, ServiceError> {
    let mut demands = Vec::new();
    for calendar in collections::of_team(tx, &team.id)? {
        if calendar.kind != CollectionKind::Pattern {
            continue;
        }
        for object in objects::page(tx, &calendar.id, None, MOST_OBJECTS, Some(window))? {
            let Ok(tree) = Tree::parse(&object.body) else { continue };
            let found = pattern::demand(&tree, team, window, &mut Budget::default());
            demands.extend(found.map_err(|_| {
                ServiceError::TooMany(format!(
                    "the pattern {} has too many occurrences in this period",
                    object.head.uid
                ))
            })?);
        }
    }
    Ok(demands)
}
