//! What the calendar use cases hand out: principals, calendars, objects and changes, without any wire format.

use super::names::RESERVED;
use super::privileges::{Grant, Privileges};
use super::proxies::ProxyKind;
use super::reading::Span;
use super::targets::{CollectionPath, ObjectPath, principal_href, proxy_href, team_href};
use crate::ids::{CollectionId, PersonId, TeamId};
pub use crate::store::collections::{CollectionKind, Owner};
use crate::time::Instant;
use bytes::Bytes;

/// A person or team as a principal (RFC 3744 and RFC 6638).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalView {
    /// Who.
    pub owner: Owner,
    /// As it is shown.
    pub display_name: String,
    /// The mail address, without `mailto:`.
    pub email: String,
    /// Addresses for `calendar-user-address-set`: the `mailto:` first and last, the principal's href between.
    pub addresses: Vec<String>,
    /// A person's teams, as group membership.
    pub teams: Vec<TeamId>,
    /// A group's people, as group members.
    pub members: Vec<PersonId>,
    /// It is a group of a person's delegates.
    pub proxy: Option<ProxyKind>,
    /// For whom a person looks after calendars.
    pub looks_for: Vec<PersonId>,
    /// For whom a person also writes and answers.
    pub writes_for: Vec<PersonId>,
}

impl PrincipalView {
    /// Where it is.
    #[must_use]
    pub fn href(&self) -> String {
        match (&self.owner, self.proxy) {
            (Owner::Person(person), Some(kind)) => proxy_href(person, kind),
            (Owner::Person(person), None) => principal_href(person),
            (Owner::Team(team), _) => team_href(team),
        }
    }
}

/// A calendar as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionView {
    /// Stable identifier of the calendar, the same from every home.
    pub id: CollectionId,
    /// Where it is seen.
    pub path: CollectionPath,
    /// What it is for.
    pub kind: CollectionKind,
    /// Whose it is.
    pub owner: Owner,
    /// `displayname`.
    pub display_name: String,
    /// `calendar-description`.
    pub description: Option<String>,
    /// `calendar-color`, `#RRGGBB` or `#RRGGBBAA` as the client wrote it.
    pub color: Option<String>,
    /// `calendar-order`.
    pub order: Option<i64>,
    /// `calendar-timezone`: an iCalendar text with one VTIMEZONE.
    pub timezone: Option<String>,
    /// `supported-calendar-component-set`.
    pub components: Vec<String>,
    /// `schedule-calendar-transp` is transparent: doesn't count as busy.
    pub transparent: bool,
    /// Change number; goes up with every change of a member.
    pub change: i64,
    /// The store's epoch; another one invalidates every token.
    pub epoch: String,
    /// What this person may do here.
    pub privileges: Privileges,
    /// Where the text of an outside calendar comes from.
    pub source: Option<String>,
    /// Dead properties: name as `{namespace}local`, and the whole element as XML.
    pub properties: Vec<(String, String)>,
    /// It is seen in the home of somebody whose it isn't.
    pub mounted: bool,
    /// What its owner grants to others; only where [`crate::service::Service::with_grants`] has looked.
    pub grants: Vec<Grant>,
}

/// A sync token: a URI (RFC 6578 6.2) that means nothing to others. It names its calendar, so that one of another
/// calendar, or of one that was deleted and made again under the same name, is recognised.
pub(super) fn sync_token(epoch: &str, collection: &CollectionId, change: i64) -> String {
    let change = change.to_string();
    ["data:,", epoch, ":", collection.as_str(), ":", &change].concat()
}

/// Whether a person made the calendar of this kind and name, rather than that every home has it.
pub(super) fn is_made_by_owner(kind: CollectionKind, name: &str) -> bool {
    matches!(kind, CollectionKind::Calendar | CollectionKind::Outside) && !RESERVED.contains(&name)
}

impl CollectionView {
    /// The token of RFC 6578 for the present state.
    #[must_use]
    pub fn sync_token(&self) -> String {
        sync_token(&self.epoch, &self.id, self.change)
    }

    /// The `getctag` that older clients compare.
    #[must_use]
    pub fn ctag(&self) -> String {
        self.sync_token()
    }

    /// Whether its owner made it, and so may unmake it.
    #[must_use]
    pub fn is_made_by_owner(&self) -> bool {
        !self.mounted && is_made_by_owner(self.kind, &self.path.name)
    }

    /// Whether it is an inbox or outbox, which are no calendars to clients.
    #[must_use]
    pub fn is_scheduling_collection(&self) -> bool {
        matches!(self.kind, CollectionKind::Inbox | CollectionKind::Outbox)
    }
}

/// A calendar object without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectHead {
    /// Last segment of its path, decoded.
    pub name: String,
    /// Strong entity tag with its quotes.
    pub etag: String,
    /// Schedule-Tag with its quotes, on scheduling objects (RFC 6638 3.2.10).
    pub schedule_tag: Option<String>,
    /// Length of the text in bytes.
    pub size: u64,
    /// When it was stored last.
    pub modified: Instant,
    /// When it was stored first.
    pub created: Instant,
    /// The calendar's change number when it was stored last.
    pub change: i64,
    /// What whoever asked may do to it: read it, change it, remove it.
    pub privileges: Privileges,
}

/// A calendar object with its text, byte for byte as it was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectView {
    /// Everything but the text.
    pub head: ObjectHead,
    /// The text.
    pub body: Bytes,
}

/// An object that a query may be after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// An instance of its events touches the window; with the text where it was asked for.
    Touching(ObjectHead, Option<Bytes>),
    /// It must be read to know.
    Unread(ObjectView),
}

/// Part of a listing, in the order of names or whatever `C` goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, C = String> {
    /// The rows.
    pub rows: Vec<T>,
    /// Hand this in as `after` for the next part; nothing where this was the last.
    pub next: Option<C>,
}

/// What happened in a calendar since a sync token (RFC 6578).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// New and changed objects.
    pub changed: Vec<ObjectHead>,
    /// Names that are gone.
    pub removed: Vec<String>,
    /// The token from which to go on.
    pub token: String,
    /// There is more: ask again with `token`.
    pub truncated: bool,
    /// It is too much to be listed here: what changed and what is gone in this span has to be read page by page.
    pub pages: Option<Span>,
}

/// What a PUT did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutOutcome {
    /// The object is new.
    pub created: bool,
    /// Only where the stored bytes are those that were sent.
    pub etag: Option<String>,
    /// The Schedule-Tag, on scheduling objects whose bytes were kept.
    pub schedule_tag: Option<String>,
}

/// What a MOVE did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveOutcome {
    /// Nothing stood at the destination before.
    pub created: bool,
    /// Where the object is now.
    pub path: ObjectPath,
}

/// The home's inbox properties that scheduling reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxView {
    /// `schedule-default-calendar-URL`.
    pub default_calendar: CollectionPath,
    /// `calendar-free-busy-set`: their own calendars that count as busy.
    pub counted: Vec<CollectionPath>,
    /// `calendar-availability` (RFC 7953): the person's working hours as iCalendar text.
    pub availability: Option<String>,
}
