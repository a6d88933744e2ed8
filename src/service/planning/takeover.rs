//! What became of shifts while a draft was open: whoever has taken one meanwhile keeps it where the draft left the slot
//! alone; where it did not, both are told to the manager.

use super::draft::Sheet;
use crate::ids::{PersonId, SlotId};
use crate::roster::model::Shift;
use crate::service::{Ctx, ServiceError};
use serde_json::json;
use std::collections::BTreeMap;

/// Slots whose holder comes from what happened meanwhile rather than from the draft.
pub(super) fn takeovers(
    ctx: &Ctx,
    sheet: &Sheet,
    published: &BTreeMap<SlotId, Vec<Shift>>,
) -> Result<BTreeMap<SlotId, Option<PersonId>>, ServiceError> {
    let (mut kept, mut clashes) = (BTreeMap::new(), Vec::new());
    for (slot, row) in &sheet.rows {
        let shifts = published.get(slot).map(Vec::as_slice).unwrap_or_default();
        let begun = shifts.iter().any(|shift| shift.window.start <= ctx.now);
        let Some(shift) = shifts.first().filter(|_| !begun) else { continue };
        let left_alone = row.person == row.base;
        let as_found = shifts.len() == 1 && (shift.person == row.base || shift.person == row.person);
        if as_found || (left_alone && shifts.len() > 1) {
            continue;
        }
        if left_alone {
            kept.insert(slot.clone(), shift.person.clone());
        } else if let Some(now) = &shift.person {
            clashes.push(json!({ "slot": slot, "draft": row.person, "swap": now }));
        }
    }
    if clashes.is_empty() {
        return Ok(kept);
    }
    Err(ServiceError::Conflict {
        code: "swapped-meanwhile",
        message: "shifts that this draft gives to somebody else were taken over meanwhile; solve it again to keep who \
                  took them, or assign them again to overrule that"
            .to_owned(),
        detail: json!({ "slots": clashes }),
    })
}
