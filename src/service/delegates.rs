//! Delegates: whom a person names to look after their calendars, and to answer shifts, offers and invitations for them.
//! What a delegate does counts as the person's own, and the trail says who did it. They stand in for the person, not for
//! their offices: a manager's delegate manages nothing, and names no further delegates.

use super::audit::{Deed, record};
use super::calendars::{ProxyKind, proxies};
use super::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::ids::PersonId;
use crate::store::delegates::{self as rows, Delegate};
use crate::store::{Connection, people};
use serde_json::json;

/// Delegates of one person.
const MAX_DELEGATES: usize = 100;

/// Somebody's delegate, or somebody whose delegate one is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Who.
    pub person: PersonId,
    /// As they are shown.
    pub name: String,
    /// They write and answer, and don't only look.
    pub writes: bool,
}

impl Service {
    /// Whom a person has named, by id; for the person and administrators.
    pub async fn delegates(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Named>, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Read)?;
            let all = rows::of(tx, &person)?;
            all.into_iter().map(|one| named(tx, one.delegate, one.writes)).collect()
        };
        self.store.read(read).await
    }

    /// For whom a person may look or answer, by id; for the person and administrators.
    pub async fn delegators(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Named>, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Read)?;
            let all = rows::by(tx, &person)?;
            all.into_iter().map(|one| named(tx, one.person, one.writes)).collect()
        };
        self.store.read(read).await
    }

    /// Names a delegate, or changes what they may do; for the person and administrators.
    pub async fn name_delegate(
        &self,
        actor: &Actor,
        person: &PersonId,
        delegate: &PersonId,
        writes: bool,
    ) -> Result<Named, ServiceError> {
        let (ctx, actor, person, delegate) = (self.ctx(), actor.clone(), person.clone(), delegate.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Roster)?;
            name(tx, &ctx, &actor, (&person, &delegate), writes)?;
            named(tx, delegate.clone(), writes)
        };
        self.store.write(write).await
    }

    /// Names them no more; for the person and administrators, and for the delegate who doesn't want to be one.
    pub async fn dismiss_delegate(
        &self,
        actor: &Actor,
        person: &PersonId,
        delegate: &PersonId,
    ) -> Result<(), ServiceError> {
        let (ctx, actor, person, delegate) = (self.ctx(), actor.clone(), person.clone(), delegate.clone());
        let write = move |tx: &mut dyn Connection| {
            let steps_down =
                rights::is_self(&actor, &delegate, Scope::Roster) && rows::find(tx, &person, &delegate)?.is_some();
            if !steps_down {
                rights::own(tx, &actor, &person, Scope::Roster)?;
            }
            dismiss(tx, &ctx, &actor, (&person, &delegate))
        };
        self.store.write(write).await
    }

    /// Makes these the delegates of one kind, as calendar apps say it: by the members of a group. Somebody who was of the
    /// other kind is of this one from now on; who isn't named is of it no more. For the person alone.
    pub async fn set_proxies(
        &self,
        actor: &Actor,
        person: &PersonId,
        kind: ProxyKind,
        members: &[PersonId],
    ) -> Result<(), ServiceError> {
        let (ctx, actor, person, members) = (self.ctx(), actor.clone(), person.clone(), members.to_vec());
        let write = move |tx: &mut dyn Connection| {
            proxies::own(&actor, &person, kind)?;
            for old in rows::of(tx, &person)? {
                if old.writes == kind.writes() && !members.contains(&old.delegate) {
                    dismiss(tx, &ctx, &actor, (&person, &old.delegate))?;
                }
            }
            members.iter().try_for_each(|member| name(tx, &ctx, &actor, (&person, member), kind.writes()))
        };
        self.store.write(write).await
    }
}

fn named(tx: &mut dyn Connection, person: PersonId, writes: bool) -> Result<Named, ServiceError> {
    let name = people::find(tx, &person)?.map_or_else(|| person.to_string(), |person| person.name);
    Ok(Named { person, name, writes })
}

fn name(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, delegate): (&PersonId, &PersonId),
    writes: bool,
) -> Result<(), ServiceError> {
    let found = people::find(tx, delegate)?.filter(|found| !found.disabled);
    found.ok_or_else(|| ServiceError::NotFound(format!("person {delegate}")))?;
    if person == delegate {
        return Err(ServiceError::invalid("delegate", "can't be the person themselves"));
    }
    let before = rows::find(tx, person, delegate)?;
    if before.as_ref().is_some_and(|before| before.writes == writes) {
        return Ok(());
    }
    if before.is_none() && rows::of(tx, person)?.len() >= MAX_DELEGATES {
        return Err(ServiceError::TooMany(format!("a person has at most {MAX_DELEGATES} delegates")));
    }
    rows::set(tx, &Delegate { person: person.clone(), delegate: delegate.clone(), writes, since: ctx.now })?;
    let mut deed = Deed::new("delegate.named", format!("person:{person}")).subject(delegate);
    deed = deed.after(json!({ "person": person, "delegate": delegate, "access": word(writes) }));
    if let Some(before) = before {
        deed = deed.before(json!({ "access": word(before.writes) }));
    }
    record(tx, ctx, actor, deed)?;
    Ok(())
}

fn dismiss(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, delegate): (&PersonId, &PersonId),
) -> Result<(), ServiceError> {
    if !rows::remove(tx, person, delegate)? {
        return Err(ServiceError::NotFound(format!("delegate {delegate} of {person}")));
    }
    let deed = Deed::new("delegate.dismissed", format!("person:{person}")).subject(delegate);
    record(tx, ctx, actor, deed.before(json!({ "person": person, "delegate": delegate })))?;
    Ok(())
}

/// What a delegate may do, in a word.
#[must_use]
pub const fn word(writes: bool) -> &'static str {
    if writes { "write" } else { "read" }
}
