//! Who may write what into a team's availability calendar, and for whom it counts: what a member puts there is theirs;
//! what a manager puts there concerns the attendees it names.

use super::authorize::Access;
use super::draft::Draft;
use super::privileges::{Privilege, Privileges, Standing};
use super::reflection::is_reflected;
use crate::ids::PersonId;
use crate::service::ServiceError;
use crate::store::collections::{CollectionKind, Owner};
use crate::store::concerns::{self, Concern};
use crate::store::{Connection, StoreError, people, teams};

/// For whom an object counts before and after a change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Concerned {
    /// Whom the new object concerns.
    pub now: Vec<PersonId>,
    /// Whom either of them concerns: those who must hear of it.
    pub all: Vec<PersonId>,
}

/// Refuses unless the actor may write (`draft`) or remove (no draft) the object `name` of this calendar, and says whom
/// it concerns. In a person's own calendars that is always the person.
pub(super) fn admit(
    tx: &mut dyn Connection,
    access: &Access,
    name: &str,
    draft: Option<&Draft>,
) -> Result<Concerned, ServiceError> {
    if access.row.kind != CollectionKind::TeamAvailability {
        let person = match &access.row.owner {
            Owner::Person(person) => vec![person.clone()],
            Owner::Team(_) => Vec::new(),
        };
        return Ok(Concerned { now: person.clone(), all: person });
    }
    let before = concerns::of_object(tx, &access.row.id, name)?;
    if !may_touch(access, name, &before) {
        let privilege = if draft.is_some() { Privilege::WriteContent } else { Privilege::Unbind };
        let href = access.path.object(name).href();
        return Err(ServiceError::NeedPrivileges { href, privilege: privilege.name() });
    }
    let now = draft.map(|draft| named(tx, access, draft)).transpose()?.unwrap_or_default();
    let mut all: Vec<PersonId> = before.into_iter().map(|concern| concern.person).chain(now.clone()).collect();
    all.sort();
    all.dedup();
    Ok(Concerned { now, all })
}

/// Remembers for whom the object counts, and who said so.
pub(super) fn note(
    tx: &mut dyn Connection,
    access: &Access,
    name: &str,
    concerned: &Concerned,
) -> Result<(), ServiceError> {
    if access.row.kind == CollectionKind::TeamAvailability {
        concerns::set(tx, &access.row.id, name, &access.person, &concerned.now)?;
    }
    Ok(())
}

/// What whoever asks may do to one object of the calendar.
pub(super) fn privileges_on(tx: &mut dyn Connection, access: &Access, name: &str) -> Result<Privileges, StoreError> {
    let granted = access.privileges.on_objects();
    if access.row.kind != CollectionKind::TeamAvailability {
        return Ok(granted);
    }
    // By far the most objects there are reflections, for which nothing needs to be looked up.
    let concerns = if is_reflected(name) { Vec::new() } else { concerns::of_object(tx, &access.row.id, name)? };
    Ok(if may_touch(access, name, &concerns) { granted } else { granted.reading() })
}

/// A member touches what they put there themselves; a manager also what another manager put there for others. What
/// reflects somebody's own calendar is changed there, by nobody else and nowhere else.
fn may_touch(access: &Access, name: &str, concerns: &[Concern]) -> bool {
    let theirs = |concern: &Concern| {
        concern.author == access.person || (access.standing == Standing::Manager && concern.author != concern.person)
    };
    !is_reflected(name) && (concerns.is_empty() || concerns.iter().any(theirs))
}

/// Whom a new object concerns: its author, or the members that a manager names as attendees.
fn named(tx: &mut dyn Connection, access: &Access, draft: &Draft) -> Result<Vec<PersonId>, ServiceError> {
    let author = vec![access.person.clone()];
    let Owner::Team(team) = &access.row.owner else { return Ok(author) };
    if access.standing != Standing::Manager || draft.attendees.is_empty() {
        return Ok(author);
    }
    let members = teams::memberships_of_team(tx, team)?;
    let mut found = Vec::new();
    for address in &draft.attendees {
        let person = people::by_email(tx, address)?;
        found.extend(person.map(|p| p.id).filter(|id| members.iter().any(|m| m.member && m.person == *id)));
    }
    if found.is_empty() {
        let message = "none of the attendees is a member of the team, so the event would count for nobody";
        return Err(ServiceError::Forbidden(message.to_owned()));
    }
    found.sort();
    found.dedup();
    Ok(found)
}
