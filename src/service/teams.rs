//! Teams: who belongs to them, what they need, whom to escalate to.

mod demand;
mod naming;
mod patterns;
mod qualifications;
mod rules;

pub use demand::{HolidayView, Occurrence, PatternView};
pub use patterns::NewPattern;
pub(super) use patterns::{add as add_pattern_in, calendar as team_calendar, put as put_object, store as store_object};
pub use qualifications::NewQualification;
pub(super) use qualifications::{grant, named, permission};
pub use rules::RulesEffect;

use super::audit::{Deed, record};
use super::calendars::{refresh_team_availability, topic_of_person};
use super::people::{Gap, by_login, leave_team};
use super::render::{horizon, render_people};
use super::templates::Arrangement;
use super::{Actor, Ctx, Service, ServiceError, fields, rights};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Contact, Membership, Role, Settings, Team, Weights, Words};
use crate::store::{Connection, StoreError, collections, people, shifts, teams as rows};
use crate::time::Day;
use serde_json::json;
use std::collections::BTreeSet;

/// A team to be added, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTeam {
    /// Slug, for ever.
    pub id: String,
    /// As shown.
    pub name: String,
    /// The roster's own address.
    pub email: String,
    /// IANA zone in which it counts days.
    pub zone: String,
}

/// A team with its people.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamView {
    /// The team.
    pub team: Team,
    /// Everybody who ever belonged to it or will, with their name.
    pub members: Vec<(Membership, String)>,
}

/// The roles that a team begins with: two that are paged, and one that may stay empty.
#[must_use]
pub fn usual_roles() -> Vec<Role> {
    let role = |name: &str, weight, paged| Role {
        name: name.to_owned(),
        weight,
        paged,
        optional: !paged,
        requires: Vec::new(),
    };
    vec![role("primary", 100, true), role("secondary", 80, true), role("shadow", 0, false)]
}

/// The team of an id.
pub(super) fn known(tx: &mut dyn Connection, team: &TeamId) -> Result<Team, ServiceError> {
    rows::find(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))
}

/// Adds a membership, or changes the one with the same first day or the one that it `replaces`, and writes it to the
/// trail where that is news; then it answers what the person can't stand any more because of it.
pub(super) fn join(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    membership: &Membership,
    replaces: Option<&Membership>,
) -> Result<Option<Vec<Gap>>, ServiceError> {
    if membership.from.zip(membership.until).is_some_and(|(from, until)| until <= from) {
        return Err(ServiceError::invalid("until", "must come after the first day"));
    }
    let before = rows::memberships_of_person(tx, &membership.person)?;
    if before.contains(membership) {
        return Ok(None);
    }
    let overlaps = |other: &&Membership| {
        other.team == membership.team
            && other.from != membership.from
            && replaces != Some(*other)
            && other.until.is_none_or(|until| membership.from.is_none_or(|from| from < until))
            && membership.until.is_none_or(|until| other.from.is_none_or(|from| from < until))
    };
    if let Some(other) = before.iter().find(overlaps) {
        let span = match (other.from, other.until) {
            (None, None) => "without a first or last day".to_owned(),
            (Some(from), None) => format!("from {from} on"),
            (None, Some(until)) => format!("until {until}"),
            (Some(from), Some(until)) => format!("from {from} until {until}"),
        };
        let message = format!("{} belongs to {} {span}: two memberships may not overlap", other.person, other.team);
        return Err(ServiceError::conflict("membership-overlaps", message));
    }
    if let Some(old) = replaces.filter(|old| old.from != membership.from) {
        rows::remove_membership(tx, old)?;
    }
    rows::put_membership(tx, membership)?;
    note_home(tx, ctx, &membership.person);
    let deed = Deed::new("team.joined", format!("team:{}", membership.team)).subject(&membership.person);
    let after = json!({ "person": membership.person, "manager": membership.manager, "member": membership.member,
        "fte": membership.fte, "novice": membership.novice, "from": membership.from, "until": membership.until });
    record(tx, ctx, actor, deed.after(after))?;
    leave_team(tx, ctx, actor, (&membership.team, &membership.person), &before).map(Some)
}

/// Longest event at a seam, in minutes.
const LONGEST_HANDOVER: u32 = 240;
/// How many minutes before a shift phones may ring: a day.
const LONGEST_ALARM: u32 = 1_440;
/// Caps, and words of a kind, that a team may have.
const MOST_LISTED: usize = 50;
/// Longest word, in bytes.
const LONGEST_WORD: usize = 100;

