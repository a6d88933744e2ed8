//! What pages read: which teams somebody knows, and one slot with whoever stands it.

use super::planning::{self, Plan};
use super::{Actor, Ctx, Service, ServiceError, rights};
use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::model::{Shift, Team};
use crate::roster::report::{Report, report};
use crate::store::{Connection, people, shifts, slots, swaps, teams};
use crate::time::{Instant, Window};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A slot as published, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotPage {
    /// Whose roster it is.
    pub team: TeamId,
    /// As the team is shown.
    pub team_name: String,
    /// The parts by start; one unless the shift was split.
    pub parts: Vec<SlotPart>,
}

/// One part of a slot.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotPart {
    /// As published.
    pub shift: Shift,
    /// As whoever is responsible is shown.
    pub name: Option<String>,
    /// Cover is asked for; the holder is still responsible.
    pub cover_asked: bool,
}

/// Something of a team that is named by its own id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A slot that is published.
    Slot(SlotId),
    /// A request for cover.
    Swap(SwapId),
    /// A request for cover as put to one person.
    Offer(OfferId),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slot(id) => write!(f, "slot {id}"),
            Self::Swap(id) => write!(f, "swap {id}"),
            Self::Offer(id) => write!(f, "offer {id}"),
        }
    }
}

impl Service {
    /// Whose a thing is; nothing where there is no such thing.
    pub async fn team_of(&self, thing: Thing) -> Result<Option<TeamId>, ServiceError> {
        self.store
            .read(move |tx| {
                let swap = match &thing {
                    Thing::Slot(id) => return Ok(shifts::of_slot(tx, id)?.into_iter().next().map(|shift| shift.team)),
                    Thing::Swap(id) => Some(id.clone()),
                    Thing::Offer(id) => swaps::find_offer(tx, id)?.map(|offer| offer.swap),
                };
                let Some(swap) = swap else { return Ok(None) };
                Ok::<_, ServiceError>(swaps::find(tx, &swap)?.map(|swap| swap.team))
            })
            .await
    }

    /// The teams that an actor may know of, by id: a person's own, and every one for programs and administrators.
    pub async fn known_teams(&self, actor: &Actor) -> Result<Vec<Team>, ServiceError> {
        let person = actor.person_id().cloned();
        self.store
            .read(move |tx| {
                let mut known = teams::all(tx)?;
                if let Some(person) = &person
                    && people::find(tx, person)?.is_none_or(|person| !person.admin)
                {
                    let own = teams::memberships_of_person(tx, person)?;
                    known.retain(|team| own.iter().any(|membership| membership.team == team.id));
                }
                Ok::<_, ServiceError>(known)
            })
            .await
    }

    /// A published slot.
    ///
    /// Strangers see it only where the team's page is open to them.
    pub async fn slot_page(&self, visitor: Option<&PersonId>, slot: &SlotId) -> Result<SlotPage, ServiceError> {
        let (slot, stranger) = (slot.clone(), visitor.is_none());
        self.store
            .read(move |tx| {
                let published = shifts::of_slot(tx, &slot)?;
                let not_found = || ServiceError::NotFound(format!("shift {slot}"));
                let team = published.first().map(|shift| shift.team.clone()).ok_or_else(not_found)?;
                let found = teams::find(tx, &team)?.ok_or_else(not_found)?;
                if stranger && !found.settings.public_page {
                    return Err(ServiceError::Forbidden("this team's page is for whoever has signed in".to_owned()));
                }
                let team_name = found.name;
                let mut parts = Vec::with_capacity(published.len());
                for shift in published {
                    let name = match &shift.person {
                        Some(person) => people::find(tx, person)?.map(|person| person.name),
                        None => None,
                    };
                    let cover_asked = swaps::live_of_shift(tx, &shift.slot, shift.segment)?.is_some();
                    parts.push(SlotPart { shift, name, cover_asked });
                }
                Ok::<_, ServiceError>(SlotPage { team, team_name, parts })
            })
            .await
    }

    /// Whether somebody belongs to a team, manages it, or may administer everything.
    pub async fn knows_team(&self, person: &PersonId, team: &TeamId) -> Result<bool, ServiceError> {
        let (person, team) = (person.clone(), team.clone());
        self.store
            .read(move |tx| {
                let admin = people::find(tx, &person)?.is_some_and(|person| person.admin && !person.disabled);
                Ok::<_, ServiceError>(
                    admin || teams::memberships_of_person(tx, &person)?.iter().any(|one| one.team == team),
                )
            })
            .await
    }

    /// What everybody is called who belongs or belonged to a team; for its managers.
    pub async fn names_in(&self, actor: &Actor, team: &TeamId) -> Result<BTreeMap<PersonId, String>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        self.store
            .read(move |tx| {
                rights::manage_known(tx, &actor, &team, ctx.now)?;
                let mut names = BTreeMap::new();
                for membership in teams::memberships_of_team(tx, &team)? {
                    if let Some(person) = people::find(tx, &membership.person)? {
                        names.insert(person.id, person.name);
                    }
                }
                Ok::<_, ServiceError>(names)
            })
            .await
    }

    /// How a team's load is spread: what everybody stood, and what they will stand as published. For its managers.
    pub async fn balance(&self, actor: &Actor, team: &TeamId) -> Result<Report, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        self.store
            .read(move |tx| {
                rights::manage_known(tx, &actor, &team, ctx.now)?;
                as_published(tx, &ctx, &team)
            })
            .await
    }
}

/// How a team's load is spread by what was stood and what is published.
pub(super) fn as_published(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Report, ServiceError> {
    let coming = Window::new(ctx.now, Instant::FAR_FUTURE);
    let published: BTreeSet<SlotId> = shifts::of_team(tx, team, coming)?.into_iter().map(|shift| shift.slot).collect();
    let mut planned = slots::starting_in(tx, team, coming)?;
    planned.retain(|slot| published.contains(&slot.id));
    let Plan { planning, assignment } = planning::load(tx, ctx, team, planned)?;
    Ok(report(&planning, &assignment))
}
