//! Months that people confirm: they have said when they can't, and the rest may be planned. What a team that counts
//! silence as no waits for.

use super::audit::{Deed, record};
use super::render::refresh_reminders;
use super::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::ids::{PersonId, TeamId};
use crate::store::{Connection, StoreError, months as rows, people, teams};
use crate::time::{Day, Instant, Window, Zone};
use chrono::Months;
use serde_json::json;
use std::collections::BTreeMap;

/// A month that a person has confirmed, by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The first day.
    pub month: Day,
    /// When they did.
    pub at: Instant,
}

/// Whether somebody of a team has confirmed a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Who.
    pub person: PersonId,
    /// As it is shown.
    pub name: String,
    /// When they did; nothing where they are waited for.
    pub at: Option<Instant>,
}

/// The months that a person has confirmed, as a team's zone counts days.
pub(super) fn of_person(tx: &mut dyn Connection, person: &PersonId, zone: Zone) -> Result<Vec<Window>, StoreError> {
    Ok(rows::of_person(tx, person)?.into_iter().map(|(month, _)| window(month, zone)).collect())
}

fn window(month: Day, zone: Zone) -> Window {
    Window::of_days(month, month + Months::new(1), zone)
}

impl Service {
    /// The months that a person has confirmed, in order; for the person, their managers and administrators.
    pub async fn months(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Confirmed>, ServiceError> {
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            speak_for(tx, &ctx, &who, &person, Scope::Read)?;
            Ok(rows::of_person(tx, &person)?.into_iter().map(|(month, at)| Confirmed { month, at }).collect())
        };
        self.store.read(read).await
    }

    /// Confirms the month that begins with a day, or takes that back; for the person, their managers and administrators.
    /// Again is harmless.
    pub async fn confirm_month(
        &self,
        actor: &Actor,
        person: &PersonId,
        month: Day,
        confirmed: bool,
    ) -> Result<Confirmed, ServiceError> {
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let write = move |tx: &mut dyn Connection| {
            speak_for(tx, &ctx, &who, &person, Scope::Roster)?;
            let (changed, action) = if confirmed {
                (rows::confirm(tx, &person, month, ctx.now)?, "month.confirmed")
            } else {
                (rows::withdraw(tx, &person, month)?, "month.reopened")
            };
            if changed {
                let deed = Deed::new(action, format!("person:{person}")).subject(&person);
                record(tx, &ctx, &who, deed.after(json!({ "month": month.format("%Y-%m").to_string() })))?;
                refresh_reminders(tx, &ctx, std::slice::from_ref(&person))?;
            }
            let since = rows::of_person(tx, &person)?.into_iter().find(|(known, _)| *known == month);
            Ok(Confirmed { month, at: since.map_or(ctx.now, |(_, at)| at) })
        };
        self.store.write(write).await
    }

    /// Who of a team's members in a month has confirmed it, by name; for the team's managers.
    pub async fn team_month(
        &self,
        actor: &Actor,
        team: &TeamId,
        month: Day,
    ) -> Result<Vec<Confirmation>, ServiceError> {
        let (ctx, who, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage_known(tx, &who, &team, ctx.now)?;
            let end = month + Months::new(1);
            let mut found = BTreeMap::new();
            for membership in teams::memberships_of_team(tx, &team)? {
                let then =
                    membership.from.is_none_or(|from| from < end) && membership.until.is_none_or(|until| month < until);
                let person = people::find(tx, &membership.person)?.filter(|person| !person.disabled);
                let Some(person) = person.filter(|_| membership.member && then) else { continue };
                let months = rows::of_person(tx, &person.id)?;
                let at = months.into_iter().find(|(known, _)| *known == month).map(|(_, at)| at);
                found.insert((person.name.clone(), person.id.clone()), at);
            }
            let one = |((name, person), at)| Confirmation { person, name, at };
            Ok(found.into_iter().map(one).collect())
        };
        self.store.read(read).await
    }
}

/// Refuses whoever is neither the person, nor manages a team of theirs, nor an administrator. For other people the person
/// does not exist.
fn speak_for(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
    least: Scope,
) -> Result<(), ServiceError> {
    let not_found = || ServiceError::NotFound(format!("person {person}"));
    people::find(tx, person)?.ok_or_else(not_found)?;
    if rights::is_self(actor, person, least) {
        return Ok(());
    }
    for membership in teams::memberships_of_person(tx, person)? {
        match rights::manage(tx, actor, &membership.team, ctx.now) {
            Err(ServiceError::Forbidden(_)) => {}
            settled => return settled,
        }
    }
    match rights::administer(tx, actor) {
        Err(ServiceError::Forbidden(_)) if actor.person_id().is_some_and(|own| own != person) => Err(not_found()),
        settled => settled,
    }
}
