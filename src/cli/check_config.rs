//! `dogwatch check-config`: says whether the configuration would be taken, without starting anything.

use super::location::location;
use super::{CommandError, Globals, environment};
use crate::config::Config;
use clap::Args;
use serde_json::json;

/// Say whether a configuration file would be taken.
#[derive(Debug, Args)]
pub struct CheckConfig {}

impl CheckConfig {
    /// Checks file, environment and arguments as `serve` would.
    #[allow(clippy::unused_self)] // as every command
    pub fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let config = globals.load()?;
        config.check()?;
        config.link_key()?;
        let (listen, data) = (config.listen.to_string(), config.data.display().to_string());
        let database = location(&config)?.to_string();
        let ignored = Config::unknown_variables(environment());
        let mut text = format!(
            "The configuration is fine: it listens on {listen} and keeps its data in {data}, the database being {database}."
        );
        for name in &ignored {
            text += &format!("\nThe environment variable {name} means nothing to Dogwatch; is it misspelt?");
        }
        globals.say(
            &text,
            &json!({ "ok": true, "listen": listen, "data": data, "database": database, "ignored": ignored }),
        );
        Ok(())
    }
}
