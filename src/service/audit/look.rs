//! Looking through the trail from its end, as people do: by who, what, to what and when.

use super::{PAGE, Part, concern};
use crate::ids::TeamId;
use crate::service::{Actor, Service, ServiceError, rights};
use crate::store::audit::{self as rows, Recorded};
use crate::store::{Connection, teams};
use crate::time::Instant;

/// Rows that one look answers at most.
pub const SHOWN: usize = 100;
/// Parts of the trail that one look reads at most; it says where to go on.
const PARTS: usize = 10;

/// What is looked for; what is empty or absent excludes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Only what came before this place.
    pub before: Option<i64>,
    /// Part of who did it, or for whom: `ada`, `token:`.
    pub who: String,
    /// Part of what was done: `swap`, `person.added`.
    pub what: String,
    /// Part of what it was done to: `person:ada`.
    pub object: String,
    /// Only what concerns this team.
    pub team: Option<TeamId>,
    /// Only from this moment on.
    pub from: Option<Instant>,
    /// Only before this moment.
    pub until: Option<Instant>,
}

impl Look {
    fn wants(&self, row: &Recorded) -> bool {
        let has = |text: &str, part: &str| part.is_empty() || text.to_lowercase().contains(&part.trim().to_lowercase());
        let event = &row.event;
        (has(&event.actor, &self.who) || event.subject.as_deref().is_some_and(|subject| has(subject, &self.who)))
            && has(&event.action, &self.what)
            && has(&event.object, &self.object)
            && self.until.is_none_or(|until| event.at < until)
    }
}

impl Service {
    /// The last rows that are looked for, the latest first, at most [`SHOWN`] of them; `next` is the place before which
    /// to look on. For administrators.
    pub async fn audit_look(&self, actor: &Actor, look: &Look) -> Result<Part, ServiceError> {
        let (actor, look) = (actor.clone(), look.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::administer(tx, &actor)?;
            if let Some(team) = &look.team {
                teams::zone(tx, team)?.ok_or_else(|| ServiceError::NotFound(format!("team {team}")))?;
            }
            search(tx, &look)
        };
        self.store.read(read).await
    }
}

fn search(tx: &mut dyn Connection, look: &Look) -> Result<Part, ServiceError> {
    let mut concerns = concern::Concerns::default();
    let mut part = Part { rows: Vec::new(), next: look.before };
    for _ in 0..PARTS {
        let found = rows::before(tx, part.next.unwrap_or(i64::MAX), PAGE)?;
        let all = found.len() < PAGE as usize;
        for row in found {
            if look.from.is_some_and(|from| row.event.at < from) {
                part.next = None;
                return Ok(part);
            }
            if part.rows.len() == SHOWN {
                return Ok(part);
            }
            part.next = Some(row.seq);
            let concerned = match &look.team {
                Some(team) => concerns.team(tx, &row)?.as_ref() == Some(team),
                None => true,
            };
            if concerned && look.wants(&row) {
                part.rows.push(row);
            }
        }
        if all {
            part.next = None;
            return Ok(part);
        }
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::testing::{operator, rota};

    #[tokio::test]
    async fn the_trail_is_looked_through_from_its_end() {
        let (_place, service) = rota().await;
        let look = |look: Look| {
            let service = &service;
            async move { service.audit_look(&operator(), &look).await.unwrap() }
        };
        let all = look(Look::default()).await;
        assert!(all.next.is_none() && all.rows.is_sorted_by(|a, b| a.seq > b.seq), "{all:?}");
        let joined = look(Look { what: "team.joined".to_owned(), ..Look::default() }).await;
        assert_eq!(joined.rows.len(), 3);
        let of_ada = look(Look { what: "Joined".to_owned(), who: "person:ADA".to_owned(), ..Look::default() }).await;
        assert_eq!(of_ada.rows.len(), 1);
        let of_team = look(Look { team: Some("payments".into()), what: "added".to_owned(), ..Look::default() }).await;
        assert_eq!(of_team.rows.len(), 1);
        let older = look(Look { before: Some(2), ..Look::default() }).await;
        assert_eq!(older.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [1]);
        let future = look(Look { from: Some(service.ctx().now.plus_days(1)), ..Look::default() }).await;
        assert!(future.rows.is_empty() && future.next.is_none());
    }
}
