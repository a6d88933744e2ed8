//! Names that mean something here: of collections, and of properties that clients set.

use super::views::CollectionView;
use crate::ical::tree::Tree;

/// The calendar that every home has and nobody deletes.
pub(super) const DEFAULT: &str = "calendar";
/// Names of a home's own collections, which MKCALENDAR can't take.
pub(super) const RESERVED: [&str; 6] = [DEFAULT, "availability", "shifts", "on-call-alarms", "inbox", "outbox"];
/// Longest segment of a path, in bytes.
pub(super) const MAX_NAME: usize = 255;

/// Working hours (RFC 7953), on the inbox.
pub(super) const AVAILABILITY: &str = "{urn:ietf:params:xml:ns:caldav}calendar-availability";
/// The same as Apple wrote it before RFC 7953.
pub(super) const OLD_AVAILABILITY: &str = "{http://calendarserver.org/ns/}calendar-availability";
/// Where invitations go, on the inbox; stored as the calendar's name.
pub(super) const DEFAULT_CALENDAR: &str = "{urn:ietf:params:xml:ns:caldav}schedule-default-calendar-URL";
/// Which calendars count as busy, on the inbox: what clients asked before each calendar had its own transparency.
pub(super) const FREE_BUSY_SET: &str = "{urn:ietf:params:xml:ns:caldav}calendar-free-busy-set";

/// Where the text of an outside calendar comes from; an href.
pub(super) const SOURCE: &str = "{http://calendarserver.org/ns/}source";
/// How often it is wanted anew; a duration.
pub(super) const REFRESH_RATE: &str = "{http://apple.com/ns/ical/}refreshrate";

/// In which zone days and floating times of a calendar are meant.
pub(super) const TIMEZONE: &str = "{urn:ietf:params:xml:ns:caldav}calendar-timezone";

/// Properties of a calendar that its owner may set and that are columns, not XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Live {
    /// `displayname`
    DisplayName,
    /// `calendar-description`
    Description,
    /// `calendar-color`
    Color,
    /// `calendar-order`
    Order,
    /// `calendar-timezone`
    Timezone,
    /// `calendar-timezone-id` (RFC 7809 5.2): the same by its name alone.
    TimezoneId,
    /// `schedule-calendar-transp`
    Transparent,
}

/// The live property of this name, `{namespace}local`.
pub(super) fn live(name: &str) -> Option<Live> {
    Some(match name {
        "{DAV:}displayname" => Live::DisplayName,
        "{urn:ietf:params:xml:ns:caldav}calendar-description" => Live::Description,
        "{http://apple.com/ns/ical/}calendar-color" => Live::Color,
        "{http://apple.com/ns/ical/}calendar-order" => Live::Order,
        TIMEZONE => Live::Timezone,
        "{urn:ietf:params:xml:ns:caldav}calendar-timezone-id" => Live::TimezoneId,
        "{urn:ietf:params:xml:ns:caldav}schedule-calendar-transp" => Live::Transparent,
        _ => return None,
    })
}

