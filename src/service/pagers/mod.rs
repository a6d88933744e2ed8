//! Schedules at pagers that follow a role of a team: who looks after them, when they are compared with the roster, and what
//! is to be done there.

mod sync;
#[cfg(test)]
mod tests;

pub use crate::store::pagers::{Health, Kind};
pub use sync::{Job, Step};

pub(super) use sync::{wake, wake_stale};

use super::audit::{Deed, record};
use super::{Actor, Ctx, Service, ServiceError, fields, rights, seal};
use crate::ids::{PagerId, PersonId, TeamId};
use crate::roster::model::Person;
use crate::store::{Connection, outbox as messages, pagers as rows, people, roles};
use rows::Pager;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// Days ahead that a schedule is kept, where nothing is said.
pub const USUAL_DAYS: u32 = 30;
/// Days ahead that it is kept at most.
const MOST_DAYS: u32 = 180;
/// Schedules that a team has at most.
const MOST: usize = 20;

/// A schedule as it is typed. It has no `Debug`, since it holds a key.
#[derive(Clone)]
pub struct NewPager {
    /// Which pager.
    pub kind: Kind,
    /// The role whose shifts it follows.
    pub role: String,
    /// What the schedule is called at the pager.
    pub schedule: String,
    /// The key of the account.
    pub key: String,
    /// Where the pager is; the usual address where nothing is said.
    pub url: Option<String>,
    /// How many days ahead it is kept.
    pub days: u32,
}

/// What of a schedule is to be another way; what is left out stays.
#[derive(Clone, Default)]
pub struct PagerChange {
    /// Another key of the account.
    pub key: Option<String>,
    /// How many days ahead it is kept; 0 takes everything away again that Dogwatch put there.
    pub days: Option<u32>,
}

/// A schedule as it is shown: without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerView {
    /// Identifier.
    pub id: PagerId,
    /// Whose roster.
    pub team: TeamId,
    /// Which role of it.
    pub role: String,
    /// Which pager.
    pub kind: Kind,
    /// What the schedule is called there.
    pub schedule: String,
    /// Where the pager is, where that is not the usual address.
    pub url: Option<String>,
    /// How many days ahead it is kept.
    pub days: u32,
    /// How it does.
    pub health: Health,
}

impl From<Pager> for PagerView {
    fn from(row: Pager) -> Self {
        let Pager { id, team, role, kind, schedule, url, days, health, .. } = row;
        Self { id, team, role, kind, schedule, url, days, health }
    }
}

