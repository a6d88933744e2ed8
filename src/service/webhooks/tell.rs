//! What happened, written to the outbox for every receiver that wants to hear of it, in the transaction that did it.

use super::{Event, facts, watch};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Shift, Team};
use crate::roster::swap::{Swap, SwapState};
use crate::service::{Ctx, ServiceError, outbox, pagers};
use crate::store::rosters::Roster;
use crate::store::webhooks::{self as rows, Webhook};
use crate::store::{Changed, Connection, StoreError, shifts, teams};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// The edition of the documents that are sent.
const VERSION: u32 = 1;
/// Changes of shifts that one message tells; a publication may have hundreds, and receivers have limits.
const AT_ONCE: usize = 100;

/// Those who hear of what happens in a team.
pub(super) struct Ears {
    team: Team,
    all: Vec<Webhook>,
}

impl Ears {
    /// Nothing where nobody listens.
    pub(super) fn of(tx: &mut dyn Connection, team: &TeamId) -> Result<Option<Self>, StoreError> {
        let all = rows::hearing(tx, team)?;
        if all.is_empty() {
            return Ok(None);
        }
        Ok(teams::find(tx, team)?.map(|team| Self { team, all }))
    }

    /// The same, where somebody wants to hear of this.
    fn wanting(tx: &mut dyn Connection, team: &TeamId, event: Event) -> Result<Option<Self>, StoreError> {
        Ok(Self::of(tx, team)?.filter(|ears| ears.want(event)))
    }

    pub(super) fn team(&self) -> &Team {
        &self.team
    }

    pub(super) fn want(&self, event: Event) -> bool {
        self.all.iter().any(|one| one.events.contains(&event))
    }

    /// Tells those who want to hear of it.
    pub(super) fn tell(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        (event, data): (Event, Json),
    ) -> Result<(), StoreError> {
        let id = ctx.fresh();
        let says = document(ctx, (event, &id), Some(&self.team), &data);
        for receiver in self.all.iter().filter(|one| one.events.contains(&event)) {
            send(tx, ctx, receiver, (event, &id), &says)?;
        }
        Ok(())
    }
}

fn document(ctx: &Ctx, (event, id): (Event, &str), team: Option<&Team>, data: &Json) -> Json {
    json!({
        "version": VERSION, "type": event, "id": id, "timestamp": facts::utc(ctx.now),
        "team": team.map(facts::team), "data": data,
    })
}

fn send(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    receiver: &Webhook,
    (event, id): (Event, &str),
    says: &Json,
) -> Result<(), StoreError> {
    let kind = format!("webhook.{}", event.as_str());
    outbox::send(tx, ctx, (&kind, receiver.id.as_str()), says, id).map(drop)
}

/// One receiver is tried.
pub(super) fn test(tx: &mut dyn Connection, ctx: &Ctx, receiver: &Webhook) -> Result<(), StoreError> {
    let team = match &receiver.team {
        Some(team) => teams::find(tx, team)?,
        None => None,
    };
    let id = ctx.fresh();
    let says = document(ctx, (Event::Test, &id), team.as_ref(), &json!({ "webhook": receiver.name }));
    send(tx, ctx, receiver, (Event::Test, &id), &says)
}

/// An edition was published, with so many changes against the one before.
pub(in crate::service) fn roster_published(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    roster: &Roster,
    (version, changes): (i64, usize),
) -> Result<(), StoreError> {
    let Some(ears) = Ears::wanting(tx, &roster.team, Event::RosterPublished)? else { return Ok(()) };
    let data = json!({ "roster": roster.id, "version": version, "from": roster.from, "to": roster.to,
        "changes": changes });
    ears.tell(tx, ctx, (Event::RosterPublished, data))
}

