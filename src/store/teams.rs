//! Teams with everything a decision reads of them, and who belongs to them.

use super::words::{from_json, to_json};
use super::{Connection, Row, StoreError, Value, many, roles};
use crate::ids::{PersonId, TeamId};
use crate::roster::model::{Contact, Membership, Settings, Team, Weights};
use crate::time::{Day, Instant, Zone};

const TEAM: &str = "SELECT id, name, email, zone, settings FROM team";
const MEMBERSHIP: &str = "SELECT team, person, manager, member, from_day, until_day, fte, novice FROM membership";

/// The team of an id, with its roles, weights and contacts.
pub fn find(tx: &mut dyn Connection, id: &TeamId) -> Result<Option<Team>, StoreError> {
    let row = tx.query_one(&format!("{TEAM} WHERE id = $1"), &[id.into()])?;
    row.map(|row| whole(tx, &row)).transpose()
}

/// The team of a mail address in lower case.
pub fn by_email(tx: &mut dyn Connection, email: &str) -> Result<Option<Team>, StoreError> {
    let row = tx.query_one(&format!("{TEAM} WHERE email = $1"), &[email.into()])?;
    row.map(|row| whole(tx, &row)).transpose()
}

/// What each team is called: its id, its name and its address, by id.
pub fn names(tx: &mut dyn Connection) -> Result<Vec<(TeamId, String, String)>, StoreError> {
    let rows = tx.query("SELECT id, name, email FROM team ORDER BY id", &[])?;
    rows.iter().map(|row| Ok((TeamId::new(row.text(0)?), row.text(1)?, row.text(2)?))).collect()
}

/// Every team, by id.
pub fn all(tx: &mut dyn Connection) -> Result<Vec<Team>, StoreError> {
    let rows = tx.query(&format!("{TEAM} ORDER BY id"), &[])?;
    rows.iter().map(|row| whole(tx, row)).collect()
}

fn whole(tx: &mut dyn Connection, row: &Row) -> Result<Team, StoreError> {
    let id = TeamId::new(row.text(0)?);
    Ok(Team {
        name: row.text(1)?,
        email: row.text(2)?,
        zone: row.zone(3)?,
        settings: from_json(&row.text(4)?)?,
        weights: weights(tx, &id)?,
        roles: roles::of_team(tx, &id)?,
        contacts: contacts(tx, &id)?,
        forbidden_pairs: forbidden_pairs(tx, &id)?,
        id,
    })
}

/// The zone in which a team counts days; nothing where there is no such team.
pub fn zone(tx: &mut dyn Connection, id: &TeamId) -> Result<Option<Zone>, StoreError> {
    let row = tx.query_one("SELECT zone FROM team WHERE id = $1", &[id.into()])?;
    row.map(|row| row.zone(0)).transpose()
}

/// Adds a team with its settings, its weights as their first edition, roles, contacts and pairs. A taken id or address
/// is a [`StoreError::Constraint`].
pub fn insert(tx: &mut dyn Connection, team: &Team, now: Instant) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO team (id, name, email, zone, settings, counter, created_ms) VALUES ($1, $2, $3, $4, $5, 0, $6)",
        &[
            (&team.id).into(),
            (&team.name).into(),
            (&team.email).into(),
            team.zone.into(),
            to_json(&team.settings)?.into(),
            now.into(),
        ],
    )?;
    insert_weights(tx, &team.id, &team.weights)?;
    for (ordinal, role) in (0..).zip(&team.roles) {
        roles::put(tx, &team.id, role, ordinal)?;
    }
    set_contacts(tx, &team.id, &team.contacts)?;
    for (a, b) in &team.forbidden_pairs {
        forbid_pair(tx, &team.id, a, b)?;
    }
    Ok(())
}

/// Writes name, address and zone anew.
pub fn update(tx: &mut dyn Connection, team: &Team) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE team SET name = $1, email = $2, zone = $3 WHERE id = $4",
        &[(&team.name).into(), (&team.email).into(), team.zone.into(), (&team.id).into()],
    )?;
    Ok(())
}

/// Writes the team's switches anew.
pub fn set_settings(tx: &mut dyn Connection, id: &TeamId, settings: &Settings) -> Result<(), StoreError> {
    tx.execute("UPDATE team SET settings = $1 WHERE id = $2", &[to_json(settings)?.into(), id.into()])?;
    Ok(())
}

/// The latest edition of the team's weights.
pub fn weights(tx: &mut dyn Connection, id: &TeamId) -> Result<Weights, StoreError> {
    let sql = "SELECT version, json FROM weights WHERE team = $1 ORDER BY version DESC LIMIT 1";
    let Some(row) = tx.query_one(sql, &[id.into()])? else { return Ok(Weights::default()) };
    Ok(Weights { version: row.int(0)?, ..from_json(&row.text(1)?)? })
}

/// Adds an edition of weights; its version must be new.
pub fn insert_weights(tx: &mut dyn Connection, id: &TeamId, weights: &Weights) -> Result<(), StoreError> {
    let sql = "INSERT INTO weights (team, version, json) VALUES ($1, $2, $3)";
    tx.execute(sql, &[id.into(), weights.version.into(), to_json(weights)?.into()])?;
    Ok(())
}

