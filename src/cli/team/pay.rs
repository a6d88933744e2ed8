//! `dogwatch team pay`: the rate table of a team.

use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::roster::report::pay::{Edition, Rates};
use crate::service::{Actor, Service};
use crate::time::Day;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A rate table.
#[derive(Debug, Args)]
pub struct Pay {
    /// The team's id
    #[arg(value_name = "TEAM")]
    team: String,
    /// What to set: "roles", "other_roles" and "call_outs", each with "flat", "work", "evening", "night", "weekend" and
    /// "holiday" in whole units; what it leaves out is 0
    #[arg(value_name = "FILE.json")]
    file: Option<PathBuf>,
    /// First day on which it is in force; where absent, the first table is since ever, a later one from today on
    #[arg(long, value_name = "DAY", requires = "file")]
    from: Option<Day>,
}

impl Pay {
    pub(super) async fn run(self, globals: &Globals, service: &Service) -> Result<(), CommandError> {
        let (operator, team) = (Actor::operator(), TeamId::new(self.team));
        let Some(file) = self.file else {
            let editions = service.pay_rates(&operator, &team).await?;
            let rows = editions.iter().map(|edition| (document(edition).to_string(), document(edition)));
            globals.say_list(rows.collect(), "no rates");
            return Ok(());
        };
        let text = std::fs::read_to_string(&file)
            .map_err(|error| CommandError::io(format!("read {}", file.display()), error))?;
        let rates: Rates = serde_json::from_str(&text)
            .map_err(|error| CommandError::Refused(format!("{}: {error}", file.display())))?;
        let edition = service.set_pay_rates(&operator, &team, self.from, rates).await?;
        let from = edition.from.map_or_else(|| "since ever".to_owned(), |day| format!("from {day} on"));
        let text = format!("{team} pays by edition {} {from}", edition.version);
        globals.say(&text, &document(&edition));
        Ok(())
    }
}

fn document(edition: &Edition) -> Value {
    json!({ "version": edition.version, "from": edition.from, "roles": edition.rates.roles,
        "other_roles": edition.rates.other_roles, "call_outs": edition.rates.call_outs })
}
