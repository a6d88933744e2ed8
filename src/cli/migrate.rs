//! `dogwatch migrate`: brings the database to the schema of this program, so that servers started later find it so.

use super::location::{location, open};
use super::{CommandError, Globals};
use clap::Args;
use serde_json::json;

/// Bring the database to the schema of this version.
#[derive(Debug, Args)]
pub struct Migrate {}

impl Migrate {
    /// Takes every step that is missing, and says from which schema to which.
    #[allow(clippy::unused_self)] // as every command
    pub fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let location = location(&globals.load()?)?;
        let from = location.schema()?;
        drop(open(&location)?);
        let to = location.schema()?;
        let text = match from {
            0 => format!("{location} is new, with schema {to}."),
            same if same == to => format!("{location} has schema {to}, as this version of Dogwatch needs."),
            older => format!("{location} went from schema {older} to {to}."),
        };
        globals.say(&text, &json!({ "database": location.to_string(), "from": from, "to": to }));
        Ok(())
    }
}
