//! Who may do what: finds the calendar that a path names in a home, gathers the facts, and has the one decision made.
//! Every use case of this room passes through here; nothing is allowed that [`super::privileges`] doesn't say.

use super::privileges::{Facts, Grant, Privilege, Privileges, Standing, decide};
use super::targets::{CollectionPath, ObjectPath, home_href};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::roster::model::Membership;
use crate::service::{Actor, Ctx, ServiceError, Who, rights};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::grants::{self, Grantee};
use crate::store::{Connection, StoreError, delegates, people, teams};
use std::collections::{BTreeMap, BTreeSet};

/// The calendars that teams mount into homes, with the end of their name there.
const MOUNTS: [(&str, CollectionKind); 4] = [
    ("-roster", CollectionKind::Roster),
    ("-availability", CollectionKind::TeamAvailability),
    ("-pattern", CollectionKind::Pattern),
    ("-holidays", CollectionKind::Holidays),
];

/// What the name of a calendar that a team mounts begins with, and no other's.
pub(super) const MOUNTED: &str = "team-";
/// What the name of a calendar begins with that somebody else shares; its identifier follows, which is the same in every
/// home and never changes.
const SHARED: &str = "shared-";

/// A calendar as reached from a home, with what the one who asked may do there.
#[derive(Clone, Debug)]
pub(super) struct Access {
    /// Who asked.
    pub subject: PersonId,
    /// Whose matter it is what happens there: the owner's, or in a team's calendar that of the one who asked.
    pub person: PersonId,
    /// Where they see it.
    pub path: CollectionPath,
    /// The row behind it.
    pub row: Collection,
    /// How they stand to it.
    pub standing: Standing,
    /// What that grants.
    pub privileges: Privileges,
    /// It is seen in the home of somebody whose it isn't: its properties are theirs there.
    pub mounted: bool,
}

impl Access {
    /// Refuses what is not granted.
    pub(super) fn allow(&self, action: Privilege) -> Result<(), ServiceError> {
        if self.privileges.allows(action) { Ok(()) } else { Err(needs(self.path.href(), action)) }
    }

    /// Whether somebody else's calendar is changed here in its owner's place.
    pub(super) fn is_for_somebody_else(&self) -> bool {
        self.subject != self.person
    }
}

/// How somebody stands to a home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is theirs.
    Own,
    /// Whose it is has named them; whether they also write.
    Delegate(bool),
    /// Only single calendars of it may be open to them.
    Outside,
}

fn needs(href: String, privilege: Privilege) -> ServiceError {
    ServiceError::NeedPrivileges { href, privilege: privilege.name() }
}

/// The person who asks. Programs with API tokens have no calendars, and neither has the command line.
pub(super) fn subject(actor: &Actor) -> Result<&PersonId, ServiceError> {
    match &actor.who {
        Who::Person(person) => Ok(person),
        _ => Err(ServiceError::Forbidden("calendars are for people who sign in".to_owned())),
    }
}

/// Refuses what isn't done to one's own home: to make calendars in it, or remove them.
pub(super) fn own_home(actor: &Actor, home: &PersonId, action: Privilege) -> Result<PersonId, ServiceError> {
    let person = subject(actor)?;
    if person == home { Ok(person.clone()) } else { Err(needs(home_href(home), action)) }
}

/// How the actor stands to a home. Whoever was disabled has none any more.
pub(super) fn entry(tx: &mut dyn Connection, person: &PersonId, home: &PersonId) -> Result<Entry, StoreError> {
    if person == home {
        return Ok(Entry::Own);
    }
    let named = delegates::find(tx, home, person)?;
    let Some(named) = named else { return Ok(Entry::Outside) };
    Ok(if is_active(tx, home)? { Entry::Delegate(named.writes) } else { Entry::Outside })
}

fn is_active(tx: &mut dyn Connection, person: &PersonId) -> Result<bool, StoreError> {
    Ok(people::find(tx, person)?.is_some_and(|person| !person.disabled))
}

