//! `dogwatch backup`: everything, as it is at this moment, in one file that proves itself; while servers run.

use super::location::location;
use super::{CommandError, Globals};
use crate::service::Clock;
use crate::store::backup::back_up;
use crate::time::Instant;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Write everything into one file, while servers run.
#[derive(Debug, Args)]
pub struct Backup {
    /// File to write, which isn't there yet; or a folder, in which it is named by the time
    #[arg(value_name = "FILE|FOLDER")]
    to: PathBuf,
}

impl Backup {
    /// Writes the file, looks it over, and says what is in it.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let location = location(&globals.load()?)?;
        if location.schema()? == 0 {
            return Err(CommandError::Refused(format!("there is no database of Dogwatch's at {location}")));
        }
        let now = Clock::system().now();
        let to = if self.to.is_dir() {
            self.to.join(format!("dogwatch-{}.db", now.utc().format("%Y%m%dT%H%M%SZ")))
        } else {
            self.to
        };
        let backup = back_up(&location, &to, now).await?;
        let (file, at) = (to.display().to_string(), Instant::from_millis(backup.at).to_string());
        let bytes = std::fs::metadata(&to).map_or(0, |file| file.len());
        let text = format!(
            "{file} holds all of {location} as of {at}: {} rows in {bytes} bytes, looked over.\nChecksum of its rows: {}",
            backup.rows, backup.checksum
        );
        let document = json!({ "file": file, "at": at, "database": location.to_string(), "schema": backup.schema,
            "rows": backup.rows, "bytes": bytes, "checksum": backup.checksum });
        globals.say(&text, &document);
        Ok(())
    }
}
