//! Calendars: what may happen to homes, collections and objects, whatever the protocol. Each function authorizes by the
//! one table of [`privileges`], and every write tests its conditions inside its own transaction.

mod privileges;
mod requests;
mod signatures;
mod targets;
mod views;

pub use privileges::{Privilege, Privileges};
pub use requests::{
    Conditions, EntityTag, NewCollection, PatchOutcome, PropertyChange, PropertyStatus, PropertyValue, PutRequest,
    TagList,
};
pub use targets::{CollectionPath, ObjectPath, Target, home_href, principal_href, team_href};
pub use views::{
    Changes, CollectionKind, CollectionView, InboxView, MoveOutcome, ObjectHead, ObjectView, Owner, Page,
    PrincipalView, PutOutcome,
};

/// Largest calendar object in bytes, advertised as `max-resource-size`.
pub const MAX_OBJECT_BYTES: usize = 256 * 1024;
/// Objects a collection may hold.
pub const MAX_OBJECTS: i64 = 200_000;
/// Calendars a person may own.
pub const MAX_COLLECTIONS: usize = 50;
/// Days for which a sync token is good: as long as tombstones are kept.
pub const SYNC_TOKEN_DAYS: i64 = 90;
