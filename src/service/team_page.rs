//! What a team's page reads: who stands when in a period, role by role, and whether strangers may look.

use super::teams::known;
use super::{Service, ServiceError};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::Shift;
use crate::store::{Connection, StoreError, people, shifts, teams};
use crate::time::{Window, Zone};
use std::collections::BTreeMap;

/// Days that one look may span.
const MOST_DAYS: i64 = 62;

/// A period of a team's published roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamPeriod {
    /// The team's zone.
    pub zone: Zone,
    /// The team's roles in their order, then those that only published shifts have.
    pub roles: Vec<String>,
    /// The zones that its people and patterns live by, the team's own first.
    pub zones: Vec<Zone>,
    /// What is published, by start.
    pub stands: Vec<Stand>,
}

/// One published shift, as anybody may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The slot.
    pub slot: SlotId,
    /// The role.
    pub role: String,
    /// When.
    pub window: Window,
    /// Who is responsible; nobody is a gap, or an optional role that stays empty.
    pub name: Option<String>,
    /// It may stay empty.
    pub optional: bool,
}

impl Service {
    /// Whether strangers may look at a team's page; for whoever has signed in, who is on call is no secret.
    pub async fn team_is_public(&self, team: &TeamId) -> Result<bool, ServiceError> {
        let team = team.clone();
        self.store.read(move |tx| Ok(known(tx, &team)?.settings.public_page)).await
    }

    /// The teams by name that somebody, or a stranger, may look at, with what they are called.
    pub async fn team_names(&self, visitor: Option<&PersonId>) -> Result<Vec<(TeamId, String)>, ServiceError> {
        let stranger = visitor.is_none();
        let read = move |tx: &mut dyn Connection| {
            let mut all = teams::all(tx)?;
            all.retain(|team| !stranger || team.settings.public_page);
            let mut names: Vec<_> = all.into_iter().map(|team| (team.id, team.name)).collect();
            names.sort_by(|(_, a), (_, b)| a.cmp(b));
            Ok::<_, ServiceError>(names)
        };
        self.store.read(read).await
    }

    /// Who stands when in a window of a team, for its page; strangers only where the team lets them.
    pub async fn team_period(
        &self,
        visitor: Option<&PersonId>,
        team: &TeamId,
        window: Window,
    ) -> Result<TeamPeriod, ServiceError> {
        let (team, stranger) = (team.clone(), visitor.is_none());
        if window.millis() > MOST_DAYS * crate::time::DAY {
            return Err(ServiceError::TooMany(format!("look at no more than {MOST_DAYS} days at a time")));
        }
        self.store.read(move |tx| period(tx, &team, stranger, window)).await
    }
}

fn period(tx: &mut dyn Connection, team: &TeamId, stranger: bool, window: Window) -> Result<TeamPeriod, ServiceError> {
    let team = known(tx, team)?;
    if stranger && !team.settings.public_page {
        return Err(ServiceError::Forbidden("this team's page is for whoever has signed in".to_owned()));
    }
    let mut found = TeamPeriod {
        zone: team.zone,
        roles: team.roles.iter().map(|role| role.name.clone()).collect(),
        zones: vec![team.zone],
        stands: Vec::new(),
    };
    let mut names = BTreeMap::new();
    for shift in shifts::of_team(tx, &team.id, window)? {
        let who = holder(tx, &mut names, &shift)?;
        for zone in [Some(shift.zone), who.as_ref().map(|(_, zone)| *zone)].into_iter().flatten() {
            if !found.zones.contains(&zone) {
                found.zones.push(zone);
            }
        }
        if !found.roles.contains(&shift.role) {
            found.roles.push(shift.role.clone());
        }
        let optional = team.roles.iter().any(|role| role.name == shift.role && role.optional);
        let name = who.map(|(name, _)| name);
        found.stands.push(Stand { slot: shift.slot, role: shift.role, window: shift.window, name, optional });
    }
    Ok(found)
}

/// Whoever holds a shift, and their zone; somebody disabled holds none.
fn holder(
    tx: &mut dyn Connection,
    known: &mut BTreeMap<PersonId, Option<(String, Zone)>>,
    shift: &Shift,
) -> Result<Option<(String, Zone)>, StoreError> {
    let Some(id) = &shift.person else { return Ok(None) };
    if let Some(known) = known.get(id) {
        return Ok(known.clone());
    }
    let person = people::find(tx, id)?.filter(|person| !person.disabled);
    let found = person.map(|person| (person.name, person.zone));
    known.insert(id.clone(), found.clone());
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::model::Settings;
    use crate::service::testing::{operator, rota, stands};
    use crate::time::DAY;

    #[tokio::test]
    async fn a_period_names_who_stands_and_strangers_see_it_only_where_the_team_lets_them() {
        let (_place, service) = rota().await;
        let team = TeamId::from("payments");
        let now = service.ctx().now;
        let day = Window::new(now, now.plus_hours(24));
        stands(&service, "one", "primary", Window::new(now.plus_hours(-4), now.plus_hours(8)), Some("ada")).await;
        stands(&service, "two", "secondary", day, None).await;
        stands(&service, "later", "primary", Window::new(now.plus_hours(30), now.plus_hours(40)), Some("ben")).await;
        let found = service.team_period(None, &team, day).await.unwrap();
        let told: Vec<_> = found.stands.iter().map(|one| (one.role.as_str(), one.name.as_deref())).collect();
        assert_eq!(told, [("primary", Some("Ada Okafor")), ("secondary", None)]);
        assert_eq!(found.roles, ["primary", "secondary", "shadow"]);

        let shut = Settings { public_page: false, ..Settings::default() };
        service.set_settings(&operator(), &team, shut).await.unwrap();
        let said = service.team_period(None, &team, day).await.unwrap_err();
        assert!(matches!(said, ServiceError::Forbidden(_)), "{said}");
        assert_eq!(service.team_names(None).await.unwrap(), []);
        let ben = PersonId::from("ben");
        assert_eq!(service.team_period(Some(&ben), &team, day).await.unwrap(), found);
        assert_eq!(service.team_names(Some(&ben)).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn nobody_looks_at_years_at_once() {
        let (_place, service) = rota().await;
        let now = service.ctx().now;
        let long = Window::new(now, now.plus_millis(63 * DAY));
        let said = service.team_period(None, &"payments".into(), long).await.unwrap_err();
        assert!(matches!(said, ServiceError::TooMany(_)), "{said}");
    }
}
