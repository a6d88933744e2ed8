//! DELETE of an object, and of a calendar that its owner made.

use super::authorize::{Access, own_home, reach, shared_name};
use super::hooks::{availability_changed, shift_object_changed};
use super::listing::default_calendar;
use super::meetings::{self, Edit};
use super::privileges::Privilege;
use super::requests::Conditions;
use super::targets::{CollectionPath, ObjectPath};
use super::views::is_made_by_owner;
use super::writing::{self, Change};
use super::{outside, reflection, sharing, team_availability};
use crate::ids::PersonId;
use crate::service::swaps::ShiftEdit;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::{Connection, objects, properties};
use crate::time::Window;

/// A DELETE of an object.
pub(super) struct Delete {
    actor: Actor,
    path: ObjectPath,
    conditions: Conditions,
    reply: bool,
}

impl Service {
    /// Removes an object; `schedule_reply` is false for `Schedule-Reply: F`, which means: no answer.
    pub async fn delete_object(
        &self,
        actor: &Actor,
        path: &ObjectPath,
        conditions: &Conditions,
        schedule_reply: bool,
    ) -> Result<(), ServiceError> {
        let (path, conditions) = (path.clone(), conditions.clone());
        let delete = Delete { actor: actor.clone(), path, conditions, reply: schedule_reply };
        let ctx = self.ctx();
        self.store.write(move |tx| delete.run(tx, &ctx)).await
    }

    /// Removes a calendar that the person made, with all that is in it; one that somebody else shares is left instead,
    /// and stays with them. Never one that every home has, nor the one into
    /// which invitations go (RFC 6638 4.3).
    pub async fn delete_collection(&self, actor: &Actor, path: &CollectionPath) -> Result<(), ServiceError> {
        let (actor, path, ctx) = (actor.clone(), path.clone(), self.ctx());
        self.store
            .write(move |tx| {
                let access = reach(tx, &ctx, &actor, &path)?;
                delete_collection(tx, &ctx, &actor, &access)
            })
            .await
    }
}

impl Delete {
    /// Without conditions.
    pub(super) fn plain(actor: &Actor, path: &ObjectPath) -> Self {
        Self { actor: actor.clone(), path: path.clone(), conditions: Conditions::default(), reply: true }
    }

    pub(super) fn run(&self, tx: &mut dyn Connection, ctx: &Ctx) -> Result<(), ServiceError> {
        let (access, name) = (reach(tx, ctx, &self.actor, &self.path.collection)?, self.path.name.as_str());
        access.allow(Privilege::Unbind)?;
        let old = objects::by_name(tx, &access.row.id, name)?;
        let old = old.ok_or_else(|| ServiceError::NotFound(format!("calendar object {name}")))?;
        if access.row.kind == CollectionKind::Shifts {
            writing::test_conditions(tx, ctx, &access.row, &self.conditions, Some(&old.head))?;
            let edit = ShiftEdit { person: &access.person, name, old: Some(&old.body), new: None, reply: self.reply };
            return shift_object_changed(tx, ctx, &self.actor, &edit);
        }
        let concerned = team_availability::admit(tx, &access, name, None)?;
        writing::test_conditions(tx, ctx, &access.row, &self.conditions, Some(&old.head))?;
        objects::delete(tx, &access.row.id, name, ctx.now)?;
        let edit = Edit { actor: &self.actor, row: &access.row, old: Some(&old), reply: self.reply };
        meetings::removed(tx, ctx, &edit)?;
        let change =
            Change { actor: &self.actor, access: &access, name, body: None, new: false, touched: old.head.extent };
        sharing::note(tx, ctx, &self.actor, &access, ("calendar.object-removed", name))?;
        writing::consequences(tx, ctx, &change, &concerned)
    }
}

fn delete_collection(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, access: &Access) -> Result<(), ServiceError> {
    let row = &access.row;
    if access.mounted && row.owner == Owner::Person(access.person.clone()) {
        return sharing::leave(tx, ctx, actor, access);
    }
    if default_calendar(tx, &access.person)? == access.path {
        let message = "invitations go into this calendar; choose another one for them first";
        return Err(ServiceError::conflict("default-calendar-needed", message));
    }
    if !is_made_by_owner(row.kind, &row.name) {
        let privilege = Privilege::Unbind.name();
        return Err(ServiceError::NeedPrivileges { href: access.path.href(), privilege });
    }
    own_home(actor, &access.path.home, Privilege::Unbind)?;
    remove(tx, ctx, actor, &access.person, row)
}

/// Removes a person's calendar with all that is in it and was said of it.
pub(super) fn remove(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
    row: &Collection,
) -> Result<(), ServiceError> {
    properties::remove_all(tx, &CollectionPath::new(person.clone(), row.name.clone()).href())?;
    properties::remove_elsewhere(tx, &format!("/{}/", shared_name(&row.id)))?;
    meetings::all_removed(tx, ctx, actor, row)?;
    if row.kind == CollectionKind::Outside {
        outside::note(tx, ctx, actor, person, ("outside-calendar.removed", row))?;
    }
    collections::delete(tx, &row.id, ctx.now)?;
    reflection::refresh_person(tx, ctx, person)?;
    availability_changed(tx, ctx, actor, std::slice::from_ref(person), Window::ALWAYS)
}
