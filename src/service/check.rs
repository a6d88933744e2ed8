//! Whether the rows of this instance hold together: what should be impossible is looked for, and told with what to do.

use super::audit::{Deed, record};
use super::render::{differences, mend};
use super::{Actor, Service, ServiceError, hex, rights};
use crate::store::collections::Owner;
use crate::store::{Connection, Row, StoreError, audit, people, sound, teams};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// Flaws of one kind that are told; more of them say nothing new.
const TOLD: usize = 20;

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Pages, indexes or references of the database file.
    File,
    /// A text isn't the one that was stored, or members of a calendar would mislead clients.
    Objects,
    /// Not exactly one person is responsible for a published slot.
    Responsibility,
    /// A swap was taken by nobody, or more than once.
    Swaps,
    /// Calendars don't say what the roster says.
    Calendars,
    /// The audit trail lacks something, or was changed.
    Audit,
}

impl Kind {
    /// Every kind, in the order in which they are looked for.
    pub const ALL: [Self; 6] =
        [Self::File, Self::Objects, Self::Responsibility, Self::Swaps, Self::Calendars, Self::Audit];

    /// Its name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Objects => "objects",
            Self::Responsibility => "responsibility",
            Self::Swaps => "swaps",
            Self::Calendars => "calendars",
            Self::Audit => "audit",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::File => {
                "stop the server, keep the file, and restore the last backup: dogwatch restore FILE --replace; then look \
                 after the disk"
            }
            Self::Objects => "compare with the last backup, and restore it if texts were changed: dogwatch restore",
            Self::Responsibility => "look at the slot on the team's board, and publish the roster again",
            Self::Swaps => "look at dogwatch audit for who took it, and settle the shift on the team's board",
            Self::Calendars => "dogwatch check --mend writes these calendars anew",
            Self::Audit => "compare with the last backup: somebody may have changed rows behind Dogwatch's back",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// Of what kind.
    pub kind: Kind,
    /// What, as a sentence.
    pub what: String,
}

impl Service {
    /// Reads everything and says what is wrong; nothing where all is well. Changes nothing.
    pub async fn check(&self) -> Result<Vec<Flaw>, ServiceError> {
        let mut flaws: Vec<Flaw> = of_kind(Kind::File, self.store.flaws().await?);
        flaws.extend(of_kind(Kind::Objects, self.store.read(objects).await?));
        flaws.extend(of_kind(Kind::Responsibility, self.store.read(sound::responsibility).await?));
        flaws.extend(of_kind(Kind::Swaps, self.store.read(sound::swaps).await?));
        let ctx = self.ctx();
        let calendars = move |tx: &mut dyn Connection| {
            let told = owners(tx)?.iter().map(|owner| differences(tx, &ctx, owner)).collect::<Result<Vec<_>, _>>()?;
            Ok::<_, ServiceError>(told.concat())
        };
        flaws.extend(of_kind(Kind::Calendars, self.store.read(calendars).await?));
        flaws.extend(of_kind(Kind::Audit, self.store.read(trail).await?));
        Ok(flaws)
    }

    /// Writes anew what calendars don't say as they should; how many objects that were. For administrators.
    pub async fn mend_calendars(&self, actor: &Actor) -> Result<usize, ServiceError> {
        let mut mended = 0;
        for owner in self.store.read(owners).await? {
            let (ctx, who) = (self.ctx(), actor.clone());
            let write = move |tx: &mut dyn Connection| {
                rights::administer(tx, &who)?;
                let count = mend(tx, &ctx, &owner)?;
                if count > 0 {
                    let object = match &owner {
                        Owner::Person(person) => format!("person:{person}"),
                        Owner::Team(team) => format!("team:{team}"),
                    };
                    let deed = Deed::new("calendar.mended", object).after(json!({ "objects": count }));
                    record(tx, &ctx, &who, deed)?;
                }
                Ok::<_, ServiceError>(count)
            };
            mended += self.store.write(write).await?;
        }
        Ok(mended)
    }
}

/// Everybody and every team: whose calendars Dogwatch writes.
fn owners(tx: &mut dyn Connection) -> Result<Vec<Owner>, ServiceError> {
    let people = people::all(tx)?.into_iter().map(|person| Owner::Person(person.id));
    let people: Vec<Owner> = people.collect();
    let teams = teams::all(tx)?.into_iter().map(|team| Owner::Team(team.id));
    Ok(people.into_iter().chain(teams).collect())
}

fn of_kind(kind: Kind, told: Vec<String>) -> Vec<Flaw> {
    told.into_iter().map(|what| Flaw { kind, what }).collect()
}

/// Texts that aren't what their entity tag and size say, and change numbers that contradict each other.
fn objects(tx: &mut dyn Connection) -> Result<Vec<String>, ServiceError> {
    let mut told = Vec::new();
    sound::texts(tx, &mut |row| {
        if told.len() < TOLD {
            told.extend(changed_text(row)?);
        }
        Ok(())
    })?;
    told.extend(sound::change_numbers(tx)?);
    Ok(told)
}

fn changed_text(row: &mut Row) -> Result<Option<String>, StoreError> {
    let (etag, size, body) = (row.text(2)?, row.int(3)?, row.take_bytes(4)?);
    // What clients stored has a tag over one more byte than what Dogwatch writes itself.
    let tags = [Sha256::digest(&body), Sha256::digest([body.as_slice(), &[0]].concat())];
    let same = tags.iter().any(|hash| etag == format!("\"{}\"", hex(hash.get(..16).unwrap_or_default())));
    if same && i64::try_from(body.len()) == Ok(size) {
        return Ok(None);
    }
    Ok(Some(format!("the text of {}/{} is not the one that was stored", row.text(0)?, row.text(1)?)))
}

fn trail(tx: &mut dyn Connection) -> Result<Vec<String>, ServiceError> {
    let mut told = sound::unrecorded(tx)?;
    if let Some(place) = audit::first_break(tx)? {
        told.push(format!("row {place} of the audit trail does not follow from the one before it"));
    }
    Ok(told)
}
