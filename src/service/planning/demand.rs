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
        let known = match before.get(&slot.id) {
            Some(old) => Some(old.clone()),
            // an occurrence that was moved here from outside the window is known by its name
            None => slots::by_name(tx, &slot)?,
        };
        if let Some(known) = known {
            slot.id = known.id.clone();
            if let Some(begun) = as_begun(tx, ctx, &known)? {
                slot = begun;
            }
        }
        slots::put(tx, &slot)?;
        if window.contains(slot.window.start) {
            kept.push(slot);
        }
    }
    for id in settled.gone {
        let Some(old) = before.get(&id) else { continue };
        match as_begun(tx, ctx, old)? {
            Some(begun) => kept.push(begun),
            None => slots::mark_gone(tx, &id, ctx.now)?,
        }
    }
    kept.sort_by(|a, b| (a.window, &a.role, a.ordinal, &a.id).cmp(&(b.window, &b.role, b.ordinal, &b.id)));
    Ok(kept)
}

/// The slot as it is stood, if it is published and has begun: whatever a draft would have made of it meanwhile.
fn as_begun(tx: &mut dyn Connection, ctx: &Ctx, slot: &Slot) -> Result<Option<Slot>, ServiceError> {
    let shifts = shifts::of_slot(tx, &slot.id)?;
    if shifts.iter().all(|shift| shift.window.start > ctx.now) {
        return Ok(None);
    }
    let (start, end) = (shifts.iter().map(|s| s.window.start).min(), shifts.iter().map(|s| s.window.end).max());
    Ok(start.zip(end).map(|(start, end)| Slot { window: Window::new(start, end), ..slot.clone() }))
}

/// What the patterns ask for in a window, as they stand now.
pub(in crate::service) fn demands(
    tx: &mut dyn Connection,
    team: &Team,
    window: Window,
) -> Result<Vec<Demand>, ServiceError> {
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
