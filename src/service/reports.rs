//! Reports over a period: hours, balances, company, pay and call-outs, from the ledger as worked. Managers see
//! everybody's lines; a member their own, and how evenly the team's load is spread.

use super::planning::people::{holidays, reported};
use super::teams::known;
use super::{Actor, Ctx, Service, ServiceError, rights};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::{Membership, Team};
use crate::roster::plan::{Member, Planning};
use crate::roster::report::hours::{HoursLine, hours};
use crate::roster::report::pairs::{Pair, pairs};
use crate::roster::report::pay::{PayLine, pay};
use crate::roster::report::standing::{Standing, standings};
use crate::roster::report::stood::{Called, Stood};
use crate::store::call_outs::CallOut;
use crate::store::ledger::{self, LONGEST_DAYS, LedgerEntry};
use crate::store::{Connection, StoreError, call_outs, pay as rates, people, qualifications, slots, teams};
use crate::time::{Day, Instant, Window, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// Days that one report may span.
const MOST_DAYS: i64 = 800;

/// Over what to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// First day, in the team's zone.
    pub from: Day,
    /// First day after.
    pub to: Day,
    /// With what is published and still to be stood.
    pub planned: bool,
}

/// A report with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported<T> {
    /// The team.
    pub team: TeamId,
    /// The team's zone.
    pub zone: Zone,
    /// First day.
    pub from: Day,
    /// First day after.
    pub to: Day,
    /// What comes after this moment is not in it.
    pub until: Instant,
    /// Only the caller's own lines.
    pub own: bool,
    /// What was found.
    pub found: T,
}

impl Service {
    /// Hours by person and class; for managers, and a member's own.
    pub async fn hours_report(
        &self,
        actor: &Actor,
        team: &TeamId,
        asked: Asked,
    ) -> Result<Reported<Vec<HoursLine>>, ServiceError> {
        let found = |look: &Look, own: Option<&PersonId>| {
            let mut lines = hours(&look.planning, &look.stood, &look.called());
            lines.retain(|line| own.is_none_or(|own| line.person == *own));
            Ok(lines)
        };
        self.report(actor, team, asked, move |_, look, own| found(look, own)).await
    }

    /// Load against share in every dimension; for managers, and a member's own lines with the team's spread.
    pub async fn standing_report(
        &self,
        actor: &Actor,
        team: &TeamId,
        asked: Asked,
    ) -> Result<Reported<Vec<Standing>>, ServiceError> {
        let found = |look: &Look, own: Option<&PersonId>| {
            let mut all = standings(&look.planning, &look.stood);
            for standing in &mut all {
                standing.lines.retain(|line| own.is_none_or(|own| line.person == *own));
            }
            Ok(all)
        };
        self.report(actor, team, asked, move |_, look, own| found(look, own)).await
    }

    /// Who stood with whom, with their names; for managers, and with whom a member stood.
    pub async fn pairs_report(
        &self,
        actor: &Actor,
        team: &TeamId,
        asked: Asked,
    ) -> Result<Reported<Vec<(Pair, [String; 2])>>, ServiceError> {
        let found = |look: &Look, own: Option<&PersonId>| {
            let mut found = pairs(&look.stood);
            found.retain(|pair| own.is_none_or(|own| pair.a == *own || pair.b == *own));
            let names = |pair: &Pair| [&pair.a, &pair.b].map(|id| look.planning.name(id));
            Ok(found.into_iter().map(|pair| (pair.clone(), names(&pair))).collect())
        };
        self.report(actor, team, asked, move |_, look, own| found(look, own)).await
    }

    /// Pay units by the team's rate table; for managers, and a member's own.
    pub async fn pay_report(
        &self,
        actor: &Actor,
        team: &TeamId,
        asked: Asked,
    ) -> Result<Reported<Vec<PayLine>>, ServiceError> {
        self.report(actor, team, asked, move |tx, look, own| {
            let editions = rates::editions(tx, &look.planning.team.id)?;
            let mut lines = pay(&look.planning, &look.stood, &look.called(), &editions);
            lines.retain(|line| own.is_none_or(|own| line.person == *own));
            Ok(lines)
        })
        .await
    }

    /// Call-outs by start, with names; for managers, and a member's own.
    pub async fn call_outs_report(
        &self,
        actor: &Actor,
        team: &TeamId,
        asked: Asked,
    ) -> Result<Reported<Vec<(CallOut, String)>>, ServiceError> {
        let found = |look: &Look, own: Option<&PersonId>| {
            let own = look.calls.iter().filter(|call| own.is_none_or(|own| call.person == *own));
            Ok(own.map(|call| (call.clone(), look.planning.name(&call.person))).collect())
        };
        self.report(actor, team, asked, move |_, look, own| found(look, own)).await
    }

