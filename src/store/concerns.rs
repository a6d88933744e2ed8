//! For whom an object of a team's availability calendar counts, and who said so. Rows go with their object.

use super::{Connection, StoreError};
use crate::ids::{CollectionId, PersonId};

/// One person for whom an object counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    /// For whom.
    pub person: PersonId,
    /// Who stored it.
    pub author: PersonId,
}

/// For whom an object counts.
pub fn of_object(tx: &mut dyn Connection, collection: &CollectionId, name: &str) -> Result<Vec<Concern>, StoreError> {
    let sql = "SELECT person, author FROM concern WHERE collection = $1 AND name = $2 ORDER BY person";
    let rows = tx.query(sql, &[collection.into(), name.into()])?;
    rows.iter()
        .map(|row| Ok(Concern { person: PersonId::new(row.text(0)?), author: PersonId::new(row.text(1)?) }))
        .collect()
}

/// The objects that count for a person: collection and name.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<(CollectionId, String)>, StoreError> {
    let sql = "SELECT collection, name FROM concern WHERE person = $1 ORDER BY collection, name";
    let rows = tx.query(sql, &[person.into()])?;
    rows.iter().map(|row| Ok((CollectionId::new(row.text(0)?), row.text(1)?))).collect()
}

/// Says anew for whom an object counts.
pub fn set(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    name: &str,
    author: &PersonId,
    people: &[PersonId],
) -> Result<(), StoreError> {
    let key = [collection.into(), name.into()];
    tx.execute("DELETE FROM concern WHERE collection = $1 AND name = $2", &key)?;
    for person in people {
        tx.execute(
            "INSERT INTO concern (collection, name, person, author) VALUES ($1, $2, $3, $4)",
            &[collection.into(), name.into(), person.into(), author.into()],
        )?;
    }
    Ok(())
}