/// The calendar that `path` names for the actor, if they may do anything there.
pub(super) fn reach(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &CollectionPath,
) -> Result<Access, ServiceError> {
    let person = subject(actor)?;
    let found = match entry(tx, person, &path.home)? {
        Entry::Own => at_home(tx, ctx, actor, path)?,
        Entry::Delegate(_) => abroad(tx, ctx, actor, path)?,
        // What a home holds is nobody's business who may not see it.
        Entry::Outside => {
            let open = abroad(tx, ctx, actor, path)?;
            Some(open.ok_or_else(|| needs(home_href(&path.home), Privilege::Read))?)
        }
    };
    found.ok_or_else(|| ServiceError::NotFound(format!("calendar {}", path.name)))
}

/// In one's own home: one's own calendar, or what a team or somebody else shows there.
fn at_home(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &CollectionPath,
) -> Result<Option<Access>, ServiceError> {
    let person = &path.home;
    if let Some((team, kind)) = mount(&path.name) {
        let memberships = current_memberships(tx, ctx, person)?;
        let Some(membership) = memberships.iter().find(|m| m.team == team) else { return Ok(None) };
        let rows = collections::of_team(tx, &team)?;
        let row = rows.into_iter().find(|row| row.kind == kind);
        return Ok(row.and_then(|row| of_team(actor, path.clone(), row, membership)));
    }
    if let Some(row) = collections::by_name(tx, &Owner::Person(person.clone()), &path.name)? {
        return Ok(judged(actor, path.clone(), row, &Circumstances::default()));
    }
    let Some(id) = path.name.strip_prefix(SHARED) else { return Ok(None) };
    match collections::find(tx, &CollectionId::from(id))? {
        Some(row) => shown(tx, ctx, actor, row),
        None => Ok(None),
    }
}

/// In the home of somebody else: a calendar of theirs.
fn abroad(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &CollectionPath,
) -> Result<Option<Access>, ServiceError> {
    let row = collections::by_name(tx, &Owner::Person(path.home.clone()), &path.name)?;
    let Some(row) = row.filter(|_| !path.name.starts_with(MOUNTED)) else { return Ok(None) };
    if !is_active(tx, &path.home)? {
        return Ok(None);
    }
    let circumstances = circumstances(tx, ctx, subject(actor)?, &row)?;
    Ok(judged(actor, path.clone(), row, &circumstances))
}

/// A calendar that somebody else shares, as the one who asks sees it in their own home: readable, and not left.
fn shown(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, row: Collection) -> Result<Option<Access>, ServiceError> {
    let person = subject(actor)?;
    let Owner::Person(owner) = &row.owner else { return Ok(None) };
    if owner == person || !is_active(tx, owner)? || grants::has_left(tx, &row.id, person)? {
        return Ok(None);
    }
    let mut circumstances = circumstances(tx, ctx, person, &row)?;
    // A delegate has the whole home of the other before them, and what everybody may see is in nobody's way.
    circumstances.delegate = None;
    circumstances.grants.retain(|grant| grant.to != Grantee::Everybody);
    circumstances.mounted = true;
    let path = CollectionPath::new(person.clone(), shared_name(&row.id));
    Ok(judged(actor, path, row, &circumstances).filter(|access| access.privileges.allows(Privilege::Read)))
}

/// What a calendar of somebody else is called in the home of those with whom it is shared.
pub(super) fn shared_name(calendar: &CollectionId) -> String {
    format!("{SHARED}{calendar}")
}

/// What of the facts isn't in the row.
#[derive(Default)]
struct Circumstances {
    team: Option<(bool, bool)>,
    delegate: Option<bool>,
    grants: Vec<Grant>,
    teams: Vec<TeamId>,
    mounted: bool,
}

fn circumstances(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    row: &Collection,
) -> Result<Circumstances, StoreError> {
    let Owner::Person(owner) = &row.owner else { return Ok(Circumstances::default()) };
    let grants = grants_of(tx, &row.id)?;
    let names_teams = grants.iter().any(|grant| matches!(grant.to, Grantee::Team(_)));
    let teams = if names_teams { present_teams(tx, ctx, person)? } else { Vec::new() };
    let delegate = delegates::find(tx, owner, person)?.map(|named| named.writes);
    Ok(Circumstances { team: None, delegate, grants, teams, mounted: false })
}

/// What the owner of a calendar grants.
pub(super) fn grants_of(tx: &mut dyn Connection, calendar: &CollectionId) -> Result<Vec<Grant>, StoreError> {
    let rows = grants::of_calendar(tx, calendar)?;
    Ok(rows.into_iter().map(|(to, words)| Grant { to, privileges: Privileges::of_words(&words) }).collect())
}

