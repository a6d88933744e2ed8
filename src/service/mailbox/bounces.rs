//! Addresses to which mail can't be delivered: known from the relay's own word, or from a report that comes back (RFC
//! 3464). Whoever manages the person's teams hears of it, for the person can't.

use super::by_mail;
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Person;
use crate::service::audit::{Deed, record};
use crate::service::swaps::managers_of;
use crate::service::{Actor, Ctx, Service, ServiceError, outbox, rights};
use crate::store::bounces::{self as rows, Bounce};
use crate::store::{Connection, people, teams};
use serde_json::json;

/// Longest reason that is kept, in characters.
const REASON: usize = 200;

impl Service {
    /// The relay says that nobody has this address.
    pub async fn mail_bounced(&self, address: &str, why: &str) -> Result<(), ServiceError> {
        let (ctx, address, why) = (self.ctx(), address.to_owned(), why.to_owned());
        let write = move |tx: &mut dyn Connection| match people::by_email(tx, &address)? {
            Some(person) => note(tx, &ctx, &person, &why),
            None => Ok(()),
        };
        self.store.write(write).await
    }

    /// Whose mail comes back, of a team's people; for its managers.
    pub async fn bouncing(&self, actor: &Actor, team: &TeamId) -> Result<Vec<PersonId>, ServiceError> {
        let (ctx, who, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage(tx, &who, &team, ctx.now)?;
            let mut found = Vec::new();
            for membership in teams::memberships_of_team(tx, &team)? {
                if is_bouncing(tx, &membership.person)? && !found.contains(&membership.person) {
                    found.push(membership.person);
                }
            }
            Ok(found)
        };
        self.store.read(read).await
    }
}

/// Whether the person's mail came back; with another address they start anew.
pub(in crate::service) fn is_bouncing(tx: &mut dyn Connection, person: &PersonId) -> Result<bool, ServiceError> {
    let Some(bounce) = rows::find(tx, person)? else { return Ok(false) };
    Ok(people::find(tx, person)?.is_some_and(|person| person.email == bounce.address))
}

/// Keeps that mail to a person came back, and tells the managers of their teams, once a day.
pub(super) fn note(tx: &mut dyn Connection, ctx: &Ctx, person: &Person, why: &str) -> Result<(), ServiceError> {
    let why: String = why.chars().filter(|c| !c.is_control()).take(REASON).collect();
    let bounce = Bounce { person: person.id.clone(), address: person.email.clone(), at: ctx.now, reason: why.clone() };
    rows::put(tx, &bounce)?;
    let deed = Deed::new("mail.bounced", format!("person:{}", person.id)).subject(&person.id);
    record(tx, ctx, &by_mail(), deed.after(json!({ "address": person.email, "why": why })))?;
    let matter = format!("{}/{}/{}", person.id, person.email, ctx.now.utc().date_naive());
    for membership in teams::memberships_of_person(tx, &person.id)? {
        let payload = json!({ "team": membership.team, "name": person.name, "from": person.email, "note": why });
        for manager in managers_of(tx, ctx, &membership.team)?.into_iter().filter(|manager| *manager != person.id) {
            if let Some(manager) = people::find(tx, &manager)?.filter(|manager| !manager.disabled) {
                outbox::send(tx, ctx, ("mail.bounce", &manager.email), &payload, &matter)?;
            }
        }
    }
    Ok(())
}
