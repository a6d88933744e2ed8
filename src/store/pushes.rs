//! Push subscriptions: which device wants to hear of changes of what, and by which address of its push service.
//!
//! What is subscribed to goes by its topic: the identifier of a calendar, or a word for a home or principal. A
//! subscription belongs to an app password, and ends with it.

use super::notes::{Quiet, Touched, Whose};
use super::{Connection, Row, StoreError, Value, outbox};
use crate::ids::{CollectionId, PersonId, TokenId};
use crate::time::Instant;
use std::collections::BTreeMap;

/// A device's wish to hear of changes.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Identifier; the end of the registration's address.
    pub id: String,
    /// Whose device it is.
    pub person: PersonId,
    /// The app password that it came with.
    pub password: TokenId,
    /// What it hears of.
    pub topic: String,
    /// The home and name by which the calendar was reached.
    pub path: Option<(PersonId, String)>,
    /// Address at the push service. Knowing it is the right to send there: it is never logged.
    pub endpoint: String,
    /// The device's public key.
    pub public_key: Vec<u8>,
    /// The device's authentication secret.
    pub auth: Vec<u8>,
    /// How deep changes of content are wanted: 0 for the resource alone, 1 with its members.
    pub content: Option<i64>,
    /// Changes of properties are wanted.
    pub property: bool,
    /// When it was made.
    pub created: Instant,
    /// Until when it is good.
    pub expires: Instant,
}

/// What a message in the outbox says, as the payload's JSON.
pub const CONTENT: &str = "\"content\"";
/// Properties have changed.
pub const PROPERTY: &str = "\"property\"";
/// Both have.
pub const BOTH: &str = "\"both\"";
/// The kind and channel of such messages.
pub const CHANNEL: &str = "push";

const SUBSCRIPTION: &str = "SELECT id, person, password, topic, home, name, endpoint, public_key, auth, content,
    property, created_ms, expires_ms FROM push_subscription";

fn subscription(row: &Row) -> Result<Subscription, StoreError> {
    Ok(Subscription {
        id: row.text(0)?,
        person: PersonId::new(row.text(1)?),
        password: TokenId::new(row.text(2)?),
        topic: row.text(3)?,
        path: row.opt_text(4)?.map(PersonId::new).zip(row.opt_text(5)?),
        endpoint: row.text(6)?,
        public_key: row.bytes(7)?,
        auth: row.bytes(8)?,
        content: row.opt_int(9)?,
        property: row.boolean(10)?,
        created: row.instant(11)?,
        expires: row.instant(12)?,
    })
}

/// The subscription of an id, expired or not.
pub fn find(tx: &mut dyn Connection, id: &str) -> Result<Option<Subscription>, StoreError> {
    let row = tx.query_one(&format!("{SUBSCRIPTION} WHERE id = $1"), &[id.into()])?;
    row.as_ref().map(subscription).transpose()
}

/// The subscription of an address at a push service to a topic; there is one at most.
pub fn of_endpoint(tx: &mut dyn Connection, topic: &str, endpoint: &str) -> Result<Option<Subscription>, StoreError> {
    let sql = format!("{SUBSCRIPTION} WHERE topic = $1 AND endpoint = $2");
    tx.query_one(&sql, &[topic.into(), endpoint.into()])?.as_ref().map(subscription).transpose()
}

/// How many a person has.
pub fn count_of(tx: &mut dyn Connection, person: &PersonId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM push_subscription WHERE person = $1", &[person.into()])?;
    row.map_or(Ok(0), |row| row.int(0))
}

/// Adds a subscription, or writes the one with the same id anew. The device's keys belong to its address at the push
/// service: they are the new ones for all that this person has subscribed to by it.
pub fn put(tx: &mut dyn Connection, new: &Subscription) -> Result<(), StoreError> {
    let (home, name) =
        new.path.clone().map_or((Value::Null, Value::Null), |(home, name)| ((&home).into(), name.into()));
    tx.execute(
        "INSERT INTO push_subscription (id, person, password, topic, home, name, endpoint, public_key, auth, content,
           property, created_ms, expires_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO UPDATE SET password = excluded.password, home = excluded.home, name = excluded.name,
           public_key = excluded.public_key, auth = excluded.auth, content = excluded.content,
           property = excluded.property, expires_ms = excluded.expires_ms",
        &[
            (&new.id).into(),
            (&new.person).into(),
            (&new.password).into(),
            (&new.topic).into(),
            home,
            name,
            (&new.endpoint).into(),
            new.public_key.clone().into(),
            new.auth.clone().into(),
            new.content.into(),
            new.property.into(),
            new.created.into(),
            new.expires.into(),
        ],
    )?;
    let keys = "UPDATE push_subscription SET public_key = $1, auth = $2 WHERE person = $3 AND endpoint = $4";
    let key = [new.public_key.clone().into(), new.auth.clone().into(), (&new.person).into(), (&new.endpoint).into()];
    tx.execute(keys, &key)?;
    // Not in vain: a calendar that nobody subscribed to is not asked about at each change.
    tx.execute("UPDATE collection SET watched = 1 WHERE id = $1 AND watched = 0", &[(&new.topic).into()])?;
    Ok(())
}

