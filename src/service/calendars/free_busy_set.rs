//! `calendar-free-busy-set` of the inbox: how older clients (iCal) say which calendars count as busy. Here each calendar
//! says it by its `schedule-calendar-transp` (RFC 6638 9.1), and the set is another way to read and write that.

use super::patch::calendar_named;
use super::targets::CollectionPath;
use crate::ids::PersonId;
use crate::service::ServiceError;
use crate::store::collections::{self, CollectionKind};
use crate::store::{Connection, StoreError};
use std::collections::BTreeSet;

/// The person's ordinary calendars that count.
pub(super) fn of(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<CollectionPath>, StoreError> {
    let own = collections::of_person(tx, person)?.into_iter();
    let counted = own.filter(|row| row.kind == CollectionKind::Calendar && !row.transparent);
    Ok(counted.map(|row| CollectionPath::new(person.clone(), row.name)).collect())
}

/// The calendars that the hrefs name, or nothing where one of them is none of the person's ordinary calendars.
pub(super) fn named(
    tx: &mut dyn Connection,
    person: &PersonId,
    hrefs: &[String],
) -> Result<Option<BTreeSet<String>>, StoreError> {
    let mut names = BTreeSet::new();
    for href in hrefs {
        match calendar_named(tx, person, href)? {
            Some(name) => names.insert(name),
            None => return Ok(None),
        };
    }
    Ok(Some(names))
}

/// Makes these the calendars that count.
pub(super) fn set(tx: &mut dyn Connection, person: &PersonId, hrefs: &[String]) -> Result<(), ServiceError> {
    let names = named(tx, person, hrefs)?;
    let names = names.ok_or_else(|| ServiceError::Forbidden("these are calendars of another home".to_owned()))?;
    for mut row in collections::of_person(tx, person)? {
        let transparent = !names.contains(&row.name);
        if row.kind == CollectionKind::Calendar && row.transparent != transparent {
            row.transparent = transparent;
            collections::update(tx, &row)?;
        }
    }
    Ok(())
}
