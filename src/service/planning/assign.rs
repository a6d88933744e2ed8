//! A manager gives a slot of a draft to somebody, empties it, or pins it.

use super::draft::{Sheet, object, open, open_draft, plan_of, touch, view};
use super::{Assign, Plan, RosterView};
use crate::ids::{PersonId, RosterId, SlotId};
use crate::roster::plan::{Assignment, Planning};
use crate::roster::rules::broken;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Service, ServiceError};
use crate::store::rosters::{self, RosterSlot};
use crate::store::{Connection, people};
use serde_json::json;

impl Service {
    /// Gives a slot of a draft to a person. A broken hard rule needs a written reason, which is audited; without one it
    /// is [`ServiceError::Unprocessable`] with the rules as sentences.
    pub async fn assign(
        &self,
        actor: &Actor,
        id: &RosterId,
        slot: &SlotId,
        wish: Assign,
    ) -> Result<RosterView, ServiceError> {
        let (ctx, who, id, slot) = (self.ctx(), actor.clone(), id.clone(), slot.clone());
        let write = move |tx: &mut dyn Connection| {
            let sheet = open_draft(tx, &ctx, &who, &id, wish.expected)?;
            let mut plan = plan_of(tx, &ctx, &sheet)?;
            let row = plannable(&sheet, &plan, &slot)?;
            plan.planning.pins.remove(&slot);
            let reason = wish.reason.clone().filter(|reason| !reason.trim().is_empty());
            let mut rules = Vec::new();
            if let Some(person) = &wish.person {
                people::find(tx, person)?
                    .ok_or_else(|| ServiceError::invalid("person", format!("nobody is called {person}")))?;
                rules = rules_against(&plan.planning, &plan.assignment, person, &slot);
                if !rules.is_empty() && reason.is_none() {
                    return Err(ServiceError::Unprocessable {
                        message: format!("{person} can't stand this slot; a written reason overrides that"),
                        rules,
                    });
                }
            }
            touch(tx, &id, sheet.roster.counter, wish.expected.is_some())?;
            let pinned = wish.pin && wish.person.is_some();
            let new = RosterSlot {
                slot: slot.clone(),
                person: wish.person.clone(),
                base: plan.planning.published.get(&slot).cloned(),
                pinned,
                reason: reason.clone(),
            };
            rosters::put_slot(tx, &id, &new)?;
            let deed = Deed::new("roster.assigned", object(&id))
                .before(json!({ "slot": slot, "person": row.person, "pinned": row.pinned }))
                .after(json!({ "slot": slot, "person": wish.person, "pinned": pinned, "rules": rules }))
                .reason(reason);
            record(tx, &ctx, &who, deed)?;
            let sheet = open(tx, &id)?;
            view(tx, &sheet)
        };
        self.store.write(write).await
    }
}

/// The row of a slot that may still be given to somebody else.
pub(super) fn plannable<'a>(sheet: &'a Sheet, plan: &Plan, slot: &SlotId) -> Result<&'a RosterSlot, ServiceError> {
    let row = sheet.rows.get(slot).ok_or_else(|| ServiceError::NotFound(format!("slot {slot}")))?;
    if plan.planning.frozen.contains(slot) || plan.planning.slot(slot).is_none() {
        let message = "this shift has started or is split; it can be taken over, but not planned again";
        return Err(ServiceError::conflict("slot-started", message));
    }
    Ok(row)
}

fn rules_against(planning: &Planning, assignment: &Assignment, person: &PersonId, slot: &SlotId) -> Vec<String> {
    let Some(slot) = planning.slot(slot) else { return Vec::new() };
    let rules = broken(planning, assignment, person, &[slot]);
    rules.iter().map(|rule| rule.sentence(slot.zone)).collect()
}
