//! `dogwatch import holidays`: whole days of a calendar, for a team or a person.

use super::{in_file, read};
use crate::cli::output::escaped;
use crate::cli::{CommandError, Globals};
use crate::ids::TeamId;
use crate::service::Actor;
use crate::service::import::holidays::Whose;
use clap::Args;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A calendar of holidays.
#[derive(Debug, Args)]
pub struct ImportHolidays {
    /// As it is published for a country: events of whole days
    #[arg(value_name = "FILE.ics")]
    file: PathBuf,
    /// For everybody in this team
    #[arg(long, value_name = "TEAM", required_unless_present = "person", conflicts_with = "person")]
    team: Option<String>,
    /// For this person, by id or mail address
    #[arg(long, value_name = "LOGIN")]
    person: Option<String>,
    /// Do it
    #[arg(long)]
    apply: bool,
}

impl ImportHolidays {
    pub(super) async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        let whose = match (self.team, self.person) {
            (Some(team), _) => Whose::Team(TeamId::new(team)),
            (None, Some(person)) => Whose::Person(person),
            (None, None) => return Err(CommandError::Usage("name --team or --person".to_owned())),
        };
        let content = read(&self.file)?;
        let service = globals.service().await?;
        let done = service.import_holidays(&Actor::operator(), &whose, &content, self.apply).await;
        let plan = done.map_err(|problem| in_file(&self.file, problem))?;
        let mut text = String::new();
        for added in &plan.added {
            let what = if added.changed { "change" } else { "add" };
            let _ = writeln!(text, "line {}: {what} {} {}", added.line, added.day, escaped(&added.title, false));
        }
        for note in &plan.notes {
            let _ = writeln!(text, "note: {note}");
        }
        let counts = format!("{} holidays for {}", plan.rows, plan.of);
        text += &match (plan.added.is_empty(), plan.applied) {
            (true, _) => format!("{counts}, all there already: nothing changes."),
            (false, true) => format!("{counts}: done."),
            (false, false) => {
                format!("{counts}. Nothing is written yet: run it again with --apply to do this.")
            }
        };
        globals.say(&text, &json!(plan));
        Ok(())
    }
}
