//! MOVE of an object within a home: as if it were stored at the destination and removed at the source, at once.

use super::authorize::{Access, Object, authorize, reach, reach_parent};
use super::draft::Draft;
use super::meetings::{self, Edit};
use super::privileges::Privilege;
use super::requests::Conditions;
use super::targets::ObjectPath;
use super::views::MoveOutcome;
use super::writing::{self, Change};
use super::{names, put, team_availability};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::Connection;
use crate::store::collections::CollectionKind;
use crate::store::objects::{self, StoredObject};

/// A MOVE.
struct Relocation {
    actor: Actor,
    from: ObjectPath,
    to: ObjectPath,
    overwrite: bool,
    conditions: Conditions,
}

impl Service {
    /// Moves an object within the home, with the rights that removing it there and adding it here need; without
    /// `overwrite` nothing may stand at the destination. Shifts can't be moved out.
    pub async fn move_object(
        &self,
        actor: &Actor,
        from: &ObjectPath,
        to: &ObjectPath,
        overwrite: bool,
        conditions: &Conditions,
    ) -> Result<MoveOutcome, ServiceError> {
        if !names::is_segment(&to.name) {
            return Err(ServiceError::invalid(
                "name",
                "an object's name has at most 255 bytes and no control characters",
            ));
        }
        let relocation = Relocation {
            actor: actor.clone(),
            from: from.clone(),
            to: to.clone(),
            overwrite,
            conditions: conditions.clone(),
        };
        let ctx = self.ctx();
        self.store.write(move |tx| relocation.run(tx, &ctx)).await
    }
}

impl Relocation {
    fn run(&self, tx: &mut dyn Connection, ctx: &Ctx) -> Result<MoveOutcome, ServiceError> {
        let source = reach(tx, ctx, &self.actor, &self.from.collection)?;
        let target = reach_parent(tx, ctx, &self.actor, &self.to)?;
        authorize(&source.person, Privilege::Unbind, Object::Calendar(&source))?;
        authorize(&target.person, Privilege::Bind, Object::Calendar(&target))?;
        if matches!(source.row.kind, CollectionKind::Shifts | CollectionKind::Inbox) {
            let privilege = Privilege::Unbind.name();
            return Err(ServiceError::NeedPrivileges { href: source.path.href(), privilege });
        }
        let moved = objects::by_name(tx, &source.row.id, &self.from.name)?;
        let moved = moved.ok_or_else(|| ServiceError::NotFound(format!("calendar object {}", self.from.name)))?;
        writing::test_conditions(tx, &self.conditions, Some(&moved.head))?;
        if self.from == self.to {
            return Err(ServiceError::Forbidden("an object can't be moved onto itself".to_owned()));
        }
        let replaced = objects::by_name(tx, &target.row.id, &self.to.name)?;
        if replaced.is_some() && !self.overwrite {
            return Err(ServiceError::PreconditionFailed);
        }
        let created = replaced.is_none();
        if let Some(replaced) = replaced {
            self.remove(tx, ctx, &target, &replaced)?;
            let edit = Edit { actor: &self.actor, row: &target.row, old: Some(&replaced), reply: true };
            meetings::removed(tx, ctx, &edit)?;
        }
        self.remove(tx, ctx, &source, &moved)?;
        self.add(tx, ctx, &target, &moved)?;
        Ok(MoveOutcome { created, path: self.to.clone() })
    }

    fn remove(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        access: &Access,
        object: &StoredObject,
    ) -> Result<(), ServiceError> {
        let name = object.head.name.as_str();
        let concerned = team_availability::admit(tx, access, name, None)?;
        objects::delete(tx, &access.row.id, name, ctx.now)?;
        let change = Change { actor: &self.actor, access, name, body: None, new: false, touched: object.head.extent };
        writing::consequences(tx, ctx, &change, &concerned)
    }

    fn add(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        access: &Access,
        object: &StoredObject,
    ) -> Result<(), ServiceError> {
        let (name, draft) = (self.to.name.as_str(), Draft::stored(object)?);
        let concerned = team_availability::admit(tx, access, name, Some(&draft))?;
        put::admit(tx, access, name, &draft, None)?;
        // A meeting is the same one wherever it stands: nobody is told.
        let tag =
            object.head.schedule_tag.clone().or_else(|| draft.index.organizer.as_ref().map(|_| draft.etag.clone()));
        let tag = tag.filter(|_| access.row.kind == CollectionKind::Calendar);
        writing::store(tx, ctx, (&access.row.id, name), (&draft, tag), None)?;
        team_availability::note(tx, access, name, &concerned)?;
        let touched = draft.index.extent;
        let change = Change { actor: &self.actor, access, name, body: Some(&draft.body), new: false, touched };
        writing::consequences(tx, ctx, &change, &concerned)
    }
}
