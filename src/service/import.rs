//! Importing people from a CSV file: looked at first, applied wholly or not at all, with the line and column of what is
//! wrong. What other tools know of rosters is read in [`roster`], calendars of holidays in [`holidays`].
//!
//! Columns, in any order, the first four of them required: `id`, `name`, `email`, `time_zone`, `phone`, `teams`
//! (separated by `;`, each `team` or `team:manager`), `roles` (separated by `;`: what the person may stand in these
//! teams), `fte` (percent), `joined` (first day in the teams).

mod history;
pub mod holidays;
mod rehearsal;
pub mod roster;
pub(crate) mod sheet;
mod table;

pub use history::{HistoryPlan, HistoryRow};

use super::audit::{Deed, record};
use super::calendars::topic_of_person;
use super::people::{NewPerson, address_taken, create_all, shown};
use super::teams::{grant, join, known, permission, present};
use super::{Actor, Ctx, Service, ServiceError, rights};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::{Grant, Membership, Person};
use crate::roster::phrase;
use crate::store::{Connection, StoreError, people, qualifications, teams};
use crate::time::Day;
use serde::Serialize;
use serde_json::json;
use sheet::{Column, Line};
use std::collections::HashMap;

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
    /// What that means for people whom the file doesn't name, as sentences.
    pub notes: Vec<String>,
    /// Whether it was done.
    pub applied: bool,
}

impl Service {
    /// Reads people from CSV and says what that changes; with `apply` it is done, all in one transaction. For
    /// administrators.
    pub async fn import_people(&self, actor: &Actor, csv: &[u8], apply: bool) -> Result<Plan, ServiceError> {
        let lines = sheet::read(csv)?;
        let (ctx, actor) = (self.ctx(), actor.clone());
        let write = move |tx: &mut dyn Connection| {
            let plan = import(tx, &ctx, &actor, &lines)?;
            Ok((Plan { applied: apply, ..plan }, apply))
        };
        self.rehearse(write).await
    }
}

