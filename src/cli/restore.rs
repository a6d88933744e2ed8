//! `dogwatch restore`: makes a backup the database again. What was there before is moved aside, never removed.

use super::location::{location, make_private, open};
use super::{CommandError, Globals, open_service, output};
use crate::service::{Clock, Service};
use crate::store::backup::{Examined, examine, put_in_place, unpack, unpacked_beside};
use crate::store::{Location, copy};
use crate::time::Instant;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Make a backup the database again.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Move the database that is there aside
    #[arg(long)]
    replace: bool,
    /// Only look the backup over
    #[arg(long, conflicts_with = "replace")]
    check: bool,
}

impl Restore {
    /// Looks the file over, puts what it holds in place, and says what is there then.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        if self.check {
            let examined = examine(&self.file)?;
            self.say(globals, &examined, "is sound and could be restored", &json!({ "restored": false }));
            return Ok(());
        }
        let config = globals.load()?;
        let location = location(&config)?;
        let now = Clock::system().now();
        self.refuse_what_is_there(&location)?;
        let examined = examine(&self.file)?;
        let aside = match location.path() {
            Some(path) => self.restore_file(&examined, path, now)?,
            None => self.restore_rows(&examined, &location, globals, now).await?,
        };
        // Whoever opens it first begins anew.
        let store = open(&location)?;
        let public_url = Service::announced(&store).await?.unwrap_or_else(|| config.base_url(config.listen));
        open_service(store.clone(), &config, &public_url).await?;
        store.settle().await?;
        let moved = aside.map(|aside| aside.display().to_string());
        let mut what = format!("is the database at {location} now; calendar apps will read their calendars anew");
        if let Some(moved) = &moved {
            what += &format!(".\nWhat was there before is kept as {moved}");
        }
        self.say(
            globals,
            &examined,
            &what,
            &json!({ "restored": true, "database": location.to_string(), "aside": moved }),
        );
        Ok(())
    }

    fn restore_file(&self, examined: &Examined, path: &Path, now: Instant) -> Result<Option<PathBuf>, CommandError> {
        let unpacked = unpacked_beside(path);
        make_private(&unpacked)?;
        unpack(&self.file, examined, &unpacked, now)?;
        Ok(put_in_place(&unpacked, path, now)?)
    }

    /// By way of a file that has begun anew: a copy tells nobody that it was a backup.
    async fn restore_rows(
        &self,
        examined: &Examined,
        to: &Location,
        globals: &Globals,
        now: Instant,
    ) -> Result<Option<PathBuf>, CommandError> {
        let folder = tempfile::tempdir().map_err(|error| CommandError::io("make a temporary folder", error))?;
        let unpacked = folder.path().join("dogwatch.db");
        unpack(&self.file, examined, &unpacked, now)?;
        let (from, config) = (open(&Location::file(&unpacked))?, globals.load()?);
        open_service(from.clone(), &config, &config.base_url(config.listen)).await?;
        copy::copy(&from, &open(to)?).await?;
        Ok(None)
    }

    /// What is there is replaced only where that is asked for, and never under a server that works on it.
    fn refuse_what_is_there(&self, location: &Location) -> Result<(), CommandError> {
        let Some(path) = location.path() else {
            // Its tables may be there and empty; copying finds out.
            return if self.replace {
                Err(CommandError::Usage(
                    "Dogwatch moves no database of a server aside: make an empty one, name it in the configuration, and \
                     restore into that without --replace"
                        .to_owned(),
                ))
            } else {
                Ok(())
            };
        };
        if !path.exists() || std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
            return Ok(());
        }
        if !self.replace {
            return Err(CommandError::Refused(format!(
                "there is a database at {location}; with --replace it is moved aside, and kept"
            )));
        }
        match Service::is_file_served(path) {
            Ok(true) => Err(CommandError::Refused(format!(
                "a server works on {location}; stop it first (after a crash its claim ends within a minute)"
            ))),
            Ok(false) => Ok(()),
            Err(problem) => {
                // What is damaged can't say whether it is served.
                output::remark(&format!("what is there can't be read, and is moved aside: {problem}"));
                Ok(())
            }
        }
    }

    fn say(&self, globals: &Globals, examined: &Examined, what: &str, more: &serde_json::Value) {
        let Examined { found, proven } = examined;
        let file = self.file.display().to_string();
        let at = proven.then(|| Instant::from_millis(found.at).to_string());
        let since = match &at {
            Some(at) => format!("as of {at}, with the rows that were backed up"),
            None => "which was not made by dogwatch backup, so that only its structure could be checked".to_owned(),
        };
        let text = format!(
            "{file}, {since}, {what}.\n{} rows, schema {}, checksum {}",
            found.rows, found.schema, found.checksum
        );
        let mut document = json!({ "file": file, "at": at, "schema": found.schema, "rows": found.rows,
            "checksum": found.checksum, "proven": proven });
        if let (Some(document), Some(more)) = (document.as_object_mut(), more.as_object()) {
            document.extend(more.clone());
        }
        globals.say(&text, &document);
    }
}
