//! PROPPATCH of a calendar: all or nothing (RFC 4918 9.2). What a person calls a calendar that a team mounts, and its
//! colour, are theirs alone; dead properties are kept as they come.

use super::authorize::{Access, reach};
use super::free_busy_set;
use super::hooks::availability_changed;
use super::names::{self, Live, live};
use super::outside;
use super::privileges::{Privilege, Privileges};
use super::reflection;
use super::requests::{PatchOutcome, PropertyChange, PropertyStatus, PropertyValue};
use super::targets::CollectionPath;
use crate::ical::build::vtimezone;
use crate::ical::tree::Tree;
use crate::ical::zone::known_zone;
use crate::ids::PersonId;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::{Connection, StoreError, properties};
use crate::time::Window;
use crate::time::Zone;
use percent_encoding::percent_decode_str;

/// Longest value of a property in bytes, as XML.
const MAX_VALUE: usize = 64 * 1024;
/// Years for which the clock of a zone that was only named is spelled out.
const ZONE_YEARS: (i32, i32) = (2020, 2037);
/// Dead properties of one calendar.
const MAX_DEAD: usize = 100;

impl Service {
    /// PROPPATCH of a calendar, inbox or outbox: all or nothing.
    pub async fn patch_properties(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        changes: Vec<PropertyChange>,
    ) -> Result<PatchOutcome, ServiceError> {
        let (actor, path, ctx) = (actor.clone(), path.clone(), self.ctx());
        self.store.write(move |tx| patch(tx, &ctx, &actor, &path, &changes)).await
    }
}

fn patch(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &CollectionPath,
    changes: &[PropertyChange],
) -> Result<PatchOutcome, ServiceError> {
    let mut access = reach(tx, ctx, actor, path)?;
    access.allow(Privilege::WriteProperties)?;
    let outcome = judge(tx, ctx, (&access.person, access.row.kind, access.privileges), changes)?;
    if !outcome.applied() {
        return Ok(outcome);
    }
    let only = Some(&access.path.home).filter(|_| access.mounted);
    tx.note_properties(access.row.id.as_str(), only, ctx.now);
    if access.mounted {
        apply_own(tx, &access, changes)?;
    } else {
        let transparent = access.row.transparent;
        apply(tx, ctx, path, &mut access.row, changes)?;
        let several = changes.iter().any(|change| change.name == names::FREE_BUSY_SET);
        if several || access.row.transparent != transparent {
            reflection::refresh_person(tx, ctx, &access.person)?;
            availability_changed(tx, ctx, actor, std::slice::from_ref(&access.person), Window::ALWAYS)?;
        }
    }
    Ok(outcome)
}

/// What would become of each change, without making any.
pub(super) fn judge(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, kind, privileges): (&PersonId, CollectionKind, Privileges),
    changes: &[PropertyChange],
) -> Result<PatchOutcome, ServiceError> {
    let mut fates = Vec::with_capacity(changes.len());
    for change in changes {
        let fate = if privileges.allows(Privilege::WriteProperties) {
            fate(tx, ctx, (person, kind), change)?
        } else {
            PropertyStatus::Protected
        };
        fates.push((change.name.clone(), fate));
    }
    if fates.iter().filter(|(name, _)| live(name).is_none()).count() > MAX_DEAD {
        return Err(ServiceError::TooMany(format!("at most {MAX_DEAD} properties at once")));
    }
    if fates.iter().any(|(_, fate)| *fate != PropertyStatus::Applied) {
        for (_, fate) in fates.iter_mut().filter(|(_, fate)| *fate == PropertyStatus::Applied) {
            *fate = PropertyStatus::FailedDependency;
        }
    }
    Ok(PatchOutcome { properties: fates })
}

