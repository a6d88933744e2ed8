//! MOVE of an object within a home: as if it were stored at the destination and removed at the source, at once. COPY:
//! as if it were stored at the destination. MOVE of a calendar: its name changes, and nothing else.

use super::authorize::{Access, own_home, reach, reach_parent};
use super::draft::Draft;
use super::listing::default_calendar;
use super::make::refuse_name;
use super::meetings::{self, Edit};
use super::privileges::{Privilege, Standing};
use super::requests::Conditions;
use super::targets::{CollectionPath, ObjectPath};
use super::views::{MoveOutcome, is_made_by_owner};
use super::writing::{self, Change};
use super::{names, put, sharing, team_availability};
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::{self, CollectionKind};
use crate::store::objects::{self, StoredObject};
use crate::store::{Connection, properties};

/// A COPY or MOVE of an object.
#[derive(Clone, Debug)]
pub struct Relocation {
    /// Where it stands.
    pub from: ObjectPath,
    /// Where it goes.
    pub to: ObjectPath,
    /// What stands at the destination may be replaced.
    pub overwrite: bool,
    /// What must hold of the object that is moved or copied.
    pub conditions: Conditions,
}

impl Service {
    /// Moves an object within the home, with the rights that removing it there and adding it here need; without
    /// `overwrite` nothing may stand at the destination. Shifts can't be moved out.
    pub async fn move_object(&self, actor: &Actor, relocation: &Relocation) -> Result<MoveOutcome, ServiceError> {
        let moving = Moving { actor: actor.clone(), way: relocation.checked()?, ctx: self.ctx() };
        self.store.write(move |tx| moving.run(tx)).await
    }

    /// Copies an object, with the rights that reading it there and storing it here need. A shift or offer is answered
    /// where it stands, and a message stays in the inbox: neither is copied.
    pub async fn copy_object(&self, actor: &Actor, relocation: &Relocation) -> Result<MoveOutcome, ServiceError> {
        let (actor, way, ctx) = (actor.clone(), relocation.checked()?, self.ctx());
        self.store.write(move |tx| copy(tx, &ctx, &actor, &way)).await
    }

    /// Gives a calendar that the person made another name; nothing may have that name.
    pub async fn move_collection(
        &self,
        actor: &Actor,
        from: &CollectionPath,
        to: &CollectionPath,
        overwrite: bool,
    ) -> Result<(), ServiceError> {
        let (actor, from, to, ctx) = (actor.clone(), from.clone(), to.clone(), self.ctx());
        self.store.write(move |tx| rename(tx, &ctx, &actor, (&from, &to), overwrite)).await
    }
}

impl Relocation {
    fn checked(&self) -> Result<Self, ServiceError> {
        if names::is_segment(&self.to.name) {
            return Ok(self.clone());
        }
        Err(ServiceError::invalid("name", "an object's name has at most 255 bytes and no control characters"))
    }
}

fn copy(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, way: &Relocation) -> Result<MoveOutcome, ServiceError> {
    let source = reach(tx, ctx, actor, &way.from.collection)?;
    let target = reach_parent(tx, ctx, actor, &way.to)?;
    source.allow(Privilege::Read)?;
    let original = objects::by_name(tx, &source.row.id, &way.from.name)?;
    let original = original.ok_or_else(|| ServiceError::NotFound(format!("calendar object {}", way.from.name)))?;
    let kept = matches!(source.row.kind, CollectionKind::Shifts | CollectionKind::Inbox);
    if kept || writing::is_rosters(&original.head.uid, ctx) {
        return Err(ServiceError::Forbidden("shifts, offers and messages can't be copied".to_owned()));
    }
    writing::test_conditions(tx, ctx, &source.row, &way.conditions, Some(&original.head))?;
    if !way.overwrite && objects::head_by_name(tx, &target.row.id, &way.to.name)?.is_some() {
        return Err(ServiceError::PreconditionFailed);
    }
    let stored = put::Put::of_copy(actor, &way.to, Draft::stored(&original)).run(tx, ctx)?;
    Ok(MoveOutcome { created: stored.created, path: way.to.clone() })
}

fn rename(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (from, to): (&CollectionPath, &CollectionPath),
    overwrite: bool,
) -> Result<(), ServiceError> {
    let access = reach(tx, ctx, actor, from)?;
    if access.standing != Standing::Own || !is_made_by_owner(access.row.kind, &access.row.name) {
        let privilege = Privilege::Unbind.name();
        return Err(ServiceError::NeedPrivileges { href: access.path.href(), privilege });
    }
    own_home(actor, &from.home, Privilege::Unbind)?;
    own_home(actor, &to.home, Privilege::Bind)?;
    if from == to {
        return Err(ServiceError::Forbidden("the calendar is there already".to_owned()));
    }
    match reach(tx, ctx, actor, to) {
        Err(ServiceError::NotFound(_)) => {}
        Err(other) => return Err(other),
        Ok(_) if !overwrite => return Err(ServiceError::PreconditionFailed),
        // What RFC 4918 9.9.3 would delete here is a whole calendar: whoever wants that says so.
        Ok(_) => {
            let message = format!("there is a calendar {} already; delete it first", to.name);
            return Err(ServiceError::conflict("resource-must-be-null", message));
        }
    }
    refuse_name(&to.name, &access.person)?;
    let takes_invitations = default_calendar(tx, &access.person)? == *from;
    collections::rename(tx, &access.row.id, &to.name, ctx.now)?;
    properties::move_all(tx, &from.href(), &to.href())?;
    if takes_invitations {
        let inbox = CollectionPath::new(access.person.clone(), "inbox");
        properties::set(tx, &inbox.href(), names::DEFAULT_CALENDAR, &to.name)?;
    }
    Ok(())
}

