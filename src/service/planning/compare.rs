//! Editions of a roster beside each other: what publishing one would change, and an earlier one as a new draft.

use super::RosterView;
use super::draft::{insert_draft, object, open, plan_of, plannable, view};
use super::publish::differences;
use crate::ids::{RosterId, SlotId};
use crate::roster::diff::Change;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Service, ServiceError, rights};
use crate::store::Connection;
use crate::store::rosters::{self, RosterSlot, RosterState};
use crate::time::Zone;
use serde_json::json;
use std::collections::BTreeMap;

/// What publishing a roster would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The team's zone.
    pub zone: Zone,
    /// Against what is published now, by slot.
    pub changes: BTreeMap<SlotId, Change>,
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
    /// these days exists already, or the roster is a draft itself.
    pub async fn restore_roster(&self, actor: &Actor, id: &RosterId) -> Result<RosterView, ServiceError> {
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
            for slot in &plan.planning.slots {
                let published = plan.planning.published.get(&slot.id).cloned();
                let kept = old.rows.get(&slot.id).filter(|_| !plan.planning.frozen.contains(&slot.id));
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