fn fate(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (person, kind): (&PersonId, CollectionKind),
    change: &PropertyChange,
) -> Result<PropertyStatus, ServiceError> {
    let broken = |element, why: &str| Ok(PropertyStatus::Precondition { element, why: why.to_owned() });
    let scheduling = matches!(kind, CollectionKind::Inbox | CollectionKind::Outbox);
    let name = change.name.as_str();
    if change.value.as_ref().is_some_and(|value| value.xml.len().max(value.text.len()) > MAX_VALUE) {
        return Ok(PropertyStatus::Invalid("the value is longer than 64 KiB".to_owned()));
    }
    match (name, &change.value) {
        (names::DEFAULT_CALENDAR, Some(value)) if kind == CollectionKind::Inbox => {
            match calendar_named(tx, person, &value.text)? {
                Some(_) => Ok(PropertyStatus::Applied),
                None => broken(
                    "valid-schedule-default-calendar-URL",
                    "not the address of a calendar of this home that takes invitations",
                ),
            }
        }
        (names::FREE_BUSY_SET, Some(value)) if kind == CollectionKind::Inbox => {
            match free_busy_set::named(tx, person, &value.hrefs)? {
                Some(_) => Ok(PropertyStatus::Applied),
                None => Ok(PropertyStatus::Invalid("one of these is no calendar of this home".to_owned())),
            }
        }
        (names::AVAILABILITY | names::OLD_AVAILABILITY, Some(value)) if kind == CollectionKind::Inbox => {
            if is_availability(&value.text) {
                Ok(PropertyStatus::Applied)
            } else {
                broken("valid-calendar-data", "not a calendar with a VAVAILABILITY")
            }
        }
        (names::DEFAULT_CALENDAR | names::AVAILABILITY | names::OLD_AVAILABILITY, None)
            if kind == CollectionKind::Inbox =>
        {
            Ok(PropertyStatus::Applied)
        }
        (names::SOURCE, value) if kind == CollectionKind::Outside => Ok(outside::judge(ctx, value.as_ref())),
        _ if names::is_protected(name) && live(name).is_none() => Ok(PropertyStatus::Protected),
        // An inbox has nothing to show, and can't count as busy.
        _ if scheduling && live(name).is_some() => Ok(PropertyStatus::Protected),
        (_, Some(value)) => Ok(live(name).map_or(PropertyStatus::Applied, |property| property.judge(value))),
        (_, None) => Ok(PropertyStatus::Applied),
    }
}

/// Makes changes that [`judge`] lets pass to a person's own calendar.
pub(super) fn apply(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    path: &CollectionPath,
    row: &mut Collection,
    changes: &[PropertyChange],
) -> Result<(), ServiceError> {
    for change in changes {
        if row.kind == CollectionKind::Outside {
            outside::apply(tx, ctx, row, change)?;
        }
        match live(&change.name) {
            Some(property) => property.put(row, change.value.as_ref()),
            None if change.name == names::SOURCE => {}
            None => keep(tx, path, change)?,
        }
    }
    Ok(collections::update(tx, row)?)
}

/// Makes changes to how one person sees a calendar that a team mounts; the row stays as the team has it.
fn apply_own(tx: &mut dyn Connection, access: &Access, changes: &[PropertyChange]) -> Result<(), ServiceError> {
    let href = access.path.href();
    for change in changes {
        let Some(property) = live(&change.name) else {
            keep(tx, &access.path, change)?;
            continue;
        };
        let name = names::own_name(&change.name);
        match &change.value {
            Some(value) => properties::set(tx, &href, &name, &property.text_of(value))?,
            None => properties::remove(tx, &href, &name)?,
        }
    }
    Ok(())
}

/// Stores or forgets a property that has no column.
fn keep(tx: &mut dyn Connection, path: &CollectionPath, change: &PropertyChange) -> Result<(), ServiceError> {
    let href = path.href();
    let name = if change.name == names::OLD_AVAILABILITY { names::AVAILABILITY } else { &change.name };
    if let (names::FREE_BUSY_SET, Some(value)) = (name, &change.value) {
        return free_busy_set::set(tx, &path.home, &value.hrefs);
    }
    let Some(value) = &change.value else { return Ok(properties::remove(tx, &href, name)?) };
    let stored = match name {
        names::AVAILABILITY => value.text.clone(),
        names::DEFAULT_CALENDAR => calendar_named(tx, &path.home, &value.text)?.unwrap_or_default(),
        _ => value.xml.clone(),
    };
    properties::set(tx, &href, name, &stored)?;
    if properties::of_path(tx, &href)?.len() > MAX_DEAD {
        return Err(ServiceError::TooMany(format!("a calendar keeps at most {MAX_DEAD} further properties")));
    }
    Ok(())
}

