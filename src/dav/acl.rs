//! ACL (RFC 3744 8.1): to whom a person opens a calendar of theirs. Reads the entries; `service` judges them.

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::path::Place;
use super::props::to_clark;
use super::xml::{DAV, Element};
use crate::service::calendars::{Ace, AceOrigin, AcePrincipal, CollectionPath, Grantee, Target};
use hyper::{Response, StatusCode};

/// Answers the method on a calendar.
pub async fn answer(call: &Call, path: &CollectionPath) -> Result<Response<Body>, Fault> {
    let root = call.xml()?.ok_or_else(|| Fault::bad_request("an ACL needs a body"))?;
    if !root.is(DAV, "acl") {
        return Err(Fault::bad_request("the body of an ACL is DAV:acl"));
    }
    let aces = root.children().filter(|child| child.is(DAV, "ace")).map(|element| ace(call, element));
    let aces = aces.collect::<Result<Vec<_>, Fault>>()?;
    call.service.set_acl(&call.actor, path, aces).await.map_err(|error| call.fault(&error))?;
    Ok(answer::empty(StatusCode::OK))
}

fn ace(call: &Call, element: &Element) -> Result<Ace, Fault> {
    let inverted = element.child(DAV, "invert");
    let principal = inverted.unwrap_or(element).child(DAV, "principal");
    let principal = principal.ok_or_else(|| Fault::bad_request("an ace names its principal"))?;
    let (grants, denies) = (element.child(DAV, "grant"), element.child(DAV, "deny"));
    let ((Some(says), None) | (None, Some(says))) = (grants, denies) else {
        return Err(Fault::bad_request("an ace either grants or denies"));
    };
    let privileges = says.children().filter(|child| child.is(DAV, "privilege")).flat_map(Element::children);
    Ok(Ace {
        principal: principal_of(call, principal)?,
        inverted: inverted.is_some(),
        denies: denies.is_some(),
        privileges: privileges.map(|privilege| to_clark(&privilege.name)).collect(),
        origin: match (element.child(DAV, "protected"), element.child(DAV, "inherited")) {
            (_, Some(_)) => AceOrigin::Inherited,
            (Some(_), None) => AceOrigin::Protected,
            (None, None) => AceOrigin::Set,
        },
    })
}

fn principal_of(call: &Call, element: &Element) -> Result<AcePrincipal, Fault> {
    let said = element.children().next().ok_or_else(|| Fault::bad_request("a principal names somebody"))?;
    let is = |local| said.is(DAV, local);
    if is("href") {
        let href = said.text();
        return Ok(match call.place_of(&href) {
            Some(Place::Target(Target::Person(person))) => AcePrincipal::Grantee(Grantee::Person(person)),
            Some(Place::Target(Target::TeamPrincipal(team))) => AcePrincipal::Grantee(Grantee::Team(team)),
            Some(Place::Target(Target::Proxy(..))) => AcePrincipal::Impossible("a group of delegates"),
            _ => AcePrincipal::Unknown(href.trim().to_owned()),
        });
    }
    if is("property") && said.child(DAV, "owner").is_some() {
        return Ok(AcePrincipal::Owner);
    }
    let known = [
        ("all", "DAV:all"),
        ("unauthenticated", "DAV:unauthenticated"),
        ("self", "DAV:self"),
        ("property", "such a DAV:property"),
    ];
    match known.into_iter().find(|(local, _)| is(local)) {
        Some((_, what)) => Ok(AcePrincipal::Impossible(what)),
        None if is("authenticated") => Ok(AcePrincipal::Grantee(Grantee::Everybody)),
        None => Err(Fault::bad_request("a principal is an href or one that RFC 3744 5.5.1 knows")),
    }
}
