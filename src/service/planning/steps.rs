//! What a manager does to a draft, slot by slot or turn by turn: first only weighed, then done, by the same reading.

use super::assign::plannable;
use super::draft::{Sheet, object, open, open_draft, plan_of, touch, view};
use super::{Plan, RosterView, Step};
use crate::ids::{PersonId, RosterId, SlotId};
use crate::roster::check::unexcused;
use crate::roster::explain::{Told, foretell};
use crate::roster::what_if::Change;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Service, ServiceError};
use crate::store::rosters::{self, RosterSlot};
use crate::store::{Connection, people};
use serde_json::json;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What steps would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// The rules, the cost, and the loads of those concerned.
    pub told: Told,
    /// Slot by slot who would hold it.
    pub changes: Vec<Change>,
    /// What the solver would have to keep from then on.
    pub pinned: Vec<SlotId>,
    /// The roster as it is.
    pub roster: RosterView,
    /// What the people of its team are called.
    pub names: BTreeMap<PersonId, String>,
}

/// Steps, slot by slot.
struct Read {
    changes: Vec<Change>,
    pinned: BTreeSet<SlotId>,
}

impl Service {
    /// What steps would do to a roster, taken together; for managers. Pins of the slots that they name stand against
    /// nobody: they are the manager's to change. Rules that would be broken are part of the answer.
    pub async fn weigh_steps(&self, actor: &Actor, id: &RosterId, steps: &[Step]) -> Result<Weighed, ServiceError> {
        let (ctx, who, id, steps) = (self.ctx(), actor.clone(), id.clone(), steps.to_vec());
        let kept = self.kept.clone();
        let read = move |tx: &mut dyn Connection| {
            let opened = kept.managed((tx, &ctx), &who, &id)?;
            let Read { changes, pinned } = slot_by_slot(tx, &opened.sheet, &opened.plan, &steps)?;
            let mut plan = Cow::Borrowed(&opened.plan);
            if changes.iter().any(|change| plan.planning.pins.contains_key(&change.slot)) {
                free(plan.to_mut(), &changes);
            }
            let told = foretell(&plan.planning, &plan.assignment, &changes);
            let names = plan.planning.members.iter().map(|one| (one.person.id.clone(), one.person.name.clone()));
            let (names, roster) = (names.collect(), opened.shown.clone());
            Ok(Weighed { told, changes, pinned: pinned.into_iter().collect(), roster, names })
        };
        self.store.read(read).await
    }

    /// Takes steps on a draft, all or none. Rules that they come to break need a written reason, which is audited; without
    /// one it is [`ServiceError::Unprocessable`] with the rules as sentences.
    pub async fn take_steps(
        &self,
        actor: &Actor,
        id: &RosterId,
        (steps, reason): (&[Step], Option<String>),
        expected: Option<i64>,
    ) -> Result<RosterView, ServiceError> {
        let (ctx, who, id, steps) = (self.ctx(), actor.clone(), id.clone(), steps.to_vec());
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        let write = move |tx: &mut dyn Connection| {
            let sheet = open_draft(tx, &ctx, &who, &id, expected)?;
            let mut plan = plan_of(tx, &ctx, &sheet)?;
            let Read { changes, pinned } = slot_by_slot(tx, &sheet, &plan, &steps)?;
            free(&mut plan, &changes);
            let rules = broken(&plan, &changes);
            if !rules.is_empty() && reason.is_none() {
                let message = "this breaks hard rules; a written reason overrides that".to_owned();
                return Err(ServiceError::Unprocessable { message, rules });
            }
            touch(tx, &id, sheet.roster.counter, expected.is_some())?;
            for change in &changes {
                let new = RosterSlot {
                    slot: change.slot.clone(),
                    person: change.person.clone(),
                    base: plan.planning.published.get(&change.slot).cloned(),
                    pinned: pinned.contains(&change.slot),
                    reason: reason.clone().filter(|_| change.person.is_some()),
                };
                rosters::put_slot(tx, &id, &new)?;
            }
            let listed = |of: &dyn Fn(&Change) -> Option<PersonId>| -> Vec<_> {
                changes.iter().map(|change| json!({ "slot": change.slot, "person": of(change) })).collect()
            };
            let before = listed(&|change| sheet.rows.get(&change.slot).and_then(|row| row.person.clone()));
            let after = listed(&|change| change.person.clone());
            let deed = Deed::new("roster.assigned", object(&id))
                .before(json!({ "slots": before }))
                .after(json!({ "slots": after, "pinned": pinned, "rules": rules }))
                .reason(reason.clone());
            record(tx, &ctx, &who, deed)?;
            let sheet = open(tx, &id)?;
            view(tx, &sheet)
        };
        self.store.write(write).await
    }
}

