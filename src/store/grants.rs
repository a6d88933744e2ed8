//! What owners of calendars grant to others, as they said it, and who has left a calendar that was shared with them.
//! What the words of a grant mean is for `service` to know.

use super::{Connection, Row, StoreError};
use crate::ids::{CollectionId, PersonId, TeamId};
use std::fmt;
use std::str::FromStr;

/// To whom something is granted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// One person.
    Person(PersonId),
    /// Whoever is in a team.
    Team(TeamId),
    /// Whoever signs in.
    Everybody,
}

impl fmt::Display for Grantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => write!(f, "person:{person}"),
            Self::Team(team) => write!(f, "team:{team}"),
            Self::Everybody => f.write_str("everybody"),
        }
    }
}

impl FromStr for Grantee {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(':') {
            Some(("person", id)) => Ok(Self::Person(PersonId::from(id))),
            Some(("team", id)) => Ok(Self::Team(TeamId::from(id))),
            None if text == "everybody" => Ok(Self::Everybody),
            _ => Err(()),
        }
    }
}

fn grantee(row: &Row, column: usize) -> Result<Grantee, StoreError> {
    let text = row.text(column)?;
    text.parse().map_err(|()| StoreError::Shape(format!("{text} is nobody to whom something is granted")))
}

/// Whom a calendar's owner granted something, and the words of it, in the order of their kinds and names.
pub fn of_calendar(tx: &mut dyn Connection, calendar: &CollectionId) -> Result<Vec<(Grantee, String)>, StoreError> {
    let sql = "SELECT grantee, privileges FROM calendar_grant WHERE collection = $1 ORDER BY grantee";
    tx.query(sql, &[calendar.into()])?.iter().map(|row| Ok((grantee(row, 0)?, row.text(1)?))).collect()
}

/// The calendars of which something is granted to this one by name, and the words of it.
pub fn to(tx: &mut dyn Connection, whom: &Grantee) -> Result<Vec<(CollectionId, String)>, StoreError> {
    let sql = "SELECT collection, privileges FROM calendar_grant WHERE grantee = $1 ORDER BY collection";
    let rows = tx.query(sql, &[whom.to_string().into()])?;
    rows.iter().map(|row| Ok((CollectionId::new(row.text(0)?), row.text(1)?))).collect()
}

/// Grants exactly this from now on.
pub fn set(
    tx: &mut dyn Connection,
    calendar: &CollectionId,
    whom: &Grantee,
    privileges: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO calendar_grant (collection, grantee, privileges) VALUES ($1, $2, $3)
         ON CONFLICT (collection, grantee) DO UPDATE SET privileges = excluded.privileges",
        &[calendar.into(), whom.to_string().into(), privileges.into()],
    )?;
    Ok(())
}

/// Takes a grant back; false where there was none.
pub fn remove(tx: &mut dyn Connection, calendar: &CollectionId, whom: &Grantee) -> Result<bool, StoreError> {
    let sql = "DELETE FROM calendar_grant WHERE collection = $1 AND grantee = $2";
    Ok(tx.execute(sql, &[calendar.into(), whom.to_string().into()])? == 1)
}

/// Whether somebody has left the calendar.
pub fn has_left(tx: &mut dyn Connection, calendar: &CollectionId, person: &PersonId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM calendar_left WHERE collection = $1 AND person = $2";
    Ok(tx.query_one(sql, &[calendar.into(), person.into()])?.is_some())
}

/// Remembers that somebody doesn't want to see the calendar.
pub fn leave(tx: &mut dyn Connection, calendar: &CollectionId, person: &PersonId) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO calendar_left (collection, person) VALUES ($1, $2) ON CONFLICT (collection, person) DO NOTHING";
    tx.execute(sql, &[calendar.into(), person.into()])?;
    Ok(())
}

/// Forgets that somebody left: it is shared with them anew.
pub fn come_back(tx: &mut dyn Connection, calendar: &CollectionId, person: &PersonId) -> Result<(), StoreError> {
    let sql = "DELETE FROM calendar_left WHERE collection = $1 AND person = $2";
    tx.execute(sql, &[calendar.into(), person.into()])?;
    Ok(())
}
