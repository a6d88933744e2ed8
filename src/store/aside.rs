//! A copy of a database that can only be read, in a folder of this process: SQLite wants to write beside a file even to
//! read it. Everything can be read from the copy, and once it is sealed nothing written.

use super::StoreError;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// A file system in memory that Linux has everywhere.
const MEMORY: &str = "/dev/shm";

/// The folder of a copy, which goes with its last store, and whether it is sealed.
#[derive(Debug)]
pub(super) struct Aside {
    folder: TempDir,
    sealed: AtomicBool,
}

impl Aside {
    /// Copies a file and the log beside it, which nobody writes to.
    pub(super) fn of(database: &Path) -> Result<Self, StoreError> {
        let failed = |error: std::io::Error| {
            StoreError::Engine(format!("{} can't be copied to be read: {error}", database.display()))
        };
        // The disk for what is temporary may well be the same one.
        let copied = Self::under(&std::env::temp_dir(), database);
        copied.or_else(|refused| Self::under(Path::new(MEMORY), database).map_err(|_| refused)).map_err(failed)
    }

    fn under(place: &Path, database: &Path) -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("dogwatch-read-").tempdir_in(place)?;
        let aside = Self { folder, sealed: AtomicBool::new(false) };
        std::fs::copy(database, aside.file())?;
        let (log, copy) = (beside(database), beside(&aside.file()));
        if log.exists() {
            std::fs::copy(log, copy)?;
        }
        for file in [aside.file(), beside(&aside.file())].iter().filter(|file| file.exists()) {
            writable(file)?;
        }
        Ok(aside)
    }

    /// The copy.
    pub(super) fn file(&self) -> PathBuf {
        self.folder.path().join("dogwatch.db")
    }

    pub(super) fn seal(&self) {
        self.sealed.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Relaxed)
    }
}

/// A copy has the rights of what it was made of.
fn writable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))
}

fn beside(database: &Path) -> PathBuf {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log)
}
