//! What roles may require, and who has it for how long.

use super::{Connection, Row, StoreError, Value};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::model::{Grant, Qualification};

const QUALIFICATION: &str = "SELECT id, team, name, how, url FROM qualification";
const GRANT: &str = "SELECT g.person, g.qualification, g.from_ms, g.until_ms, g.evidence FROM qualification_grant AS g";

fn qualification(row: &Row) -> Result<Qualification, StoreError> {
    Ok(Qualification {
        id: QualificationId::new(row.text(0)?),
        team: row.opt_text(1)?.map(TeamId::new),
        name: row.text(2)?,
        how: row.text(3)?,
        url: row.opt_text(4)?,
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Qualification>, StoreError> {
    tx.query(&format!("{QUALIFICATION} {condition} ORDER BY name, id"), args)?.iter().map(qualification).collect()
}

/// Every qualification, by name.
pub fn all(tx: &mut dyn Connection) -> Result<Vec<Qualification>, StoreError> {
    several(tx, "", &[])
}

/// The qualifications that a team's roles may require: its own and everybody's, by name.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Qualification>, StoreError> {
    several(tx, "WHERE team = $1 OR team IS NULL", &[team.into()])
}

/// The qualification of an id.
pub fn find(tx: &mut dyn Connection, id: &QualificationId) -> Result<Option<Qualification>, StoreError> {
    Ok(several(tx, "WHERE id = $1", &[id.into()])?.into_iter().next())
}

/// The qualifications of a name, in any team.
pub fn by_name(tx: &mut dyn Connection, name: &str) -> Result<Vec<Qualification>, StoreError> {
    several(tx, "WHERE name = $1", &[name.into()])
}

/// Adds a qualification, or writes it anew.
pub fn put(tx: &mut dyn Connection, qualification: &Qualification) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO qualification (id, team, name, how, url) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET team = excluded.team, name = excluded.name, how = excluded.how,
           url = excluded.url",
        &[
            (&qualification.id).into(),
            qualification.team.as_ref().into(),
            (&qualification.name).into(),
            (&qualification.how).into(),
            qualification.url.clone().into(),
        ],
    )?;
    Ok(())
}

fn grant(row: &Row) -> Result<Grant, StoreError> {
    Ok(Grant {
        person: PersonId::new(row.text(0)?),
        qualification: QualificationId::new(row.text(1)?),
        from: row.opt_instant(2)?,
        until: row.opt_instant(3)?,
        evidence: row.text(4)?,
    })
}

/// What a person has, lapsed ones too.
pub fn grants_of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Grant>, StoreError> {
    let sql = format!("{GRANT} WHERE g.person = $1 ORDER BY g.qualification");
    tx.query(&sql, &[person.into()])?.iter().map(grant).collect()
}

/// What everybody who ever belonged to a team has, by person; lapsed ones too.
pub fn grants_of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Grant>, StoreError> {
    let sql = format!(
        "{GRANT} WHERE g.person IN (SELECT person FROM membership WHERE team = $1) ORDER BY g.person, g.qualification"
    );
    tx.query(&sql, &[team.into()])?.iter().map(grant).collect()
}

/// Grants a qualification, or writes validity and evidence anew.
pub fn put_grant(tx: &mut dyn Connection, grant: &Grant) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO qualification_grant (person, qualification, from_ms, until_ms, evidence)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (person, qualification) DO UPDATE SET from_ms = excluded.from_ms, until_ms = excluded.until_ms,
           evidence = excluded.evidence",
        &[
            (&grant.person).into(),
            (&grant.qualification).into(),
            grant.from.into(),
            grant.until.into(),
            (&grant.evidence).into(),
        ],
    )?;
    Ok(())
}

/// Takes a qualification back; false where the person had none.
pub fn remove_grant(
    tx: &mut dyn Connection,
    person: &PersonId,
    qualification: &QualificationId,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM qualification_grant WHERE person = $1 AND qualification = $2";
    Ok(tx.execute(sql, &[person.into(), qualification.into()])? == 1)
}
