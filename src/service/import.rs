//! Importing people from a CSV file: looked at first, applied wholly or not at all, with the line and column of what is
//! wrong.
//!
//! Columns, in any order, the first four of them required: `id`, `name`, `email`, `time_zone`, `phone`, `teams`
//! (separated by `;`, each `team` or `team:manager`), `roles` (separated by `;`: what the person may stand in these
//! teams), `fte` (percent), `joined` (first day in the teams).

mod sheet;

use super::audit::{Deed, record};
use super::people::{NewPerson, create, refuse_taken_address, shown};
use super::teams::{grant, join, known, permission};
use super::{Actor, Ctx, Service, ServiceError, rights};
use crate::ids::TeamId;
use crate::roster::model::{Grant, Membership, Person};
use crate::store::{Connection, StoreError, people, qualifications};
use serde::Serialize;
use serde_json::json;
use sheet::{Column, Line};

/// Lines that a file may have beside its head.
pub const MAX_ROWS: usize = 10_000;
/// Bytes that a file may have.
pub const MAX_BYTES: usize = 5 * 1024 * 1024;

/// One thing that an import does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Line of the file, from 1.
    pub line: u64,
    /// What, as a sentence.
    pub what: String,
}

/// What becomes of one person of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Line of the file, from 1.
    pub line: u64,
    /// Who.
    pub id: String,
    /// What.
    pub outcome: Outcome,
}

/// What becomes of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Was not there before.
    Created,
    /// The person, a membership or a grant changes.
    Updated,
    /// Is there already, just so.
    Unchanged,
}

/// What an import does, or would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// People in the file.
    pub rows: usize,
    /// What becomes of each of them.
    pub people: Vec<Row>,
    /// What changes, in the order of the file; nothing where everything is there already.
    pub steps: Vec<Step>,
    /// Whether it was done.
    pub applied: bool,
}

