//! Live properties: one table per family, looked up by name, written for whatever the resource is. A property that the
//! resource does not have goes into the 404 part of its row.

mod acl;
mod calendar;
mod push;
mod row;
mod scheduling;
mod webdav;

pub use acl::principals_of;
pub use row::{Preferred, Wanted, from_clark, to_clark, write_row};
pub use webdav::{CALENDAR_TYPE, http_date};

use super::write::Xml;
use super::xml::{CALDAV, Name};
use crate::ids::PersonId;
use crate::service::calendars::{
    CollectionKind, CollectionView, InboxView, ObjectHead, Owner, PrincipalView, home_href, principal_href, team_href,
};

/// What a row is about, and for whom it is written.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Who asks.
    pub viewer: &'a PersonId,
    /// Their password changes nothing.
    pub reads_only: bool,
    /// The key by which push messages are signed, where they are sent.
    pub push: Option<&'a str>,
    /// What is described.
    pub subject: Subject<'a>,
}

/// A resource with what its properties are made of.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A collection without data.
    Container,
    /// A person or team.
    Principal(&'a PrincipalView),
    /// A calendar home and whose it is.
    Home(&'a PersonId, &'a PrincipalView),
    /// A calendar; an inbox with what scheduling keeps there.
    Collection(&'a CollectionView, Option<&'a InboxView>),
    /// An object of a calendar, with the text that `calendar-data` shall have.
    Object(&'a CollectionView, &'a ObjectHead, Option<&'a str>),
}

/// Writes the property, or nothing and `false` where the resource does not have it.
pub type WriteProperty = fn(&Scene<'_>, &mut Xml) -> bool;

/// A property that the server knows.
pub struct Live {
    /// Namespace URI.
    pub namespace: &'static str,
    /// Local name.
    pub local: &'static str,
    /// Whether `allprop` includes it (RFC 4791 5.2: what it defines is left out).
    pub in_allprop: bool,
    /// Writes it.
    pub write: WriteProperty,
}

const fn live(namespace: &'static str, local: &'static str, in_allprop: bool, write: WriteProperty) -> Live {
    Live { namespace, local, in_allprop, write }
}

/// Every live property.
pub fn all() -> impl Iterator<Item = &'static Live> {
    webdav::TABLE.iter().chain(acl::TABLE).chain(calendar::TABLE).chain(scheduling::TABLE).chain(push::TABLE)
}

/// The live property of this name.
pub fn find(name: &Name) -> Option<&'static Live> {
    all().find(|live| name.is(live.namespace, live.local))
}

impl Owner {
    /// Where the principal is.
    pub(in crate::dav) fn href(&self) -> String {
        match self {
            Self::Person(person) => principal_href(person),
            Self::Team(team) => team_href(team),
        }
    }
}

impl<'a> Scene<'a> {
    /// The calendar, if it is one that holds events, the inbox included.
    fn calendar(&self) -> Option<&'a CollectionView> {
        match self.subject {
            Subject::Collection(view, _) if view.kind != CollectionKind::Outbox => Some(view),
            _ => None,
        }
    }

    /// The calendar, if it is an ordinary one.
    fn plain_calendar(&self) -> Option<&'a CollectionView> {
        self.calendar().filter(|view| view.kind != CollectionKind::Inbox)
    }

    /// The person, if it is a person's principal.
    fn person(&self) -> Option<(&'a PersonId, &'a PrincipalView)> {
        match self.subject {
            Subject::Principal(view) => match &view.owner {
                Owner::Person(person) if view.proxy.is_none() => Some((person, view)),
                Owner::Person(_) | Owner::Team(_) => None,
            },
            _ => None,
        }
    }
}

/// Writes an element that holds one href, and says that it did.
fn href_property(xml: &mut Xml, tag: &str, href: &str) -> bool {
    xml.href_in(tag, href);
    true
}

/// Writes an element with text where there is one.
fn text_property(xml: &mut Xml, tag: &str, text: Option<&str>) -> bool {
    if let Some(text) = text {
        xml.text(tag, text);
    }
    text.is_some()
}

/// A collection in the home of a person.
fn in_home(person: &PersonId, name: &str) -> String {
    format!("{}{name}/", home_href(person))
}

/// Where the object's text goes in a report.
pub const CALENDAR_DATA: (&str, &str) = (CALDAV, "calendar-data");
