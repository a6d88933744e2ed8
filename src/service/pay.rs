//! Rate tables: what a team's shifts and call-outs pay, edition by edition.

use super::audit::{Deed, record};
use super::teams::known;
use super::{Actor, Service, ServiceError, rights};
use crate::ids::TeamId;
use crate::roster::report::pay::{Edition, Rates};
use crate::store::{Connection, pay as rows};
use crate::time::Day;
use serde_json::json;

/// Units that one rate may be.
const MOST: i64 = 1_000_000_000;

impl Service {
    /// Every edition of a team's rate table, by number; for its managers.
    pub async fn pay_rates(&self, actor: &Actor, team: &TeamId) -> Result<Vec<Edition>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            known(tx, &team)?;
            rights::manage(tx, &actor, &team, ctx.now)?;
            Ok(rows::editions(tx, &team)?)
        };
        self.store.read(read).await
    }

    /// Adds an edition of a team's rate table, in force from a day of its zone on: where none is named, the first since
    /// ever, a later one from today on. For its managers.
    pub async fn set_pay_rates(
        &self,
        actor: &Actor,
        team: &TeamId,
        from: Option<Day>,
        rates: Rates,
    ) -> Result<Edition, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let all = rates.roles.values().chain([&rates.other_roles, &rates.call_outs]);
        if all.flat_map(|rate| rate.amounts()).any(|amount| !(0..=MOST).contains(&amount)) {
            return Err(ServiceError::invalid("rates", format!("must be whole units from 0 to {MOST}")));
        }
        let write = move |tx: &mut dyn Connection| {
            let found = known(tx, &team)?;
            rights::manage(tx, &actor, &team, ctx.now)?;
            if let Some(role) = rates.roles.keys().find(|role| found.roles.iter().all(|known| known.name != **role)) {
                return Err(ServiceError::NotFound(format!("a role {role} in {team}")));
            }
            let before = rows::editions(tx, &team)?;
            let today = ctx.now.civil(found.zone).date();
            let edition = Edition {
                version: before.last().map_or(0, |last| last.version) + 1,
                from: from.or(before.last().map(|_| today)),
                rates: rates.clone(),
            };
            rows::insert(tx, &team, &edition)?;
            let shown =
                |edition: &Edition| json!({ "version": edition.version, "from": edition.from, "rates": edition.rates });
            let mut deed = Deed::new("team.pay-rates", format!("team:{team}")).after(shown(&edition));
            deed.before = before.last().map(shown);
            record(tx, &ctx, &actor, deed)?;
            Ok(edition)
        };
        self.store.write(write).await
    }
}
