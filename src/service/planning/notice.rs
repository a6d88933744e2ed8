//! Who is told of a publication: exactly those whose shift or partner changed, each with their own changes.

use super::draft::Sheet;
use crate::ids::{PersonId, SlotId};
use crate::roster::diff::{Change, Entry};
use crate::service::{Ctx, ServiceError, outbox};
use crate::store::{Connection, people, shifts};
use crate::time::Window;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

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

/// Who stands beside whom: by person and slot, the others with their roles.
pub(super) type Company = BTreeMap<(PersonId, SlotId), BTreeSet<(String, PersonId)>>;

/// The company of everybody whose shifts touch the changes, as it stands in the transaction.
pub(super) fn company(
    tx: &mut dyn Connection,
    sheet: &Sheet,
    changes: &BTreeMap<SlotId, Change>,
) -> Result<Company, ServiceError> {
    let windows = || changes.values().flat_map(Change::windows);
    let hull = windows().map(|window| window.start).min().zip(windows().map(|window| window.end).max());
    let Some((start, end)) = hull else { return Ok(Company::new()) };
    let near = shifts::of_team(tx, &sheet.team.id, Window::new(start, end))?;
    let (start, end) = near
        .iter()
        .fold((start, end), |(start, end), shift| (start.min(shift.window.start), end.max(shift.window.end)));
    let around = shifts::of_team(tx, &sheet.team.id, Window::new(start, end))?;
    let mut company = Company::new();
    for shift in &near {
        let Some(person) = &shift.person else { continue };
        let beside = around.iter().filter(|other| other.slot != shift.slot && other.window.overlaps(shift.window));
        let others = beside.filter_map(|other| Some((other.role.clone(), other.person.clone()?)));
        company
            .entry((person.clone(), shift.slot.clone()))
            .or_default()
            .extend(others.filter(|(_, who)| who != person));
    }
    Ok(company)
}

/// One message a person, with all that changed for them.
pub(super) fn tell(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    sheet: &Sheet,
    changes: &BTreeMap<SlotId, Change>,
    (before, version): (&Company, i64),
) -> Result<(), ServiceError> {
    let mut told: BTreeMap<PersonId, Vec<Value>> = BTreeMap::new();
    for (slot, change) in changes {
        for (entry, news) in news(change) {
            let Some(person) = &entry.person else { continue };
            told.entry(person.clone()).or_default().push(piece(slot, news, (&entry.role, entry.window)));
        }
    }
    for (place, others) in company(tx, sheet, changes)? {
        let other_company = before.get(&place).is_some_and(|known| *known != others);
        let (person, slot) = place;
        if other_company && !changes.contains_key(&slot) {
            let stands = shifts::of_slot(tx, &slot)?.into_iter().find(|shift| shift.person.as_ref() == Some(&person));
            let Some(shift) = stands else { continue };
            told.entry(person).or_default().push(piece(&slot, "partner", (&shift.role, shift.window)));
        }
    }
    for (person, news) in told {
        let Some(person) = people::find(tx, &person)?.filter(|person| !person.disabled) else { continue };
        let payload = json!({
            "team": sheet.team.id, "roster": sheet.roster.id, "version": version, "person": person.id, "changes": news,
        });
        outbox::send(tx, ctx, ("mail.roster", &person.email), &payload, sheet.roster.id.as_str())?;
    }
    Ok(())
}

/// One change as the message lists it.
fn piece(slot: &SlotId, news: &str, (role, window): (&str, Window)) -> Value {
    json!({
        "slot": slot, "news": news, "role": role,
        "start": window.start.to_string(), "end": window.end.to_string(),
    })
}

/// What a change is to those who held or hold the slot.
fn news(change: &Change) -> Vec<(&Entry, &'static str)> {
    match change {
        Change::Added(to) => vec![(to, "yours")],
        Change::Removed(from) => vec![(from, "no longer yours")],
        Change::Moved { from, to } if from.person == to.person => vec![(to, "other times")],
        Change::Moved { from, to } => vec![(from, "no longer yours"), (to, "yours")],
        Change::Details { to, .. } => vec![(to, "details")],
    }
}
