//! Homes and calendars as their owner sees them.

use super::authorize::{Access, reach, reach_all};
use super::free_busy_set;
use super::names::{self, DEFAULT};
use super::privileges::Privilege;
use super::targets::{CollectionPath, home_href};
use super::views::{CollectionView, InboxView};
use crate::ids::PersonId;
use crate::service::{Actor, Ctx, Service, ServiceError};
use crate::store::collections::{self, CollectionKind, Owner};
use crate::store::outside::{self, Outside};
use crate::store::{Connection, StoreError, properties};

impl Service {
    /// The calendars of a home: the person's own, then those that teams mount.
    pub async fn home(&self, actor: &Actor, home: &PersonId) -> Result<Vec<CollectionView>, ServiceError> {
        let (actor, home, ctx) = (actor.clone(), home.clone(), self.ctx());
        self.store
            .read(move |tx| {
                let reached = reach_all(tx, &ctx, &actor, &home)?;
                let mut said = properties::below(tx, &home_href(&home))?;
                let is_outside = |access: &Access| access.row.kind == CollectionKind::Outside;
                let mut sources =
                    if reached.iter().any(is_outside) { outside::of_person(tx, &home)? } else { Vec::new() };
                let of = |access: Access| {
                    let href = access.path.href();
                    let own = said.extract_if(.., |(path, ..)| *path == href).map(|(_, name, xml)| (name, xml));
                    let source = sources.extract_if(.., |one| one.collection == access.row.id).next();
                    view(&ctx, access, own.collect(), source)
                };
                Ok(reached.into_iter().map(of).collect())
            })
            .await
    }

    /// One calendar.
    pub async fn collection(&self, actor: &Actor, path: &CollectionPath) -> Result<CollectionView, ServiceError> {
        let (actor, path, ctx) = (actor.clone(), path.clone(), self.ctx());
        self.store
            .read_few(move |tx| {
                let access = reach(tx, &ctx, &actor, &path)?;
                access.allow(Privilege::Read)?;
                let said = properties::of_path(tx, &access.path.href())?;
                let source = match access.row.kind {
                    CollectionKind::Outside => outside::find(tx, &access.row.id)?,
                    _ => None,
                };
                Ok(view(&ctx, access, said, source))
            })
            .await
    }

    /// The properties of a home's inbox that scheduling reads.
    pub async fn inbox(&self, actor: &Actor, home: &PersonId) -> Result<InboxView, ServiceError> {
        let (actor, home, ctx) = (actor.clone(), home.clone(), self.ctx());
        self.store
            .read_few(move |tx| {
                let inbox = CollectionPath::new(home.clone(), "inbox");
                let access = reach(tx, &ctx, &actor, &inbox)?;
                let default_calendar = default_calendar(tx, &access.person)?;
                let availability = properties::find(tx, &inbox.href(), names::AVAILABILITY)?;
                let counted = free_busy_set::of(tx, &home)?;
                Ok(InboxView { default_calendar, counted, availability })
            })
            .await
    }
}

/// The calendar into which invitations go: the one the person chose while it exists, else `calendar`.
pub(super) fn default_calendar(tx: &mut dyn Connection, person: &PersonId) -> Result<CollectionPath, StoreError> {
    let inbox = CollectionPath::new(person.clone(), "inbox");
    if let Some(name) = properties::find(tx, &inbox.href(), names::DEFAULT_CALENDAR)? {
        let row = collections::by_name(tx, &Owner::Person(person.clone()), &name)?;
        if row.is_some_and(|row| row.kind == CollectionKind::Calendar) {
            return Ok(CollectionPath::new(person.clone(), name));
        }
    }
    Ok(CollectionPath::new(person.clone(), DEFAULT))
}

/// The calendar with its properties; what a person calls a mounted calendar, and how it is coloured, is their own.
fn view(ctx: &Ctx, access: Access, said: Vec<(String, String)>, source: Option<Outside>) -> CollectionView {
    // Never counted in a home that isn't its owner's.
    let transparent = access.row.transparent || access.mounted;
    let mut view = CollectionView {
        id: access.row.id,
        kind: access.row.kind,
        owner: access.row.owner,
        display_name: access.row.display_name,
        description: access.row.description,
        color: access.row.color,
        order: access.row.order,
        timezone: access.row.timezone,
        components: access.row.components,
        transparent,
        change: access.row.change,
        epoch: ctx.host.epoch.clone(),
        privileges: access.privileges,
        source: source.map(|source| source.url),
        properties: Vec::new(),
        mounted: access.mounted,
        grants: Vec::new(),
        path: access.path,
    };
    for (name, value) in said {
        match names::own_view(&name) {
            Some(property) => property.show(&mut view, value),
            // What the inbox keeps for scheduling is no XML, and shown by properties of its own.
            None if matches!(name.as_str(), names::AVAILABILITY | names::DEFAULT_CALENDAR) => {}
            None => view.properties.push((name, value)),
        }
    }
    view
}
