//! Which store a command works on: the configured one, or one that is named on the command line.

use super::CommandError;
use crate::config::{Config, ConfigError, Database};
use crate::store::backup::unpacked_beside;
use crate::store::{Location, Store, StoreError};
use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

/// How often to look whether a disk can be written again.
const LOOK: Duration = Duration::from_secs(1);

/// The configured store; nothing is opened or made.
pub fn location(config: &Config) -> Result<Location, CommandError> {
    located(config, &config.database)
}

/// A store by name, as the configuration would name it; a file name counts from where the command is called.
pub fn named(config: &Config, name: &str) -> Result<Location, CommandError> {
    match name.parse().map_err(CommandError::Usage)? {
        Database::File(path) => Ok(Location::file(&path)),
        url @ Database::Postgres(_) => located(config, &url),
    }
}

fn located(config: &Config, database: &Database) -> Result<Location, CommandError> {
    match database {
        Database::File(path) => Ok(Location::file(&config.data.join(path))),
        Database::Postgres(url) => {
            let password = config.database_password()?;
            let password = password.as_ref().map(|password| password.expose().as_str());
            Location::server(url.expose(), password).map_err(|problem| match problem {
                StoreError::Refused(why) => CommandError::Config(ConfigError::Unsafe(format!("database: {why}"))),
                other => other.into(),
            })
        }
    }
}

/// Opens a store for a server: where its file is there and can only be read, a copy of it that will be sealed.
pub fn open_to_serve(location: &Location) -> Result<Store, CommandError> {
    if let Some(path) = location.path().filter(|path| can_only_be_read(path)) {
        tracing::error!(path = %path.display(), "the database can only be read: everything is shown, nothing is stored or sent");
        return Ok(Store::open_aside(path)?);
    }
    let store = open(location)?;
    store.keep_ballast();
    Ok(store)
}

fn can_only_be_read(database: &Path) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    let tried = OpenOptions::new().append(true).open(database);
    let refused = tried.is_err_and(|error| matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem));
    refused && std::fs::File::open(database).is_ok()
}

/// Waits until a database that could only be read can be written; for ever where it lies elsewhere.
pub async fn until_writable(location: &Location) {
    let Some(path) = location.path().map(Path::to_owned) else { return std::future::pending().await };
    loop {
        tokio::time::sleep(LOOK).await;
        let path = path.clone();
        // A disk that fails may hold up whoever asks it.
        let tried = tokio::task::spawn_blocking(move || OpenOptions::new().append(true).open(path).is_ok());
        if tried.await.unwrap_or(false) {
            return;
        }
    }
}

/// Opens a store; where it is a file, its folder is made where it is missing.
pub fn open(location: &Location) -> Result<Store, CommandError> {
    if let Some(path) = location.path() {
        refuse_half_restored(path)?;
        make_private(path)?;
    }
    Ok(location.open()?)
}

/// A restore that was interrupted leaves no database under its name; a new and empty one must not take its place.
fn refuse_half_restored(database: &Path) -> Result<(), CommandError> {
    let unpacked = unpacked_beside(database);
    if database.exists() || !unpacked.exists() {
        return Ok(());
    }
    Err(CommandError::Refused(format!(
        "{} is missing, and {} is left of a restore that was interrupted; run dogwatch restore again",
        database.display(),
        unpacked.display()
    )))
}

/// People's absences are private: nobody else on the machine may list or read the folder, nor the file in a folder that
/// was there before. What the engine keeps beside it gets the same rights.
pub(super) fn make_private(database: &Path) -> Result<(), CommandError> {
    use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
    if let Some(folder) = database.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| CommandError::io(format!("make the folder {}", folder.display()), error))?;
    }
    let made = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(database);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::ReadOnlyFilesystem => Err(CommandError::Refused(format!(
            "{} lies on a disk that can only be read, and Dogwatch has to write; mount it for writing",
            database.display()
        ))),
        Err(error) => Err(CommandError::io(format!("open the database {}", database.display()), error)),
    }
}
