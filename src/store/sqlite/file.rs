//! A database file as a whole: copied while others write to it, changed by whoever has it alone, or looked at without
//! changing it.

use super::open;
use super::transaction::{Transaction, translate};
use super::writer::alone as commit;
use crate::store::{Connection as Rows, StoreError};
use rusqlite::Connection;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long connections of this process that are about to close may still hold a file.
const CLOSING: Duration = Duration::from_secs(5);

/// Writes all that a database holds at one moment into a file that is missing or empty. Others go on writing meanwhile.
pub(in crate::store) fn copy_served(from: &Path, to: &Path) -> Result<(), StoreError> {
    copy(&open::settler(from)?, to)
}

/// The same from a file that nobody writes to, and that stays as it is.
pub(in crate::store) fn copy_kept(from: &Path, to: &Path) -> Result<(), StoreError> {
    copy(&open::onlooker(from)?, to)
}

fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let Some(name) = to.to_str() else {
        return Err(StoreError::Refused(format!("{} is no text; name a path in UTF-8", to.display())));
    };
    from.execute("VACUUM INTO $1", [name]).map(drop).map_err(|problem| translate(&problem))
}

/// Makes sure that a mebibyte can be written beside a database.
pub(super) fn try_room(database: &Path) -> Result<(), StoreError> {
    const WANTED: usize = 1 << 20;
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let tried = tempfile::tempfile_in(folder).and_then(|mut file| file.write_all(&vec![0; WANTED]));
    tried.map_err(|problem| match problem.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full,
        _ => StoreError::Engine(format!("{}: {problem}", folder.display())),
    })
}

/// One transaction over a file that nobody else has open. Afterwards all of it is in the one file, and on disk.
pub(in crate::store) fn alone<T>(
    path: &Path,
    work: impl Fn(&mut dyn Rows) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let connection = open::single(path)?;
    let started = Instant::now();
    loop {
        match open::without_log(&connection) {
            Err(StoreError::Busy) if started.elapsed() < CLOSING => std::thread::sleep(Duration::from_millis(10)),
            outcome => break outcome?,
        }
    }
    commit(&connection, work)
}

/// Looks at a file, and leaves it as it is.
pub(in crate::store) fn look<T>(
    path: &Path,
    work: impl FnOnce(&mut dyn Rows) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    work(&mut Transaction::new(&open::onlooker(path)?))
}