/// Whether a name is a server's property that no client may set; the rest are dead properties, kept as they come.
pub(super) fn is_protected(name: &str) -> bool {
    const PUSH: [&str; 3] = ["supported-triggers", "topic", "transports"];
    const DAV: [&str; 31] = [
        "acl",
        "acl-restrictions",
        "add-member",
        "alternate-URI-set",
        "creationdate",
        "current-user-principal",
        "current-user-privilege-set",
        "getcontentlength",
        "getcontenttype",
        "getetag",
        "getlastmodified",
        "group",
        "group-member-set",
        "group-membership",
        "inherited-acl-set",
        "lockdiscovery",
        "owner",
        "parent-set",
        "principal-URL",
        "principal-collection-set",
        "quota-available-bytes",
        "quota-used-bytes",
        "resource-id",
        "resourcetype",
        "supported-live-property-set",
        "supported-method-set",
        "supported-privilege-set",
        "supported-report-set",
        "supportedlock",
        "sync-level",
        "sync-token",
    ];
    const CALDAV: [&str; 20] = [
        "calendar-availability",
        "calendar-data",
        "calendar-free-busy-set",
        "calendar-home-set",
        "calendar-user-address-set",
        "calendar-user-type",
        "max-attendees-per-instance",
        "max-date-time",
        "max-instances",
        "max-resource-size",
        "min-date-time",
        "schedule-default-calendar-URL",
        "schedule-inbox-URL",
        "schedule-outbox-URL",
        "schedule-tag",
        "supported-calendar-component-set",
        "supported-calendar-component-sets",
        "supported-calendar-data",
        "supported-collation-set",
        "timezone-service-set",
    ];
    const CALENDARSERVER: [&str; 6] = [
        "calendar-availability",
        "calendar-proxy-read-for",
        "calendar-proxy-write-for",
        "email-address-set",
        "getctag",
        "source",
    ];
    if let Some(local) = name.strip_prefix("{urn:ietf:params:xml:ns:caldav}") {
        return CALDAV.contains(&local);
    }
    if let Some(local) = name.strip_prefix("{http://calendarserver.org/ns/}") {
        return CALENDARSERVER.contains(&local);
    }
    if let Some(local) = name.strip_prefix("{https://bitfire.at/webdav-push}") {
        return PUSH.contains(&local);
    }
    name.strip_prefix("{DAV:}").is_some_and(|local| DAV.contains(&local))
}

/// A name with which a person's own value for a mounted calendar is stored, apart from the dead properties.
pub(super) fn own_name(property: &str) -> String {
    let property = if live(property) == Some(Live::TimezoneId) { TIMEZONE } else { property };
    format!("own:{property}")
}

/// The live property whose own value is stored under this name.
pub(super) fn own_view(stored: &str) -> Option<Live> {
    stored.strip_prefix("own:").and_then(live)
}

impl Live {
    /// Puts a person's own value into the view.
    pub(super) fn show(self, view: &mut CollectionView, value: String) {
        match self {
            Self::DisplayName => view.display_name = value,
            Self::Description => view.description = Some(value),
            Self::Color => view.color = Some(value),
            Self::Order => view.order = value.parse().ok(),
            Self::Timezone | Self::TimezoneId => view.timezone = Some(value),
            Self::Transparent => view.transparent = value == "transparent",
        }
    }
}

/// Whether a text may be the last segment of a path: something to see, no separators, no controls.
pub(super) fn is_segment(name: &str) -> bool {
    !name.trim().is_empty()
        && name.len() <= MAX_NAME
        && !matches!(name, "." | "..")
        && !name.chars().any(|c| c == '/' || c.is_control())
}

/// Whether a text is a calendar with one VTIMEZONE and nothing else, as `calendar-timezone` wants it.
pub(super) fn is_timezone(text: &str) -> bool {
    Tree::parse(text.as_bytes()).is_ok_and(|tree| {
        let mut children = tree.calendar().children();
        children.next().is_some_and(|child| child.is("VTIMEZONE")) && children.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_has_something_to_see_and_no_separators() {
        for bad in ["", " ", ".", "..", "a/b", "a\0b", "a\nb", &"x".repeat(256)] {
            assert!(!is_segment(bad), "{bad:?}");
        }
        for good in ["work", "Büro 2", "F3A1-22.ics", &"x".repeat(255)] {
            assert!(is_segment(good), "{good:?}");
        }
    }

    #[test]
    fn what_the_server_computes_is_protected_and_what_it_does_not_know_is_kept() {
        assert!(is_protected("{DAV:}getetag"));
        assert!(is_protected("{urn:ietf:params:xml:ns:caldav}supported-calendar-component-set"));
        assert!(!is_protected("{urn:ietf:params:xml:ns:caldav}default-alarm-vevent-date"));
        assert!(!is_protected("{http://example.org/ns}mood"));
        assert!(!is_protected("{DAV:}details"));
    }
}
