//! expand-property (RFC 3253 3.8): properties, and behind the addresses in them the properties of what is there. macOS
//! asks so for delegates; two levels are answered.

use crate::dav::answer::{self, Body};
use crate::dav::call::Call;
use crate::dav::error::{Fault, status_line};
use crate::dav::path::{self, Place};
use crate::dav::props::{Live, Preferred, Scene, Subject, Wanted, find, write_row};
use crate::dav::write::{NAMESPACES, Xml};
use crate::dav::xml::{self, DAV, Element, Name, Node};
use crate::service::calendars::{CollectionView, PrincipalView, Target, home_href};
use hyper::{Response, StatusCode};

/// Resources that one answer may look at.
const MAX_RESOURCES: usize = 200;

/// A resource read for a row of its own.
enum Resource {
    Principal(PrincipalView),
    Home(crate::ids::PersonId, PrincipalView),
    Calendar(Box<CollectionView>),
    Container(path::Container),
}

impl Resource {
    fn subject(&self) -> Subject<'_> {
        match self {
            Self::Principal(view) => Subject::Principal(view),
            Self::Home(person, view) => Subject::Home(person, view),
            Self::Calendar(view) => Subject::Collection(view, None),
            Self::Container(_) => Subject::Container,
        }
    }

    fn href(&self) -> String {
        match self {
            Self::Principal(view) => view.owner.href(),
            Self::Home(person, _) => home_href(person),
            Self::Calendar(view) => view.path.href(),
            Self::Container(container) => container.href().to_owned(),
        }
    }
}

/// Answers the report.
pub async fn answer(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    let resource = read(call, &call.place).await?;
    let mut out = Xml::document("D:multistatus");
    out.open("D:response");
    out.href(&resource.href());
    let mut missing = Vec::new();
    let mut looked_at = 0;
    out.raw("<D:propstat><D:prop>");
    for asked in report.children().filter(|child| child.is(DAV, "property")) {
        let Some(name) = name_of(asked) else { continue };
        let scene = Scene { viewer: &call.person, reads_only: call.actor.reads_only, subject: resource.subject() };
        let mut value = Xml::default();
        if !find(&name).is_some_and(|live: &Live| (live.write)(&scene, &mut value)) {
            missing.push(name);
            continue;
        }
        let value = value.take();
        let inner: Vec<&Element> = asked.children().filter(|child| child.is(DAV, "property")).collect();
        if inner.is_empty() {
            out.raw(&value);
        } else {
            expand(call, &mut out, &value, &inner, &mut looked_at).await?;
        }
    }
    out.raw("</D:prop>");
    out.text("D:status", &status_line(StatusCode::OK));
    out.raw("</D:propstat>");
    write_missing(&mut out, &missing);
    out.close("D:response");
    out.close("D:multistatus");
    Ok(answer::xml(StatusCode::MULTI_STATUS, out.take()))
}

fn write_missing(out: &mut Xml, missing: &[Name]) {
    if missing.is_empty() {
        return;
    }
    out.raw("<D:propstat><D:prop>");
    for name in missing {
        out.empty_name(name);
    }
    out.raw("</D:prop>");
    out.text("D:status", &status_line(StatusCode::NOT_FOUND));
    out.raw("</D:propstat>");
}

/// Writes a property with a row in place of each address in it.
async fn expand(
    call: &Call,
    out: &mut Xml,
    value: &str,
    inner: &[&Element],
    looked_at: &mut usize,
) -> Result<(), Fault> {
    let parsed = xml::parse(format!("<D:x {NAMESPACES}>{value}</D:x>").as_bytes())?;
    let property = parsed.and_then(|root| root.children().next().cloned());
    let Some(property) = property else { return Ok(()) };
    let wanted = Wanted::of_names(inner.iter().filter_map(|asked| name_of(asked)));
    let tag = value.trim_start_matches('<').split([' ', '/', '>']).next().unwrap_or_default().to_owned();
    out.open(&tag);
    for node in &property.nodes {
        let Node::Element(child) = node else { continue };
        if !child.is(DAV, "href") || *looked_at >= MAX_RESOURCES {
            continue;
        }
        *looked_at += 1;
        let href = child.text();
        let resource = match path::parse(href.trim()) {
            Ok(place) => read(call, &place).await.ok(),
            Err(_) => None,
        };
        match resource {
            Some(resource) => {
                let scene =
                    Scene { viewer: &call.person, reads_only: call.actor.reads_only, subject: resource.subject() };
                write_row(out, &resource.href(), &scene, &wanted, Preferred::default());
            }
            None => Fault::not_found().write_row(out, href.trim()),
        }
    }
    out.close(&tag);
    Ok(())
}

async fn read(call: &Call, place: &Place) -> Result<Resource, Fault> {
    let service = &call.service;
    let principal = |person: crate::ids::PersonId| async move {
        service.principal(&call.actor, &person).await.map_err(|error| call.fault(&error))
    };
    Ok(match place {
        Place::Container(container) => Resource::Container(*container),
        Place::Target(Target::Root | Target::Principals) => Resource::Container(path::Container::Dav),
        Place::Target(Target::Person(person)) => Resource::Principal(principal(person.clone()).await?),
        Place::Target(Target::TeamPrincipal(team)) => {
            let view = service.team_principal(&call.actor, team).await;
            Resource::Principal(view.map_err(|error| call.fault(&error))?)
        }
        Place::Target(Target::Home(person)) => Resource::Home(person.clone(), principal(person.clone()).await?),
        Place::Target(Target::Collection(path)) => Resource::Calendar(Box::new(call.collection(path).await?)),
        Place::Target(Target::Object(path)) => Resource::Calendar(Box::new(call.collection(&path.collection).await?)),
    })
}

fn name_of(property: &Element) -> Option<Name> {
    let local = property.attribute("name")?;
    Some(Name::new(property.attribute("namespace").unwrap_or(DAV), local))
}
