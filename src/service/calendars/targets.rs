//! What a path of the CalDAV tree names, and back: the href of each target, percent-encoded and with the trailing
//! slash of a collection. Paths are decoded once, by whoever received them.

use super::proxies::ProxyKind;
use crate::ids::{PersonId, TeamId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything but the unreserved characters of RFC 3986 is encoded, `@` too.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A calendar as seen from a home: the person's own or one that a team mounts there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionPath {
    /// Whose home.
    pub home: PersonId,
    /// The last segment, decoded.
    pub name: String,
}

/// A calendar object as seen from a home.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectPath {
    /// The calendar it is in.
    pub collection: CollectionPath,
    /// The last segment, decoded.
    pub name: String,
}

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `/` and `/dav/`.
    Root,
    /// `/dav/principals/` and the collections right below it.
    Principals,
    /// A person's principal.
    Person(PersonId),
    /// A group of a person's delegates.
    Proxy(PersonId, ProxyKind),
    /// A team's principal.
    TeamPrincipal(TeamId),
    /// A person's calendar home.
    Home(PersonId),
    /// A calendar.
    Collection(CollectionPath),
    /// A calendar object.
    Object(ObjectPath),
}

impl CollectionPath {
    /// The calendar `name` of a home.
    pub fn new(home: PersonId, name: impl Into<String>) -> Self {
        Self { home, name: name.into() }
    }

    /// The object `name` of this calendar.
    #[must_use]
    pub fn object(&self, name: impl Into<String>) -> ObjectPath {
        ObjectPath { collection: self.clone(), name: name.into() }
    }

    /// `/dav/calendars/<home>/<name>/`
    #[must_use]
    pub fn href(&self) -> String {
        let mut href = home_href(&self.home);
        push(&mut href, &self.name);
        href.push('/');
        href
    }

    /// The addresses of its objects.
    #[must_use]
    pub fn members(&self) -> MemberHrefs {
        let href = self.href();
        MemberHrefs { calendar: href.len(), href }
    }
}

/// Makes the addresses of many objects of one calendar, and reads them.
#[derive(Clone, Debug)]
pub struct MemberHrefs {
    href: String,
    /// How much of it is the calendar's own.
    calendar: usize,
}

impl MemberHrefs {
    /// The address of the object of a name.
    pub fn href(&mut self, name: &str) -> &str {
        self.href.truncate(self.calendar);
        push(&mut self.href, name);
        &self.href
    }

    /// The name in an address that is spelled as Dogwatch spells it and needs no decoding; nothing of any other, which
    /// may well be one of an object, too.
    #[must_use]
    pub fn plain_name<'h>(&self, href: &'h str) -> Option<&'h str> {
        let name = href.strip_prefix(self.href.get(..self.calendar)?)?;
        let plain = !name.is_empty() && name != "." && name != ".." && name.bytes().all(is_unreserved);
        plain.then_some(name)
    }
}

/// Unreserved characters of RFC 3986.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

impl ObjectPath {
    /// `/dav/calendars/<home>/<collection>/<name>`
    #[must_use]
    pub fn href(&self) -> String {
        let mut href = self.collection.href();
        push(&mut href, &self.name);
        href
    }
}

impl Target {
    /// The path from the root of the host, as it stands in an answer.
    #[must_use]
    pub fn href(&self) -> String {
        match self {
            Self::Root => "/dav/".to_owned(),
            Self::Principals => "/dav/principals/".to_owned(),
            Self::Person(person) => principal_href(person),
            Self::Proxy(person, kind) => proxy_href(person, *kind),
            Self::TeamPrincipal(team) => team_href(team),
            Self::Home(person) => home_href(person),
            Self::Collection(path) => path.href(),
            Self::Object(path) => path.href(),
        }
    }
}

/// `/dav/principals/users/<person>/`
#[must_use]
pub fn principal_href(person: &PersonId) -> String {
    below("/dav/principals/users/", person.as_str())
}

/// `/dav/principals/users/<person>/calendar-proxy-<kind>/`
#[must_use]
pub fn proxy_href(person: &PersonId, kind: ProxyKind) -> String {
    format!("{}{}/", principal_href(person), kind.name())
}

/// `/dav/principals/teams/<team>/`
#[must_use]
pub fn team_href(team: &TeamId) -> String {
    below("/dav/principals/teams/", team.as_str())
}

/// `/dav/calendars/<person>/`
#[must_use]
pub fn home_href(person: &PersonId) -> String {
    below("/dav/calendars/", person.as_str())
}

/// The collection of that name below another.
fn below(parent: &str, name: &str) -> String {
    let mut href = String::with_capacity(parent.len() + name.len() + 48);
    href.push_str(parent);
    push(&mut href, name);
    href.push('/');
    href
}

/// Adds a segment, encoded where it has to be.
fn push(href: &mut String, segment: &str) {
    if segment.bytes().all(is_unreserved) {
        href.push_str(segment);
    } else {
        href.extend(utf8_percent_encode(segment, SEGMENT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_href_is_encoded_and_a_collection_ends_with_a_slash() {
        let calendar = CollectionPath::new(PersonId::from("ada"), "Büro");
        assert_eq!(calendar.href(), "/dav/calendars/ada/B%C3%BCro/");
        assert_eq!(calendar.object("a@b c.ics").href(), "/dav/calendars/ada/B%C3%BCro/a%40b%20c.ics");
    }

    #[test]
    fn addresses_of_members_are_those_of_the_objects() {
        let calendar = CollectionPath::new(PersonId::from("ada"), "Büro");
        let mut members = calendar.members();
        for name in ["a.ics", "a@b c.ics", "ü", "b-_~.ics"] {
            assert_eq!(members.href(name), calendar.object(name).href());
        }
    }

    #[test]
    fn only_a_name_that_stands_for_itself_is_read_off_an_address() {
        let mut members = CollectionPath::new(PersonId::from("ada"), "work").members();
        members.href("something-longer-before.ics");
        let name = |last: &str| members.plain_name(&format!("/dav/calendars/ada/work/{last}")).map(str::to_owned);
        assert_eq!(name("a-1.ics").as_deref(), Some("a-1.ics"));
        for other in ["", ".", "..", "a%20b", "a/b", "a?b", "a#b", "ü", " a"] {
            assert_eq!(name(other), None, "{other}");
        }
        assert_eq!(members.plain_name("https://example.org/dav/calendars/ada/work/a.ics"), None);
        assert_eq!(members.plain_name("/dav/calendars/ada/workshop/a.ics"), None);
    }
}
