//! Rule packs: what one would change for a team and its published roster, and taking it over.

use super::known;
use crate::ids::TeamId;
use crate::roster::check::{Finding, FindingKind, check};
use crate::roster::model::Settings;
use crate::roster::packs::{Pack, changes};
use crate::service::audit::{Deed, record};
use crate::service::planning::{Plan, load};
use crate::service::{Actor, Ctx, Service, ServiceError, rights};
use crate::store::{Connection, StoreError, shifts, slots, teams as rows};
use crate::time::Window;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// Days of the published roster that are looked at.
const LOOKED_AT: i64 = 182;

/// What a pack does, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RulesEffect {
    /// The pack, as `name@version`.
    pub pack: String,
    /// What it is.
    pub title: String,
    /// Whether it was done.
    pub applied: bool,
    /// Whether the team has it already.
    pub unchanged: bool,
    /// What changes, as sentences.
    pub changes: Vec<String>,
    /// Shifts of the published roster that break a rule because of it, as sentences; they stay as they are.
    pub broken: Vec<String>,
    /// What is only looked at and is not as the pack would have it.
    pub warnings: Vec<String>,
    /// What the rules hold to.
    pub enforced: Vec<String>,
    /// What they can't.
    pub not_enforced: Vec<String>,
}

/// How the transaction ends without being kept.
enum End {
    Rehearsed(Box<RulesEffect>),
    Failed(ServiceError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Service {
    /// Says what a rule pack changes for a team; with `apply` it is taken over. For the team's managers.
    pub async fn team_rules(
        &self,
        actor: &Actor,
        team: &TeamId,
        pack: &Pack,
        apply: bool,
    ) -> Result<RulesEffect, ServiceError> {
        let pack = pack.clone().checked().map_err(|problem| ServiceError::invalid("pack", problem))?;
        let (ctx, who, id) = (self.ctx(), actor.clone(), team.clone());
        let write = move |tx: &mut dyn Connection| {
            let mut effect = take_over(tx, &ctx, &who, &id, &pack).map_err(End::Failed)?;
            if !apply {
                return Err(End::Rehearsed(Box::new(effect)));
            }
            effect.applied = true;
            Ok(effect)
        };
        match self.store.write(write).await {
            Ok(effect) => Ok(effect),
            Err(End::Rehearsed(effect)) => Ok(*effect),
            Err(End::Failed(error)) => Err(error),
        }
    }
}

fn take_over(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    id: &TeamId,
    pack: &Pack,
) -> Result<RulesEffect, ServiceError> {
    let team = known(tx, id)?;
    rights::manage(tx, actor, id, ctx.now)?;
    let strange = |role: &&String| team.roles.iter().all(|known| known.name != **role);
    if let Some(role) = pack.caps.iter().flat_map(|cap| &cap.roles).find(strange) {
        return Err(ServiceError::NotFound(format!("a role {role} in {id}")));
    }
    let before = broken(&published(tx, ctx, id)?);
    let after: Settings = pack.tightened(&team.settings);
    let unchanged = after == team.settings;
    if !unchanged {
        rows::set_settings(tx, id, &after)?;
        let deed = Deed::new("team.rules", format!("team:{id}")).before(json!(team.settings));
        record(tx, ctx, actor, deed.after(json!({ "pack": pack.edition(), "settings": after })))?;
    }
    // Loaded anew: a longer window of a cap looks at more of what was stood before.
    let plan = published(tx, ctx, id)?;
    let news = broken(&plan).into_iter().filter(|text| !before.contains(text)).collect();
    Ok(RulesEffect {
        pack: pack.edition(),
        title: pack.title.clone(),
        applied: false,
        unchanged,
        changes: changes(&team.settings, &after),
        broken: news,
        warnings: pack.warnings(&plan.planning, &plan.assignment, ctx.now),
        enforced: pack.enforced.clone(),
        not_enforced: pack.not_enforced.clone(),
    })
}

/// What is published and has not ended.
fn published(tx: &mut dyn Connection, ctx: &Ctx, team: &TeamId) -> Result<Plan, ServiceError> {
    let window = Window::new(ctx.now, ctx.now.plus_days(LOOKED_AT));
    let ids: BTreeSet<_> = shifts::of_team(tx, team, window)?.into_iter().map(|shift| shift.slot).collect();
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(slots::find(tx, &id)?);
    }
    found.sort_by(|a, b| (a.window, &a.id).cmp(&(b.window, &b.id)));
    load(tx, ctx, team, found)
}

fn broken(plan: &Plan) -> Vec<String> {
    let is_broken = |finding: &Finding| finding.kind == FindingKind::Broken;
    check(&plan.planning, &plan.assignment).into_iter().filter(is_broken).map(|finding| finding.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::audit::From;
    use crate::service::testing::{operator, rota, stands};

    #[tokio::test]
    async fn a_pack_says_what_it_would_break_and_is_taken_over_only_when_told_to() {
        let (_place, service) = rota().await;
        let (team, pack) = (TeamId::from("payments"), Pack::built_in("eu-rest").unwrap());
        let loose = Settings { min_rest_minutes: 480, ..Settings::default() };
        service.set_settings(&operator(), &team, loose.clone()).await.unwrap();
        let start = service.ctx().now.plus_days(3);
        stands(&service, "one", "primary", Window::new(start, start.plus_hours(8)), Some("ada")).await;
        stands(&service, "two", "primary", Window::new(start.plus_hours(17), start.plus_hours(25)), Some("ada")).await;
        stands(
            &service,
            "six",
            "primary",
            Window::new(start.plus_days(6), start.plus_days(6).plus_hours(8)),
            Some("ben"),
        )
        .await;
        let said = service.team_rules(&operator(), &team, &pack, false).await.unwrap();
        assert_eq!(said.changes[0], "at least 11 h between two turns, instead of 8 h");
        assert!(said.broken.len() == 2 && said.broken[0].contains("9 h of rest"), "{said:?}");
        assert!(!said.applied && !said.unchanged);
        assert_eq!(service.team(&operator(), &team).await.unwrap().team.settings, loose);
        let done = service.team_rules(&operator(), &team, &pack, true).await.unwrap();
        assert_eq!((done.applied, &done.broken), (true, &said.broken));
        let settings = service.team(&operator(), &team).await.unwrap().team.settings;
        assert_eq!((settings.min_rest_minutes, settings.packs), (660, vec!["eu-rest@1".to_owned()]));
        let trail = service.audit_since(&operator(), From::Place(0), 1_000).await.unwrap();
        let row = trail.iter().find(|row| row.event.action == "team.rules").unwrap();
        assert!(row.event.after.as_ref().unwrap().contains("eu-rest@1"), "{row:?}");
        let again = service.team_rules(&operator(), &team, &pack, true).await.unwrap();
        assert!(again.unchanged && again.changes.is_empty() && again.broken.is_empty(), "{again:?}");
        assert_eq!(service.audit_since(&operator(), From::Place(0), 1_000).await.unwrap().len(), trail.len());
    }

    #[tokio::test]
    async fn a_pack_with_a_role_that_the_team_lacks_is_refused() {
        let (_place, service) = rota().await;
        let own = "name = \"own\"\nversion = 1\n[[caps]]\ndays = 7\nmax_turns = 1\nroles = [\"captain\"]";
        let pack = Pack::read(own).unwrap();
        let said = service.team_rules(&operator(), &"payments".into(), &pack, true).await.unwrap_err();
        assert!(said.to_string().contains("a role captain in payments"), "{said}");
    }
}
