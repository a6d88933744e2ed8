//! Changing somebody's name, address, phone, zone and rights, and letting them in again.

use super::{NewPerson, refuse_taken_address, shown};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Person;
use crate::service::audit::{Deed, record};
use crate::service::calendars::topic_of_person;
use crate::service::render::{horizon, render_people};
use crate::service::{Actor, Ctx, Service, ServiceError, Who, rights};
use crate::store::{Connection, StoreError, people as rows, shifts, teams};
use std::collections::BTreeSet;

impl Service {
    /// Writes somebody's name, address, phone, zone and rights anew; their id stays. Their shifts and those of everybody
    /// who stands with them say so at once. For administrators, of whom one must be left.
    pub async fn change_person(&self, actor: &Actor, new: &NewPerson) -> Result<Person, ServiceError> {
        let (ctx, actor, wanted) = (self.ctx(), actor.clone(), new.checked()?);
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            let before = rows::find(tx, &wanted.id)?;
            let before = before.ok_or_else(|| ServiceError::NotFound(format!("person {}", wanted.id)))?;
            let wanted = Person { disabled: before.disabled, ..wanted.clone() };
            if wanted == before {
                return Ok(wanted);
            }
            if wanted.email != before.email {
                refuse_taken_address(tx, &wanted.email)?;
            }
            if before.admin && !wanted.admin {
                refuse_last_administrator(tx, &actor, &wanted.id)?;
            }
            rows::update(tx, &wanted)?;
            tx.note_properties(&topic_of_person(&wanted.id), None, ctx.now);
            let deed = Deed::new("person.changed", format!("person:{}", wanted.id)).subject(&wanted.id);
            record(tx, &ctx, &actor, deed.before(shown(&before)).after(shown(&wanted)))?;
            tell(tx, &ctx, &wanted.id)?;
            Ok(wanted)
        };
        self.store.write(write).await
    }

    /// Lets a disabled person in again; what they stood stays given away, and their secrets stay revoked. For
    /// administrators. Enabling twice is harmless.
    pub async fn enable_person(&self, actor: &Actor, person: &PersonId) -> Result<(), ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            rows::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            if rows::enable(tx, &person)? {
                record(tx, &ctx, &actor, Deed::new("person.enabled", format!("person:{person}")).subject(&person))?;
            }
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }
}

/// Refuses to leave the instance without anybody who may administer it by its pages; at the machine's command line
/// there is always somebody who may.
pub(super) fn refuse_last_administrator(
    tx: &mut dyn Connection,
    actor: &Actor,
    person: &PersonId,
) -> Result<(), ServiceError> {
    if actor.who == Who::Operator {
        return Ok(());
    }
    let others = rows::all(tx)?.into_iter().any(|one| one.admin && !one.disabled && one.id != *person);
    if others {
        return Ok(());
    }
    let message = format!("{person} is the last administrator; make somebody else one first");
    Err(ServiceError::conflict("last-administrator", message))
}

/// Names, addresses and phones stand in the shifts of whoever stands with somebody, and in their teams' rosters.
fn tell(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<(), ServiceError> {
    let of: BTreeSet<TeamId> = teams::memberships_of_person(tx, person)?.into_iter().map(|one| one.team).collect();
    let mut holders = BTreeSet::from([person.clone()]);
    for team in &of {
        holders.extend(shifts::of_team(tx, team, horizon(ctx.now))?.into_iter().filter_map(|shift| shift.person));
    }
    let (holders, of): (Vec<PersonId>, Vec<TeamId>) = (holders.into_iter().collect(), of.into_iter().collect());
    Ok::<_, StoreError>(render_people(tx, ctx, &holders, &of)?).map_err(ServiceError::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{ada, operator, rota, stands};
    use crate::store::{collections, objects};
    use crate::time::Window;

    async fn first_shift(service: &Service, person: &str) -> String {
        let person = PersonId::from(person);
        let read = move |tx: &mut dyn Connection| {
            let calendar = collections::of_person(tx, &person)?.into_iter().find(|one| one.name == "shifts").unwrap();
            let body = objects::page(tx, &calendar.id, None, 1, None)?.remove(0).body;
            Ok::<_, ServiceError>(String::from_utf8(body).unwrap().replace("\r\n ", ""))
        };
        service.store.read(read).await.unwrap()
    }

    #[tokio::test]
    async fn a_new_phone_stands_in_the_partners_shift_at_once() {
        let (_place, service) = rota().await;
        let start = service.ctx().now.plus_hours(24);
        let window = Window::new(start, start.plus_hours(12));
        stands(&service, "one", "primary", window, Some("ada")).await;
        stands(&service, "two", "secondary", window, Some("ben")).await;
        let new = NewPerson { phone: Some("+44 7700 900777".to_owned()), ..ada() };
        service.change_person(&operator(), &new).await.unwrap();
        assert!(first_shift(&service, "ben").await.contains("+447700900777"));
        let taken = NewPerson { email: "ben@example.org".to_owned(), ..ada() };
        let said = service.change_person(&operator(), &taken).await.unwrap_err();
        assert!(matches!(said, ServiceError::Conflict { code: "address-taken", .. }), "{said}");
    }

    #[tokio::test]
    async fn one_administrator_is_left_whatever_is_done() {
        let (_place, service) = rota().await;
        service.change_person(&operator(), &NewPerson { admin: true, ..ada() }).await.unwrap();
        let as_ada = Actor::person("ada".into(), crate::roster::model::Channel::Button);
        let said = service.change_person(&as_ada, &ada()).await.unwrap_err();
        assert!(matches!(said, ServiceError::Conflict { code: "last-administrator", .. }), "{said}");
        assert!(service.disable_person(&as_ada, &"ada".into()).await.is_err());
        let ben =
            NewPerson { id: "ben".to_owned(), name: "Ben".to_owned(), email: "ben@example.org".to_owned(), ..ada() };
        service.change_person(&as_ada, &NewPerson { admin: true, ..ben }).await.unwrap();
        service.disable_person(&as_ada, &"ada".into()).await.unwrap();
        service.enable_person(&operator(), &"ada".into()).await.unwrap();
        assert!(!service.person_by_login(&operator(), "ada").await.unwrap().disabled);
    }
}