impl Service {
    /// The schedules of a team; for its managers.
    pub async fn pagers(&self, actor: &Actor, team: &TeamId) -> Result<Vec<PagerView>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage_known(tx, &actor, &team, ctx.now)?;
            Ok(rows::of_team(tx, &team)?.into_iter().map(PagerView::from).collect())
        };
        self.store.read(read).await
    }

    /// The people whom some pager of a team does not know by their mail address, by name; for its managers.
    pub async fn strangers_to_pagers(&self, actor: &Actor, team: &TeamId) -> Result<Vec<Person>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage_known(tx, &actor, &team, ctx.now)?;
            let all = rows::of_team(tx, &team)?;
            let unmatched: BTreeSet<PersonId> = all.into_iter().flat_map(|row| row.health.unmatched).collect();
            let mut found = Vec::new();
            for person in unmatched {
                found.extend(people::find(tx, &person)?);
            }
            found.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(found)
        };
        self.store.read(read).await
    }

    /// Has a schedule follow a role from now on.
    pub async fn add_pager(&self, actor: &Actor, team: &TeamId, new: NewPager) -> Result<PagerView, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let write = move |tx: &mut dyn Connection| {
            rights::manage_known(tx, &actor, &team, ctx.now)?;
            if rows::of_team(tx, &team)?.len() >= MOST {
                return Err(ServiceError::TooMany(format!("there are {MOST} schedules already; remove one first")));
            }
            if roles::of_team(tx, &team)?.iter().all(|role| role.name != new.role) {
                return Err(ServiceError::invalid("role", format!("{team} has no role \"{}\"", new.role)));
            }
            if let Some(url) = &new.url {
                ctx.host.reach.judge(url).map_err(|why| ServiceError::invalid("url", why.to_string()))?;
            }
            let id = PagerId::new(ctx.fresh());
            let row = Pager {
                team: team.clone(),
                role: new.role.clone(),
                kind: new.kind,
                schedule: fields::name("schedule", &new.schedule)?,
                url: new.url.as_ref().map(|url| url.trim().trim_end_matches('/').to_owned()),
                key: sealed(&ctx, &id, &new.key)?,
                days: days(new.days)?,
                created: ctx.now,
                health: Health::default(),
                id,
            };
            rows::put(tx, &row)?;
            record(tx, &ctx, &actor, Deed::new("pager.added", object(&row.id)).after(said(&row)))?;
            sync::compare(tx, &ctx, &row.id)?;
            Ok(row.into())
        };
        self.store.write(write).await
    }

    /// Changes how far ahead a schedule is kept, or the key.
    pub async fn change_pager(
        &self,
        actor: &Actor,
        (team, id): (&TeamId, &PagerId),
        change: PagerChange,
    ) -> Result<PagerView, ServiceError> {
        let (ctx, actor, team, id) = (self.ctx(), actor.clone(), team.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let before = own(tx, &ctx, &actor, (&team, &id))?;
            let mut row = before.clone();
            if let Some(key) = &change.key {
                row.key = sealed(&ctx, &id, key)?;
            }
            row.days = change.days.map_or(Ok(row.days), days)?;
            rows::put(tx, &row)?;
            let deed = Deed::new("pager.changed", object(&id)).before(said(&before)).after(said(&row));
            record(tx, &ctx, &actor, deed)?;
            sync::compare(tx, &ctx, &id)?;
            Ok(row.into())
        };
        self.store.write(write).await
    }

    /// Has a schedule follow no more. What stands there stays until it ends.
    pub async fn remove_pager(&self, actor: &Actor, team: &TeamId, id: &PagerId) -> Result<(), ServiceError> {
        let (ctx, actor, team, id) = (self.ctx(), actor.clone(), team.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let row = own(tx, &ctx, &actor, (&team, &id))?;
            rows::remove(tx, &id)?;
            messages::remove_of(tx, id.as_str())?;
            record(tx, &ctx, &actor, Deed::new("pager.removed", object(&id)).before(said(&row)))?;
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await
    }

    /// Has a schedule compared with the roster at once.
    pub async fn compare_pager(&self, actor: &Actor, team: &TeamId, id: &PagerId) -> Result<PagerView, ServiceError> {
        let (ctx, actor, team, id) = (self.ctx(), actor.clone(), team.clone(), id.clone());
        let write = move |tx: &mut dyn Connection| {
            let row = own(tx, &ctx, &actor, (&team, &id))?;
            sync::compare(tx, &ctx, &id)?;
            Ok::<_, ServiceError>(row.into())
        };
        self.store.write(write).await
    }
}

fn own(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (team, id): (&TeamId, &PagerId),
) -> Result<Pager, ServiceError> {
    rights::manage_known(tx, actor, team, ctx.now)?;
    let found = rows::find(tx, id)?.filter(|row| row.team == *team);
    found.ok_or_else(|| ServiceError::NotFound(format!("pager {id}")))
}

fn sealed(ctx: &Ctx, id: &PagerId, key: &str) -> Result<Vec<u8>, ServiceError> {
    let key = key.trim();
    if key.is_empty() || key.len() > 200 || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ServiceError::invalid("key", "must be the key as the pager shows it, in one word"));
    }
    seal::seal(&ctx.host.link_key, &purpose(id), key.as_bytes())
}

fn days(days: u32) -> Result<u32, ServiceError> {
    if days <= MOST_DAYS {
        return Ok(days);
    }
    Err(ServiceError::invalid("days", format!("must be at most {MOST_DAYS}")))
}

/// What a key is sealed for.
fn purpose(id: &PagerId) -> String {
    format!("pager key {id}")
}

fn object(id: &PagerId) -> String {
    format!("pager:{id}")
}

fn said(row: &Pager) -> Json {
    json!({ "team": row.team, "role": row.role, "kind": row.kind, "schedule": row.schedule, "days": row.days })
}
