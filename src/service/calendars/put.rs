//! PUT of a calendar object: rights, conditions, the preconditions of RFC 4791 5.3.2.1 and the write, in one transaction.

use super::authorize::{Access, reach_parent};
use super::draft::Draft;
use super::hooks::shift_object_changed;
use super::meetings::{self, Edit, Settled};
use super::privileges::Privilege;
use super::requests::{Conditions, PutRequest};
use super::targets::{CollectionPath, ObjectPath};
use super::views::PutOutcome;
use super::writing::{self, Change};
use super::{MAX_OBJECTS, names, sharing, team_availability};
use crate::ical::check::Refusal;
use crate::service::swaps::ShiftEdit;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::Connection;
use crate::store::collections::{self, CollectionKind};
use crate::store::objects;

/// Everything of a PUT that its transaction needs.
pub(super) struct Put {
    actor: Actor,
    path: ObjectPath,
    conditions: Conditions,
    /// What is wrong with the body counts only after rights and conditions.
    draft: Result<Draft, Refusal>,
    reply: bool,
}

impl Service {
    /// Stores an object byte for byte, or refuses it and changes nothing. What a person stores in `shifts` is an
    /// answer: it is never refused for its conditions, and what is stored may differ from what was sent.
    pub async fn put_object(
        &self,
        actor: &Actor,
        path: &ObjectPath,
        request: PutRequest,
    ) -> Result<PutOutcome, ServiceError> {
        if !names::is_segment(&path.name) {
            return Err(ServiceError::invalid(
                "name",
                "an object's name has at most 255 bytes and no control characters",
            ));
        }
        let draft = Draft::read(&request);
        let put = Put {
            actor: actor.clone(),
            path: path.clone(),
            conditions: request.conditions,
            draft,
            reply: request.schedule_reply,
        };
        let ctx = self.ctx();
        self.store.write(move |tx| put.run(tx, &ctx)).await
    }
}

impl Put {
    /// What a COPY stores.
    pub(super) fn of_copy(actor: &Actor, path: &ObjectPath, draft: Result<Draft, Refusal>) -> Self {
        let conditions = Conditions::default();
        Self { actor: actor.clone(), path: path.clone(), conditions, draft, reply: true }
    }

    pub(super) fn run(&self, tx: &mut dyn Connection, ctx: &Ctx) -> Result<PutOutcome, ServiceError> {
        let (access, name) = (reach_parent(tx, ctx, &self.actor, &self.path)?, self.path.name.as_str());
        if access.row.kind == CollectionKind::Shifts {
            return self.answer(tx, ctx, &access);
        }
        let old = objects::head_by_name(tx, &access.row.id, name)?;
        let action = if old.is_some() { Privilege::WriteContent } else { Privilege::Bind };
        access.allow(action)?;
        let concerned = team_availability::admit(tx, &access, name, self.draft.as_ref().ok())?;
        if let (None, Ok(draft)) = (&old, &self.draft)
            && writing::is_rosters(&draft.index.uid, ctx)
        {
            return self.astray(tx, ctx, &access, draft);
        }
        writing::test_conditions(tx, ctx, &access.row, &self.conditions, old.as_ref())?;
        let draft = self.draft.as_ref().map_err(Clone::clone)?;
        admit(tx, &access, name, draft, old.as_ref())?;
        let whole = if meetings::is_concerned(&access.row, old.as_ref(), Some(draft)) {
            objects::by_name(tx, &access.row.id, name)?
        } else {
            None
        };
        let edit = Edit { actor: &self.actor, row: &access.row, old: whole.as_ref(), reply: self.reply };
        let Settled { draft: settled, schedule_tag } = meetings::stored(tx, ctx, &edit, draft)?;
        let untouched = settled.etag == draft.etag;
        let draft = &settled;
        let stored = writing::store(tx, ctx, (&access.row.id, name), (draft, schedule_tag), old.as_ref())?;
        team_availability::note(tx, &access, name, &concerned)?;
        sharing::note(tx, ctx, &self.actor, &access, ("calendar.object-stored", name))?;
        let touched = writing::span(old.as_ref().map(|old| old.extent), Some(draft.index.extent));
        let change =
            Change { actor: &self.actor, access: &access, name, body: Some(&draft.body), new: old.is_none(), touched };
        if old.as_ref().is_none_or(|old| old.etag != stored.etag) {
            writing::consequences(tx, ctx, &change, &concerned)?;
        } else {
            // The very same bytes: whoever waits to see the write in a listing of changes shall see it.
            objects::touch(tx, &access.row.id, name, ctx.now)?;
        }
        // A client that is given an ETag doesn't read again what it has sent (M8).
        let etag = Some(stored.etag).filter(|_| untouched);
        Ok(PutOutcome { created: old.is_none(), etag, schedule_tag: stored.schedule_tag })
    }