    async fn report<T, F>(
        &self,
        actor: &Actor,
        team: &TeamId,
        asked: Asked,
        found: F,
    ) -> Result<Reported<T>, ServiceError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Connection, &Look, Option<&PersonId>) -> Result<T, ServiceError> + Send + 'static,
    {
        if asked.to <= asked.from || (asked.to - asked.from).num_days() > MOST_DAYS {
            return Err(ServiceError::invalid("to", format!("must be 1 to {MOST_DAYS} days after from")));
        }
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            let team = known(tx, &team)?;
            let own = only_own(tx, &ctx, &actor, &team.id)?;
            let zone = team.zone;
            let period = Window::of_days(asked.from, asked.to, zone);
            let until = if asked.planned { period.end } else { period.end.min(ctx.now).max(period.start) };
            let look = look(tx, &ctx, team, (period, until))?;
            let found = found(tx, &look, own.as_ref())?;
            let team = look.planning.team.id;
            Ok(Reported { team, zone, from: asked.from, to: asked.to, until, own: own.is_some(), found })
        };
        self.store.read(read).await
    }
}

/// Whose lines the actor may see: everybody's, or their own alone.
fn only_own(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &TeamId,
) -> Result<Option<PersonId>, ServiceError> {
    match (rights::manage(tx, actor, team, ctx.now), actor.person_id()) {
        (Ok(()), _) => Ok(None),
        (Err(ServiceError::Forbidden(why)), Some(person)) => {
            let active = people::find(tx, person)?.is_some_and(|person| !person.disabled);
            if active && rights::belongs(tx, person, team, ctx.now, |_| true)? {
                return Ok(Some(person.clone()));
            }
            Err(ServiceError::Forbidden(why))
        }
        (Err(other), _) => Err(other),
    }
}

/// What reports are made of.
struct Look {
    planning: Planning,
    stood: Vec<Stood>,
    calls: Vec<CallOut>,
}

impl Look {
    fn called(&self) -> Vec<Called> {
        let called =
            |call: &CallOut| Called { person: call.person.clone(), role: call.role.clone(), window: call.window };
        self.calls.iter().map(called).collect()
    }
}

fn look(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: Team,
    (period, until): (Window, Instant),
) -> Result<Look, ServiceError> {
    let counted = Window::new(period.start, until);
    let duties = stood(tx, &team.id, counted)?;
    let calls = call_outs::of_team(tx, &team.id, counted)?;
    let others = duties.iter().map(|duty| &duty.person).chain(calls.iter().map(|call| &call.person));
    let members = everybody(tx, ctx, &team, period, others.cloned().collect())?;
    let planning = Planning {
        window: period,
        qualifications: qualifications::of_team(tx, &team.id)?,
        members,
        slots: Vec::new(),
        pins: BTreeMap::new(),
        published: BTreeMap::new(),
        frozen: BTreeSet::new(),
        now: ctx.now,
        ledger: Vec::new(),
        team,
    };
    let within = |duty: &Stood| {
        let member = planning.member(&duty.person)?;
        duty.within(counted, member.hours(), &planning.team.weights)
    };
    let stood = duties.iter().filter_map(within).collect();
    Ok(Look { planning, stood, calls })
}

/// Everybody who ever belonged to the team, and whoever stood something for it all the same.
fn everybody(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &Team,
    period: Window,
    others: BTreeSet<PersonId>,
) -> Result<Vec<Member>, ServiceError> {
    let mut all: BTreeMap<PersonId, Vec<Membership>> = others.into_iter().map(|person| (person, Vec::new())).collect();
    for membership in teams::memberships_of_team(tx, &team.id)? {
        all.entry(membership.person.clone()).or_default().push(membership);
    }
    let holidays = holidays(tx, team, period)?;
    let mut members = Vec::new();
    for (id, memberships) in all {
        let Some(person) = people::find(tx, &id)? else { continue };
        members.push(reported((tx, ctx), team, period, person, memberships, &holidays)?);
    }
    Ok(members)
}

/// The duties of a team's ledger that touch a window, whole.
fn stood(tx: &mut dyn Connection, team: &TeamId, window: Window) -> Result<Vec<Stood>, StoreError> {
    if window.end <= window.start {
        return Ok(Vec::new());
    }
    let entries = ledger::touching(tx, team, window)?;
    as_stood(tx, team, entries)
}

/// Entries of one team's ledger as duties, each with the whole of its slot.
pub(super) fn as_stood(
    tx: &mut dyn Connection,
    team: &TeamId,
    entries: Vec<LedgerEntry>,
) -> Result<Vec<Stood>, StoreError> {
    let (Some(first), Some(last)) =
        (entries.iter().map(|one| one.window.start).min(), entries.iter().map(|one| one.window.end).max())
    else {
        return Ok(Vec::new());
    };
    let around = Window::new(first.plus_days(-LONGEST_DAYS), last.plus_days(LONGEST_DAYS));
    let wholes: BTreeMap<SlotId, Window> =
        slots::touching(tx, team, around)?.into_iter().map(|slot| (slot.id, slot.window)).collect();
    let whole = |entry: &LedgerEntry| {
        let slot = wholes.get(&entry.slot).copied().filter(|slot| slot.covers(entry.window));
        slot.unwrap_or(entry.window)
    };
    let stood = |entry: LedgerEntry| Stood {
        whole: whole(&entry),
        person: entry.person,
        role: entry.role,
        slot: entry.slot,
        window: entry.window,
        points: entry.points,
    };
    Ok(entries.into_iter().map(stood).collect())
}

#[cfg(test)]
mod tests;
