//! The ACL method's body as it was understood, and which of its entries a calendar takes (RFC 3744 8.1.1). Grants to
//! people, teams and whoever signs in are taken; nothing is denied to anybody, for what is not granted isn't allowed.

use super::privileges::{Grant, Grantee, Privilege, Privileges, grantable, supported};
use crate::ids::PersonId;
use crate::service::ServiceError;
use crate::store::collections::CollectionKind;

/// Entries of one list.
const MAX_ACES: usize = 100;

/// Of whom an entry speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcePrincipal {
    /// A person, a team, or whoever signs in.
    Grantee(Grantee),
    /// An address of something that is no person or team here.
    Unknown(String),
    /// `DAV:property` with `DAV:owner`.
    Owner,
    /// One that a calendar can't have: `DAV:all`, `DAV:unauthenticated`, `DAV:self`, another property, a group of
    /// delegates, whose entries the server writes itself.
    Impossible(&'static str),
}

/// One entry as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ace {
    /// Of whom it speaks.
    pub principal: AcePrincipal,
    /// It speaks of everybody else (`DAV:invert`).
    pub inverted: bool,
    /// It denies.
    pub denies: bool,
    /// The privileges: `{namespace}local`.
    pub privileges: Vec<String>,
    /// Where it says it comes from.
    pub origin: AceOrigin,
}

/// Where an entry comes from; some clients send back what they have read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AceOrigin {
    /// It is to be set.
    Set,
    /// It repeats one that the server sets itself.
    Protected,
    /// It repeats one of another resource.
    Inherited,
}

fn refused(code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::conflict(code, message)
}

/// The grants that a list of entries comes to, each grantee once and in order.
pub(super) fn grants(kind: CollectionKind, owner: &PersonId, aces: &[Ace]) -> Result<Vec<Grant>, ServiceError> {
    if aces.len() > MAX_ACES {
        return Err(refused("limited-number-of-aces", format!("a calendar has at most {MAX_ACES} entries")));
    }
    let mut granted: Vec<Grant> = Vec::new();
    for ace in aces {
        let privileges = meant(kind, ace)?;
        let Some(to) = grantee(owner, ace, aces)? else { continue };
        match granted.iter_mut().find(|grant| grant.to == to) {
            Some(grant) => grant.privileges = grant.privileges.and(privileges),
            None => granted.push(Grant { to, privileges }),
        }
    }
    granted.sort_by(|a, b| a.to.cmp(&b.to));
    Ok(granted)
}

/// To whom an entry grants; nobody where it repeats what the owner has anyway.
fn grantee(owner: &PersonId, ace: &Ace, all: &[Ace]) -> Result<Option<Grantee>, ServiceError> {
    let is_owners = match &ace.principal {
        AcePrincipal::Owner => true,
        AcePrincipal::Grantee(grantee) => *grantee == Grantee::Person(owner.clone()),
        _ => false,
    };
    if ace.origin == AceOrigin::Inherited {
        return Err(refused("no-inherited-ace-conflict", "a calendar inherits no entries"));
    }
    if (is_owners && (ace.denies || ace.inverted)) || (ace.origin == AceOrigin::Protected && !is_owners) {
        return Err(refused("no-protected-ace-conflict", "what the owner and their delegates may do is not set here"));
    }
    if ace.inverted {
        return Err(refused("no-invert", "an entry speaks of somebody, not of everybody else"));
    }
    if ace.denies {
        let opposite = |other: &Ace| {
            !other.denies
                && other.principal == ace.principal
                && other.privileges.iter().any(|one| ace.privileges.contains(one))
        };
        if all.iter().any(opposite) {
            return Err(refused("no-ace-conflict", "one privilege is both granted and denied to somebody"));
        }
        return Err(refused("grant-only", "entries grant; what is not granted isn't allowed"));
    }
    match &ace.principal {
        AcePrincipal::Grantee(_) | AcePrincipal::Owner if is_owners => Ok(None),
        AcePrincipal::Grantee(grantee) => Ok(Some(grantee.clone())),
        AcePrincipal::Owner => Ok(None),
        AcePrincipal::Unknown(href) => {
            Err(refused("recognized-principal", format!("nobody here has the address {href}")))
        }
        AcePrincipal::Impossible(what) => {
            let message = format!("a calendar is shared with people, teams and DAV:authenticated, not with {what}");
            Err(refused("allowed-principal", message))
        }
    }
}

/// What the privileges of an entry come to. Those that are there but can't be granted alone are abstract.
fn meant(kind: CollectionKind, ace: &Ace) -> Result<Privileges, ServiceError> {
    let mut all = Privileges::NONE;
    for name in &ace.privileges {
        let unsupported =
            || refused("not-supported-privilege", format!("there is no privilege {name} on this calendar"));
        let one = named(kind, name).ok_or_else(unsupported)?;
        let fits = grantable(kind).includes(one);
        let is_owners = ace.origin == AceOrigin::Protected || ace.principal == AcePrincipal::Owner;
        if !fits && !is_owners {
            let message = format!("{name} can't be granted here; to answer for somebody one is named their delegate");
            return Err(refused("no-abstract", message));
        }
        all = all.and(one);
    }
    if all == Privileges::NONE && !ace.privileges.iter().any(|name| name == SEE_OWN) {
        return Err(ServiceError::invalid("acl", "an entry names no privilege"));
    }
    Ok(all)
}

