//! `dogwatch import`: people from a CSV file, rosters from other tools, holidays from a calendar. Without `--apply` it only
//! says what it would do.

mod holidays;
mod roster;

use super::output::escaped;
use super::{CommandError, Globals};
use crate::service::import::MAX_BYTES;
use crate::service::{Actor, ServiceError};
use clap::Subcommand;
use serde_json::json;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Import people, rosters and holidays from files
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// People from CSV: say what that changes, and do it with --apply, all or nothing
    ///
    /// The first line names the columns, in any order: id, name, email and time_zone; and, where wanted, phone, teams
    /// (separated by ;, each team or team:manager), roles (separated by ;, what the person may stand in these teams),
    /// fte (percent) and joined (first day, such as 2026-12-01).
    People {
        /// UTF-8, with commas
        #[arg(value_name = "FILE.csv")]
        file: PathBuf,
        /// Do it
        #[arg(long)]
        apply: bool,
    },
    /// A roster from another tool: say what that changes, and do it with --apply, all or nothing
    ///
    /// Shifts to come are published with the reason "import", as slots of a pattern where the file has a rotation that is
    /// one; shifts that have ended become history. People are found by mail address, then by --map, then by full name.
    /// What stands here already is never changed. docs/imports.md says how to export from each tool.
    Roster(roster::ImportRoster),
    /// Holidays from a calendar: say what that adds, and do it with --apply, all or nothing
    Holidays(holidays::ImportHolidays),
}

/// The file, or so much of it that it is seen to be too large: whatever is named (a device, a pipe), not more is read.
fn read(file: &Path) -> Result<Vec<u8>, CommandError> {
    let read = || {
        let mut content = Vec::new();
        std::fs::File::open(file)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut content)?;
        Ok(content)
    };
    read().map_err(|error| CommandError::io(format!("read {}", file.display()), error))
}

/// What is wrong with a file is said with its name.
fn in_file(file: &Path, problem: ServiceError) -> CommandError {
    match problem {
        ServiceError::Invalid { .. } | ServiceError::TooMany(_) => {
            CommandError::Refused(format!("{}: {problem}; nothing is written", file.display()))
        }
        other => other.into(),
    }
}

impl ImportCommand {
    /// Does what the command says.
    pub async fn run(self, globals: &Globals) -> Result<(), CommandError> {
        match self {
            Self::People { file, apply } => people(globals, &file, apply).await,
            Self::Roster(roster) => roster.run(globals).await,
            Self::Holidays(holidays) => holidays.run(globals).await,
        }
    }
}

async fn people(globals: &Globals, file: &Path, apply: bool) -> Result<(), CommandError> {
    let csv = read(file)?;
    let service = globals.service_or_new().await?;
    let plan = service.import_people(&Actor::operator(), &csv, apply).await.map_err(|p| in_file(file, p))?;
    let mut text = String::new();
    for step in &plan.steps {
        let _ = writeln!(text, "line {}: {}", step.line, escaped(&step.what, false));
    }
    for note in &plan.notes {
        let _ = writeln!(text, "note: {}", escaped(note, false));
    }
    let end = match (plan.steps.is_empty(), plan.applied) {
        (true, _) => format!("{} people, all there already: nothing changes.", plan.rows),
        (false, true) => format!("{} people: done.", plan.rows),
        (false, false) => {
            format!("{} people. Nothing is written yet: run it again with --apply to do this.", plan.rows)
        }
    };
    text += &end;
    globals.say(&text, &json!(plan));
    Ok(())
}
