//! PROPPATCH: property changes of calendars, all or nothing (RFC 4918 9.2). Elsewhere every property is the server's.

use super::answer::{self, Body};
use super::call::Call;
use super::error::{Fault, status_line};
use super::headers;
use super::path::Place;
use super::props::{from_clark, to_clark};
use super::write::{Xml, standalone};
use super::xml::{DAV, Element, Node};
use crate::ids::PersonId;
use crate::service::ServiceError;
use crate::service::calendars::{PropertyChange, PropertyStatus, PropertyValue, ProxyKind, Target};
use hyper::{Response, StatusCode};

/// Answers a PROPPATCH.
pub async fn answer(call: &Call) -> Result<Response<Body>, Fault> {
    let root = call.xml()?.ok_or_else(|| Fault::bad_request("a PROPPATCH needs a body"))?;
    if !root.is(DAV, "propertyupdate") {
        return Err(Fault::bad_request("the body of a PROPPATCH is DAV:propertyupdate"));
    }
    let changes = changes_of(&root);
    if changes.is_empty() {
        return Err(Fault::bad_request("the PROPPATCH changes nothing"));
    }
    let outcome = match &call.place {
        Place::Target(Target::Collection(path)) => {
            let patched = call.service.patch_properties(&call.actor, path, changes).await;
            patched.map_err(|error| call.fault(&error))?.properties
        }
        Place::Target(Target::Proxy(person, kind)) => members(call, (person, *kind), changes).await?,
        // All of these have is the server's, but only what is there can refuse a change of it.
        _ => call.look().await.map(|()| protected(changes))?,
    };
    let applied = outcome.iter().all(|(_, status)| *status == PropertyStatus::Applied);
    if applied && headers::preferences(&call.headers).minimal {
        return Ok(answer::minimal(answer::empty(StatusCode::OK)));
    }
    Ok(answer::multistatus(|xml| write_outcome_row(xml, &call.place.href(), &outcome)))
}

/// The fates of a resource's properties as a row of a multistatus.
pub fn write_outcome_row(xml: &mut Xml, href: &str, outcome: &[(String, PropertyStatus)]) {
    xml.open("D:response");
    xml.href(href);
    write_outcome(xml, outcome);
    xml.close("D:response");
}

/// Apple's way to name delegates: the members of a group are set. Nothing else of it can be.
async fn members(
    call: &Call,
    (person, kind): (&PersonId, ProxyKind),
    changes: Vec<PropertyChange>,
) -> Result<Vec<(String, PropertyStatus)>, Fault> {
    call.look().await?;
    let [PropertyChange { name, value: Some(value) }] = changes.as_slice() else { return Ok(protected(changes)) };
    if name != "{DAV:}group-member-set" {
        return Ok(protected(changes));
    }
    let mut members = Vec::new();
    for href in &value.hrefs {
        match call.place_of(href) {
            Some(Place::Target(Target::Person(member))) => members.push(member),
            _ => return Ok(vec![(name.clone(), PropertyStatus::Invalid(format!("{href} is no person here")))]),
        }
    }
    let status = match call.service.set_proxies(&call.actor, person, kind, &members).await {
        Ok(()) => PropertyStatus::Applied,
        Err(error @ (ServiceError::NotFound(_) | ServiceError::Invalid { .. })) => {
            PropertyStatus::Invalid(error.to_string())
        }
        Err(error) => return Err(call.fault(&error)),
    };
    Ok(vec![(name.clone(), status)])
}

fn protected(changes: Vec<PropertyChange>) -> Vec<(String, PropertyStatus)> {
    changes.into_iter().map(|change| (change.name, PropertyStatus::Protected)).collect()
}

/// The instructions of `set` and `remove` in the order of the request.
pub fn changes_of(root: &Element) -> Vec<PropertyChange> {
    let mut changes = Vec::new();
    for instruction in root.children() {
        let set = instruction.is(DAV, "set");
        if !set && !instruction.is(DAV, "remove") {
            continue;
        }
        for property in instruction.children().filter(|child| child.is(DAV, "prop")).flat_map(Element::children) {
            let value = set.then(|| value_of(property));
            changes.push(PropertyChange { name: to_clark(&property.name), value });
        }
    }
    changes
}

