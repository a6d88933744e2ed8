//! Objects as they were stored: one, a list by name, or pages of a whole calendar.

use super::authorize::{Access, reach};
use super::privileges::Privilege;
use super::targets::{CollectionPath, ObjectPath};
use super::team_availability::privileges_on;
use super::views::{Candidate, ObjectHead, ObjectView, Page};
use crate::service::{Actor, Service, ServiceError};
use crate::store::candidates::{self, Reached};
pub use crate::store::objects::Changes as Span;
use crate::store::objects::{self, Listed, Part, Shown};
use crate::store::{Connection, StoreError};
use crate::time::Window;
use bytes::Bytes;

/// Which objects of a calendar a query is after.
#[derive(Clone, Copy, Debug)]
pub struct Sought {
    /// Only what may touch this.
    pub window: Window,
    /// An instance of an event that touches the window is all that is asked for: what is known of instances decides.
    pub events_only: bool,
    /// The texts are wanted too.
    pub texts: bool,
}

/// Rows of one page at most: what a reader holds in memory.
const PAGE: u32 = 1_000;
/// Texts that are asked for together.
const AT_ONCE: usize = 64;
/// Bytes of text that are read together, about.
const TOGETHER: usize = 2 << 20;

impl Service {
    /// One object with its text.
    pub async fn object(&self, actor: &Actor, path: &ObjectPath) -> Result<ObjectView, ServiceError> {
        let name = path.name.clone();
        self.reading_few(actor, &path.collection, move |tx, access| {
            let missing = || ServiceError::NotFound(format!("calendar object {name}"));
            let object = objects::shown(tx, &access.row.id, &name)?.ok_or_else(missing)?;
            Ok(with_body(tx, access, object)?)
        })
        .await
    }

    /// The objects of these names, in the order asked; nothing where there is none of that name. For the first of the
    /// names only where the texts would be too much together, but for one at least.
    pub async fn objects_named(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        names: Vec<String>,
    ) -> Result<Vec<Option<ObjectView>>, ServiceError> {
        self.reading(actor, path, move |tx, access| {
            let (mut found, mut bytes) = (Vec::with_capacity(names.len()), 0);
            for some in names.chunks(AT_ONCE) {
                let mut there = objects::shown_of(tx, &access.row.id, some)?;
                there.sort_unstable_by(|(one, _), (other, _)| one.name.cmp(&other.name));
                for name in some {
                    let at = there.binary_search_by(|(head, _)| head.name.as_str().cmp(name)).ok();
                    let object = match at.and_then(|at| there.get_mut(at)) {
                        None => None,
                        Some((head, body)) => match body.take() {
                            Some(body) => Some(Shown { head: head.clone(), body }),
                            // It is large, or asked for again.
                            None => objects::shown(tx, &access.row.id, name)?,
                        },
                    };
                    bytes += object.as_ref().map_or(0, |object| object.body.len());
                    found.push(object.map(|object| with_body(tx, access, object)).transpose()?);
                    if bytes > TOGETHER {
                        return Ok(found);
                    }
                }
            }
            Ok(found)
        })
        .await
    }

    /// Objects without their text in the order of their last changes, of a span of these. Where the span has no end, what
    /// changes while pages are read comes once more.
    pub async fn heads_page(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        span: Span,
        limit: u32,
    ) -> Result<Page<ObjectHead, i64>, ServiceError> {
        let limit = limit.clamp(1, PAGE);
        self.reading(actor, path, move |tx, access| {
            let rows = objects::changed_since(tx, &access.row.id, span, limit)?;
            let next = rows.last().filter(|_| is_full(&rows, limit)).map(|row| row.change);
            let rows = rows.into_iter().map(|row| listed(tx, access, row)).collect::<Result<_, _>>()?;
            Ok(Page { rows, next })
        })
        .await
    }

