//! Publishing: one transaction from the draft's rows to shifts, ledger, calendars, audit trail and messages. Only what
//! differs from what is published is touched.

use super::draft::{Sheet, object, open, plan_of, view};
use super::takeover::takeovers;
use super::{Plan, RosterView, notice};
use crate::ids::{PersonId, RosterId, SlotId};
use crate::roster::check::{Finding, check, unexcused};
use crate::roster::diff::{Change, Entry, diff};
use crate::roster::model::{Answer, Shift, Slot};
use crate::service::audit::{Deed, record};
use crate::service::render::render_people;
use crate::service::swaps as swap;
use crate::service::{Actor, Ctx, Service, ServiceError, rights, webhooks};
use crate::store::ledger::{self, LedgerEntry, LedgerKind};
use crate::store::rosters::{self, RosterState};
use crate::store::{Connection, counters, people, shifts, swaps};
use crate::time::{Window, union};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// What publishing did.
#[derive(Clone, Debug)]
pub struct Publication {
    /// The roster as it is published now.
    pub roster: RosterView,
    /// What changed against what was published before, by slot.
    pub changes: BTreeMap<SlotId, Change>,
    /// Gaps and broken rules of what is published.
    pub findings: Vec<Finding>,
}

impl Service {
    /// Publishes a draft. Swaps taken meanwhile are kept; where the draft changed such a slot too it is a
    /// [`ServiceError::Conflict`] that lists both. What has come to break a hard rule since it was solved needs a reason,
    /// or is [`ServiceError::Unprocessable`]. What has started is left alone. Publishing what is published already, or a
    /// draft without changes, touches no calendar and raises no version.
    pub async fn publish_roster(
        &self,
        actor: &Actor,
        id: &RosterId,
        reason: Option<String>,
        expected: Option<i64>,
    ) -> Result<Publication, ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let sheet = open(tx, &id)?;
            rights::manage(tx, &who, &sheet.team.id, ctx.now)?;
            if expected.is_some_and(|counter| counter != sheet.roster.counter) {
                return Err(ServiceError::PreconditionFailed);
            }
            match sheet.roster.state {
                RosterState::Draft => publish(tx, &ctx, &who, &sheet, (reason.clone(), None)),
                RosterState::Published => {
                    let Plan { planning, assignment } = plan_of(tx, &ctx, &sheet)?;
                    let findings = check(&planning, &assignment);
                    Ok(Publication { roster: view(tx, &sheet)?, changes: BTreeMap::new(), findings })
                }
                RosterState::Historic => Err(ServiceError::conflict(
                    "historic",
                    "this roster has ended, or a later edition has replaced it; make a new draft",
                )),
            }
        };
        self.store.write(write).await
    }
}

/// Publishes a draft, for a reason; of its slots, where some are named, only these are touched.
pub(super) fn publish(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    sheet: &Sheet,
    (reason, only): (Option<String>, Option<&BTreeSet<SlotId>>),
) -> Result<Publication, ServiceError> {
    let mut plan = plan_of(tx, ctx, sheet)?;
    let everybody: Vec<PersonId> = plan.planning.members.iter().map(|member| member.person.id.clone()).collect();
    counters::bump_people_and_teams(tx, &everybody, std::slice::from_ref(&sheet.team.id))?;
    let mut changes = differences(tx, ctx, sheet, &mut plan)?;
    changes.retain(|slot, _| only.is_none_or(|only| only.contains(slot)));
    let overruled = judge(&plan, sheet, &changes, reason.as_deref())?;
    let mut people = concerned(tx, sheet, &changes)?;
    let company = notice::company(tx, sheet, &changes)?;
    let mut over = Vec::new();
    for (slot, change) in &changes {
        over.extend(follow_swap(tx, slot, change, &mut people)?);
        apply(tx, ctx, &plan, (&sheet.roster.id, slot), change)?;
    }
    for slot in over {
        swap::void(tx, ctx, actor, (slot, 0))?;
    }
    people.extend(concerned(tx, sheet, &changes)?);
    let id = sheet.roster.id.clone();
    let version = number(tx, ctx, sheet, !changes.is_empty(), reason.as_deref())?;
    let what = json!({ "version": version, "changes": notice::listed(&changes), "overruled": overruled });
    record(tx, ctx, actor, Deed::new("roster.published", object(&id)).after(what).reason(reason))?;
    notice::tell(tx, ctx, sheet, &changes, (&company, version))?;
    webhooks::roster_published(tx, ctx, &sheet.roster, (version, changes.len()))?;
    if !changes.is_empty() {
        render_people(tx, ctx, &people.into_iter().collect::<Vec<_>>(), std::slice::from_ref(&sheet.team.id))?;
    }
    let published = open(tx, &id)?;
    let findings = check(&plan.planning, &plan.assignment);
    Ok(Publication { roster: view(tx, &published)?, changes, findings })
}

