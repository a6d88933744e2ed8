//! Editions of a roster beside each other: what publishing one would change, and an earlier one as a new draft.

use super::draft::{Sheet, insert_draft, object, open, plan_of, plannable, view};
use super::publish::differences;
use super::{Plan, RosterView};
use crate::ids::{RosterId, SlotId};
use crate::roster::diff::Change;
use crate::roster::phrase;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Service, ServiceError, rights};
use crate::store::ledger::{self, LedgerKind};
use crate::store::rosters::{self, RosterSlot, RosterState};
use crate::store::{Connection, StoreError};
use crate::time::Zone;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What publishing a roster would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The team's zone.
    pub zone: Zone,
    /// Against what is published now, by slot.
    pub changes: BTreeMap<SlotId, Change>,
}

/// What becomes of swaps taken since an edition that is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwapsSince {
    /// Whoever took a shift keeps it.
    Keep,
    /// Everybody holds what they held.
    Undo,
}

impl Service {
    /// What publishing a roster would change against what is published now; for managers. Of a draft it is what
    /// publishing it now would do, with the same [`ServiceError::Conflict`] where shifts were taken over meanwhile; of an
    /// earlier edition, what to restore it would change; of what is published, nothing.
    pub async fn diff_roster(&self, actor: &Actor, id: &RosterId) -> Result<Difference, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let read = move |tx: &mut dyn Connection| {
            let sheet = open(tx, &id)?;
            rights::manage(tx, &who, &sheet.team.id, ctx.now)?;
            let zone = sheet.team.zone;
            if sheet.roster.state == RosterState::Published {
                return Ok(Difference { zone, changes: BTreeMap::new() });
            }
            let mut plan = plan_of(tx, &ctx, &sheet)?;
            Ok(Difference { zone, changes: differences(tx, &ctx, &sheet, &mut plan)? })
        };
        self.store.read(read).await
    }

    /// A new draft in which everybody holds what they held in an earlier edition, pins and reasons as well. Slots that the
    /// edition did not have, and what has started since, stay as published. [`ServiceError::Conflict`] where a draft for
    /// these days exists already, the roster is a draft itself, or it would undo swaps and nobody said what becomes of them:
    /// then the detail's `slots` names each.
    pub async fn restore_roster(
        &self,
        actor: &Actor,
        id: &RosterId,
        swaps: Option<SwapsSince>,
    ) -> Result<RosterView, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let old = open(tx, &id)?;
            let days = (old.roster.from, old.roster.to);
            rights::manage(tx, &who, &old.team.id, ctx.now)?;
            if old.roster.state == RosterState::Draft {
                return Err(ServiceError::conflict(
                    "not-published",
                    "this is a draft; only what was published is restored",
                ));
            }
            let team = plannable(tx, &ctx, &who, &old.team.id, days)?;
            let draft = insert_draft(tx, &ctx, &who, &team, days)?;
            let sheet = open(tx, &draft.id)?;
            let plan = plan_of(tx, &ctx, &sheet)?;
            let taken = swapped_since(tx, &plan, &old)?;
            if swaps.is_none() && !taken.is_empty() {
                return Err(undone(&plan, &old, &taken));
            }
            let kept_swaps = if swaps == Some(SwapsSince::Keep) { taken } else { BTreeSet::new() };
            for slot in &plan.planning.slots {
                let published = plan.planning.published.get(&slot.id).cloned();
                let kept = old.rows.get(&slot.id).filter(|_| !plan.planning.frozen.contains(&slot.id));
                let kept = kept.filter(|_| !kept_swaps.contains(&slot.id));
                let row = RosterSlot {
                    slot: slot.id.clone(),
                    person: kept.map_or(published.clone(), |row| row.person.clone()),
                    base: published,
                    pinned: kept.is_some_and(|row| row.pinned),
                    reason: kept.and_then(|row| row.reason.clone()),
                };
                rosters::put_slot(tx, &draft.id, &row)?;
            }
            let what = json!({ "team": team.id, "roster": id, "version": old.roster.version });
            record(tx, &ctx, &who, Deed::new("roster.restored", object(&draft.id)).after(what))?;
            let sheet = open(tx, &draft.id)?;
            view(tx, &sheet)
        };
        self.store.write(write).await
    }
}

/// Slots that their holder stands by a swap, and that the edition gives to somebody else.
fn swapped_since(tx: &mut dyn Connection, plan: &Plan, old: &Sheet) -> Result<BTreeSet<SlotId>, StoreError> {
    let mut taken = BTreeSet::new();
    for slot in &plan.planning.slots {
        let (Some(row), Some(holder)) = (old.rows.get(&slot.id), plan.planning.published.get(&slot.id)) else {
            continue;
        };
        if row.person.as_ref() == Some(holder) || plan.planning.frozen.contains(&slot.id) {
            continue;
        }
        if ledger::of_shift(tx, &slot.id, 0)?.iter().any(|entry| entry.kind == LedgerKind::Swap) {
            taken.insert(slot.id.clone());
        }
    }
    Ok(taken)
}

fn undone(plan: &Plan, old: &Sheet, taken: &BTreeSet<SlotId>) -> ServiceError {
    let (mut told, mut listed) = (Vec::new(), Vec::new());
    for slot in plan.planning.slots.iter().filter(|slot| taken.contains(&slot.id)) {
        let then = old.rows.get(&slot.id).and_then(|row| row.person.as_ref());
        let now = plan.planning.published.get(&slot.id);
        let name = |person: Option<&_>| person.map_or_else(|| "nobody".to_owned(), |person| plan.planning.name(person));
        let when = phrase::span(slot.window, slot.zone);
        told.push(format!("{} {when} ({} for {})", slot.role, name(now), name(then)));
        listed.push(json!({ "slot": slot.id, "edition": then, "swap": now }));
    }
    ServiceError::Conflict {
        code: "swaps-since",
        message: format!("this would undo swaps taken since: {}; say whether to keep or to undo them", told.join(", ")),
        detail: json!({ "slots": listed }),
    }
}
