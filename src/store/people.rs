//! People: who has a calendar home and may sign in.

use super::{Connection, Row, StoreError, Value, many};
use crate::ids::PersonId;
use crate::roster::model::Person;
use crate::time::Instant;

const PERSON: &str = "SELECT id, name, email, phone, zone, admin, disabled_ms FROM person";

fn person(row: &Row) -> Result<Person, StoreError> {
    Ok(Person {
        id: PersonId::new(row.text(0)?),
        name: row.text(1)?,
        email: row.text(2)?,
        phone: row.opt_text(3)?,
        zone: row.zone(4)?,
        admin: row.boolean(5)?,
        disabled: row.opt_int(6)?.is_some(),
    })
}

fn one(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Option<Person>, StoreError> {
    tx.query_one(&format!("{PERSON} WHERE {condition}"), args)?.as_ref().map(person).transpose()
}

/// The person of an id, disabled or not.
pub fn find(tx: &mut dyn Connection, id: &PersonId) -> Result<Option<Person>, StoreError> {
    one(tx, "id = $1", &[id.into()])
}

/// The person of a mail address in lower case.
pub fn by_email(tx: &mut dyn Connection, email: &str) -> Result<Option<Person>, StoreError> {
    one(tx, "email = $1", &[email.into()])
}

/// The person whom a user name means: an id, or a mail address in any case.
pub fn by_login(tx: &mut dyn Connection, login: &str) -> Result<Option<Person>, StoreError> {
    let login = login.trim().to_ascii_lowercase();
    if login.contains('@') { by_email(tx, &login) } else { find(tx, &PersonId::new(login)) }
}

/// Whether a user name means the person of this id and address.
pub fn is_login_of(login: &str, id: &PersonId, email: &str) -> bool {
    let login = login.trim();
    let meant = if login.contains('@') { email } else { id.as_str() };
    login.eq_ignore_ascii_case(meant)
}

/// At most `limit` people who may sign in and whose name or address in lower case is like a pattern (with `!` before a
/// `%`, `_` or `!` that means itself), by id, after another one.
pub fn like(tx: &mut dyn Connection, pattern: &str, after: &str, limit: u32) -> Result<Vec<Person>, StoreError> {
    let sql = format!(
        "{PERSON} WHERE id > $1 AND disabled_ms IS NULL
           AND (LOWER(name) LIKE $2 ESCAPE '!' OR LOWER(email) LIKE $2 ESCAPE '!') ORDER BY id LIMIT $3"
    );
    tx.query(&sql, &[after.into(), pattern.into(), limit.into()])?.iter().map(person).collect()
}

/// Everybody, by id.
pub fn all(tx: &mut dyn Connection) -> Result<Vec<Person>, StoreError> {
    tx.query(&format!("{PERSON} ORDER BY id"), &[])?.iter().map(person).collect()
}

/// Adds a person; a taken id or address is a [`StoreError::Constraint`].
pub fn insert(tx: &mut dyn Connection, person: &Person, now: Instant) -> Result<(), StoreError> {
    insert_all(tx, std::slice::from_ref(person), now)
}

/// Adds people; a taken id or address is a [`StoreError::Constraint`].
pub fn insert_all(tx: &mut dyn Connection, people: &[Person], now: Instant) -> Result<(), StoreError> {
    let row = |person: &Person| {
        vec![
            (&person.id).into(),
            (&person.name).into(),
            (&person.email).into(),
            person.phone.clone().into(),
            person.zone.into(),
            person.admin.into(),
            0_i64.into(),
            0_i64.into(),
            person.disabled.then_some(now).into(),
            now.into(),
        ]
    };
    let columns = "id, name, email, phone, zone, admin, link_epoch, counter, disabled_ms, created_ms";
    many::insert(tx, &format!("person ({columns})"), people.iter().map(row).collect())
}

/// Writes name, address, phone, zone and rights anew; whether the person is disabled stays.
pub fn update(tx: &mut dyn Connection, person: &Person) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE person SET name = $1, email = $2, phone = $3, zone = $4, admin = $5 WHERE id = $6",
        &[
            (&person.name).into(),
            (&person.email).into(),
            person.phone.clone().into(),
            person.zone.into(),
            person.admin.into(),
            (&person.id).into(),
        ],
    )?;
    Ok(())
}

/// Disables a person; false where they were disabled before.
pub fn disable(tx: &mut dyn Connection, id: &PersonId, now: Instant) -> Result<bool, StoreError> {
    let sql = "UPDATE person SET disabled_ms = $1 WHERE id = $2 AND disabled_ms IS NULL";
    Ok(tx.execute(sql, &[now.into(), id.into()])? == 1)
}

/// Lets a disabled person back in; false where they were not disabled.
pub fn enable(tx: &mut dyn Connection, id: &PersonId) -> Result<bool, StoreError> {
    let sql = "UPDATE person SET disabled_ms = NULL WHERE id = $1 AND disabled_ms IS NOT NULL";
    Ok(tx.execute(sql, &[id.into()])? == 1)
}

/// The argon2id hash of the person's web password.
pub fn web_password(tx: &mut dyn Connection, id: &PersonId) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT web_password FROM person WHERE id = $1", &[id.into()])?;
    row.map_or(Ok(None), |row| row.opt_text(0))
}

/// Sets or removes the hash of the person's web password.
pub fn set_web_password(tx: &mut dyn Connection, id: &PersonId, hash: Option<&str>) -> Result<(), StoreError> {
    tx.execute("UPDATE person SET web_password = $1 WHERE id = $2", &[hash.into(), id.into()])?;
    Ok(())
}

/// The number that the person's signed links carry; links with another one are refused.
pub fn link_epoch(tx: &mut dyn Connection, id: &PersonId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT link_epoch FROM person WHERE id = $1", &[id.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// The number that everybody's signed links carry who may sign in, by id.
pub fn link_epochs(tx: &mut dyn Connection) -> Result<Vec<(PersonId, i64)>, StoreError> {
    let rows = tx.query("SELECT id, link_epoch FROM person WHERE disabled_ms IS NULL ORDER BY id", &[])?;
    rows.iter().map(|row| Ok((PersonId::new(row.text(0)?), row.int(1)?))).collect()
}

/// Revokes all of the person's signed links.
pub fn revoke_links(tx: &mut dyn Connection, id: &PersonId) -> Result<(), StoreError> {
    tx.execute("UPDATE person SET link_epoch = link_epoch + 1 WHERE id = $1", &[id.into()])?;
    Ok(())
}