    /// A shift or offer that is stored in another calendar must neither fail nor become a private copy, least of all an
    /// absence. Of one that stands in the person's `shifts` it is their answer; a phone may also bring back what was
    /// taken away while it was offline.
    fn astray(
        &self,
        tx: &mut dyn Connection,
        ctx: &Ctx,
        access: &Access,
        draft: &Draft,
    ) -> Result<PutOutcome, ServiceError> {
        let person = &access.person;
        let own = collections::of_person(tx, person)?;
        // To write into somebody's calendar is no leave to answer for them.
        if let Some(shifts) = own.iter().find(|own| own.kind == CollectionKind::Shifts)
            && access.standing.answers_for_owner()
            && let Some(stands) = objects::by_uid(tx, &shifts.id, &draft.index.uid)?
        {
            let (old, new) = (Some(stands.body.as_slice()), Some(draft.body.as_slice()));
            let edit = ShiftEdit { person, name: &stands.head.name, old, new, reply: true };
            shift_object_changed(tx, ctx, &self.actor, &edit)?;
        }
        Ok(PutOutcome { created: true, etag: None, schedule_tag: None })
    }

    /// What is stored in `shifts` is an answer, whatever its conditions: clients drop an edit that is refused, or ask
    /// their user about it for ever. Only the roster adds shifts; one that is no more (its offer was withdrawn while the
    /// phone was offline) is taken and dropped.
    fn answer(&self, tx: &mut dyn Connection, ctx: &Ctx, access: &Access) -> Result<PutOutcome, ServiceError> {
        let old = objects::by_name(tx, &access.row.id, &self.path.name)?;
        let silent = PutOutcome { created: old.is_none(), etag: None, schedule_tag: None };
        let Some(old) = old else {
            return match &self.draft {
                Ok(draft) if writing::is_rosters(&draft.index.uid, ctx) => Ok(silent),
                _ => access.allow(Privilege::Bind).map(|()| silent),
            };
        };
        access.allow(Privilege::WriteContent)?;
        let draft = self.draft.as_ref().map_err(Clone::clone)?;
        let edit = ShiftEdit {
            person: &access.person,
            name: &self.path.name,
            old: Some(&old.body),
            new: Some(&draft.body),
            reply: true,
        };
        shift_object_changed(tx, ctx, &self.actor, &edit)?;
        Ok(silent)
    }
}

/// The preconditions that depend on where the object goes.
pub(super) fn admit(
    tx: &mut dyn Connection,
    access: &Access,
    name: &str,
    draft: &Draft,
    old: Option<&objects::Object>,
) -> Result<(), ServiceError> {
    let component = &draft.index.component;
    if !access.row.components.iter().any(|c| c.eq_ignore_ascii_case(component)) {
        let supported = access.row.components.clone();
        return Err(Refusal::SupportedComponent { line: draft.line, name: component.clone(), supported }.into());
    }
    let says_when = matches!(access.row.kind, CollectionKind::Availability | CollectionKind::TeamAvailability);
    if let Some(line) = draft.often.filter(|_| says_when) {
        let problem = "repeats so often that no plan could read when this person can; say it in fewer, longer events";
        return Err(Refusal::MaxInstances { line, problem: problem.to_owned() }.into());
    }
    if old.is_some_and(|old| old.uid != draft.index.uid) {
        let why = "the UID of an object can't change; store this one under another name";
        return Err(ServiceError::UidConflict { why, href: access.path.object(name).href() });
    }
    if old.is_none() {
        if let Some(other) = objects::by_uid(tx, &access.row.id, &draft.index.uid)? {
            let why = "another object of this calendar has this UID";
            return Err(ServiceError::UidConflict { why, href: access.path.object(other.head.name).href() });
        }
        room(tx, access)?;
    }
    if draft.index.organizer.is_some() && old.is_none_or(|old| old.schedule_tag.is_none()) {
        only_copy(tx, access, &draft.index.uid)?;
    }
    Ok(())
}

/// A meeting stands once among somebody's calendars, or their answer would have to be looked for in two places.
fn only_copy(tx: &mut dyn Connection, access: &Access, uid: &str) -> Result<(), ServiceError> {
    if access.row.kind != CollectionKind::Calendar {
        return Ok(());
    }
    let own = collections::of_person(tx, &access.person)?;
    for other in objects::everywhere_by_uid(tx, uid)? {
        let calendar = own.iter().find(|own| own.id == other.collection && own.kind == CollectionKind::Calendar);
        let elsewhere = calendar.filter(|calendar| calendar.id != access.row.id && other.schedule_tag.is_some());
        if let Some(calendar) = elsewhere {
            // Whoever only shares this calendar learns nothing of the owner's others.
            let href = if access.standing.answers_for_owner() {
                CollectionPath::new(access.person.clone(), calendar.name.clone()).object(other.name).href()
            } else {
                access.path.href()
            };
            return Err(ServiceError::SecondCopy { href });
        }
    }
    Ok(())
}

/// Every new object raises the change number, so a calendar of fewer changes than its quota need not be counted.
fn room(tx: &mut dyn Connection, access: &Access) -> Result<(), ServiceError> {
    if access.row.change < MAX_OBJECTS || objects::count(tx, &access.row.id)? < MAX_OBJECTS {
        return Ok(());
    }
    Err(ServiceError::TooMany(format!("a calendar holds {MAX_OBJECTS} objects; delete old ones or make another")))
}
