//! What somebody leaves behind who can't stand shifts any more: gaps that the managers hear of, requests and offers that
//! mean nothing any more.

use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::{Answer, Membership, Shift};
use crate::roster::phrase;
use crate::roster::swap::{OfferState, Segment, Swap, SwapState, split_for};
use crate::service::audit::{Deed, record};
use crate::service::swaps::{break_off, void};
use crate::service::{Actor, Ctx, ServiceError, outbox, render, rights};
use crate::store::{Connection, StoreError, counters, ledger, people, shifts, swaps, teams};
use crate::time::{Instant, Window, Zone, start_of_day};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt;

/// A shift that nobody holds any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose shift it is.
    pub team: TeamId,
    /// The slot.
    pub slot: SlotId,
    /// Which part of it.
    pub segment: u32,
    /// The role.
    pub role: String,
    /// From when to when nobody is responsible.
    pub window: Window,
    /// Zone of its times.
    pub zone: Zone,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}, {}", self.team, self.role, phrase::span(self.window, self.zone))
    }
}

/// Whoever is disabled: empties all they still had to stand, and closes their requests and offers. The running shift is
/// cut now.
pub(super) fn leave(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
) -> Result<Vec<Gap>, ServiceError> {
    let mut teams: BTreeSet<TeamId> = BTreeSet::new();
    teams.extend(teams::memberships_of_person(tx, person)?.into_iter().map(|membership| membership.team));
    counters::bump_people_and_teams(tx, std::slice::from_ref(person), &teams.into_iter().collect::<Vec<_>>())?;
    let rest = Window::new(ctx.now, Instant::FAR_FUTURE);
    let held = shifts::of_person(tx, person, rest)?.into_iter().map(|shift| (shift, ctx.now)).collect();
    vacate(tx, ctx, actor, person, held, &|_| true)
}

/// Whose memberships of a team have changed: empties those shifts that they stood as a member and would now stand as
/// none. A shift that runs is cut where the membership ends; one that has not begun is emptied whole, for nobody may
/// stand a part of it and a whole one can be planned anew. What a manager gave to a stranger on purpose stays.
pub(in crate::service) fn leave_team(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (team, person): (&TeamId, &PersonId),
    before: &[Membership],
) -> Result<Vec<Gap>, ServiceError> {
    let Some(zone) = teams::zone(tx, team)? else { return Ok(Vec::new()) };
    counters::bump_people_and_teams(tx, std::slice::from_ref(person), std::slice::from_ref(team))?;
    let mut after = teams::memberships_of_person(tx, person)?;
    after.retain(|membership| membership.team == *team);
    let before: Vec<_> = before.iter().filter(|membership| membership.team == *team).cloned().collect();
    let lost = |window: Window| {
        let from = window.start.max(ctx.now);
        let [before, after] = [&before, &after].map(|memberships| stands_until(memberships, zone, from));
        (after < window.end.min(before)).then_some(after)
    };
    let rest = Window::new(ctx.now, Instant::FAR_FUTURE);
    let mut held = Vec::new();
    for shift in shifts::of_person(tx, person, rest)?.into_iter().filter(|shift| shift.team == *team) {
        if let Some(end) = lost(shift.window) {
            let begun = shift.window.start <= ctx.now;
            held.push((shift, if begun { end } else { ctx.now }));
        }
    }
    vacate(tx, ctx, actor, person, held, &|swap| swap.team == *team && lost(swap.window).is_some())
}

/// Until when somebody who belongs to a team at a moment stands its shifts without a break.
fn stands_until(memberships: &[Membership], zone: Zone, from: Instant) -> Instant {
    let mut until = from;
    let next = |at: Instant| {
        let day = at.civil(zone).date();
        let holds = |m: &&Membership| {
            m.member && m.from.is_none_or(|first| first <= day) && m.until.is_none_or(|end| day < end)
        };
        memberships.iter().find(holds).map(|m| m.until.map_or(Instant::FAR_FUTURE, |end| start_of_day(end, zone)))
    };
    while let Some(end) = next(until).filter(|end| *end > until) {
        until = end;
    }
    until
}

