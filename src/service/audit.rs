//! The audit trail: one row for each thing done, written in the transaction that does it.

mod concern;
pub mod look;

use super::{Actor, Ctx, Service, ServiceError, rights};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Channel;
use crate::store::{Connection, StoreError, audit as rows, teams};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

pub use crate::store::audit::{Recorded, follows};

/// Rows that one reading answers at most.
pub const PAGE: u32 = 1000;

/// What was done, as the trail tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deed {
    /// What, such as `swap.taken`.
    pub action: &'static str,
    /// To what, such as `swap:0192…`.
    pub object: String,
    /// For whom, where that is somebody else than who did it.
    pub subject: Option<PersonId>,
    /// What was before.
    pub before: Option<Json>,
    /// What is now.
    pub after: Option<Json>,
    /// Why, in somebody's words.
    pub reason: Option<String>,
}

impl Deed {
    /// Something done to an object such as `person:ada`.
    pub fn new(action: &'static str, object: impl Into<String>) -> Self {
        Self { action, object: object.into(), ..Self::default() }
    }

    /// With what is now.
    #[must_use]
    pub fn after(self, after: Json) -> Self {
        Self { after: Some(after), ..self }
    }

    /// With what was before.
    #[must_use]
    pub fn before(self, before: Json) -> Self {
        Self { before: Some(before), ..self }
    }

    /// Done for this person.
    #[must_use]
    pub fn subject(self, person: &PersonId) -> Self {
        Self { subject: Some(person.clone()), ..self }
    }

    /// With somebody's reason.
    #[must_use]
    pub fn reason(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }
}

/// Writes down what an actor does; call it in the transaction that does it.
pub fn record(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, deed: Deed) -> Result<i64, StoreError> {
    record_all(tx, ctx, actor, std::iter::once(deed))
}

/// Writes down what an actor does, in this order.
pub fn record_all(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    deeds: impl Iterator<Item = Deed>,
) -> Result<i64, StoreError> {
    rows::append_all(tx, &deeds.map(|deed| event(ctx, actor, deed)).collect::<Vec<_>>())
}

fn event(ctx: &Ctx, actor: &Actor, deed: Deed) -> rows::Event {
    let subject = deed.subject.filter(|person| actor.person_id() != Some(person));
    rows::Event {
        at: ctx.now,
        actor: actor.audit_name(),
        subject: subject.map(|person| format!("person:{person}")),
        channel: actor.channel,
        action: deed.action.to_owned(),
        object: deed.object,
        before: deed.before.map(|json| json.to_string()),
        after: deed.after.map(|json| json.to_string()),
        reason: deed.reason,
    }
}

/// What a row says beside when it happened, as it is written to an export and read from one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    actor: String,
    subject: Option<String>,
    channel: Channel,
    action: String,
    object: String,
    /// The text that the hash was made of, which is JSON.
    before: Option<String>,
    after: Option<String>,
    reason: Option<String>,
}

impl Entry {
    /// Of a row.
    #[must_use]
    pub fn of(event: &rows::Event) -> Self {
        let rows::Event { actor, subject, channel, action, object, before, after, reason, .. } = event.clone();
        Self { actor, subject, channel, action, object, before, after, reason }
    }

    /// The row's event again.
    #[must_use]
    pub fn at(self, at: Instant) -> rows::Event {
        let Self { actor, subject, channel, action, object, before, after, reason } = self;
        rows::Event { at, actor, subject, channel, action, object, before, after, reason }
    }
}

/// From where to read the trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// What came after this place.
    Place(i64),
    /// What happened from this moment on.
    Moment(Instant),
}

/// Which rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Only what came after this place.
    pub after: i64,
    /// Only what happened from this moment on.
    pub since: Instant,
    /// Only what concerns this team.
    pub team: Option<TeamId>,
}

/// A part of what was wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// The rows, by place.
    pub rows: Vec<Recorded>,
    /// The place after which to go on; nothing where this was all.
    pub next: Option<i64>,
}

impl Service {
    /// The next part of the rows that are wanted, after looking at no more than [`PAGE`] of them; for administrators.
    pub async fn audit_part(&self, actor: &Actor, wanted: &Wanted) -> Result<Part, ServiceError> {
        let (actor, wanted) = (actor.clone(), wanted.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            if let Some(team) = &wanted.team {
                teams::zone(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
            }
            let mut rows = rows::after_since(tx, wanted.after, wanted.since, PAGE)?;
            let whole = rows.len() == PAGE as usize;
            let next = rows.last().filter(|_| whole).map(|row| row.seq);
            if let Some(team) = &wanted.team {
                let mut concerns = concern::Concerns::default();
                let mut kept = Vec::new();
                for row in rows {
                    if concerns.team(tx, &row)?.as_ref() == Some(team) {
                        kept.push(row);
                    }
                }
                rows = kept;
            }
            Ok(Part { rows, next })
        };
        self.store.read(read).await
    }

    /// The trail from a place or moment on, at most [`PAGE`] rows; for administrators.
    pub async fn audit_since(&self, actor: &Actor, from: From, limit: u32) -> Result<Vec<Recorded>, ServiceError> {
        let actor = actor.clone();
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            let limit = limit.min(PAGE);
            Ok(match from {
                From::Place(seq) => rows::after(tx, seq, limit)?,
                From::Moment(at) => rows::since(tx, at, limit)?,
            })
        };
        self.store.read(read).await
    }

    /// The place of the first row of the trail that was tampered with, if any; for administrators.
    pub async fn audit_break(&self, actor: &Actor) -> Result<Option<i64>, ServiceError> {
        let actor = actor.clone();
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            Ok(rows::first_break(tx)?)
        };
        self.store.read(read).await
    }
}