/// Removes a subscription with what is still to be said to it; false where there is none.
pub fn remove(tx: &mut dyn Connection, id: &str) -> Result<bool, StoreError> {
    Ok(remove_where(tx, "id = $1", &[id.into()])? == 1)
}

/// Removes a person's own subscription; false where they have none of that id.
pub fn remove_own(tx: &mut dyn Connection, person: &PersonId, id: &str) -> Result<bool, StoreError> {
    Ok(remove_where(tx, "id = $1 AND person = $2", &[id.into(), person.into()])? == 1)
}

/// Removes all that came with an app password.
pub fn end_password(tx: &mut dyn Connection, password: &TokenId) -> Result<u64, StoreError> {
    remove_where(tx, "password = $1", &[password.into()])
}

/// Removes all that a person has.
pub fn end_person(tx: &mut dyn Connection, person: &PersonId) -> Result<u64, StoreError> {
    remove_where(tx, "person = $1", &[person.into()])
}

/// Removes what has expired.
pub fn sweep(tx: &mut dyn Connection, now: Instant) -> Result<u64, StoreError> {
    remove_where(tx, "expires_ms <= $1", &[now.into()])
}

fn remove_where(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<u64, StoreError> {
    let found = tx.query(&format!("SELECT id, topic FROM push_subscription WHERE {condition}"), args)?;
    for row in &found {
        let (id, topic) = (row.text(0)?, row.text(1)?);
        outbox::remove(tx, &message_id(&id))?;
        tx.execute("DELETE FROM push_subscription WHERE id = $1", &[id.into()])?;
        let unwatched = "UPDATE collection SET watched = 0
            WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM push_subscription WHERE topic = $1)";
        tx.execute(unwatched, &[topic.into()])?;
    }
    Ok(found.len() as u64)
}

/// The one message that a subscription has in the outbox.
fn message_id(subscription: &str) -> String {
    format!("{CHANNEL}-{subscription}")
}

/// Notes that a member of a calendar has changed, if anybody wants to know.
pub(super) fn note_member(tx: &mut dyn Connection, calendar: &CollectionId, watched: bool, at: Instant) {
    if watched {
        tx.note_content(calendar.as_str(), at);
    }
}

/// Writes to the outbox what the subscribers of all that was touched are to be told.
pub(super) fn tell(
    tx: &mut dyn Connection,
    touched: &BTreeMap<String, Touched>,
    quiet: Option<&Quiet>,
) -> Result<(), StoreError> {
    for (topic, what) in touched {
        let sql = "SELECT id, person, content, property FROM push_subscription WHERE topic = $1 AND expires_ms > $2
            ORDER BY id";
        for row in tx.query(sql, &[topic.into(), what.at.into()])? {
            let (id, person) = (row.text(0)?, PersonId::new(row.text(1)?));
            let depth = row.opt_int(2)?;
            let content = depth.is_some_and(|depth| what.gone.as_ref() == Some(&person) || (what.content && depth > 0));
            let seen = match &what.properties {
                Whose::Nobodys => false,
                Whose::These(people) => people.contains(&person),
                Whose::Everybodys => true,
            };
            let payload = match (content, seen && row.boolean(3)?) {
                (true, true) => BOTH,
                (true, false) => CONTENT,
                (false, true) => PROPERTY,
                (false, false) => continue,
            };
            if quiet.is_some_and(|quiet| quiet.silences(&person, &id)) {
                continue;
            }
            let message = outbox::Message {
                id: message_id(&id),
                at: what.at,
                kind: CHANNEL.to_owned(),
                dedupe: format!("{CHANNEL}/{id}"),
                recipient: id,
                payload: payload.to_owned(),
            };
            outbox::say_again(tx, &message, BOTH)?;
        }
    }
    Ok(())
}