/// The teams somebody is in at this moment.
pub(super) fn present_teams(tx: &mut dyn Connection, ctx: &Ctx, person: &PersonId) -> Result<Vec<TeamId>, StoreError> {
    let mut present = BTreeSet::new();
    for membership in teams::memberships_of_person(tx, person)? {
        if let Some(zone) = teams::zone(tx, &membership.team)?
            && rights::is_current(&membership, zone, ctx.now)
        {
            present.insert(membership.team);
        }
    }
    Ok(present.into_iter().collect())
}

/// Has it decided; nothing where nothing is granted: a member's home shows no pattern to look for.
fn judged(actor: &Actor, path: CollectionPath, row: Collection, known: &Circumstances) -> Option<Access> {
    if row.kind == CollectionKind::Alarms && !actor.on_call_phone {
        return None;
    }
    let subject = subject(actor).ok()?.clone();
    let facts = Facts {
        subject: &subject,
        kind: row.kind,
        owner: &row.owner,
        team: known.team,
        delegate: known.delegate,
        grants: &known.grants,
        teams: &known.teams,
        mounted: known.mounted,
        reads_only: actor.reads_only,
    };
    let (standing, privileges) = decide(&facts);
    let person = match &row.owner {
        Owner::Person(owner) => owner.clone(),
        Owner::Team(_) => subject.clone(),
    };
    let mounted = known.mounted || matches!(row.owner, Owner::Team(_));
    (privileges != Privileges::NONE).then_some(Access { subject, person, path, row, standing, privileges, mounted })
}

fn of_team(actor: &Actor, path: CollectionPath, row: Collection, membership: &Membership) -> Option<Access> {
    let team = Some((membership.manager, membership.member));
    judged(actor, path, row, &Circumstances { team, ..Circumstances::default() })
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

/// Every calendar of a home: in one's own, one's calendars, then what one's teams show there, then what others share; in
/// that of somebody whose delegate one is, theirs alone.
pub(super) fn reach_all(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    home: &PersonId,
) -> Result<Vec<Access>, ServiceError> {
    let person = subject(actor)?;
    let entry = entry(tx, person, home)?;
    if entry == Entry::Outside {
        return Err(needs(home_href(home), Privilege::Read));
    }
    let mut found = Vec::new();
    for row in collections::of_person(tx, home)? {
        let path = CollectionPath::new(home.clone(), row.name.clone());
        let known = match entry {
            Entry::Own => Circumstances::default(),
            _ => circumstances(tx, ctx, person, &row)?,
        };
        found.extend(judged(actor, path, row, &known));
    }
    if entry == Entry::Own {
        for membership in current_memberships(tx, ctx, person)? {
            for row in collections::of_team(tx, &membership.team)? {
                let Some((end, _)) = MOUNTS.iter().find(|(_, kind)| *kind == row.kind) else { continue };
                let name = format!("{MOUNTED}{}{end}", membership.team);
                found.extend(of_team(actor, CollectionPath::new(person.clone(), name), row, &membership));
            }
        }
        found.extend(reach_shared(tx, ctx, actor)?);
    }
    Ok(found)
}

/// What others share with the actor, by the name it has in their home.
pub(super) fn reach_shared(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor) -> Result<Vec<Access>, ServiceError> {
    let person = subject(actor)?;
    let mut calendars = BTreeSet::new();
    let teams = present_teams(tx, ctx, person)?.into_iter().map(Grantee::Team);
    for grantee in teams.chain([Grantee::Person(person.clone())]) {
        calendars.extend(grants::to(tx, &grantee)?.into_iter().map(|(calendar, _)| calendar));
    }
    let mut found = Vec::new();
    for calendar in calendars {
        if let Some(row) = collections::find(tx, &calendar)? {
            found.extend(shown(tx, ctx, actor, row)?);
        }
    }
    Ok(found)
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

/// `team-<team>-<kind>`; a team's slug may have hyphens of its own, so the kind is the end.
fn mount(name: &str) -> Option<(TeamId, CollectionKind)> {
    let rest = name.strip_prefix(MOUNTED)?;
    let named = |(end, kind): &(&str, CollectionKind)| rest.strip_suffix(end).map(|team| (TeamId::from(team), *kind));
    MOUNTS.iter().find_map(named)
}
