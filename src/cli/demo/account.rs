//! `demo.json`: where the demo is served and with which accounts. Secrets are known only when they are made, so the file
//! is also what a second start on the same data reads them from.

use crate::cli::CommandError;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Its name below the data folder.
pub const FILE: &str = "demo.json";

/// The whole file; a contract with programs that drive the demo.
#[derive(Debug, Serialize, Deserialize)]
pub struct Described {
    /// Where it is served, without a trailing slash.
    pub base_url: String,
    /// Bearer token of an administrator.
    pub admin_token: String,
    /// Everybody.
    pub people: Vec<Account>,
    /// Both teams.
    pub teams: Vec<DescribedTeam>,
    /// The month that is open for planning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<OpenMonth>,
}

/// The first day of a month, and of the next.
#[derive(Debug, Serialize, Deserialize)]
pub struct OpenMonth {
    /// Its first day.
    pub from: String,
    /// The first day after it.
    pub to: String,
}

/// Somebody's accounts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Account {
    /// Slug.
    pub id: String,
    /// Full name.
    pub name: String,
    /// Also the user name of calendar apps.
    pub email: String,
    /// For calendar apps.
    pub app_password: String,
    /// For pages.
    pub web_password: String,
    /// IANA zone.
    pub time_zone: String,
}

/// A team and who is in it.
#[derive(Debug, Serialize, Deserialize)]
pub struct DescribedTeam {
    /// Slug.
    pub id: String,
    /// As it is shown.
    pub name: String,
    /// The organizer of its shifts.
    pub email: String,
    /// Who plans.
    pub managers: Vec<String>,
    /// Who stands shifts.
    pub members: Vec<String>,
}

/// Takes the folder for one demo alone: a second one would write another address and the same accounts over `demo.json`.
/// The lock goes with the process, however it ends.
pub fn claim(folder: &Path) -> Result<File, CommandError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| CommandError::io(format!("make the folder {}", folder.display()), error))?;
    let path = folder.join("demo.lock");
    let open = OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
    let lock = open.map_err(|error| CommandError::io(format!("open {}", path.display()), error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(CommandError::Refused(format!(
            "another demo is running on {}; stop it first, or name another folder with --data",
            folder.display()
        ))),
        Err(TryLockError::Error(error)) => Err(CommandError::io(format!("lock {}", path.display()), error)),
    }
}

impl Described {
    /// What an earlier start left in the folder, if there was one.
    pub fn read(folder: &Path) -> Result<Option<Self>, CommandError> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CommandError::io(format!("read {}", path.display()), error)),
        };
        let unreadable = |error: serde_json::Error| CommandError::io(format!("read {}", path.display()), error.into());
        serde_json::from_slice(&text).map(Some).map_err(unreadable)
    }

    /// The same, served elsewhere.
    pub fn at(mut self, base_url: &str) -> Self {
        base_url.clone_into(&mut self.base_url);
        self
    }

    /// Writes the file in one step, readable by its owner only.
    pub fn write(&self, folder: &Path) -> Result<(), CommandError> {
        let path = folder.join(FILE);
        let failed = |error| CommandError::io(format!("write {}", path.display()), error);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(error.into()))?;
        file.write_all(&text).map_err(failed)?;
        file.persist(&path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}
