//! Asking for a qualification: whoever lacks it asks the managers of the team that requires it, and they hear of it.

use super::teams_of;
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::Qualification;
use crate::roster::requirement::Standing;
use crate::service::audit::{Deed, record};
use crate::service::swaps::managers_of;
use crate::service::teams::known;
use crate::service::{Actor, Ctx, Scope, Service, ServiceError, outbox, rights};
use crate::store::requests::{self as rows, Request as Row};
use crate::store::{Connection, people, qualifications};
use crate::time::Instant;
use serde_json::json;

/// Longest note, in characters.
const LONGEST: usize = 500;

/// Somebody asks for a qualification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who.
    pub person: PersonId,
    /// As they are shown.
    pub name: String,
    /// What they ask for.
    pub qualification: Qualification,
    /// Whose managers are asked.
    pub team: TeamId,
    /// What they say to it; may be empty.
    pub note: String,
    /// When they asked last.
    pub asked: Instant,
}

impl Service {
    /// Asks the managers of a team for a qualification that one of its roles requires and that the person lacks or is about
    /// to lose. They get a message, once a day at most; until it is granted or refused it stands in their list.
    pub async fn ask_for_qualification(
        &self,
        actor: &Actor,
        person: &PersonId,
        (team, qualification): (&TeamId, &QualificationId),
        note: &str,
    ) -> Result<Request, ServiceError> {
        let note = note.trim().to_owned();
        if note.chars().count() > LONGEST || note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(ServiceError::invalid("note", format!("must be plain text of at most {LONGEST} characters")));
        }
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let (team, qualification) = (team.clone(), qualification.clone());
        let ask = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Roster)?;
            lacks(tx, &ctx, &person, (&team, &qualification))?;
            let row = Row {
                person: person.clone(),
                qualification: qualification.clone(),
                team: team.clone(),
                note: note.clone(),
                asked: ctx.now,
            };
            rows::put(tx, &row)?;
            let deed = Deed::new("qualification.asked", format!("qualification:{qualification}")).subject(&person);
            record(tx, &ctx, &who, deed.after(json!({ "team": team, "note": note })))?;
            let request = whole(tx, row)?;
            tell(tx, &ctx, &request)?;
            Ok(request)
        };
        self.store.write(ask).await
    }

    /// What a person has asked for, the oldest first; for the person and administrators.
    pub async fn requests_of_person(&self, actor: &Actor, person: &PersonId) -> Result<Vec<Request>, ServiceError> {
        let (who, person) = (actor.clone(), person.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::own(tx, &who, &person, Scope::Read)?;
            rows::of_person(tx, &person)?.into_iter().map(|row| whole(tx, row)).collect()
        };
        self.store.read(read).await
    }

    /// What a team's managers are asked for, the oldest first; for them.
    pub async fn requests_of_team(&self, actor: &Actor, team: &TeamId) -> Result<Vec<Request>, ServiceError> {
        let (ctx, who, team) = (self.ctx(), actor.clone(), team.clone());
        let read = move |tx: &mut dyn Connection| {
            rights::manage(tx, &who, &team, ctx.now)?;
            rows::of_team(tx, &team)?.into_iter().map(|row| whole(tx, row)).collect()
        };
        self.store.read(read).await
    }

    /// Takes a request off the list without granting anything: whoever asked, or a manager. False where there was none.
    pub async fn drop_request(
        &self,
        actor: &Actor,
        person: &PersonId,
        (team, qualification): (&TeamId, &QualificationId),
    ) -> Result<bool, ServiceError> {
        let (ctx, who, person) = (self.ctx(), actor.clone(), person.clone());
        let (team, qualification) = (team.clone(), qualification.clone());
        let write = move |tx: &mut dyn Connection| {
            if !rights::is_self(&who, &person, Scope::Roster) {
                rights::manage(tx, &who, &team, ctx.now)?;
            }
            let dropped = rows::remove(tx, (&person, &qualification), &team)?;
            if dropped {
                let deed = Deed::new("qualification.not-granted", format!("qualification:{qualification}"));
                record(tx, &ctx, &who, deed.subject(&person).after(json!({ "team": team })))?;
            }
            Ok(dropped)
        };
        self.store.write(write).await
    }
}

/// Refuses whoever needs it for no role of the team, or has it for good.
fn lacks(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    (team, qualification): (&TeamId, &QualificationId),
) -> Result<(), ServiceError> {
    let required = known(tx, team)?.roles.iter().any(|role| role.requires.contains(qualification));
    if !required || !teams_of(tx, ctx, person)?.contains(team) {
        return Err(ServiceError::NotFound(format!("a requirement {qualification} of {team}")));
    }
    let grants = qualifications::grants_of_person(tx, person)?;
    let grant = grants.iter().find(|grant| grant.qualification == *qualification);
    if Standing::of(grant, ctx.now) == Standing::Met {
        return Err(ServiceError::conflict("met", "you have this already"));
    }
    Ok(())
}

fn whole(tx: &mut dyn Connection, row: Row) -> Result<Request, ServiceError> {
    let missing = || ServiceError::NotFound(format!("qualification {}", row.qualification));
    let qualification = qualifications::find(tx, &row.qualification)?.ok_or_else(missing)?;
    let name = people::find(tx, &row.person)?.map_or_else(|| row.person.to_string(), |person| person.name);
    Ok(Request { person: row.person, name, qualification, team: row.team, note: row.note, asked: row.asked })
}

fn tell(tx: &mut dyn Connection, ctx: &Ctx, request: &Request) -> Result<(), ServiceError> {
    let payload = json!({
        "person": request.person, "name": request.name, "team": request.team, "note": request.note,
        "qualification": request.qualification.id, "qualification_name": request.qualification.name,
        "how": request.qualification.how,
    });
    let matter = format!("{}/{}/{}", request.person, request.qualification.id, ctx.now.utc().date_naive());
    for manager in managers_of(tx, ctx, &request.team)? {
        if let Some(manager) = people::find(tx, &manager)?.filter(|person| !person.disabled) {
            outbox::send(tx, ctx, ("mail.qualification", &manager.email), &payload, &matter)?;
        }
    }
    Ok(())
}
