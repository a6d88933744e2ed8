//! Who is on call, now or at any time, who comes next, and whom to escalate to.

use crate::ical::build::EventDraft;
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::{Contact, Person, Shift, Team};
use crate::service::planning::demands;
use crate::service::{Actor, Ctx, Service, ServiceError, render};
use crate::store::{Connection, people, shifts, swaps, teams};
use crate::time::{Instant, Window, Zone};

#[cfg(test)]
mod tests;

/// The answer to "who is on call?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnCall {
    /// The team.
    pub team: TeamId,
    /// As it is shown.
    pub name: String,
    /// The team's zone.
    pub zone: Zone,
    /// The moment that was asked for.
    pub at: Instant,
    /// One entry for each required role of what runs at that moment, then the optional ones that are held.
    pub on_call: Vec<Watch>,
    /// The next shift of each role, by start.
    pub next: Vec<Watch>,
    /// Escalation contacts in order.
    pub escalation: Vec<Contact>,
}

/// One shift with whoever is responsible for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The role.
    pub role: String,
    /// Who is responsible; nobody is a gap.
    pub person: Option<Reachable>,
    /// When.
    pub window: Window,
    /// The pattern's zone.
    pub zone: Zone,
    /// The slot; nothing where the team's pattern asks for somebody and no roster is published.
    pub slot: Option<SlotId>,
    /// Which part of it.
    pub segment: u32,
    /// The holder asked for cover, and is still responsible.
    pub cover_asked: bool,
    /// Whether to page whoever stands it.
    pub page: bool,
}

/// Somebody and how to reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Who.
    pub id: PersonId,
    /// As it is shown.
    pub name: String,
    /// Address.
    pub email: String,
    /// E.164 text.
    pub phone: Option<String>,
}

/// The shifts of a person or team as a feed shows them: plain, without links.
#[derive(Clone, Debug)]
pub struct FeedContent {
    /// What the calendar is called.
    pub name: String,
    /// Its zone.
    pub zone: Zone,
    /// The events by start.
    pub events: Vec<EventDraft>,
}

/// Whose feed it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedOwner {
    /// One person's shifts in all teams.
    Person(PersonId),
    /// A team's whole roster.
    Team(TeamId),
}

