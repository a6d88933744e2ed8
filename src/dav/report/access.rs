//! Reports of access control: of whom a list speaks (acl-principal-prop-set, RFC 3744 9.2), and what has to do with whoever
//! asks (principal-match, 9.3).

use super::resource::Resource;
use crate::dav::answer::{self, Body, Shown};
use crate::dav::call::Call;
use crate::dav::error::Fault;
use crate::dav::path::{self, Container, Place};
use crate::dav::props::{Preferred, Scene, Subject, Wanted, find, principals_of, write_row};
use crate::dav::write::Xml;
use crate::dav::xml::{DAV, Element, Name};
use crate::service::ServiceError;
use crate::service::calendars::{CollectionPath, CollectionView, Privilege, Span, Target, principal_href};
use hyper::Response;

/// Objects read at once.
const PAGE: u32 = 500;

/// acl-principal-prop-set: a row for each person, team or group of delegates of whom the list speaks.
pub async fn principals(call: &Call, report: &Element) -> Result<Response<Body>, Fault> {
    if report.children().filter(|child| child.is(DAV, "prop")).count() != 1 {
        return Err(Fault::bad_request("an acl-principal-prop-set names one DAV:prop"));
    }
    let listing = Wanted::of_names([Name::new(DAV, "acl")].into_iter());
    let resource = match call.target() {
        // A home is somebody's own business, and of their delegates only as far as its calendars go.
        Some(Target::Home(home)) if *home != call.person => return Err(unseen(call)),
        _ => Resource::read(call, &call.place, &listing).await?,
    };
    let scene = resource.scene(call);
    if scene.withholds(&Name::new(DAV, "acl")) {
        return Err(unseen(call));
    }
    let wanted = Wanted::of_parent(report);
    let mut found = Vec::new();
    for href in principals_of(&scene) {
        let Ok(place) = path::parse(&href) else { continue };
        // Whoever was disabled since is no principal any more.
        found.extend(Resource::read(call, &place, &wanted).await.ok());
    }
    Ok(rows(call, &wanted, &found))
}

fn unseen(call: &Call) -> Fault {
    call.fault(&ServiceError::NeedPrivileges { href: call.place.href(), privilege: Privilege::ReadAcl.name() })
}

/// principal-match: whoever asks among principals, with the groups they are in; or what names them in a property.
pub async fn matching(call: Call, report: &Element) -> Result<Response<Body>, Fault> {
    let count = |local: &str| report.children().filter(|child| child.is(DAV, local)).count();
    if count("prop") > 1 || count("self") + count("principal-property") != 1 {
        let message = "a principal-match names self or one principal-property, and at most one prop";
        return Err(Fault::bad_request(message));
    }
    let wanted = Wanted::of_parent(report);
    let Some(property) = report.child(DAV, "principal-property") else {
        let found = selves(&call, &wanted).await?;
        return Ok(rows(&call, &wanted, &found));
    };
    let property = property.children().next().map(|child| child.name.clone());
    let property = property.ok_or_else(|| Fault::bad_request("a principal-property names a property"))?;
    match call.target().cloned() {
        Some(Target::Home(home)) => in_home(&call, &home, (&property, &wanted)).await,
        Some(Target::Collection(path)) => in_calendar(call, path, property, wanted).await,
        _ => {
            call.look().await?;
            Ok(rows(&call, &wanted, &[]))
        }
    }
}

/// The person who asks and their groups, as far as they are below this place.
async fn selves(call: &Call, wanted: &Wanted) -> Result<Vec<Resource>, Fault> {
    call.look().await?;
    let (people, groups) = match &call.place {
        Place::Container(Container::Users) => (true, false),
        Place::Container(Container::Teams) => (false, true),
        Place::Container(Container::Calendars) => (false, false),
        Place::Container(_) | Place::Target(Target::Root | Target::Principals) => (true, true),
        Place::Target(Target::Person(person)) => (*person == call.person, false),
        Place::Target(_) => (false, false),
    };
    let own = call.service.principal(&call.actor, &call.person).await.map_err(|error| call.fault(&error))?;
    let mut found = Vec::new();
    for team in own.teams.iter().filter(|_| groups) {
        let place = Place::Target(Target::TeamPrincipal(team.clone()));
        found.push(Resource::read(call, &place, wanted).await?);
    }
    if people {
        found.insert(0, Resource::Principal(own));
    }
    Ok(found)
}

async fn in_home(
    call: &Call,
    home: &crate::ids::PersonId,
    (property, wanted): (&Name, &Wanted),
) -> Result<Response<Body>, Fault> {
    let calendars = call.service.home(&call.actor, home).await.map_err(|error| call.fault(&error))?;
    let mut found = Vec::new();
    for view in calendars {
        let view = call.with_grants(view, wanted).await?;
        if names(call, Subject::Collection(&view, None), property) {
            found.push(Resource::Calendar(Box::new(view)));
        }
    }
    Ok(rows(call, wanted, &found))
}

/// The objects of a calendar, page by page.
async fn in_calendar(
    call: Call,
    path: CollectionPath,
    property: Name,
    wanted: Wanted,
) -> Result<Response<Body>, Fault> {
    let view: CollectionView = call.calendar_for(&path, &wanted).await?;
    answer::stream_multistatus(move |mut out| async move {
        let (mut members, mut shown, mut span) = (path.members(), Shown::default(), Span::since(-1));
        loop {
            let page = call.service.heads_page(&call.actor, &path, span, PAGE).await;
            let page = page.map_err(|error| call.fault(&error))?;
            for head in &page.rows {
                let subject = Subject::Object(&view, head, None);
                if names(&call, subject, &property) && shown.admits(&head.name, head.change > view.change) {
                    write(&mut out.xml, &call, members.href(&head.name), subject, &wanted);
                    out.flush().await;
                }
            }
            match page.next {
                Some(reached) => span.after = reached,
                None => return Ok(out),
            }
        }
    })
    .await
}

/// Whether the property holds the address of whoever asks. One that is withheld names nobody.
fn names(call: &Call, subject: Subject<'_>, property: &Name) -> bool {
    let scene = Scene { viewer: &call.person, reads_only: call.actor.reads_only, push: call.push_key(), subject };
    let mut value = Xml::default();
    !scene.withholds(property)
        && find(property).is_some_and(|live| (live.write)(&scene, &mut value))
        && value.take().contains(&format!("<D:href>{}</D:href>", principal_href(&call.person)))
}

fn rows(call: &Call, wanted: &Wanted, found: &[Resource]) -> Response<Body> {
    answer::multistatus(|xml| {
        for resource in found {
            write_row(xml, &resource.href(), &resource.scene(call), wanted, Preferred::default());
        }
    })
}

fn write(xml: &mut Xml, call: &Call, href: &str, subject: Subject<'_>, wanted: &Wanted) {
    let scene = Scene { viewer: &call.person, reads_only: call.actor.reads_only, push: call.push_key(), subject };
    write_row(xml, href, &scene, wanted, Preferred::default());
}
