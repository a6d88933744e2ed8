//! What a team is called, and the address by which its roster invites.

use super::known;
use crate::ids::{PersonId, TeamId};
use crate::service::audit::{Deed, record};
use crate::service::people::refuse_taken_address;
use crate::service::render::{horizon, render_people};
use crate::service::{Actor, Ctx, Service, ServiceError, fields, rights};
use crate::store::{Connection, StoreError, collections, shifts, swaps, teams as rows};
use serde_json::json;
use std::collections::BTreeSet;

impl Service {
    /// Calls a team something else, or gives its roster another address; every calendar that names it follows. Its id
    /// stays for ever. For its managers.
    pub async fn rename_team(
        &self,
        actor: &Actor,
        team: &TeamId,
        (name, email): (&str, &str),
    ) -> Result<(), ServiceError> {
        let (ctx, who, id) = (self.ctx(), actor.clone(), team.clone());
        let (name, email) = (fields::name("name", name)?, fields::email("email", email)?);
        let write = move |tx: &mut dyn Connection| {
            let before = known(tx, &id)?;
            rights::manage(tx, &who, &id, ctx.now)?;
            if before.email != email {
                refuse_taken_address(tx, &email)?;
            }
            let mut after = before.clone();
            (after.name, after.email) = (name.clone(), email.clone());
            if after == before {
                return Ok(());
            }
            rows::update(tx, &after)?;
            rename_calendars(tx, &ctx, &id, (&before.name, &after.name))?;
            let people = told(tx, &ctx, &id)?;
            render_people(tx, &ctx, &people, std::slice::from_ref(&id))?;
            let shown = |team: &crate::roster::model::Team| json!({ "name": team.name, "email": team.email });
            let deed = Deed::new("team.renamed", format!("team:{id}")).before(shown(&before)).after(shown(&after));
            record(tx, &ctx, &who, deed)?;
            Ok(())
        };
        self.store.write(write).await
    }
}

/// The team's calendars are shown under its name.
fn rename_calendars(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &TeamId,
    (before, after): (&str, &str),
) -> Result<(), StoreError> {
    for mut calendar in collections::of_team(tx, team)? {
        let Some(rest) = calendar.display_name.strip_prefix(before) else { continue };
        calendar.display_name = format!("{after}{rest}");
        collections::update(tx, &calendar)?;
        tx.note_properties(calendar.id.as_str(), None, ctx.now);
    }
    Ok(())
}

/// Whose calendars name the team: whoever holds its shifts, and whoever is asked to take one.
fn told(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Vec<PersonId>, StoreError> {
    let mut people: BTreeSet<PersonId> =
        shifts::of_team(tx, team, horizon(ctx.now))?.into_iter().filter_map(|shift| shift.person).collect();
    for swap in swaps::live_of_team(tx, team)? {
        people.extend(swaps::offers_of(tx, &swap.id)?.into_iter().map(|offer| offer.person));
    }
    Ok(people.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CollectionId;
    use crate::service::testing::{operator, rota, stands};
    use crate::store::collections::Owner;
    use crate::store::objects;
    use crate::time::Window;

    #[tokio::test]
    async fn a_new_name_and_address_stand_in_every_shift_and_calendar() {
        let (_place, service) = rota().await;
        let start = service.ctx().now.plus_hours(24);
        stands(&service, "one", "primary", Window::new(start, start.plus_hours(12)), Some("ada")).await;
        service.rename_team(&operator(), &"payments".into(), ("Money", "Money@oncall.example.org")).await.unwrap();
        let read = |tx: &mut dyn Connection| {
            let roster = collections::by_name(tx, &Owner::Team("payments".into()), "roster")?.unwrap();
            let ada = Owner::Person("ada".into());
            let shifts: CollectionId = collections::by_name(tx, &ada, "shifts")?.unwrap().id;
            let body = objects::page(tx, &shifts, None, 1, None)?.remove(0).body;
            Ok::<_, ServiceError>((roster.display_name, String::from_utf8(body).unwrap().replace("\r\n ", "")))
        };
        let (calendar, shift) = service.store.read(read).await.unwrap();
        assert_eq!(calendar, "Money roster");
        assert!(shift.contains("SUMMARY:On call: Money\\, primary"), "{shift}");
        assert!(shift.contains("mailto:money@oncall.example.org"), "{shift}");
    }

    #[tokio::test]
    async fn an_address_of_somebody_else_is_refused_and_nothing_changes() {
        let (_place, service) = rota().await;
        let team = TeamId::from("payments");
        let refused = service.rename_team(&operator(), &team, ("Money", "ada@example.org")).await;
        assert!(matches!(refused, Err(ServiceError::Conflict { .. })), "{refused:?}");
        assert_eq!(service.team(&operator(), &team).await.unwrap().team.name, "Payments");
        let ada = Actor::person("ada".into(), crate::roster::model::Channel::Button);
        let refused = service.rename_team(&ada, &team, ("Money", "money@example.org")).await;
        assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    }
}