/// Writes what the team's people find in their calendars anew, where its switches or contacts say so.
fn render_holders(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<(), ServiceError> {
    let held = shifts::of_team(tx, team, horizon(ctx.now))?.into_iter().filter_map(|shift| shift.person);
    let holders: BTreeSet<PersonId> = held.collect();
    render_people(tx, ctx, &holders.into_iter().collect::<Vec<_>>(), std::slice::from_ref(team))
}

/// Calendars come to a home and go from it with a membership, and the person's groups change.
fn note_home(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) {
    tx.note_content(&collections::topic_of_home(person), ctx.now);
    tx.note_properties(&topic_of_person(person), None, ctx.now);
}

/// New caps must make sense; those that are there already may stay.
fn check_caps(team: &Team, settings: &Settings) -> Result<(), ServiceError> {
    let refused = |message: String| Err(ServiceError::invalid("caps", message));
    if settings.caps.len() > MOST_LISTED {
        return refused(format!("at most {MOST_LISTED} caps"));
    }
    for cap in settings.caps.iter().filter(|cap| !team.settings.caps.contains(cap)) {
        if !(1..=366).contains(&cap.days) {
            return refused(format!("a cap of {} days: days must be 1 to 366", cap.days));
        }
        if cap.max_turns.is_none() && cap.max_minutes.is_none() {
            return refused(format!("the cap of {} days caps nothing; say how many turns or hours", cap.days));
        }
        if let Some(role) = cap.roles.iter().find(|role| team.roles.iter().all(|known| known.name != **role)) {
            return Err(ServiceError::NotFound(format!("a role {role} in {}", team.id)));
        }
    }
    Ok(())
}

fn check_words(settings: &Settings) -> Result<(), ServiceError> {
    let Words { avoid, prefer, ignore } = &settings.words;
    for list in [avoid, prefer, ignore] {
        let fits = |word: &String| (1..=LONGEST_WORD).contains(&word.trim().len()) && !word.contains([':', '\n']);
        if list.len() > MOST_LISTED || !list.iter().all(fits) {
            let message =
                format!("at most {MOST_LISTED} of a kind, each of 1 to {LONGEST_WORD} bytes, without a colon");
            return Err(ServiceError::invalid("words", message));
        }
    }
    Ok(())
}

/// A person's present membership of a team, or else their next one.
pub(super) fn present(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (team, person): (&TeamId, &PersonId),
) -> Result<Option<Membership>, StoreError> {
    let Some(zone) = rows::zone(tx, team)? else { return Ok(None) };
    let today = ctx.now.civil(zone).date();
    let all = rows::memberships_of_person(tx, person)?;
    Ok(all.into_iter().find(|m| m.team == *team && m.until.is_none_or(|until| today < until)))
}

impl Service {
    /// Adds a team with the usual roles and its calendars; for administrators.
    pub async fn add_team(&self, actor: &Actor, new: &NewTeam) -> Result<Team, ServiceError> {
        self.add_team_with(actor, new, Arrangement::Empty).await
    }

    /// Every team, by id; for administrators.
    pub async fn teams(&self, actor: &Actor) -> Result<Vec<Team>, ServiceError> {
        let actor = actor.clone();
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            Ok(rows::all(tx)?)
        };
        self.store.read(read).await
    }

    /// A team with its people; for its managers.
    pub async fn team(&self, actor: &Actor, team: &TeamId) -> Result<TeamView, ServiceError> {
        let (actor, id, now) = (actor.clone(), team.clone(), self.clock.now());
        let read = move |tx: &mut dyn Connection| {
            let team = known(tx, &id)?;
            rights::manage(tx, &actor, &id, now)?;
            let mut members = Vec::new();
            for membership in rows::memberships_of_team(tx, &id)? {
                let name = people::find(tx, &membership.person)?.map(|person| person.name).unwrap_or_default();
                members.push((membership, name));
            }
            Ok(TeamView { team, members })
        };
        self.store.read(read).await
    }

    /// A person's memberships of all teams, past and future ones too, with what each team is called; for administrators.
    pub async fn memberships_of(
        &self,
        actor: &Actor,
        person: &PersonId,
    ) -> Result<Vec<(Membership, String)>, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            let names = rows::names(tx)?;
            let name = |team: &TeamId| names.iter().find(|(id, ..)| id == team).map(|(_, name, _)| name.clone());
            let all = rows::memberships_of_person(tx, &person)?;
            Ok::<_, ServiceError>(
                all.into_iter().map(|one| (one.clone(), name(&one.team).unwrap_or_default())).collect(),
            )
        };
        self.store.read(read).await
    }

    /// Makes a person belong to a team, or changes how; answers the gaps where they stand less than before. For its
    /// managers.
    pub async fn put_member(&self, actor: &Actor, membership: Membership) -> Result<Vec<Gap>, ServiceError> {
        let team = membership.team.clone();
        self.change_team(actor, &team, move |tx, ctx, actor| {
            let person = by_login(tx, membership.person.as_str())?;
            if person.disabled {
                return Err(ServiceError::conflict("person-disabled", format!("{} is disabled", person.id)));
            }
            let membership = Membership { person: person.id, ..membership.clone() };
            Ok(join(tx, ctx, actor, &membership, None)?.unwrap_or_default())
        })
        .await
    }

    /// The same, where the membership that changes is the present one, or else the next, whatever its first day; a first
    /// day that is not named stays. For the team's managers.
    pub async fn change_member(&self, actor: &Actor, membership: Membership) -> Result<Vec<Gap>, ServiceError> {
        let team = membership.team.clone();
        self.change_team(actor, &team, move |tx, ctx, actor| {
            let person = by_login(tx, membership.person.as_str())?;
            if person.disabled {
                return Err(ServiceError::conflict("person-disabled", format!("{} is disabled", person.id)));
            }
            let old = present(tx, ctx, (&membership.team, &person.id))?;
            let from = membership.from.or_else(|| old.as_ref().and_then(|old| old.from));
            let membership = Membership { person: person.id, from, ..membership.clone() };
            Ok(join(tx, ctx, actor, &membership, old.as_ref())?.unwrap_or_default())
        })
        .await
    }

    /// Ends a person's present and future memberships of a team with a day, which is the first they don't belong to it;
    /// for its managers. What they had to stand from then on becomes reported gaps, which are answered.
    pub async fn end_membership(
        &self,
        actor: &Actor,
        team: &TeamId,
        person: &PersonId,
        until: Day,
    ) -> Result<Vec<Gap>, ServiceError> {
        let (id, person) = (team.clone(), person.clone());
        self.change_team(actor, team, move |tx, ctx, actor| {
            let all = rows::memberships_of_person(tx, &person)?;
            let open = |m: &&Membership| m.team == id && m.until.is_none_or(|day| until < day);
            let open: Vec<_> = all.iter().filter(open).collect();
            if open.is_empty() {
                return Err(ServiceError::NotFound(format!("a membership of {person} in {id} after {until}")));
            }
            for membership in open {
                if membership.from.is_some_and(|from| until <= from) {
                    rows::remove_membership(tx, membership)?;
                } else {
                    rows::put_membership(tx, &Membership { until: Some(until), ..membership.clone() })?;
                }
            }
            note_home(tx, ctx, &person);
            let deed = Deed::new("team.left", format!("team:{id}")).subject(&person);
            record(tx, ctx, actor, deed.after(json!({ "person": person, "until": until })))?;
            leave_team(tx, ctx, actor, (&id, &person), &all)
        })
        .await
    }

    /// Replaces the team's escalation contacts; for its managers.
    pub async fn set_contacts(&self, actor: &Actor, team: &TeamId, contacts: Vec<Contact>) -> Result<(), ServiceError> {
        let id = team.clone();
        self.change_team(actor, team, move |tx, ctx, actor| {
            let roles = known(tx, &id)?.roles;
            for contact in &contacts {
                fields::name("name", &contact.name)?;
                fields::phone("phone", &contact.phone)?;
                if let Some(role) = contact.role.as_ref().filter(|role| roles.iter().all(|known| known.name != **role))
                {
                    return Err(ServiceError::NotFound(format!("a role {role} in {id}")));
                }
            }
            rows::set_contacts(tx, &id, &contacts)?;
            // They stand in everybody's shifts.
            render_holders(tx, ctx, &id)?;
            let names: Vec<_> = contacts.iter().map(|contact| contact.name.as_str()).collect();
            let deed = Deed::new("team.contacts", format!("team:{id}")).after(json!({ "contacts": names }));
            record(tx, ctx, actor, deed)?;
            Ok(())
        })
        .await
    }

    /// Replaces the team's switches; for its managers.
    pub async fn set_settings(&self, actor: &Actor, team: &TeamId, settings: Settings) -> Result<(), ServiceError> {
        let id = team.clone();
        self.change_team(actor, team, move |tx, ctx, actor| {
            if settings.handover_minutes > LONGEST_HANDOVER {
                return Err(ServiceError::invalid("handover_minutes", format!("must be at most {LONGEST_HANDOVER}")));
            }
            if settings.alarm_minutes > LONGEST_ALARM {
                return Err(ServiceError::invalid("alarm_minutes", format!("must be at most {LONGEST_ALARM}")));
            }
            let team = known(tx, &id)?;
            check_caps(&team, &settings)?;
            check_words(&settings)?;
            let before = team.settings;
            rows::set_settings(tx, &id, &settings)?;
            if before.words != settings.words {
                refresh_team_availability(tx, ctx, &id)?;
            }
            let shown = |settings: &Settings| {
                let Settings { handover_minutes, alarm_minutes, transparent_shifts, words, .. } = settings;
                (*handover_minutes, *alarm_minutes, *transparent_shifts, words.clone())
            };
            if shown(&before) != shown(&settings) {
                render_holders(tx, ctx, &id)?;
            }
            let deed = Deed::new("team.settings", format!("team:{id}")).before(json!(before)).after(json!(settings));
            record(tx, ctx, actor, deed)?;
            Ok(())
        })
        .await
    }

    /// Adds an edition of the team's weights and gives its number; what was worked keeps the points it has. For the
    /// team's managers.
    pub async fn set_weights(&self, actor: &Actor, team: &TeamId, weights: Weights) -> Result<i64, ServiceError> {
        let id = team.clone();
        self.change_team(actor, team, move |tx, ctx, actor| {
            let before = rows::weights(tx, &id)?;
            let edition = Weights { version: before.version + 1, ..weights.clone() };
            rows::insert_weights(tx, &id, &edition)?;
            let deed = Deed::new("team.weights", format!("team:{id}")).before(json!(before)).after(json!(edition));
            record(tx, ctx, actor, deed)?;
            Ok(edition.version)
        })
        .await
    }

    /// Forbids that two people of a team stand the same shift; for its managers.
    pub async fn forbid_pair(
        &self,
        actor: &Actor,
        team: &TeamId,
        pair: (PersonId, PersonId),
    ) -> Result<(), ServiceError> {
        let id = team.clone();
        self.change_team(actor, team, move |tx, ctx, actor| {
            let (a, b) = (by_login(tx, pair.0.as_str())?.id, by_login(tx, pair.1.as_str())?.id);
            if a == b {
                return Err(ServiceError::invalid("pair", "name two people"));
            }
            let members = rows::memberships_of_team(tx, &id)?;
            if let Some(stranger) = [&a, &b].into_iter().find(|one| members.iter().all(|m| m.person != **one)) {
                return Err(ServiceError::NotFound(format!("a membership of {stranger} in {id}")));
            }
            rows::forbid_pair(tx, &id, &a, &b)?;
            let deed = Deed::new("team.pair-forbidden", format!("team:{id}")).after(json!({ "pair": [a, b] }));
            record(tx, ctx, actor, deed)?;
            Ok(())
        })
        .await
    }

    /// Takes that back; for its managers.
    pub async fn allow_pair(
        &self,
        actor: &Actor,
        team: &TeamId,
        pair: (PersonId, PersonId),
    ) -> Result<(), ServiceError> {
        let id = team.clone();
        self.change_team(actor, team, move |tx, ctx, actor| {
            let (a, b) = (by_login(tx, pair.0.as_str())?.id, by_login(tx, pair.1.as_str())?.id);
            if !rows::allow_pair(tx, &id, &a, &b)? {
                return Err(ServiceError::NotFound(format!("a forbidden pair {a} and {b} in {id}")));
            }
            let deed = Deed::new("team.pair-allowed", format!("team:{id}")).before(json!({ "pair": [a, b] }));
            record(tx, ctx, actor, deed)?;
            Ok(())
        })
        .await
    }

    /// Runs a change of a team that exists, for its managers.
    async fn change_team<T, F>(&self, actor: &Actor, team: &TeamId, change: F) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Connection, &Ctx, &Actor) -> Result<T, ServiceError> + Send + 'static,
    {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let write = move |tx: &mut dyn Connection| {
            rows::zone(tx, &team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
            rights::manage(tx, &actor, &team, ctx.now)?;
            change(tx, &ctx, &actor)
        };
        self.store.write(write).await
    }
}

#[cfg(test)]
mod tests;
