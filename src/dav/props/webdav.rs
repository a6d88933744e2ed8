//! Properties of WebDAV itself: RFC 4918, access control (RFC 3744, RFC 5397), reports (RFC 3253), synchronisation
//! (RFC 6578) and identifiers (RFC 5842).

use super::{Live, Scene, Subject, href_property, live, text_property};
use crate::dav::ADD_MEMBER;
use crate::dav::path::Container;
use crate::dav::write::Xml;
use crate::dav::xml::{CALENDARSERVER, DAV};
use crate::service::calendars::{CollectionKind, Owner, Privilege, home_href, principal_href, team_href};
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
    live(DAV, "owner", false, owner),
    live(DAV, "resource-id", false, resource_id),
    live(DAV, "add-member", false, add_member),
    live(DAV, "current-user-principal", false, current_user_principal),
    live(DAV, "current-user-privilege-set", false, privileges),
    live(DAV, "principal-collection-set", false, principal_collections),
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
        Subject::Principal(_) => {
            xml.empty("D:collection");
            xml.empty("D:principal");
        }
        Subject::Collection(view, _) => {
            xml.empty("D:collection");
            xml.empty(match view.kind {
                CollectionKind::Inbox => "C:schedule-inbox",
                CollectionKind::Outbox => "C:schedule-outbox",
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

fn owner(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    match scene.subject {
        Subject::Home(person, _) => href_property(xml, "D:owner", &principal_href(person)),
        Subject::Collection(view, _) | Subject::Object(view, ..) => href_property(xml, "D:owner", &view.owner.href()),
        Subject::Container | Subject::Principal(_) => false,
    }
}

fn resource_id(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let id = match scene.subject {
        Subject::Collection(view, _) => format!("urn:uuid:{}", view.id),
        Subject::Principal(view) => match &view.owner {
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

fn privileges(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let mut granted: Vec<&str> = Vec::new();
    match scene.subject {
        Subject::Container | Subject::Principal(_) => granted.push("D:read"),
        Subject::Home(person, _) => {
            granted.push("D:read");
            if person == scene.viewer && !scene.reads_only {
                granted.extend(["D:bind", "D:unbind"]);
            }
        }
        Subject::Collection(view, _) => {
            if view.privileges.allows_write() {
                granted.push("D:write");
            }
            granted.extend(view.privileges.iter().map(privilege_tag));
        }
        Subject::Object(_, head, _) => granted.extend(head.privileges.iter().map(privilege_tag)),
    }
    if granted.contains(&"D:read") {
        granted.push("D:read-current-user-privilege-set");
    }
    xml.open("D:current-user-privilege-set");
    for tag in granted {
        xml.open("D:privilege");
        xml.empty(tag);
        xml.close("D:privilege");
    }
    xml.close("D:current-user-privilege-set");
    true
}

fn privilege_tag(privilege: Privilege) -> &'static str {
    match privilege {
        Privilege::Read => "D:read",
        Privilege::WriteProperties => "D:write-properties",
        Privilege::WriteContent => "D:write-content",
        Privilege::Bind => "D:bind",
        Privilege::Unbind => "D:unbind",
        Privilege::ReadFreeBusy => "C:read-free-busy",
        Privilege::ScheduleDeliver => "C:schedule-deliver",
        Privilege::ScheduleSend => "C:schedule-send",
    }
}

fn principal_collections(_: &Scene<'_>, xml: &mut Xml) -> bool {
    href_property(xml, "D:principal-collection-set", Container::Principals.href())
}

fn principal_url(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let Subject::Principal(view) = scene.subject else { return false };
    href_property(xml, "D:principal-URL", &view.owner.href())
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
    hrefs(xml, "D:group-membership", view.teams.iter().map(team_href))
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

const SEARCHES: [&str; 4] = [
    "D:expand-property",
    "D:principal-property-search",
    "D:principal-search-property-set",
    "CS:calendarserver-principal-search",
];
const HOME_REPORTS: [&str; 4] = [SEARCHES[0], SEARCHES[1], SEARCHES[3], "C:free-busy-query"];

fn supported_reports(scene: &Scene<'_>, xml: &mut Xml) -> bool {
    let reports: &[&str] = match scene.subject {
        Subject::Collection(view, _) if view.kind == CollectionKind::Outbox => &["D:expand-property"],
        Subject::Collection(view, _) if view.kind == CollectionKind::Inbox => {
            &["D:sync-collection", "D:expand-property", "C:calendar-query", "C:calendar-multiget"]
        }
        Subject::Collection(..) => {
            &["D:sync-collection", "D:expand-property", "C:calendar-query", "C:calendar-multiget", "C:free-busy-query"]
        }
        Subject::Object(..) => &["D:expand-property", "C:calendar-query", "C:calendar-multiget"],
        Subject::Container | Subject::Principal(_) => &SEARCHES,
        Subject::Home(..) => &HOME_REPORTS,
    };
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
