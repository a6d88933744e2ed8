//! Who is on call: for people, for machines, and from the copy where the database can't say.

use super::extract::{Caller, Params, moment};
use super::{Answer, scope};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::Contact;
use crate::roster::snapshot::{Escalation, Reachable, Snapshot, Stand, TeamWatch};
use crate::service::Service;
use crate::service::oncall::{OnCall, Watch};
use crate::time::{Instant, SECOND, Zone};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Who is on call.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnCallDocument {
    /// The moment that was asked for.
    #[schema(format = DateTime)]
    at: String,
    /// One entry for each required role, then optional ones that somebody holds.
    on_call: Vec<WatchDocument>,
    /// The next shift of each role.
    next: Vec<WatchDocument>,
    /// Whom to escalate to, in order.
    escalation: Vec<ContactDocument>,
    /// Null as long as the database answers. Otherwise this is from the last snapshot: names and times of teams with a
    /// public page, to whoever asks, since nobody can tell who that is.
    stale: Option<StaleDocument>,
}

/// From when an answer is that the database could not give.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaleDocument {
    /// When it was true; what changed since is not in it.
    #[schema(format = DateTime)]
    as_of: String,
    /// It says nothing of any moment after this one.
    #[schema(format = DateTime)]
    valid_until: String,
    /// How old it is.
    age_seconds: i64,
}

/// One shift with whoever is responsible for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchDocument {
    role: String,
    /// Nobody is a gap.
    person: Option<PersonDocument>,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// Null where a pattern asks for somebody and no roster is published.
    slot: Option<String>,
    /// The holder asked for cover, and is still responsible.
    cover_asked: bool,
    /// Whether to page whoever stands it.
    page: bool,
}

/// Somebody and how to reach them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonDocument {
    id: String,
    name: String,
    /// Null only in a stale answer.
    email: Option<String>,
    /// E.164.
    phone: Option<String>,
}

/// One line of the escalation contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactDocument {
    /// Only for this role; for all where null.
    role: Option<String>,
    /// The person behind it, if they have an account.
    person: Option<String>,
    name: String,
    /// E.164; null only in a stale answer.
    phone: Option<String>,
}

impl From<&OnCall> for OnCallDocument {
    fn from(found: &OnCall) -> Self {
        let list = |watches: &[Watch]| watches.iter().map(|watch| WatchDocument::of(watch, found.zone)).collect();
        Self {
            at: found.at.rfc3339(found.zone),
            on_call: list(&found.on_call),
            next: list(&found.next),
            escalation: found.escalation.iter().map(ContactDocument::from).collect(),
            stale: None,
        }
    }
}

impl OnCallDocument {
    /// What a snapshot says of a moment, read at another.
    #[must_use]
    pub fn of_snapshot(snapshot: &Snapshot, team: &TeamWatch, at: Instant, now: Instant) -> Self {
        let standing = team.at(at);
        let list = |stands: &[&Stand]| stands.iter().map(|stand| WatchDocument::kept(stand, team)).collect();
        let contact = |contact: &Escalation| ContactDocument {
            role: contact.role.clone(),
            person: contact.person.as_ref().map(ToString::to_string),
            name: contact.name.clone(),
            phone: contact.phone.clone(),
        };
        Self {
            at: at.rfc3339(team.zone),
            on_call: list(&standing.on_call),
            next: list(&standing.next),
            escalation: team.escalation.iter().map(contact).collect(),
            stale: Some(StaleDocument {
                as_of: snapshot.taken.rfc3339(team.zone),
                valid_until: snapshot.valid_until.rfc3339(team.zone),
                age_seconds: (now.millis() - snapshot.taken.millis()).max(0) / SECOND,
            }),
        }
    }
}

impl WatchDocument {
    fn of(watch: &Watch, zone: Zone) -> Self {
        let person = watch.person.as_ref().map(|person| PersonDocument {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: Some(person.email.clone()),
            phone: person.phone.clone(),
        });
        Self {
            role: watch.role.clone(),
            person,
            start: watch.window.start.rfc3339(zone),
            end: watch.window.end.rfc3339(zone),
            slot: watch.slot.as_ref().map(ToString::to_string),
            cover_asked: watch.cover_asked,
            page: watch.page,
        }
    }

    fn kept(stand: &Stand, team: &TeamWatch) -> Self {
        let of = |person: &PersonId, known: &Reachable| PersonDocument {
            id: person.to_string(),
            name: known.name.clone(),
            email: known.email.clone(),
            phone: known.phone.clone(),
        };
        Self {
            role: stand.role.clone(),
            person: stand.person.as_ref().and_then(|person| Some(of(person, team.holder(stand)?))),
            start: stand.start.rfc3339(team.zone),
            end: stand.end.rfc3339(team.zone),
            slot: stand.slot.as_ref().map(ToString::to_string),
            cover_asked: stand.cover_asked,
            page: stand.page,
        }
    }
}

impl From<&Contact> for ContactDocument {
    fn from(contact: &Contact) -> Self {
        Self {
            role: contact.role.clone(),
            person: contact.person.as_ref().map(ToString::to_string),
            name: contact.name.clone(),
            phone: Some(contact.phone.clone()),
        }
    }
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// RFC 3339 with offset; now where absent.
    at: Option<String>,
}

/// Who is on call for a team, now or at a time
#[utoipa::path(get, path = "/api/v1/teams/{team}/on-call", tag = "on-call", params(("team" = String, Path), At),
    responses((status = 200, body = OnCallDocument)))]
pub async fn on_call(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(At { at }): Params<At>,
) -> Answer<OnCallDocument> {
    let at = at.map(|text| moment("at", &text)).transpose()?;
    let found = service.on_call(&actor, &team, at).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(OnCallDocument::from(&found)))
}
