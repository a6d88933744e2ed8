//! MKCALENDAR (RFC 4791 5.3.1), also without a body, and extended MKCOL (RFC 5689).

use super::answer::{self, Body};
use super::call::Call;
use super::error::Fault;
use super::path::{BadPath, Place};
use super::proppatch::{changes_of, write_outcome, write_outcome_row};
use super::write::Xml;
use super::xml::{CALDAV, CALENDARSERVER, DAV, Element};
use crate::service::calendars::{NewCollection, PatchOutcome, PropertyStatus, Target};
use hyper::header::{CACHE_CONTROL, HeaderValue};
use hyper::{Method, Response, StatusCode};

/// Answers both methods: they differ in the names of their roots, and in that MKCOL must say that it wants a calendar.
pub async fn answer(call: &Call) -> Result<Response<Body>, Fault> {
    let Place::Target(Target::Collection(path)) = &call.place else {
        return Err(elsewhere());
    };
    let is_mkcol = is_mkcol(&call.method);
    let root = call.xml()?;
    let new = if is_mkcol { mkcol(root.as_ref())? } else { mkcalendar(root.as_ref())? };
    let made = call.service.make_collection(&call.actor, path, new).await;
    let outcome = made.map_err(|error| call.fault(&error))?;
    let mut response = match (outcome.applied(), is_mkcol) {
        (true, _) => answer::empty(StatusCode::CREATED),
        (false, true) => refused(&outcome),
        // RFC 4791 5.3.1: as for a PROPPATCH.
        (false, false) => answer::multistatus(|xml| write_outcome_row(xml, &call.place.href(), &outcome.properties)),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// A path at which nothing can be is no place for a calendar either.
pub fn nowhere(method: &Method, bad: BadPath) -> Fault {
    let makes = method.as_str() == "MKCALENDAR" || is_mkcol(method);
    if makes && bad == BadPath::Unknown { elsewhere() } else { bad.into() }
}

fn elsewhere() -> Fault {
    Fault::condition("C:calendar-collection-location-ok", "calendars are made in a calendar home")
}

fn is_mkcol(method: &Method) -> bool {
    method.as_str() == "MKCOL"
}

fn mkcalendar(root: Option<&Element>) -> Result<NewCollection, Fault> {
    let Some(root) = root else { return Ok(NewCollection::default()) };
    // Some clients send the body of an extended MKCOL with MKCALENDAR.
    if !root.is(CALDAV, "mkcalendar") && !root.is(DAV, "mkcol") {
        return Err(Fault::bad_request("the body of a MKCALENDAR is CALDAV:mkcalendar"));
    }
    Ok(new_collection(root))
}

fn mkcol(root: Option<&Element>) -> Result<NewCollection, Fault> {
    let plain = || Fault::condition("D:valid-resourcetype", "a home holds calendars only: ask for the resource type");
    let root = root.ok_or_else(plain)?;
    if !root.is(DAV, "mkcol") {
        return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body of a MKCOL is DAV:mkcol"));
    }
    let types = properties(root).find(|property| property.is(DAV, "resourcetype")).ok_or_else(plain)?;
    if types.child(CALDAV, "calendar").is_none() && !is_subscribed(types) {
        return Err(plain());
    }
    Ok(new_collection(root))
}

fn properties(root: &Element) -> impl Iterator<Item = &Element> {
    root.children()
        .filter(|child| child.is(DAV, "set"))
        .flat_map(Element::children)
        .filter(|child| child.is(DAV, "prop"))
        .flat_map(Element::children)
}

/// Whether it is to be a calendar that somebody else's server keeps, as Apple and sabre/dav call it.
fn is_subscribed(types: &Element) -> bool {
    types.child(CALENDARSERVER, "subscribed").is_some()
}

/// Where it says of what type it shall be, that decides; a MKCALENDAR need not say it.
fn is_outside(root: &Element) -> bool {
    match properties(root).find(|property| property.is(DAV, "resourcetype")) {
        Some(types) => is_subscribed(types),
        None => properties(root).any(|property| property.is(CALENDARSERVER, "source")),
    }
}

fn new_collection(root: &Element) -> NewCollection {
    let set = properties(root).find(|property| property.is(CALDAV, "supported-calendar-component-set"));
    let components = set.map(|set| {
        let names = set.children().filter(|comp| comp.is(CALDAV, "comp")).filter_map(|comp| comp.attribute("name"));
        names.map(str::to_ascii_uppercase).collect()
    });
    let mut changes = changes_of(root);
    changes.retain(|change| {
        change.value.is_some()
            && change.name != "{DAV:}resourcetype"
            && change.name != format!("{{{CALDAV}}}supported-calendar-component-set")
    });
    NewCollection { outside: is_outside(root), components, properties: changes }
}

/// Nothing was made; says which property it failed on (RFC 5689 3).
fn refused(outcome: &PatchOutcome) -> Response<Body> {
    let root = "D:mkcol-response";
    let mut xml = Xml::document(root);
    write_outcome(&mut xml, &outcome.properties);
    xml.close(root);
    let forbidden =
        |status: &PropertyStatus| matches!(status, PropertyStatus::Protected | PropertyStatus::Precondition { .. });
    let forbidden = outcome.properties.iter().any(|(_, status)| forbidden(status));
    answer::xml(if forbidden { StatusCode::FORBIDDEN } else { StatusCode::CONFLICT }, xml.take())
}

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    #[test]
    fn a_calendar_may_be_asked_for_without_a_body() {
        assert_eq!(mkcalendar(None).unwrap(), NewCollection::default());
        assert_eq!(mkcol(None).unwrap_err().condition.unwrap(), "<D:valid-resourcetype/>");
    }

    #[test]
    fn components_are_told_apart_from_properties() {
        let body = br#"<d:mkcol xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop>
            <d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Leave</d:displayname>
            <c:supported-calendar-component-set><c:comp name="vevent"/></c:supported-calendar-component-set>
            </d:prop></d:set></d:mkcol>"#;
        let new = mkcol(parse(body).unwrap().as_ref()).unwrap();
        assert_eq!(new.components.unwrap(), ["VEVENT"]);
        assert_eq!(new.properties.len(), 1);
        assert_eq!(new.properties[0].value.as_ref().unwrap().text, "Leave");
    }
}
