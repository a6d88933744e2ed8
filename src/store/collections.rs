//! Calendar collections: a person's own and those of teams. Each has a change number that goes up with every change of
//! a member; sync tokens are made of it.

use super::{Connection, Row, StoreError, Value, many, pushes};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// What a calendar is for; decides who may do what in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectionKind {
    /// A person's ordinary calendar; the default one is named `calendar`.
    Calendar,
    /// One that somebody else's server keeps; what is had of it here says when its person is busy.
    Outside,
    /// When a person can't, would rather not, or would gladly.
    Availability,
    /// A person's shifts and offers.
    Shifts,
    /// The same shifts with alarms, which only on-call phones list.
    Alarms,
    /// Scheduling messages for a person (RFC 6638).
    Inbox,
    /// Where a person asks for free/busy (RFC 6638).
    Outbox,
    /// A team's published roster.
    Roster,
    /// The unavailability of a team's members.
    TeamAvailability,
    /// A team's demand.
    Pattern,
    /// A team's holidays.
    Holidays,
}

/// Whose a calendar is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A person's own.
    Person(PersonId),
    /// A team's, mounted into homes.
    Team(TeamId),
}

/// A calendar collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// Identifier.
    pub id: CollectionId,
    /// Whose it is.
    pub owner: Owner,
    /// Unique among the owner's: the segment of the path in the owner's home.
    pub name: String,
    /// What it is for.
    pub kind: CollectionKind,
    /// `displayname`.
    pub display_name: String,
    /// `calendar-description`.
    pub description: Option<String>,
    /// `calendar-color`.
    pub color: Option<String>,
    /// `calendar-order`.
    pub order: Option<i64>,
    /// `calendar-timezone`: an iCalendar text.
    pub timezone: Option<String>,
    /// `supported-calendar-component-set`.
    pub components: Vec<String>,
    /// `schedule-calendar-transp` is transparent.
    pub transparent: bool,
    /// The last change number.
    pub change: i64,
    /// When it was made.
    pub created: Instant,
}

macro_rules! collection_where {
    ($condition:literal) => {
        concat!(
            "SELECT id, person, team, name, kind, display_name, description, color, sort, timezone, components,
               transparent, change, created_ms FROM collection WHERE ",
            $condition
        )
    };
}

fn collection(row: &mut Row) -> Result<Collection, StoreError> {
    let owner = match (row.opt_text(1)?, row.opt_text(2)?) {
        (Some(person), None) => Owner::Person(PersonId::new(person)),
        (None, Some(team)) => Owner::Team(TeamId::new(team)),
        _ => return Err(StoreError::Shape("a collection belongs to one person or one team".to_owned())),
    };
    Ok(Collection {
        id: CollectionId::new(row.take_text(0)?),
        owner,
        name: row.take_text(3)?,
        kind: super::words::variant(row, 4)?,
        display_name: row.take_text(5)?,
        description: row.opt_text(6)?,
        color: row.opt_text(7)?,
        order: row.opt_int(8)?,
        timezone: row.opt_text(9)?,
        components: row.text_ref(10)?.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        transparent: row.boolean(11)?,
        change: row.int(12)?,
        created: row.instant(13)?,
    })
}

fn several(tx: &mut dyn Connection, sql: &str, args: &[Value]) -> Result<Vec<Collection>, StoreError> {
    let mut found = Vec::new();
    tx.each(sql, args, &mut |row| {
        found.push(collection(row)?);
        Ok(())
    })?;
    Ok(found)
}

/// The collection of an id.
pub fn find(tx: &mut dyn Connection, id: &CollectionId) -> Result<Option<Collection>, StoreError> {
    Ok(several(tx, collection_where!("id = $1"), &[id.into()])?.into_iter().next())
}

/// A person's own collections, by name.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Collection>, StoreError> {
    several(tx, collection_where!("person = $1 ORDER BY name"), &[person.into()])
}

/// A team's collections, by name.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Collection>, StoreError> {
    several(tx, collection_where!("team = $1 ORDER BY name"), &[team.into()])
}

/// Everybody's collections of a kind, by owner.
pub fn of_kind(tx: &mut dyn Connection, kind: CollectionKind) -> Result<Vec<Collection>, StoreError> {
    several(tx, collection_where!("kind = $1 ORDER BY person, team, name"), &[super::words::word(&kind)?.into()])
}

/// What planning for a team reads stands in these calendars: those of all teams, and those of its people that say when
/// they can; by id, with the change number and whether it counts as free.
pub fn stand_of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<(String, i64, bool)>, StoreError> {
    let sql = "SELECT id, change, transparent FROM collection
        WHERE (team IS NOT NULL AND kind <> 'roster')
          OR (person IN (SELECT person FROM membership WHERE team = $1)
            AND kind IN ('calendar', 'outside', 'availability'))
        ORDER BY id";
    let mut found = Vec::new();
    tx.each(sql, &[team.into()], &mut |row| {
        found.push((row.take_text(0)?, row.int(1)?, row.boolean(2)?));
        Ok(())
    })?;
    Ok(found)
}

