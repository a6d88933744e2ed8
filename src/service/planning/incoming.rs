//! Shifts that come from elsewhere, each with its person: published in one transaction as an edition of their own, beside
//! what stands already.

use super::draft::{MOST_DAYS, insert_empty, object, open, refuse_second_draft};
use super::publish::{Publication, publish};
use crate::ids::{PersonId, SlotId};
use crate::roster::model::{Slot, Team};
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::rosters::{self, Roster, RosterSlot};
use crate::store::{Connection, shifts, slots};
use crate::time::{Day, Window};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A slot with who is to hold it.
#[derive(Clone, Debug)]
pub(in crate::service) struct Placed {
    pub slot: Slot,
    pub person: PersonId,
}

/// Stores the slots and publishes them with their people, for a reason that overrules the hard rules they break. What is
/// published already is in the edition as it stands, and is not touched.
pub(in crate::service) fn publish_placed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &Team,
    (placed, reason): (&[Placed], &str),
) -> Result<Publication, ServiceError> {
    let (from, to) = days(team, placed)?;
    refuse_second_draft(tx, team, from, to)?;
    let roster = insert_empty(tx, ctx, actor, team, (from, to))?;
    let what = json!({ "team": team.id, "from": from.to_string(), "to": to.to_string() });
    record(tx, ctx, actor, Deed::new("roster.created", object(&roster.id)).after(what))?;
    for row in standing(tx, team, &roster)?.into_values() {
        rosters::put_slot(tx, &roster.id, &row)?;
    }
    let mut only = BTreeSet::new();
    for Placed { slot, person } in placed {
        slots::put(tx, slot)?;
        let row =
            RosterSlot { slot: slot.id.clone(), person: Some(person.clone()), base: None, pinned: false, reason: None };
        rosters::put_slot(tx, &roster.id, &row)?;
        only.insert(slot.id.clone());
    }
    let sheet = open(tx, &roster.id)?;
    publish(tx, ctx, actor, &sheet, (Some(reason.to_owned()), Some(&only)))
}

/// The days in which the slots start.
fn days(team: &Team, placed: &[Placed]) -> Result<(Day, Day), ServiceError> {
    let starts = || placed.iter().map(|placed| placed.slot.window.start.civil(team.zone).date());
    let Some((first, last)) = starts().min().zip(starts().max()) else {
        return Err(ServiceError::invalid("shifts", "there is none to publish"));
    };
    if (last - first).num_days() >= MOST_DAYS {
        let message = format!("the shifts to come span more than {MOST_DAYS} days; import them in parts with --to");
        return Err(ServiceError::TooMany(message));
    }
    Ok((first, last + TimeDelta::days(1)))
}

/// What is published for the roster's days, as it stands; what is split shows no holder, as in any draft.
fn standing(
    tx: &mut dyn Connection,
    team: &Team,
    roster: &Roster,
) -> Result<BTreeMap<SlotId, RosterSlot>, ServiceError> {
    let window = Window::of_days(roster.from, roster.to, team.zone);
    let mut rows: BTreeMap<SlotId, RosterSlot> = BTreeMap::new();
    let mut split = BTreeSet::new();
    for shift in shifts::of_team(tx, &team.id, window)? {
        if !window.contains(shift.window.start) {
            continue;
        }
        if shift.segment > 0 {
            split.insert(shift.slot.clone());
        }
        let (person, base) = (shift.person.clone(), shift.person);
        let row = RosterSlot { slot: shift.slot.clone(), person, base, pinned: false, reason: None };
        rows.entry(shift.slot).or_insert(row);
    }
    for row in rows.values_mut().filter(|row| split.contains(&row.slot)) {
        (row.person, row.base) = (None, None);
    }
    Ok(rows)
}
