//! The roles of a team and what each requires.

use super::{Connection, Row, StoreError};
use crate::ids::{QualificationId, TeamId};
use crate::roster::model::Role;

/// The team's roles, first the most important.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Role>, StoreError> {
    let sql = "SELECT role, qualification FROM role_requirement WHERE team = $1 ORDER BY role, qualification";
    let requirement = |row: &Row| Ok((row.text(0)?, QualificationId::new(row.text(1)?)));
    let needs: Vec<(String, QualificationId)> =
        tx.query(sql, &[team.into()])?.iter().map(requirement).collect::<Result<_, StoreError>>()?;
    let sql = "SELECT name, weight, paged, optional FROM role WHERE team = $1 ORDER BY ordinal, name";
    let role = |row: &Row| {
        let name = row.text(0)?;
        let requires = needs.iter().filter(|(role, _)| *role == name).map(|(_, id)| id.clone()).collect();
        Ok(Role { weight: row.int(1)?, paged: row.boolean(2)?, optional: row.boolean(3)?, requires, name })
    };
    tx.query(sql, &[team.into()])?.iter().map(role).collect()
}

/// Adds a role at a place in the order, or writes it anew, with what it requires.
pub fn put(tx: &mut dyn Connection, team: &TeamId, role: &Role, ordinal: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO role (team, name, ordinal, weight, paged, optional) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (team, name) DO UPDATE SET ordinal = excluded.ordinal, weight = excluded.weight,
           paged = excluded.paged, optional = excluded.optional",
        &[
            team.into(),
            (&role.name).into(),
            ordinal.into(),
            role.weight.into(),
            role.paged.into(),
            role.optional.into(),
        ],
    )?;
    let all = "DELETE FROM role_requirement WHERE team = $1 AND role = $2";
    tx.execute(all, &[team.into(), (&role.name).into()])?;
    role.requires.iter().try_for_each(|qualification| require(tx, team, &role.name, qualification))
}

/// Adds a requirement to a role; it may have it already.
pub fn require(
    tx: &mut dyn Connection,
    team: &TeamId,
    role: &str,
    qualification: &QualificationId,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO role_requirement (team, role, qualification) VALUES ($1, $2, $3)
         ON CONFLICT (team, role, qualification) DO NOTHING",
        &[team.into(), role.into(), qualification.into()],
    )?;
    Ok(())
}

/// Removes a role; false where the team has none of that name.
pub fn remove(tx: &mut dyn Connection, team: &TeamId, role: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM role WHERE team = $1 AND name = $2", &[team.into(), role.into()])? == 1)
}
