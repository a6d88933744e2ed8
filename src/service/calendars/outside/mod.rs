//! Outside calendars of a person, which somebody else's server keeps: subscribed to in a calendar app (`CS:subscribed`
//! with `CS:source`, as Apple and sabre/dav have it), or handed in by API and command line. Both are the same rows. What
//! is had of them is kept as ordinary objects, and so counts wherever the person's other calendars do.

mod address;
mod content;
mod refresh;
mod using;

#[cfg(test)]
mod tests;

pub use content::Content;
pub use refresh::{Asked, Brought};
pub use using::{NewOutside, OutsideChange, OutsideView};

use super::names;
use super::requests::{PatchOutcome, PropertyChange, PropertyStatus, PropertyValue};
use crate::ical::value::duration;
use crate::ids::PersonId;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, ServiceError};
use crate::store::collections::{self, Collection, CollectionKind};
use crate::store::outside as rows;
use crate::store::{Connection, StoreError};
use crate::time::{DAY, SECOND};
use serde_json::json;

/// Outside calendars that a person may have.
pub const MAX_OUTSIDE: usize = 5;

/// What clients may find at the source.
pub(super) fn components() -> Vec<String> {
    ["VEVENT", "VTODO"].map(str::to_owned).to_vec()
}

/// A subscription says where its text comes from.
pub(super) fn demand_source(outcome: &mut PatchOutcome) {
    if outcome.properties.iter().any(|(name, _)| name == names::SOURCE) {
        return;
    }
    let why = "a subscription needs the address of its calendar".to_owned();
    for (_, fate) in outcome.properties.iter_mut().filter(|(_, fate)| *fate == PropertyStatus::Applied) {
        *fate = PropertyStatus::FailedDependency;
    }
    outcome.properties.push((names::SOURCE.to_owned(), PropertyStatus::Invalid(why)));
}

/// Whether this may be the source.
pub(super) fn judge(ctx: &Ctx, value: Option<&PropertyValue>) -> PropertyStatus {
    let Some(value) = value else {
        return PropertyStatus::Invalid(
            "a subscription needs the address of its calendar; delete it instead".to_owned(),
        );
    };
    match address::judged(&ctx.host.reach, href(value)) {
        Ok(_) => PropertyStatus::Applied,
        Err(blocked) => PropertyStatus::Invalid(format!("the address of a calendar is refused: {blocked}")),
    }
}

/// The source among the properties of a new subscription, and how often it is wanted anew.
pub(super) fn source_of(ctx: &Ctx, properties: &[PropertyChange]) -> Result<(String, Option<i64>), ServiceError> {
    let value = |name: &str| properties.iter().find(|change| change.name == name)?.value.as_ref();
    let url = address::typed(&ctx.host.reach, value(names::SOURCE).map(href).unwrap_or_default())?;
    Ok((url, value(names::REFRESH_RATE).and_then(|value| rate(&value.text))))
}

/// Makes the calendar, to be asked for at once.
pub(super) fn begin(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, row): (&PersonId, &Collection),
    (url, every): (String, Option<i64>),
) -> Result<(), ServiceError> {
    let own = collections::of_person(tx, person)?;
    if own.iter().filter(|row| row.kind == CollectionKind::Outside).count() >= MAX_OUTSIDE {
        return Err(ServiceError::TooMany(format!("a person has at most {MAX_OUTSIDE} outside calendars")));
    }
    collections::insert(tx, row)?;
    rows::insert(tx, &row.id, &url, every, ctx.now)?;
    note(tx, ctx, actor, person, ("outside-calendar.added", row))
}

/// Does what a change of a property means for where the text comes from.
pub(super) fn apply(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    row: &Collection,
    change: &PropertyChange,
) -> Result<(), ServiceError> {
    match (change.name.as_str(), &change.value) {
        (names::SOURCE, Some(value)) => {
            let url = address::typed(&ctx.host.reach, href(value))?;
            set_url(tx, ctx, row, &url).map(drop)
        }
        (names::REFRESH_RATE, value) => {
            let every = value.as_ref().and_then(|value| rate(&value.text));
            Ok(rows::set_every(tx, &row.id, every)?)
        }
        _ => Ok(()),
    }
}

/// Takes the text from another address; whether it is another one. What was had of the old one goes.
fn set_url(tx: &mut dyn Connection, ctx: &Ctx, row: &Collection, url: &str) -> Result<bool, ServiceError> {
    if rows::find(tx, &row.id)?.is_none_or(|known| known.url == url) {
        return Ok(false);
    }
    rows::set_url(tx, &row.id, url, ctx.now)?;
    refresh::bring(tx, ctx, row, Vec::new())?;
    Ok(true)
}

/// Tells the trail that a calendar came, went or changed. Of its address only the host.
pub(super) fn note(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
    (action, row): (&'static str, &Collection),
) -> Result<(), ServiceError> {
    let Some(known) = rows::find(tx, &row.id)? else { return Ok(()) };
    let says = json!({ "calendar": row.name, "host": address::host(&known.url) });
    let deed = Deed::new(action, format!("calendar:{}", row.id)).subject(person);
    let deed = if action == "outside-calendar.removed" { deed.before(says) } else { deed.after(says) };
    record(tx, ctx, actor, deed)?;
    Ok(())
}

/// The address in a property that holds one.
fn href(value: &PropertyValue) -> &str {
    value.hrefs.first().map_or(value.text.as_str(), String::as_str)
}

/// `refreshrate` in milliseconds, where it can be read.
fn rate(text: &str) -> Option<i64> {
    let read = duration(text).ok()?;
    read.days.checked_mul(DAY)?.checked_add(read.seconds.checked_mul(SECOND)?).filter(|rate| *rate > 0)
}

/// A row that stands beside every collection of this kind.
fn row_of(tx: &mut dyn Connection, row: &Collection) -> Result<rows::Outside, StoreError> {
    rows::find(tx, &row.id)?.ok_or_else(|| StoreError::Shape(format!("the outside calendar {} has no source", row.id)))
}
