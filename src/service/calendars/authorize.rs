//! Who may do what: finds the calendar that a path names in a home, with what the table grants there, and refuses
//! everything else. Every use case of this room passes through [`authorize`].

use super::privileges::{Privilege, Privileges, Standing, granted};
use super::targets::{CollectionPath, ObjectPath, home_href};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Membership;
use crate::service::{Actor, Ctx, ServiceError, Who};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::{Connection, StoreError, teams};
use std::collections::BTreeMap;

/// The calendars that teams mount into homes, with the end of their name there.
const MOUNTS: [(&str, CollectionKind); 4] = [
    ("-roster", CollectionKind::Roster),
    ("-availability", CollectionKind::TeamAvailability),
    ("-pattern", CollectionKind::Pattern),
    ("-holidays", CollectionKind::Holidays),
];

/// What every mounted calendar's name begins with, and no other's.
pub(super) const MOUNTED: &str = "team-";

/// A calendar as reached from a home, with what the one who asked may do there.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// Who asked.
    pub person: PersonId,
    /// Where they see it.
    pub path: CollectionPath,
    /// The row behind it.
    pub row: Collection,
    /// How they stand to it.
    pub standing: Standing,
    /// What that grants.
    pub privileges: Privileges,
}

/// What an action is done to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Object<'a> {
    /// The principals: everybody who signed in may look.
    Principals,
    /// A home.
    Home(&'a PersonId),
    /// A calendar and what is in it.
    Calendar(&'a Access),
}

/// The person who asks. Programs with API tokens have no calendars, and neither has the command line.
pub(super) fn subject(actor: &Actor) -> Result<&PersonId, ServiceError> {
    match &actor.who {
        Who::Person(person) => Ok(person),
        _ => Err(ServiceError::Forbidden("calendars are for people who sign in".to_owned())),
    }
}

/// Refuses unless the subject may do this to the object. Nothing is allowed that isn't said here or in the table.
pub(super) fn authorize(subject: &PersonId, action: Privilege, object: Object<'_>) -> Result<(), ServiceError> {
    let (allowed, href) = match object {
        Object::Principals => (action == Privilege::Read, super::Target::Principals.href()),
        Object::Home(home) => (
            subject == home && matches!(action, Privilege::Read | Privilege::Bind | Privilege::Unbind),
            home_href(home),
        ),
        Object::Calendar(access) => (subject == &access.person && access.privileges.allows(action), access.path.href()),
    };
    if allowed { Ok(()) } else { Err(ServiceError::NeedPrivileges { href, privilege: action.name() }) }
}

/// The calendar that `path` names for the actor, if they may see it.
pub(super) fn reach(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &CollectionPath,
) -> Result<Access, ServiceError> {
    let person = subject(actor)?;
    authorize(person, Privilege::Read, Object::Home(&path.home))?;
    let found = match mount(&path.name) {
        None => collections::by_name(tx, &Owner::Person(person.clone()), &path.name)?.map(|row| (row, Standing::Own)),
        Some((team, kind)) => mounted(tx, ctx, person, &team, kind)?,
    };
    let missing = || ServiceError::NotFound(format!("calendar {}", path.name));
    let (row, standing) = found.ok_or_else(missing)?;
    let privileges = of_actor(actor, granted(row.kind, standing));
    let access = Access { person: person.clone(), path: path.clone(), row, standing, privileges };
    // A calendar that grants nothing isn't there: a member's home shows no pattern to look for.
    if access.privileges == Privileges::NONE { Err(missing()) } else { Ok(access) }
}

/// The calendar that a new object is to go into; where there is none, it has to be made first (RFC 4918 9.7.1).
pub(super) fn reach_parent(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    object: &ObjectPath,
) -> Result<Access, ServiceError> {
    reach(tx, ctx, actor, &object.collection).map_err(|error| match error {
        ServiceError::NotFound(_) => {
            let message = format!("there is no calendar {}; make it first", object.collection.name);
            ServiceError::conflict("calendar-missing", message)
        }
        other => other,
    })
}

/// What is granted to somebody, as far as the password reaches that they came with.
fn of_actor(actor: &Actor, granted: Privileges) -> Privileges {
    if actor.reads_only { granted.without_writing() } else { granted }
}

/// Every calendar of the actor's home: their own, then what their teams mount.
pub(super) fn reach_all(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    home: &PersonId,
) -> Result<Vec<Access>, ServiceError> {
    let person = subject(actor)?;
    authorize(person, Privilege::Read, Object::Home(home))?;
    let mut found = Vec::new();
    for row in collections::of_person(tx, person)? {
        found.push((CollectionPath::new(person.clone(), row.name.clone()), row, Standing::Own));
    }
    for membership in current_memberships(tx, ctx, person)? {
        for row in collections::of_team(tx, &membership.team)? {
            let Some((end, _)) = MOUNTS.iter().find(|(_, kind)| *kind == row.kind) else { continue };
            let name = format!("{MOUNTED}{}{end}", membership.team);
            found.push((CollectionPath::new(person.clone(), name), row, standing_of(&membership)));
        }
    }
    let accesses = found.into_iter().map(|(path, row, standing)| {
        let privileges = of_actor(actor, granted(row.kind, standing));
        Access { person: person.clone(), path, row, standing, privileges }
    });
    Ok(accesses.filter(|access| access.privileges != Privileges::NONE).collect())
}

/// Memberships that have not ended, one a team and in the order of teams; one that begins later already shows the
/// team's calendars, because its availability is asked for before it begins.
pub(super) fn current_memberships(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
) -> Result<Vec<Membership>, StoreError> {
    let mut current: BTreeMap<TeamId, Membership> = BTreeMap::new();
    for membership in teams::memberships_of_person(tx, person)? {
        if has_ended(tx, ctx, &membership)? {
            continue;
        }
        let entry = current.entry(membership.team.clone()).or_insert_with(|| membership.clone());
        entry.manager |= membership.manager;
        entry.member |= membership.member;
    }
    Ok(current.into_values().collect())
}

/// Whether the membership's last day has passed in the team's zone.
pub(super) fn has_ended(tx: &mut dyn Connection, ctx: &Ctx, membership: &Membership) -> Result<bool, StoreError> {
    let Some(until) = membership.until else { return Ok(false) };
    let team = teams::find(tx, &membership.team)?;
    Ok(team.is_none_or(|team| ctx.now.civil(team.zone).date() >= until))
}

fn mounted(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    team: &TeamId,
    kind: CollectionKind,
) -> Result<Option<(Collection, Standing)>, StoreError> {
    let memberships = current_memberships(tx, ctx, person)?;
    let Some(membership) = memberships.iter().find(|m| m.team == *team) else { return Ok(None) };
    let rows = collections::of_team(tx, team)?;
    Ok(rows.into_iter().find(|row| row.kind == kind).map(|row| (row, standing_of(membership))))
}

fn standing_of(membership: &Membership) -> Standing {
    match (membership.manager, membership.member) {
        (true, _) => Standing::Manager,
        (false, true) => Standing::Member,
        (false, false) => Standing::Stranger,
    }
}

/// `team-<team>-<kind>`; a team's slug may have hyphens of its own, so the kind is the end.
fn mount(name: &str) -> Option<(TeamId, CollectionKind)> {
    let rest = name.strip_prefix(MOUNTED)?;
    let named = |(end, kind): &(&str, CollectionKind)| rest.strip_suffix(end).map(|team| (TeamId::from(team), *kind));
    MOUNTS.iter().find_map(named)
}
