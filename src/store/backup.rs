//! Backups: everything that a store holds at one moment, whatever its engine, in one SQLite file that proves itself. A
//! checksum over all rows lies within; it is made when the file is written, and made again before anybody relies on it.

use super::copy::{copy, sums_at};
use super::words::{from_json, to_json};
use super::{Connection, Location, Store, StoreError, instance, lease, schema, sound, sqlite};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The value of the instance that says that the file is a backup.
pub(super) const MARK: &str = "backup";

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// When it was made, in UTC milliseconds: all that was acknowledged before is in it.
    pub at: i64,
    /// The number of its schema.
    pub schema: i64,
    /// Rows of all tables.
    pub rows: u64,
    /// SHA-256 over the rows of all tables, in hex digits.
    pub checksum: String,
}

/// A file that was looked over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// What it holds, by what was read.
    pub found: Backup,
    /// Whether that is what it says of itself; a file that nobody made as a backup says nothing.
    pub proven: bool,
}

/// Writes all that a store holds at this moment into a new file, and looks the file over before it gets its name. Servers
/// go on meanwhile. Blocks for SQLite.
pub async fn back_up(from: &Location, to: &Path, now: Instant) -> Result<Backup, StoreError> {
    if to.exists() {
        return Err(StoreError::Refused(format!("{} is there already; name a file that isn't", to.display())));
    }
    let folder = folder_of(to);
    let part = tempfile::Builder::new().prefix(".dogwatch-backup-").tempfile_in(folder);
    let part = part.map_err(|problem| io_at(folder, &problem))?;
    match from.path() {
        Some(path) => sqlite::file::copy_served(path, part.path())?,
        None => copy_rows(from, part.path()).await?,
    }
    let backup = sqlite::file::alone(part.path(), |tx| {
        refuse_damaged(part.path(), tx)?;
        let backup = Backup { at: now.millis(), ..counted(tx)? };
        instance::set(tx, MARK, &to_json(&backup)?)?;
        Ok(backup)
    })?;
    let examined = examine(part.path())?;
    if !examined.proven {
        return Err(StoreError::Corrupt(format!("{} doesn't hold what was written to it", to.display())));
    }
    part.persist_noclobber(to).map_err(|problem| io_at(to, &problem.error))?;
    sync(to)?;
    sync(folder)?;
    Ok(backup)
}

async fn copy_rows(from: &Location, to: &Path) -> Result<(), StoreError> {
    // Opening it would change it.
    let have = from.schema()?;
    if usize::try_from(have).is_ok_and(|have| have < schema::STEPS.len()) {
        return Err(StoreError::Refused(format!(
            "{from} has schema {have}, and this version of Dogwatch backs up schema {}; use the version that serves it, \
             or run dogwatch migrate",
            schema::STEPS.len()
        )));
    }
    let (from, to) = (from.open()?, Store::in_file(to)?);
    copy(&from, &to).await.map(drop)
}

/// Reads all of a file: pages, references and rows. Refuses what is damaged, what isn't what it says of itself, and what
/// isn't ours; changes nothing. Blocks.
pub fn examine(file: &Path) -> Result<Examined, StoreError> {
    if !file.is_file() {
        return Err(StoreError::Refused(format!("there is no file {}", file.display())));
    }
    sqlite::file::look(file, |tx| {
        refuse_damaged(file, tx)?;
        let found = counted(tx)?;
        let said = instance::find(tx, MARK)?.map(|text| from_json::<Backup>(&text)).transpose()?;
        match said {
            None => Ok(Examined { found, proven: false }),
            Some(said) if Backup { at: said.at, ..found } == said => Ok(Examined { found: said, proven: true }),
            Some(said) => Err(StoreError::Corrupt(format!(
                "{} is not what was backed up: rows were changed in it since {}",
                file.display(),
                Instant::from_millis(said.at)
            ))),
        }
    })
}

/// Writes what a backup that was looked over holds into a new file, whose next service begins anew. Nothing of the file
/// is left where that fails. Blocks.
pub fn unpack(file: &Path, examined: &Examined, to: &Path, now: Instant) -> Result<(), StoreError> {
    fill(file, examined, to, now).inspect_err(|_| {
        // It may be that it was never made.
        let _ = fs::remove_file(to);
    })
}

