//! Looking for people and teams: principal-property-search (RFC 3744 9.4) with the match types of CalendarServer, and the
//! search by which macOS completes attendees.

use super::unsupported;
use crate::dav::answer::{self, Body};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::path::{Container, Place};
use crate::dav::props::{Preferred, Scene, Subject, Wanted, write_row};
use crate::dav::write::Xml;
use crate::dav::xml::{CALDAV, CALENDARSERVER, DAV, Element, Name};
use crate::service::calendars::{Owner, PrincipalView, Target};
use hyper::{Response, StatusCode};

/// Principals that one search may find.
const MAX_FOUND: usize = 100;

/// What a search holds beside the properties it asks for.
const SEARCH_ELEMENTS: [&str; 5] =
    ["prop", "property-search", "apply-to-principal-collection-set", "search-token", "limit"];

/// Properties by which a principal can be found, with what each is called.
const SEARCHABLE: &[(&str, &str, &str, &str)] = &[
    (DAV, "displayname", "D:displayname", "Name"),
    (CALENDARSERVER, "email-address-set", "CS:email-address-set", "E-mail address"),
    (CALDAV, "calendar-user-address-set", "C:calendar-user-address-set", "Calendar address"),
    (CALDAV, "calendar-user-type", "C:calendar-user-type", "Kind"),
];

/// One condition: any of these properties has the text.
struct Condition {
    properties: Vec<Name>,
    text: String,
    how: How,
}

/// How a text has to be there.
#[derive(Clone, Copy)]
enum How {
    Contains,
    StartsWith,
    Equals,
}

/// Who may be found: those of a place, of a kind, and so many.
struct Scope {
    people: bool,
    teams: bool,
    most: usize,
}

impl Scope {
    /// Below this place, and of the kinds that an attribute names.
    fn of(call: &Call, report: &Element, kinds: Option<(bool, bool)>) -> Result<Self, Fault> {
        let below = if report.child(DAV, "apply-to-principal-collection-set").is_some() {
            (true, true)
        } else {
            match &call.place {
                Place::Container(Container::Users) => (true, false),
                Place::Container(Container::Teams) => (false, true),
                _ => (true, true),
            }
        };
        let kinds = kinds.unwrap_or((true, true));
        Ok(Self { people: below.0 && kinds.0, teams: below.1 && kinds.1, most: limit_of(report)? })
    }

    fn holds(&self, principal: &PrincipalView) -> bool {
        match principal.owner {
            Owner::Person(_) => self.people,
            Owner::Team(_) => self.teams,
        }
    }
}

fn limit_of(report: &Element) -> Result<usize, Fault> {
    let limit = [CALENDARSERVER, DAV].into_iter().find_map(|space| report.child(space, "limit")?.children().next());
    let Some(limit) = limit else { return Ok(MAX_FOUND) };
    match limit.text().trim().parse::<usize>() {
        Ok(count) if count > 0 => Ok(count.min(MAX_FOUND)),
        _ => Err(Fault::bad_request("nresults is a number above 0")),
    }
}

/// principal-property-search.
pub async fn by_properties(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    let everywhere = report.child(DAV, "apply-to-principal-collection-set").is_some();
    if !everywhere && matches!(&call.place, Place::Target(Target::Collection(_) | Target::Object(_))) {
        return Err(unsupported("principal-property-search"));
    }
    let kinds = match report.attribute("type") {
        None => None,
        Some("INDIVIDUAL") => Some((true, false)),
        Some("GROUP") => Some((false, true)),
        Some("RESOURCE" | "ROOM") => Some((false, false)),
        Some(_) => return Err(Fault::bad_request("type is INDIVIDUAL, GROUP, RESOURCE or ROOM")),
    };
    let any = match report.attribute("test") {
        None | Some("allof") => false,
        Some("anyof") => true,
        Some(_) => return Err(Fault::bad_request("test is anyof or allof")),
    };
    let scope = Scope::of(call, report, kinds)?;
    let searches = report.children().filter(|child| child.is(DAV, "property-search"));
    let conditions = searches.map(condition).collect::<Result<Vec<_>, Fault>>()?;
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
        scope.holds(principal) && if any { holds.any(|holds| holds) } else { holds.all(|holds| holds) }
    });
    found.truncate(scope.most);
    Ok(rows(call, report, &found))
}

fn condition(element: &Element) -> Result<Condition, Fault> {
    let missing = || Fault::bad_request("a property-search has a prop and a match");
    let properties = element.child(DAV, "prop").ok_or_else(missing)?;
    let text = element.child(DAV, "match").ok_or_else(missing)?;
    let how = match text.attribute("match-type") {
        None | Some("contains") => How::Contains,
        Some("starts-with") => How::StartsWith,
        Some("equals") => How::Equals,
        Some(_) => return Err(Fault::bad_request("match-type is starts-with, contains or equals")),
    };
    // Names and addresses are compared without regard to case, whatever is asked (RFC 3744 9.4 leaves it to the server).
    if !matches!(text.attribute("caseless"), None | Some("yes" | "no")) {
        return Err(Fault::bad_request("caseless is yes or no"));
    }
    let properties = properties.children().map(|property| property.name.clone()).collect();
    Ok(Condition { properties, text: text.text().trim().to_lowercase(), how })
}

/// Everybody is a kind of user, so that a search by kind alone begins with everybody.
fn search_text(condition: &Condition) -> &str {
    let only = |namespace, local| condition.properties.iter().all(|name| name.is(namespace, local));
    // An address may be that of a principal, which says neither name nor mail.
    if only(CALDAV, "calendar-user-type") || condition.text.contains('/') {
        return "";
    }
    condition.text.strip_prefix("mailto:").unwrap_or(&condition.text)
}

impl Condition {
    fn holds(&self, principal: &PrincipalView) -> bool {
        let fits = |value: String| {
            let value = value.to_lowercase();
            match self.how {
                How::Contains => value.contains(&self.text),
                How::StartsWith => value.starts_with(&self.text),
                How::Equals => value == self.text,
            }
        };
        self.properties.iter().any(|name| values(principal, name).into_iter().any(fits))
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
    let kinds = match report.attribute("context") {
        Some("user") => Some((true, false)),
        Some("group") => Some((false, true)),
        Some("location" | "resource") => Some((false, false)),
        // An attendee may be either.
        _ => None,
    };
    let scope = Scope::of(call, report, kinds)?;
    let tokens = report.children().filter(|child| child.is(CALENDARSERVER, "search-token"));
    let tokens: Vec<String> = tokens.map(|token| token.text().trim().to_lowercase()).collect();
    let Some(first) = tokens.first().filter(|token| !token.is_empty()) else {
        return Ok(rows(call, report, &[]));
    };
    let found = call.service.search_principals(&call.actor, first, MAX_FOUND).await;
    let mut found = found.map_err(|error| call.fault(&error))?;
    found.retain(|principal| {
        let text = format!("{} {}", principal.display_name, principal.email).to_lowercase();
        scope.holds(principal) && tokens.iter().all(|token| text.contains(token))
    });
    found.truncate(scope.most);
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
                push: call.push_key(),
                subject: Subject::Principal(principal),
            };
            write_row(xml, &principal.href(), &scene, &wanted, Preferred::default());
        }
    })
}

/// principal-search-property-set: by what a search can go, asked where principals are.
pub fn property_set(call: &Call) -> Result<Response<Body>, Fault> {
    if matches!(&call.place, Place::Target(Target::Home(_) | Target::Collection(_) | Target::Object(_))) {
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