/// The person's ordinary calendar with this href, however it is encoded and whether or not it names the host.
pub(super) fn calendar_named(
    tx: &mut dyn Connection,
    person: &PersonId,
    href: &str,
) -> Result<Option<String>, StoreError> {
    let path = href.trim().trim_end_matches('/');
    let segments: Vec<String> =
        path.rsplit('/').take(2).map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect();
    let [name, home] = segments.as_slice() else { return Ok(None) };
    if home != person.as_str() {
        return Ok(None);
    }
    let row = collections::by_name(tx, &Owner::Person(person.clone()), name)?;
    Ok(row.filter(|row| row.kind == CollectionKind::Calendar).map(|row| row.name))
}

fn is_availability(text: &str) -> bool {
    Tree::parse(text.trim_start().as_bytes())
        .is_ok_and(|tree| tree.calendar().children().any(|child| child.is("VAVAILABILITY")))
}

impl Live {
    /// Whether the value makes sense.
    fn judge(self, value: &PropertyValue) -> PropertyStatus {
        let text = value.text.trim();
        let problem = match self {
            Self::DisplayName | Self::Description => None,
            Self::Color => (text.len() > 64).then_some((None, "not a colour")),
            Self::Order => text.parse::<i64>().is_err().then_some((None, "not a whole number")),
            Self::Timezone => (!names::is_timezone(text))
                .then_some((Some("valid-calendar-data"), "not a calendar with one VTIMEZONE")),
            Self::TimezoneId => {
                known_zone(text).is_none().then_some((Some("valid-timezone"), "this time zone is not known"))
            }
            Self::Transparent => transparency(value).is_none().then_some((None, "neither opaque nor transparent")),
        };
        match problem {
            None => PropertyStatus::Applied,
            Some((None, why)) => PropertyStatus::Invalid(why.to_owned()),
            Some((Some(element), why)) => PropertyStatus::Precondition { element, why: why.to_owned() },
        }
    }

    /// The value as the column, or the person's own value, keeps it.
    fn text_of(self, value: &PropertyValue) -> String {
        match self {
            Self::Transparent if transparency(value) == Some(true) => "transparent".to_owned(),
            Self::Transparent => "opaque".to_owned(),
            Self::DisplayName | Self::Description | Self::Timezone => value.text.clone(),
            Self::Color | Self::Order => value.text.trim().to_owned(),
            Self::TimezoneId => known_zone(value.text.trim()).map(timezone_of).unwrap_or_default(),
        }
    }

    /// Sets the column, or what it is without a value.
    fn put(self, row: &mut Collection, value: Option<&PropertyValue>) {
        let text = value.map(|value| self.text_of(value));
        match self {
            Self::DisplayName => row.display_name = text.unwrap_or_else(|| row.name.clone()),
            Self::Description => row.description = text,
            Self::Color => row.color = text,
            Self::Order => row.order = text.and_then(|text| text.parse().ok()),
            Self::Timezone | Self::TimezoneId => row.timezone = text,
            Self::Transparent => row.transparent = value.and_then(transparency).unwrap_or(false),
        }
    }
}

/// `calendar-timezone` for a zone that was only named.
fn timezone_of(zone: Zone) -> String {
    let (first, last) = ZONE_YEARS;
    let zone = vtimezone(zone, first, last);
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Dogwatch//Dogwatch//EN\r\n{zone}END:VCALENDAR\r\n")
}

/// What `schedule-calendar-transp` says (RFC 6638 9.1): transparent or not, by its one child element.
fn transparency(value: &PropertyValue) -> Option<bool> {
    value.children.iter().find_map(|child| match child.as_str() {
        "{urn:ietf:params:xml:ns:caldav}transparent" => Some(true),
        "{urn:ietf:params:xml:ns:caldav}opaque" => Some(false),
        _ => None,
    })
}
