//! Meetings between people (RFC 6638): whatever somebody stores or removes in an ordinary calendar of theirs is told, in
//! the same transaction, to whom it concerns here, and leaves mail for the others. What is written here is never looked
//! at again: one change makes one round. Shifts and offers have a way of their own, in `swaps`.

mod answer;
mod arrange;
mod copies;
mod inbox;
mod incoming;

pub(in crate::service) use incoming::arrived;
pub use incoming::{Delivery, Receipt};

use super::draft::Draft;
use crate::ical::build::normal_address;
use crate::ical::tree::Malformed;
use crate::ids::PersonId;
use crate::roster::model::Person;
use crate::schedule::User;
use crate::service::addresses::{self, Addressee, user_of};
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::collections::{Collection, CollectionKind, Owner};
use crate::store::objects::{self, Object, StoredObject};
use crate::store::{Connection, StoreError, people};

/// An object of an ordinary calendar, about to change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edit<'a> {
    /// Who changes it.
    pub actor: &'a Actor,
    /// The calendar.
    pub row: &'a Collection,
    /// What stands there.
    pub old: Option<&'a StoredObject>,
    /// False for `Schedule-Reply: F`: an attendee doesn't want to answer (RFC 6638 8.1).
    pub reply: bool,
}

/// What is to be stored for a PUT.
pub(super) struct Settled {
    /// The text that was sent, or what became of it.
    pub draft: Draft,
    /// The Schedule-Tag that goes with it, on a scheduling object.
    pub schedule_tag: Option<String>,
}

/// How somebody stands to a meeting.
enum Role {
    /// Theirs.
    Organizer,
    /// Somebody else's who has a calendar here.
    Attendee(Person),
    /// Somebody else's whom only mail reaches.
    Guest,
    /// Nothing follows from what they do.
    Nobody,
}

/// Whoever acts in a meeting.
struct Party<'a> {
    actor: &'a Actor,
    person: Person,
    user: User,
    uid: &'a str,
}

/// What of `draft` is to be stored, after everybody concerned has been told.
pub(super) fn stored(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    edit: &Edit<'_>,
    draft: &Draft,
) -> Result<Settled, ServiceError> {
    let plain = |schedule_tag| Ok(Settled { draft: draft.clone(), schedule_tag });
    let organizer = draft.index.organizer.as_deref();
    let before = edit.old.and_then(|old| old.head.organizer.as_deref());
    if organizer.or(before).is_none() {
        return plain(None);
    }
    let Some(person) = owner(tx, edit.row)? else { return plain(None) };
    let party = Party { actor: edit.actor, user: user_of(ctx, &person), person, uid: &draft.index.uid };
    let kept = || edit.old.and_then(|old| old.head.schedule_tag.clone()).or_else(|| Some(draft.etag.clone()));
    match role(tx, ctx, &party, before, organizer)? {
        Role::Organizer => arrange::stored(tx, ctx, &party, edit, draft),
        Role::Attendee(organizer) => answer::stored(tx, ctx, &party, edit, (draft, &organizer)),
        Role::Guest => {
            answer::stored_for_guest(tx, ctx, &party, edit, draft)?;
            plain(kept())
        }
        Role::Nobody => plain(kept()),
    }
}

/// Tells everybody concerned that the object is removed.
pub(super) fn removed(tx: &mut dyn Connection, ctx: &Ctx, edit: &Edit<'_>) -> Result<(), ServiceError> {
    let Some(old) = edit.old.filter(|old| old.head.organizer.is_some()) else { return Ok(()) };
    let Some(person) = owner(tx, edit.row)? else { return Ok(()) };
    let party = Party { actor: edit.actor, user: user_of(ctx, &person), person, uid: &old.head.uid };
    match role(tx, ctx, &party, old.head.organizer.as_deref(), None)? {
        Role::Organizer => arrange::removed(tx, ctx, &party, old),
        Role::Attendee(organizer) => answer::removed(tx, ctx, &party, (edit, old), Some(&organizer)),
        Role::Guest => answer::removed(tx, ctx, &party, (edit, old), None),
        Role::Nobody => Ok(()),
    }
}

