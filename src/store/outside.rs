//! Outside calendars: where the text of a collection comes from that somebody else's server keeps, when it is asked for
//! again, and what became of it last time. Its events are ordinary rows of [`super::objects`].

use super::words::{opt_variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::{CollectionId, PersonId};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// An outside calendar beside its collection.
#[derive(Clone, PartialEq, Eq)]
pub struct Outside {
    /// The collection that its events stand in.
    pub collection: CollectionId,
    /// Its address. Often knowing it is the right to read it: it is never logged.
    pub url: String,
    /// How often it is wanted anew, in milliseconds, where somebody said so.
    pub every: Option<i64>,
    /// When it is asked for next.
    pub next: Instant,
    /// When it was asked for last.
    pub tried: Option<Instant>,
    /// When it was had last.
    pub fetched: Option<Instant>,
    /// Failures since.
    pub failures: u32,
    /// Why it was not had last time.
    pub problem: Option<Problem>,
    /// Events of it that can't be read.
    pub skipped: u32,
    /// What to ask with whether it has changed.
    pub known: Validators,
}

/// What a server gave along with a text, to be asked later whether it has changed (RFC 9110 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag` as it came.
    pub etag: Option<String>,
    /// `Last-Modified` as it came.
    pub modified: Option<String>,
}

/// Why an outside calendar was not had, in no more words than tell nothing about networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// There is no answer, or none that is good, or it must not be asked.
    NotReachable,
    /// What is there is no calendar, or breaks off.
    NoCalendar,
    /// More than is taken.
    TooMuch,
}

/// What became of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// It is there.
    Had {
        /// What to ask with next time.
        known: Validators,
        /// Events that can't be read.
        skipped: u32,
    },
    /// It is as it was.
    Unchanged,
    /// It was not had.
    Missed(Problem),
}

const OUTSIDE: &str =
    "SELECT collection, url, every_ms, next_ms, tried_ms, fetched_ms, failures, problem, skipped, etag,
    modified FROM outside_calendar";

fn outside(row: &Row) -> Result<Outside, StoreError> {
    let moment = |column| Ok::<_, StoreError>(row.opt_int(column)?.map(Instant::from_millis));
    Ok(Outside {
        collection: CollectionId::new(row.text(0)?),
        url: row.text(1)?,
        every: row.opt_int(2)?,
        next: row.instant(3)?,
        tried: moment(4)?,
        fetched: moment(5)?,
        failures: u32::try_from(row.int(6)?).unwrap_or(u32::MAX),
        problem: opt_variant(row, 7)?,
        skipped: u32::try_from(row.int(8)?).unwrap_or(u32::MAX),
        known: Validators { etag: row.opt_text(9)?, modified: row.opt_text(10)? },
    })
}

/// Notes where the text of a new collection comes from, to be asked for at `next`.
pub fn insert(
    tx: &mut dyn Connection,
    collection: &CollectionId,
    url: &str,
    every: Option<i64>,
    next: Instant,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO outside_calendar (collection, url, every_ms, next_ms, failures, skipped)
         VALUES ($1, $2, $3, $4, 0, 0)",
        &[collection.into(), url.into(), every.into(), next.into()],
    )?;
    Ok(())
}

/// The one of a collection.
pub fn find(tx: &mut dyn Connection, collection: &CollectionId) -> Result<Option<Outside>, StoreError> {
    let row = tx.query_one(&format!("{OUTSIDE} WHERE collection = $1"), &[collection.into()])?;
    row.map(|row| outside(&row)).transpose()
}

/// A person's, by collection.
pub fn of_person(tx: &mut dyn Connection, person: &PersonId) -> Result<Vec<Outside>, StoreError> {
    let sql =
        format!("{OUTSIDE} WHERE collection IN (SELECT id FROM collection WHERE person = $1) ORDER BY collection");
    tx.query(&sql, &[person.into()])?.iter().map(outside).collect()
}

/// At most `limit` that are due, the longest due first; none of people who were shut out.
pub fn due(tx: &mut dyn Connection, now: Instant, limit: u32) -> Result<Vec<Outside>, StoreError> {
    let sql = format!(
        "{OUTSIDE} WHERE next_ms <= $1 AND collection IN (SELECT collection.id FROM collection
           JOIN person ON person.id = collection.person WHERE person.disabled_ms IS NULL) ORDER BY next_ms, collection LIMIT $2"
    );
    tx.query(&sql, &[now.into(), limit.into()])?.iter().map(outside).collect()
}

/// Takes it from another address from now on; what was known of the old one means nothing there.
pub fn set_url(tx: &mut dyn Connection, collection: &CollectionId, url: &str, next: Instant) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE outside_calendar SET url = $1, next_ms = $2, etag = NULL, modified = NULL, tried_ms = NULL,
           fetched_ms = NULL, failures = 0, problem = NULL, skipped = 0 WHERE collection = $3",
        &[url.into(), next.into(), collection.into()],
    )?;
    Ok(())
}

/// Says how often it is wanted anew.
pub fn set_every(tx: &mut dyn Connection, collection: &CollectionId, every: Option<i64>) -> Result<(), StoreError> {
    let sql = "UPDATE outside_calendar SET every_ms = $1 WHERE collection = $2";
    tx.execute(sql, &[every.into(), collection.into()])?;
    Ok(())
}

/// Asks for it at `next`, whatever was planned.
pub fn set_next(tx: &mut dyn Connection, collection: &CollectionId, next: Instant) -> Result<(), StoreError> {
    let sql = "UPDATE outside_calendar SET next_ms = $1 WHERE collection = $2";
    tx.execute(sql, &[next.into(), collection.into()])?;
    Ok(())
}

/// Writes what became of asking, and when to ask again. False where the calendar is gone, or has another address by
/// now: then nothing is written, and what was had is not its text.
pub fn settle(
    tx: &mut dyn Connection,
    asked: &Outside,
    attempt: &Attempt,
    (now, next): (Instant, Instant),
) -> Result<bool, StoreError> {
    let key: [Value; 2] = [(&asked.collection).into(), (&asked.url).into()];
    let times: [Value; 2] = [now.into(), next.into()];
    let (sql, more): (&str, Vec<Value>) = match attempt {
        Attempt::Had { known, skipped } => (
            "UPDATE outside_calendar SET tried_ms = $1, fetched_ms = $1, next_ms = $2, failures = 0, problem = NULL,
               etag = $3, modified = $4, skipped = $5 WHERE collection = $6 AND url = $7",
            vec![known.etag.clone().into(), known.modified.clone().into(), (*skipped).into()],
        ),
        Attempt::Unchanged => (
            "UPDATE outside_calendar SET tried_ms = $1, fetched_ms = $1, next_ms = $2, failures = 0, problem = NULL
             WHERE collection = $3 AND url = $4",
            Vec::new(),
        ),
        Attempt::Missed(problem) => (
            "UPDATE outside_calendar SET tried_ms = $1, next_ms = $2, failures = failures + 1, problem = $3
             WHERE collection = $4 AND url = $5",
            vec![word(problem)?.into()],
        ),
    };
    let args: Vec<Value> = times.into_iter().chain(more).chain(key).collect();
    Ok(tx.execute(sql, &args)? == 1)
}
