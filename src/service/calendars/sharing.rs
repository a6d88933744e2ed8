//! Sharing a person's own calendars: by the ACL method, by grants of the API, and leaving what others share. Who may do
//! what by it is decided in [`super::privileges`].

use super::acl::{self, Ace};
use super::authorize::{Access, grants_of, reach, reach_shared};
use super::privileges::{Grant, Grantee, Privilege, Privileges, grantable};
use super::targets::CollectionPath;
use super::views::CollectionView;
use crate::ids::PersonId;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::store::collections::{self, Collection, Owner};
use crate::store::{Connection, grants, people, teams};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// How far a calendar is shared, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// When it is busy, and not why.
    FreeBusy,
    /// All that is in it.
    Read,
    /// To write into it too.
    Write,
    /// Something else, set by an app.
    Custom,
}

impl Extent {
    fn privileges(self) -> Option<Privileges> {
        match self {
            Self::FreeBusy => Some(Privileges::of(&[Privilege::ReadFreeBusy])),
            Self::Read => Some(Privileges::READING),
            Self::Write => Some(Privileges::READING.and(Privileges::WRITING)),
            Self::Custom => None,
        }
    }

    fn of(privileges: Privileges) -> Self {
        let known = [Self::FreeBusy, Self::Read, Self::Write];
        known.into_iter().find(|extent| extent.privileges() == Some(privileges)).unwrap_or(Self::Custom)
    }
}

/// With whom a calendar is shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// With whom.
    pub with: Grantee,
    /// How they are called.
    pub name: String,
    /// How far.
    pub extent: Extent,
    /// What that grants.
    pub privileges: Privileges,
}

/// A calendar that somebody else shares with a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shared {
    /// Its name in the person's home.
    pub name: String,
    /// As it is shown.
    pub display_name: String,
    /// Whose it is.
    pub owner: PersonId,
    /// What the person may do there.
    pub privileges: Privileges,
}

impl Service {
    /// The ACL method (RFC 3744 8.1): sets to whom a calendar is open, and to nobody else from now on.
    pub async fn set_acl(&self, actor: &Actor, path: &CollectionPath, aces: Vec<Ace>) -> Result<(), ServiceError> {
        let (ctx, actor, path) = (self.ctx(), actor.clone(), path.clone());
        let write = move |tx: &mut dyn Connection| {
            let access = reach(tx, &ctx, &actor, &path)?;
            access.allow(Privilege::WriteAcl)?;
            let wanted = acl::grants(access.row.kind, &access.person, &aces)?;
            for grant in &wanted {
                look_up(tx, &grant.to).map_err(unrecognized)?;
            }
            replace(tx, &ctx, &actor, &access.row, &wanted)
        };
        self.store.write(write).await
    }

    /// The view with what the owner grants, where whoever asks may see that.
    pub async fn with_grants(&self, mut view: CollectionView) -> Result<CollectionView, ServiceError> {
        if view.privileges.allows(Privilege::ReadAcl) {
            let id = view.id.clone();
            view.grants = self.store.read_few(move |tx| Ok::<_, ServiceError>(grants_of(tx, &id)?)).await?;
        }
        Ok(view)
    }

    /// With whom a person shares one of their calendars; for the person and administrators.
    pub async fn shares(&self, actor: &Actor, person: &PersonId, name: &str) -> Result<Vec<Share>, ServiceError> {
        let (actor, person, name) = (actor.clone(), person.clone(), name.to_owned());
        let read = move |tx: &mut dyn Connection| {
            let row = shareable(tx, &actor, (&person, &name), Scope::Read)?;
            grants_of(tx, &row.id)?.into_iter().map(|grant| share(tx, grant)).collect()
        };
        self.store.read(read).await
    }