/// Tells of the shifts that the transaction has changed so far, and what follows from that: who is on call, and gaps; and
/// has the schedules at pagers compared. What has ended by now is nobody's news.
pub(in crate::service) fn shifts_changed(tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
    let mut by_team: BTreeMap<TeamId, Vec<Changed>> = BTreeMap::new();
    for changed in shifts::take_changed(tx) {
        let (before, after) = &changed;
        let open = [before, after].into_iter().flatten().any(|shift| shift.window.end > ctx.now);
        if let Some(shift) =
            after.as_ref().or(before.as_ref()).filter(|_| open && says(before.as_ref()) != says(after.as_ref()))
        {
            by_team.entry(shift.team.clone()).or_default().push(changed);
        }
    }
    for (team, changes) in by_team {
        pagers::wake(tx, ctx, &team)?;
        let Some(ears) = Ears::of(tx, &team)? else { continue };
        if ears.want(Event::ShiftChanged) {
            for some in changes.chunks(AT_ONCE) {
                let mut told = Vec::new();
                for (before, after) in some {
                    told.push(
                        json!({ "before": optional(tx, before.as_ref())?, "after": optional(tx, after.as_ref())? }),
                    );
                }
                ears.tell(tx, ctx, (Event::ShiftChanged, json!({ "changes": told })))?;
            }
        }
        watch::look(tx, ctx, &team)?;
    }
    Ok(())
}

/// What of a shift is told: where nothing of it changed, there is no news.
fn says(shift: Option<&Shift>) -> Option<(crate::time::Window, &str, Option<&PersonId>)> {
    shift.map(|shift| (shift.window, shift.role.as_str(), shift.person.as_ref()))
}

fn optional(tx: &mut dyn Connection, shift: Option<&Shift>) -> Result<Json, StoreError> {
    shift.map_or(Ok(Json::Null), |shift| facts::shift(tx, shift))
}

/// Cover for a shift is asked for.
pub(in crate::service) fn swap_opened(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shift: &Shift,
) -> Result<(), StoreError> {
    swap_told(tx, ctx, Event::SwapOpened, (swap, shift), (SwapState::Open, None))
}

/// A shift for which cover is asked begins soon, and nobody has taken it.
pub(in crate::service) fn swap_uncovered(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shift: &Shift,
) -> Result<(), StoreError> {
    swap_told(tx, ctx, Event::SwapUncovered, (swap, shift), (swap.state, None))
}

/// A swap has moved on; `shift` is as it was before.
pub(in crate::service) fn swap_moved(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shift: &Shift,
    (to, taker): (SwapState, Option<&PersonId>),
) -> Result<(), StoreError> {
    let event = match to {
        SwapState::Open => Event::SwapReopened,
        SwapState::AwaitingApproval => Event::SwapPromised,
        SwapState::Taken => Event::SwapTaken,
        SwapState::Withdrawn => Event::SwapWithdrawn,
        SwapState::Expired => Event::SwapExpired,
        SwapState::Void => Event::SwapVoid,
    };
    swap_told(tx, ctx, event, (swap, shift), (to, taker))
}

fn swap_told(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    event: Event,
    (swap, shift): (&Swap, &Shift),
    (state, taker): (SwapState, Option<&PersonId>),
) -> Result<(), StoreError> {
    let Some(ears) = Ears::wanting(tx, &swap.team, event)? else { return Ok(()) };
    let data = json!({
        "swap": swap.id, "state": state, "together": swap.together,
        "requester": facts::person(tx, &swap.requester)?, "taker": facts::somebody(tx, taker)?,
        "shift": facts::part((shift.slot.as_str(), shift.segment), &shift.role, shift.window),
    });
    ears.tell(tx, ctx, (event, data))
}

/// Somebody is reminded of something, in the words of the reminder's facts.
pub(in crate::service) fn reminded(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &TeamId,
    (whom, said): (&PersonId, &Json),
) -> Result<(), StoreError> {
    let Some(ears) = Ears::wanting(tx, team, Event::Reminder)? else { return Ok(()) };
    let moments = BTreeSet::from(["start", "end", "until"]);
    let mut data = said.clone();
    if let Json::Object(members) = &mut data {
        members.remove("team");
        members.insert("person".to_owned(), facts::person(tx, whom)?);
        for (_, value) in members.iter_mut().filter(|(name, _)| moments.contains(name.as_str())) {
            if let Json::String(text) = value {
                *text = facts::in_utc(text);
            }
        }
    }
    ears.tell(tx, ctx, (Event::Reminder, data))
}
