//! Call-outs: somebody was called while on call, and enters it, or a manager does for them. They are reported and paid,
//! and rest begins anew after them.

use super::audit::{Deed, record};
use super::people::by_login;
use super::swaps::may_answer;
use super::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::ids::{CallOutId, PersonId, TeamId};
use crate::roster::model::{Person, Shift};
use crate::roster::phrase;
use crate::store::{Connection, call_outs as rows, counters, shifts, slots, teams};
use crate::time::{DAY, MINUTE, Window, Zone};
use serde_json::{Value as Json, json};

pub use crate::store::call_outs::CallOut;

/// Characters of a note.
const NOTE: usize = 500;

/// A call-out as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCallOut {
    /// Id or mail address of whoever was called out.
    pub person: String,
    /// For which team; only needed where they stood two shifts at once.
    pub team: Option<TeamId>,
    /// From the call until they were done; it may last longer than the shift.
    pub window: Window,
    /// What it was.
    pub note: String,
}

/// A call-out as entered, and what it means for what comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entered {
    /// The call-out.
    pub call: CallOut,
    /// The person's zone.
    pub zone: Zone,
    /// Shifts of theirs before which too little rest is left, as sentences.
    pub lacking: Vec<String>,
}

/// A person's call-outs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfPerson {
    /// The person's zone.
    pub zone: Zone,
    /// By start.
    pub calls: Vec<CallOut>,
}

impl Service {
    /// Enters a call-out; for the person, a delegate of theirs, a manager of the team or an administrator. It begins
    /// within a shift of theirs and is over. Entering the same again is harmless.
    pub async fn add_call_out(&self, actor: &Actor, new: &NewCallOut) -> Result<Entered, ServiceError> {
        let (ctx, actor, new) = (self.ctx(), actor.clone(), new.clone());
        let note = new.note.trim().to_owned();
        if note.chars().count() > NOTE || note.chars().any(char::is_control) {
            return Err(ServiceError::invalid("note", format!("must be one line of at most {NOTE} characters")));
        }
        if new.window.end <= new.window.start || new.window.millis() > DAY {
            return Err(ServiceError::invalid("end", "must come after the start, by a day at most"));
        }
        if ctx.now < new.window.end {
            return Err(ServiceError::invalid("end", "lies ahead; enter a call-out when it is over"));
        }
        let write = move |tx: &mut dyn Connection| {
            let person = known(tx, &ctx, &actor, &new.person)?;
            let shift = shift_at(tx, &person, &new)?;
            may_answer(tx, &ctx, &actor, (&person.id, &shift.team))?;
            counters::bump_people_and_teams(tx, std::slice::from_ref(&person.id), &[])?;
            let same = |call: &CallOut| call.window == new.window && call.team == shift.team;
            let call = match rows::of_person(tx, &person.id, new.window)?.into_iter().next() {
                Some(call) if same(&call) => call,
                Some(other) => {
                    let when = phrase::span(other.window, person.zone);
                    let message = format!("{} was called out {when} already: remove that first", person.name);
                    return Err(ServiceError::conflict("call-out-overlaps", message));
                }
                None => enter(tx, &ctx, &actor, (&person, &shift), (new.window, &note))?,
            };
            let lacking = lacking(tx, &person, &call)?;
            Ok(Entered { call, zone: person.zone, lacking })
        };
        self.store.write(write).await
    }

    /// Removes a call-out that was entered wrongly; for those who may enter it.
    pub async fn remove_call_out(&self, actor: &Actor, id: &CallOutId) -> Result<(), ServiceError> {
        let (ctx, actor, id) = (self.ctx(), actor.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let not_found = || ServiceError::NotFound(format!("call-out {id}"));
            let call = rows::find(tx, &id)?.ok_or_else(not_found)?;
            match may_answer(tx, &ctx, &actor, (&call.person, &call.team)) {
                // Whoever may not know of it learns nothing of it.
                Err(ServiceError::Forbidden(_)) if actor.person_id().is_some() => return Err(not_found()),
                settled => settled?,
            }
            rows::remove(tx, &id)?;
            let deed = Deed::new("call-out.removed", format!("call-out:{id}")).subject(&call.person);
            record(tx, &ctx, &actor, deed.before(shown(&call)))?;
            Ok(())
        };
        self.store.write(write).await
    }

