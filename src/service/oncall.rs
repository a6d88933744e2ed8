//! Who is on call, now or at any time, who comes next, and whom to escalate to.

use crate::ical::build::EventDraft;
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::Contact;
use crate::service::{Actor, Service, ServiceError};
use crate::time::{Instant, Window, Zone};

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
    /// The slot.
    pub slot: SlotId,
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

#[allow(clippy::unused_async)]
impl Service {
    /// Who is on call for a team at a moment; now where none is given.
    pub async fn on_call(&self, _actor: &Actor, _team: &TeamId, _at: Option<Instant>) -> Result<OnCall, ServiceError> {
        unimplemented!()
    }

    /// What a feed shows, from four weeks back; whoever holds the feed's token may read it.
    pub async fn feed_content(&self, _owner: &FeedOwner) -> Result<FeedContent, ServiceError> {
        unimplemented!()
    }
}
