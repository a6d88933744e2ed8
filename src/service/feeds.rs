//! Private calendar links for programs that can't sign in. Whoever has the link sees what its holder may see at that
//! moment, until it is revoked.

use super::audit::{Deed, record};
use super::secret::{Secret, draw_feed, feed_hash};
use super::tokens::{Made, label, room_for_one};
use super::{Actor, Service, ServiceError, rights};
use crate::ids::{PersonId, TeamId, TokenId};
use crate::store::tokens::{self as rows, Feed, Life, SecretKind};
use crate::store::{Connection, StoreError, people, teams};
use crate::time::Instant;
use serde_json::json;

/// What to make a feed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeed {
    /// Whose shifts; with a team: who holds the link.
    pub person: Option<PersonId>,
    /// Whose roster.
    pub team: Option<TeamId>,
    /// What it is called.
    pub label: String,
}

impl Service {
    /// The feed of a secret link, while whoever holds it may still see what it shows.
    pub async fn feed(&self, token: &str) -> Result<Option<Feed>, ServiceError> {
        let now = self.clock.now();
        let hash = feed_hash(token);
        let read = move |tx: &mut dyn Connection| {
            let Some(feed) = rows::feed_by_hash(tx, &hash)?.filter(|feed| feed.life.is_good(now)) else {
                return Ok(None);
            };
            let allowed = match (&feed.person, &feed.team) {
                (Some(person), None) => people::find(tx, person)?.is_some_and(|person| !person.disabled),
                (Some(person), Some(team)) => sees_team(tx, person, team, now)?,
                (None, Some(team)) => teams::zone(tx, team)?.is_some(),
                (None, None) => false,
            };
            Ok::<_, ServiceError>(allowed.then_some(feed))
        };
        let Some(feed) = self.store.read(read).await? else { return Ok(None) };
        self.note_use(SecretKind::Feed, &feed.id, feed.life);
        Ok(Some(feed))
    }

    /// Makes a private calendar link of a person's shifts or a team's roster; for the person, a manager of the team, or
    /// an administrator.
    pub async fn add_feed(&self, actor: &Actor, new: NewFeed) -> Result<Made, ServiceError> {
        let (ctx, actor, token) = (self.ctx(), actor.clone(), draw_feed()?);
        let (label, id, hash) = (label(&new.label)?, TokenId::new(Secret::draw("")?.id), feed_hash(&token));
        let made = Made { id: id.clone(), secret: token };
        let write = move |tx: &mut dyn Connection| {
            let feeds = may_hold_feed(tx, &actor, &new, ctx.now)?;
            room_for_one(feeds.iter().map(|other| &other.life), ctx.now, "feeds")?;
            let feed = Feed {
                id: id.clone(),
                hash: hash.clone(),
                person: new.person.clone(),
                team: new.team.clone(),
                label: label.clone(),
                life: Life::starting(ctx.now),
            };
            rows::insert_feed(tx, &feed)?;
            let deed = Deed::new("feed.added", format!("feed:{id}"));
            record(tx, &ctx, &actor, deed.after(json!({ "label": label, "person": new.person, "team": new.team })))?;
            Ok::<_, ServiceError>(())
        };
        self.store.write(write).await?;
        Ok(made)
    }

    /// A person's feeds without their secrets; for the person, or an administrator.
    pub async fn feeds_of_person(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Feed>, ServiceError> {
        let (actor, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::act_for(tx, &actor, &person)?;
            Ok(rows::feeds_of_person(tx, &person)?)
        };
        self.store.read(read).await
    }

    /// The feeds of a team's roster without their secrets; for its managers.
    pub async fn feeds_of_team(&self, actor: &Actor, team: &TeamId) -> Result<Vec<Feed>, ServiceError> {
        let (actor, team, now) = (actor.clone(), team.clone(), self.clock.now());
        let read = move |tx: &mut dyn Connection| {
            rights::manage(tx, &actor, &team, now)?;
            Ok(rows::feeds_of_team(tx, &team)?)
        };
        self.store.read(read).await
    }
}

/// The feeds among which a new one counts, if the actor may have it.
fn may_hold_feed(
    tx: &mut dyn Connection,
    actor: &Actor,
    new: &NewFeed,
    now: Instant,
) -> Result<Vec<Feed>, ServiceError> {
    match (&new.person, &new.team) {
        (Some(person), team) => {
            rights::act_for(tx, actor, person)?;
            people::find(tx, person)?.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            if let Some(team) = team
                && !sees_team(tx, person, team, now)?
            {
                return Err(ServiceError::NotFound(format!("team {team}")));
            }
            Ok(rows::feeds_of_person(tx, person)?)
        }
        (None, Some(team)) => {
            rights::manage_known(tx, actor, team, now)?;
            Ok(rows::feeds_of_team(tx, team)?)
        }
        (None, None) => Err(ServiceError::invalid("feed", "name the person or the team it shows")),
    }
}

fn sees_team(tx: &mut dyn Connection, person: &PersonId, team: &TeamId, now: Instant) -> Result<bool, StoreError> {
    if people::find(tx, person)?.is_none_or(|person| person.disabled) {
        return Ok(false);
    }
    Ok(rights::belongs(tx, person, team, now, |_| true)? || rights::is_admin(tx, person)?)
}
