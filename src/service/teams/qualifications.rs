//! Roles of a team, what they require, and who has it.

use super::known;
use crate::ids::{QualificationId, TeamId};
use crate::roster::model::{Grant, Qualification, Role};
use crate::service::audit::{Deed, record};
use crate::service::people::by_login;
use crate::service::render::refresh_reminders;
use crate::service::{Actor, Ctx, Service, ServiceError, fields, rights};
use crate::store::{Connection, needs, qualifications as rows, requests, roles};
use crate::time::Instant;
use serde_json::json;

/// A qualification to be added, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewQualification {
    /// Its team; everybody's where absent.
    pub team: Option<TeamId>,
    /// As shown, such as `PROD-ACCESS`.
    pub name: String,
    /// How to obtain or renew it.
    pub how: String,
    /// Where.
    pub url: Option<String>,
    /// Roles of the team that require it.
    pub roles: Vec<String>,
}

/// The qualification that stands for "may stand this role in this team", made and required where it is missing; and
/// whether it was made.
pub(in crate::service) fn permission(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    team: &TeamId,
    role: &str,
) -> Result<(QualificationId, bool), ServiceError> {
    let name = format!("{team} {role}");
    let found = rows::by_name(tx, &name)?.into_iter().find(|known| known.team.as_ref() == Some(team));
    if let Some(found) = found {
        return Ok((found.id, false));
    }
    let made = Qualification {
        id: QualificationId::new(ctx.fresh()),
        team: Some(team.clone()),
        name,
        how: format!("ask a manager of {team} to let you stand {role}"),
        url: None,
    };
    add(tx, ctx, actor, &made, &[role.to_owned()])?;
    Ok((made.id, true))
}

fn add(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    qualification: &Qualification,
    required_by: &[String],
) -> Result<(), ServiceError> {
    rows::put(tx, qualification)?;
    for role in required_by {
        let team = qualification.team.as_ref().ok_or_else(|| ServiceError::invalid("team", "name the roles' team"))?;
        if known(tx, team)?.roles.iter().all(|known| known.name != *role) {
            return Err(ServiceError::NotFound(format!("a role {role} in {team}")));
        }
        roles::require(tx, team, role, &qualification.id)?;
    }
    let after = json!({ "name": qualification.name, "team": qualification.team, "required_by": required_by });
    let deed = Deed::new("qualification.added", format!("qualification:{}", qualification.id)).after(after);
    record(tx, ctx, actor, deed)?;
    Ok(())
}

/// Grants a qualification and writes it to the trail where that is news.
pub(in crate::service) fn grant(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    grant: &Grant,
) -> Result<bool, ServiceError> {
    if grant.from.zip(grant.until).is_some_and(|(from, until)| until <= from) {
        return Err(ServiceError::invalid("until", "must come after the first moment"));
    }
    if rows::grants_of_person(tx, &grant.person)?.contains(grant) {
        return Ok(false);
    }
    rows::put_grant(tx, grant)?;
    requests::settle(tx, &grant.person, &grant.qualification)?;
    let deed = Deed::new("qualification.granted", format!("qualification:{}", grant.qualification));
    let moment = |at: Option<Instant>| at.map(|at| at.to_string());
    let after = json!({ "person": grant.person, "from": moment(grant.from), "until": moment(grant.until),
        "evidence": grant.evidence });
    record(tx, ctx, actor, deed.subject(&grant.person).after(after))?;
    refresh_reminders(tx, ctx, std::slice::from_ref(&grant.person))?;
    Ok(true)
}

/// The qualification that an id or a name means: the team's own before everybody's.
pub(in crate::service) fn named(
    tx: &mut dyn Connection,
    team: Option<&TeamId>,
    text: &str,
) -> Result<Qualification, ServiceError> {
    if let Some(found) = rows::find(tx, &QualificationId::from(text))? {
        return Ok(found);
    }
    let mut found = rows::by_name(tx, text)?;
    found.retain(|known| known.team.is_none() || team.is_none_or(|team| known.team.as_ref() == Some(team)));
    found.sort_by_key(|known| known.team.is_none());
    match (found.len(), found.into_iter().next()) {
        (_, None) => Err(ServiceError::NotFound(format!("qualification {text}"))),
        (2.., Some(_)) if team.is_none() => {
            Err(ServiceError::invalid("qualification", format!("several are called {text}: name the team, or the id")))
        }
        (_, Some(found)) => Ok(found),
    }
}

/// A team's qualification is its managers' business, everybody's the administrators'.
fn may_change(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, team: Option<&TeamId>) -> Result<(), ServiceError> {
    match team {
        Some(team) => rights::manage(tx, actor, team, ctx.now),
        None => rights::administer(tx, actor),
    }
}

impl Service {
    /// Adds a role at the end of the team's order, or changes it at its place; for its managers.
    pub async fn put_role(&self, actor: &Actor, team: &TeamId, role: Role) -> Result<(), ServiceError> {
        let id = team.clone();
        fields::slug("role", &role.name)?;
        if !(0..=10_000).contains(&role.weight) {
            return Err(ServiceError::invalid("weight", "must be from 0 to 10000 hundredths"));
        }
        self.change_team(actor, team, move |tx, ctx, actor| {
            let known = roles::of_team(tx, &id)?;
            let place = known.iter().position(|other| other.name == role.name).unwrap_or(known.len());
            roles::put(tx, &id, &role, i64::try_from(place).unwrap_or(i64::MAX))?;
            let after = json!({ "role": role.name, "weight": role.weight, "paged": role.paged,
                "optional": role.optional, "requires": role.requires });
            record(tx, ctx, actor, Deed::new("team.role", format!("team:{id}")).after(after))?;
            Ok(())
        })
        .await
    }