/// The team's escalation contacts, in order.
pub fn contacts(tx: &mut dyn Connection, id: &TeamId) -> Result<Vec<Contact>, StoreError> {
    let sql = "SELECT role, person, name, phone FROM contact WHERE team = $1 ORDER BY ordinal";
    let contact = |row: &Row| {
        Ok(Contact {
            role: row.opt_text(0)?,
            person: row.opt_text(1)?.map(PersonId::new),
            name: row.text(2)?,
            phone: row.text(3)?,
        })
    };
    tx.query(sql, &[id.into()])?.iter().map(contact).collect()
}

/// Writes the team's escalation contacts anew.
pub fn set_contacts(tx: &mut dyn Connection, id: &TeamId, contacts: &[Contact]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM contact WHERE team = $1", &[id.into()])?;
    for (ordinal, contact) in (0_i64..).zip(contacts) {
        tx.execute(
            "INSERT INTO contact (team, ordinal, role, person, name, phone) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                id.into(),
                ordinal.into(),
                contact.role.clone().into(),
                contact.person.as_ref().into(),
                (&contact.name).into(),
                (&contact.phone).into(),
            ],
        )?;
    }
    Ok(())
}

/// Pairs who must not stand the same shift.
pub fn forbidden_pairs(tx: &mut dyn Connection, id: &TeamId) -> Result<Vec<(PersonId, PersonId)>, StoreError> {
    let rows = tx.query("SELECT a, b FROM forbidden_pair WHERE team = $1 ORDER BY a, b", &[id.into()])?;
    rows.iter().map(|row| Ok((PersonId::new(row.text(0)?), PersonId::new(row.text(1)?)))).collect()
}

/// Forbids that two people stand the same shift; the order of the two means nothing.
pub fn forbid_pair(tx: &mut dyn Connection, id: &TeamId, a: &PersonId, b: &PersonId) -> Result<(), StoreError> {
    let sql = "INSERT INTO forbidden_pair (team, a, b) VALUES ($1, $2, $3) ON CONFLICT (team, a, b) DO NOTHING";
    tx.execute(sql, &[id.into(), a.min(b).into(), a.max(b).into()])?;
    Ok(())
}

/// Takes that back; false where it was not forbidden.
pub fn allow_pair(tx: &mut dyn Connection, id: &TeamId, a: &PersonId, b: &PersonId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM forbidden_pair WHERE team = $1 AND a = $2 AND b = $3";
    Ok(tx.execute(sql, &[id.into(), a.min(b).into(), a.max(b).into()])? == 1)
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    let from = row.text(4)?;
    Ok(Membership {
        team: TeamId::new(row.text(0)?),
        person: PersonId::new(row.text(1)?),
        manager: row.boolean(2)?,
        member: row.boolean(3)?,
        from: if from.is_empty() { None } else { Some(row.day(4)?) },
        until: row.opt_day(5)?,
        fte: row.unsigned(6)?,
        novice: row.boolean(7)?,
    })
}

/// Everybody's memberships of a team, past and future ones too, by person and first day.
pub fn memberships_of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Membership>, StoreError> {
    let sql = format!("{MEMBERSHIP} WHERE team = $1 ORDER BY person, from_day");
    tx.query(&sql, &[team.into()])?.iter().map(membership).collect()
}

/// A person's memberships, past and future ones too, by team and first day.
pub fn memberships_of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Membership>, StoreError> {
    let sql = format!("{MEMBERSHIP} WHERE person = $1 ORDER BY team, from_day");
    tx.query(&sql, &[person.into()])?.iter().map(membership).collect()
}

/// The memberships of these people, in no order.
pub fn memberships_of_people(tx: &mut dyn Connection, people: &[PersonId]) -> Result<Vec<Membership>, StoreError> {
    let keys: Vec<Value> = people.iter().map(Value::from).collect();
    many::query(tx, &format!("{MEMBERSHIP} WHERE person IN {{}}"), &[], &keys)?.iter().map(membership).collect()
}

/// What stands for "since ever" in a key.
fn since(from: Option<Day>) -> Value {
    from.map_or_else(|| Value::from(""), Value::from)
}

/// Adds a membership, or writes the one with the same first day anew.
pub fn put_membership(tx: &mut dyn Connection, membership: &Membership) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO membership (team, person, from_day, manager, member, until_day, fte, novice)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (team, person, from_day) DO UPDATE SET manager = excluded.manager, member = excluded.member,
           until_day = excluded.until_day, fte = excluded.fte, novice = excluded.novice",
        &[
            (&membership.team).into(),
            (&membership.person).into(),
            since(membership.from),
            membership.manager.into(),
            membership.member.into(),
            membership.until.into(),
            membership.fte.into(),
            membership.novice.into(),
        ],
    )?;
    Ok(())
}

/// Removes a membership as if it had never been; to end one, give it a last day.
pub fn remove_membership(tx: &mut dyn Connection, membership: &Membership) -> Result<(), StoreError> {
    let sql = "DELETE FROM membership WHERE team = $1 AND person = $2 AND from_day = $3";
    tx.execute(sql, &[(&membership.team).into(), (&membership.person).into(), since(membership.from)])?;
    Ok(())
}
