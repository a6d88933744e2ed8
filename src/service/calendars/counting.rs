//! How a person's own calendars count for the rosters they stand in: as utilisation, as absences, or as holidays.

use super::hooks::availability_changed;
use super::reflection;
use crate::ids::PersonId;
use crate::roster::model::CountsAs;
use crate::service::audit::{Deed, record};
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, rights};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::{Connection, counts};
use crate::time::Window;
use serde_json::json;

/// One of a person's ordinary calendars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The last segment of its path.
    pub name: String,
    /// As it is shown.
    pub display_name: String,
    /// How it counts.
    pub counts_as: CountsAs,
}

impl Service {
    /// A person's ordinary calendars by name; for the person and administrators.
    pub async fn counted_calendars(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Counted>, ServiceError> {
        let (who, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Read)?;
            let mut found = Vec::new();
            for row in collections::of_person(tx, &person)? {
                if row.kind == CollectionKind::Calendar {
                    let counts_as = counts::of_calendar(tx, &row.id)?;
                    found.push(counted(row, counts_as));
                }
            }
            found.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(found)
        };
        self.store.read(read).await
    }

    /// Says how one of a person's ordinary calendars counts; for the person and administrators. Their teams see the
    /// difference, and published shifts that it collides with are noticed.
    pub async fn count_calendar(
        &self,
        actor: &Actor,
        person: &PersonId,
        name: &str,
        counts_as: CountsAs,
    ) -> Result<Counted, ServiceError> {
        let (ctx, who, person, name) = (self.ctx(), actor.clone(), person.clone(), name.to_owned());
        let write = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Roster)?;
            let row = collections::by_name(tx, &Owner::Person(person.clone()), &name)?
                .filter(|row| row.kind == CollectionKind::Calendar)
                .ok_or_else(|| ServiceError::NotFound(format!("calendar {name}")))?;
            set(tx, &ctx, &who, (&person, &row), counts_as)?;
            Ok(counted(row, counts_as))
        };
        self.store.write(write).await
    }
}

/// Makes a person's calendar count so, with what follows from it.
pub(super) fn set(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, row): (&PersonId, &Collection),
    counts_as: CountsAs,
) -> Result<(), ServiceError> {
    let before = counts::of_calendar(tx, &row.id)?;
    if before == counts_as {
        return Ok(());
    }
    counts::set(tx, &row.id, counts_as)?;
    let deed = Deed::new("calendar.counts", format!("calendar:{}", row.id)).subject(person);
    let deed = deed.before(json!({ "counts_as": before })).after(json!({ "counts_as": counts_as }));
    record(tx, ctx, actor, deed)?;
    holidays_changed(tx, ctx, actor, person)
}

/// A person's holidays have changed: their teams see the difference, and shifts that it collides with are noticed.
pub(in crate::service) fn holidays_changed(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
) -> Result<(), ServiceError> {
    reflection::refresh_person(tx, ctx, person)?;
    availability_changed(tx, ctx, actor, std::slice::from_ref(person), Window::ALWAYS)
}

fn counted(row: Collection, counts_as: CountsAs) -> Counted {
    Counted { name: row.name, display_name: row.display_name, counts_as }
}
