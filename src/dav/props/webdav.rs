//! Properties of WebDAV itself: RFC 4918, access control (RFC 3744, RFC 5397), reports (RFC 3253), synchronisation
//! (RFC 6578) and identifiers (RFC 5842).

use super::{Live, Scene, Subject, href_property, live, text_property};
use crate::dav::ADD_MEMBER;
use crate::dav::write::Xml;
use crate::dav::xml::{CALENDARSERVER, DAV};
use crate::service::calendars::{
    CollectionKind, Owner, Privilege, ProxyKind, home_href, principal_href, proxy_href, team_href,
};
use crate::time::Instant;

pub(super) const TABLE: &[Live] = &[
    live(DAV, "resourcetype", true, resource_type),
    live(DAV, "displayname", true, display_name),
    live(DAV, "getetag", true, etag),
    live(DAV, "getcontenttype", true, content_type),
    live(DAV, "getcontentlength", true, content_length),
    live(DAV, "getlastmodified", true, last_modified),
    live(DAV, "creationdate", true, creation_date),
    live(DAV, "supportedlock", true, supported_lock),
    live(DAV, "lockdiscovery", true, lock_discovery),
    live(DAV, "resource-id", false, resource_id),
    live(DAV, "add-member", false, add_member),
    live(DAV, "current-user-principal", false, current_user_principal),
    live(DAV, "principal-URL", false, principal_url),
    live(DAV, "alternate-URI-set", false, alternate_uris),
    live(DAV, "group-member-set", false, group_members),
    live(DAV, "group-membership", false, group_membership),
    live(DAV, "supported-report-set", false, supported_reports),
    live(DAV, "sync-token", false, sync_token),
    live(CALENDARSERVER, "getctag", false, ctag),
];

fn resource_type(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    xml.open("D:resourcetype");
    match scene.subject {
        Subject::Container | Subject::Home(..) => xml.empty("D:collection"),
        Subject::Principal(view) => {
            xml.empty("D:collection");
            xml.empty("D:principal");
            if let Some(kind) = view.proxy {
                xml.empty(&format!("CS:{}", kind.name()));
            }
        }
        Subject::Collection(view, _) => {
            xml.empty("D:collection");
            xml.empty(match view.kind {
                CollectionKind::Inbox => "C:schedule-inbox",
                CollectionKind::Outbox => "C:schedule-outbox",
                // No calendar to those who would write into one: Apple and DAVx5 fetch what it comes from themselves.
                CollectionKind::Outside => "CS:subscribed",
                _ => "C:calendar",
            });
        }
        Subject::Object(..) => {}
    }
    xml.close("D:resourcetype");
    true
}

fn display_name(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let name = match scene.subject {
        Subject::Container => Some("Dogwatch"),
        Subject::Principal(view) | Subject::Home(_, view) => Some(view.display_name.as_str()),
        Subject::Collection(view, _) => Some(view.display_name.as_str()),
        Subject::Object(..) => None,
    };
    text_property(xml, "D:displayname", name)
}

fn etag(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Object(_, head, _) = scene.subject else { return false };
    text_property(xml, "D:getetag", Some(&head.etag))
}

fn content_type(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Object(..) = scene.subject else { return false };
    text_property(xml, "D:getcontenttype", Some(CALENDAR_TYPE))
}

/// What an object is served as, in the spelling that clients compare with.
pub const CALENDAR_TYPE: &str = "text/calendar;charset=utf-8";

/// Calendars and homes have no content but their members.
fn content_length(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let size = match scene.subject {
        Subject::Object(_, head, _) => head.size,
        Subject::Collection(..) | Subject::Home(..) => 0,
        Subject::Container | Subject::Principal(_) => return false,
    };
    text_property(xml, "D:getcontentlength", Some(&size.to_string()))
}

fn last_modified(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Object(_, head, _) = scene.subject else { return false };
    text_property(xml, "D:getlastmodified", Some(&http_date(head.modified)))
}