impl Service {
    /// Who is on call for a team at a moment; now where none is given.
    pub async fn on_call(&self, actor: &Actor, team: &TeamId, at: Option<Instant>) -> Result<OnCall, ServiceError> {
        let (team, at) = (team.clone(), at.unwrap_or_else(|| self.clock.now()));
        let actor = actor.clone();
        let answer = move |tx: &mut dyn Connection| {
            let found = teams::find(tx, &team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
            // Who is on call is no secret within the house; whoever may not sign in any more learns nothing.
            if let Some(person) = actor.person_id()
                && people::find(tx, person)?.is_none_or(|person| person.disabled)
            {
                return Err(ServiceError::Forbidden("this account is disabled".to_owned()));
            }
            answer(tx, found, at)
        };
        self.store.read(answer).await
    }

    /// What a feed shows, from four weeks back; whoever holds the feed's token may read it.
    pub async fn feed_content(&self, owner: &FeedOwner) -> Result<FeedContent, ServiceError> {
        let (owner, ctx) = (owner.clone(), self.ctx());
        self.store.read(move |tx| content(tx, &ctx, &owner)).await
    }
}

fn answer(tx: &mut dyn Connection, team: Team, at: Instant) -> Result<OnCall, ServiceError> {
    let running = shifts::of_team(tx, &team.id, Window::new(at, at.plus_millis(1)))?;
    let mut on_call = Vec::new();
    let rank = |role: &str| team.roles.iter().position(|known| known.name == role).unwrap_or(usize::MAX);
    let optional = |name: &str| team.roles.iter().any(|role| role.name == name && role.optional);
    for shift in &running {
        let watch = watch(tx, &team, shift)?;
        if watch.person.is_some() || !optional(&watch.role) {
            on_call.push(watch);
        }
    }
    on_call.extend(unpublished(tx, &team, &running, at)?);
    on_call.sort_by_key(|watch| (rank(&watch.role), watch.window.start));
    let mut next: Vec<Watch> = Vec::new();
    for shift in shifts::next_of_team(tx, &team.id, at, LOOK_AHEAD)? {
        if next.iter().any(|known| known.role == shift.role) {
            continue;
        }
        let watch = watch(tx, &team, &shift)?;
        if watch.person.is_some() || !optional(&watch.role) {
            next.push(watch);
        }
    }
    Ok(OnCall { team: team.id, name: team.name, zone: team.zone, at, on_call, next, escalation: team.contacts })
}

/// What the team's patterns ask for at a moment beyond what is published, role by role: gaps, until somebody plans.
fn unpublished(
    tx: &mut dyn Connection,
    team: &Team,
    running: &[Shift],
    at: Instant,
) -> Result<Vec<Watch>, ServiceError> {
    let demands = match demands(tx, team, Window::new(at.plus_days(-LONGEST), at.plus_millis(1))) {
        Ok(demands) => demands,
        // Who is published as on call is told whatever became of a pattern.
        Err(error @ ServiceError::TooMany(_)) => {
            tracing::warn!(%error, team = %team.id, "what is asked for is not known");
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let mut published: Vec<&str> = running.iter().map(|shift| shift.role.as_str()).collect();
    let mut gaps = Vec::new();
    for demand in demands.into_iter().filter(|demand| !demand.optional && demand.window.contains(at)) {
        if let Some(one) = published.iter().position(|role| *role == demand.role) {
            published.swap_remove(one);
            continue;
        }
        gaps.push(Watch {
            page: team.roles.iter().find(|role| role.name == demand.role).is_none_or(|role| role.paged),
            role: demand.role,
            person: None,
            window: demand.window,
            zone: demand.zone,
            slot: None,
            segment: 0,
            cover_asked: false,
        });
    }
    Ok(gaps)
}

/// Days that a shift lasts at most, as far as is looked for what nobody planned.
const LONGEST: i64 = 32;

/// Shifts looked through for the next of each role.
const LOOK_AHEAD: u32 = 100;

fn watch(tx: &mut dyn Connection, team: &Team, shift: &Shift) -> Result<Watch, ServiceError> {
    let person = match &shift.person {
        Some(person) => people::find(tx, person)?,
        None => None,
    };
    let reachable = |p: Person| Reachable { id: p.id, name: p.name, email: p.email, phone: p.phone };
    Ok(Watch {
        role: shift.role.clone(),
        // A disabled person is a gap, whatever the roster says.
        person: person.filter(|person| !person.disabled).map(reachable),
        window: shift.window,
        zone: shift.zone,
        slot: Some(shift.slot.clone()),
        segment: shift.segment,
        cover_asked: swaps::live_of_shift(tx, &shift.slot, shift.segment)?.is_some(),
        page: team.roles.iter().find(|role| role.name == shift.role).is_none_or(|role| role.paged),
    })
}

/// How far back a feed goes, in days.
const FEED_DAYS: i64 = 28;

fn content(tx: &mut dyn Connection, ctx: &Ctx, owner: &FeedOwner) -> Result<FeedContent, ServiceError> {
    let window = Window::new(ctx.now.plus_days(-FEED_DAYS), Instant::FAR_FUTURE);
    let (name, zone, shown) = match owner {
        FeedOwner::Person(person) => {
            let found = people::find(tx, person)?.filter(|person| !person.disabled);
            let found = found.ok_or_else(|| ServiceError::NotFound(format!("person {person}")))?;
            (format!("{}: on call", found.name), found.zone, shifts::of_person(tx, person, window)?)
        }
        FeedOwner::Team(team) => {
            let found = teams::find(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
            (format!("{}: on call", found.name), found.zone, shifts::of_team(tx, team, window)?)
        }
    };
    let events = render::plain(tx, ctx, &shown, matches!(owner, FeedOwner::Person(_)))?;
    Ok(FeedContent { name, zone, events })
}
