//! What a person, or an administrator for them, does with their outside calendars by API and command line.

use super::refresh::interval;
use super::{address, begin, components, note, row_of, set_url};
use crate::ids::{CollectionId, PersonId};
use crate::roster::model::CountsAs;
use crate::service::calendars::hooks::availability_changed;
use crate::service::calendars::{counting, delete, reflection};
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, Who, fields, rights};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::outside::{self as rows, Problem};
use crate::store::{Connection, counts, objects};
use crate::time::{HOUR, Instant, MINUTE, Window};

/// How soon after the last attempt somebody may have a calendar asked for again.
const LEAST_PAUSE: i64 = MINUTE;

/// One of a person's outside calendars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideView {
    /// The last segment of its path.
    pub name: String,
    /// As it is shown.
    pub display_name: String,
    /// Where its text comes from; for others than its person only the host.
    pub url: String,
    /// How it counts.
    pub counts_as: CountsAs,
    /// It counts as nothing at all.
    pub transparent: bool,
    /// How often it is asked for, in minutes.
    pub every_minutes: i64,
    /// When it was had last.
    pub last_success: Option<Instant>,
    /// When it was asked for last.
    pub last_attempt: Option<Instant>,
    /// When it is asked for next.
    pub next_attempt: Instant,
    /// Why it was not had last time.
    pub problem: Option<Problem>,
    /// What is kept of it may be old: it was not had last time, or for long.
    pub stale: bool,
    /// Events that are kept of it.
    pub events: i64,
    /// Events that can't be read.
    pub skipped: u32,
}

/// An outside calendar as it is handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOutside {
    /// Where its text comes from, as typed.
    pub url: String,
    /// As it is shown; the host where nothing is said.
    pub name: Option<String>,
    /// How it counts.
    pub counts_as: CountsAs,
    /// It counts as nothing at all.
    pub transparent: bool,
}

/// What is to be another way; the rest stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutsideChange {
    /// Where its text comes from, as typed.
    pub url: Option<String>,
    /// As it is shown.
    pub name: Option<String>,
    /// How it counts.
    pub counts_as: Option<CountsAs>,
    /// Whether it counts as nothing at all.
    pub transparent: Option<bool>,
}