/// Empties shifts, each from its moment on, and closes the offers and promises of swaps that the person can't take.
fn vacate(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
    held: Vec<(Shift, Instant)>,
    closes: &dyn Fn(&Swap) -> bool,
) -> Result<Vec<Gap>, ServiceError> {
    let mut touched: BTreeSet<TeamId> = held.iter().map(|(shift, _)| shift.team.clone()).collect();
    let mut concerned = BTreeSet::from([person.clone()]);
    let mut gaps = Vec::new();
    for (shift, at) in held {
        let gap = empty(tx, person, shift, at)?;
        void(tx, ctx, actor, (&gap.slot, gap.segment))?;
        report(tx, ctx, actor, person, &gap)?;
        gaps.push(gap);
    }
    for state in [OfferState::Offered, OfferState::Agreed] {
        for offer in swaps::offers_to_person(tx, person, state)? {
            let Some(swap) = swaps::find(tx, &offer.swap)?.filter(|swap| swap.state.is_live() && closes(swap)) else {
                continue;
            };
            if let Some(proposal) = &offer.proposal {
                concerned.extend(break_off(tx, ctx, actor, (&swap, proposal))?);
                touched.insert(swap.team);
                continue;
            }
            swaps::set_offer_state(tx, &offer.id, OfferState::Lapsed)?;
            if swap.state == SwapState::AwaitingApproval && swap.taker.as_ref() == Some(person) {
                // What they promised they can't keep: the request is open again.
                swaps::advance(tx, &swap, SwapState::Open, None, ctx.now)?;
                concerned.insert(swap.requester);
            }
            touched.insert(swap.team);
        }
    }
    if !touched.is_empty() {
        // Whoever shares a watch with a gap reads of another partner.
        for gap in &gaps {
            let beside = shifts::of_team(tx, &gap.team, gap.window)?;
            concerned.extend(beside.into_iter().filter_map(|shift| shift.person));
        }
        let concerned: Vec<_> = concerned.into_iter().collect();
        render::render_people(tx, ctx, &concerned, &touched.into_iter().collect::<Vec<_>>())?;
    }
    Ok(gaps)
}

/// What was worked stays the person's; what is left has nobody.
pub(in crate::service) fn empty(
    tx: &mut dyn Connection,
    person: &PersonId,
    shift: Shift,
    at: Instant,
) -> Result<Gap, StoreError> {
    let fresh = shifts::of_slot(tx, &shift.slot)?.iter().map(|part| part.segment + 1).max().unwrap_or(1);
    let held = Segment { number: shift.segment, window: shift.window, person: Some(person.clone()) };
    let mut window = shift.window;
    for part in split_for(&held, person, at, fresh) {
        if part.number == shift.segment {
            window = part.window;
        } else {
            let entries = ledger::of_shift(tx, &shift.slot, shift.segment)?;
            shifts::put(tx, &Shift { segment: part.number, window: part.window, ..shift.clone() })?;
            for entry in entries.into_iter().filter(|entry| entry.person == *person) {
                let points = share(entry.points, part.window, shift.window);
                let worked = ledger::LedgerEntry { segment: part.number, window: part.window, points, ..entry };
                ledger::remove_of_shift(tx, &shift.slot, shift.segment)?;
                ledger::insert(tx, &worked)?;
            }
        }
    }
    if window == shift.window {
        ledger::remove_of_shift(tx, &shift.slot, shift.segment)?;
    }
    let gap = Gap {
        team: shift.team.clone(),
        slot: shift.slot.clone(),
        segment: shift.segment,
        role: shift.role.clone(),
        window,
        zone: shift.zone,
    };
    let emptied = Shift {
        window,
        person: None,
        sequence: shift.sequence + 1,
        answer: Answer::NeedsAction,
        hidden: false,
        note: None,
        ..shift
    };
    shifts::put(tx, &emptied)?;
    Ok(gap)
}

/// The part of the points that the part of the time stands for.
fn share(points: i64, part: Window, whole: Window) -> i64 {
    points.saturating_mul(part.millis()) / whole.millis().max(1)
}

/// Tells the team's managers, and the trail.
fn report(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, person: &PersonId, gap: &Gap) -> Result<(), ServiceError> {
    let object = format!("shift:{}.{}", gap.slot, gap.segment);
    let says = json!({ "team": gap.team, "role": gap.role, "slot": gap.slot, "start": gap.window.start.to_string(),
        "end": gap.window.end.to_string(), "was": person });
    let deed = Deed::new("shift.emptied", &object).subject(person).before(json!({ "person": person }));
    record(tx, ctx, actor, deed.after(says.clone()))?;
    let Some(zone) = teams::zone(tx, &gap.team)? else { return Ok(()) };
    for membership in teams::memberships_of_team(tx, &gap.team)? {
        if !membership.manager || membership.person == *person || !rights::is_current(&membership, zone, ctx.now) {
            continue;
        }
        if let Some(manager) = people::find(tx, &membership.person)?.filter(|manager| !manager.disabled) {
            let dedupe = format!("{object}/{person}/{}", ctx.now.millis());
            outbox::send(tx, ctx, ("mail.gap", &manager.email), &says, &dedupe)?;
        }
    }
    Ok(())
}
