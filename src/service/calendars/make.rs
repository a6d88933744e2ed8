//! MKCALENDAR (RFC 4791 5.3.1) and extended MKCOL (RFC 5689): a calendar of a person's own.

use super::authorize::{MOUNTED, own_home, reach_all};
use super::names::{self, RESERVED};
use super::outside;
use super::patch::{apply, judge};
use super::privileges::{Privilege, Standing, granted};
use super::requests::{NewCollection, PatchOutcome};
use super::targets::{CollectionPath, home_href};
use super::{COMPONENTS, MAX_COLLECTIONS};
use crate::ids::{CollectionId, PersonId};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::Connection;
use crate::store::collections::{self, Collection, CollectionKind, Owner};

/// What a calendar takes where its maker doesn't say.
const USUAL: [&str; 4] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"];

impl Service {
    /// MKCALENDAR and extended MKCOL: nothing is made unless all properties can be set. A name that is taken is a
    /// conflict `resource-must-be-null`.
    pub async fn make_collection(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        new: NewCollection,
    ) -> Result<PatchOutcome, ServiceError> {
        let (actor, path, ctx) = (actor.clone(), path.clone(), self.ctx());
        self.store.write(move |tx| make(tx, &ctx, &actor, &path, &new)).await
    }
}

fn make(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    path: &CollectionPath,
    new: &NewCollection,
) -> Result<PatchOutcome, ServiceError> {
    let person = &own_home(actor, &path.home, Privilege::Bind)?;
    let present = reach_all(tx, ctx, actor, &path.home)?;
    if present.iter().any(|access| access.path == *path) {
        let message = format!("there is a calendar {} already", path.name);
        return Err(ServiceError::conflict("resource-must-be-null", message));
    }
    refuse_name(&path.name, person)?;
    if present.iter().filter(|access| access.standing == Standing::Own).count() >= MAX_COLLECTIONS {
        return Err(ServiceError::TooMany(format!("a person has at most {MAX_COLLECTIONS} calendars")));
    }
    let mut row = Collection {
        id: CollectionId::new(ctx.fresh()),
        owner: Owner::Person(person.clone()),
        name: path.name.clone(),
        kind: if new.outside { CollectionKind::Outside } else { CollectionKind::Calendar },
        display_name: path.name.clone(),
        description: None,
        color: None,
        order: None,
        timezone: None,
        components: if new.outside { outside::components() } else { components(new)? },
        transparent: false,
        change: 0,
        created: ctx.now,
    };
    let mut outcome = judge(tx, ctx, (person, row.kind, granted(row.kind, Standing::Own)), &new.properties)?;
    if new.outside {
        outside::demand_source(&mut outcome);
    }
    if outcome.applied() {
        if new.outside {
            outside::begin(tx, ctx, actor, (person, &row), outside::source_of(ctx, &new.properties)?)?;
        } else {
            collections::insert(tx, &row)?;
        }
        apply(tx, ctx, path, &mut row, &new.properties)?;
    }
    Ok(outcome)
}

/// Names that every home has, or that a team may mount some day, are nobody's to take.
pub(super) fn refuse_name(name: &str, person: &PersonId) -> Result<(), ServiceError> {
    if !names::is_segment(name) {
        return Err(ServiceError::invalid("name", "a calendar's name has at most 255 bytes and no control characters"));
    }
    if name.starts_with(MOUNTED) || RESERVED.contains(&name) {
        return Err(ServiceError::NeedPrivileges { href: home_href(person), privilege: Privilege::Bind.name() });
    }
    Ok(())
}

/// `supported-calendar-component-set` as asked for, in upper case.
fn components(new: &NewCollection) -> Result<Vec<String>, ServiceError> {
    let wanted: Vec<String> = match &new.components {
        Some(list) if !list.is_empty() => list.iter().map(|name| name.trim().to_ascii_uppercase()).collect(),
        _ => USUAL.iter().map(|name| (*name).to_owned()).collect(),
    };
    match wanted.iter().find(|name| !COMPONENTS.contains(&name.as_str())) {
        Some(unknown) => {
            let message = format!("calendars take {}, not {unknown}", COMPONENTS.join(", "));
            Err(ServiceError::conflict("supported-calendar-component", message))
        }
        None => Ok(wanted),
    }
}
