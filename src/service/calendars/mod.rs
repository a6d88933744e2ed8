//! Calendars: what may happen to homes, collections and objects, whatever the protocol. Each function authorizes by the
//! one table of [`privileges`], and every write tests its conditions inside its own transaction.

mod acl;
mod authorize;
mod conditions;
mod counting;
mod delete;
mod draft;
mod free_busy_set;
mod freebusy;
mod hooks;
mod listing;
mod make;
mod meetings;
mod member_event;
mod member_hours;
mod names;
mod outside;
mod painting;
mod patch;
mod principals;
mod privileges;
pub(in crate::service) mod proxies;
mod put;
mod reading;
mod reflection;
mod relocate;
mod requests;
mod sharing;
mod subscriptions;
mod sync;
mod targets;
mod team_availability;
mod views;
mod writing;
mod zone;

#[cfg(test)]
mod tests;

pub use crate::store::collections::{CollectionKind, Owner};
pub use crate::store::outside::{Problem, Validators};
pub use acl::{Ace, AceOrigin, AcePrincipal};
pub use counting::Counted;
pub(super) use counting::holidays_changed;
pub use freebusy::BusyCalendarUser;
pub(super) use meetings::arrived as meeting_arrived;
pub use meetings::{Delivery, Receipt};
pub use outside::{Asked, Brought, Content, NewOutside, OutsideChange, OutsideView};
pub use painting::{DayOf, Entry, MonthOf, Weekly};
pub use privileges::{Grant, Grantee, Privilege, Privileges, Standing, grantable, granted, supported};
pub use proxies::ProxyKind;
pub use reading::{Sought, Span};
pub use reflection::{availability_objects, refresh_team_availability, working_hours_of};
pub use relocate::Relocation;
pub use requests::{
    Conditions, EntityTag, NewCollection, PatchOutcome, PropertyChange, PropertyStatus, PropertyValue, PutRequest,
    State, StateTerm, TagList,
};
pub use sharing::{Extent, Share, Shared};
pub(super) use subscriptions::topic_of_person;
pub use subscriptions::{NewSubscription, PushNotice, PushSettings, Subscribed, Triggers};
pub use targets::{CollectionPath, MemberHrefs, ObjectPath, Target, home_href, principal_href, proxy_href, team_href};
pub use views::{
    Candidate, Changes, CollectionView, InboxView, MoveOutcome, ObjectHead, ObjectView, Page, PrincipalView, PutOutcome,
};

/// Kinds of calendar objects that are known at all; each collection takes some of them.
pub const COMPONENTS: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];
/// Largest calendar object in bytes, advertised as `max-resource-size`.
pub const MAX_OBJECT_BYTES: usize = 256 * 1024;
/// Objects a collection may hold.
pub const MAX_OBJECTS: i64 = 200_000;
/// Calendars a person may own.
pub const MAX_COLLECTIONS: usize = 50;
/// Days for which a sync token is good: as long as tombstones are kept.
pub const SYNC_TOKEN_DAYS: i64 = 90;