/// The collection of a name among the owner's.
pub fn by_name(tx: &mut dyn Connection, owner: &Owner, name: &str) -> Result<Option<Collection>, StoreError> {
    let found = match owner {
        Owner::Person(person) => {
            several(tx, collection_where!("person = $1 AND name = $2"), &[person.into(), name.into()])
        }
        Owner::Team(team) => several(tx, collection_where!("team = $1 AND name = $2"), &[team.into(), name.into()]),
    };
    Ok(found?.into_iter().next())
}

/// Adds a collection to its owner's home, and notes that; a name that the owner has already is a
/// [`StoreError::Constraint`].
pub fn insert(tx: &mut dyn Connection, collection: &Collection) -> Result<(), StoreError> {
    insert_all(tx, std::slice::from_ref(collection))
}

/// Adds collections; a name that an owner has already is a [`StoreError::Constraint`].
pub fn insert_all(tx: &mut dyn Connection, collections: &[Collection]) -> Result<(), StoreError> {
    let row = |collection: &Collection| {
        let (person, team) = match &collection.owner {
            Owner::Person(person) => (Value::from(person), Value::Null),
            Owner::Team(team) => (Value::Null, Value::from(team)),
        };
        Ok(vec![
            (&collection.id).into(),
            person,
            team,
            (&collection.name).into(),
            super::words::word(&collection.kind)?.into(),
            (&collection.display_name).into(),
            collection.description.clone().into(),
            collection.color.clone().into(),
            collection.order.into(),
            collection.timezone.clone().into(),
            collection.components.join(",").into(),
            collection.transparent.into(),
            collection.change.into(),
            collection.created.into(),
        ])
    };
    let rows = collections.iter().map(row).collect::<Result<_, StoreError>>()?;
    let columns = "id, person, team, name, kind, display_name, description, color, sort, timezone, components, \
                   transparent, change, created_ms";
    many::insert(tx, &format!("collection ({columns})"), rows)?;
    for collection in collections {
        if let Owner::Person(person) = &collection.owner {
            tx.note_content(&topic_of_home(person), collection.created);
        }
    }
    Ok(())
}

/// What a person's home goes by where it is subscribed to.
#[must_use]
pub fn topic_of_home(person: &PersonId) -> String {
    format!("home:{person}")
}

/// Writes what a client may change anew: name shown, description, color, order, zone, components, transparency.
pub fn update(tx: &mut dyn Connection, collection: &Collection) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE collection SET display_name = $1, description = $2, color = $3, sort = $4, timezone = $5,
           components = $6, transparent = $7 WHERE id = $8",
        &[
            (&collection.display_name).into(),
            collection.description.clone().into(),
            collection.color.clone().into(),
            collection.order.into(),
            collection.timezone.clone().into(),
            collection.components.join(",").into(),
            collection.transparent.into(),
            (&collection.id).into(),
        ],
    )?;
    Ok(())
}

/// Gives a collection another name; one that its owner has already is a [`StoreError::Constraint`].
pub fn rename(tx: &mut dyn Connection, id: &CollectionId, name: &str, now: Instant) -> Result<(), StoreError> {
    if let Some(Collection { owner: Owner::Person(person), .. }) = find(tx, id)? {
        tx.note_content(&topic_of_home(&person), now);
    }
    tx.execute("UPDATE collection SET name = $1 WHERE id = $2", &[name.into(), id.into()])?;
    Ok(())
}

/// Removes a collection with all that is in it, tombstones included, and notes that.
pub fn delete(tx: &mut dyn Connection, id: &CollectionId, now: Instant) -> Result<bool, StoreError> {
    if let Some(Collection { owner: Owner::Person(person), .. }) = find(tx, id)? {
        tx.note_content(&topic_of_home(&person), now);
        tx.note_end(id.as_str(), &person, now);
    }
    Ok(tx.execute("DELETE FROM collection WHERE id = $1", &[id.into()])? == 1)
}

/// Raises the change number, notes that for subscribers, and gives the new one, which the changed member carries.
pub fn bump(tx: &mut dyn Connection, id: &CollectionId, now: Instant) -> Result<i64, StoreError> {
    let sql = "UPDATE collection SET change = change + 1 WHERE id = $1 RETURNING change, watched";
    let row = tx.query_one(sql, &[id.into()])?;
    let row = row.ok_or_else(|| StoreError::Shape(format!("there is no collection {id}")))?;
    pushes::note_member(tx, id, row.boolean(1)?, now);
    row.int(0)
}

/// The change number up to which tombstones may have been forgotten: tokens below it can't be answered.
pub fn swept(tx: &mut dyn Connection, id: &CollectionId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT swept FROM collection WHERE id = $1", &[id.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}
