//! Qualifications that people have asked the managers of their teams for.

use super::{Connection, Row, StoreError, Value};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::time::Instant;

/// Somebody asks for a qualification that a team requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who.
    pub person: PersonId,
    /// What they ask for.
    pub qualification: QualificationId,
    /// Whose managers are asked.
    pub team: TeamId,
    /// What they say to it; may be empty.
    pub note: String,
    /// When they asked last.
    pub asked: Instant,
}

fn request(row: &Row) -> Result<Request, StoreError> {
    Ok(Request {
        person: PersonId::new(row.text(0)?),
        qualification: QualificationId::new(row.text(1)?),
        team: TeamId::new(row.text(2)?),
        note: row.text(3)?,
        asked: row.instant(4)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Request>, StoreError> {
    let sql = format!(
        "SELECT person, qualification, team, note, asked_ms FROM qualification_request WHERE {condition}
         ORDER BY asked_ms, person, qualification, team"
    );
    tx.query(&sql, args)?.iter().map(request).collect()
}

/// What a person has asked for, the oldest first.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Request>, StoreError> {
    several(tx, "person = $1", &[person.into()])
}

/// What a team's managers are asked for, the oldest first.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Request>, StoreError> {
    several(tx, "team = $1", &[team.into()])
}

/// Writes a request, or anew what was asked before.
pub fn put(tx: &mut dyn Connection, new: &Request) -> Result<(), StoreError> {
    let sql = "INSERT INTO qualification_request (person, qualification, team, note, asked_ms)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT (person, qualification, team)
        DO UPDATE SET note = excluded.note, asked_ms = excluded.asked_ms";
    let args: [Value; 5] =
        [(&new.person).into(), (&new.qualification).into(), (&new.team).into(), (&new.note).into(), new.asked.into()];
    tx.execute(sql, &args)?;
    Ok(())
}

/// Removes one team's request; false where there was none.
pub fn remove(
    tx: &mut dyn Connection,
    (person, qualification): (&PersonId, &QualificationId),
    team: &TeamId,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM qualification_request WHERE person = $1 AND qualification = $2 AND team = $3";
    Ok(tx.execute(sql, &[person.into(), qualification.into(), team.into()])? == 1)
}

/// Removes it in every team: it was granted.
pub fn settle(tx: &mut dyn Connection, person: &PersonId, qualification: &QualificationId) -> Result<(), StoreError> {
    let sql = "DELETE FROM qualification_request WHERE person = $1 AND qualification = $2";
    tx.execute(sql, &[person.into(), qualification.into()])?;
    Ok(())
}