/// Goes with `DAV:read`, and is nothing by itself.
const SEE_OWN: &str = "{DAV:}read-current-user-privilege-set";

/// What a name stands for on a kind of calendar, if it is known there.
fn named(kind: CollectionKind, name: &str) -> Option<Privileges> {
    let here = supported(kind);
    let found = match name {
        "{DAV:}all" => here,
        "{DAV:}read" | SEE_OWN => Privileges::READING,
        "{DAV:}write" => Privileges::WRITING,
        _ => {
            let dav = name.strip_prefix("{DAV:}").map(|local| (local, false));
            let caldav = name.strip_prefix("{urn:ietf:params:xml:ns:caldav}").map(|local| (local, true));
            let (local, is_caldav) = dav.or(caldav)?;
            Privileges::of(&[Privilege::named(local).filter(|privilege| privilege.is_caldav() == is_caldav)?])
        }
    };
    here.includes(found).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TeamId;

    fn person(id: &str) -> AcePrincipal {
        AcePrincipal::Grantee(Grantee::Person(PersonId::from(id)))
    }

    fn ace(principal: AcePrincipal, privileges: &[&str]) -> Ace {
        let privileges = privileges.iter().map(|name| format!("{{DAV:}}{name}")).collect();
        Ace { principal, inverted: false, denies: false, privileges, origin: AceOrigin::Set }
    }

    fn on(kind: CollectionKind, aces: &[Ace]) -> Result<Vec<Grant>, &'static str> {
        grants(kind, &PersonId::from("ada"), aces).map_err(|error| match error {
            ServiceError::Conflict { code, .. } => code,
            other => panic!("{other}"),
        })
    }

    fn code(aces: &[Ace]) -> &'static str {
        on(CollectionKind::Calendar, aces).unwrap_err()
    }

    #[test]
    fn grants_of_one_principal_are_one_and_those_of_the_owner_none() {
        let team = AcePrincipal::Grantee(Grantee::Team(TeamId::from("payments")));
        let list = [
            ace(team.clone(), &["read"]),
            ace(AcePrincipal::Owner, &["all"]),
            ace(person("ada"), &["read"]),
            ace(person("ben"), &["read"]),
            ace(person("ben"), &["write-content"]),
        ];
        let granted = on(CollectionKind::Calendar, &list).unwrap();
        assert_eq!(granted.len(), 2);
        assert_eq!(granted[0].to, Grantee::Person(PersonId::from("ben")));
        assert_eq!(granted[0].privileges.words(), "read write-content read-free-busy");
        assert_eq!(granted[1].privileges, Privileges::READING);
    }

    #[test]
    fn each_rule_that_a_list_breaks_has_its_name() {
        let deny = |principal: AcePrincipal| Ace { denies: true, ..ace(principal, &["read"]) };
        assert_eq!(code(&[deny(person("ben"))]), "grant-only");
        assert_eq!(code(&[deny(AcePrincipal::Owner)]), "no-protected-ace-conflict");
        assert_eq!(code(&[deny(person("ada"))]), "no-protected-ace-conflict");
        assert_eq!(code(&[ace(person("ben"), &["read"]), deny(person("ben"))]), "no-ace-conflict");
        assert_eq!(code(&[Ace { inverted: true, ..ace(person("ben"), &["read"]) }]), "no-invert");
        assert_eq!(
            code(&[Ace { origin: AceOrigin::Inherited, ..ace(person("ben"), &["read"]) }]),
            "no-inherited-ace-conflict"
        );
        assert_eq!(
            code(&[Ace { origin: AceOrigin::Protected, ..ace(person("ben"), &["read"]) }]),
            "no-protected-ace-conflict"
        );
        assert_eq!(code(&[ace(AcePrincipal::Unknown("/x".to_owned()), &["read"])]), "recognized-principal");
        assert_eq!(code(&[ace(AcePrincipal::Impossible("DAV:all"), &["read"])]), "allowed-principal");
        assert_eq!(code(&[ace(person("ben"), &["unlock"])]), "not-supported-privilege");
        assert_eq!(code(&[ace(person("ben"), &["schedule-send"])]), "not-supported-privilege");
        assert_eq!(code(&vec![ace(person("ben"), &["read"]); 101]), "limited-number-of-aces");
    }

    #[test]
    fn shifts_and_availability_can_be_shown_and_not_given_away() {
        for kind in [CollectionKind::Shifts, CollectionKind::Availability] {
            assert!(on(kind, &[ace(person("ben"), &["read", "read-acl"])]).is_ok());
            for name in ["write", "write-content", "all", "write-acl"] {
                assert_eq!(on(kind, &[ace(person("ben"), &[name])]), Err("no-abstract"), "{name}");
            }
        }
        assert!(on(CollectionKind::Calendar, &[ace(person("ben"), &["all"])]).is_ok());
    }
}
