//! Who looks after whose calendars, and whether they also answer for them.

use super::{Connection, Row, StoreError, Value, many};
use crate::ids::PersonId;
use crate::time::Instant;

/// Somebody whom a person has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegate {
    /// For whom.
    pub person: PersonId,
    /// Who.
    pub delegate: PersonId,
    /// They write and answer, and don't only look.
    pub writes: bool,
    /// Since when.
    pub since: Instant,
}

const DELEGATE: &str = "SELECT person, delegate, writes, since_ms FROM delegate";

fn delegate(row: &Row) -> Result<Delegate, StoreError> {
    Ok(Delegate {
        person: PersonId::new(row.text(0)?),
        delegate: PersonId::new(row.text(1)?),
        writes: row.boolean(2)?,
        since: row.instant(3)?,
    })
}

/// Whom a person has named, by id.
pub fn of(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Delegate>, StoreError> {
    let rows = tx.query(&format!("{DELEGATE} WHERE person = $1 ORDER BY delegate"), &[person.into()])?;
    rows.iter().map(delegate).collect()
}

/// Who has named this one, by id.
pub fn by(tx: &mut dyn Connection, whom: &PersonId) -> Result<Vec<Delegate>, StoreError> {
    let rows = tx.query(&format!("{DELEGATE} WHERE delegate = $1 ORDER BY person"), &[whom.into()])?;
    rows.iter().map(delegate).collect()
}

/// Who of those who may sign in has named any of these, by id.
pub fn by_active(tx: &mut dyn Connection, whom: &[PersonId]) -> Result<Vec<Delegate>, StoreError> {
    let sql = "SELECT delegate.person, delegate.delegate, writes, since_ms FROM delegate
         JOIN person ON person.id = delegate.person WHERE delegate.delegate IN {} AND disabled_ms IS NULL";
    let keys: Vec<Value> = whom.iter().map(Value::from).collect();
    let mut found = many::query(tx, sql, &[], &keys)?.iter().map(delegate).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|a, b| a.person.cmp(&b.person));
    Ok(found)
}

/// What one person has made of another.
pub fn find(tx: &mut dyn Connection, person: &PersonId, whom: &PersonId) -> Result<Option<Delegate>, StoreError> {
    let sql = format!("{DELEGATE} WHERE person = $1 AND delegate = $2");
    tx.query_one(&sql, &[person.into(), whom.into()])?.as_ref().map(delegate).transpose()
}

/// Names a delegate, or changes what they may do; since when stays.
pub fn set(tx: &mut dyn Connection, named: &Delegate) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO delegate (person, delegate, writes, since_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (person, delegate) DO UPDATE SET writes = excluded.writes",
        &[(&named.person).into(), (&named.delegate).into(), named.writes.into(), named.since.into()],
    )?;
    Ok(())
}

/// Names them no more; false where they weren't named.
pub fn remove(tx: &mut dyn Connection, person: &PersonId, whom: &PersonId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM delegate WHERE person = $1 AND delegate = $2";
    Ok(tx.execute(sql, &[person.into(), whom.into()])? == 1)
}
