//! Handover: the note that whoever goes off a shift leaves for whoever comes on.

use super::audit::{Deed, record};
use super::render::{render_people, touched_by};
use super::swaps::may_answer;
use super::{Actor, Ctx, Scope, Service, ServiceError, Who, rights};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::Shift;
use crate::store::{Connection, people, shifts};
use crate::time::Window;

/// Longest note, in characters.
const LONGEST: usize = 4_000;

/// A shift with what was left for it, and what is left for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// The shift.
    pub shift: Shift,
    /// Its holder's name.
    pub name: Option<String>,
    /// Who stood before them, and what they left.
    pub before: Option<Neighbour>,
    /// Who comes after them.
    pub after: Option<Neighbour>,
}

/// Somebody on the other side of a seam.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Who.
    pub person: PersonId,
    /// As shown.
    pub name: String,
    /// What they leave at the end of their shift.
    pub note: Option<String>,
}

impl Service {
    /// What was left for a shift and what its holder leaves; for the team and whoever holds it. Without a segment it is
    /// the actor's own part, or else the first that has not ended.
    pub async fn handover(&self, actor: &Actor, slot: &SlotId, segment: Option<u32>) -> Result<Handover, ServiceError> {
        let (ctx, who, slot) = (self.ctx(), actor.clone(), slot.clone());
        let read = move |tx: &mut dyn Connection| {
            let shift = shift_of(tx, &ctx, &who, (&slot, segment))?;
            if !may_read(tx, &ctx, &who, &shift)? {
                return Err(ServiceError::NotFound(format!("shift {slot}")));
            }
            seen(tx, &shift)
        };
        self.store.read(read).await
    }

    /// Leaves a note for whoever comes on, in place of the one before; without text takes it back. The holder, a delegate
    /// of theirs and managers may; nobody else.
    pub async fn leave_handover(
        &self,
        actor: &Actor,
        slot: &SlotId,
        segment: Option<u32>,
        note: Option<String>,
    ) -> Result<Handover, ServiceError> {
        let note = note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty());
        if note.as_ref().is_some_and(|note| note.chars().count() > LONGEST) {
            return Err(ServiceError::invalid("note", format!("must be at most {LONGEST} characters")));
        }
        if note.as_ref().is_some_and(|note| note.chars().any(|c| c.is_control() && c != '\n')) {
            return Err(ServiceError::invalid("note", "must not hold control characters"));
        }
        let (ctx, who, slot) = (self.ctx(), actor.clone(), slot.clone());
        let write = move |tx: &mut dyn Connection| {
            let shift = shift_of(tx, &ctx, &who, (&slot, segment))?;
            let readable = may_read(tx, &ctx, &who, &shift)?;
            let Some(holder) = shift.person.clone() else {
                return Err(ServiceError::conflict("gap", "nobody holds this shift"));
            };
            match may_answer(tx, &ctx, &who, (&holder, &shift.team)) {
                Err(ServiceError::Forbidden(_)) if !readable => {
                    return Err(ServiceError::NotFound(format!("shift {slot}")));
                }
                settled => settled?,
            }
            leave(tx, &ctx, &who, (&holder, &shift), note.as_deref())?;
            seen(tx, &Shift { note: note.clone(), ..shift })
        };
        self.store.write(write).await
    }
}

/// Stores a note of a shift's holder, and tells the calendars of those at its seams.
pub(super) fn leave(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (holder, shift): (&PersonId, &Shift),
    note: Option<&str>,
) -> Result<(), ServiceError> {
    if shift.note.as_deref() == note {
        return Ok(());
    }
    shifts::set_note(tx, &shift.slot, shift.segment, note)?;
    let deed = Deed::new("shift.note", format!("shift:{}.{}", shift.slot, shift.segment));
    record(tx, ctx, actor, deed.subject(holder))?;
    let touched = touched_by(tx, shift)?;
    render_people(tx, ctx, &touched, &[])
}

fn shift_of(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (slot, segment): (&SlotId, Option<u32>),
) -> Result<Shift, ServiceError> {
    let all = shifts::of_slot(tx, slot)?;
    let own = |shift: &&Shift| actor.person_id().is_some() && shift.person.as_ref() == actor.person_id();
    let found = match segment {
        Some(segment) => all.iter().find(|shift| shift.segment == segment),
        None => all.iter().find(own).or_else(|| all.iter().find(|shift| ctx.now < shift.window.end)).or(all.last()),
    };
    found.cloned().ok_or_else(|| ServiceError::NotFound(format!("shift {slot}")))
}

fn may_read(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, shift: &Shift) -> Result<bool, ServiceError> {
    let of_team = |tx: &mut dyn Connection, person: &PersonId, team: &TeamId| -> Result<bool, ServiceError> {
        let belongs = rights::belongs(tx, person, team, ctx.now, |_| true)?;
        Ok(belongs || rights::manages(tx, person, team, ctx.now)?)
    };
    match (&actor.who, actor.person_id()) {
        (Who::Operator | Who::System, _) => Ok(true),
        (Who::Token { scope, .. }, None) => Ok(*scope >= Scope::Read),
        (_, Some(person)) => {
            let holds = shift.person.as_ref();
            let answers = holds.map_or(Ok(false), |holder| rights::answers_for(tx, person, holder))?;
            Ok(answers || holds == Some(person) || of_team(tx, person, &shift.team)?)
        }
        (Who::Person(_), None) => Ok(false),
    }
}

fn seen(tx: &mut dyn Connection, shift: &Shift) -> Result<Handover, ServiceError> {
    let around = Window::new(shift.window.start.plus_millis(-1), shift.window.end.plus_millis(1));
    let beside = shifts::of_team(tx, &shift.team, around)?;
    let mut other = |at: &dyn Fn(&Shift) -> bool| -> Result<Option<Neighbour>, ServiceError> {
        let met = beside.iter().find(|other| other.role == shift.role && at(other) && other.person != shift.person);
        let Some((met, person)) = met.and_then(|met| Some((met, met.person.clone()?))) else { return Ok(None) };
        Ok(Some(Neighbour { name: name(tx, &person)?, person, note: met.note.clone() }))
    };
    let before = other(&|one| one.window.end == shift.window.start)?;
    let after = other(&|one| one.window.start == shift.window.end)?;
    let name = shift.person.as_ref().map(|person| name(tx, person)).transpose()?;
    Ok(Handover { shift: shift.clone(), name, before, after })
}

fn name(tx: &mut dyn Connection, person: &PersonId) -> Result<String, ServiceError> {
    Ok(people::find(tx, person)?.map_or_else(|| person.to_string(), |person| person.name))
}

#[cfg(test)]
mod tests;