fn fill(file: &Path, examined: &Examined, to: &Path, now: Instant) -> Result<(), StoreError> {
    make_empty(to)?;
    sqlite::file::copy_kept(file, to)?;
    sqlite::file::alone(to, |tx| {
        if (Backup { at: examined.found.at, ..counted(tx)? }) != examined.found {
            return Err(StoreError::Corrupt(format!("{} was changed while it was read", file.display())));
        }
        let at = if examined.proven { examined.found.at } else { now.millis() };
        instance::set(tx, MARK, &to_json(&Backup { at, ..examined.found.clone() })?)
    })?;
    sync(to)
}

/// Whether somebody holds this lease in a database file, which is only looked at. Blocks.
pub fn is_lease_held(database: &Path, name: &str, now: Instant) -> Result<bool, StoreError> {
    sqlite::file::look(database, |tx| lease::is_held(tx, name, now))
}

/// Gives a file that was unpacked the name of the database. What had that name is moved aside, its log with it: where to.
/// Nobody may have either open. Blocks.
pub fn put_in_place(unpacked: &Path, database: &Path, now: Instant) -> Result<Option<PathBuf>, StoreError> {
    let stamp = now.utc().format("%Y%m%dT%H%M%SZ");
    let aside = beside(database, &format!(".replaced-{stamp}"));
    let mut moved = None;
    // The log first: without it the database is an older one, but never with the log of another.
    for end in ["-wal", "-shm", ""] {
        let (from, to) = (beside(database, end), beside(&aside, end));
        if from.exists() {
            if to.exists() {
                return Err(StoreError::Refused(format!("{} is there already", to.display())));
            }
            fs::rename(&from, &to).map_err(|problem| io_at(&from, &problem))?;
            moved = Some(aside.clone());
        }
    }
    fs::rename(unpacked, database).map_err(|problem| io_at(database, &problem))?;
    sync(folder_of(database))?;
    Ok(moved)
}

/// Where a backup is unpacked before it gets the name of the database.
#[must_use]
pub fn unpacked_beside(database: &Path) -> PathBuf {
    beside(database, ".restoring")
}

/// Takes the mark away: what the backup said of itself, where it was one until now.
pub fn take_mark(tx: &mut dyn Connection) -> Result<Option<Backup>, StoreError> {
    let Some(text) = instance::find(tx, MARK)? else { return Ok(None) };
    instance::remove(tx, MARK)?;
    from_json(&text).map(Some)
}

/// Whether a store is a backup that nobody has served since it was made.
pub fn is_marked(tx: &mut dyn Connection) -> Result<bool, StoreError> {
    Ok(instance::find(tx, MARK)?.is_some())
}

/// What all tables hold; the moment is nobody's yet.
fn counted(tx: &mut dyn Connection) -> Result<Backup, StoreError> {
    let schema = sqlite::schema_of(tx)?;
    let tables = sums_at(tx, usize::try_from(schema).unwrap_or(0))?;
    let mut sum = Sha256::new();
    for table in &tables {
        // A hex digest has one length, and a name no space.
        sum.update(format!("{} {} {}\n", table.table, table.rows, table.checksum));
    }
    let checksum = sum.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    Ok(Backup { at: 0, schema, rows: tables.iter().map(|table| table.rows).sum(), checksum })
}

fn refuse_damaged(file: &Path, tx: &mut dyn Connection) -> Result<(), StoreError> {
    let have = sqlite::schema_of(tx)?;
    if have == 0 {
        return Err(StoreError::Refused(format!("{} is no database of Dogwatch's", file.display())));
    }
    super::migrate::is_complete(have, schema::STEPS)?;
    let flaw = match sound::pages(tx)?.into_iter().next() {
        Some(flaw) => Some(flaw),
        None => sound::references(tx)?.into_iter().next(),
    };
    match flaw {
        Some(flaw) => Err(StoreError::Corrupt(format!("{}: {flaw}", file.display()))),
        None => Ok(()),
    }
}

/// An empty file that its owner alone may read; what an interrupted run left there is taken away.
fn make_empty(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut made = fs::OpenOptions::new();
    let made = made.write(true).create(true).truncate(true).mode(0o600).open(path);
    made.map(drop).map_err(|problem| io_at(path, &problem))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Waits until a file, or the names in a folder, are on disk.
fn sync(path: &Path) -> Result<(), StoreError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|problem| io_at(path, &problem))
}

fn io_at(path: &Path, problem: &io::Error) -> StoreError {
    match problem.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Refused(format!("{}: {problem}", path.display())),
    }
}

#[cfg(test)]
mod tests;