    /// A person's call-outs that touch a window, in all teams; for the person and administrators.
    pub async fn call_outs_of(
        &self,
        actor: &Actor,
        person: &PersonId,
        window: Window,
    ) -> Result<OfPerson, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Read)?;
            let zone = by_login(tx, person.as_str())?.zone;
            Ok(OfPerson { zone, calls: rows::of_person(tx, &person, window)? })
        };
        self.store.read(read).await
    }
}

/// The person, where the actor may enter something for them in some team; for others they don't exist.
fn known(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, login: &str) -> Result<Person, ServiceError> {
    let person = by_login(tx, login)?;
    if actor.person_id().is_none_or(|own| *own == person.id) {
        return Ok(person);
    }
    for membership in teams::memberships_of_person(tx, &person.id)? {
        match may_answer(tx, ctx, actor, (&person.id, &membership.team)) {
            Err(ServiceError::Forbidden(_)) => {}
            settled => return settled.map(|()| person),
        }
    }
    Err(ServiceError::NotFound(format!("person {login}")))
}

/// The shift that the person stood when they were called.
fn shift_at(tx: &mut dyn Connection, person: &Person, new: &NewCallOut) -> Result<Shift, ServiceError> {
    let start = new.window.start;
    let mut held = shifts::of_person(tx, &person.id, Window::new(start, start.plus_millis(1)))?;
    held.retain(|shift| new.team.as_ref().is_none_or(|team| shift.team == *team));
    let when = start.civil(person.zone).format("%-d %b %Y %H:%M");
    if held.iter().any(|shift| held.first().is_some_and(|first| first.team != shift.team)) {
        let message = format!("{} stood shifts of several teams {when}; name one", person.name);
        return Err(ServiceError::invalid("team", message));
    }
    let none = || ServiceError::invalid("start", format!("{} stood no shift on {when} ({})", person.name, person.zone));
    held.into_iter().next().ok_or_else(none)
}

fn enter(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, shift): (&Person, &Shift),
    (window, note): (Window, &str),
) -> Result<CallOut, ServiceError> {
    let call = CallOut {
        id: CallOutId::new(ctx.fresh()),
        team: shift.team.clone(),
        slot: shift.slot.clone(),
        segment: shift.segment,
        person: person.id.clone(),
        role: shift.role.clone(),
        window,
        note: note.to_owned(),
        recorded_by: actor.audit_name(),
        recorded: ctx.now,
    };
    rows::insert(tx, &call)?;
    let deed = Deed::new("call-out.entered", format!("call-out:{}", call.id)).subject(&person.id);
    record(tx, ctx, actor, deed.after(shown(&call)))?;
    Ok(call)
}

fn shown(call: &CallOut) -> Json {
    json!({ "team": call.team, "person": call.person, "slot": call.slot, "role": call.role,
        "start": call.window.start.to_string(), "end": call.window.end.to_string(), "note": call.note })
}

/// The shifts that the person has to stand before they have rested, by their teams' rule; those of the same turn need no
/// rest between them.
fn lacking(tx: &mut dyn Connection, person: &Person, call: &CallOut) -> Result<Vec<String>, ServiceError> {
    let turn = slots::find(tx, &call.slot)?.and_then(|slot| slot.turn);
    let mut lacking = Vec::new();
    let soon = Window::new(call.window.end.plus_millis(-1), call.window.end.plus_millis(2 * DAY));
    for shift in shifts::of_person(tx, &person.id, soon)? {
        let same_turn = turn.is_some() && slots::find(tx, &shift.slot)?.and_then(|slot| slot.turn) == turn;
        if same_turn || shift.window.start <= call.window.start {
            continue;
        }
        let wanted = teams::find(tx, &shift.team)?.map_or(0, |team| team.settings.min_rest_minutes);
        let minutes = ((shift.window.start.millis() - call.window.end.millis()) / MINUTE).max(0);
        if minutes < i64::from(wanted) {
            lacking.push(format!(
                "{} of rest until {} for {} {}, {} wanted: ask for cover, or plan it again",
                phrase::hours(minutes),
                shift.role,
                shift.team,
                phrase::span(shift.window, person.zone),
                phrase::hours(i64::from(wanted))
            ));
        }
    }
    Ok(lacking)
}

#[cfg(test)]
mod tests;
