//! What was worked before Dogwatch: rows of the ledger, with the points of today's weights.

use super::{Outcome, RosterPlan, ShiftRow, Worked};
use crate::ids::SlotId;
use crate::roster::incoming::Format;
use crate::roster::model::{Slot, Team};
use crate::service::planning::{Plan, load};
use crate::service::{Ctx, ServiceError, hex};
use crate::store::Connection;
use crate::store::ledger::{self, LedgerEntry, LedgerKind};
use crate::time::MINUTE;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Enters what was worked, and says how much that is for each person.
pub(super) fn enter(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    format: Format,
    plan: &mut RosterPlan,
) -> Result<(), ServiceError> {
    let worked: Vec<&ShiftRow> = plan.shifts.iter().filter(|row| row.outcome == Outcome::Worked).collect();
    if worked.is_empty() {
        return Ok(());
    }
    let slots: Vec<Slot> = worked.iter().map(|row| slot(team, format, row)).collect();
    let Plan { planning, .. } = load(tx, ctx, &team.id, slots.clone())?;
    let mut of_person: BTreeMap<_, Worked> = BTreeMap::new();
    for (row, slot) in worked.iter().zip(slots) {
        let points = planning.member(&row.person).map_or(0, |member| planning.points(member, &slot));
        let entry = LedgerEntry {
            id: ctx.fresh(),
            team: team.id.clone(),
            slot: slot.id,
            segment: 0,
            person: row.person.clone(),
            role: row.role.clone(),
            window: slot.window,
            points,
            weights_version: planning.team.weights.version,
            kind: LedgerKind::History,
        };
        ledger::insert(tx, &entry)?;
        let none = || Worked { person: row.person.clone(), shifts: 0, minutes: 0, points: 0 };
        let sum = of_person.entry(row.person.clone()).or_insert_with(none);
        sum.shifts += 1;
        sum.minutes += slot.window.millis() / MINUTE;
        sum.points += points;
    }
    plan.worked = of_person.into_values().collect();
    Ok(())
}

/// A slot that was never here: only its name says where the row came from.
fn slot(team: &Team, format: Format, row: &ShiftRow) -> Slot {
    let (window, zone) = row.window;
    let key = format!("{}\n{}\n{}\n{}\n{}", team.id, row.role, row.person, window.start, window.end);
    let digest: String = hex(&Sha256::digest(key.as_bytes())).chars().take(24).collect();
    Slot {
        id: SlotId::new(format!("import-{}-{digest}", format.name())),
        team: team.id.clone(),
        pattern: String::new(),
        occurrence: String::new(),
        role: row.role.clone(),
        ordinal: 0,
        turn: None,
        window,
        zone,
        optional: false,
        at_work: false,
        site: None,
    }
}