/// How the transaction of an import ends without being kept.
enum End {
    /// It was only a rehearsal.
    Rehearsed(Plan),
    Failed(ServiceError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Service {
    /// Reads people from CSV and says what that changes; with `apply` it is done, all in one transaction. For
    /// administrators.
    pub async fn import_people(&self, actor: &Actor, csv: &[u8], apply: bool) -> Result<Plan, ServiceError> {
        let lines = sheet::read(csv)?;
        let (ctx, actor) = (self.ctx(), actor.clone());
        let write = move |tx: &mut dyn Connection| {
            let mut plan = import(tx, &ctx, &actor, &lines).map_err(End::Failed)?;
            if !apply {
                // Rehearsed in a transaction that is thrown away: what is promised is what will be done.
                return Err(End::Rehearsed(plan));
            }
            plan.applied = true;
            Ok(plan)
        };
        match self.store.write(write).await {
            Ok(plan) | Err(End::Rehearsed(plan)) => Ok(plan),
            Err(End::Failed(error)) => Err(error),
        }
    }
}

fn import(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, lines: &[Line]) -> Result<Plan, ServiceError> {
    rights::administer(tx, actor)?;
    let (mut rows, mut steps) = (Vec::with_capacity(lines.len()), Vec::new());
    for line in lines {
        let mut done = Vec::new();
        let created = one_person(tx, ctx, actor, line, &mut done)?;
        let outcome = match (created, done.is_empty()) {
            (true, _) => Outcome::Created,
            (false, false) => Outcome::Updated,
            (false, true) => Outcome::Unchanged,
        };
        rows.push(Row { line: line.number, id: line.id.clone(), outcome });
        steps.extend(done.into_iter().map(|what| Step { line: line.number, what }));
    }
    if !steps.is_empty() {
        let after = json!({ "rows": lines.len(), "changes": steps.len() });
        record(tx, ctx, actor, Deed::new("people.imported", "people").after(after))?;
    }
    Ok(Plan { rows: lines.len(), people: rows, steps, applied: false })
}

/// Brings one person to what their line says; answers whether they were added.
fn one_person(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    line: &Line,
    done: &mut Vec<String>,
) -> Result<bool, ServiceError> {
    let (person, created) = add_or_update(tx, ctx, actor, line, done)?;
    for (team, manager) in &line.teams {
        let team = TeamId::from(team.as_str());
        known(tx, &team).map_err(|problem| line.wrong(Column::Teams, problem))?;
        let membership = Membership {
            team: team.clone(),
            person: person.id.clone(),
            manager: *manager,
            member: true,
            from: line.joined,
            until: None,
            fte: line.fte,
            novice: false,
        };
        if join(tx, ctx, actor, &membership).map_err(|problem| line.wrong(Column::Teams, problem))? {
            let sort = if *manager { "manager" } else { "member" };
            done.push(format!("{} belongs to {team} as {sort}, at {} %", person.id, line.fte));
        }
        for role in &line.roles {
            may_stand(tx, ctx, actor, (&person, &team, role), done)
                .map_err(|problem| line.wrong(Column::Roles, problem))?;
        }
    }
    Ok(created)
}

fn add_or_update(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    line: &Line,
    done: &mut Vec<String>,
) -> Result<(Person, bool), ServiceError> {
    let new = NewPerson {
        id: line.id.clone(),
        name: line.name.clone(),
        email: line.email.clone(),
        phone: line.phone.clone(),
        zone: line.time_zone.clone(),
        admin: false,
    };
    let wanted = new.checked().map_err(|problem| line.wrong_field(problem))?;
    let Some(before) = people::find(tx, &wanted.id)? else {
        create(tx, ctx, actor, &wanted).map_err(|problem| line.wrong(Column::Email, problem))?;
        done.push(format!("add {} ({}, {})", wanted.id, wanted.name, wanted.email));
        return Ok((wanted, true));
    };
    if before.disabled {
        let message = format!("{} is disabled", before.id);
        return Err(line.wrong(Column::Id, ServiceError::conflict("person-disabled", message)));
    }
    // What the file doesn't speak of stays.
    let wanted = Person { admin: before.admin, phone: wanted.phone.or_else(|| before.phone.clone()), ..wanted };
    if wanted != before {
        if wanted.email != before.email {
            refuse_taken_address(tx, &wanted.email).map_err(|problem| line.wrong(Column::Email, problem))?;
        }
        people::update(tx, &wanted)?;
        let deed = Deed::new("person.changed", format!("person:{}", wanted.id)).subject(&wanted.id);
        record(tx, ctx, actor, deed.before(shown(&before)).after(shown(&wanted)))?;
        done.push(format!("change {} ({}, {})", wanted.id, wanted.name, wanted.email));
    }
    Ok((wanted, false))
}

/// Grants what the role requires. Only a role that requires nothing gets a qualification of its own: one more
/// requirement would shut out those who stand the role today.
fn may_stand(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, team, role): (&Person, &TeamId, &str),
    done: &mut Vec<String>,
) -> Result<(), ServiceError> {
    let found = known(tx, team)?.roles.into_iter().find(|known| known.name == role);
    let mut required = found.ok_or_else(|| ServiceError::NotFound(format!("a role {role} in {team}")))?.requires;
    if required.is_empty() {
        let (qualification, made) = permission(tx, ctx, actor, team, role)?;
        if made {
            done.push(format!("{role} in {team} requires the new qualification \"{team} {role}\""));
        }
        required.push(qualification);
    }
    let held = qualifications::grants_of_person(tx, &person.id)?;
    let mut anew = false;
    for qualification in required {
        // A grant that is good today stays as it is, with its days and its evidence.
        let good = |grant: &&Grant| {
            grant.from.is_none_or(|from| from <= ctx.now) && grant.until.is_none_or(|until| ctx.now < until)
        };
        if held.iter().filter(good).any(|grant| grant.qualification == qualification) {
            continue;
        }
        let evidence = "imported".to_owned();
        let granted = Grant { person: person.id.clone(), qualification, from: None, until: None, evidence };
        anew |= grant(tx, ctx, actor, &granted)?;
    }
    if anew {
        done.push(format!("{} may stand {role} in {team}", person.id));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