    /// Removes a role from a team; slots and shifts that have it keep it. For the team's managers.
    pub async fn remove_role(&self, actor: &Actor, team: &TeamId, role: &str) -> Result<(), ServiceError> {
        let (id, role) = (team.clone(), role.to_owned());
        self.change_team(actor, team, move |tx, ctx, actor| {
            if !roles::remove(tx, &id, &role)? {
                return Err(ServiceError::NotFound(format!("a role {role} in {id}")));
            }
            let deed = Deed::new("team.role-removed", format!("team:{id}")).before(json!({ "role": role }));
            record(tx, ctx, actor, deed)?;
            Ok(())
        })
        .await
    }

    /// Adds a qualification, required by some roles of its team; for its managers, everybody's for administrators.
    pub async fn add_qualification(
        &self,
        actor: &Actor,
        new: &NewQualification,
    ) -> Result<QualificationId, ServiceError> {
        let (ctx, actor, required_by) = (self.ctx(), actor.clone(), new.roles.clone());
        let url = new.url.clone().filter(|url| !url.is_empty());
        if url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
            return Err(ServiceError::invalid("url", "must begin with https://"));
        }
        let qualification = Qualification {
            id: QualificationId::new(ctx.fresh()),
            team: new.team.clone(),
            name: fields::name("name", &new.name)?,
            how: new.how.trim().to_owned(),
            url,
        };
        let write = move |tx: &mut dyn Connection| {
            may_change(tx, &ctx, &actor, qualification.team.as_ref())?;
            let same = rows::by_name(tx, &qualification.name)?;
            if same.iter().any(|other| other.team == qualification.team) {
                let message = format!("there is a qualification {} already", qualification.name);
                return Err(ServiceError::conflict("qualification-exists", message));
            }
            add(tx, &ctx, &actor, &qualification, &required_by)?;
            Ok(qualification.id.clone())
        };
        self.store.write(write).await
    }

    /// Every qualification, by name; a team's managers need them to grant. For administrators and managers.
    pub async fn qualifications(
        &self,
        actor: &Actor,
        team: Option<&TeamId>,
    ) -> Result<Vec<Qualification>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.cloned());
        let read = move |tx: &mut dyn Connection| {
            may_change(tx, &ctx, &actor, team.as_ref())?;
            Ok(match &team {
                Some(team) => rows::of_team(tx, team)?,
                None => rows::all(tx)?,
            })
        };
        self.store.read(read).await
    }

    /// Grants a qualification, named by id or name, or changes validity and evidence; for managers of its team.
    pub async fn grant_qualification(
        &self,
        actor: &Actor,
        team: Option<&TeamId>,
        new: Grant,
    ) -> Result<(), ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.cloned());
        let write = move |tx: &mut dyn Connection| {
            let qualification = named(tx, team.as_ref(), new.qualification.as_str())?;
            may_change(tx, &ctx, &actor, qualification.team.as_ref())?;
            let person = by_login(tx, new.person.as_str())?.id;
            grant(tx, &ctx, &actor, &Grant { person, qualification: qualification.id, ..new.clone() }).map(drop)
        };
        self.store.write(write).await
    }

    /// Takes a qualification, named by id or name, back from a person, who is named by id or mail address; for managers
    /// of its team. What they stood to earn it counts no more. Answers its name.
    pub async fn revoke_grant(
        &self,
        actor: &Actor,
        team: Option<&TeamId>,
        (person, qualification): (&str, &str),
    ) -> Result<String, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.cloned());
        let (login, text) = (person.to_owned(), qualification.to_owned());
        let write = move |tx: &mut dyn Connection| {
            let qualification = named(tx, team.as_ref(), &text)?;
            may_change(tx, &ctx, &actor, qualification.team.as_ref())?;
            let person = by_login(tx, &login)?.id;
            if !rows::remove_grant(tx, &person, &qualification.id)? {
                return Err(ServiceError::NotFound(format!("a grant of {} to {person}", qualification.name)));
            }
            needs::take_back(tx, &person, &qualification.id, ctx.now)?;
            let deed = Deed::new("qualification.taken-back", format!("qualification:{}", qualification.id));
            record(tx, &ctx, &actor, deed.subject(&person).before(json!({ "person": person })))?;
            Ok::<_, ServiceError>(qualification.name)
        };
        self.store.write(write).await
    }

    /// What everybody who ever belonged to a team has been granted, lapsed grants too, by person; for its managers.
    pub async fn grants_of_team(&self, actor: &Actor, team: &TeamId) -> Result<Vec<Grant>, ServiceError> {
        let (ctx, actor, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage(tx, &actor, &team, ctx.now)?;
            Ok(rows::grants_of_team(tx, &team)?)
        };
        self.store.read(read).await
    }
}