/// What publishing a roster would change against what is published now, by slot. Brings the plan up to what happened
/// meanwhile.
pub(super) fn differences(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    sheet: &Sheet,
    plan: &mut Plan,
) -> Result<BTreeMap<SlotId, Change>, ServiceError> {
    let published = published(tx, sheet)?;
    if sheet.roster.state == RosterState::Draft {
        for (slot, holder) in takeovers(ctx, sheet, &published)? {
            plan.planning.pins.remove(&slot);
            plan.assignment.set(&slot, holder.as_ref());
        }
    }
    empty_disabled(tx, plan)?;
    Ok(diff(&before(ctx, sheet, &published), &after(ctx, plan, sheet, &published)))
}

/// Whoever was disabled since the draft was made holds nothing.
fn empty_disabled(tx: &mut dyn Connection, plan: &mut Plan) -> Result<(), ServiceError> {
    let held: Vec<(SlotId, PersonId)> = plan.assignment.iter().map(|(slot, who)| (slot.clone(), who.clone())).collect();
    for (slot, person) in held {
        if !plan.planning.frozen.contains(&slot) && people::find(tx, &person)?.is_none_or(|person| person.disabled) {
            plan.assignment.set(&slot, None);
        }
    }
    Ok(())
}

/// What has come to break a hard rule since the draft was solved is published only with a reason: one for the slot, or
/// one for the publication. Answers what a reason overrules.
fn judge(
    plan: &Plan,
    sheet: &Sheet,
    changes: &BTreeMap<SlotId, Change>,
    reason: Option<&str>,
) -> Result<Vec<String>, ServiceError> {
    let excused = sheet.rows.values().filter(|row| {
        row.reason.is_some() && row.person.is_some() && row.person.as_ref() == plan.assignment.holder(&row.slot)
    });
    let excused = excused.map(|row| row.slot.clone()).collect();
    let asked = changes.keys().cloned().collect();
    let broken = unexcused(&plan.planning, &plan.assignment, &asked, &excused);
    let rules: Vec<String> = broken.into_iter().map(|finding| finding.text).collect();
    if rules.is_empty() || reason.is_some_and(|reason| !reason.trim().is_empty()) {
        return Ok(rules);
    }
    let message = "hard rules are broken by now; solve the draft again, or publish it with a written reason".to_owned();
    Err(ServiceError::Unprocessable { message, rules })
}

/// The published shifts that start in the roster's days, by slot.
fn published(tx: &mut dyn Connection, sheet: &Sheet) -> Result<BTreeMap<SlotId, Vec<Shift>>, ServiceError> {
    let window = Window::of_days(sheet.roster.from, sheet.roster.to, sheet.team.zone);
    let mut by_slot: BTreeMap<SlotId, Vec<Shift>> = BTreeMap::new();
    for shift in shifts::of_team(tx, &sheet.team.id, window)? {
        if window.contains(shift.window.start) {
            by_slot.entry(shift.slot.clone()).or_default().push(shift);
        }
    }
    // a slot whose pattern moved it across the roster's edge still has its shift elsewhere
    for slot in &sheet.slots {
        if !by_slot.contains_key(&slot.id) {
            let elsewhere = shifts::of_slot(tx, &slot.id)?;
            if !elsewhere.is_empty() {
                by_slot.insert(slot.id.clone(), elsewhere);
            }
        }
    }
    Ok(by_slot)
}

/// Whether shifts of a slot stay as they are: begun, or split into segments.
fn stays(ctx: &Ctx, shifts: &[Shift]) -> bool {
    shifts.len() > 1 || shifts.iter().any(|shift| shift.window.start <= ctx.now)
}

fn entry(window: Window, role: &str, person: Option<&PersonId>) -> Entry {
    Entry { window, role: role.to_owned(), person: person.cloned(), details: String::new() }
}

/// What is published and may change; an optional slot that nobody holds is none.
fn before(ctx: &Ctx, sheet: &Sheet, published: &BTreeMap<SlotId, Vec<Shift>>) -> BTreeMap<SlotId, Entry> {
    let optional = |role: &str| sheet.team.roles.iter().any(|known| known.name == role && known.optional);
    let open = published.iter().filter(|(_, shifts)| !stays(ctx, shifts));
    open.filter_map(|(slot, shifts)| {
        let shift = shifts.first().filter(|shift| shift.person.is_some() || !optional(&shift.role))?;
        Some((slot.clone(), entry(shift.window, &shift.role, shift.person.as_ref())))
    })
    .collect()
}

/// What is to be published; an optional slot that nobody holds is none.
fn after(ctx: &Ctx, plan: &Plan, sheet: &Sheet, published: &BTreeMap<SlotId, Vec<Shift>>) -> BTreeMap<SlotId, Entry> {
    let open = sheet.slots.iter().filter(|slot| !published.get(&slot.id).is_some_and(|shifts| stays(ctx, shifts)));
    open.filter_map(|slot| {
        let holder = plan.assignment.holder(&slot.id);
        let wanted = holder.is_some() || !slot.optional;
        wanted.then(|| (slot.id.clone(), entry(slot.window, &slot.role, holder)))
    })
    .collect()
}