/// A MOVE of an object, under way.
struct Moving {
    actor: Actor,
    way: Relocation,
    ctx: Ctx,
}

impl Moving {
    fn run(&self, tx: &mut dyn Connection) -> Result<MoveOutcome, ServiceError> {
        let (ctx, way) = (&self.ctx, &self.way);
        let source = reach(tx, ctx, &self.actor, &way.from.collection)?;
        let target = reach_parent(tx, ctx, &self.actor, &way.to)?;
        // Elsewhere it could be read.
        source.allow(Privilege::Read)?;
        source.allow(Privilege::Unbind)?;
        target.allow(Privilege::Bind)?;
        if matches!(source.row.kind, CollectionKind::Shifts | CollectionKind::Inbox) {
            let privilege = Privilege::Unbind.name();
            return Err(ServiceError::NeedPrivileges { href: source.path.href(), privilege });
        }
        let moved = objects::by_name(tx, &source.row.id, &way.from.name)?;
        let moved = moved.ok_or_else(|| ServiceError::NotFound(format!("calendar object {}", way.from.name)))?;
        writing::test_conditions(tx, ctx, &source.row, &way.conditions, Some(&moved.head))?;
        if source.row.id == target.row.id && way.from.name == way.to.name {
            return Err(ServiceError::Forbidden("an object can't be moved onto itself".to_owned()));
        }
        if source.person != target.person && moved.head.organizer.is_some() {
            let message = "a meeting stays in the calendars of whose it is; store it anew in the other one";
            return Err(ServiceError::Forbidden(message.to_owned()));
        }
        let replaced = objects::by_name(tx, &target.row.id, &way.to.name)?;
        if replaced.is_some() && !way.overwrite {
            return Err(ServiceError::PreconditionFailed);
        }
        let created = replaced.is_none();
        if let Some(replaced) = replaced {
            self.remove(tx, &target, &replaced)?;
            if replaced.head.uid != moved.head.uid {
                let why = "an object is only replaced by one with its UID; delete it first";
                return Err(ServiceError::UidConflict { why, href: target.path.object(&replaced.head.name).href() });
            }
            let edit = Edit { actor: &self.actor, row: &target.row, old: Some(&replaced), reply: true };
            meetings::removed(tx, ctx, &edit)?;
        }
        self.remove(tx, &source, &moved)?;
        self.add(tx, &target, &moved)?;
        Ok(MoveOutcome { created, path: way.to.clone() })
    }

    fn remove(&self, tx: &mut dyn Connection, access: &Access, object: &StoredObject) -> Result<(), ServiceError> {
        let (ctx, name) = (&self.ctx, object.head.name.as_str());
        let concerned = team_availability::admit(tx, access, name, None)?;
        objects::delete(tx, &access.row.id, name, ctx.now)?;
        let change = Change { actor: &self.actor, access, name, body: None, new: false, touched: object.head.extent };
        sharing::note(tx, ctx, &self.actor, access, ("calendar.object-removed", name))?;
        writing::consequences(tx, ctx, &change, &concerned)
    }

    fn add(&self, tx: &mut dyn Connection, access: &Access, object: &StoredObject) -> Result<(), ServiceError> {
        let (ctx, name, draft) = (&self.ctx, self.way.to.name.as_str(), Draft::stored(object)?);
        let concerned = team_availability::admit(tx, access, name, Some(&draft))?;
        put::admit(tx, access, name, &draft, None)?;
        // A meeting is the same one wherever it stands: nobody is told.
        let tag =
            object.head.schedule_tag.clone().or_else(|| draft.index.organizer.as_ref().map(|_| draft.etag.clone()));
        let tag = tag.filter(|_| access.row.kind == CollectionKind::Calendar);
        writing::store(tx, ctx, (&access.row.id, name), (&draft, tag), None)?;
        team_availability::note(tx, access, name, &concerned)?;
        sharing::note(tx, ctx, &self.actor, access, ("calendar.object-stored", name))?;
        let touched = draft.index.extent;
        let change = Change { actor: &self.actor, access, name, body: Some(&draft.body), new: false, touched };
        writing::consequences(tx, ctx, &change, &concerned)
    }
}