/// Steps as changes of single slots; each slot at most once.
fn slot_by_slot(tx: &mut dyn Connection, sheet: &Sheet, plan: &Plan, steps: &[Step]) -> Result<Read, ServiceError> {
    let (mut changes, mut pinned, mut named) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    let mut put = |slot: SlotId, person: Option<PersonId>| {
        if !named.insert(slot.clone()) {
            return Err(ServiceError::invalid("changes", format!("slot {slot} is named twice")));
        }
        changes.push(Change { slot, person });
        Ok(())
    };
    for step in steps {
        match step {
            Step::Give { slot, person, whole_turn, pin } => {
                if let Some(person) = person
                    && people::find(tx, person)?.is_none()
                {
                    return Err(ServiceError::invalid("person", format!("nobody is called {person}")));
                }
                for slot in with_turn(sheet, plan, slot, *whole_turn)? {
                    if *pin && person.is_some() {
                        pinned.insert(slot.clone());
                    }
                    put(slot, person.clone())?;
                }
            }
            Step::Exchange { one, other, whole_turn } => {
                let (mine, theirs) = (held(sheet, plan, one, *whole_turn)?, held(sheet, plan, other, *whole_turn)?);
                if mine.0 == theirs.0 {
                    return Err(ServiceError::invalid("changes", format!("{} holds both of them", mine.0)));
                }
                for slot in mine.1 {
                    put(slot, Some(theirs.0.clone()))?;
                }
                for slot in theirs.1 {
                    put(slot, Some(mine.0.clone()))?;
                }
            }
        }
    }
    Ok(Read { changes, pinned })
}

/// The slot, with what may still be planned of its turn where the whole of it is meant.
fn with_turn(sheet: &Sheet, plan: &Plan, slot: &SlotId, whole_turn: bool) -> Result<Vec<SlotId>, ServiceError> {
    plannable(sheet, plan, slot)?;
    let found = plan.planning.slot(slot).filter(|_| whole_turn);
    let Some(found) = found else { return Ok(vec![slot.clone()]) };
    let turn = plan.planning.turn_of(found).into_iter().map(|slot| slot.id.clone());
    Ok(turn.filter(|slot| plannable(sheet, plan, slot).is_ok()).collect())
}

/// Who holds a slot, and what they give of it.
fn held(sheet: &Sheet, plan: &Plan, slot: &SlotId, whole_turn: bool) -> Result<(PersonId, Vec<SlotId>), ServiceError> {
    let all = with_turn(sheet, plan, slot, whole_turn)?;
    let Some(holder) = plan.assignment.holder(slot) else {
        return Err(ServiceError::invalid(
            "changes",
            format!("nobody holds slot {slot}; there is nothing to exchange"),
        ));
    };
    let theirs = all.into_iter().filter(|slot| plan.assignment.holder(slot) == Some(holder));
    Ok((holder.clone(), theirs.collect()))
}

/// A manager's own pins stand against nobody where they change them.
fn free(plan: &mut Plan, changes: &[Change]) {
    for change in changes {
        plan.planning.pins.remove(&change.slot);
    }
}

/// The rules that the new holders would break in what they are given, once all of it is done.
fn broken(plan: &Plan, changes: &[Change]) -> Vec<String> {
    let mut then = plan.assignment.clone();
    for change in changes {
        then.set(&change.slot, change.person.as_ref());
    }
    let asked = changes.iter().map(|change| change.slot.clone()).collect();
    unexcused(&plan.planning, &then, &asked, &BTreeSet::new()).into_iter().map(|finding| finding.text).collect()
}