    /// Shares a person's calendar with somebody so far and no farther; for the person and administrators.
    pub async fn share_calendar(
        &self,
        actor: &Actor,
        (person, name): (&PersonId, &str),
        with: &Grantee,
        extent: Extent,
    ) -> Result<Share, ServiceError> {
        let (ctx, actor, person, name) = (self.ctx(), actor.clone(), person.clone(), name.to_owned());
        let with = with.clone();
        let write = move |tx: &mut dyn Connection| {
            let row = shareable(tx, &actor, (&person, &name), Scope::Roster)?;
            look_up(tx, &with)?;
            if with == Grantee::Person(person.clone()) {
                return Err(ServiceError::invalid("with", "is whose calendar it is"));
            }
            let unknown = || ServiceError::invalid("access", "is one of free-busy, read and write");
            let privileges = extent.privileges().ok_or_else(unknown)?;
            if !grantable(row.kind).includes(privileges) {
                let message = "shifts and availability can be shown, not given to write; name a delegate for that";
                return Err(ServiceError::invalid("access", message));
            }
            let mut wanted = grants_of(tx, &row.id)?;
            wanted.retain(|grant| grant.to != with);
            let grant = Grant { to: with.clone(), privileges };
            wanted.push(grant.clone());
            replace(tx, &ctx, &actor, &row, &wanted)?;
            share(tx, grant)
        };
        self.store.write(write).await
    }

    /// Shares it with them no more; for the person and administrators.
    pub async fn unshare_calendar(
        &self,
        actor: &Actor,
        (person, name): (&PersonId, &str),
        with: &Grantee,
    ) -> Result<(), ServiceError> {
        let (ctx, actor, person, name) = (self.ctx(), actor.clone(), person.clone(), name.to_owned());
        let with = with.clone();
        let write = move |tx: &mut dyn Connection| {
            let row = shareable(tx, &actor, (&person, &name), Scope::Roster)?;
            let mut wanted = grants_of(tx, &row.id)?;
            let before = wanted.len();
            wanted.retain(|grant| grant.to != with);
            if wanted.len() == before {
                return Err(ServiceError::NotFound(format!("share of {name} with {with}")));
            }
            replace(tx, &ctx, &actor, &row, &wanted)
        };
        self.store.write(write).await
    }

    /// The calendars that others share with a person; for the person and administrators.
    pub async fn shared_with(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Shared>, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Read)?;
            let them = Actor::person(person.clone(), actor.channel);
            let found = reach_shared(tx, &ctx, &them)?;
            Ok(found.into_iter().map(shared).collect())
        };
        self.store.read(read).await
    }

    /// A person leaves a calendar that somebody shares with them; for the person and administrators.
    pub async fn leave_calendar(&self, actor: &Actor, person: &PersonId, name: &str) -> Result<(), ServiceError> {
        let (ctx, actor, person, name) = (self.ctx(), actor.clone(), person.clone(), name.to_owned());
        let write = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Roster)?;
            let them = Actor::person(person.clone(), actor.channel);
            let found = reach_shared(tx, &ctx, &them)?.into_iter().find(|access| access.path.name == name);
            let access = found.ok_or_else(|| ServiceError::NotFound(format!("shared calendar {name}")))?;
            leave(tx, &ctx, &actor, &access)
        };
        self.store.write(write).await
    }
}

/// Takes the calendar out of the home of whoever asked; the owner keeps it, and may share it anew.
pub(super) fn leave(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, access: &Access) -> Result<(), ServiceError> {
    grants::leave(tx, &access.row.id, &access.subject)?;
    tx.note_content(&collections::topic_of_home(&access.subject), ctx.now);
    grants::remove(tx, &access.row.id, &Grantee::Person(access.subject.clone()))?;
    let deed = Deed::new("calendar.left", format!("calendar:{}", access.row.id)).subject(&access.subject);
    record(tx, ctx, actor, deed.before(json!({ "owner": access.person, "name": access.row.name })))?;
    Ok(())
}

