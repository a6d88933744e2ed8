//! Which shifts earn a qualification, and from when on they count for whom.

use super::{Connection, Row, StoreError, Value};
use crate::ids::{PersonId, QualificationId, TeamId};
use crate::roster::requirement::Need;
use crate::time::Instant;
use std::collections::BTreeMap;

fn several(
    tx: &mut dyn Connection,
    condition: &str,
    args: &[Value],
) -> Result<BTreeMap<QualificationId, Vec<Need>>, StoreError> {
    let sql = format!(
        "SELECT n.qualification, n.role, n.shifts FROM qualification_need AS n
         JOIN qualification AS q ON q.id = n.qualification WHERE {condition} ORDER BY n.qualification, n.role"
    );
    let mut needs: BTreeMap<QualificationId, Vec<Need>> = BTreeMap::new();
    for row in tx.query(&sql, args)? {
        let need = Need { role: row.text(1)?, shifts: row.unsigned(2)? };
        needs.entry(QualificationId::new(row.text(0)?)).or_default().push(need);
    }
    Ok(needs)
}

/// What earns a team's qualifications, for those that can be earned.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<BTreeMap<QualificationId, Vec<Need>>, StoreError> {
    several(tx, "q.team = $1", &[team.into()])
}

/// The teams that have qualifications which can be earned.
pub fn teams(tx: &mut dyn Connection) -> Result<Vec<TeamId>, StoreError> {
    let sql = "SELECT DISTINCT q.team FROM qualification_need AS n JOIN qualification AS q ON q.id = n.qualification
        WHERE q.team IS NOT NULL ORDER BY q.team";
    tx.query(sql, &[])?.iter().map(|row| Ok(TeamId::new(row.text(0)?))).collect()
}

/// Replaces what earns a qualification; nothing where it can't be earned.
pub fn set(tx: &mut dyn Connection, qualification: &QualificationId, needs: &[Need]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM qualification_need WHERE qualification = $1", &[qualification.into()])?;
    for need in needs {
        let sql = "INSERT INTO qualification_need (qualification, role, shifts) VALUES ($1, $2, $3)";
        tx.execute(sql, &[qualification.into(), (&need.role).into(), need.shifts.into()])?;
    }
    Ok(())
}

/// When qualifications were last taken back from a person: what they stood before counts no more.
pub fn taken_back(
    tx: &mut dyn Connection,
    person: &PersonId,
) -> Result<BTreeMap<QualificationId, Instant>, StoreError> {
    let sql = "SELECT qualification, at_ms FROM qualification_taken_back WHERE person = $1 ORDER BY qualification";
    let one = |row: &Row| Ok((QualificationId::new(row.text(0)?), row.instant(1)?));
    tx.query(sql, &[person.into()])?.iter().map(one).collect()
}

/// Notes that a qualification was taken back from a person.
pub fn take_back(
    tx: &mut dyn Connection,
    person: &PersonId,
    qualification: &QualificationId,
    now: Instant,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO qualification_taken_back (person, qualification, at_ms) VALUES ($1, $2, $3)
        ON CONFLICT (person, qualification) DO UPDATE SET at_ms = excluded.at_ms";
    tx.execute(sql, &[person.into(), qualification.into(), now.into()])?;
    Ok(())
}
