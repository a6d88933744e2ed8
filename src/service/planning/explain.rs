//! What a change to a roster would do, and why the roster is as it is: read from one snapshot, nothing is stored.

use super::assign::plannable;
use super::draft::{Sheet, open, plan_of, view};
use super::{Plan, RosterHead, SlotView, Step};
use crate::ids::{RosterId, SlotId};
use crate::roster::check::{Finding, FindingKind, check, explain_gap};
use crate::roster::explain::{Alternative, Comparison, Told, against_published, alternatives};
use crate::roster::what_if::Change;
use crate::service::{Actor, Ctx, Service, ServiceError, rights};
use crate::store::Connection;
use crate::time::Zone;

/// One slot, with everybody who could stand it and who couldn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotExplained {
    /// The slot.
    pub slot: SlotView,
    /// The team's zone.
    pub zone: Zone,
    /// Where a required slot is empty: why, with counts.
    pub gap: Option<String>,
    /// Everybody, best first.
    pub alternatives: Vec<Alternative>,
}

/// A whole roster against what is published for its slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterExplained {
    /// Which.
    pub head: RosterHead,
    /// Its gaps, each with what makes it one.
    pub gaps: Vec<Finding>,
    /// The spread before and after, and who gains and loses.
    pub comparison: Comparison,
}

impl Service {
    /// What some changes to a roster would do, made together; for managers. As [`Service::weigh_steps`], slot by slot.
    pub async fn what_if(&self, actor: &Actor, id: &RosterId, changes: &[Change]) -> Result<Told, ServiceError> {
        let give = |change: &Change| Step::Give {
            slot: change.slot.clone(),
            person: change.person.clone(),
            whole_turn: false,
            pin: false,
        };
        let steps: Vec<Step> = changes.iter().map(give).collect();
        Ok(self.weigh_steps(actor, id, &steps).await?.told)
    }

    /// Everybody for one slot, with what choosing them would cost and every rule that excludes them; for managers.
    pub async fn explain_slot(
        &self,
        actor: &Actor,
        id: &RosterId,
        slot: &SlotId,
    ) -> Result<SlotExplained, ServiceError> {
        let (ctx, who, id, slot) = (self.ctx(), actor.clone(), id.clone(), slot.clone());
        let read = move |tx: &mut dyn Connection| {
            let (sheet, mut plan) = managed(tx, &ctx, &who, &id)?;
            let shown = view(tx, &sheet)?;
            plannable(&sheet, &plan, &slot)?;
            let seen = shown.slots.into_iter().find(|one| one.id == slot);
            let seen = seen.ok_or_else(|| ServiceError::NotFound(format!("slot {slot}")))?;
            plan.planning.pins.remove(&slot);
            let Plan { planning, assignment } = &plan;
            let empty = |id: &SlotId| assignment.holder(id).is_none();
            let gap = planning.slot(&slot).filter(|slot| !slot.optional && empty(&slot.id));
            let gap = gap.map(|slot| explain_gap(planning, assignment, slot));
            let alternatives = alternatives(planning, assignment, &slot);
            Ok(SlotExplained { slot: seen, zone: shown.zone, gap, alternatives })
        };
        self.store.read(read).await
    }

    /// A roster's gaps with their reasons, and its spread of load against what is published; for managers.
    pub async fn explain_roster(&self, actor: &Actor, id: &RosterId) -> Result<RosterExplained, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let read = move |tx: &mut dyn Connection| {
            let (sheet, Plan { planning, assignment }) = managed(tx, &ctx, &who, &id)?;
            let mut gaps = check(&planning, &assignment);
            gaps.retain(|finding| finding.kind == FindingKind::Gap);
            let comparison = against_published(&planning, &assignment);
            Ok(RosterExplained { head: RosterHead::from(&sheet.roster), gaps, comparison })
        };
        self.store.read(read).await
    }
}

/// A roster that the actor manages, with its planning.
pub(super) fn managed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    id: &RosterId,
) -> Result<(Sheet, Plan), ServiceError> {
    let sheet = open(tx, id)?;
    rights::manage(tx, actor, &sheet.team.id, ctx.now)?;
    let plan = plan_of(tx, ctx, &sheet)?;
    Ok((sheet, plan))
}
