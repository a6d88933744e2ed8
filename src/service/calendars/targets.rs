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
        format!("{}{}/", home_href(&self.home), encode(&self.name))
    }

    /// The addresses of its objects.
    #[must_use]
    pub fn members(&self) -> MemberHrefs {
        MemberHrefs(self.href())
    }
}

/// Makes the addresses of many objects of one calendar.
#[derive(Clone, Debug)]
pub struct MemberHrefs(String);

impl MemberHrefs {
    /// The address of the object of a name.
    #[must_use]
    pub fn href(&self, name: &str) -> String {
        let mut href = String::with_capacity(self.0.len() + name.len() + 8);
        href.push_str(&self.0);
        href.extend(utf8_percent_encode(name, SEGMENT));
        href
    }
}

impl ObjectPath {
    /// `/dav/calendars/<home>/<collection>/<name>`
    #[must_use]
    pub fn href(&self) -> String {
        format!("{}{}", self.collection.href(), encode(&self.name))
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
    format!("/dav/principals/users/{}/", encode(person.as_str()))
}

/// `/dav/principals/users/<person>/calendar-proxy-<kind>/`
#[must_use]
pub fn proxy_href(person: &PersonId, kind: ProxyKind) -> String {
    format!("{}{}/", principal_href(person), kind.name())
}

/// `/dav/principals/teams/<team>/`
#[must_use]
pub fn team_href(team: &TeamId) -> String {
    format!("/dav/principals/teams/{}/", encode(team.as_str()))
}

/// `/dav/calendars/<person>/`
#[must_use]
pub fn home_href(person: &PersonId) -> String {
    format!("/dav/calendars/{}/", encode(person.as_str()))
}

fn encode(segment: &str) -> String {
    utf8_percent_encode(segment, SEGMENT).to_string()
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
}
