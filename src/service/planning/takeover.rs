//! Swaps that were taken while a draft was open: kept where the draft left the slot alone, a conflict where it did not.

use super::draft::{Sheet, object};
use crate::ids::{PersonId, SlotId};
use crate::roster::model::Shift;
use crate::roster::swap::{Swap, SwapState};
use crate::service::ServiceError;
use crate::store::audit::{self, Recorded};
use crate::store::{Connection, swaps};
use crate::time::Instant;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Slots whose holder comes from a swap rather than from the draft.
pub(super) fn takeovers(
    tx: &mut dyn Connection,
    sheet: &Sheet,
    published: &BTreeMap<SlotId, Vec<Shift>>,
) -> Result<BTreeMap<SlotId, Option<PersonId>>, ServiceError> {
    let mut taken: BTreeMap<SlotId, Vec<Swap>> = BTreeMap::new();
    for swap in swaps::of_team(tx, &sheet.team.id, Some(SwapState::Taken))? {
        let since = swap.closed.is_some_and(|closed| closed >= sheet.roster.created);
        if since && sheet.rows.contains_key(&swap.slot) {
            taken.entry(swap.slot.clone()).or_default().push(swap);
        }
    }
    let trail = if taken.is_empty() { Vec::new() } else { audit::of_object(tx, &object(&sheet.roster.id))? };
    let (mut kept, mut clashes) = (BTreeMap::new(), Vec::new());
    for (slot, swaps) in taken {
        let now = published.get(&slot).and_then(|shifts| shifts.first()).and_then(|shift| shift.person.clone());
        let draft = sheet.rows.get(&slot).and_then(|row| row.person.clone());
        let last = swaps.iter().filter_map(|swap| swap.closed).max().unwrap_or(Instant::FAR_FUTURE);
        if draft == now || decided_since(&trail, &slot, last) {
            continue;
        }
        if swaps.iter().any(|swap| Some(&swap.requester) == draft.as_ref()) {
            kept.insert(slot, now);
        } else {
            clashes.push(json!({ "slot": slot, "draft": draft, "swap": now }));
        }
    }
    if clashes.is_empty() {
        return Ok(kept);
    }
    Err(ServiceError::Conflict {
        code: "swapped-meanwhile",
        message: "shifts that this draft gives to somebody else were taken over meanwhile".to_owned(),
        detail: json!({ "slots": clashes }),
    })
}

/// Whether a manager has assigned the slot, or had the draft solved, knowing of the swap.
fn decided_since(trail: &[Recorded], slot: &SlotId, swapped: Instant) -> bool {
    trail.iter().filter(|row| row.event.at > swapped).any(|row| match row.event.action.as_str() {
        "roster.solved" => true,
        "roster.assigned" => {
            let after = row.event.after.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
            after.is_some_and(|after| after.get("slot").and_then(Value::as_str) == Some(slot.as_str()))
        }
        _ => false,
    })
}