fn value_of(property: &Element) -> PropertyValue {
    let mut text = String::new();
    gather_text(property, &mut text);
    PropertyValue {
        text,
        children: property.children().map(|child| to_clark(&child.name)).collect(),
        hrefs: property.children().filter(|child| child.is(DAV, "href")).map(Element::text).collect(),
        xml: standalone(property),
    }
}

/// Text at any depth; a tree is at most 32 deep.
fn gather_text(element: &Element, text: &mut String) {
    for node in &element.nodes {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(child) => gather_text(child, text),
        }
    }
}

/// The fates of properties, one `propstat` for each kind of fate.
pub fn write_outcome(xml: &mut Xml, outcome: &[(String, PropertyStatus)]) {
    let mut rest: Vec<&(String, PropertyStatus)> = outcome.iter().collect();
    while let Some((_, fate)) = rest.first().copied() {
        let (same, other): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, status)| status == fate);
        xml.raw("<D:propstat><D:prop>");
        for (name, _) in same {
            if let Some(name) = from_clark(name) {
                xml.empty_name(&name);
            }
        }
        xml.raw("</D:prop>");
        write_fate(xml, fate);
        xml.raw("</D:propstat>");
        rest = other;
    }
}

fn write_fate(xml: &mut Xml, fate: &PropertyStatus) {
    let status = match fate {
        PropertyStatus::Applied => StatusCode::OK,
        PropertyStatus::Protected | PropertyStatus::Precondition { .. } => StatusCode::FORBIDDEN,
        PropertyStatus::Invalid(_) => StatusCode::CONFLICT,
        PropertyStatus::FailedDependency => StatusCode::FAILED_DEPENDENCY,
    };
    xml.text("D:status", &status_line(status));
    match fate {
        PropertyStatus::Protected => xml.raw("<D:error><D:cannot-modify-protected-property/></D:error>"),
        PropertyStatus::Precondition { element, why } => {
            xml.open("D:error");
            xml.empty(&format!("C:{element}"));
            xml.close("D:error");
            xml.text("D:responsedescription", why);
        }
        PropertyStatus::Invalid(why) => xml.text("D:responsedescription", why),
        PropertyStatus::Applied | PropertyStatus::FailedDependency => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml::parse;
    use super::*;

    #[test]
    fn instructions_keep_their_order_and_properties_their_xml() {
        let body = br#"<d:propertyupdate xmlns:d="DAV:" xmlns:a="http://apple.com/ns/ical/">
            <d:set><d:prop><a:calendar-color symbolic-color="custom">#FF0000FF</a:calendar-color></d:prop></d:set>
            <d:remove><d:prop><d:displayname/></d:prop></d:remove></d:propertyupdate>"#;
        let changes = changes_of(&parse(body).unwrap().unwrap());
        assert_eq!(changes[0].name, "{http://apple.com/ns/ical/}calendar-color");
        assert_eq!(changes[0].value.as_ref().unwrap().text, "#FF0000FF");
        assert!(changes[0].value.as_ref().unwrap().xml.contains("symbolic-color=\"custom\""));
        assert_eq!((changes[1].name.as_str(), &changes[1].value), ("{DAV:}displayname", &None));
    }

    #[test]
    fn each_fate_has_one_part() {
        let mut xml = Xml::default();
        let outcome = |name: &str, status| (format!("{{DAV:}}{name}"), status);
        write_outcome(
            &mut xml,
            &[
                outcome("a", PropertyStatus::FailedDependency),
                outcome("b", PropertyStatus::Protected),
                outcome("c", PropertyStatus::FailedDependency),
            ],
        );
        let text = xml.take();
        assert_eq!(text.matches("<D:propstat>").count(), 2);
        assert!(text.contains("<D:a/><D:c/></D:prop><D:status>HTTP/1.1 424"));
        assert!(text.contains("cannot-modify-protected-property"));
    }
}