/// A moment as RFC 9110 5.6.7 writes it.
pub fn http_date(at: Instant) -> String {
    at.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn creation_date(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Object(_, head, _) = scene.subject else { return false };
    text_property(xml, "D:creationdate", Some(&head.created.to_string()))
}

/// There is no locking (class 1 and 3), which is what an empty list says.
fn supported_lock(_: &Scene<'_>, xml: &mut Xml) -> bool {
    xml.empty("D:supportedlock");
    true
}

fn lock_discovery(_: &Scene<'_>, xml: &mut Xml) -> bool {
    xml.empty("D:lockdiscovery");
    true
}

fn resource_id(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let id = match scene.subject {
        Subject::Collection(view, _) => format!("urn:uuid:{}", view.id),
        Subject::Principal(view) => match &view.owner {
            Owner::Person(person) if let Some(kind) = view.proxy => format!("urn:dogwatch:{}:{person}", kind.name()),
            Owner::Person(person) => format!("urn:dogwatch:person:{person}"),
            Owner::Team(team) => format!("urn:dogwatch:team:{team}"),
        },
        Subject::Home(person, _) => format!("urn:dogwatch:home:{person}"),
        Subject::Container | Subject::Object(..) => return false,
    };
    href_property(xml, "D:resource-id", &id)
}

/// RFC 5995 3.2.1: where new objects are posted, for whoever may store some.
fn add_member(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some(view) = scene.plain_calendar().filter(|view| view.privileges.allows(Privilege::Bind)) else {
        return false;
    };
    href_property(xml, "D:add-member", &format!("{}{ADD_MEMBER}", view.path.href()))
}

fn current_user_principal(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    href_property(xml, "D:current-user-principal", &principal_href(scene.viewer))
}

fn principal_url(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    href_property(xml, "D:principal-URL", &view.href())
}

fn alternate_uris(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let is_principal = matches!(scene.subject, Subject::Principal(_));
    if is_principal {
        xml.empty("D:alternate-URI-set");
    }
    is_principal
}

fn group_members(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    hrefs(xml, "D:group-member-set", view.members.iter().map(principal_href))
}

fn group_membership(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    let looks = view.looks_for.iter().map(|person| proxy_href(person, ProxyKind::Read));
    let writes = view.writes_for.iter().map(|person| proxy_href(person, ProxyKind::Write));
    hrefs(xml, "D:group-membership", view.teams.iter().map(team_href).chain(looks).chain(writes))
}

/// Writes an element that lists hrefs.
pub(super) fn hrefs(xml: &mut Xml, tag: &str, hrefs: impl Iterator<Item = String>) -> bool {
    xml.open(tag);
    for href in hrefs {
        xml.href(&href);
    }
    xml.close(tag);
    true
}

/// What RFC 3744 wants everywhere, and what goes with every property that names others.
const EVERYWHERE: [&str; 3] = ["D:acl-principal-prop-set", "D:principal-match", "D:expand-property"];
const SEARCHES: [&str; 3] =
    ["D:principal-property-search", "D:principal-search-property-set", "CS:calendarserver-principal-search"];
const QUERIES: [&str; 3] = ["D:sync-collection", "C:calendar-query", "C:calendar-multiget"];

fn supported_reports(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let own: &[&[&str]] = match scene.subject {
        Subject::Collection(view, _) if view.kind == CollectionKind::Outbox => &[],
        Subject::Collection(view, _) if view.kind == CollectionKind::Inbox => &[&QUERIES],
        Subject::Collection(..) => &[&QUERIES, &["C:free-busy-query"]],
        Subject::Object(..) => &[&["C:calendar-query", "C:calendar-multiget"]],
        Subject::Container | Subject::Principal(_) => &[&SEARCHES],
        Subject::Home(..) => {
            &[&["D:principal-property-search", "CS:calendarserver-principal-search", "C:free-busy-query"]]
        }
    };
    let reports = EVERYWHERE.iter().chain(own.iter().copied().flatten());
    xml.open("D:supported-report-set");
    for report in reports {
        xml.open("D:supported-report");
        xml.open("D:report");
        xml.empty(report);
        xml.close("D:report");
        xml.close("D:supported-report");
    }
    xml.close("D:supported-report-set");
    true
}

fn sync_token(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some(view) = scene.calendar() else { return false };
    text_property(xml, "D:sync-token", Some(&view.sync_token()))
}

fn ctag(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Some(view) = scene.calendar() else { return false };
    text_property(xml, "CS:getctag", Some(&view.ctag()))
}

/// Whose home it is to a reader: the address of the person's calendars.
pub(super) fn home_of(scene: &Scene<'_>) -> Option<String> {
    scene.person().map(|(person, _)| home_href(person))
}