/// Tells the trail that somebody changed what is another's; one's own calendars are one's own business.
pub(super) fn note(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    access: &Access,
    (action, name): (&'static str, &str),
) -> Result<(), ServiceError> {
    if access.is_for_somebody_else() {
        let deed = Deed::new(action, format!("calendar:{}", access.row.id)).subject(&access.person);
        record(tx, ctx, actor, deed.after(json!({ "calendar": access.row.name, "object": name })))?;
    }
    Ok(())
}

/// Makes the grants of a calendar what is wanted, with a row of the trail for each difference.
fn replace(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    row: &Collection,
    wanted: &[Grant],
) -> Result<(), ServiceError> {
    let before = grants_of(tx, &row.id)?;
    if before != wanted {
        tx.note_properties(row.id.as_str(), None, ctx.now);
    }
    let object = format!("calendar:{}", row.id);
    for gone in before.iter().filter(|old| !wanted.iter().any(|new| new.to == old.to)) {
        grants::remove(tx, &row.id, &gone.to)?;
        note_homes(tx, ctx, &gone.to)?;
        let deed = told(Deed::new("calendar.unshared", &object), &gone.to).before(says(row, gone));
        record(tx, ctx, actor, deed)?;
    }
    for new in wanted {
        let old = before.iter().find(|old| old.to == new.to);
        if old == Some(new) {
            continue;
        }
        grants::set(tx, &row.id, &new.to, &new.privileges.words())?;
        note_homes(tx, ctx, &new.to)?;
        // Whoever left is asked back by name.
        if let Grantee::Person(person) = &new.to {
            grants::come_back(tx, &row.id, person)?;
        }
        let mut deed = told(Deed::new("calendar.shared", &object), &new.to).after(says(row, new));
        if let Some(old) = old {
            deed = deed.before(says(row, old));
        }
        record(tx, ctx, actor, deed)?;
    }
    Ok(())
}

/// A calendar comes to homes with a grant, and goes from them with it. What everybody may see is in nobody's home.
fn note_homes(tx: &mut dyn Connection, ctx: &Ctx, to: &Grantee) -> Result<(), ServiceError> {
    let people = match to {
        Grantee::Person(person) => vec![person.clone()],
        Grantee::Team(team) => teams::memberships_of_team(tx, team)?.into_iter().map(|member| member.person).collect(),
        Grantee::Everybody => Vec::new(),
    };
    people.iter().for_each(|person| tx.note_content(&collections::topic_of_home(person), ctx.now));
    Ok(())
}

fn told(deed: Deed, to: &Grantee) -> Deed {
    if let Grantee::Person(person) = to { deed.subject(person) } else { deed }
}

fn says(row: &Collection, grant: &Grant) -> Json {
    let owner = if let Owner::Person(owner) = &row.owner { Some(owner) } else { None };
    json!({ "owner": owner, "calendar": row.name, "with": grant.to.to_string(), "privileges": grant.privileges.words() })
}

/// How somebody is called to whom a calendar may be opened; an error where there is no such one.
fn look_up(tx: &mut dyn Connection, whom: &Grantee) -> Result<String, ServiceError> {
    match whom {
        Grantee::Person(id) => {
            let person = people::find(tx, id)?.filter(|person| !person.disabled);
            person.map(|person| person.name).ok_or_else(|| ServiceError::NotFound(format!("person {id}")))
        }
        Grantee::Team(id) => {
            let team = teams::find(tx, id)?;
            team.map(|team| team.name).ok_or_else(|| ServiceError::NotFound(format!("team {id}")))
        }
        Grantee::Everybody => Ok("everybody".to_owned()),
    }
}

fn unrecognized(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::NotFound(what) => ServiceError::conflict("recognized-principal", format!("{what} not found")),
        other => other,
    }
}

fn share(tx: &mut dyn Connection, grant: Grant) -> Result<Share, ServiceError> {
    // Whoever was disabled since is still named, so that they can be taken off.
    let name = match look_up(tx, &grant.to) {
        Err(ServiceError::NotFound(_)) => grant.to.to_string(),
        found => found?,
    };
    Ok(Share { with: grant.to, name, extent: Extent::of(grant.privileges), privileges: grant.privileges })
}

fn shared(access: Access) -> Shared {
    Shared {
        name: access.path.name,
        display_name: access.row.display_name,
        owner: access.person,
        privileges: access.privileges,
    }
}

/// A calendar of a person that can be shared, for the person and administrators.
fn shareable(
    tx: &mut dyn Connection,
    actor: &Actor,
    (person, name): (&PersonId, &str),
    least: Scope,
) -> Result<Collection, ServiceError> {
    rights::own(tx, actor, person, least)?;
    let row = collections::by_name(tx, &Owner::Person(person.clone()), name)?;
    row.filter(|row| grantable(row.kind) != Privileges::NONE)
        .ok_or_else(|| ServiceError::NotFound(format!("calendar {name}")))
}
