//! Looking for people and teams: principal-property-search (RFC 3744 9.4) and the search by which macOS completes
//! attendees.

use super::unsupported;
use crate::dav::answer::{self, Body};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::path::Place;
use crate::dav::props::{Preferred, Scene, Subject, Wanted, write_row};
use crate::dav::write::Xml;
use crate::dav::xml::{CALDAV, CALENDARSERVER, DAV, Element, Name};
use crate::service::calendars::{Owner, PrincipalView, Target};
use hyper::{Response, StatusCode};

/// Principals that one search may find.
const MAX_FOUND: usize = 100;

/// What a search holds beside the properties it asks for.
const SEARCH_ELEMENTS: [&str; 4] = ["prop", "property-search", "apply-to-principal-collection-set", "search-token"];

/// Properties by which a principal can be found, with what each is called.
const SEARCHABLE: &[(&str, &str, &str, &str)] = &[
    (DAV, "displayname", "D:displayname", "Name"),
    (CALENDARSERVER, "email-address-set", "CS:email-address-set", "E-mail address"),
    (CALDAV, "calendar-user-address-set", "C:calendar-user-address-set", "Calendar address"),
    (CALDAV, "calendar-user-type", "C:calendar-user-type", "Kind"),
];

/// One condition: any of these properties contains the text.
struct Condition {
    properties: Vec<Name>,
    text: String,
}

/// principal-property-search.
pub async fn by_properties(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    if matches!(&call.place, Place::Target(Target::Collection(_) | Target::Object(_))) {
        return Err(unsupported("principal-property-search"));
    }
    let conditions: Vec<Condition> = report.children().filter_map(condition).collect();
    let any = report.attribute("test") == Some("anyof");
    let mut found: Vec<PrincipalView> = Vec::new();
    // Who asks for nobody in particular, as python-caldav does, sees everybody; it can't read teams, which have no home.
    let texts = if conditions.is_empty() { vec![""] } else { conditions.iter().map(search_text).collect() };
    for text in texts.iter().take(if any { texts.len() } else { 1 }) {
        let principals = call.service.search_principals(&call.actor, text, MAX_FOUND).await;
        for principal in principals.map_err(|error| call.fault(&error))? {
            if !found.iter().any(|other| other.owner == principal.owner) {
                found.push(principal);
            }
        }
    }
    found.retain(|principal| {
        let mut holds = conditions.iter().map(|condition| condition.holds(principal));
        if conditions.is_empty() {
            return matches!(principal.owner, Owner::Person(_));
        }
        if any { holds.any(|holds| holds) } else { holds.all(|holds| holds) }
    });
    Ok(rows(call, report, &found))
}

fn condition(element: &Element) -> Option<Condition> {
    if !element.is(DAV, "property-search") {
        return None;
    }
    let properties = element.child(DAV, "prop")?.children().map(|property| property.name.clone()).collect();
    Some(Condition { properties, text: element.child(DAV, "match")?.text().trim().to_lowercase() })
}

/// Everybody is a kind of user, so that a search by kind alone begins with everybody.
fn search_text(condition: &Condition) -> &str {
    if condition.properties.iter().all(|name| name.is(CALDAV, "calendar-user-type")) {
        return "";
    }
    condition.text.strip_prefix("mailto:").unwrap_or(&condition.text)
}

impl Condition {
    fn holds(&self, principal: &PrincipalView) -> bool {
        self.properties
            .iter()
            .any(|name| values(principal, name).iter().any(|value| value.to_lowercase().contains(&self.text)))
    }
}

fn values(principal: &PrincipalView, name: &Name) -> Vec<String> {
    match (name.namespace.as_ref(), name.local.as_str()) {
        (DAV, "displayname") => vec![principal.display_name.clone()],
        (CALENDARSERVER, "email-address-set") => vec![principal.email.clone()],
        (CALDAV, "calendar-user-address-set") => principal.addresses.clone(),
        (CALDAV, "calendar-user-type") => vec![match principal.owner {
            Owner::Person(_) => "INDIVIDUAL".to_owned(),
            Owner::Team(_) => "GROUP".to_owned(),
        }],
        _ => Vec::new(),
    }
}

/// calendarserver-principal-search: every token is part of the name or the address.
pub async fn by_tokens(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    let tokens = report.children().filter(|child| child.is(CALENDARSERVER, "search-token"));
    let tokens: Vec<String> = tokens.map(|token| token.text().trim().to_lowercase()).collect();
    let Some(first) = tokens.first().filter(|token| !token.is_empty()) else {
        return Ok(rows(call, report, &[]));
    };
    let found = call.service.search_principals(&call.actor, first, MAX_FOUND).await;
    let mut found = found.map_err(|error| call.fault(&error))?;
    found.retain(|principal| {
        let text = format!("{} {}", principal.display_name, principal.email).to_lowercase();
        tokens.iter().all(|token| text.contains(token))
    });
    Ok(rows(call, report, &found))
}

fn rows(call: &Call, report: &Element, found: &[PrincipalView]) -> Response<Body> {
    let asked = report.child(DAV, "prop").is_none_or(|prop| prop.children().next().is_some());
    // python-caldav writes the properties beside an empty `prop`.
    let beside = report.children().filter(|child| !SEARCH_ELEMENTS.contains(&child.name.local.as_str()));
    let wanted =
        if asked { Wanted::of_parent(report) } else { Wanted::of_names(beside.map(|property| property.name.clone())) };
    answer::multistatus(|xml| {
        for principal in found {
            let scene = Scene {
                viewer: &call.person,
                reads_only: call.actor.reads_only,
                subject: Subject::Principal(principal),
            };
            write_row(xml, &principal.owner.href(), &scene, &wanted, Preferred::default());
        }
    })
}

/// principal-search-property-set: by what a search can go.
pub fn property_set(call: &Call) -> Result<Response<Body>, Fault> {
    if matches!(call.target(), Some(Target::Home(_) | Target::Collection(_) | Target::Object(_))) {
        return Err(unsupported("principal-search-property-set"));
    }
    let root = "D:principal-search-property-set";
    let mut xml = Xml::document(root);
    for (_, _, tag, description) in SEARCHABLE {
        xml.open("D:principal-search-property");
        xml.open("D:prop");
        xml.empty(tag);
        xml.close("D:prop");
        xml.raw("<D:description xml:lang=\"en\">");
        xml.characters(description);
        xml.close("D:description");
        xml.close("D:principal-search-property");
    }
    xml.close(root);
    Ok(answer::xml(StatusCode::OK, xml.take()))
}