impl Service {
    /// A person's outside calendars by name; for the person and administrators.
    pub async fn outside_calendars(&self, actor: &Actor, person: &PersonId) -> Result<Vec<OutsideView>, ServiceError> {
        let (ctx, actor, person) = (self.ctx(), actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Read)?;
            let own = collections::of_person(tx, &person)?.into_iter();
            own.filter(|row| row.kind == CollectionKind::Outside)
                .map(|row| view(tx, &ctx, &actor, &person, row))
                .collect()
        };
        self.store.read(read).await
    }

    /// Adds one, to be asked for at once; for the person and administrators.
    pub async fn add_outside(
        &self,
        actor: &Actor,
        person: &PersonId,
        new: &NewOutside,
    ) -> Result<OutsideView, ServiceError> {
        let (ctx, actor, person, new) = (self.ctx(), actor.clone(), person.clone(), new.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::own(tx, &actor, &person, Scope::Roster)?;
            let url = address::typed(&ctx.host.reach, &new.url)?;
            let shown = match &new.name {
                Some(name) => fields::name("name", name)?,
                None => address::host(&url).to_owned(),
            };
            let id = ctx.fresh();
            // The end of an identifier is the part that is drawn.
            let end: String = id.chars().rev().filter(char::is_ascii_alphanumeric).take(10).collect();
            let row = Collection {
                id: CollectionId::new(id),
                owner: Owner::Person(person.clone()),
                name: format!("outside-{end}"),
                kind: CollectionKind::Outside,
                display_name: shown,
                description: None,
                color: None,
                order: None,
                timezone: None,
                components: components(),
                transparent: new.transparent,
                change: 0,
                created: ctx.now,
            };
            begin(tx, &ctx, &actor, (&person, &row), (url, None))?;
            counting::set(tx, &ctx, &actor, (&person, &row), new.counts_as)?;
            view(tx, &ctx, &actor, &person, row)
        };
        self.store.write(write).await
    }

    /// Changes one; for the person and administrators. Their teams see the difference, and published shifts that it
    /// collides with are noticed.
    pub async fn change_outside(
        &self,
        actor: &Actor,
        (person, name): (&PersonId, &str),
        change: &OutsideChange,
    ) -> Result<OutsideView, ServiceError> {
        let (ctx, actor, change) = (self.ctx(), actor.clone(), change.clone());
        let (person, name) = (person.clone(), name.to_owned());
        let write = move |tx: &mut dyn Connection| {
            let mut row = own_row(tx, &actor, (&person, &name))?;
            if let Some(url) = &change.url {
                let url = address::typed(&ctx.host.reach, url)?;
                if set_url(tx, &ctx, &row, &url)? {
                    note(tx, &ctx, &actor, &person, ("outside-calendar.changed", &row))?;
                }
            }
            if let Some(shown) = &change.name {
                row.display_name = fields::name("name", shown)?;
            }
            let transparent = change.transparent.unwrap_or(row.transparent);
            let counts_otherwise = transparent != row.transparent;
            row.transparent = transparent;
            collections::update(tx, &row)?;
            tx.note_properties(row.id.as_str(), None, ctx.now);
            if counts_otherwise {
                reflection::refresh_person(tx, &ctx, &person)?;
                availability_changed(tx, &ctx, &actor, std::slice::from_ref(&person), Window::ALWAYS)?;
            }
            if let Some(counts_as) = change.counts_as {
                counting::set(tx, &ctx, &actor, (&person, &row), counts_as)?;
            }
            let row = own_row(tx, &actor, (&person, &name))?;
            view(tx, &ctx, &actor, &person, row)
        };
        self.store.write(write).await
    }

    /// Removes one with all that was had of it; for the person and administrators.
    pub async fn remove_outside(&self, actor: &Actor, person: &PersonId, name: &str) -> Result<(), ServiceError> {
        let (ctx, actor, person, name) = (self.ctx(), actor.clone(), person.clone(), name.to_owned());
        let write = move |tx: &mut dyn Connection| {
            let row = own_row(tx, &actor, (&person, &name))?;
            delete::remove(tx, &ctx, &actor, &person, &row)
        };
        self.store.write(write).await
    }

    /// Has one asked for now; a minute after the last time at the soonest, unless somebody at the machine wants it. For the
    /// person and administrators.
    pub async fn refresh_outside(
        &self,
        actor: &Actor,
        person: &PersonId,
        name: &str,
    ) -> Result<OutsideView, ServiceError> {
        let (ctx, actor, person, name) = (self.ctx(), actor.clone(), person.clone(), name.to_owned());
        let write = move |tx: &mut dyn Connection| {
            let row = own_row(tx, &actor, (&person, &name))?;
            let tried = row_of(tx, &row)?.tried.filter(|_| actor.who != Who::Operator);
            let next = tried.map_or(ctx.now, |tried| ctx.now.max(tried.plus_millis(LEAST_PAUSE)));
            rows::set_next(tx, &row.id, next)?;
            view(tx, &ctx, &actor, &person, row)
        };
        self.store.write(write).await
    }
}

/// An outside calendar of a person that the actor may change.
fn own_row(
    tx: &mut dyn Connection,
    actor: &Actor,
    (person, name): (&PersonId, &str),
) -> Result<Collection, ServiceError> {
    rights::own(tx, actor, person, Scope::Roster)?;
    let row = collections::by_name(tx, &Owner::Person(person.clone()), name)?;
    row.filter(|row| row.kind == CollectionKind::Outside)
        .ok_or_else(|| ServiceError::NotFound(format!("outside calendar {name}")))
}

fn view(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    person: &PersonId,
    row: Collection,
) -> Result<OutsideView, ServiceError> {
    let known = row_of(tx, &row)?;
    let every = interval(known.every);
    let sees = actor.who == Who::Operator || rights::is_self(actor, person, Scope::Roster);
    // Where nobody has asked for long, no server is up that asks.
    let old = known.fetched.is_some_and(|fetched| fetched.plus_millis(2 * every + HOUR) < ctx.now);
    Ok(OutsideView {
        url: if sees { known.url.clone() } else { address::shortened(&known.url) },
        counts_as: counts::of_calendar(tx, &row.id)?,
        transparent: row.transparent,
        every_minutes: every / MINUTE,
        last_success: known.fetched,
        last_attempt: known.tried,
        next_attempt: known.next,
        problem: known.problem,
        stale: known.problem.is_some() || old,
        events: objects::count(tx, &row.id)?,
        skipped: known.skipped,
        name: row.name,
        display_name: row.display_name,
    })
}
