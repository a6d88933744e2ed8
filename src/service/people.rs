//! People: adding, listing and disabling them. Whoever leaves stays in the history; their future shifts become gaps.

mod change;
mod leave;

use super::audit::{Deed, record, record_all};
use super::{Actor, Ctx, Service, ServiceError, fields, homes, passwords, rights, secret, sessions};
use crate::ids::{PersonId, TokenId};
use crate::roster::model::Person;
use crate::store::{Connection, people as rows, teams, tokens};
use serde_json::{Value as Json, json};

pub use leave::Gap;
pub(super) use leave::{empty, leave_team};

/// Somebody to be added, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewPerson {
    /// Slug, for ever.
    pub id: String,
    /// As shown.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Telephone number in international form.
    pub phone: Option<String>,
    /// IANA zone.
    pub zone: String,
    /// May administer everything.
    pub admin: bool,
}

impl NewPerson {
    /// The person, every field checked.
    pub(super) fn checked(&self) -> Result<Person, ServiceError> {
        let phone = self.phone.as_deref().filter(|phone| !phone.trim().is_empty());
        Ok(Person {
            id: PersonId::new(fields::slug("id", &self.id)?),
            name: fields::name("name", &self.name)?,
            email: fields::email("email", &self.email)?,
            phone: phone.map(|phone| fields::phone("phone", phone)).transpose()?,
            zone: fields::zone("time_zone", &self.zone)?,
            admin: self.admin,
            disabled: false,
        })
    }
}

/// A person as the audit trail shows them.
pub(super) fn shown(person: &Person) -> Json {
    json!({ "name": person.name, "email": person.email, "phone": person.phone, "time_zone": person.zone.name(),
        "admin": person.admin })
}

/// Adds a person with their calendars.
pub(super) fn create(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, person: &Person) -> Result<(), ServiceError> {
    if rows::find(tx, &person.id)?.is_some() {
        return Err(ServiceError::conflict("person-exists", format!("there is a person {} already", person.id)));
    }
    refuse_taken_address(tx, &person.email)?;
    create_all(tx, ctx, actor, std::slice::from_ref(person))
}

/// Adds people whose ids and addresses are known to be free, with their calendars.
pub(super) fn create_all(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    people: &[Person],
) -> Result<(), ServiceError> {
    rows::insert_all(tx, people, ctx.now)?;
    homes::of_people(tx, ctx, people.iter().map(|person| &person.id))?;
    let added = |person: &Person| {
        let deed = Deed::new("person.added", format!("person:{}", person.id)).subject(&person.id);
        deed.after(shown(person))
    };
    record_all(tx, ctx, actor, people.iter().map(added))?;
    Ok(())
}

/// Refuses an address that a person or a team has: answers by mail could not be told apart.
pub(super) fn refuse_taken_address(tx: &mut dyn Connection, email: &str) -> Result<(), ServiceError> {
    let whose = match rows::by_email(tx, email)? {
        Some(person) => Some(format!("person {}", person.id)),
        None => teams::by_email(tx, email)?.map(|team| format!("team {}", team.id)),
    };
    whose.map_or(Ok(()), |whose| Err(address_taken(email, &whose)))
}

/// The refusal of an address that `whose` has.
pub(super) fn address_taken(email: &str, whose: &str) -> ServiceError {
    ServiceError::conflict("address-taken", format!("the address {email} belongs to {whose}"))
}

/// The person whom a user name (mail address or id) means.
pub(super) fn by_login(tx: &mut dyn Connection, login: &str) -> Result<Person, ServiceError> {
    rows::by_login(tx, login)?.ok_or_else(|| ServiceError::NotFound(format!("person {login}")))
}

impl Service {
    /// Adds a person with their calendars; for administrators.
    pub async fn add_person(&self, actor: &Actor, new: &NewPerson) -> Result<Person, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), new.checked()?);
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            create(tx, &ctx, &actor, &person)?;
            Ok(person.clone())
        };
        self.store.write(write).await
    }

    /// Everybody, disabled people too, by id; for administrators.
    pub async fn people(&self, actor: &Actor) -> Result<Vec<Person>, ServiceError> {
        let actor = actor.clone();
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            Ok(rows::all(tx)?)
        };
        self.store.read(read).await
    }

    /// The person whom a user name (mail address or id) means; for administrators.
    pub async fn person_by_login(&self, actor: &Actor, login: &str) -> Result<Person, ServiceError> {
        let (actor, login) = (actor.clone(), login.to_owned());
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            by_login(tx, &login)
        };
        self.store.read(read).await
    }

    /// Disables a person: every secret is revoked, what they still had to stand becomes a reported gap, their requests
    /// for cover are void. Answers the gaps; for administrators. Disabling twice is harmless.
    pub async fn disable_person(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Gap>, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            rows::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            if rows::find(tx, &person)?.is_some_and(|one| one.admin && !one.disabled) {
                change::refuse_last_administrator(tx, &actor, &person)?;
            }
            if !rows::disable(tx, &person, ctx.now)? {
                return Ok(Vec::new());
            }
            let revoked = tokens::revoke_all(tx, &person, ctx.now)?;
            rows::revoke_links(tx, &person)?;
            sessions::end_all(tx, &ctx, &actor, &person, None)?;
            let gaps = leave::leave(tx, &ctx, &actor, &person)?;
            let deed = Deed::new("person.disabled", format!("person:{person}")).subject(&person);
            record(tx, &ctx, &actor, deed.after(json!({ "secrets_revoked": revoked, "gaps": gaps.len() })))?;
            Ok(gaps)
        };
        self.store.write(write).await
    }

    /// Draws a password for the web and sets it; for the person, or an administrator. It is shown once.
    pub async fn draw_web_password(&self, actor: &Actor, person: &PersonId) -> Result<String, ServiceError> {
        let password = secret::draw_password()?;
        self.set_web_password(actor, person, &password, None).await?;
        Ok(password)
    }

    /// Sets a person's password for the web and ends their sessions, all but the one in which it is done; for the person,
    /// or an administrator. It never opens a calendar.
    pub async fn set_web_password(
        &self,
        actor: &Actor,
        person: &PersonId,
        password: &str,
        here: Option<&TokenId>,
    ) -> Result<(), ServiceError> {
        passwords::check(password)?;
        let hash = passwords::hash(password.to_owned()).await?;
        let (ctx, actor, person, here) = (self.ctx(), actor.clone(), person.clone(), here.cloned());
        let write = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            rows::find(tx, &person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            rows::set_web_password(tx, &person, Some(&hash))?;
            sessions::end_all(tx, &ctx, &actor, &person, here.as_ref())?;
            let deed = Deed::new("web-password.set", format!("person:{person}")).subject(&person);
            record(tx, &ctx, &actor, deed)?;
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }
}

#[cfg(test)]
mod tests;