    /// Objects with their text, by name, after the name `after`.
    pub async fn objects_page(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page<ObjectView>, ServiceError> {
        let (after, limit) = (after.map(str::to_owned), limit.clamp(1, PAGE));
        self.reading(actor, path, move |tx, access| {
            let Part { rows, more } = objects::shown_page(tx, &access.row.id, after.as_deref(), limit)?;
            let next = rows.last().filter(|_| more).map(|row| row.head.name.clone());
            let rows = rows.into_iter().map(|row| with_body(tx, access, row)).collect::<Result<_, _>>()?;
            Ok(Page { rows, next })
        })
        .await
    }

    /// Objects that may have something in a window, after another one.
    pub async fn candidates_page(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        sought: Sought,
        after: Option<Reached>,
        limit: u32,
    ) -> Result<Page<Candidate, Reached>, ServiceError> {
        let limit = limit.clamp(1, PAGE);
        self.reading(actor, path, move |tx, access| {
            let texts = sought.texts || !sought.events_only;
            let part = candidates::within(tx, &access.row.id, sought.window, after.as_ref(), (limit, texts))?;
            let Part { rows, more } = part;
            let next = rows.last().filter(|_| more).map(candidates::Candidate::reached);
            let mut found = Vec::with_capacity(rows.len());
            for row in rows {
                found.extend(candidate(tx, access, row, sought)?);
            }
            Ok(Page { rows: found, next })
        })
        .await
    }

    /// Runs `f` on a calendar that the actor may read.
    pub(super) async fn reading<T, F>(&self, actor: &Actor, path: &CollectionPath, f: F) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Connection, &Access) -> Result<T, ServiceError> + Send + 'static,
    {
        self.store.read(self.in_calendar(actor, path, f)).await
    }

    /// As [`Service::reading`], for a few rows.
    pub(super) async fn reading_few<T, F>(&self, actor: &Actor, path: &CollectionPath, f: F) -> Result<T, ServiceError>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Connection, &Access) -> Result<T, ServiceError> + Send + 'static,
    {
        self.store.read_few(self.in_calendar(actor, path, f)).await
    }

    fn in_calendar<T, F>(
        &self,
        actor: &Actor,
        path: &CollectionPath,
        f: F,
    ) -> impl Fn(&mut dyn Connection) -> Result<T, ServiceError> + Send + 'static + use<T, F>
    where
        T: Send + 'static,
        F: Fn(&mut dyn Connection, &Access) -> Result<T, ServiceError> + Send + 'static,
    {
        let (actor, path, ctx) = (actor.clone(), path.clone(), self.ctx());
        move |tx| {
            let access = reach(tx, &ctx, &actor, &path)?;
            access.allow(Privilege::Read)?;
            f(tx, &access)
        }
    }
}

pub(super) fn is_full<T>(rows: &[T], limit: u32) -> bool {
    rows.len() >= usize::try_from(limit).unwrap_or(usize::MAX)
}

/// A row of a listing, as it is handed out.
pub(super) fn listed(tx: &mut dyn Connection, access: &Access, row: Listed) -> Result<ObjectHead, StoreError> {
    Ok(ObjectHead {
        privileges: privileges_on(tx, access, &row.name)?,
        name: row.name,
        etag: row.etag,
        schedule_tag: row.schedule_tag,
        size: u64::try_from(row.size).unwrap_or(0),
        modified: row.modified,
        created: row.created,
        change: row.change,
    })
}

/// What is known of a candidate; nothing where it is known not to touch the window.
fn candidate(
    tx: &mut dyn Connection,
    access: &Access,
    row: candidates::Candidate,
    sought: Sought,
) -> Result<Option<Candidate>, ServiceError> {
    let known = row.instances.filter(|_| sought.events_only).and_then(|known| known.touch(sought.window));
    match (known, row.body) {
        (Some(false), _) => Ok(None),
        (Some(true), body) => Ok(Some(Candidate::Touching(listed(tx, access, row.head)?, body.map(Bytes::from)))),
        (None, Some(body)) => {
            let object = with_body(tx, access, Shown { head: row.head, body })?;
            Ok(Some(Candidate::Unread(object)))
        }
        (None, None) => {
            let whole = objects::shown(tx, &access.row.id, &row.head.name)?;
            let whole = whole.map(|whole| with_body(tx, access, whole)).transpose()?;
            Ok(whole.map(Candidate::Unread))
        }
    }
}

fn with_body(tx: &mut dyn Connection, access: &Access, row: Shown) -> Result<ObjectView, StoreError> {
    Ok(ObjectView { head: listed(tx, access, row.head)?, body: Bytes::from(row.body) })
}