/// Tells everybody concerned that a whole calendar is removed.
pub(super) fn all_removed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    row: &Collection,
) -> Result<(), ServiceError> {
    const PAGE: u32 = 500;
    let mut after: Option<String> = None;
    loop {
        let heads = objects::heads_page(tx, &row.id, after.as_deref(), PAGE)?;
        let Some(last) = heads.last() else { return Ok(()) };
        after = Some(last.name.clone());
        for head in heads.iter().filter(|head| head.organizer.is_some()) {
            let old = objects::by_name(tx, &row.id, &head.name)?;
            removed(tx, ctx, &Edit { actor, row, old: old.as_ref(), reply: true })?;
        }
    }
}

/// Whether an object of this calendar may have to do with a meeting; then its old text is needed.
pub(super) fn is_concerned(row: &Collection, old: Option<&Object>, draft: Option<&Draft>) -> bool {
    let named =
        old.is_some_and(|old| old.organizer.is_some()) || draft.is_some_and(|draft| draft.index.organizer.is_some());
    named && row.kind == CollectionKind::Calendar
}

/// Whose calendar it is, where it is one for meetings.
fn owner(tx: &mut dyn Connection, row: &Collection) -> Result<Option<Person>, StoreError> {
    match &row.owner {
        Owner::Person(person) if row.kind == CollectionKind::Calendar => people::find(tx, person),
        _ => Ok(None),
    }
}

fn role(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    party: &Party<'_>,
    before: Option<&str>,
    now: Option<&str>,
) -> Result<Role, ServiceError> {
    let own = |address: Option<&str>| address.map(|address| party.user.is(address));
    match (own(before), own(now)) {
        (Some(true), Some(false)) => {
            let message = "a meeting keeps its ORGANIZER; remove it, and let the other one invite anew";
            Err(ServiceError::conflict("allowed-organizer-scheduling-object-change", message))
        }
        (Some(false), Some(true)) => Err(not_theirs()),
        (Some(true), _) | (None, Some(true)) => Ok(Role::Organizer),
        _ => {
            let Some(address) = before.or(now) else { return Ok(Role::Nobody) };
            Ok(match addresses::find(tx, ctx, address)? {
                Addressee::Person(organizer) => Role::Attendee(organizer),
                Addressee::Elsewhere => Role::Guest,
                Addressee::Team(_) | Addressee::Nobody => Role::Nobody,
            })
        }
    }
}

fn not_invited() -> ServiceError {
    let message = "the ORGANIZER has not invited you to this meeting here; store it with SCHEDULE-AGENT=NONE on the \
                   ORGANIZER to keep it all the same";
    ServiceError::conflict("allowed-attendee-scheduling-object-change", message)
}

fn not_theirs() -> ServiceError {
    let message = "an attendee can't change the ORGANIZER";
    ServiceError::conflict("allowed-attendee-scheduling-object-change", message)
}

/// A text that passed every check when it was stored can be read.
fn read<T>(result: Result<T, Malformed>) -> Result<T, ServiceError> {
    result.map_err(|malformed| StoreError::Shape(format!("a meeting can't be read: {malformed}")).into())
}

/// Whether two addresses mean one person here, however they are spelled.
fn is_same(tx: &mut dyn Connection, ctx: &Ctx, a: &str, b: &str) -> Result<bool, StoreError> {
    if normal_address(a) == normal_address(b) {
        return Ok(true);
    }
    let person = |found: Addressee| -> Option<PersonId> {
        if let Addressee::Person(person) = found { Some(person.id) } else { None }
    };
    let one = person(addresses::find(tx, ctx, a)?);
    Ok(one.is_some() && one == person(addresses::find(tx, ctx, b)?))
}