/// Carries one change out: the shift's row and its ledger rows.
fn apply(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    plan: &Plan,
    (roster, slot): (&RosterId, &SlotId),
    change: &Change,
) -> Result<(), ServiceError> {
    ledger::remove_of_shift(tx, slot, 0)?;
    let to = match change {
        Change::Removed(_) => {
            shifts::remove(tx, slot, 0)?;
            return Ok(());
        }
        Change::Added(to) | Change::Moved { to, .. } | Change::Details { to, .. } => to,
    };
    let Some(slot) = plan.planning.slots.iter().find(|known| known.id == *slot) else { return Ok(()) };
    let old = shifts::find(tx, &slot.id, 0)?;
    let same_holder = old.as_ref().is_some_and(|old| old.person == to.person);
    // time, role or holder differ: the answer is asked for anew (RFC 5546 2.1.4), unless cover is asked for already
    let asks = same_holder && swaps::live_of_shift(tx, &slot.id, 0)?.is_some();
    shifts::put(
        tx,
        &Shift {
            slot: slot.id.clone(),
            segment: 0,
            team: slot.team.clone(),
            role: to.role.clone(),
            window: to.window,
            zone: slot.zone,
            person: to.person.clone(),
            roster: roster.clone(),
            sequence: old.as_ref().map_or(0, |old| old.sequence + 1),
            answer: if asks { Answer::Tentative } else { Answer::NeedsAction },
            hidden: false,
            note: old.filter(|_| same_holder).and_then(|old| old.note),
        },
    )?;
    enter(tx, ctx, plan, slot, to.person.as_ref())
}

fn enter(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    plan: &Plan,
    slot: &Slot,
    person: Option<&PersonId>,
) -> Result<(), ServiceError> {
    let Some(member) = person.and_then(|person| plan.planning.member(person)) else { return Ok(()) };
    let entry = LedgerEntry {
        id: ctx.fresh(),
        team: slot.team.clone(),
        slot: slot.id.clone(),
        segment: 0,
        person: member.person.id.clone(),
        role: slot.role.clone(),
        window: slot.window,
        points: plan.planning.points(member, slot),
        weights_version: plan.planning.team.weights.version,
        kind: LedgerKind::Shift,
    };
    Ok(ledger::insert(tx, &entry)?)
}

/// An open request for cover goes along where its holder keeps the shift at other times, and whoever was asked hears of
/// them. Where the shift goes away, or to somebody else, nobody needs to take it any more: answers the slot.
fn follow_swap<'a>(
    tx: &mut dyn Connection,
    slot: &'a SlotId,
    change: &Change,
    concerned: &mut BTreeSet<PersonId>,
) -> Result<Option<&'a SlotId>, ServiceError> {
    let Some(swap) = swaps::live_of_shift(tx, slot, 0)? else { return Ok(None) };
    match change {
        Change::Moved { to, .. } | Change::Details { to, .. } if to.person.as_ref() == Some(&swap.requester) => {
            swaps::set_window(tx, &swap.id, to.window)?;
            concerned.extend(swaps::offers_of(tx, &swap.id)?.into_iter().map(|offer| offer.person));
            Ok(None)
        }
        _ => Ok(Some(slot)),
    }
}

/// Numbers the edition: a new number only where something changed. Editions it covers wholly become historic.
fn number(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    sheet: &Sheet,
    changed: bool,
    reason: Option<&str>,
) -> Result<i64, ServiceError> {
    let Sheet { roster, team, .. } = sheet;
    let earlier = rosters::overlapping(tx, &team.id, RosterState::Published, roster.from, roster.to)?;
    let same = earlier.iter().find(|other| (other.from, other.to) == (roster.from, roster.to)).filter(|_| !changed);
    let version = match same {
        Some(same) => same.version,
        None => rosters::last_version(tx, &team.id)? + 1,
    };
    for other in earlier.iter().filter(|other| roster.from <= other.from && other.to <= roster.to) {
        rosters::retire(tx, &other.id)?;
    }
    if rosters::publish(tx, &roster.id, version, reason, ctx.now)? {
        return Ok(version);
    }
    Err(ServiceError::conflict("not-a-draft", "somebody else has published this roster"))
}

/// Everybody whose shift events may read differently: old and new holders, whoever stands a shift beside theirs, and
/// who hands over to them or takes over from them. Asked before and after the change, since either may name people.
fn concerned(
    tx: &mut dyn Connection,
    sheet: &Sheet,
    changes: &BTreeMap<SlotId, Change>,
) -> Result<BTreeSet<PersonId>, ServiceError> {
    let mut people: BTreeSet<PersonId> = changes.values().flat_map(Change::people).cloned().collect();
    let spans = union(changes.values().flat_map(Change::windows).map(with_seams).collect());
    for span in spans {
        people.extend(shifts::of_team(tx, &sheet.team.id, span)?.into_iter().filter_map(|shift| shift.person));
    }
    Ok(people)
}

/// With the moment before and after, at which others hand over.
fn with_seams(window: Window) -> Window {
    Window::new(window.start.plus_millis(-1), window.end.plus_millis(1))
}
