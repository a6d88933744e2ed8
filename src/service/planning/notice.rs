//! Who is told of a publication: exactly those whose shift or partner changed, each with their own changes.

use super::draft::Sheet;
use crate::ids::{PersonId, SlotId};
use crate::roster::diff::{Change, Entry};
use crate::roster::rules::same_watch;
use crate::service::{Ctx, ServiceError, outbox};
use crate::store::{Connection, people, shifts};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The changes as the audit trail lists them.
pub(super) fn listed(changes: &BTreeMap<SlotId, Change>) -> Vec<Value> {
    let one = |entry: &Entry| json!({ "start": entry.window.start.to_string(), "person": entry.person });
    changes
        .iter()
        .map(|(slot, change)| match change {
            Change::Added(to) => json!({ "slot": slot, "change": "added", "after": one(to) }),
            Change::Removed(from) => json!({ "slot": slot, "change": "removed", "before": one(from) }),
            Change::Moved { from, to } => {
                json!({ "slot": slot, "change": "moved", "before": one(from), "after": one(to) })
            }
            Change::Details { to, .. } => json!({ "slot": slot, "change": "details", "after": one(to) }),
        })
        .collect()
}

/// One message a person, with all that changed for them.
pub(super) fn tell(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    sheet: &Sheet,
    changes: &BTreeMap<SlotId, Change>,
    version: i64,
) -> Result<(), ServiceError> {
    let mut told: BTreeMap<PersonId, Vec<Value>> = BTreeMap::new();
    for (slot, change) in changes {
        for (person, news) in news(change) {
            told.entry(person.clone()).or_default().push(json!({ "slot": slot, "news": news }));
        }
        for (partner, own) in partners(tx, sheet, slot)? {
            if !change.people().any(|person| *person == partner) {
                told.entry(partner).or_default().push(json!({ "slot": own, "news": "partner" }));
            }
        }
    }
    for (person, mut news) in told {
        let Some(person) = people::find(tx, &person)?.filter(|person| !person.disabled) else { continue };
        news.dedup();
        let payload = json!({
            "team": sheet.team.id, "roster": sheet.roster.id, "version": version, "person": person.id, "changes": news,
        });
        outbox::send(tx, ctx, ("mail.roster", &person.email), &payload, sheet.roster.id.as_str())?;
    }
    Ok(())
}

/// What a change is to those who held or hold the slot.
fn news(change: &Change) -> Vec<(&PersonId, &'static str)> {
    match change {
        Change::Added(to) => to.person.iter().map(|person| (person, "yours")).collect(),
        Change::Removed(from) => from.person.iter().map(|person| (person, "no longer yours")).collect(),
        Change::Moved { from, to } if from.person == to.person => {
            to.person.iter().map(|person| (person, "other times")).collect()
        }
        Change::Moved { from, to } => {
            let lost = from.person.iter().map(|person| (person, "no longer yours"));
            lost.chain(to.person.iter().map(|person| (person, "yours"))).collect()
        }
        Change::Details { to, .. } => to.person.iter().map(|person| (person, "details")).collect(),
    }
}

/// Who stands together with a slot now, with the slot they stand.
fn partners(tx: &mut dyn Connection, sheet: &Sheet, slot: &SlotId) -> Result<Vec<(PersonId, SlotId)>, ServiceError> {
    let Some(slot) = sheet.slots.iter().find(|known| known.id == *slot) else { return Ok(Vec::new()) };
    let mut partners = Vec::new();
    for other in sheet.slots.iter().filter(|other| same_watch(slot, other) && other.id != slot.id) {
        let shifts = shifts::of_slot(tx, &other.id)?;
        partners.extend(shifts.into_iter().filter_map(|shift| shift.person).map(|person| (person, other.id.clone())));
    }
    Ok(partners)
}