fn import(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, lines: &[Line]) -> Result<Plan, ServiceError> {
    rights::administer(tx, actor)?;
    let (mut rows, mut steps) = (Vec::with_capacity(lines.len()), Vec::new());
    let mut required = Vec::new();
    let brought = everybody(tx, ctx, actor, lines)?;
    for (line, Brought { person, created, mut done }) in lines.iter().zip(brought) {
        belong(tx, ctx, actor, line, &person, (&mut done, &mut required))?;
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
    let notes = shut_out(tx, ctx, &required)?;
    Ok(Plan { rows: lines.len(), people: rows, steps, notes, applied: false })
}

/// A qualification that a role requires only since this import.
struct Required {
    team: TeamId,
    role: String,
    qualification: QualificationId,
}

/// Who stood a role until now and can't any more, because it requires something that only the file's people got.
fn shut_out(tx: &mut dyn Connection, ctx: &Ctx, required: &[Required]) -> Result<Vec<String>, ServiceError> {
    let mut notes = Vec::new();
    for Required { team, role, qualification } in required {
        let zone = known(tx, team)?.zone;
        let granted = qualifications::grants_of_team(tx, team)?;
        let mut names = Vec::new();
        for membership in teams::memberships_of_team(tx, team)? {
            let holds = granted.iter().any(|g| g.person == membership.person && g.qualification == *qualification);
            if !holds && membership.member && rights::is_current(&membership, zone, ctx.now) {
                names.push(membership.person.to_string());
            }
        }
        if !names.is_empty() {
            let who = phrase::list(&names);
            notes
                .push(format!("{who} may not stand {role} in {team} any more until somebody grants \"{team} {role}\""));
        }
    }
    Ok(notes)
}

/// A person as their line says.
struct Brought {
    person: Person,
    created: bool,
    done: Vec<String>,
}

/// Brings the people of all lines to what these say; who is new is added with all the others who are.
fn everybody(tx: &mut dyn Connection, ctx: &Ctx, actor: &Actor, lines: &[Line]) -> Result<Vec<Brought>, ServiceError> {
    let mut register = Register::read(tx)?;
    let brought = lines.iter().map(|line| add_or_update(tx, ctx, actor, line, &mut register));
    let brought = brought.collect::<Result<Vec<_>, _>>()?;
    let new: Vec<Person> = brought.iter().filter(|one| one.created).map(|one| one.person.clone()).collect();
    if !new.is_empty() {
        create_all(tx, ctx, actor, &new)?;
    }
    Ok(brought)
}

/// Who is there and which address is whose, so that not each line has to ask.
struct Register {
    people: HashMap<PersonId, Person>,
    /// By address, as a refusal names them: `person ada`.
    holders: HashMap<String, String>,
}

impl Register {
    fn read(tx: &mut dyn Connection) -> Result<Self, StoreError> {
        let teams = teams::names(tx)?.into_iter().map(|(id, _, email)| (email, format!("team {id}")));
        let mut register = Self { people: HashMap::new(), holders: teams.collect() };
        for person in people::all(tx)? {
            register.enter(person);
        }
        Ok(register)
    }

    fn enter(&mut self, person: Person) {
        self.holders.insert(person.email.clone(), format!("person {}", person.id));
        if let Some(before) = self.people.insert(person.id.clone(), person.clone())
            && before.email != person.email
        {
            self.holders.remove(&before.email);
        }
    }

    fn refuse_taken_address(&self, line: &Line, email: &str) -> Result<(), ServiceError> {
        let Some(whose) = self.holders.get(email) else { return Ok(()) };
        Err(line.wrong(Column::Email, address_taken(email, whose)))
    }
}

/// Makes one person belong to the teams of their line, and stand its roles.
fn belong(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    line: &Line,
    person: &Person,
    (done, required): (&mut Vec<String>, &mut Vec<Required>),
) -> Result<(), ServiceError> {
    for (team, manager) in &line.teams {
        let team = TeamId::from(team.as_str());
        known(tx, &team).map_err(|problem| line.wrong(Column::Teams, problem))?;
        let (membership, old) = membership(tx, ctx, line, (&person.id, &team), *manager)?;
        let joined = join(tx, ctx, actor, &membership, old.as_ref());
        if let Some(gaps) = joined.map_err(|problem| line.wrong(Column::Teams, problem))? {
            let sort = if membership.manager { "manager" } else { "member" };
            let from = membership.from.map(|day| format!(" from {day}")).unwrap_or_default();
            done.push(format!("{} belongs to {team}{from} as {sort}, at {} %", person.id, membership.fte));
            done.extend(gaps.iter().map(|gap| format!("nobody stands {gap}")));
        }
        for role in &line.roles {
            let made = may_stand(tx, ctx, actor, (person, &team, role), done);
            required.extend(made.map_err(|problem| line.wrong(Column::Roles, problem))?);
        }
    }
    Ok(())
}

/// The membership that the line asks for, and the present one that it replaces. What the line doesn't speak of stays,
/// and nobody stops being a manager by an import.
fn membership(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    line: &Line,
    (person, team): (&PersonId, &TeamId),
    manager: bool,
) -> Result<(Membership, Option<Membership>), ServiceError> {
    let old = present(tx, ctx, (team, person))?;
    // Who had left comes back today, unless the file knows a later first day than the one from before.
    let left = left(tx, team, person, old.as_ref())?;
    let today = teams::zone(tx, team)?.map_or(ctx.now.utc().date_naive(), |zone| ctx.now.civil(zone).date());
    let joined = line.joined.filter(|joined| left.is_none_or(|left| *joined >= left));
    let wanted = match &old {
        Some(old) => Membership {
            manager: old.manager || manager,
            from: joined.or(old.from),
            fte: line.fte.unwrap_or(old.fte),
            ..old.clone()
        },
        None => Membership {
            team: team.clone(),
            person: person.clone(),
            manager,
            member: true,
            from: joined.or_else(|| left.map(|_| today)),
            until: None,
            fte: line.fte.unwrap_or(100),
            novice: false,
        },
    };
    Ok((wanted, old))
}

/// The day on which a person's earlier membership of a team ended, where they had one.
fn left(
    tx: &mut dyn Connection,
    team: &TeamId,
    person: &PersonId,
    present: Option<&Membership>,
) -> Result<Option<Day>, StoreError> {
    let all = teams::memberships_of_person(tx, person)?;
    let earlier = all.into_iter().filter(|membership| membership.team == *team && Some(membership) != present);
    Ok(earlier.filter_map(|membership| membership.until).max())
}

/// Changes who is there already; who is not is only entered in the register.
fn add_or_update(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    line: &Line,
    register: &mut Register,
) -> Result<Brought, ServiceError> {
    let new = NewPerson {
        id: line.id.clone(),
        name: line.name.clone(),
        email: line.email.clone(),
        phone: line.phone.clone(),
        zone: line.time_zone.clone(),
        admin: false,
    };
    let wanted = new.checked().map_err(|problem| line.wrong_field(problem))?;
    let Some(before) = register.people.get(&wanted.id).cloned() else {
        register.refuse_taken_address(line, &wanted.email)?;
        register.enter(wanted.clone());
        let done = vec![format!("add {} ({}, {})", wanted.id, wanted.name, wanted.email)];
        return Ok(Brought { person: wanted, created: true, done });
    };
    if before.disabled {
        let message = format!("{} is disabled", before.id);
        return Err(line.wrong(Column::Id, ServiceError::conflict("person-disabled", message)));
    }
    // What the file doesn't speak of stays.
    let wanted = Person { admin: before.admin, phone: wanted.phone.or_else(|| before.phone.clone()), ..wanted };
    let mut done = Vec::new();
    if wanted != before {
        if wanted.email != before.email {
            register.refuse_taken_address(line, &wanted.email)?;
        }
        people::update(tx, &wanted)?;
        register.enter(wanted.clone());
        tx.note_properties(&topic_of_person(&wanted.id), None, ctx.now);
        let deed = Deed::new("person.changed", format!("person:{}", wanted.id)).subject(&wanted.id);
        record(tx, ctx, actor, deed.before(shown(&before)).after(shown(&wanted)))?;
        done.push(format!("change {} ({}, {})", wanted.id, wanted.name, wanted.email));
    }
    Ok(Brought { person: wanted, created: false, done })
}

/// Grants what the role requires. Only a role that requires nothing gets a qualification of its own, which is answered:
/// whoever else stands the role needs it from now on.
fn may_stand(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    actor: &Actor,
    (person, team, role): (&Person, &TeamId, &str),
    done: &mut Vec<String>,
) -> Result<Option<Required>, ServiceError> {
    let found = known(tx, team)?.roles.into_iter().find(|known| known.name == role);
    let mut required = found.ok_or_else(|| ServiceError::NotFound(format!("a role {role} in {team}")))?.requires;
    let mut new = None;
    if required.is_empty() {
        let (qualification, made) = permission(tx, ctx, actor, team, role)?;
        if made {
            done.push(format!("{role} in {team} requires the new qualification \"{team} {role}\" of everybody"));
            new = Some(Required { team: team.clone(), role: role.to_owned(), qualification: qualification.clone() });
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
    Ok(new)
}

#[cfg(test)]
mod tests;
